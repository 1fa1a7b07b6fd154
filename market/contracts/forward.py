"""Rights of later vintages sold ahead: delivered now, or at a date against a deposit.

Sold ahead and delivered now (the EPA's seven-year-advance sales) it is a sale like any
other, of a later vintage. A forward agrees price and mass today; at the date rights
pass against the remainder of the money, and a party that does not perform loses its
deposit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from permits.errors import NotAllowed
from permits.quantity import cost_fen, require_mg
from permits.right import Right


@dataclass(frozen=True, slots=True)
class Forward:
    """An agreement on `mass_mg` of a later vintage.

    `state`: `open`, `delivered`, `buyer_failed`, `seller_failed`.
    """

    id: str
    seller: str
    buyer: str
    right: Right
    mass_mg: int
    price_fen_per_t: int
    deposit_fen: int  # put down by each side
    agreed: date
    delivers: date
    state: str = "open"

    @property
    def money_fen(self) -> int:
        """The whole price [fen]."""
        return cost_fen(self.mass_mg, self.price_fen_per_t)


@dataclass(frozen=True, slots=True)
class ForwardDelivery:
    """The transfers at the date of delivery.

    Rights to the buyer, money to the seller, and the deposits to whoever gets them.
    """

    forward: Forward
    rights_mg: int
    price_paid_fen: int
    to_seller_fen: int  # of the two deposits
    to_buyer_fen: int


def agree_forward(
    id: str,
    seller: str,
    buyer: str,
    right: Right,
    mass_mg: int,
    price_fen_per_t: int,
    *,
    deposit_share: Fraction,
    agreed: date,
    delivers: date,
) -> Forward:
    """A forward with the same deposit from both sides.

    Args:
        id: of the forward.
        seller: who delivers the rights.
        buyer: who pays for them.
        right: the later vintage.
        mass_mg: mass agreed [mg], > 0.
        price_fen_per_t: price agreed [fen/t].
        deposit_share: share of the price that each side deposits.
        agreed: day of the agreement.
        delivers: day of delivery.
    Raises: NotAllowed where delivery comes before the agreement or after the vintage.
    """
    require_mg(mass_mg, above=0, where=f"forward {id}")
    if not agreed <= delivers or delivers.year > right.vintage:
        raise NotAllowed(
            "forward.date",
            "rights of {vintage} agreed on {agreed} cannot be delivered on {delivers}",
            where=f"forward {id}",
            mend="deliver after the agreement and before the vintage ends",
            vintage=right.vintage,
            agreed=str(agreed),
            delivers=str(delivers),
        )
    deposit = round(deposit_share * cost_fen(mass_mg, price_fen_per_t))
    return Forward(id, seller, buyer, right, mass_mg, price_fen_per_t, deposit, agreed, delivers)


def deliver_forward(forward: Forward, *, seller_can: bool, buyer_can: bool) -> ForwardDelivery:
    """Perform or default at the date of delivery.

    A party that cannot perform loses its deposit to the other; where neither can, both get
    theirs back.

    Args:
        forward: an open one.
        seller_can: whether the seller has the rights.
        buyer_can: whether the buyer has the money.
    Raises: NotAllowed for one that is no longer open.
    """
    if forward.state != "open":
        raise NotAllowed(
            "forward.done",
            "the forward {id} is {state}",
            where=f"forward {forward.id}",
            mend="deliver each forward once",
            id=forward.id,
            state=forward.state,
        )
    deposit = forward.deposit_fen
    if seller_can and buyer_can:
        done = replace(forward, state="delivered")
        return ForwardDelivery(done, forward.mass_mg, forward.money_fen, deposit, deposit)
    if seller_can != buyer_can:
        failed = "buyer_failed" if seller_can else "seller_failed"
        both = 2 * deposit
        to_seller = both if seller_can else 0
        return ForwardDelivery(replace(forward, state=failed), 0, 0, to_seller, both - to_seller)
    # Assumed: where neither performs it is recorded as the seller's failure, at no cost to it.
    return ForwardDelivery(replace(forward, state="seller_failed"), 0, 0, deposit, deposit)
