"""Bilateral agreement (协议): pairs agree by themselves, nobody else sees the price.

Agreements made beforehand are recognised by their terms: a purchase and a sale of one mass
at one price are a deal, the earlier first (`pairing = terms`). Where nothing was agreed yet,
buyers and sellers meet at random (`pairing = meet`): in each of `rounds` everybody who still
wants to trade meets at most one of the other side; where the bid reaches the ask they trade
the smaller mass and share the gain, `k` of it to the seller, which with equal powers is
Nash's solution [Nash1950]. A deal is done in three days on the platform, where a sale by
auction takes two months [ZJ-C34]; that pairs meet at random is assumed [ModelAssumption].

What it lacks: efficiency (a pair may trade that a call market would leave out, and partners
may not be found), and truthfulness.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction

from numpy.random import Generator

from market.clearing.clearing import Clearing, Trade, Unfilled
from market.clearing.crossing import Part, gain_share, one_price, pair_parts
from market.clearing.matching import write_up
from market.clearing.order import Book, Order
from permits.rule import Param, Params, Spec, Variant

CLAIMS = frozenset({"budget_balance", "individual_rationality"})
SPEC = Spec(
    title="Bilateral agreement",
    title_zh="协议转让",
    source="[ZJ-C34] [Nash1950] [ModelAssumption]",
    side="both",
    params=(
        Param("pairing", "meet", "", "pairs meet at random, or have agreed on mass and price",
              ("meet", "terms")),
        Param("rounds", 3, "", "number of rounds in which those still trading meet a partner"),
        Param("k", 0.5, "", "the seller's share of the gain"),
    ),
    claims=CLAIMS,
    variants=(Variant({"pairing": "terms"}, CLAIMS),),
)  # fmt: skip


def clear(book: Book, params: Params, rng: Generator) -> Clearing:
    """Find the pairs and record their deals.

    Args:
        book: all orders for one product [mg, fen/t]; no government supply.
        params: parameters of `SPEC`, defaults filled in.
        rng: random stream by which pairs meet.
    Raises: InputError where k is not between 0 and 1.
    Source: [ZJ-C34] [Nash1950].
    """
    if params["pairing"] == "terms":
        trades = _agreed(book)
    else:
        trades = _met(book, int(params["rounds"]), gain_share(params["k"], "bilateral"), rng)

    def reason(order: Order) -> Unfilled:
        return Unfilled.NO_COUNTERPARTY

    return write_up(book, "bilateral", trades, reason, price_fen_per_t=one_price(trades))


def _agreed(book: Book) -> list[Trade]:
    """Purchases and sales of the same mass at the same price, in order of arrival."""
    waiting: dict[tuple[int, int], list[Order]] = defaultdict(list)
    for sell in _by_arrival(book.sells):
        waiting[sell.mass_mg, sell.limit_fen_per_t].append(sell)
    trades: list[Trade] = []
    for buy in _by_arrival(book.buys):
        fitting = waiting[buy.mass_mg, buy.limit_fen_per_t]
        partner = next((other for other in fitting if other.trader != buy.trader), None)
        if partner is not None:
            fitting.remove(partner)
            trades += _deal(buy, partner, buy.mass_mg, buy.limit_fen_per_t, book.years)
    return trades


def _met(book: Book, rounds: int, share: Fraction, rng: Generator) -> list[Trade]:
    """Random pairs, round after round, each sharing the gain of what it trades."""
    left = {order.id: order.mass_mg for order in book.orders}
    trades: list[Trade] = []
    for _ in range(rounds):
        # Both sides are drawn before any deal of the round, so that deals cannot steer meetings.
        buys, sells = (_drawn(side, left, rng) for side in (book.buys, book.sells))
        for buy, sell in zip(buys, sells, strict=False):
            gain = buy.limit_fen_per_t - sell.limit_fen_per_t
            if gain >= 0 and buy.trader != sell.trader:
                mass = min(left[buy.id], left[sell.id])
                price = sell.limit_fen_per_t + round(share * gain)
                trades += _deal(buy, sell, mass, price, book.years)
                left[buy.id] -= mass
                left[sell.id] -= mass
    return trades


def _drawn(side: Sequence[Order], left: Mapping[str, int], rng: Generator) -> list[Order]:
    """Those of a side who still want to trade, in random order."""
    still = [order for order in _by_arrival(side) if left[order.id]]
    return [still[n] for n in rng.permutation(len(still))]


def _by_arrival(side: Sequence[Order]) -> list[Order]:
    return sorted(side, key=lambda order: (order.seq, order.id))


def _deal(buy: Order, sell: Order, mass_mg: int, price: int, years: int) -> tuple[Trade, ...]:
    return pair_parts([Part(buy, mass_mg, price)], [Part(sell, mass_mg, None)], years)
