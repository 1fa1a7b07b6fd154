"""Installation of measures: those that pay at the expected price, or that cover a shortfall."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial

import numpy as np

from market.participants.view import Build
from market.traders import as_trader
from permits.account import WORLD, cash
from permits.ledger import Entry, Reason, move
from permits.right import YUAN
from scenarios.simulation.building_steps import WHOLE_PPM
from scenarios.simulation.calendar import Day
from scenarios.simulation.expectation import see, year_left
from scenarios.simulation.world import World


def abate(world: World, day: Day) -> None:
    """Let every firm decide which measures to order, and order them."""
    pollutants, held = len(world.pollutants), world.held(day.on.year)
    for firm, (rule, params, rng) in enumerate(world.traders):
        if not any(True for _ in world.unbuilt(firm)):
            continue
        wanted: dict[str, Build] = {}
        for p in range(pollutants):
            card = firm * pollutants + p
            # The behaviour decides per pollutant. A measure that several of them want is
            # ordered once, at the largest share, since its cost is paid once.
            view = see(world, held, card, day, None, None, world.pollutants[p])
            for build in as_trader(rule).abate(view, params, rng):
                known = wanted.get(build.measure)
                if known is None or build.share_ppm > known.share_ppm:
                    wanted[build.measure] = build
        if wanted:
            _order(world, day, firm, wanted)


def _order(world: World, day: Day, firm: int, wanted: dict[str, Build]) -> None:
    """Order the measures decided; they operate after the building time."""
    delay = world.scenario.file.build.delay_days.value
    done: list[tuple[int, int, int]] = []
    for k in list(world.unbuilt(firm)):
        build = wanted.get(world.plain_steps[k].name)
        if build is None:
            continue
        left = WHOLE_PPM - int(world.built_ppm[k])
        more = left * build.share_ppm // WHOLE_PPM
        if not more:
            continue
        # Counted as built from the order on, so that no later day orders it again.
        world.built_ppm[k] += more
        due = day.on + timedelta(days=delay)
        if delay:
            _put_on_order(world, firm, k, due, more)
            world.put_off(
                day, due, (), partial(_work_later, world, firm=firm, step=k, more_ppm=more)
            )
        else:
            done.append((k, *_work(world, day, firm, k, more)))
    _tell(world, day, firm, done)


def _put_on_order(world: World, firm: int, step: int, due: date, more_ppm: int) -> None:
    """Note the removal on order for each card, so that `need_mg` expects it from `due` on."""
    pollutants = len(world.pollutants)
    for p in range(pollutants):
        share = float(world.steps.share[step, p]) * more_ppm / WHOLE_PPM
        if share:
            world.ordered.setdefault(firm * pollutants + p, []).append((due, share))


def _off_order(world: World, day: Day, firm: int) -> None:
    """Drop a firm's orders that have come due: their removal is in `control` now."""
    pollutants = len(world.pollutants)
    for card in range(firm * pollutants, (firm + 1) * pollutants):
        world.ordered[card] = [o for o in world.ordered.get(card, ()) if o[0] > day.on]


def _work_later(world: World, day: Day, *, firm: int, step: int, more_ppm: int) -> None:
    """Put a measure that was on order into operation."""
    _tell(world, day, firm, [(step, *_work(world, day, firm, step, more_ppm))])


def _work(world: World, day: Day, firm: int, step: int, more_ppm: int) -> tuple[int, int]:
    """Put a measure into operation: control rises, and its cost until the year's end is paid.

    Returns: what it removes a year [mg], and the cost until the year's end [fen].
    """
    pollutants = len(world.pollutants)
    share = more_ppm / WHOLE_PPM
    cards = slice(firm * pollutants, (firm + 1) * pollutants)
    gained = world.steps.share[step] * share
    # Shares of several steps may sum to 1 + 1e-16: more than all cannot be removed.
    world.control[cards] = np.minimum(1.0, world.control[cards] + gained)
    _off_order(world, day, firm)
    annual = float(world.steps.cost_fen[step]) * share
    cost = round(annual * year_left(world, day))
    world.tally.build_fen[firm] += cost
    _pay(world, day, world.firm_id(firm * pollutants), step, cost)
    return round(float(world.steps.removed_mg[step].sum()) * share), cost


def _tell(world: World, day: Day, firm: int, done: Sequence[tuple[int, int, int]]) -> None:
    """Log one line per firm and day: what it installed, the first measure by name."""
    if not done:
        return
    first = world.steps.measure[done[0][0]]
    more = len(done) - 1
    text = "{who} installs {measure}: {mass} t/yr less, {money} yuan for the remainder of the year"
    if more:
        text = (
            "{who} installs {measure} and {more} more: {mass} t/yr less, {money} yuan for the "
            "remainder of the year"
        )
    world.log.append(
        day.on,
        "abate",
        "abate.built",
        world.firm_id(firm * len(world.pollutants)),
        text,
        "firms invest to cover their need at no more than the expected price [Montgomery1972]",
        mass_mg=sum(mass for _, mass, _ in done),
        money_fen=sum(cost for _, _, cost in done),
        measure=first,
        more=more,
    )


def _pay(world: World, day: Day, firm: str, step: int, cost_fen: int) -> None:
    """Post a measure's cost; owners cover what the cash lacks, and a saving is received."""
    # The journal's length makes the id unique: a step may be built in parts on one day.
    number = len(world.ledger.journal)
    stem = f"{day.on}/{firm}/build/{world.steps.source[step]}/{world.steps.measure[step]}/{number}"
    if cost_fen > 0:
        missing = cost_fen - world.ledger.balance(cash(firm), YUAN)
        if missing > 0:
            # Before the payment, since the cash account may not go below zero.
            legs = move(WORLD, cash(firm), YUAN, missing)
            world.ledger.post(Entry(f"{stem}/fund", day.on, Reason.FUND, legs, "owners' money"))
        legs = move(cash(firm), WORLD, YUAN, cost_fen)
    elif cost_fen < 0:
        legs = move(WORLD, cash(firm), YUAN, -cost_fen)
    else:
        return
    world.ledger.post(Entry(stem, day.on, Reason.BUILD, legs, world.steps.measure[step]))
