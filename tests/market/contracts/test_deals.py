"""Deals between firms: listings, agreements, their states in the ledger, what retires."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market import settle
from market.clearing.clearing import Clearing, Trade, Unfilled
from market.clearing.order import Book, Order, Side
from market.contracts.secondary import (
    ROUTE_DAYS,
    Deal,
    agree,
    before_fee,
    deliver,
    fee_fen,
    give_up,
    secure,
    to_acquire,
)
from market.mechanisms import find_mechanisms, run_session
from market.zones.ratios import Ratios
from permits.account import WORLD, cash, escrow, holding, issued, retired
from permits.errors import NotAllowed
from permits.invariants import find_violations
from permits.ledger import Entry, Ledger, Reason, move
from permits.right import FREE, YUAN, strip
from permits.rng import stream

T = 10**9
BUY, SELL = Side.BUY, Side.SELL
DAY = date(2023, 8, 1)
RIGHTS = strip("COD", "Qiantang", 2023, 5)


def _clear(rule: str, *orders: Order, draw: int = 0, **params: object) -> Clearing:
    return run_session(
        find_mechanisms()[rule], Book("P", orders), params, rng=stream(draw, "deals")
    )


def _order(n: int, side: Side, mass: int, limit: int, **times: int) -> Order:
    return Order(f"{n}", f"{side}{n}", side, "P", mass * T, limit, n, **times)


def _reasons(clearing: Clearing) -> dict[str, str]:
    return {rest.order.id: rest.reason.value for rest in clearing.rests}


# --- listing ------------------------------------------------------------------------


def test_the_first_buyer_takes_the_cheapest_listing_at_its_price() -> None:
    """The second, who would have paid more, gets what is left or nothing."""
    clearing = _clear("listing", _order(0, SELL, 2, 40), _order(1, SELL, 1, 60),
                      _order(2, BUY, 2, 50), _order(3, BUY, 2, 90))  # fmt: skip
    told = [(t.buy, t.sell, t.mass_mg // T, t.price_fen_per_t) for t in clearing.trades]
    assert told == [("2", "0", 2, 40), ("3", "1", 1, 60)]
    assert _reasons(clearing) == {"3": "price"}


def test_a_listing_is_there_from_its_notice_to_its_last_second() -> None:
    sell = _order(0, SELL, 3, 40, at_s=100, until_s=300)
    buys = [_order(n, BUY, 1, 50, at_s=at) for n, at in enumerate((99, 160, 300, 301), 1)]
    clearing = _clear("listing", sell, *buys, notice_s=60)
    assert [trade.buy for trade in clearing.trades] == ["2", "3"]
    assert _reasons(clearing) == {"0": "expired", "1": "price", "4": "price"}


# --- bilateral agreement ------------------------------------------------------------


def test_who_agreed_on_mass_and_price_has_a_deal() -> None:
    clearing = _clear("bilateral", _order(0, SELL, 2, 40), _order(1, BUY, 2, 50),
                      _order(2, BUY, 2, 40), _order(3, SELL, 2, 40), pairing="terms")  # fmt: skip
    assert [(t.buy, t.sell, t.price_fen_per_t) for t in clearing.trades] == [("2", "0", 40)]
    assert set(_reasons(clearing).values()) == {Unfilled.NO_COUNTERPARTY.value}


@pytest.mark.parametrize(("k", "price"), [(0.5, 90), (0, 60), (1, 120)])
def test_a_pair_shares_its_gain(k: float, price: int) -> None:
    """Between 60 and 120 two of equal power settle at 90. [Nash1950]"""
    clearing = _clear("bilateral", _order(0, SELL, 1, 60), _order(1, BUY, 1, 120), k=k)
    assert [trade.price_fen_per_t for trade in clearing.trades] == [price]


def test_more_meetings_find_more_of_the_gain() -> None:
    """Ten buyers and ten sellers; not everybody meets somebody to trade with."""
    orders = [_order(n, SELL if n % 2 else BUY, 1, 5 * n - (10 if n % 2 else 0)) for n in range(20)]
    volumes = [
        sum(_clear("bilateral", *orders, draw=d, rounds=r).traded_mg for d in range(20)) // T
        for r in (1, 3, 20)
    ]
    assert volumes[0] < volumes[1] < volumes[2] <= 200


# --- deals --------------------------------------------------------------------------


def _trade(mass_mg: int = 3 * T, price: int = 20_300_00) -> Trade:
    money = mass_mg * price * 5 // T
    return Trade("b", "s", "Changshan", "Wuyi", mass_mg, price, money)


def _deal(**how: object) -> Deal:
    given_days = {"days": ROUTE_DAYS["bilateral"], "ratio_percent": 150, "fee_share": 0.02}
    return agree(_trade(), RIGHTS, id="D1", on=DAY, **(given_days | how))  # type: ignore[arg-type]


def _ledger() -> Ledger:
    ledger = Ledger()
    legs = tuple(leg for r in RIGHTS for leg in move(issued("p"), holding("Wuyi"), r, 10 * T))
    legs += move(WORLD, cash("Changshan"), YUAN, 10**9)
    ledger.post(Entry("open", DAY, Reason.ISSUE, legs, "opening"))
    return ledger


def test_a_deal_goes_through_escrow_and_retires_what_the_ratio_leaves_over() -> None:
    """Of 3 t at a ratio of 1.5, 2 t may be used and 1 t retires [ZJ-C2]; a bilateral deal is done
    on the third day [ZJ-C34]."""
    ledger, deal = _ledger(), _deal()
    deal = secure(deal, DAY)
    ledger.post(settle.secure_deal(deal, why="t"))
    assert ledger.balance(escrow("Wuyi"), RIGHTS[0]) == 3 * T
    assert ledger.balance(escrow("Changshan"), YUAN) == deal.money_fen == 3 * 5 * 20_300_00
    deal = deliver(deal, DAY + timedelta(days=3))
    ledger.post(settle.deliver_deal(deal, operator="exchange", on=deal.due, why="t"))
    for right in RIGHTS:
        assert ledger.balance(holding("Changshan"), right) == 2 * T
        assert ledger.balance(retired("Changshan"), right) == T
        assert ledger.balance(escrow("Wuyi"), right) == 0
    assert ledger.balance(cash("exchange"), YUAN) == deal.money_fen * 2 // 100
    assert ledger.balance(cash("Wuyi"), YUAN) == deal.money_fen * 98 // 100
    assert find_violations(ledger) == []
    assert [state for state, _ in deal.history] == ["agreed", "secured", "delivered"]


def test_a_deal_that_is_off_gives_everything_back() -> None:
    ledger, deal = _ledger(), secure(_deal(), DAY)
    before = list(ledger.balances())
    ledger.post(settle.secure_deal(deal, why="t"))
    off = give_up(deal, DAY + timedelta(days=1))
    ledger.post(settle.void_deal(off, why="t"))
    assert list(ledger.balances()) == before


def test_a_deal_between_zones_retires_in_one_and_issues_in_the_other() -> None:
    """At 0.8, 3 t given upstream are 2.4 t downstream, of which 1.6 t may be used at 1.5."""
    ratios = Ratios(("Qiantang", "Ou"), {("Qiantang", "Ou"): Fraction(8, 10)})
    ledger, deal = _ledger(), secure(_deal(zone="Ou", ratios=ratios), DAY)
    ledger.post(settle.secure_deal(deal, why="t"))
    deal = deliver(deal, deal.due)
    entry = settle.deliver_deal(deal, operator="exchange", on=deal.due, why="t", issuer="p")
    ledger.post(entry)
    there = deal.into[0]
    assert there.zone == "Ou"
    assert ledger.balance(retired("Wuyi"), RIGHTS[0]) == 3 * T
    assert ledger.balance(holding("Changshan"), there) == 1_600_000_000
    assert ledger.balance(retired("Changshan"), there) == 800_000_000
    assert find_violations(ledger) == []


def test_what_the_rules_forbid_is_no_deal() -> None:
    free = strip("COD", "Qiantang", 2023, 1, FREE)
    with pytest.raises(NotAllowed, match="was obtained free"):
        agree(_trade(), free, id="D", on=DAY)
    with pytest.raises(NotAllowed, match="trade with itself"):
        agree(replace(_trade(), seller="Changshan"), RIGHTS, id="D", on=DAY)
    with pytest.raises(NotAllowed, match="rights of zone Qiantang are not rights of zone Ou"):
        _deal(zone="Ou")
    with pytest.raises(NotAllowed, match="worth nothing"):
        _deal(zone="Ou", ratios=Ratios(("Qiantang", "Ou"), {}))


def test_a_deal_takes_its_states_in_order_and_its_time() -> None:
    deal = _deal()
    with pytest.raises(NotAllowed, match="'deliver' cannot happen to a deal that is 'agreed'"):
        deliver(deal, deal.due)
    secured = secure(deal, DAY)
    with pytest.raises(NotAllowed, match="registered on 2023-08-04, not on 2023-08-03"):
        deliver(secured, DAY + timedelta(days=2))
    with pytest.raises(NotAllowed, match="is before that"):
        give_up(secured, DAY - timedelta(days=1))
    done = deliver(secured, deal.due)
    with pytest.raises(NotAllowed, match="nothing more"):
        give_up(done, deal.due)


@given(st.integers(1, 10**12), st.integers(0, 10**7), st.sampled_from([100, 120, 150, 200]))
def test_who_acquires_by_the_ratio_covers_its_need_and_pays_no_more(
    need: int, limit: int, percent: int
) -> None:
    """Within a milligram, and a fen a tonne, of rounding down."""
    mass, price = to_acquire(need, limit, percent)
    deal = agree(_trade(max(1, mass), price), RIGHTS, id="D", on=DAY, ratio_percent=percent)
    assert 0 <= need - deal.usable_mg <= 1
    assert deal.usable_mg + deal.retired_mg == deal.received_mg
    assert price * percent <= limit * 100


@given(st.integers(0, 10**9), st.fractions(0, Fraction(1, 2), max_denominator=1000))
def test_a_seller_s_limit_is_left_after_the_fee(limit: int, share: Fraction) -> None:
    asked = before_fee(limit, share)
    assert asked - Fraction(asked) * share >= limit
    assert 0 <= fee_fen(asked, share) <= asked
