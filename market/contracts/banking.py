"""Rights of one year used in another: banking and borrowing, with limits and ratios.

Zhejiang allows neither (assumed, after [ZJ-P16]); programmes that do limit how much may
be carried and at what ratio. Banking exchanges a vintage for the next; borrowing takes
from the next and owes it there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from permits.account import Account, issued, retired
from permits.errors import InputError
from permits.ledger import Entry, Leg, Reason, move
from permits.quantity import require_mg
from permits.right import Right


@dataclass(frozen=True, slots=True)
class BankingRules:
    """Ratios and limits of banking and borrowing.

    bank_ratio: issued in the next vintage for each tonne carried.
    bank_most: share of a year's rights that may be carried.
    borrow_ratio: owed next year for each tonne borrowed.
    borrow_most: share of next year's rights that may be borrowed.
    """

    bank_ratio: Fraction = Fraction(0)
    bank_most: Fraction = Fraction(1)
    borrow_ratio: Fraction = Fraction(1)
    borrow_most: Fraction = Fraction(0)
    source: str = "[ZJ-P16]"
    status: str = "assumed"

    def __post_init__(self) -> None:
        shares = (self.bank_most, self.borrow_most)
        if self.bank_ratio < 0 or self.borrow_ratio < 1 or not all(0 <= s <= 1 for s in shares):
            raise InputError(
                "banking.rules",
                "banking at {bank} and borrowing at {borrow} is not possible",
                where="banking",
                mend="bank at a ratio of 0 or more, borrow at 1 or more, with limits from 0 to 1",
                bank=str(self.bank_ratio),
                borrow=str(self.borrow_ratio),
            )


@dataclass(frozen=True, slots=True)
class Carried:
    """The result of carrying a year's unused rights; `gone_mg` is lost by the ratio."""

    given_mg: int
    issued_mg: int
    gone_mg: int
    lapsed_mg: int


def bank(unused_mg: int, allocated_mg: int, rules: BankingRules) -> Carried:
    """Carry unused rights over: carried and expired mass add up to what was unused.

    Args:
        unused_mg: rights not used in their year [mg].
        allocated_mg: rights of that year, of which a share may be carried [mg].
        rules: ratios and limits.
    """
    require_mg(unused_mg, above=-1, where="banking")
    # At a ratio of 0 there is no banking: unused rights expire instead of being exchanged.
    most = int(rules.bank_most * allocated_mg) if rules.bank_ratio else 0
    given = min(unused_mg, most)
    next_year = int(rules.bank_ratio * given)
    return Carried(given, next_year, max(0, given - next_year), unused_mg - given)


@dataclass(frozen=True, slots=True)
class Borrowed:
    """Rights of the next vintage used now, what is owed for them, and the remaining shortfall."""

    borrowed_mg: int
    owed_mg: int
    short_mg: int


def borrow(short_mg: int, next_mg: int, rules: BankingRules) -> Borrowed:
    """Cover a shortfall from next year's rights, within the limit.

    What is owed, the borrowed part included, never exceeds next year's rights.

    Args:
        short_mg: mass for which rights are missing [mg].
        next_mg: next year's rights [mg].
        rules: ratios and limits.
    """
    require_mg(short_mg, above=-1, where="borrowing")
    most = min(int(rules.borrow_most * next_mg), int(Fraction(next_mg) / rules.borrow_ratio))
    borrowed = min(short_mg, most)
    # What is owed is rounded up: borrowing must not create a milligram.
    exact = borrowed * rules.borrow_ratio
    return Borrowed(borrowed, -(-exact.numerator // exact.denominator), short_mg - borrowed)


def bank_entry(
    account: Account,
    right: Right,
    into: Right,
    carried: Carried,
    *,
    issuer: str,
    id: str,
    on: date,
    why: str,
) -> Entry:
    """The exchange of vintages as an entry.

    The old vintage goes back to its source and the new one comes out of it; what a ratio
    below one takes retires.

    Args:
        account: who carries.
        right: the old vintage.
        into: the new vintage.
        carried: masses, as `bank` returns them [mg].
        issuer: who issues both vintages.
        id: of the entry.
        on: day of the exchange.
        why: reason, as the journal shows it.
    """
    legs: tuple[Leg, ...] = ()
    if carried.given_mg - carried.gone_mg:
        legs += move(account, issued(issuer), right, carried.given_mg - carried.gone_mg)
    if carried.gone_mg:
        legs += move(account, retired(account.owner), right, carried.gone_mg)
    if carried.issued_mg:
        legs += move(issued(issuer), account, into, carried.issued_mg)
    return Entry(id, on, Reason.CONVERT, legs, why)
