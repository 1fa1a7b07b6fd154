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
    encoded = [(text or "").encode() for text in texts]
    begin = np.zeros(len(texts) + 1, np.int32)
    np.cumsum([len(one) for one in encoded], out=begin[1:])
    full = np.packbits(np.array([bool(one) for one in encoded], dtype=bool), bitorder=BITS)
    buffers = [pa.py_buffer(full), pa.py_buffer(begin), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(texts), buffers)


ZERO = text_array(["0"])[0]
"""What stands in for a cell that is no plain number."""
