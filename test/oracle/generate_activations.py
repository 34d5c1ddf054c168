#!/usr/bin/env python3
"""What PyTorch computes for activations and prelu: test/fixtures/torch/activations.json, as generate.py beside this file says.

    .venv/bin/python test/oracle/generate_activations.py
"""
import numpy
import torch
import torch.nn.functional as F

import generate
from generate import case, draw, write

generate.random = numpy.random.default_rng(20240301)

functions = [
    ("elu", F.elu),
    ({"type": "elu", "alpha": 0.3}, lambda x: F.elu(x, 0.3)),
    ("selu", F.selu),
    ("gelu", F.gelu),
    ({"type": "gelu", "approximate": "tanh"}, lambda x: F.gelu(x, approximate="tanh")),
    ("silu", F.silu),
    ("mish", F.mish),
    # Beyond its threshold PyTorch's softplus is linear, which is right to 3e-9 for 20 and to the last bit for 50.
    ("softplus", lambda x: F.softplus(x, threshold=50)),
    ({"type": "softplus", "beta": 2.5}, lambda x: F.softplus(x, 2.5, threshold=50)),
    ("softsign", F.softsign),
    # By its definition: PyTorch's own kernel multiplies float64 by 1/6 rounded to float32.
    ("hard_sigmoid", lambda x: F.relu6(x + 3) / 6),
    ("hard_swish", F.hardswish),
    ("relu6", F.relu6),
    ("hardtanh", F.hardtanh),
    ({"type": "hardtanh", "min": -0.5, "max": 2}, lambda x: F.hardtanh(x, -0.5, 2)),
    ("log_softmax", lambda x: x.log_softmax(-1)),
]
# Errors are measured relative to the largest value of a tensor, so numbers of very different size are apart.
inputs = {
    "numbers around 0": lambda: draw(3, 2, 5, scale=3),
    "kinks": lambda: torch.tensor([[0, 3, -3, 6, -6, 1, -1, -0.5, 2]]),
    "small numbers": lambda: torch.tensor([[1e-5, -1e-5, 1e-8, -1e-8]]),
    "tails to the right": lambda: torch.tensor([[8.0, 15, 19, 21, 40, 100, 800]]),
    "tails to the left": lambda: torch.tensor([[-8.0, -15, -19, -21, -40, -100, -800]]),
    "a huge number": lambda: torch.tensor([[1e30]]),
    "a huge negative number": lambda: torch.tensor([[-1e30]]),
}


def activations():
    for function, torch_function in functions:
        for name, make in inputs.items():
            label = function if isinstance(function, str) else ", ".join(str(value) for value in function.values())
            yield case(f"{label} of {name}", {"type": "activation", "function": function}, make(), torch_function)
    for shape in [(4, 3), (2, 3, 2, 4)]:
        channels_second = lambda y: y.movedim(-1, 1)
        run = lambda x, slope: F.prelu(channels_second(x), slope).movedim(1, -1)
        x = lambda: torch.where(draw(*shape) > 1, torch.zeros(shape), draw(*shape))
        yield case(f"prelu of rank {len(shape)}", {"type": "prelu"}, x(), run, {"slope": draw(shape[-1])})
        yield case(f"prelu of rank {len(shape)}, shared", {"type": "prelu", "shared": True}, x(), run, {"slope": draw(1)})


if __name__ == "__main__":
    write("activations", activations(), "generate_activations.py")
