"""Material balance: solvent used, less what was recovered, kept in waste or destroyed.

`mass_mg = solvent in - recovered - in waste and product - destroyed`, whole mg, so
nothing is rounded. The levy prescribes it for package printing [ZJ-N9]; most VOC is
not emitted through a stack where flow and concentration could be measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from permits.errors import InputError
from permits.meter.interface import IntArray, require_whole
from permits.permit import Basis
from permits.quantity import require_mg

MOST_MG = 2**60  # three of them still fit 64 bits


@dataclass(frozen=True, slots=True)
class Balance:
    """A firm's solvent over a period (a month, as a rule) [mg]."""

    firm: str
    begins: date
    solvent_in_mg: int  # bought or taken from stock, as contained in what was used
    recovered_mg: int = 0
    in_waste_mg: int = 0
    destroyed_mg: int = 0


class MaterialBalance:
    """A meter for solvent balances."""

    basis = Basis.MATERIAL_BALANCE

    def masses_mg(self, readings: Sequence[Balance]) -> list[int]:
        """The mass emitted in each balance [mg]."""
        return [mass_mg(balance) for balance in readings]


def mass_mg(balance: Balance) -> int:
    """Emission by a balance [mg]: the reference for `mass_array_mg`.

    Raises: NotAMass for a part that is negative or not whole; InputError if more left
        than came in.
    """
    where = f"{balance.firm}, {balance.begins}"
    solvent_in = require_mg(balance.solvent_in_mg, above=-1, where=where)
    kept = sum(
        require_mg(part, above=-1, where=where)
        for part in (balance.recovered_mg, balance.in_waste_mg, balance.destroyed_mg)
    )
    if kept > solvent_in:
        raise _more_out_than_in(kept, solvent_in, where)
    return solvent_in - kept


def mass_array_mg(
    solvent_in_mg: IntArray,
    recovered_mg: IntArray,
    in_waste_mg: IntArray,
    destroyed_mg: IntArray,
) -> IntArray:
    """Emission by each balance [mg], any shape.

    Args:
        solvent_in_mg: solvent in the materials used [mg].
        recovered_mg: solvent recovered [mg].
        in_waste_mg: solvent in waste and product [mg].
        destroyed_mg: solvent destroyed [mg].
    Raises: NotAMass for a part that is negative, above `MOST_MG` or of another type;
        InputError if more left than came in.
    """
    require_whole("solvent_in_mg", solvent_in_mg, MOST_MG)
    require_whole("recovered_mg", recovered_mg, MOST_MG)
    require_whole("in_waste_mg", in_waste_mg, MOST_MG)
    require_whole("destroyed_mg", destroyed_mg, MOST_MG)
    kept = recovered_mg + in_waste_mg + destroyed_mg
    wrong = np.flatnonzero(kept > solvent_in_mg)
    if wrong.size:
        first = wrong[0]
        raise _more_out_than_in(
            int(kept.ravel()[first]), int(solvent_in_mg.ravel()[first]), f"row {first}"
        )
    masses: IntArray = solvent_in_mg - kept
    return masses


def _more_out_than_in(kept_mg: int, solvent_in_mg: int, where: str) -> InputError:
    return InputError(
        "meter.balance",
        "{kept} mg of solvent were recovered, wasted or destroyed, but only {came} mg came in",
        where=where,
        mend="check the period and the units, or book the opening stock as solvent in",
        kept=kept_mg,
        came=solvent_in_mg,
    )
