"""A month's use of a material: mass used, its VOC content, and the fate of the VOC.

The mass used is stated, or follows from the stock: opening + bought - closing. The VOC in
it is its content, exactly; the content of a material and each share are fractions, and a
row is rounded twice at most: VOC in, and VOC destroyed, each to the milligram, half to
even. The firm's month is the sum of its materials, as a `Balance`.

A device's destruction is stated as a mass, or as capture times destruction of the evaporated
VOC: VOC in, less the part recovered, in waste or in the product.

Source: the levy computes package printing this way [ZJ-N9]. That recovery comes before
capture is assumed [ModelAssumption]: where a carbon bed recovers what a hood captured, state
the mass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from permits.errors import InputError
from permits.meter.emission_factor import destroyed_share
from permits.meter.material_balance import Balance
from permits.quantity import fmt_t, require_mg


@dataclass(frozen=True, slots=True)
class Stock:
    """A material's stock over a period [mg]."""

    opening_mg: int
    bought_mg: int
    closing_mg: int

    def used_mg(self, *, where: str = "") -> int:
        """Mass that left the stock [mg].

        Raises: InputError if more is left than was ever in stock.
        """
        there = self.opening_mg + self.bought_mg
        if self.closing_mg > there:
            raise InputError(
                "meter.stock",
                "the closing stock of {closing} t exceeds the {there} t in stock or bought",
                where=where,
                mend="check the three figures, or book deliveries as bought",
                closing=fmt_t(self.closing_mg),
                there=fmt_t(there),
            )
        return there - self.closing_mg


@dataclass(frozen=True, slots=True)
class Destruction:
    """Destruction by a device: the share that reaches it, and the share of that it destroys."""

    capture: Fraction
    efficiency: Fraction


@dataclass(frozen=True, slots=True)
class Use:
    """One material of one firm in one period; VOC in mg but for `used_mg`, the material."""

    firm: str
    begins: date
    material: str
    used_mg: int
    content: Fraction  # the share of VOC in the material
    recovered_mg: int = 0
    in_waste_mg: int = 0
    in_product_mg: int = 0
    destroyed: int | Destruction = 0  # mg, or by its shares


def balance_of(use: Use) -> Balance:
    """One material's balance; VOC that stays in the product is booked with the waste.

    It may close below zero, where a drum of mixed waste is booked under one material: only the
    firm's month has to close (`material_balance.mass_mg`).

    Raises: InputError for a share outside 0 to 1, and where shares are given for a row that
        itself closes below zero; NotAMass for a mass that is negative or not whole.
    """
    where = f"{use.firm}, {use.begins}, {use.material}"
    solvent_in = round(require_mg(use.used_mg, above=-1, where=where) * _content(use, where))
    recovered = require_mg(use.recovered_mg, above=-1, where=where)
    kept = sum(
        require_mg(part, above=-1, where=where) for part in (use.in_waste_mg, use.in_product_mg)
    )
    destroyed = _destroyed_mg(use, solvent_in - recovered - kept, where)
    return Balance(use.firm, use.begins, solvent_in, recovered, kept, destroyed)


def add_balances(balances: Sequence[Balance]) -> Balance:
    """The sum of a firm's balances of one period."""
    first = balances[0]
    assert all((b.firm, b.begins) == (first.firm, first.begins) for b in balances)
    return Balance(
        first.firm,
        first.begins,
        sum(b.solvent_in_mg for b in balances),
        sum(b.recovered_mg for b in balances),
        sum(b.in_waste_mg for b in balances),
        sum(b.destroyed_mg for b in balances),
    )


def _content(use: Use, where: str) -> Fraction:
    if not 0 <= use.content <= 1:
        raise InputError(
            "meter.content",
            "{material} cannot contain {percent} % of VOC",
            where=where,
            mend="write 72 % as 0.72 or 72%",
            material=use.material,
            percent=f"{float(100 * use.content):g}",
        )
    return use.content


def _destroyed_mg(use: Use, evaporated_mg: int, where: str) -> int:
    """Mass destroyed by the device, as stated or as a share of the evaporated VOC."""
    if not isinstance(use.destroyed, Destruction):
        return require_mg(use.destroyed, above=-1, where=where)
    share = destroyed_share(use.destroyed.capture, use.destroyed.efficiency, where=where)
    # A share of a negative mass would create solvent.
    if evaporated_mg < 0:
        raise InputError(
            "meter.evaporated",
            "{material} has {over} t more recovered, in waste or in product than came in, so a "
            "share of what evaporated cannot be destroyed",
            where=where,
            mend="enter the waste of several materials in a separate row, without shares",
            material=use.material,
            over=fmt_t(-evaporated_mg),
        )
    return round(evaporated_mg * share)
