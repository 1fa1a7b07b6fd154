"""All inflows and outflows of a basic account, by name; each function returns an entry.

| in | out |
|---|---|
| `allocate` (initial, or verified anew), `charge_fee`, `pay_for`, `withhold` | `sell` |
| `recover` (free), `buy_back` (paid), `take_funded`, `give_up` | `lend` |
| `contribute` from below, `grant` from above | `contribute` up, `grant` down |
| `take_back_lease` | `retire` (replacement, target) |
| | `reward`, `dispose_default` |

A reserve holds paid rights only: a free or reward right that comes in goes back to its
issuer, who issues the same mass as paid. Whatever moves, the rights of firms, the
reserves and the retired rights add up to the cap.

Source: reserve by withholding, taking back and buying [ZJ-Z2] art. 2, in and out
registered at two levels [ZJ-C17]; the further rows follow sister rules [ZJ-P15]
[ZJ-P20], levels [ZJ-C36] (title only), and are assumed for Zhejiang.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from permits.account import Account, cash, escrow, holding, issued, leased, reserve, retired
from permits.accounts.account_record import is_government, level_of
from permits.errors import NotAllowed
from permits.ledger import Entry, Leg, Reason, move
from permits.quantity import require_mg
from permits.right import PAID, REWARD, YUAN, Right

Strip = Sequence[Right]


@dataclass(frozen=True, slots=True)
class PostingNote:
    """Id and day of an entry, and its explanation for readers."""

    id: str
    on: date
    why: str = ""


# --- in ------------------------------------------------------------------------------


def allocate(firm: str, rights: Strip, mass_mg: int, note: PostingNote, *, issuer: str) -> Entry:
    """Issue initial rights to a firm, or those of the next term after verification.

    Args:
        firm: id of the firm.
        rights: rights to move, one per vintage.
        mass_mg: mass of each right [mg], > 0.
        note: id, day and reason of the entry.
        issuer: owner of the ISSUED account of the rights.
    """
    return _moved(note, Reason.ISSUE, issued(issuer), holding(firm), rights, mass_mg)


def pay_for(
    firm: str,
    government: str,
    rights: Strip,
    mass_mg: int,
    fee_fen: int,
    note: PostingNote,
    *,
    issuer: str,
) -> Entry:
    """Convert a firm's free rights into paid ones against the paid-use fee [ZJ-C25].

    Args:
        firm: id of the firm.
        government: recipient of the fee.
        rights: the free rights, one per vintage.
        mass_mg: mass of each right [mg], > 0.
        fee_fen: fee for all of them [fen].
        note: id, day and reason of the entry.
        issuer: owner of the ISSUED account of the rights.
    Raises: NotAllowed for rights that are already paid.
    """
    legs: tuple[Leg, ...] = ()
    for right in rights:
        if right.series == PAID:
            raise NotAllowed(
                "account.paid",
                "{right} is already paid for",
                where=f"entry {note.id}",
                mend="name free rights",
                right=str(right),
            )
        # Via the issuer in one entry, so that the mass issued stays the same throughout.
        better = Right(right.pollutant, right.zone, right.vintage, PAID)
        legs += across(holding(firm), issued(issuer), (right,), mass_mg)
        legs += across(issued(issuer), holding(firm), (better,), mass_mg)
    return _entry(note, Reason.CONVERT, legs + paid(firm, government, fee_fen))


def charge_fee(firm: str, government: str, fee_fen: int, note: PostingNote) -> Entry:
    """The paid-use fee for rights that are issued as paid ones [ZJ-C25].

    Args:
        firm: id of the firm.
        government: recipient of the fee.
        fee_fen: fee for all of them [fen], > 0.
        note: id, day and reason of the entry.
    """
    return _entry(note, Reason.FEE, paid(firm, government, fee_fen))


def withhold(
    government: str, rights: Strip, mass_mg: int, note: PostingNote, *, issuer: str
) -> Entry:
    """Withhold rights at allocation for a reserve [ZJ-Z2] art. 2.

    Args:
        government: owner of the reserve.
        rights: rights to move, one per vintage.
        mass_mg: mass of each right [mg], > 0.
        note: id, day and reason of the entry.
        issuer: owner of the ISSUED account of the rights.
    Raises: NotAllowed for rights that are not paid rights.
    """
    _check_paid(rights, note)
    return _moved(note, Reason.WITHHOLD, issued(issuer), reserve(government), rights, mass_mg)


def recover(
    firm: str, government: str, rights: Strip, mass_mg: int, note: PostingNote, *, issuer: str
) -> Entry:
    """Take back free rights without payment (closure, expiry, violation) [ZJ-C19] art. 3.

    Args:
        firm: id of the firm.
        government: owner of the reserve.
        rights: rights to move, one per vintage.
        mass_mg: mass of each right [mg], > 0.
        note: id, day and reason of the entry.
        issuer: owner of the ISSUED account of the rights.
    Raises: NotAllowed for paid rights.
    """
    for right in rights:
        if right.series == PAID:
            raise NotAllowed(
                "account.recover",
                "{right} was paid for: it can only be bought back or given up",
                where=f"entry {note.id}",
                mend="buy it back, or let the firm give it up",
                right=str(right),
            )
    legs = into_reserve(holding(firm), government, rights, mass_mg, issuer)
    return _entry(note, Reason.RECOVER, legs)


def buy_back(
    firm: str, government: str, rights: Strip, mass_mg: int, money_fen: int, note: PostingNote
) -> Entry:
    """Buy paid surplus rights into the reserve; the firm is paid [ZJ-Z3] [ZJ-C19].

    Args:
        firm: id of the firm.
        government: owner of the reserve.
        rights: rights to move, one per vintage.
        mass_mg: mass of each right [mg], > 0.
        money_fen: price of all of them [fen].
        note: id, day and reason of the entry.
    Raises: NotAllowed for rights that are not paid rights.
    """
    _check_paid(rights, note)
    legs = across(holding(firm), reserve(government), rights, mass_mg)
    return _entry(note, Reason.BUYBACK, legs + paid(government, firm, money_fen))


def take_funded(
    firm: str, government: str, rights: Strip, mass_mg: int, note: PostingNote, *, issuer: str
) -> Entry:
    """Move the part of a reduction that the government funded into its reserve [ZJ-P20].

    Args:
        firm: id of the firm.
        government: owner of the reserve.
        rights: rights to move, one per vintage.
        mass_mg: mass of each right [mg], > 0.
        note: id, day and reason of the entry.
        issuer: owner of the ISSUED account of the rights.
    """
    legs = into_reserve(holding(firm), government, rights, mass_mg, issuer)
    return _entry(note, Reason.FUNDED, legs)


def give_up(
    firm: str, government: str, rights: Strip, mass_mg: int, note: PostingNote, *, issuer: str
) -> Entry:
    """Accept rights that a firm gives up voluntarily, without payment [ZJ-P15].

    Args:
        firm: id of the firm.
        government: owner of the reserve.
        rights: rights to move, one per vintage.
        mass_mg: mass of each right [mg], > 0.
        note: id, day and reason of the entry.
        issuer: owner of the ISSUED account of the rights.
    """
    legs = into_reserve(holding(firm), government, rights, mass_mg, issuer)
    return _entry(note, Reason.GIVE_UP, legs)


def take_back_lease(
    firm: str, government: str, rights: Strip, mass_mg: int, note: PostingNote
) -> Entry:
    """Return unused leased rights to the reserve at the end of a lease [ZJ-P1].

    Args:
        firm: id of the lessee.
        government: owner of the reserve.
        rights: rights to move, one per vintage.
        mass_mg: mass of each right [mg], > 0.
        note: id, day and reason of the entry.
    """
    return _moved(note, Reason.LEASE_END, leased(firm), reserve(government), rights, mass_mg)


# --- between levels -------------------------------------------------------------------


def contribute(lower: str, upper: str, rights: Strip, mass_mg: int, note: PostingNote) -> Entry:
    """Transfer rights from a lower level's reserve to a higher one's.

    Args:
        lower: owner of the reserve that gives.
        upper: owner of the reserve that receives.
        rights: rights to move, one per vintage.
        mass_mg: mass of each right [mg], > 0.
        note: id, day and reason of the entry.
    Raises: NotAllowed unless `upper` is above `lower`.
    """
    _check_levels(lower, upper, note)
    return _moved(note, Reason.CONTRIBUTE, reserve(lower), reserve(upper), rights, mass_mg)


def grant(upper: str, lower: str, rights: Strip, mass_mg: int, note: PostingNote) -> Entry:
    """Transfer rights from a higher level's reserve to a lower one's [ZJ-C36].

    For a major project, for example.

    Args:
        upper: owner of the reserve that gives.
        lower: owner of the reserve that receives.
        rights: rights to move, one per vintage.
        mass_mg: mass of each right [mg], > 0.
        note: id, day and reason of the entry.
    Raises: NotAllowed unless `upper` is above `lower`.
    """
    _check_levels(lower, upper, note)
    return _moved(note, Reason.GRANT, reserve(upper), reserve(lower), rights, mass_mg)


# --- out ------------------------------------------------------------------------------


def sell(
    government: str, firm: str, rights: Strip, mass_mg: int, money_fen: int, note: PostingNote
) -> Entry:
    """Sell rights from the reserve; the treasury is paid [ZJ-Z2] [ZJ-C15].

    Args:
        government: owner of the reserve.
        firm: id of the buyer.
        rights: rights to move, one per vintage.
        mass_mg: mass of each right [mg], > 0.
        money_fen: price of all of them [fen].
        note: id, day and reason of the entry.
    """
    legs = across(reserve(government), holding(firm), rights, mass_mg)
    return _entry(note, Reason.SALE, legs + paid(firm, government, money_fen))


def lend(
    government: str, firm: str, rights: Strip, mass_mg: int, rent_fen: int, note: PostingNote
) -> Entry:
    """Lease rights from the reserve: the mass for use, the rent to the treasury [ZJ-C3].

    Args:
        government: owner of the reserve.
        firm: id of the lessee.
        rights: rights to move, one per vintage.
        mass_mg: mass of each right [mg], > 0.
        rent_fen: rent for all of them [fen].
        note: id, day and reason of the entry.
    """
    legs = across(reserve(government), leased(firm), rights, mass_mg)
    return _entry(note, Reason.LEASE, legs + paid(firm, government, rent_fen))


def retire(
    owner: str,
    rights: Strip,
    mass_mg: int,
    note: PostingNote,
    *,
    as_: Literal["replacement", "target"],
) -> Entry:
    """Retire rights for good, from a firm's holding or a government's reserve.

    Args:
        owner: id of the firm or name of the government.
        rights: rights to move, one per vintage.
        mass_mg: mass of each right [mg], > 0.
        note: id, day and reason of the entry.
        as_: `replacement` for the mass beyond need of a replacement [ZJ-C2], `target` for a plan
            period's reduction target.
    """
    source = reserve(owner) if is_government(owner) else holding(owner)
    reason = Reason.REPLACE if as_ == "replacement" else Reason.TARGET
    return _moved(note, reason, source, retired(owner), rights, mass_mg)


def reward(
    government: str, firm: str, rights: Strip, mass_mg: int, note: PostingNote, *, issuer: str
) -> Entry:
    """Give a firm that cut more than required reward rights from the reserve [ZJ-C6].

    Args:
        government: owner of the reserve.
        firm: id of the recipient.
        rights: the paid rights of the reserve; the firm receives those of series `reward`.
        mass_mg: mass of each right [mg], > 0.
        note: id, day and reason of the entry.
        issuer: owner of the ISSUED account of the rights.
    Raises: NotAllowed for rights that are not paid rights.
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
    masses_mg: Sequence[int],
    note: PostingNote,
    *,
    price_fen: int,
    due_fen: int,
) -> Entry:
    """Move a defaulting firm's collateral into the reserve, as a last resort.

    It is in the bank's escrow since the default. The bank is paid its claim from the price;
    the remainder goes to the firm.

    Args:
        firm: id of the firm in default.
        government: owner of the reserve.
        bank: the creditor.
        rights: rights to move, one per vintage.
        masses_mg: mass of each right [mg], > 0.
        note: id, day and reason of the entry.
        price_fen: price paid by the government [fen].
        due_fen: debt to the bank [fen].
    """
    legs: tuple[Leg, ...] = ()
    for right, mass in zip(rights, masses_mg, strict=True):
        legs += across(escrow(bank), reserve(government), (right,), mass)
    # The creditor ranks first; the surplus over the debt is the firm's.
    to_bank = min(price_fen, due_fen)
    legs += paid(government, bank, to_bank) + paid(government, firm, price_fen - to_bank)
    return _entry(note, Reason.DEFAULT, legs)


# --- legs -----------------------------------------------------------------------------


def into_reserve(
    source: Account, government: str, rights: Strip, mass_mg: int, issuer: str
) -> tuple[Leg, ...]:
    """Legs that move rights of any series into a reserve, which holds them as paid ones.

    Args:
        source: account that gives.
        government: owner of the reserve.
        rights: rights to move, one per vintage.
        mass_mg: mass of each right [mg], > 0.
        issuer: owner of the ISSUED account of the rights.
    """
    legs: tuple[Leg, ...] = ()
    for right in rights:
        if right.series == PAID:
            legs += across(source, reserve(government), (right,), mass_mg)
        else:
            # Via the issuer, as in `pay_for`: a reserve holds paid rights only.
            held = Right(right.pollutant, right.zone, right.vintage, PAID)
            legs += across(source, issued(issuer), (right,), mass_mg)
            legs += across(issued(issuer), reserve(government), (held,), mass_mg)
    return legs


def across(source: Account, target: Account, rights: Strip, mass_mg: int) -> tuple[Leg, ...]:
    """Legs that move `mass_mg` of each right from one account to another.

    Args:
        source: account that gives.
        target: account that receives.
        rights: rights to move, one per vintage.
        mass_mg: mass of each right [mg], > 0.
    """
    require_mg(mass_mg, above=0, where=str(source))
    return tuple(leg for right in rights for leg in move(source, target, right, mass_mg))


def paid(payer: str, payee: str, money_fen: int) -> tuple[Leg, ...]:
    """Legs of a payment; none where nothing is paid.

    Args:
        payer: owner whose cash is debited.
        payee: owner whose cash is credited.
        money_fen: amount [fen], >= 0.
    """
    return move(cash(payer), cash(payee), YUAN, money_fen) if money_fen else ()


def _moved(
    note: PostingNote, reason: Reason, source: Account, target: Account, rights: Strip, mass_mg: int
) -> Entry:
    return _entry(note, reason, across(source, target, rights, mass_mg))


def _entry(note: PostingNote, reason: Reason, legs: tuple[Leg, ...]) -> Entry:
    return Entry(note.id, note.on, reason, legs, note.why)


def _check_levels(lower: str, upper: str, note: PostingNote) -> None:
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


def _check_paid(rights: Strip, note: PostingNote) -> None:
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
