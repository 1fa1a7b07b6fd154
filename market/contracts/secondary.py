"""Deals between firms: dated states, the replacement ratio's retirement, zones, delays.

A deal goes through the states of `market.contracts.contract_states.DEAL`, each with its
date. It is secured when the seller's rights and the buyer's money are in escrow, and
delivered when the platform has registered it: three days after a bilateral agreement, two
months after a sale by auction was opened [ZJ-C34]. A buyer whose replacement ratio is r
acquires r for each 1 it needs; the remainder retires [ZJ-C1] [ZJ-C2]. Water rights trade
within a basin [ZJ-Z6] art. 35, so a deal between zones needs stated ratios: the seller's
zone retires what was given, the buyer's zone issues what is received.

All functions are pure; `settle` turns each state into an entry.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from math import ceil

from market.clearing.clearing import Trade
from market.contracts.contract_states import DEAL
from market.zones.ratios import Ratios
from market.zones.replacement import split_acquired
from permits.errors import NotAllowed
from permits.quantity import require_mg
from permits.right import FREE, Right

ROUTE_DAYS = {"bilateral": 3, "auction": 60}
"""Days from agreement to delivery; two months at least by auction [ZJ-C34]."""


@dataclass(frozen=True, slots=True)
class Deal:
    """Mass of each of `rights` that passes from one firm to another.

    `history` dates every state, the first being `agreed`. Of `mass_mg`, which the seller
    gives, the buyer receives `received_mg` of `into`, and may use all of it but
    `retired_mg`. The platform keeps `fee_fen` of what the seller gets, and whatever a
    rule takes from the buyer and does not give to the seller.
    """

    id: str
    seller: str
    buyer: str
    rights: tuple[Right, ...]  # one vintage, or a strip
    into: tuple[Right, ...]  # the same, or those of the buyer's zone
    mass_mg: int  # of each
    received_mg: int
    retired_mg: int
    money_fen: int  # the buyer pays
    received_fen: int  # the seller gets, before the fee
    fee_fen: int
    due: date
    history: tuple[tuple[str, date], ...]

    def __post_init__(self) -> None:
        require_mg(self.mass_mg, above=0, where=f"deal {self.id}")

    @property
    def state(self) -> str:
        return self.history[-1][0]

    @property
    def usable_mg(self) -> int:
        """Mass that the buyer may use [mg]."""
        return self.received_mg - self.retired_mg


def agree(
    trade: Trade,
    rights: tuple[Right, ...],
    *,
    id: str,
    on: date,
    days: int = 0,
    ratio_percent: int = 100,
    fee_share: Fraction | float = 0,
    zone: str | None = None,
    ratios: Ratios | None = None,
) -> Deal:
    """A deal from a trade, to be delivered after `days`.

    Args:
        trade: between two firms.
        rights: one vintage, or a strip, as the seller gives it.
        id: of the deal.
        on: day of the agreement.
        days: days until delivery.
        ratio_percent: rights that the buyer acquires for each 100 that it needs.
        fee_share: the platform's share of what the seller receives.
        zone: the buyer's, where it is not that of `rights`.
        ratios: worth of a tonne of one zone in another; needed where zones differ.
    Raises: NotAllowed for free rights, a trader's deal with itself, or zones between
        which there is no trade.
    """
    assert trade.buyer is not None and trade.seller is not None
    into = tuple(replace(right, zone=zone or right.zone) for right in rights)
    _check(trade, rights, id)
    received = trade.mass_mg
    if into != rights:
        exchange = _ratios(ratios, rights, into, id).exchange(
            rights[0].zone, into[0].zone, trade.mass_mg
        )
        received = exchange.received_mg
    # After the exchange: the buyer's ratio counts what is received in its own zone.
    _, retired = split_acquired(received, Fraction(ratio_percent, 100))
    return Deal(
        id=id,
        seller=trade.seller,
        buyer=trade.buyer,
        rights=rights,
        into=into,
        mass_mg=trade.mass_mg,
        received_mg=received,
        retired_mg=retired,
        money_fen=trade.money_fen,
        received_fen=trade.seller_money_fen,
        fee_fen=fee_fen(trade.seller_money_fen, fee_share),
        due=on + timedelta(days=days),
        history=((DEAL.start, on),),
    )


def secure(deal: Deal, on: date) -> Deal:
    """Record that both sides are in escrow."""
    return _to(deal, "secure", on)


def deliver(deal: Deal, on: date) -> Deal:
    """Record the registration by the platform; not before it is due."""
    if on < deal.due:
        raise NotAllowed(
            "deal.early",
            "the deal is registered on {due}, not on {on}",
            where=f"deal {deal.id}",
            mend="wait until then, or shorten the delay",
            due=str(deal.due),
            on=str(on),
        )
    return _to(deal, "deliver", on)


def give_up(deal: Deal, on: date) -> Deal:
    """Cancel the deal: escrow is returned."""
    return _to(deal, "give_up", on)


def to_acquire(need_mg: int, limit_fen_per_t: int, ratio_percent: int) -> tuple[int, int]:
    """Mass that a buyer must acquire for its need, and its limit for a tonne of it.

    r times the mass at 1/r of its value, both rounded down.

    Args:
        need_mg: mass needed [mg].
        limit_fen_per_t: value of a tonne of need [fen/t].
        ratio_percent: rights to acquire for each 100 of need.
    """
    return need_mg * ratio_percent // 100, limit_fen_per_t * 100 // ratio_percent


def fee_fen(money_fen: int, share: Fraction | float) -> int:
    """The platform's fee from a seller's money, half to even [fen]."""
    return min(money_fen, round(money_fen * _exact(share)))


def before_fee(limit_fen_per_t: int, share: Fraction | float) -> int:
    """Price that a seller asks so that its limit remains after the fee [fen/t]."""
    return ceil(limit_fen_per_t / (1 - _exact(share)))


# By type too: a float and the fraction equal to it are written differently.
@lru_cache(typed=True)
def _exact(share: Fraction | float) -> Fraction:
    """A share as it is written; kept, since every order and every deal has the same."""
    return Fraction(str(share))


def _check(trade: Trade, rights: tuple[Right, ...], id: str) -> None:
    unpaid = [right for right in rights if right.series == FREE]
    if unpaid:
        raise NotAllowed(
            "deal.free",
            "{right} was obtained free and may not be sold",
            where=f"deal {id}",
            mend="sell rights obtained for payment",
            right=str(unpaid[0]),
        )
    if trade.buyer == trade.seller:
        raise NotAllowed(
            "deal.self",
            "{who} would trade with itself",
            where=f"deal {id}",
            mend="name another buyer or seller",
            who=trade.buyer,
        )


def _ratios(
    ratios: Ratios | None, rights: tuple[Right, ...], into: tuple[Right, ...], id: str
) -> Ratios:
    if ratios is None:
        raise NotAllowed(
            "deal.zone",
            "rights of zone {given} are not rights of zone {taken}",
            where=f"deal {id}",
            mend="trade within one zone, or state the ratio between the two",
            given=rights[0].zone,
            taken=into[0].zone,
        )
    return ratios


def _to(deal: Deal, event: str, on: date) -> Deal:
    state = DEAL.after(deal.state, event, where=f"deal {deal.id}")
    last = deal.history[-1][1]
    if on < last:
        raise NotAllowed(
            "deal.date",
            "the deal has been {state} since {last}; {on} is before that",
            where=f"deal {deal.id}",
            mend="give a later date",
            state=deal.state,
            last=str(last),
            on=str(on),
        )
    return replace(deal, history=(*deal.history, (state, on)))
