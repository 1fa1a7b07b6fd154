"""Rounding in transmission: HJ 212 states an hour's mass in kg with three decimals.

Every reported total is therefore up to half a gram from the measured mass, 4.38 kg per year
for an outlet in permanent operation [VOC-C1]. An account uses the mass that the meter
computes from flow and concentration. The actual or possible effect of the rounding is
reported next to the mass, summed exactly, and never mixed into it.

Where flow and concentration are reported too, the difference is exact. It has three
parts: the total's rounding, the rounding of volume and concentration themselves, and a part
that no rounding explains; `fits` detects the last. (The standard defines an hour's mass as
mean concentration times volume, so their covariance leaves no remainder.)
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
MOST_TOTAL_MG = 2**60  # four times it still fits 64 bits


@dataclass(frozen=True, slots=True)
class ReportingSteps:
    """Resolution of reported values: of a total [mg], a volume [L], a concentration [ng/L].

    As the standard has them for NMHC: 0.001 kg, and 0.001 mg/m3. Volumes are reported with
    0.001 m3 in practice [VOC-C3].
    """

    total_mg: int = STEP_MG
    volume_l: int = 1
    conc_ng_per_l: int = 1


class WireLine(NamedTuple):
    """Reported totals of a period and the masses metered in it."""

    hours: int  # reported
    reported_mg: int
    metered_mg: int | None  # from flow and concentration; None where they were not reported
    can_be_mg: int  # largest possible effect of rounding the totals, in either direction

    @property
    def difference_mg(self) -> int | None:
        """Reported less metered, exactly."""
        return None if self.metered_mg is None else self.reported_mg - self.metered_mg


STANDARD = ReportingSteps()


def can_be_mg(hours: int, steps: ReportingSteps = STANDARD) -> int:
    """Largest deviation of the totals of `hours` hours by rounding, in either direction [mg]."""
    return require_mg(hours, above=-1) * steps.total_mg // 2


def wire_line(
    totals_mg: IntArray,
    volume_l: IntArray | None = None,
    conc_ng_per_l: IntArray | None = None,
    steps: ReportingSteps = STANDARD,
) -> WireLine:
    """The totals of a period: arrays over its hours that reported a total.

    Args:
        totals_mg: (n,) reported masses [mg].
        volume_l: (n,) volumes [L]; `None` where not reported.
        conc_ng_per_l: (n,) concentrations [ng/L]; `None` where not reported.
        steps: resolution of the reported values.
    Raises: NotAMass for a value that is negative, too large or of another type.
    """
    require_whole("totals_mg", totals_mg, MOST_TOTAL_MG)
    # Summed as Python integers, which do not overflow.
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
    steps: ReportingSteps = STANDARD,
) -> dict[int, WireLine]:
    """One `WireLine` per period, in ascending order.

    Args:
        period: (n,) number of each hour's period, for example its month.
        totals_mg: (n,) reported masses [mg].
        volume_l: (n,) volumes [L]; `None` where not reported.
        conc_ng_per_l: (n,) concentrations [ng/L]; `None` where not reported.
        steps: resolution of the reported values.
    """
    lines = {}
    for one in np.unique(period):
        of_it = period == one
        given = None if volume_l is None else volume_l[of_it]
        conc = None if conc_ng_per_l is None else conc_ng_per_l[of_it]
        lines[int(one)] = wire_line(totals_mg[of_it], given, conc, steps)
    return lines


def fits(
    total_mg: int, volume_l: int, conc_ng_per_l: int, steps: ReportingSteps = STANDARD
) -> bool:
    """Whether rounding alone can explain an hour's total: the reference for `fits_array`.

    It can if some volume and concentration that round to those reported have a mass that
    rounds to the total.

    Args:
        total_mg: reported mass [mg].
        volume_l: reported volume [L].
        conc_ng_per_l: reported concentration [ng/L].
        steps: resolution of the reported values.
    """
    volumes = max(2 * volume_l - steps.volume_l, 0), 2 * volume_l + steps.volume_l
    concs = max(2 * conc_ng_per_l - steps.conc_ng_per_l, 0), 2 * conc_ng_per_l + steps.conc_ng_per_l
    low, high = (v * c for v, c in zip(volumes, concs, strict=True))  # four times ng
    least, most = 2 * total_mg - steps.total_mg, 2 * total_mg + steps.total_mg  # twice mg
    return low <= 2 * NG_PER_MG * most and 2 * NG_PER_MG * least <= high


def fits_array(
    totals_mg: IntArray,
    volume_l: IntArray,
    conc_ng_per_l: IntArray,
    steps: ReportingSteps = STANDARD,
) -> NDArray[np.bool_]:
    """Whether rounding alone can explain each hour's total.

    Args:
        totals_mg: (n,) reported masses [mg].
        volume_l: (n,) reported volumes [L].
        conc_ng_per_l: (n,) reported concentrations [ng/L].
        steps: resolution of the reported values.
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

    Twice a whole number of mg is at or above a bound exactly if it is at or above the bound
    rounded this way, so no fraction is needed.
    """
    whole, rest = np.divmod(volume, NG_PER_MG)
    conc_whole, conc_rest = np.divmod(conc, NG_PER_MG)
    small = rest * conc_rest
    product: IntArray = whole * conc + rest * conc_whole + small // NG_PER_MG
    if up:
        product += small % NG_PER_MG > 0
    return product
