"""A concentration at the reference oxygen of its standard.

A burner that draws in more air has a thinner smoke and emits no less. A standard therefore
limits the concentration that there would be at a stated oxygen: the one measured, times
(21 - reference) / (21 - measured), both in per cent by volume [VOC-C1].

Only a concentration is converted, never a mass: the air that thins the smoke also swells
its flow in the same proportion, so their product is right as measured, and converting it
would count the dilution a second time. The functions here take no mass, and what they
return is for comparison with a limit, not for a meter.

Oxygen is in whole ppm of volume: monitors report it to 0.1 %, which is 1,000 ppm.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from permits.errors import InputError
from permits.meter.interface import IntArray, require_whole
from permits.quantity import require_mg

AIR_PPM = 210_000
TEXTS = {
    "measured": "measured oxygen of {percent} % is not from 0 to below the air's 21 %",
    "reference": "reference oxygen of {percent} % is not from 0 to below the air's 21 %",
}
MOST_NG_PER_L = 2**44  # 17 kg/m3; times 210,000 it fits 64 bits


def oxygen_factor(measured_ppm: int, reference_ppm: int, *, where: str = "") -> Fraction:
    """By what a concentration is multiplied to stand at the reference, exactly.

    Raises: InputError for oxygen that is negative, or that is the air's own or more.
    """
    for name, oxygen in (("measured", measured_ppm), ("reference", reference_ppm)):
        if not 0 <= oxygen < AIR_PPM:
            raise _no_smoke(name, oxygen, where)
    return Fraction(AIR_PPM - reference_ppm, AIR_PPM - measured_ppm)


def at_reference(
    conc_ng_per_l: int, measured_ppm: int, reference_ppm: int, *, where: str = ""
) -> int:
    """The concentration at the reference [ng/L], rounded once, half to even.

    The reference for `at_reference_array`. Raises: NotAMass for a concentration that is
    negative or not whole; InputError as `oxygen_factor`.
    """
    require_mg(conc_ng_per_l, above=-1, where=where)
    return round(conc_ng_per_l * oxygen_factor(measured_ppm, reference_ppm, where=where))


def at_reference_array(
    conc_ng_per_l: IntArray, measured_ppm: IntArray, reference_ppm: int
) -> IntArray:
    """Each concentration at the reference [ng/L], any shape.

    Raises: NotAMass for another type or a value out of range; InputError where the oxygen
        is that of air: such an hour has no smoke to judge.
    """
    require_whole("conc_ng_per_l", conc_ng_per_l, MOST_NG_PER_L)
    require_whole("measured_ppm", measured_ppm, 1_000_000)
    oxygen_factor(0, reference_ppm)
    wrong = np.flatnonzero(measured_ppm >= AIR_PPM)
    if wrong.size:
        raise _no_smoke("measured", int(measured_ppm.ravel()[wrong[0]]), f"row {wrong[0]}")
    top, bottom = AIR_PPM - reference_ppm, AIR_PPM - measured_ppm
    whole, rest = np.divmod(conc_ng_per_l * top, bottom)
    up = (2 * rest > bottom) | ((2 * rest == bottom) & (whole % 2 == 1))
    found: IntArray = whole + up
    return found


def _no_smoke(name: str, oxygen_ppm: int, where: str) -> InputError:
    return InputError(
        "meter.oxygen",
        TEXTS[name],
        where=where,
        mend="leave the hour out, or check the oxygen sensor for leaking air",
        percent=f"{oxygen_ppm / 10_000:g}",
    )
