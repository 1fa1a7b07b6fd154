"""Measured factors and their units, by code of 2017 and of 2005.

Readings are decimal text of a stated form, `Nx.y` with at most x digits before and y
after the point, so that they become whole numbers without loss: water mg/L and L/s, gas
mg/m³ and m³/s, totals kg, g and m³ become ng/L, litres and mg. (1 ng/L = 1 µg/m³.)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

OF_2017, BOTH = "[VOC-C1]", "[VOC-C1], [VOC-C2]"


class FactorKind(StrEnum):
    """Type of quantity that a factor measures."""

    FLOW = "flow"
    CONCENTRATION = "concentration"
    STATE = "state"  # of the gas, the water or the air: may be below zero
    VALVE = "valve"


@dataclass(frozen=True, slots=True)
class ProtocolFactor:
    """One row of the table.

    `most`: digits before and after the point, None where the text was not available.
    `pollutant`: the name that cards use for it, "" for none.
    """

    code: str
    code_2005: str
    title: str
    measures: FactorKind
    unit: str
    total_unit: str = ""
    most: tuple[int, int] | None = None
    pollutant: str = ""
    source: str = OF_2017
    status: str = "statute"


FLOW, CONC, STATE, VALVE = FactorKind
KG = "kg"
MG_L, MG_M3 = "mg/L", "mg/m³"

FACTORS = (
    ProtocolFactor("w00000", "B01", "waste water flow", FLOW, "L/s", "m³", (5, 2), source=BOTH),
    ProtocolFactor("w01001", "001", "pH", STATE, "", "", (2, 2), source=BOTH),
    ProtocolFactor("w01018", "011", "chemical oxygen demand", CONC, MG_L, KG, (5, 1), "COD", BOTH),
    ProtocolFactor("w21003", "060", "ammonia nitrogen", CONC, MG_L, KG, (4, 2), "NH3-N", BOTH),
    ProtocolFactor("w21001", "065", "total nitrogen", CONC, MG_L, KG, (4, 2), "TN", BOTH),
    ProtocolFactor("w21011", "101", "total phosphorus", CONC, MG_L, KG, (3, 2), "TP", BOTH),
    ProtocolFactor("a00000", "B02", "waste gas flow", FLOW, "m³/s", "m³", (6, 1), source=BOTH),
    ProtocolFactor("a01011", "S02", "gas speed", STATE, "m/s", "", (5, 2), source=BOTH),
    ProtocolFactor("a01012", "S03", "gas temperature", STATE, "°C", "", (3, 1), source=BOTH),
    ProtocolFactor("a01013", "S08", "gas pressure", STATE, "kPa", "", (5, 3), source=BOTH),
    ProtocolFactor("a01014", "S05", "gas moisture", STATE, "%", "", (3, 1), source=BOTH),
    ProtocolFactor("a19001", "S01", "oxygen", STATE, "%", "", (3, 1), source=BOTH),
    ProtocolFactor("a21026", "02", "sulphur dioxide", CONC, MG_M3, KG, (5, 2), "SO2", BOTH),
    ProtocolFactor("a21002", "03", "nitrogen oxides", CONC, MG_M3, KG, (5, 1), "NOx", BOTH),
    ProtocolFactor("a34013", "01", "soot", CONC, MG_M3, KG, (4, 0), "PM", BOTH),
    ProtocolFactor("a24087", "25", "hydrocarbons", CONC, MG_M3, KG, (5, 2), "THC", BOTH),
    ProtocolFactor("a24088", "", "non-methane hydrocarbons", CONC, MG_M3, KG, (7, 3), "NMHC"),
    ProtocolFactor("a05002", "", "methane", CONC, "ng/m³", "g", (4, 1), "CH4"),
    ProtocolFactor("a25002", "", "benzene", CONC, MG_M3, KG, (7, 3), "benzene"),
    ProtocolFactor("a25003", "17", "toluene", CONC, MG_M3, KG, (4, 2), "toluene", BOTH),
    ProtocolFactor("a25005", "18", "xylene", CONC, MG_M3, KG, (4, 2), "xylene", BOTH),
    ProtocolFactor("a29017", "", "ethyl acetate", CONC, MG_M3, KG, (7, 3), "ethyl acetate"),
    ProtocolFactor("a99010", "", "acrylonitrile", CONC, MG_M3, KG, (7, 3), "acrylonitrile"),
)
"""The factors of outlets [VOC-C1], [VOC-C2]. None of them is a total of VOC."""

AIR_STATION = tuple(
    ProtocolFactor(code, "", title, STATE, "", source="[ModelAssumption]", status="assumed")
    for code, title in (
        ("a01001", "air temperature"),
        ("a01002", "humidity"),
        ("a01006", "air pressure"),
        ("a01007", "wind speed"),
        ("a01008", "wind direction"),
        ("a05024", "ozone"),
        ("a21001", "ammonia"),
        ("a21003", "nitrogen monoxide"),
        ("a21004", "nitrogen dioxide"),
        ("a21005", "carbon monoxide"),
        ("a34002", "PM10"),
        ("a34004", "PM2.5"),
    )
)
"""Factors of air stations, as seen in messages; without units, so no mass is computed."""

VALVES = ("e311", "e413", "e512", "e615", "e708")
"""Beginnings of the codes of valve states in process lists [VOC-C1]."""

_BY_CODE = {factor.code: factor for factor in (*FACTORS, *AIR_STATION)}
_BY_OLD = {factor.code_2005: factor for factor in FACTORS if factor.code_2005}
FLOWS = tuple(factor.code for factor in FACTORS if factor.measures is FLOW)


def factor_of(code: str) -> ProtocolFactor | None:
    """The factor of a code of either version; None where the standard has none."""
    known = _BY_CODE.get(code) or _BY_OLD.get(code)
    if known is None and len(code) == 6 and code[:4] in VALVES:
        return ProtocolFactor(code, "", "valve state", VALVE, "", "", (1, 0))
    return known
