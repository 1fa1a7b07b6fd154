"""Forms beliefs from the tape and quotes the price of the highest expected gain (GD).

From the quotes of the last few deals a trader forms, for each price, a belief that
somebody will accept it, joins these by cubics with level ends, and names the price of the
highest expected gain [GjerstadDickhaut1998].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from numpy.random import Generator

from market.clearing.order import Side
from market.participants.demand import needed_builds, truthful_quotes
from market.participants.seat import MarketState, Seat, SubmittedQuote
from market.participants.view import Build, FirmView, Quote
from permits.rule import Param, Params, Spec

SPEC = Spec(
    title="Gjerstad and Dickhaut",
    title_zh="信念学习（GD）",
    source="[GjerstadDickhaut1998]",
    params=(
        Param("memory", 5, "deals", "number of past deals that it remembers"),
        Param("cover_days", 75, "days", "days before year-end from which all need is covered"),
    ),
)
LONGEST = 100  # assumed: quotes remembered at most, which bounds the work where deals are rare
PLACES = 16  # assumed: prices tried between two that have been named, instead of every fen


@dataclass(frozen=True, slots=True)
class Belief:
    """Probability that a price is accepted, at the prices named; cubics in between."""

    price_fen: int
    chance: float


def quote(state: Params, seat: Seat, floor: MarketState, rng: Generator) -> int | None:
    """The price of the highest expected gain; `None` where nothing can be gained.

    The other side's best quote is accepted with probability one, and only a quote better than
    the own side's best is admitted.

    Args:
        state: parameters of `SPEC`: beliefs are formed anew from the tape.
        seat: own side, the unit at hand and the prices that may be named [fen a lot].
        floor: best quotes, tape and time, which everybody sees.
        rng: not used: this behaviour draws nothing here.
    """
    beliefs = _beliefs(seat, _remembered(floor.tape, int(state["memory"])))
    if seat.side is Side.BUY:
        sure = floor.ask_fen
        low = seat.price_min_fen if floor.bid_fen is None else floor.bid_fen + 1
        high = seat.limit_fen if sure is None else min(seat.limit_fen, sure - 1)
    else:
        sure = floor.bid_fen
        low = seat.limit_fen if sure is None else max(seat.limit_fen, sure + 1)
        high = seat.price_max_fen if floor.ask_fen is None else floor.ask_fen - 1
    best, gain = None, 0.0
    if sure is not None and _gain(seat, sure) > 0:
        best, gain = sure, float(_gain(seat, sure))
    return _greatest(seat, beliefs, low, high, best, gain)


def _gain(seat: Seat, price_fen: int) -> int:
    return seat.limit_fen - price_fen if seat.side is Side.BUY else price_fen - seat.limit_fen


def _remembered(tape: Sequence[SubmittedQuote], memory: int) -> Sequence[SubmittedQuote]:
    """The quotes since the last deal that is forgotten."""
    deals = 0
    for back in range(1, min(len(tape), LONGEST) + 1):
        deals += tape[-back].deal
        if deals > memory:
            return tape[len(tape) - back + 1 :]
    return tape[-LONGEST:]


def _beliefs(seat: Seat, heard: Sequence[SubmittedQuote]) -> list[Belief]:
    """Belief at each price named, and at the ends of the range, where it is certain."""
    low, high = seat.price_min_fen, seat.price_max_fen
    named = sorted({shout.price_fen for shout in heard if low < shout.price_fen < high})
    believe = _bid_met if seat.side is Side.BUY else _ask_met
    inner = [Belief(price, believe(price, heard)) for price in named]
    at_low = 0.0 if seat.side is Side.BUY else 1.0
    return [Belief(low, at_low), *inner, Belief(high, 1.0 - at_low)]


def _bid_met(price_fen: int, heard: Sequence[SubmittedQuote]) -> float:
    """Bids taken and asks made at or below it, against bids left at or above it."""
    bids = [shout for shout in heard if shout.side is Side.BUY]
    met = sum(bid.deal and bid.price_fen <= price_fen for bid in bids)
    met += sum(s.side is Side.SELL and s.price_fen <= price_fen for s in heard)
    left = sum(not bid.deal and bid.price_fen >= price_fen for bid in bids)
    return met / (met + left)


def _ask_met(price_fen: int, heard: Sequence[SubmittedQuote]) -> float:
    """Asks taken and bids made at or above it, against asks left at or below it."""
    asks = [shout for shout in heard if shout.side is Side.SELL]
    met = sum(ask.deal and ask.price_fen >= price_fen for ask in asks)
    met += sum(s.side is Side.BUY and s.price_fen >= price_fen for s in heard)
    left = sum(not ask.deal and ask.price_fen <= price_fen for ask in asks)
    return met / (met + left)


def _greatest(
    seat: Seat, beliefs: Sequence[Belief], low: int, high: int, best: int | None, gain: float
) -> int | None:
    """The price from `low` to `high` whose expected gain beats `gain` most, else `best`."""
    for left, right in pairwise(beliefs):
        begin, end = max(left.price_fen, low), min(right.price_fen, high)
        stride = max(1, -(-(end - begin) // PLACES))
        for price in [*range(begin, end, stride), *([end] if begin <= end else [])]:
            expected = _gain(seat, price) * _chance(left, right, price)
            if expected > gain:
                best, gain = price, expected
    return best


def _chance(left: Belief, right: Belief, price_fen: int) -> float:
    """The cubic between two beliefs that is level at both."""
    t = (price_fen - left.price_fen) / (right.price_fen - left.price_fen)
    return left.chance + (right.chance - left.chance) * (t * t * (3.0 - 2.0 * t))


def decide(view: FirmView, params: Params, rng: Generator) -> tuple[Quote, ...]:
    """The true net demand, each limit replaced by the price of the highest expected gain.

    Beliefs: quotes at the expected price are accepted every second time.

    Args:
        view: what the firm sees: its own books and costs, public prices, the rules.
        params: parameters of `SPEC`, defaults filled in.
        rng: the firm's random stream.
    """
    expected, most = view.expected_fen_per_t, view.shortfall_value_fen_per_t
    quotes = []
    for true in truthful_quotes(view):
        seat = Seat(true.side, true.limit_fen_per_t, 1, 0, most)
        limit = true.limit_fen_per_t
        if 0 < expected < most:
            heard = (
                SubmittedQuote(true.side, expected, True),
                SubmittedQuote(true.side, expected, False),
            )
            beliefs = _beliefs(seat, heard)
            low, high = (0, limit) if true.side is Side.BUY else (limit, most)
            # A price of 0 gives way to the true limit: a bid at nothing buys nothing.
            limit = _greatest(seat, beliefs, low, high, limit, 0.0) or limit
        floor = min(view.floor_fen_per_t or 0, true.limit_fen_per_t)
        quotes.append(Quote(true.side, true.mass_mg, max(floor, limit), int(rng.integers(0, 3600))))
    return tuple(quotes)


def abate(view: FirmView, params: Params, rng: Generator) -> tuple[Build, ...]:
    """Build what the firm lacks at up to the expected price; near the year's end at any cost.

    Within `cover_days` of the year's end no further sale may come, so every step cheaper than
    the shortfall valuation is built then.

    Args:
        view: what the firm sees: its own books and costs, public prices, the rules.
        params: parameters of `SPEC`, defaults filled in.
        rng: not used: this behaviour draws nothing.
    """
    return needed_builds(view, cover=view.days_left <= params["cover_days"])
