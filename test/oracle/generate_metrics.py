#!/usr/bin/env python3
"""What scikit-learn computes for metrics: test/fixtures/torch/metrics.json, as generate.py beside this file says; perplexity is PyTorch's.

    .venv/bin/pip install scikit-learn==1.9.1
    .venv/bin/python test/oracle/generate_metrics.py
"""
import warnings

import numpy
import sklearn
import sklearn.metrics as M
import torch
import torch.nn.functional as F

import generate
from generate import draw, tensor, write

random = generate.random = numpy.random.default_rng(20240303)
# Values that are not defined are what the cases are about.
warnings.filterwarnings("ignore", module="sklearn")


def case(name, options, prediction, target, result, classes=None, mask=None, labels=None):
    field = {"kind": "number"} if classes is None else {"kind": "class", "classes": classes, **({"labels": labels} if labels else {})}
    result = result if isinstance(result, dict) else {"": result}
    return {
        "name": f"{options['type']}, {name}",
        "options": options,
        "field": {**field, "shape": list(target.shape[1:])},
        "prediction": tensor(prediction),
        "target": tensor(target),
        **({} if mask is None else {"mask": tensor(mask)}),
        "result": {key: float(f"{value:.13g}") for key, value in result.items()},
    }


def classes_of(shape, classes):
    return torch.tensor(random.integers(0, classes, shape))


def lengths(batch, time):
    counts = [time, 0, *random.integers(1, time, batch - 2)]
    return torch.tensor([[float(step < count) for step in range(time)] for count in counts])


def named(values, labels=None):
    return {labels[i] if labels else str(i): value for i, value in enumerate(values)}


def accuracies():
    # Equal logits: the first of them, as numpy has it.
    ties = torch.tensor(random.integers(0, 3, (12, 4)).astype(float))
    target = classes_of(12, 4)
    yield case("ties", {"type": "accuracy"}, ties, target, M.accuracy_score(target, ties.numpy().argmax(1)), 4)
    probabilities = torch.tensor(random.dirichlet(numpy.ones(4), 12).round(3))
    logits = draw(12, 4)
    yield case("probabilities", {"type": "accuracy"}, logits, probabilities,
               M.accuracy_score(probabilities.argmax(1), logits.argmax(1)))
    one, two = draw(12, 1), classes_of(12, 2)
    yield case("one logit", {"type": "accuracy"}, one, two, M.accuracy_score(two, one[:, 0] > 0), 2)
    steps, mask, words = draw(4, 6, 5), lengths(4, 6), classes_of((4, 6), 5)
    kept = (mask > 0) & (words != 2)
    right = lambda keep: M.accuracy_score(words[keep], steps.argmax(-1)[keep])
    yield case("masked", {"type": "accuracy"}, steps, words, right(mask > 0), 5, mask)
    yield case("masked, ignore_index", {"type": "accuracy", "ignore_index": 2}, steps, words, right(kept), 5, mask)
    yield case("0.5", {"type": "binary_accuracy"}, one, two, M.accuracy_score(two, one[:, 0].sigmoid() > 0.5), 2)
    labels = torch.tensor(random.integers(0, 2, (9, 3)).astype(float))
    many = draw(9, 3)
    yield case("labels, 0.3", {"type": "binary_accuracy", "threshold": 0.3}, many, labels,
               M.accuracy_score(labels.reshape(-1), many.sigmoid().reshape(-1) > 0.3))
    for k in (1, 2, 3):
        score = M.top_k_accuracy_score(target, logits, k=k, labels=range(4))
        yield case(f"{k}", {"type": "top_k_accuracy", "k": k}, logits, target, score, 4)
    # scikit-learn takes the last of equal scores first.
    mirrored = M.top_k_accuracy_score(3 - target, ties.flip(1), k=2, labels=range(4))
    yield case("ties", {"type": "top_k_accuracy", "k": 2}, ties, target, mirrored, 4)
    score = M.top_k_accuracy_score(words[kept], steps[kept], k=2, labels=range(5))
    yield case("masked, ignore_index", {"type": "top_k_accuracy", "k": 2, "ignore_index": 2}, steps, words, score, 5, mask)


def decisions():
    scores = {
        "precision": M.precision_score, "recall": M.recall_score, "f1": M.f1_score,
        "mean_iou": M.jaccard_score,
    }
    logits, target = draw(30, 4), classes_of(30, 4)
    logits[:, 1] -= 9
    # Class 1 is never decided for, class 3 neither decided for nor there.
    logits[:, 3] -= 99
    target[target == 3] = 0
    decided = logits.argmax(1)
    one, two = draw(20, 1), classes_of(20, 2)
    animals = ["cat", "dog", "emu"]
    three, of_three = draw(20, 3), classes_of(20, 3)
    labels = torch.tensor(random.integers(0, 2, (15, 3)).astype(float))
    many = draw(15, 3)
    steps, mask, words = draw(4, 6, 5), lengths(4, 6), classes_of((4, 6), 5)
    kept = (mask > 0) & (words != 2)
    for kind, score in scores.items():
        run = lambda *data, **rest: score(*data, zero_division=0, **rest)
        averages = ("macro",) if kind == "mean_iou" else ("macro", "micro", "weighted")
        for average in averages:
            options = {"type": kind, **({} if kind == "mean_iou" else {"average": average})}
            yield case(f"{average}, classes that do not occur", options, logits, target, run(target, decided, average=average), 4)
            yield case(f"{average}, labels", options, many, labels, run(labels, many > 0, average=average))
        each = named(run(of_three, three.argmax(1), average=None), animals)
        yield case("each class", {"type": kind, "per_class": True}, three, of_three,
                   {"": run(of_three, three.argmax(1), average="macro"), **each}, 3, labels=animals)
        below = {"threshold": 0.4}
        cut = one[:, 0].sigmoid() > 0.4
        each = named(run(two, cut, average=None))
        if kind == "mean_iou":
            yield case("one logit", {"type": kind, "per_class": True, **below}, one, two,
                       {"": run(two, cut, average="macro"), **each}, 2)
        else:
            yield case("one logit", {"type": kind, "per_class": True, **below}, one, two, {"": run(two, cut), **each}, 2)
            yield case("one logit, class 0", {"type": kind, "positive_class": 0, **below}, one, two, run(two, cut, pos_label=0), 2)
            yield case("a label against the rest", {"type": kind, "positive_class": "dog"}, three, of_three,
                       run(of_three, three.argmax(1), labels=[1], average="macro"), 3, labels=animals)
            yield case("two logits", {"type": kind}, three[:, :2], two, run(two, three[:, :2].argmax(1)), 2)
        yield case("masked, ignore_index", {"type": kind, "ignore_index": 2}, steps, words,
                   run(words[kept], steps.argmax(-1)[kept], average="macro"), 5, mask)


def rankings():
    one, two = draw(25, 1), classes_of(25, 2)
    coarse = torch.tensor(random.integers(-2, 3, (25, 1)).astype(float))
    # Every class occurs, as scikit-learn asks for.
    logits, target = draw(24, 3), torch.tensor(random.permutation(numpy.arange(24) % 3))
    labels = torch.tensor(random.integers(0, 2, (15, 3)).astype(float))
    many = draw(15, 3)
    probabilities = logits.softmax(1)
    for kind, score in [("roc_auc", M.roc_auc_score), ("average_precision", M.average_precision_score)]:
        yield case("one logit", {"type": kind}, one, two, score(two, one[:, 0]), 2)
        yield case("ties", {"type": kind}, coarse, two, score(two, coarse[:, 0]), 2)
        yield case("class 0", {"type": kind, "positive_class": 0}, coarse, two, score(1 - two, -coarse[:, 0]), 2)
        yield case("two logits", {"type": kind}, logits[:, :2], two[:24], score(two[:24], logits[:, 1] - logits[:, 0]), 2)
        each = [score((target == i).long(), probabilities[:, i]) for i in range(3)]
        yield case("classes", {"type": kind, "per_class": True}, logits, target, {"": sum(each) / 3, **named(each)}, 3)
        yield case("labels", {"type": kind}, many, labels, score(labels, many, average="macro"))
    assert abs(sum([M.roc_auc_score((target == i).long(), probabilities[:, i]) for i in range(3)]) / 3
               - M.roc_auc_score(target, probabilities, multi_class="ovr")) < 1e-12


def numbers():
    for name, shape in {"a number": (9,), "three places": (9, 3)}.items():
        prediction, target = draw(*shape), draw(*shape)
        for kind, score in [("mae", M.mean_absolute_error), ("mse", M.mean_squared_error),
                            ("rmse", lambda y, x: M.mean_squared_error(y, x) ** 0.5), ("r2", M.r2_score)]:
            yield case(name, {"type": kind}, prediction, target, score(target, prediction))
    years = torch.tensor(random.integers(1990, 2000, 12).astype(float))
    guesses = years + draw(12)
    yield case("large numbers near to each other", {"type": "r2"}, guesses, years, M.r2_score(years, guesses))
    constant = torch.tensor([[0.5, 1], [0.5, 2], [0.5, 4]])
    met = torch.tensor([[0.5, 1], [0.5, 2], [0.5, 3]])
    yield case("equal targets, met", {"type": "r2"}, met, constant, M.r2_score(constant, met))
    yield case("equal targets, missed", {"type": "r2"}, met + 1, constant, M.r2_score(constant, met + 1))
    prediction, target, mask = draw(4, 5, 2), draw(4, 5, 2), lengths(4, 5)
    kept = mask > 0
    for kind, score in [("mae", M.mean_absolute_error), ("mse", M.mean_squared_error), ("r2", M.r2_score)]:
        yield case("masked", {"type": kind}, prediction, target, score(target[kept], prediction[kept]), mask=mask)
    logits, words = draw(4, 5, 6), classes_of((4, 5), 6)
    yield case("all steps", {"type": "perplexity"}, logits, words, F.cross_entropy(logits.movedim(-1, 1), words).exp().item(), 6)
    some = kept & (words != 0)
    yield case("masked, ignore_index", {"type": "perplexity", "ignore_index": 0}, logits, words,
               F.cross_entropy(logits[some], words[some]).exp().item(), 6, mask)


def metrics():
    for make in (accuracies, decisions, rankings, numbers):
        yield from make()


if __name__ == "__main__":
    assert sklearn.__version__ == "1.9.1"
    write("metrics", metrics(), "generate_metrics.py")
