"""Totals that no rounding brings into line with flow and concentration.

An hour's mass is its mean concentration times its volume [VOC-C1], rounded to 0.001 kg.
Where all three are reported and do not fit, one of them was made elsewhere: by another
program, at another time, or by hand.
"""

from __future__ import annotations

from permits.meter.flow_concentration import mass_array_mg
from permits.meter.hints.hint import Hint
from permits.meter.interface import IntArray
from permits.meter.rounding import STANDARD, Steps, fits_array


def find_misfits(
    totals_mg: IntArray, volume_l: IntArray, conc_ng_per_l: IntArray, steps: Steps = STANDARD
) -> list[Hint]:
    """Hours whose total does not fit: at most one hint, with the furthest of them.

    There is no chance in it: rounding cannot give such an hour.

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
            "{count} totals do not fit flow times concentration by any rounding; the furthest is "
            "{apart} kg off, in row {row}",
            mend="Totals of dry and moist gas, or at another oxygen, do the same",
            first=int(misfits[0]),
            last=int(misfits[-1]),
            count=int(misfits.size),
            chance=None,
            values={"count": int(misfits.size), "apart": f"{apart[worst] / 1e6:g}", "row": worst},
        )
    ]
