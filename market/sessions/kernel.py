"""`plain.py` and the behaviours it plays, compiled: the same numbers, draw by draw.

All in one file, since what is compiled is kept in the user's cache folder for as long as this
file does not change. No global lock is held, so that threads run side by side.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np

from market.sessions.record import NONE, REFUSED, STOOD, TRADED

_config: Any = numba.config
if not _config.CACHE_DIR:
    _home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    _config.CACHE_DIR = str(Path(_home or Path.home() / ".cache") / "permits")
_compiled: Any = numba.njit(nogil=True)

BUY, SELL = 0, 1
TRUTH, BUDGET, FREE, SNIPER, ZIP, GD, AA = range(7)  # kinds of traders
TRADED_UNITS, COUNT, LIMIT, PRICE, SINCE = range(5)  # columns of `desk`
BID, BID_BY, ASK, ASK_BY, LOW, HIGH, TAPE, DEALS, SEQ, TRADES, QUOTES, PERIOD, ARRIVAL = range(13)
PRICE_MIN, PRICE_MAX, PERIODS, ARRIVALS, PAIRS, FULL, KEEP, TAPED = range(8)  # of `rules`
LONGEST, PLACES, FLAT = 100, 16, 1e-6
SHAPE_LOW, SHAPE_HIGH, SHAPE_BEND = -8.0, 2.0, 2.0


class World(NamedTuple):
    """A session: what stays as it is, then what changes."""

    side: Any  # (n,)
    kind: Any  # (n,)
    traits: Any  # (n, 8) parameters of the behaviour
    limits: Any  # (n, units)
    shifts: Any  # (periods,)
    rules: Any
    desk: Any  # (n, 5)
    mind: Any  # (n, 8) what has been learnt
    floor: Any
    there: Any  # (2, n) who still has a unit, buyers and sellers
    still: Any  # (2,) how many
    tape: Any  # (length, 3) side, price, deal
    deals: Any
    trades: Any
    quotes: Any
    sent: Any


@numba.njit(nogil=True, cache=True)
def play(
    rng: Any, side: Any, kind: Any, traits: Any, limits: Any, counts: Any, shifts: Any, rules: Any,
    keep_quotes: bool,
) -> Any:  # fmt: skip
    """All periods of one session: trades, quotes, number of quotes by period."""
    n, periods = len(side), rules[PERIODS]
    quotes = periods * rules[ARRIVALS] * (2 if rules[PAIRS] else 1) if keep_quotes else 0
    tape = periods * rules[ARRIVALS] if rules[TAPED] else 0
    deals = periods * min(counts[side == BUY].sum(), counts[side == SELL].sum())
    w = World(
        side, kind, traits, limits, shifts, rules,
        np.zeros((n, 5), np.int64), np.zeros((n, 8)), np.full(13, NONE, np.int64),
        np.empty((2, n), np.int64), np.zeros(2, np.int64), np.empty((tape, 3), np.int64),
        np.empty(deals, np.int64), np.empty((deals, 7), np.int64),
        np.empty((quotes, 5), np.int64), np.zeros(periods, np.int64),
    )  # fmt: skip
    w.desk[:, COUNT] = counts
    for counter in (TAPE, DEALS, SEQ, TRADES, QUOTES):
        w.floor[counter] = 0
    for i in range(n):
        _begin(w, rng, i)
    for period in range(periods):
        _hold(w, rng, period)
    return w.trades[: w.floor[TRADES]].copy(), w.quotes[: w.floor[QUOTES]].copy(), w.sent


@_compiled
def _hold(w: Any, rng: Any, period: int) -> None:
    """One period."""
    w.floor[PERIOD] = period
    w.still[:] = 0
    for i in range(len(w.side)):
        w.desk[i, TRADED_UNITS] = 0
        w.desk[i, LIMIT] = w.limits[i, 0] + w.shifts[period]
        w.there[w.side[i], w.still[w.side[i]]] = i
        w.still[w.side[i]] += 1
    _clear(w)
    first = w.floor[DEALS]
    for arrival in range(w.rules[ARRIVALS]):
        if w.still[BUY] == 0 or w.still[SELL] == 0:
            break
        w.floor[ARRIVAL] = arrival
        if w.rules[PAIRS]:
            _meet(w, rng)
        else:
            _arrive(w, rng)
    deals = w.deals[first : w.floor[DEALS]]
    w.floor[LOW] = deals.min() if len(deals) else NONE
    w.floor[HIGH] = deals.max() if len(deals) else NONE


@_compiled
def _clear(w: Any) -> None:
    w.desk[:, PRICE] = NONE
    for place in (BID, BID_BY, ASK, ASK_BY):
        w.floor[place] = NONE


@_compiled
def _arrive(w: Any, rng: Any) -> None:
    k = int(rng.random() * (w.still[BUY] + w.still[SELL]))
    i = w.there[BUY, k] if k < w.still[BUY] else w.there[SELL, k - w.still[BUY]]
    price = _quote(w, rng, i)
    if price != NONE:
        place = w.floor[SEQ]
        _note(w, i, price)
        became = _enter(w, rng, i, price)
        if len(w.quotes):
            w.quotes[place, 4] = became


@_compiled
def _meet(w: Any, rng: Any) -> None:
    buyer = w.there[BUY, int(rng.random() * w.still[BUY])]
    seller = w.there[SELL, int(rng.random() * w.still[SELL])]
    bid = _quote(w, rng, buyer)
    ask = _quote(w, rng, seller)
    cross = bid != NONE and ask != NONE and bid >= ask and _named(w, bid) and _named(w, ask)
    for i, price in ((buyer, bid), (seller, ask)):
        if price != NONE:
            place = w.floor[SEQ]
            _note(w, i, price)
            if len(w.quotes):
                w.quotes[place, 4] = TRADED if cross else REFUSED
    if cross:
        if rng.random() < 0.5:
            _trade(w, rng, buyer, seller, BUY, bid)
        else:
            _trade(w, rng, buyer, seller, SELL, ask)


@_compiled
def _note(w: Any, i: int, price: int) -> None:
    """A quote is counted, and kept if quotes are."""
    place = w.floor[SEQ]
    w.floor[SEQ] += 1
    w.sent[w.floor[PERIOD]] += 1
    if len(w.quotes):
        row = w.quotes[place]
        row[0], row[1], row[2], row[3] = w.floor[PERIOD], w.floor[ARRIVAL], i, price
        w.floor[QUOTES] = place + 1


@_compiled
def _named(w: Any, price: int) -> bool:
    return w.rules[PRICE_MIN] <= price <= w.rules[PRICE_MAX]


@_compiled
def _enter(w: Any, rng: Any, i: int, price: int) -> int:
    if not _named(w, price):
        return REFUSED
    buys = w.side[i] == BUY
    stood, by = (w.floor[ASK], w.floor[ASK_BY]) if buys else (w.floor[BID], w.floor[BID_BY])
    if stood != NONE and (price >= stood if buys else price <= stood):
        if buys:
            _trade(w, rng, i, by, SELL, stood)
        else:
            _trade(w, rng, by, i, BUY, stood)
        return TRADED
    if w.rules[FULL]:
        w.desk[i, PRICE], w.desk[i, SINCE] = price, w.floor[SEQ]
        _find_best(w, w.side[i])
    else:
        own = w.floor[BID] if buys else w.floor[ASK]
        if own != NONE and (price <= own if buys else price >= own):
            _heard(w, rng, w.side[i], price, False)
            return REFUSED
        if buys:
            w.floor[BID], w.floor[BID_BY] = price, i
        else:
            w.floor[ASK], w.floor[ASK_BY] = price, i
    _tell(w, rng, w.side[i], price, False)
    return STOOD


@_compiled
def _find_best(w: Any, side: int) -> None:
    """The best standing quote of a side in a full book: by price, then by time."""
    best, by = NONE, NONE
    for k in range(w.still[side]):
        i = w.there[side, k]
        price = w.desk[i, PRICE]
        if price == NONE:
            continue
        better = price > best if side == BUY else price < best
        if by == NONE or better or (price == best and w.desk[i, SINCE] < w.desk[by, SINCE]):
            best, by = price, i
    if side == BUY:
        w.floor[BID], w.floor[BID_BY] = best, by
    else:
        w.floor[ASK], w.floor[ASK_BY] = best, by


@_compiled
def _trade(w: Any, rng: Any, buyer: int, seller: int, side: int, price: int) -> None:
    row = w.trades[w.floor[TRADES]]
    row[0], row[1], row[2], row[3] = w.floor[PERIOD], w.floor[ARRIVAL], buyer, seller
    row[4], row[5], row[6] = price, w.desk[buyer, LIMIT], w.desk[seller, LIMIT]
    w.floor[TRADES] += 1
    w.deals[w.floor[DEALS]] = price
    w.floor[DEALS] += 1
    _tell(w, rng, side, price, True)
    _traded(w, BUY, buyer)
    _traded(w, SELL, seller)
    if not w.rules[KEEP]:
        _clear(w)
    elif w.rules[FULL]:
        _find_best(w, BUY)
        _find_best(w, SELL)
    else:
        if w.floor[BID_BY] == buyer:
            w.floor[BID], w.floor[BID_BY] = NONE, NONE
        if w.floor[ASK_BY] == seller:
            w.floor[ASK], w.floor[ASK_BY] = NONE, NONE


@_compiled
def _traded(w: Any, side: int, i: int) -> None:
    """A unit is gone; who has none left goes home."""
    w.desk[i, PRICE] = NONE
    w.desk[i, TRADED_UNITS] += 1
    unit = w.desk[i, TRADED_UNITS]
    if unit < w.desk[i, COUNT]:
        w.desk[i, LIMIT] = w.limits[i, unit] + w.shifts[w.floor[PERIOD]]
        return
    k = 0
    while w.there[side, k] != i:
        k += 1
    w.still[side] -= 1
    while k < w.still[side]:
        w.there[side, k] = w.there[side, k + 1]
        k += 1


@_compiled
def _tell(w: Any, rng: Any, side: int, price: int, deal: bool) -> None:
    if w.rules[TAPED]:
        at = w.floor[TAPE]
        if deal:
            k = at - 1
            while k >= 0 and (w.tape[k, 2] or w.tape[k, 0] != side or w.tape[k, 1] != price):
                k -= 1
            if k >= 0:
                at = k
        w.tape[at, 0], w.tape[at, 1], w.tape[at, 2] = side, price, deal
        if at == w.floor[TAPE]:
            w.floor[TAPE] += 1
    _heard(w, rng, side, price, deal)


@_compiled
def _heard(w: Any, rng: Any, side: int, price: int, deal: bool) -> None:
    for i in range(len(w.side)):
        if w.kind[i] == ZIP:
            _zip_hear(w, rng, i, side, price, deal)
        elif w.kind[i] == AA:
            _aa_hear(w, i, side, price, deal)


@_compiled
def _begin(w: Any, rng: Any, i: int) -> None:
    trait, mind = w.traits[i], w.mind[i]
    if w.kind[i] == ZIP:
        mind[2] = _between(trait[0], trait[1], rng.random())
        mind[3] = _between(0.0, trait[2], rng.random())
        margin = _between(trait[3], trait[4], rng.random())
        mind[0] = -margin if w.side[i] == BUY else margin
    elif w.kind[i] == AA:
        mind[2] = _between(trait[0], trait[1], rng.random())
        mind[3] = _between(trait[0], trait[1], rng.random())
        mind[0] = -0.3 * rng.random()
        mind[1] = -5.0 * rng.random()


@_compiled
def _between(low: float, high: float, draw: float) -> float:
    return low + (high - low) * draw


@_compiled
def _quote(w: Any, rng: Any, i: int) -> int:
    kind, limit = w.kind[i], w.desk[i, LIMIT]
    if kind == BUDGET or kind == FREE:
        low, high = w.rules[PRICE_MIN], w.rules[PRICE_MAX]
        if kind == BUDGET and w.side[i] == BUY:
            high = min(high, limit)
        elif kind == BUDGET:
            low = max(low, limit)
        return low + int(rng.random() * (high - low + 1)) if low <= high else NONE
    if kind == SNIPER:
        return _sniper_quote(w, i, limit)
    if kind == ZIP:
        price = limit * (1.0 + w.mind[i, 0])
        return int(math.floor(price)) if w.side[i] == BUY else int(math.ceil(price))
    if kind == GD:
        return _gd_quote(w, i, limit)
    if kind == AA:
        return _aa_quote(w, i, limit)
    return limit  # type: ignore[no-any-return]


# --- sniper ------------------------------------------------------------------------


@_compiled
def _sniper_quote(w: Any, i: int, limit: int) -> int:
    bid, ask, low, high = w.floor[BID], w.floor[ASK], w.floor[LOW], w.floor[HIGH]
    buys = w.side[i] == BUY
    price = ask if buys else bid
    if price == NONE:
        return NONE
    profit = limit - price if buys else price - limit
    if profit <= 0:
        return NONE
    ends = (w.rules[ARRIVALS] - w.floor[ARRIVAL]) * 100 <= w.traits[i, 2] * w.rules[ARRIVALS]
    if low != NONE:
        if price <= low if buys else price >= high:
            return price  # type: ignore[no-any-return]
        if price > high if buys else price < low:
            return price if ends else NONE
    worth = profit * 100 > w.traits[i, 1] * (limit if buys else price)
    near = bid != NONE and ask != NONE and (ask - bid) * 100 < w.traits[i, 0] * ask
    return price if (worth and near) or ends else NONE


# --- ZIP ---------------------------------------------------------------------------


@_compiled
def _zip_hear(w: Any, rng: Any, i: int, side: int, price: int, deal: bool) -> None:
    mind, trait, limit, buys = w.mind[i], w.traits[i], w.desk[i, LIMIT], w.side[i] == BUY
    own, heard = limit * (1.0 + mind[0]), float(price)
    suits = own >= heard if buys else own <= heard
    outdone = own <= heard if buys else own >= heard
    if deal and suits:
        up = not buys
    elif w.desk[i, TRADED_UNITS] < w.desk[i, COUNT] and outdone and deal != (side == w.side[i]):
        up = buys
    else:
        return
    relative, absolute = trait[5] * rng.random(), trait[6] * rng.random()
    target = heard * (1.0 + relative) + absolute if up else heard * (1.0 - relative) - absolute
    step = mind[2] * (target - own)
    mind[1] = mind[3] * mind[1] + (1.0 - mind[3]) * step
    if limit != 0:
        margin = (own + mind[1]) / limit - 1.0
        mind[0] = min(0.0, max(-1.0, margin)) if buys else max(0.0, margin)


# --- GD ----------------------------------------------------------------------------


@_compiled
def _gd_quote(w: Any, i: int, limit: int) -> int:
    bid, ask = w.floor[BID], w.floor[ASK]
    buys = w.side[i] == BUY
    if buys:
        sure, low = ask, w.rules[PRICE_MIN] if bid == NONE else bid + 1
        high = limit if sure == NONE else min(limit, sure - 1)
    else:
        sure, low = bid, limit if bid == NONE else max(limit, bid + 1)
        high = w.rules[PRICE_MAX] if ask == NONE else ask - 1
    best, gain = NONE, 0.0
    if sure != NONE and (limit - sure if buys else sure - limit) > 0:
        best, gain = sure, float(limit - sure if buys else sure - limit)
    prices, chances, count = _gd_beliefs(w, buys, int(w.traits[i, 0]))
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
    return best  # type: ignore[no-any-return]


@_compiled
def _gd_beliefs(w: Any, buys: bool, memory: int) -> Any:
    """The prices named, ends of the range included, and the belief at each."""
    length, deals, span = w.floor[TAPE], 0, 0
    while span < min(length, LONGEST):
        deals += w.tape[length - span - 1, 2]
        if deals > memory:
            break
        span += 1
    heard = w.tape[length - span : length]
    prices, chances = np.empty(span + 2, np.int64), np.empty(span + 2)
    low, high = w.rules[PRICE_MIN], w.rules[PRICE_MAX]
    prices[0], chances[0], count = low, 0.0 if buys else 1.0, 1
    for price in np.sort(heard[:, 1]):
        if low < price < high and price != prices[count - 1]:
            prices[count], chances[count] = price, _gd_chance(heard, price, buys)
            count += 1
    prices[count], chances[count] = high, 1.0 - chances[0]
    return prices, chances, count + 1


@_compiled
def _gd_chance(heard: Any, price: int, buys: bool) -> float:
    """How often a quote at this price, or a worse one, was met."""
    own = BUY if buys else SELL
    met = left = 0
    for k in range(len(heard)):
        no_better = heard[k, 1] <= price if buys else heard[k, 1] >= price
        no_worse = heard[k, 1] >= price if buys else heard[k, 1] <= price
        if heard[k, 0] != own or heard[k, 2]:
            met += no_better
        else:
            left += no_worse
    return met / (met + left)


# --- AA ----------------------------------------------------------------------------


@_compiled
def _aa_quote(w: Any, i: int, limit: int) -> int:
    bid, ask, known = w.floor[BID], w.floor[ASK], w.mind[i, 7] > 0
    near = w.rules[PRICE_MIN] if bid == NONE else bid
    far = w.rules[PRICE_MAX] if ask == NONE else ask
    haste = w.traits[i, 6]
    if w.side[i] == BUY:
        if limit <= near:
            return NONE
        goal = _aa_target(w, i, limit) if known else float(min(limit, far))
        if known and ask != NONE and ask <= goal:
            return ask  # type: ignore[no-any-return]
        if goal > near:
            return min(limit, int(math.ceil(near + (goal - near) / haste)))
        return NONE
    if limit >= far:
        return NONE
    goal = _aa_target(w, i, limit) if known else float(max(limit, near))
    if known and bid != NONE and bid >= goal:
        return bid  # type: ignore[no-any-return]
    if goal < far:
        return max(limit, int(math.floor(far - (far - goal) / haste)))
    return NONE


@_compiled
def _aa_ends(w: Any, i: int, limit: int) -> Any:
    """Middle and patient end."""
    middle = w.mind[i, 4]
    if w.side[i] == BUY:
        return (middle if limit > middle else float(limit)), float(w.rules[PRICE_MIN])
    return (middle if limit < middle else float(limit)), float(w.rules[PRICE_MAX])


@_compiled
def _aa_target(w: Any, i: int, limit: int) -> float:
    middle, patient = _aa_ends(w, i, limit)
    keen, shape = w.mind[i, 0], w.mind[i, 1]
    end = float(limit) if keen >= 0.0 else patient
    along = abs(keen)
    if abs(shape) >= FLAT:
        along = (math.exp(abs(keen) * shape) - 1.0) / (math.exp(shape) - 1.0)
    return middle + (end - middle) * along  # type: ignore[no-any-return]


@_compiled
def _aa_keenness(w: Any, i: int, limit: int, price: int) -> float:
    middle, patient = _aa_ends(w, i, limit)
    shape = w.mind[i, 1]
    towards = price > middle if w.side[i] == BUY else price < middle
    end = float(limit) if towards else patient
    if end == middle:
        return 0.0
    along = max(0.0, min(1.0, (price - middle) / (end - middle)))
    if abs(shape) >= FLAT:
        along = math.log(1.0 + along * (math.exp(shape) - 1.0)) / shape
    return along if towards else -along


@_compiled
def _aa_hear(w: Any, i: int, side: int, price: int, deal: bool) -> None:
    mind, trait, limit, buys = w.mind[i], w.traits[i], w.desk[i, LIMIT], w.side[i] == BUY
    if mind[7] > 0:
        target = _aa_target(w, i, limit)
        suits = target >= price if buys else target <= price
        outdone = target <= price if buys else target >= price
        if deal or (side == w.side[i] and outdone):
            sign = -1.0 if deal and suits else 1.0
            needed = _aa_keenness(w, i, limit, price)
            aim = needed + sign * (trait[2] * abs(needed) + trait[3])
            mind[0] = max(-1.0, min(1.0, mind[0] + mind[2] * (aim - mind[0])))
    if deal:
        _aa_took_in(w, i)


@_compiled
def _aa_took_in(w: Any, i: int) -> None:
    mind, trait, count = w.mind[i], w.traits[i], w.floor[DEALS]
    deals = w.deals[max(0, count - int(trait[4])) : count]
    total = weights = 0.0
    weight = 1.0
    for deal in deals[::-1]:
        total += weight * deal
        weights += weight
        weight *= trait[5]
    middle = total / weights
    spread = 0.0
    if middle > 0.0:
        total = 0.0
        for deal in deals:
            total += (deal - middle) * (deal - middle)
        spread = math.sqrt(total / len(deals)) / middle
    mind[5] = spread if mind[7] == 0 else min(mind[5], spread)
    mind[6] = spread if mind[7] == 0 else max(mind[6], spread)
    rank = (spread - mind[5]) / (mind[6] - mind[5]) if mind[6] > mind[5] else min(1.0, spread)
    calm = 1.0 - rank * math.exp(SHAPE_BEND * (rank - 1.0))
    goal = (SHAPE_HIGH - SHAPE_LOW) * calm + SHAPE_LOW
    mind[1] += mind[3] * (goal - mind[1])
    mind[4], mind[7] = middle, 1.0
