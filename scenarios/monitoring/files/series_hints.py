"""Data-quality hints about files of readings (`permits.meter.hints`).

Totals reported alongside volume and concentration (`NMHC_total_kg`) are compared with them,
at the number of digits with which the file states each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from permits.errors import InputError
from permits.meter.hints import Hint, Series, find_hints
from permits.meter.hints.totals import find_misfits
from permits.meter.hints.zeros import night_or_weekend
from permits.metering import ABSENT
from permits.metering.hour_tables import hour_name
from permits.quantity import plain_number
from scenarios.intake.cells import TableInput
from scenarios.monitoring.files.rounded_off import reporting_steps
from scenarios.monitoring.files.series import Look, OutletSeries, read_series
from scenarios.results.column import TableSpec, spec
from scenarios.results.result import Table
from scenarios.text import t

# Smallest probability reported: no independence assumption holds beyond it (assumed).
LEAST_CHANCE = 1e-12
THURSDAY = 3  # 1970 began on one
LIMIT = re.compile(r"(?P<number>.*?)(?P<unit>mg/L|mg/m3|mg/m³)?\s*", re.IGNORECASE)
MOST_MG = 10**9  # a litre of water is a million mg, a cubic metre a thousand million
NG_PER_L = {"mg/l": 1_000_000, "mg/m3": 1_000, "mg/m³": 1_000}


HINTS: TableSpec = spec(
    "hints", "year", "Data-quality hints",
    ("outlet", "text", "Outlet"),
    ("pollutant", "text", "Pollutant"),
    ("hint", "text", "Hint"),
    ("first", "text", "First hour"),
    ("last", "text", "Last hour"),
    ("count", "count", "Count"),
    ("chance", "number", "Chance"),
    ("text", "text", "Finding"),
)  # fmt: skip


class FileHint(NamedTuple):
    """A hint with its outlet, pollutant, and first and last hour."""

    outlet: str
    pollutant: str
    first: int  # hours since 1970
    last: int
    hint: Hint


def look_for_hints(
    files: Sequence[TableInput],
    *,
    zone: str | None = None,
    limits_ng_per_l: Mapping[str, int] | None = None,
) -> Look:
    """The hints as a table, and as rows with `text` and `mend` in the language in force.

    Args:
        files: files of readings, as `open_files` takes them.
        zone: time zone with daylight saving, or `None`.
        limits_ng_per_l: emission limits by pollutant [ng/L].
    """
    found = find_file_hints(files, zone=zone, limits_ng_per_l=limits_ng_per_l)
    table = _table(found)
    words = [
        {"text": t(one.hint.text).format(**one.hint.values), "mend": t(one.hint.mend)}
        for one in found
    ]
    return Look(table, [row | said for row, said in zip(table.dicts(), words, strict=True)])


def find_file_hints(
    files: Sequence[TableInput],
    *,
    zone: str | None = None,
    limits_ng_per_l: Mapping[str, int] | None = None,
) -> list[FileHint]:
    """The hints of every outlet and pollutant, by outlet, pollutant and time.

    Check sums are not in tables of readings: their hints come from messages.

    Args:
        files: files of readings, as `open_files` takes them.
        zone: time zone with daylight saving, or `None`.
        limits_ng_per_l: emission limits by pollutant [ng/L].
    Raises: as `read_series`, and InputError for a limit of a pollutant that is not there.
    """
    limits = limits_ng_per_l or {}
    found: list[FileHint] = []
    pollutants: dict[str, None] = {}
    for one in read_series(files, zone=zone):
        pollutants[one.pollutant] = None
        found += _hints_of(one, limits.get(one.pollutant))
    for name in limits:
        if name not in pollutants:
            raise InputError(
                "hint.pollutant",
                "no file has readings of {name!r}",
                where="--limit",
                mend="there are: {known}",
                name=name,
                known=", ".join(pollutants),
            )
    return sorted(found, key=lambda one: (one.outlet, one.pollutant, one.first, one.hint.code))


def parse_limit(text: str, where: str) -> tuple[str, int]:
    """`NMHC=60` (mg/m3) or `COD=50 mg/L` as a pollutant and a limit [ng/L].

    Raises: InputError for anything else.
    """
    name, _, said = text.replace("＝", "=").partition("=")
    found = LIMIT.fullmatch(said.strip())
    number = None if found is None else plain_number(found["number"], where=where)
    if not name.strip() or found is None or number is None or not 0 < number <= MOST_MG:
        raise InputError(
            "hint.limit",
            "{said!r} is not a limit",
            where=where,
            mend="write, for example, NMHC=60mg/m3 or COD=50mg/L",
            said=text,
        )
    factor = NG_PER_L[(found["unit"] or "mg/m3").lower()]
    return name.strip(), int(number * factor)


def _table(found: Sequence[FileHint]) -> Table:
    """The hints as a table, in English as every file."""
    return Table(
        HINTS,
        tuple(
            (
                one.outlet,
                one.pollutant,
                one.hint.code.removeprefix("hint."),
                hour_name(one.first),
                hour_name(one.last),
                one.hint.count,
                _chance(one.hint),
                one.hint.text.format(**one.hint.values),
            )
            for one in found
        ),
    )


def _chance(hint: Hint) -> float | None:
    """The probability of a hint, not below `LEAST_CHANCE`."""
    return None if hint.chance is None else max(hint.chance, LEAST_CHANCE)


def _hints_of(one: OutletSeries, limit_ng_per_l: int | None) -> Iterator[FileHint]:
    series = Series(
        one.hours,
        one.volume_l,
        one.conc_ng_per_l,
        off=night_or_weekend(one.hours, THURSDAY),
        limit_ng_per_l=limit_ng_per_l,
    )
    told = np.flatnonzero(one.totals_mg != ABSENT)
    volume, conc = one.volume_l[told], one.conc_ng_per_l[told]
    totals = one.totals_mg[told]
    found = [(hint, one.hours) for hint in find_hints(series)]
    found += [
        (hint, one.hours[told]) for hint in find_misfits(totals, volume, conc, reporting_steps(one))
    ]
    for hint, hours in found:
        first, last = int(hours[hint.first]), int(hours[hint.last])
        yield FileHint(one.outlet, one.pollutant, first, last, hint)
