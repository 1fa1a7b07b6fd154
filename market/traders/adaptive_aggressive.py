"""Trades profit against the chance of a deal, and learns both how keen to be and how fast
a target should move (AA).

A moving average of deals stands for the equilibrium price. How aggressive a trader is,
from -1 to 1, sets its target between the price it dreams of, that average, and its limit;
it learns after every shout (short term), and after every deal how strongly its target
answers (long term), by the spread of deals [VytelingumCliffJennings2008].
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from numpy.random import Generator

from market.clearing.order import Side
from market.participants.demand import needed_builds, truthful_quotes
from market.participants.seat import Floor, Seat, Shout, between
from market.participants.view import Build, FirmView, Quote
from permits.rule import Param, Params, Spec

SPEC = Spec(
    title="Adaptive aggressive",
    title_zh="自适应进取",
    source="[VytelingumCliffJennings2008]",
    params=(
        Param("rate_low", 0.1, "", "least learning rate; each trader's two are drawn"),
        Param("rate_high", 0.5, "", "greatest learning rate"),
        Param("relative", 0.02, "", "how far beyond a shout it aims, relatively"),
        Param("absolute", 0.01, "", "and absolutely, on the scale from -1 to 1"),
        Param("window", 5, "deals", "whose average stands for the equilibrium price"),
        Param("decay", 0.9, "", "weight of a deal against the next one"),
        Param("haste", 3.0, "", "quotes go one part in so many of the way to the target"),
        Param("cover_days", 75, "days", "so long before the year's end it covers itself"),
    ),
)
SHAPE_LOW, SHAPE_HIGH, SHAPE_BEND = -8.0, 2.0, 2.0
FLAT = 1e-6  # below it the curve is a straight line


@dataclass(frozen=True, slots=True)
class Mood:
    """What a trader has learnt, and its traits."""

    keen: float  # aggressiveness, -1 to 1
    shape: float  # of the curve from aggressiveness to target
    rate_keen: float
    rate_shape: float
    relative: float
    absolute: float
    window: int
    decay: float
    haste: float
    deals_fen: tuple[int, ...] = ()  # the last ones, oldest first
    middle: float = 0.0  # their weighted average, once there are any
    spread_low: float = 0.0  # of the spreads of deals seen so far
    spread_high: float = 0.0


def begin(seat: Seat, params: Params, rng: Generator) -> Mood:
    """A learner with rates of its own, a little passive at first."""
    rate_keen = between(params["rate_low"], params["rate_high"], rng.random())
    rate_shape = between(params["rate_low"], params["rate_high"], rng.random())
    return Mood(
        keen=-0.3 * rng.random(),
        shape=-5.0 * rng.random(),
        rate_keen=rate_keen,
        rate_shape=rate_shape,
        relative=float(params["relative"]),
        absolute=float(params["absolute"]),
        window=int(params["window"]),
        decay=float(params["decay"]),
        haste=float(params["haste"]),
    )


def quote(state: Mood, seat: Seat, floor: Floor, rng: Generator) -> int | None:
    """A step from the best quote of one's own side towards the target; the other side's
    best quote, where the target reaches it. Before any deal the target is the other side's
    best quote, or the limit. A target short of the best quote is said too, and refused: it
    is from such quotes that the patient learn."""
    bid = seat.price_min_fen if floor.bid_fen is None else floor.bid_fen
    ask = seat.price_max_fen if floor.ask_fen is None else floor.ask_fen
    limit = seat.limit_fen
    known = bool(state.deals_fen)
    if seat.side is Side.BUY:
        if limit <= bid:
            return None
        goal = _target(state, seat) if known else float(min(limit, ask))
        if known and floor.ask_fen is not None and ask <= goal:
            return ask
        return min(limit, math.ceil(bid + (goal - bid) / state.haste))
    if limit >= ask:
        return None
    goal = _target(state, seat) if known else float(max(limit, bid))
    if known and floor.bid_fen is not None and bid >= goal:
        return bid
    return max(limit, math.floor(ask - (ask - goal) / state.haste))


def hear(state: Mood, seat: Seat, shout: Shout, rng: Generator) -> Mood:
    """Keener after a deal or a quote of one's own side that beats the target, less keen
    after a deal that the target would have beaten; then, after a deal, a new average."""
    if state.deals_fen:
        state = replace(state, keen=_keener(state, seat, shout))
    return _took_in(state, shout.price_fen) if shout.deal else state


def _keener(state: Mood, seat: Seat, shout: Shout) -> float:
    """Aggressiveness one step nearer to what the shout would have needed."""
    target, buys = _target(state, seat), seat.side is Side.BUY
    suits = target >= shout.price_fen if buys else target <= shout.price_fen
    if shout.deal:
        sign = -1.0 if suits else 1.0
    elif shout.side is seat.side and (
        target <= shout.price_fen if buys else target >= shout.price_fen
    ):
        sign = 1.0
    else:
        return state.keen
    needed = _keenness(state, seat, shout.price_fen)
    aim = needed + sign * (state.relative * abs(needed) + state.absolute)
    return max(-1.0, min(1.0, state.keen + state.rate_keen * (aim - state.keen)))


def _ends(state: Mood, seat: Seat) -> tuple[float, float, float]:
    """Targets of the keenest, the indifferent and the most patient trader."""
    buys, limit = seat.side is Side.BUY, float(seat.limit_fen)
    patient = float(seat.price_min_fen if buys else seat.price_max_fen)
    inside = limit > state.middle if buys else limit < state.middle
    return limit, state.middle if inside else limit, patient


def _target(state: Mood, seat: Seat) -> float:
    """The target that aggressiveness and shape give."""
    keenest, middle, patient = _ends(state, seat)
    end = keenest if state.keen >= 0.0 else patient
    return middle + (end - middle) * _along(abs(state.keen), state.shape)


def _keenness(state: Mood, seat: Seat, price_fen: int) -> float:
    """The aggressiveness whose target is this price, as far as there is one."""
    keenest, middle, patient = _ends(state, seat)
    towards = price_fen > middle if seat.side is Side.BUY else price_fen < middle
    end = keenest if towards else patient
    if end == middle:
        return 0.0
    share = max(0.0, min(1.0, (price_fen - middle) / (end - middle)))
    if abs(state.shape) < FLAT:
        along = share
    else:
        along = math.log(1.0 + share * (math.exp(state.shape) - 1.0)) / state.shape
    return along if towards else -along


def _along(keen: float, shape: float) -> float:
    """How far from the middle to an end, 0 to 1."""
    if abs(shape) < FLAT:
        return keen
    return (math.exp(keen * shape) - 1.0) / (math.exp(shape) - 1.0)


def _took_in(state: Mood, price_fen: int) -> Mood:
    """The new average of deals, and the shape that their spread calls for."""
    deals = (*state.deals_fen, price_fen)[-state.window :]
    middle = _average(deals, state.decay)
    spread = 0.0
    if middle > 0.0:
        total = 0.0
        for deal in deals:
            total += (deal - middle) * (deal - middle)
        spread = math.sqrt(total / len(deals)) / middle
    first = not state.deals_fen
    low = spread if first else min(state.spread_low, spread)
    high = spread if first else max(state.spread_high, spread)
    rank = (spread - low) / (high - low) if high > low else min(1.0, spread)
    calm = 1.0 - rank * math.exp(SHAPE_BEND * (rank - 1.0))
    goal = (SHAPE_HIGH - SHAPE_LOW) * calm + SHAPE_LOW
    shape = state.shape + state.rate_shape * (goal - state.shape)
    return replace(
        state, deals_fen=deals, middle=middle, spread_low=low, spread_high=high, shape=shape
    )


def _average(deals_fen: Sequence[int], decay: float) -> float:
    """Weighted average, the latest deal with weight 1."""
    total = weights = 0.0
    weight = 1.0
    for deal in reversed(deals_fen):
        total += weight * deal
        weights += weight
        weight *= decay
    return total / weights


def decide(view: FirmView, params: Params, rng: Generator) -> tuple[Quote, ...]:
    """The true net demand; each limit gives way to the target of a fresh trader who takes
    the expected price for the equilibrium."""
    most = view.penalty_fen_per_t
    quotes = []
    for true in truthful_quotes(view):
        seat = Seat(true.side, true.limit_fen_per_t, 1, 0, most)
        mood = replace(begin(seat, params, rng), middle=float(view.expected_fen_per_t))
        limit = true.limit_fen_per_t
        if 0 < view.expected_fen_per_t < most:
            target = _target(mood, seat)
            buys = true.side is Side.BUY
            limit = min(limit, math.floor(target)) if buys else max(limit, math.ceil(target))
        floor = min(view.floor_fen_per_t or 0, true.limit_fen_per_t)
        quotes.append(Quote(true.side, true.mass_mg, max(floor, limit), int(rng.integers(0, 3600))))
    return tuple(quotes)


def abate(view: FirmView, params: Params, rng: Generator) -> tuple[Build, ...]:
    """Build what it lacks at no more than the expected price; near the year's end at any
    cost below the charge."""
    return needed_builds(view, cover=view.days_left <= params["cover_days"])
