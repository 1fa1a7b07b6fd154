"""Numbers of a sheet become texts as Python writes them, one by one or all at once."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scenarios.intake.arrow_arrays import text_array
from scenarios.intake.workbooks import column_of


def _people_write(value: float) -> str:
    return repr(value).removesuffix(".0")


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
@example([1e-3, 9.999999999999999e-4, 9_999_999_999.999998, 1e10, 1e16, 0.0, -0.0, -12.5, 5e-324])
@example([float(n) for n in range(-300, 300)] + [n / 1e6 for n in range(1, 3_000, 7)])
def test_floats_are_written_to_their_last_digit(values):
    column = column_of(["baseline_t", *values])
    assert column.to_pylist() == ["baseline_t", *map(_people_write, values)]


def test_cells_of_all_kinds_keep_their_rows():
    cells = ["t", 1.5, None, "", True, 2.0, date(2024, 3, 31), 1e-9, "x", 12345.678]
    assert column_of(cells).to_pylist() == [
        "t", "1.5", None, None, "TRUE", "2", "2024-03-31", "1e-09", "x", "12345.678"
    ]  # fmt: skip


@pytest.mark.parametrize("texts", [["a", None, "", "bc"], ["化工", "a", None, "é"], [None], []])
def test_a_column_of_texts_has_no_empty_ones(texts):
    column = text_array(texts)
    column.validate(full=True)
    assert column.to_pylist() == [text or None for text in texts]
