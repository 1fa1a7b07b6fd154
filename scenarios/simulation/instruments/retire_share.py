"""Retiring: a share of what firms hold of a vintage leaves the market for good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from permits.account import holding
from permits.accounts import PostingNote, retire
from permits.ledger import Entry
from scenarios.policy import PPM, Instruction
from scenarios.simulation.calendar import Day
from scenarios.simulation.instructing import Author, handles, require_pollutants
from scenarios.simulation.outcome import Outcome, Played
from scenarios.simulation.world import SERIES, World


@dataclass(frozen=True, slots=True)
class RetireShare(Instruction):
    """Share of every firm's rights of a vintage that is retired, by pollutant [ppm]."""

    name: ClassVar[str] = "retire_share"
    vintage: int
    share_ppm: Mapping[str, int]


@handles(RetireShare)
def post_retired(world: World, day: Day, author: Author, share: RetireShare) -> Played[None]:
    """Post what each firm gives up of its holding, rounded down to the milligram.

    Rights that are pledged, leased, in escrow or in a reserve stay.
    """
    require_pollutants(world, author, share.share_ppm)
    yield Outcome(list(_entries(world, day, author, share)))


def _entries(world: World, day: Day, author: Author, share: RetireShare) -> Iterator[Entry]:
    for pollutant, share_ppm in share.share_ppm.items():
        for firm in world.rules.scenario.register.firms:
            for series in SERIES:
                right = world.right(pollutant, share.vintage, series)
                mass = world.books.ledger.balance(holding(firm.id), right) * share_ppm // PPM
                if mass:
                    note = PostingNote(f"{day.on}/{firm.id}/{right}/{author.rule}", day.on,
                                       author.rule)  # fmt: skip
                    yield retire(firm.id, [right], mass, note, as_="target")
