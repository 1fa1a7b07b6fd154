"""Roll-out: the dates from which industries need a permit.

Permits were introduced industry by industry [WorkPlan2017] item 22, at dates set by the
state. No available source gives them, so none are shipped: a scenario fills the table, each
row with its source and status.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from permits.permit.licence import Permit


@dataclass(frozen=True, slots=True)
class RollOut:
    """All firms of `industry` need a permit from the day `by` on."""

    industry: str
    by: date
    source: str
    status: str


def find_unpermitted(
    industries: Mapping[str, str],
    permits: Iterable[Permit],
    rows: Iterable[RollOut],
    *,
    on: date,
) -> tuple[tuple[str, RollOut], ...]:
    """Firms that need a permit on a day but have none, each with the row that requires it.

    Args:
        industries: the industry of each firm; one without a row needs no permit yet. Where an
            industry has several rows the earliest counts.
        permits: all permits.
        rows: the roll-out table.
        on: the day to check.
    """
    valid = {permit.firm for permit in permits if permit.is_valid(on)}
    due: dict[str, RollOut] = {}
    # By date, so that `setdefault` keeps the earliest row of an industry.
    for row in sorted(rows, key=lambda row: row.by):
        if row.by <= on:
            due.setdefault(row.industry, row)
    return tuple(
        (firm, due[industry])
        for firm, industry in sorted(industries.items())
        if industry in due and firm not in valid
    )
