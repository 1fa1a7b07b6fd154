"""The table of cards: `card, firm, outlet, pollutant, annual_quota_t` and optional columns.

`month_01` to `month_12` replace equal monthly parts; readings before `valid_from` are
excluded; `stop` is valve, interlock or curtail; `potential_t` is the largest possible emission
of an hour, which some missing-data rules need; `basis` is the card's accounting basis, which
must be that of readings.
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
from scenarios.intake.cells import TableInput
from scenarios.intake.columns import Row
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
from scenarios.intake.tables import raise_all, read_table

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
    """A card as stated in its table."""

    card: str
    firm: str
    outlet: str
    pollutant: str
    quota_mg: tuple[int, ...]
    stop: Stop
    begins_h: int | None
    potential_mg: int | None

    def numbered(self, outlet: int, pollutants: Sequence[str]) -> BulkCard:
        """The card with outlet and pollutant by number."""
        return BulkCard(
            outlet,
            pollutants.index(self.pollutant),
            self.quota_mg,
            self.stop,
            self.begins_h,
            self.potential_mg,
        )


def read_quota_cards(
    path: TableInput, pollutants: Sequence[str]
) -> tuple[list[CardRow], list[str]]:
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
            check_single_card(card.outlet, card.card, card.pollutant, seen, row.where)
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
            "{mass} t per hour exceeds the metering range",
            mend="give at most {most} t per hour",
            mass=fmt_t(potential),
            most=fmt_t(MOST_HOUR_MG),
        )
    return CardRow(
        card=values["card"],
        firm=values["firm"] or "",
        outlet=values["outlet"],
        # A pollutant that no file reports keeps its name; its card is reported as silent.
        pollutant=known.get(said.casefold(), said),
        quota_mg=_quotas(row),
        stop=_stop(values["stop"]),
        begins_h=_begins(values["valid_from"]),
        potential_mg=potential,
    )


def _check_basis(said: str | None, where: str) -> None:
    """Check that the basis of a card, where stated, is that of readings.

    Raises: MixedRights for another.
    """
    if said is not None and (basis := basis_named(said, where)) is not FlowConcentration.basis:
        raise MixedRights(
            "meter.basis",
            "the accounting basis of the card is {basis}, but readings give masses on the "
            "basis {metered}",
            mend="remove the card from this table, and charge it with masses on its own basis",
            basis=str(basis),
            metered=str(FlowConcentration.basis),
        )


def _quotas(row: Row) -> tuple[int, ...]:
    year, months = row.values["annual_quota_t"], [row.values[month] for month in MONTHS]
    given = [mass for mass in months if mass is not None]
    if not given and year is not None:
        return month_quotas(year, year)
    # Year and months must agree exactly: preferring one of them would be a guess.
    if len(given) == len(MONTHS) and year in (None, sum(given)):
        return tuple(given)
    raise InputError(
        "meter.quota",
        "the monthly quotas ({count} of 12) add up to {months} t; the annual quota is {year} t",
        mend="give only the annual quota, or all twelve monthly quotas that add up to it",
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
            "{said!r} is not a stop mode",
            mend="write valve, interlock or curtail",
            said=said,
        ) from None


def _begins(said: str | None) -> int | None:
    if said is None:
        return None
    try:
        # A spreadsheet may add a time of day to the date.
        return hour_of(date.fromisoformat(said[:10].replace("/", "-")))
    except ValueError:
        raise InputError(
            "meter.valid_from",
            "{said!r} is not a day",
            mend="write for example 2017-03-01",
            said=said,
        ) from None


def check_single_card(
    outlet: str, card: str, pollutant: str, seen: dict[tuple[str, str], str], where: str
) -> None:
    """Check that outlet and card occur once per pollutant, and record both in `seen`.

    Args:
        outlet: name of the outlet.
        card: name of the card.
        pollutant: what the card counts.
        seen: by (`kind name`, pollutant): where it occurred first; extended here.
        where: file and row, for the error.
    Raises: InputError for a second row of the same outlet or card and pollutant.
    """
    # Two cards of an outlet and pollutant would both be charged with the same mass.
    for kind, name in (("outlet", outlet), ("card", card)):
        key = (f"{kind} {name}", pollutant)
        if key in seen:
            raise InputError(
                "meter.card_twice",
                "{kind} {name} has two rows for {pollutant}; the first is {first}",
                mend="give each outlet and pollutant exactly one card",
                kind=kind,
                name=name,
                pollutant=pollutant,
                first=seen[key],
            )
        seen[key] = where
