"""A column of cells as values: ordinary cells all at once, every other by `value_of`.

An ordinary cell is a plain number of few enough digits that whole milligrams and fen are
exact. The two ways agree on every cell, which a test holds on random ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from permits.errors import RightsError
from scenarios.intake.arrow_arrays import (
    ZERO,
    is_empty,
    mask_of,
    numbers,
    text_array,
)
from scenarios.intake.cell_grid import BoolArray, IntArray
from scenarios.intake.cells import as_written
from scenarios.intake.columns import EMPTY, AmountColumn, NumberColumn, TextColumn
from scenarios.intake.fields import MASS_POWERS, MONEY_POWERS, Heading
from scenarios.intake.meaning.cell_values import MOST_NUMBER, value_of
from scenarios.intake.numerals import Readings, unit_of

MOST_DIGITS = 18  # of a number and its unit: below 2**63, so int64 holds it
SURE_DIGITS = 15  # a double keeps every decimal number of so many digits
FEN = 100  # in a yuan
PLAIN = np.zeros(256, dtype=bool)
"""Bytes of an ordinary number: digits and the point."""
PLAIN[[*b"0123456789."]] = True
TENS = 10 ** np.arange(MOST_DIGITS + 1, dtype=np.int64)

Mistakes = list[tuple[int, RightsError]]
"""Mistakes with the place of their row, counted from 0."""


@dataclass(frozen=True, slots=True)
class ColumnReader:
    """Reads the columns of one table.

    `place` names a row, counted from 0, as errors do; `readings` takes down what was
    interpreted; `skipped` are rows and columns of cells whose mistake is known.
    """

    place: Callable[[int], str]
    readings: Readings
    skipped: frozenset[tuple[int, str]] = frozenset()

    def amounts(self, cells: pa.Array, heading: Heading) -> tuple[AmountColumn, Mistakes]:
        """A column of masses in mg, or of money in fen.

        Args:
            cells: (N,) texts or numbers.
            heading: the column, one of a table's fields.
        """
        assert heading.field is not None
        is_mass = heading.field.kind == "mass"
        power = heading.power
        if power is None:
            power = MASS_POWERS["t"] if is_mass else MONEY_POWERS["yuan"]
        most = MOST_NUMBER * FEN if not is_mass else int(TENS[MOST_DIGITS])
        value, plain, blank = _whole(cells, power, most)
        if is_mass and plain.any():
            self.readings.units[heading.column].add(unit_of(heading))
        finer: dict[int, Any] = {}
        mistakes: Mistakes = []
        for n, found in self._one_by_one(cells, heading, ~plain & ~blank, blank, mistakes):
            if is_mass:
                value[n] = found
                continue
            value[n] = round(found * FEN)
            if found * FEN != int(value[n]):
                finer[n] = found
        return AmountColumn(value, blank, finer), mistakes

    def numbers(self, cells: pa.Array, heading: Heading) -> tuple[NumberColumn, Mistakes]:
        """A column of numbers, counts or shares.

        Args:
            cells: (N,) texts or numbers.
            heading: the column, one of a table's fields.
        """
        assert heading.field is not None
        kind, mistakes = heading.field.kind, Mistakes()
        value: np.ndarray[Any, np.dtype[Any]]
        if kind == "share":
            value, plain, blank = _shares(texts_of(cells), in_percent=heading.percent)
        else:
            value, plain, blank = _plain_numbers(cells, whole=kind == "count")
        if blank.any() and value.dtype != object:
            value = value.astype(object)
        if blank.any():
            value[blank] = None
        for n, found in self._one_by_one(cells, heading, ~plain & ~blank, blank, mistakes):
            value[n] = found
        return NumberColumn(value), mistakes

    def blanks(self, blank: BoolArray, heading: Heading) -> Mistakes:
        """Mistakes of a column of texts: cells that must not be empty.

        Args:
            blank: (N,) empty cells.
            heading: the column, a field or another.
        """
        field = heading.field
        if field is None or field.blank or not field.required or not blank.any():
            return []
        mistakes = Mistakes()
        empty = pa.nulls(len(blank), pa.string())
        list(self._one_by_one(empty, heading, np.zeros_like(blank), blank, mistakes))
        return mistakes

    def _one_by_one(
        self,
        cells: pa.Array,
        heading: Heading,
        odd: BoolArray,
        blank: BoolArray,
        mistakes: Mistakes,
    ) -> Any:
        """Rows and values of the cells that are not ordinary; their mistakes."""
        field = heading.field
        assert field is not None
        wanted = odd if field.blank else odd | blank
        for n in np.flatnonzero(wanted).tolist():
            if (n, heading.column) in self.skipped:
                continue
            text = as_written(cells[n].as_py()).strip()
            try:
                found = value_of(text, heading, self.place(n), self.readings)
            except RightsError as error:
                error.where = f"{self.place(n)}, column {field.name}"
                mistakes.append((n, error))
                continue
            yield n, found


def text_column(cells: pa.Array) -> TextColumn:
    """Texts as codes, without blanks around them."""
    encoded = texts_of(cells).dictionary_encode()
    given, index = encoded.dictionary, numbers(encoded.indices, len(encoded.dictionary))
    place = np.full(len(given) + 1, EMPTY, dtype=np.int64)
    bare = pc.utf8_trim_whitespace(given)
    if bare.equals(given) and numbers(pc.binary_length(given)).all():
        order = pc.array_sort_indices(given)
        place[numbers(order)] = np.arange(len(given))
        names = tuple(given.take(order).to_pylist())
    else:  # texts that differ by blanks are one
        stripped = [str(text).strip() for text in given.to_pylist()]
        names = tuple(sorted({text for text in stripped if text}))
        known = {name: n for n, name in enumerate(names)}
        place[:-1] = [known.get(text, EMPTY) for text in stripped]
    return TextColumn(place[index], names)


def texts_of(cells: pa.Array) -> pa.Array:
    """Cells as texts: numbers as people write them."""
    if pa.types.is_string(cells.type):
        return cells
    if not pa.types.is_floating(cells.type):
        return cells.cast(pa.string())
    encoded = cells.dictionary_encode()
    written = text_array([as_written(x) for x in encoded.dictionary.to_pylist()])
    return written.take(encoded.indices)


def blank_cells(cells: pa.Array) -> BoolArray:
    """(N,) which cells hold nothing but blanks."""
    empty: BoolArray = is_empty(cells)
    if not pa.types.is_string(cells.type):
        return empty
    begin, data = _bytes_of(cells)
    length = np.diff(begin)
    # Only a cell that begins with a blank, or with a byte of a wide one, can be all blanks.
    first = data[np.minimum(begin[:-1], max(len(data) - 1, 0))] if len(data) else length
    maybe = np.flatnonzero((length > 0) & ~empty & ((first <= ord(" ")) | (first >= 0x80)))
    empty = empty | (length == 0)
    for n in maybe.tolist():
        empty[n] = not cells[n].as_py().strip()
    return empty


def _whole(cells: pa.Array, power: int, most: int) -> tuple[IntArray, BoolArray, BoolArray]:
    """Whole multiples of a unit's 10**-power, which cells are ordinary, and which empty."""
    if pa.types.is_integer(cells.type):
        return _from_ints(cells, power, most)
    if pa.types.is_floating(cells.type):
        return _from_floats(cells, power, most)
    found = _plain_cells(texts_of(cells))
    whole_digits = found.digits - found.decimals
    plain = found.plain & (found.decimals <= power) & (whole_digits + power <= MOST_DIGITS)
    value = _as_ints(found.bare, plain) * TENS[np.where(plain, power - found.decimals, 0)]
    plain &= value <= most
    return np.where(plain, value, 0), plain, found.blank


def _from_ints(cells: pa.Array, power: int, most: int) -> tuple[IntArray, BoolArray, BoolArray]:
    blank = is_empty(cells)
    value = numbers(cells.cast(pa.int64()))
    plain = ~blank & (value >= 0) & (value <= most // 10**power)
    return np.where(plain, value, 0) * TENS[power], plain, blank


def _from_floats(cells: pa.Array, power: int, most: int) -> tuple[IntArray, BoolArray, BoolArray]:
    """Decimals as the shortest text of each float says; others are not ordinary.

    A whole number w of at most 15 digits with w / 10**power == x is that of the shortest
    text: two decimals of 15 digits are never one float.
    """
    blank = is_empty(cells)
    value = numbers(cells.cast(pa.float64()))
    sure = np.isfinite(value) & (value >= 0) & (value < 10.0 ** (SURE_DIGITS - power))
    whole = np.rint(np.where(sure, value, 0.0) * 10.0**power)
    plain = ~blank & sure & (whole / 10.0**power == value) & (whole <= most)
    return np.where(plain, whole, 0.0).astype(np.int64), plain, blank


def _plain_numbers(
    cells: pa.Array, *, whole: bool
) -> tuple[np.ndarray[Any, np.dtype[Any]], BoolArray, BoolArray]:
    """Floats, or whole numbers; which cells are ordinary, and which empty."""
    if pa.types.is_floating(cells.type) and not whole:
        blank = is_empty(cells)
        value = numbers(cells.cast(pa.float64()))
        plain = ~blank & (np.abs(value) <= MOST_NUMBER)
        return np.where(plain, value, 0.0), plain, blank
    texts = texts_of(cells)
    found = _plain_cells(texts)
    if whole:
        plain = found.plain & (found.decimals == 0) & (found.digits <= SURE_DIGITS)
        return _as_ints(found.bare, plain), plain, found.blank
    plain = found.plain & (found.digits - found.decimals <= SURE_DIGITS)
    kept = texts if plain.all() else pc.if_else(mask_of(plain), texts, ZERO)
    return numbers(kept.cast(pa.float64())), plain, found.blank


def _shares(
    texts: pa.Array, *, in_percent: bool
) -> tuple[np.ndarray[Any, np.dtype[Any]], BoolArray, BoolArray]:
    """Exact shares, each distinct text once; which cells are ordinary, and which empty."""
    encoded = texts.dictionary_encode()
    said = [str(text).strip() for text in encoded.dictionary.to_pylist()]
    known = np.empty(len(said) + 1, dtype=object)
    known[:-1] = [_plain_share(text, in_percent=in_percent) for text in said]
    empty = np.array([*(not text for text in said), True])
    index = numbers(encoded.indices, len(said))
    fits = np.array([one is not None for one in known])
    return known[index], fits[index], empty[index]


def _plain_share(text: str, *, in_percent: bool) -> Fraction | None:
    digits = text.removesuffix("%")
    if not digits.isascii() or not digits.replace(".", "", 1).isdecimal():
        return None
    if len(digits) > MOST_DIGITS:
        return None
    share = Fraction(digits) / (100 if in_percent or text != digits else 1)
    return share if share <= 1 else None


@dataclass(frozen=True, slots=True)
class _PlainCells:
    """Which cells are ordinary numbers, and which empty; (N,) each."""

    plain: BoolArray
    blank: BoolArray
    bare: pa.Array  # the digits without the point
    digits: IntArray
    decimals: IntArray  # digits after the point


def _plain_cells(texts: pa.Array) -> _PlainCells:
    blank = blank_cells(texts)
    begin, data = _bytes_of(texts)
    plain = ~blank
    odd = np.flatnonzero(~PLAIN[data])
    plain[np.searchsorted(begin, odd, side="right") - 1] = False
    length = np.diff(begin)
    point = numbers(pc.find_substring(texts, "."), -1)
    bare = pc.replace_substring(texts, ".", "").fill_null(ZERO)
    digits = numbers(pc.binary_length(bare)).astype(np.int64)
    # At most one point is gone from the text, and a digit is left.
    plain &= (length - digits <= 1) & (digits >= 1) & (digits <= MOST_DIGITS)
    decimals = np.where(plain & (point >= 0), length - 1 - point, 0)
    return _PlainCells(plain, blank, bare, digits, decimals)


def _as_ints(digits: pa.Array, plain: BoolArray) -> IntArray:
    kept = digits if plain.all() else pc.if_else(mask_of(plain), digits, ZERO)
    return numbers(kept.cast(pa.int64()))


def _bytes_of(texts: pa.Array) -> tuple[IntArray, np.ndarray[Any, np.dtype[np.uint8]]]:
    """(N + 1,) where each text begins among the bytes of all, and these bytes."""
    _, places, data = texts.buffers()
    begin = np.frombuffer(places, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    if data is None or not len(begin):
        return np.zeros(len(texts) + 1, np.int64), np.zeros(0, np.uint8)
    held = np.frombuffer(data, np.uint8)[begin[0] : begin[-1]]
    return (begin - begin[0]).astype(np.int64), held


def rows_of(mistakes: Sequence[Mistakes]) -> list[RightsError]:
    """The mistakes of all columns, row by row, each row's by column."""
    found = [(n, order, one) for order, own in enumerate(mistakes) for n, one in own]
    return [one for _, _, one in sorted(found, key=lambda at: at[:2])]
