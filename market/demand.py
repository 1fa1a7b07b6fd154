"""A firm's net demand for rights, as the quotes of somebody who tells the truth.

At price p a firm emits what is left after every step that costs at most p; its net
demand is that emission less what it holds. As orders: purchases at the charge for
what no step can cover, then at each step's cost; sales of the surplus from the floor
up, then at each step's cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from market.order import Side
from market.view import WHOLE_PPM, Build, FirmView, Quote


def truthful_quotes(view: FirmView) -> tuple[Quote, ...]:
    """The net demand of a firm as quotes, in whole lots, within cash and free rights."""
    short = view.need_mg - view.usable_mg - view.bought_pending_mg
    bids = list(_bids(view, max(0, short)))
    if view.session != "secondary":
        return one_bid(view, _within_cash(view, bids))
    asks = _within_holding(view, _asks(view, short))
    return (*_within_cash(view, bids), *asks)


def one_bid(view: FirmView, bids: Iterable[Quote]) -> tuple[Quote, ...]:
    """The bids as they are, or, where only a bidder's last bid counts, all as one at
    their average value."""
    steps = tuple(bids)
    if not view.max_bids or len(steps) < 2:
        return steps
    mass = sum(bid.mass_mg for bid in steps)
    value = sum(bid.mass_mg * bid.limit_fen_per_t for bid in steps) // mass
    return (Quote(Side.BUY, mass, value),)


def needed_builds(view: FirmView, *, cover: bool) -> tuple[Build, ...]:
    """What to build: what saves money, and what the firm lacks, cheapest first.

    A firm lacks rights because it emits more than it holds or because it has sold what
    it can abate for less: sessions let it sell first and build then, so nothing is
    built on speculation. It builds steps that cost no more than the expected price,
    with `cover` all that cost less than the charge. Where measures may be taken in
    part, the last step is built as far as it is needed.
    """
    short = view.need_mg - view.usable_mg - view.bought_pending_mg
    limit = view.penalty_fen_per_t if cover else view.expected_fen_per_t
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
    """Purchases for what is short, dearest first: what steps cannot cover at the charge."""
    steps = [s for s in view.steps if s.cost_fen_per_t < view.penalty_fen_per_t]
    parts, covered = [], 0
    for step in steps:
        part = min(step.removes_mg, short_mg - covered)
        if part > 0:
            covered += part
            parts.append(Quote(Side.BUY, part, step.cost_fen_per_t))
    if short_mg > covered:
        yield Quote(Side.BUY, short_mg - covered, view.penalty_fen_per_t)
    yield from (bid for bid in reversed(parts) if bid.limit_fen_per_t > 0)


def _asks(view: FirmView, short_mg: int) -> Iterator[Quote]:
    """Sales, cheapest first: what is spare, then what each further step frees."""
    floor = max(0, view.floor_fen_per_t or 0)
    if short_mg < 0:
        yield Quote(Side.SELL, -short_mg, floor)
    for step in view.steps:
        used = min(step.removes_mg, max(0, short_mg))
        short_mg -= step.removes_mg
        if step.removes_mg > used and step.cost_fen_per_t < view.penalty_fen_per_t:
            yield Quote(Side.SELL, step.removes_mg - used, max(floor, step.cost_fen_per_t))


def _within_cash(view: FirmView, bids: Iterable[Quote]) -> Iterator[Quote]:
    """Bids in whole lots as far as cash reaches, dearest first."""
    cash = view.cash_fen
    for bid in bids:
        price = max(1, bid.limit_fen_per_t * view.years)
        most = cash * 1_000_000_000 // price
        mass = _lots_up(min(bid.mass_mg, most), view.lot_mg, most)
        if mass:
            cash -= -(-mass * price // 1_000_000_000)
            yield Quote(Side.BUY, mass, bid.limit_fen_per_t)


def _within_holding(view: FirmView, asks: Iterable[Quote]) -> Iterator[Quote]:
    """Asks in whole lots as far as free rights reach, cheapest first."""
    free = view.sellable_mg
    for ask in asks:
        mass = min(ask.mass_mg, free) // view.lot_mg * view.lot_mg
        if mass:
            free -= mass
            yield Quote(Side.SELL, mass, ask.limit_fen_per_t)


def _lots_up(mass_mg: int, lot_mg: int, most_mg: int) -> int:
    """Whole lots that cover `mass_mg`, or fewer where `most_mg` does not reach."""
    up = -(-mass_mg // lot_mg) * lot_mg
    return up if up <= most_mg else most_mg // lot_mg * lot_mg
