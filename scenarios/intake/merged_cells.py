"""Merged cells and hidden rows of a grid.

A merged cell holds its value in its first cell only. It is filled down where that is what a
reader of the sheet sees: a firm's name beside each of its measures. An amount is not, since
one cost over three measures is not three costs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from permits.errors import InputError, ManyErrors, RightsError
from scenarios.intake.cell_grid import Block, Cell, Grid
from scenarios.intake.exact_sheet import cell_name

if TYPE_CHECKING:
    import pyarrow as pa

MergedKind = Literal["text", "baseline", "amount"]
"""What a column holds: names, a source's own amount, or an amount of each row."""
UNIT_AT_END = re.compile(r"[（(]([^（）()]+)[）)]$")
HEADING_ROWS = 3  # that headings over several rows may take (assumed)


def fill_merged(
    grid: Grid, kinds: Mapping[int, MergedKind], *, source: int | None, first: int
) -> Grid:
    """The grid with its merged cells filled down; `merged` is then empty.

    The reader of a table calls this when the headings have said what each column holds.
    Only rows with data are filled, and only the first column of a block that spans several.

    Args:
        grid: the cells as in the file.
        kinds: what each column holds, by its place; a column that is not there holds text.
        source: the column of the sources' names, if there is one.
        first: number of the first row below the headings.
    Raises: ManyErrors with each merged amount that covers several rows, and each merged
        baseline that covers several sources.
    """
    columns = list(grid.columns)
    lists: dict[int, list[str | None]] = {}

    def texts(column: int) -> list[str | None]:
        if column not in lists:
            lists[column] = columns[column].to_pylist()
        return lists[column]

    mistakes: list[RightsError] = []
    blocks = [block for block in grid.merged if block[1] > block[0] and block[1] >= first]
    # Names first: whose baseline a block is, depends on the sources that were filled in.
    blocks.sort(key=lambda block: kinds.get(block[2], "text") != "text")
    for block in blocks:
        column = block[2]
        rows = _rows_of(grid, block, first)
        if column >= len(columns) or len(rows) < 2 or int(grid.row[rows[0]]) != block[0]:
            continue
        value = texts(column)[rows[0]]
        if value is None:
            continue
        kind = kinds.get(column, "text")
        names = texts(source) if kind == "baseline" and source is not None else None
        if kind == "amount" or (kind == "baseline" and names is None):
            mistakes.append(_merged_amount(grid, block))
        elif names is not None and len({names[n] for n in rows}) > 1:
            mistakes.append(_several_sources(grid, block))
        else:
            for n in rows:
                texts(column)[n] = value
    if mistakes:
        raise ManyErrors(mistakes)
    for column, filled in lists.items():
        columns[column] = _array(filled)
    return replace(grid, columns=tuple(columns), merged=())


def merged_headings(grid: Grid, n: int, known: Callable[[str], bool]) -> tuple[str, ...]:
    """The headings whose lowest row is row `n` of the grid, joined over merged cells.

    A heading is its lowest text. Where that alone is not known, it is read together with
    those above it: `基准排放量` over `吨`, or over `VOC（吨）`, is `基准排放量（吨）`, and `VOC`
    over `排放量` is `VOC排放量`; the first that is known wins, and without one they are joined
    by `_`.

    Args:
        grid: the cells as in the file.
        n: the place of the row in the grid, from 0.
        known: whether a text is a heading that is understood.
    """
    heads = []
    for column in range(len(grid.columns)):
        stack = _stack(grid, n, column)
        if not stack:
            heads.append("")
            continue
        lowest, above = stack[0], stack[1:]
        tried = [lowest]
        unit = UNIT_AT_END.search(lowest)
        for upper in above:
            tried += [f"{upper}（{unit[1]}）"] if unit else []
            tried += [f"{upper}（{lowest}）", f"{upper}_{lowest}", upper + lowest, upper]
        spelled = "_".join(reversed(stack)) if above else lowest
        heads.append(next((one for one in tried if known(one)), spelled))
    return tuple(heads)


def _stack(grid: Grid, n: int, column: int) -> list[str]:
    """The texts that stand over a column, lowest first: its own and those merged over it."""
    found: list[str] = []
    bottom = int(grid.row[n])
    for row in range(bottom, max(bottom - HEADING_ROWS, 0), -1):
        place = int(np.searchsorted(grid.row, row))
        inside = [b for b in grid.merged if b[0] <= row <= b[1] and b[2] <= column <= b[3]]
        if row != bottom and not inside:
            break
        first_row, _, first_column, last_column = (
            inside[0] if inside else (row, row, column, column)
        )
        # A title is merged over (nearly) all columns: it heads the table, not a column.
        if row != bottom and (last_column - first_column + 1) * 2 > len(grid.columns):
            break
        place = int(np.searchsorted(grid.row, first_row))
        if place == len(grid) or int(grid.row[place]) != first_row:
            continue
        text = grid.columns[first_column][place].as_py()
        if text and text.strip() and text.strip() not in found:
            found.append(text.strip())
    return found


def without_hidden(grid: Grid) -> Grid:
    """The grid without its hidden rows; a merged cell keeps its value in its first row shown."""
    if grid.hidden is None or not grid.hidden.any():
        return grid
    import pyarrow as pa

    shown = ~grid.hidden
    columns = list(grid.columns)
    merged = []
    for block in grid.merged:
        rows = _rows_of(grid, block, block[0])
        kept = [n for n in rows if shown[n]]
        if not kept or not grid.hidden[rows[0]]:
            merged.append(block)
            continue
        for column in range(block[2], min(block[3] + 1, len(columns))):
            texts = columns[column].to_pylist()
            texts[kept[0]] = texts[rows[0]]
            columns[column] = _array(texts)
        merged.append((int(grid.row[kept[0]]), *block[1:]))
    rows_shown = set(grid.row[shown].tolist())

    def kept_cells(cells: Mapping[Cell, str]) -> dict[Cell, str]:
        return {cell: said for cell, said in cells.items() if cell[0] in rows_shown}

    return replace(
        grid,
        columns=tuple(column.filter(pa.array(shown)) for column in columns),
        row=grid.row[shown],
        merged=tuple(merged),
        hidden=None,
        formulas=kept_cells(grid.formulas),
        errors=kept_cells(grid.errors),
        long_numbers=kept_cells(grid.long_numbers),
    )


def block_name(block: Block) -> str:
    """Merged cells as Excel names them: `H5:H6`."""
    return f"{cell_name(block[0], block[2])}:{cell_name(block[1], block[3])}"


def _rows_of(grid: Grid, block: Block, first: int) -> list[int]:
    """The places of a block's rows that hold data, from row `first` on."""
    start = int(np.searchsorted(grid.row, max(block[0], first)))
    end = int(np.searchsorted(grid.row, block[1], side="right"))
    return list(range(start, end))


def _array(texts: Iterable[str | None]) -> pa.Array:
    import pyarrow as pa

    return pa.array(texts, pa.string())


def _merged_amount(grid: Grid, block: Block) -> InputError:
    return InputError(
        "table.merged_amount",
        "the merged cell {cells} states one amount for several rows",
        where=grid.name,
        mend="split the cell and write the amount of each row",
        cells=block_name(block),
    )


def _several_sources(grid: Grid, block: Block) -> InputError:
    return InputError(
        "table.merged_sources",
        "the merged cell {cells} states one baseline for several sources",
        where=grid.name,
        mend="split the cell and write the baseline of each source",
        cells=block_name(block),
    )
