"""A year as one call: the totals of a run, without the run."""

from __future__ import annotations

import json
import pickle
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from functools import partial
from typing import Any

import pytest

from permits.account import WORLD, cash, escrow
from permits.errors import InputError
from permits.ledger import Entry, Reason, move
from permits.right import YUAN
from scenarios import api
from scenarios.definition.load import load_scenario
from scenarios.results.stores.jsontext import to_json
from scenarios.results.stores.summary_json import summary_json
from scenarios.results.summary import LuckSpread, YearSummary
from scenarios.runner import LEFT_OUT, left_out, prepared, run
from scenarios.simulation.luck_range import luck_range
from scenarios.simulation.payments import paid_for_openings_fen, payment_rows
from scenarios.simulation.simulate import simulate
from scenarios.simulation.year_results import vintages_of
from scenarios.workers import map_jobs
from tests.scenarios.simulation.small_years import FEW_DYERS, built, play, small

SCENARIOS = (("classroom-two-firms",), FEW_DYERS)
COARSE = ("classroom-two-firms", "market.lot=2 t")
DAY = date(2017, 3, 1)


def _call(job: Any) -> YearSummary:
    found: YearSummary = job()
    return found


def _two_pollutants(**sections: Any) -> dict[str, Any]:
    """Two firms with cards for X and Y; the first emits 12 t a year of each and holds 10 t."""
    return small(
        [
            {"id": "A", "baseline": {"X": "12 t", "Y": "12 t"},
             "opening": {"X": "10 t", "Y": "10 t"}},
            {"id": "B", "baseline": {"X": "5 t", "Y": "5 t"},
             "opening": {"X": "9 t", "Y": "9 t"}},
        ],
        **sections,
    )  # fmt: skip


@pytest.mark.parametrize("stated", SCENARIOS, ids=["classroom", "dyers"])
def test_a_year_of_totals_only_has_the_summary_of_the_whole_year(stated: Sequence[str]) -> None:
    """Every count comes from what both kinds of year hold; each field is compared but entries."""
    scenario = built(*stated)
    whole = run(scenario, part="year", without=("frictions",)).summary.year
    assert whole is not None
    lean = simulate(scenario, scenario.luck_seed)
    for part in fields(YearSummary):
        assert getattr(lean, part.name) == getattr(whole, part.name), part.name
    assert pickle.loads(pickle.dumps(lean)) == lean


def test_the_same_summaries_come_from_one_worker_and_from_two() -> None:
    jobs = [partial(simulate, built(*COARSE), seed) for seed in (1, 2, 3)]
    one, two = (map_jobs(_call, jobs, workers=count) for count in (1, 2))
    assert one == two
    assert len(one) == 3


def test_luck_changes_what_happens_and_not_who_is_there() -> None:
    """Another luck seed draws other production; the rights issued are the same."""
    scenario = built(*FEW_DYERS)
    first, again, other = (simulate(scenario, seed) for seed in (5, 5, 6))
    assert first == again
    assert first.swipes.emitted_mg != other.swipes.emitted_mg
    assert first.ledger.opening_paid_fen == other.ledger.opening_paid_fen
    assert first == api.simulate(scenario, 5)


def test_the_range_over_luck_is_that_of_the_years_it_names() -> None:
    scenario = built(*FEW_DYERS)
    plain = run(scenario, part="year", without=("frictions",))
    drawn = run(scenario, part="year", without=("frictions",), luck=3)
    year = drawn.summary.year
    assert year is not None
    assert year.luck is not None
    assert year.luck.seeds == tuple(range(scenario.luck_seed, scenario.luck_seed + 3))
    emitted = sorted(simulate(scenario, seed).swipes.emitted_mg for seed in year.luck.seeds)
    assert year.luck.emitted_mg == LuckSpread(*emitted, draws=3)
    # Nothing else of the run knows of the draws.
    summary = replace(drawn.summary, year=replace(year, luck=None))
    assert summary == plain.summary
    assert drawn.journal == plain.journal
    assert dict(drawn.tables) == dict(plain.tables)


def test_a_range_is_the_least_the_median_and_the_greatest_of_those_that_have_it() -> None:
    """Penalties 0, 30, 101 and 200: median (30 + 101) / 2 = 65.5, half to even 66. A price only
    in two of four years: 5 and 8, median 6.5, half to even 6."""
    year = simulate(load_scenario("classroom-two-firms"), 1)
    years = []
    for penalty, price in ((200, None), (0, 8), (101, None), (30, 5)):
        sales = replace(year.market.auction, price_fen_per_t=price)
        years.append(
            replace(
                year,
                true_up=replace(year.true_up, penalty_fen=penalty),
                market=replace(year.market, auction=sales),
            )
        )
    found = luck_range(7, years)
    assert found.seeds == (7, 8, 9, 10)
    assert found.penalty_fen == LuckSpread(0, 66, 200, draws=4)
    assert found.sale_price_fen_per_t == LuckSpread(5, 6, 8, draws=2)
    assert luck_range(7, years[:1]).sale_price_fen_per_t is None


def test_a_year_alone_makes_no_plan_and_is_the_year_of_the_whole_run() -> None:
    scenario = built(*COARSE)
    alone, whole = (run(scenario, part=part, without=LEFT_OUT) for part in ("year", "all"))
    assert alone.summary.planned is None
    assert "allocation" not in summary_json(alone.summary)
    assert "quotas" not in alone.tables
    assert alone.summary.year == whole.summary.year
    assert alone.journal == whole.journal


def test_a_year_that_opens_with_the_plan_has_it_solved_and_says_so() -> None:
    """The openings are those of the whole run, which has the plan, and not another rule's."""
    sets = ["allocation.rule=least_cost_plan"]
    scenario, other = (built(*FEW_DYERS, *given) for given in (sets, []))
    _, said = prepared(scenario, "year")
    assert any("least_cost_plan opens with the least-cost plan" in line for line in said)
    assert not any("opens with" in line for line in prepared(other, "year")[1])
    alone, whole, without = (
        run(one, part=part, without=LEFT_OUT).tables["firms"].column("opening_t")
        for one, part in ((scenario, "year"), (scenario, "all"), (other, "year"))
    )
    assert alone == whole
    assert alone != without


def test_what_is_left_out_of_a_run_is_not_in_it_and_nothing_else_changes() -> None:
    scenario = built(*COARSE, "ends=2017-01-31")
    whole, less = run(scenario), run(scenario, without=("frictions", "baselines"))
    assert set(whole.tables) - set(less.tables) == {"frictions", "baselines"}
    assert all(less.tables[name] == whole.tables[name] for name in less.tables)
    assert whole.summary.year is not None
    assert less.summary.year == replace(whole.summary.year, frictions=())


def test_only_known_parts_can_be_left_out() -> None:
    assert left_out(["baselines, frictions"]) == ("frictions", "baselines")
    assert left_out([]) == ()
    with pytest.raises(InputError, match="'friction' cannot be left out of a run") as caught:
        left_out(["baselines,friction"])
    assert "frictions / baselines" in str(caught.value)


def test_draws_of_the_plan_are_refused_for_a_year_alone() -> None:
    with pytest.raises(InputError, match="--part year makes none"):
        run(load_scenario("classroom-two-firms"), part="year", draws=5)


# --- units -------------------------------------------------------------------------------


def test_the_true_up_counts_firms_and_not_their_cards() -> None:
    """A lacks 2 t of X and of Y, B nothing of either: four cards, one firm in full and one
    short, by 4 t on the whole."""
    pollutants = {p: {"reference_price": "1000.00", "shortfall_charge": "50000.00"} for p in "XY"}
    stated = _two_pollutants(
        pollutant=pollutants,
        sector=[{"id": "all", "stop": "curtail"}],
        card={"shift": "free", "curtail_to": 1.0},  # an order that stops nothing
        rights={"term_years": 1, "withheld": 0.0, "paid_share": 1.0},
    )
    year = simulate(built(stated), 1)
    assert (year.true_up.compliant, year.true_up.short) == (1, 1)
    assert year.true_up.shortfall_mg == 4_000_000_000


def test_what_is_paid_for_opening_rights_is_price_by_mass_by_years() -> None:
    """10 + 9 t a year for the term of one year at 1,000 yuan per tonne: 19,000 yuan."""
    stated = small(
        [
            {"id": "A", "baseline": {"X": "10 t"}, "opening": {"X": "10 t"}},
            {"id": "B", "baseline": {"X": "9 t"}, "opening": {"X": "9 t"}},
        ],
        rights={"term_years": 1, "paid_share": 1.0, "paid_rate": 1.0, "withheld": 0.0},
    )
    assert simulate(built(stated), 1).ledger.opening_paid_fen == 1_900_000
    paid = [row for row in play(stated).rows("payments") if row["paid_for"] == "opening rights"]
    assert {(row["payer"], row["money_yuan"]) for row in paid} == {("A", 1_000_000), ("B", 900_000)}


def _entry(name: str, reason: Reason, *legs: Any) -> Entry:
    return Entry(name, DAY, reason, tuple(legs))


def test_who_paid_whom_is_the_money_that_changed_its_owner() -> None:
    """A gets 100 from outside, puts 60 into escrow; of these B gets 57, the exchange 3; in one
    entry A and B pay 5 and 2 to C and D, who get 4 and 3: C takes 4 of A's, D the last one of
    A's and B's 2."""
    journal = [
        _entry("1", Reason.FUND, *move(WORLD, cash("A"), YUAN, 100)),
        _entry("2", Reason.OFFER, *move(cash("A"), escrow("A"), YUAN, 60)),
        _entry("3", Reason.TRADE, *move(escrow("A"), cash("B"), YUAN, 57),
               *move(escrow("A"), cash("exchange:x"), YUAN, 3)),
        _entry("4", Reason.TRADE, *move(cash("A"), cash("B"), YUAN, 1)),
        _entry("5", Reason.PENALTY, *move(cash("A"), cash("C"), YUAN, 4),
               *move(cash("A"), cash("D"), YUAN, 1), *move(cash("B"), cash("D"), YUAN, 2)),
        _entry("6", Reason.ISSUE, *move(cash("B"), cash("province:p"), YUAN, 9)),
        _entry("7", Reason.FEE, *move(cash("B"), cash("province:p"), YUAN, 2)),
    ]  # fmt: skip
    assert payment_rows(journal) == [
        ("A", "B", "trade", 2, 58),
        ("A", "C", "penalty", 1, 4),
        ("A", "D", "penalty", 1, 1),
        ("A", "exchange:x", "trade", 1, 3),
        ("B", "D", "penalty", 1, 2),
        ("B", "province:p", "opening rights", 2, 11),
        ("world", "A", "money from outside", 1, 100),
    ]
    assert paid_for_openings_fen(journal) == 11


def test_payments_add_up_to_every_balance_of_money_and_to_all_that_changed_hands() -> None:
    """Received less paid is what an owner has at the end, debts included; and the column's sum
    is that of all money legs, those between pockets of one owner netted."""
    year = play(*FEW_DYERS)
    balance, gained, moved = Counter[str](), Counter[str](), 0
    for account, asset, held in year.world.books.ledger.balances():
        if asset == YUAN:
            balance[account.owner] += held
    for entry in year.world.books.ledger.journal:
        own = Counter[str]()
        for leg in entry.legs:
            own[leg.account.owner] += leg.delta if leg.asset == YUAN else 0
        moved += sum(max(0, delta) for delta in own.values())
    for row in year.rows("payments"):
        assert row["payer"] != row["payee"]
        gained[row["payer"]] -= row["money_yuan"]
        gained[row["payee"]] += row["money_yuan"]
    assert {k: v for k, v in gained.items() if v} == {k: v for k, v in balance.items() if v}
    assert sum(row["money_yuan"] for row in year.rows("payments")) == moved


def test_prices_are_of_one_vintage_and_the_contracted_one_stands_beside_them() -> None:
    """What was contracted, of rights to 2022, is the price of one vintage times the years.

    A session's money is price by mass, rounded trade by trade: by half a fen for each winner.
    """
    year = play(*FEW_DYERS)
    for row in year.rows("trades"):
        years = vintages_of(row["product"])
        assert row["contracted_price_yuan"] == years * row["price_yuan_per_t"]
        said = "yuan for 1 t" if years == 1 else f"yuan for 1 t in each of {years} years"
        assert row["contracted_unit"] == said
    several = [row for row in year.rows("sessions") if row["years"] > 1 and row["traded_t"]]
    assert several
    for row in several:
        # Money is price by mass; the session's mass is that of each year.
        money = row["contracted_price_yuan"] * row["traded_t"] / 10**9
        assert abs(money - row["money_yuan"]) <= 1 + row["winners"] / 2


@pytest.mark.parametrize(
    ("product", "years"), [("COD 2018", 1), ("NH3-N 2018-2022", 5), ("NH3-N 2019", 1)]
)
def test_the_vintages_of_a_product_are_counted(product: str, years: int) -> None:
    assert vintages_of(product) == years


def test_the_summary_s_object_has_the_range_with_its_units() -> None:
    result = run(load_scenario("classroom-two-firms"), part="year", without=LEFT_OUT, luck=2)
    told = json.loads(to_json(summary_json(result.summary)))
    luck: Mapping[str, Any] = told["luck"]
    assert list(luck) == [
        "luck_seeds", "cost_over_least_cost", "efficiency", "penalty_yuan",
        "auction_price_yuan_per_t", "secondary_price_yuan_per_t", "emitted_t",
    ]  # fmt: skip
    assert len(luck["luck_seeds"]) == 2
    assert luck["auction_price_yuan_per_t"] is None
    emitted = luck["emitted_t"]
    assert emitted["least"] <= told["swipes"]["emitted_t"] <= emitted["greatest"]
    assert told["ledger"]["opening_paid_yuan"] == 0
