"""Graded by class A-D: firms with less output per unit of land, energy and rights are cut more.

Zhejiang ranks firms by output and tax per mu and per tonne of right; classes C and D
get smaller quotas [ZJ-C5], [ZJ-C38], [ZJ-C39]. The size of the cuts is not published:
0, 0, 10 and 20 per cent are assumed. After the classes' cuts all are scaled to the cap.
"""

from __future__ import annotations

from fractions import Fraction

from permits.allocation import FirmTable, Weight, require_column
from permits.errors import InputError
from permits.rule import Param, Params, Spec

CLASSES = ("A", "B", "C", "D")

SPEC = Spec(
    title="Graded by class A-D",
    title_zh="按亩均绩效分级差别化分配",
    source="[ZJ-C5], [ZJ-C38], [ZJ-C39]",
    params=(
        Param("cut_a", 0, "%", "cut of class A (assumed)"),
        Param("cut_b", 0, "%", "cut of class B (assumed)"),
        Param("cut_c", 10, "%", "cut of class C (assumed)"),
        Param("cut_d", 20, "%", "cut of class D (assumed)"),
    ),
)


def weights(firms: FirmTable, params: Params) -> list[Weight]:
    """Baseline of each firm less its class's cut [mg]."""
    grades = require_column(firms.grade, "grade", "graded")
    kept = {name: _kept(params[f"cut_{name.lower()}"]) for name in CLASSES}
    unknown = sorted(set(grades) - set(CLASSES))
    if unknown:
        raise InputError(
            "allocation.grade",
            "{grades} is not one of the classes A to D",
            where="graded",
            mend="grade every firm A, B, C or D",
            grades=", ".join(unknown),
        )
    return [int(mg) * kept[g] for mg, g in zip(firms.baseline_mg, grades, strict=True)]


def _kept(cut_percent: object) -> Fraction:
    kept = 1 - Fraction(str(cut_percent)) / 100
    if not 0 <= kept <= 1:
        raise InputError(
            "allocation.cut",
            "a class cut of {percent} per cent is out of range",
            where="graded",
            mend="give a percentage from 0 to 100",
            percent=str(cut_percent),
        )
    return kept
