#!/usr/bin/env python3
"""What PyTorch computes for losses, and their gradients: test/fixtures/torch/losses.json, as generate.py beside this file says.

    .venv/bin/python test/oracle/generate_losses.py
"""
import math

import numpy
import torch
import torch.nn.functional as F

import generate
from generate import draw, tensor, write

random = generate.random = numpy.random.default_rng(20240302)


def classes_of(shape, classes):
    return torch.tensor(random.integers(0, classes, shape))


def distribution(*shape):
    """Probabilities along the last axis, in multiples of 1/1000."""
    parts = random.dirichlet(numpy.ones(shape[-1]), shape[:-1]).round(3)
    parts[..., -1] = 0
    parts[..., -1] = (1 - parts.sum(-1)).clip(0).round(3)
    return torch.tensor(parts)


def lengths(batch, time):
    """A mask [batch, time] of records of different lengths, one of them empty."""
    counts = [time, 0, *random.integers(1, time, batch - 2)]
    return torch.tensor([[float(step < count) for step in range(time)] for count in counts])


def masked_mean(terms, mask):
    """The mean over the steps that count of terms [batch, time, ...]."""
    weight = mask.reshape(*mask.shape, *[1] * (terms.dim() - 2)).expand_as(terms)
    return (terms * weight).sum() / weight.sum()


def case(name, options, logits, target, loss, classes=None, mask=None, kink=False):
    """`kink`: differences say nothing of the gradient here."""
    prediction = logits.clone().requires_grad_()
    value = loss(prediction)
    field = {"kind": "number"} if classes is None else {"kind": "class", "classes": classes}
    return {
        "name": f"{options['type']}{', ' if name else ''}{name}",
        "options": options,
        "field": {**field, "shape": list(target.shape[1:])},
        "prediction": tensor(prediction),
        "target": tensor(target),
        **({} if mask is None else {"mask": tensor(mask)}),
        **({"kink": True} if kink else {}),
        "loss": tensor(value),
        "gradient": tensor(torch.autograd.grad(value, prediction)[0]),
    }


def class_last(function, logits, target, **rest):
    """PyTorch has the classes second."""
    soft = target.movedim(-1, 1) if target.is_floating_point() and target.dim() == logits.dim() else target
    return function(logits.movedim(-1, 1), soft, **rest)


def cross_entropy():
    for smoothing in (0, 0.1, 0.5):
        for name, logits in {
            "": draw(6, 5, scale=3),
            ", large logits": draw(4, 3, scale=300),
            ", equal logits": torch.tensor([[1.0, 1, 1], [2, 2, 0], [0, 2, 2], [-5, -5, -5]]),
        }.items():
            batch, classes = logits.shape
            target = classes_of(batch, classes)
            options = {"type": "cross_entropy", "label_smoothing": smoothing}
            run = lambda x, target=target, s=smoothing: F.cross_entropy(x, target, label_smoothing=s)
            yield case(f"label_smoothing {smoothing}{name}", options, logits, target, run, classes)
    weights = [0.5, 2, 0, 1.25]
    for smoothing in (0, 0.2):
        for ignore in (None, 3):
            target = classes_of((3, 4), 4)
            options = {"type": "cross_entropy", "class_weights": weights, "label_smoothing": smoothing,
                       **({} if ignore is None else {"ignore_index": ignore})}
            rest = {} if ignore is None else {"ignore_index": ignore}
            run = lambda x, t=target, s=smoothing, r=rest: class_last(
                F.cross_entropy, x, t, weight=torch.tensor(weights), label_smoothing=s, **r)
            yield case(f"weights, smoothing {smoothing}, ignore_index {ignore}", options, draw(3, 4, 4), target, run, 4)
        dense = distribution(5, 4)
        options = {"type": "cross_entropy", "class_weights": weights, "label_smoothing": smoothing}
        run = lambda x, s=smoothing, dense=dense: F.cross_entropy(x, dense, torch.tensor(weights), label_smoothing=s)
        yield case(f"weights and probabilities, smoothing {smoothing}", options, draw(5, 4), dense, run)
    dense = distribution(2, 3, 4)
    run = lambda x: class_last(F.cross_entropy, x, dense)
    yield case("probabilities of rank 3", {"type": "cross_entropy"}, draw(2, 3, 4, scale=3), dense, run)
    target, mask = classes_of((4, 5), 3), lengths(4, 5)
    terms = lambda x, **rest: class_last(F.cross_entropy, x, target, reduction="none", **rest)
    yield case("masked", {"type": "cross_entropy"}, draw(4, 5, 3), target, lambda x: masked_mean(terms(x), mask), 3, mask)
    weight = torch.tensor([1, 2, 0.5])
    yield case("masked, weights, ignore_index", {"type": "cross_entropy", "class_weights": weight.tolist(), "ignore_index": 0},
               draw(4, 5, 3), target, lambda x: (terms(x, weight=weight, ignore_index=0) * mask).sum()
               / (weight[target] * mask * (target != 0)).sum(), 3, mask)
    dense = distribution(4, 5, 3)
    run = lambda x: masked_mean(class_last(F.cross_entropy, x, dense, reduction="none"), mask)
    yield case("masked, probabilities", {"type": "cross_entropy"}, draw(4, 5, 3), dense, run, None, mask)


def binary_cross_entropy():
    kind = {"type": "binary_cross_entropy"}
    run = F.binary_cross_entropy_with_logits
    target = classes_of(7, 2)
    logits = draw(7, 1, scale=3)
    yield case("classes, [batch, 1]", kind, logits, target, lambda x: run(x[:, 0], target.double()), 2)
    yield case("classes, [batch]", kind, logits[:, 0], target, lambda x: run(x, target.double()), 2)
    for label in (0, 1):
        extreme = torch.tensor([0.0, 1, -1, 17, -17, 40, -40, 900, -900])
        target = torch.full((9,), label)
        yield case(f"large logits for {label}", kind, extreme, target, lambda x, t=target: run(x, t.double()), 2)
    numbers = torch.tensor(random.random((4, 3)).round(3))
    yield case("numbers", kind, draw(4, 3), numbers, lambda x: run(x, numbers))
    yield case("numbers, pos_weight", {**kind, "pos_weight": 2.5}, draw(4, 3), numbers,
               lambda x: run(x, numbers, pos_weight=torch.tensor(2.5)))
    listed = [0.5, 3, 1]
    yield case("numbers, a pos_weight for each label", {**kind, "pos_weight": listed}, draw(4, 3), numbers,
               lambda x: run(x, numbers, pos_weight=torch.tensor(listed)))
    smoothed = numbers * 0.8 + 0.1
    yield case("smoothing", {**kind, "label_smoothing": 0.2}, draw(4, 3), numbers, lambda x: run(x, smoothed))
    target, mask = classes_of((4, 5), 2), lengths(4, 5)
    yield case("masked", kind, draw(4, 5, 1), target,
               lambda x: masked_mean(run(x[..., 0], target.double(), reduction="none"), mask), 2, mask)


def focal():
    def terms(x, target, gamma, alpha):
        log = x.log_softmax(-1).gather(-1, target[..., None])[..., 0]
        weight = 1 if alpha is None else torch.tensor(alpha)[target]
        return -weight * (1 - log.exp()) ** gamma * log

    def binary_terms(x, y, gamma, alpha):
        """As torchvision's sigmoid_focal_loss."""
        p = x.sigmoid()
        p_t = p * y + (1 - p) * (1 - y)
        weight = 1 if alpha is None else alpha * y + (1 - alpha) * (1 - y)
        return weight * F.binary_cross_entropy_with_logits(x, y, reduction="none") * (1 - p_t) ** gamma

    for gamma, alpha in [(2, None), (0, None), (0.5, [1, 2, 0, 0.25]), (3.5, [0.5, 1, 1, 4])]:
        options = {"type": "focal", "gamma": gamma, **({} if alpha is None else {"alpha": alpha})}
        target = classes_of((3, 2), 4)
        yield case(f"gamma {gamma}, alpha {alpha}", options, draw(3, 2, 4, scale=2), target,
                   lambda x, t=target, g=gamma, a=alpha: terms(x, t, g, a).mean(), 4)
    for gamma, alpha in [(2, 0.25), (0, None), (1.5, None), (0.5, 0.9)]:
        options = {"type": "focal", "gamma": gamma, **({} if alpha is None else {"alpha": alpha})}
        target = classes_of(8, 2)
        yield case(f"one logit, gamma {gamma}, alpha {alpha}", options, draw(8, 1, scale=2), target,
                   lambda x, t=target.double(), g=gamma, a=alpha: binary_terms(x[:, 0], t, g, a).mean(), 2)
    target = torch.tensor([0, 1, 2, 0])
    large = torch.tensor([[700.0, 0, 0], [700, 0, 0], [30, 20, 10], [0, 0, 0]])
    yield case("large logits", {"type": "focal"}, large, target, lambda x: terms(x, target, 2, None).mean(), 3)
    target = torch.tensor([0, 1, 0, 1, 1])
    yield case("one large logit", {"type": "focal"}, torch.tensor([700.0, 700, -25, -25, 0]), target,
               lambda x: binary_terms(x, target.double(), 2, None).mean(), 2)
    labels = torch.tensor(random.integers(0, 2, (4, 3)).astype(float))
    yield case("labels, alpha as a list", {"type": "focal", "alpha": [0.25, 0.75]}, draw(4, 3), labels,
               lambda x: binary_terms(x, labels, 2, 0.75).mean())
    target, mask = classes_of((4, 3), 3), lengths(4, 3)
    yield case("masked", {"type": "focal"}, draw(4, 3, 3), target, lambda x: masked_mean(terms(x, target, 2, None), mask), 3, mask)


def regressions():
    # Differences at the kinks of huber are on both sides of them, and one is 0.
    target = draw(6, 2)
    near = target + torch.tensor([[0, 0.5], [-0.5, 1], [-1, 3], [0.05, -0.099], [0.101, -20], [0.0001, 800]])
    counts = torch.tensor(random.integers(0, 5, (5, 2)).astype(float))
    log_cosh = lambda x, y: ((x - y).abs() + F.softplus(-2 * (x - y).abs(), threshold=800) - math.log(2)).mean()
    small = torch.tensor([1e-3, -2e-4, 0.02, 0.0999, 0.1001])
    small_cosh = lambda x: torch.special.log1p(2 * torch.sinh(x / 2) ** 2).mean()
    for options, torch_loss in [
        ({"type": "mse"}, F.mse_loss),
        ({"type": "mae"}, F.l1_loss),
        ({"type": "huber"}, F.huber_loss),
        ({"type": "huber", "delta": 0.5}, lambda x, y, **rest: F.huber_loss(x, y, delta=0.5, **rest)),
        ({"type": "log_cosh"}, log_cosh),
    ]:
        label = ", ".join(f"{key} {value}" for key, value in options.items() if key != "type")
        # log_cosh of 1e-4 is exact to 13 digits only by its series.
        some = near[:5] if options["type"] == "log_cosh" else near
        wanted = target[:len(some)]
        kink = options["type"] in ("mae", "huber")
        yield case(f"{label}", options, some, wanted, lambda x, run=torch_loss, y=wanted: run(x, y), kink=kink)
        image, wanted = draw(2, 2, 3, 1), draw(2, 2, 3, 1)
        yield case(f"{label} images".strip(), options, image, wanted, lambda x, run=torch_loss, y=wanted: run(x, y))
    yield case("small differences", {"type": "log_cosh"}, small, torch.zeros(5), small_cosh)
    yield case("large differences", {"type": "log_cosh"}, torch.tensor([800.0, -900]), torch.zeros(2), lambda x: log_cosh(x, 0))
    sequence, mask = draw(4, 3, 2), lengths(4, 3)
    for kind, run in [("mse", F.mse_loss), ("mae", F.l1_loss), ("huber", F.huber_loss)]:
        yield case("masked", {"type": kind}, draw(4, 3, 2), sequence,
                   lambda x, run=run: masked_mean(run(x, sequence, reduction="none"), mask), None, mask)
    single = draw(5)
    yield case("[batch, 1] for [batch]", {"type": "mse"}, draw(5, 1), single, lambda x: F.mse_loss(x[:, 0], single))
    labels = classes_of(5, 4)
    yield case("classes as numbers", {"type": "mse"}, draw(5, 1), labels, lambda x: F.mse_loss(x[:, 0], labels.double()), 4)
    yield case("", {"type": "poisson_nll"}, draw(5, 2), counts, lambda x: F.poisson_nll_loss(x, counts))
    yield case("rates", {"type": "poisson_nll", "log_input": False, "epsilon": 0.01}, draw(5, 2).abs(), counts,
               lambda x: F.poisson_nll_loss(x, counts, log_input=False, eps=0.01))


def others():
    dense, mask = distribution(4, 5, 3), lengths(4, 5)
    rows = lambda x, p: F.kl_div(x.log_softmax(-1), p, reduction="none").sum(-1)
    matrix = torch.cat([distribution(4, 5), torch.tensor([[1.0, 0, 0, 0, 0], [0, 0.5, 0.5, 0, 0]])])
    kind = {"type": "kl_divergence"}
    yield case("", kind, draw(6, 5, scale=3), matrix, lambda x: F.kl_div(x.log_softmax(-1), matrix, reduction="batchmean"))
    yield case("large logits", kind, draw(6, 5, scale=300), matrix, lambda x: rows(x, matrix).mean())
    yield case("masked", kind, draw(4, 5, 3), dense, lambda x: masked_mean(rows(x, dense), mask), None, mask)

    target = classes_of((3, 2), 4)
    for margin in (1, 0.4):
        kind = {"type": "hinge", "margin": margin}
        yield case(f"classes, margin {margin}", kind, draw(3, 2, 4), target,
                   lambda x, m=margin: F.multi_margin_loss(x.reshape(6, 4), target.reshape(6), margin=m), 4)
        two = classes_of(6, 2)
        yield case(f"one output, margin {margin}", kind, draw(6, 1), two,
                   lambda x, m=margin, t=two: F.relu(m - (2 * t - 1) * x[:, 0]).mean(), 2)
    kinks = torch.tensor([[1.0, 0, 2], [0, 1, 1], [3, 3, 3]])
    yield case("classes at the kink", {"type": "hinge"}, kinks, torch.tensor([0, 1, 2]),
               lambda x: F.multi_margin_loss(x, torch.tensor([0, 1, 2])), 3, kink=True)
    yield case("one output at the kink", {"type": "hinge"}, torch.tensor([1.0, -1, 1, 0]), torch.tensor([1, 0, 0, 1]),
               lambda x: F.relu(1 - torch.tensor([1, -1, -1, 1]) * x).mean(), 2, kink=True)
    target = classes_of((4, 5), 3)
    terms = lambda x: F.multi_margin_loss(x.reshape(20, 3), target.reshape(20), reduction="none").reshape(4, 5)
    yield case("masked", {"type": "hinge"}, draw(4, 5, 3), target, lambda x: masked_mean(terms(x), mask), 3, mask)

    kind = {"type": "cosine_similarity"}
    vectors = draw(5, 3)
    yield case("", kind, draw(5, 3), vectors, lambda x: (1 - F.cosine_similarity(x, vectors)).mean())
    yield case("large vectors", kind, draw(5, 3, scale=1e6), vectors, lambda x: (1 - F.cosine_similarity(x, vectors)).mean())
    zeros = torch.tensor([[1.0, 2, 2], [0, 0, 0]])
    yield case("a target of zeros", kind, draw(2, 3), zeros, lambda x: (1 - F.cosine_similarity(x, zeros)).mean())
    sequence = draw(4, 5, 3)
    yield case("masked", kind, draw(4, 5, 3), sequence,
               lambda x: masked_mean(1 - F.cosine_similarity(x, sequence, dim=-1), mask), None, mask)


def triplet():
    """By the definitions, with loops."""
    def violations(x, target, margin, mining):
        batch = range(len(target))
        distance = lambda i, j: (x[i] - x[j]).norm()
        found = []
        for a in batch:
            near = [distance(a, p) for p in batch if p != a and target[p] == target[a]]
            far = [distance(a, n) for n in batch if target[n] != target[a]]
            if near and far:
                pairs = [(max(near), min(far))] if mining == "hard" else [(p, n) for p in near for n in far]
                found += [F.relu(margin + p - n) for p, n in pairs]
        return torch.stack(found).mean() if found else (x * 0).sum()

    for mining in ("hard", "all"):
        kind = {"type": "triplet", "mining": mining}
        # Class 2 has one record, which is nobody's positive.
        for name, target, margin in [("", [0, 1, 0, 1, 1, 0], 0.2), ("a record alone", [0, 1, 2, 0, 1, 1], 1.5),
                                     ("one class", [1, 1, 1], 0.2), ("nothing alike", [0, 1, 2], 0.2)]:
            for shift in (0, 30) if name == "" else (0,):
                x = draw(len(target), 3) + shift
                label = f"{mining}{', ' if name else ''}{name}{', far from 0' if shift else ''}"
                yield case(label, {**kind, "margin": margin}, x, torch.tensor(target),
                           lambda x, t=target, m=margin, mining=mining: violations(x, t, m, mining), 3)


def dice():
    def of_records(p, t, smooth):
        """p and t: [batch, elements, classes]."""
        overlap, total = (p * t).sum(1), (p + t).sum(1)
        return (1 - (2 * overlap + smooth) / (total + smooth)).mean()

    kind = {"type": "dice"}
    for smooth in (1, 0.1):
        target = classes_of((3, 2, 2), 3)
        yield case(f"classes, smooth {smooth}", {**kind, "smooth": smooth}, draw(3, 2, 2, 3, scale=2), target,
                   lambda x, t=target, s=smooth: of_records(x.softmax(-1).reshape(3, 4, 3), F.one_hot(t.reshape(3, 4), 3), s), 3)
        target = classes_of((3, 2, 2), 2)
        yield case(f"one logit, smooth {smooth}", {**kind, "smooth": smooth}, draw(3, 2, 2, 1, scale=2), target,
                   lambda x, t=target, s=smooth: of_records(x.sigmoid().reshape(3, 4, 1), t.reshape(3, 4, 1), s), 2)
    target, mask = classes_of((4, 5), 3), lengths(4, 5)
    yield case("masked", kind, draw(4, 5, 3), target,
               lambda x: of_records(x.softmax(-1) * mask[..., None], F.one_hot(target, 3) * mask[..., None], 1), 3, mask)
    soft = torch.tensor(random.random((2, 3)).round(3))
    yield case("numbers", kind, draw(2, 3), soft, lambda x: of_records(x.sigmoid()[..., None], soft[..., None], 1))


def ctc():
    def run(x, target, blank, steps=None):
        batch, time, _ = x.shape
        steps = torch.full((batch,), time) if steps is None else steps
        lengths = (target != blank).sum(1)
        log = x.log_softmax(-1).movedim(1, 0)
        return F.ctc_loss(log, target, steps, lengths, blank, zero_infinity=True)

    # A repeated label needs a blank between; a target of one label, of none, and one that does not fit.
    target = torch.tensor([[1, 2, 2], [3, 3, 3], [2, 0, 0], [0, 0, 0]])
    kind = {"type": "ctc"}
    yield case("", kind, draw(4, 6, 4), target, lambda x: run(x, target, 0), 4)
    yield case("large logits", kind, draw(4, 6, 4, scale=50), target, lambda x: run(x, target, 0), 4)
    yield case("a target that does not fit", kind, draw(4, 4, 4), target, lambda x: run(x, target, 0), 4)
    yield case("one step", kind, draw(4, 1, 4), target, lambda x: run(x, target, 0), 4)
    last = 3 - target
    yield case("blank 3", {**kind, "blank": 3}, draw(4, 5, 4), last, lambda x: run(x, last, 3), 4)
    steps = torch.tensor([7, 5, 1, 3])
    mask = (torch.arange(7) < steps[:, None]).double()
    yield case("masked", kind, draw(4, 7, 4), target, lambda x: run(x, target, 0, steps), 4, mask)


def losses():
    for make in (cross_entropy, binary_cross_entropy, focal, regressions, others, triplet, dice, ctc):
        yield from make()


if __name__ == "__main__":
    write("losses", losses(), "generate_losses.py")
