"""Zeros at night and on days off, while the flow goes on.

A stopped plant has no flow. Where the flow goes on and the concentration is zero more
often at hours without inspections, the probe may have been removed, or clean air blown in.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from permits.meter.chance import hypergeometric_tail
from permits.meter.hints.hint import MOST_CHANCE, Hint
from permits.meter.interface import IntArray

NIGHT = (22, 6)  # from, to: hours without inspections; assumed
HOURS_OF_A_DAY, DAYS_OF_A_WEEK, FRIDAY = 24, 7, 4  # Monday is 0; Friday is the last working day


def find_zeros_off(
    conc_ng_per_l: IntArray,
    volume_l: IntArray,
    off: NDArray[np.bool_],
    *,
    most_chance: float = MOST_CHANCE,
) -> list[Hint]:
    """More zeros in hours that are `off` than in the others: at most one hint.

    `chance` is Fisher's exact test: the probability that the zeros of all hours with flow,
    distributed at random, would fall at least as often on hours that are off. Consecutive hours
    are taken as independent, which they are not.

    Args:
        conc_ng_per_l: (n,) concentrations [ng/L].
        volume_l: (n,) volumes [L].
        off: (n,) true for hours at night or on a day off.
        most_chance: a pattern with a higher probability is not reported.
    """
    flows = volume_l > 0
    zeros = flows & (conc_ng_per_l == 0)
    at_off = zeros & off
    count, zeros_all = int(at_off.sum()), int(zeros.sum())
    hours, hours_off = int(flows.sum()), int((flows & off).sum())
    chance = hypergeometric_tail(count, zeros_all, hours_off, hours)
    if not count or chance > most_chance:
        return []
    rows = at_off.nonzero()[0]
    values = {
        "count": count,
        "off": hours_off,
        "others": zeros_all - count,
        "on": hours - hours_off,
    }
    return [
        Hint(
            "hint.zeros",
            "with flow, the concentration is zero in {count} of {off} hours at night or on "
            "days off, and in {others} of {on} others",
            mend="A line that runs empty at night with its fans on has the same effect",
            first=int(rows[0]),
            last=int(rows[-1]),
            count=count,
            chance=chance,
            values=values,
        )
    ]


def night_or_weekend(hours: IntArray, first_weekday: int = 0) -> NDArray[np.bool_]:
    """Hours between 22 and 6 o'clock or on a Saturday or Sunday.

    Public holidays must be added by the caller: they change from year to year.

    Args:
        hours: whole hours of local time since a midnight.
        first_weekday: of that midnight's day; 0 is Monday.
    """
    begins, ends = NIGHT
    of_day = hours % HOURS_OF_A_DAY
    weekday = (hours // HOURS_OF_A_DAY + first_weekday) % DAYS_OF_A_WEEK
    found: NDArray[np.bool_] = (of_day >= begins) | (of_day < ends) | (weekday > FRIDAY)
    return found
