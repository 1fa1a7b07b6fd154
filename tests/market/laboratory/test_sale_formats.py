"""Which offer sets a purchase's price; offers that end before the close; tiers of a reserve."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.clearing.clearing import Clearing, Unfilled
from market.clearing.order import Book, Order, Side
from market.laboratory.properties import GRID, SAYS
from market.mechanisms import find_mechanisms, run_session
from market.session.admission import Conditions, Offer
from market.session.auction import Sale, hold_sale
from permits.errors import InputError
from permits.rng import stream

T = 10**9
OFFERS = [(10, 5), (20, 5), (30, 5), (40, 5)]  # yuan/t, t


def _clear(rule: str, book: Book, **params: object) -> Clearing:
    return run_session(find_mechanisms()[rule], book, params, rng=stream(0, "t"))


def _bought(
    offers: list[tuple[int, int]], wanted_t: int, most: int | None = None, **params: object
) -> Clearing:
    orders = tuple(
        Order(f"{n}", f"{n}", Side.SELL, "P", mass * T, price * 100, n)
        for n, (price, mass) in enumerate(offers)
    )
    book = Book("P", orders, wanted_t * T, None if most is None else most * 100)
    return _clear("reverse_uniform", book, price="first_rejected", **params)


# --- purchases at the price of the first offer rejected --------------------------------


def test_who_sells_does_not_set_the_price_of_a_purchase() -> None:
    """10 t wanted of offers at 10, 20, 30 and 40: the two cheapest sell, at the 30 of the next;
    12 t: the third sells in part, is turned away for the rest, and its 30 is the price."""
    two, part = _bought(OFFERS, 10), _bought(OFFERS, 12)
    assert [(c.traded_mg, c.price_fen_per_t) for c in (two, part)] == [
        (10 * T, 30_00), (12 * T, 30_00),
    ]  # fmt: skip


def test_where_nobody_is_turned_away_the_most_that_is_paid_is_the_price() -> None:
    assert _bought(OFFERS[:2], 12, 35).price_fen_per_t == 35_00
    # An offer above the most does not compete: it is no rejected one.
    assert _bought(OFFERS[:3], 12, 25).price_fen_per_t == 25_00


def test_without_a_most_the_dearest_offer_stands_aside_and_sets_the_price() -> None:
    found = _bought(OFFERS[:2], 12)
    assert (found.traded_mg, found.price_fen_per_t) == (5 * T, 20_00)
    (rest,) = found.rests
    assert (rest.order.id, rest.reason) == ("1", Unfilled.PRICE)
    assert _bought(OFFERS[:1], 12).traded_mg == 0


def test_under_a_budget_the_price_gives_way_and_the_mass_does_not() -> None:
    """10 t can be paid at 20; the next offer asks 30. With 250 yuan each tonne gets 25, with
    200 it gets 20, with 400 the third comes in for what 30 leaves [Singer2010]."""
    for budget, mass, price in ((250, 10 * T, 25_00), (200, 10 * T, 20_00)):
        found = _bought(OFFERS, 20, budget_yuan=str(budget))
        assert (found.traded_mg, found.price_fen_per_t) == (mass, price)
        assert sum(fill.money_fen for fill in found.fills) == budget * 100
    more = _bought(OFFERS, 20, budget_yuan="400")
    assert (more.traded_mg, more.price_fen_per_t) == (40_000 * T // 3000, 30_00)
    assert sum(fill.money_fen for fill in more.fills) <= 400_00


@given(
    st.lists(st.tuples(st.integers(0, 700), st.integers(1, 5 * T)), max_size=8),
    st.integers(0, 12 * T),
    st.integers(0, 3000),
    st.sampled_from(("seq", "pro_rata", "random")),
    st.none() | st.integers(0, 700),
    st.integers(1, 5),
)
def test_no_purchase_at_the_rejected_price_passes_its_budget_or_pays_less_than_the_other(
    offers: list[tuple[int, int]], wanted: int, budget: int, tie: str, most: int | None, years: int
) -> None:
    orders = tuple(
        Order(f"{n}", f"{n}", Side.SELL, "P", mass, limit, n)
        for n, (limit, mass) in enumerate(offers)
    )
    book = Book("P", orders, wanted, most, years)
    asked = {"budget_yuan": f"{budget // 100}.{budget % 100:02d}", "tie": tie}
    found = _clear("reverse_uniform", book, price="first_rejected", **asked)
    plain = _clear("reverse_uniform", book, **asked)
    assert sum(fill.money_fen for fill in found.fills) <= budget
    if found.fills and most is not None:
        assert plain.price_fen_per_t is not None and found.price_fen_per_t is not None
        assert plain.price_fen_per_t <= found.price_fen_per_t <= most


# --- offers that end before the close --------------------------------------------------


def _held(rule: str, until_s: int | None, window_s: int | None = None) -> list[tuple[str, str]]:
    rule_found = find_mechanisms()[rule]
    side = Side.SELL if rule_found.spec.side == "sell" else Side.BUY
    said = [
        Offer("early", "A", side, "P", T, 50_00, 0, at_s=2, until_s=until_s),
        Offer("later", "B", side, "P", T, 50_00, 1, at_s=30),
    ]
    two_sided = rule_found.spec.side == "both"
    sale = Sale(None if two_sided else 5 * T, None if two_sided else 50_00,
                conditions=Conditions(window_s=window_s))  # fmt: skip
    params = {"start_yuan": "90"} if rule == "descending_clock" else {}
    held = hold_sale(sale, rule_found, said, params, rng_of=lambda _: stream(0, "t"))["P"]
    return [(one.offer.id, one.reason.value) for one in held.refusals]


ALL_AT_ONCE = sorted(n for n, rule in find_mechanisms().items() if not rule.spec.heeds_until)


@pytest.mark.parametrize("rule", ALL_AT_ONCE)
def test_a_rule_that_clears_all_at_the_close_leaves_out_who_is_gone_by_then(rule: str) -> None:
    """The close is the end of the window, or where there is none the last arrival."""
    window = int(find_mechanisms()[rule].spec.fill({}).get("window_s", 0)) or None
    assert _held(rule, None) == _held(rule, 3600) == []
    assert _held(rule, 29) == [("early", "expired")]
    assert _held(rule, 30) == ([] if window is None else [("early", "expired")])
    assert _held(rule, 99, window_s=100) == [("early", "expired")]
    assert _held(rule, 100, window_s=100) == []
    assert _held(rule, None, window_s=20) == [("later", "late")]


def test_rules_of_standing_orders_let_them_lapse_themselves() -> None:
    assert sorted(set(find_mechanisms()) - set(ALL_AT_ONCE)) == ["continuous_double", "listing"]
    assert _held("continuous_double", 10) == _held("listing", 10) == []


# --- a reserve sold in tiers -----------------------------------------------------------


def _tiers(
    bids: list[tuple[int, int]], supply_t: int, tiers: str, reserve: int = 0, **params: object
) -> Clearing:
    orders = tuple(
        Order(f"{n}", f"B{n}", Side.BUY, "P", mass * T, price * 100, n)
        for n, (price, mass) in enumerate(bids)
    )
    book = Book("P", orders, supply_t * T, reserve * 100)
    return _clear("reserve_tiers", book, tiers=tiers, **params)


def _paid(clearing: Clearing) -> list[tuple[str, int, int]]:
    return [(t.buyer or "", t.mass_mg // T, t.price_fen_per_t // 100) for t in clearing.trades]


TIERS = "10@40, 10@45, 10@50"


def test_each_tier_is_sold_at_its_own_price_in_proportion_to_what_is_still_wanted() -> None:
    """California 2013: three equal tiers at 40, 45 and 50 dollars [CaliforniaReserveSales].
    Wanted 12 up to 50, 8 up to 45, 5 up to 40: 25 for the first 10, so 4.8, 3.2 and 2; 7.2 and
    4.8 are still wanted at 45, so 6 and 4; then 1.2 at 50. No part lifts another's price."""
    found = _tiers([(50, 12), (45, 8), (40, 5)], 30, TIERS)
    masses = [(t.buyer, t.mass_mg * 10 // T, t.price_fen_per_t // 100) for t in found.trades]
    assert masses == [
        ("B0", 48, 40), ("B1", 32, 40), ("B2", 20, 40),
        ("B0", 60, 45), ("B1", 40, 45), ("B0", 12, 50),
    ]  # fmt: skip
    assert found.price_fen_per_t is None
    assert found.unsold_mg == T * 88 // 10
    assert [(tie.price_fen_per_t, tie.mass_mg, tie.filled_mg) for tie in found.ties] == [
        (40_00, 25 * T, 10 * T), (45_00, 12 * T, 10 * T),
    ]  # fmt: skip
    assert {r.order.id: r.reason for r in found.rests} == {
        "1": Unfilled.PRICE, "2": Unfilled.PRICE,
    }  # fmt: skip


def test_higher_limits_may_come_first_within_a_tier() -> None:
    found = _tiers([(50, 12), (45, 8), (40, 5)], 30, TIERS, oversubscribed="highest_first")
    assert _paid(found) == [("B0", 10, 40), ("B0", 2, 45), ("B1", 8, 45)]


def test_a_reserve_that_is_gone_serves_no_more_and_says_so() -> None:
    found = _tiers([(60, 50), (39, 5)], 30, TIERS, reserve=20)
    assert (found.traded_mg, found.unsold_mg) == (30 * T, 0)
    assert {r.order.id: r.reason for r in found.rests} == {
        "0": Unfilled.SUPPLY, "1": Unfilled.PRICE,
    }  # fmt: skip
    short = _tiers([(19, 5)], 30, TIERS, reserve=20)
    assert [r.reason for r in short.rests] == [Unfilled.RESERVE]


def test_without_tiers_of_its_own_all_is_one_tier_at_the_reserve_price() -> None:
    found = _tiers([(30, 6), (25, 6), (19, 6)], 6, "", reserve=20)
    assert _paid(found) == [("B0", 3, 20), ("B1", 3, 20)]


def test_tiers_beyond_the_supply_are_refused() -> None:
    with pytest.raises(InputError, match="more than the whole supply of 29 t"):
        _tiers([(50, 1)], 29, TIERS)


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=7),
    st.sampled_from(("pro_rata", "highest_first")),
)
def test_nobody_who_pays_a_tier_goes_without_while_it_lasts(
    bids: list[tuple[int, int]], rule: str
) -> None:
    found = _tiers(bids, 40, TIERS, reserve=20, oversubscribed=rule)
    sold = dict.fromkeys((2000, 4000, 4500, 5000), 0)
    for trade in found.trades:
        sold[trade.price_fen_per_t] += trade.mass_mg
    assert all(mass <= 10 * T for mass in sold.values())
    for rest in found.rests:
        for price, mass in sold.items():
            assert rest.order.limit_fen_per_t < price or mass == 10 * T


def test_with_one_tonne_each_saying_another_price_gains_less_than_a_fen() -> None:
    """In proportion, a tier's shares depend on who pays its price, not on how high the limits
    are; money is whole fen, so what a lie can gain is its rounding, half a fen a part."""
    prices = [200, 300]
    for true in ([100, 200, 400], [300, 300, 400], [200, 300, 300, 400]):
        for who, value in enumerate(true):
            gains = {}
            for say in {*SAYS, *GRID, value}:
                said = [say if n == who else limit for n, limit in enumerate(true)]
                orders = tuple(
                    Order(f"{n}", f"B{n}", Side.BUY, "P", T, limit, n)
                    for n, limit in enumerate(said)
                )
                book = Book("P", orders, 2 * T, prices[0])
                found = _clear("reserve_tiers", book, tiers="1@3")
                own = [t for t in found.trades if t.buyer == f"B{who}"]
                gains[say] = sum(t.mass_mg * value / T - t.money_fen for t in own)
            assert max(gains.values()) < gains[value] + 1
