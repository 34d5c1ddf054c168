#!/usr/bin/env python3
"""What PyTorch computes for Transformer blocks: test/fixtures/torch/transformer.json, as generate.py beside this file says.

    .venv/bin/python test/oracle/generate_transformer.py

nn.TransformerEncoderLayer and nn.TransformerDecoderLayer with their weights replaced, without dropout. Kernels are
[inputs, units], PyTorch's weights transposed.
"""
import numpy
import torch
import torch.nn.functional as F
from torch.func import functional_call

import generate
from generate import case, draw, write
from generate_attention import masked_case, projection

# Ours and PyTorch's names. Weights of linear layers are kernels, transposed; those of layer norms are gamma and beta.
parts = {
    "self_attention/in_projection": "self_attn.in_proj_",
    "self_attention/out_projection": "self_attn.out_proj.",
    "cross_attention/in_projection": "multihead_attn.in_proj_",
    "cross_attention/out_projection": "multihead_attn.out_proj.",
    "feed_forward/linear_1": "linear1.",
    "feed_forward/linear_2": "linear2.",
    "norm_1/": "norm1.",
    "norm_2/": "norm2.",
    "norm_3/": "norm3.",
}


def torch_name(name):
    """`norm_1/gamma` as `norm1.weight`."""
    part = next(part for part in parts if name.startswith(part))
    leaf = name[len(part) :].lstrip(".")
    return parts[part] + {"kernel": "weight", "gamma": "weight", "bias": "bias", "beta": "bias"}[leaf]


def attention_parameters(name, width):
    return projection(f"{name}/in_projection", width, 3 * width, True) | projection(f"{name}/out_projection", width, width, True)


def norm_parameters(number, width):
    return {f"norm_{number}/gamma": 1 + draw(width, scale=0.3), f"norm_{number}/beta": draw(width)}


def feed_forward_parameters(width, units):
    return projection("feed_forward/linear_1", width, units, True) | projection("feed_forward/linear_2", units, width, True)


def block_parameters(norm_first, sublayers):
    """In the order in which the block uses them: a norm stands before its sublayer, or after it."""
    width = 4
    found = {}
    for number, (kind, size) in enumerate(sublayers, 1):
        own = feed_forward_parameters(width, size) if kind == "feed_forward" else attention_parameters(kind, width)
        norm = norm_parameters(number, width)
        found |= norm | own if norm_first else own | norm
    return found


def block(kind, name, shapes, lengths=None, layers=1, **options):
    decoder = kind == "transformer_decoder"
    units = options["feed_forward"]
    norm_first, activation = options.get("norm_first", False), options.get("activation", "relu")
    attentions = ["self_attention", "cross_attention"] if decoder else ["self_attention"]
    sublayers = [(one, None) for one in attentions] + [("feed_forward", units)]
    width, heads = shapes[0][-1], options["heads"]
    parameters = {f"{i}.{key}": value for i in range(layers) for key, value in block_parameters(norm_first, sublayers).items()}
    make = torch.nn.TransformerDecoderLayer if decoder else torch.nn.TransformerEncoderLayer
    module = make(width, heads, units, dropout=0.0, activation=activation, batch_first=True, norm_first=norm_first)

    def forward(masks, x, memory=None, **p):
        extra = {}
        side = "tgt" if decoder else "src"
        if masks[0] is not None:
            extra[f"{side}_key_padding_mask"] = masks[0] == 0
        if options.get("causal", decoder):
            extra["tgt_mask" if decoder else "src_mask"] = torch.ones(x.shape[1], x.shape[1]).triu(1).bool()
        if decoder and masks[1] is not None:
            extra["memory_key_padding_mask"] = masks[1] == 0
        for i in range(layers):
            own = {key[len(f"{i}."):]: value for key, value in p.items() if key.startswith(f"{i}.")}
            weights = {torch_name(key): value.T if key.endswith("kernel") else value for key, value in own.items()}
            assert set(weights) == set(dict(module.named_parameters()))
            x = functional_call(module, weights, (x, memory) if decoder else (x,), extra)
        return x

    layer = {"type": kind, **options, **({"layers": layers} if layers > 1 else {})}
    return masked_case(name, layer, [draw(*shape) for shape in shapes], lengths or [None] * len(shapes), forward, parameters)


def feed_forward(name, shape, layer, function):
    """Two linear layers; a width of 3 that `units` is left out for has 12 units between them."""
    parameters = projection("linear_1", shape[-1], layer.get("units", 4 * shape[-1]), True)
    parameters |= projection("linear_2", layer.get("units", 4 * shape[-1]), shape[-1], True)

    def forward(x, **p):
        inner = function(F.linear(x, p["linear_1.kernel"].T, p["linear_1.bias"]))
        return F.linear(inner, p["linear_2.kernel"].T, p["linear_2.bias"])

    return case(name, {"type": "feed_forward", **layer}, draw(*shape), forward, parameters)


def transformer():
    yield feed_forward("feed-forward network", (2, 3, 4), {"units": 5, "activation": "gelu"}, F.gelu)
    yield feed_forward("feed-forward network as wide as by default", (4, 3), {}, F.relu)
    small = dict(heads=2, feed_forward=3)
    encoder = lambda name, *shape, **rest: block("transformer_encoder", name, [shape], **rest, **small)
    yield encoder("encoder block", 2, 3, 4)
    yield encoder("encoder block, norm first", 2, 3, 4, norm_first=True, activation="gelu")
    yield encoder("causal encoder block", 1, 4, 4, causal=True, activation="gelu")
    yield encoder("encoder block on padded sequences", 2, 3, 4, lengths=[(1, 3)], norm_first=True)
    yield encoder("two causal encoder blocks", 1, 3, 4, layers=2, causal=True, norm_first=True, activation="gelu")
    decoder = lambda name, *shapes, **rest: block("transformer_decoder", name, shapes, **rest, **small)
    yield decoder("decoder block", (1, 3, 4), (1, 2, 4))
    yield decoder("decoder block, norm first", (1, 3, 4), (1, 4, 4), norm_first=True, activation="gelu")
    yield decoder("decoder block that sees later steps, on padded sequences", (2, 3, 4), (2, 3, 4), lengths=[(3, 2), (1, 3)], causal=False)
    yield decoder("two decoder blocks", (1, 2, 4), (1, 3, 4), layers=2)


if __name__ == "__main__":
    generate.random = numpy.random.default_rng(20240501)
    write("transformer", transformer(), "generate_transformer.py")
