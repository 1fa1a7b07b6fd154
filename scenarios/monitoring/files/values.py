"""Columns of numbers, flags and names into whole numbers; unclear types are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from permits.errors import InputError
from permits.meter.flags import Status, status_of
from permits.metering import ABSENT
from permits.metering.chunk import MOST_VALUE

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
BEYOND = MOST_VALUE + 1  # reported as too large
BROKEN = "\ufffd"  # replaces bytes that are not UTF-8


def is_text(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)
    )


def is_number(kind: Any) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def texts_of(column: Any) -> tuple[list[str | None], IntArray]:
    """The distinct texts of a column, stripped, and which of them each row holds."""
    coded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
    texts = [_text(word) for word in coded.dictionary.cast(pa.binary()).to_pylist()]
    index = coded.indices
    if index.null_count:
        index = index.fill_null(len(texts))
        texts.append(None)
    return texts, index.to_numpy(zero_copy_only=False).astype(np.int64, copy=False)


def _text(word: bytes | None) -> str | None:
    """A cell as text; bytes that are not UTF-8 become `BROKEN`."""
    return None if word is None else word.decode("utf-8", "replace").strip() or None


def whole_numbers(column: Any, factor: int) -> tuple[IntArray, BoolArray | None]:
    """`column` x `factor` as whole numbers, rounded half to even; `ABSENT` for empty cells.

    Returns: (n,) the numbers, and which rows cannot be read (`None`: all can).
    """
    bad = None
    if is_text(column.type):
        column, bad = _parsed(column)
    if pa.types.is_integer(column.type):
        column = column.cast(pa.float64(), safe=False)  # beyond 2^53 it is too large anyway
    if pa.types.is_decimal(column.type) or column.type != pa.float64():
        column = column.cast(pa.float64())
    numbers = column.to_numpy(zero_copy_only=False)
    scaled = np.rint(numbers * factor)
    odd = ~(np.abs(scaled) <= MOST_VALUE)
    if not odd.any():
        return scaled.astype(np.int64), bad
    absent = np.isnan(scaled)
    whole = np.where(odd, 0, scaled).astype(np.int64)
    whole[odd & ~absent] = np.where(scaled[odd & ~absent] > 0, BEYOND, -BEYOND)
    # Last, since an absent number (NaN) counts as odd above.
    whole[absent] = ABSENT
    return whole, bad


def statuses(column: Any | None, rows: int) -> NDArray[np.uint8]:
    """(1, n) status of each row by its flag; all valid without a column of flags."""
    if column is None:
        return np.full((1, rows), Status.VALID, np.uint8)
    texts, index = texts_of(column)
    known = np.array([status_of(text or "") for text in texts], np.uint8)
    return known[index][None]


def refused_type(name: str, column: str, kind: Any, wanted: str) -> InputError:
    """The error for a column whose type has no clear meaning.

    Args:
        name: name of the file.
        column: heading of the column.
        kind: its arrow type.
        wanted: the expected kind of values, in words.
    """
    return InputError(
        "meter.type_of_column",
        "the column {column!r} holds {kind}, not {wanted}",
        where=name,
        mend="write it as {wanted}, or give a CSV file",
        column=column,
        kind=str(kind),
        wanted=wanted,
    )


def _parsed(column: Any) -> tuple[Any, BoolArray | None]:
    """Numbers of a column of texts; quickly where all are plain."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(pa.string())
    try:
        return column.cast(pa.float64()), None
    except pa.ArrowInvalid:
        texts, index = texts_of(column)
        known = [_number(text) for text in texts]
        numbers = np.array([number for number, _ in known])[index]
        return pa.array(numbers, pa.float64()), np.array([bad for _, bad in known])[index]


def _number(text: str | None) -> tuple[float, bool]:
    if text is None:
        return np.nan, False
    try:
        number = float(text)
    except ValueError:
        return np.nan, True
    return (np.nan, True) if np.isnan(number) or "_" in text else (number, False)
