#!/usr/bin/env python3
"""What PyTorch computes for the normalising, embedding and recurrent layers, as generate.py beside this file says.

    .venv/bin/python test/oracle/generate_recurrent.py

Writes test/fixtures/torch/{normalization,running_statistics,recurrent,padded_recurrent,early_reset,padded_normalization}.json. Kernels are transposed and
PyTorch's two biases added: the recurrent one of a gated recurrent unit's third block stays by itself. A padded step repeats the state before it.
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


def embedding(shape, input_dim, output_dim):
    indices = torch.tensor(generate.random.integers(0, input_dim, shape))
    table = draw(input_dim, output_dim).requires_grad_()
    y = F.embedding(indices, table)
    output_gradient = draw(*y.shape)
    return {
        "name": f"embedding of {list(shape)}",
        "layer": {"type": "embedding", "input_dim": input_dim, "output_dim": output_dim},
        "inputs": [tensor(indices)],
        "parameters": {"embeddings": tensor(table)},
        "outputGradient": tensor(output_gradient),
        "output": tensor(y),
        "inputGradients": [],
        "parameterGradients": {"embeddings": tensor(torch.autograd.grad(y, table, output_gradient)[0])},
    }


modules = {"simple_rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}


def recurrent_case(kind, shape, units, lengths=None, go_backwards=False, **options):
    """`shape` is [batch, time, features]; `lengths` are those of the records, all by default whole."""
    layer = {"type": kind, "units": units, **options, **({"go_backwards": True} if go_backwards else {})}
    layers, both, biased = options.get("num_layers", 1), options.get("bidirectional", False), options.get("use_bias", True)
    sequences = options.get("return_sequences", False)
    module = modules[kind](shape[2], units, layers, bias=biased, batch_first=True, bidirectional=both,
                           **({"nonlinearity": options["activation"]} if "activation" in options else {}))
    for parameter in module.parameters():
        parameter.data = draw(*parameter.shape, scale=0.7)
    x = draw(*shape).requires_grad_()
    mask = None if lengths is None else torch.tensor([[float(t < length) for t in range(shape[1])] for length in lengths])

    def run(x):
        if go_backwards:
            x = x.flip(1)
        if lengths is None:
            y, state = module(x)
        else:
            packed = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
            y, state = module(packed)
            y, _ = torch.nn.utils.rnn.pad_packed_sequence(y, batch_first=True, total_length=shape[1])
            at = torch.minimum(torch.arange(shape[1])[None, :], torch.tensor(lengths)[:, None] - 1)
            forward = y[..., :units].gather(1, at[..., None].expand(-1, -1, units))
            y = torch.cat([forward, y[..., units:]], 2)
        if go_backwards:
            y = y.flip(1)
        hidden = state[0] if kind == "lstm" else state
        return y if sequences else torch.cat([hidden[-2], hidden[-1]], 1) if both else hidden[-1]

    y = run(x)
    output_gradient = draw(*y.shape)
    gradients = dict(zip(["x", *(name for name, _ in module.named_parameters())],
                         torch.autograd.grad(y, [x, *module.parameters()], output_gradient)))
    own = dict(module.named_parameters())
    parameters, parameter_gradients = {}, {}
    for number in range(layers):
        for suffix, direction in (("", "forward"), ("_reverse", "backward")) if both else (("", ""),):
            prefix = (f"layer_{number + 1}/" if layers > 1 else "") + (f"{direction}/" if both else "")
            end = f"_l{number}{suffix}"
            for target, of in ((parameters, own), (parameter_gradients, gradients)):
                target[f"{prefix}kernel"] = tensor(of[f"weight_ih{end}"].T)
                target[f"{prefix}recurrent_kernel"] = tensor(of[f"weight_hh{end}"].T)
                if not biased:
                    continue
                bias = of[f"bias_ih{end}"].detach().clone()
                other = of[f"bias_hh{end}"].detach().clone()
                shared = 2 * units if kind == "gru" else len(bias)
                if target is parameters:
                    bias[:shared] += other[:shared]
                target[f"{prefix}bias"] = tensor(bias)
                if kind == "gru":
                    target[f"{prefix}recurrent_bias"] = tensor(other[shared:])
    return {
        "name": f"{kind} of {list(shape)}, {dict(list(layer.items())[1:])}" + (f", lengths {lengths}" if lengths else ""),
        "layer": layer,
        "inputs": [tensor(x)],
        **({} if lengths is None else {"masks": [tensor(mask)]}),
        "parameters": parameters,
        "outputGradient": tensor(output_gradient),
        "output": tensor(y),
        "inputGradients": [tensor(gradients["x"])],
        "parameterGradients": parameter_gradients,
    }


def recurrent():
    yield embedding((3, 5), 7, 4)
    yield embedding((4, 1), 3, 2)
    for kind in modules:
        yield recurrent_case(kind, (3, 5, 2), 3)
        yield recurrent_case(kind, (2, 4, 3), 2, return_sequences=True, use_bias=False)
        yield recurrent_case(kind, (2, 1, 2), 3, return_sequences=True)
        yield recurrent_case(kind, (2, 4, 2), 2, go_backwards=True, return_sequences=True)
        yield recurrent_case(kind, (2, 4, 2), 3, bidirectional=True)
        yield recurrent_case(kind, (2, 3, 2), 2, bidirectional=True, num_layers=2, return_sequences=True)
    yield recurrent_case("simple_rnn", (3, 4, 2), 3, activation="relu")


def padded_recurrent():
    for kind in modules:
        yield recurrent_case(kind, (4, 5, 2), 3, lengths=[3, 5, 1, 4])
        yield recurrent_case(kind, (3, 4, 2), 2, lengths=[2, 4, 1], return_sequences=True)
        yield recurrent_case(kind, (3, 4, 2), 2, lengths=[2, 4, 3], bidirectional=True, num_layers=2, return_sequences=True)


def early_reset():
    """Gated recurrent units whose reset comes before the product with the state, which PyTorch has no module of."""
    for shape, units, keys in [((3, 4, 2), 3, {}), ((2, 3, 3), 2, {"return_sequences": True, "use_bias": False}),
                               ((2, 1, 2), 2, {"return_sequences": True})]:
        parameters = {"kernel": draw(shape[2], 3 * units, scale=0.7), "recurrent_kernel": draw(units, 3 * units, scale=0.7)}
        if keys.get("use_bias", True):
            parameters["bias"] = draw(3 * units, scale=0.7)

        def run(x, kernel, recurrent_kernel, bias=None):
            h, steps = torch.zeros(shape[0], units, dtype=x.dtype), []
            for t in range(shape[1]):
                of_x = x[:, t] @ kernel + (0 if bias is None else bias)
                gates = torch.sigmoid(of_x[:, :2 * units] + h @ recurrent_kernel[:, :2 * units])
                r, z = gates[:, :units], gates[:, units:]
                n = torch.tanh(of_x[:, 2 * units:] + (r * h) @ recurrent_kernel[:, 2 * units:])
                h = (1 - z) * n + z * h
                steps.append(h)
            return torch.stack(steps, 1) if keys.get("return_sequences", False) else h

        layer = {"type": "gru", "units": units, "reset_after": False, **keys}
        yield case(f"gru of {list(shape)}, {dict(list(layer.items())[1:])}", layer, draw(*shape), run, parameters)


def padded_normalization():
    """Batch normalisation whose mean and variance are those of the steps that count, padding being brought to them too."""
    for shape, lengths, keys in [((3, 4, 2), [2, 4, 1], {}), ((2, 3, 2, 3), [3, 1], {"scale": False, "epsilon": 0.1})]:
        mask = torch.tensor([[float(t < length) for t in range(shape[1])] for length in lengths], dtype=torch.float64)
        parameters = {**({"gamma": draw(shape[-1])} if keys.get("scale", True) else {}), "beta": draw(shape[-1])}

        def run(x, gamma=None, beta=None):
            counted = x[mask.bool()].reshape(-1, shape[-1])
            variance, mean = torch.var_mean(counted, 0, correction=0)
            y = (x - mean) / torch.sqrt(variance + keys.get("epsilon", 1e-5))
            return (y if gamma is None else y * gamma) + beta

        one = case(f"batch_norm of {list(shape)}, {keys}, lengths {lengths}", {"type": "batch_norm", **keys},
                   draw(*shape) + 3 * draw(shape[-1]), run, parameters)
        yield {**one, "masks": [tensor(mask)]}


if __name__ == "__main__":
    for make in (normalization, running_statistics, recurrent, padded_recurrent, early_reset, padded_normalization):
        write(make.__name__, make(), "generate_recurrent.py")
