"""Files of minutes, and what a monitoring centre's files may hold besides."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from permits.metering import RowReason
from scenarios.monitoring.files import Asked, MeterResult, meter_files
from scenarios.monitoring.files.meter_report import notices_of
from scenarios.monitoring.files.series_hints import read_series

HEAD = "outlet,at,volume_m3,COD_mg_per_l,flag\n"


def csv_of(path: Path, rows: list[tuple[str, datetime]], volume: str = "2") -> str:
    lines = (f"{outlet},{at:%Y-%m-%d %H:%M},{volume},50,\n" for outlet, at in rows)
    path.write_text(HEAD + "".join(lines), encoding="utf-8")
    return str(path)


def every(minutes: int, count: int, outlet: str = "A", start: str = "2017-03-01 00:00"):
    begin = datetime.fromisoformat(start)
    return [(outlet, begin + timedelta(minutes=minutes * n)) for n in range(count)]


def metered(*files: str, **asked: object) -> MeterResult:
    return meter_files(Asked(files, missing="none", **asked))


def test_minutes_give_the_masses_of_their_hours_and_it_is_told(tmp_path: Path) -> None:
    """300 minutes of 2 m3 at 50 mg/L: 30 kg in five hours; a day's end in two files."""
    first, second = every(1, 300)[:130], every(1, 300)[130:]
    outcome = metered(csv_of(tmp_path / "1.csv", first), csv_of(tmp_path / "2.csv", second))
    assert outcome.sums[0].tolist() == [30_000_000, 0, 5, 0, 0, 0]
    assert (outcome.readings, outcome.reasons()) == (300, {})
    assert any("every minute" in notice for notice in notices_of(outcome))


def test_an_outlet_by_the_hour_beside_one_by_the_minute_stays_as_it_is(tmp_path: Path) -> None:
    mixed = sorted([*every(5, 36), *every(60, 3, "B")], key=lambda row: row[1])
    outcome = metered(csv_of(tmp_path / "m.csv", mixed))
    assert outcome.sums[0, :3].tolist() == [36 * 100_000 + 3 * 100_000, 0, 6]


def test_bad_minutes_are_set_aside_with_their_rows_and_a_short_hour_is_missing(
    tmp_path: Path,
) -> None:
    rows = every(1, 180)
    path = Path(csv_of(tmp_path / "m.csv", rows))
    lines = path.read_text().splitlines()
    lines[10] = lines[10].replace(",2,50,", ",-2,50,")
    lines[20] = lines[19]
    path.write_text("\n".join(lines[:61] + lines[61:100] + lines[121:]) + "\n")
    outcome = metered(str(path))
    assert outcome.sums[0].tolist() == [12_000_000, 0, 2, 0, 1, 0]
    assert outcome.reasons() == {
        RowReason.DUPLICATE: 1, RowReason.NEGATIVE_FLOW: 1, RowReason.FEW_MINUTES: 1,
    }  # fmt: skip
    told = {(row, at, reason) for _, row, _, at, reason in outcome.quarantine}
    assert (11, "2017-03-01 00:09", RowReason.NEGATIVE_FLOW) in told
    assert any("at least 45 valid minutes" in notice for notice in notices_of(outcome))


def test_minutes_go_through_the_doubled_hour_twice_where_the_zone_is_known(tmp_path: Path) -> None:
    rows = [
        *every(5, 24, start="2017-11-05 00:00"),
        *every(5, 24, start="2017-11-05 01:00"),
    ]
    outcome = metered(csv_of(tmp_path / "m.csv", rows), zone="America/New_York")
    assert outcome.sums[0, 2:].tolist() == [4, 0, 0, 0]
    assert outcome.reasons() == {}


def test_minutes_that_part_no_hour_are_refused_and_other_files_metered(tmp_path: Path) -> None:
    files = csv_of(tmp_path / "7.csv", every(7, 40)), csv_of(tmp_path / "ok.csv", every(60, 3, "B"))
    outcome = metered(*files)
    assert [(error.code, error.where) for error in outcome.mistakes] == [("meter.step", "7.csv")]
    assert outcome.sums[0, 2] == 3


def test_hints_look_at_the_hours_of_minutes(tmp_path: Path) -> None:
    (series,) = read_series([csv_of(tmp_path / "m.csv", every(5, 36))])
    assert series.volume_l.tolist() == [24_000] * 3
    assert series.conc_ng_per_l.tolist() == [50_000_000] * 3


def test_with_a_zone_hours_are_its_standard_time_whatever_the_first_offset(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(HEAD + "A,2017-07-01 00:30-04:00,2,50,\n")
    outcome = metered(str(tmp_path / "s.csv"), zone="America/New_York", by="day")
    assert outcome.masses[0, 2] == (datetime(2017, 6, 30) - datetime(1970, 1, 1)).days  # noqa: DTZ001
    assert not any("UTC" in notice for notice in notices_of(outcome))


@pytest.mark.parametrize("zone", ["Mars/Olympus", "CST8"])
def test_a_zone_in_parquet_that_there_is_not_stops_no_other_file(tmp_path: Path, zone: str) -> None:
    stamps = pa.array([0, 3_600_000_000], pa.timestamp("us", tz=zone))
    table = pa.table({"outlet": ["A", "A"], "at": stamps, "volume_m3": [1.0, 1.0],
                      "COD_mg_per_l": [1.0, 1.0]})  # fmt: skip
    pa.parquet.write_table(table, tmp_path / "z.parquet")
    outcome = metered(str(tmp_path / "z.parquet"), csv_of(tmp_path / "ok.csv", every(60, 3)))
    assert [(error.code, error.where) for error in outcome.mistakes] == [
        ("meter.zone", "z.parquet")
    ]
    assert outcome.readings == 3


def test_a_whole_number_beyond_all_bounds_is_too_large_and_its_file_is_not_damaged(
    tmp_path: Path,
) -> None:
    times = pa.array([0, 3_600_000_000], pa.timestamp("us"))
    table = pa.table({"outlet": ["A", "A"], "at": times,
                      "volume_m3": pa.array([2**64 - 1, 1], pa.uint64()),
                      "COD_mg_per_l": [1.0, 1.0]})  # fmt: skip
    pa.parquet.write_table(table, tmp_path / "u.parquet")
    outcome = metered(str(tmp_path / "u.parquet"))
    assert (outcome.reasons(), outcome.mistakes) == ({RowReason.TOO_LARGE: 1}, [])


def test_a_file_of_headings_alone_holds_no_reading(tmp_path: Path) -> None:
    outcome = metered(csv_of(tmp_path / "none.csv", []))
    assert (outcome.readings, outcome.mistakes) == (0, [])


def test_utf_16_that_breaks_off_within_a_sign_stops_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "cut.csv").write_bytes((HEAD + "A,2017-03-01 00:00,2,50,\n").encode("utf-16")[:-1])
    outcome = metered(str(tmp_path / "cut.csv"), csv_of(tmp_path / "ok.csv", every(60, 3)))
    assert [error.code for error in outcome.mistakes] == ["table.marked_encoding"]
    assert outcome.readings == 3
