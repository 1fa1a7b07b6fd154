"""Rules of real programmes against the figures they published."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.clearing.clearing import Clearing
from market.clearing.order import Book, Order, Side
from market.clearing.tranches import read_tranches, sold_by_step, supply_steps
from market.mechanisms import find_mechanisms, run_session
from market.programmes.limits import california_holding_limit, purchase_limit
from market.programmes.price_ladder import california_growth, price_ladder_fen
from market.programmes.stability_reserve import RULE_OF_2019, RULE_OF_2023, intake, year_end
from market.programmes.unsold import (
    ClassOffer,
    ReofferRule,
    Unsold,
    after_sale,
    reoffer,
    roll_over,
    split_sold,
)
from permits.errors import InputError
from permits.relief import relieved_obligation_mg
from permits.rng import stream

T = 10**9
CPI_PERCENT = (
    "1.66",
    "0.17",
    "1.64",
    "2.04",
    "2.52",
    "1.76",
    "1.18",
    "6.22",
    "7.75",
    "3.24",
    "2.60",
)
"""US consumer prices, October on October, 2014 to 2024, cited from memory."""


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _cents(text: str) -> int:
    return round(float(text) * 100)


# --- floors and triggers -----------------------------------------------------------------------


def test_triggers_and_reserve_price_of_rggi_rise_from_the_published_figure() -> None:
    """Cost containment 13.00, 13.91, 14.88, 15.92, 17.03 and emissions containment 6.00 to 7.86
    dollars, 2021 to 2025; reserve price 2.00 to 2.62, 2014 to 2025 [RGGI]."""
    seven, half = [Fraction(7, 100)] * 4, [Fraction(25, 1000)] * 11
    assert price_ladder_fen(1300, seven) == (1300, 1391, 1488, 1592, 1703)
    assert price_ladder_fen(600, seven) == (600, 642, 687, 735, 786)
    assert price_ladder_fen(200, half) == (
        200, 205, 210, 215, 220, 226, 232, 238, 244, 250, 256, 262,
    )  # fmt: skip


def test_computing_from_unrounded_figures_is_a_cent_off() -> None:
    exact = [round(1300 * Fraction(107, 100) ** k) for k in range(5)]
    assert exact != list(price_ladder_fen(1300, [Fraction(7, 100)] * 4))


def test_the_triggers_of_rggi_stand_in_its_results(reference: Callable[[str], Path]) -> None:
    """Every trigger of the auctions of 2021 to 2025 is on the ladder [RGGI]."""
    rows = _rows(reference("auctions/rggi_auctions.csv"))
    seven = [Fraction(7, 100)] * 4
    for column, first in (("stability2", 1300), ("stability3", 600)):
        name = f"{column}_usd_per_short_ton"
        seen = {r["auction_date"][:4]: _cents(r[name]) for r in rows if r["auction_date"] > "2021"}
        years = [str(year) for year in range(2021, 2026)]
        assert [seen[year] for year in years] == list(price_ladder_fen(first, seven))


def test_california_s_floor_follows_prices_within_a_cent(reference: Callable[[str], Path]) -> None:
    """Last year's floor times 1 + 5 % + inflation, rounded to cents, 2015 to 2025; the ceiling
    of 65 becomes 72.29 in 2022 [CaliforniaAuctions]."""
    rows = _rows(reference("auctions/california_settlement_prices.csv"))
    floor = {row["ym"][:4]: _cents(row["auction_reserve_price_usd"]) for row in rows}
    for year, cpi in zip(range(2014, 2025), CPI_PERCENT, strict=True):
        growth = california_growth(Fraction(cpi) / 100)
        (_, told) = price_ladder_fen(floor[str(year)], [growth])
        assert abs(told - floor[str(year + 1)]) <= 1, year
    assert price_ladder_fen(6500, [california_growth(Fraction("6.22") / 100)])[1] == 7229


# --- supply that follows the price -------------------------------------------------------------


def _sale(bids: list[tuple[int, int]], supply_t: int, tranches: str, reserve: int = 2) -> Clearing:
    orders = tuple(
        Order(f"{n}", f"B{n}", Side.BUY, "P", mass * T, price * 100, n)
        for n, (price, mass) in enumerate(bids)
    )
    book = Book("P", orders, supply_t * T, reserve * 100)
    rule = find_mechanisms()["price_tranches"]
    return run_session(rule, book, {"tranches": tranches}, rng=stream(0, "t"))


def test_a_reserve_opens_at_its_trigger_and_holds_the_price_until_it_is_used_up() -> None:
    """100 t, and 10 t more at 13: below the trigger they stay; above it they hold the price
    there; once sold the price passes it, as RGGI's did in December 2015 (7.50 against 6.00
    after its reserve had been sold in September) [RGGI] [PerkisEtAl2014]."""
    calm = _sale([(12, 80), (9, 60)], 110, "10@13")
    assert (calm.traded_mg, calm.price_fen_per_t) == (100 * T, 900)
    tight = _sale([(20, 80), (15, 26), (9, 60)], 110, "10@13")
    assert (tight.traded_mg, tight.price_fen_per_t) == (106 * T, 1300)
    short = _sale([(20, 80), (15, 60), (9, 60)], 110, "10@13")
    assert (short.traded_mg, short.price_fen_per_t) == (110 * T, 1500)


def test_emissions_containment_holds_back_what_would_sell_below_its_trigger() -> None:
    """100 t of which 10 are held back below 6: with bids of 5 at the margin 90 are sold."""
    held = _sale([(8, 80), (5, 60)], 100, "10@6")
    assert (held.traded_mg, held.price_fen_per_t, held.unsold_mg) == (90 * T, 500, 10 * T)
    full = _sale([(8, 80), (7, 60)], 100, "10@6")
    assert (full.traded_mg, full.price_fen_per_t) == (100 * T, 700)
    part = _sale([(8, 80), (7, 15), (3, 60)], 100, "10@6")
    assert (part.traded_mg, part.price_fen_per_t) == (95 * T, 600)


bids = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)), max_size=8)


@given(bids, st.integers(0, 20))
def test_without_tranches_it_is_the_uniform_price(bids: list[tuple[int, int]], supply: int) -> None:
    ours = _sale(bids, supply, "")
    orders = tuple(fill.order for fill in ours.fills) + tuple(
        rest.order for rest in ours.rests if rest.order.id not in {f.order.id for f in ours.fills}
    )
    book = Book("P", orders, supply * T, 200)
    plain = run_session(find_mechanisms()["uniform_price"], book, rng=stream(0, "t"))
    assert (ours.trades, ours.fills, ours.unsold_mg) == (plain.trades, plain.fills, plain.unsold_mg)


@given(bids, st.lists(st.tuples(st.integers(0, 5), st.integers(1, 14)), max_size=3))
def test_no_tranche_sells_below_its_price_and_none_is_left_below_the_price(
    bids: list[tuple[int, int]], tranches: list[tuple[int, int]]
) -> None:
    own = sum(mass for mass, _ in tranches)
    text = ", ".join(f"{mass}@{price}" for mass, price in tranches)
    clearing = _sale(bids, 8 + own, text)
    book = Book("P", (), (8 + own) * T, 200)
    steps = supply_steps(book, read_tranches(text))
    sold = sold_by_step(steps, clearing.traded_mg)
    assert sum(sold) == clearing.traded_mg
    for step, mass in zip(steps, sold, strict=True):
        price = clearing.price_fen_per_t
        assert mass == 0 or (price is not None and price >= step.price_fen_per_t)
        if price is not None and price > step.price_fen_per_t:
            assert mass == step.mass_mg


def test_tranches_beyond_the_supply_and_malformed_ones_are_refused() -> None:
    with pytest.raises(InputError, match="whole supply of 5"):
        _sale([(3, 1)], 5, "6@3")
    with pytest.raises(InputError, match="is not a mass and a price"):
        read_tranches("6 at 3")


def test_the_price_passes_a_trigger_only_after_the_reserve_of_that_year_is_gone(
    reference: Callable[[str], Path],
) -> None:
    """RGGI 2014-2025: a price at the trigger to the cent tells that the reserve was sold in
    part; in each such year the sales before it were below. Never a price between: with mass
    left in the reserve nobody pays more than the trigger [RGGI]."""
    rows = _rows(reference("auctions/rggi_auctions.csv"))
    by_year: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in rows:
        trigger = row["stability2_usd_per_short_ton"]
        if trigger:
            price = _cents(row["clearing_price_usd_per_short_ton"])
            by_year[row["auction_date"][:4]].append((price, _cents(trigger)))
    at = {y: [p == trigger for p, trigger in sales] for y, sales in by_year.items()}
    assert [year for year in sorted(at) if any(at[year])] == ["2014", "2021", "2023"]
    for year, sales in by_year.items():
        first = next((n for n, (p, trigger) in enumerate(sales) if p >= trigger), len(sales))
        assert all(p < trigger for p, trigger in sales[:first]), year
    reached = [year for year, sales in sorted(by_year.items()) if any(p > t for p, t in sales)]
    assert reached == ["2014", "2015", "2024", "2025"]


def test_proceeds_are_volume_times_price(reference: Callable[[str], Path]) -> None:
    """Auction 27: 15,272,670 x 5.41 = 82,625,144.70; 52: 22,987,719 x 7.97 = 183,212,120; auction
    13 sold 7,487,000 of 42,189,685 at the reserve of 1.89 [RGGI]."""
    rows = {row["auction"]: row for row in _rows(reference("auctions/rggi_volume_facts.csv"))}
    for number, proceeds, near in (("27", 82_625_144_70, 0), ("52", 183_212_120_00, 50)):
        row = rows[number]
        clearing = _filled(int(row["sold_total"]), _cents(row["clearing_usd"]), None)
        assert abs(clearing.money_fen - proceeds) <= near
    short = rows["13"]
    clearing = _filled(int(short["sold_total"]), 518, int(short["offered_base"]))
    assert clearing.price_fen_per_t == 189
    assert round(clearing.traded_mg / T / int(short["offered_base"]) * 100, 2) == 17.75


def _filled(sold: int, limit: int, offered: int | None) -> Clearing:
    """One bid for what was sold, an allowance standing as a tonne; money is then in cents."""
    order = Order("1", "all", Side.BUY, "P", sold * T, limit, 0)
    book = Book("P", (order,), (offered or sold) * T, limit if offered is None else 189)
    return run_session(find_mechanisms()["uniform_price"], book, rng=stream(0, "t"))


# --- the stability reserve ---------------------------------------------------------------------


def test_the_stability_reserve_takes_in_what_was_published() -> None:
    """In circulation in 2022 1,134,794,738: 272,350,737 taken in; in 2025 1,023,494,202:
    190,494,202; the two branches meet at 1,096 million [EU-MSR]."""
    held = 3 * 10**9
    assert intake(1_134_794_738, RULE_OF_2019, held=held) == 272_350_737
    assert intake(1_023_494_202, RULE_OF_2023, held=held) == 190_494_202
    assert intake(1_096_000_000, RULE_OF_2023, held=held) == 263_000_000
    assert abs(int(1_096_000_000 * RULE_OF_2023.intake) - 263_000_000) == 40_000
    assert intake(500_000_000, RULE_OF_2023, held=held) == 0
    assert intake(399_000_000, RULE_OF_2023, held=held) == -100_000_000
    assert intake(399_000_000, RULE_OF_2023, held=7) == -7
    assert round(intake(1_385_496_166, RULE_OF_2019, held=held) / 1e6, 1) == 332.5


@given(st.integers(0, 3 * 10**9), st.integers(0, 2 * 10**9))
def test_what_the_reserve_holds_takes_in_and_loses_adds_up(circulating: int, held: int) -> None:
    for rule in (RULE_OF_2019, RULE_OF_2023):
        moved = intake(circulating, rule, held=held)
        after, lapsed = year_end(held, moved, rule)
        assert after + lapsed == held + moved
        assert after >= 0 and lapsed >= 0
        assert rule.hold_most is None or after <= rule.hold_most


# --- who sells, who may buy --------------------------------------------------------------------


def test_joint_sales_that_fell_short_are_split_as_they_were(
    reference: Callable[[str], Path],
) -> None:
    """California and Québec, the five sales of 2016 and February 2017: each sells in proportion
    to what it offered, California's consigned allowances first, within a tonne
    [NearZeroWCI] [CARB-Unsold2016]."""
    rows = _rows(reference("auctions/wci_auction_volumes_2012_2017.csv"))
    worst = 0
    for month in ("2016-02", "2016-05", "2016-08", "2016-11", "2017-02"):
        sale = [
            row for row in rows
            if (row["auction_month"], row["auction_type"], row["market"])
            == (month, "current", "CA-QC")
        ]  # fmt: skip
        offered: dict[tuple[str, str], int] = defaultdict(int)
        sold: dict[tuple[str, str], int] = defaultdict(int)
        for row in sale:
            key = row["jurisdiction"], row["instrument_category"]
            offered[key] += round(float(row["available_mmt"]) * 10**6)
            sold[key] += round(float(row["sold_mmt"]) * 10**6)
        offers = [ClassOffer(j, category, mass) for (j, category), mass in offered.items()]
        found = split_sold(offers, sum(sold.values()), {"CA": ("consign", "CA")})
        assert sum(found.values()) == sum(sold.values())
        worst = max(worst, *(abs(found[key] - sold[key]) for key in sold))
    assert worst <= 1


def test_may_2016_sold_consigned_allowances_alone_in_california() -> None:
    """67.675951 million offered, 7.26 sold: California 6.174695, all consigned; Québec 1.085305
    [NearZeroWCI]."""
    offers = [
        ClassOffer("CA", "consign", 21_948_176),
        ClassOffer("CA", "CA", 35_610_823),
        ClassOffer("QC", "QC", 10_116_952),
    ]
    assert sum(offer.offered for offer in offers) == 67_675_951
    found = split_sold(offers, 7_260_000, {"CA": ("consign",)})
    assert found == {("CA", "consign"): 6_174_695, ("CA", "CA"): 0, ("QC", "QC"): 1_085_305}


def test_more_sold_than_offered_is_refused() -> None:
    with pytest.raises(InputError, match="8 sold is not between 0 and the 7 offered"):
        split_sold([ClassOffer("CA", "CA", 7)], 8, {})


@given(st.lists(st.tuples(st.integers(0, 1000), st.booleans(), st.integers(0, 1000)), max_size=12))
def test_unsold_allowances_wait_until_two_sales_end_above_the_floor(
    sales: list[tuple[int, bool, int]],
) -> None:
    state, rule, waited = Unsold(), ReofferRule(), 0
    for new, above, missed in sales:
        again = reoffer(state, new, rule)
        assert again <= new * rule.most_percent // 100
        assert state.above_floor >= rule.sales or again == 0
        unsold = min(missed, new + again)
        waited += unsold - again
        state = after_sale(state, reoffered=again, unsold=unsold, above_floor=above)
        assert state.waiting == waited >= 0


@given(st.integers(0, 10**9), st.integers(1, 9))
def test_what_rolls_over_is_spread_without_loss(unsold: int, sales: int) -> None:
    parts = roll_over(unsold, sales)
    assert sum(parts) == unsold
    assert max(parts) - min(parts) <= 1


def test_holding_limits_by_the_budget() -> None:
    """Budgets of 162.8 and 159.7 million: 5,945,000 and 5,867,500; with Québec 459.8 million:
    13,370,000. Formula from memory, numbers computed."""
    budgets = (162_800_000, 159_700_000, 394_500_000 + 65_300_000)
    assert [california_holding_limit(b) for b in budgets] == [5_945_000, 5_867_500, 13_370_000]


def test_purchase_limits_are_shares_of_the_sale() -> None:
    """Guangdong, March 2017: 500,000 t, nobody above 250,000."""
    assert purchase_limit(500_000, Fraction(1, 2)) == 250_000
    assert purchase_limit(7, Fraction(1, 4)) == 1


def test_every_published_price_is_at_or_above_its_floor(reference: Callable[[str], Path]) -> None:
    """53 sales of California (eight of them at the floor, every one that fell short among
    them) and 70 of RGGI; the two accounts of California's prices agree in all 53
    [CaliforniaAuctions] [RGGI]."""
    rows = _rows(reference("auctions/california_settlement_prices.csv"))
    gaps = [
        _cents(r["current_auction_price_usd"]) - _cents(r["auction_reserve_price_usd"])
        for r in rows
    ]
    assert (len(gaps), min(gaps), gaps.count(0)) == (53, 0, 8)
    assert all(
        _cents(r["current_auction_price_usd"]) == _cents(r["icap_current_price_usd"]) for r in rows
    )
    short = {"2016-02", "2016-05", "2016-08", "2016-11", "2017-02"}
    at_floor = {row["ym"] for row, gap in zip(rows, gaps, strict=True) if gap == 0}
    assert short <= at_floor
    rggi = _rows(reference("auctions/rggi_auctions.csv"))
    assert len(rggi) == 70
    assert all(
        _cents(r["clearing_price_usd_per_short_ton"])
        >= _cents(r["reserve_price_usd_per_short_ton"])
        for r in rggi
    )


def test_prices_survive_a_fall_of_more_than_a_thousand_fold(
    reference: Callable[[str], Path],
) -> None:
    """The EPA's spot price was 860.07 dollars in 2006 and 0.56 in 2012 [EPA-SO2-2011]: the same
    sale at both clears at both, and no price is below zero."""
    rows = _rows(reference("auctions/epa_so2_clearing_1993_2020.csv"))
    spot = {
        row["year"]: _cents(row["spot_clearing_usd"]) for row in rows if row["spot_clearing_usd"]
    }
    assert (spot["2006"], spot["2012"]) == (86_007, 56)
    for price in spot.values():
        clearing = _filled(125_000, price, None)
        assert clearing.price_fen_per_t == price
        assert clearing.money_fen == 125_000 * price


def test_chinese_prices_lie_in_the_band_of_their_first_years(
    reference: Callable[[str], Path],
) -> None:
    """The national market, 1,083 days: first 51.23, low 38.50, median 61.00, high 105.66, last
    75.80 yuan/t: what a simulated price is held against, no more."""
    rows = _rows(reference("auctions/china_ets_secondary_icap.csv"))
    own = [r for r in rows if r["system"].startswith("China") and "National" in r["system"]]
    prices = [_cents(r["price_cny"]) for r in sorted(own, key=lambda r: r["date"])]
    ranked = sorted(prices)
    assert len(prices) == 1083
    assert (prices[0], ranked[0], ranked[541], ranked[-1], prices[-1]) == (
        5123, 3850, 6100, 10566, 7580,
    )  # fmt: skip


# --- relief ------------------------------------------------------------------------------------


def test_a_power_plant_that_is_very_short_owes_a_fifth_of_its_emission_beyond_its_allocation() -> (
    None
):
    """0.8177 t/MWh x 1,000,000 MWh x 0.97 + 0.1105 t/GJ x 500,000 GJ = 848,419 t; 1,150,000 t
    verified: 301,581 t (26.2 %) short, 1,078,419 t owed [MEE-2021] (benchmarks and the 20 %
    from memory)."""
    allocated = int(Fraction("0.8177") * 10**6 * Fraction("0.97") + Fraction("0.1105") * 500_000)
    assert allocated == 848_419
    owed = relieved_obligation_mg(1_150_000 * T, allocated * T)
    assert owed == 1_078_419 * T
    assert relieved_obligation_mg(850_000 * T, allocated * T) == 850_000 * T
