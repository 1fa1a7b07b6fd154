"""Totals that no rounding brings into line with flow and concentration.

An hour's mass is its mean concentration times its volume [VOC-C1], rounded to 0.001 kg.
Where all three are reported and do not agree, one of them came from elsewhere: another
program, another time, or manual entry.
"""

from __future__ import annotations

from permits.meter.flow_concentration import mass_array_mg
from permits.meter.hints.hint import Hint
from permits.meter.interface import IntArray
from permits.meter.rounding import STANDARD, ReportingSteps, fits_array


def find_misfits(
    totals_mg: IntArray,
    volume_l: IntArray,
    conc_ng_per_l: IntArray,
    steps: ReportingSteps = STANDARD,
) -> list[Hint]:
    """Hours whose total does not fit: at most one hint, with the largest deviation.

    It has no probability: rounding cannot produce such an hour.

    Args:
        totals_mg: (n,) reported masses [mg].
        volume_l: (n,) reported volumes [L].
        conc_ng_per_l: (n,) reported concentrations [ng/L].
        steps: resolution of the reported values.
    Raises: NotAMass for a value that is negative, too large or of another type.
    """
    misfits = (~fits_array(totals_mg, volume_l, conc_ng_per_l, steps)).nonzero()[0]
    if not misfits.size:
        return []
    apart = totals_mg - mass_array_mg(volume_l, conc_ng_per_l)
    worst = int(misfits[abs(apart[misfits]).argmax()])
    return [
        Hint(
            "hint.misfit",
            "{count} totals do not match flow times concentration under any rounding; the "
            "largest difference is {apart} kg, in row {row}",
            mend="Totals of dry or moist gas, or at another oxygen content, have the same effect",
            first=int(misfits[0]),
            last=int(misfits[-1]),
            count=int(misfits.size),
            chance=None,
            values={"count": int(misfits.size), "apart": f"{apart[worst] / 1e6:g}", "row": worst},
        )
    ]
