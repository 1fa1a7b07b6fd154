"""Installation of measures: those that pay at the expected price, or that cover a shortfall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from market.participants.view import Build
from market.traders import as_trader
from permits.account import WORLD, cash
from permits.ledger import Entry, Reason, move
from permits.right import YUAN
from scenarios.simulation.agenda import PutOff, StartMeasure
from scenarios.simulation.building_steps import WHOLE_PPM
from scenarios.simulation.calendar import Day
from scenarios.simulation.changes import Later, Ordered, Working
from scenarios.simulation.expectation import look_out, see, year_left
from scenarios.simulation.outcome import Happening, Outcome, Played, WorldChange, happened
from scenarios.simulation.world import World


def abate(world: World, day: Day) -> Played[None]:
    """Let every firm decide which measures to order, and order them."""
    held, traders = world.held(day.on.year), world.rules.traders
    outlooks = [
        look_out(world, held, day, p, None, None, pollutant)
        for p, pollutant in enumerate(world.pollutants)
    ]
    for firm in dict.fromkeys(world.rules.steps.firm[world.plants.built_ppm < WHOLE_PPM].tolist()):
        (rule, params), name = traders[firm], world.firm_id(world.card(firm, 0))
        if name in world.people.seats:
            continue
        rng = world.rules.luck("build", name, str(day.on))
        wanted: dict[str, Build] = {}
        for outlook in outlooks:
            # The behaviour decides per pollutant. A measure that several of them want is
            # ordered once, at the largest share, since its cost is paid once.
            for build in as_trader(rule).abate(see(outlook, firm), params, rng):
                known = wanted.get(build.measure)
                if known is None or build.share_ppm > known.share_ppm:
                    wanted[build.measure] = build
        if wanted:
            yield from order_measures(world, day, firm, wanted)


def order_measures(world: World, day: Day, firm: int, wanted: Mapping[str, Build]) -> Played[None]:
    """Order measures of a firm; they operate after the building time.

    Args:
        world: the simulated year.
        day: the day of the order.
        firm: the firm, by index.
        wanted: what to build, by name of the step.
    """
    delay = world.file.build.delay_days.value
    due = day.on + timedelta(days=delay)
    now: list[tuple[int, int]] = []
    later: list[WorldChange] = []
    for k in world.unbuilt(firm):
        build = wanted.get(world.rules.plain_steps[k].name)
        if build is None:
            continue
        left = WHOLE_PPM - int(world.plants.built_ppm[k])
        more = left * build.share_ppm // WHOLE_PPM
        if not more:
            continue
        if delay:
            later += [
                Ordered(firm, k, more, due),
                Later(PutOff(due, StartMeasure(firm, k, more))),
            ]
        else:
            now.append((k, more))
    if later:
        yield Outcome(changes=later)
    if now:
        yield from start_measures(world, day, firm, now, ordered=False)


def start_measures(
    world: World, day: Day, firm: int, parts: Sequence[tuple[int, int]], *, ordered: bool
) -> Played[None]:
    """Put measures into operation: control rises, their cost until the year's end is paid.

    Args:
        world: the simulated year.
        day: the day on which they begin to work.
        firm: the firm, by index.
        parts: steps, and the part of each that begins to work [ppm].
        ordered: whether they were ordered before.
    """
    done: list[tuple[int, int, int]] = []
    for step, ppm in parts:
        share = ppm / WHOLE_PPM
        annual = float(world.rules.steps.cost_fen[step]) * share
        cost = round(annual * year_left(world, day))
        entries = _payment(world, day, firm, step, cost)
        yield Outcome(entries, [Working(firm, step, ppm, cost, day.on, ordered)])
        done.append((step, round(float(world.rules.steps.removed_mg[step].sum()) * share), cost))
    yield Outcome(events=[_installed(world, day, firm, done)])


def _installed(
    world: World, day: Day, firm: int, done: Sequence[tuple[int, int, int]]
) -> Happening:
    """One event per firm and day: what it installed, the first measure by name."""
    first = world.rules.steps.measure[done[0][0]]
    more = len(done) - 1
    text = "{who} installs {measure}: {mass} t/yr less, {money} yuan for the remainder of the year"
    if more:
        text = (
            "{who} installs {measure} and {more} more: {mass} t/yr less, {money} yuan for the "
            "remainder of the year"
        )
    return happened(
        day.on,
        "abate",
        "abate.built",
        world.firm_id(world.card(firm, 0)),
        text,
        "firms invest to cover their need at no more than the expected price [Montgomery1972]",
        mass_mg=sum(mass for _, mass, _ in done),
        money_fen=sum(cost for _, _, cost in done),
        measure=first,
        more=more,
    )


def _payment(world: World, day: Day, index: int, step: int, cost_fen: int) -> list[Entry]:
    """A measure's cost; owners cover what the cash lacks, and a saving is received."""
    firm, steps, ledger = world.firm_id(world.card(index, 0)), world.rules.steps, world.books.ledger
    # The journal's length makes the id unique: a step may be built in parts on one day.
    number = len(ledger.journal)
    stem = f"{day.on}/{firm}/build/{steps.source[step]}/{steps.measure[step]}/{number}"
    entries = []
    if cost_fen > 0:
        missing = cost_fen - ledger.balance(cash(firm), YUAN)
        if missing > 0:
            # Before the payment, since the cash account may not go below zero.
            legs = move(WORLD, cash(firm), YUAN, missing)
            entries.append(Entry(f"{stem}/fund", day.on, Reason.FUND, legs, "owners' money"))
        legs = move(cash(firm), WORLD, YUAN, cost_fen)
    elif cost_fen < 0:
        legs = move(WORLD, cash(firm), YUAN, -cost_fen)
    else:
        return []
    return [*entries, Entry(stem, day.on, Reason.BUILD, legs, steps.measure[step])]
