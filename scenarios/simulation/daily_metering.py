"""Metering of a day's emission by each sector's accounting basis.

By material balance, what measures destroy or recover is subtracted from the solvent used.
By flow and concentration, a stream of 1 mg/L without measures carries less with them:
only the product of volume and concentration matters to an account. An emission factor
times activity, less what a device destroys, gives the same to the milligram, with
activity for the volume and the factor for the concentration.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from permits.meter import flow_concentration, material_balance
from scenarios.definition.register import Register
from scenarios.definition.schema import ScenarioFile
from scenarios.simulation.production import FloatArray, IntArray

ONE_MG_PER_L = 1_000_000  # in ng/L


def by_balance(file: ScenarioFile, register: Register) -> NDArray[np.bool_]:
    """Return (C,) whether each card is metered by material balance, else by flow.

    A firm whose sector the file does not describe is metered on the basis of its rights.
    """
    meters = {sector.id: sector.meter for sector in file.sector}
    kinds = [
        meters.get(firm.sector, file.pollutant[pollutant].basis) == "material_balance"
        for firm in register.firms
        for pollutant in register.pollutants
    ]
    return np.array(kinds, dtype=bool)


def meter_day(wanted_mg: IntArray, control: FloatArray, balanced: NDArray[np.bool_]) -> IntArray:
    """Meter the emission of every card [mg]: unrestricted emission less removal.

    Args:
        wanted_mg: (C,) emission without measures [mg]; (C, D) of several days.
        control: (C,) share that measures remove, 0 to 1; (C, 1) for several days.
        balanced: (C,) whether the card is metered by material balance.
    """
    metered = np.zeros_like(wanted_mg)
    nothing = np.zeros_like(wanted_mg)
    destroyed = np.rint(wanted_mg * control).astype(np.int64)
    metered[balanced] = material_balance.mass_array_mg(
        wanted_mg[balanced], nothing[balanced], nothing[balanced], destroyed[balanced]
    )
    conc = np.rint(ONE_MG_PER_L * (1 - control)).astype(np.int64)
    flowing = ~balanced
    metered[flowing] = flow_concentration.mass_array_mg(wanted_mg[flowing], conc[flowing])
    return metered
