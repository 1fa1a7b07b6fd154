"""What measures offer a source, by hand: shares, series, capital, limits."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from permits.errors import ManyErrors
from scenarios.intake.columns import Row
from scenarios.planning.importers.register_offers import (
    CATALOGUE,
    ExcludedMeasures,
    find_offers,
    recovery_factor,
    removes,
    yuan_per_t,
)
from scenarios.planning.importers.register_table import register_table

T = 10**9


def _measure(name: str, efficiency: float, **given: Any) -> Row:
    blank = {field.name: None for field in CATALOGUE}
    cost = {} if "capital_yuan_per_t" in given else {"cost_yuan_per_t": 100.0}
    values = {"measure": name, "efficiency": efficiency, "pollutant": "VOC", **cost, **given}
    return Row(blank | values, {}, f"{name}.csv, row 2")


def _gains(offers: list[Any]) -> dict[str, tuple[int, Decimal]]:
    return {offer.measure: (offer.gained_mg, offer.yuan) for offer in offers}


def test_a_percentage_is_efficiency_by_effectiveness_by_penetration() -> None:
    """CoST: 60 % × 80 % × 50 % is 24 %."""
    measure = _measure("a", 0.6, rule_effectiveness=0.8, penetration=0.5)
    assert removes(measure) == Decimal("0.24")
    assert _gains(find_offers(100 * T, 0.0, [measure], "us", ExcludedMeasures()))["a"] == (
        24 * T,
        Decimal("2400.00"),
    )


@pytest.mark.parametrize(
    ("interest", "life", "factor"), [(0.07, 15, 0.1098), (0.08, 10, 0.1490), (0.0, 20, 0.05)]
)
def test_the_recovery_factor_is_the_published_one(
    interest: float, life: float, factor: float
) -> None:
    """0.1098 for 15 years stands in the measures of EPA's database [EPA-CMDB]."""
    assert recovery_factor(interest, life) == pytest.approx(factor, abs=5e-5)


def test_annual_cost_is_capital_recovered_and_running_cost() -> None:
    given = {"capital_yuan_per_t": 10_000.0, "running_yuan_per_t": 500.0, "life_years": 15.0}
    assert float(yuan_per_t(_measure("a", 0.5, **given), "us") or 0) == pytest.approx(
        10_000 * 0.109795 + 500, abs=0.1
    )


def test_an_add_on_works_on_what_remains_and_a_replacement_on_the_difference() -> None:
    """100 t behind a device of 50 %: 200 t arise. 80 % instead of it leaves 40 t, so 60 t are
    gained; 80 % behind it removes 80 of the 100 t."""
    replaced, added = _measure("r", 0.8), _measure("a", 0.8, applies="add_on")
    found = _gains(find_offers(100 * T, 0.5, [replaced, added], "us", ExcludedMeasures()))
    assert found["r"][0] == 60 * T
    assert found["a"][0] == 80 * T
    assert found["r + a"] == (60 * T + 32 * T, Decimal("9200.00"))
    assert "a + r" not in found


def test_of_two_add_ons_the_cheaper_comes_first() -> None:
    """40 % and then 50 % of the rest: 40 + 30 t, at 10 and 100 yuan."""
    measures = [
        _measure("dear", 0.5, applies="add_on"),
        _measure("cheap", 0.4, applies="add_on", cost_yuan_per_t=10.0),
    ]
    found = _gains(find_offers(100 * T, 0.0, measures, "us", ExcludedMeasures()))
    assert found["cheap + dear"] == (70 * T, Decimal("3400.00"))
    assert "dear + cheap" not in found


def test_what_is_left_out_is_counted_by_its_reason() -> None:
    left = ExcludedMeasures()
    measures = [
        _measure("old", 0.3),
        _measure("large", 0.9, least_source_t=200 * T),
        _measure("little", 0.55, least_gain_t=20 * T),
        _measure("gold", 0.9, greatest_yuan_per_t=50.0),
        _measure("costly", 0.9, greatest_yuan=Decimal("7999.99")),
        _measure("good", 0.9, greatest_yuan=Decimal("8000")),
    ]
    found = _gains(find_offers(100 * T, 0.5, measures, "us", left))
    assert set(found) == {"good"}
    assert (left.no_gain, left.small, left.dear) == (
        {"old": 1},
        {"large": 1, "little": 1},
        {"costly": 1, "gold": 1},
    )
    assert len(list(left.notices())) == 3


def test_a_way_that_there_is_not_is_refused(tmp_path: Path) -> None:
    catalogue = tmp_path / "c.csv"
    catalogue.write_text(
        "subsector,measure,pollutant,efficiency,cost_yuan_per_t,applies\n"
        "leaks,a,VOC,0.5,100,beside\nleaks,b,VOC,1.5,100,add_on\n",
        encoding="utf-8",
    )
    register = tmp_path / "r.csv"
    register.write_text("source,subsector,pollutant,baseline_t\ns,leaks,VOC,10\n", encoding="utf-8")
    with pytest.raises(ManyErrors) as caught:
        register_table(str(register), str(catalogue))
    assert "'beside' is not a way to apply a measure" in str(caught.value)
    assert "an efficiency of 1.5 is not a share" in str(caught.value)
