"""One pass over readings: compiled and plain are one, and both do what they say."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from permits.card.state import CardRules, Stop
from permits.errors import InputError
from permits.meter.flags import Status
from permits.meter.missing import RULES
from permits.metering import (
    ABSENT,
    BulkCard,
    Chunk,
    Found,
    MeterPass,
    MeterPlan,
    RowReason,
    advance,
    open_meter,
)
from permits.metering.chunk import EVENT_COLUMNS, LEAP_H, MASS_COLUMNS, MeterEvent
from permits.metering.hour_tables import hour_name, hour_of, month_name, month_of, period_name
from permits.rng import stream

START = hour_of(date(2017, 5, 2))
TABLES = ("masses", "events", "balances", "notes")
L, MG_PER_L = 1_000, 1_000_000  # a cubic metre; 1 mg/L


def run(meter: MeterPass, chunks: Iterator[Chunk] | list[Chunk], until: int | None = None) -> Found:
    found = [meter.take(chunk) for chunk in chunks]
    return Found.joined([*found, meter.finish(until)])


def both(plan: MeterPlan, chunk: Chunk, cuts: list[int], until: int | None = None) -> Found:
    """What the two find, after holding them equal: rows, order, counts, and chunking."""
    plain, fast = open_meter(plan, compiled=False), open_meter(plan, compiled=True)
    ends = [0, *sorted(min(cut, len(chunk)) for cut in cuts), len(chunk)]
    parts = [chunk.part(a, b) for a, b in itertools.pairwise(ends)]
    one, other = run(plain, [chunk], until), run(fast, parts, until)
    for table in TABLES:
        np.testing.assert_array_equal(getattr(one, table), getattr(other, table), table)
    np.testing.assert_array_equal(plain.counts, fast.counts)
    np.testing.assert_array_equal(plain.last_hours, fast.last_hours)
    for card in range(len(plan.cards)):
        assert plain.balance_mg(card) == fast.balance_mg(card)
    return one


def chunk_of(rows: list[tuple[int, int, int, list[int], list[int]]]) -> Chunk:
    """Rows of outlet, hour, volume, concentrations, statuses."""
    outlet, hour, volume, conc, status = zip(*rows, strict=True)
    return Chunk(
        np.array(outlet, np.int32),
        np.array(hour, np.int64),
        np.array(volume, np.int64),
        np.array(conc, np.int64).T.copy(),
        np.array(status, np.uint8).T.copy(),
        np.arange(len(rows), dtype=np.int64) + 2,
    )


def hourly(volumes: list[int | None], conc: int = MG_PER_L, start: int = START) -> Chunk:
    """One outlet, hour by hour, m³ of water; `None` is a gap that is flagged."""
    return chunk_of(
        [
            (0, start + n, 0 if v is None else v * L, [conc], [Status.MISSING if v is None else 0])
            for n, v in enumerate(volumes)
        ]
    )


# --- the compiled pass is the plain one --------------------------------------------

steps = st.sampled_from([1] * 60 + [0, -1, 2, 5, 30] * 4 + [400, LEAP_H, LEAP_H + 1, 10**7])
values = st.one_of(
    st.integers(1, 5_000),
    st.sampled_from([0, 0, ABSENT, ABSENT, -1, 1, 500, 1_500_000, 10**12, 10**15, 10**15 + 1]),
)
statuses = st.sampled_from([0] * 8 + [1, 1, 2, 3, 4, 5])


@st.composite
def plans(draw: st.DrawFn, pollutants: int) -> MeterPlan:
    places = draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(0, pollutants - 1)), unique=True)
    )
    quota = st.integers(0, 40_000)
    return MeterPlan(
        tuple("AB"[:pollutants]),
        tuple(
            BulkCard(
                outlet, pollutant, tuple(draw(st.lists(quota, min_size=12, max_size=12))),
                begins_h=draw(st.sampled_from([None, START + 3])),
                potential_mg=draw(st.sampled_from([None, 9_999])),
            )
            for outlet, pollutant in places
        ),
        by=draw(st.sampled_from(["hour", "day", "month"])),
        missing=draw(st.sampled_from(list(RULES))),
        given_stand=draw(st.booleans()),
        rules=CardRules(carry_within_year=draw(st.booleans())),
    )  # fmt: skip


@st.composite
def readings(draw: st.DrawFn) -> tuple[int, Chunk]:
    pollutants, shared = draw(st.integers(1, 2)), draw(st.booleans())
    clock = dict.fromkeys(range(3), START + 8000)
    rows = []
    for _ in range(draw(st.integers(1, 40))):
        outlet = draw(st.integers(0, 2))
        hour = clock[outlet] + draw(steps)
        clock[outlet] = hour if abs(hour - START) < 10**6 else clock[outlet]
        concs = draw(st.lists(values, min_size=pollutants, max_size=pollutants))
        width = 1 if shared else pollutants
        flags = draw(st.lists(statuses, min_size=width, max_size=width))
        rows.append((outlet, hour, draw(values), concs, flags))
    return pollutants, chunk_of(rows)


@settings(max_examples=50)
@given(st.data())
def test_the_compiled_pass_is_the_plain_one_wherever_the_chunks_are_cut(
    data: st.DataObject,
) -> None:
    _hold_equal(data)


@pytest.mark.slow
@settings(max_examples=1000)
@given(st.data())
def test_the_compiled_pass_is_the_plain_one_in_thousands_of_cases(data: st.DataObject) -> None:
    _hold_equal(data)


def _hold_equal(data: st.DataObject) -> None:
    pollutants, chunk = data.draw(readings())
    plan = data.draw(plans(pollutants))
    cuts = data.draw(st.lists(st.integers(0, 40), max_size=4))
    both(plan, chunk, cuts, data.draw(st.sampled_from([None, START + 8_500])))


@pytest.mark.parametrize("rule", RULES)
def test_the_two_agree_over_a_year_with_a_tenth_missing(rule: str) -> None:
    """Long enough for every step of every ladder, and for look-backs that wrap round."""
    chunk = _year(rule, hours=6000)
    card = BulkCard(0, 0, (9_000_000,) * 12, potential_mg=10**8)
    found = both(MeterPlan(("COD",), (card,), missing=rule), chunk, [1, 77, 4000])
    sums = dict(zip(MASS_COLUMNS, found.masses.sum(axis=0), strict=True))
    assert (sums["substituted_mg"] > 0) == (rule != "none")


def _year(name: str, hours: int) -> Chunk:
    """An outlet whose gaps are of every length, few at first and many later."""
    rng = stream(1, "bulk", name)
    volume = rng.integers(1, 40_000, hours)
    status = np.zeros(hours, np.uint8)
    at = 1000
    while at < hours:
        length = int(rng.choice([1, 5, 9, 24, 25, 60]))
        status[at : at + length] = Status.MISSING
        at += length + int(rng.integers(10, 1000 - at // 7))
    return Chunk(
        np.zeros(hours, np.int32), START + np.arange(hours), volume,
        np.full((1, hours), MG_PER_L), status[None], np.arange(hours),
    )  # fmt: skip


@given(st.integers(0, 2**31))
@settings(max_examples=15)
def test_the_order_of_outlets_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = [(o, START + n, int(rng.integers(0, 99)) * L, [MG_PER_L], [int(rng.integers(0, 3))])
            for o in range(3) for n in range(60)]  # fmt: skip
    mixed = sorted(rows, key=lambda row: row[1])
    one, other = (
        both(MeterPlan(("COD",), by="day"), chunk_of(r), []).masses for r in (rows, mixed)
    )
    np.testing.assert_array_equal(np.unique(one, axis=0), np.unique(other, axis=0))


def test_masses_that_are_known_already_are_taken_as_they_are() -> None:
    hours = hourly([1, 2, None, 3])
    known = replace(hours, mass_mg=np.array([[7, 11, 0, 13]]))
    found = both(MeterPlan(("COD",), missing="none", by="hour"), known, [2])
    assert found.masses[:, 3].tolist() == [7, 11, 0, 13]


# --- masses and gaps ---------------------------------------------------------------


def masses_of(found: Found) -> dict[str, int]:
    return dict(zip(MASS_COLUMNS, found.masses.sum(axis=0).tolist(), strict=True))


def test_what_was_measured_is_the_same_under_every_rule() -> None:
    chunk = hourly([5, 7, None, None, 9, 1] * 40)
    sums = {rule: masses_of(both(MeterPlan(("COD",), missing=rule), chunk, [9])) for rule in RULES}
    assert {one["emitted_mg"] for one in sums.values()} == {40 * 22 * L}
    assert {one["valid_h"] for one in sums.values()} == {160}
    assert sums["none"]["unfilled_h"] == 80 and sums["none"]["substituted_mg"] == 0
    assert sums["hjt75_2007"]["substituted_mg"] == 40 * 2 * 8 * L
    # 9 m³ is the largest seen, but for the first gap.
    assert sums["conservative"]["substituted_mg"] == (7 + 39 * 9) * 2 * L


def test_an_absent_hour_is_missing_like_a_flagged_one() -> None:
    flagged = hourly([5, 7, None, None, 9])
    absent = chunk_of([row for n, row in enumerate(_rows(flagged)) if n not in (2, 3)])
    plan = MeterPlan(("COD",))
    np.testing.assert_array_equal(both(plan, flagged, []).masses, both(plan, absent, []).masses)


def _rows(chunk: Chunk) -> list[tuple[int, int, int, list[int], list[int]]]:
    return [
        (int(chunk.outlet[n]), int(chunk.hour[n]), int(chunk.volume_l[n]),
         chunk.conc_ng_per_l[:, n].tolist(), chunk.status[:, n].tolist())
        for n in range(len(chunk))
    ]  # fmt: skip


def test_hours_that_end_earlier_than_the_others_are_missing_to_the_end() -> None:
    rows = [
        (o, START + n, L, [MG_PER_L], [0]) for o, hours in ((0, 5), (1, 9)) for n in range(hours)
    ]
    sums = masses_of(both(MeterPlan(("COD",), missing="conservative"), chunk_of(rows), []))
    assert (sums["valid_h"], sums["substituted_h"]) == (14, 4)


def test_a_stopped_plant_emits_nothing_and_leaves_no_gap() -> None:
    rows = _rows(hourly([4] * 6))
    rows[2] = (0, START + 2, ABSENT, [ABSENT], [Status.STOPPED])
    sums = masses_of(both(MeterPlan(("COD",), missing="conservative"), chunk_of(rows), []))
    assert (sums["emitted_mg"], sums["substituted_mg"], sums["stopped_h"]) == (20 * L, 0, 1)


def test_flow_under_a_flag_that_says_stopped_is_a_gap() -> None:
    rows = _rows(hourly([4] * 6))
    rows[2] = (0, START + 2, 4 * L, [MG_PER_L], [Status.STOPPED])
    found = both(MeterPlan(("COD",), missing="conservative"), chunk_of(rows), [])
    assert masses_of(found)["substituted_mg"] == 4 * L
    assert found.notes[:, 3].tolist() == [RowReason.FLOW_WHILE_STOPPED]


def test_stops_in_between_make_no_gap_look_short() -> None:
    """20 + 20 missing hours around a stop are 40: not interpolated."""
    rows = _rows(hourly([4, *[None] * 20, 4, *[None] * 20, 4]))
    rows[21] = (0, START + 21, 0, [ABSENT], [Status.STOPPED])
    sums = masses_of(both(MeterPlan(("COD",)), chunk_of(rows), []))
    assert (sums["substituted_h"], sums["unfilled_h"]) == (0, 40)


def test_given_substitutes_stand_unless_a_rule_is_to_replace_them() -> None:
    rows = _rows(hourly([4] * 5))
    rows[2] = (0, START + 2, 50 * L, [MG_PER_L], [Status.GIVEN])
    stands = masses_of(both(MeterPlan(("COD",)), chunk_of(rows), []))
    replaced = masses_of(both(MeterPlan(("COD",), given_stand=False), chunk_of(rows), []))
    assert stands["emitted_mg"] == replaced["emitted_mg"] == 16 * L
    assert (stands["substituted_mg"], replaced["substituted_mg"]) == (50 * L, 4 * L)


def test_a_pollutant_that_an_outlet_never_reports_is_no_gap() -> None:
    rows = [(0, START + n, L, [MG_PER_L, ABSENT], [0]) for n in range(9)]
    found = both(MeterPlan(("COD", "NH3-N")), chunk_of(rows), [])
    assert found.masses[:, 1].tolist() == [0]


# --- bad input ---------------------------------------------------------------------

BAD = {
    RowReason.CLOCK_BACK: (START + 1, L, MG_PER_L, 0),
    RowReason.DUPLICATE: (START + 5, L, MG_PER_L, 0),
    RowReason.CLOCK_AHEAD: (START + 6 + LEAP_H, L, MG_PER_L, 0),
    RowReason.OUT_OF_CALENDAR: (-1, L, MG_PER_L, 0),
    RowReason.UNKNOWN_FLAG: (START + 6, L, MG_PER_L, Status.UNKNOWN),
    RowReason.NEGATIVE_FLOW: (START + 6, -L, MG_PER_L, 0),
    RowReason.NEGATIVE_CONC: (START + 6, L, -1, 0),
    RowReason.TOO_LARGE: (START + 6, 10**15, 10**15, 0),
    RowReason.CONC_WITHOUT_FLOW: (START + 6, ABSENT, MG_PER_L, 0),
    RowReason.FLOW_WITHOUT_CONC: (START + 6, L, ABSENT, 0),
    RowReason.EMPTY: (START + 6, ABSENT, ABSENT, 0),
}


@pytest.mark.parametrize("reason", BAD, ids=lambda reason: str(reason.name))
def test_a_bad_row_is_set_aside_with_its_reason_and_stops_no_other(reason: RowReason) -> None:
    hour, volume, conc, status = BAD[reason]
    good = _rows(hourly([4] * 6))
    bad = (0, hour, volume, [conc], [int(status)])
    later = [(0, START + 6, 4 * L, [MG_PER_L], [0])]
    found = both(MeterPlan(("COD",)), chunk_of([*good, bad, *later]), [])
    assert found.notes.tolist() == [[8, 0, hour, reason]]
    assert masses_of(found)["emitted_mg"] == 7 * 4 * L


def test_readings_before_the_card_existed_are_set_aside() -> None:
    card = BulkCard(0, 0, (10**9,) * 12, begins_h=START + 2)
    found = both(MeterPlan(("COD",), (card,)), hourly([4] * 6), [])
    assert found.notes[:, 3].tolist() == [RowReason.BEFORE_CARD] * 2
    assert masses_of(found)["emitted_mg"] == 4 * 4 * L


@pytest.mark.parametrize("factor", [1000, 0.001])
def test_a_unit_mistaken_by_a_thousand_is_told_and_still_counted(factor: float) -> None:
    usual = [3_000, 5_000, 8_000] * 20
    chunk = chunk_of([(0, START + n, v, [MG_PER_L], [0]) for n, v in enumerate(usual)])
    odd = chunk_of([(0, START + 60, int(5_000 * factor), [MG_PER_L], [0]),
                    (0, START + 61, 5_000, [int(MG_PER_L * factor)], [0])])  # fmt: skip
    state = open_meter(MeterPlan(("COD",)))
    state, first = advance(state, chunk)
    state, second = advance(state, odd)
    assert first.notes.tolist() == []
    assert second.notes[:, 3].tolist() == [RowReason.UNIT_OF_VOLUME, RowReason.UNIT_OF_CONC]
    total = masses_of(Found.joined([first, second, state.finish()]))["emitted_mg"]
    assert total == sum(usual) + 5_000 * factor + 5_000 * factor


def test_all_are_counted_and_the_first_twenty_shown() -> None:
    chunk = chunk_of([(0, START, L, [MG_PER_L], [0])] * 100)
    meter = open_meter(MeterPlan(("COD",)), compiled=False)
    assert len(meter.take(chunk).notes) == 20
    assert meter.counts[0, RowReason.DUPLICATE] == 99


# --- cards -------------------------------------------------------------------------


def test_a_card_is_warned_stopped_and_loaded_anew() -> None:
    """Quota 10 m³ x 1 mg/L a month: 80 % in hour 8, 90 in 9, 100 in 10."""
    first = hour_of(date(2017, 3, 1))
    chunk = hourly([1] * 12 + [0] * (31 * 24 - 12) + [1], start=first)
    card = BulkCard(0, 0, (10 * L,) * 12, stop=Stop.INTERLOCK)
    found = both(MeterPlan(("COD",), (card,)), chunk, [5])
    told = [
        (card.word(MeterEvent(event)), hour_name(hour)) for _, hour, event in found.events.tolist()
    ]
    assert told == [
        ("open", "2017-03-01 00:00"),
        ("warned80", "2017-03-01 07:00"),
        ("warned90", "2017-03-01 08:00"),
        ("shut", "2017-03-01 09:00"),
        ("reopened", "2017-04-01 00:00"),
    ]
    # Two over in March are taken off April's load.
    assert found.balances[:, 1:4].tolist() == [[566, 10 * L, 12 * L], [567, 8 * L, 1 * L]]
    assert month_name(566) == "2017-03"


def test_a_substitute_is_charged_in_the_hour_that_it_stands_for() -> None:
    chunk = hourly([4, None, 4])
    card = BulkCard(0, 0, (10 * L,) * 12)
    found = both(MeterPlan(("COD",), (card,)), chunk, [])
    events = dict(zip(EVENT_COLUMNS, found.events[1].tolist(), strict=True))
    assert events == {"card": 0, "hour": START + 1, "event": MeterEvent.WARNED80}


def test_a_year_begins_without_what_the_old_one_left() -> None:
    chunk = hourly([1] * 48, start=hour_of(date(2017, 12, 31)))
    found = both(MeterPlan(("COD",), (BulkCard(0, 0, (100 * L,) * 12),)), chunk, [])
    assert found.balances[:, 2].tolist() == [100 * L, 100 * L]


def test_a_single_reading_at_a_time_gives_what_the_file_gives() -> None:
    plan = MeterPlan(("COD",), (BulkCard(0, 0, (30 * L,) * 12),))
    chunk = hourly([4, None, 6, 7, 8, 9])
    state, parts = open_meter(plan), []
    for outlet, hour, volume, (conc,), (status,) in _rows(chunk):
        state, found = advance(state, Chunk.of(outlet, hour, volume, [conc], Status(status)))
        parts.append(found)
    whole = run(open_meter(plan), [chunk])
    live = Found.joined([*parts, state.finish()])
    np.testing.assert_array_equal(live.masses, whole.masses)
    np.testing.assert_array_equal(live.events, whole.events)
    assert state.balance_mg(0) == (30 * L, 39 * L, 3)


def test_an_unknown_grain_is_refused() -> None:
    with pytest.raises(InputError, match="hour, day or month"):
        MeterPlan(("COD",), by="week")  # type: ignore[arg-type]


def test_hours_and_periods_have_their_names() -> None:
    hour = hour_of(date(2017, 3, 9)) + 5
    assert [period_name(p, by) for p, by in ((hour, "hour"), (hour // 24, "day"))] == [
        "2017-03-09 05:00", "2017-03-09"
    ]  # fmt: skip
    assert period_name(month_of(hour), "month") == "2017-03"
