"""The shipped VOC catalogue: every figure recomputed, and the published sanity run met.

The figures typed here were worked out apart from this code, from [EPA-CMDB] and, for the
vents of chemical plants, [VOC-B2]: the measures in yuan of 2017, and the least cost of
42,000 t by accounting basis and reach.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

DATA = Path(__file__).parents[3] / "scenarios" / "files" / "data"
T_PER_SHORT_TON = 0.90718474
YUAN_PER_USD = 4.18  # purchasing power, 2017

# Measure -> yuan per tonne of 2017 rounded to the hundred or the ten.
ROUNDED_YUAN_PER_T = {
    "VFUGEQMAN2": 6_300,
    "VFLAFLA": 17_600,
    "VWWPWW": 17_900,
    "VSTGIILPV1": 8_200,
    "VFUGEQMAN1": -2_400,
    "VINADS1168": 17_200,
    "VLVMMIA": 1_400,
    "VSOLSMIA": 1_500,
    "VMVCTMACT": 920,
    "VMVCTINC": 69_700,
    "VMARCMACT": 16_300,
    "VMARCOTC": 16_500,
    "VMARCINC": 69_700,
    "VWDCTMACT2": 3_500,
    "VWDCTCTG": 7_500,
    "VWDCTADDON": 156_000,
    "VLVMMFC": 1_100,
    "VLVMLASC": 2_800,
    "VCTRMMPPC": 9_700,
    "VMERCMACT": 7_800,
    "VMERCOTC": 16_500,
    "VPTENMFSC": 127_500,
    "VMCCCMACT": 7_800,
    "VMCCCBAQMD": 15_700,
    "VMCCCINC": 69_700,
    "VPTENMCSC": 51_900,
    "VLVMAPFFC": 6_600,
    "VPACTINC": 37_300,
    "VGARTRACT": 29_900,
    "VAOCFPP": 15_400,
    "VAOCLPLP": 850,
    "VREEVPRPU": 6_600,
    "CNVENTRCO": 8_000,
}

# Part of all industry that each sub-sector emits.
SHARES = {
    "petrochemicals": (
        0.08,
        {"leaks": 0.2, "tanks_loading": 0.4, "wastewater": 0.15, "vents": 0.25},
    ),
    "chemicals": (0.14, {"leaks": 0.3, "vents": 0.4, "tanks_wastewater": 0.3}),
    "coating": (
        0.24,
        {
            "cars": 0.15,
            "ships_containers": 0.10,
            "wood_furniture": 0.30,
            "metal_machinery": 0.35,
            "coil_cans": 0.10,
        },
    ),
    "printing": (0.08, {"gravure": 0.50, "lamination": 0.29, "offset_other": 0.21}),
}

# industry kt, reach, greatest cut kt, marginal yuan/t, m yuan a year, kt by sector
SANITY_RUN = [
    (200, 1.00, 89, 8_000, 153, (2.5, 12.3, 14.5, 12.7)),
    (200, 0.50, 44.5, 326_700, 1_562, (6.9, 9.6, 18.5, 6.9)),
    (480, 1.00, 214, 1_450, 3, (0, 12.1, 20.3, 9.6)),
    (480, 0.50, 107, 8_000, 117, (3.0, 6.4, 17.4, 15.2)),
    (480, 0.25, 53, 37_200, 379, (8.3, 11.5, 13.8, 8.3)),
    (850, 0.50, 189, 3_480, 13, (0, 10.7, 19.6, 11.7)),
    (850, 0.25, 95, 8_000, 142, (2.7, 10.4, 15.4, 13.5)),
    (1_340, 0.50, 298, 1_100, -16, (0, 16.9, 16.7, 8.4)),
    (1_340, 0.25, 149, 6_270, 49, (2.9, 8.4, 21.4, 9.2)),
]


def rows() -> list[dict[str, str]]:
    with (DATA / "voc-2017-measures.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def deflators() -> dict[str, float]:
    with (DATA / "us-gdp-deflator.csv").open(encoding="utf-8", newline="") as file:
        return {row["year"]: float(row["deflator_2012_100"]) for row in csv.DictReader(file)}


def test_every_sub_sector_of_the_plan_has_a_measure_and_none_has_the_same_twice() -> None:
    found = [(row["subsector"], row["measure"]) for row in rows()]
    assert len(found) == len(set(found))
    wanted = {f"{sector}.{part}" for sector, (_, parts) in SHARES.items() for part in parts}
    assert {subsector for subsector, _ in found} == wanted


def test_cost_in_yuan_of_2017_follows_from_dollars_deflator_short_tons_and_exchange_rate() -> None:
    by_year = deflators()
    for row in rows():
        if not row["cost_usd_per_short_ton"]:
            assert row["cost_yuan_per_t"] == "8000.00"
            continue
        assert float(row["t_per_short_ton"]) == T_PER_SHORT_TON
        assert float(row["yuan_per_usd"]) == YUAN_PER_USD
        assert float(row["deflator_cost_year"]) == by_year[row["cost_year"]]
        assert float(row["deflator_2017"]) == by_year["2017"]
        usd_2017 = (
            float(row["cost_usd_per_short_ton"]) * by_year["2017"] / by_year[row["cost_year"]]
        )
        yuan = usd_2017 / T_PER_SHORT_TON * YUAN_PER_USD
        assert row["cost_yuan_per_t"] == f"{yuan:.2f}"


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['subsector']}-{row['measure']}")
def test_cost_is_the_figure_worked_out_apart_within_its_rounding(row: dict[str, str]) -> None:
    rounded = ROUNDED_YUAN_PER_T[row["measure"]]
    step = 100 if rounded % 100 == 0 else 10
    assert abs(float(row["cost_yuan_per_t"]) - rounded) <= step / 2


def test_efficiency_is_the_product_of_its_parts() -> None:
    for row in rows():
        parts = [
            float(row[name])
            for name in ("control_efficiency", "rule_effectiveness", "rule_penetration", "capture")
        ]
        product = parts[0] * parts[1] * parts[2] * parts[3]
        assert float(row["efficiency"]) == pytest.approx(product, abs=1e-3)
        assert 0 < float(row["efficiency"]) <= 1


def test_every_row_says_where_its_numbers_come_from() -> None:
    known = {"statute", "published", "computed", "assumed"}
    for row in rows():
        assert row["source"].startswith("[") and row["source"].endswith("]")
        assert row["efficiency_status"] in known
        assert row["cost_status"] in known
        assert row["status"] in known
        if row["fit"] == "proxy":
            assert row["status"] == "assumed"
        assert bool(row["cost_cny_per_t"]) == bool(
            row["cost_cny_status"] and row["cost_cny_source"]
        )


def test_the_catalogue_holds_negative_and_dominated_measures() -> None:
    assert [row["measure"] for row in rows() if float(row["cost_yuan_per_t"]) < 0] == ["VFUGEQMAN1"]
    gravure = {row["measure"]: row for row in rows() if row["subsector"] == "printing.gravure"}
    dear, good = gravure["VAOCFPP"], gravure["VREEVPRPU"]
    assert float(dear["efficiency"]) < float(good["efficiency"])
    assert float(dear["cost_yuan_per_t"]) > float(good["cost_yuan_per_t"])


@pytest.mark.parametrize(
    ("industry_kt", "reach", "greatest_kt", "marginal", "total_m", "by_sector"), SANITY_RUN
)
def test_divisible_measures_at_uniform_cost_give_the_known_sanity_run(
    industry_kt: float,
    reach: float,
    greatest_kt: float,
    marginal: float,
    total_m: float,
    by_sector: tuple[float, ...],
) -> None:
    steps = steps_by_cost(industry_kt * reach)
    greatest = sum(kt for _, kt, _ in steps)
    assert greatest == pytest.approx(greatest_kt, abs=0.5 if greatest_kt != 44.5 else 0.05)
    left, cost, last = 42.0, 0.0, 0.0
    cut: dict[str, float] = defaultdict(float)
    for slope, kt, sector in steps:
        if left <= 0:
            break
        taken = min(kt, left)
        left, cost, last = left - taken, cost + taken * slope, slope
        cut[sector] += taken
    assert last == pytest.approx(marginal, rel=0.003)
    assert cost / 1000 == pytest.approx(total_m, abs=0.5)
    assert [cut[s] for s in SHARES] == pytest.approx(list(by_sector), abs=0.051)


def test_a_tight_register_with_a_quarter_in_reach_cannot_cut_42_kt() -> None:
    assert sum(kt for _, kt, _ in steps_by_cost(200 * 0.25)) == pytest.approx(22.27, abs=0.01)


def steps_by_cost(industry_kt: float) -> list[tuple[float, float, str]]:
    """Hull steps of all sub-sectors, cheapest first: yuan/t, kt, sector."""
    offers: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in rows():
        efficiency = float(row["efficiency"])
        offers[row["subsector"]].append((efficiency, efficiency * float(row["cost_yuan_per_t"])))
    steps = []
    for subsector, points in offers.items():
        sector, part = subsector.split(".")
        share, parts = SHARES[sector]
        at = (0.0, 0.0)
        while better := [p for p in points if p[0] > at[0]]:
            slope, _, to = min(((p[1] - at[1]) / (p[0] - at[0]), -p[0], p) for p in better)
            steps.append((slope, (to[0] - at[0]) * industry_kt * share * parts[part], sector))
            at = to
    return sorted(steps)


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['subsector']}-{row['measure']}")
def test_row_is_a_record_of_the_epa_database(
    row: dict[str, str], reference: Callable[[str], Path]
) -> None:
    if row["source"] != "[EPA-CMDB]":
        assert row["measure"] == "CNVENTRCO"
        return
    table = reference("cost_cmdb/derived/voc_measures.csv")
    with table.open(encoding="utf-8", newline="") as file:
        records = [r for r in csv.DictReader(file) if r["cm_abbreviation"] == row["measure"]]
    assert any(
        float(r["control_efficiency_pct"].rstrip("%")) / 100
        == pytest.approx(float(row["control_efficiency"]))
        and r["cost_year"] == row["cost_year"]
        and float(r["cost_per_ton_usd"]) == float(row["cost_usd_per_short_ton"])
        and float(r["rule_effectiveness_pct"] or 100) / 100 == float(row["rule_effectiveness"])
        for r in records
    )


def test_the_shipped_deflator_is_the_databases_own(reference: Callable[[str], Path]) -> None:
    table = reference("cost_cmdb/reference/gdp_implicit_price_deflator.csv")
    with table.open(encoding="utf-8", newline="") as file:
        theirs = {r["year"]: float(r["deflator_gdp"]) for r in csv.DictReader(file)}
    assert deflators() == theirs
