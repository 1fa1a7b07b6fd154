"""Zero intelligence plus (ZIP): a profit margin that learns from every shout.

Whoever could have got more raises its margin, whoever is left behind lowers it, by the
delta rule with momentum [CliffBruten1997].
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from numpy.random import Generator

from market.clearing.order import Side
from market.participants.demand import needed_builds, truthful_quotes
from market.participants.seat import MarketState, Seat, SubmittedQuote, between
from market.participants.view import Build, FirmView, Quote
from permits.rule import Param, Params, Spec

SPEC = Spec(
    title="Zero intelligence plus",
    title_zh="零智能增强（利润率学习）",
    source="[CliffBruten1997]",
    params=(
        Param("rate_low", 0.1, "", "lowest learning rate; each trader draws one"),
        Param("rate_high", 0.5, "", "highest learning rate"),
        Param("momentum_high", 0.1, "", "highest momentum; each trader draws one from 0"),
        Param("margin_low", 0.05, "", "lowest initial margin"),
        Param("margin_high", 0.35, "", "highest initial margin"),
        Param("relative", 0.05, "", "largest relative step beyond the shout that it aims for"),
        Param("absolute_fen", 5, "fen", "largest absolute step beyond it"),
        Param("cover_days", 75, "days", "days before year-end from which all need is covered"),
    ),
)


@dataclass(frozen=True, slots=True)
class Margin:
    """State of a trader: price = limit x (1 + margin)."""

    margin: float  # of a buyer below 0
    change: float  # the last step, which momentum carries on
    rate: float
    momentum: float
    relative: float
    absolute_fen: float


def begin(seat: Seat, params: Params, rng: Generator) -> Margin:
    """A learner with rate, momentum and margin of its own.

    Args:
        seat: own side: a buyer's margin is negative.
        params: parameters of `SPEC`, defaults filled in.
        rng: the session's random stream.
    """
    rate = between(params["rate_low"], params["rate_high"], rng.random())
    momentum = between(0.0, params["momentum_high"], rng.random())
    margin = between(params["margin_low"], params["margin_high"], rng.random())
    sign = -1.0 if seat.side is Side.BUY else 1.0
    relative, absolute = float(params["relative"]), float(params["absolute_fen"])
    return Margin(sign * margin, 0.0, rate, momentum, relative, absolute)


def quote(state: Margin, seat: Seat, floor: MarketState, rng: Generator) -> int:
    """The limit with its margin, in whole fen, rounded to the profitable side.

    Args:
        state: what the trader has learnt so far.
        seat: own side, the unit at hand and the prices that may be named [fen a lot].
        floor: not used: the quote does not depend on it.
        rng: not used: this behaviour draws nothing here.
    """
    return _price(state, seat)


def _price(state: Margin, seat: Seat) -> int:
    price = seat.limit_fen * (1.0 + state.margin)
    return math.floor(price) if seat.side is Side.BUY else math.ceil(price)


def hear(state: Margin, seat: Seat, shout: SubmittedQuote, rng: Generator) -> Margin:
    """Aim slightly beyond the shout if it calls for a change of the margin.

    Up for more profit after a deal that would have suited, down when others are about to
    trade instead. The comparison uses the price in whole fen that the trader would quote: two
    traders who differ by less would otherwise wait for each other for ever.

    Args:
        state: what the trader has learnt so far.
        seat: own side, the unit at hand and the prices that may be named [fen a lot].
        shout: a quote or deal that everybody hears.
        rng: the session's random stream.
    """
    own, heard = _price(state, seat), shout.price_fen
    buys = seat.side is Side.BUY
    suits = own >= heard if buys else own <= heard
    outdone = own <= heard if buys else own >= heard
    same_side = (shout.side is Side.BUY) == buys
    if shout.deal and suits:
        more = True
    elif seat.units and outdone and shout.deal != same_side:
        more = False
    else:
        return state
    up = more != buys
    return _aim(state, seat, _beyond(state, float(heard), up, rng))


def _beyond(state: Margin, heard: float, up: bool, rng: Generator) -> float:
    """A target slightly above or below the price heard."""
    relative = state.relative * rng.random()
    absolute = state.absolute_fen * rng.random()
    return heard * (1.0 + relative) + absolute if up else heard * (1.0 - relative) - absolute


def _aim(state: Margin, seat: Seat, target: float) -> Margin:
    """One step of the delta rule towards a target; never beyond the limit."""
    price = seat.limit_fen * (1.0 + state.margin)
    step = state.rate * (target - price)
    change = state.momentum * state.change + (1.0 - state.momentum) * step
    if seat.limit_fen == 0:
        return replace(state, change=change)
    margin = (price + change) / seat.limit_fen - 1.0
    inside = min(0.0, max(-1.0, margin)) if seat.side is Side.BUY else max(0.0, margin)
    return replace(state, margin=inside, change=change)


def decide(view: FirmView, params: Params, rng: Generator) -> tuple[Quote, ...]:
    """The true net demand, each limit with a newly drawn margin and one step of learning.

    The step learns from the last price, if there was one.

    Args:
        view: what the firm sees: its own books and costs, public prices, the rules.
        params: parameters of `SPEC`, defaults filled in.
        rng: the firm's random stream.
    """
    quotes = []
    for true in truthful_quotes(view):
        seat = Seat(true.side, true.limit_fen_per_t, 1, 0, view.shortfall_value_fen_per_t)
        state = begin(seat, params, rng)
        if view.last_fen_per_t is not None:
            other = Side.SELL if true.side is Side.BUY else Side.BUY
            state = hear(state, seat, SubmittedQuote(other, view.last_fen_per_t, True), rng)
        limit = _kept(true, _price(state, seat), view)
        quotes.append(Quote(true.side, true.mass_mg, limit, int(rng.integers(0, 3600))))
    return tuple(quotes)


def _kept(true: Quote, limit: int, view: FirmView) -> int:
    """No bid above its value or, where that allows it, below the floor; no ask below cost."""
    if true.side is Side.SELL:
        return max(limit, true.limit_fen_per_t)
    floor = min(view.floor_fen_per_t or 0, true.limit_fen_per_t)
    return max(floor, min(limit, true.limit_fen_per_t))


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
