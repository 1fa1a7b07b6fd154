"""Tables of readings, cards and messages into controllers and their input log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from permits.card import Controller, DeviceRules
from permits.card.cardyear import YearMonth, place_in_year
from permits.card.controller_inputs import Flow, Input, MonthLoad, YearLoad
from permits.card.state import MONTHS
from permits.errors import InputError, RightsError
from permits.metering import RowReason
from scenarios.intake.columns import ReadTable
from scenarios.intake.fields import AT, FLAG, OUTLET, VOLUME
from scenarios.intake.tables import raise_all, read_table
from scenarios.monitoring.files.time_zones import time_of
from scenarios.monitoring.watch.bureau_messages import Heard, read_messages
from scenarios.monitoring.watch.controller_cards import (
    OutletCards,
    load_key,
    loads,
    read_controller_cards,
)
from scenarios.monitoring.watch.flows import Timed, passed, timed

READINGS = (
    OUTLET.but(blank=True),
    AT.but(blank=True),
    VOLUME.but(blank=True),
    FLAG.but(required=False, blank=True),
)
FilePath = str | Path


@dataclass(frozen=True, slots=True)
class InputLog:
    """The input log of a replay: outlets at the start, and the inputs of each, in order."""

    outlets: Mapping[str, Controller]
    names: Mapping[str, tuple[str, ...]]  # the cards of each outlet
    heard: tuple[Heard, ...]
    unmeasured: int  # readings without a valid value of each card, excluded there
    aside: Mapping[RowReason, int]  # unusable readings, excluded
    silent: tuple[str, ...]  # cards without any reading
    mistakes: tuple[RightsError, ...]  # files of readings that cannot be read
    notices: tuple[str, ...]


def read_input_log(
    readings: FilePath | Sequence[FilePath],
    cards: FilePath,
    messages: FilePath | None = None,
    *,
    rules: DeviceRules | None = None,
) -> InputLog:
    """Read a meter's readings, the cards of its outlets and the messages to them.

    Cards are loaded at the start of each month and year, as a bureau does, from the month of
    their outlet's first reading on; the annual quota recurs each year, unless the card is
    valid in one `year` only. A reading that is flagged or has no value is not counted here
    (rules for missing data are the meter's); one that lacks a pollutant counts for the others.

    Args:
        readings: `outlet, at, volume_m3`, `<pollutant>_mg_per_l` or `_mg_per_m3`, `flag`;
            `at` is the beginning of the interval. One file, or several of the same columns.
        cards: table of cards, as `read_cards` takes it.
        messages: table of messages, as `read_messages` takes it.
        rules: rules of the devices, by default the standard ones.
    Raises: ManyErrors with every mistake of a table; InputError if no reading can be used.
    """
    device = rules or DeviceRules()
    issued = read_controller_cards(cards)
    tables, mistakes = _tables([readings] if isinstance(readings, FilePath) else readings)
    told, more = read_messages(messages, issued.outlets, _offset(tables)) if messages else ([], ())
    rows, aside = timed([row for table in tables for row in table.rows], issued.outlets)
    start = min((at for own in rows.values() for _, at in own[:1]), default=None)
    if start is None:
        raise _nothing(tables)
    rows = {name: _of_year(issued.outlets[name], own, device) for name, own in rows.items()}
    found = passed(rows, issued.outlets)
    outlets, heard = {}, [*found.flows, *told]
    for name, own in issued.outlets.items():
        begins = found.begins.get(name, start)
        outlets[name] = own.controller(
            begins, place_in_year(begins.date(), device.year).year, device
        )
        heard += ((name, load) for load in _loads(own, begins, found.last or start, device))
    # An interval that ends at midnight belongs to the old month, so it comes before the load;
    # and the load comes before messages of its first second.
    heard.sort(key=lambda one: (one[1].at, _turn(one[1])))
    reasons: Counter[RowReason] = Counter()
    for (_, reason), count in (aside + found.aside).items():
        reasons[reason] += count
    return InputLog(
        outlets,
        issued.names,
        tuple(heard),
        found.unmeasured,
        dict(sorted(reasons.items())),
        tuple(card for outlet, own in rows.items() if not own for card in issued.names[outlet]),
        tuple(mistakes),
        (*issued.notices, *(notice for table in tables for notice in table.notices), *more),
    )


def _tables(files: Sequence[FilePath]) -> tuple[list[ReadTable], list[RightsError]]:
    """The tables of readings, and the errors of those that cannot be read.

    Raises: ManyErrors if none can be read.
    """
    tables: list[ReadTable] = []
    mistakes: list[RightsError] = []
    for file in files:
        try:
            tables.append(read_table(file, READINGS))
        except RightsError as error:
            mistakes.append(error)
    if not tables:
        raise_all(mistakes)
    return tables, mistakes


def _nothing(tables: Sequence[ReadTable]) -> InputError:
    return InputError(
        "watch.nothing",
        "no usable reading of any outlet with a card",
        where=tables[0].rows[0].where,
        mend=(
            "give readings of the outlets that the cards name, with times such as 2018-03-21 14:00"
        ),
    )


def _offset(tables: Sequence[ReadTable]) -> timedelta | None:
    """The UTC offset of the first reading."""
    times = (time_of(row.values["at"] or "") for table in tables for row in table.rows)
    return next((at.utcoffset() for at in times if at is not None), None)


def _of_year(own: OutletCards, rows: list[Timed], rules: DeviceRules) -> list[Timed]:
    """The readings that the outlet's cards count: of their year, if they have one."""
    if own.year is None:
        return rows
    return [pair for pair in rows if place_in_year(pair[1].date(), rules.year).year == own.year]


def _loads(
    own: OutletCards, begins: datetime, ends: datetime, rules: DeviceRules
) -> Iterator[MonthLoad | YearLoad]:
    """The bureau's loads from an outlet's first flow on, in the year of its cards."""
    place, until = (place_in_year(at.date(), rules.year) for at in (begins, ends))
    if own.year not in (None, place.year):
        return
    if own.year is not None:
        until = min(until, YearMonth(own.year, MONTHS))
    yield MonthLoad(begins, load_key(place), month=place.month)
    yield from loads(own, place, until, rules.year)


def _turn(given: Input) -> int:
    return 0 if isinstance(given, Flow) else 1 if isinstance(given, MonthLoad | YearLoad) else 2
