"""A day's emission as the meters see it, by each sector's accounting basis.

By material balance, what measures destroy or recover is taken off the solvent used. By
flow and concentration, a stream that carries 1 mg/L without measures carries less with
them: only the product of litres and concentration matters to an account. A factor times
activity, less what a device destroys, gives the same to the milligram: activity for
litres, the rate for the concentration.
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
    """(C,) which cards are metered by material balance; the others by their flow.

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
    """Metered emission of every card [mg]: wanted, less what its measures remove."""
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
