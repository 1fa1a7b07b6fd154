"""Adaptive aggressiveness (AA): learns how eagerly to trade and how fast to adjust.

A moving average of deals stands for the equilibrium price. A trader's aggressiveness,
from -1 to 1, sets its target between the most favourable price, that average, and its
limit; it learns after every shout (short term), and after every deal how strongly its
target responds (long term), by the spread of deals [VytelingumCliffJennings2008].
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from numpy.random import Generator

from market.clearing.order import Side
from market.participants.demand import needed_builds, truthful_quotes
from market.participants.seat import MarketState, Seat, SubmittedQuote, between
from market.participants.view import Build, FirmView, Quote
from permits.rule import Param, Params, Spec

SPEC = Spec(
    title="Adaptive aggressive",
    title_zh="自适应进取",
    source="[VytelingumCliffJennings2008]",
    params=(
        Param("rate_low", 0.1, "", "lowest learning rate; each trader draws two"),
        Param("rate_high", 0.5, "", "highest learning rate"),
        Param("relative", 0.02, "", "relative step beyond the shout that it aims for"),
        Param("absolute", 0.01, "", "absolute step beyond it, on the scale from -1 to 1"),
        Param("window", 5, "deals", "length of the moving average that estimates the price"),
        Param("decay", 0.9, "", "weight of a deal relative to the next one"),
        Param("haste", 3.0, "", "quotes move 1/haste of the way to the target"),
        Param("cover_days", 75, "days", "days before year-end from which all need is covered"),
    ),
)
# Range and bend of the target curve in the paper's long-term learning.
SHAPE_LOW, SHAPE_HIGH, SHAPE_BEND = -8.0, 2.0, 2.0
FLAT = 1e-6  # below it the curve is a straight line: its formula would divide 0 by 0


@dataclass(frozen=True, slots=True)
class Mood:
    """State of a trader: its traits, and what it has learnt."""

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
    """A learner with learning rates of its own, slightly passive at first.

    Args:
        seat: not used: traits do not depend on the side.
        params: parameters of `SPEC`, defaults filled in.
        rng: the session's random stream.
    """
    rate_keen = between(params["rate_low"], params["rate_high"], rng.random())
    rate_shape = between(params["rate_low"], params["rate_high"], rng.random())
    # Assumed starting ranges: a market begins with patient traders.
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


def quote(state: Mood, seat: Seat, floor: MarketState, rng: Generator) -> int | None:
    """One step from the own side's best quote towards the target, or the other side's best quote.

    The other side's best quote is accepted where the target reaches it. Before any deal the
    target is that quote, or the limit. A target short of the own side's best quote is sent
    too, and refused: patient traders learn from such quotes.

    Args:
        state: what the trader has learnt so far.
        seat: own side, the unit at hand and the prices that may be named [fen a lot].
        floor: best quotes, tape and time, which everybody sees.
        rng: not used: this behaviour draws nothing here.
    """
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


def hear(state: Mood, seat: Seat, shout: SubmittedQuote, rng: Generator) -> Mood:
    """More aggressive after shouts that beat the target, less after deals it would have beaten.

    Shouts that beat the target are deals of either side and quotes of the own side. A deal
    then enters the moving average.

    Args:
        state: what the trader has learnt so far.
        seat: own side, the unit at hand and the prices that may be named [fen a lot].
        shout: a quote or deal that everybody hears.
        rng: not used: this behaviour draws nothing here.
    """
    # Aggressiveness first, by the average before this deal: learning from a target that
    # already contains the deal would damp every response.
    if state.deals_fen:
        state = replace(state, keen=_keener(state, seat, shout))
    return _took_in(state, shout.price_fen) if shout.deal else state


def _keener(state: Mood, seat: Seat, shout: SubmittedQuote) -> float:
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
    """The aggressiveness whose target is this price, within the range of targets."""
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
    """Share of the way from the middle to an end, 0 to 1."""
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
    """The true net demand, each limit replaced by the target of a newly drawn trader.

    That trader takes the expected price for the equilibrium price.

    Args:
        view: what the firm sees: its own books and costs, public prices, the rules.
        params: parameters of `SPEC`, defaults filled in.
        rng: the firm's random stream.
    """
    most = view.shortfall_value_fen_per_t
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
    """Build what the firm lacks at up to the expected price; near the year's end at any cost.

    Within `cover_days` of the year's end no further sale may come, so every step cheaper than
    the shortfall valuation is built then.

    Args:
        view: what the firm sees: its own books and costs, public prices, the rules.
        params: parameters of `SPEC`, defaults filled in.
        rng: not used: this behaviour draws nothing.
    """
    return needed_builds(view, cover=view.days_left <= params["cover_days"])
