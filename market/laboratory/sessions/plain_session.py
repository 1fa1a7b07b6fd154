"""One session in plain Python: the reference for the compiled version.

The arriving trader is drawn from those who still have a unit, buyers before sellers, by one
uniform number; a pair by one for the buyer and one for the seller. The draws of a behaviour
come next, and the coin toss last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.random import Generator

from market.clearing.order import Side
from market.laboratory.sessions.seating import Trader
from market.laboratory.sessions.session_record import REFUSED, STOOD, TRADED, Record
from market.laboratory.sessions.session_rules import Rules
from market.participants.seat import Floor, Seat, Shout
from market.traders import Listener, Quoter, as_listener, as_quoter, begin


@dataclass(slots=True)
class _Standing:
    """A quote in the book."""

    price_fen: int
    since: int


@dataclass(slots=True)
class _Session:
    """Everything that changes while a session goes on."""

    traders: Sequence[Trader]
    rules: Rules
    rng: Generator
    states: list[Any] = field(default_factory=list)
    quoters: list[Quoter] = field(default_factory=list)  # of each trader
    listeners: list[tuple[int, Listener]] = field(default_factory=list)  # who learn from shouts
    traded: list[int] = field(default_factory=list)  # units, of each trader, in this period
    buyers: list[int] = field(default_factory=list)  # who still have a unit
    sellers: list[int] = field(default_factory=list)
    book: dict[int, _Standing] = field(default_factory=dict)  # by trader
    tape: list[Shout] = field(default_factory=list)
    deals_fen: list[int] = field(default_factory=list)
    period: int = 0
    arrival: int = 0
    before: tuple[int | None, int | None] = (None, None)
    trades: list[tuple[int, ...]] = field(default_factory=list)
    quotes: list[tuple[int, ...]] = field(default_factory=list)


def play(traders: Sequence[Trader], rules: Rules, rng: Generator, *, keep_quotes: bool) -> Record:
    """All periods of one session.

    Args:
        traders: buyers first, then sellers.
        rules: of the session.
        rng: the session's random stream.
        keep_quotes: whether the record has every quote.
    """
    session = _Session(traders, rules, rng, traded=[0] * len(traders))
    session.quoters = [as_quoter(one.rule) for one in traders]
    listeners = [(n, as_listener(one.rule)) for n, one in enumerate(traders)]
    session.listeners = [(n, hears) for n, hears in listeners if hears is not None]
    session.states = [_begin(session, n) for n in range(len(traders))]
    for period in range(rules.periods):
        _hold(session, period)
    sent = np.zeros(rules.periods, np.int64)
    for period, *_ in session.quotes:
        sent[period] += 1
    kept = session.quotes if keep_quotes else []
    return Record(
        np.array(session.trades, np.int64).reshape(-1, 7),
        np.array(kept, np.int64).reshape(-1, 5),
        sent,
    )


def _begin(session: _Session, trader: int) -> Any:
    """The state that a trader enters with: its parameters, if it does not learn."""
    one = session.traders[trader]
    return begin(one.rule, _seat(session, trader), one.params, session.rng)


def _hold(session: _Session, period: int) -> None:
    """One period."""
    rules = session.rules
    session.period, session.book = period, {}
    session.traded = [0] * len(session.traders)
    session.buyers = [n for n, one in enumerate(session.traders) if one.side is Side.BUY]
    session.sellers = [n for n, one in enumerate(session.traders) if one.side is Side.SELL]
    first = len(session.deals_fen)
    meet = _meet if rules.meeting == "pairs" else _arrive
    for arrival in range(rules.arrivals):
        session.arrival = arrival
        # Before any draw, as in the kernel: both must use the stream alike.
        if not session.buyers or not session.sellers:
            break
        meet(session)
    deals = session.deals_fen[first:]
    session.before = (min(deals), max(deals)) if deals else (None, None)


def _arrive(session: _Session) -> None:
    """A trader arrives and may quote."""
    trader = _drawn(session, [*session.buyers, *session.sellers])
    price = _quote(session, trader)
    if price is not None:
        _note(session, trader, price, _enter(session, trader, price))


def _meet(session: _Session) -> None:
    """A buyer and a seller meet, both quote, and perhaps they trade."""
    buyer = _drawn(session, session.buyers)
    seller = _drawn(session, session.sellers)
    bid, ask = _quote(session, buyer), _quote(session, seller)
    cross = bid is not None and ask is not None and bid >= ask and _may_name(session, bid, ask)
    became = TRADED if cross else REFUSED
    for trader, price in ((buyer, bid), (seller, ask)):
        if price is not None:
            _note(session, trader, price, became)
    if cross:
        assert bid is not None and ask is not None
        at_bid = session.rng.random() < 0.5
        side, price = (Side.BUY, bid) if at_bid else (Side.SELL, ask)
        _trade(session, buyer, seller, Shout(side, price, True))


def _enter(session: _Session, trader: int, price: int) -> int:
    """Process a quote: it trades, stands, or is refused."""
    side = session.traders[trader].side
    buys = side is Side.BUY
    own, other = _best(session, side), _best(session, Side.SELL if buys else Side.BUY)
    if not _may_name(session, price):
        return REFUSED
    if other is not None:
        stood = session.book[other].price_fen
        if price >= stood if buys else price <= stood:
            buyer, seller = (trader, other) if buys else (other, trader)
            _trade(session, buyer, seller, Shout(Side.SELL if buys else Side.BUY, stood, True))
            return TRADED
    if session.rules.book == "best" and own is not None:
        best = session.book[own].price_fen
        if price <= best if buys else price >= best:
            _heard(session, Shout(side, price, False))
            return REFUSED
        del session.book[own]
    session.book[trader] = _Standing(price, len(session.quotes))
    _tell(session, Shout(side, price, False))
    return STOOD


def _trade(session: _Session, buyer: int, seller: int, shout: Shout) -> None:
    """Two traders exchange a unit, which is announced to all."""
    # Before the units are counted as traded: afterwards the limits are those of the next units.
    value, cost = _seat(session, buyer).limit_fen, _seat(session, seller).limit_fen
    place = (session.period, session.arrival)
    session.trades.append((*place, buyer, seller, shout.price_fen, value, cost))
    session.deals_fen.append(shout.price_fen)
    _tell(session, shout)
    for trader, there in ((buyer, session.buyers), (seller, session.sellers)):
        session.traded[trader] += 1
        session.book.pop(trader, None)
        if session.traded[trader] == len(session.traders[trader].limits_fen):
            there.remove(trader)
    if session.rules.after_trade == "clear":
        session.book = {}


def _tell(session: _Session, shout: Shout) -> None:
    """Put a shout on the tape, a deal in the place of the quote that was accepted."""
    tape, taken = session.tape, replace(shout, deal=False)
    backwards = range(len(tape) - 1, -1, -1) if shout.deal else ()
    place = next((k for k in backwards if tape[k] == taken), len(tape))
    tape[place : place + 1] = [shout]
    _heard(session, shout)


def _heard(session: _Session, shout: Shout) -> None:
    """Inform all learners of a quote, also of one refused because it does not better the best."""
    for n, listener in session.listeners:
        state = listener.hear(session.states[n], _seat(session, n), shout, session.rng)
        session.states[n] = state


def _quote(session: _Session, trader: int) -> int | None:
    """A trader's quote, given what it sees of the market."""
    bid, ask = _best(session, Side.BUY), _best(session, Side.SELL)
    floor = Floor(
        bid_fen=None if bid is None else session.book[bid].price_fen,
        ask_fen=None if ask is None else session.book[ask].price_fen,
        tape=session.tape,
        deals_fen=session.deals_fen,
        low_before_fen=session.before[0],
        high_before_fen=session.before[1],
        arrival=session.arrival,
        arrivals=session.rules.arrivals,
    )
    seat = _seat(session, trader)
    return session.quoters[trader].quote(session.states[trader], seat, floor, session.rng)


def _best(session: _Session, side: Side) -> int | None:
    """The trader with the best quote of a side: by price, then by time."""
    sign = -1 if side is Side.BUY else 1
    standing = [
        (sign * quote.price_fen, quote.since, trader)
        for trader, quote in session.book.items()
        if session.traders[trader].side is side
    ]
    return min(standing)[2] if standing else None


def _seat(session: _Session, trader: int) -> Seat:
    """A trader's place, with its unit at hand."""
    one, rules = session.traders[trader], session.rules
    traded, count = session.traded[trader], len(one.limits_fen)
    limit = one.limits_fen[min(traded, count - 1)] + rules.shift_fen(session.period)
    return Seat(one.side, limit, count - traded, rules.price_min_fen, rules.price_max_fen)


def _drawn(session: _Session, among: Sequence[int]) -> int:
    return among[int(session.rng.random() * len(among))]


def _may_name(session: _Session, *prices: int) -> bool:
    """Whether prices lie in the range of the session."""
    return all(session.rules.price_min_fen <= p <= session.rules.price_max_fen for p in prices)


def _note(session: _Session, trader: int, price: int, became: int) -> None:
    session.quotes.append((session.period, session.arrival, trader, price, became))
