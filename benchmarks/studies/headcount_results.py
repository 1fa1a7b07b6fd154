"""Results of the study of the sale by head count, and functions that look them up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from headcount_masses import Masses
from headcount_parts import Dummies, Equal, Fifth, Floor, Year
from headcount_play import DEAR, Hours, Mixed, Played, Pure, Room

from market.laboratory.studies.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Study:
    """All results that the page reports."""

    seed: int
    sales: int  # replications of every sale
    plays: int  # of the game
    turns: int  # of the hour
    uniform: list[Equal]
    skewed: list[Equal]
    gains: list[Fifth]
    floors: list[Floor]
    years: list[Year]
    masses: list[Masses]
    dummies: list[Dummies]
    secret: list[float]  # gain from one, two … secret dummies
    played: Played
    hours: Hours


def at_bidders(rows: Sequence[Equal], bidders: int) -> Equal:
    """The row of a number of bidders."""
    return next(row for row in rows if row.bidders == bidders)


def all_alike(played: Played, habit: str) -> Pure:
    """The game in which all bidders have `habit`."""
    return next(one for one in played.pure if one.habit == habit)


def settled_dear(played: Played) -> Mixed:
    """The mix under the head count when a dummy costs DEAR."""
    return next(
        one for one in played.mixed if (one.sale.rule, one.sale.dummy_cost) == ("head_count", DEAR)
    )


def room_of(told: Hours, close: str, lost: float, who: str) -> Room:
    return next(
        room for room in told.rooms if (room.close, room.lost, room.who) == (close, lost, who)
    )


def with_dummies(study: Study, bidders: int, count: int) -> Dummies:
    """The sale of `bidders` real bidders and `count` dummies."""
    return next(row for row in study.dummies if (row.bidders, row.dummies) == (bidders, count))


def side_by_side(rows: Sequence[Dummies]) -> Iterator[tuple[Dummies, Dummies]]:
    """Ten and nineteen bidders with the same number of dummies, pair by pair."""
    ten, nineteen = ([row for row in rows if row.bidders == n] for n in (10, 19))
    return zip(ten, nineteen, strict=True)


def with_exact(study: Study) -> list[tuple[Estimate, float]]:
    """Pairs of a simulated revenue or efficiency and its known exact value."""
    found: list[tuple[Estimate, float]] = []
    for row in (*study.uniform, *study.skewed):
        found += [(one, row.exact) for rule, one in row.revenue.items() if rule != "pay_as_bid"]
        found += [(row.difference, 0.0), (row.truthful, row.exact_truthful)]
    for floor in study.floors:
        found += zip(floor.revenue, floor.exact, strict=True)
    for year in study.years:
        found += [(year.revenue, float(year.exact_revenue))]
        if year.exact_efficiency < Fraction(1):
            found += [(year.efficiency, float(year.exact_efficiency))]
    return [*found, *((fifth.head_count, fifth.exact) for fifth in study.gains)]


def held_by(study: Study) -> tuple[int, int]:
    """Number of intervals that contain their exact value, and number of intervals."""
    pairs = with_exact(study)
    return sum(one.holds(exact) for one, exact in pairs), len(pairs)
