"""Missing-data rules: substitutes for hours without a measurement, one file per rule.

    nothing.py       gaps stay empty, and are counted
    hjt75_2007.py    China until 2018: the mean around a gap of up to 24 hours
    hj75_2017.py     China since 2018: the largest of the last valid hours
    part75.py        the United States: higher the less is measured
    conservative.py  the largest valid hour of the look-back, always
Each has a `SPEC` and `substitute_mg(gap)`, the plain reference for
`permits.metering.metering_kernel`.
"""

from __future__ import annotations

from types import MappingProxyType, ModuleType

from permits.errors import InputError
from permits.meter.missing import conservative, hj75_2017, hjt75_2007, nothing, part75

RULES = MappingProxyType(
    {
        "none": nothing,
        "hjt75_2007": hjt75_2007,
        "hj75_2017": hj75_2017,
        "part75": part75,
        "conservative": conservative,
    }
)
DEFAULT = "hjt75_2007"
"""In force in Zhejiang in 2017."""


def find_missing_rule(name: str) -> ModuleType:
    """The missing-data rule of that name.

    Raises: InputError for an unknown name.
    """
    if name not in RULES:
        raise InputError(
            "meter.missing_rule",
            "unknown missing-data rule {name!r}",
            where="--missing",
            mend="there are: {known}",
            name=name,
            known=", ".join(RULES),
        )
    return RULES[name]
