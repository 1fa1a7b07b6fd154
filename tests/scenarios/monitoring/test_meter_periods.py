"""Readings of a day or a month count for all their hours, and no milligram is lost."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.meter.flags import Status
from permits.meter.flow_concentration import mass_mg
from permits.metering import ABSENT, Chunk
from permits.metering.periods import find_sparse, month_hours, spread
from scenarios.monitoring.files import Asked, meter_files

VALUE = st.integers(0, 10**7)


@given(st.lists(st.tuples(VALUE, VALUE, st.sampled_from([1, 24, 744])), min_size=1, max_size=6))
def test_a_reading_is_spread_over_its_hours_without_loss(rows: list[tuple[int, int, int]]) -> None:
    volume, conc, hours = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    count = len(rows)
    chunk = Chunk(
        np.arange(count, dtype=np.int32), np.zeros(count, np.int64), volume, conc[None, :],
        np.full((1, count), Status.VALID, np.uint8), np.arange(count),
    )  # fmt: skip
    many = spread(chunk, hours)
    assert many.mass_mg is not None
    for n, (litres, ng_per_l, times) in enumerate(rows):
        mine = many.outlet == n
        assert many.hour[mine].tolist() == list(range(times))
        assert int(many.mass_mg[0, mine].sum()) == mass_mg(litres, ng_per_l)
        assert np.ptp(many.mass_mg[0, mine]) <= 1


@pytest.mark.parametrize(
    ("volume_l", "conc"), [(-5, 7), (ABSENT, 7), (9, ABSENT), (9, -3), (10**14, 10**14)]
)
def test_a_value_that_cannot_be_used_stays_one_row(volume_l: int, conc: int) -> None:
    chunk = Chunk.of(0, 48, volume_l, [conc])
    assert len(spread(chunk, np.array([24]))) == 1


def test_a_month_ends_where_the_calendar_says() -> None:
    hours = np.array(["2018-02-01", "2020-02-01", "2018-12-01"], "datetime64[h]").astype(np.int64)
    assert month_hours(hours).tolist() == [28 * 24, 29 * 24, 31 * 24]


def test_outlets_by_the_day_are_found_in_any_order_of_rows() -> None:
    outlet = np.repeat(np.arange(4, dtype=np.int32), 50)
    hour = np.concatenate([np.arange(50) * (24 if o % 2 else 1) for o in range(4)])
    for order in (np.arange(200), np.argsort(hour, kind="stable")):
        chunk = Chunk(
            outlet[order], hour[order], np.ones(200, np.int64), np.ones((1, 200), np.int64),
            np.full((1, 200), Status.VALID, np.uint8), np.arange(200),
        )  # fmt: skip
        assert find_sparse(chunk).tolist() == [1, 3]


def _write(path: Path, rows: list[str]) -> str:
    path.write_text("outlet,at,volume_m3,COD_mg_per_l,flag\n" + "\n".join(rows) + "\n")
    return str(path)


def test_days_months_and_hours_of_one_file_give_their_masses(tmp_path: Path) -> None:
    """480 m3 a day at 50 mg/L are 24 kg; 14,400 m3 a month 720 kg; 20 m3 an hour 1 kg."""
    rows = [f"day,2018-03-{d:02d} 00:00,480,50," for d in range(1, 11)]
    rows += [f"month,2018-{m:02d}-01 00:00,14400,50," for m in (1, 2, 3)]
    rows += [f"hour,2018-03-01 {h:02d}:00,20,50," for h in range(24)]
    outcome = meter_files(Asked((_write(tmp_path / "r.csv", rows),)))
    total = _told(outcome)["COD"]
    assert total["emitted_t"] == Decimal("2.424")
    assert total["substituted_t"] == 0
    assert total["valid_h"] == 240 + 90 * 24 + 24


def test_a_missing_day_is_a_gap_of_24_hours(tmp_path: Path) -> None:
    rows = [f"W,2018-03-{d:02d} 00:00,480,50," for d in (1, 2, 3, 5, 6, 7)]
    total = _told(meter_files(Asked((_write(tmp_path / "r.csv", rows),))))["COD"]
    assert (total["valid_h"], total["substituted_h"]) == (6 * 24, 24)
    assert total["substituted_t"] == Decimal("0.024")


def test_the_last_outlet_of_a_part_of_a_file_is_no_exception(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"W{o},2018-03-{d:02d} 00:00,480,50," for o in range(5) for d in range(1, 6)]
    name = _write(tmp_path / "r.csv", rows)
    whole = _told(meter_files(Asked((name,))))
    cut = _cut_into(monkeypatch, 6)
    assert _told(meter_files(Asked((name,)))) == whole
    assert cut["parts"] > 3
    assert whole["COD"]["emitted_t"] == Decimal("0.6")


def _cut_into(monkeypatch: pytest.MonkeyPatch, size: int) -> dict[str, int]:
    """Let every file come in parts of so many rows."""
    from scenarios.monitoring.files import csv_readings

    counted = {"parts": 0}
    chunks: Callable[..., Any] = csv_readings.CsvFile.chunks

    def parts(self: Any, reader: Any) -> Any:
        for chunk in chunks(self, reader):
            for begin in range(0, len(chunk), size):
                counted["parts"] += 1
                yield chunk.part(begin, min(begin + size, len(chunk)))

    monkeypatch.setattr(csv_readings.CsvFile, "chunks", parts)
    return counted


def _told(outcome: Any) -> Any:
    from scenarios.monitoring.files.meter_report import meter_object

    return meter_object(outcome)["totals"]
