"""Which row holds the headings, what they stand for, and which are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from permits.errors import InputError, RightsError
from scenarios.intake.cell_grid import Grid
from scenarios.intake.cells import as_written
from scenarios.intake.fields import PERCENT, SHARED, Field, Heading, english, read_heading
from scenarios.intake.meaning.left_out import shown
from scenarios.intake.merged_cells import merged_headings
from scenarios.intake.numerals import plain_heading
from scenarios.intake.suggest import nearest
from scenarios.text import t

ABOVE = 10  # rows that may stand above the headings: titles, dates, units (assumed)


@dataclass(frozen=True, slots=True)
class TableHeadings:
    """The headings of a table: as the file says them, and as they are read.

    `begin` is the place of the first row below them, `row` the number of their own; `width`
    counts the cells of that row as written.
    """

    said: tuple[str, ...]
    columns: tuple[Heading, ...]
    begin: int
    row: int
    width: int
    above: tuple[str, ...] = ()  # what stands in the rows above

    def notices(self, file: str) -> list[str]:
        """What stands above the headings and was not read."""
        if not self.above:
            return []
        count, first = f"{len(self.above):,}", shown(self.above[0])
        return [
            t("{file}: the headings are in row {row}; 1 row above them was skipped: “{first}”"
              if count == "1" else
              "{file}: the headings are in row {row}; {count} rows above them were skipped, the "
              "first “{first}”", file=file, row=self.row, count=count, first=first)
        ]  # fmt: skip


def find_headings(grid: Grid, fields: Sequence[Field]) -> TableHeadings:
    """The headings of a grid: the first row with every required column, else the likeliest.

    The likeliest row is the one that names most columns: a table that requires none, as of
    the accounts of a sale, may have a title above it too.

    Args:
        grid: the cells; a title, a date or a unit may stand above the headings.
        fields: the columns of the table.
    """
    known = tuple(fields)
    required = {field.name for field in known if field.required}
    if grid.headings is not None:
        heads = grid.headings
        return TableHeadings(heads, _read(heads, known), 0, 1, len(heads))
    likeliest, most = TableHeadings((), (), 0, 1, 0), -1
    for n in range(min(ABOVE + 1, len(grid))):
        said = (
            merged_headings(grid, n, lambda text: _is_understood(text, known))
            if grid.merged
            else tuple(as_written(column[n].as_py()).strip() for column in grid.columns)
        )
        if not any(said):
            continue
        above = tuple(_title(grid, m) for m in range(n) if _title(grid, m))
        width = len(said) if grid.width is None else int(grid.width[n])
        found = TableHeadings(said, _read(said, known), n + 1, int(grid.row[n]), width, above)
        read = {one.field.name for one in found.columns if one.field and one.column in _names(one)}
        if required and required <= read:
            return found
        fitting = len({one.field.name for one in found.columns if one.field})
        if fitting > most:
            likeliest, most = found, fitting
    return likeliest


def _is_understood(said: str, fields: tuple[Field, ...]) -> bool:
    found = _read((said,), fields)[0]
    return found.column in _names(found)


def _names(heading: Heading) -> tuple[str, ...]:
    return (heading.field.name,) if heading.field else ()


def _title(grid: Grid, n: int) -> str:
    texts = (as_written(column[n].as_py()).strip() for column in grid.columns)
    return next((text for text in texts if text), "")


def _read(said: Sequence[str], fields: tuple[Field, ...]) -> tuple[Heading, ...]:
    found = []
    for title in said:
        plain = plain_heading(title)
        own = read_heading(plain, fields)
        # A field of a table's own may lack the Chinese headings of its name.
        found.append(own if own.field is not None else read_heading(english(plain), fields))
    return tuple(found)


def heading_mistakes(file: str, found: TableHeadings, fields: Sequence[Field]) -> list[RightsError]:
    """What is wrong with the headings: a unit or a column is missing, a column stands twice.

    Args:
        file: name of the table.
        found: its headings.
        fields: the columns of the table.
    """
    where = f"{file}, row {found.row}"
    mistakes: list[RightsError] = []
    read = [one.column for one in found.columns if one.field and one.column in _names(one)]
    for field in fields:
        if field.name in read:
            continue
        without = [
            (said, one)
            for said, one in zip(found.said, found.columns, strict=True)
            if one.field is not None and one.field.name == field.name
        ]
        if without:
            mistakes += [_no_unit(said, one, where) for said, one in without]
        elif field.required:
            mistakes.append(_missing(field, found, where))
    said_by: dict[str, list[str]] = {}
    for said, one in zip(found.said, found.columns, strict=True):
        said_by.setdefault(one.column, []).append(said)
    for column in sorted(name for name, own in said_by.items() if name and len(own) > 1):
        mistakes.append(_twice(column, said_by[column], where))
    return mistakes


def _no_unit(said: str, heading: Heading, where: str) -> InputError:
    """A mass or a sum of money whose heading gives no unit, or none that is known."""
    field = heading.field
    assert field is not None
    column = field.heading if field.heading and not said.isascii() else field.name
    if heading.unit:
        return InputError(
            "table.unit",
            "the unit {unit!r} of the column {said!r} is not known",
            where=where,
            mend="write, for example, {column}",
            unit=heading.unit,
            said=said,
            column=column,
        )
    return InputError(
        "table.no_unit",
        "the column {said!r} gives no unit",
        where=where,
        mend="is it in tonnes? write {column}"
        if field.kind == "mass"
        else "is it in yuan? write {column}",
        said=said,
        column=column,
    )


def _missing(field: Field, found: TableHeadings, where: str) -> InputError:
    """A missing column, in the language of the file's headings."""
    named = [said for said in found.said if said]
    chinese = any(not said.isascii() for said in named)
    column = field.heading if chinese and field.heading else field.name
    # A heading that is understood is not another's misspelling: a county is no city.
    strange = [
        said
        for said, one in zip(found.said, found.columns, strict=True)
        if said and one.field is None and not _is_known(one.column)
    ]
    near = nearest(column, strange)
    return InputError(
        "table.column",
        "the column {column!r} is missing",
        where=where,
        mend="is it {near!r}? the table has: {known}" if near else "add it; the table has: {known}",
        column=column,
        near=near,
        known=", ".join(named) or "nothing",
    )


def _is_known(column: str) -> bool:
    bare = column.removesuffix(PERCENT)
    return any(bare == one.name or column.startswith(f"{one.stem}_") for one in SHARED)


def _twice(column: str, said: Sequence[str], where: str) -> InputError:
    return InputError(
        "table.twice",
        "the column {column!r} appears twice",
        where=where,
        mend="remove one of them",
        column=column if len(set(said)) > 1 else said[0],
    )
