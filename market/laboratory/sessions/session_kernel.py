"""`plain.py` and the behaviours it plays, compiled: the same numbers, draw by draw.

All in one file, since compiled code is kept in the user's cache folder for as long as
this file does not change. (Constants from other files are kept with it: touch this one
too.) No global lock is held, so that threads run side by side. Arrays are passed on as
arguments: taken out of a tuple or sliced they would be counted at every step, and the
counting costs more than the step.

    floor   what all know: rules, best quotes, time, how many rows the tables have
    desk    (n, 10 + units) each trader's side, kind, unit at hand, standing quote; three lists
            of traders, from HERE on: buyers and sellers who still have a unit, and who learns
            from shouts; from UNITS on each trader's units
    mind    (n, 16) parameters of its behaviour; from LEARNT on what it has learnt
    tape    (length, 3) side, price, deal
    trades, quotes   as in `record.py`
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.random import Generator

from market.laboratory.sessions.session_record import (
    REFUSED,
    STOOD,
    TRADED,
    FloatArray,
    IntArray,
    SessionRecord,
)

_config: Any = numba.config
if not _config.CACHE_DIR:
    _home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    _config.CACHE_DIR = str(Path(_home or Path.home() / ".cache") / "permits")
_options: dict[str, Any] = {"nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_F = TypeVar("_F", bound=Callable[..., Any])


def _compiled(function: _F) -> _F:
    """Called from here only."""
    return cast(_F, numba.njit(**_options)(function))


def _inlined(function: _F) -> _F:
    """The same, on the way of every quote."""
    return cast(_F, numba.njit(forceinline=True, **_options)(function))


NONE = -(2**62)  # no price, nobody: far outside every range of prices
BUY, SELL, EARS = 0, 1, 2  # sides; the lists of `desk`
TRUTH, BUDGET, FREE, SNIPER, ZIP, GD, AA = range(7)  # kinds of traders
# Columns of `desk`; three places from HERE on, one for each list of traders.
SIDE, KIND, DONE, COUNT, LIMIT, PRICE, SINCE, HERE, UNITS = 0, 1, 2, 3, 4, 5, 6, 7, 10
PRICE_MIN, PRICE_MAX, PERIODS, ARRIVALS, PAIRS, FULL, KEEP, TAPED = range(8)  # of `floor`
BID, BID_BY, ASK, ASK_BY, LOW, HIGH = range(8, 14)
# Further places of `floor`; IN takes two, the numbers of buyers and of sellers left.
PERIOD, ARRIVAL, SHIFT, SENT, IN, LISTEN, TAPE, TRADES, QUOTES = 14, 15, 16, 17, 18, 20, 21, 22, 23
LEARNT = 8  # the first half of `mind` are parameters
# As in `traders/gjerstad_dickhaut.py` and `traders/adaptive_aggressive.py`.
LONGEST, PLACES, FLAT = 100, 16, 1e-6
SHAPE_LOW, SHAPE_HIGH, SHAPE_BEND = -8.0, 2.0, 2.0  # likewise


def play(
    rng: Generator, rules: IntArray, shifts: IntArray, seats: IntArray, traits: FloatArray,
    keep_quotes: bool,
) -> SessionRecord:  # fmt: skip
    """All periods of one session.

    Args:
        rng: the session's random stream.
        rules: (8,) in the order of `floor`.
        shifts: (P,) of each period's values and costs [fen].
        seats: (n, 10 + units) as `desk` has them.
        traits: (n, 8) as the first half of `mind`.
        keep_quotes: whether the record has every quote.
    """
    n, most = len(seats), int(rules[PERIODS] * rules[ARRIVALS])
    floor = np.zeros(24, np.int64)
    floor[: len(rules)], floor[BID : HIGH + 1] = rules, NONE
    buys = seats[:, SIDE] == BUY
    units = min(seats[buys, COUNT].sum(), seats[~buys, COUNT].sum())
    tape = np.empty((most if rules[TAPED] else 0, 3), np.int64)
    trades = np.empty((rules[PERIODS] * units, 7), np.int64)
    quotes = np.empty((most * (2 if rules[PAIRS] else 1) if keep_quotes else 0, 5), np.int64)
    mind = np.hstack([traits, np.zeros((n, 8))])
    sent = np.zeros(rules[PERIODS], np.int64)
    _play(rng, floor, seats.copy(), mind, tape, trades, quotes, shifts, sent)
    return SessionRecord(trades[: floor[TRADES]].copy(), quotes[: floor[QUOTES]].copy(), sent)


@numba.njit(nogil=True, cache=True)
def _play(
    rng: Any, floor: Any, desk: Any, mind: Any, tape: Any, trades: Any, quotes: Any,
    shifts: Any, sent: Any,
) -> None:  # fmt: skip
    for i in range(len(desk)):
        _begin(rng, floor, desk, mind, i)
    for period in range(floor[PERIODS]):
        floor[PERIOD], floor[SHIFT], floor[SENT] = period, shifts[period], 0
        _hold(rng, floor, desk, mind, tape, trades, quotes)
        sent[period] = floor[SENT]


@_compiled
def _begin(rng: Any, floor: Any, desk: Any, mind: Any, i: int) -> None:
    kind, own = desk[i, KIND], LEARNT
    if kind in (ZIP, AA):
        desk[floor[LISTEN], HERE + EARS] = i
        floor[LISTEN] += 1
    if kind == ZIP:
        mind[i, own + 2] = _between(mind[i, 0], mind[i, 1], rng.random())
        mind[i, own + 3] = _between(0.0, mind[i, 2], rng.random())
        margin = _between(mind[i, 3], mind[i, 4], rng.random())
        mind[i, own] = -margin if desk[i, SIDE] == BUY else margin
    elif kind == AA:
        mind[i, own + 2] = _between(mind[i, 0], mind[i, 1], rng.random())
        mind[i, own + 3] = _between(mind[i, 0], mind[i, 1], rng.random())
        mind[i, own] = -0.3 * rng.random()
        mind[i, own + 1] = -5.0 * rng.random()


@_compiled
def _between(low: float, high: float, draw: float) -> float:
    return low + (high - low) * draw


@_inlined
def _hold(rng: Any, floor: Any, desk: Any, mind: Any, tape: Any, trades: Any, quotes: Any) -> None:
    """One period."""
    floor[IN + BUY] = floor[IN + SELL] = 0
    for i in range(len(desk)):
        desk[i, DONE] = 0
        desk[i, LIMIT] = desk[i, UNITS] + floor[SHIFT]
        side = desk[i, SIDE]
        desk[floor[IN + side], HERE + side] = i
        floor[IN + side] += 1
    _clear(floor, desk)
    first = floor[TRADES]
    for arrival in range(floor[ARRIVALS]):
        if floor[IN + BUY] == 0 or floor[IN + SELL] == 0:
            break
        floor[ARRIVAL] = arrival
        if floor[PAIRS]:
            _meet(rng, floor, desk, mind, tape, trades, quotes)
        else:
            _arrive(rng, floor, desk, mind, tape, trades, quotes)
    floor[LOW] = floor[HIGH] = NONE
    for k in range(first, floor[TRADES]):
        if k == first or trades[k, 4] < floor[LOW]:
            floor[LOW] = trades[k, 4]
        if k == first or trades[k, 4] > floor[HIGH]:
            floor[HIGH] = trades[k, 4]


@_compiled
def _clear(floor: Any, desk: Any) -> None:
    for i in range(len(desk)):
        desk[i, PRICE] = NONE
    floor[BID] = floor[BID_BY] = floor[ASK] = floor[ASK_BY] = NONE


@_inlined
def _arrive(
    rng: Any, floor: Any, desk: Any, mind: Any, tape: Any, trades: Any, quotes: Any
) -> None:
    k = int(rng.random() * (floor[IN + BUY] + floor[IN + SELL]))
    i = desk[k, HERE + BUY] if k < floor[IN + BUY] else desk[k - floor[IN + BUY], HERE + SELL]
    price = _quote(rng, floor, desk, mind, tape, i)
    if price != NONE:
        became = _enter(rng, floor, desk, mind, tape, trades, i, price)
        floor[SENT] += 1
        if len(quotes):
            _note(floor, quotes, i, price, became)


@_compiled
def _meet(rng: Any, floor: Any, desk: Any, mind: Any, tape: Any, trades: Any, quotes: Any) -> None:
    buyer = desk[int(rng.random() * floor[IN + BUY]), HERE + BUY]
    seller = desk[int(rng.random() * floor[IN + SELL]), HERE + SELL]
    bid = _quote(rng, floor, desk, mind, tape, buyer)
    ask = _quote(rng, floor, desk, mind, tape, seller)
    cross = bid != NONE and ask != NONE and bid >= ask
    if cross:
        cross = ask >= floor[PRICE_MIN] and bid <= floor[PRICE_MAX]
    floor[SENT] += (bid != NONE) + (ask != NONE)
    if len(quotes):
        became = TRADED if cross else REFUSED
        if bid != NONE:
            _note(floor, quotes, buyer, bid, became)
        if ask != NONE:
            _note(floor, quotes, seller, ask, became)
    if cross:
        at_bid = rng.random() < 0.5
        side, price = (BUY, bid) if at_bid else (SELL, ask)
        _trade(rng, floor, desk, mind, tape, trades, buyer, seller, side, price)


@_compiled
def _note(floor: Any, quotes: Any, i: int, price: int, became: int) -> None:
    """Keep a quote."""
    k = floor[QUOTES]
    quotes[k, 0], quotes[k, 1], quotes[k, 2] = floor[PERIOD], floor[ARRIVAL], i
    quotes[k, 3], quotes[k, 4] = price, became
    floor[QUOTES] += 1


@_inlined
def _enter(
    rng: Any, floor: Any, desk: Any, mind: Any, tape: Any, trades: Any,
    i: int, price: int,
) -> int:  # fmt: skip
    if price < floor[PRICE_MIN] or price > floor[PRICE_MAX]:
        return REFUSED
    side, buys = desk[i, SIDE], desk[i, SIDE] == BUY
    stood, by = (floor[ASK], floor[ASK_BY]) if buys else (floor[BID], floor[BID_BY])
    if stood != NONE and (price >= stood if buys else price <= stood):
        buyer, seller = (i, by) if buys else (by, i)
        _trade(rng, floor, desk, mind, tape, trades, buyer, seller, 1 - side, stood)
        return TRADED
    if floor[FULL]:
        desk[i, PRICE], desk[i, SINCE] = price, floor[SENT]
        _find_best(floor, desk, side)
    else:
        own = floor[BID] if buys else floor[ASK]
        if own != NONE and (price <= own if buys else price >= own):
            if floor[LISTEN]:  # most quotes end here, and often nobody learns
                _heard(rng, floor, desk, mind, trades, side, price, False)
            return REFUSED
        if buys:
            floor[BID], floor[BID_BY] = price, i
        else:
            floor[ASK], floor[ASK_BY] = price, i
    _tell(rng, floor, desk, mind, tape, trades, side, price, False)
    return STOOD


@_compiled
def _find_best(floor: Any, desk: Any, side: int) -> None:
    """The best standing quote of a side in a full book: by price, then by time."""
    best, by = NONE, NONE
    for k in range(floor[IN + side]):
        i = desk[k, HERE + side]
        price = desk[i, PRICE]
        if price == NONE:
            continue
        better = price > best if side == BUY else price < best
        if by == NONE or better or (price == best and desk[i, SINCE] < desk[by, SINCE]):
            best, by = price, i
    if side == BUY:
        floor[BID], floor[BID_BY] = best, by
    else:
        floor[ASK], floor[ASK_BY] = best, by


@_compiled
def _trade(
    rng: Any, floor: Any, desk: Any, mind: Any, tape: Any, trades: Any,
    buyer: int, seller: int, side: int, price: int,
) -> None:  # fmt: skip
    k = floor[TRADES]
    trades[k, 0], trades[k, 1], trades[k, 2] = floor[PERIOD], floor[ARRIVAL], buyer
    trades[k, 3], trades[k, 4] = seller, price
    trades[k, 5], trades[k, 6] = desk[buyer, LIMIT], desk[seller, LIMIT]
    floor[TRADES] += 1
    _tell(rng, floor, desk, mind, tape, trades, side, price, True)
    _traded(floor, desk, BUY, buyer)
    _traded(floor, desk, SELL, seller)
    if not floor[KEEP]:
        _clear(floor, desk)
    elif floor[FULL]:
        _find_best(floor, desk, BUY)
        _find_best(floor, desk, SELL)
    else:
        if floor[BID_BY] == buyer:
            floor[BID] = floor[BID_BY] = NONE
        if floor[ASK_BY] == seller:
            floor[ASK] = floor[ASK_BY] = NONE


@_compiled
def _traded(floor: Any, desk: Any, side: int, i: int) -> None:
    """A unit is gone; a trader without units leaves the list of its side."""
    desk[i, PRICE] = NONE
    desk[i, DONE] += 1
    if desk[i, DONE] < desk[i, COUNT]:
        desk[i, LIMIT] = desk[i, UNITS + desk[i, DONE]] + floor[SHIFT]
        return
    k = 0
    while desk[k, HERE + side] != i:
        k += 1
    floor[IN + side] -= 1
    while k < floor[IN + side]:
        desk[k, HERE + side] = desk[k + 1, HERE + side]
        k += 1


@_compiled
def _tell(
    rng: Any, floor: Any, desk: Any, mind: Any, tape: Any, trades: Any,
    side: int, price: int, deal: bool,
) -> None:  # fmt: skip
    if floor[TAPED]:
        at = floor[TAPE]
        if deal:
            k = at - 1
            while k >= 0 and (tape[k, 2] or tape[k, 0] != side or tape[k, 1] != price):
                k -= 1
            if k >= 0:
                at = k
        tape[at, 0], tape[at, 1], tape[at, 2] = side, price, deal
        if at == floor[TAPE]:
            floor[TAPE] += 1
    _heard(rng, floor, desk, mind, trades, side, price, deal)


@_compiled
def _heard(
    rng: Any, floor: Any, desk: Any, mind: Any, trades: Any,
    side: int, price: int, deal: bool,
) -> None:  # fmt: skip
    for k in range(floor[LISTEN]):
        i = desk[k, HERE + EARS]
        if desk[i, KIND] == ZIP:
            _zip_hear(rng, desk, mind, i, side, price, deal)
        else:
            _aa_hear(floor, desk, mind, trades, i, side, price, deal)


@_inlined
def _quote(rng: Any, floor: Any, desk: Any, mind: Any, tape: Any, i: int) -> Any:
    kind, limit = desk[i, KIND], desk[i, LIMIT]
    if TRUTH < kind < SNIPER:
        low, high = floor[PRICE_MIN], floor[PRICE_MAX]
        if kind == BUDGET and desk[i, SIDE] == BUY:
            high = min(high, limit)
        elif kind == BUDGET:
            low = max(low, limit)
        return low + int(rng.random() * (high - low + 1)) if low <= high else NONE
    if kind == SNIPER:
        return _sniper_quote(floor, desk, mind, i, limit)
    if kind == ZIP:
        return _whole(limit * (1.0 + mind[i, LEARNT]), desk[i, SIDE])
    if kind == GD:
        return _gd_quote(floor, desk, mind, tape, i, limit)
    if kind == AA:
        return _aa_quote(floor, desk, mind, i, limit)
    return limit


@_compiled
def _whole(price: float, side: int) -> int:
    return math.floor(price) if side == BUY else math.ceil(price)


# --- sniper ------------------------------------------------------------------------


@_compiled
def _sniper_quote(floor: Any, desk: Any, mind: Any, i: int, limit: int) -> Any:
    bid, ask, low, high = floor[BID], floor[ASK], floor[LOW], floor[HIGH]
    buys = desk[i, SIDE] == BUY
    price = ask if buys else bid
    if price == NONE:
        return NONE
    profit = limit - price if buys else price - limit
    if profit <= 0:
        return NONE
    ends = (floor[ARRIVALS] - floor[ARRIVAL]) * 100 <= mind[i, 2] * floor[ARRIVALS]
    if low != NONE:
        if price <= low if buys else price >= high:
            return price
        if price > high if buys else price < low:
            return price if ends else NONE
    worth = profit * 100 > mind[i, 1] * (limit if buys else price)
    near = bid != NONE and ask != NONE and (ask - bid) * 100 < mind[i, 0] * ask
    return price if (worth and near) or ends else NONE


# --- ZIP ---------------------------------------------------------------------------


@_compiled
def _zip_hear(rng: Any, desk: Any, mind: Any, i: int, side: int, price: int, deal: bool) -> None:
    limit, buys, own = desk[i, LIMIT], desk[i, SIDE] == BUY, LEARNT
    exact = limit * (1.0 + mind[i, own])
    said = _whole(exact, desk[i, SIDE])
    suits = said >= price if buys else said <= price
    outdone = said <= price if buys else said >= price
    if deal and suits:
        up = not buys
    elif desk[i, DONE] < desk[i, COUNT] and outdone and deal != (side == desk[i, SIDE]):
        up = buys
    else:
        return
    relative, absolute = mind[i, 5] * rng.random(), mind[i, 6] * rng.random()
    target = price * (1.0 + relative) + absolute if up else price * (1.0 - relative) - absolute
    step = mind[i, own + 2] * (target - exact)
    change = mind[i, own + 3] * mind[i, own + 1] + (1.0 - mind[i, own + 3]) * step
    mind[i, own + 1] = change
    if limit != 0:
        margin = (exact + change) / limit - 1.0
        mind[i, own] = min(0.0, max(-1.0, margin)) if buys else max(0.0, margin)


# --- GD ----------------------------------------------------------------------------


@_compiled
def _gd_quote(floor: Any, desk: Any, mind: Any, tape: Any, i: int, limit: int) -> Any:
    bid, ask, buys = floor[BID], floor[ASK], desk[i, SIDE] == BUY
    if buys:
        sure, low = ask, floor[PRICE_MIN] if bid == NONE else bid + 1
        high = limit if sure == NONE else min(limit, sure - 1)
    else:
        sure, low = bid, limit if bid == NONE else max(limit, bid + 1)
        high = floor[PRICE_MAX] if ask == NONE else ask - 1
    best, gain = NONE, 0.0
    if sure != NONE and (limit - sure if buys else sure - limit) > 0:
        best, gain = sure, float(limit - sure if buys else sure - limit)
    prices, chances, count = _gd_beliefs(floor, tape, buys, int(mind[i, 0]))
    for k in range(count - 1):
        begin, end = max(prices[k], low), min(prices[k + 1], high)
        stride = max(1, -((begin - end) // PLACES))
        price = begin
        while price <= end:
            t = (price - prices[k]) / (prices[k + 1] - prices[k])
            chance = chances[k] + (chances[k + 1] - chances[k]) * (t * t * (3.0 - 2.0 * t))
            expected = (limit - price if buys else price - limit) * chance
            if expected > gain:
                best, gain = price, expected
            price = end if price < end < price + stride else price + stride
    return best


@_compiled
def _gd_beliefs(floor: Any, tape: Any, buys: bool, memory: int) -> Any:
    """The prices named, ends of the range included, and the belief at each."""
    length, deals, span = floor[TAPE], 0, 0
    while span < min(length, LONGEST):
        deals += tape[length - span - 1, 2]
        if deals > memory:
            break
        span += 1
    prices, chances = np.empty(span + 2, np.int64), np.empty(span + 2)
    low, high = floor[PRICE_MIN], floor[PRICE_MAX]
    prices[0], chances[0], count = low, 0.0 if buys else 1.0, 1
    for k in range(length - span, length):
        count = _sorted_in(prices, count, tape[k, 1], low, high)
    for k in range(1, count):
        chances[k] = _gd_chance(tape, length - span, length, prices[k], buys)
    prices[count], chances[count] = high, 1.0 - chances[0]
    return prices, chances, count + 1


@_compiled
def _sorted_in(prices: Any, count: int, price: int, low: int, high: int) -> int:
    """Put a price in its place after the first, if it is new and inside; the new count."""
    if price <= low or price >= high:
        return count
    k = count
    while prices[k - 1] > price:
        k -= 1
    if prices[k - 1] == price:
        return count
    for m in range(count, k, -1):
        prices[m] = prices[m - 1]
    prices[k] = price
    return count + 1


@_compiled
def _gd_chance(tape: Any, first: int, last: int, price: int, buys: bool) -> float:
    """How often a quote at this price, or a worse one, was met."""
    own = BUY if buys else SELL
    met = left = 0
    for k in range(first, last):
        no_better = tape[k, 1] <= price if buys else tape[k, 1] >= price
        no_worse = tape[k, 1] >= price if buys else tape[k, 1] <= price
        if tape[k, 0] != own or tape[k, 2]:
            met += no_better
        else:
            left += no_worse
    return met / (met + left)


# --- AA ----------------------------------------------------------------------------


@_compiled
def _aa_quote(floor: Any, desk: Any, mind: Any, i: int, limit: int) -> Any:
    bid, ask, known = floor[BID], floor[ASK], mind[i, LEARNT + 7] > 0
    near = floor[PRICE_MIN] if bid == NONE else bid
    far = floor[PRICE_MAX] if ask == NONE else ask
    haste = mind[i, 6]
    if desk[i, SIDE] == BUY:
        if limit <= near:
            return NONE
        goal = _aa_target(floor, desk, mind, i) if known else float(min(limit, far))
        if known and ask != NONE and ask <= goal:
            return ask
        return min(limit, math.ceil(near + (goal - near) / haste))
    if limit >= far:
        return NONE
    goal = _aa_target(floor, desk, mind, i) if known else float(max(limit, near))
    if known and bid != NONE and bid >= goal:
        return bid
    return max(limit, math.floor(far - (far - goal) / haste))


@_compiled
def _aa_ends(floor: Any, desk: Any, mind: Any, i: int) -> Any:
    """The keenest, the indifferent and the most patient target."""
    limit, middle = float(desk[i, LIMIT]), mind[i, LEARNT + 4]
    if desk[i, SIDE] == BUY:
        return limit, min(limit, middle), float(floor[PRICE_MIN])
    return limit, max(limit, middle), float(floor[PRICE_MAX])


@_compiled
def _aa_target(floor: Any, desk: Any, mind: Any, i: int) -> Any:
    keenest, middle, patient = _aa_ends(floor, desk, mind, i)
    keen, shape = mind[i, LEARNT], mind[i, LEARNT + 1]
    end = keenest if keen >= 0.0 else patient
    along = abs(keen)
    if abs(shape) >= FLAT:
        along = (math.exp(abs(keen) * shape) - 1.0) / (math.exp(shape) - 1.0)
    return middle + (end - middle) * along


@_compiled
def _aa_keenness(floor: Any, desk: Any, mind: Any, i: int, price: int) -> Any:
    keenest, middle, patient = _aa_ends(floor, desk, mind, i)
    shape = mind[i, LEARNT + 1]
    towards = price > middle if desk[i, SIDE] == BUY else price < middle
    end = keenest if towards else patient
    if end == middle:
        return 0.0
    along = max(0.0, min(1.0, (price - middle) / (end - middle)))
    if abs(shape) >= FLAT:
        along = math.log(1.0 + along * (math.exp(shape) - 1.0)) / shape
    return along if towards else -along


@_compiled
def _aa_hear(
    floor: Any, desk: Any, mind: Any, trades: Any, i: int, side: int, price: int, deal: bool
) -> None:
    buys = desk[i, SIDE] == BUY
    if mind[i, LEARNT + 7] > 0:
        target = _aa_target(floor, desk, mind, i)
        suits = target >= price if buys else target <= price
        outdone = target <= price if buys else target >= price
        if deal or (side == desk[i, SIDE] and outdone):
            sign = -1.0 if deal and suits else 1.0
            needed = _aa_keenness(floor, desk, mind, i, price)
            aim = needed + sign * (mind[i, 2] * abs(needed) + mind[i, 3])
            keen = mind[i, LEARNT]
            mind[i, LEARNT] = max(-1.0, min(1.0, keen + mind[i, LEARNT + 2] * (aim - keen)))
    if deal:
        _aa_took_in(mind, trades, floor[TRADES], i)


@_compiled
def _aa_took_in(mind: Any, trades: Any, count: int, i: int) -> None:
    own, first = LEARNT, max(0, count - int(mind[i, 4]))
    total = weights = 0.0
    weight = 1.0
    for k in range(count - 1, first - 1, -1):
        total += weight * trades[k, 4]
        weights += weight
        weight *= mind[i, 5]
    middle = total / weights
    spread = 0.0
    if middle > 0.0:
        total = 0.0
        for k in range(first, count):
            total += (trades[k, 4] - middle) * (trades[k, 4] - middle)
        spread = math.sqrt(total / (count - first)) / middle
    known = mind[i, own + 7] > 0
    mind[i, own + 5] = low = min(mind[i, own + 5], spread) if known else spread
    mind[i, own + 6] = high = max(mind[i, own + 6], spread) if known else spread
    rank = (spread - low) / (high - low) if high > low else min(1.0, spread)
    calm = 1.0 - rank * math.exp(SHAPE_BEND * (rank - 1.0))
    goal = (SHAPE_HIGH - SHAPE_LOW) * calm + SHAPE_LOW
    mind[i, own + 1] += mind[i, own + 3] * (goal - mind[i, own + 1])
    mind[i, own + 4], mind[i, own + 7] = middle, 1.0
