#!/usr/bin/env python3
"""What PyTorch computes, as fixtures for the tests beside this file.

    python3 -m venv .venv && .venv/bin/pip install torch==2.13.0 numpy
    .venv/bin/python test/oracle/generate.py

Writes test/fixtures/torch/layers.json; the scripts beside this one write the others. All numbers are float64; those that go in are
multiples of 1/1000, so that both sides read the same ones, and those that come out are rounded to 13 digits. Layouts are
those of this project: images [batch, height, width, channels], convolution kernels [height, width, channels / groups,
filters], dense kernels [inputs, units].
"""
import json
import math
import pathlib

import numpy
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.use_deterministic_algorithms(True)
random = numpy.random.default_rng(20240229)
folder = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "torch"


def draw(*shape, scale=1.0):
    """Normal numbers, rounded to multiples of 1/1000."""
    return torch.tensor(numpy.round(random.standard_normal(shape) * scale * 1000) / 1000)


def tensor(t):
    values = t.detach().contiguous().reshape(-1).tolist()
    return {"shape": list(t.shape), "values": [float(f"{v:.13g}") + 0.0 for v in values]}


def write(name, cases, generator="generate.py"):
    versions = {"torch": torch.__version__, "numpy": numpy.__version__}
    path = folder / f"{name}.json"
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    path.write_text(f'{{"generator":"test/oracle/{generator}","versions":{json.dumps(versions)},"cases":[\n{lines}\n]}}\n')
    print(path.name, path.stat().st_size)


def image_in(x):
    return x.permute(0, 3, 1, 2)


def image_out(y):
    return y.permute(0, 2, 3, 1)


def case(name, layer, x, forward, parameters=None):
    """Runs a layer on a tensor or on several, and back from random output gradients."""
    parameters = parameters or {}
    inputs = x if isinstance(x, list) else [x]
    leaves = [t.requires_grad_() for t in (*inputs, *parameters.values())]
    y = forward(*inputs, **parameters)
    output_gradient = draw(*y.shape)
    gradients = torch.autograd.grad(y, leaves, output_gradient)
    return {
        "name": name,
        "layer": layer,
        "inputs": [tensor(one) for one in inputs],
        "parameters": {key: tensor(value) for key, value in parameters.items()},
        "outputGradient": tensor(output_gradient),
        "output": tensor(y),
        "inputGradients": [tensor(one) for one in gradients[:len(inputs)]],
        "parameterGradients": {key: tensor(value) for key, value in zip(parameters, gradients[len(inputs):])},
    }


def dense(name, shape, units, use_bias=True, activation="linear", function=lambda y: y):
    layer = {"type": "dense", "units": units, "use_bias": use_bias, "activation": activation}
    parameters = {"kernel": draw(shape[-1], units), **({"bias": draw(units)} if use_bias else {})}
    return case(name, layer, draw(*shape), lambda x, kernel, bias=None: function(F.linear(x, kernel.T, bias)), parameters)


def conv2d(name, shape, filters, kernel, strides=(1, 1), padding="valid", dilation=(1, 1), groups=1, use_bias=True):
    layer = dict(type="conv2d", filters=filters, kernel_size=kernel, strides=strides, padding=padding, dilation=dilation,
                 groups=groups, use_bias=use_bias)

    def forward(x, kernel, bias=None):
        same = padding == "same"
        pads = [] if not same else [pad for axis in (1, 0) for pad in same_padding(x.shape[1 + axis], kernel.shape[axis], strides[axis], dilation[axis])]
        image = F.pad(image_in(x), pads) if same else image_in(x)
        number = padding if isinstance(padding, int) else 0
        return image_out(F.conv2d(image, kernel.permute(3, 2, 0, 1), bias, strides, number, dilation, groups))

    parameters = {"kernel": draw(*kernel, shape[3] // groups, filters), **({"bias": draw(filters)} if use_bias else {})}
    return case(name, layer, draw(*shape), forward, parameters)


def same_padding(length, kernel, stride, dilation):
    """TensorFlow's rule, from its documentation: PyTorch has it for stride 1 only. An odd row goes to the end."""
    total = max((math.ceil(length / stride) - 1) * stride + dilation * (kernel - 1) + 1 - length, 0)
    return [total // 2, total - total // 2]


def max_pool2d(name, x, pool_size, strides=None, padding="valid"):
    layer = {"type": "max_pool2d", "pool_size": pool_size, "padding": padding, **({"strides": strides} if strides else {})}
    number = padding if isinstance(padding, int) else 0
    return case(name, layer, x, lambda x: image_out(F.max_pool2d(image_in(x), pool_size, strides, number)))


def ties(*shape):
    """Few different values, so that most windows have equal largest ones."""
    return torch.tensor(random.integers(-2, 1, shape).astype(float))


def activation(function, torch_function, x=None):
    layer = {"type": "activation", "function": function}
    name = function if isinstance(function, str) else json.dumps(function)
    # 0 is the kink; the large ones overflow where a formula is careless.
    special = torch.tensor([[0.0, 1e-6, -1e-6, 40.0, -40.0, 800.0, -800.0]])
    return case(name, layer, special if x is None else x, torch_function)


def layers():
    yield dense("dense", (5, 4), 3)
    yield dense("dense without bias", (5, 4), 3, use_bias=False)
    yield dense("dense of rank 3", (2, 5, 4), 3)
    yield dense("dense of rank 4 without bias", (2, 3, 2, 4), 3, use_bias=False)
    yield dense("dense with relu", (6, 4), 5, activation="relu", function=F.relu)
    yield conv2d("conv2d", (2, 5, 6, 3), 4, (3, 3))
    yield conv2d("conv2d 1x1", (2, 3, 4, 3), 2, (1, 1), use_bias=False)
    yield conv2d("conv2d with strides", (2, 7, 8, 2), 3, (3, 2), strides=(2, 3))
    yield conv2d("conv2d with padding 1", (2, 4, 5, 2), 3, (3, 3), padding=1)
    yield conv2d("conv2d with padding 2 and stride 2", (1, 6, 5, 2), 2, (3, 3), strides=(2, 2), padding=2)
    yield conv2d("conv2d same", (2, 5, 4, 2), 3, (3, 3), padding="same")
    yield conv2d("conv2d same, even kernel", (1, 5, 4, 2), 2, (2, 4), padding="same")
    yield conv2d("conv2d same, stride 2", (1, 7, 6, 2), 2, (3, 3), strides=(2, 2), padding="same")
    yield conv2d("conv2d with dilation", (1, 8, 7, 2), 3, (3, 2), dilation=(2, 3))
    yield conv2d("conv2d same with dilation", (1, 6, 5, 1), 2, (3, 3), padding="same", dilation=(2, 1))
    yield conv2d("conv2d with groups", (2, 5, 4, 4), 6, (3, 2), groups=2)
    yield conv2d("conv2d depthwise", (1, 5, 5, 3), 6, (3, 3), padding=1, groups=3)
    yield conv2d("conv2d with everything", (2, 9, 8, 4), 4, (3, 2), strides=(2, 1), padding=1, dilation=(1, 2), groups=2)
    yield conv2d("conv2d with rows left over", (1, 8, 9, 1), 2, (3, 3), strides=(3, 4))
    yield max_pool2d("max_pool2d", draw(2, 4, 6, 3), (2, 2))
    yield max_pool2d("max_pool2d with rows left over", draw(1, 5, 7, 2), (2, 3))
    yield max_pool2d("max_pool2d overlapping", draw(1, 6, 5, 2), (3, 3), strides=(1, 2))
    yield max_pool2d("max_pool2d with ties", ties(2, 4, 6, 2), (2, 2))
    yield max_pool2d("max_pool2d with ties, overlapping", ties(1, 5, 5, 2), (3, 2), strides=(1, 1))
    yield max_pool2d("max_pool2d of negative numbers, padded", -draw(1, 4, 5, 2).abs() - 1, (3, 3), strides=(2, 2), padding=1)
    yield max_pool2d("max_pool2d with ties, padded", ties(1, 5, 4, 2), (2, 2), strides=(1, 1), padding=1)
    yield case("flatten", {"type": "flatten"}, draw(2, 3, 2, 4), lambda x: x.flatten(1))
    leaky = {"type": "leaky_relu", "negative_slope": 0.2}
    for function, torch_function in [
        ("linear", lambda x: x * 1),
        ("relu", F.relu),
        ("leaky_relu", F.leaky_relu),
        (leaky, lambda x: F.leaky_relu(x, 0.2)),
        ("sigmoid", torch.sigmoid),
        ("tanh", torch.tanh),
        ("softmax", lambda x: x.softmax(-1)),
    ]:
        yield activation(function, torch_function)
        yield activation(function, torch_function, draw(3, 2, 4, scale=2))


if __name__ == "__main__":
    folder.mkdir(parents=True, exist_ok=True)
    write("layers", layers())
