"""Loans on rights: the borrower keeps using what it pledged, and may not sell it.

The loan is a share of the value; a loan that is not repaid lets the bank have the
rights sold in a session, and what is left over is the borrower's [ZJ-C28] [ZJ-C32].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from market.contracts.contract_states import PLEDGE
from permits.errors import NotAllowed
from permits.quantity import MG_PER_T, cost_fen, require_mg
from permits.right import PAID, Right


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
    state: str = "running"

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


@dataclass(frozen=True, slots=True)
class MarginCall:
    """The loan has become too large for the price: what mends it, either alone."""

    value_fen: int
    most_fen: int  # the loan that the value would still bear
    repay_fen: int
    add_mg: int  # further mass a year of the same rights


def margin_call(pledge: Pledge, price_fen_per_t: int, loan_to_value: Fraction) -> MarginCall | None:
    """Whether the debt exceeds its share of the pledge's worth at today's price.

    `None` where it is covered. What is to be added is rounded up to the milligram; at a
    price of zero no mass mends it, and `add_mg` is the pledge's own mass over again.
    """
    years = len(pledge.rights)
    value = cost_fen(pledge.mass_mg * years, price_fen_per_t)
    most = int(loan_to_value * value)
    if pledge.due_fen <= most:
        return None
    add = pledge.mass_mg
    if price_fen_per_t > 0:
        needed = Fraction(pledge.due_fen * MG_PER_T) / (loan_to_value * price_fen_per_t * years)
        add = -(-needed.numerator // needed.denominator) - pledge.mass_mg
    return MarginCall(value, most, pledge.due_fen - most, max(1, add))


def second_loan_fen(
    first: Pledge, price_fen_per_t: int, loan_to_value: Fraction, *, consent: bool
) -> int:
    """The most that a second bank may lend on what the first loan leaves of the worth.

    Raises: NotAllowed without the first bank's consent in writing [ZJ-C28].
    """
    if not consent:
        raise NotAllowed(
            "pledge.consent",
            "{bank} has not agreed to a second loan on the same rights",
            where=f"pledge {first.id}",
            mend="ask it for its consent in writing",
            bank=first.bank,
        )
    value = cost_fen(first.mass_mg * len(first.rights), price_fen_per_t)
    return max(0, int(loan_to_value * value) - first.due_fen)


def share_proceeds(money_fen: int, due_fen: Sequence[int]) -> tuple[tuple[int, ...], int]:
    """What the sale of a pledge brings each lender, first to last, and the borrower."""
    found = []
    for due in due_fen:
        part = min(due, money_fen)
        money_fen -= part
        found.append(part)
    return tuple(found), money_fen


def next_pledge(pledge: Pledge, event: str) -> Pledge:
    """The pledge after an event.

    Raises: NotAllowed where it may not happen to a pledge in its state.
    """
    state = PLEDGE.after(pledge.state, event, where=f"pledge {pledge.id}")
    return replace(pledge, state=state)


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
