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


def convolutions():
    def conv1d(shape, filters, size, strides=1, padding="valid", dilation=1, groups=1, use_bias=True):
        options = dict(strides=strides, padding=padding, dilation=dilation, groups=groups, use_bias=use_bias)
        ends = [padding] * 2 if isinstance(padding, int) else [0, 0]
        if padding == "same":
            ends = same(shape[1:2], [size], [strides], [dilation])
        if padding == "causal":
            ends = [dilation * (size - 1), 0]

        def forward(x, kernel, bias=None):
            y = F.conv1d(F.pad(x.transpose(1, 2), ends), kernel.permute(2, 1, 0), bias, strides, 0, dilation, groups)
            return y.transpose(1, 2)

        parameters = dict(kernel=(size, shape[2] // groups, filters), **(dict(bias=(filters,)) if use_bias else {}))
        layer = dict(type="conv1d", filters=filters, kernel_size=size, **options)
        return case(f"conv1d of {shape} by {size} to {filters}, {options}", layer, [shape], forward, **parameters)

    yield conv1d((2, 6, 3), 4, 3)
    yield conv1d((2, 5, 2), 3, 1, use_bias=False)
    yield conv1d((2, 9, 2), 3, 3, strides=2, padding=1)
    yield conv1d((1, 7, 2), 2, 4, padding="same")
    yield conv1d((1, 8, 2), 2, 3, strides=3, padding="same", dilation=2)
    yield conv1d((2, 6, 2), 3, 3, padding="causal")
    yield conv1d((1, 9, 2), 3, 3, strides=2, padding="causal", dilation=2)
    yield conv1d((2, 6, 4), 6, 2, groups=2)

    def pads_of(shape, kernel, strides, padding, dilation):
        if padding == "same":
            return same(shape[1:3], kernel, strides, dilation)
        return [padding if isinstance(padding, int) else 0] * 4

    def depthwise(shape, kernel, depth_multiplier=1, strides=(1, 1), padding="valid", dilation=(1, 1), filters=None):
        options = dict(kernel_size=kernel, depth_multiplier=depth_multiplier, strides=strides, padding=padding, dilation=dilation)
        channels = shape[3]
        between = channels * depth_multiplier
        pads = pads_of(shape, kernel, strides, padding, dilation)
        # [height, width, channels, multiplier] to [channels * multiplier, 1, height, width], the outputs of a channel side by side.
        by_channel = lambda weights: weights.permute(2, 3, 0, 1).reshape(between, 1, *kernel)
        each = lambda x, weights, bias: F.conv2d(F.pad(image_in(x), pads), by_channel(weights), bias, strides, 0, dilation, channels)
        if filters is None:
            layer = dict(type="depthwise_conv2d", **options)
            forward = lambda x, kernel, bias: image_out(each(x, kernel, bias))
            parameters = dict(kernel=(*kernel, channels, depth_multiplier), bias=(between,))
        else:
            layer = dict(type="separable_conv2d", filters=filters, **options)
            mix = lambda y, weights, bias: image_out(F.conv2d(y, weights.permute(3, 2, 0, 1), bias))
            forward = lambda x, depthwise_kernel, pointwise_kernel, bias: mix(each(x, depthwise_kernel, None), pointwise_kernel, bias)
            kernels = dict(depthwise_kernel=(*kernel, channels, depth_multiplier), pointwise_kernel=(1, 1, between, filters))
            parameters = dict(**kernels, bias=(filters,))
        return case(f"{layer['type']} of {shape} to {filters}, {options}", layer, [shape], forward, **parameters)

    for filters in (None, 3):
        yield depthwise((2, 5, 4, 2), (3, 3), filters=filters)
        yield depthwise((1, 5, 6, 3), (3, 2), depth_multiplier=2, padding="same", strides=(2, 1), filters=filters)
        yield depthwise((1, 6, 5, 2), (2, 3), depth_multiplier=2, padding=1, dilation=(2, 1), filters=filters)

    def transposed(shape, filters, kernel, strides=(1, 1), padding="valid", output_padding=(0, 0), dilation=(1, 1), groups=1,
                   use_bias=True):
        options = dict(strides=strides, padding=padding, output_padding=output_padding, dilation=dilation, groups=groups,
                       use_bias=use_bias)
        number = padding if isinstance(padding, int) else 0
        over_time = len(shape) == 3
        function = F.conv_transpose1d if over_time else F.conv_transpose2d
        inward, outward = ((lambda t: t.transpose(1, 2)),) * 2 if over_time else (image_in, image_out)

        def forward(x, kernel, bias=None):
            weights = (kernel.permute(2, 1, 0) if over_time else kernel.permute(3, 2, 0, 1)).contiguous()
            early = bias if padding != "same" else None
            y = function(inward(x), weights, early, strides, number, output_padding, groups, dilation)
            if padding == "same":
                # Keras's: size * stride, cut off both ends of the whole or filled up with zeros at the end.
                for axis, stride in enumerate([strides] if over_time else strides, 2):
                    wanted = inward(x).shape[axis] * stride
                    surplus = y.shape[axis] - wanted
                    pads = [0, 0] * (y.ndim - 1 - axis)
                    y = F.pad(y, [*pads, -(max(surplus, 0) // 2), -(surplus - max(surplus, 0) // 2)])
                if bias is not None:
                    y = y + bias.reshape(-1, *[1] * (y.ndim - 2))
            return outward(y)

        size = [kernel] if over_time else kernel
        layer = dict(type="conv1d_transpose" if over_time else "conv2d_transpose", filters=filters, kernel_size=kernel, **options)
        parameters = dict(kernel=(*size, filters // groups, shape[-1]), **(dict(bias=(filters,)) if use_bias else {}))
        return case(f"{layer['type']} of {shape} by {kernel} to {filters}, {options}", layer, [shape], forward, **parameters)

    yield transposed((2, 3, 4, 2), 3, (3, 2))
    yield transposed((1, 3, 2, 3), 2, (3, 3), strides=(2, 3), use_bias=False)
    yield transposed((1, 4, 3, 2), 2, (3, 4), strides=(2, 2), padding=1, output_padding=(1, 0))
    yield transposed((1, 3, 2, 2), 2, (2, 3), strides=(3, 2), output_padding=(2, 1), dilation=(1, 2))
    yield transposed((1, 3, 3, 4), 6, (3, 2), strides=(2, 1), padding=1, groups=2)
    yield transposed((2, 3, 2, 2), 3, (3, 3), strides=(2, 2), padding="same")
    yield transposed((1, 3, 4, 2), 2, (4, 2), strides=(1, 3), padding="same")
    yield transposed((1, 3, 2, 1), 2, (2, 3), strides=(3, 2), padding="same", dilation=(1, 2))
    no, one = dict(output_padding=0, dilation=1), dict(output_padding=1, dilation=2)
    yield transposed((2, 4, 2), 3, 3, strides=1, **no)
    yield transposed((1, 4, 4), 2, 3, strides=2, padding=1, groups=2, **one)
    yield transposed((2, 3, 2), 2, 4, strides=2, padding="same", **no)


if __name__ == "__main__":
    write("shape-layers", [*merging(), *moving()], "generate_layers.py")
    write("pooling-layers", pooling(), "generate_layers.py")
    write("convolution-layers", convolutions(), "generate_layers.py")
