"""Files of readings, of any size, into masses, events, balances and what was set aside.

Read in this order:
    headings.py          which column is what
    time_zones.py        local times into hours; daylight saving
    values.py            columns of numbers, flags and names into whole numbers
    reader.py            batches of a table into chunks; what cannot be read
    hourly.py            readings by the minute into hours
    csv_readings.py      CSV, Excel and standard input, block by block
    parquet_readings.py  Parquet, row group by row group
    us_hours.py          hourly files of the US programme, sixteen columns without headings
    file_kinds.py        which of these a file is; several, by a pattern
    quota_cards.py       the table of cards
    meter_result.py      what a run found, in tables
    meter_files.py       files through the meter
    cluster.py           the same on several machines
    series.py            whole series of outlets, in shares that fit in memory
    rounded_off.py       what the wire rounded off the totals reported
    series_hints.py      what in a series asks for a second look
    meter_report.py      what is printed, and written to a folder
The work on numbers is in `permits.metering`.
"""

from scenarios.monitoring.files.meter_files import Asked, meter_files
from scenarios.monitoring.files.meter_result import Outcome

__all__ = ["Asked", "Outcome", "meter_files"]
