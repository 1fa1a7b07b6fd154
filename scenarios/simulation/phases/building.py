"""Firms build: what pays at the expected price, or covers what they lack."""

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
    """Let every firm decide what to build, on days when something is new to it."""
    pollutants, held = len(world.pollutants), world.held(day.on.year)
    for firm, (rule, params, rng) in enumerate(world.traders):
        if not any(True for _ in world.unbuilt(firm)):
            continue
        wanted: dict[str, Build] = {}
        for p in range(pollutants):
            card = firm * pollutants + p
            view = see(world, held, card, day, None, None, world.pollutants[p])
            for build in as_trader(rule).abate(view, params, rng):
                known = wanted.get(build.measure)
                if known is None or build.share_ppm > known.share_ppm:
                    wanted[build.measure] = build
        if wanted:
            _order(world, day, firm, wanted)


def _order(world: World, day: Day, firm: int, wanted: dict[str, Build]) -> None:
    """Order what was decided; it works after the measure's building time."""
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
    pollutants = len(world.pollutants)
    for p in range(pollutants):
        share = float(world.steps.share[step, p]) * more_ppm / WHOLE_PPM
        if share:
            world.ordered.setdefault(firm * pollutants + p, []).append((due, share))


def _off_order(world: World, day: Day, firm: int) -> None:
    pollutants = len(world.pollutants)
    for card in range(firm * pollutants, (firm + 1) * pollutants):
        world.ordered[card] = [o for o in world.ordered.get(card, ()) if o[0] > day.on]


def _work_later(world: World, day: Day, *, firm: int, step: int, more_ppm: int) -> None:
    """A measure that was on order starts to work."""
    _tell(world, day, firm, [(step, *_work(world, day, firm, step, more_ppm))])


def _work(world: World, day: Day, firm: int, step: int, more_ppm: int) -> tuple[int, int]:
    """A measure starts to work: emission falls, and its cost for the rest of the year.

    Returns: what it removes a year [mg], and that cost [fen].
    """
    pollutants = len(world.pollutants)
    share = more_ppm / WHOLE_PPM
    cards = slice(firm * pollutants, (firm + 1) * pollutants)
    gained = world.steps.share[step] * share
    world.control[cards] = np.minimum(1.0, world.control[cards] + gained)
    _off_order(world, day, firm)
    annual = float(world.steps.cost_fen[step]) * share
    cost = round(annual * year_left(world, day))
    world.tally.build_fen[firm] += cost
    _pay(world, day, world.firm_id(firm * pollutants), step, cost)
    return round(float(world.steps.removed_mg[step].sum()) * share), cost


def _tell(world: World, day: Day, firm: int, done: Sequence[tuple[int, int, int]]) -> None:
    """One line a firm and day: what it put to work, the first measure by name."""
    if not done:
        return
    first = world.steps.measure[done[0][0]]
    more = len(done) - 1
    text = "{who} puts {measure} to work: {mass} t/yr less, {money} yuan for the rest of the year"
    if more:
        text = (
            "{who} puts {measure} and {more} more to work: {mass} t/yr less, {money} yuan for "
            "the rest of the year"
        )
    world.log.append(
        day.on,
        "abate",
        "abate.built",
        world.firm_id(firm * len(world.pollutants)),
        text,
        "firms build what they lack at no more than the expected price [Montgomery1972]",
        mass_mg=sum(mass for _, mass, _ in done),
        money_fen=sum(cost for _, _, cost in done),
        measure=first,
        more=more,
    )


def _pay(world: World, day: Day, firm: str, step: int, cost_fen: int) -> None:
    """The cost leaves the firm's cash; what it lacks its owners put in. A saving comes in."""
    number = len(world.ledger.journal)
    stem = f"{day.on}/{firm}/build/{world.steps.source[step]}/{world.steps.measure[step]}/{number}"
    if cost_fen > 0:
        missing = cost_fen - world.ledger.balance(cash(firm), YUAN)
        if missing > 0:
            legs = move(WORLD, cash(firm), YUAN, missing)
            world.ledger.post(Entry(f"{stem}/fund", day.on, Reason.FUND, legs, "owners' money"))
        legs = move(cash(firm), WORLD, YUAN, cost_fen)
    elif cost_fen < 0:
        legs = move(WORLD, cash(firm), YUAN, -cost_fen)
    else:
        return
    world.ledger.post(Entry(stem, day.on, Reason.BUILD, legs, world.steps.measure[step]))
