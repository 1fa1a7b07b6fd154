"""How far an obligation reaches: relief for firms that are very short.

In China's national market a power plant owes what it emitted, but no more than its free
allocation and a share of its verified emission beyond it [MEE-2021].
"""

from __future__ import annotations

from fractions import Fraction

from permits.quantity import require_mg


def relieved_obligation_mg(
    emitted_mg: int, allocated_mg: int, most_short: Fraction = Fraction(20, 100)
) -> int:
    """What must be surrendered [mg]: at most the allocation and `most_short` of the emission.

    A fraction of a milligram is owed as a whole one. The share of 20 % is cited from
    memory; that such relief exists was read.
    """
    require_mg(emitted_mg, above=-1, where="relief: emitted")
    require_mg(allocated_mg, above=-1, where="relief: allocated")
    beyond = most_short * emitted_mg
    return min(emitted_mg, allocated_mg - (-beyond.numerator // beyond.denominator))
