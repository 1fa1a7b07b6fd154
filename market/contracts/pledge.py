"""Loans on rights: the borrower may use what it pledged, and may not sell it.

The loan is a share of the value; if it is not repaid the bank may have the rights sold in
sessions until the debt is paid, and the remainder is the borrower's [ZJ-C28] [ZJ-C32]. All
collateral of a bank lies in one account, so each pledge counts what is left of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from market.contracts.contract_states import PLEDGE
from permits.errors import NotAllowed
from permits.quantity import MG_PER_T, cost_fen, require_mg
from permits.right import PAID, Right


@dataclass(frozen=True, slots=True)
class Pledge:
    """A loan on `mass_mg` of each of `rights`, and what became of the collateral.

    After a default `left_mg` is what of each right is neither sold nor disposed of; proceeds
    are net of the platform's fee, and received on delivery.
    """

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
    left_mg: tuple[int, ...] = ()
    sold_mg: int = 0  # of all rights, the government's purchase as the last resort included
    returned_mg: int = 0  # of all rights, to the borrower once the debt was paid
    agreed_fen: int = 0  # proceeds of all sales, delivered or not
    received_fen: int = 0  # of these, what has reached the bank

    def __post_init__(self) -> None:
        require_mg(self.mass_mg, above=0, where=f"pledge {self.id}")

    @property
    def owed_fen(self) -> int:
        """What is still owed after a default [fen]."""
        return max(0, self.due_fen - self.received_fen)

    @property
    def surplus_fen(self) -> int:
        """Proceeds beyond the debt, which are the borrower's [fen]."""
        return max(0, self.received_fen - self.due_fen)

    @property
    def to_sell(self) -> bool:
        """Whether collateral is to be offered: proceeds agreed so far do not pay the debt."""
        return self.state == "defaulted" and self.agreed_fen < self.due_fen


def loan_fen(
    mass_mg: int, price_fen_per_t: int, years: int, loan_to_value: Fraction | float
) -> int:
    """The loan on a strip: a share of its value, rounded down to whole fen.

    Args:
        mass_mg: mass of each vintage [mg].
        price_fen_per_t: price of one vintage [fen/t].
        years: number of vintages.
        loan_to_value: loan as a share of the value.
    """
    value = cost_fen(mass_mg * years, price_fen_per_t)
    return int(Fraction(str(loan_to_value)) * value)


def due_fen(loan: int, yearly_rate: Fraction | float, days: int) -> int:
    """Loan and simple interest over `days` of a year of 360, rounded half to even.

    Args:
        loan: the loan [fen].
        yearly_rate: rate of interest, as a share; banks count 360 days a year.
        days: length of the loan.
    """
    return loan + round(loan * Fraction(str(yearly_rate)) * days / 360)


@dataclass(frozen=True, slots=True)
class MarginCall:
    """The loan has become too large for the price; repayment or further rights correct it."""

    value_fen: int
    most_fen: int  # the loan that the value would still bear
    repay_fen: int
    add_mg: int  # further mass a year of the same rights


def margin_call(pledge: Pledge, price_fen_per_t: int, loan_to_value: Fraction) -> MarginCall | None:
    """A margin call, if the debt exceeds its share of the collateral's value at today's price.

    `None` where it is covered. The mass to be added is rounded up to the milligram; at a
    price of zero no mass suffices, and `add_mg` is the pledge's own mass over again.

    Args:
        pledge: a running pledge.
        price_fen_per_t: today's price of one vintage [fen/t].
        loan_to_value: highest debt as a share of the value.
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
    """The most that a second bank may lend on the value that the first loan leaves.

    Args:
        first: the first pledge.
        price_fen_per_t: today's price of one vintage [fen/t].
        loan_to_value: highest debt of both loans as a share of the value.
        consent: whether the first bank has agreed in writing.
    Raises: NotAllowed without the first bank's consent in writing [ZJ-C28].
    """
    if not consent:
        raise NotAllowed(
            "pledge.consent",
            "{bank} has not agreed to a second loan on the same rights",
            where=f"pledge {first.id}",
            mend="obtain its written consent",
            bank=first.bank,
        )
    value = cost_fen(first.mass_mg * len(first.rights), price_fen_per_t)
    return max(0, int(loan_to_value * value) - first.due_fen)


def share_proceeds(money_fen: int, due_fen: Sequence[int]) -> tuple[tuple[int, ...], int]:
    """Proceeds of a pledge's sale: to each lender, first to last, and to the borrower."""
    found = []
    for due in due_fen:
        part = min(due, money_fen)
        money_fen -= part
        found.append(part)
    return tuple(found), money_fen


def left_of_mg(pledge: Pledge, right: Right) -> int:
    """Collateral of one right that is neither sold nor disposed of [mg]."""
    return dict(zip(pledge.rights, pledge.left_mg, strict=True)).get(right, 0)


def default_pledge(pledge: Pledge, left_mg: Sequence[int]) -> Pledge:
    """The pledge in default, its collateral to be sold.

    Args:
        pledge: a running pledge.
        left_mg: mass left of each right of the pledge [mg]; some may have been used.
    """
    return replace(next_pledge(pledge, "miss_payment"), left_mg=tuple(left_mg))


def sell_collateral(pledge: Pledge, right: Right, mass_mg: int, money_fen: int) -> Pledge:
    """The pledge after a sale of a part of its collateral.

    Args:
        pledge: a pledge in default.
        right: the right sold.
        mass_mg: mass sold [mg].
        money_fen: proceeds, net of the fee [fen].
    """
    pledge = take_collateral(next_pledge(pledge, "sell_part"), {right: mass_mg})
    return replace(
        pledge, sold_mg=pledge.sold_mg + mass_mg, agreed_fen=pledge.agreed_fen + money_fen
    )


def take_collateral(pledge: Pledge, taken_mg: Mapping[Right, int]) -> Pledge:
    """The pledge with less left of some rights; a negative mass is added [mg]."""
    left = [
        mass - taken_mg.get(right, 0)
        for right, mass in zip(pledge.rights, pledge.left_mg, strict=True)
    ]
    for mass in left:
        require_mg(mass, above=-1, where=f"collateral of pledge {pledge.id}")
    return replace(pledge, left_mg=tuple(left))


def next_pledge(pledge: Pledge, event: str) -> Pledge:
    """The pledge after an event.

    Raises: NotAllowed where the event is not possible in its state.
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
