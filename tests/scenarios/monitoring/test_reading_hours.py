"""Stamps that jitter around the hour, two of one hour, and all readings accounted for."""

from __future__ import annotations

from pathlib import Path

import pytest

from permits.metering import RowReason
from scenarios.monitoring.files import Asked, MeterResult, meter_files
from scenarios.monitoring.files.meter_report import meter_object, notices_of

EACH_MG = 100_000 * 50  # 100 m³ at 50 mg/L


def metered(folder: Path, *files: list[str], zone: str | None = None) -> MeterResult:
    """Files of one outlet; a stamp may state its volume: `2017-01-31 15:00=80`."""
    names = []
    for n, stamps in enumerate(files):
        rows = [f"A,{s.partition('=')[0]},{s.partition('=')[2] or 100},50,N" for s in stamps]
        path = folder / f"r{n}.csv"
        path.write_text("outlet,at,volume_m3,COD_mg_per_l,flag\n" + "\n".join(rows) + "\n")
        names.append(str(path))
    return meter_files(Asked(tuple(names), zone=zone))


def sums(outcome: MeterResult) -> list[int]:
    """mg measured, mg substituted; hours valid and substituted."""
    found: list[int] = outcome.sums[0, :4].tolist()
    return found


DAY = "2017-01-31 "


@pytest.mark.parametrize(
    "stamps",
    [
        ["15:59", "16:59", "17:59", "19:00", "20:00"],
        ["15:00", "16:00", "17:00", "17:59", "18:59"],
        ["15:05:59", "15:55", "17:04", "17:55:01", "19:00"],
        ["15:30", "16:30", "17:30", "18:30", "19:30"],
    ],
)
def test_readings_an_hour_apart_are_an_hour_each(tmp_path: Path, stamps: list[str]) -> None:
    outcome = metered(tmp_path, [DAY + stamp for stamp in stamps])
    assert sums(outcome) == [5 * EACH_MG, 0, 5, 0]
    assert outcome.readings_in() == (5, 5, 0, 0)


def test_the_hour_of_a_stamp_is_the_near_one_or_that_in_which_it_begins(tmp_path: Path) -> None:
    """14:54 is hour 14, 14:55 to 15:05 is hour 15, 15:06 begins in it too."""
    for stamp, hour in (("14:54:59", 14), ("14:55", 15), ("15:05:30", 15), ("15:54", 15)):
        outcome = metered(tmp_path, [f"{DAY}12:20", DAY + stamp])
        assert sums(outcome)[3] == hour - 13, stamp


def test_seconds_of_monitor_messages_are_no_minutes(tmp_path: Path) -> None:
    stamps = ["20200101000000", "20200101005958", "20200101020001", "20200101025959"]
    assert sums(metered(tmp_path, stamps)) == [4 * EACH_MG, 0, 4, 0]


def test_equal_readings_of_an_hour_are_one_duplicate_wherever_they_stand(tmp_path: Path) -> None:
    stamps = [f"{DAY}{at}" for at in ("15:00", "15:59:58", "16:00:02", "17:00")]
    for files in ([stamps], [stamps[:2], stamps[2:]], [[one] for one in stamps]):
        outcome = metered(tmp_path, *files)
        assert sums(outcome) == [3 * EACH_MG, 0, 3, 0]
        assert outcome.reasons() == {RowReason.DUPLICATE: 1}
        assert outcome.readings_in() == (4, 3, 1, 0)


def test_unequal_readings_of_an_hour_are_kept_out_and_the_hour_substituted(tmp_path: Path) -> None:
    stamps = [f"{DAY}{at}" for at in ("15:00", "15:59:58", "16:00:02=40", "17:00=80")]
    for files in ([stamps], [stamps[:2], stamps[2:]]):
        outcome = metered(tmp_path, *files)
        # The mean of 100 and 80 m³ takes the hour's place.
        assert sums(outcome) == [EACH_MG * 18 // 10, EACH_MG * 9 // 10, 2, 1]
        assert outcome.reasons() == {RowReason.TWO_IN_HOUR: 2}
        assert outcome.readings_in() == (4, 2, 0, 2)
        told = [(row["file"], row["row"]) for row in meter_object(outcome)["quarantine"]]
        assert told == [("r0.csv", 3), ("r0.csv", 4) if len(files) == 1 else ("r1.csv", 2)]


def test_every_hour_sent_twice_is_no_minute_data(tmp_path: Path) -> None:
    stamps = [f"{DAY}{h:02d}:{m}" for h in range(10) for m in ("00", "01")]
    outcome = metered(tmp_path, stamps)
    assert sums(outcome) == [10 * EACH_MG, 0, 10, 0]
    assert outcome.readings_in() == (20, 10, 10, 0)


def test_a_clock_change_with_jitter_is_four_hours_and_three(tmp_path: Path) -> None:
    autumn = ["00:59:58", "01:59:58", "01:59:59", "03:00:01"]
    found = metered(tmp_path, [f"2017-11-05 {at}" for at in autumn], zone="America/New_York")
    assert sums(found) == [4 * EACH_MG, 0, 4, 0]
    spring = ["00:00", "00:59", "01:59:58"]
    found = metered(tmp_path, [f"2017-03-12 {at}" for at in spring], zone="America/New_York")
    assert sums(found) == [3 * EACH_MG, 0, 3, 0]


def test_all_rows_are_accounted_for(tmp_path: Path) -> None:
    stamps = ["15:00", "15:00", "16:00=x", "17:00=-1", "18:00", "17:00", "25:00", "19:59"]
    outcome = metered(tmp_path, [DAY + stamp for stamp in stamps])
    assert outcome.readings_in() == (8, 3, 1, 4)
    assert meter_object(outcome)["readings_in"] == {
        "total": 8, "used": 3, "duplicates": 1, "quarantined": 4,
    }  # fmt: skip
    (said,) = [n for n in notices_of(outcome) if "five minutes off" in n]
    assert said.startswith("1 reading is")
