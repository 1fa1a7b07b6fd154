"""What a measure of a catalogue removes at a source, and what that costs: one rule for all.

A scenario and a register on its own apply a catalogue by the same two functions, exactly:

    removed = (base / (1 - existing) × share - (base / (1 - existing) - base)) × applicability
    share   = efficiency × rule effectiveness × rule penetration              [EPA-CMDB]
    cost    = removed × cost per tonne × cost factor

An existing device is replaced, so only what exceeds its removal counts. Masses are rounded
down to the milligram: no plan counts on more than a measure removes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from permits.errors import InputError
from permits.quantity import FEN_PER_YUAN, MG_PER_T

Costs = Literal["us", "china"]
"""Which of two figures a cost is: the Chinese one where there is one, else the US one."""
MOST_YUAN = 10**15
"""Of one measure a year: the largest amount that a cell of a table may hold."""
SHARES = ("efficiency", "rule_effectiveness", "penetration")


@dataclass(frozen=True, slots=True)
class SourceTerms:
    """What a source adds to a catalogue: its control, how far measures fit, how dear they are.

    Attributes:
        existing: share that its present device removes, from 0 to below 1.
        applicability: share of its emission that measures can be fitted to.
        cost_factor: its unit cost relative to the catalogue's.
    """

    existing: Fraction = Fraction(0)
    applicability: Fraction = Fraction(1)
    cost_factor: Fraction = Fraction(1)


def exact(number: float) -> Fraction:
    """A number as it is written: 0.1 is a tenth."""
    return Fraction(repr(float(number)))


def removes(values: Mapping[str, Any]) -> Fraction:
    """Share removed by a row of a catalogue: the product of `SHARES`, 1 where one is empty."""
    found = Fraction(1)
    for name in SHARES:
        value = values.get(name)
        found *= 1 if value is None else value
    return found


def gained_mg(base_mg: int, share: Fraction, terms: SourceTerms) -> int:
    """What a replacement removes beyond the present device [mg]; negative if that is better.

    Args:
        base_mg: emission of the source behind its present device [mg].
        share: share that the replacement removes.
        terms: of the source.
    """
    gain = base_mg * (share - terms.existing) / (1 - terms.existing)
    return min(base_mg, math.floor(gain * terms.applicability))


def added_mg(base_mg: int, share: Fraction, terms: SourceTerms) -> int:
    """What an add-on removes behind the present device [mg].

    Args:
        base_mg: emission of the source behind its present device [mg].
        share: share that the add-on removes.
        terms: of the source.
    """
    return math.floor(base_mg * share * terms.applicability)


def cost_mg_yuan(mass_mg: int, yuan_per_t: Fraction, terms: SourceTerms) -> Fraction:
    """Annual cost in yuan × mg per tonne, so that parts add up before they are rounded.

    Args:
        mass_mg: removed a year [mg].
        yuan_per_t: unit cost of the catalogue.
        terms: of the source.
    """
    return mass_mg * yuan_per_t * terms.cost_factor


def to_fen(amount: Fraction) -> int:
    """Whole fen of a sum of `cost_mg_yuan`, half to even.

    Raises: InputError for a cost that no measure has: a factor or a unit is wrong then.
    """
    fen = round(amount * FEN_PER_YUAN / MG_PER_T)
    if abs(fen) > MOST_YUAN * FEN_PER_YUAN:
        raise InputError(
            "measures.large_cost",
            "a measure would cost {yuan} yuan a year",
            mend="check the costs per tonne and the cost factor",
            yuan=f"{float(amount / MG_PER_T):.3g}",
        )
    return fen
