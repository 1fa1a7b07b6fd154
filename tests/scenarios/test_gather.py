"""A measures table by columns is the table row by row: the same inputs, the same mistakes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from permits.errors import ManyErrors
from scenarios.definition.measures_table import FIELDS, gather
from scenarios.intake.columns import ReadTable, Row
from tests.scenarios.plain_gather import gather_plain

LABEL = st.sampled_from((None, "p", "q"))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "source": st.sampled_from("ab"),
            "firm": LABEL,
            "sector": LABEL,
            "city": LABEL,
            "pollutant": st.sampled_from(("COD", "VOC")),
            "baseline_t": st.sampled_from((8, 8, 8, 9)),
            "measure": st.sampled_from((None, "m", "n")),
            "slot": st.sampled_from((None, None, "s")),
            "removed_t": st.sampled_from((None, 3, 3, 4, 9)),
            "annual_cost_yuan": st.sampled_from((None, Decimal(5), Decimal(5), Decimal("6.5"))),
            "status": st.sampled_from((None, "assumed", "published")),
            "size": LABEL,
            "county": LABEL,
        }
    ),
    min_size=1,
    max_size=7,
)
EXTRA = ("size", "county")


def _table(rows: list[dict[str, Any]]) -> ReadTable:
    made = [
        Row(
            {name: value for name, value in row.items() if name not in EXTRA},
            {name: row[name] or "" for name in EXTRA},
            f"t.csv, row {n}",
        )
        for n, row in enumerate(rows, 2)
    ]
    return ReadTable.from_rows(made, FIELDS, name="t.csv")


def _row(**cells: Any) -> dict[str, Any]:
    plain = dict.fromkeys(("firm", "sector", "city", "measure", "slot", "status", *EXTRA))
    return {
        "source": "a", "pollutant": "VOC", "baseline_t": 8, "removed_t": 3,
        "annual_cost_yuan": Decimal(5), **plain, **cells,
    }  # fmt: skip


@given(ROWS)
@example([_row(measure="m"), _row(measure="m")])
@example([_row(size="p"), _row(source="b", county="q", size="q"), _row(county="p")])
@example([_row(measure="m"), _row(measure="m", pollutant="COD", removed_t=9, sector="p")])
def test_the_table_by_columns_is_the_table_by_rows(rows: list[dict[str, Any]]) -> None:
    table = _table(rows)
    plain = gather_plain(table)
    if plain.mistakes:
        with pytest.raises(ManyErrors) as caught:
            gather(table)
        assert [(str(one), one.where) for one in caught.value.errors] == plain.mistakes
        return
    inputs = gather(table)
    sources, measures = inputs.sources, inputs.measures
    labels = {column: of.texts() for column, of in sources.labels.items()}
    assert list(labels) == plain.columns
    assert plain.sources == [
        (name, firm, tuple(sources.base_mg[s].tolist()),
         {column: of[s] for column, of in labels.items() if of[s]})
        for s, (name, firm) in enumerate(zip(sources.ids, sources.firm.texts(), strict=True))
    ]  # fmt: skip
    slots, names = measures.slot.texts(), measures.name.texts()
    assert plain.measures == [
        (sources.ids[s], slots[m] or "", names[m], tuple(measures.removed_mg[m].tolist()),
         int(measures.cost_fen[m]), bool(measures.assumed[m]))
        for m, s in enumerate(measures.source.tolist())
    ]  # fmt: skip
