#!/usr/bin/env python3
"""What PyTorch computes for the layers that generate.py beside this file has not: test/fixtures/torch/*-layers.json.

    .venv/bin/python test/oracle/generate_layers.py
"""
import zlib

import numpy
import torch
import torch.nn.functional as F

import generate
from generate import draw, image_in, image_out, write


def case(name, layer, shapes, forward, **parameters):
    """A case on inputs and with parameters of these shapes. Its numbers are a function of its name."""
    generate.random = numpy.random.default_rng(zlib.crc32(name.encode()))
    inputs = [draw(*shape) for shape in shapes]
    return generate.case(name, layer, inputs, forward, {key: draw(*shape) for key, shape in parameters.items()})


def merging():
    two, three = [(2, 3, 4)] * 2, [(3, 5)] * 3
    yield case("add", dict(type="add"), three, lambda a, b, c: a + b + c)
    yield case("subtract", dict(type="subtract"), two, lambda a, b: a - b)
    yield case("multiply", dict(type="multiply"), three, lambda a, b, c: a * b * c)
    yield case("average", dict(type="average"), three, lambda a, b, c: (a + b + c) / 3)
    yield case("maximum", dict(type="maximum"), three, lambda a, b, c: a.maximum(b).maximum(c))
    yield case("minimum", dict(type="minimum"), two, lambda a, b: a.minimum(b))
    joined = lambda axis: lambda *inputs: torch.cat(inputs, axis)
    yield case("concatenate", dict(type="concatenate"), [(2, 3, 4), (2, 3, 1), (2, 3, 2)], joined(-1))
    yield case("concatenate along axis 1", dict(type="concatenate", axis=1), [(2, 3, 4), (2, 1, 4)], joined(1))
    yield case("concatenate along axis -3", dict(type="concatenate", axis=-3), [(2, 3, 4, 2), (2, 1, 4, 2)], joined(-3))


def moving():
    reshape = lambda *shape: dict(type="reshape", target_shape=shape)
    yield case("reshape", reshape(4, 3), [(2, 6, 2)], lambda x: x.reshape(2, 4, 3))
    yield case("reshape to what is left", reshape(2, -1, 3), [(2, 6, 2)], lambda x: x.reshape(2, 2, -1, 3))
    yield case("permute", dict(type="permute", dims=[2, 1]), [(2, 3, 4)], lambda x: x.permute(0, 2, 1))
    yield case("permute three axes", dict(type="permute", dims=[3, 1, 2]), [(2, 3, 4, 5)], lambda x: x.permute(0, 3, 1, 2))
    padding1d = lambda padding: dict(type="zero_padding1d", padding=padding)
    yield case("zero_padding1d", dict(type="zero_padding1d"), [(2, 3, 2)], lambda x: F.pad(x, (0, 0, 1, 1)))
    yield case("zero_padding1d of one end", padding1d([0, 2]), [(2, 3, 2)], lambda x: F.pad(x, (0, 0, 0, 2)))
    padding2d = lambda padding: dict(type="zero_padding2d", padding=padding)
    yield case("zero_padding2d", dict(type="zero_padding2d"), [(2, 3, 2, 2)], lambda x: F.pad(x, (0, 0, 1, 1, 1, 1)))
    yield case("zero_padding2d by axes", padding2d([0, 2]), [(2, 3, 2, 2)], lambda x: F.pad(x, (0, 0, 2, 2, 0, 0)))
    yield case("zero_padding2d by sides", padding2d([[1, 0], [2, 3]]), [(2, 3, 2, 2)], lambda x: F.pad(x, (0, 0, 2, 3, 1, 0)))
    yield case("cropping1d", dict(type="cropping1d", cropping=[1, 2]), [(2, 6, 2)], lambda x: x[:, 1:-2])
    cropping2d = lambda cropping: dict(type="cropping2d", cropping=cropping)
    yield case("cropping2d", cropping2d(1), [(2, 4, 5, 2)], lambda x: x[:, 1:-1, 1:-1])
    yield case("cropping2d by axes", cropping2d([0, 1]), [(2, 4, 5, 2)], lambda x: x[:, :, 1:-1])
    yield case("cropping2d by sides", cropping2d([[1, 2], [0, 3]]), [(2, 4, 5, 2)], lambda x: x[:, 1:2, :2])
    yield case("upsampling1d", dict(type="upsampling1d", size=3), [(2, 4, 3)], lambda x: x.repeat_interleave(3, 1))

    def upsampling2d(size, shape, **options):
        name = f"upsampling2d {size} of {shape}, {options}"
        mode = options.get("interpolation", "nearest")
        align = None if mode == "nearest" else False
        enlarge = lambda x: image_out(F.interpolate(image_in(x), scale_factor=size, mode=mode, align_corners=align))
        return case(name, dict(type="upsampling2d", size=size, **options), [shape], enlarge)

    yield upsampling2d((2, 2), (2, 3, 4, 2))
    yield upsampling2d((1, 3), (2, 3, 2, 2), interpolation="nearest")
    yield upsampling2d((2, 2), (2, 3, 4, 2), interpolation="bilinear")
    yield upsampling2d((3, 2), (1, 4, 5, 2), interpolation="bilinear")
    yield upsampling2d((1, 5), (1, 2, 1, 3), interpolation="bilinear")


if __name__ == "__main__":
    write("shape-layers", [*merging(), *moving()], "generate_layers.py")
