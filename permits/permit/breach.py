"""Emissions not covered by a permit; a breach is a result of a run, not an error.

Source: emission above the limit [ZJ-N3] art. 34, without a permit art. 33.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from permits.account import Pocket
from permits.ledger import Ledger
from permits.permit.basis import Basis, Conversion, convert_mg
from permits.permit.licence import Permit
from permits.right import Right

NO_PERMIT = ""
"""Permit number in the breach of a firm without a permit."""


@dataclass(frozen=True, slots=True)
class Breach:
    """An emission that the permit does not cover: a result, not an error."""

    firm: str
    permit: str
    pollutant: str
    year: int
    kind: Literal["over_limit", "not_valid", "no_limit"]
    limit_mg: int
    emitted_mg: int
    source: str

    @property
    def over_mg(self) -> int:
        """Mass emitted above the limit [mg]."""
        return self.emitted_mg - self.limit_mg


def find_breach(
    permit: Permit,
    pollutant: str,
    year: int,
    emitted_mg: int,
    *,
    on: date,
    basis: Basis | str,
    conversions: Iterable[Conversion] = (),
) -> Breach | None:
    """The breach by a year's emission so far, under the permit as it reads on a day; else `None`.

    Abnormal emission counts too [ZJ-N3] art. 21.

    Args:
        permit: the permit in force.
        pollutant: pollutant of the emission.
        year: calendar year of the emission.
        emitted_mg: emission of the year so far [mg].
        on: day on which the permit is read.
        basis: accounting basis of `emitted_mg`.
        conversions: between bases, where the limit has another one.
    Raises: MixedRights if the mass is on another basis than the limit and no conversion is
        given.
    """
    if emitted_mg == 0:
        return None
    # Article 33 before 34: without a valid permit there is no limit to exceed.
    if not permit.is_valid(on):
        return Breach(
            permit.firm, permit.number, pollutant, year, "not_valid", 0, emitted_mg,
            "[ZJ-N3] art. 33",
        )  # fmt: skip
    wanted = permit.basis_on(on).get(pollutant)
    if wanted is None:
        return Breach(
            permit.firm, permit.number, pollutant, year, "no_limit", 0, emitted_mg,
            "[ZJ-N3] art. 34",
        )  # fmt: skip
    emitted = convert_mg(emitted_mg, pollutant, basis, wanted, conversions)
    limit = permit.limit_mg(pollutant, year, on)
    if emitted <= limit:
        return None
    return Breach(
        permit.firm, permit.number, pollutant, year, "over_limit", limit, emitted,
        "[ZJ-N3] art. 34",
    )  # fmt: skip


def find_limit_breaches(
    used_mg: Mapping[tuple[str, str, int], int], permits: Iterable[Permit]
) -> tuple[Breach, ...]:
    """All breaches by firm, pollutant and year, sorted.

    A whole year is compared with the permit that was valid last in it, as it read on its last
    day there; a year's sum does not show in which part of the year an emission occurred.

    Args:
        used_mg: emission by firm, pollutant and year [mg], on the basis of the permits
            (`used_by_firm_mg` gives it from a ledger).
        permits: all permits that the firms ever had.
    """
    by_firm: dict[str, list[Permit]] = defaultdict(list)
    for permit in permits:
        by_firm[permit.firm].append(permit)
    found = []
    for (firm, pollutant, year), mass in sorted(used_mg.items()):
        if mass:
            breach = _find_in_year(by_firm[firm], firm, pollutant, year, mass)
            found += [breach] if breach else []
    return tuple(found)


def used_by_firm_mg(ledger: Ledger) -> dict[tuple[str, str, int], int]:
    """Mass used by firm, pollutant and vintage [mg], trued up or not; sorted."""
    total: dict[tuple[str, str, int], int] = defaultdict(int)
    for account, asset, balance in ledger.balances():
        if account.pocket in (Pocket.USED, Pocket.SURRENDERED) and isinstance(asset, Right):
            total[account.owner, asset.pollutant, asset.vintage] += balance
    return dict(sorted(total.items()))


def _find_in_year(
    permits: Iterable[Permit], firm: str, pollutant: str, year: int, mass_mg: int
) -> Breach | None:
    last = [(day, permit) for permit in permits if (day := _last_day(permit, year))]
    if not last:
        return Breach(firm, NO_PERMIT, pollutant, year, "not_valid", 0, mass_mg, "[ZJ-N3] art. 33")
    day, permit = max(last, key=lambda pair: pair[0])
    basis = permit.basis_on(day).get(pollutant, "")
    return find_breach(permit, pollutant, year, mass_mg, on=day, basis=basis)


def _last_day(permit: Permit, year: int) -> date | None:
    """The last day of a year on which a permit was valid, `None` where it was not."""
    end = min(permit.valid_to, date(year, 12, 31))
    if permit.ended is not None and permit.ended.on <= end:
        end = date.fromordinal(permit.ended.on.toordinal() - 1)
    return end if end.year == year and permit.is_valid(end) else None
