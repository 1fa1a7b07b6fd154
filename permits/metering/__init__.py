"""Bulk metering: whole files of readings into masses, gaps, card balances and events.

Read in this order:
    chunk.py            readings as arrays, reasons to exclude one, results of a pass
    hour_tables.py      hours into days, months and years
    minutes.py          readings by the minute into hours
    periods.py          readings of a day or a month, spread over their hours
    place.py            one pollutant at one outlet, reading by reading
    plain_metering.py   the pass, one reading at a time: the reference
    same_hour.py        two readings of one outlet in one hour
    metering_kernel.py  the pass, compiled
    arrays.py           the pass on chunks of arrays
    either_pass.py      choice between the two
The state is carried from chunk to chunk, so that memory does not grow with the rows; a live
reading is a chunk of one. Rows of an outlet are in order of time, outlets in any order. One
balance per card and month; the rules for closing a valve are in `permits.card`.
"""

from permits.metering.chunk import ABSENT, BulkCard, Chunk, Found, MeterPlan, RowReason
from permits.metering.either_pass import MeterPass, advance, open_meter

__all__ = [
    "ABSENT",
    "BulkCard",
    "Chunk",
    "Found",
    "MeterPass",
    "MeterPlan",
    "RowReason",
    "advance",
    "open_meter",
]
