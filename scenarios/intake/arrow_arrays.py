"""Between pyarrow and numpy without pandas.

pyarrow's own ways (`pa.array`, `to_numpy`, a Python number as an argument) import pandas,
which takes longer than to read a table of bids.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pyarrow as pa

Numbers = np.ndarray[Any, np.dtype[Any]]
BITS: Literal["little"] = "little"  # the order of bits in a byte, as Arrow lays down


def truths(column: pa.Array) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """(N,) the truth values of a column without empty cells."""
    data = np.frombuffer(column.buffers()[1], np.uint8)
    begin = int(column.offset)
    return np.unpackbits(data, bitorder=BITS, count=begin + len(column))[begin:].astype(bool)


def is_empty(column: pa.Array) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """(N,) which cells hold nothing."""
    return truths(column.is_null()) if column.null_count else np.zeros(len(column), dtype=bool)


def numbers(column: pa.Array, empty: int = 0) -> Numbers:
    """(N,) whole numbers or floats; a copy, with `empty` for empty cells."""
    kind = str(column.type).replace("double", "float64")
    if not len(column):
        return np.zeros(0, kind)
    whole = np.frombuffer(column.buffers()[1], kind)
    found: Numbers = whole[column.offset : column.offset + len(column)].copy()
    if column.null_count:
        found[is_empty(column)] = empty
    return found


def mask_of(chosen: Numbers) -> pa.Array:
    """A column of truth values."""
    bits = pa.py_buffer(np.packbits(chosen, bitorder=BITS))
    return pa.Array.from_buffers(pa.bool_(), len(chosen), [None, bits])


def text_array(texts: Sequence[str | None]) -> pa.Array:
    """A column of texts; None and the empty text are empty cells."""
    said = [text or "" for text in texts]
    whole = "".join(said)
    # In ASCII a sign is a byte.
    parts = said if whole.isascii() else [text.encode() for text in said]
    length = np.fromiter(map(len, parts), np.int32, len(parts))
    begin = np.zeros(len(said) + 1, np.int32)
    np.cumsum(length, out=begin[1:])
    full = np.packbits(length > 0, bitorder=BITS)
    buffers = [pa.py_buffer(full), pa.py_buffer(begin), pa.py_buffer(whole.encode())]
    return pa.Array.from_buffers(pa.string(), len(texts), buffers)


def number_array(values: Numbers) -> pa.Array:
    """A column of whole numbers or floats, none of them empty."""
    kind = pa.float64() if values.dtype.kind == "f" else pa.int64()
    data = np.ascontiguousarray(values, "f8" if values.dtype.kind == "f" else "i8")
    return pa.Array.from_buffers(kind, len(data), [None, pa.py_buffer(data)])


ZERO = text_array(["0"])[0]
"""What stands in for a cell that is no plain number."""
