"""Metering of files of readings of any size: masses, events, balances, excluded rows.

Read in this order:
    headings.py          which column is what
    time_zones.py        local times into hours; daylight saving
    values.py            columns of numbers, flags and names into whole numbers
    reader.py            batches of a table into chunks; unreadable rows
    hourly.py            readings by the minute into hours
    quotation.py csv_readings.py  CSV, Excel and standard input, block by block
    parquet_readings.py  Parquet, row group by row group
    us_hours.py          hourly files of the US programme, sixteen columns without headings
    file_kinds.py        which of these a file is; several, by a pattern
    quota_cards.py meter_result.py  the table of cards; the result of a run, in tables
    meter_files.py cluster.py  files through the meter; the same on several machines
    series.py            whole series of outlets, in shares that fit in memory
    rounded_off.py       rounding of the totals that files report
    series_hints.py      data-quality hints
    meter_report.py      output: terminal, JSON, tables in a folder
The numerical work is in `permits.metering`.
"""

from scenarios.monitoring.files.meter_files import Asked, meter_files
from scenarios.monitoring.files.meter_result import MeterResult

__all__ = ["Asked", "MeterResult", "meter_files"]
