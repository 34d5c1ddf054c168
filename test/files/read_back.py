"""Reads a run folder with the reference libraries and prints what they see, as JSON.

    python read_back.py RUN [--checkpoint last|best]

Prints {"scalars": {tag: [[step, value], ...]}, "tensors": {name: {"shape": [...], "sum": ...}}}: the scalars as TensorBoard shows
them (all event files of the folder, what a resume orphaned dropped), and the tensors of one checkpoint. A sum is taken in
float64. Needs the packages tensorboard and safetensors.
"""

import argparse
import json
import pathlib

from safetensors.numpy import load_file
from tensorboard.backend.event_processing import plugin_event_accumulator as accumulator
from tensorboard.util import tensor_util


def read_scalars(run):
    # The accumulator behind TensorBoard's own pages: the older event_accumulator never drops tensors that a resume orphaned.
    # A size of 0 keeps every point instead of a sample.
    events = accumulator.EventAccumulator(str(run), size_guidance={accumulator.TENSORS: 0}).Reload()
    tags = events.PluginTagToContent("scalars") if "scalars" in events.ActivePlugins() else {}
    return {
        tag: [[event.step, float(tensor_util.make_ndarray(event.tensor_proto))] for event in events.Tensors(tag)]
        for tag in tags
    }


def read_tensors(path):
    if not path.exists():
        return {}
    return {
        name: {"shape": list(tensor.shape), "sum": float(tensor.sum(dtype="float64"))}
        for name, tensor in load_file(path).items()
    }


parser = argparse.ArgumentParser()
parser.add_argument("run", type=pathlib.Path)
parser.add_argument("--checkpoint", choices=["last", "best"], default="last")
arguments = parser.parse_args()
checkpoint = arguments.run / "checkpoints" / f"{arguments.checkpoint}.safetensors"
print(json.dumps({"scalars": read_scalars(arguments.run), "tensors": read_tensors(checkpoint)}))
