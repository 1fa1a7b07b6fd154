"""Readings, cards and messages as tables, into controllers and what they hear."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from permits.card import Controller, DeviceRules
from permits.card.cardyear import YearMonth, place_in_year
from permits.card.inputs import Flow, MonthLoad, YearLoad
from permits.card.state import MONTHS
from permits.errors import InputError
from scenarios.tables import Field, Row, read_table
from scenarios.watch.cards import L_PER_M3, OutletCards, load_key, loads, read_cards
from scenarios.watch.messages import Heard, read_messages, time_of, with_times

NG_PER_L = {
    "mg_per_l": 10**6, "mg/l": 10**6, "毫克每升": 10**6,
    "mg_per_m3": 10**3, "mg/m3": 10**3, "毫克每立方米": 10**3,
}  # fmt: skip
VALID = ("", "N")
MOST = Decimal(10**12)

READINGS = (
    Field("outlet", "text"),
    Field("at", "text"),
    Field("volume_m3", "text", blank=True),
    Field("flag", "text", required=False, blank=True),
)
FilePath = str | Path


@dataclass(frozen=True, slots=True)
class Reel:
    """All that a film needs: the outlets as they stand, and what each hears, in order."""

    outlets: Mapping[str, Controller]
    names: Mapping[str, tuple[str, ...]]  # the cards of each outlet
    heard: tuple[Heard, ...]
    unmeasured: int  # readings without a valid value of each card, left out there
    notices: tuple[str, ...]


def read_reel(
    readings: FilePath | Sequence[FilePath],
    cards: FilePath,
    messages: FilePath | None = None,
    *,
    rules: DeviceRules | None = None,
) -> Reel:
    """Read a meter's readings, the cards of its outlets and what they were told.

    Cards are loaded at the start of each month and year, as a bureau does, from the month of
    their outlet's first reading on; the year's quota comes again each year, unless the card
    is of one `year` alone. A reading that is flagged or has no value is not counted here
    (rules for missing data are the meter's); one that lacks a pollutant counts for the others.

    Args:
        readings: `outlet, at, volume_m3`, `<pollutant>_mg_per_l` or `_mg_per_m3`, `flag`;
            `at` is the beginning of the interval. One file, or several of the same columns.
        cards, messages: as `read_cards` and `read_messages` take them.
    Raises: ManyErrors with every mistake of a file.
    """
    device = rules or DeviceRules()
    issued = read_cards(cards)
    files = [readings] if isinstance(readings, FilePath) else readings
    tables = [read_table(file, READINGS) for file in files]
    rows = [row for table in tables for row in table.rows]
    offset = time_of(rows[0]).utcoffset()
    parsed = with_times(rows, offset)
    told, notices = read_messages(messages, issued.outlets, offset) if messages else ([], ())
    mine: dict[str, list[tuple[Row, datetime]]] = defaultdict(list)
    for row, at in parsed:
        mine[row.values["outlet"]].append((row, at))
    span = min(at for _, at in parsed), max(at for _, at in parsed)
    scenes = [_scene(own, mine[name], span, device) for name, own in issued.outlets.items()]
    # An interval that ends at midnight belongs to the old month, so it goes before the load.
    heard = sorted(
        (*(one for scene in scenes for one in scene.heard), *told),
        key=lambda one: (one[1].at, not isinstance(one[1], Flow)),
    )
    return Reel(
        {scene.controller.outlet: scene.controller for scene in scenes},
        issued.names,
        tuple(heard),
        sum(scene.unmeasured for scene in scenes),
        (*issued.notices, *(notice for table in tables for notice in table.notices), *notices),
    )


class Scene(NamedTuple):
    """An outlet before it hears anything, and its loads and flows."""

    controller: Controller
    heard: list[Heard]
    unmeasured: int


def _scene(
    own: OutletCards,
    rows: Sequence[tuple[Row, datetime]],
    span: tuple[datetime, datetime],
    rules: DeviceRules,
) -> Scene:
    """What passed an outlet, at the end of each interval, and what its cards are loaded with."""
    if own.year is not None:
        rows = [pair for pair in rows if place_in_year(pair[1].date(), rules.year).year == own.year]
    flows, unmeasured, first = _flows(own, rows)
    begins = first or min((at for _, at in rows), default=span[0])
    place, until = (place_in_year(at.date(), rules.year) for at in (begins, span[1]))
    if own.year is not None:
        until = min(until, YearMonth(own.year, MONTHS))
    heard: list[Flow | MonthLoad | YearLoad] = [*flows]
    if own.year in (None, place.year):
        heard += (
            MonthLoad(begins, load_key(place), month=place.month),
            *loads(own, place, until, rules.year),
        )
    controller = own.controller(begins, place.year, rules)
    return Scene(controller, [(own.outlet, one) for one in heard], unmeasured)


def _flows(
    own: OutletCards, rows: Sequence[tuple[Row, datetime]]
) -> tuple[list[Flow], int, datetime | None]:
    """The flows, how many readings lack a card's value, when the first that counts began."""
    if not rows:
        return [], 0, None
    long = _interval([at for _, at in rows])
    columns = [_column(rows[0][0], card.pollutant, volume)
               for card, volume in zip(own.cards, own.by_volume, strict=True)]  # fmt: skip
    flows, unmeasured = [], 0
    for row, at in rows:
        measured = _measured(row, columns)
        unmeasured += measured is None or measured.partly
        if measured is not None:
            flows.append(Flow(at + long, measured.volume_l, measured.conc_ng_per_l))
    return flows, unmeasured, min((flow.at - long for flow in flows), default=None)


def _interval(times: Sequence[datetime]) -> timedelta:
    """How long a reading lasts: the least step between two, an hour where there is one."""
    steps = [after - before for before, after in pairwise(times) if after > before]
    return min(steps, default=timedelta(hours=1))


def _column(row: Row, pollutant: str, by_volume: bool) -> tuple[str, int] | None:
    """The column of a pollutant's concentration, and ng/L in its unit."""
    if by_volume:
        return None
    for column in row.extra:
        for unit, factor in NG_PER_L.items():
            plain = column.lower().replace("浓度", "")
            if plain == f"{pollutant.lower()}_{unit}":
                return column, factor
    raise InputError(
        "watch.column",
        "no column gives the concentration of {pollutant}",
        where=row.where,
        mend="name it {pollutant}_mg_per_l (water) or {pollutant}_mg_per_m3 (gas)",
        pollutant=pollutant,
    )


class Measured(NamedTuple):
    """A reading; `partly`: some card's pollutant was not measured, and counts for nothing."""

    volume_l: int
    conc_ng_per_l: tuple[int, ...]
    partly: bool


def _measured(row: Row, columns: Sequence[tuple[str, int] | None]) -> Measured | None:
    """Litres and ng/L of a reading; None where nothing that a card counts was measured."""
    if (row.values["flag"] or "").upper() not in VALID:
        return None
    given = [row.extra[column[0]] if column else "0" for column in columns]
    if not row.values["volume_m3"] or not any(given):
        return None
    volume, *conc = (_decimal(text or "0", row.where) for text in (row.values["volume_m3"], *given))
    factors = (column[1] if column else 0 for column in columns)
    scaled = (int((c * f).to_integral_value()) for c, f in zip(conc, factors, strict=True))
    litres = int((volume * L_PER_M3).to_integral_value())
    return Measured(litres, tuple(scaled), not all(given))


def _decimal(text: str, where: str) -> Decimal:
    try:
        number = Decimal(text)
        if not 0 <= number <= MOST:
            raise InvalidOperation
    except InvalidOperation:
        raise InputError(
            "watch.number",
            "{said!r} is not a volume or concentration",
            where=where,
            mend="write a plain number of zero or more",
            said=text,
        ) from None
    return number
