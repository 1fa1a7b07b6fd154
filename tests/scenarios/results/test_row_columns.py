"""Rows by column look and are written like a list of rows."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from scenarios.results.stores.jsontext import line_json, to_json
from scenarios.results.stores.row_columns import Amounts, RowColumns

ROWS = [
    {"who": 'F"1', "100%": "a\\b", "mass_t": Decimal("0.5")},
    {"who": "河\n2", "100%": "%s", "mass_t": Decimal("-12.000000001")},
    {"who": "", "100%": "z", "mass_t": Decimal("300")},
]
COLUMNS = RowColumns(
    {
        "who": ['F"1', "河\n2", ""],
        "100%": ["a\\b", "%s", "z"],
        "mass_t": Amounts(np.array([500_000_000, -12_000_000_001, 300_000_000_000]), 9),
    }
)


def test_rows_by_column_are_read_like_a_list() -> None:
    assert COLUMNS == ROWS
    assert len(COLUMNS) == 3
    assert COLUMNS[1] == ROWS[1]
    assert COLUMNS[-1] == ROWS[-1]
    assert COLUMNS[1:] == ROWS[1:]
    assert ROWS[:2] != COLUMNS


def test_rows_by_column_are_written_like_a_list() -> None:
    for rows, columns in ((ROWS, COLUMNS), (ROWS[:0], COLUMNS[:0])):
        assert to_json({"rows": columns, "n": 1}) == to_json({"rows": rows, "n": 1})
        assert line_json([columns]) == line_json([rows])
