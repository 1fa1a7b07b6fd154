"""What purchases cost at most: one sum for admission, escrow and traders."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from market import settle
from market.clearing.budget import affordable_mg, enough_fen, most_fen
from market.clearing.order import Order, Side
from market.participants.view import Quote
from market.session.admission import Conditions, Entrant, Offer, admit
from market.traders.market_maker import most_lost_fen
from permits.quantity import MG_PER_T, cost_fen
from permits.right import Right

MASSES = st.integers(1, 10**13)
PRICES = st.integers(0, 10**8)
YEARS = st.integers(1, 5)


def test_two_bids_by_hand() -> None:
    """2.5 t at 80 yuan/t for three years are 600 yuan; a gram at 5,000 yuan/t rounds to 2 fen
    in three years (1.5 to even), and a bid below zero pays for neither."""
    bids = [
        Quote(Side.BUY, 5 * MG_PER_T // 2, 8_000),
        Quote(Side.BUY, 1_000, 500_000),
        Quote(Side.BUY, MG_PER_T, -700),
    ]
    assert most_fen(bids[:1], 3) == 60_000
    assert most_fen(bids[1:2], 3) == 2
    assert most_fen(bids, 3) == 60_002
    assert most_fen([], 3) == 0


@given(MASSES, PRICES, YEARS)
def test_enough_money_affords_the_mass_and_a_fen_less_does_not(
    mass: int, price: int, years: int
) -> None:
    enough = enough_fen(mass, price, years)
    assert most_fen([Quote(Side.BUY, mass, price)], years) <= enough
    most = affordable_mg(enough, price, years)
    assert most is None or most >= mass
    if enough:
        less = affordable_mg(enough - 1, price, years)
        assert less is not None
        assert less < mass
    assert enough - 1 < Fraction(mass * price * years, MG_PER_T) <= enough


@given(st.lists(st.tuples(MASSES, PRICES), min_size=1, max_size=4), YEARS, st.data())
def test_escrow_pays_for_orders_filled_in_two_parts(
    orders: list[tuple[int, int]], years: int, data: st.DataObject
) -> None:
    bids = [Order(f"b{n}", "A", Side.BUY, "VOC", *bid, n) for n, bid in enumerate(orders)]
    strip = [Right("VOC", "Zhejiang", 2017 + n) for n in range(years)]
    entries = settle.open_offers(bids, strip, session="S", on=date(2017, 1, 1), why="")
    secured = sum(max(0, leg.delta) for entry in entries for leg in entry.legs)
    assert secured == most_fen(bids, years) + len(bids)
    paid = 0
    for bid in bids:
        part = data.draw(st.integers(0, bid.mass_mg))
        for mass in (part, bid.mass_mg - part):
            paid += cost_fen(mass * years, bid.limit_fen_per_t)
    assert paid <= secured


def test_a_guarantee_of_what_bids_cost_at_most_admits_them_and_a_fen_less_does_not() -> None:
    offers = [Offer(f"b{n}", "A", Side.BUY, "VOC", 3 * MG_PER_T, 777, n) for n in range(2)]
    for short in (0, 1):
        guarantee = most_fen(offers, 2) - short
        conditions = Conditions(years=2, entrants={("A", ""): Entrant(guarantee_fen=guarantee)})
        assert len(admit(offers, conditions).orders) == 2 - short


def test_a_market_maker_loses_at_most_what_its_bids_cost() -> None:
    quotes = [Quote(Side.BUY, MG_PER_T, 900), Quote(Side.SELL, MG_PER_T, 1_100)]
    assert most_lost_fen(quotes, 2) == 1_800
