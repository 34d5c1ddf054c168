#!/usr/bin/env python3
"""What PyTorch computes for attention: test/fixtures/torch/attention.json, as generate.py beside this file says.

    .venv/bin/python test/oracle/generate_attention.py

Masks are 1 where a step counts: the opposite of PyTorch's key_padding_mask. Kernels are [inputs, units], PyTorch's weights
transposed.
"""
import numpy
import torch
import torch.nn.functional as F
from torch.func import functional_call

import generate
from generate import case, draw, tensor, write

generate.random = numpy.random.default_rng(20240401)


def mask_of(lengths, time):
    return None if lengths is None else torch.tensor([[float(i < length) for i in range(time)] for length in lengths])


def masked_case(name, layer, inputs, lengths, forward, parameters=None):
    """`lengths`: for each input how many steps of each record count, or None. `forward` gets the masks first."""
    masks = [mask_of(one, x.shape[-2]) for one, x in zip(lengths, inputs)]
    made = case(name, layer, list(inputs), lambda *xs, **ps: forward(masks, *xs, **ps), parameters)
    return {**made, "masks": [None if mask is None else tensor(mask) for mask in masks]}


def scaled_dot_product(name, query, key, value, lengths=(None, None, None), **options):
    layer = {"type": "scaled_dot_product_attention", **options}

    def forward(masks, q, k, v):
        allowed = None
        if masks[1] is not None:
            allowed = masks[1].bool().reshape(k.shape[0], *[1] * (k.ndim - 2), k.shape[-2])
        causal = options.get("causal", False)
        if causal and allowed is not None:
            allowed, causal = allowed & torch.ones(q.shape[-2], k.shape[-2]).tril().bool(), False
        return F.scaled_dot_product_attention(q, k, v, attn_mask=allowed, is_causal=causal, scale=options.get("scale"))

    return masked_case(name, layer, [draw(*query), draw(*key), draw(*value)], lengths, forward)


def projection(name, features, units, bias):
    return {f"{name}.kernel": draw(features, units), **({f"{name}.bias": draw(units)} if bias else {})}


def multi_head(name, heads, shapes, lengths=None, bias=True, **options):
    """nn.MultiheadAttention with its own weights replaced. Two inputs: the second is key and value."""
    layer = {"type": "multi_head_attention", "heads": heads, **({} if bias else {"use_bias": False}), **options}
    widths = [shapes[0][-1], shapes[min(1, len(shapes) - 1)][-1], shapes[-1][-1]]
    width = widths[0]
    packed = len(set(widths)) == 1
    parameters = {}
    if packed:
        parameters |= projection("in_projection", width, 3 * width, bias)
    else:
        for part, features in zip(("query", "key", "value"), widths):
            parameters |= projection(part, features, width, bias)
    parameters |= projection("out_projection", width, width, bias)
    module = torch.nn.MultiheadAttention(width, heads, bias=bias, batch_first=True, kdim=widths[1], vdim=widths[2])

    def forward(masks, *inputs, **p):
        weights = {"out_proj.weight": p["out_projection.kernel"].T}
        if packed:
            weights["in_proj_weight"] = p["in_projection.kernel"].T
        else:
            weights |= {f"{part[0]}_proj_weight": p[f"{part}.kernel"].T for part in ("query", "key", "value")}
        if bias:
            parts = ("query", "key", "value")
            weights["in_proj_bias"] = p["in_projection.bias"] if packed else torch.cat([p[f"{part}.bias"] for part in parts])
            weights["out_proj.bias"] = p["out_projection.bias"]
        query, key, value = inputs[0], inputs[min(1, len(inputs) - 1)], inputs[-1]
        mask = masks[min(1, len(inputs) - 1)]
        extra = {}
        if mask is not None:
            extra["key_padding_mask"] = mask == 0
        if options.get("causal"):
            extra["attn_mask"] = torch.ones(query.shape[1], key.shape[1]).triu(1).bool()
        # Asked for the weights as well, it gives NaN for a query without keys.
        return functional_call(module, weights, (query, key, value), {**extra, "need_weights": False})[0]

    made = masked_case(name, layer, [draw(*shape) for shape in shapes], lengths or [None] * len(shapes), forward, parameters)
    if "key.bias" in parameters:
        # It moves all scores of a query alike, so its gradient is 0. What PyTorch has is rounding.
        gradient = made["parameterGradients"]["key.bias"]
        assert max(map(abs, gradient["values"])) < 1e-14
        gradient["values"] = [0.0] * width
    return made


def turned(x):
    """Rotary positions as complex numbers: elements i and i + depth / 2 are one, turned by its angle."""
    time, depth = x.shape[-2:]
    angles = torch.arange(time).double()[:, None] * 10000.0 ** (-torch.arange(depth // 2).double() * 2 / depth)
    # Tables are kept in float32.
    turn = torch.complex(angles.cos().float().double(), angles.sin().float().double())
    y = torch.complex(x[..., : depth // 2], x[..., depth // 2 :]) * turn
    return torch.cat([y.real, y.imag], -1)


def composed(name, heads, shape, key_dim=None, value_dim=None, key_value_heads=None, causal=False, rotary=False):
    """What nn.MultiheadAttention cannot do, of linear layers and F.scaled_dot_product_attention."""
    given = dict(key_dim=key_dim, value_dim=value_dim, key_value_heads=key_value_heads, causal=causal, rotary=rotary)
    layer = {"type": "multi_head_attention", "heads": heads, **{key: value for key, value in given.items() if value}}
    width = shape[-1]
    depth = key_dim or width // heads
    value_depth, groups = value_dim or depth, key_value_heads or heads
    columns = [heads * depth, groups * depth, groups * value_depth]
    parameters = projection("in_projection", width, sum(columns), True) | projection("out_projection", heads * value_depth, width, True)

    def forward(x, **p):
        parts = F.linear(x, p["in_projection.kernel"].T, p["in_projection.bias"]).split(columns, -1)
        q, k, v = (part.unflatten(-1, (count, -1)).transpose(1, 2) for part, count in zip(parts, (heads, groups, groups)))
        if rotary:
            q, k = turned(q), turned(k)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=causal, enable_gqa=groups != heads)
        return F.linear(y.transpose(1, 2).flatten(2), p["out_projection.kernel"].T, p["out_projection.bias"])

    return case(name, layer, draw(*shape), forward, parameters)


def sinusoids(time, width):
    """Section 3.5 of Attention is all you need."""
    angles = torch.arange(time).double()[:, None] / 10000.0 ** (torch.arange(0, width, 2).double() / width)
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(1)[:, :width].float().double()


def patches(x, rows, columns):
    """F.unfold has channels before rows and columns."""
    image = x.permute(0, 3, 1, 2)
    cut = F.unfold(image, (rows, columns), stride=(rows, columns))
    return cut.unflatten(1, (x.shape[3], rows * columns)).permute(0, 3, 2, 1).flatten(2)


def attention():
    yield scaled_dot_product("attention", (2, 3, 4), (2, 5, 4), (2, 5, 3))
    yield scaled_dot_product("attention of heads", (2, 2, 3, 4), (2, 2, 5, 4), (2, 2, 5, 4))
    yield scaled_dot_product("causal attention with a scale", (2, 4, 3), (2, 4, 3), (2, 4, 2), causal=True, scale=0.7)
    yield scaled_dot_product("attention to padded keys", (3, 2, 3), (3, 4, 3), (3, 4, 2), lengths=(None, (4, 1, 3), None))
    yield scaled_dot_product("attention where a record has no keys", (2, 2, 2, 3), (2, 2, 3, 3), (2, 2, 3, 3), lengths=(None, (2, 0), None))
    yield scaled_dot_product("causal attention to padded keys", (2, 4, 3), (2, 4, 3), (2, 4, 2), lengths=(None, (2, 4), None), causal=True)
    yield multi_head("self attention", 2, [(2, 3, 4)])
    yield multi_head("self attention without bias", 2, [(2, 4, 4)], bias=False)
    yield multi_head("causal self attention", 2, [(2, 4, 4)], causal=True)
    yield multi_head("self attention in padded sequences", 2, [(3, 4, 4)], lengths=[(4, 2, 0)])
    yield multi_head("causal self attention in padded sequences", 2, [(2, 4, 4)], lengths=[(3, 1)], causal=True)
    yield multi_head("cross attention", 2, [(2, 3, 4), (2, 5, 4)])
    yield multi_head("cross attention to a padded memory", 2, [(2, 3, 4), (2, 4, 4)], lengths=[(3, 1), (2, 4)])
    yield multi_head("cross attention to a wider memory", 2, [(2, 2, 4), (2, 3, 6)])
    yield multi_head("cross attention to a wider memory without bias", 1, [(1, 2, 4), (1, 3, 5)], bias=False)
    yield multi_head("attention from three inputs", 2, [(2, 3, 4), (2, 4, 4), (2, 4, 4)])
    yield multi_head("causal attention from three inputs of other widths", 2, [(2, 3, 4), (2, 3, 2), (2, 3, 5)], causal=True)
    yield composed("self attention with other depths", 2, (2, 3, 4), key_dim=3, value_dim=5)
    yield composed("causal self attention with grouped queries", 4, (1, 3, 4), key_value_heads=2, causal=True)
    yield composed("self attention with one head of keys", 2, (1, 3, 4), key_value_heads=1)
    yield composed("self attention with rotary positions", 1, (1, 5, 6), rotary=True)
    yield composed("causal, grouped, rotary, all at once", 4, (1, 4, 3), key_dim=4, value_dim=3, key_value_heads=2, causal=True, rotary=True)
    for width in (6, 5):
        yield case(f"sinusoids of width {width}", {"type": "positional_encoding"}, draw(2, 7, width), lambda x: x + sinusoids(*x.shape[1:]))
    learned = {"type": "positional_encoding", "encoding": "learned"}
    yield case("learned positions", learned, draw(2, 3, 4), lambda x, embeddings: x + embeddings, {"embeddings": draw(3, 4)})
    yield case("learned positions of longer sequences", {**learned, "max_length": 5}, draw(2, 3, 4),
               lambda x, embeddings: x + embeddings[: x.shape[1]], {"embeddings": draw(5, 4)})
    yield case("patches", {"type": "patches", "patch_size": 2}, draw(2, 4, 6, 2), lambda x: patches(x, 2, 2))
    yield case("patches that are no squares", {"type": "patches", "patch_size": [1, 3]}, draw(2, 2, 6, 2), lambda x: patches(x, 1, 3))
    yield case("class token", {"type": "class_token"}, draw(2, 3, 4),
               lambda x, token: torch.cat([token.expand(x.shape[0], 1, -1), x], 1), {"token": draw(4)})


if __name__ == "__main__":
    write("attention", attention(), "generate_attention.py")
