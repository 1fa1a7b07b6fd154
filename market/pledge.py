"""Loans on rights: the borrower keeps using what it pledged, and may not sell it.

The loan is a share of the value; a loan that is not repaid lets the bank have the
rights sold in a session, and what is left over is the borrower's [ZJ-C28] [ZJ-C32].
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from permits.errors import NotAllowed
from permits.quantity import cost_fen, require_mg
from permits.right import PAID, Right

State = Literal["running", "repaid", "defaulted", "sold"]


@dataclass(frozen=True, slots=True)
class Pledge:
    """A loan on `mass_mg` of each of `rights`."""

    id: str
    borrower: str
    bank: str
    rights: tuple[Right, ...]
    mass_mg: int
    loan_fen: int
    due_fen: int  # loan and interest
    begins: date
    due: date
    state: State = "running"

    def __post_init__(self) -> None:
        require_mg(self.mass_mg, above=0, where=f"pledge {self.id}")


def loan_fen(
    mass_mg: int, price_fen_per_t: int, years: int, loan_to_value: Fraction | float
) -> int:
    """The loan on a strip: a share of its value, rounded down to whole fen."""
    value = cost_fen(mass_mg * years, price_fen_per_t)
    return int(Fraction(str(loan_to_value)) * value)


def due_fen(loan: int, yearly_rate: Fraction | float, days: int) -> int:
    """Loan and simple interest over `days` of a year of 360, rounded half to even."""
    return loan + round(loan * Fraction(str(yearly_rate)) * days / 360)


def check_pledge(pledge: Pledge) -> None:
    """Raise NotAllowed where a right was not paid for, or ends before the loan is due."""
    for right in pledge.rights:
        if right.series != PAID:
            raise NotAllowed(
                "pledge.unpaid",
                "{right} was not paid for and may not be pledged",
                where=f"pledge {pledge.id}",
                mend="pledge rights obtained for payment",
                right=str(right),
            )
    if pledge.due.year > max(right.vintage for right in pledge.rights):
        raise NotAllowed(
            "pledge.term",
            "the loan is due on {due}, after the rights end",
            where=f"pledge {pledge.id}",
            mend="lend for a shorter time",
            due=str(pledge.due),
        )
