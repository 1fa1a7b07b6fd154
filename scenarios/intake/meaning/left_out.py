"""Rows that are no data: totals and notes by their label; totals by their value are refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from permits.errors import InputError
from permits.quantity import fmt_t
from scenarios.intake.cell_grid import BoolArray, IntArray
from scenarios.intake.cells import as_written
from scenarios.intake.columns import EMPTY, TextColumn
from scenarios.intake.fields import MASS_POWERS, MONEY_POWERS, PER_YEAR, Heading
from scenarios.intake.meaning.column_values import blank_cells
from scenarios.text import t
from scenarios.text.terminal import harmless

TOTAL = re.compile(r"(?:合计|总计|小计|共计|总和|累计|(?<![a-z])(?:(?:grand|sub)?total|sum))$")
NOTE = re.compile(r"(?:注|备注|说明|填表|审核|制表|负责人|日期|单位|note|source)")
BRACKETED = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]*)[)\]】〕]")
NUMBER = re.compile(
    r"[+-]?(?:\d[\d,' ]*\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*(?:%|[a-z]{1,2}|万?[吨元]|千克|公斤)?"
)
UNITS = {*MASS_POWERS, *MONEY_POWERS, "yuan"}
LEAST_SUMMED = 2  # of one row nothing is a total
SURE_OF_DIGITS = 4
"""A total written with so many digits may be rounded; with fewer it would agree by chance."""
LEAST_PRECISE = 2 * 10 ** (SURE_OF_DIGITS - 1)  # such a total, in halves of its last digit
MOST_SHOWN = 80  # characters of a label in a notice (assumed)
MOST_ROUNDS = 10  # of totals of totals: more levels than any table has (assumed)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows that are no data: `blank`, `total` and `note` (N,), and the labels of the latter."""

    blank: BoolArray
    total: BoolArray
    note: BoolArray
    labels: Mapping[int, str]

    @property
    def kept(self) -> BoolArray:
        """(N,) the rows of data."""
        return ~(self.blank | self.total | self.note)

    def rows(self, row: IntArray) -> tuple[tuple[int, str, str], ...]:
        """The number, label and kind of every total and note.

        Args:
            row: (N,) numbers of the rows in the file.
        """
        return tuple(
            (int(row[n]), self.labels.get(n, ""), "total" if self.total[n] else "note")
            for n in np.flatnonzero(self.total | self.note).tolist()
        )

    def notices(self, file: str, row: IntArray) -> list[str]:
        """Every row that was left out, with its number and label.

        Args:
            file: name of the table.
            row: (N,) numbers of the rows in the file.
        """
        found = []
        if self.total.any():
            count, rows = self._said(self.total, row)
            found.append(
                t("{file}: 1 row of totals was left out: {rows}" if count == "1" else
                  "{file}: {count} rows of totals were left out: {rows}", file=file, count=count,
                  rows=rows)
            )  # fmt: skip
        if self.note.any():
            count, rows = self._said(self.note, row)
            found.append(
                t("{file}: 1 note was left out: {rows}" if count == "1" else
                  "{file}: {count} notes were left out: {rows}", file=file, count=count, rows=rows)
            )  # fmt: skip
        return found

    def _said(self, which: BoolArray, row: IntArray) -> tuple[str, str]:
        """How many rows, and each with its number and label."""
        places = np.flatnonzero(which).tolist()
        said = [
            t("row {row} “{label}”", row=int(row[n]), label=shown(self.labels[n])) for n in places
        ]
        return f"{len(places):,}", ", ".join(said)


def shown(label: str) -> str:
    """A text of a file as a notice shows it: cut short, and what prints nothing escaped."""
    return harmless(label if len(label) <= MOST_SHOWN else f"{label[:MOST_SHOWN]}…")


def find_left_out(
    cells: Sequence[pa.Array],
    headings: Sequence[Heading],
    texts: Mapping[int, TextColumn],
    first: str,
    measure: str = "measure",
) -> LeftOut:
    """Blank rows, totals and notes.

    Args:
        cells: (columns) of (N,) cells.
        headings: of the columns.
        texts: the columns of texts, by place.
        first: the column that says whose a row is: a total has it empty, or its label there.
        measure: the column that no total has.
    """
    count = len(cells[0]) if cells else 0
    blank = np.ones(count, dtype=bool)
    bare = np.ones(count, dtype=bool)  # no amount or number in a column of these
    for place, column in enumerate(cells):
        if place in texts:
            blank &= texts[place].code == EMPTY
        else:
            empty = blank_cells(column)
            blank &= empty
            bare &= empty
    own = {heading.column: place for place, heading in enumerate(headings)}
    measured = texts.get(own.get(measure, -1))
    free = ~blank if measured is None else ~blank & (measured.code == EMPTY)
    total, note = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    labels: dict[int, str] = {}
    for n in _with_label(texts, free, is_total_label):
        row = _row(cells, n)
        said = row[own[first]] if first in own else ""
        label = next((one for one in row if one and not is_number(one)), "")
        if is_total_label(label) and (not said or is_total_label(said)):
            total[n], labels[n] = True, label
    for n in _with_label(texts, bare & ~blank & ~total, is_note_label):
        row = _row(cells, n)
        label = next((one for one in row if one), "")
        if is_note_label(label) and not any(map(is_number, row)):
            note[n], labels[n] = True, label
    return LeftOut(blank, total, note, labels)


def _with_label(texts: Mapping[int, TextColumn], among: BoolArray, fits: Any) -> list[int]:
    """Rows `among` with a text that fits in any column."""
    found = np.zeros(len(among), dtype=bool)
    if among.any():
        for column in texts.values():
            fitting = [n for n, name in enumerate(column.names) if fits(name)]
            if fitting:
                wanted = np.zeros(len(column.names) + 1, dtype=bool)  # the last of empty cells
                wanted[fitting] = True
                found |= wanted[column.code]
    return np.flatnonzero(found & among).tolist()


def _row(cells: Sequence[pa.Array], n: int) -> list[str]:
    return [as_written(column[n].as_py()).strip() for column in cells]


def is_total_label(label: str) -> bool:
    """Whether a label is that of a total: it is, or ends in, 合计, total and the like."""
    # Most names end otherwise; what follows costs a hundred times as much.
    if not label or label[-1] not in _ENDS:
        return False
    plain = unicodedata.normalize("NFKC", label).casefold()
    plain = BRACKETED.sub(lambda found: "" if _is_unit(found[1]) else found[0], plain)
    plain = re.sub(r"[\s:]+$", "", plain)
    # Words keep the blank before them: "Hangzhou total" is one, "Possum" is not.
    return bool(TOTAL.search(plain) or TOTAL.search("".join(plain.split())))


_ENDS = frozenset("计和lLmMｌＬｍＭ)）]］】〕:：") | {
    chr(n) for n in range(0x3001) if chr(n).isspace()
}
"""How the label of a total may end."""


def is_note_label(label: str) -> bool:
    """Whether a label begins as a note does: 注, 填表人, source and the like."""
    plain = label if label.isascii() else unicodedata.normalize("NFKC", label)
    return bool(NOTE.match("".join(plain.casefold().split())))


def is_number(text: str) -> bool:
    """Whether a cell holds a number, with or without a unit."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return bool(NUMBER.fullmatch(plain.casefold().strip()))


def _is_unit(text: str) -> bool:
    return PER_YEAR.sub("", "".join(text.split())) in UNITS


def total_mistakes(
    masses: IntArray,
    keys: tuple[TextColumn | None, TextColumn | None],
    may_be: BoolArray,
    starts: IntArray,
    exactness: Any,
) -> list[tuple[int, InputError]]:
    """Rows that equal, to the last digit given, the sum of those above them.

    The sum is that of all rows above or of those since the last total, of all pollutants
    or of the row's own; every row counts, or every source and pollutant once.

    Args:
        masses: (N,) what is added up [mg].
        keys: the columns of sources and of pollutants.
        may_be: (N,) rows that may be totals: those without a measure.
        starts: places of the rows that follow a total, which was left out.
        exactness: of a row's place: half a unit of the last digit written [mg], 0 where
            the number has few digits.
    """
    # Beyond 64 bits nothing is added up; such masses are mistakes of their own.
    if not may_be.any() or float(masses.sum(dtype=float)) >= 2**63:
        return []
    every = np.zeros(len(masses), np.int64)
    of_source, of_pollutant = (every if one is None else one.code for one in keys)
    several = of_pollutant.min(initial=0) != of_pollutant.max(initial=0)
    kinds = [every, of_pollutant] if several else [every]
    found = np.zeros(len(masses), dtype=bool)
    for _ in range(MOST_ROUNDS):
        begins = np.zeros(len(masses), dtype=bool)
        begins[starts[starts < len(masses)]] = True
        begins[1:] |= found[:-1]
        new = np.zeros(len(masses), dtype=bool)
        for since in [every, np.cumsum(begins)] if begins.any() else [every]:
            once = ~found & _first_of(since, of_source, of_pollutant)
            for kind in kinds:
                for counted in [~found] if (once == ~found).all() else [~found, once]:
                    new |= _equal_sums(masses, (since, kind), counted, may_be, exactness)
        if not (new & ~found).any():
            break
        found |= new
    return [(n, _looks_like_total(int(masses[n]))) for n in np.flatnonzero(found).tolist()]


def _looks_like_total(mass_mg: int) -> InputError:
    return InputError(
        "table.total",
        "row {row} looks like a total: {mass} t is the sum of rows above it",
        mend="write 合计 in its first column or remove it; if it is a source, move it up",
        mass=fmt_t(mass_mg),
        row=0,
    )


def _first_of(*codes: IntArray) -> BoolArray:
    """(N,) the first row of each combination of codes."""
    joined = codes[0]
    for code in codes[1:]:
        joined = joined * (int(code.max(initial=0)) + 2) + code + 1
    first = np.zeros(len(joined), dtype=bool)
    first[np.unique(joined, return_index=True)[1]] = True
    return first


def _equal_sums(
    masses: IntArray,
    groups: tuple[IntArray, IntArray],
    counted: BoolArray,
    may_be: BoolArray,
    exactness: Any,
) -> BoolArray:
    """(N,) rows that equal the sum of the counted rows of their group above them."""
    since, kind = groups
    group = since * (int(kind.max(initial=0)) + 2) + kind + 1
    rising = bool((np.diff(group) >= 0).all())
    order = np.arange(len(group)) if rising else np.argsort(group, kind="stable")
    taken = np.where(counted, masses, 0)[order]
    above = np.cumsum(taken) - taken
    number: IntArray = np.cumsum(counted[order], dtype=np.int64) - counted[order]
    first = np.flatnonzero(np.diff(group[order], prepend=-1))
    lengths = np.diff([*first, len(order)])
    above -= np.repeat(above[first], lengths)
    number -= np.repeat(number[first], lengths)
    sums, numbers = np.zeros(len(masses), np.int64), np.zeros(len(masses), np.int64)
    sums[order], numbers[order] = above, number
    found = may_be & (masses > 0) & (numbers >= LEAST_SUMMED)
    found &= np.abs(sums - masses) <= masses // LEAST_PRECISE
    for n in np.flatnonzero(found & (sums != masses)).tolist():
        found[n] = abs(int(sums[n]) - int(masses[n])) <= exactness(n)
    return found
