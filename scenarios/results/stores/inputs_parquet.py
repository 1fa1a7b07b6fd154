"""The inputs of a plan as they were understood, row by row, as a Parquet file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scenarios.results.column import Cells, Texts
from scenarios.results.result import RunResult

if TYPE_CHECKING:
    import pyarrow as pa

INPUTS = "inputs.parquet"


def write_inputs(result: RunResult, folder: Path) -> None:
    """Write `inputs.parquet` to `folder`: every row read, or left out and why.

    Masses are whole mg and money whole fen, under the names of their columns. A result
    without a table of inputs has no such file.
    """
    if result.understood is None:
        return
    import pyarrow as pa
    from pyarrow import parquet

    table = result.understood()
    columns = {
        column.name: _array(table.cells(n), column.kind)
        for n, column in enumerate(table.spec.columns)
    }
    parquet.write_table(pa.table(columns), folder / INPUTS)


def _array(cells: Cells, kind: str) -> pa.Array[Any]:
    import pyarrow as pa

    if isinstance(cells, Texts):
        code = pa.array(np.maximum(cells.code, 0).astype(np.int32), mask=cells.code < 0)
        return pa.DictionaryArray.from_arrays(code, pa.array(cells.names, pa.string()))
    if isinstance(cells, np.ndarray):
        return pa.array(cells)
    return pa.array(list(cells), pa.int64() if kind == "count" else pa.string())
