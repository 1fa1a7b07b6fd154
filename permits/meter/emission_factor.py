"""Emission factor times activity, less the share captured and destroyed.

`mass_mg = activity x factor x (1 - capture x destruction)`: activity in mg of material used
(ink, paint, solvent) or in pieces, the factor in mg for one of them. The product of the
fractions is exact and is rounded once per activity, half to even.

The third method, for firms too small to be monitored or to keep a solvent balance. A factor
is a mean over many firms: it does not show how far one firm is better than the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np

from permits.errors import InputError, NotAMass
from permits.meter.interface import IntArray, require_whole
from permits.permit import Basis
from permits.quantity import require_mg

MOST_TERM = 2**31 - 1  # of a fraction in arrays: two of them multiplied fit 64 bits
MOST_MG = 2**62  # half of the 64-bit range, so that a rough check in floats is safe
NOTHING, ALL = Fraction(0), Fraction(1)


@dataclass(frozen=True, slots=True)
class EmissionRate:
    """A published or assumed rate: mg emitted for each mg used."""

    rate: Fraction
    source: str
    status: str  # statute, published, computed or assumed


@dataclass(frozen=True, slots=True)
class Activity:
    """A firm's use of material or output in a period, and the treatment of the vapour."""

    firm: str
    begins: date
    activity: int  # mg used, or pieces made
    factor: Fraction  # mg emitted for each of them, before any control
    capture: Fraction = NOTHING  # the share of it that reaches the device
    destruction: Fraction = NOTHING  # the share of what reaches it that is destroyed


FACTORS: dict[str, EmissionRate] = {
    "ink_solvent": EmissionRate(Fraction(287, 1000), "[VOC-A18]", "published"),
    "ink_water": EmissionRate(Fraction(117, 1000), "[VOC-A18]", "published"),
    "ink_soybean": EmissionRate(Fraction(44, 1000), "[VOC-A18]", "published"),
    "ink_uv": EmissionRate(Fraction(22, 1000), "[VOC-A18]", "published"),
    "adhesive_solvent": EmissionRate(Fraction(420, 1000), "[VOC-A18]", "published"),
    "adhesive_water": EmissionRate(Fraction(139, 1000), "[VOC-A18]", "published"),
    "coating_furniture": EmissionRate(Fraction(22, 100), "[VOC-A21]", "published"),
    # The study gives ranges, 0.40-0.51 and 0.14-0.24; that the upper end is taken is assumed.
    "coating_solvent": EmissionRate(Fraction(51, 100), "[VOC-A19]", "assumed"),
    "coating_water": EmissionRate(Fraction(24, 100), "[VOC-A19]", "assumed"),
}
"""Rates by material, kg/kg."""

CAPTURE: dict[str, EmissionRate] = {
    "sealed_negative_pressure": EmissionRate(Fraction(90, 100), "[ModelAssumption]", "assumed"),
    "sealed_positive_pressure": EmissionRate(Fraction(80, 100), "[ModelAssumption]", "assumed"),
    "half_closed_hood": EmissionRate(Fraction(65, 100), "[ModelAssumption]", "assumed"),
    "surrounding_hood": EmissionRate(Fraction(50, 100), "[ModelAssumption]", "assumed"),
    "outer_hood": EmissionRate(Fraction(30, 100), "[ModelAssumption]", "assumed"),
}
"""Share of the vapour that a hood captures."""

DESTRUCTION: dict[str, EmissionRate] = {
    "rto": EmissionRate(Fraction(90, 100), "[ModelAssumption]", "assumed"),
    "rco": EmissionRate(Fraction(85, 100), "[ModelAssumption]", "assumed"),
    "carbon_used_once": EmissionRate(Fraction(15, 100), "[ModelAssumption]", "assumed"),
}
"""Share of the captured vapour that a device destroys."""


class EmissionFactor:
    """A meter for activities."""

    basis = Basis.EMISSION_FACTOR

    def masses_mg(self, readings: Sequence[Activity]) -> list[int]:
        """The mass emitted in each activity [mg]."""
        return [mass_mg(activity) for activity in readings]


def mass_mg(activity: Activity) -> int:
    """Emission of an activity [mg]: the reference for `mass_array_mg`.

    Raises: NotAMass for an activity that is negative or not whole; InputError for a
        share outside 0 to 1 or a negative factor.
    """
    where = f"{activity.firm}, {activity.begins}"
    amount = require_mg(activity.activity, above=-1, where=where)
    rate = net_rate(activity.factor, activity.capture, activity.destruction, where=where)
    return round(amount * rate)


def net_rate(
    factor: Fraction,
    capture: Fraction = NOTHING,
    destruction: Fraction = NOTHING,
    *,
    where: str = "",
) -> Fraction:
    """The rate after capture and destruction, exactly.

    Args:
        factor: mg emitted for one unit of activity, before any control.
        capture: share of the vapour that reaches the device, 0 to 1.
        destruction: share of the captured vapour that is destroyed, 0 to 1.
        where: firm and period, for the error message.
    Raises: InputError for a share outside 0 to 1 or a negative factor.
    """
    if factor < 0:
        raise InputError(
            "meter.factor",
            "an emission factor of {factor} is below zero",
            where=where,
            mend="give a factor of zero or more",
            factor=str(factor),
        )
    return factor * (1 - destroyed_share(capture, destruction, where=where))


def destroyed_share(capture: Fraction, destruction: Fraction, *, where: str = "") -> Fraction:
    """Share of the vapour that is captured and destroyed.

    Args:
        capture: share of the vapour that reaches the device, 0 to 1.
        destruction: share of the captured vapour that is destroyed, 0 to 1.
        where: firm and period, for the error message.
    Raises: InputError for a share outside 0 to 1.
    """
    for name, share in (("capture", capture), ("destruction", destruction)):
        if not NOTHING <= share <= ALL:
            raise InputError(
                "meter.share",
                "{name} is {share}, not a share from 0 to 1",
                where=where,
                mend="write 90 % as 0.9 or 90%",
                name=name,
                share=str(share),
            )
    return capture * destruction


def mass_array_mg(activity: IntArray, kind: IntArray, rates: Sequence[Fraction]) -> IntArray:
    """Emission of each activity [mg], any shape, without intermediate overflow.

    Args:
        activity: mg used, or pieces made.
        kind: index into `rates` for each activity, of the same shape.
        rates: mg emitted for one, after control (`net_rate`).
    Raises: NotAMass for a negative activity, another type, a rate with more digits than
        32 bits hold, or a mass beyond 64 bits.
    """
    require_whole("activity", activity, MOST_MG)
    require_whole("kind", kind, len(rates) - 1)
    if any(max(rate.numerator, rate.denominator) > MOST_TERM for rate in rates):
        raise NotAMass(
            "meter.rate",
            "a rate has more digits than arrays can hold",
            mend="round the factor to fewer digits, or meter the activities one by one",
        )
    top = np.array([rate.numerator for rate in rates], dtype=np.int64)[kind]
    bottom = np.array([rate.denominator for rate in rates], dtype=np.int64)[kind]
    # A rough product in floats first: whole numbers would wrap around unnoticed.
    if (activity.astype(np.float64) * top / bottom > MOST_MG).any():
        raise NotAMass(
            "meter.factor_overflow",
            "an activity gives more than {most} mg",
            mend="check the unit of the activity",
            most=MOST_MG,
        )
    whole, rest = np.divmod(activity, bottom)
    more, rest = np.divmod(rest * top, bottom)
    whole = whole * top + more
    up = (2 * rest > bottom) | ((2 * rest == bottom) & (whole % 2 == 1))
    masses: IntArray = whole + up
    return masses
