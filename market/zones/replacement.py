"""Replacement: rights acquired for each tonne of need, and the part that retires.

A buyer of need q acquires r·q; q enters its permit and (r - 1)·q leaves the system as
the region's reduction [ZJ-C2]. Each ratio names its source.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from permits.quantity import require_mg
from permits.rule import Force


@dataclass(frozen=True, slots=True)
class ReplacementRule:
    """A ratio, for whom and what, with its source and standing."""

    what: str
    ratio: Fraction
    in_force: Force
    source: str
    status: str


RULES = (
    ReplacementRule("in general", Fraction(12, 10), Force("Jiaxing", date(2007, 11, 1)),
                    "[ZJ-C1]", "published"),
    ReplacementRule("chemicals, pharmaceuticals, leather, dyeing, paper", Fraction(15, 10),
                    Force("Jiaxing", date(2007, 11, 1)), "[ZJ-C1] [ZJ-C2]", "published"),
    ReplacementRule("pollutants of which an area missed last year's standard", Fraction(2),
                    Force("China", date(2014, 12, 30)), "[ModelAssumption]", "assumed"),
    ReplacementRule("SO2, NOx, dust, VOC in nine cities", Fraction(2),
                    Force("Zhejiang", date(2016, 1, 1), date(2020, 12, 31)),
                    "[ModelAssumption]", "assumed"),
    ReplacementRule("the same in Zhoushan and Lishui", Fraction(15, 10),
                    Force("Zhejiang", date(2016, 1, 1), date(2020, 12, 31)),
                    "[ModelAssumption]", "assumed"),
)  # fmt: skip
"""Ratios in force in Zhejiang. Those marked assumed come from general knowledge: the
documents themselves could not be opened."""


def acquire_mg(need_mg: int, ratio: Fraction) -> int:
    """Mass to be acquired for a need, rounded up to the milligram."""
    require_mg(need_mg, above=-1, where="replacement")
    exact = need_mg * ratio
    return -(-exact.numerator // exact.denominator)


def split_acquired(acquired_mg: int, ratio: Fraction) -> tuple[int, int]:
    """The usable and the retired part of an acquired mass; together all of it."""
    usable = int(Fraction(acquired_mg) / ratio)
    return usable, acquired_mg - usable
