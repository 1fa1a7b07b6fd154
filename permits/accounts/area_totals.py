"""Quantified management of totals 总量指标量化管理: how an area stands against its total.

For each area and pollutant the total is split into what existing firms hold, what new
projects took, the reserve, and the room that is left. An area over its total, or one that
missed its quality target, has approvals of projects that add the pollutant suspended
[ZJ-C37] art. 5, [ZJ-Z6] art. 40; where the reserve and the room do not cover a project's
need it is refused as well [ZJ-C17].
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from permits.account import Pocket
from permits.accounts.account_record import KEPT, is_government
from permits.errors import NotAllowed
from permits.ledger import Ledger
from permits.quantity import fmt_t, require_mg
from permits.right import Right

AreaKey = tuple[str, str]
"""Area (the name of its government) and pollutant."""

CARRIED = KEPT | {Pocket.USED, Pocket.SURRENDERED}
"""Pockets that count against a total: what was used stays part of its year's total."""


@dataclass(frozen=True, slots=True)
class AreaTotal:
    """An area's total of one pollutant in one year, and where it stands [mg]."""

    area: str
    pollutant: str
    year: int
    total_mg: int
    firms_mg: int  # existing firms
    projects_mg: int  # new projects
    reserve_mg: int
    target_missed: bool = False

    @property
    def room_mg(self) -> int:
        """What of the total nobody holds; below zero where the area is over it."""
        return self.total_mg - self.firms_mg - self.projects_mg - self.reserve_mg

    @property
    def over_mg(self) -> int:
        """How far the area is over its total."""
        return max(0, -self.room_mg)

    @property
    def suspended(self) -> bool:
        """Whether approvals of projects that add the pollutant are suspended."""
        return self.over_mg > 0 or self.target_missed


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the rights of a pollutant and vintage stand [mg]; together the cap."""

    firms_mg: int
    reserves_mg: int
    retired_mg: int
    expired_mg: int

    @property
    def total_mg(self) -> int:
        return self.firms_mg + self.reserves_mg + self.retired_mg + self.expired_mg


def area_totals(
    ledger: Ledger,
    totals_mg: Mapping[AreaKey, int],
    area_of: Mapping[str, str],
    *,
    year: int,
    projects: Collection[str] = (),
    missed: Collection[AreaKey] = (),
) -> tuple[AreaTotal, ...]:
    """How every area stands in a year, sorted by area and pollutant.

    Args:
        totals_mg: the total of each area and pollutant.
        area_of: the area of each firm; of governments, its own name counts.
        projects: firms that are new projects.
        missed: areas and pollutants that missed the quality target.
    """
    held: dict[tuple[AreaKey, str], int] = defaultdict(int)
    for owner, right, mass in _carried(ledger, year):
        area = area_of.get(owner, owner)
        kind = "reserve" if is_government(owner) else "firm"
        held[(area, right.pollutant), "project" if owner in projects else kind] += mass
    return tuple(
        AreaTotal(
            *key, year, require_mg(total, above=-1, where=" ".join(key)),
            held[key, "firm"], held[key, "project"], held[key, "reserve"], key in missed,
        )
        for key, total in sorted(totals_mg.items())
    )  # fmt: skip


def check_project(area: AreaTotal, need_mg: int) -> None:
    """Whether a project that needs so much of the pollutant [mg] may be approved.

    Raises: NotAllowed where approvals are suspended, or reserve and room do not cover it.
    """
    require_mg(need_mg, above=-1, where=area.area)
    where = f"{area.area} {area.pollutant} {area.year}"
    if area.suspended:
        raise NotAllowed(
            "totals.suspended",
            "approvals are suspended: the area is {over} t over its total or missed its target",
            where=where,
            mend="reduce first; then approve",
            over=fmt_t(area.over_mg),
        )
    if need_mg > area.reserve_mg + area.room_mg:
        raise NotAllowed(
            "totals.reserve",
            "the project needs {need} t; reserve and room hold {have} t",
            where=where,
            mend="fill the reserve by buyback or reduction, or acquire across regions",
            need=fmt_t(need_mg),
            have=fmt_t(area.reserve_mg + area.room_mg),
        )


def standing_mg(ledger: Ledger, pollutant: str, vintage: int) -> Standing:
    """Where all rights of a pollutant and vintage stand, whatever their zone and series."""
    places = dict.fromkeys(("firms", "reserves", "retired", "expired"), 0)
    for account, asset, balance in ledger.balances():
        if not isinstance(asset, Right) or (asset.pollutant, asset.vintage) != (pollutant, vintage):
            continue
        if account.pocket in (Pocket.RETIRED, Pocket.EXPIRED):
            places[account.pocket.value] += balance
        elif account.pocket is not Pocket.ISSUED:
            # A reserve counts in whatever pocket; a bank's collateral is a firm's still.
            places["reserves" if is_government(account.owner) else "firms"] += balance
    return Standing(*places.values())


def _carried(ledger: Ledger, year: int) -> Iterator[tuple[str, Right, int]]:
    for account, asset, balance in ledger.balances():
        if not isinstance(asset, Right) or account.owner.startswith("bank:"):
            continue
        if asset.vintage == year and account.pocket in CARRIED:
            yield account.owner, asset, balance
