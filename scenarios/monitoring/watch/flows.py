"""Rows of readings into the flows of each outlet; unusable rows are excluded and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from permits.card.controller_inputs import Flow
from permits.errors import InputError
from permits.metering import RowReason
from scenarios.intake.columns import Row
from scenarios.monitoring.files.time_zones import time_of
from scenarios.monitoring.watch.controller_cards import L_PER_M3, OutletCards

NG_PER_L = {
    "mg_per_l": 10**6, "mg/l": 10**6, "毫克每升": 10**6,
    "mg_per_m3": 10**3, "mg/m3": 10**3, "毫克每立方米": 10**3,
}  # fmt: skip
VALID = ("", "N")
MOST = Decimal(10**12)  # of any value: far above every meter's range (assumed)
LEAP = timedelta(days=366)
"""Readings further apart than this are errors of the clock (assumed)."""

Column = tuple[str, int] | None
Litres = tuple[int, tuple[int, ...], bool]
"""Litres, ng/L of each card, and whether all were measured (missing ones count as zero)."""
Aside = Counter[tuple[str, RowReason]]
"""Number of excluded rows by outlet and reason."""
Timed = tuple[Row, datetime]


@dataclass(slots=True)
class PassedFlows:
    """Flows of the outlets with cards."""

    flows: list[tuple[str, Flow]] = field(default_factory=list)
    unmeasured: int = 0  # flagged, or without the value of a card
    aside: Aside = field(default_factory=Counter)
    last: datetime | None = None  # of the rows that were taken
    begins: dict[str, datetime] = field(default_factory=dict)  # of an outlet's first flow


def timed(rows: Sequence[Row], outlets: Iterable[str]) -> tuple[dict[str, list[Timed]], Aside]:
    """The rows of each outlet with their times; rows without a time are counted.

    Times with an offset (summer time changes it) are all put into the first one's.
    """
    found: dict[str, list[Timed]] = {name: [] for name in outlets}
    aside: Aside = Counter()
    first: datetime | None = None
    for row in rows:
        name = row.values["outlet"] or ""
        if name and name not in found:
            continue
        at = time_of(row.values["at"] or "")
        if at is None or not name:
            aside[name, RowReason.UNREADABLE] += 1
            continue
        first = first or at
        own, base = at.utcoffset(), first.utcoffset()
        later = timedelta() if own is None or base is None else own - base
        found[name].append((row, at.replace(tzinfo=None) - later))
    return found, aside


def passed(rows: Mapping[str, Sequence[Timed]], outlets: Mapping[str, OutletCards]) -> PassedFlows:
    """The flows of each outlet, at the end of each interval.

    A row is excluded for the first reason that holds, as in `permits.metering`: the clock first,
    then the values.
    """
    found = PassedFlows()
    for name, own in rows.items():
        if own:
            _pass(name, own, outlets[name], found)
    return found


def _pass(name: str, rows: Sequence[Timed], outlet: OutletCards, found: PassedFlows) -> None:
    """Add the flows of one outlet to `found`."""
    long = _interval([at for _, at in rows])
    columns = [
        _column(rows[0][0], card.pollutant, volume)
        for card, volume in zip(outlet.cards, outlet.by_volume, strict=True)
    ]
    last: datetime | None = None
    for row, at in rows:
        measured: Litres | RowReason | None = _clock(at, last)
        if measured is None and (row.values["flag"] or "").upper() in VALID:
            measured = _measured(row, columns)
        if isinstance(measured, RowReason):
            found.aside[name, measured] += 1
            continue
        last = at
        found.last = max(found.last or at, at)
        found.unmeasured += measured is None or not measured[2]
        if measured is not None:
            found.begins.setdefault(name, at)
            found.flows.append((name, Flow(at + long, *measured[:2])))


def _interval(times: Sequence[datetime]) -> timedelta:
    """The interval of readings: the most frequent step, the shortest of several.

    Without any step forward it is an hour.
    """
    steps = Counter(after - before for before, after in pairwise(times) if after > before)
    most = max(steps.values(), default=0)
    return min((step for step in steps if steps[step] == most), default=timedelta(hours=1))


def _column(row: Row, pollutant: str, by_volume: bool) -> Column:
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


def _clock(at: datetime, last: datetime | None) -> RowReason | None:
    if last is None or last < at <= last + LEAP:
        return None
    if at == last:
        return RowReason.DUPLICATE
    return RowReason.CLOCK_BACK if at < last else RowReason.CLOCK_AHEAD


def _measured(row: Row, columns: Sequence[Column]) -> Litres | RowReason | None:
    """Litres and ng/L of a reading; None if nothing was measured; or why it is excluded."""
    texts = [row.values["volume_m3"], *(row.extra.get(c[0]) if c else "0" for c in columns)]
    try:
        values = [Decimal(text) for text in texts if text]
    except InvalidOperation:
        return RowReason.UNREADABLE
    if not all(value.is_finite() for value in values):
        return RowReason.UNREADABLE
    if not texts[0] or not any(texts[1:]):
        return None
    if values[0] < 0:
        return RowReason.NEGATIVE_FLOW
    if min(values) < 0:
        return RowReason.NEGATIVE_CONC
    if max(values) > MOST:
        return RowReason.TOO_LARGE
    factors = (L_PER_M3, *(column[1] if column else 0 for column in columns))
    volume, *conc = (
        int((Decimal(text or 0) * factor).to_integral_value())
        for text, factor in zip(texts, factors, strict=True)
    )
    return volume, tuple(conc), all(texts)
