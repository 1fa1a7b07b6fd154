"""Data-quality hints in a series of readings; a hint is never a proof.

Read in this order:
    hint.py        content of a hint: finding, place, strength
    frozen.py      the same value hour after hour while the flow changes
    checksums.py   check sums that repeat more often than chance allows
    thresholds.py  many values just below a limit, few just above it
    totals.py      totals that no rounding brings into line with flow and concentration
    zeros.py       zeros at night and on days off
    every.py       all of them for one outlet

Each is a plain function on whole numbers. Where it states a probability, it states the
assumption too; hours are not independent, so such a figure ranks outlets for an inspection
and proves no offence. A correct check sum proves nothing either: that of HJ 212 can take
only 256 values [VOC-C1].
"""

from permits.meter.hints.every import Series, find_hints
from permits.meter.hints.hint import Hint

__all__ = ["Hint", "Series", "find_hints"]
