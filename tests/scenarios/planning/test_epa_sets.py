"""EPA's published inventories matched to the measures of all five published sets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scenarios.planning.importers.epa_inventory import load_inventory
from scenarios.planning.importers.epa_measures import MeasureSet, load_measures, merge_sets
from scenarios.planning.importers.epa_report import about_classes

DATA = Path(os.environ.get("PERMITS_REFERENCE_DATA", "")) / "cost_cmdb"
pytestmark = pytest.mark.skipif(
    not (DATA / "inventory").is_dir(), reason="no reference data: set PERMITS_REFERENCE_DATA"
)
SETS = {
    "cmdb_2016_nonegu": 512,
    "cmdb_2016_ptipm": 67,
    "cmdb_2017_sra": 15,
    "cmdb_v53_area": 597,
    "cmdb_v53_point": 561,
}
INVENTORIES = [
    ("2014NEIv1_ptipm_test_file_for_Cost_Eq_Doc_Updates_2017_04_05may2017_v0.csv", 3, 3),
    ("2014NEIv1_ptnonipm_test_file_for_Cost_Eq_Doc_Updates_2017_04_03aug2017_nf_v1.csv", 18, 18),
    ("orl-nonpoint-for_cs_testing.txt", 31, 29),
    ("orl-nonpoint-with-larger_values.txt", 30, 28),
    ("orl-nonpoint-with-matching_values.txt", 31, 29),
    ("orl-nonpoint-with-poll-name.txt", 30, 5),
]


@pytest.fixture(scope="module")
def sets() -> list[MeasureSet]:
    return [load_measures(DATA / name) for name in SETS]


def test_five_sets_keep_every_measure_and_every_record(sets: list[MeasureSet]) -> None:
    """512 + 67 + 15 + 597 + 561 = 1,752; 431 abbreviations stand in two sets."""
    assert [len(one.measures) for one in sets] == list(SETS.values())
    merged = merge_sets(sets)
    assert len(merged.measures) == 1752
    assert all(code == measure.code for code, measure in merged.measures.items())
    assert len(merged.efficiencies) == sum(len(one.efficiencies) for one in sets)
    assert {e.measure for e in merged.efficiencies} <= set(merged.measures)


def test_every_row_is_matched_by_class_or_listed(sets: list[MeasureSet]) -> None:
    merged = merge_sets(sets)
    for name, rows, matched in INVENTORIES:
        inventory = load_inventory(DATA / "inventory" / name)
        first, *lost = about_classes(inventory, merged)
        assert first.startswith(f"{matched} of {rows} records"), name
        assert "1752" in first
        classes = {row.scc for row in inventory.rows if row.scc not in merged.by_scc}
        assert {note.split("class ")[1].split(":")[0] for note in lost} == classes
