"""Two readings of one hour: equal ones are one, of unequal ones none counts."""

from __future__ import annotations

from collections import Counter
from itertools import groupby, pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from permits.meter.flags import Status
from permits.metering import ABSENT, Chunk, MeterPlan, RowReason, open_meter
from permits.metering.chunk import MASS_COLUMNS
from permits.metering.same_hour import FromFile, HourPairs

Reading = tuple[int, int, int, int]  # outlet, hour, volume, status


def chunk_of(readings: list[Reading], first_row: int = 0) -> Chunk:
    outlet, hour, volume, status = np.array(readings, np.int64).reshape(-1, 4).T
    return Chunk(
        outlet.astype(np.int32),
        hour,
        volume,
        np.full((1, len(outlet)), 10**6),
        status[None].astype(np.uint8),
        np.arange(first_row, first_row + len(outlet)),
    )


def in_parts(readings: list[Reading], cuts: list[int]) -> tuple[list[FromFile], HourPairs]:
    """The readings through `HourPairs`, each part from a file of its own."""
    pairs, found = HourPairs(), []
    ends = [0, *sorted(min(cut, len(readings)) for cut in cuts), len(readings)]
    for file, (begin, end) in enumerate(pairwise(ends)):
        found += pairs.take(chunk_of(readings[begin:end], begin), file)
    return [*found, *pairs.close()], pairs


def by_the_rule(readings: list[Reading]) -> tuple[set[tuple[int, int]], Counter[str]]:
    """Rows that go on with their status, and the reasons of the others."""
    on: set[tuple[int, int]] = set()
    noted: Counter[str] = Counter()
    numbered = sorted(enumerate(readings), key=lambda one: one[1][0])
    for _, group in groupby(numbered, key=lambda one: one[1][:2]):
        rows = list(group)
        usable = [one for one in rows if one[1][2] >= 0 and one[1][3] != Status.UNKNOWN]
        on |= {(row, values[3]) for row, values in rows if (row, values) not in usable}
        if usable:
            row, values = usable[0]
            equal = [other == values for _, other in usable]
            on.add((row, values[3] if all(equal) else Status.CLASHING))
            same = equal.index(False) if not all(equal) else len(equal)
            noted["DUPLICATE"] += same - 1
            noted["TWO_IN_HOUR"] += len(equal) - same
    return on, +noted


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2), st.integers(5, 8), st.sampled_from([1, 1, 1, 2, -1]),
            st.sampled_from([0, 0, 0, 4]),
        ),
        max_size=14,
    ),
    st.lists(st.integers(0, 14), max_size=4),
)  # fmt: skip
def test_an_hour_is_judged_alike_wherever_the_files_are_cut(
    readings: list[Reading], cuts: list[int]
) -> None:
    found, pairs = in_parts(readings, cuts)
    on, noted = by_the_rule(readings)
    rows = [(row, status) for part in found for row, status in
            zip(part.chunk.row.tolist(), part.chunk.status[0].tolist(), strict=True)]  # fmt: skip
    assert set(rows) == on and len(rows) == len(on)
    assert Counter(note.reason.name for note in pairs.notes) == noted
    assert len(rows) + len(pairs.notes) == len(readings)


def test_a_reading_is_named_with_its_own_file() -> None:
    found, pairs = in_parts([(0, 5, 1, 0), (0, 6, 1, 0), (0, 6, 2, 0), (0, 7, 1, 0)], [2])
    assert [(part.file, part.chunk.row.tolist()) for part in found if len(part.chunk)] == [
        (0, [0]), (0, [1]), (1, [3]),
    ]  # fmt: skip
    (note,) = pairs.notes
    assert (note.file, note.row, note.hour) == (1, 2, 6)


def test_unequal_readings_leave_their_hour_to_the_missing_data_rule() -> None:
    """1, (2 and 3), 5 m³ at 1 mg/L: the hour between gets the mean of 1 and 5."""
    readings = [(0, 5, 1_000, 0), (0, 6, 2_000, 0), (0, 6, 3_000, 0), (0, 7, 5_000, 0)]
    found, pairs = in_parts(readings, [])
    for compiled in (False, True):
        meter = open_meter(MeterPlan(("COD",), by="hour"), compiled=compiled)
        masses = [row for part in found for row in meter.take(part.chunk).masses.tolist()]
        masses += meter.finish().masses.tolist()
        named = [dict(zip(MASS_COLUMNS, row, strict=True)) for row in masses]
        assert [(m["emitted_mg"], m["substituted_mg"]) for m in named] == [
            (1_000, 0), (0, 3_000), (5_000, 0),
        ]  # fmt: skip
        assert meter.counts[0, RowReason.TWO_IN_HOUR] == 1
    assert [note.reason for note in pairs.notes] == [RowReason.TWO_IN_HOUR]


def test_an_hour_without_values_is_equal_to_another_without() -> None:
    found, pairs = in_parts([(0, 5, ABSENT, 1), (0, 5, ABSENT, 1)], [1])
    assert [len(part.chunk) for part in found if len(part.chunk)] == [1]
    assert [note.reason for note in pairs.notes] == [RowReason.DUPLICATE]
