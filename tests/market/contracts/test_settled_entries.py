"""Every entry that settles a result, leg by leg: id, day, reason, words, who gives what to whom.

Masses and money are small whole numbers, all different, so that no two places can be confused.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from market import settle
from market.clearing.clearing import Clearing, Fill, Trade
from market.clearing.order import Order, Side
from market.contracts.buyback import Buyback
from market.contracts.lease import Lease
from market.contracts.pledge import Pledge
from market.contracts.secondary import Deal
from market.zones.ratios import Exchange
from permits.account import (
    Account,
    cash,
    escrow,
    holding,
    issued,
    leased,
    pledged,
    reserve,
    retired,
)
from permits.ledger import Entry, Reason
from permits.right import YUAN, Asset, strip

DAY = date(2024, 3, 1)
T = 10**9
THIS, NEXT = TWO = strip("COD", "Jiaxing", 2024, 2)
THERE = strip("COD", "Ou", 2024, 2)
SESSION: dict[str, Any] = {"session": "S", "on": DAY, "why": "rule"}
Move = tuple[Account, Account, Asset, int]


def _moves(entry: Entry) -> list[Move]:
    """Who gives to whom: legs come in pairs, what is given first."""
    pairs = zip(entry.legs[::2], entry.legs[1::2], strict=True)
    assert all((g.asset, g.delta) == (t.asset, -t.delta) for g, t in zip(
        entry.legs[::2], entry.legs[1::2], strict=True))  # fmt: skip
    return [(given.account, taken.account, taken.asset, taken.delta) for given, taken in pairs]


def _is(entry: Entry, id: str, reason: Reason, *moves: Move, on: date = DAY) -> None:
    assert (entry.id, entry.on, entry.reason, entry.why) == (id, on, reason, "rule")
    assert _moves(entry) == list(moves)


def _order(id: str, trader: str, side: Side, mass_t: int, limit: int) -> Order:
    return Order(id, trader, side, "P", mass_t * T, limit, int(id))


def _both(source: Account, target: Account, mass_mg: int) -> list[Move]:
    return [(source, target, right, mass_mg) for right in TWO]


# --- offers ---------------------------------------------------------------------------------

SELLER = [_order("0", "A", Side.SELL, 3, 40), _order("1", "A", Side.SELL, 4, 60)]
BUYER = [_order("2", "B", Side.BUY, 2, 50), _order("3", "B", Side.BUY, 5, 70)]


def test_offers_go_into_escrow_by_trader_rights_of_sellers_money_of_buyers() -> None:
    """A offers 3 + 4 t of two years. B's bids cost at most (2 x 50 + 5 x 70) x 2 years = 900
    fen, and a fen for each of two orders, and 7 to spare."""
    of_a, of_b = settle.open_offers([*SELLER, *BUYER], TWO, spare_fen=7, **SESSION)
    _is(of_a, "S/A/offer", Reason.OFFER, *_both(holding("A"), escrow("A"), 7 * T))
    _is(of_b, "S/B/offer", Reason.OFFER, (cash("B"), escrow("B"), YUAN, 909))


def test_who_sells_and_buys_has_one_entry_and_a_bid_of_nothing_still_a_fen() -> None:
    orders = [_order("0", "A", Side.SELL, 3, 40), _order("1", "A", Side.BUY, 2, 0)]
    (entry,) = settle.open_offers(orders, TWO, **SESSION)
    _is(entry, "S/A/offer", Reason.OFFER,
        *_both(holding("A"), escrow("A"), 3 * T), (cash("A"), escrow("A"), YUAN, 1))  # fmt: skip


def _cleared(*fills: Fill) -> Clearing:
    return Clearing("rule", "P", 2, None, (), fills, ())


def test_what_is_not_filled_goes_back_by_trader_whatever_its_orders() -> None:
    """A sold 1 + 2 of its 7 t: 4 return. B paid 80 + 300 of 909 fen: 529 return."""
    fills = (Fill(SELLER[0], T, 40, 80), Fill(SELLER[1], 2 * T, 60, 240),
             Fill(BUYER[0], T, 40, 80), Fill(BUYER[1], 2 * T, 70, 300))  # fmt: skip
    of_a, of_b = settle.close_offers(
        [*SELLER, *BUYER], _cleared(*fills), TWO, spare_fen=7, **SESSION
    )
    _is(of_a, "S/A/rest", Reason.WITHDRAW, *_both(escrow("A"), holding("A"), 4 * T))
    _is(of_b, "S/B/rest", Reason.WITHDRAW, (escrow("B"), cash("B"), YUAN, 529))


def test_who_sells_and_buys_gets_both_rests_in_one_entry() -> None:
    """Nothing filled: 3 t, and 2 x 10 x 2 + 1 = 41 fen."""
    orders = [_order("0", "A", Side.SELL, 3, 40), _order("1", "A", Side.BUY, 2, 10)]
    (entry,) = settle.close_offers(orders, _cleared(), TWO, **SESSION)
    _is(entry, "S/A/rest", Reason.WITHDRAW,
        *_both(escrow("A"), holding("A"), 3 * T), (escrow("A"), cash("A"), YUAN, 41))  # fmt: skip


def test_whose_offer_is_filled_whole_gets_nothing_back() -> None:
    """B's money ends at zero too where the trade took limit and the fen of its order."""
    bid = _order("1", "B", Side.BUY, 2, 10)
    fills = Fill(SELLER[0], 3 * T, 40, 240), Fill(bid, 2 * T, 10, 41)
    assert settle.close_offers([SELLER[0], bid], _cleared(*fills), TWO, **SESSION) == ()


def test_where_nobody_offers_there_is_no_entry() -> None:
    assert settle.open_offers([], TWO, **SESSION) == ()


# --- sales ----------------------------------------------------------------------------------


def test_a_sale_is_set_aside_from_the_reserve_and_passes_from_escrow() -> None:
    (aside,) = settle.set_aside("city", TWO, 5 * T, **SESSION)
    _is(aside, "S/aside", Reason.OFFER, *_both(reserve("city"), escrow("city"), 5 * T))
    assert settle.set_aside("city", TWO, 0, **SESSION) == ()
    trades = [Trade("1", None, "B", None, 3 * T, 40, 240), Trade("2", None, "C", None, 2 * T, 0, 0)]
    first, second = settle.settle_auction(trades, TWO, seller="city", **SESSION)
    _is(first, "S/sale/0000", Reason.SALE, *_both(escrow("city"), holding("B"), 3 * T),
        (escrow("B"), cash("city"), YUAN, 240))  # fmt: skip
    _is(second, "S/sale/0001", Reason.SALE, *_both(escrow("city"), holding("C"), 2 * T))


# --- deals ----------------------------------------------------------------------------------

LATER = date(2024, 3, 4)
DEAL = Deal(
    id="D", seller="A", buyer="B", rights=TWO, into=TWO, mass_mg=9, received_mg=9, retired_mg=2,
    money_fen=100, received_fen=90, fee_fen=4, due=LATER,
    history=(("agreed", DAY), ("secured", LATER)),
)  # fmt: skip


def test_a_deal_is_secured_on_its_last_day_and_voided_the_same_way() -> None:
    _is(settle.secure_deal(DEAL, why="rule"), "D/secure", Reason.OFFER,
        *_both(holding("A"), escrow("A"), 9), (cash("B"), escrow("B"), YUAN, 100),
        on=LATER)  # fmt: skip
    _is(settle.void_deal(DEAL, why="rule"), "D/void", Reason.WITHDRAW,
        *_both(escrow("A"), holding("A"), 9), (escrow("B"), cash("B"), YUAN, 100),
        on=LATER)  # fmt: skip
    gift = replace(DEAL, money_fen=0)
    assert len(settle.secure_deal(gift, why="rule").legs) == 4
    assert len(settle.void_deal(gift, why="rule").legs) == 4


def test_a_delivered_deal_gives_the_buyer_what_it_may_use_and_the_seller_its_net_money() -> None:
    """9 received, 2 retire: 7 to use. Of 100 fen the seller gets 90 - 4 = 86, the platform 14."""
    entry = settle.deliver_deal(DEAL, operator="platform", on=DAY, why="rule")
    _is(entry, "D", Reason.TRADE, *_both(escrow("A"), holding("B"), 7),
        *_both(escrow("A"), retired("B"), 2), (escrow("B"), cash("A"), YUAN, 86),
        (escrow("B"), cash("platform"), YUAN, 14))  # fmt: skip


def test_money_that_nobody_gets_makes_no_leg() -> None:
    for money, received, fee, whom in ((5, 5, 0, "A"), (5, 3, 3, "platform")):
        deal = replace(DEAL, money_fen=money, received_fen=received, fee_fen=fee)
        entry = settle.deliver_deal(deal, operator="platform", on=DAY, why="rule")
        assert _moves(entry)[4:] == [(escrow("B"), cash(whom), YUAN, 5)]


def test_a_deal_between_zones_retires_all_of_one_and_issues_the_other_s() -> None:
    deal = replace(DEAL, into=THERE, received_mg=6)
    entry = settle.deliver_deal(deal, operator="platform", on=DAY, why="rule", issuer="province")
    assert _moves(entry)[:6] == [
        (escrow("A"), retired("A"), TWO[0], 9),
        (escrow("A"), retired("A"), TWO[1], 9),
        (issued("province"), holding("B"), THERE[0], 4),
        (issued("province"), holding("B"), THERE[1], 4),
        (issued("province"), retired("B"), THERE[0], 2),
        (issued("province"), retired("B"), THERE[1], 2),
    ]
    with pytest.raises(AssertionError, match=r"^a deal between zones without an issuer$"):
        settle.deliver_deal(deal, operator="platform", on=DAY, why="rule")


@pytest.mark.parametrize(("received", "money"), [(4, 30), (0, 30), (4, 0)])
def test_an_exchange_retires_issues_and_pays(received: int, money: int) -> None:
    given, taken = TWO[0], THERE[0]
    entry = settle.settle_exchange(
        Exchange("Jiaxing", "Ou", 9, received), given, taken, seller="A", buyer="B",
        government="province", money_fen=money, number=12, **SESSION,
    )  # fmt: skip
    moves: list[Move] = [(escrow("A"), retired("A"), given, 9)]
    if received:
        moves.append((issued("province"), holding("B"), taken, 4))
    if money:
        moves.append((escrow("B"), cash("A"), YUAN, 30))
    _is(entry, "S/exchange/0012", Reason.CONVERT, *moves)


@pytest.mark.parametrize(("seller", "buyer"), [("Ou", "Ou"), ("Jiaxing", "Jiaxing")])
def test_an_exchange_of_other_zones_than_its_rights_is_a_mistake(seller: str, buyer: str) -> None:
    with pytest.raises(AssertionError):
        settle.settle_exchange(
            Exchange(seller, buyer, 9, 4), TWO[0], THERE[0], seller="A", buyer="B",
            government="province", money_fen=1, number=0, **SESSION,
        )  # fmt: skip


# --- contracts ------------------------------------------------------------------------------


@pytest.mark.parametrize("public", [True, False])
def test_a_lease_moves_the_mass_and_the_rent_and_returns_what_is_unused(public: bool) -> None:
    lease = Lease("L", "city", "B", TWO, 9, 70, LATER, date(2024, 5, 3))
    source = reserve("city") if public else holding("city")
    started = settle.start_lease(lease, from_reserve=public, why="rule")
    _is(started, "L/start", Reason.LEASE, *_both(source, leased("B"), 9),
        (cash("B"), cash("city"), YUAN, 70), on=LATER)  # fmt: skip
    free = settle.start_lease(replace(lease, rent_fen=0), from_reserve=public, why="rule")
    assert len(free.legs) == 4
    (ended,) = settle.end_lease(lease, 2, to_reserve=public, on=DAY, why="rule")
    _is(ended, "L/end", Reason.LEASE_END, *_both(leased("B"), source, 2))
    assert settle.end_lease(lease, 0, to_reserve=public, on=DAY, why="rule") == ()


def test_a_buyback_moves_rights_into_the_reserve_and_money_to_the_firm() -> None:
    entry = settle.buy_back(Buyback("K", "A", "city", TWO, 9, 70, LATER), why="rule")
    _is(entry, "K", Reason.BUYBACK, *_both(holding("A"), reserve("city"), 9),
        (cash("city"), cash("A"), YUAN, 70), on=LATER)  # fmt: skip


PLEDGE = Pledge("P", "A", "bank", TWO, 9, 500, 525, LATER, date(2024, 9, 1))


def test_a_loan_is_given_on_rights_and_its_repayment_frees_them() -> None:
    _is(settle.start_pledge(PLEDGE, why="rule"), "P/start", Reason.PLEDGE,
        *_both(holding("A"), pledged("A"), 9), (cash("bank"), cash("A"), YUAN, 500),
        on=LATER)  # fmt: skip
    _is(settle.release(PLEDGE, [3, 8], on=DAY, why="rule"), "P/release", Reason.RELEASE,
        (cash("A"), cash("bank"), YUAN, 525), (pledged("A"), holding("A"), THIS, 3),
        (pledged("A"), holding("A"), NEXT, 8))  # fmt: skip


def test_a_default_takes_what_is_left_of_each_right() -> None:
    (entry,) = settle.default(PLEDGE, [0, 8], on=DAY, why="rule")
    _is(entry, "P/default", Reason.DEFAULT, (pledged("A"), escrow("bank"), NEXT, 8))
    assert settle.default(PLEDGE, [0, 0], on=DAY, why="rule") == ()


def test_beyond_the_debt_the_proceeds_and_the_unsold_rights_are_the_borrower_s() -> None:
    """Of 530 fen the debt takes 525: 5 return; of 525 none."""
    unsold: Move = (escrow("bank"), holding("A"), THIS, 3)
    for money, moves in ((530, [unsold, (cash("bank"), cash("A"), YUAN, 5)]), (525, [unsold])):
        (entry,) = settle.pay_out(PLEDGE, money, [3, 0], id="X", on=DAY, why="rule")
        _is(entry, "X", Reason.RELEASE, *moves)
    assert settle.pay_out(PLEDGE, 500, [0, 0], id="X", on=DAY, why="rule") == ()


def test_a_mass_for_each_right_or_it_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="shorter"):
        settle.release(PLEDGE, [3], on=DAY, why="rule")
