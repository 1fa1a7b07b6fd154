"""Files of readings looked at for what asks for a second look (`permits.meter.hints`).

A hint needs an outlet's whole series, so outlets are taken in shares that fit in memory,
and the files are read once for each share. Only hours count that were measured: valid,
complete, and the first report of their hour.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from permits.bulk import ABSENT, Chunk
from permits.bulk.calendar import CALENDAR_H, hour_name
from permits.errors import InputError, ManyErrors, RightsError
from permits.meter.flags import Status
from permits.meter.hints import Hint, Series, find_hints
from permits.meter.hints.zeros import night_or_weekend
from scenarios.bulk.clock import Clock
from scenarios.bulk.files import open_files
from scenarios.bulk.reader import Names, Reader, Source
from scenarios.column import TableSpec, spec
from scenarios.result import Table
from scenarios.stores.csvfile import csv_bytes
from scenarios.text import t

ROWS_AT_ONCE = 5_000_000  # some 130 bytes each while they are sorted
LEAST_CHANCE = 1e-12
THURSDAY = 3  # 1970 began on one
LIMIT = re.compile(r"\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>mg/L|mg/m3|mg/m³)?\s*", re.IGNORECASE)
NG_PER_L = {"mg/l": 1_000_000, "mg/m3": 1_000, "mg/m³": 1_000}


HINTS: TableSpec = spec(
    "hints", "year", "What asks for a second look",
    ("outlet", "text", "Outlet"),
    ("pollutant", "text", "Pollutant"),
    ("hint", "text", "Hint"),
    ("first", "text", "First hour"),
    ("last", "text", "Last hour"),
    ("count", "count", "Count"),
    ("chance", "number", "Chance"),
    ("text", "text", "What was seen"),
)  # fmt: skip


class FileHint(NamedTuple):
    """A hint, and at which outlet, for which pollutant, between which hours it stands."""

    outlet: str
    pollutant: str
    first: int  # hours since 1970
    last: int
    hint: Hint


def find_file_hints(
    files: Sequence[str],
    *,
    zone: str | None = None,
    limits_ng_per_l: Mapping[str, int] | None = None,
) -> list[FileHint]:
    """The hints of every outlet and pollutant, by outlet, pollutant and time.

    Totals and check sums are not in tables of readings: these two hints come from messages.

    Raises: ManyErrors if no file can be read; InputError for standard input, which can be
        read only once.
    """
    if "-" in files:
        raise InputError(
            "hint.stdin",
            "hints need a second look at the readings, and standard input gives one",
            where="--hints",
            mend="write the readings to a file first",
        )
    sources, mistakes = open_files(files)
    if not sources:
        raise ManyErrors(mistakes)
    pollutants = tuple(dict.fromkeys(p for source in sources for p in source.pollutants))
    rows = sum(source.rows for source in sources)
    shares = max(1, -(-rows // ROWS_AT_ONCE))
    found: list[FileHint] = []
    for mine in range(shares):
        reader = Reader(pollutants, Names(), Clock(zone), share=(mine, shares))
        found += _of_share(sources, reader, limits_ng_per_l or {})
    return sorted(found, key=lambda one: (one.outlet, one.pollutant, one.first, one.hint.code))


def parse_limit(text: str, where: str) -> tuple[str, int]:
    """`NMHC=60` (mg/m3) or `COD=50 mg/L` as a pollutant and a limit [ng/L].

    Raises: InputError for anything else.
    """
    name, equals, said = text.partition("=")
    found = LIMIT.fullmatch(said)
    if not equals or not name.strip() or found is None:
        raise InputError(
            "hint.limit",
            "{said!r} is no limit",
            where=where,
            mend="write for example NMHC=60mg/m3 or COD=50mg/L",
            said=text,
        )
    factor = NG_PER_L[(found["unit"] or "mg/m3").lower()]
    whole, _, decimals = found["number"].partition(".")
    return name.strip(), int(whole + decimals) * factor // 10 ** len(decimals)


def to_rows(found: Sequence[FileHint]) -> list[dict[str, Any]]:
    """The hints as rows of a table; `text` is in the language in force."""
    return [
        {
            "outlet": one.outlet,
            "pollutant": one.pollutant,
            "hint": one.hint.code.removeprefix("hint."),
            "first": hour_name(one.first),
            "last": hour_name(one.last),
            "count": one.hint.count,
            "chance": _chance(one.hint),
            "text": t(one.hint.text).format(**one.hint.values),
            "mend": t(one.hint.mend),
        }
        for one in found
    ]


def write_hints(found: Sequence[FileHint], folder: Path) -> None:
    """The hints as `hints.csv`, in English as every file."""
    rows = tuple(
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
    )
    (folder / "hints.csv").write_bytes(csv_bytes(Table(HINTS, rows)))


def _chance(hint: Hint) -> float | None:
    """No assumption of independent hours holds as far as the figures of a long run go."""
    return None if hint.chance is None else max(hint.chance, LEAST_CHANCE)


def _of_share(
    sources: Sequence[Source], reader: Reader, limits: Mapping[str, int]
) -> Iterator[FileHint]:
    chunks = [_measured(chunk) for source in sources for chunk in _readable(source, reader)]
    if not chunks:
        return
    outlet = np.concatenate([chunk.outlet for chunk in chunks])
    hour = np.concatenate([chunk.hour for chunk in chunks])
    order = np.lexsort((hour, outlet))  # stable: of one hour reported twice the first is first
    outlet, hour = outlet[order], hour[order]
    volume = np.concatenate([chunk.volume_l for chunk in chunks])[order]
    conc = np.concatenate([chunk.conc_ng_per_l for chunk in chunks], axis=1)[:, order]
    valid = np.concatenate([_valid(chunk) for chunk in chunks], axis=1)[:, order]
    again = np.concatenate(([False], (np.diff(outlet) == 0) & (np.diff(hour) == 0)))
    begins = np.flatnonzero(np.concatenate(([True], np.diff(outlet) != 0)))
    for first, end in zip(begins, [*begins[1:], len(outlet)], strict=True):
        own = slice(first, end)
        for n, pollutant in enumerate(reader.pollutants):
            kept = valid[n, own] & ~again[own] & (conc[n, own] >= 0)
            hours = hour[own][kept]
            series = Series(
                hours,
                volume[own][kept],
                conc[n, own][kept],
                off=night_or_weekend(hours, THURSDAY),
                limit_ng_per_l=limits.get(pollutant),
            )
            for hint in find_hints(series):
                place = reader.names.names[outlet[first]]
                yield FileHint(
                    place, pollutant, int(hours[hint.first]), int(hours[hint.last]), hint
                )


def _readable(source: Source, reader: Reader) -> Iterator[Chunk]:
    """The chunks of a file, up to where it breaks off: the metering itself tells that it does."""
    try:
        yield from source.chunks(reader)
    except RightsError:
        return


def _measured(chunk: Chunk) -> Chunk:
    """The rows that have a time and a flow."""
    kept = (chunk.hour >= 0) & (chunk.hour < CALENDAR_H) & (chunk.volume_l >= 0)
    return Chunk(
        chunk.outlet[kept],
        chunk.hour[kept],
        chunk.volume_l[kept],
        chunk.conc_ng_per_l[:, kept],
        chunk.status[:, kept],
        chunk.row[kept],
    )


def _valid(chunk: Chunk) -> Any:
    """(P, n) which values were measured."""
    shape = chunk.conc_ng_per_l.shape
    return np.broadcast_to(chunk.status == Status.VALID, shape) & (chunk.conc_ng_per_l != ABSENT)
