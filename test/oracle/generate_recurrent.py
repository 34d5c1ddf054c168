#!/usr/bin/env python3
"""What PyTorch computes for the normalising layers, as generate.py beside this file says.

    .venv/bin/python test/oracle/generate_recurrent.py

Writes test/fixtures/torch/{normalization,running_statistics}.json.
"""
import numpy
import torch
import torch.nn.functional as F

import generate
from generate import case, draw, tensor, write

generate.random = numpy.random.default_rng(20240311)


def channels_second(x):
    return x.movedim(-1, 1)


def channels_last(x):
    return x.movedim(1, -1)


def normalization():
    for shape in [(5, 3), (4, 2, 3, 3), (2, 6, 2)]:
        for keys in [{}, {"scale": False}, {"center": False}, {"scale": False, "center": False, "epsilon": 0.1}]:
            parameters = {}
            if keys.get("scale", True):
                parameters["gamma"] = draw(shape[-1])
            if keys.get("center", True):
                parameters["beta"] = draw(shape[-1])
            epsilon = keys.get("epsilon", 1e-5)
            run = lambda x, gamma=None, beta=None: channels_last(
                F.batch_norm(channels_second(x), None, None, gamma, beta, training=True, eps=epsilon))
            # Apart from 0, where a difference of large numbers is small.
            x = draw(*shape) + 3 * draw(shape[-1])
            yield case(f"batch_norm of {list(shape)}, {keys}", {"type": "batch_norm", **keys}, x, run, parameters)
    for shape in [(4, 5), (2, 3, 4), (2, 2, 3, 3)]:
        for keys in [{}, {"scale": False, "center": False}, {"center": False, "epsilon": 0.1}]:
            scaled, centred = keys.get("scale", True), keys.get("center", True)
            parameters = {**({"gamma": draw(shape[-1])} if scaled else {}), **({"beta": draw(shape[-1])} if centred else {})}
            epsilon = keys.get("epsilon", 1e-5)
            run = lambda x, gamma=None, beta=None: F.layer_norm(x, (shape[-1],), gamma, beta, epsilon)
            yield case(f"layer_norm of {list(shape)}, {keys}", {"type": "layer_norm", **keys}, draw(*shape) + 2, run, parameters)
        for keys in [{}, {"scale": False, "epsilon": 0.1}]:
            parameters = {"gamma": draw(shape[-1])} if keys.get("scale", True) else {}
            epsilon = keys.get("epsilon", 1e-6)
            run = lambda x, gamma=None: F.rms_norm(x, (shape[-1],), gamma, epsilon)
            yield case(f"rms_norm of {list(shape)}, {keys}", {"type": "rms_norm", **keys}, draw(*shape) + 1, run, parameters)
    for shape, groups in [((3, 6), 2), ((2, 3, 4), 1), ((2, 3, 2, 6), 3), ((2, 2, 2, 2, 4), 4)]:
        for keys in [{}, {"scale": False, "center": False, "epsilon": 0.1}]:
            parameters = {"gamma": draw(shape[-1]), "beta": draw(shape[-1])} if keys == {} else {}
            epsilon = keys.get("epsilon", 1e-5)
            run = lambda x, gamma=None, beta=None: channels_last(F.group_norm(channels_second(x), groups, gamma, beta, epsilon))
            layer = {"type": "group_norm", "groups": groups, **keys}
            yield case(f"group_norm of {list(shape)} in {groups}, {keys}", layer, draw(*shape) + 2, run, parameters)


def running_statistics():
    """Some steps of training, the running statistics after each, then evaluation: output and gradients."""
    for shape, options in [((6, 3), {}), ((3, 2, 2, 4), {"momentum": 0.3, "epsilon": 0.01}), ((2, 3), {"momentum": 1})]:
        module = torch.nn.BatchNorm1d(shape[-1], momentum=options.get("momentum", 0.1), eps=options.get("epsilon", 1e-5))
        steps = []
        for _ in range(4):
            x = draw(*shape, scale=2) + draw(shape[-1])
            module(x.reshape(-1, shape[-1]))
            steps.append({"input": tensor(x), "mean": tensor(module.running_mean), "variance": tensor(module.running_var)})
        module.eval()
        module.weight.data, module.bias.data = draw(shape[-1]), draw(shape[-1])
        leaves = {"gamma": module.weight, "beta": module.bias}
        run = lambda x, **_: module(x.reshape(-1, shape[-1])).reshape(x.shape)
        yield {**case(f"batch_norm of {list(shape)}, {options}", {"type": "batch_norm", **options}, draw(*shape), run, leaves),
               "steps": steps}


if __name__ == "__main__":
    for make in (normalization, running_statistics):
        write(make.__name__, make(), "generate_recurrent.py")
