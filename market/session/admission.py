"""Admission to a book: each offer is admitted, or refused with a reason and a sentence.

A refusal does not affect the other offers. Checks are made in a fixed order, and the first
that fails is reported: id, amount, lot, band, time, right, holding, limit, guarantee,
own order.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from market.clearing.bid_columns import IntArray
from market.clearing.budget import most_fen
from market.clearing.clearing import Unfilled
from market.clearing.order import Order, Side
from market.programmes.limits import purchase_limit
from permits.errors import NotAllowed, RightsError
from permits.quantity import fmt_t, fmt_yuan


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer as it was read: amounts may be zero or below."""

    id: str
    trader: str
    side: Side
    product: str
    mass_mg: int
    limit_fen_per_t: int
    seq: int
    at_s: int = 0
    until_s: int | None = None
    where: str = ""  # file and row, for the sentence


@dataclass(frozen=True, slots=True)
class Entrant:
    """Conditions of one trader; `None`: no such condition for it."""

    free_mg: int | None = None  # of the product, free to sell
    held_mg: int = 0  # already held, counts towards the holding limit
    most_share: Fraction | None = None  # of the supply, instead of everybody's
    guarantee_fen: int | None = None  # deposited for this sale


@dataclass(frozen=True, slots=True)
class Conditions:
    """Conditions that an offer must meet; `None`: no such condition.

    A limit at or below zero is refused unless a band reaches down to it. Where each
    order revises the one before (`revisions`), limits hold for each separately; elsewhere
    for all of a trader's together, in order of arrival. Where orders come and go
    (`standing`), only the rule knows which of a trader's own orders still stand: it
    keeps them apart itself.
    """

    lot_mg: int | None = None
    low_fen_per_t: int | None = None  # the price band, both ends in it
    high_fen_per_t: int | None = None
    least_bid_fen_per_t: int | None = None  # a price collar: a floor under bids,
    most_ask_fen_per_t: int | None = None  # a ceiling over asks
    window_s: int | None = None  # last second at which an offer is taken
    closes_s: int | None = None  # when all are cleared together: who is gone by then is not
    supply_mg: int | None = None  # what `most_share` is a share of
    most_share: Fraction | None = None  # of the supply, for one bidder
    holding_limit_mg: int | None = None  # what one trader may hold afterwards
    guarantee_share: Fraction = Fraction(1)  # of a bid's worth, to be deposited
    not_sellable: frozenset[str] = frozenset()  # products
    entrants: Mapping[tuple[str, str], Entrant] = field(default_factory=dict)
    others: Entrant = Entrant()  # whoever is not among them
    years: int = 1
    revisions: bool = False
    standing: bool = False

    @property
    def simple(self) -> bool:
        """Whether nothing but its own form and time can make an offer of one side refused."""
        limited = (
            self.lot_mg, self.low_fen_per_t, self.high_fen_per_t, self.least_bid_fen_per_t,
            self.most_ask_fen_per_t, self.most_share, self.holding_limit_mg,
        )  # fmt: skip
        free = all(limit is None for limit in limited) and not self.not_sellable
        return free and not self.entrants and self.others == Entrant()

    def of(self, offer: Offer) -> Entrant:
        """The entrant: for this product first, then for all (product `""`)."""
        for product in (offer.product, ""):
            if (offer.trader, product) in self.entrants:
                return self.entrants[offer.trader, product]
        return self.others


NO_CONDITIONS = Conditions()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused offer: the reason as a code and as a sentence in both languages."""

    offer: Offer
    reason: Unfilled
    error: RightsError = field(compare=False)


@dataclass(frozen=True, slots=True)
class Screened:
    """The orders admitted, in order of arrival, and what was refused."""

    orders: tuple[Order, ...]
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True, eq=False)
class OfferColumns:
    """Offers as columns: entry n of each is of offer n, in the order of the table."""

    id: Sequence[str]  # (N,)
    trader: Sequence[str]  # (N,)
    side: Sequence[Side]  # (N,)
    product: Sequence[str]  # (N,)
    mass_mg: IntArray  # (N,)
    limit_fen_per_t: IntArray  # (N,)
    seq: IntArray  # (N,)
    at_s: IntArray  # (N,)
    until_s: Sequence[int | None]  # (N,)
    where: Callable[[int], str]  # the place of offer n, for the sentence

    def __len__(self) -> int:
        return len(self.id)

    def offer(self, n: int) -> Offer:
        """Offer n by itself."""
        return Offer(
            self.id[n], self.trader[n], self.side[n], self.product[n], int(self.mass_mg[n]),
            int(self.limit_fen_per_t[n]), int(self.seq[n]), int(self.at_s[n]), self.until_s[n],
            self.where(n),
        )  # fmt: skip

    def offers(self) -> list[Offer]:
        """Every offer by itself."""
        return list(
            map(
                Offer, self.id, self.trader, self.side, self.product, self.mass_mg.tolist(),
                self.limit_fen_per_t.tolist(), self.seq.tolist(), self.at_s.tolist(),
                self.until_s, map(self.where, range(len(self))),
            )
        )  # fmt: skip

    def line(self) -> IntArray:
        """(N,) the offers in order of arrival: by `at_s`, then `seq`, then id."""
        line = np.lexsort((self.seq, self.at_s))
        twin = (np.diff(self.at_s[line]) == 0) & (np.diff(self.seq[line]) == 0)
        if not twin.any():
            return line
        keys = list(zip(self.at_s.tolist(), self.seq.tolist(), self.id, strict=True))
        return np.array(sorted(range(len(self)), key=keys.__getitem__), dtype=np.int64)


class _Seen:
    """Earlier offers: ids, each trader's orders by product and side, its bids' value."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.orders: dict[tuple[str, str, Side], list[Order]] = defaultdict(list)
        self.worth_fen: dict[str, int] = defaultdict(int)

    def mass_mg(self, offer: Offer) -> int:
        """Mass of the trader already in the book on this side of this product [mg]."""
        return sum(o.mass_mg for o in self.orders[offer.trader, offer.product, offer.side])


Check = Callable[[Offer, Conditions, _Seen], RightsError | None]


def admit(offers: Sequence[Offer], conditions: Conditions) -> Screened:
    """Admit the offers that meet the conditions; the order of the argument does not matter.

    Offers arrive by `at_s`, then `seq`, then id. Admitted orders carry their place in that
    line as `seq`, so that a rule ranks by arrival.
    """
    seen, orders, refusals = _Seen(), [], []
    line = sorted(offers, key=lambda offer: (offer.at_s, offer.seq, offer.id))
    # Of 100,000s of bids nearly all are free of doubt: they are spared the twelve checks.
    simple = conditions.simple and len({offer.side for offer in line}) < 2
    last_s = math.inf if conditions.window_s is None else conditions.window_s
    for place, offer in enumerate(line):
        if (
            simple
            and offer.mass_mg > 0
            and offer.limit_fen_per_t > 0
            and 0 <= offer.at_s <= last_s
            and offer.until_s is None
            and offer.id not in seen.ids
        ):
            seen.ids.add(offer.id)
            orders.append(_order(offer, place))
            continue
        refusal = _refusal(offer, conditions, seen)
        # Also the id of a refused offer: a second order under it would be ambiguous in reports.
        seen.ids.add(offer.id)
        if refusal is not None:
            refusals.append(refusal)
            continue
        order = _order(offer, place)
        orders.append(order)
        _note(order, conditions, seen)
    return Screened(tuple(orders), tuple(refusals))


def admit_columns(
    offers: OfferColumns, conditions: Conditions
) -> tuple[IntArray, tuple[Refusal, ...]]:
    """Admit offers of one side under `simple` conditions, as `admit` does.

    Returns: the offers admitted, as places, in order of arrival; and what was refused.
    """
    assert conditions.simple, "a condition that depends on a trader's other offers"
    last_s = math.inf if conditions.window_s is None else conditions.window_s
    free_of_doubt = (
        (offers.mass_mg > 0) & (offers.limit_fen_per_t > 0)
        & (offers.at_s >= 0) & (offers.at_s <= last_s)
    )  # fmt: skip
    line = offers.line()
    repeated = _repetitions(offers.id, line)
    free_of_doubt[[n for n, until in enumerate(offers.until_s) if until is not None]] = False
    free_of_doubt[list(repeated)] = False
    refusals = []
    for n in line[~free_of_doubt[line]].tolist():
        seen, offer = _Seen(), offers.offer(n)
        if n in repeated:
            seen.ids.add(offer.id)
        refusal = _refusal(offer, conditions, seen)
        if refusal is None:
            free_of_doubt[n] = True
        else:
            refusals.append(refusal)
    return line[free_of_doubt[line]], tuple(refusals)


def _repetitions(ids: Sequence[str], line: IntArray) -> set[int]:
    """The places of offers whose id an earlier one has."""
    if len(set(ids)) == len(ids):
        return set()
    seen, repeated = set(), set()
    for n in line.tolist():
        if ids[n] in seen:
            repeated.add(n)
        seen.add(ids[n])
    return repeated


def _refusal(offer: Offer, conditions: Conditions, seen: _Seen) -> Refusal | None:
    for reason, check in CHECKS:
        error = check(offer, conditions, seen)
        if error is not None:
            error.where = offer.where
            return Refusal(offer, reason, error)
    return None


def _order(offer: Offer, place: int) -> Order:
    return Order(
        offer.id, offer.trader, offer.side, offer.product, offer.mass_mg,
        offer.limit_fen_per_t, place, offer.at_s, offer.until_s,
    )  # fmt: skip


def _note(order: Order, conditions: Conditions, seen: _Seen) -> None:
    key = (order.trader, order.product, order.side)
    # A revision replaces the bid before it, so that nothing adds up.
    if conditions.revisions:
        return
    seen.orders[key].append(order)
    if order.side is Side.BUY:
        seen.worth_fen[order.trader] += most_fen([order], conditions.years)


def _repeated(offer: Offer, conditions: Conditions, seen: _Seen) -> RightsError | None:
    if offer.id not in seen.ids:
        return None
    return NotAllowed(
        "screen.duplicate",
        "the id {id} already belongs to an earlier order",
        mend="give each order its own id",
        id=offer.id,
    )


def _no_amount(offer: Offer, conditions: Conditions, seen: _Seen) -> RightsError | None:
    if offer.mass_mg <= 0:
        return NotAllowed(
            "screen.mass",
            "a mass of {mass} t is not above zero",
            mend="give a mass in tonnes",
            mass=fmt_t(offer.mass_mg),
        )
    low = conditions.low_fen_per_t
    if offer.limit_fen_per_t > 0 or (low is not None and low <= 0):
        return None
    return NotAllowed(
        "screen.amount",
        "a limit of {limit} yuan/t is not above zero",
        mend="name a price above zero, or open the band (--condition band=LOW:HIGH)",
        limit=fmt_yuan(offer.limit_fen_per_t),
    )


def _no_lot(offer: Offer, conditions: Conditions, seen: _Seen) -> RightsError | None:
    lot = conditions.lot_mg
    if lot is None or offer.mass_mg % lot == 0:
        return None
    return NotAllowed(
        "screen.lot",
        "{mass} t are not whole lots of {lot} t",
        mend="offer a multiple of the lot",
        mass=fmt_t(offer.mass_mg),
        lot=fmt_t(lot),
    )


def _out_of_band(offer: Offer, conditions: Conditions, seen: _Seen) -> RightsError | None:
    low, high = conditions.low_fen_per_t, conditions.high_fen_per_t
    limit = offer.limit_fen_per_t
    if (low is None or limit >= low) and (high is None or limit <= high):
        return None
    return NotAllowed(
        "screen.band",
        "{limit} yuan/t lies outside the price band of {low} to {high} yuan/t",
        mend="name a price within the band",
        limit=fmt_yuan(limit),
        low="…" if low is None else fmt_yuan(low),
        high="…" if high is None else fmt_yuan(high),
    )


def _outside_collar(offer: Offer, conditions: Conditions, seen: _Seen) -> RightsError | None:
    limit, least = offer.limit_fen_per_t, conditions.least_bid_fen_per_t
    most = conditions.most_ask_fen_per_t
    if offer.side is Side.BUY and least is not None and limit < least:
        return NotAllowed(
            "screen.floor",
            "a bid of {limit} yuan/t is below the floor of {floor} yuan/t",
            mend="bid at least the floor",
            limit=fmt_yuan(limit),
            floor=fmt_yuan(least),
        )
    if offer.side is Side.SELL and most is not None and limit > most:
        return NotAllowed(
            "screen.ceiling",
            "an ask of {limit} yuan/t is above the ceiling of {ceiling} yuan/t",
            mend="ask no more than the ceiling",
            limit=fmt_yuan(limit),
            ceiling=fmt_yuan(most),
        )
    return None


def _late(offer: Offer, conditions: Conditions, seen: _Seen) -> RightsError | None:
    window = conditions.window_s
    if window is not None and offer.at_s > window:
        return NotAllowed(
            "screen.late",
            "it arrived in second {at}, after the window of {window} seconds",
            mend="submit within the window of the next session",
            at=offer.at_s,
            window=window,
        )
    if offer.at_s >= 0:
        return None
    return NotAllowed(
        "screen.early",
        "it arrived {before} seconds before the session opened",
        mend="submit once the session is open",
        before=-offer.at_s,
    )


def _expired(offer: Offer, conditions: Conditions, seen: _Seen) -> RightsError | None:
    if offer.until_s is None or offer.until_s >= offer.at_s:
        return None
    return NotAllowed(
        "screen.expired",
        "it was valid until second {until} and arrived in second {at}",
        mend="extend its validity, or set no end",
        until=offer.until_s,
        at=offer.at_s,
    )


def _gone_before_the_close(offer: Offer, conditions: Conditions, seen: _Seen) -> RightsError | None:
    close = conditions.closes_s
    if close is None or offer.until_s is None or offer.until_s >= close:
        return None
    return NotAllowed(
        "screen.gone",
        "it is valid until second {until}, and all orders are cleared in second {close}",
        mend="extend its validity to the close, or set no end",
        until=offer.until_s,
        close=close,
    )


def _not_sellable(offer: Offer, conditions: Conditions, seen: _Seen) -> RightsError | None:
    if offer.side is Side.BUY or offer.product not in conditions.not_sellable:
        return None
    return NotAllowed(
        "screen.not_sellable",
        "{product} may not be sold",
        mend="offer a right that was paid for",
        product=offer.product or "-",
    )


def _not_free(offer: Offer, conditions: Conditions, seen: _Seen) -> RightsError | None:
    free = conditions.of(offer).free_mg
    if offer.side is Side.BUY or free is None:
        return None
    before = seen.mass_mg(offer)
    if before + offer.mass_mg <= free:
        return None
    return NotAllowed(
        "screen.not_free",
        "{mass} t more would make {total} t for sale; {trader} may sell {free} t",
        mend="offer no more than may be sold",
        mass=fmt_t(offer.mass_mg),
        total=fmt_t(before + offer.mass_mg),
        trader=offer.trader,
        free=fmt_t(free),
    )


def _above_limit(offer: Offer, conditions: Conditions, seen: _Seen) -> RightsError | None:
    if offer.side is Side.SELL:
        return None
    entrant = conditions.of(offer)
    total = seen.mass_mg(offer) + offer.mass_mg
    share = conditions.most_share if entrant.most_share is None else entrant.most_share
    if share is not None and conditions.supply_mg is not None:
        most = purchase_limit(conditions.supply_mg, share)
        if total > most:
            return NotAllowed(
                "screen.most",
                "{trader} would bid for {total} t; one bidder may buy {most} t of the {supply} t",
                mend="bid for less",
                trader=offer.trader,
                total=fmt_t(total),
                most=fmt_t(most),
                supply=fmt_t(conditions.supply_mg),
            )
    limit = conditions.holding_limit_mg
    if limit is None or entrant.held_mg + total <= limit:
        return None
    return NotAllowed(
        "screen.holding",
        "{trader} holds {held} t and would hold {total} t; the holding limit is {limit} t",
        mend="bid for less, or sell first",
        trader=offer.trader,
        held=fmt_t(entrant.held_mg),
        total=fmt_t(entrant.held_mg + total),
        limit=fmt_t(limit),
    )


def _above_guarantee(offer: Offer, conditions: Conditions, seen: _Seen) -> RightsError | None:
    deposit = conditions.of(offer).guarantee_fen
    if offer.side is Side.SELL or deposit is None:
        return None
    worth = seen.worth_fen[offer.trader] + most_fen([offer], conditions.years)
    if worth * conditions.guarantee_share <= deposit:
        return None
    return NotAllowed(
        "screen.guarantee",
        "bids worth {worth} yuan need a guarantee of {needed} yuan; {trader} deposited {deposit}",
        mend="deposit more, or bid for less",
        worth=fmt_yuan(worth),
        needed=fmt_yuan(-int(-worth * conditions.guarantee_share // 1)),
        trader=offer.trader,
        deposit=fmt_yuan(deposit),
    )


def _crosses_own(offer: Offer, conditions: Conditions, seen: _Seen) -> RightsError | None:
    # An earlier order may have lapsed or traded by now; the rule sees the book as it is.
    if conditions.standing:
        return None
    other = Side.SELL if offer.side is Side.BUY else Side.BUY
    sign = 1 if offer.side is Side.BUY else -1
    for own in seen.orders[offer.trader, offer.product, other]:
        if sign * (offer.limit_fen_per_t - own.limit_fen_per_t) >= 0:
            return NotAllowed(
                "screen.own_order",
                "{limit} yuan/t would trade with {trader}'s own order {own} at {price} yuan/t",
                mend="withdraw one of the two, or set their prices apart",
                limit=fmt_yuan(offer.limit_fen_per_t),
                trader=offer.trader,
                own=own.id,
                price=fmt_yuan(own.limit_fen_per_t),
            )
    return None


CHECKS: tuple[tuple[Unfilled, Check], ...] = (
    (Unfilled.DUPLICATE, _repeated),
    (Unfilled.AMOUNT, _no_amount),
    (Unfilled.LOT, _no_lot),
    (Unfilled.BAND, _out_of_band),
    (Unfilled.BAND, _outside_collar),
    (Unfilled.LATE, _late),
    (Unfilled.EXPIRED, _expired),
    (Unfilled.EXPIRED, _gone_before_the_close),
    (Unfilled.NOT_SELLABLE, _not_sellable),
    (Unfilled.NOT_FREE, _not_free),
    (Unfilled.LIMIT, _above_limit),
    (Unfilled.GUARANTEE, _above_guarantee),
    (Unfilled.OWN_ORDER, _crosses_own),
)
"""Each reason with its check, in the order in which they are made.

The id first, since every report names an order by it; then form, then the rules of the sale,
and last what depends on the trader's other orders.
"""
