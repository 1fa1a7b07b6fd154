"""What policies are shown: facts of the morning, by zone and by county."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

import numpy as np

from permits.account import reserve, used
from scenarios.policy import AreaFacts, Areas, PolicyView
from scenarios.simulation.calendar import Day
from scenarios.simulation.production import IntArray
from scenarios.simulation.world import SERIES, World


def see_morning(world: World, day: Day) -> PolicyView:
    """The view of all policies of a day.

    Zones and counties are counted when a policy first looks at them, and once: one that reads
    none costs nothing. All policies decide before the first instruction is carried out.
    """
    file = world.file
    count = cache(lambda: _count(world, day))
    return PolicyView(
        today=day.on,
        first_day=file.begins,
        is_year_start=day.is_year_start,
        reference_fen_per_t={p: file.pollutant[p].reference_price.value for p in world.pollutants},
        price_fen_per_t=dict(world.market.price_fen_per_t),
        by_zone=_WhenAsked(lambda: count()[0]),
        by_county=_WhenAsked(lambda: count()[1]),
    )


class _WhenAsked(Mapping[str, Mapping[str, AreaFacts]]):
    """A table that is made when somebody looks at it."""

    def __init__(self, make: Callable[[], Areas]) -> None:
        self._make = make

    def __getitem__(self, area: str) -> Mapping[str, AreaFacts]:
        return self._make()[area]

    def __iter__(self) -> Iterator[str]:
        return iter(self._make())

    def __len__(self) -> int:
        return len(self._make())


def _count(world: World, day: Day) -> tuple[Areas, Areas]:
    """Facts by zone and by county, each sorted by name."""
    counties = list(world.rules.members)
    number = {county: n for n, county in enumerate(counties)}
    place = np.array([number[county] for county in world.rules.governments])
    sums = _sums(world, day.on.year, place, counties)
    by_county = {
        county: {
            pollutant: _facts(world, pollutant, [int(column[n, p]) for column in sums])
            for p, pollutant in enumerate(world.pollutants)
        }
        for n, county in enumerate(counties)
    }
    by_zone: dict[str, dict[str, AreaFacts]] = {}
    for p, pollutant in enumerate(world.pollutants):
        facts = _facts(world, pollutant, [int(column[:, p].sum()) for column in sums])
        by_zone.setdefault(world.file.pollutant[pollutant].zone, {})[pollutant] = facts
    return dict(sorted(by_zone.items())), by_county


def _sums(
    world: World, vintage: int, place: IntArray, counties: Sequence[str]
) -> tuple[IntArray, ...]:
    """Held, emitted, in reserve and issued, each (counties, pollutants) [mg].

    Args:
        world: the simulated year.
        vintage: the year.
        place: (firms,) index of each firm's county.
        counties: owners of reserves.
    """
    shape = len(place), len(world.pollutants)
    firms = (
        world.held(vintage).usable_mg.reshape(shape),
        _emitted_mg(world, vintage).reshape(shape),
        _issued_mg(world, vintage),
    )
    held, emitted, issued = (np.zeros((len(counties), shape[1]), np.int64) for _ in firms)
    for total, of_firms in zip((held, emitted, issued), firms, strict=True):
        np.add.at(total, place, of_firms)
    rights = [world.right(pollutant, vintage) for pollutant in world.pollutants]
    balance = world.books.ledger.balance
    in_reserve = [[balance(reserve(county), right) for right in rights] for county in counties]
    return held, emitted, np.array(in_reserve, np.int64), issued


def _emitted_mg(world: World, vintage: int) -> IntArray:
    """Emission of the year by card: what is posted, and what is metered and not yet posted."""
    emitted = world.cards.metered_mg.copy()
    for card in range(world.card_count):
        account, pollutant = used(world.firm_id(card)), world.pollutant_of(card)
        emitted[card] += sum(
            world.books.ledger.balance(account, world.right(pollutant, vintage, series))
            for series in SERIES
        )
    return emitted


def _issued_mg(world: World, vintage: int) -> IntArray:
    """Rights issued at the opening by firm, with what was withheld of them (firms, pollutants)."""
    opened = np.array(world.rules.openings, np.int64).reshape(-1, len(world.pollutants))
    begins = world.file.begins.year
    return opened * (begins <= vintage < begins + world.file.rights.term_years.value)


def _facts(world: World, pollutant: str, masses_mg: Sequence[int]) -> AreaFacts:
    held_mg, emitted_mg, reserve_mg, issued_mg = masses_mg
    last, expected = world.market.price_fen_per_t, world.expected_fen_per_t(pollutant)
    return AreaFacts(held_mg, emitted_mg, reserve_mg, issued_mg, last.get(pollutant), expected)
