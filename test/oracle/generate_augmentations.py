#!/usr/bin/env python3
"""What torchvision, NumPy and SciPy make of pictures and sounds with given random numbers: test/fixtures/torch/augmentations.json.

    .venv/bin/pip install torch==2.13.0 torchvision==0.28.0 scipy==1.17.1
    .venv/bin/python test/oracle/generate_augmentations.py

A case has the numbers, uniform in [0, 1), that an augmentation draws, in the order in which it draws them.
"""
import math

import numpy
import torch
import torch.nn.functional as F
import torchvision.transforms.v2.functional as T
from torchvision.transforms import InterpolationMode

import generate
from generate import image_in, image_out, tensor, write

random = generate.random = numpy.random.default_rng(20240401)


class Draws:
    """Random numbers that are remembered."""

    def __init__(self, *given):
        self.given, self.numbers = list(given), []

    def uniform(self):
        number = self.given.pop(0) if self.given else int(random.integers(1, 1000)) / 1000
        self.numbers.append(number)
        return number

    def between(self, low, high):
        return low + (high - low) * self.uniform()

    def below(self, end):
        return math.floor(self.uniform() * end)

    def normal(self):
        u, v = 1 - self.uniform(), self.uniform()
        return math.sqrt(-2 * math.log(u)) * math.cos(2 * math.pi * v)


def pictures(*shape):
    """Values of 0 to 1, multiples of 1/1000."""
    return torch.tensor(random.integers(0, 1001, shape) / 1000)


def case(name, options, x, change, draws=None, classes=None):
    """A record before and after; `change` gets and gives [1, channels, height, width] of pictures and masks."""
    draws = draws or Draws()
    is_mask = classes is not None
    image = x[None, None] if is_mask else image_in(x[None])
    y = change(image, draws)
    y = y[0, 0] if is_mask else image_out(y)[0]
    field = {"kind": "class", "classes": classes} if is_mask else {"kind": "number"}
    return {
        "name": f"{options['type']}, {name}",
        "options": options,
        "field": {**field, "shape": list(x.shape)},
        "draws": draws.numbers,
        "input": tensor(x),
        "output": tensor(y),
    }


def affine(image, angle=0.0, x=0.0, y=0.0, scale=1.0, shear=(0.0, 0.0), nearest=False, fill=0.0):
    mode = InterpolationMode.NEAREST if nearest else InterpolationMode.BILINEAR
    # torchvision's own fill counts twice what lies beyond the edge: it fills after zeros have been interpolated.
    return T.affine(image - fill, angle, [x, y], scale, list(shear), interpolation=mode) + fill


def edge_rotated(image, degrees):
    """With the pixels at the edge beyond it, which torchvision does not have."""
    height, width = image.shape[2:]
    y, x = torch.meshgrid(torch.arange(height) - (height - 1) / 2, torch.arange(width) - (width - 1) / 2, indexing="ij")
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    grid = torch.stack([(cosine * x + sine * y) * 2 / (width - 1), (cosine * y - sine * x) * 2 / (height - 1)], -1)
    return F.grid_sample(image, grid[None], padding_mode="border", align_corners=True)


def moved():
    grey, colour, mask = pictures(7, 6, 1), pictures(6, 7, 3), torch.tensor(random.integers(0, 5, (7, 6))).double()
    for shape, x in (("grey", grey), ("colour", colour)):
        height, width = x.shape[:2]
        yield case(shape, {"type": "random_rotation", "degrees": 40}, x, lambda i, d: affine(i, d.between(-40, 40)))
        yield case(shape, {"type": "random_shift", "height": 0.4, "width": 0.3}, x, lambda i, d: affine(
            i, x=d.between(-0.3, 0.3) * width, y=d.between(-0.4, 0.4) * height))
        yield case(f"{shape}, larger", {"type": "random_zoom", "scale": [0.5, 2]}, x,
                   lambda i, d: affine(i, scale=d.between(0.5, 2)), Draws(0.9))
        yield case(f"{shape}, smaller", {"type": "random_zoom", "scale": [0.5, 2]}, x,
                   lambda i, d: affine(i, scale=d.between(0.5, 2)), Draws(0.1))
        yield case(shape, {"type": "random_shear", "x": 30, "y": 20}, x,
                   lambda i, d: affine(i, shear=(d.between(-30, 30), d.between(-20, 20))))
        everything = {"degrees": 90, "translate": [0.2, 0.3], "scale": [0.8, 1.3], "shear": [20, 10]}
        whole = lambda i, d, **more: affine(i, d.between(-90, 90), d.between(-0.2, 0.2) * width, d.between(-0.3, 0.3) * height,
                                            d.between(0.8, 1.3), (d.between(-20, 20), d.between(-10, 10)), **more)
        yield case(shape, {"type": "random_affine", **everything}, x, whole)
        yield case(f"{shape}, filled", {"type": "random_affine", **everything, "fill": 0.4}, x,
                   lambda i, d: whole(i, d, fill=0.4))
    yield case("mask", {"type": "random_rotation", "degrees": 40}, mask,
               lambda i, d: affine(i, d.between(-40, 40), nearest=True), classes=5)
    yield case("edge", {"type": "random_rotation", "degrees": 40, "fill": "nearest"}, colour,
               lambda i, d: edge_rotated(i, d.between(-40, 40)))
    yield case("a quarter", {"type": "random_rotation", "degrees": 180}, pictures(5, 5, 2),
               lambda i, d: torch.rot90(i, -1, (2, 3)), Draws(0.75)) | {"draws": [0.75]}
    yield case("whole pixels", {"type": "random_shift", "height": 0, "width": 0.5}, pictures(4, 8, 1),
               lambda i, d: torch.roll(i, -2, 3) * torch.tensor([1, 1, 1, 1, 1, 1, 0, 0.0])) | {"draws": [0.25, 0.5]}


def flipped():
    x = pictures(4, 5, 2)
    yield case("left and right", {"type": "random_flip"}, x, lambda i, d: T.horizontal_flip(i)) | {"draws": [0.2]}
    yield case("not", {"type": "random_flip"}, x, lambda i, d: i) | {"draws": [0.5]}
    yield case("up and down", {"type": "random_flip", "mode": "vertical"}, x, lambda i, d: T.vertical_flip(i)) | {"draws": [0.2]}
    both = {"type": "random_flip", "mode": "both"}
    yield case("both", both, x, lambda i, d: T.vertical_flip(T.horizontal_flip(i))) | {"draws": [0.2, 0.3]}
    yield case("the second", both, x, lambda i, d: T.vertical_flip(i)) | {"draws": [0.8, 0.3]}
    mask = torch.tensor(random.integers(0, 5, (3, 4))).double()
    yield case("mask", both, mask, lambda i, d: T.horizontal_flip(i), classes=5) | {"draws": [0.2, 0.6]}


def cropped():
    def padded(high, wide, mode, fill=0):
        def change(image, draws):
            height, width = image.shape[2:]
            around = T.pad(image, [wide, high], fill=fill, padding_mode=mode)
            return T.crop(around, draws.below(2 * high + 1), draws.below(2 * wide + 1), height, width)
        return change

    for mode in ("constant", "reflect", "edge"):
        options = {"type": "random_crop", "padding": [2, 3], "mode": mode}
        for at in ((0.0, 0.999), (0.7, 0.1)):
            yield case(f"{mode} {at[0]}", options, pictures(5, 6, 2), padded(2, 3, mode), Draws(*at))
    yield case("filled", {"type": "random_crop", "padding": 2, "fill": 0.3}, pictures(4, 4, 1), padded(2, 2, "constant", 0.3))

    def resized(scale, ratio, nearest=False):
        def change(image, draws):
            height, width = image.shape[2:]
            mode = InterpolationMode.NEAREST_EXACT if nearest else InterpolationMode.BILINEAR
            for _ in range(10):
                area = height * width * draws.between(*scale)
                aspect = math.exp(draws.between(math.log(ratio[0]), math.log(ratio[1])))
                w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
                if 0 < w <= width and 0 < h <= height:
                    top, left = draws.below(height - h + 1), draws.below(width - w + 1)
                    return T.resized_crop(image, top, left, h, w, [height, width], mode, antialias=False)
            # The middle, as wide or as high as the bounds of the ratio allow.
            aspect = min(max(width / height, ratio[0]), ratio[1])
            w, h = min(width, round(height * aspect)), min(height, round(width / aspect))
            return T.resized_crop(image, (height - h) // 2, (width - w) // 2, h, w, [height, width], mode, antialias=False)
        return change

    options = {"type": "random_resized_crop"}
    for name, x in (("grey", pictures(8, 9, 1)), ("colour", pictures(9, 8, 3))):
        yield case(name, {**options, "scale": [0.2, 0.7]}, x, resized((0.2, 0.7), (3 / 4, 4 / 3)))
        yield case(f"{name}, small", {**options, "scale": [0.05, 0.1], "ratio": [0.5, 2]}, x, resized((0.05, 0.1), (0.5, 2)))
    yield case("what never fits", {**options, "scale": [1, 1], "ratio": [3, 4]}, pictures(6, 9, 1), resized((1, 1), (3, 4)))
    mask = torch.tensor(random.integers(0, 5, (6, 8))).double()
    yield case("mask", {**options, "scale": [0.3, 0.4]}, mask, resized((0.3, 0.4), (3 / 4, 4 / 3), nearest=True), classes=5)


if __name__ == "__main__":
    write("augmentations", [*moved(), *flipped(), *cropped()], "generate_augmentations.py")
