#!/usr/bin/env python3
"""What torchvision, NumPy and SciPy make of pictures and sounds with given random numbers: test/fixtures/torch/augmentations.json.

    .venv/bin/pip install torch==2.13.0 torchvision==0.28.0 scipy==1.17.1
    .venv/bin/python test/oracle/generate_augmentations.py

A case has the numbers, uniform in [0, 1), that an augmentation draws, in the order in which it draws them.
"""
import colorsys
import math

import numpy
import scipy.ndimage
import torch
import torch.nn.functional as F
import torchvision.transforms.v2.functional as T
from torchvision.transforms import InterpolationMode

import generate
from generate import image_in, image_out, write

random = generate.random = numpy.random.default_rng(20240401)


def tensor(t):
    """To 8 digits: augmentations compute in float32."""
    values = t.detach().contiguous().reshape(-1).tolist()
    return {"shape": list(t.shape), "values": [float(f"{value:.8g}") + 0.0 for value in values]}


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


GREY = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)


def blended(image, other, factor):
    return (factor * image + (1 - factor) * other).clamp(0, 1)


def hue_turned(image, turn):
    """Pixel by pixel, as Python's standard library has it."""
    pixels = image[0].reshape(3, -1).T.tolist()
    turned = []
    for pixel in pixels:
        h, s, v = colorsys.rgb_to_hsv(*pixel)
        turned.append(colorsys.hsv_to_rgb((h + turn) % 1, s, v))
    return torch.tensor(turned).T.reshape(image.shape)


CHANGES = {
    "brightness": lambda image, factor: T.adjust_brightness(image, factor),
    "contrast": lambda image, factor: blended(image, (image * GREY).sum(1).mean() if image.shape[1] == 3 else image.mean(), factor),
    "saturation": lambda image, factor: blended(image, (image * GREY).sum(1, keepdim=True), factor),
    "hue": hue_turned,
}


def jittered(**strengths):
    def change(image, draws):
        left = [name for name in CHANGES if name in strengths]
        while left:
            name = left.pop(draws.below(len(left)) if len(left) > 1 else 0)
            most = strengths[name]
            drawn = draws.between(-most, most) if name == "hue" else draws.between(max(0, 1 - most), 1 + most)
            image = CHANGES[name](image, drawn)
        return image
    return change


def coloured():
    # Greys have no hue, and of two equal channels the first decides.
    greys = torch.tensor([0.2, 0.2, 0.2, 0.7, 0.7, 0.1, 0.7, 0.1, 0.7, 0.1, 0.7, 0.7, 0, 0, 0, 1, 1, 1]).view(2, 3, 3)
    for name, most in (("brightness", 0.8), ("contrast", 2), ("saturation", 2), ("hue", 0.5)):
        for number in (0.05, 0.4, 0.95):
            x = torch.cat([pictures(3, 3, 3), greys])
            yield case(f"{name} {number}", {"type": "color_jitter", name: most}, x, jittered(**{name: most}), Draws(number))
    yield case("grey", {"type": "color_jitter", "brightness": 0.3, "contrast": 0.4}, pictures(4, 4, 1), jittered(brightness=0.3, contrast=0.4))
    everything = {"brightness": 0.3, "contrast": 0.4, "saturation": 0.5, "hue": 0.2}
    for i in range(3):
        yield case(f"all, {i}", {"type": "color_jitter", **everything}, pictures(4, 4, 3), jittered(**everything))
    yield case("colour", {"type": "random_invert"}, pictures(2, 3, 3), lambda i, d: T.invert(i))
    yield case("colour", {"type": "random_greyscale"}, pictures(2, 3, 3), lambda i, d: (i * GREY).sum(1, keepdim=True).repeat(1, 3, 1, 1))


def blurred():
    for size, sigma, x in ((3, (0.5, 3), pictures(4, 5, 1)), (5, (0.1, 2), pictures(6, 5, 3)), (5, (1, 1), pictures(3, 3, 1))):
        yield case(f"{size}", {"type": "gaussian_blur", "kernel_size": size, "sigma": list(sigma)}, x,
                   lambda i, d: T.gaussian_blur(i, [size, size], [d.between(*sigma)] * 2))


def covered():
    def holes(size, count, fill):
        def change(image, draws):
            image = image.clone()
            height, width = image.shape[2:]
            for _ in range(count):
                y, x = draws.below(height), draws.below(width)
                top, left = y - size // 2, x - size // 2
                image[:, :, max(top, 0):top + size, max(left, 0):left + size] = fill
            return image
        return change

    yield case("a corner", {"type": "cutout", "size": 4}, pictures(6, 7, 2), holes(4, 1, 0), Draws(0.0, 0.999))
    yield case("two", {"type": "cutout", "size": 3, "holes": 2, "fill": 0.5}, pictures(6, 7, 1), holes(3, 2, 0.5))

    def erased(scale, ratio, value):
        def change(image, draws):
            height, width = image.shape[2:]
            for _ in range(10):
                area = height * width * draws.between(*scale)
                aspect = math.exp(draws.between(math.log(ratio[0]), math.log(ratio[1])))
                w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
                if 0 < w <= width and 0 < h <= height:
                    top, left = draws.below(height - h + 1), draws.below(width - w + 1)
                    shape = (h, w, image.shape[1])
                    values = [draws.uniform() if value == "random" else value for _ in range(math.prod(shape))]
                    return T.erase(image, top, left, h, w, torch.tensor(values).view(shape).permute(2, 0, 1)[None])
            return image
        return change

    yield case("a value", {"type": "random_erasing", "value": 0.25}, pictures(8, 7, 3), erased((0.02, 0.33), (0.3, 3.3), 0.25))
    yield case("numbers", {"type": "random_erasing", "scale": [0.2, 0.4], "value": "random"}, pictures(5, 6, 2),
               erased((0.2, 0.4), (0.3, 3.3), "random"))
    yield case("what never fits", {"type": "random_erasing", "scale": [1, 1], "ratio": [3, 4]}, pictures(4, 4, 1), erased((1, 1), (3, 4), 0))


def distorted():
    def on_rubber(alpha, sigma, order, mode="constant"):
        def change(image, draws):
            height, width = image.shape[2:]
            fields = []
            for _ in "xy":
                noise = numpy.array([draws.between(-1, 1) for _ in range(height * width)]).reshape(height, width)
                fields.append(alpha * scipy.ndimage.gaussian_filter(noise, sigma, mode="constant", truncate=4))
            y, x = numpy.meshgrid(numpy.arange(height), numpy.arange(width), indexing="ij")
            places = [y + fields[1], x + fields[0]]
            warp = lambda plane: scipy.ndimage.map_coordinates(plane, places, order=order, mode=mode)
            return torch.tensor(numpy.stack([warp(plane) for plane in image[0].numpy()])[None])
        return change

    yield case("grey", {"type": "elastic", "alpha": 5, "sigma": 1.2, "fill": "nearest"}, pictures(5, 7, 1), on_rubber(5, 1.2, 1, "nearest"))
    yield case("colour, smooth", {"type": "elastic", "alpha": 34, "sigma": 3}, pictures(6, 5, 2), on_rubber(34, 3, 1, "grid-constant"))
    mask = torch.tensor(random.integers(0, 5, (5, 6))).double()
    yield case("mask", {"type": "elastic", "alpha": 4, "sigma": 1, "fill": "nearest"}, mask, on_rubber(4, 1, 0, "nearest"), classes=5)


def series(name, options, x, change, draws=None, classes=None):
    """A record that is no picture."""
    draws = draws or Draws()
    y = torch.as_tensor(change(x.clone(), draws))
    field = {"kind": "number"} if classes is None else {"kind": "class", "classes": classes}
    return {"name": f"{options['type']}, {name}", "options": options, "field": {**field, "shape": list(x.shape)}, "draws": draws.numbers,
            "input": tensor(x), "output": tensor(y)}


def heard():
    def hidden(axis, length, masks, fill):
        def change(x, draws):
            value = x.mean() if fill == "mean" else fill
            for _ in range(masks):
                count = draws.below(length + 1)
                first = draws.below(x.shape[axis] - count + 1)
                x.narrow(axis, first, count).fill_(value)
            return x
        return change

    for type, axis in (("time_mask", 0), ("frequency_mask", 1)):
        yield series("one", {"type": type, "length": 4}, generate.draw(7, 5), hidden(axis, 4, 1, 0), Draws(0.7, 0.6))
        yield series("three", {"type": type, "length": 3, "masks": 3, "fill": "mean"}, generate.draw(6, 7, 1), hidden(axis, 3, 3, "mean"))
    for mode, fill in (("wrap", 0), ("constant", 0), ("constant", 0.5)):
        for number in (0.1, 0.5, 0.9):
            def moved(x, draws):
                by = draws.below(9) - 4
                y = torch.roll(x, by, 0)
                if mode == "constant":
                    (y[:by] if by > 0 else y[len(y) + by:])[:] = fill
                return y
            options = {"type": "time_shift", "part": 0.4, "mode": mode, "fill": fill}
            yield series(f"{mode} {fill} {number}", options, generate.draw(10, 2), moved, Draws(number))

    def noisy(x, draws):
        ratio = 10 ** (draws.between(5, 20) / 10)
        noise = torch.tensor([draws.normal() for _ in range(x.numel())]).view(x.shape)
        return x + noise * ((x ** 2).mean() / ratio).sqrt()

    yield series("mono", {"type": "add_noise", "snr": [5, 20]}, generate.draw(12), noisy)
    yield series("silence", {"type": "add_noise", "snr": [5, 20]}, torch.zeros(4, 2), noisy)
    yield series("a row", {"type": "gaussian_noise", "std": 0.5}, generate.draw(6), lambda x, d: x + 0.5 * torch.tensor([d.normal() for _ in x]))


def read():
    def dropped(rate, index, padding):
        return lambda x, draws: torch.tensor([float(index) if draws.uniform() < rate and word != padding else word for word in x.tolist()])

    words = torch.tensor([5, 3, 0, 2, 1, 4, 0, 0, 0, 0]).double()
    yield series("unknown", {"type": "token_dropout", "rate": 0.6}, words, dropped(0.6, 1, 0), classes=6)
    yield series("padding", {"type": "token_dropout", "rate": 0.6, "index": 0, "padding": "none"}, words, dropped(0.6, 0, None), classes=6)


if __name__ == "__main__":
    cases = [*moved(), *flipped(), *cropped(), *coloured(), *blurred(), *covered(), *distorted(), *heard(), *read()]
    write("augmentations", cases, "generate_augmentations.py")
