#!/usr/bin/env python3
"""Spectra of sounds with PyTorch (stft), librosa (mel filters) and SciPy (cosine transform), in float64.

Run with: python test/oracle/generate_sound.py (needs torch, numpy, scipy librosa and torchaudio)
"""

import importlib.util
import json
import math
import pathlib
import warnings
from typing import Optional

import librosa
import numpy
import scipy.fft
import torch


def rounded(array):
    """Nine digits: more than a float32 has."""
    return [float(f"{value:.9g}") for value in numpy.asarray(array, dtype=numpy.float64).ravel()]


def sound(samples, rate, seed):
    generator = numpy.random.default_rng(seed)
    time = numpy.arange(samples) / rate
    chirp = 0.4 * numpy.sin(2 * numpy.pi * (200 * time + 900 * time**2))
    return numpy.round((chirp + 0.05 * generator.standard_normal(samples)) * 1000) / 1000


def power_spectra(values, options):
    fft_size = options["fft_size"]
    window_size = options.get("window_size", fft_size)
    transformed = torch.stft(
        torch.from_numpy(values.astype(numpy.float32).astype(numpy.float64)),
        n_fft=fft_size,
        hop_length=options.get("hop_size", -(-window_size // 2)),
        win_length=window_size,
        window=torch.hann_window(window_size, periodic=True, dtype=torch.float64),
        center=options.get("center", True),
        pad_mode="reflect",
        return_complex=True,
    )
    return transformed.abs().square().numpy()


def expected(kind, values, rate, options):
    power = power_spectra(values, options)
    if kind == "spectrogram":
        result = power if options.get("power", 2) == 2 else numpy.sqrt(power)
        return numpy.log(result + options["log_floor"]).T if "log_floor" in options else result.T
    filters = librosa.filters.mel(
        sr=rate,
        n_fft=options["fft_size"],
        n_mels=options["bands"],
        fmin=options.get("low_frequency", 0.0),
        fmax=options.get("high_frequency", rate / 2),
        htk=True,
        norm=None,
        dtype=numpy.float64,
    )
    loudness = numpy.log(filters @ power + options.get("log_floor", 1e-6))
    if kind == "log_mel_spectrogram":
        return loudness.T
    return scipy.fft.dct(loudness, type=2, norm="ortho", axis=0)[: options["coefficients"]].T


def load_resampling():
    """torchaudio's functions for resampling, without the compiled part of the package, which is made for one version of PyTorch."""
    found = importlib.util.find_spec("torchaudio").submodule_search_locations[0]
    text = (pathlib.Path(found) / "functional" / "functional.py").read_text()
    start, end = text.index("def _get_sinc_resample_kernel"), text.index("def resample(")
    names = {"torch": torch, "math": math, "warnings": warnings, "Optional": Optional, "Tensor": torch.Tensor, "_CPU": torch.device("cpu")}
    exec(text[start:end], names)
    return names["_get_sinc_resample_kernel"], names["_apply_sinc_resample_kernel"]


def resampled(samples, old, new, seed):
    values = sound(samples, old, seed)
    divisor = math.gcd(old, new)
    kernel_of, apply = load_resampling()
    kernel, width = kernel_of(old, new, divisor, dtype=torch.float64)
    result = apply(torch.from_numpy(values), old, new, divisor, kernel, width)
    return {"from": old, "to": new, "input": values.tolist(), "output": rounded(result)}


CASES = [
    ("spectrogram", 300, 8000, {"fft_size": 64}),
    ("spectrogram", 257, 8000, {"fft_size": 64, "window_size": 50, "hop_size": 17, "power": 1}),
    ("spectrogram", 200, 8000, {"fft_size": 64, "hop_size": 40, "center": False, "log_floor": 1e-4}),
    ("log_mel_spectrogram", 1200, 8000, {"fft_size": 256, "hop_size": 128, "bands": 20}),
    (
        "log_mel_spectrogram",
        2001,
        16000,
        {"fft_size": 512, "window_size": 400, "hop_size": 160, "bands": 24, "low_frequency": 60, "high_frequency": 7600, "log_floor": 1e-3},
    ),
    ("mfcc", 1200, 8000, {"fft_size": 256, "window_size": 200, "hop_size": 80, "bands": 23, "coefficients": 13, "low_frequency": 20}),
    ("mfcc", 900, 22050, {"fft_size": 512, "bands": 12, "coefficients": 12}),
]

RESAMPLED = [(300, 16000, 8000, 1), (300, 8000, 11025, 2), (441, 44100, 8000, 3), (100, 48000, 44100, 4)]

cases = []
for seed, (kind, samples, rate, options) in enumerate(CASES):
    values = sound(samples, rate, seed)
    result = expected(kind, values, rate, options)
    cases.append(
        {
            "transform": {"type": kind, **options},
            "sampleRate": rate,
            "input": values.tolist(),
            "shape": [*result.shape, 1],
            "output": rounded(result),
        }
    )

versions = {"torch": torch.__version__, "numpy": numpy.__version__, "librosa": librosa.__version__}
path = pathlib.Path(__file__).parent.parent / "fixtures" / "torch" / "sound.json"
path.write_text(json.dumps({"generator": "test/oracle/generate_sound.py", "versions": versions, "cases": cases, "resampled": [resampled(*case) for case in RESAMPLED]}, separators=(",", ":")) + "\n")
