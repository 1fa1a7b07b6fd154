"""The measures table: one row per source, measure and pollutant; reading and checks."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from optimize.problem import BoolArray, IntArray
from permits.errors import InputError, RightsError
from permits.quantity import fmt_t, fmt_yuan
from scenarios.definition.plan_inputs import PlanInputs, PlanMeasures, PlanSources
from scenarios.intake.cells import TableInput, name_of
from scenarios.intake.columns import EMPTY, AmountColumn, ReadTable, TextColumn
from scenarios.intake.fields import (
    ANNUAL_COST,
    BASELINE,
    CITY,
    FIRM,
    MEASURE,
    POLLUTANT,
    REMOVED,
    SECTOR,
    SLOT,
    SOURCE,
    Field,
    TotalsCheck,
)
from scenarios.intake.meaning.pollutant_names import PollutantNames
from scenarios.intake.tables import MOST_TOLD, raise_all, read_table
from scenarios.text import t

FIELDS = (
    SOURCE,
    FIRM.but(required=False),
    SECTOR.but(required=False),
    CITY.but(required=False),
    POLLUTANT,
    BASELINE,
    MEASURE.but(required=False),
    SLOT.but(required=False),
    REMOVED.but(blank=True),
    ANNUAL_COST.but(blank=True),
    Field("status", "text", required=False),
)
LABELS = ("firm", "sector", "subsector", "city", "county", "province")
"""Columns that must have one value per source."""


OWN = ("sector", "city", "firm")
"""Labels among the table's own columns, in the order in which they are checked."""
LITTLE = 1_000
"""A measure below this part of its baseline looks like kilograms for tonnes (assumed)."""
FAR = 100
"""Costs per tonne this far from the median look like another unit: 万元 for 元 is a factor of
10,000, kg for t of 1,000, and honest costs seldom lie a hundredfold apart (assumed)."""
COMPARED = 3  # measures with a cost: of two, neither is the odd one
NONE = -1  # of a place among the rows: there is none


def read_measures(
    path: TableInput, same: Mapping[str, str] | None = None
) -> tuple[PlanInputs, list[str]]:
    """Read a measures table, without conditions; with notices.

    Args:
        path: the table.
        same: further spellings of pollutants, as the user states them.

    Raises: ManyErrors for a source with two baselines, different costs of one measure, a
        measure that removes more than its baseline, and all errors of `read_table`.
    """
    inputs, notices, _ = take_measures(path, same)
    return inputs, notices


def take_measures(
    path: TableInput, same: Mapping[str, str] | None = None
) -> tuple[PlanInputs, list[str], ReadTable]:
    """The inputs as `read_measures` gives them, the notices, and the rows as read."""
    table = read_table(
        path, FIELDS, totals=TotalsCheck(), pollutants=PollutantNames(same=same or {}), keep=True
    )
    inputs = gather(table)
    return inputs, [*table.notices, *_notices(name_of(path), table, inputs)], table


def gather(table: ReadTable) -> PlanInputs:
    """Turn rows into sources and measures.

    Raises: ManyErrors as `read_measures`.
    """
    rows, mistakes = _Rows.of(table), _Mistakes()
    labels = _labels(rows, mistakes)
    base_mg = _baselines(rows, mistakes)
    measures = _measures(rows, mistakes)
    raise_all(mistakes.in_order())
    own = {column: one for column, one in labels.items() if not (one.varies or column == "firm")}
    firm = labels["firm"].column if "firm" in labels else TextColumn.of([])
    sources = PlanSources(
        ids=rows.source.names,
        base_mg=base_mg,
        firm=_or_source(firm, rows.source.names),
        labels={column: one.column for column, one in own.items()},
        place=_Places(table, {column: one.row for column, one in own.items()}),
    )
    return PlanInputs(rows.pollutant.names, sources, measures)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """The columns of a table, one cell a row; texts as codes of names that occur."""

    table: ReadTable
    source: TextColumn
    pollutant: TextColumn
    measure: TextColumn
    slot: TextColumn
    status: TextColumn
    base: AmountColumn
    removed: AmountColumn
    cost: AmountColumn

    @classmethod
    def of(cls, table: ReadTable) -> _Rows:
        """The columns; one that the table does not have is empty."""
        empty = TextColumn(np.full(len(table), EMPTY), ())
        texts = {
            name: occurring(table.text.get(name, empty))
            for name in ("source", "pollutant", "measure", "slot", "status")
        }
        blank = AmountColumn(np.zeros(len(table), dtype=np.int64), np.ones(len(table), dtype=bool))
        amounts = [table.amount.get(f.name, blank) for f in (BASELINE, REMOVED, ANNUAL_COST)]
        return cls(table, **texts, base=amounts[0], removed=amounts[1], cost=amounts[2])

    @property
    def pair(self) -> IntArray:
        """(N,) number of each row's source and pollutant."""
        found: IntArray = self.source.code * len(self.pollutant.names) + self.pollutant.code
        return found


def occurring(column: TextColumn) -> TextColumn:
    """The column with the names that occur in it only."""
    used = np.zeros(len(column.names) + 1, dtype=bool)
    used[column.code] = True  # EMPTY is the last
    if used[:-1].all():
        return column
    place = np.append(np.cumsum(used[:-1]) - 1, EMPTY)
    names = tuple(name for name, one in zip(column.names, used.tolist(), strict=False) if one)
    return TextColumn(place[column.code], names)


@dataclass(slots=True)
class _Mistakes:
    """Mistakes of rows. Of each kind the first ones are worded, the others counted."""

    worded: list[tuple[int, int, RightsError]] = field(default_factory=list)
    count: int = 0
    kinds: int = 0

    def add(self, wrong: BoolArray, error: Callable[[int], RightsError]) -> None:
        """Add a kind of mistake, after those so far of the same row.

        Args:
            wrong: (N,) the rows that have it.
            error: from a row to its error.
        """
        rows = np.flatnonzero(wrong).tolist()
        self.worded += [(n, self.kinds, error(n)) for n in rows[:MOST_TOLD]]
        self.count, self.kinds = self.count + len(rows), self.kinds + 1

    def in_order(self) -> list[RightsError]:
        """The mistakes by row; as many as there are, though only the first are worded."""
        found = [error for _, _, error in sorted(self.worded, key=lambda one: one[:2])]
        return found + found[-1:] * (self.count - len(found))


def _first_rows(group: IntArray, kept: BoolArray, count: int) -> IntArray:
    """(count,) the first of the rows of each group, NONE where it has none.

    Args:
        group: (N,) number of each row's group.
        kept: (N,) the rows that count.
        count: number of groups.
    """
    found, back = np.full(count, NONE), np.flatnonzero(kept)[::-1]
    found[group[back]] = back  # of a group's rows the last written stays: the first
    return found


# --- labels and baselines of sources ---------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Label:
    """A label of the sources, the row of each (S,), and whether rows of a source differ."""

    column: TextColumn
    row: IntArray
    varies: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """The file and row of a source's label."""

    table: ReadTable
    row: Mapping[str, IntArray]

    def __call__(self, source: int, column: str) -> str:
        n = int(self.row[column][source])
        return self.table.where(n) if n != NONE else self.table.name


def _labels(rows: _Rows, mistakes: _Mistakes) -> dict[str, _Label]:
    """Labels of the sources: one firm, sector and place on all rows of a source.

    Any other column that differs from row to row is not a label of the source.
    """
    table, source = rows.table, rows.source
    known = {one.name for one in FIELDS}
    columns = [c for c in OWN if c in table.text] + [c for c in table.text if c not in known]
    found: dict[str, _Label] = {}
    for column in columns:
        of = occurring(table.text[column])
        first = _first_rows(source.code, of.code != EMPTY, len(source.names))
        code = np.where(first == NONE, EMPTY, of.code[first])
        differs = (of.code != EMPTY) & (of.code != code[source.code])
        if (first == NONE).all():
            continue
        if column in LABELS:
            mistakes.add(differs, _label_error(rows, column, of, first))
        found[column] = _Label(occurring(TextColumn(code, of.names)), first, bool(differs.any()))

    def first_seen(column: str) -> tuple[int, int]:
        owner = int(np.flatnonzero(found[column].row != NONE)[0])
        return owner, int(found[column].row[owner])

    # Stable: columns first seen in one row stay in the order of `columns`.
    return {column: found[column] for column in sorted(found, key=first_seen)}


def _label_error(
    rows: _Rows, column: str, of: TextColumn, first: IntArray
) -> Callable[[int], InputError]:
    def error(n: int) -> InputError:
        known = int(first[rows.source.code[n]])
        return InputError(
            "measures.label",
            "{source} has the {column} {here!r} here and {there!r} in {place}",
            where=rows.table.where(n),
            mend="give every row of a source the same one, or use two source ids",
            source=rows.source.names[rows.source.code[n]],
            column=column,
            here=of.names[of.code[n]],
            there=of.names[of.code[known]],
            place=rows.table.where(known),
        )

    return error


def _or_source(firm: TextColumn, ids: tuple[str, ...]) -> TextColumn:
    """The firm of each source; a source without one is a firm of its own."""
    if not len(firm.code):
        return TextColumn(np.arange(len(ids)), ids)
    if not (firm.code == EMPTY).any():
        return firm
    texts = zip(firm.texts(), ids, strict=True)
    return TextColumn.of([text or source for text, source in texts])


def _baselines(rows: _Rows, mistakes: _Mistakes) -> IntArray:
    """(S, P) baseline of each source [mg], 0 of a pollutant that it has no row of."""
    shape = (len(rows.source.names), len(rows.pollutant.names))
    value, pair = rows.base.value, rows.pair
    first = _first_rows(pair, np.ones(len(pair), dtype=bool), shape[0] * shape[1])
    base = np.where(first == NONE, 0, value[first])

    def error(n: int) -> InputError:
        known = int(first[pair[n]])
        return InputError(
            "measures.baseline",
            "{source} has a baseline of {here} t of {pollutant} here and of {there} t in {place}",
            where=rows.table.where(n),
            mend="give every row of a source the same baseline",
            source=rows.source.names[rows.source.code[n]],
            here=fmt_t(int(value[n])),
            pollutant=rows.pollutant.names[rows.pollutant.code[n]],
            there=fmt_t(int(value[known])),
            place=rows.table.where(known),
        )

    mistakes.add(value != base[pair], error)
    found: IntArray = base.reshape(shape)
    return found


# --- measures --------------------------------------------------------------------------


def _measures(rows: _Rows, mistakes: _Mistakes) -> PlanMeasures:
    """The measures, one per source, slot and name."""
    named = rows.measure.code != EMPTY
    no_removed, no_cost = named & rows.removed.blank, named & ~rows.removed.blank & rows.cost.blank
    for wrong, column in ((no_removed, "removed_t"), (no_cost, "annual_cost_yuan")):
        mistakes.add(wrong, _blank_error(rows, column))
    kept = named & ~no_removed & ~no_cost
    at = np.flatnonzero(kept)
    # Two steps, so that the numbers stay below 64 bits.
    slots, kinds = len(rows.slot.names) + 1, len(rows.measure.names)
    part, _ = _numbered(rows.source.code[at] * slots + rows.slot.code[at] + 1)
    own, count = _numbered(part * kinds + rows.measure.code[at])
    number = np.full(len(kept), NONE)
    number[at] = own
    first = _first_rows(number, kept, count)
    if count:
        _check_costs(rows, mistakes, kept, first[number])
    removed = _removed(rows, mistakes, kept, number, count)
    assumed = np.zeros(count, dtype=bool)
    if "assumed" in rows.status.names:
        told = kept & (rows.status.code == rows.status.names.index("assumed"))
        assumed[number[told]] = True
    return PlanMeasures(
        source=rows.source.code[first],
        slot=occurring(TextColumn(rows.slot.code[first], rows.slot.names)),
        name=occurring(TextColumn(rows.measure.code[first], rows.measure.names)),
        removed_mg=removed,
        cost_fen=rows.cost.value[first],
        assumed=assumed,
        stated=bool(rows.status.names),
    ).in_rows()


def _numbered(keys: IntArray) -> tuple[IntArray, int]:
    """The number of each key among the distinct ones, ascending, and how many these are."""
    steps = np.diff(keys)
    if (steps < 0).any():
        distinct, number = np.unique(keys, return_inverse=True)
        return number, len(distinct)
    # A file is mostly in order: then nothing needs to be sorted.
    number = np.cumsum(np.concatenate([[0], steps > 0])[: len(keys)])
    return number, int(number[-1]) + 1 if len(number) else 0


def _blank_error(rows: _Rows, column: str) -> Callable[[int], InputError]:
    def error(n: int) -> InputError:
        return InputError(
            "measures.blank",
            "measure {measure} has no {column}",
            where=rows.table.where(n),
            mend="fill it in, or leave the measure out",
            measure=rows.measure.names[rows.measure.code[n]],
            column=column,
        )

    return error


def _check_costs(rows: _Rows, mistakes: _Mistakes, kept: BoolArray, first: IntArray) -> None:
    """Check that a measure of a source has one cost.

    Args:
        rows: the table.
        mistakes: where they are added.
        kept: (N,) rows with a measure.
        first: (N,) the first row of the same measure.
    """
    cost = rows.cost.value

    def error(n: int) -> InputError:
        known = int(first[n])
        return InputError(
            "measures.cost",
            "measure {measure} of {source} costs {here} yuan here and {there} yuan in {place}",
            where=rows.table.where(n),
            mend="a measure has one cost per source: repeat the same value on all rows",
            measure=rows.measure.names[rows.measure.code[n]],
            source=rows.source.names[rows.source.code[n]],
            here=fmt_yuan(int(cost[n])),
            there=fmt_yuan(int(cost[known])),
            place=rows.table.where(known),
        )

    mistakes.add(kept & (cost != cost[first]), error)


def _removed(
    rows: _Rows, mistakes: _Mistakes, kept: BoolArray, number: IntArray, count: int
) -> IntArray:
    """(M, P) what each measure removes [mg], 0 of a pollutant that it has no row of.

    Args:
        rows: the table.
        mistakes: where those of the rows are added.
        kept: (N,) rows with a measure.
        number: (N,) number of each row's measure.
        count: number of measures.
    """
    value, width = rows.removed.value, len(rows.pollutant.names)
    over = kept & (value > rows.base.value)
    mistakes.add(over, lambda n: _removes_error(rows, n))
    cell = number * width + rows.pollutant.code
    first = _first_rows(cell, kept, count * width)
    again = kept & (first[np.where(kept, cell, 0)] != np.arange(len(kept)) if count else False)
    # Rows made from one record of another format may stand for the same place.
    for n in np.flatnonzero(again).tolist():
        known = int(first[cell[n]])
        same = value[n] == value[known] and rows.table.where(n) == rows.table.where(known)
        again[n] = not same
    mistakes.add(again, lambda n: _twice_error(rows, n, int(first[cell[n]])))
    found: IntArray = np.where(first == NONE, 0, value[first]).reshape(count, width)
    return found


def _removes_error(rows: _Rows, n: int) -> InputError:
    return InputError(
        "measures.removes",
        "measure {measure} removes {removed} t of a baseline of {base} t",
        where=rows.table.where(n),
        mend="a measure can remove at most the whole baseline",
        measure=rows.measure.names[rows.measure.code[n]],
        removed=fmt_t(int(rows.removed.value[n])),
        base=fmt_t(int(rows.base.value[n])),
    )


def _twice_error(rows: _Rows, n: int, known: int) -> InputError:
    return InputError(
        "measures.twice",
        "measure {measure} of {source} is listed twice for {pollutant}: also in {place}",
        where=rows.table.where(n),
        mend="leave one of the rows out, or give them different slots",
        measure=rows.measure.names[rows.measure.code[n]],
        source=rows.source.names[rows.source.code[n]],
        pollutant=rows.pollutant.names[rows.pollutant.code[n]],
        place=rows.table.where(known),
    )


def _notices(file: str, table: ReadTable, inputs: PlanInputs) -> list[str]:
    """Notices of possible typing errors, and how they were read."""
    found = []
    idle = np.flatnonzero((inputs.sources.base_mg == 0).all(axis=1)).tolist()
    if idle:
        found.append(
            t(
                "{file}: 1 source emits nothing, {first}; it stays in the plan and cuts nothing"
                if len(idle) == 1
                else "{file}: {count} sources emit nothing, the first {first}; they stay in the "
                "plan and cut nothing",
                file=file,
                count=len(idle),
                first=inputs.sources.ids[idle[0]],
            )
        )
    known = {*inputs.columns, *(field.name for field in FIELDS)}
    for column in [c for c in table.columns if c and c not in known]:
        if column in table.text and (table.text[column].code != EMPTY).any():
            found.append(
                t("{file}: {column} differs among the rows of one source, so no condition can name "
                  "it", file=file, column=column)
            )  # fmt: skip
    return [*found, *_implausible(file, inputs)]


def _implausible(file: str, inputs: PlanInputs) -> Iterator[str]:
    """Notices of measures whose effect or cost suggests another unit, by pollutant."""
    measures, base = inputs.measures, inputs.sources.base_mg
    for p in range(len(inputs.pollutants)):
        removed = measures.removed_mg[:, p]
        does = np.flatnonzero(removed > 0)
        little = does[removed[does] < base[measures.source[does], p] // LITTLE]
        if len(little):
            yield t(
                "{file}: 1 measure removes less than 0.1 % of its baseline, {first}; are the "
                "units right?"
                if len(little) == 1
                else "{file}: {count} measures remove less than 0.1 % of their baselines, such as "
                "{first}; are the units right?",
                file=file,
                count=f"{len(little):,}",
                first=_called(inputs, little[0]),
            )
        paid = does[measures.cost_fen[does] > 0]
        if len(paid) < COMPARED:
            continue
        price = measures.cost_fen[paid] / removed[paid]
        usual = np.median(price)
        odd = paid[(price > usual * FAR) | (price * FAR < usual)]
        if len(odd):
            yield t(
                "{file}: the cost per tonne of 1 measure is more than 100 times or less than a "
                "hundredth of the median, {first}; are the units right?"
                if len(odd) == 1
                else "{file}: the cost per tonne of {count} measures is more than 100 times or "
                "less than a hundredth of the median, such as {first}; are the units right?",
                file=file,
                count=f"{len(odd):,}",
                first=_called(inputs, odd[0]),
            )


def _called(inputs: PlanInputs, n: int) -> str:
    """A measure by source and name."""
    measures = inputs.measures
    name = measures.name.names[measures.name.code[n]]
    return f"{inputs.sources.ids[measures.source[n]]} {name}"


def _alike(ids: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Ids that differ in width, case, blanks or invisible signs only: the first, and another."""
    looks: dict[str, str] = {}
    for source in ids:
        look = source.casefold()
        if not look.isascii():
            look = unicodedata.normalize("NFKC", source).casefold()
            look = "".join(sign for sign in look if unicodedata.category(sign) != "Cf")
        other = looks.setdefault("".join(look.split()), source)
        if other != source:
            yield other, source
