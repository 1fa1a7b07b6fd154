"""`plain_metering.py` and `place.py`, compiled: the same numbers; it releases the global lock.

One file, since the user's cache keeps compiled code until it changes: after changing an
imported constant, edit it too.

    floor    settings, length of the tape in use, the first hour of every month
    outlets  (O, 25) last hour, begin, usual volume, counts by reason
    places   (O x P, 42) gap, look-back, sums of the open period, card: columns below
    recent, known   ring buffers: the last valid masses; which of the last hours were valid
    tape     (length, 10) rows of all tables of `Found`, number of the table first
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

from permits.card.state import MONTHS
from permits.meter.flags import Status
from permits.meter.flow_concentration import NG_PER_MG
from permits.metering.chunk import (
    ABSENT,
    KEPT_EACH,
    LEAP_H,
    MOST_HOUR_MG,
    MOST_VALUE,
    UNIT_AFTER,
    UNIT_FACTOR,
    MeterEvent,
    RowReason,
)
from permits.metering.hour_tables import CALENDAR_H, DAY_H

_config: Any = numba.config
if not _config.CACHE_DIR:
    _home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    _config.CACHE_DIR = str(Path(_home or Path.home() / ".cache") / "permits")
# Without reference counting: it would cost more than the step itself, and nothing is allocated.
_options: dict[str, Any] = {"nogil": True, "_nrt": False}
_inner: dict[str, Any] = {**_options, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_F = TypeVar("_F", bound=Callable[..., Any])


def _entry(function: _F) -> _F:
    """Compile a function that is called from Python."""
    return cast(_F, numba.njit(cache=True, **_options)(function))


def _compiled(function: _F) -> _F:
    """Compile a function that is called from this file only."""
    return cast(_F, numba.njit(**_inner)(function))


def _inlined(function: _F) -> _F:
    """Compile and inline: a call with this many arrays costs more than its body."""
    return cast(_F, numba.njit(forceinline=True, **_inner)(function))


POLLUTANTS, BY, RULE, GIVEN_STAND, CARRY, WARN_FIRST, WARN_SECOND = range(7)  # of `floor`
LOOK_BACK, AVAILABILITY, ROOM, TAPED, CALENDAR = range(7, 12)
MASSES, EVENTS, BALANCES, NOTES = range(4)  # of a row of the tape
TAPE_COLUMNS = 10  # number of the table, and the nine columns of the widest one, masses
LAST, BEGINS, USUAL, SEEN, COUNTS = range(5)  # of `outlets`
OUTLET_COLUMNS = COUNTS + len(RowReason)
GAP_FIRST, GAP, SINCE, BEFORE, LARGEST, RECENT, KNOWN, KNOWN_VALID = range(8)  # of `places`
USUAL_CONC, SEEN_CONC, BEGUN = range(8, 11)
PERIOD, PERIOD_END, SUMS = 11, 12, 13  # six sums, as in MASS_COLUMNS
CARD, POTENTIAL, MONTH, MONTH_END, LOADED, CHARGED, RANK = range(19, 26)
RECENT_AT, KNOWN_AT, TOP, TOP_AT, QUOTA = range(26, 31)  # twelve quotas
PLACE_COLUMNS = QUOTA + MONTHS
HOUR, DAY, MONTHLY = range(3)  # of floor[BY]
NONE = -1  # no mass, no month, no card
VALID_H, PUT_H, UNFILLED_H, STOPPED_H = range(2, 6)  # of the sums
R_NOTHING, R_2007, R_2017, R_PART75, R_CONSERVATIVE = range(5)  # of floor[RULE]
MOST_PRODUCT = MOST_HOUR_MG * NG_PER_MG

VALID, MISSING, STOPPED, GIVEN, UNKNOWN, CLASHING = (int(status) for status in Status)
(
    OUT_OF_CALENDAR, BEFORE_CARD, CLOCK_BACK, DUPLICATE, CLOCK_AHEAD, UNKNOWN_FLAG, NEGATIVE_FLOW,
    NEGATIVE_CONC, TOO_LARGE, CONC_WITHOUT_FLOW, FLOW_WITHOUT_CONC, EMPTY, _, _, TWO_IN_HOUR,
    CONC_MISSING, UNIT_OF_VOLUME, UNIT_OF_CONC, FLOW_WHILE_STOPPED, CONC_AT_NO_FLOW, _,
) = (int(reason) for reason in RowReason)  # fmt: skip
OPEN_EVENT, REOPENED, RELOADED = (
    int(MeterEvent.OPEN),
    int(MeterEvent.REOPENED),
    int(MeterEvent.RELOADED),
)


@_entry
def take(
    begin: int, outlet: Any, hour: Any, volume: Any, conc: Any, status: Any, row: Any, summed: Any,
    floor: Any, outlets: Any, places: Any, recent: Any, known: Any, tape: Any, reasons: Any,
) -> int:  # fmt: skip
    """Process rows from `begin` on, until the tape has less room than one row may need.

    Args:
        begin: first row to take.
        outlet: (n,) number of the outlet.
        hour: (n,) hour since 1970.
        volume: (n,) [L], or `ABSENT`.
        conc: (P, n) [ng/L], or `ABSENT`.
        status: (1, n) or (P, n) `Status`.
        row: (n,) row in the file.
        summed: (P, n) masses already known [mg], or (0, 0).
        floor: settings; this and the next five are changed and described above.
        outlets: state of the outlets.
        places: state of every pollutant of an outlet.
        recent: last valid masses.
        known: validity of the last hours.
        tape: results.
        reasons: (21,) scratch space, all zero.
    Returns: the first row not taken.
    """
    pollutants = floor[POLLUTANTS]
    for n in range(begin, len(outlet)):
        if floor[TAPED] + floor[ROOM] > len(tape):
            return n
        o, h, v = outlet[n], hour[n], volume[n]
        reason = _clock(outlets, o, h)
        if reason < 0:
            reason = _values(conc, status, n, v, pollutants)
        if reason >= 0:
            _note(reason, row[n], o, h, floor, outlets, tape)
            continue
        last = outlets[o, LAST]
        since = h if last < 0 else last + 1
        measured = warned = False
        for p in range(pollutants):
            place = o * pollutants + p
            # The gap before this hour comes first: masses are booked in order of time.
            if h > since and places[place, BEGUN]:
                _miss(place, since, h - since, pollutants, floor, places, recent, known, tape)
            c = conc[p, n]
            said = status[p if len(status) > 1 else 0, n]
            counted = _status(said, c, v, place, floor, places, reasons)
            given = summed[p, n] if len(summed) else NONE
            _put(place, counted, c, v, given, h, pollutants, floor, places, recent, known, tape)
            if counted == VALID and v > 0:
                measured = True
                if c > 0 and _is_far(places, place, USUAL_CONC, c):
                    reasons[UNIT_OF_CONC] = warned = True
            if v == 0 and c > 0 and (counted in (VALID, GIVEN)):
                reasons[CONC_AT_NO_FLOW] = True
            if counted != said or v == 0:
                warned = True
        if measured and _is_far(outlets, o, USUAL, v):
            reasons[UNIT_OF_VOLUME] = warned = True
        if warned:
            for k in range(TWO_IN_HOUR, CONC_AT_NO_FLOW + 1):
                if reasons[k]:
                    _note(k, row[n], o, h, floor, outlets, tape)
                    reasons[k] = False
        outlets[o, LAST] = h
    return len(outlet)


@_entry
def finish(
    begin: int, until: int, floor: Any, outlets: Any, places: Any, recent: Any, known: Any,
    tape: Any,
) -> int:  # fmt: skip
    """End gaps, periods and balances of the outlets from `begin` on, as far as there is room.

    Args:
        begin: first outlet to end.
        until: hours without a reading up to this one are missing, for a year at most.
        floor: as for `take`, like all that follow.
        outlets: state of the outlets.
        places: state of every pollutant of an outlet.
        recent: last valid masses.
        known: validity of the last hours.
        tape: results.
    Returns: the first outlet not ended.
    """
    pollutants = floor[POLLUTANTS]
    for o in range(begin, len(outlets)):
        if floor[TAPED] + floor[ROOM] > len(tape):
            return o
        last = outlets[o, LAST]
        if last < 0:
            continue
        hours = min(until - last, LEAP_H)
        for place in range(o * pollutants, (o + 1) * pollutants):
            if hours > 0 and places[place, BEGUN]:
                _miss(place, last + 1, hours, pollutants, floor, places, recent, known, tape)
            _fill(place, NONE, pollutants, floor, places, recent, known, tape)
            _flush(place, pollutants, floor, places, tape)
            if places[place, CARD] != NONE and places[place, MONTH] != NONE:
                _balance(place, floor, places, tape)
    return len(outlets)


@_inlined
def _clock(outlets: Any, o: int, h: int) -> int:
    """The fault in the hour of a row, or -1."""
    if h < 0 or h >= CALENDAR_H:
        return OUT_OF_CALENDAR
    if h < outlets[o, BEGINS]:
        return BEFORE_CARD
    last = outlets[o, LAST]
    if last >= 0:
        if h < last:
            return CLOCK_BACK
        if h == last:
            return DUPLICATE
        if h > last + LEAP_H:
            return CLOCK_AHEAD
    return NONE


@_inlined
def _values(conc: Any, status: Any, n: int, v: int, pollutants: int) -> int:
    """The fault in flags and values of a row, or -1."""
    wanted = present = negative = large = False
    for k in range(len(status)):
        if status[k, n] == UNKNOWN:
            return UNKNOWN_FLAG
    for p in range(pollutants):
        said = status[p if len(status) > 1 else 0, n]
        if said in (VALID, GIVEN):
            wanted = True
            c = conc[p, n]
            if c != ABSENT:
                present = True
                negative = negative or c < 0
                large = large or c > MOST_VALUE or _too_much(v, c)
    if not wanted:
        return NONE
    if v < 0 and v != ABSENT:
        return NEGATIVE_FLOW
    if negative:
        return NEGATIVE_CONC
    if large or v > MOST_VALUE:
        return TOO_LARGE
    if v == ABSENT:
        return CONC_WITHOUT_FLOW if present else EMPTY
    return FLOW_WITHOUT_CONC if v > 0 and not present else NONE


@_inlined
def _too_much(v: int, c: int) -> bool:
    """Whether the mass exceeds an hour's limit; the product is computed only where it fits."""
    if v <= 0 or c <= 0:
        return False
    # 9.1e18 is just below 2^63 and above the limit, so a rough product decides safely.
    return float(v) * float(c) > 9.1e18 or v * c > MOST_PRODUCT


@_inlined
def _status(said: int, c: int, v: int, place: int, floor: Any, places: Any, reasons: Any) -> int:
    """How a pollutant's hour counts."""
    if said == CLASHING:
        reasons[TWO_IN_HOUR] = True
        return MISSING
    if said == STOPPED and v > 0:
        reasons[FLOW_WHILE_STOPPED] = True
        return MISSING
    if said == GIVEN and not floor[GIVEN_STAND]:
        return MISSING
    if (said in (VALID, GIVEN)) and c == ABSENT and v > 0:
        if places[place, BEGUN]:
            reasons[CONC_MISSING] = True
        return MISSING
    return said


@_inlined
def _put(
    place: int, counted: int, c: int, v: int, given: int, h: int, pollutants: int,
    floor: Any, places: Any, recent: Any, known: Any, tape: Any,
) -> None:  # fmt: skip
    """Pass an hour to a place; `given` is its mass where that is already known."""
    if (counted in (VALID, GIVEN)) and c != ABSENT:
        places[place, BEGUN] = True
    if not places[place, BEGUN]:
        return
    if counted == MISSING:
        _miss(place, h, 1, pollutants, floor, places, recent, known, tape)
        return
    mass = 0
    if counted == VALID and given != NONE:
        mass = given
    elif counted != STOPPED and c != ABSENT:
        mass = (v * c) // NG_PER_MG
        rest = v * c - mass * NG_PER_MG
        half = NG_PER_MG // 2
        if rest > half or (rest == half and mass % 2 == 1):
            mass += 1
    if places[place, GAP] > 0:
        _fill(place, mass if counted == VALID else NONE, pollutants, floor, places, recent,
              known, tape)  # fmt: skip
    how, emitted, put_in = STOPPED_H, 0, 0
    if counted == VALID:
        how, emitted = VALID_H, mass
        _remember(place, mass, floor, places, recent, known)
    elif counted == GIVEN:
        how, put_in = PUT_H, mass
        _know(place, False, floor, places, known)
    _book(place, h, emitted, put_in, how, pollutants, floor, places, tape)  # fmt: skip


@_inlined
def _remember(place: int, mass: int, floor: Any, places: Any, recent: Any, known: Any) -> None:
    """A valid hour enters the look-back."""
    places[place, SINCE] = 0
    places[place, BEFORE] = mass
    if mass > places[place, LARGEST]:
        places[place, LARGEST] = mass
    if floor[LOOK_BACK]:
        at = places[place, RECENT_AT]
        recent[place, at] = mass
        if mass >= places[place, TOP]:
            places[place, TOP], places[place, TOP_AT] = mass, places[place, RECENT]
        places[place, RECENT_AT] = at + 1 if at + 1 < floor[LOOK_BACK] else 0
        places[place, RECENT] += 1
    _know(place, True, floor, places, known)


@_inlined
def _know(place: int, valid: bool, floor: Any, places: Any, known: Any) -> None:
    """An hour in operation enters the availability record."""
    width = floor[AVAILABILITY]
    if width:
        at = places[place, KNOWN_AT]
        places[place, KNOWN_AT] = at + 1 if at + 1 < width else 0
        if places[place, KNOWN] >= width:
            places[place, KNOWN_VALID] -= known[place, at]
        known[place, at] = valid
        places[place, KNOWN_VALID] += valid
        places[place, KNOWN] += 1


@_compiled
def _miss(
    place: int, first: int, hours: int, pollutants: int,
    floor: Any, places: Any, recent: Any, known: Any, tape: Any,
) -> None:  # fmt: skip
    """The next `hours` have no value."""
    if places[place, GAP] + hours > LEAP_H:
        _fill(place, NONE, pollutants, floor, places, recent, known, tape)
    if places[place, GAP] == 0:
        places[place, GAP_FIRST] = first
    places[place, GAP] += hours


@_compiled
def _fill(
    place: int, after: int, pollutants: int,
    floor: Any, places: Any, recent: Any, known: Any, tape: Any,
) -> None:  # fmt: skip
    """End a gap by the missing-data rule."""
    hours = places[place, GAP]
    if hours == 0:
        return
    places[place, SINCE] += hours
    for _ in range(hours):
        _know(place, False, floor, places, known)
    mass = _substitute(place, after, floor, places, recent)
    how = UNFILLED_H if mass < 0 else PUT_H
    for h in range(places[place, GAP_FIRST], places[place, GAP_FIRST] + hours):
        _book(place, h, 0, max(mass, 0), how, pollutants, floor, places, tape)  # fmt: skip
    places[place, GAP] = 0


@_compiled
def _substitute(place: int, after: int, floor: Any, places: Any, recent: Any) -> int:
    """The mass of each hour of a gap, or -1: the files of `permits.meter.missing`."""
    rule, before, length = floor[RULE], places[place, BEFORE], places[place, SINCE]
    if rule == R_2007:
        if length > 24 or before < 0 or after < 0:
            return NONE
        return _mean(before, after)
    operated = min(places[place, KNOWN], floor[AVAILABILITY])
    valid, potential = places[place, KNOWN_VALID], places[place, POTENTIAL]
    there = min(places[place, RECENT], floor[LOOK_BACK])
    wanted = 0
    if rule == R_2017:
        wanted = 180 if length <= 24 else 720
        if 100 * valid < 90 * operated:
            wanted = 2160
    elif rule == R_CONSERVATIVE:
        if there == 0 and potential >= 0:
            return int(potential)
        wanted = 720
    elif rule == R_PART75:
        around = _mean(before if before >= 0 else after, after if after >= 0 else before)
        good, fair = 100 * valid >= 95 * operated, 100 * valid >= 90 * operated
        if there < 720 or around < 0 or (good and length <= 24) or (fair and length <= 8):
            return around
        if fair:
            percent = 90 if good else 95
            return max(around, _percentile(place, there, percent, places, recent))
        if 100 * valid < 80 * operated:
            return int(potential if potential >= 0 else places[place, LARGEST])
        wanted = 720
    return _largest(place, wanted, after, floor, places, recent) if wanted else NONE


@_compiled
def _mean(first: int, second: int) -> int:
    """The mean of two masses, half to even."""
    whole, odd = divmod(first + second, 2)
    return whole + (odd and whole % 2)


@_compiled
def _largest(place: int, hours: int, after: int, floor: Any, places: Any, recent: Any) -> int:
    """The largest of the last `hours` valid masses, else that of the hour after.

    The maximum of the whole look-back is cached until it leaves the look-back.
    """
    count, width = places[place, RECENT], floor[LOOK_BACK]
    if count == 0:
        return after
    whole = hours == width
    if whole and count - places[place, TOP_AT] < width:
        return int(places[place, TOP])
    most, k, found = -1, places[place, RECENT_AT], count
    for back in range(min(hours, count, width)):
        k = k - 1 if k > 0 else width - 1
        if recent[place, k] > most:
            most, found = recent[place, k], count - 1 - back
    if whole:
        places[place, TOP], places[place, TOP_AT] = most, found
    return int(most)


@_compiled
def _percentile(place: int, there: int, percent: int, places: Any, recent: Any) -> int:
    """The nearest rank, by bisection of the range: no memory may be allocated here."""
    wanted = -(-percent * there // 100)
    low, high = -1, int(places[place, LARGEST])  # too few are <= `low`, enough <= `high`
    while high - low > 1:
        middle = (low + high) // 2
        below = 0
        for k in range(there):
            below += recent[place, k] <= middle
        if below >= wanted:
            high = middle
        else:
            low = middle
    return high


@_inlined
def _book(
    place: int, h: int, emitted: int, put_in: int, how: int, pollutants: int,
    floor: Any, places: Any, tape: Any,
) -> None:  # fmt: skip
    """An hour enters the open period and is charged to the card."""
    if h >= places[place, PERIOD_END]:
        _turn(place, h, pollutants, floor, places, tape)
    places[place, SUMS] += emitted
    places[place, SUMS + 1] += put_in
    places[place, SUMS + how] += 1
    if places[place, CARD] != NONE:
        _charge(place, h, emitted + put_in, floor, places, tape)  # fmt: skip


@_inlined
def _charge(place: int, h: int, mass: int, floor: Any, places: Any, tape: Any) -> None:
    """An hour's mass is charged to the card; months that have begun are loaded first."""
    if h >= places[place, MONTH_END]:
        _load(place, h, floor, places, tape)
    places[place, CHARGED] += mass
    if (
        places[place, RANK] != 3
        and 100 * places[place, CHARGED] >= floor[WARN_FIRST] * places[place, LOADED]
    ):
        _rise(place, h, mass, floor, places, tape)


@_compiled
def _turn(place: int, h: int, pollutants: int, floor: Any, places: Any, tape: Any) -> None:
    """A new period begins."""
    _flush(place, pollutants, floor, places, tape)
    if floor[BY] == HOUR:
        places[place, PERIOD], places[place, PERIOD_END] = h, h + 1
    elif floor[BY] == DAY:
        day = h // DAY_H
        places[place, PERIOD], places[place, PERIOD_END] = day, (day + 1) * DAY_H
    else:
        month = _month(h, floor)
        places[place, PERIOD], places[place, PERIOD_END] = month, floor[CALENDAR + month + 1]


@_compiled
def _load(place: int, h: int, floor: Any, places: Any, tape: Any) -> None:
    """The card is loaded for its first month, or for each that has begun."""
    if places[place, MONTH] == NONE:
        month = _month(h, floor)
        places[place, MONTH], places[place, MONTH_END] = month, floor[CALENDAR + month + 1]
        places[place, LOADED] = places[place, QUOTA + month % MONTHS]
        _event(place, h, OPEN_EVENT, floor, places, tape)
    while h >= places[place, MONTH_END]:
        _reload(place, floor, places, tape)


@_compiled
def _rise(place: int, h: int, mass: int, floor: Any, places: Any, tape: Any) -> None:
    """`rank_of`, and an event for every rank reached."""
    charged, loaded, reached = places[place, CHARGED], places[place, LOADED], 0
    if charged >= loaded and (charged > 0 or mass > 0):
        reached = 3
    elif loaded > 0:
        reached = int(100 * charged >= floor[WARN_FIRST] * loaded)
        reached += int(100 * charged >= floor[WARN_SECOND] * loaded)
    for rank in range(places[place, RANK] + 1, reached + 1):
        _event(place, h, rank, floor, places, tape)
        places[place, RANK] = rank


@_compiled
def _reload(place: int, floor: Any, places: Any, tape: Any) -> None:
    """Load the next month; a new year begins without the remainder of the old one."""
    _balance(place, floor, places, tape)
    month = places[place, MONTH] + 1
    rest = places[place, LOADED] - places[place, CHARGED]
    if month % MONTHS == 0:
        rest = 0
    elif not floor[CARRY]:
        rest = min(rest, 0)
    places[place, MONTH], places[place, MONTH_END] = month, floor[CALENDAR + month + 1]
    places[place, LOADED] = places[place, QUOTA + month % MONTHS] + rest
    places[place, CHARGED] = 0
    stopped = places[place, RANK] == 3
    places[place, RANK] = 3 if stopped and places[place, LOADED] <= 0 else 0
    reopened = stopped and places[place, RANK] == 0
    _event(place, floor[CALENDAR + month], REOPENED if reopened else RELOADED, floor, places, tape)


@_compiled
def _flush(place: int, pollutants: int, floor: Any, places: Any, tape: Any) -> None:
    """Write the period's sums to the tape."""
    if places[place, PERIOD] == NONE:
        return
    at = floor[TAPED]
    tape[at, 0], tape[at, 3] = MASSES, places[place, PERIOD]
    tape[at, 1], tape[at, 2] = place // pollutants, place % pollutants
    for k in range(6):
        tape[at, 4 + k] = places[place, SUMS + k]
        places[place, SUMS + k] = 0
    floor[TAPED] += 1
    places[place, PERIOD], places[place, PERIOD_END] = NONE, NONE


@_compiled
def _balance(place: int, floor: Any, places: Any, tape: Any) -> None:
    at = floor[TAPED]
    tape[at, 0], tape[at, 5] = BALANCES, places[place, RANK]
    tape[at, 1], tape[at, 2] = places[place, CARD], places[place, MONTH]
    tape[at, 3], tape[at, 4] = places[place, LOADED], places[place, CHARGED]
    floor[TAPED] += 1


@_compiled
def _event(place: int, h: int, event: int, floor: Any, places: Any, tape: Any) -> None:
    at = floor[TAPED]
    tape[at, 0], tape[at, 1], tape[at, 2], tape[at, 3] = EVENTS, places[place, CARD], h, event
    floor[TAPED] += 1


@_compiled
def _month(h: int, floor: Any) -> int:
    """The month of an hour: the calendar gives the first hour of each."""
    month = h // 730  # mean length of a month [h]: at most one or two off
    while floor[CALENDAR + month] > h:
        month -= 1
    while floor[CALENDAR + month + 1] <= h:
        month += 1
    return int(month)


@_compiled
def _note(reason: int, row: int, o: int, h: int, floor: Any, outlets: Any, tape: Any) -> None:
    outlets[o, COUNTS + reason] += 1
    if outlets[o, COUNTS + reason] <= KEPT_EACH:
        at = floor[TAPED]
        tape[at, 0], tape[at, 1], tape[at, 2], tape[at, 3], tape[at, 4] = NOTES, row, o, h, reason
        floor[TAPED] += 1


@_inlined
def _is_far(table: Any, line: int, usual: int, value: int) -> bool:
    """`Usual.is_far`; the number of values is stored next to the usual one."""
    now, seen = table[line, usual], table[line, usual + 1]
    far = seen >= UNIT_AFTER and (value // UNIT_FACTOR >= now or now // UNIT_FACTOR >= value)
    if seen == 0:
        table[line, usual] = value
    elif value > now:
        table[line, usual] = now + now // 16 + 1
    elif value < now:
        table[line, usual] = max(now - now // 16 - 1, 1)
    table[line, usual + 1] = seen + 1
    return bool(far)
