"""Every record of EPA's published inventories stands in one of two tables."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from scenarios.planning.importers import EpaTable, epa_table
from scenarios.planning.importers.epa_matched import TEXTS, matched_tables
from scenarios.planning.importers.epa_measures import load_measures

DATA = Path(os.environ.get("PERMITS_REFERENCE_DATA", "")) / "cost_cmdb"
pytestmark = pytest.mark.skipif(
    not (DATA / "inventory").is_dir(), reason="no reference data: set PERMITS_REFERENCE_DATA"
)
SETS = [DATA / name for name in ("cmdb_2016_nonegu", "cmdb_2016_ptipm", "cmdb_2017_sra",
                                 "cmdb_v53_area", "cmdb_v53_point")]  # fmt: skip
INVENTORIES = sorted(
    path for path in (DATA / "inventory").glob("*") if path.name.startswith(("2014", "orl"))
)


@pytest.fixture(scope="module", autouse=True)
def sets_read_once() -> Iterator[None]:
    """The sets take seconds to read, and each inventory is matched to all of them."""
    module = import_module("scenarios.planning.importers.epa_table")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "load_measures", cache(load_measures))
        yield


def _checked(made: EpaTable) -> dict[str, int]:
    """The sums hold; and records by why."""
    tables, told = matched_tables(made.standings, made.known)
    both = [*tables["epa_matched"].dicts(), *tables["epa_unmatched"].dicts()]
    assert sum(row["rows"] for row in both) == len(made.standings) == told["inventory"]["rows"]
    pollutants = {standing.row.pollutant for standing in made.standings}
    for pollutant in pollutants:
        listed = sum(row["baseline_t"] for row in both if row["pollutant"] == pollutant)
        read = sum(s.base_mg for s in made.standings if s.row.pollutant == pollutant)
        assert listed == read
    with_measure = {(row.source, row.pollutant) for row in made.rows if row.measure}
    chosen = {(s.row.source, s.row.pollutant) for s in made.standings if not s.why}
    assert chosen == with_measure
    lost = list(tables["epa_unmatched"].dicts())
    return {why: sum(r["rows"] for r in lost if r["why"] == said) for why, said in TEXTS.items()}


@pytest.mark.parametrize("path", INVENTORIES, ids=lambda path: path.name[:40])
def test_every_record_has_a_measure_or_a_reason(path: Path) -> None:
    made = epa_table(path, SETS)
    by_why = _checked(made)
    no_class = sum(not made.known.by_scc.get(s.row.scc) for s in made.standings)
    assert by_why["class"] == no_class
    assert sum(by_why.values()) + sum(not s.why for s in made.standings) == len(made.standings)


def test_fine_dust_of_an_inventory_meets_the_measures_against_it() -> None:
    """The inventory writes PM2.5 where the sets write PM2_5. Of paved roads (class 2294000000)
    twelve measures act on it, though none has a cost where there is no record of PM10."""
    made = epa_table(DATA / "inventory" / "orl-nonpoint-for_cs_testing.txt", SETS)
    tables, _ = matched_tables(made.standings, made.known)
    [paved] = [row for row in tables["epa_unmatched"].dicts()
               if (row["scc"], row["pollutant"]) == ("2294000000", "PM2_5")]  # fmt: skip
    assert paved["why"] == TEXTS["cost"]


def test_all_published_inventories_are_there() -> None:
    assert len(INVENTORIES) == 6


def test_the_command_writes_both_tables(run_cli: Callable[..., Any], tmp_path: Path) -> None:
    sets = [part for path in SETS for part in ("--control-measures", path)]
    ran = run_cli(
        "allocate", "--inventory", DATA / "inventory" / "orl-nonpoint-for_cs_testing.txt", *sets,
        "--maximise", "PM10", "--json", "--out", tmp_path / "out",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)["inventory"]
    assert told["rows"] == told["matched"] + told["unmatched"] == 31
    assert (tmp_path / "out" / "epa_matched.csv").exists()
    assert (tmp_path / "out" / "epa_unmatched.csv").exists()
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Measures matched to the inventory" in page
