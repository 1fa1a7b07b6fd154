"""Files of readings, of any size, into masses, events, balances and what was set aside.

Read in this order:
    headings.py    which column is what
    clock.py       local times into hours; daylight saving
    values.py      columns of numbers, flags and names into whole numbers
    reader.py      batches of a table into chunks; what cannot be read
    hourly.py      readings by the minute into hours
    csvfile.py     CSV, Excel and standard input, block by block
    parquetfile.py Parquet, row group by row group
    us_hours.py    hourly files of the US programme, sixteen columns without headings
    files.py       which of these a file is; several, by a pattern
    cards.py       the table of cards
    outcome.py     what a run found, in tables
    run.py         files through the meter
    shares.py      the same on several machines
    series.py      whole series of outlets, in shares that fit in memory
    wired.py       what the wire rounded off the totals reported
    hinted.py      what in a series asks for a second look
    told.py        what is printed, and written to a folder
The work on numbers is in `permits.metering`.
"""

from scenarios.monitoring.files.outcome import Outcome
from scenarios.monitoring.files.run import Asked, meter_files

__all__ = ["Asked", "Outcome", "meter_files"]
