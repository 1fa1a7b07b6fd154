"""Quantified management of totals 总量指标量化管理: an area's rights against its total.

For each area and pollutant the total is split into the holdings of existing firms, those of
new projects, the reserve, and the headroom. An area over its total, or one that missed its
quality target, has approvals of projects that add the pollutant suspended [ZJ-C37] art. 5,
[ZJ-Z6] art. 40; where reserve and headroom do not cover a project's need it is refused as
well [ZJ-C17].
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
"""Pockets that count against a total: used rights stay part of their year's total."""


@dataclass(frozen=True, slots=True)
class AreaTotal:
    """An area's total of one pollutant in one year, and its use [mg]."""

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
        """Headroom: the part of the total that nobody holds; negative if the area is over it."""
        return self.total_mg - self.firms_mg - self.projects_mg - self.reserve_mg

    @property
    def over_mg(self) -> int:
        """Excess of the area over its total [mg]."""
        return max(0, -self.room_mg)

    @property
    def suspended(self) -> bool:
        """Whether approvals of projects that add the pollutant are suspended."""
        return self.over_mg > 0 or self.target_missed


@dataclass(frozen=True, slots=True)
class AreaStanding:
    """Rights of a pollutant and vintage by holder [mg]; together the cap."""

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
    """The use of every area's total in a year, sorted by area and pollutant.

    Args:
        ledger: the ledger with all balances.
        totals_mg: the total of each area and pollutant [mg].
        area_of: the area of each firm; a government is its own area.
        year: vintage of the rights.
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
    """Check whether a project that needs `need_mg` of the pollutant [mg] may be approved.

    Raises: NotAllowed where approvals are suspended, or reserve and headroom do not cover it.
    """
    require_mg(need_mg, above=-1, where=area.area)
    where = f"{area.area} {area.pollutant} {area.year}"
    if area.suspended:
        raise NotAllowed(
            "totals.suspended",
            "approvals are suspended: the area is {over} t over its total or missed its target",
            where=where,
            mend="reduce emissions first, then approve",
            over=fmt_t(area.over_mg),
        )
    if need_mg > area.reserve_mg + area.room_mg:
        raise NotAllowed(
            "totals.reserve",
            "the project needs {need} t; reserve and headroom together have {have} t",
            where=where,
            mend="fill the reserve by buyback or reduction, or acquire across regions",
            need=fmt_t(need_mg),
            have=fmt_t(area.reserve_mg + area.room_mg),
        )


def standing_mg(ledger: Ledger, pollutant: str, vintage: int) -> AreaStanding:
    """Rights of a pollutant and vintage by holder, over all zones and series.

    Args:
        ledger: the ledger with all balances.
        pollutant: pollutant of the rights.
        vintage: year of the rights.
    """
    places = dict.fromkeys(("firms", "reserves", "retired", "expired"), 0)
    for account, asset, balance in ledger.balances():
        if not isinstance(asset, Right) or (asset.pollutant, asset.vintage) != (pollutant, vintage):
            continue
        if account.pocket in (Pocket.RETIRED, Pocket.EXPIRED):
            places[account.pocket.value] += balance
        elif account.pocket is not Pocket.ISSUED:
            # A government counts as reserve in any pocket; a bank's collateral is still a firm's.
            places["reserves" if is_government(account.owner) else "firms"] += balance
    return AreaStanding(*places.values())


def _carried(ledger: Ledger, year: int) -> Iterator[tuple[str, Right, int]]:
    for account, asset, balance in ledger.balances():
        if not isinstance(asset, Right) or account.owner.startswith("bank:"):
            continue
        if asset.vintage == year and account.pocket in CARRIED:
            yield account.owner, asset, balance
