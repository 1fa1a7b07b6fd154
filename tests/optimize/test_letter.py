"""Totals of a letter: multiples of the unit, near the truth, kept by limits, sources fitted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from optimize import AllocationProblem, Limit, build_problem, solve_allocation
from optimize.rounding import round_plan
from permits.quantity import MG_PER_T

T, KG = 10**9, 10**6
SOURCE = st.tuples(
    st.integers(1, 40_000_000), st.integers(0, 100), st.sampled_from("AB"), st.sampled_from("xyz")
)


def _problem(sources: Any, limits: Any = (), **options: Any) -> AllocationProblem:
    """Sources of (baseline [g], percent that its one measure removes, city, county)."""
    names = [f"s{n:02d}" for n in range(len(sources))]
    base = {name: [grams / 1e6] for name, (grams, *_) in zip(names, sources, strict=True)}
    rows = [
        (name, 0, "m", [grams * percent // 100 / 1e6], 1.0)
        for name, (grams, percent, *_) in zip(names, sources, strict=True)
        if grams * percent // 100
    ]
    groups = {
        column: {name: source[place] for name, source in zip(names, sources, strict=True)}
        for column, place in (("city", 2), ("county", 3))
    }
    return build_problem(base, rows, ["P"], groups=groups, limits=limits, **options)


def _totals(problem: AllocationProblem, masses: Any, *columns: str) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    labels = list(zip(*(problem.groups[c] for c in columns), strict=True)) if columns else []
    for n, mass in enumerate(masses[:, 0].tolist()):
        key = labels[n] if columns else ()
        found[key] = found.get(key, 0) + mass
    return found


@example(sources=[(1, 0, "A", "x"), (999, 100, "A", "x")], unit=KG)
@given(st.lists(SOURCE, min_size=1, max_size=12), st.sampled_from([KG, 10 * KG, T, 5 * T]))
def test_all_totals_are_multiples_within_a_unit_of_the_truth(sources: Any, unit: int) -> None:
    problem = _problem(sources)
    share = np.ones(len(problem.kind))
    exact, letter = round_plan(problem, share), round_plan(problem, share, unit)
    if not letter.fits:
        # Baselines of a place may be less than the next multiple, with nothing to give.
        assert (letter.quota_mg == exact.quota_mg).all()
        return
    assert (letter.base_mg == exact.base_mg).all()
    assert (letter.quota_mg + letter.reduction_mg == letter.base_mg).all()
    assert (letter.quota_mg >= 0).all() and (letter.reduction_mg >= 0).all()
    assert ((letter.quota_mg > 0) == (exact.quota_mg > 0)).all()
    for columns in ((), ("city",), ("city", "county")):
        before = _totals(problem, exact.quota_mg, *columns)
        for place, mass in _totals(problem, letter.quota_mg, *columns).items():
            assert mass % unit == 0
            assert abs(mass - before[place]) <= unit


def test_totals_go_by_largest_remainder_from_the_whole_downwards() -> None:
    """Quotas 10.4, 10.4, 10.4 and 20.2 t are 51.4 t: 51 t. A of 31.2 t is 31 t, so one of its
    counties of 10.4 t gets 11 t: the one named first; B of 20.2 t is 20 t."""
    sources = [
        (20_800_000, 50, "A", "x"),
        (20_800_000, 50, "A", "y"),
        (20_800_000, 50, "A", "z"),
        (40_400_000, 50, "B", "x"),
    ]
    problem = _problem(sources)
    letter = round_plan(problem, np.ones(4), T)
    assert letter.quota_mg[:, 0].tolist() == [11 * T, 10 * T, 10 * T, 20 * T]
    assert letter.base_mg[:, 0].tolist() == [int(20.8 * T)] * 3 + [int(40.4 * T)]
    assert letter.planned_mg[:, 0].tolist() == [int(10.4 * T)] * 3 + [int(20.2 * T)]


def test_sources_share_what_their_county_takes_in_proportion_to_their_quotas() -> None:
    """3.3 + 1.1 t become 4 t: 0.3 and 0.1 t less."""
    problem = _problem([(6_600_000, 50, "A", "x"), (2_200_000, 50, "A", "x")])
    letter = round_plan(problem, np.ones(2), T)
    assert letter.quota_mg[:, 0].tolist() == [3 * T, T]
    assert letter.reduction_mg[:, 0].tolist() == [int(3.6 * T), int(1.2 * T)]


def test_sources_are_fitted_to_a_thousandth_of_the_unit() -> None:
    """10/3 t three times by 1 kg: 3.333, 3.333 and 3.334 t, which one by its name."""
    problem = _problem([(6_666_666, 50, "A", "x")] * 3)
    letter = round_plan(problem, np.ones(3), T)
    assert letter.quota_mg[:, 0].tolist() == [3_334 * KG, 3_333 * KG, 3_333 * KG]


def test_a_small_source_keeps_its_quota_where_its_county_loses() -> None:
    """500 g are not rounded to nothing beside 10.4 t."""
    problem = _problem([(20_800_000, 50, "A", "x"), (1_000, 50, "A", "x")])
    letter = round_plan(problem, np.ones(2), T)
    assert letter.quota_mg[:, 0].tolist() == [10 * T - KG // 2, KG // 2]


def test_a_source_without_a_quota_gets_none_where_its_county_gains() -> None:
    """10.6 t that nothing cuts and 5 t cut to nothing: 11 t would need 0.4 t at the second,
    whose part in proportion to its quota is zero, so the county is 10 t."""
    problem = _problem([(10_600_000, 0, "A", "x"), (5_000_000, 100, "A", "x")])
    letter = round_plan(problem, np.ones(1), T)
    assert letter.fits
    assert letter.quota_mg[:, 0].tolist() == [10 * T, 0]


def test_a_source_without_a_quota_takes_nothing_from_a_sector_that_must_give() -> None:
    """Quotas 3.3 + 3.3 + 0 t would be 7 t, since at most 8.4 of 14.9 t may be cut. The first has
    to cut 3.3 of its 6.6 t and nothing cuts the second: the third alone could take 0.4 t."""
    first = np.array([True, False, False])
    limits = [Limit("s", 0, "reduction_min", 3.3, first), Limit("most", 0, "reduction_max", 8.4)]
    sources = [
        (6_600_000, 50, "A", "x"),
        (3_300_000, 0, "A", "x"),
        (5_000_000, 100, "A", "x"),
    ]
    letter = round_plan(_problem(sources, limits), np.ones(2), T)
    assert not letter.fits
    assert letter.quota_mg[:, 0].tolist() == [3_300 * KG, 3_300 * KG, 0]


@pytest.mark.parametrize(
    ("limit", "quota_t"),
    [
        (Limit("t", 0, "reduction_min", 10.4), 10),
        (Limit("t", 0, "emission_max", 10.4), 10),
        (Limit("t", 0, "reduction_max", 10.4), 11),
    ],
)
def test_a_limit_that_binds_is_rounded_to_the_side_that_keeps_it(
    limit: Limit, quota_t: int
) -> None:
    problem = _problem([(20_800_000, 50, "A", "x")], [limit])
    letter = round_plan(problem, np.ones(1), T)
    assert letter.fits
    assert letter.quota_mg.tolist() == [[quota_t * T]]


def test_a_minimum_of_a_sector_is_kept_by_its_sources() -> None:
    """Quotas 3.3 + 3.3 t become 7 t, so both rise; the first may not, the second takes all."""
    members = np.array([True, False])
    problem = _problem(
        [(6_600_000, 50, "A", "x")] * 2, [Limit("s", 0, "reduction_min", 3.3, members)]
    )
    letter = round_plan(problem, np.ones(2), T)
    assert letter.quota_mg[:, 0].tolist() == [3_300 * KG, 3_700 * KG]


def test_where_no_multiple_keeps_both_limits_nothing_is_rounded_and_it_is_said() -> None:
    """10.4 t have to stay between 10.2 and 10.6 t: neither 10 nor 11."""
    limits = [
        Limit("most", 0, "emission_max", 10.6),
        Limit("least", 0, "reduction_max", 10.6),
    ]
    plan = solve_allocation(_problem([(20_800_000, 50, "A", "x")], limits), unit_mg=T)
    assert plan.quota_mg.tolist() == [[int(10.4 * T)]]
    assert (plan.status, plan.fits_unit, plan.missed_mg) == ("feasible", False, {})


def test_a_plan_in_units_keeps_its_target_and_its_cost() -> None:
    sources = [(1_234_567 * n, 37, "AB"[n % 2], "xyz"[n % 3]) for n in range(1, 20)]
    target = round(0.2 * sum(source[0] for source in sources) / 1e6, 9)
    problem = _problem(sources, [Limit("t", 0, "reduction_min", target)])
    exact, letter = solve_allocation(problem), solve_allocation(problem, unit_mg=T)
    assert (letter.status, letter.cost_yuan) == ("optimal", exact.cost_yuan)
    assert int(letter.reduction_mg.sum()) >= target * MG_PER_T
    assert int(letter.quota_mg.sum()) % T == 0
