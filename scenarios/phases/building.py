"""Firms build: what pays at the expected price, or covers what they lack."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import numpy as np

from market.view import Build
from permits.account import WORLD, cash
from permits.ledger import Entry, Reason, move
from permits.right import YUAN
from scenarios.calendar import Day
from scenarios.expect import see, year_left
from scenarios.steps import WHOLE_PPM
from scenarios.world import World


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
            for build in rule.module.abate(view, params, rng):
                known = wanted.get(build.measure)
                if known is None or build.share_ppm > known.share_ppm:
                    wanted[build.measure] = build
        if wanted:
            _order(world, day, firm, wanted)


def _order(world: World, day: Day, firm: int, wanted: dict[str, Build]) -> None:
    """Order what was decided; it works after the measure's building time."""
    delay = world.scenario.file.build.delay_days.value
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
        then = partial(_work, world, firm=firm, step=k, more_ppm=more)
        world.put_off(day, due, (), then)


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


def _work(world: World, day: Day, *, firm: int, step: int, more_ppm: int) -> None:
    """A measure starts to work: emission falls, and its cost for the rest of the year."""
    pollutants = len(world.pollutants)
    share = more_ppm / WHOLE_PPM
    cards = slice(firm * pollutants, (firm + 1) * pollutants)
    gained = world.steps.share[step] * share
    world.control[cards] = np.minimum(1.0, world.control[cards] + gained)
    _off_order(world, day, firm)
    annual = float(world.steps.cost_fen[step]) * share
    cost = round(annual * year_left(world, day))
    world.tally.build_fen[firm] += cost
    firm_id = world.firm_id(firm * pollutants)
    _pay(world, day, firm_id, step, cost)
    world.log.append(
        day.on,
        "abate",
        "abate.built",
        firm_id,
        "{who} puts {measure} to work: {mass} t/yr less, {money} yuan for the rest of the year",
        "firms build what they lack at no more than the expected price [Montgomery1972]",
        mass_mg=round(float(world.steps.removed_mg[step].sum()) * share),
        money_fen=cost,
        measure=world.steps.measure[step],
        source=world.steps.source[step],
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
