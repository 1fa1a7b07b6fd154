"""A concentration at the reference oxygen of its standard.

A burner that draws in more air dilutes its flue gas and emits no less. A standard therefore
limits the concentration at a stated oxygen content: the measured one, times
(21 - reference) / (21 - measured), both in per cent by volume [VOC-C1].

Only a concentration is converted, never a mass: the air that dilutes the flue gas also
increases its flow in the same proportion, so their product is right as measured, and
converting it would count the dilution a second time. The functions here take no mass, and
their results are for comparison with a limit, not for a meter.

Oxygen is in whole ppm of volume: monitors report it to 0.1 %, which is 1,000 ppm.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from permits.errors import InputError
from permits.meter.interface import IntArray, require_whole
from permits.quantity import require_mg

AIR_PPM = 210_000  # oxygen in air: the standard's formula uses 21 % [VOC-C1]
TEXTS = {
    "measured": "measured oxygen of {percent} % is not from 0 to below the air's 21 %",
    "reference": "reference oxygen of {percent} % is not from 0 to below the air's 21 %",
}
MOST_NG_PER_L = 2**44  # 17 kg/m3; times 210,000 it fits 64 bits


def oxygen_factor(measured_ppm: int, reference_ppm: int, *, where: str = "") -> Fraction:
    """Factor that converts a concentration to the reference oxygen, exactly.

    Args:
        measured_ppm: measured oxygen [ppm of volume].
        reference_ppm: reference oxygen of the standard [ppm of volume].
        where: outlet, for the error message.
    Raises: InputError for oxygen that is negative, or at least that of air.
    """
    for name, oxygen in (("measured", measured_ppm), ("reference", reference_ppm)):
        if not 0 <= oxygen < AIR_PPM:
            raise _no_smoke(name, oxygen, where)
    return Fraction(AIR_PPM - reference_ppm, AIR_PPM - measured_ppm)


def at_reference(
    conc_ng_per_l: int, measured_ppm: int, reference_ppm: int, *, where: str = ""
) -> int:
    """The concentration at the reference oxygen [ng/L], rounded once, half to even.

    The reference for `at_reference_array`.

    Args:
        conc_ng_per_l: measured concentration [ng/L].
        measured_ppm: measured oxygen [ppm of volume].
        reference_ppm: reference oxygen of the standard [ppm of volume].
        where: outlet, for the error message.
    Raises: NotAMass for a concentration that is negative or not whole; InputError as
        `oxygen_factor`.
    """
    require_mg(conc_ng_per_l, above=-1, where=where)
    return round(conc_ng_per_l * oxygen_factor(measured_ppm, reference_ppm, where=where))


def at_reference_array(
    conc_ng_per_l: IntArray, measured_ppm: IntArray, reference_ppm: int
) -> IntArray:
    """Each concentration at the reference oxygen [ng/L], any shape.

    Args:
        conc_ng_per_l: measured concentrations [ng/L].
        measured_ppm: measured oxygen, of the same shape [ppm of volume].
        reference_ppm: reference oxygen of the standard [ppm of volume].
    Raises: NotAMass for another type or a value out of range; InputError where the oxygen
        is that of air: such an hour has no flue gas to evaluate.
    """
    require_whole("conc_ng_per_l", conc_ng_per_l, MOST_NG_PER_L)
    require_whole("measured_ppm", measured_ppm, 1_000_000)
    # For its check of the reference only.
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
        mend="exclude the hour, or check the oxygen sensor for leaking air",
        percent=f"{oxygen_ppm / 10_000:g}",
    )
