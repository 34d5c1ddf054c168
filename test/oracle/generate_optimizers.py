#!/usr/bin/env python3
"""What PyTorch's optimizers make of a small network, as fixtures for optimizers.test.ts.

    python3 -m venv .venv && .venv/bin/pip install torch==2.13.0 numpy
    .venv/bin/python test/oracle/generate_optimizers.py

Writes test/fixtures/torch/optimizers.json. Everything is float64; what goes in are multiples of 1/1000, what comes out is rounded
to 13 digits. Where PyTorch lacks an optimizer, or an option of one, the algorithm is written out here from its paper.
"""
import json
import pathlib

import numpy
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.use_deterministic_algorithms(True)
random = numpy.random.default_rng(20250117)
path = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "torch" / "optimizers.json"
optim = torch.optim
steps = 20


def draw(*shape, scale=1.0):
    """Normal numbers, rounded to multiples of 1/1000."""
    return torch.tensor(numpy.round(random.standard_normal(shape) * scale * 1000) / 1000)


def rounded(t):
    return [float(f"{v:.13g}") + 0.0 for v in t.detach().contiguous().reshape(-1).tolist()]


def tensor(t):
    return {"shape": list(t.shape), "values": rounded(t)}


x, target = draw(8, 4), torch.tensor(random.integers(0, 3, 8))


def perceptron(p, x):
    hidden = torch.tanh(x @ p["dense_1/kernel"] + p["dense_1/bias"])
    return hidden @ p["dense_2/kernel"] + p["dense_2/bias"]


def convolutional(p, x):
    """The same numbers as images of 2 x 1 pixels of 2 channels; kernels [height, width, channels, filters]."""
    image = x.reshape(-1, 2, 1, 2).permute(0, 3, 1, 2)
    y = torch.tanh(F.conv2d(image, p["conv2d_1/kernel"].permute(3, 2, 0, 1), p["conv2d_1/bias"]))
    return y.permute(0, 2, 3, 1).flatten(1) @ p["dense_1/kernel"] + p["dense_1/bias"]


networks = {
    "perceptron": (perceptron, {"dense_1/kernel": draw(4, 5, scale=0.5), "dense_1/bias": draw(5, scale=0.1),
                                "dense_2/kernel": draw(5, 3, scale=0.5), "dense_2/bias": draw(3, scale=0.1)}),
    "convolutional": (convolutional, {"conv2d_1/kernel": draw(2, 1, 2, 4, scale=0.5), "conv2d_1/bias": draw(4, scale=0.1),
                                      "dense_1/kernel": draw(4, 3, scale=0.5), "dense_1/bias": draw(3, scale=0.1)}),
}


class Decoupled:
    """Decoupled weight decay (Loshchilov and Hutter, 2019) before the step of an optimizer that has none."""

    def __init__(self, inner, rate, decay):
        self.inner, self.factor = inner, 1 - rate * decay

    @torch.no_grad()
    def step(self):
        for group in self.inner.param_groups:
            for p in group["params"]:
                p.mul_(self.factor)
        self.inner.step()


class Written:
    """An optimizer written out: `advance(p, g, state, t)` changes p and its state in place."""

    def __init__(self, parameters):
        self.parameters, self.states, self.t = list(parameters), [{} for _ in parameters], 0

    @torch.no_grad()
    def step(self):
        self.t += 1
        for p, state in zip(self.parameters, self.states):
            self.advance(p, p.grad, state, self.t)


class Lion(Written):
    """Chen et al., Symbolic Discovery of Optimization Algorithms, 2023, algorithm 2."""

    def __init__(self, parameters, lr, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(parameters)
        self.lr, self.betas, self.weight_decay = lr, betas, weight_decay

    def advance(self, p, g, state, t):
        m = state.get("m", torch.zeros_like(p))
        c = self.betas[0] * m + (1 - self.betas[0]) * g
        p.sub_(self.lr * (torch.sign(c) + self.weight_decay * p))
        state["m"] = self.betas[1] * m + (1 - self.betas[1]) * g


class Lamb(Written):
    """You et al., Large Batch Optimization for Deep Learning, 2020, algorithm 2, with phi(z) = z."""

    def __init__(self, parameters, lr, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.0):
        super().__init__(parameters)
        self.lr, self.betas, self.eps, self.weight_decay = lr, betas, eps, weight_decay

    def advance(self, p, g, state, t):
        m = state["m"] = self.betas[0] * state.get("m", torch.zeros_like(p)) + (1 - self.betas[0]) * g
        v = state["v"] = self.betas[1] * state.get("v", torch.zeros_like(p)) + (1 - self.betas[1]) * g * g
        r = (m / (1 - self.betas[0] ** t)) / ((v / (1 - self.betas[1] ** t)).sqrt() + self.eps) + self.weight_decay * p
        lengths = p.norm(), r.norm()
        ratio = lengths[0] / lengths[1] if lengths[0] > 0 and lengths[1] > 0 else 1.0
        p.sub_(self.lr * ratio * r)


class Muon:
    """
    torch.optim.Muon for matrices and torch.optim.AdamW for all else. PyTorch's matrices are [outputs, inputs] and its
    Newton-Schulz steps are bfloat16: it is given transposed copies here, and the cast is left out.
    """

    def __init__(self, parameters, lr, adamw, weight_decay=0.1, **options):
        self.pairs = [(p, p.detach().T.contiguous().requires_grad_()) for p in parameters if p.dim() == 2]
        self.muon = optim.Muon([copy for _, copy in self.pairs], lr=lr, weight_decay=weight_decay, **options)
        others = [p for p in parameters if p.dim() != 2]
        self.adamw = optim.AdamW(others, weight_decay=weight_decay, **adamw)

    def step(self):
        cast, torch.Tensor.bfloat16 = torch.Tensor.bfloat16, torch.Tensor.clone
        try:
            for p, copy in self.pairs:
                copy.grad = p.grad.T.contiguous()
            self.muon.step()
        finally:
            torch.Tensor.bfloat16 = cast
        self.adamw.step()
        with torch.no_grad():
            for p, copy in self.pairs:
                p.copy_(copy.T)


def run(options, make, network="perceptron", clip=lambda parameters: None, train=None, average=None,
        averaged_after=range(1, steps + 1), config=None, penalty=lambda p: 0, constrain=lambda p: None):
    """
    `train` is that part of a config, `average(module)` an AveragedModel that is brought up to date after some of the steps. `config` is
    what else the config says, `penalty(parameters)` what it adds to the loss, and `constrain(parameters)` is called after every step.
    """
    forward, first = networks[network]
    parameters = {key: torch.nn.Parameter(value.clone()) for key, value in first.items()}
    module = torch.nn.ParameterList(parameters.values())
    averaged = average(module) if average else None
    optimizer, losses = make(list(parameters.values())), []
    for step in range(1, steps + 1):
        loss = F.cross_entropy(forward(parameters, x), target) + penalty(parameters)
        for p in parameters.values():
            p.grad = None
        loss.backward()
        clip(parameters.values())
        optimizer.step()
        losses.append(loss)
        with torch.no_grad():
            constrain(parameters)
        if averaged and step in averaged_after:
            averaged.update_parameters(module)
    after = {key: rounded(value) for key, value in parameters.items()}
    name = json.dumps(options) + ("" if network == "perceptron" else f", {network}") + (f", {json.dumps(train)}" if train else "")
    case = {"name": name, "network": network, "optimizer": options, "losses": rounded(torch.stack(losses)), "after": after}
    if averaged:
        case["averages"] = {key: rounded(value) for key, value in zip(parameters, averaged.module)}
    if config:
        case["name"] += f", {json.dumps(config)}"
    return {**case, **({"train": train} if train else {}), **(config or {})}


def cases():
    yield {"name": "data", "input": tensor(x), "target": target.tolist(),
           "parameters": {network: {key: tensor(value) for key, value in first.items()} for network, (_, first) in networks.items()}}
    for options, make in [
        ({"type": "sgd", "learning_rate": 0.1}, lambda p: optim.SGD(p, lr=0.1)),
        ({"type": "sgd", "learning_rate": 0.1, "momentum": 0.9}, lambda p: optim.SGD(p, lr=0.1, momentum=0.9)),
        ({"type": "sgd", "learning_rate": 0.05, "momentum": 0.8, "nesterov": True},
         lambda p: optim.SGD(p, lr=0.05, momentum=0.8, nesterov=True)),
        ({"type": "sgd", "learning_rate": 0.1, "weight_decay": 0.02}, lambda p: optim.SGD(p, lr=0.1, weight_decay=0.02)),
        ({"type": "sgd", "learning_rate": 0.05, "momentum": 0.7, "nesterov": True, "weight_decay": 0.01},
         lambda p: optim.SGD(p, lr=0.05, momentum=0.7, nesterov=True, weight_decay=0.01)),
        ({"type": "sgd", "learning_rate": 0.1, "momentum": 0.5, "weight_decay": 0.2, "decoupled_weight_decay": True},
         lambda p: Decoupled(optim.SGD(p, lr=0.1, momentum=0.5), 0.1, 0.2)),
        ({"type": "adam", "learning_rate": 0.02}, lambda p: optim.Adam(p, lr=0.02)),
        ({"type": "adam", "learning_rate": 0.02, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-4, "weight_decay": 0.03},
         lambda p: optim.Adam(p, lr=0.02, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.03)),
        ({"type": "adam", "learning_rate": 0.3, "beta_2": 0.5, "amsgrad": True},
         lambda p: optim.Adam(p, lr=0.3, betas=(0.9, 0.5), amsgrad=True)),
        ({"type": "adamw", "learning_rate": 0.02}, lambda p: optim.AdamW(p, lr=0.02)),
        ({"type": "adamw", "learning_rate": 0.02, "weight_decay": 0.5}, lambda p: optim.AdamW(p, lr=0.02, weight_decay=0.5)),
        ({"type": "adamw", "learning_rate": 0.02, "weight_decay": 0.0}, lambda p: optim.AdamW(p, lr=0.02, weight_decay=0.0)),
        ({"type": "adamw", "learning_rate": 0.3, "beta_2": 0.6, "amsgrad": True},
         lambda p: optim.AdamW(p, lr=0.3, betas=(0.9, 0.6), amsgrad=True)),
        ({"type": "adagrad"}, lambda p: optim.Adagrad(p)),
        ({"type": "adagrad", "learning_rate": 0.2, "learning_rate_decay": 0.1, "initial_accumulator_value": 0.3, "epsilon": 1e-3,
          "weight_decay": 0.05},
         lambda p: optim.Adagrad(p, lr=0.2, lr_decay=0.1, initial_accumulator_value=0.3, eps=1e-3, weight_decay=0.05)),
        ({"type": "adadelta"}, lambda p: optim.Adadelta(p)),
        ({"type": "adadelta", "learning_rate": 0.5, "rho": 0.8, "epsilon": 1e-3, "weight_decay": 0.1},
         lambda p: optim.Adadelta(p, lr=0.5, rho=0.8, eps=1e-3, weight_decay=0.1)),
        ({"type": "rmsprop"}, lambda p: optim.RMSprop(p)),
        ({"type": "rmsprop", "learning_rate": 0.02, "rho": 0.9, "momentum": 0.6, "epsilon": 1e-3},
         lambda p: optim.RMSprop(p, lr=0.02, alpha=0.9, momentum=0.6, eps=1e-3)),
        ({"type": "rmsprop", "learning_rate": 0.01, "rho": 0.8, "centered": True, "epsilon": 0.01, "weight_decay": 0.1},
         lambda p: optim.RMSprop(p, lr=0.01, alpha=0.8, centered=True, eps=0.01, weight_decay=0.1)),
        ({"type": "rmsprop", "learning_rate": 0.01, "rho": 0.8, "centered": True, "momentum": 0.5, "epsilon": 0.01,
          "weight_decay": 0.3, "decoupled_weight_decay": True},
         lambda p: Decoupled(optim.RMSprop(p, lr=0.01, alpha=0.8, centered=True, momentum=0.5, eps=0.01), 0.01, 0.3)),
        ({"type": "adamax"}, lambda p: optim.Adamax(p)),
        ({"type": "adamax", "learning_rate": 0.05, "beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-4, "weight_decay": 0.1},
         lambda p: optim.Adamax(p, lr=0.05, betas=(0.7, 0.9), eps=1e-4, weight_decay=0.1)),
        ({"type": "nadam"}, lambda p: optim.NAdam(p)),
        ({"type": "nadam", "learning_rate": 0.03, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-4, "momentum_decay": 0.05,
          "weight_decay": 0.1},
         lambda p: optim.NAdam(p, lr=0.03, betas=(0.8, 0.95), eps=1e-4, momentum_decay=0.05, weight_decay=0.1)),
        ({"type": "nadam", "learning_rate": 0.03, "weight_decay": 0.2, "decoupled_weight_decay": True},
         lambda p: optim.NAdam(p, lr=0.03, weight_decay=0.2, decoupled_weight_decay=True)),
        ({"type": "radam", "learning_rate": 0.02}, lambda p: optim.RAdam(p, lr=0.02)),
        ({"type": "radam", "learning_rate": 0.02, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3, "weight_decay": 0.1},
         lambda p: optim.RAdam(p, lr=0.02, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1)),
        ({"type": "radam", "learning_rate": 0.02, "beta_2": 0.5, "weight_decay": 0.2, "decoupled_weight_decay": True},
         lambda p: optim.RAdam(p, lr=0.02, betas=(0.9, 0.5), weight_decay=0.2, decoupled_weight_decay=True)),
        ({"type": "lion", "learning_rate": 0.01}, lambda p: Lion(p, lr=0.01)),
        ({"type": "lion", "learning_rate": 0.02, "beta_1": 0.7, "beta_2": 0.8, "weight_decay": 0.5},
         lambda p: Lion(p, lr=0.02, betas=(0.7, 0.8), weight_decay=0.5)),
        ({"type": "lamb", "learning_rate": 0.05}, lambda p: Lamb(p, lr=0.05)),
        ({"type": "lamb", "learning_rate": 0.02, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3, "weight_decay": 0.4},
         lambda p: Lamb(p, lr=0.02, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.4)),
        ({"type": "adafactor", "epsilon_1": 2.0**-23}, lambda p: optim.Adafactor(p, eps=(2.0**-23, 1e-3))),
        ({"type": "adafactor", "learning_rate": 0.4, "beta_2_decay": -0.5, "epsilon_1": 0.03, "epsilon_2": 0.3, "clip_threshold": 1.2,
          "weight_decay": 0.2},
         lambda p: optim.Adafactor(p, lr=0.4, beta2_decay=-0.5, eps=(0.03, 0.3), d=1.2, weight_decay=0.2)),
        ({"type": "muon", "learning_rate": 0.02}, lambda p: Muon(p, lr=0.02, adamw={"lr": 0.001})),
        ({"type": "muon", "learning_rate": 0.05, "momentum": 0.6, "nesterov": False, "weight_decay": 0.3, "ns_steps": 3,
          "adjust_learning_rate": "match_rms_adamw", "adamw_learning_rate": 0.01, "adamw_beta_1": 0.8, "adamw_beta_2": 0.9,
          "adamw_epsilon": 1e-3},
         lambda p: Muon(p, lr=0.05, momentum=0.6, nesterov=False, weight_decay=0.3, ns_steps=3, adjust_lr_fn="match_rms_adamw",
                        adamw={"lr": 0.01, "betas": (0.8, 0.9), "eps": 1e-3})),
        ({"type": "muon", "learning_rate": 0.02, "use_muon": False, "weight_decay": 0.2},
         lambda p: optim.AdamW(p, lr=0.001, weight_decay=0.2)),
    ]:
        yield run(options, make)
    yield run({"type": "adafactor", "learning_rate": 0.1}, lambda p: optim.Adafactor(p, lr=0.1, eps=(2.0**-23, 1e-3)), "convolutional")
    yield run({"type": "muon", "learning_rate": 0.02, "adamw_learning_rate": 0.02},
              lambda p: Muon(p, lr=0.02, adamw={"lr": 0.02}), "convolutional")
    clip = torch.nn.utils
    for kind, clipping in [("value", lambda p: clip.clip_grad_value_(p, 0.02)),
                           ("norm", lambda p: [clip.clip_grad_norm_([one], 0.05) for one in p]),
                           ("global_norm", lambda p: clip.clip_grad_norm_(p, 0.1))]:
        largest = {"value": 0.02, "norm": 0.05, "global_norm": 0.1}[kind]
        options = {"type": "sgd", "learning_rate": 0.5, "momentum": 0.5, "clip": {"type": kind, "max": largest}}
        yield run(options, lambda p: optim.SGD(p, lr=0.5, momentum=0.5), clip=clipping)
    yield run({"type": "adamw", "learning_rate": 0.05, "weight_decay": 0.3, "groups": [
                   {"match": "*/bias", "weight_decay": 0, "learning_rate_multiplier": 0.1},
                   {"match": ["dense_2/*", "dense?1/k*"], "beta_1": 0.5},
                   {"match": "dense_2/kernel", "beta_1": 0.6, "amsgrad": True}]},
              lambda p: optim.AdamW([
                  {"params": [p[0]], "betas": (0.5, 0.999)},
                  {"params": [p[1]], "weight_decay": 0, "lr": 0.005},
                  {"params": [p[2]], "betas": (0.6, 0.999), "amsgrad": True},
                  {"params": [p[3]], "betas": (0.5, 0.999), "weight_decay": 0, "lr": 0.005}], lr=0.05, weight_decay=0.3))
    # Norms are those of what is trained.
    yield run({"type": "sgd", "learning_rate": 0.5, "clip": {"type": "global_norm", "max": 0.1}, "groups": [
                   {"match": "*", "trainable": False}, {"match": "dense_2/*", "trainable": True}]},
              lambda p: optim.SGD(p[2:], lr=0.5), clip=lambda p: clip.clip_grad_norm_(list(p)[2:], 0.1))
    # Averages of the weights. An epoch of the mean over epochs is five steps.
    AveragedModel, ema = optim.swa_utils.AveragedModel, optim.swa_utils.get_ema_multi_avg_fn
    sgd = {"type": "sgd", "learning_rate": 0.3, "momentum": 0.5}
    warm = lambda average, value, n: average + (1 - min(0.95, (2 + n) / (11 + n))) * (value - average)
    for train, average, after in [({"ema": {"decay": 0.9}}, lambda m: AveragedModel(m, multi_avg_fn=ema(0.9)), range(1, 21)),
                                  ({"ema": {"decay": 0.95, "warmup": True}}, lambda m: AveragedModel(m, avg_fn=warm), range(1, 21)),
                                  ({"epochs": 4, "swa": {"start_epoch": 2}}, AveragedModel, (10, 15, 20))]:
        yield run(sgd, lambda p: optim.SGD(p, lr=0.3, momentum=0.5), train=train, average=average, averaged_after=after)
    # Penalties as Keras counts them, and largest norms. Layers: options of the network's layers, by their place.
    sgd = {"type": "sgd", "learning_rate": 0.3, "momentum": 0.5}

    def regularized(p):
        return (0.01 * p["dense_1/kernel"].abs().sum() + 0.02 * p["dense_1/kernel"].square().sum()
                + 0.01 * p["dense_1/bias"].square().sum() + 0.03 * p["dense_2/bias"].abs().sum())

    def bound(p):
        renorm(p["dense_1/kernel"], 0, 0.6)
        renorm(p["dense_2/kernel"], 1, 0.5)
        renorm(p["dense_2/bias"], 0, 0.1)

    def renorm(p, axis, largest):
        norm = p.norm(dim=axis, keepdim=True)
        p.copy_(torch.where(norm > largest, p * largest / norm, p))

    yield run(sgd, lambda p: optim.SGD(p, lr=0.3, momentum=0.5), penalty=regularized, config={
        "regularizer": {"l2": 0.01, "match": ["dense_1/*", "*/bias"]},
        "layers": {"0": {"kernel_regularizer": {"l1": 0.01, "l2": 0.02}}, "1": {"bias_regularizer": {"l1": 0.03}}}})
    yield run(sgd, lambda p: optim.SGD(p, lr=0.3, momentum=0.5), constrain=bound, config={
        "layers": {"0": {"kernel_constraint": {"max_norm": 0.6}},
                   "1": {"kernel_constraint": {"max_norm": 0.5, "axis": 1}, "bias_constraint": {"max_norm": 0.1}}}})


if __name__ == "__main__":
    versions = {"torch": torch.__version__, "numpy": numpy.__version__}
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases())
    path.write_text(f'{{"generator":"test/oracle/generate_optimizers.py","versions":{json.dumps(versions)},"cases":[\n{lines}\n]}}\n')
    print(path.name, path.stat().st_size)
