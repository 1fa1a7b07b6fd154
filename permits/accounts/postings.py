"""Every way into and out of a basic account, by name: each a function that returns an entry.

| in | out |
|---|---|
| `allocate` (initial, or verified anew), `pay_for`, `withhold` | `sell` |
| `recover` (free), `buy_back` (paid), `take_funded`, `give_up` | `lend` |
| `contribute` from below, `grant` from above | `contribute` up, `grant` down |
| `take_back_lease` | `retire` (replacement, target) |
| | `reward`, `dispose_default` |

A reserve holds paid rights only: a free or reward right that comes in goes back to its
issuer, who issues the same mass as paid. Whatever moves, the rights of firms, the
reserves and what is retired add up to the cap.

Source: reserve by withholding, taking back and buying [ZJ-Z2] art. 2, in and out
registered at two levels [ZJ-C17]; the further rows follow sister rules [ZJ-P15]
[ZJ-P20], levels [ZJ-C36] (title only), and are assumed for Zhejiang.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from permits.account import Account, cash, holding, issued, leased, pledged, reserve, retired
from permits.accounts.account_record import is_government, level_of
from permits.errors import NotAllowed
from permits.ledger import Entry, Leg, Reason, move
from permits.quantity import require_mg
from permits.right import PAID, REWARD, YUAN, Right

Strip = Sequence[Right]


@dataclass(frozen=True, slots=True)
class Note:
    """An entry's id and day, and what to tell people about it."""

    id: str
    on: date
    why: str = ""


# --- in ------------------------------------------------------------------------------


def allocate(firm: str, rights: Strip, mass_mg: int, note: Note, *, issuer: str) -> Entry:
    """Initial rights of a firm, or those of the next term verified anew: `mass_mg` of each."""
    return _moved(note, Reason.ISSUE, issued(issuer), holding(firm), rights, mass_mg)


def pay_for(
    firm: str,
    government: str,
    rights: Strip,
    mass_mg: int,
    fee_fen: int,
    note: Note,
    *,
    issuer: str,
) -> Entry:
    """Free rights of a firm become paid ones against the paid-use fee [ZJ-C25].

    Raises: NotAllowed for rights that are paid already.
    """
    legs: tuple[Leg, ...] = ()
    for right in rights:
        if right.series == PAID:
            raise NotAllowed(
                "account.paid",
                "{right} is paid for already",
                where=f"entry {note.id}",
                mend="name free rights",
                right=str(right),
            )
        better = Right(right.pollutant, right.zone, right.vintage, PAID)
        legs += across(holding(firm), issued(issuer), (right,), mass_mg)
        legs += across(issued(issuer), holding(firm), (better,), mass_mg)
    return _entry(note, Reason.CONVERT, legs + paid(firm, government, fee_fen))


def withhold(government: str, rights: Strip, mass_mg: int, note: Note, *, issuer: str) -> Entry:
    """What is kept back at allocation goes into a reserve [ZJ-Z2] art. 2."""
    _check_paid(rights, note)
    return _moved(note, Reason.WITHHOLD, issued(issuer), reserve(government), rights, mass_mg)


def recover(
    firm: str, government: str, rights: Strip, mass_mg: int, note: Note, *, issuer: str
) -> Entry:
    """Free rights are taken back without payment (closure, lapse, violation) [ZJ-C19] art. 3.

    Raises: NotAllowed for paid rights.
    """
    for right in rights:
        if right.series == PAID:
            raise NotAllowed(
                "account.recover",
                "{right} was paid for: it is bought back, not taken",
                where=f"entry {note.id}",
                mend="buy it back, or let the firm give it up",
                right=str(right),
            )
    legs = into_reserve(holding(firm), government, rights, mass_mg, issuer)
    return _entry(note, Reason.RECOVER, legs)


def buy_back(
    firm: str, government: str, rights: Strip, mass_mg: int, money_fen: int, note: Note
) -> Entry:
    """Paid surplus is bought into the reserve, money to the firm [ZJ-Z3] [ZJ-C19]."""
    _check_paid(rights, note)
    legs = across(holding(firm), reserve(government), rights, mass_mg)
    return _entry(note, Reason.BUYBACK, legs + paid(government, firm, money_fen))


def take_funded(
    firm: str, government: str, rights: Strip, mass_mg: int, note: Note, *, issuer: str
) -> Entry:
    """The part of a reduction that the government paid for goes into its reserve [ZJ-P20]."""
    legs = into_reserve(holding(firm), government, rights, mass_mg, issuer)
    return _entry(note, Reason.FUNDED, legs)


def give_up(
    firm: str, government: str, rights: Strip, mass_mg: int, note: Note, *, issuer: str
) -> Entry:
    """Rights handed in of a firm's own will, without payment [ZJ-P15]."""
    legs = into_reserve(holding(firm), government, rights, mass_mg, issuer)
    return _entry(note, Reason.GIVE_UP, legs)


def take_back_lease(firm: str, government: str, rights: Strip, mass_mg: int, note: Note) -> Entry:
    """What a lessee has not used returns to the reserve at the end [ZJ-P1]."""
    return _moved(note, Reason.LEASE_END, leased(firm), reserve(government), rights, mass_mg)


# --- between levels -------------------------------------------------------------------


def contribute(lower: str, upper: str, rights: Strip, mass_mg: int, note: Note) -> Entry:
    """From a lower level's reserve into a higher one's. Raises: NotAllowed the other way."""
    _check_levels(lower, upper, note)
    return _moved(note, Reason.CONTRIBUTE, reserve(lower), reserve(upper), rights, mass_mg)


def grant(upper: str, lower: str, rights: Strip, mass_mg: int, note: Note) -> Entry:
    """From a higher level's reserve into a lower one's, for a major project say [ZJ-C36]."""
    _check_levels(lower, upper, note)
    return _moved(note, Reason.GRANT, reserve(upper), reserve(lower), rights, mass_mg)


# --- out ------------------------------------------------------------------------------


def sell(
    government: str, firm: str, rights: Strip, mass_mg: int, money_fen: int, note: Note
) -> Entry:
    """A sale out of the reserve, money to the treasury [ZJ-Z2] [ZJ-C15]."""
    legs = across(reserve(government), holding(firm), rights, mass_mg)
    return _entry(note, Reason.SALE, legs + paid(firm, government, money_fen))


def lend(
    government: str, firm: str, rights: Strip, mass_mg: int, rent_fen: int, note: Note
) -> Entry:
    """A lease out of the reserve: the mass for use, the rent to the treasury [ZJ-C3]."""
    legs = across(reserve(government), leased(firm), rights, mass_mg)
    return _entry(note, Reason.LEASE, legs + paid(firm, government, rent_fen))


def retire(
    owner: str, rights: Strip, mass_mg: int, note: Note, *, as_: Literal["replacement", "target"]
) -> Entry:
    """Rights leave the system for good: the part beyond need of a replacement [ZJ-C2], or
    what a plan period's target takes. Out of a firm's holding or a government's reserve."""
    source = reserve(owner) if is_government(owner) else holding(owner)
    reason = Reason.REPLACE if as_ == "replacement" else Reason.TARGET
    return _moved(note, reason, source, retired(owner), rights, mass_mg)


def reward(
    government: str, firm: str, rights: Strip, mass_mg: int, note: Note, *, issuer: str
) -> Entry:
    """Out of the reserve to a firm that cut more, as reward rights [ZJ-C6].

    Args:
        rights: the paid rights of the reserve; the firm receives those of series `reward`.
    """
    _check_paid(rights, note)
    legs: tuple[Leg, ...] = ()
    for right in rights:
        given = Right(right.pollutant, right.zone, right.vintage, REWARD)
        legs += across(reserve(government), issued(issuer), (right,), mass_mg)
        legs += across(issued(issuer), holding(firm), (given,), mass_mg)
    return _entry(note, Reason.REWARD, legs)


def dispose_default(
    firm: str,
    government: str,
    bank: str,
    rights: Strip,
    mass_mg: int,
    note: Note,
    *,
    price_fen: int,
    due_fen: int,
) -> Entry:
    """Pledged rights of a firm in default go into the reserve as a last resort: of the price
    the bank is paid what it is owed, the rest is the firm's."""
    legs = across(pledged(firm), reserve(government), rights, mass_mg)
    to_bank = min(price_fen, due_fen)
    legs += paid(government, bank, to_bank) + paid(government, firm, price_fen - to_bank)
    return _entry(note, Reason.DEFAULT, legs)


# --- legs -----------------------------------------------------------------------------


def into_reserve(
    source: Account, government: str, rights: Strip, mass_mg: int, issuer: str
) -> tuple[Leg, ...]:
    """Rights of any series into a reserve, which holds them as paid ones."""
    legs: tuple[Leg, ...] = ()
    for right in rights:
        if right.series == PAID:
            legs += across(source, reserve(government), (right,), mass_mg)
        else:
            held = Right(right.pollutant, right.zone, right.vintage, PAID)
            legs += across(source, issued(issuer), (right,), mass_mg)
            legs += across(issued(issuer), reserve(government), (held,), mass_mg)
    return legs


def across(source: Account, target: Account, rights: Strip, mass_mg: int) -> tuple[Leg, ...]:
    """`mass_mg` of each right from one account to another."""
    require_mg(mass_mg, above=0, where=str(source))
    return tuple(leg for right in rights for leg in move(source, target, right, mass_mg))


def paid(payer: str, payee: str, money_fen: int) -> tuple[Leg, ...]:
    """The legs of a payment; none where nothing is paid."""
    return move(cash(payer), cash(payee), YUAN, money_fen) if money_fen else ()


def _moved(
    note: Note, reason: Reason, source: Account, target: Account, rights: Strip, mass_mg: int
) -> Entry:
    return _entry(note, reason, across(source, target, rights, mass_mg))


def _entry(note: Note, reason: Reason, legs: tuple[Leg, ...]) -> Entry:
    return Entry(note.id, note.on, reason, legs, note.why)


def _check_levels(lower: str, upper: str, note: Note) -> None:
    low, high = level_of(lower), level_of(upper)
    if not 0 < low.rank < high.rank:
        raise NotAllowed(
            "account.levels",
            "{lower} is not a government below {upper}",
            where=f"entry {note.id}",
            mend="reserves pass between county, city and province",
            lower=lower,
            upper=upper,
        )


def _check_paid(rights: Strip, note: Note) -> None:
    for right in rights:
        if right.series != PAID:
            raise NotAllowed(
                "account.series",
                "{right} is not a paid right, and a reserve holds paid rights only",
                where=f"entry {note.id}",
                mend="name rights of series {series}",
                right=str(right),
                series=PAID,
            )
