"""A firm's net demand for rights, as truthful quotes.

At price p a firm emits what is left after every abatement step that costs at most p; its
net demand is that emission less what it holds. As orders: purchases at the shortfall
valuation for what no step can cover, then at each step's cost; sales of the surplus from
the floor up, then at each step's cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from market.clearing.budget import enough_fen
from market.clearing.order import Side
from market.participants.view import WHOLE_PPM, Build, FirmView, Quote
from permits.quantity import MG_PER_T


def truthful_quotes(view: FirmView) -> tuple[Quote, ...]:
    """The net demand of a firm as quotes, in whole lots, within cash and free rights."""
    short = view.need_mg - view.usable_mg - view.bought_pending_mg
    bids = list(_bids(view, max(0, short)))
    if view.session != "secondary":
        return one_bid(view, _within_cash(view, bids))
    # Asks before bids: bids are held below the own asks, whichever lots these are cut to.
    asks = tuple(_within_holding(view, _asks(view, short)))
    return (*_below(asks, _within_cash(view, bids)), *asks)


def _below(asks: Sequence[Quote], bids: Iterable[Quote]) -> Iterator[Quote]:
    """Bids below one's own asks.

    A step that is needed only in part is bid and asked for at one cost, and no trader may
    trade with itself.
    """
    lowest = min((ask.limit_fen_per_t for ask in asks), default=None)
    for bid in bids:
        limit = bid.limit_fen_per_t if lowest is None else min(bid.limit_fen_per_t, lowest - 1)
        if limit >= 0:
            yield replace(bid, limit_fen_per_t=limit)


def one_bid(view: FirmView, bids: Iterable[Quote]) -> tuple[Quote, ...]:
    """The bids as they are, or all as one at their average value.

    As one where only a bidder's last bid counts.
    """
    steps = tuple(bids)
    if not view.max_bids or len(steps) < 2:
        return steps
    mass = sum(bid.mass_mg for bid in steps)
    value = sum(bid.mass_mg * bid.limit_fen_per_t for bid in steps) // mass
    return (Quote(Side.BUY, mass, value),)


def needed_builds(view: FirmView, *, cover: bool) -> tuple[Build, ...]:
    """The measures to build: those that save money, and those for the shortfall, cheapest first.

    A firm lacks rights because it emits more than it holds or because it has sold what
    it can abate for less: in sessions it sells first and builds afterwards, so nothing is
    built on speculation. It builds steps that cost no more than the expected price, or
    than its own unmet bid; with `cover` all that cost less than the shortfall
    valuation. Where measures may be taken in part, the last step is built as far as it is
    needed.
    """
    short = view.need_mg - view.usable_mg - view.bought_pending_mg
    limit = max(view.expected_fen_per_t, view.unfilled_fen_per_t or 0)
    if cover:
        limit = max(limit, view.shortfall_value_fen_per_t)
    builds = []
    for step in view.steps:
        if step.cost_fen_per_t >= 0 and (short <= 0 or step.cost_fen_per_t > limit):
            break
        share = WHOLE_PPM
        if view.parts and 0 < short < step.removes_mg and step.cost_fen_per_t >= 0:
            # Rounded up, so that the last milligram is covered too.
            share = min(WHOLE_PPM, -(-short * WHOLE_PPM // step.removes_mg))
        builds.append(Build(step.measure, share))
        short -= step.removes_mg * share // WHOLE_PPM
    return tuple(builds)


def _bids(view: FirmView, short_mg: int) -> Iterator[Quote]:
    """Purchases for the shortfall, dearest first: at the valuation what steps cannot cover."""
    steps = [s for s in view.steps if s.cost_fen_per_t < view.shortfall_value_fen_per_t]
    parts, covered = [], 0
    for step in steps:
        part = min(step.removes_mg, short_mg - covered)
        if part > 0:
            covered += part
            parts.append(Quote(Side.BUY, part, step.cost_fen_per_t))
    if short_mg > covered:
        yield Quote(Side.BUY, short_mg - covered, view.shortfall_value_fen_per_t)
    yield from (bid for bid in reversed(parts) if bid.limit_fen_per_t > 0)


def _asks(view: FirmView, short_mg: int) -> Iterator[Quote]:
    """Sales, cheapest first: the surplus, then what each further step frees."""
    floor = max(0, view.floor_fen_per_t or 0)
    if short_mg < 0:
        yield Quote(Side.SELL, -short_mg, floor)
    for step in view.steps:
        used = min(step.removes_mg, max(0, short_mg))
        short_mg -= step.removes_mg
        if step.removes_mg > used and step.cost_fen_per_t < view.shortfall_value_fen_per_t:
            yield Quote(Side.SELL, step.removes_mg - used, max(floor, step.cost_fen_per_t))


def _within_cash(view: FirmView, bids: Iterable[Quote]) -> Iterator[Quote]:
    """Bids in whole lots as far as cash reaches, dearest first."""
    cash = view.cash_fen
    for bid in _in_lots(bids, view.lot_mg, up=True):
        price = max(1, bid.limit_fen_per_t * view.years)
        most = cash * MG_PER_T // price // view.lot_mg * view.lot_mg
        mass = min(bid.mass_mg, most)
        if mass:
            cash -= enough_fen(mass, price, 1)
            yield Quote(Side.BUY, mass, bid.limit_fen_per_t)


def _within_holding(view: FirmView, asks: Iterable[Quote]) -> Iterator[Quote]:
    """Asks in whole lots as far as free rights reach, cheapest first."""
    free = view.sellable_mg // view.lot_mg * view.lot_mg
    for ask in _in_lots(asks, view.lot_mg, up=False):
        mass = min(ask.mass_mg, free)
        if mass:
            free -= mass
            yield Quote(Side.SELL, mass, ask.limit_fen_per_t)


def _in_lots(quotes: Iterable[Quote], lot_mg: int, *, up: bool) -> Iterator[Quote]:
    """Quotes in whole lots whose running sum stays within half a lot of the exact one.

    The total is rounded up for a buyer, who must cover its need, and down for a seller,
    who must be able to deliver; a thousandth of a lot either way is ignored.
    """
    steps = list(quotes)
    exact = given = 0
    for n, quote in enumerate(steps):
        exact += quote.mass_mg
        # A thousandth of a lot: milligrams of rounding in emissions must not cost a whole lot.
        near = lot_mg // 1000
        if n + 1 < len(steps):
            target = (2 * exact + lot_mg) // (2 * lot_mg) * lot_mg
        elif up:
            target = -(-(exact - near) // lot_mg) * lot_mg
        else:
            target = (exact + near) // lot_mg * lot_mg
        if target > given:
            yield Quote(quote.side, target - given, quote.limit_fen_per_t)
            given = target
