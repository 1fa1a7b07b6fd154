"""What measures offer a source, by hand: shares, series, capital, limits."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from permits.errors import ManyErrors
from scenarios.definition.measure_effects import SHARES, SourceTerms, removes
from scenarios.intake.columns import Row
from scenarios.planning.importers.register_offers import (
    CATALOGUE,
    ExcludedMeasures,
    find_offers,
    recovery_factor,
    yuan_per_t,
)
from scenarios.planning.importers.register_table import register_table

T = 10**9
HALF = SourceTerms(existing=Fraction(1, 2))


def _measure(name: str, efficiency: float, **given: Any) -> Row:
    """A row of a catalogue; shares are as exact as `read_table` makes them."""
    given = {k: Fraction(str(v)) if k in SHARES else v for k, v in given.items()}
    blank = {field.name: None for field in CATALOGUE}
    cost = {} if "capital_yuan_per_t" in given else {"cost_yuan_per_t": 100.0}
    values = {
        "measure": name,
        "efficiency": Fraction(str(efficiency)),
        "pollutant": "VOC",
        **cost,
        **given,
    }
    return Row(blank | values, {}, f"{name}.csv, row 2")


def _gains(offers: list[Any]) -> dict[str, tuple[int, Decimal]]:
    return {offer.measure: (offer.gained_mg, offer.yuan) for offer in offers}


def test_a_percentage_is_efficiency_by_effectiveness_by_penetration() -> None:
    """CoST: 60 % × 80 % × 50 % is 24 %."""
    measure = _measure("a", 0.6, rule_effectiveness=0.8, penetration=0.5)
    assert removes(measure.values) == Fraction(24, 100)
    assert _gains(find_offers(100 * T, SourceTerms(), [measure], "us", ExcludedMeasures()))[
        "a"
    ] == (
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
    found = _gains(find_offers(100 * T, HALF, [replaced, added], "us", ExcludedMeasures()))
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
    found = _gains(find_offers(100 * T, SourceTerms(), measures, "us", ExcludedMeasures()))
    assert found["cheap + dear"] == (70 * T, Decimal("3400.00"))
    assert "dear + cheap" not in found


def test_a_source_may_be_fitted_in_part_and_be_dearer() -> None:
    """Half of 100 t can be fitted: 80 % of it is 40 t, a second one of 80 % takes 8 of the other
    10 t; at 1.2 times 100 yuan/t these cost 4,800 and 5,760 yuan."""
    terms = SourceTerms(applicability=Fraction(1, 2), cost_factor=Fraction("1.2"))
    measures = [_measure("r", 0.8), _measure("a", 0.8, applies="add_on")]
    found = _gains(find_offers(100 * T, terms, measures, "us", ExcludedMeasures()))
    assert found["r"] == found["a"] == (40 * T, Decimal("4800.00"))
    assert found["r + a"] == (48 * T, Decimal("5760.00"))


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
    found = _gains(find_offers(100 * T, HALF, measures, "us", left))
    assert set(found) == {"good"}
    assert (left.no_gain, left.small, left.dear) == (
        {"old": 1},
        {"large": 1, "little": 1},
        {"costly": 1, "gold": 1},
    )
    assert len(list(left.notices())) == 3


def _plan(tmp_path: Path, catalogue: str, register: str) -> list[list[object]]:
    (tmp_path / "c.csv").write_text(catalogue, encoding="utf-8")
    (tmp_path / "r.csv").write_text(register, encoding="utf-8")
    table = register_table(tmp_path / "r.csv", tmp_path / "c.csv").table
    names = ("removed_t", "annual_cost_yuan")
    return [[row.values[name] for name in names] for row in table.rows]


SOURCES = "source,subsector,pollutant,baseline_t,cost_factor\ns,leaks,VOC,10,{factor}\n"


def test_a_share_is_read_in_per_cent_too(tmp_path: Path) -> None:
    """10 t × 80 % × 50 % is 4 t, at 100 yuan/t; 7 % over a year is the capital and its 7 %."""
    head = "subsector,measure,pollutant,efficiency,penetration,cost_yuan_per_t\n"
    for row in ("leaks,a,VOC,80%,50％,100\n", "leaks,a,VOC,0.8,0.5,100\n"):
        assert _plan(tmp_path, head + row, SOURCES.format(factor=1)) == [[4 * T, Decimal(400)]]
    head = "subsector,measure,pollutant,efficiency,capital_yuan_per_t,life_years,interest\n"
    made = _plan(tmp_path, head + "leaks,a,VOC,40%,100,1,7%\n", SOURCES.format(factor=1))
    assert made == [[4 * T, Decimal(428)]]


def test_a_life_or_a_cost_that_no_device_has_is_refused(tmp_path: Path) -> None:
    head = "subsector,measure,pollutant,efficiency,capital_yuan_per_t,life_years,interest\n"
    for years in ("0", "-3", "1e15"):
        with pytest.raises(ManyErrors, match=r"a life of .* years .*c.csv, row 2"):
            _plan(tmp_path, f"{head}leaks,a,VOC,0.4,100,{years},0\n", SOURCES.format(factor=1))
    catalogue = "subsector,measure,pollutant,efficiency,cost_yuan_per_t\nleaks,a,VOC,0.4,100\n"
    with pytest.raises(ManyErrors, match=r"would cost 4e\+17 yuan a year \[r.csv, row 2\]"):
        _plan(tmp_path, catalogue, SOURCES.format(factor="1e15"))


def test_a_way_that_there_is_not_is_refused(tmp_path: Path) -> None:
    catalogue = tmp_path / "c.csv"
    catalogue.write_text(
        "subsector,measure,pollutant,efficiency,cost_yuan_per_t,applies\n"
        "leaks,a,VOC,0.5,100,beside\nleaks,b,VOC,0%,100,add_on\n",
        encoding="utf-8",
    )
    register = tmp_path / "r.csv"
    register.write_text("source,subsector,pollutant,baseline_t\ns,leaks,VOC,10\n", encoding="utf-8")
    with pytest.raises(ManyErrors) as caught:
        register_table(str(register), str(catalogue))
    assert "'beside' is not a way to apply a measure" in str(caught.value)
    assert "efficiency: with a share of 0 the measure removes nothing" in str(caught.value)
    text = catalogue.read_text(encoding="utf-8").replace("0%", "1.5").replace("beside", "add_on")
    catalogue.write_text(text, encoding="utf-8")
    with pytest.raises(ManyErrors, match="is not a share from 0 to 1"):
        register_table(str(register), str(catalogue))
