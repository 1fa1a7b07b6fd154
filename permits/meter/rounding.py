"""What the wire rounds off: HJ 212 states an hour's mass in kg with three decimals.

Every total reported is so up to half a gram from what was measured, 4.38 kg a year for an
outlet that never rests [VOC-C1]. An account takes the mass that the meter finds from flow
and concentration. What the rounding did, or can have done, is a line of its own: it is
told beside the mass, summed exactly, and never mixed into it.

Where flow and concentration are reported too, the difference is exact. It has three
parts: the total's rounding, the rounding of volume and concentration themselves, and what
no rounding explains; `fits` tells the last from the others. (The standard defines an
hour's mass as mean concentration times volume, so no rest is left by their covariance.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from permits.meter import flow_concentration
from permits.meter.flow_concentration import NG_PER_MG
from permits.meter.interface import IntArray, require_whole
from permits.quantity import require_mg

STEP_MG = 1_000  # 0.001 kg
MOST_L, MOST_NG_PER_L = 2**40, 2**40  # half a step of each still fits 64 bits
MOST_TOTAL_MG = 2**60


@dataclass(frozen=True, slots=True)
class Steps:
    """The last digit of what is reported: of a total [mg], a volume [L], a concentration [ng/L].

    As the standard has them for NMHC: 0.001 kg, and 0.001 mg/m3. Volumes are seen on
    the wire with 0.001 m3 [VOC-C3].
    """

    total_mg: int = STEP_MG
    volume_l: int = 1
    conc_ng_per_l: int = 1


class WireLine(NamedTuple):
    """Totals of a period beside the masses metered in it."""

    hours: int  # reported
    reported_mg: int
    metered_mg: int | None  # from flow and concentration; None where they were not reported
    can_be_mg: int  # the rounding of the totals is at most this, either way

    @property
    def difference_mg(self) -> int | None:
        """Reported less metered, exactly."""
        return None if self.metered_mg is None else self.reported_mg - self.metered_mg


STANDARD = Steps()


def can_be_mg(hours: int, steps: Steps = STANDARD) -> int:
    """How far the totals of so many hours can be from what was measured, either way [mg]."""
    return require_mg(hours, above=-1) * steps.total_mg // 2


def wire_line(
    totals_mg: IntArray,
    volume_l: IntArray | None = None,
    conc_ng_per_l: IntArray | None = None,
    steps: Steps = STANDARD,
) -> WireLine:
    """The line of a period: arrays over its hours that reported a total.

    Raises: NotAMass for a value that is negative, too large or of another type.
    """
    require_whole("totals_mg", totals_mg, MOST_TOTAL_MG)
    # Summed as Python's own whole numbers, which do not run over.
    reported = sum(totals_mg.tolist())
    metered = None
    if volume_l is not None and conc_ng_per_l is not None:
        metered = sum(flow_concentration.mass_array_mg(volume_l, conc_ng_per_l).tolist())
    return WireLine(totals_mg.size, reported, metered, can_be_mg(totals_mg.size, steps))


def wire_lines(
    period: IntArray,
    totals_mg: IntArray,
    volume_l: IntArray | None = None,
    conc_ng_per_l: IntArray | None = None,
    steps: Steps = STANDARD,
) -> dict[int, WireLine]:
    """A line for every period (a month's number, say), in rising order."""
    lines = {}
    for one in np.unique(period):
        of_it = period == one
        given = None if volume_l is None else volume_l[of_it]
        conc = None if conc_ng_per_l is None else conc_ng_per_l[of_it]
        lines[int(one)] = wire_line(totals_mg[of_it], given, conc, steps)
    return lines


def fits(total_mg: int, volume_l: int, conc_ng_per_l: int, steps: Steps = STANDARD) -> bool:
    """Whether rounding alone can explain an hour's total: the reference for `fits_array`.

    It can if some volume and concentration that round to those reported have a mass that
    rounds to the total.
    """
    volumes = max(2 * volume_l - steps.volume_l, 0), 2 * volume_l + steps.volume_l
    concs = max(2 * conc_ng_per_l - steps.conc_ng_per_l, 0), 2 * conc_ng_per_l + steps.conc_ng_per_l
    low, high = (v * c for v, c in zip(volumes, concs, strict=True))  # four times ng
    least, most = 2 * total_mg - steps.total_mg, 2 * total_mg + steps.total_mg  # twice mg
    return low <= 2 * NG_PER_MG * most and 2 * NG_PER_MG * least <= high


def fits_array(
    totals_mg: IntArray, volume_l: IntArray, conc_ng_per_l: IntArray, steps: Steps = STANDARD
) -> NDArray[np.bool_]:
    """Whether rounding alone can explain each hour's total.

    Raises: NotAMass for a value that is negative, too large or of another type.
    """
    require_whole("totals_mg", totals_mg, MOST_TOTAL_MG)
    require_whole("volume_l", volume_l, MOST_L)
    require_whole("conc_ng_per_l", conc_ng_per_l, MOST_NG_PER_L)
    low = _four_times_mg(
        np.maximum(2 * volume_l - steps.volume_l, 0),
        np.maximum(2 * conc_ng_per_l - steps.conc_ng_per_l, 0),
        up=True,
    )
    high = _four_times_mg(
        2 * volume_l + steps.volume_l, 2 * conc_ng_per_l + steps.conc_ng_per_l, up=False
    )
    least, most = 2 * totals_mg - steps.total_mg, 2 * totals_mg + steps.total_mg
    found: NDArray[np.bool_] = (low <= 2 * most) & (2 * least <= high)
    return found


def _four_times_mg(volume: IntArray, conc: IntArray, *, up: bool) -> IntArray:
    """The product divided by 10^6, rounded up or down.

    Twice a whole number of mg lies at or above a bound exactly if it lies at or above
    the bound rounded so, which is why no fraction is needed.
    """
    whole, rest = np.divmod(volume, NG_PER_MG)
    conc_whole, conc_rest = np.divmod(conc, NG_PER_MG)
    small = rest * conc_rest
    product: IntArray = whole * conc + rest * conc_whole + small // NG_PER_MG
    if up:
        product += small % NG_PER_MG > 0
    return product
