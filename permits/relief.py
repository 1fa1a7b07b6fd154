"""Upper bound on a surrender obligation: relief for firms with a very large shortfall.

In China's national market a power plant owes what it emitted, but no more than its free
allocation plus a share of its verified emission [MEE-2021].
"""

from __future__ import annotations

from fractions import Fraction

from permits.quantity import require_mg


def relieved_obligation_mg(
    emitted_mg: int, allocated_mg: int, most_short: Fraction = Fraction(20, 100)
) -> int:
    """Mass to surrender [mg]: at most the allocation plus `most_short` of the emission.

    A fraction of a milligram is owed as a whole one. The share of 20 % is cited from
    memory; that such relief exists is sourced.

    Args:
        emitted_mg: verified emission [mg].
        allocated_mg: free allocation [mg].
        most_short: largest share of the emission owed beyond the allocation, 0 to 1.
    """
    require_mg(emitted_mg, above=-1, where="relief: emitted")
    require_mg(allocated_mg, above=-1, where="relief: allocated")
    beyond = most_short * emitted_mg
    return min(emitted_mg, allocated_mg - (-beyond.numerator // beyond.denominator))
