"""Parquet, row group by row group: only the columns that are needed; data frames likewise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from permits.errors import InputError
from permits.metering import Chunk
from scenarios.intake.cells import FRAME, as_written
from scenarios.monitoring.files.headings import find_layout
from scenarios.monitoring.files.reader import Reader
from scenarios.monitoring.files.values import is_number, is_text, refused_type
from scenarios.text import t

if TYPE_CHECKING:
    import pandas as pd

ROWS = 2**20  # of one chunk at most: bounds memory (assumed)


class ParquetFile:
    """A Parquet file whose columns are checked, not yet read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with pyarrow.parquet.ParquetFile(path) as file:
                schema, rows = file.schema_arrow, file.metadata.num_rows
        except (OSError, ValueError) as error:
            raise _broken(path.name, error) from error
        self._check(path.name, schema, rows)

    def _check(self, name: str, schema: Any, rows: int) -> None:
        """Find the columns, and refuse types of unclear meaning."""
        self.name, self._rows = name, rows
        self.notices: list[str] = []
        self._layout = find_layout(self.name, schema.names)
        self._schema = schema
        self.pollutants = self._layout.pollutants
        self._check_types()

    def see_totals(self) -> None:
        """Read reported masses too, under names of their own."""
        self._layout = self._layout.with_totals()
        self.pollutants = self._layout.pollutants

    @property
    def rows(self) -> int:
        """Number of readings."""
        return int(self._rows)

    def chunks(self, reader: Reader) -> Iterator[Chunk]:
        """The readings, in order of rows."""
        layout, names = self._layout, self._schema.names
        wanted = [names[n] for n in layout.columns]
        texts = [names[n] for n in (layout.outlet, layout.flag) if n is not None]
        texts = [n for n in texts if not pa.types.is_integer(self._schema.field(n).type)]
        row = 1
        try:
            for batch in self._batches(wanted, texts):
                rows = np.arange(row, row + batch.num_rows, dtype=np.int64)
                row += batch.num_rows
                place = {n: batch.column(names[n]) for n in layout.columns}
                yield reader.chunk(self.name, place.__getitem__, layout, rows)
        except (OSError, ValueError) as error:
            raise _broken(self.name, error, row) from error

    def _batches(self, columns: list[str], texts: list[str]) -> Iterator[Any]:
        """Batches of these columns, in order of rows; `texts` are coded while read."""
        with pyarrow.parquet.ParquetFile(
            self._path, read_dictionary=texts, page_checksum_verification=True
        ) as file:
            yield from file.iter_batches(ROWS, columns=columns, use_threads=False)

    def _check_types(self) -> None:
        """Refuse column types of unclear meaning; add notices about converted ones."""
        schema, layout = self._schema, self._layout
        kind = schema.field(layout.at).type
        if not pa.types.is_timestamp(kind) and not is_text(kind):
            raise refused_type(self.name, schema.names[layout.at], kind, t("times"))
        kind = schema.field(layout.outlet).type
        if not pa.types.is_integer(kind) and not is_text(kind):
            raise refused_type(self.name, schema.names[layout.outlet], kind, t("texts"))
        for place in (layout.volume, *(place for place, _ in layout.conc.values())):
            self._check_number(schema.names[place], schema.field(place).type)
        if layout.flag is not None and not is_text(kind := schema.field(layout.flag).type):
            raise refused_type(self.name, schema.names[layout.flag], kind, t("texts"))

    def _check_number(self, column: str, kind: Any) -> None:
        if is_text(kind):
            self.notices.append(
                t("{file}: column {column} has the type {kind}; it was read as numbers",
                  file=self.name, column=column, kind=str(kind))
            )  # fmt: skip
        elif not is_number(kind):
            raise refused_type(self.name, column, kind, t("numbers"))


class FrameReadings(ParquetFile):
    """A data frame of readings, as if it had been written to Parquet."""

    def __init__(self, frame: pd.DataFrame, name: str = FRAME) -> None:
        if any(level is not None for level in frame.index.names):
            frame = frame.reset_index(allow_duplicates=True)
        columns = [_arrow(frame.iloc[:, n]) for n in range(frame.shape[1])]
        names = [str(title) for title in frame.columns]
        self._table = pa.Table.from_arrays(columns, names)
        self._check(name, self._table.schema, len(frame))

    def _batches(self, columns: list[str], texts: list[str]) -> Iterator[Any]:
        yield from self._table.select(columns).to_batches(ROWS)


def _arrow(column: pd.Series[Any]) -> Any:
    """A column of a data frame; where its cells are of several kinds, as texts."""
    try:
        return pa.array(column, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        blank = column.isna()
        cells = zip(column, blank, strict=True)
        return pa.array([None if gone else as_written(cell) for cell, gone in cells], pa.string())


def _broken(name: str, error: Exception, row: int = 0) -> InputError:
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    if row > 1:
        return InputError(
            "meter.parquet_part",
            "the file is damaged after row {row}: {error}",
            where=name,
            mend="write the file again; the rows before the damage were metered",
            row=row - 1,
            error=said,
        )
    return InputError(
        "table.parquet",
        "the file cannot be opened as Parquet: {error}",
        where=name,
        mend="write the file again, or give a CSV file",
        error=said,
    )
