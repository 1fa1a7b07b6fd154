"""What in a series of readings asks for a second look: hints, never proofs.

Read in this order:
    hint.py        what a hint says: what, where, how strong
    frozen.py      the same value hour after hour while the flow moves
    checksums.py   check sums that repeat more often than chance allows
    thresholds.py  many values just below a limit, few just above it
    totals.py      totals that no rounding brings into line with flow and concentration
    zeros.py       zeros at night and on days off
    every.py       all of them for one outlet

Each is a plain function on whole numbers. Where it says how often chance alone would give
as much, it says under which assumption; hours are not independent, so such a figure ranks
outlets for a visit and convicts nobody. A right check sum proves nothing either: that of
HJ 212 can take only 256 values [VOC-C1].
"""

from permits.meter.hints.every import Series, find_hints
from permits.meter.hints.hint import Hint

__all__ = ["Hint", "Series", "find_hints"]
