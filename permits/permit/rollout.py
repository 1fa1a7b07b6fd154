"""From when on an industry needs a permit.

Permits were introduced industry by industry [WorkPlan2017] item 22, at dates set by the
state. No source at hand gives them, so none are shipped: a scenario fills the table, each
row with its source and standing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from permits.permit.licence import Permit


@dataclass(frozen=True, slots=True)
class RollOut:
    """All firms of `industry` hold a permit from the day `by` on."""

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
    """Firms that should hold a permit on a day and do not, each with the row that says so.

    Args:
        industries: the industry of each firm; one that no row names needs none yet. Where
            rows name an industry twice the earliest counts.
    """
    valid = {permit.firm for permit in permits if permit.is_valid(on)}
    due: dict[str, RollOut] = {}
    for row in sorted(rows, key=lambda row: row.by):
        if row.by <= on:
            due.setdefault(row.industry, row)
    return tuple(
        (firm, due[industry])
        for firm, industry in sorted(industries.items())
        if industry in due and firm not in valid
    )
