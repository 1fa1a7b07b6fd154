"""A table read by columns is what each of its cells says, one by one."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from permits.errors import ManyErrors, RightsError
from scenarios.intake.fields import Field, Heading
from scenarios.intake.meaning.cell_values import value_of
from scenarios.intake.meaning.column_values import ColumnReader
from scenarios.intake.numerals import Readings
from scenarios.intake.tables import read_table

NUMERALS = st.one_of(
    st.text("0123456789.", max_size=20),
    st.text("0123456789.,-+eE%k t_' １２．", max_size=8),
    st.decimals(allow_nan=False, allow_infinity=False, places=9).map(str),
    st.floats(0, 1e16).map(repr),
    st.sampled_from(["", " ", "　", ".", "0", "007", "1.", ".5", "1e5", "-0", "12 kg", "3万吨",
                     "999999999999999999", "1000000000", "1000000000.000000001", "0.0000000005",
                     "0.0000000015", "0.005", "0.015", "72%", "100%", "1.0000", "12.345"]),
)  # fmt: skip
KINDS = [
    ("m_t", "mass", 9), ("m_t", "mass", 6), ("m_t", "mass", 13),
    ("c_yuan", "money", 2), ("c_yuan", "money", 6), ("c_yuan", "money", 10),
    ("n", "number", None), ("n", "count", None), ("n", "share", None),
]  # fmt: skip


def _alone(texts: list[str], heading: Heading) -> list[Any]:
    """Each cell by the rule for one cell: its value, or what is wrong."""
    found: list[Any] = []
    for n, text in enumerate(texts):
        try:
            found.append(value_of(text.strip(), heading, f"row {n}", Readings("t")))
        except RightsError as error:
            found.append(error.code)
    return found


def _together(cells: pa.Array, heading: Heading) -> list[Any]:
    """The same of the column at once."""
    assert heading.field is not None
    reader = ColumnReader(lambda n: f"row {n}", Readings("t"))
    if heading.field.kind in ("mass", "money"):
        amount, mistakes = reader.amounts(cells, heading)
        values: list[Any] = [
            None if b else v
            for v, b in zip(amount.value.tolist(), amount.blank.tolist(), strict=True)
        ]
        if heading.field.kind == "money":
            values = [
                None if v is None else amount.finer.get(n, Decimal(v).scaleb(-2))
                for n, v in enumerate(values)
            ]
    else:
        number, mistakes = reader.numbers(cells, heading)
        values = number.value.tolist()
    for n, error in mistakes:
        values[n] = error.code
    return values


@pytest.mark.parametrize(("name", "kind", "power"), KINDS)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=st.lists(NUMERALS, max_size=12), signed=st.booleans())
def test_a_column_says_what_its_cells_say(
    name: str, kind: Any, power: int | None, texts: list[str], signed: bool
) -> None:
    heading = Heading(name, Field(name, kind, blank=True, signed=signed), power)
    # A slice: the bytes of its first cell do not begin the buffer.
    cells = pa.array(["7.7", *(text or None for text in texts)], pa.string()).slice(1)
    assert _together(cells, heading) == _alone(texts, heading)


@pytest.mark.parametrize(("name", "kind", "power"), KINDS)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    values=st.lists(
        st.one_of(
            st.floats(allow_nan=True, allow_infinity=True),
            st.integers(0, 10**15).map(lambda n: n / 10**6),
            st.integers(0, 10**6).map(lambda n: n / 100),
            st.sampled_from([0.1, 0.29, 1e-10, 5e-10, 1.005, 123456.789012345, 1e6, 0.07]),
        ),
        max_size=12,
    )
)
def test_a_column_of_floats_says_what_their_shortest_texts_say(
    name: str, kind: Any, power: int | None, values: list[float]
) -> None:
    heading = Heading(name, Field(name, kind, blank=True), power)
    written = [repr(value).removesuffix(".0") for value in values]
    assert _together(pa.array(values, pa.float64()), heading) == _alone(written, heading)


WORDS = st.text("ab甲Z ,;", max_size=4)
ROWS = st.lists(
    st.tuples(
        st.one_of(WORDS, st.sampled_from(["合计", "杭州小计", "Total", "注：无", "Possum"])),
        WORDS,
        st.one_of(st.just(""), st.decimals(0, 10**6, places=3, allow_nan=False).map(str)),
        st.one_of(st.just(""), st.decimals(-(10**6), 10**6, places=2, allow_nan=False).map(str)),
    ),
    min_size=1,
    max_size=8,
)
FIELDS = (
    Field("source", "text", required=False),
    Field("city", "text", required=False),
    Field("baseline_t", "mass", blank=True),
    Field("cost_yuan", "money", blank=True),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=ROWS, separator=st.sampled_from(",;\t"), blank=st.integers(0, 8))
def test_rows_read_and_rows_left_out_are_all_rows(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, ...]],
    separator: str,
    blank: int,
) -> None:
    """Against the strict reader of the standard library and decimal sums."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerow([one.name for one in FIELDS])
    for n, row in enumerate(rows):
        if n == blank:
            out.write("\n")
        writer.writerow(row)
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_text(out.getvalue(), encoding="utf-8")
    try:
        table = read_table(path, FIELDS)
    except ManyErrors as caught:
        table, codes = None, [error.code for error in caught.errors]
    lines = list(csv.reader(io.StringIO(out.getvalue()), delimiter=separator, strict=True))
    full = {n: one for n, one in enumerate(lines, 1) if any(cell.strip() for cell in one)}
    del full[1]
    if table is None:
        assert codes == ["table.empty"]
        assert all(_is_left_out(one) for one in full.values())
        return
    left = {n for n, one in full.items() if _is_left_out(one)}
    told = "\n".join(table.notices)
    assert all(f"row {n} “" in told for n in left)
    assert table.row.tolist() == sorted(set(full) - left)
    kept = [full[n] for n in table.row.tolist()]
    mass = sum((Decimal(one[2] or 0) for one in kept), Decimal(0))
    assert int(table.amount["baseline_t"].value.sum()) == mass * 10**9
    money = sum((Decimal(one[3] or 0) for one in kept), Decimal(0))
    assert int(table.amount["cost_yuan"].value.sum()) == money * 100
    assert [text or "" for text in table.text["source"].texts()] == [one[0].strip() for one in kept]


def _is_left_out(row: list[str]) -> bool:
    """By the rule in words, for the labels that occur here."""
    source, city, *amounts = (cell.strip() for cell in row)
    label = source or city
    if label in ("合计", "杭州小计", "Total"):
        return True
    return label == "注：无" and not any(amounts)
