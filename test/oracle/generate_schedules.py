#!/usr/bin/env python3
"""The learning rates of PyTorch's schedulers: test/fixtures/torch/schedules.json, as generate.py beside this file says.

    .venv/bin/python test/oracle/generate_schedules.py

Each case is a run of some epochs of five updates. A scheduler steps after every update or, with per="epoch", after every epoch.
A warm-up either comes before (SequentialLR: the schedule counts from its end) or multiplies the schedule (which counts from the
start of the run). What PyTorch has no scheduler for is a LambdaLR by the formula of the source that is named.
"""
import json
import math

import torch

from generate import write

scheduler = torch.optim.lr_scheduler
STEPS_PER_EPOCH = 5


def several(made):
    """Schedulers that follow each other, and after how many updates each gives way to the next."""
    return made if isinstance(made, tuple) else ([made], [])


def run(schedule, total, make, rate=0.1, warmup=0, per="update", begins="after warm-up", metric=None):
    """The learning rate of every update. `make` gives a scheduler, or several, for an optimizer and the updates after the warm-up."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=rate, momentum=0.9)
    rising = None
    if warmup > 0:
        rising = scheduler.LinearLR(optimizer, start_factor=1 / warmup, total_iters=max(warmup - 1, 1))
    if rising and begins == "after warm-up":
        parts, milestones = several(make(optimizer, total - warmup))
        after = scheduler.SequentialLR(optimizer, [rising, *parts], [warmup, *(warmup + at for at in milestones)])
        rising = None
    else:
        parts, milestones = several(make(optimizer, total))
        after = scheduler.SequentialLR(optimizer, parts, milestones) if milestones else parts[0]
    rates = []
    for update in range(total):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if rising:
            rising.step()
        if per == "update":
            after.step()
        elif (update + 1) % STEPS_PER_EPOCH == 0:
            after.step(*([] if metric is None else [metric[update // STEPS_PER_EPOCH]]))
    keys = {**schedule, **({"warmup_steps": warmup} if warmup else {})}
    return {
        "name": f"{json.dumps(keys)}, {total} steps",
        "schedule": keys,
        "learningRate": rate,
        "rates": [float(f"{v:.13g}") for v in rates],
        **({} if metric is None else {"metric": metric}),
    }


def closed_forms(case):
    """PyTorch's recursions for the cosine are equal to equation 5 of Loshchilov and Hutter up to rounding."""
    schedule, total, warmup = case["schedule"], len(case["rates"]), case["schedule"].get("warmup_steps", 0)
    final = schedule.get("final_factor", 0)
    for update, rate in enumerate(case["rates"]):
        fallen = (1 - math.cos(math.pi * (update - warmup) / (total - warmup))) / 2
        closed = case["learningRate"] * ((update + 1) / warmup if update < warmup else 1 - (1 - final) * fallen)
        assert abs(closed - rate) < 1e-13, (case["name"], update)
    return case


def constant(total, warmup=0):
    return run({"type": "constant"}, total, lambda o, _: scheduler.ConstantLR(o, factor=1, total_iters=0), warmup=warmup)


def cosine(total, rate, warmup=0, **options):
    final = rate * options.get("final_factor", 0)
    make = lambda o, steps: scheduler.CosineAnnealingLR(o, steps, eta_min=final)
    return closed_forms(run({"type": "cosine", **options}, total, make, rate, warmup))


def updates(options, name, default=None):
    """A length that the options give in epochs or in steps."""
    return options.get(f"{name}_steps", options[f"{name}_epochs"] * STEPS_PER_EPOCH if f"{name}_epochs" in options else default)


def linear(total, warmup=0, **options):
    start, end = options.get("start_factor", 1), options.get("end_factor", 0)
    make = lambda o, steps: scheduler.LinearLR(o, start, end, updates(options, "decay", steps))
    return run({"type": "linear", **options}, total, make, warmup=warmup)


def polynomial(total, warmup=0, **options):
    make = lambda o, steps: scheduler.PolynomialLR(o, updates(options, "decay", steps), options.get("power", 1))
    return run({"type": "polynomial", **options}, total, make, warmup=warmup)


def polynomial_to(total, end, power):
    """With an end above 0, as Keras' PolynomialDecay has it."""
    make = lambda o, steps: scheduler.LambdaLR(o, lambda step: end + (1 - end) * (1 - min(step / steps, 1)) ** power)
    return run({"type": "polynomial", "end_factor": end, "power": power}, total, make)


def inverse_sqrt(total, warmup=0, **options):
    """As transformers' get_inverse_sqrt_schedule has it; its warm-up starts at 0, ours at the first step."""
    timescale = updates(options, "timescale", warmup)
    make = lambda o, _: scheduler.LambdaLR(o, lambda step: 1 / math.sqrt((step + timescale) / timescale))
    return run({"type": "inverse_sqrt", **options}, total, make, warmup=warmup)


def cosine_restarts(total, warmup=0, **options):
    first, final = updates(options, "first_cycle"), 0.1 * options.get("final_factor", 0)
    make = lambda o, _: scheduler.CosineAnnealingWarmRestarts(o, first, options.get("multiplier", 1), eta_min=final)
    return run({"type": "cosine_restarts", **options}, total, make, warmup=warmup)


def cyclical(total, **options):
    given = {key: options[key] for key in ("mode", "gamma") if key in options}
    top, half = 0.1 * options.get("max_factor", 4), updates(options, "step")
    make = lambda o, _: scheduler.CyclicLR(o, 0.1, top, half, cycle_momentum=False, **given)
    return run({"type": "cyclical", **options}, total, make)


def one_cycle(total, rate=0.1, **options):
    given = {key: value for key, value in options.items() if key != "max_factor"}
    top = rate * options.get("max_factor", 1)
    make = lambda o, steps: scheduler.OneCycleLR(o, top, total_steps=steps, cycle_momentum=False, **given)

    class Longer:
        """PyTorch refuses the step after the last update, which sets a learning rate that nothing uses."""

        def __init__(self, inner, steps):
            self.inner, self.left = inner, steps - 1

        def step(self):
            if self.left > 0:
                self.inner.step()
            self.left -= 1

    return run({"type": "one_cycle", **options}, total, lambda o, steps: Longer(make(o, steps), steps), rate)


def warmup_stable_decay(total, warmup=0, **options):
    shape, final = options.get("shape", "linear"), options.get("final_factor", 0)
    decay = updates(options, "decay", round(total / 5))

    def make(optimizer, steps):
        stable = scheduler.ConstantLR(optimizer, factor=1, total_iters=0)
        if shape == "linear":
            falling = scheduler.LinearLR(optimizer, 1, final, decay)
        elif shape == "cosine":
            falling = scheduler.CosineAnnealingLR(optimizer, decay, eta_min=0.1 * final)
        else:
            # Haegele et al., 2024, equation 1.
            falling = scheduler.LambdaLR(optimizer, lambda step: final + (1 - final) * (1 - math.sqrt(min(step / decay, 1))))
        return [stable, falling], [steps - decay]

    return run({"type": "warmup_stable_decay", **options}, total, make, warmup=warmup)


def plateau(metric, mode="min", **options):
    translated = {key: value for key, value in options.items() if key not in ("monitor", "min_factor")}
    make = lambda o, _: scheduler.ReduceLROnPlateau(o, mode, min_lr=0.1 * options.get("min_factor", 0), eps=0, **translated)
    schedule = {"type": "reduce_on_plateau", **options}
    return run(schedule, len(metric) * STEPS_PER_EPOCH, make, per="epoch", metric=metric)


def schedules():
    yield constant(6)
    yield constant(9, warmup=4)
    yield cosine(1, 0.4)
    yield cosine(20, 0.4)
    yield cosine(37, 0.01, final_factor=0.1)
    yield cosine(25, 0.3, warmup=5)
    yield cosine(12, 0.3, warmup=1, final_factor=0.2)
    yield linear(20)
    yield linear(20, start_factor=0.5, end_factor=0.1)
    yield linear(25, warmup=5, start_factor=0.25, end_factor=0.9, decay_epochs=2)
    yield polynomial(20)
    yield polynomial(20, power=2.5)
    yield polynomial(30, warmup=6, power=0.5, decay_steps=12)
    yield polynomial_to(20, 0.1, 2)
    multi = lambda gamma, *milestones: lambda o, _: scheduler.MultiStepLR(o, milestones, gamma)
    each = lambda gamma, size: lambda o, _: scheduler.StepLR(o, size, gamma)
    yield run({"type": "step", "step_epochs": 3, "gamma": 0.5}, 50, each(0.5, 3), per="epoch")
    yield run({"type": "step", "step_steps": 7}, 30, each(0.1, 7))
    yield run({"type": "step", "step_epochs": 2, "gamma": 0.3}, 40, each(0.3, 2), warmup=7, per="epoch", begins="at once")
    yield run({"type": "multi_step", "milestones": [2, 5, 6]}, 40, multi(0.1, 2, 5, 6), per="epoch")
    yield run({"type": "multi_step", "milestone_steps": [4, 11, 11], "gamma": 0.7}, 20, multi(0.7, 4, 11, 11))
    yield run({"type": "multi_step", "milestones": [3, 6], "gamma": 0.2}, 40, multi(0.2, 3, 6), warmup=8, per="epoch", begins="at once")
    powers = lambda gamma: lambda o, _: scheduler.ExponentialLR(o, gamma)
    yield run({"type": "exponential"}, 40, powers(0.95), per="epoch")
    yield run({"type": "exponential", "gamma": 0.8, "per": "step"}, 20, powers(0.8))
    yield run({"type": "exponential", "gamma": 0.9, "per": "step"}, 20, powers(0.9), warmup=4)
    yield inverse_sqrt(40, warmup=8)
    yield inverse_sqrt(30, timescale_epochs=2)
    yield inverse_sqrt(30, warmup=5, timescale_steps=12)
    yield cosine_restarts(35, first_cycle_epochs=2)
    yield cosine_restarts(60, first_cycle_steps=4, multiplier=2, final_factor=0.1)
    yield cosine_restarts(50, warmup=6, first_cycle_steps=5, multiplier=3)
    yield cyclical(50, step_epochs=2)
    yield cyclical(50, step_steps=6, max_factor=10, mode="triangular2")
    yield cyclical(50, step_steps=7, max_factor=3, mode="exp_range", gamma=0.97)
    yield one_cycle(40)
    yield one_cycle(33, 0.02, max_factor=5, pct_start=0.25, anneal_strategy="linear", div_factor=10, final_div_factor=100)
    yield one_cycle(11, pct_start=0.7)
    yield warmup_stable_decay(40)
    yield warmup_stable_decay(40, decay_steps=12, shape="cosine", final_factor=0.2)
    yield warmup_stable_decay(50, warmup=9, decay_epochs=3, shape="sqrt", final_factor=0.05)
    falling = [3, 2.5, 2.4, 2.4, 2.41, 2.39999, 2.2, 2.3, 2.3, 2.3, 2.1, 2.1, 2.1, 2.1, 2.1, 2.1, 2.1, 2.1]
    yield plateau(falling, patience=2, factor=0.5)
    yield plateau(falling, patience=0, factor=0.3, cooldown=2, min_factor=0.02)
    yield plateau(falling, patience=1, threshold=0.05, threshold_mode="abs", cooldown=1)
    rising = [0.1, 0.5, 0.6, 0.6, 0.55, 0.605, 0.61, 0.61, 0.7, 0.7, 0.7, 0.7, 0.6, 0.71, 0.71]
    yield plateau(rising, "max", monitor="val_accuracy", patience=1, factor=0.5, threshold=0.01)
    yield plateau(rising, "max", monitor="val_accuracy", patience=1, threshold=0.05, threshold_mode="abs")
    # A metric below zero: the relative threshold then asks for less than no gain, in PyTorch as here.
    yield plateau([-1, -1.5, -1.5, -1.6, -1.6, -1.6, -1.6, -2], patience=1, threshold=0.1)


if __name__ == "__main__":
    write("schedules", schedules(), "generate_schedules.py")
