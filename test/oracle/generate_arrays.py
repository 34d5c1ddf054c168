#!/usr/bin/env python3
"""Arrays as NumPy saves them, in test/fixtures/arrays: every dtype that is read, in both byte orders and both orders of elements, and
some that are refused.

    .venv/bin/python test/oracle/generate_arrays.py

numbers.npz is compressed, refused.npz is not; numbers.json has what is in the arrays of the first one, row-major.
"""
import json
import pathlib
import time
from unittest import mock

import numpy

folder = pathlib.Path(__file__).parent.parent / "fixtures" / "arrays"
folder.mkdir(exist_ok=True)
random = numpy.random.default_rng(1)
shape = (4, 3, 2)

arrays = {}
for code in ["b1", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]:
    if code == "b1":
        values = random.integers(0, 2, shape).astype("b1")
    elif code[0] == "f":
        values = random.normal(0, 100, shape).astype(code)
        values.flat[:3] = [0, -0.0, 2.0**-20]
    else:
        limits = numpy.iinfo(code)
        values = random.integers(max(limits.min, -(2**40)), min(limits.max, 2**40), shape, endpoint=True).astype(code)
    for order in "<>" if code[1:] != "1" else "|":
        for elements in "CF":
            name = f"{code}_{'big' if order == '>' else 'little'}_{elements}"
            arrays[name] = numpy.array(values, dtype=order + code, order=elements)
arrays["vector"] = numpy.arange(5, dtype="f4")
arrays["column"] = numpy.arange(5, dtype="f4").reshape(5, 1)

refused = {
    "objects": numpy.array([[1, 2], [3]], dtype=object),
    "text": numpy.array(["one", "two"]),
    "complex": numpy.array([1 + 2j]),
    "structured": numpy.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f4")]),
    "date": numpy.array(["2020-01-01"], dtype="M8[D]"),
    "single": numpy.float32(3),
}

# The bytes shall not depend on when they are written.
with mock.patch("time.localtime", return_value=time.struct_time((1980, 1, 1, 0, 0, 0, 0, 1, 0))):
    numpy.savez_compressed(folder / "numbers.npz", **arrays)
    numpy.savez(folder / "refused.npz", **refused)
numpy.save(folder / "version_1.npy", arrays["f8_big_F"])
for version in (2, 3):
    with open(folder / f"version_{version}.npy", "wb") as file:
        numpy.lib.format.write_array(file, arrays["f8_big_F"], version=(version, 0))
# As float32 has them: what a model reads.
content = {
    name: {"shape": array.shape, "values": array.astype("f4").ravel().tolist()} for name, array in arrays.items()
}
(folder / "numbers.json").write_text(json.dumps(content) + "\n")
