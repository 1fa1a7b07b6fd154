"""Every shipped policy keeps what a policy promises: pure, described, and gone when it ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from permits.errors import InputError
from permits.ledger import Reason
from permits.rng import stream
from permits.rule import Rule
from scenarios.policies import find_policies
from scenarios.policy import Instruction, PolicyView, as_policy
from tests.scenarios.simulation.scripted import play_scripted
from tests.scenarios.simulation.small_years import on, small

POLICIES = sorted(find_policies())
VIEWS = [
    PolicyView(on(today), on("2017-01-01"), start, {"X": 1000_00, "Y": 7}, prices)
    for today, start in (("2017-01-01", True), ("2018-01-01", True), ("2018-06-30", False))
    for prices in ({}, {"X": 2000_00}, {"X": 2000_01, "Y": 1})
]
BITES = {
    "cap_decline": "2018-01-01",
    "price_collar": "2018-01-03",
    "reserve_release": "2018-01-07",
    "penalty": "2018-01-10",
}
"""Day of the stage below on which each policy changes the books; a new policy adds its own."""


def _decide(rule: Rule, view: PolicyView, **given: Any) -> tuple[Instruction, ...]:
    params = rule.spec.fill(given)
    return as_policy(rule).apply(view, params, stream(1, "policy", rule.name, str(view.today)))


def _numbers(instructions: tuple[Instruction, ...]) -> Iterator[tuple[str, Any]]:
    """(field, number) of everything that instructions set."""
    for instruction in instructions:
        for lever in fields(instruction):
            value = getattr(instruction, lever.name)
            if isinstance(value, Mapping):
                yield from ((lever.name, number) for number in value.values())
            elif value is not None and not isinstance(value, str):
                yield lever.name, value


@pytest.mark.parametrize("name", POLICIES)
def test_it_says_what_it_is_and_its_parameters_have_units(name: str) -> None:
    spec = find_policies()[name].spec
    assert spec.title
    assert any("\u4e00" <= character <= "\u9fff" for character in spec.title_zh)
    assert spec.source.startswith("[")
    assert spec.params
    for param in spec.params:
        assert param.unit
        assert param.meaning
        assert spec.fill({})[param.name] == param.default


@pytest.mark.parametrize("name", POLICIES)
def test_its_parameters_refuse_numbers_below_zero_and_words(name: str) -> None:
    spec = find_policies()[name].spec
    for param in spec.params:
        for wrong in (-1, "much"):
            with pytest.raises(InputError):
                spec.fill({param.name: wrong})


@pytest.mark.parametrize(
    ("name", "share"), [("cap_decline", "percent_a_year"), ("reserve_release", "offered_percent")]
)
def test_a_share_above_the_whole_is_refused(name: str, share: str) -> None:
    """More than all of the cap cannot retire, nor more than all of the reserve be offered."""
    spec = find_policies()[name].spec
    assert spec.fill({share: 100})[share] == 100
    with pytest.raises(InputError):
        spec.fill({share: 101})


@pytest.mark.parametrize("name", POLICIES)
def test_it_is_pure(name: str) -> None:
    """The same view gives the same instructions; read-only tables are enough for it."""
    rule = find_policies()[name]
    for view in VIEWS:
        sealed = PolicyView(
            view.today,
            view.first_day,
            view.is_year_start,
            MappingProxyType(dict(view.reference_fen_per_t)),
            MappingProxyType(dict(view.price_fen_per_t)),
        )
        assert _decide(rule, view) == _decide(rule, sealed) == _decide(rule, view)


@pytest.mark.parametrize("name", POLICIES)
def test_it_decides_in_whole_numbers_within_range(name: str) -> None:
    rule, found = find_policies()[name], 0
    for view in VIEWS:
        for lever, number in _numbers(_decide(rule, view)):
            found += 1
            assert type(number) is int, f"{lever} is in whole numbers"
            assert 0 <= number <= (1_000_000 if lever.endswith("_ppm") else 10**12)
    assert found, "one of these views makes it decide something"


# --- from and to ---------------------------------------------------------------------------


def _stage(*policies: Mapping[str, Any]) -> dict[str, Any]:
    """Days about a new year, with one on which each shipped policy bites.

    S holds 24 t a year and emits 10; the boiler B holds 16 t, emits 40 and is never stopped,
    so it is fined at each end. 10 t a year lie in the reserve. In 2018: a trade at half of the
    reference price on 3 January, one at three times it on the 5th, a sale of half of the
    reserve on the 7th.
    """
    return small(
        [
            {"id": "S", "baseline": {"X": "10 t"}, "opening": {"X": "30 t"}},
            {"id": "B", "sector": "boiler", "baseline": {"X": "40 t"}, "opening": {"X": "20 t"}},
        ],
        begins="2017-12-30",
        ends="2018-01-10",
        sector=[{"id": "all"}, {"id": "boiler", "stop": "curtail"}],
        rights={"term_years": 2, "withheld": 0.2},
        card={"shift": "free", "curtail_to": 1.0},
        market={"cash_years": 20},
        session=[
            {
                "kind": "secondary",
                "rule": "call_double",
                "dates": ["2018-01-03", "2018-01-05"],
            },
            {
                "kind": "auction",
                "rule": "uniform_price",
                "dates": ["2018-01-07"],
                "offered": 0.5,
            },
        ],
        true_up={"fine_min": "1000.00", "fine_max": "1000.00"},
        policy=[dict(one) for one in policies],
    )


QUOTES = {
    ("S", "2018-01-03"): [("sell", 1, 500)],
    ("B", "2018-01-03"): [("buy", 1, 500)],
    ("S", "2018-01-05"): [("sell", 1, 3000)],
    ("B", "2018-01-05"): [("buy", 1, 3000)],
    ("B", "2018-01-07"): [("buy", 10, 1500)],
}


def _books(folder: Path, *policies: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Everything that was posted: day, reason and legs."""
    year = play_scripted(folder, _stage(*policies), QUOTES)
    return [(entry.on, reason, entry.legs) for reason in Reason for entry in year.entries(reason)]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, ...]]:
    """The books without any policy."""
    return _books(tmp_path_factory.mktemp("plain"))


@pytest.mark.parametrize("name", POLICIES)
def test_it_is_in_force_on_its_first_and_last_day(
    name: str, plain: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    """In force on one day only, the one on which it bites: that day changes, none before."""
    day = on(BITES[name])
    books = _books(tmp_path, {"rule": name, "from": str(day), "to": str(day)})
    assert [row for row in books if row[0] < day] == [row for row in plain if row[0] < day]
    assert [row for row in books if row[0] == day] != [row for row in plain if row[0] == day]


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("edge", ["ends the day before", "begins the day after"])
def test_outside_its_days_it_leaves_no_trace(
    name: str, edge: str, plain: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    day, one = on(BITES[name]), timedelta(days=1)
    if edge == "ends the day before":
        # From the day before too, for policies that bite in the first year as well.
        days = (day - one, day - one)
    else:
        days = (min(day + one, date(2019, 1, 1)), date(2019, 1, 1))
    policy = {"rule": name, "from": str(days[0]), "to": str(days[1])}
    assert _books(tmp_path, policy) == plain
