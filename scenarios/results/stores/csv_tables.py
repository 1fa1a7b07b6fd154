"""A table as CSV: UTF-8 with BOM, so that Excel shows Chinese correctly."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from scenarios.results.result import Table
from scenarios.results.stores.workbook_cells import cell_text


def csv_bytes(table: Table, heads: Sequence[str] = ()) -> bytes:
    """The table as CSV with its column names (or `heads`) in the first row."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    kinds = [column.kind for column in table.spec.columns]
    writer.writerow(heads or [column.name for column in table.spec.columns])
    writer.writerows(map(cell_text, row, kinds) for row in table.rows)
    return out.getvalue().encode("utf-8-sig")
