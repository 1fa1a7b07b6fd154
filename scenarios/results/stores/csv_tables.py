"""A table as CSV: UTF-8 with BOM, so that Excel shows Chinese correctly."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from scenarios.results.result import Table
from scenarios.results.stores.workbook_cells import column_texts


def csv_bytes(table: Table, heads: Sequence[str] = ()) -> bytes:
    """The table as CSV with its column names (or `heads`) in the first row."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heads or [column.name for column in table.spec.columns])
    cells = [column_texts(table.cells(n), c.kind) for n, c in enumerate(table.spec.columns)]
    writer.writerows(zip(*cells, strict=True))
    return out.getvalue().encode("utf-8-sig")
