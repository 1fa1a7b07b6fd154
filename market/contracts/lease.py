"""Leases: mass of one vintage lent for a term, never the right itself.

The lessee may use it; the unused part returns at the end, the used part is the lessor's
loss of that vintage. Rent = factor x unit price x t x months / 12.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from market.clearing.clearing import Clearing
from market.contracts.contract_states import LEASE
from permits.errors import InputError, NotAllowed
from permits.quantity import MG_PER_T, fmt_t, require_mg
from permits.right import PAID, Right

LONGEST_MONTHS = 12  # assumed: a lease stays within its vintage; the one published was for two


@dataclass(frozen=True, slots=True)
class Lease:
    """A contract. `returned_mg` is filled in at the end."""

    id: str
    lessor: str
    lessee: str
    rights: tuple[Right, ...]  # one vintage, or a strip
    mass_mg: int  # of each
    rent_fen: int
    begins: date
    ends: date  # last day of use
    returned_mg: int | None = None

    @property
    def state(self) -> str:
        """`running`, or `ended`."""
        return "running" if self.returned_mg is None else "ended"

    def __post_init__(self) -> None:
        require_mg(self.mass_mg, above=0, where=f"lease {self.id}")


def rent_fen(mass_mg: int, price_fen_per_t: int, months: int, factor: Fraction | int = 2) -> int:
    """Rent of a lease [fen], rounded once, half to even.

    Jiaxing leased at twice the price for two months [ZJ-C3]; which price is not stated, so
    `price_fen_per_t` is given by the scenario.

    Args:
        mass_mg: mass leased [mg].
        price_fen_per_t: unit price that the rent is based on [fen/t].
        months: length of the lease.
        factor: multiple of that price; two as in Jiaxing.
    """
    return round(Fraction(factor) * price_fen_per_t * mass_mg * months / (12 * MG_PER_T))


def auctioned_leases(
    clearing: Clearing, rights: tuple[Right, ...], *, lessor: str, begins: date, ends: date
) -> tuple[Lease, ...]:
    """The leases that result from a sale of leases, one for each trade.

    Bids are rents per tonne for the whole term, under any clearing rule.

    Args:
        clearing: the outcome of the sale.
        rights: one vintage, or a strip.
        lessor: who lends.
        begins: first day of use.
        ends: last day of use.
    """
    return tuple(
        Lease(
            id=f"{begins}/{lessor}/lease/{number:04d}",
            lessor=lessor,
            lessee=trade.buyer,
            rights=rights,
            mass_mg=trade.mass_mg,
            rent_fen=trade.money_fen,
            begins=begins,
            ends=ends,
        )
        for number, trade in enumerate(clearing.trades)
        if trade.buyer is not None
    )


def end_lease(lease: Lease, unused_mg: int) -> Lease:
    """The lease after its last day: the unused part returns.

    Raises: NotAllowed for one that has ended, InputError for more than was lent.
    """
    LEASE.after(lease.state, "end", where=f"lease {lease.id}")
    if not 0 <= unused_mg <= lease.mass_mg:
        raise InputError(
            "lease.unused",
            "the unused mass of {unused} t is not within the leased {mass} t",
            where=f"lease {lease.id}",
            mend="give the mass that the lessee has not used",
            unused=fmt_t(unused_mg),
            mass=fmt_t(lease.mass_mg),
        )
    return replace(lease, returned_mg=unused_mg)


def check_lease(lease: Lease, months: int, longest_months: int = LONGEST_MONTHS) -> None:
    """Raise NotAllowed for a lease that the rules forbid: of free rights, or for too long a term.

    Args:
        lease: the contract.
        months: its length.
        longest_months: longest term allowed.
    """
    unpaid = [right for right in lease.rights if right.series != PAID]
    if unpaid:
        raise NotAllowed(
            "lease.unpaid",
            "{right} was not paid for and may not be leased",
            where=f"lease {lease.id}",
            mend="lease rights obtained for payment",
            right=str(unpaid[0]),
        )
    if not 1 <= months <= longest_months:
        raise NotAllowed(
            "lease.term",
            "a lease of {months} months is outside 1 to {longest}",
            where=f"lease {lease.id}",
            mend="lease for fewer months, or buy",
            months=months,
            longest=longest_months,
        )


def annuity_value(rental: float, rate: float, years: int, *, in_advance: bool = False) -> float:
    """Value of a right of `years` at a yearly rental: the present value of its rentals.

    At a rate of 0 it is their sum.

    Args:
        rental: yearly rental [yuan].
        rate: yearly rate of interest, as a share.
        years: number of rentals.
        in_advance: whether they are paid at the beginning of each year.
    Source: present value of an annuity.
    """
    if rate == 0:
        return rental * years
    value = rental * (1 - (1 + rate) ** -years) / rate
    return value * (1 + rate) if in_advance else value


def fair_rental(price: float, rate: float, years: int) -> float:
    """The yearly rental that costs the same as buying at `price`: its annuity.

    Args:
        price: purchase price of the right [yuan].
        rate: yearly rate of interest, as a share.
        years: years of the right.
    """
    return price / annuity_value(1.0, rate, years)


def perpetual_value(rental: float, rate: float) -> float:
    """Value of a perpetual right at a yearly rental."""
    return rental / rate
