"""Rounding of the totals that a file reports, per outlet, pollutant and month.

Masses come from flow and concentration; reported totals (`NMHC_total_kg`) are only compared
with them, month by month, and change nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from permits.meter.rounding import Steps, WireLine, fits_array, wire_lines
from permits.metering import ABSENT
from permits.metering.hour_tables import DAY_H, month_name, month_table
from permits.quantity import fmt_t
from scenarios.intake.cells import TableInput
from scenarios.monitoring.files.series import IntArray, Look, OutletSeries, read_series
from scenarios.results.column import TableSpec, spec
from scenarios.results.result import Table

MOST_STEP = 10**9  # equal round values would seem rounded ever more coarsely
WIRE: TableSpec = spec(
    "wire", "year", "Rounding of the reported totals",
    ("outlet", "text", "Outlet"),
    ("month", "text", "Month"),
    ("pollutant", "text", "Pollutant"),
    ("hours", "count", "Hours"),
    ("reported_t", "mass", "Reported"),
    ("metered_t", "mass", "Metered"),
    ("difference_t", "mass", "Difference"),
    ("can_be_t", "mass", "Rounding at most"),
    ("misfits", "count", "Hours beyond rounding"),
)  # fmt: skip


class MonthLine(NamedTuple):
    """A month of one outlet and pollutant; `misfits`: hours that rounding cannot explain."""

    outlet: str
    pollutant: str
    month: int  # since 1970
    line: WireLine
    misfits: int


def look_at_wire(files: Sequence[TableInput], *, zone: str | None = None) -> Look:
    """The lines as a table, and as rows for printing with masses in t."""
    table = _table(find_wire_lines(files, zone=zone))
    masses = {column.name for column in WIRE.columns if column.kind == "mass"}
    rows = [
        {name: Decimal(fmt_t(value)) if name in masses else value for name, value in row.items()}
        for row in table.dicts()
    ]
    return Look(table, rows)


def find_wire_lines(files: Sequence[TableInput], *, zone: str | None = None) -> list[MonthLine]:
    """A line for every outlet, pollutant and month with totals, in this order.

    Raises: as `read_series`.
    """
    found = [line for one in read_series(files, zone=zone) for line in _lines(one)]
    return sorted(found, key=lambda one: (one.outlet, one.pollutant, one.month))


def steps_of(one: OutletSeries) -> Steps:
    """The rounding steps of a series' totals, volumes and concentrations: powers of ten."""
    told = one.totals_mg != ABSENT
    return Steps(
        _step(one.totals_mg[told]), _step(one.volume_l[told]), _step(one.conc_ng_per_l[told])
    )


def _lines(one: OutletSeries) -> list[MonthLine]:
    told = one.totals_mg != ABSENT
    if not told.any():
        return []
    totals, volume, conc = one.totals_mg[told], one.volume_l[told], one.conc_ng_per_l[told]
    month = month_table()[one.hours[told] // DAY_H].astype(np.int64)
    steps = steps_of(one)
    beyond = ~fits_array(totals, volume, conc, steps)
    return [
        MonthLine(one.outlet, one.pollutant, n, line, int(beyond[month == n].sum()))
        for n, line in wire_lines(month, totals, volume, conc, steps).items()
    ]


def _step(values: IntArray) -> int:
    """The largest power of ten that divides all values: their last digit."""
    common, step = int(np.gcd.reduce(values)) if values.size else 0, 1
    while step < MOST_STEP and common and common % (10 * step) == 0:
        step *= 10
    return step


def _table(found: Sequence[MonthLine]) -> Table:
    return Table(
        WIRE,
        tuple(
            (
                one.outlet,
                month_name(one.month),
                one.pollutant,
                one.line.hours,
                one.line.reported_mg,
                one.line.metered_mg,
                one.line.difference_mg,
                one.line.can_be_mg,
                one.misfits,
            )
            for one in found
        ),
    )
