"""The table of cards: `card, firm, outlet, pollutant, annual_quota_t` and what is optional.

`month_01` to `month_12` instead of even parts; `valid_from`, before which readings are set
aside; `stop` (valve, interlock, curtail); `potential_t`, the most that could be emitted in
an hour, for missing-data rules that ask for it; `basis`, the card's accounting basis, which
has to be that of readings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from permits.card import Stop, month_quotas
from permits.errors import InputError, MixedRights, RightsError
from permits.meter.flow_concentration import FlowConcentration
from permits.metering import BulkCard
from permits.metering.chunk import MOST_HOUR_MG
from permits.metering.hour_tables import hour_of
from permits.quantity import fmt_t
from scenarios.intake.basis_column import basis_named
from scenarios.intake.fields import (
    ANNUAL_QUOTA,
    BASIS,
    CARD,
    FIRM,
    MONTHLY,
    OUTLET,
    POLLUTANT,
    POTENTIAL,
    STOP,
    VALID_FROM,
)
from scenarios.intake.tables import Row, raise_all, read_table

MONTHS = tuple(month.name for month in MONTHLY)
FIELDS = (
    CARD,
    FIRM.but(required=False),
    OUTLET,
    POLLUTANT,
    ANNUAL_QUOTA.but(blank=True),
    *(month.but(required=False, blank=True) for month in MONTHLY),
    VALID_FROM.but(required=False),
    STOP.but(required=False),
    POTENTIAL.but(required=False, blank=True),
    BASIS.but(required=False),
)


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card as its table names it."""

    card: str
    firm: str
    outlet: str
    pollutant: str
    quota_mg: tuple[int, ...]
    stop: Stop
    begins_h: int | None
    potential_mg: int | None

    def numbered(self, outlet: int, pollutants: Sequence[str]) -> BulkCard:
        """The same by the numbers of outlet and pollutant."""
        return BulkCard(
            outlet,
            pollutants.index(self.pollutant),
            self.quota_mg,
            self.stop,
            self.begins_h,
            self.potential_mg,
        )


def read_cards(path: str, pollutants: Sequence[str]) -> tuple[list[CardRow], list[str]]:
    """The cards of a table, and notices about the file.

    `pollutants` are those of the readings; `cod` finds `COD`.
    Raises: ManyErrors for every row that cannot be used.
    """
    table = read_table(path, FIELDS)
    cards: list[CardRow] = []
    mistakes: list[RightsError] = []
    seen: dict[tuple[str, str], str] = {}
    for row in table.rows:
        try:
            card = _card(row, {name.casefold(): name for name in pollutants})
            check_alone(card.outlet, card.card, card.pollutant, seen, row.where)
            cards.append(card)
        except RightsError as error:
            error.where = error.where or row.where
            mistakes.append(error)
    raise_all(mistakes)
    return cards, list(table.notices)


def _card(row: Row, known: dict[str, str]) -> CardRow:
    values = row.values
    said = values["pollutant"]
    potential = values["potential_t"]
    _check_basis(values["basis"], row.where)
    if potential is not None and potential > MOST_HOUR_MG:
        raise InputError(
            "meter.potential",
            "{mass} t in an hour is more than is metered",
            mend="give at most {most} t an hour",
            mass=fmt_t(potential),
            most=fmt_t(MOST_HOUR_MG),
        )
    return CardRow(
        card=values["card"],
        firm=values["firm"] or "",
        outlet=values["outlet"],
        pollutant=known.get(said.casefold(), said),
        quota_mg=_quotas(row),
        stop=_stop(values["stop"]),
        begins_h=_begins(values["valid_from"]),
        potential_mg=potential,
    )


def _check_basis(said: str | None, where: str) -> None:
    """A card that names a basis names that of readings.

    Raises: MixedRights for another.
    """
    if said is not None and (basis := basis_named(said, where)) is not FlowConcentration.basis:
        raise MixedRights(
            "meter.basis",
            "the card counts by {basis}, and readings give masses by {metered}",
            mend="leave the card out here, and charge it with masses on its own basis",
            basis=str(basis),
            metered=str(FlowConcentration.basis),
        )


def _quotas(row: Row) -> tuple[int, ...]:
    year, months = row.values["annual_quota_t"], [row.values[month] for month in MONTHS]
    given = [mass for mass in months if mass is not None]
    if not given and year is not None:
        return month_quotas(year, year)
    if len(given) == len(MONTHS) and year in (None, sum(given)):
        return tuple(given)
    raise InputError(
        "meter.quota",
        "the months' quotas, {count} of them, give {months} t, and the year's is {year} t",
        mend="give the year's alone, or all twelve months that add up to it",
        count=len(given),
        months=fmt_t(sum(given)),
        year="-" if year is None else fmt_t(year),
    )


def _stop(said: str | None) -> Stop:
    if said is None:
        return Stop.VALVE
    try:
        return Stop(said.strip().lower())
    except ValueError:
        raise InputError(
            "meter.stop",
            "{said!r} is not a way to stop",
            mend="write valve, interlock or curtail",
            said=said,
        ) from None


def _begins(said: str | None) -> int | None:
    if said is None:
        return None
    try:
        return hour_of(date.fromisoformat(said[:10].replace("/", "-")))
    except ValueError:
        raise InputError(
            "meter.valid_from",
            "{said!r} is not a day",
            mend="write for example 2017-03-01",
            said=said,
        ) from None


def check_alone(
    outlet: str, card: str, pollutant: str, seen: dict[tuple[str, str], str], where: str
) -> None:
    """One card an outlet and pollutant, and one outlet a card and pollutant.

    `seen` takes what was there before, and where.
    """
    for kind, name in (("outlet", outlet), ("card", card)):
        key = (f"{kind} {name}", pollutant)
        if key in seen:
            raise InputError(
                "meter.card_twice",
                "the {kind} {name} has two rows for {pollutant}, the other in {first}",
                mend="give every outlet and pollutant one card of its own",
                kind=kind,
                name=name,
                pollutant=pollutant,
                first=seen[key],
            )
        seen[key] = where
