"""Whole files of readings in one pass: masses, gaps, quarantine, card balances, events.

Read in this order:
    chunk.py            readings in arrays, what may be wrong with one, what a pass finds
    hour_tables.py      hours into days, months and years
    minutes.py          readings by the minute into hours
    periods.py          readings of a day or a month, spread over their hours
    place.py            one pollutant at one outlet, as a reader would follow it
    plain_metering.py   the pass, one reading at a time: the reference
    metering_kernel.py  the same, compiled
    arrays.py           the pass on chunks of arrays
    either_pass.py      which of the two is used
The state goes from chunk to chunk, so that memory does not grow with the rows; a reading
that has just arrived is a chunk of one. Rows of an outlet stand in order of time, outlets
in any order. One balance a card and month; what closes a valve is in `permits.card`.
"""

from permits.metering.chunk import ABSENT, BulkCard, Chunk, Found, Plan, Reason
from permits.metering.either_pass import Meter, advance, open_meter

__all__ = [
    "ABSENT",
    "BulkCard",
    "Chunk",
    "Found",
    "Meter",
    "Plan",
    "Reason",
    "advance",
    "open_meter",
]
