"""Cells of long columns, made all at once, are those made one by one."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from permits.quantity import MG_PER_T, fmt_t, fmt_yuan, yuan_to_fen
from scenarios.planning.by_source import each_fen
from scenarios.results.column import Column, Texts
from scenarios.results.formatting import word_text, words_of
from scenarios.results.stores.book_xml import BookWriter
from scenarios.results.stores.workbook_cells import MANY, cell_text, column_texts

LABELS = {"m1": {"en": "Scrubber"}, "Hangzhou": {"en": "the city of Hangzhou"}}
ODD = ("m1", "m2; m1", "city:Hangzhou", "[ZJ-N5] art. 83", "A [Krishna2010]", "drawn: seed 3", "0")


@pytest.mark.parametrize(("kind", "written"), [("mass", fmt_t), ("money", fmt_yuan)])
def test_masses_and_money_of_a_long_column_are_written_to_the_last_digit(kind, written):
    known = [0, 1, 9, 10, 100, 999_999_999, 1_000_000_000, 1_000_000_001, 12_500_000_000]
    values = np.array([*known, *range(MANY), *(7 * 10**n for n in range(18))], dtype=np.int64)
    assert column_texts(values, kind) == [written(value) for value in values.tolist()]


@pytest.mark.parametrize("value", [0.1 + 0.2, 1e-5, -0.0, 123456789.123, 1e9, 1e12, 12.0, -3.25])
def test_a_number_is_a_plain_decimal_of_nine_digits(value):
    text = column_texts([value], "number")[0]
    assert "e" not in text and not text.endswith(".0") and text != "-0"
    assert float(text) == float(f"{value:.9g}")


def test_one_text_of_a_column_that_a_spreadsheet_would_run_gets_its_apostrophe():
    """Also where it begins with an apostrophe of its own, or stands behind a line's end."""
    names = ("plain", "=1+1", "'=1+1", "-5", "-x", "two\n=lines")
    cells = column_texts(Texts(np.arange(len(names)), names), "text")
    assert cells == ["plain", "'=1+1", "''=1+1", "-5", "'-x", "two\n=lines"]
    assert cells == [cell_text(name, "text") for name in names]


def test_fen_of_an_array_are_those_of_each_amount():
    """Half to even on the decimal written: 0.005 is 0 fen, 0.015 is 2, 2.675 is 268."""
    amounts = np.array([0.005, 0.015, 2.675, -0.005, -1.005, 1e13, 12345.678, 0.0])
    assert each_fen(amounts).tolist()[:3] == [0, 2, 268]
    assert each_fen(amounts).tolist() == [yuan_to_fen(amount) for amount in amounts.tolist()]


def test_fen_near_a_half_go_by_the_decimal_written():
    halves = np.arange(-2_000, 2_000) / 1_000
    assert each_fen(halves).tolist() == [yuan_to_fen(amount) for amount in halves.tolist()]


@pytest.mark.parametrize("column", ["source", "measure", "measures", "rule", "kind", "place"])
def test_words_of_many_texts_are_those_of_each(column):
    of = Column(column, "text", "")
    assert words_of(ODD, of, LABELS) == [word_text(text, of, LABELS) for text in ODD]


def test_texts_of_a_sheet_are_numbered_as_one_by_one(tmp_path):
    """Also with signs that Excel would read as a code, and control signs, which it refuses."""
    for texts in (["a", "b", "a"], ["a", "_x0041_", "b\x01"], []):
        one, many = (BookWriter(tmp_path / name, "") for name in ("one.xlsx", "many.xlsx"))
        assert many.texts_of(texts) == [one.text(text) for text in texts]
        assert many.texts == one.texts


def test_unit_costs_of_a_plan_are_rounded_half_to_even():
    """1 fen for 2 t is 0 fen a tonne, 3 fen for 2 t are 2; a sum beyond 64 bits stays exact."""
    from scenarios.planning.plan_tables import unit_costs

    tonnes = np.array([[2], [2], [2], [3], [1]], dtype=np.int64) * MG_PER_T
    cost = np.array([1, 3, -1, 10**17 + 1, 7], dtype=np.int64)
    expected = [
        round(Fraction(int(fen), int(t))) for fen, t in zip(cost, (2, 2, 2, 3, 1), strict=True)
    ]
    assert list(unit_costs(tonnes, cost)) == expected
    assert expected[:3] == [0, 2, 0]
    both = np.array([[1, 1], [0, 0], [0, 5]], dtype=np.int64) * MG_PER_T
    assert list(unit_costs(both, cost[:3])) == [None, None, 0]
