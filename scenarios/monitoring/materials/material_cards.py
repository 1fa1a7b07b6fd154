"""The cards that a month is charged to, on the card's accounting basis.

A balance is known when its month has ended, so no valve can close on it: mass beyond the
quota was emitted, and is a breach. The events report the result of the month.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from permits.card import Card, CardEvent, CardRules, Stop, month_quotas
from permits.errors import InputError, MixedRights, RightsError
from permits.permit import Basis, Conversion, convert_mg
from permits.quantity import fmt_t
from scenarios.intake.basis_column import basis_named
from scenarios.intake.cells import TableInput
from scenarios.intake.columns import Row
from scenarios.intake.fields import ANNUAL_QUOTA, BASIS, CARD, FIRM, MONTHLY, OUTLET, POLLUTANT
from scenarios.intake.tables import raise_all, read_table
from scenarios.monitoring.materials.month_checks import FirmMonth
from scenarios.text import t

MONTH_FIELDS = tuple(month.name for month in MONTHLY)
FIELDS = (
    CARD,
    FIRM,
    OUTLET.but(required=False),
    POLLUTANT,
    ANNUAL_QUOTA.but(required=False, blank=True),
    BASIS.but(required=False),
    *(month.but(required=False, blank=True) for month in MONTHLY),
)
# After the fact nothing can be ordered down: all of a month was emitted.
AFTER_THE_FACT = CardRules(curtail_to_percent=100)


@dataclass(frozen=True, slots=True)
class FirmCard:
    """A firm's card for one pollutant, as its table states it."""

    card: str
    firm: str
    outlet: str | None
    pollutant: str
    quota_mg: tuple[int, ...]
    basis: Basis | None  # None: not stated in the table
    where: str


class CardMonthEnd(NamedTuple):
    """One card at the end of one month, on its own basis."""

    card: FirmCard
    begins: date
    loaded_mg: int
    charged_mg: int
    breach_mg: int
    state: str
    events: tuple[CardEvent, ...]


def read_material_cards(path: TableInput) -> tuple[tuple[FirmCard, ...], list[str]]:
    """The cards of a table, one per firm and pollutant, and notices about the file.

    Raises: ManyErrors with every mistake: an unknown basis, a second card, monthly quotas
        that do not add up to the annual one.
    """
    table = read_table(path, FIELDS)
    cards: dict[tuple[str, str], FirmCard] = {}
    mistakes: list[RightsError] = []
    for row in table.rows:
        try:
            card = _card(row)
            if cards.setdefault((card.firm, card.pollutant), card) is not card:
                raise _second(card)
        except RightsError as error:
            mistakes.append(error)
    raise_all(mistakes)
    return tuple(cards.values()), list(table.notices)


def charge_cards(
    months: Sequence[FirmMonth],
    cards: Sequence[FirmCard],
    basis: Basis,
    conversions: Sequence[Conversion] = (),
) -> tuple[tuple[CardMonthEnd, ...], list[str]]:
    """Every card of a firm in `months`, month by month, and notices.

    A card begins with its firm's first month of a year: months before it are not metered,
    and their quota does not count. Each calendar year begins with the quota of the table.

    Args:
        months: emission by firm, pollutant and month, in order of time.
        cards: the cards of all firms.
        basis: accounting basis of `months`.
        conversions: factors from `basis` to other bases.
    Raises: ManyErrors if a card has another basis than `basis` and no conversion is given.
    """
    by_card = {(card.firm, card.pollutant): card for card in cards}
    own = defaultdict(list)
    for month in months:
        own[month.firm, month.pollutant].append(month)
    raise_all(list(_mixed_bases(own.keys() & by_card.keys(), by_card, basis, conversions)))
    charged = [
        one
        for key in sorted(own.keys() & by_card.keys())
        for one in _charge(by_card[key], own[key], basis, conversions)
    ]
    return tuple(charged), list(_notices(set(own), by_card, basis))


def _charge(
    card: FirmCard, months: Sequence[FirmMonth], basis: Basis, conversions: Sequence[Conversion]
) -> Iterator[CardMonthEnd]:
    held: Card | None = None
    for month in months:
        begins = month.begins
        if held is None or begins.month == 1:
            held = Card(card.firm, card.pollutant, card.quota_mg, Stop.CURTAIL, AFTER_THE_FACT)
        # The load comes before the charge: a month is charged to its own quota.
        held, reopened = held.reload(begins.month)
        mass = convert_mg(month.emitted_mg, card.pollutant, basis, card.basis or basis, conversions)
        held, swiped = held.swipe(mass)
        yield CardMonthEnd(
            card,
            begins,
            held.loaded_mg,
            swiped.emitted_mg,
            swiped.breach_mg,
            str(held.state),
            (*reopened, *swiped.events),
        )


def _mixed_bases(
    keys: set[tuple[str, str]],
    by_card: dict[tuple[str, str], FirmCard],
    basis: Basis,
    conversions: Sequence[Conversion],
) -> Iterator[RightsError]:
    for key in sorted(keys):
        card = by_card[key]
        try:
            convert_mg(0, card.pollutant, basis, card.basis or basis, conversions)
        except MixedRights as error:
            error.where = card.where
            yield error


def _notices(
    keys: set[tuple[str, str]], by_card: dict[tuple[str, str], FirmCard], basis: Basis
) -> Iterator[str]:
    silent = [card.card for card in by_card.values() if card.basis is None]
    if silent:
        yield t(
            "card {first} names no accounting basis; {basis} is assumed"
            if len(silent) == 1
            else "{count} cards name no accounting basis (the first is {first}); {basis} is "
            "assumed",
            count=len(silent),
            first=silent[0],
            basis=str(basis),
        )
    for firm, pollutant in sorted(keys - by_card.keys()):
        yield t("{firm} has no card for {pollutant}", firm=firm, pollutant=pollutant)
    for firm, pollutant in sorted(by_card.keys() - keys):
        card = by_card[firm, pollutant].card
        yield t("card {card}: {firm} has no month with {pollutant}", card=card, firm=firm,
                pollutant=pollutant)  # fmt: skip


def _card(row: Row) -> FirmCard:
    values = row.values
    basis = values["basis"]
    return FirmCard(
        values["card"],
        values["firm"],
        values["outlet"],
        values["pollutant"],
        _quotas(row),
        None if basis is None else basis_named(basis, f"{row.where}, column basis"),
        row.where,
    )


def _quotas(row: Row) -> tuple[int, ...]:
    """Twelve months as stated, or even parts of the year."""
    annual = row.values["annual_quota_t"]
    given = [row.values[name] for name in MONTH_FIELDS if row.values[name] is not None]
    if not given and annual is not None:
        return month_quotas(annual, annual)
    if len(given) == len(MONTH_FIELDS) and annual in (None, sum(given)):
        return tuple(given)
    raise InputError(
        "meter.quota",
        "the monthly quotas ({count} of 12) add up to {months} t; the annual quota is {year} t",
        where=row.where,
        mend="give only the annual quota, or all twelve monthly quotas that add up to it",
        count=len(given),
        months=fmt_t(sum(given)),
        year="-" if annual is None else fmt_t(annual),
    )


def _second(card: FirmCard) -> InputError:
    return InputError(
        "cards.second",
        "{firm} has a second card for {pollutant}; a balance covers the whole firm",
        where=card.where,
        mend="give the firm one card for the pollutant, with the sum of the quotas",
        firm=card.firm,
        pollutant=card.pollutant,
    )
