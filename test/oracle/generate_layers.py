#!/usr/bin/env python3
"""What PyTorch computes for the layers that generate.py beside this file has not: test/fixtures/torch/*-layers.json.

    .venv/bin/python test/oracle/generate_layers.py
"""
import math
import zlib

import numpy
import torch
import torch.nn.functional as F

import generate
from generate import draw, image_in, image_out, same_padding, write


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


def sequence(function):
    """A function of [batch, channels, time] on [batch, time, channels]."""
    return lambda x: function(x.transpose(1, 2)).transpose(1, 2)


def image(function):
    """A function of [batch, channels, height, width] on [batch, height, width, channels]."""
    return lambda x: image_out(function(image_in(x)))


def same(lengths, kernel, strides, dilation):
    """Padding for F.pad: that of the last axis comes first."""
    pads = [same_padding(*one) for one in zip(lengths, kernel, strides, dilation)]
    return [pad for one in reversed(pads) for pad in one]


def pooling():
    def pool1d(name, shape, size=2, strides=None, padding="valid", **options):
        number = padding if isinstance(padding, int) else 0
        given = dict(pool_size=size, padding=padding, **({"strides": strides} if strides else {}))
        label = f"{shape} by {given}, {options}"
        pads = same(shape[1:2], [size], [strides or size], [1]) if padding == "same" else [0, 0]
        largest = lambda x: F.max_pool1d(F.pad(x, pads, value=-math.inf), size, strides, number)
        include = options.get("count_include_pad", True)

        def mean(x):
            average = lambda x: F.avg_pool1d(F.pad(x, pads), size, strides, number, count_include_pad=include)
            return average(x) if include else average(x) / average(torch.ones_like(x))

        layer = dict(type=name, **given, **options)
        return case(f"{name} of {label}", layer, [shape], sequence(largest if name == "max_pool1d" else mean))

    for name in ("max_pool1d", "average_pool1d"):
        yield pool1d(name, (2, 6, 3))
        yield pool1d(name, (2, 7, 2), size=3, strides=2)
        yield pool1d(name, (1, 7, 2), size=3, strides=2, padding=1)
        yield pool1d(name, (2, 5, 2), size=3, strides=2, padding="same")
    for padding in (1, "same"):
        yield pool1d("average_pool1d", (1, 8, 2), size=3, strides=2, padding=padding, count_include_pad=False)

    def average_pool2d(shape, size=(2, 2), strides=None, padding="valid", **options):
        number = padding if isinstance(padding, int) else 0
        given = dict(pool_size=size, padding=padding, **({"strides": strides} if strides else {}))
        pads = same(shape[1:3], size, strides or size, (1, 1)) if padding == "same" else [0, 0]
        include = options.get("count_include_pad", True)

        def mean(x):
            average = lambda x: F.avg_pool2d(F.pad(x, pads), size, strides, number, count_include_pad=include)
            return average(x) if include else average(x) / average(torch.ones_like(x))

        layer = dict(type="average_pool2d", **given, **options)
        return case(f"average_pool2d of {shape} by {given}, {options}", layer, [shape], image(mean))

    yield average_pool2d((2, 4, 6, 3))
    yield average_pool2d((1, 5, 7, 2), size=(2, 3))
    yield average_pool2d((1, 6, 5, 2), size=(3, 3), strides=(1, 2), padding=1)
    yield average_pool2d((1, 6, 5, 2), size=(3, 3), strides=(1, 2), padding=1, count_include_pad=False)
    yield average_pool2d((2, 5, 4, 2), size=(3, 2), strides=(2, 1), padding="same")
    yield average_pool2d((2, 5, 4, 2), size=(3, 2), strides=(2, 1), padding="same", count_include_pad=False)
    for size in (1, 2):
        axes = (1,) if size == 1 else (1, 2)
        shape = (2, 5, 3) if size == 1 else (2, 3, 4, 3)
        for keepdims in (False, True):
            options = dict(keepdims=True) if keepdims else {}
            for name, function in {"average": torch.mean, "max": torch.amax}.items():
                layer = dict(type=f"global_{name}_pool{size}d", **options)
                yield case(f"{layer['type']}, {options}", layer, [shape], lambda x: function(x, axes, keepdim=keepdims))
    for name, function in {"average": F.adaptive_avg_pool2d, "max": F.adaptive_max_pool2d}.items():
        for shape, size in [((2, 4, 6, 3), (2, 3)), ((1, 5, 7, 2), (2, 3)), ((1, 5, 4, 2), (3, 2)), ((1, 2, 3, 2), (5, 3))]:
            layer = dict(type=f"adaptive_{name}_pool2d", output_size=size)
            yield case(f"{layer['type']} of {shape} to {size}", layer, [shape], image(lambda x: function(x, size)))


if __name__ == "__main__":
    write("shape-layers", [*merging(), *moving()], "generate_layers.py")
    write("pooling-layers", pooling(), "generate_layers.py")
