"""Traders that see their own weight, the rule, or past prices: what they do to a market."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from statistics import mean, stdev
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator

from market.clearing.clearing import Clearing
from market.clearing.order import Book, Order, Side
from market.laboratory.equilibrium.demand_reduction import linear_shading
from market.laboratory.equilibrium.dominant import dominant_firm
from market.laboratory.equilibrium.sealed_bids import head_count_sale
from market.laboratory.equilibrium.smooth import smooth_firm
from market.mechanisms import find_mechanisms, run_session
from market.mechanisms.headcount_share import winners
from market.participants.bid_shading import chance_ppm, in_parts, learnt_price
from market.participants.view import AbatementStep, FirmView, Quote
from market.traders import find_traders
from permits.errors import InputError
from permits.rng import stream

T = 10**9
SURE = 3.0  # t-statistic asked of a direction


def view_of(firm: str = "F", **changes: Any) -> FirmView:
    """A firm without a need or a right, with cash and a year before it."""
    plain = FirmView(
        firm=firm, today=date(2017, 1, 1), session="secondary", product="P", years=1,
        usable_mg=0, sellable_mg=0, need_mg=0, bought_pending_mg=0, steps=(), cash_fen=10**15,
        expected_fen_per_t=0, last_fen_per_t=None, unfilled_fen_per_t=None,
        shortfall_value_fen_per_t=1000_00, floor_fen_per_t=None, ceiling_fen_per_t=None,
        ratio_percent=100, lot_mg=T, max_bids=0, parts=True, days_left=365,
    )  # fmt: skip
    return replace(plain, **changes)


def decide(name: str, view: FirmView, rng: Generator | None = None, **params: Any) -> list[Quote]:
    rule = find_traders()[name]
    rng = rng or stream(0, view.firm)
    return list(rule.module.decide(view, rule.spec.fill(params), rng))


def clear(
    rule: str, said: Mapping[str, Iterable[Quote]], supply_mg: int | None = None, **params: Any
) -> Clearing:
    """One session of a rule; who is named first comes first."""
    rows = [(who, quote) for who, quotes in said.items() for quote in quotes]
    orders = tuple(
        Order(f"{who}/{n}", who, q.side, "P", q.mass_mg, q.limit_fen_per_t, n, at_s=q.at_s)
        for n, (who, q) in enumerate(sorted(rows, key=lambda row: row[1].at_s))
    )
    reserve = None if supply_mg is None else 0
    book = Book("P", orders, supply_mg, reserve)
    return run_session(find_mechanisms()[rule], book, params, rng=stream(0, "session"))


def t_statistic(draws: Sequence[float]) -> float:
    """How many standard errors the mean of paired differences is above nothing."""
    return mean(draws) / (stdev(draws) / len(draws) ** 0.5)


def bought_mg(clearing: Clearing, who: str) -> int:
    """What one trader bought, less what it sold."""
    signed = [
        fill.mass_mg if fill.order.side is Side.BUY else -fill.mass_mg
        for fill in clearing.fills
        if fill.order.trader == who
    ]
    return sum(signed)


# --- hoarder and speculator ----------------------------------------------------------


def _town(seed: int) -> list[FirmView]:
    """Twelve firms that emit 20 t each, hold from 0 to 30 t, and abate at rising cost."""
    rng = stream(seed, "town")
    firms = []
    for n in range(12):
        held, slope = int(rng.integers(0, 31)) * T, int(rng.integers(2, 12)) * 100
        steps = tuple(AbatementStep(f"m{k}", T, slope * (k + 1)) for k in range(20))
        changes = {"usable_mg": held, "sellable_mg": held, "need_mg": 20 * T, "steps": steps}
        firms.append(view_of(f"F{n}", **changes))
    return firms


def _trade(firms: Sequence[FirmView], names: Sequence[str]) -> Clearing:
    said = {v.firm: decide(name, v) for v, name in zip(firms, names, strict=True)}
    return clear("call_double", said)


def test_hoarders_lower_the_volume_and_raise_the_price() -> None:
    """Rights put by are missing in the market [BohiBurtraw1992]: 30 towns, paired."""
    volume, price = [], []
    for seed in range(30):
        firms = _town(seed)
        honest = _trade(firms, ["marginal_cost"] * 12)
        hoarding = _trade(firms, ["hoarder"] * 6 + ["marginal_cost"] * 6)
        assert honest.price_fen_per_t is not None
        assert hoarding.price_fen_per_t is not None
        volume.append((honest.traded_mg - hoarding.traded_mg) / T)
        price.append(hoarding.price_fen_per_t - honest.price_fen_per_t)
    assert t_statistic(volume) > SURE
    assert t_statistic(price) > SURE


@settings(max_examples=20)
@given(st.integers(0, 100), st.integers(0, 40))
def test_a_hoarder_offers_the_cheapest_part_of_what_it_could_sell(keep: int, held: int) -> None:
    firm = replace(_town(1)[0], usable_mg=held * T, sellable_mg=held * T)
    honest = [q for q in decide("marginal_cost", firm) if q.side is Side.SELL]
    offered = [q for q in decide("hoarder", firm, keep_percent=keep) if q.side is Side.SELL]
    whole = sum(q.mass_mg for q in honest)
    assert sum(q.mass_mg for q in offered) == whole * (100 - keep) // 100 // T * T
    assert [q.limit_fen_per_t for q in offered] == [
        q.limit_fen_per_t for q in honest[: len(offered)]
    ]


def _rich(**changes: Any) -> FirmView:
    return view_of(usable_mg=5 * T, sellable_mg=5 * T, prices=(100_00,), **changes)


def test_a_speculator_buys_below_and_sells_above_what_it_expects() -> None:
    said = decide("speculator", _rich(cash_fen=400_00 * 10), need_caps=False)
    ask, bid = sorted(said, key=lambda quote: quote.side is Side.BUY)
    assert (ask.side, ask.limit_fen_per_t, ask.mass_mg) == (Side.SELL, 105_00, 5 * T)
    # A quarter of 4,000 yuan buys ten whole lots at 95 yuan/t.
    assert (bid.side, bid.limit_fen_per_t, bid.mass_mg) == (Side.BUY, 95_00, 10 * T)


def test_where_need_caps_purchases_a_speculator_without_need_buys_nothing() -> None:
    assert [q.side for q in decide("speculator", _rich())] == [Side.SELL]


def test_near_the_end_of_the_year_a_speculator_tells_the_truth() -> None:
    late = _rich(days_left=30)
    assert decide("speculator", late, need_caps=False) == decide("marginal_cost", late)


def test_what_is_expected_follows_prices_and_forgets() -> None:
    assert learnt_price((), 30) is None
    assert learnt_price((100, 200), 30) == 130
    assert learnt_price((100, 200), 100) == 200
    assert learnt_price((0, *[500] * 60), 30) == pytest.approx(500, abs=1)


def test_a_speculator_gains_where_prices_return_and_loses_where_they_run_away() -> None:
    """It buys low and sells high around a mean, 40 series of 30 prices each; a price that
    falls and falls leaves it with what it bought too dear. Gain in yuan, a tonne a trade."""

    def gain(prices: Sequence[int]) -> float:
        cash = held = 0
        for n in range(5, len(prices)):
            view = view_of(
                usable_mg=held * T, sellable_mg=held * T, prices=tuple(prices[:n]),
                cash_fen=400 * prices[n],
            )  # fmt: skip
            for quote in decide("speculator", view, need_caps=False):
                met = (prices[n] - quote.limit_fen_per_t) * (1 if quote.side is Side.SELL else -1)
                if met >= 0 and (quote.side is Side.BUY or held):
                    step = 1 if quote.side is Side.BUY else -1
                    held, cash = held + step, cash - step * prices[n]
        return (cash + held * prices[-1]) / 100

    returning = [
        gain([int(p) for p in stream(s, "prices").integers(80_00, 120_01, 30)]) for s in range(40)
    ]
    assert t_statistic(returning) > SURE
    assert gain([100_00 - 3_00 * n for n in range(30)]) < 0


# --- dominant firm -------------------------------------------------------------------

KG100 = T // 10


def _linear(firm: str, held_t: int) -> FirmView:
    """A firm that emits 60 t and abates the z-th tonne for z yuan, in lots of 100 kg."""
    steps = tuple(AbatementStep(f"m{k:03}", KG100, 10 * k + 5) for k in range(600))
    held = held_t * T
    changes = {"usable_mg": held, "sellable_mg": held, "need_mg": 60 * T, "steps": steps}
    return view_of(firm, lot_mg=KG100, **changes)


@pytest.mark.parametrize("held_t", [0, 15, 30, 45, 60])
def test_a_dominant_firm_moves_the_price_as_far_as_theory_says(held_t: int) -> None:
    """Two firms that emit 60 t at marginal costs z, 60 t of rights, of which the large firm
    opens with so many: it buys 20, 10, 0 t or sells 10, 20 t, at 20 to 40 yuan/t; the
    price is below the competitive 30 where it buys and above where it sells [Hahn1984]."""
    large, fringe = _linear("L", held_t), _linear("R", 60 - held_t)
    cleared = clear(
        "call_double",
        {"L": decide("dominant_firm", large, fringe_slope=1), "R": decide("marginal_cost", fringe)},
    )
    theory = dominant_firm(smooth_firm(60, 1), [smooth_firm(60, 1)], held_t, 60 - held_t)
    assert bought_mg(cleared, "L") / T == pytest.approx(float(theory.bought_t), abs=0.11)
    if held_t == 30:
        assert cleared.traded_mg <= KG100
        return
    assert cleared.price_fen_per_t is not None
    assert cleared.price_fen_per_t / 100 == pytest.approx(float(theory.price), abs=0.11)
    assert (cleared.price_fen_per_t > 30_00) == (held_t > 30)


def test_a_dominant_firm_told_that_nothing_moves_tells_the_truth() -> None:
    firm = _linear("L", 0)
    said = decide("dominant_firm", firm, fringe_slope=0)
    honest = decide("marginal_cost", firm)
    assert sum(q.mass_mg * q.limit_fen_per_t for q in said) == sum(
        q.mass_mg * q.limit_fen_per_t for q in honest
    )


@given(st.lists(st.integers(1, 90), max_size=4), st.integers(1, 30))
def test_cutting_quotes_loses_nothing(lots: list[int], parts: int) -> None:
    quotes = [Quote(Side.BUY, n * T, 100 - k) for k, n in enumerate(lots)]
    cut = list(in_parts(quotes, T, parts))
    assert sum(q.mass_mg for q in cut) == sum(lots) * T
    assert all(q.mass_mg % T == 0 for q in cut)
    assert len(cut) <= parts * len(lots)


# --- best responder ------------------------------------------------------------------


def _bidder(firm: str, value_fen: int, **changes: Any) -> FirmView:
    """Wants one lot, worth so much; nothing else helps it."""
    need = {"session": "auction", "need_mg": T, "shortfall_value_fen_per_t": value_fen}
    return view_of(firm, **{**need, **changes})


@pytest.mark.parametrize(("bidders", "price"), [(3, 80), (5, 92), (10, 96.625)])
def test_shading_at_one_price_brings_the_price_of_the_equilibrium(
    bidders: int, price: float
) -> None:
    """Marginal values 100 - q, 30 t for sale: 80, 92, 96.625 yuan/t, where truthful bids
    bring 90, 94, 97 [AusubelEtAl2014]."""
    steps = tuple(
        AbatementStep(f"m{k:03}", KG100, 100_00 - 10 * k - 5) for k in reversed(range(200))
    )
    view = view_of(session="auction", need_mg=20 * T, steps=steps, lot_mg=KG100)
    bids = decide("best_responder", view, pays="one_price", bidders=bidders)
    cleared = clear("uniform_price", {f"F{n}": bids for n in range(bidders)}, 30 * T)
    assert cleared.price_fen_per_t is not None
    theory = linear_shading(100, 1, bidders, 30)
    assert float(theory.price) == price
    assert cleared.price_fen_per_t / 100 == pytest.approx(price, abs=0.25)


def _gain(rule: str, value: int, bid: int, rivals: Sequence[int]) -> float:
    """What one bidder gains in one sale of one prize against truthful rivals [yuan]."""
    said = {f"R{n}": [Quote(Side.BUY, T, value)] for n, value in enumerate(rivals)}
    cleared = clear(rule, {"me": [Quote(Side.BUY, T, bid)], **said}, T)
    paid = [t.money_fen for t in cleared.trades if t.buyer == "me"]
    return sum(value - money for money in paid) / 100


def test_a_best_responder_gains_where_bids_are_paid_and_not_where_the_displaced_are() -> None:
    """Against two truthful rivals, values uniform to 100 yuan, 200 sales: truth gains nothing
    in a pay-as-bid sale, shading does; where the displaced bid is paid shading only loses,
    and the responder that knows it says the truth [Vickrey1961]."""
    own, displaced = [], []
    past: list[int] = []
    rng = stream(3, "values")
    for _ in range(200):
        value, *rivals = (int(v) for v in rng.integers(1, 100_01, 3))
        view = _bidder("me", value, sale_prices=tuple(past))
        (bid,) = decide("best_responder", view, bidders=1)
        own.append(_gain("pay_as_bid", value, bid.limit_fen_per_t, rivals))
        truth = _gain("vickrey", value, value, rivals)
        displaced.append(_gain("vickrey", value, bid.limit_fen_per_t, rivals) - truth)
        (honest,) = decide("best_responder", view, pays="displaced_bids")
        assert honest.limit_fen_per_t == value
        past.append(max(rivals))
    assert t_statistic(own) > SURE
    assert max(displaced) <= 0
    assert min(displaced) < 0


def test_before_any_sale_a_best_responder_bids_the_equilibrium_of_one_prize() -> None:
    (bid,) = decide("best_responder", _bidder("F", 100_00), bidders=5)
    assert bid.limit_fen_per_t == 80_00


def test_after_one_sale_a_best_responder_bids_just_above_its_price() -> None:
    (bid,) = decide("best_responder", _bidder("F", 100_00, sale_prices=(40_00,)), bidders=1)
    assert bid.limit_fen_per_t == 40_01


@pytest.mark.parametrize("bidders", [2, 3, 5])
@pytest.mark.parametrize("percent", [20, 50, 80])
def test_past_prices_tell_the_chance_of_a_bid(bidders: int, percent: int) -> None:
    """Prices are the highest of n uniform bids, one's own among them; the mean over them is
    the chance to be above the n - 1 others, b^(n-1), by the midpoint rule on 1,000 prices."""
    cells = 1000
    prices = [round(1e9 * ((2 * k + 1) / (2 * cells)) ** (1 / bidders)) for k in range(cells)]
    told = mean(chance_ppm(percent * 10**7, price, bidders) for price in prices) / 1e6
    assert told == pytest.approx((percent / 100) ** (bidders - 1), abs=2e-3)


# --- dummy entrant -------------------------------------------------------------------


@pytest.mark.parametrize(("real", "dummies"), [(10, 4), (19, 8)])
def test_so_many_dummies_let_all_real_bidders_win_at_the_floor(real: int, dummies: int) -> None:
    """Heads rise, the winners' number with them, and those who bid one fen above the floor
    are all served: rule of [ZJ-C13]; one dummy less and somebody goes without."""
    floor = 50_00

    def served(count: int) -> int:
        said: dict[str, list[Quote]] = {
            f"R{n}": [Quote(Side.BUY, T, floor)] for n in range(real)
        } | {
            f"D{n}": decide("dummy_entrant", _bidder(f"D{n}", 900_00, floor_fen_per_t=floor))
            for n in range(count)
        }
        cleared = clear("headcount_share", said, 100 * T)
        return sum(fill.order.trader.startswith("R") for fill in cleared.fills)

    assert served(dummies) == real == min(real, winners(real + dummies))
    assert served(dummies - 1) == real - 1
    assert head_count_sale(real, dummies).prizes == real


def test_a_dummy_bids_the_smallest_lot_at_the_floor_late_and_only_if_it_can_pay() -> None:
    view = _bidder("D", 900_00, floor_fen_per_t=50_00, years=5)
    assert decide("dummy_entrant", view) == [Quote(Side.BUY, T, 50_00, 3599)]
    assert decide("dummy_entrant", replace(view, cash_fen=249_99)) == []


# --- learner -------------------------------------------------------------------------


def _markups(bidders: int, seed: int, rounds: int) -> float:
    """Mean mark-up [%] in the last third of repeated sales of one prize to learners."""
    rng = stream(seed, "values")
    past: list[int] = []
    seen = []
    for n in range(rounds):
        bids = []
        for k in range(bidders):
            value = int(rng.integers(10_00, 100_01))
            view = _bidder(f"F{k}", value, sale_prices=tuple(past))
            (quote,) = decide("learner", view, stream(seed, "learner", k, n), bidders=bidders)
            bids.append(quote.limit_fen_per_t)
            seen.append(100 * (1 - quote.limit_fen_per_t / value))
        past.append(max(bids))
    return mean(seen[-len(seen) // 3 :])


@pytest.mark.parametrize(("bidders", "equilibrium"), [(2, 50.0), (5, 20.0)])
def test_a_learner_s_mark_up_moves_to_the_equilibrium_from_either_side(
    bidders: int, equilibrium: float
) -> None:
    """In repeated pay-as-bid sales of one prize the equilibrium bid is (n - 1)/n of the value
    [Vickrey1961], a mark-up of 50 % for two and 20 % for five; who has learnt nothing draws
    from 0 to 60 %, 30 % on average. Eight runs of 40 sales end within ten points."""
    untaught = 30.0
    ends = [_markups(bidders, seed, 40) for seed in range(8)]
    moved = [(end - untaught) * (1 if equilibrium > untaught else -1) for end in ends]
    assert t_statistic(moved) > SURE
    assert mean(ends) == pytest.approx(equilibrium, abs=10)


def test_without_a_record_a_learner_draws_evenly_and_the_stream_decides() -> None:
    drawn = [
        decide("learner", _bidder("F", 100_00), stream(seed, "even"))[0].limit_fen_per_t
        for seed in range(300)
    ]
    assert set(drawn) == {100_00 - 5_00 * n for n in range(13)}
    assert mean(drawn) == pytest.approx(70_00, abs=3 * 18_71 / 300**0.5)


# --- what all of them keep -----------------------------------------------------------

STRATEGIC = [
    ("hoarder", {"keep_percent": 40}),
    ("speculator", {"need_caps": False}),
    ("dominant_firm", {"fringe_slope": 2.5}),
    ("best_responder", {"bidders": 4}),
    ("best_responder", {"pays": "one_price", "bidders": 4}),
    ("dummy_entrant", {}),
    ("learner", {"bidders": 4}),
]


@st.composite
def views(draw: st.DrawFn) -> FirmView:
    """Any firm: short or long, rich or poor, with a past or none, under floor and ceiling."""
    held, need = draw(st.integers(0, 12)), draw(st.integers(0, 12))
    costs = sorted(draw(st.lists(st.integers(0, 1200_00), max_size=4)))
    prices = tuple(draw(st.lists(st.integers(0, 900_00), max_size=5)))
    session = draw(st.sampled_from(["auction", "secondary"]))
    return view_of(
        session=session, usable_mg=held * T, sellable_mg=draw(st.integers(0, held)) * T,
        need_mg=need * T + draw(st.integers(0, 3)), prices=prices, sale_prices=prices,
        steps=tuple(AbatementStep(f"m{n}", 2 * T, cost) for n, cost in enumerate(costs)),
        cash_fen=draw(st.sampled_from([0, 99_99, 3000_00, 10**15])),
        expected_fen_per_t=draw(st.sampled_from([0, 100_00])),
        floor_fen_per_t=draw(st.sampled_from([None, 50_00, 2000_00])),
        ceiling_fen_per_t=draw(st.sampled_from([None, 400_00])),
        max_bids=10 if session == "auction" and draw(st.booleans()) else 0,
        years=5 if session == "auction" else 1, days_left=draw(st.sampled_from([300, 20])),
    )  # fmt: skip


@pytest.mark.parametrize(("name", "params"), STRATEGIC)
@settings(max_examples=40)
@given(view=views())
def test_a_strategic_trader_keeps_within_cash_rights_lots_and_its_own_asks(
    name: str, params: dict[str, Any], view: FirmView
) -> None:
    said = decide(name, view, **params)
    bids = [quote for quote in said if quote.side is Side.BUY]
    asks = [quote for quote in said if quote.side is Side.SELL]
    assert all(quote.mass_mg > 0 and quote.mass_mg % T == 0 for quote in said)
    assert all(0 <= bid.limit_fen_per_t <= view.shortfall_value_fen_per_t for bid in bids)
    assert sum(ask.mass_mg for ask in asks) <= view.sellable_mg
    paid = sum(bid.mass_mg // T * bid.limit_fen_per_t * view.years for bid in bids)
    assert paid <= view.cash_fen
    highest = max((bid.limit_fen_per_t for bid in bids), default=-1)
    assert all(highest < ask.limit_fen_per_t for ask in asks)
    if view.session == "auction":
        assert not asks
        assert len(bids) <= (1 if view.max_bids else 10**6)
    assert said == decide(name, view, **params)


@pytest.mark.parametrize(
    ("name", "params", "words"),
    [
        ("hoarder", {"keep_percent": 120}, "keep_percent = 120"),
        ("speculator", {"newest_percent": 0}, "newest_percent = 0"),
        ("speculator", {"spread_percent": 2.5}, "spread_percent = 2.5"),
        ("dominant_firm", {"fringe_slope": -1}, "fringe_slope = -1"),
        ("dominant_firm", {"fringe_slope": "nan"}, "fringe_slope = 'nan'"),
        ("best_responder", {"bidders": 0}, "bidders = 0"),
        ("best_responder", {"pays": "nothing"}, "'nothing'"),
        ("dummy_entrant", {"at_s": "late"}, "at_s = 'late'"),
        ("learner", {"step_percent": 0}, "step_percent = 0"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_named(
    name: str, params: dict[str, Any], words: str
) -> None:
    session = "secondary" if name in ("hoarder", "speculator") else "auction"
    view = _rich(session=session, need_mg=9 * T, expected_fen_per_t=1)
    with pytest.raises(InputError, match=re.escape(words)):
        decide(name, view, **params)
