"""Readings by the minute become hours: 45 minutes make one, and the mass is rounded once."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from permits.meter.flags import Status
from permits.metering import ABSENT, Chunk, MeterPlan, RowReason, open_meter
from permits.metering.minutes import HourMaker, find_intervals

START = 416_328  # 2017-06-30 00:00
MG_PER_L = 10**6
LEAP_MIN = 8784 * 60
MOST_NG = 9 * 10**18
VALID, MISSING, STOPPED, UNKNOWN = Status.VALID, Status.MISSING, Status.STOPPED, Status.UNKNOWN
Raw = tuple[int, int, int, int, Status]  # outlet, minute, litres, ng/L, flag


def chunk_of(rows: list[Raw]) -> Chunk:
    outlet, minute, volume, conc, status = (np.array(c, np.int64) for c in zip(*rows, strict=True))
    return Chunk(
        outlet.astype(np.int32), minute // 60, volume, conc[None], status.astype(np.uint8)[None],
        np.arange(len(rows)), minute % 60,
    )  # fmt: skip


def made(rows: list[Raw], every: int, cuts: list[int] = []) -> tuple[list, list]:  # noqa: B006
    """Hours (outlet, hour, litres, mg, status) and notes (row, reason) of the arrays."""
    maker, chunk = HourMaker(), chunk_of(rows)
    ends = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    found = [
        maker.take(chunk.part(a, b), np.full(b - a, every)) for a, b in itertools.pairwise(ends)
    ]
    found.append(maker.close())
    hours, notes = [], []
    for part in found:
        one = part.chunk
        if len(one):
            assert one.mass_mg is not None
            hours += zip(one.outlet.tolist(), one.hour.tolist(), one.volume_l.tolist(),
                         one.mass_mg[0].tolist(), one.status[0].tolist(), strict=True)  # fmt: skip
        notes += [(row, reason) for row, _, _, reason in part.notes]
    return sorted(hours), sorted(notes)


def plain(rows: list[Raw], every: int) -> tuple[list, list]:
    """The same, a reading at a time, with exact fractions."""
    slots, notes = 60 // every, []
    hours: dict[tuple[int, int], list[tuple[int, Raw]]] = {}
    last: dict[int, int] = {}
    for number, row in enumerate(rows):
        outlet, minute, volume, conc, status = row
        slot = minute // every
        reason = _wrong(volume, conc, status, slots)
        if reason is None and outlet in last:
            if slot == last[outlet]:
                reason = RowReason.DUPLICATE
            elif slot < last[outlet]:
                reason = RowReason.CLOCK_BACK
            elif slot - last[outlet] > LEAP_MIN // every:
                reason = RowReason.CLOCK_AHEAD
        if status is STOPPED and volume > 0:
            notes.append((number, RowReason.FLOW_WHILE_STOPPED))
        if reason is not None:
            notes.append((number, reason))
            continue
        last[outlet] = slot
        hours.setdefault((outlet, minute // 60), []).append((number, row))
    found = []
    for (outlet, hour), held in hours.items():
        valid = [(v, c) for _, (_, _, v, c, s) in held if s is VALID and (c != ABSENT or v == 0)]
        still = sum(s is STOPPED and v <= 0 for _, (_, _, v, _, s) in held)
        known, litres = len(valid) + still, sum(v for v, _ in valid)
        ng = sum(v * c for v, c in valid if c != ABSENT)
        status, mass = MISSING, 0
        if known * every >= 45:
            status = VALID if valid else STOPPED
            mass = round(Fraction(ng * slots, known * 10**6))
        elif known:
            notes.append((held[0][0], RowReason.FEW_MINUTES))
        volume = round(Fraction(litres * slots, max(known, 1)))
        found.append((outlet, hour, volume, mass if status is VALID else 0, status))
    return sorted(found), sorted(notes)


def _wrong(volume: int, conc: int, status: Status, slots: int) -> RowReason | None:
    if status is UNKNOWN:
        return RowReason.UNKNOWN_FLAG
    if status is not VALID:
        return None
    if ABSENT != volume < 0:
        return RowReason.NEGATIVE_FLOW
    if ABSENT != conc < 0:
        return RowReason.NEGATIVE_CONC
    if volume * conc > MOST_NG // slots and ABSENT not in (volume, conc):
        return RowReason.TOO_LARGE
    if volume == ABSENT:
        return RowReason.EMPTY if conc == ABSENT else RowReason.CONC_WITHOUT_FLOW
    return RowReason.FLOW_WITHOUT_CONC if volume and conc == ABSENT else None


steps = st.sampled_from([1] * 40 + [0, -1, 2, 7, 16, 45, 70, LEAP_MIN + 60])
volumes = st.sampled_from([0, 1, 3, 999, 10**9, 10**12, ABSENT, -1, 7, 7, 7, 7])
concs = st.sampled_from([0, 1, 499_999, 500_000, 10**9, ABSENT, -1, 3, 3, 3, 3])
flags = st.sampled_from([VALID] * 20 + [MISSING, STOPPED, STOPPED, UNKNOWN])


@given(
    st.lists(st.tuples(st.integers(0, 2), steps, volumes, concs, flags), min_size=1, max_size=150),
    st.sampled_from([1, 5, 15, 20, 30]),
    st.lists(st.integers(0, 150), max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_hours_are_those_of_one_reading_at_a_time_wherever_chunks_are_cut(moves, every, cuts):
    at = [START * 60] * 3
    rows: list[Raw] = []
    for outlet, step, volume, conc, flag in moves:
        at[outlet] += step * every
        rows.append((outlet, at[outlet], volume, conc, flag))
    assert made(rows, every, cuts) == plain(rows, every)


def minutes(count: int, every: int = 1, volume: int = 7, flag: Status = VALID) -> list[Raw]:
    return [(0, START * 60 + n * every, volume, MG_PER_L, flag) for n in range(count)]


@pytest.mark.parametrize(("every", "enough"), [(1, 45), (5, 9), (10, 5), (15, 3), (20, 3), (30, 2)])
def test_an_hour_needs_45_minutes_and_is_then_their_mean(every, enough):
    """HJ 75 for gas [VOC-C1]: an hour is known by 45 minutes."""
    assert made(minutes(enough, every), every)[0] == [
        (0, START, 7 * 60 // every, 7 * 60 // every, VALID)
    ]
    hours, notes = made(minutes(enough - 1, every), every)
    assert [hour[3:] for hour in hours] == [(0, MISSING)]
    assert notes == [(0, RowReason.FEW_MINUTES)]


def test_an_hour_that_stood_still_is_no_gap_and_stopped_minutes_count_as_known():
    assert made(minutes(60, flag=STOPPED, volume=0), 1)[0] == [(0, START, 0, 0, STOPPED)]
    half = minutes(60)[:30] + minutes(60, flag=STOPPED, volume=0)[30:]
    assert made(half, 1)[0] == [(0, START, 210, 210, VALID)]


def test_masses_of_minutes_are_rounded_once_and_metered_as_they_are():
    """60 minutes of 1 L at 0.5 mg/L are 30 mg; each minute alone would round to nothing."""
    rows = [(0, START * 60 + n, 1, MG_PER_L // 2, VALID) for n in range(60)]
    maker, meter = HourMaker(), open_meter(MeterPlan(("COD",)), compiled=False)
    maker.take(chunk_of(rows), np.full(60, 1))
    meter.take(maker.close().chunk)
    assert meter.finish().masses[0, 3:6].tolist() == [30, 0, 1]


def test_the_most_frequent_step_of_each_outlet_is_found():
    rows = [*minutes(9, 5), *((1, START * 60 + 60 * n, 1, 1, VALID) for n in range(4)),
            (2, START * 60, 1, 1, VALID)]  # fmt: skip
    assert find_intervals(chunk_of(rows)) == {0: 5, 1: 60}
