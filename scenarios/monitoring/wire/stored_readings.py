"""Readings of a receiver as the table that meters and card replays read."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from permits.hj212.codes import NORMAL
from permits.hj212.factors import factor_of
from scenarios.monitoring.wire.feed import STANDS_FOR
from scenarios.results.stores.workbook_cells import cell_text

UNITS = {
    "mg/L": ("mg_per_l", 1_000_000),
    "mg/m³": ("mg_per_m3", 1_000),
    "ng/m³": ("mg_per_m3", 1_000),
}
_ROWS = """
SELECT outlet, at, factor, volume_l, conc_ng_per_l, flag, doubts FROM readings
WHERE period = ? ORDER BY outlet, at, id
"""


class StoredReading(NamedTuple):
    """A reading as stored."""

    outlet: str
    at: str
    factor: str
    volume_l: int | None
    conc_ng_per_l: int | None
    flag: str
    doubts: str


def write_readings(base: sqlite3.Connection, path: Path, period: str) -> int:
    """Write `outlet, at, volume_m3`, one concentration per pollutant, and `flag`.

    One row per outlet and time. A reading that is uncertain, or flagged differently from its
    row, leaves its cell empty: the store keeps such values, and the missing-data rule applies
    to them here.

    Args:
        base: the open store.
        path: file to write, replaced as a whole.
        period: command of the readings, such as hour data.
    Returns: the number of rows.
    """
    found = base.execute("SELECT DISTINCT factor FROM readings WHERE period = ?", (period,))
    columns = {factor: _column(factor) for (factor,) in sorted(found)}
    part = path.with_name(path.name + ".part")
    count = 0
    with part.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(["outlet", "at", "volume_m3", *(name for name, _ in columns.values()), "flag"])
        for row in _rows(base, period, columns):
            out.writerow(row)
            count += 1
        # Complete on the disk before it replaces the previous table.
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return count


def _rows(
    base: sqlite3.Connection, period: str, columns: dict[str, tuple[str, int]]
) -> Iterator[list[str]]:
    stored = (StoredReading(*row) for row in base.execute(_ROWS, (period,)))
    for (outlet, at), group in groupby(stored, key=lambda row: (row.outlet, row.at)):
        own = {row.factor: row for row in group}
        flags = [row.flag for row in own.values()]
        # A row has one flag: the normal one, so that one bad factor does not hide the others.
        flag = NORMAL if NORMAL in flags else flags[0]
        sound = [row for row in own.values() if row.flag == flag and not json.loads(row.doubts)]
        conc = {row.factor: row.conc_ng_per_l for row in sound}
        volume = next((row.volume_l for row in sound), None)
        cells = [_decimal(conc.get(factor), per) for factor, (_, per) in columns.items()]
        yield [cell_text(outlet, "text"), at, _decimal(volume, 1_000), *cells, flag]


def _column(code: str) -> tuple[str, int]:
    """The heading of a factor's concentration, and ng/L in its unit."""
    factor = factor_of(code)
    assert factor is not None, "only factors of the table are readings"
    unit, per = UNITS[factor.unit]
    name = STANDS_FOR.get(factor.pollutant, factor.pollutant)
    return f"{name.lower()}_{unit}", per


def _decimal(value: int | None, per: int) -> str:
    """value / per as a plain decimal, every digit kept; empty for None."""
    if value is None:
        return ""
    whole, rest = divmod(value, per)
    digits = f"{rest:0{len(str(per)) - 1}d}".rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)
