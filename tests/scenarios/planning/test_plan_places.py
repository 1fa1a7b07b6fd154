"""Places nest, and every level adds up to the one above, to the milligram and the fen."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plotly.graph_objects import Figure

from optimize import AllocationProblem, Limit, equal_percentage, solve_allocation
from permits.errors import InputError
from permits.quantity import MG_PER_T, yuan_to_fen
from scenarios.planning.allocating import Question, allocate_table
from scenarios.planning.by_source import group_sums, whole_fen
from scenarios.planning.places.chart import place_map
from scenarios.planning.places.section import MOST_PLACES, largest_places
from scenarios.planning.places.table import BY_PLACE, LEVELS, place_notices, place_tables
from scenarios.planning.plan_tables import plan_tables
from scenarios.planning.solve import PlanResult
from scenarios.results.result import Table, filled
from tests.scenarios.made_inputs import inputs_of

SUMMED = ("sources", "baseline_t", "reduction_t", "quota_t", "annual_cost_yuan",
          "equal_reduction_t", "equal_cost_yuan")  # fmt: skip
Place = tuple[str, str, str, str]
sources = st.lists(
    st.tuples(
        st.tuples(st.sampled_from("PQ"), st.sampled_from("ABC"), st.sampled_from("KLM"),
                  st.sampled_from("XYZ")),
        st.floats(0.001, 500.0),
        st.sampled_from((0.0, 0.25, 0.5, 1 / 3, 0.9, 1.0)),
        st.floats(-90_000.0, 900_000.0),
    ),
    min_size=1,
    max_size=14,
)  # fmt: skip


def _plan(given: list[tuple[Place, float, float, float]], share: float) -> PlanResult:
    names = tuple(f"S{n:02d}" for n in range(len(given)))
    base = np.array([[mass, mass / 3] for _, mass, _, _ in given])
    removed = base * np.array([[cut] for _, _, cut, _ in given])
    problem = AllocationProblem(
        sources=names,
        pollutants=("NOX", "VOC"),
        base_t=base,
        source=np.arange(len(given)),
        slot=np.zeros(len(given), dtype=np.int64),
        kind=np.zeros(len(given), dtype=np.int64),
        kinds=("filter",),
        removed_t=removed,
        cost_yuan=np.array([cost for _, _, _, cost in given]),
        limits=(Limit("NOX", 0, "reduction_min", share * float(removed[:, 0].sum())),),
        divisible=True,
        groups={
            level: tuple(place[n] for place, *_ in given) for n, level in enumerate(LEVELS[:-1])
        },
    )
    inputs = inputs_of(problem, [place[3] for place, *_ in given])
    return PlanResult(inputs, problem, solve_allocation(problem), equal_percentage(problem))


@given(sources, st.floats(0.0, 0.95))
def test_every_level_adds_up_to_the_one_above_and_to_the_plan(
    given: list[tuple[Place, float, float, float]], share: float
) -> None:
    plan = _plan(given, share)
    rows = list(place_tables(plan)["plan_by_place"].dicts())
    below: dict[Any, list[int]] = defaultdict(lambda: [0] * len(SUMMED))
    for row in rows:
        path = tuple(row[level] for level in LEVELS if row[level] is not None)
        assert len(path) == ("all", *LEVELS).index(row["level"])
        assert row["baseline_t"] == row["reduction_t"] + row["quota_t"]
        for n, column in enumerate(SUMMED):
            below[row["pollutant"], path[:-1] if path else None][n] += row[column]
    for row in rows:
        path = tuple(row[level] for level in LEVELS if row[level] is not None)
        if row["level"] != "firm":
            assert below[row["pollutant"], path] == [row[column] for column in SUMMED]
    for p, pollutant in enumerate(plan.inputs.pollutants):
        whole = next(row for row in rows if row["pollutant"] == pollutant)
        assert whole["level"] == "all"
        assert whole["reduction_t"] == plan.reduction_mg()[p]
        assert abs(whole["annual_cost_yuan"] - yuan_to_fen(plan.allocation.cost_yuan)) <= 1
        firms = defaultdict(int)
        for row in rows:
            if row["level"] == "firm" and row["pollutant"] == pollutant:
                firms[row["firm"]] += row["quota_t"]
        assert firms == {firm: quota[p] for firm, quota in plan.firm_quota_mg().items()}


@given(sources, st.floats(0.0, 0.95))
def test_places_and_other_groups_say_the_same(
    given: list[tuple[Place, float, float, float]], share: float
) -> None:
    """Cities by themselves, and cities summed over the provinces they stand in."""
    tables = plan_tables(_plan(given, share))
    nested: dict[tuple[str, str], int] = defaultdict(int)
    for row in tables["plan_by_place"].dicts():
        if row["level"] == "city":
            nested[row["city"], row["pollutant"]] += row["annual_cost_yuan"]
    cities = tables["plan_by_city"].dicts()
    assert {(row["city"], row["pollutant"]): row["cost_yuan"] for row in cities} == nested


@given(st.lists(st.floats(-1e7, 1e9), max_size=30))
def test_whole_fen_lose_nothing_and_stray_by_less_than_a_fen(costs: list[float]) -> None:
    found = whole_fen(np.array(costs))
    assert abs(found - np.array(costs) * 100).max(initial=0) <= 1
    assert abs(int(found.sum()) - sum(costs) * 100) <= 0.5 + 1e-6 * max(len(costs), 1)


def test_sums_beyond_64_bits_are_whole_too() -> None:
    most = 2**62
    assert group_sums(np.array([most, most, most, 1]), np.array([0, 0, 0, 1]), 2) == [3 * most, 1]


def test_a_county_of_one_name_in_two_cities_is_two_counties_and_told() -> None:
    given: list[tuple[Place, float, float, float]] = [
        (("P", "A", "K", "X"), 10.0, 0.5, 100.0),
        (("P", "B", "K", "X"), 20.0, 0.5, 100.0),
        (("P", "B", "L", "X"), 40.0, 0.5, 100.0),
    ]
    plan = _plan(given, 0.5)
    rows = [r for r in place_tables(plan)["plan_by_place"].dicts() if r["pollutant"] == "NOX"]
    counties = [(r["city"], r["county"], r["baseline_t"]) for r in rows if r["level"] == "county"]
    assert counties == [
        ("A", "K", 10 * MG_PER_T), ("B", "K", 20 * MG_PER_T), ("B", "L", 40 * MG_PER_T),
    ]  # fmt: skip
    told = place_notices(plan)
    assert len(told) == 1
    assert "County" in told[0] and "K (A, B)" in told[0]


def test_firms_that_are_their_sources_make_no_level() -> None:
    given: list[tuple[Place, float, float, float]] = [
        (("P", "A", "K", "S00"), 10.0, 0.5, 100.0),
        (("P", "B", "L", "S01"), 20.0, 0.5, 100.0),
    ]
    levels = place_tables(_plan(given, 0.5))["plan_by_place"].column("level")
    assert set(levels) == {"all", "province", "city", "county"}


HEADINGS = ("source", "firm", "province", "city", "county", "pollutant", "baseline_t", "measure",
            "removed_t", "annual_cost_yuan")  # fmt: skip


def _file(path: Path) -> str:
    rows = []
    for n in range(16):
        city, county = f"C{n % 2}", f"K{n % 4}"
        rows.append((f"S{n:02d}", f"F{n % 8}", "P", city, county, "VOC", 100, "filter", 50,
                     1_000 * (n + 1)))  # fmt: skip
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEADINGS, *rows])
    return str(path)


def test_conditions_of_every_level_hold_together(tmp_path: Path) -> None:
    """Cheap sources stand first: the dear firm F7 and county K3 must be asked for."""
    path = _file(tmp_path / "measures.csv")
    question = Question(
        target=("VOC=25%",),
        at_least=("province=P:VOC=300", "county=K3:VOC=25%", "city=C1,county=K3,firm=F7:VOC=75"),
        at_most=("city=C0:VOC=200",),
        cap=("firm=F6:VOC=150",),
        divisible=True,
    )
    result, notices = allocate_table(path, question)
    cut = {
        (row["level"], *(row[level] for level in LEVELS[1:])): row["reduction_t"] // MG_PER_T
        for row in result.tables["plan_by_place"].dicts()
    }
    assert result.exit_code == 0
    assert notices == []
    assert cut["all", None, None, None] == 400
    assert cut["city", "C0", None, None] <= 200
    assert cut["county", "C1", "K3", None] >= 100
    assert cut["firm", "C1", "K3", "F7"] >= 75
    assert cut["firm", "C0", "K2", "F6"] >= 50


def test_a_firm_that_nobody_has_is_an_error_that_names_one(tmp_path: Path) -> None:
    question = Question(target=("VOC=25%",), at_least=("firm=F77:VOC=10",))
    with pytest.raises(InputError, match="no row has firm 'F77'") as told:
        allocate_table(_file(tmp_path / "measures.csv"), question)
    assert told.value.values["near"] == "F7"


def test_the_page_shows_whole_levels_and_the_places_that_cut_most() -> None:
    def row(level: str, city: str | None, firm: str | None, cut: int) -> tuple[Any, ...]:
        return (level, None, city, None, firm, "VOC", 1, 100, cut, 0.1, 100 - cut, 5, 6, 7)

    firms = [row("firm", "A", f"F{n:03d}", n % 7) for n in range(400)]
    rows = [row("all", None, None, 60), row("city", "A", None, 40), row("city", "B", None, 20)]
    shown = largest_places(filled(BY_PLACE, [*rows, *firms]))
    assert len(shown.rows) == MOST_PLACES + 1
    [others] = [row for row in shown.dicts() if row["level"] == "others"]
    own = [row for row in shown.dicts() if row["level"] == "firm"]
    assert others["sources"] + len(own) == 400
    assert others["reduction_t"] + sum(r["reduction_t"] for r in own) == sum(
        n % 7 for n in range(400)
    )
    assert (others["city"], others["firm"]) == ("A", "")
    assert others["reduction_share"] == others["reduction_t"] / others["baseline_t"]
    tiles = place_map(list(shown.dicts()), {})["data"][0]
    assert len(set(tiles["ids"])) == len(tiles["ids"])
    assert shown.rows[:3] == tuple(rows)
    least = min(r["reduction_t"] for r in shown.dicts() if r["level"] == "firm")
    assert sum(1 for n in range(400) if n % 7 > least) < MOST_PLACES


@given(sources)
def test_tiles_never_outgrow_the_place_they_lie_in(
    given: list[tuple[Place, float, float, float]],
) -> None:
    found = place_tables(_plan(given, 0.9))["plan_by_place"]
    own = Table(found.spec, tuple(row for row in found.rows if row[5] == "NOX"))
    figure = place_map(list(own.dicts()), {})
    Figure(figure)
    tiles = figure["data"][0]
    area = dict(zip(tiles["ids"], tiles["values"], strict=True))
    inside: dict[str, int] = defaultdict(int)
    for parent, size in zip(tiles["parents"], tiles["values"], strict=True):
        inside[parent] += size
    assert len(area) == len(own.rows)
    assert all(inside[place] <= size for place, size in area.items())
    assert set(tiles["parents"]) - {""} <= set(area)
