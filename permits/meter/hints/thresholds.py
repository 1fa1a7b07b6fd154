"""Steps at a limit: many values just below it, few just above it.

Four windows of equal width lie around the limit, two below and two above. Assumed: without
manipulation the density of hourly values falls (or rises) through all four at one
constant ratio, as any smooth density nearly does in windows narrow enough, and hours are
independent. The outer two then give the ratio, and given the ratio the number in the inner
lower one, out of both inner ones, is binomial.

The ratio is itself uncertain, so the upper end of an interval is used that fails once in a
million, and that probability is added: the result is a valid tail for any ratio
[BergerBoos1994]. The question, whether a density breaks at a threshold, is that of
[McCrary2008]. With no value at all above the limit there is no ratio, and no hint.
"""

from __future__ import annotations

from typing import NamedTuple

from permits.meter.chance import binomial_tail, share_at_most
from permits.meter.hints.hint import MOST_CHANCE, Hint
from permits.meter.interface import IntArray

MISSED = 1e-6  # far below MOST_CHANCE, so that adding it costs no hint; assumed
PARTS = 20  # a window is a twentieth of the limit; assumed


class Windows(NamedTuple):
    """Number of values in each window, from below; the limit separates the middle two."""

    far_below: int
    below: int
    above: int
    far_above: int


def find_step(
    conc_ng_per_l: IntArray,
    limit_ng_per_l: int,
    *,
    width_ng_per_l: int | None = None,
    most_chance: float = MOST_CHANCE,
) -> list[Hint]:
    """Too many values just at or below a limit for the few above it: at most one hint.

    Args:
        conc_ng_per_l: (n,) concentrations [ng/L].
        limit_ng_per_l: the limit [ng/L].
        width_ng_per_l: width of a window [ng/L]; by default a twentieth of the limit.
        most_chance: a step with a higher probability is not reported.
    """
    width = max(limit_ng_per_l // PARTS, 1) if width_ng_per_l is None else width_ng_per_l
    found = windows(conc_ng_per_l, limit_ng_per_l, width)
    chance = step_chance(found)
    if not found.below or chance > most_chance:
        return []
    near = (conc_ng_per_l > limit_ng_per_l - width) & (conc_ng_per_l <= limit_ng_per_l)
    rows = near.nonzero()[0]
    values = {
        "below": found.below,
        "above": found.above,
        "width": f"{width / 1000:g}",
        "limit": f"{limit_ng_per_l / 1000:g}",
    }
    return [
        Hint(
            "hint.step",
            "{below} hours lie within {width} mg/m3 below the limit of {limit} mg/m3, and "
            "{above} within the same distance above it",
            mend="A control set to keep just below the limit has the same effect",
            first=int(rows[0]),
            last=int(rows[-1]),
            count=found.below,
            chance=chance,
            values=values,
        )
    ]


def windows(conc_ng_per_l: IntArray, limit_ng_per_l: int, width_ng_per_l: int) -> Windows:
    """Number of values in each of the four windows; each includes its upper edge.

    Args:
        conc_ng_per_l: (n,) concentrations [ng/L].
        limit_ng_per_l: the limit [ng/L].
        width_ng_per_l: width of a window [ng/L].
    """
    steps = (conc_ng_per_l - limit_ng_per_l - 1) // width_ng_per_l
    return Windows(*(int((steps == step).sum()) for step in (-2, -1, 0, 1)))


def step_chance(found: Windows) -> float:
    """Probability of as many or more values just below the limit, as assumed above."""
    outer, inner = found.far_below + found.far_above, found.below + found.above
    most = share_at_most(found.far_below, outer, MISSED)
    if most >= 1:
        return 1.0
    ratio = (most / (1 - most)) ** (1 / 3)  # three steps lie between the outer windows
    return min(1.0, binomial_tail(found.below, inner, ratio / (1 + ratio)) + MISSED)
