"""Flow times concentration: the mass of a monitored outlet.

`mass_mg = volume_l x conc_ng_per_l / 10^6`, rounded once per reading, half to even.
Source: mass of waste water and of gas from hourly means [VOC-C1].
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from permits.errors import NotAMass
from permits.meter.interface import IntArray, Reading, require_whole
from permits.permit import Basis
from permits.quantity import require_mg

NG_PER_MG = 1_000_000  # concentrations are in ng/L, masses in mg
MOST_MG = 2**62  # half of the 64-bit range, so that a rough check in floats is safe
MOST = 2**63 - 1  # largest 64-bit integer


class FlowConcentration:
    """A meter for readings of volume and concentration."""

    basis = Basis.FLOW_CONCENTRATION

    def masses_mg(self, readings: Sequence[Reading]) -> list[int]:
        """The mass of each reading [mg]."""
        return [mass_mg(r.volume_l, r.conc_ng_per_l, where=r.outlet) for r in readings]


def mass_mg(volume_l: int, conc_ng_per_l: int, *, where: str = "") -> int:
    """The mass in a volume [mg]: the reference for `mass_array_mg`.

    Args:
        volume_l: volume [L].
        conc_ng_per_l: concentration [ng/L].
        where: outlet, for the error message.
    Raises: NotAMass for a value that is negative or not whole.
    """
    require_mg(volume_l, above=-1, where=where)
    require_mg(conc_ng_per_l, above=-1, where=where)
    whole, rest = divmod(volume_l * conc_ng_per_l, NG_PER_MG)
    return whole + _rounds_up(whole, rest)


def mass_array_mg(volume_l: IntArray, conc_ng_per_l: IntArray) -> IntArray:
    """The mass of each reading [mg], any shape, without intermediate overflow.

    Litres and nanograms overflow 64 bits when multiplied (a stack's day at 1 g/m3
    does), so both are split at 10^6 and only the product of the remainders is divided.

    Raises: NotAMass for a negative value, another type, or a mass beyond 64 bits.
    """
    require_whole("volume_l", volume_l, MOST)
    require_whole("conc_ng_per_l", conc_ng_per_l, MOST)
    # A rough product in floats first: whole numbers would wrap around unnoticed.
    rough = volume_l.astype(np.float64) * conc_ng_per_l.astype(np.float64) / NG_PER_MG
    if (rough > MOST_MG).any():
        raise NotAMass(
            "meter.overflow",
            "a reading gives more than {most} mg",
            mend="check the units: litres and ng/L",
            most=MOST_MG,
        )
    volume, volume_rest = np.divmod(volume_l, NG_PER_MG)
    conc, conc_rest = np.divmod(conc_ng_per_l, NG_PER_MG)
    rest = volume_rest * conc_rest
    whole = volume * conc_ng_per_l + volume_rest * conc + rest // NG_PER_MG
    rest = rest % NG_PER_MG
    half = NG_PER_MG // 2
    up = (rest > half) | ((rest == half) & (whole % 2 == 1))
    masses: IntArray = whole + up
    return masses


def _rounds_up(whole: int, rest: int) -> bool:
    return 2 * rest > NG_PER_MG or (2 * rest == NG_PER_MG and whole % 2 == 1)
