"""Repeated check sums: more equal ones than 256 possible values allow.

The check sum of HJ 212 takes only 256 values [VOC-C1]. Messages that differ (each has its
own time) share one with the one before in 1 of 256 cases. Messages made from a template,
with numbers altered until the old check sum fits, share it more often. Resent messages are
the same message and must be excluded first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from permits.meter.chance import binomial_tail
from permits.meter.hints.hint import MOST_CHANCE, Hint

VALUES = 256  # possible check sums, as counted in `permits.hj212.checksum`


def find_repeated_checksums(
    checksums: Sequence[int], *, most_chance: float = MOST_CHANCE
) -> list[Hint]:
    """Hints for equal neighbouring check sums, and for one check sum that is too frequent.

    `chance` holds if all 256 values are equally likely and messages independent: the
    binomial tail, and for the most frequent value 256 times its tail, since it could be any.

    Args:
        checksums: of the messages in order, without resent ones.
        most_chance: a hint with a higher probability is not reported.
    """
    if len(checksums) < 2:
        return []
    hints = [_neighbours(checksums), _commonest(checksums)]
    return [hint for hint in hints if hint.chance is not None and hint.chance <= most_chance]


def _neighbours(checksums: Sequence[int]) -> Hint:
    """Pairs of consecutive messages with the same check sum."""
    rows = [row for row, (one, after) in enumerate(pairwise(checksums)) if one == after]
    tried = len(checksums) - 1
    return Hint(
        "hint.checksum_pairs",
        "{count} of {tried} messages have the check sum of the message before; {expected} are "
        "expected by chance",
        mend="Resent messages have the same effect: exclude them first",
        first=rows[0] if rows else 0,
        last=rows[-1] + 1 if rows else 0,
        count=len(rows),
        chance=binomial_tail(len(rows), tried, 1 / VALUES),
        values={"count": len(rows), "tried": tried, "expected": f"{tried / VALUES:.1f}"},
    )


def _commonest(checksums: Sequence[int]) -> Hint:
    """The most frequent check sum; of several the smallest."""
    value, count = min(Counter(checksums).items(), key=lambda item: (-item[1], item[0]))
    rows = [row for row, one in enumerate(checksums) if one == value]
    return Hint(
        "hint.checksum_common",
        "{count} of {tried} messages have the check sum {value}; {expected} are expected by chance",
        mend="Resent messages have the same effect: exclude them first",
        first=rows[0],
        last=rows[-1],
        count=count,
        chance=min(1.0, VALUES * binomial_tail(count, len(checksums), 1 / VALUES)),
        values={
            "value": f"{value:04X}",
            "count": count,
            "tried": len(checksums),
            "expected": f"{len(checksums) / VALUES:.1f}",
        },
    )
