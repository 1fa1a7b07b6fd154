"""`permits meter --materials` and `--hints`, as people run them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from permits.errors import InputError, ManyErrors
from permits.metering.hour_tables import hour_name
from permits.rng import stream
from scenarios.intake.option_needs import check_needs
from scenarios.monitoring.files import Asked, meter_files
from scenarios.monitoring.files.meter_report import meter_object
from scenarios.monitoring.files.rounded_off import find_wire_lines
from scenarios.monitoring.files.series_hints import find_file_hints, look_for_hints, parse_limit
from scenarios.results.console import print_hints
from scenarios.results.stores.jsontext import to_json
from scenarios.text import set_language

Cli = Callable[..., Any]
DATA = Path(__file__).parents[2] / "scenarios" / "files" / "data"
TABLE, CARDS = DATA / "materials-printing.csv", DATA / "materials-cards.csv"
HOURS = 1_500


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two outlets; A is frozen for a day and B shows nothing at one o'clock."""
    path = tmp_path_factory.mktemp("readings") / "readings.csv"
    rng = stream(11, "readings")
    lines = ["outlet,at,volume_m3,NMHC_mg_per_m3,flag"]
    for outlet in "AB":
        for hour in range(HOURS):
            at = datetime(2017, 1, 2) + timedelta(hours=hour)  # noqa: DTZ001
            conc, volume = rng.lognormal(3.5, 0.25), rng.lognormal(9, 0.1)
            if outlet == "A" and 500 <= hour < 524:
                conc = 41.237
            if outlet == "B" and at.hour == 1:
                conc = 0.0
            lines.append(f"{outlet},{at:%Y-%m-%d %H:%M},{volume:.3f},{conc:.3f},")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_balances_come_as_one_json_object_and_as_tables(run_cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = run_cli("meter", "--materials", TABLE, "--cards", CARDS, "--json", "--out", out)
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert told["basis"] == "material_balance"
    assert sum(row["emitted_t"] for row in told["masses"]) == pytest.approx(7.482725)
    with (out / "balances.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["state"] for row in rows if row["card"] == "A-1"] == [
        "curtailed", "warned90", "curtailed",
    ]  # fmt: skip
    assert "row 13" in ran.err  # a drum of mixed waste is told


def test_mistakes_of_a_table_exit_2_one_line_each(run_cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    text = "firm,month,material,used_t,voc_content\nF1,2017-01,ink,1,130%\nF1,2017-02,ink,x,1\n"
    path.write_text(text, encoding="utf-8")
    ran = run_cli("meter", "--materials", path, "--lang", "zh")
    assert ran.code == 2
    assert len(ran.err.strip().splitlines()) == 2
    assert "不是0到1" in ran.err


def test_readings_and_balances_are_two_runs(run_cli: Cli, readings: Path) -> None:
    ran = run_cli("meter", readings, "--materials", TABLE)
    assert ran.code == 2
    assert "two runs" in ran.err


def test_hints_are_told_beside_the_masses_and_change_none(
    run_cli: Cli, readings: Path, tmp_path: Path
) -> None:
    asked = ("--hints", "--wire", "--limit", "NMHC=60", "--json")
    ran = run_cli("meter", readings, *asked, "--out", tmp_path / "o")
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    found = [(h["outlet"], h["hint"], h["first"], h["count"]) for h in told["hints"]]
    assert found == [
        ("A", "frozen", "2017-01-22 20:00", 24),
        ("B", "zeros", "2017-01-02 01:00", 63),
    ]
    assert (tmp_path / "o" / "hints.csv").read_text(encoding="utf-8-sig").count("\n") == 3
    told.pop("hints")
    assert told.pop("wire") == []
    plain = meter_object(meter_files(Asked((str(readings),))))
    assert told == json.loads(to_json(plain))


def test_hints_are_told_in_chinese(readings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        set_language("zh")
        print_hints(look_for_hints([str(readings)]).rows)
        print_hints([])
    finally:
        set_language("en")
    said = capsys.readouterr().out
    assert "线索而非证据" in said
    assert "连续24小时" in said
    assert said.strip().endswith("没有可疑读数。")


def test_outlets_taken_in_shares_give_the_same_hints(
    readings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = find_file_hints([str(readings)])
    monkeypatch.setattr("scenarios.monitoring.files.series.ROWS_AT_ONCE", 700)
    assert find_file_hints([str(readings)]) == whole
    assert len(whole) == 2


def test_only_measured_hours_are_looked_at(readings: Path, tmp_path: Path) -> None:
    """The frozen day under a flag for maintenance, and zeros reported twice."""
    lines = readings.read_text(encoding="utf-8").splitlines()
    lines = [f"{line}M" if ",41.237," in line else line for line in lines]
    path = tmp_path / "r.csv"
    path.write_text("\n".join([*lines, *lines[-30:]]), encoding="utf-8")
    assert [(one.outlet, one.hint.count) for one in find_file_hints([str(path)])] == [("B", 63)]


@pytest.fixture(scope="module")
def totals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two months of one outlet, totals as the wire rounds them, one of them made by hand."""
    path = tmp_path_factory.mktemp("totals") / "totals.csv"
    rng = stream(12, "totals")
    lines = ["outlet,at,volume_m3,NMHC_mg_per_m3,NMHC_total_kg"]
    for hour in range(31 * 24 - 10, 31 * 24 + 10):
        at = datetime(2017, 1, 1) + timedelta(hours=hour)  # noqa: DTZ001
        volume, conc = round(rng.lognormal(9, 0.1), 3), round(rng.lognormal(3.5, 0.2), 3)
        total = round(volume * conc / 1e6, 3) + (0.5 if hour == 31 * 24 + 3 else 0)
        lines.append(f"S1,{at:%Y-%m-%d %H:%M},{volume:.3f},{conc:.3f},{total:.3f}")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_what_the_wire_rounded_off_is_a_line_of_its_own(totals: Path) -> None:
    january, february = find_wire_lines([str(totals)])
    masses = meter_object(meter_files(Asked((str(totals),))))["masses"]
    for line, mass in zip((january, february), masses, strict=True):
        assert line.line.hours == 10
        assert line.line.can_be_mg == 5_000
        assert line.line.metered_mg == 10**9 * mass["emitted_t"]  # the mass is not touched
    assert abs(january.line.difference_mg) <= 5_000
    assert abs(february.line.difference_mg - 500_000) <= 5_000
    assert (january.misfits, february.misfits) == (0, 1)
    (hint,) = find_file_hints([str(totals)])
    assert (hint.hint.code, hint.hint.count) == ("hint.misfit", 1)
    assert hour_name(hint.first) == hour_name(hint.last) == "2017-02-01 03:00"


def test_a_value_just_below_a_limit_too_often_is_hinted_at(tmp_path: Path) -> None:
    values = [58_000 + 25 * n for n in range(80)] * 3 + [61_000, 64_000, 65_000, 55_000, 56_000]
    lines = [
        f"A,{datetime(2017, 1, 2) + timedelta(hours=n):%Y-%m-%d %H:%M},{n + 1},{value / 1000}"  # noqa: DTZ001
        for n, value in enumerate(values)
    ]
    path = tmp_path / "r.csv"
    path.write_text("\n".join(["outlet,at,volume_m3,NMHC_mg_per_m3", *lines]), encoding="utf-8")
    limit = dict([parse_limit("NMHC=60.0 mg/m3", "--limit")])
    (found,) = find_file_hints([str(path)], limits_ng_per_l=limit)
    assert (found.outlet, found.hint.code, found.hint.count) == ("A", "hint.step", 240)


@pytest.mark.parametrize(
    ("said", "limit"), [("COD=50mg/L", ("COD", 50_000_000)), ("SO2=35.5", ("SO2", 35_500))]
)
def test_a_limit_names_its_unit_or_is_of_gas(said: str, limit: tuple[str, int]) -> None:
    assert parse_limit(said, "--limit") == limit


@pytest.mark.parametrize("said", ["NMHC", "=60", "NMHC=-1", "NMHC=60 kg"])
def test_a_limit_of_another_form_is_refused(said: str) -> None:
    with pytest.raises(InputError, match="NMHC=60mg/m3"):
        parse_limit(said, "--limit")


def test_an_option_that_would_change_nothing_is_refused() -> None:
    check_needs("meter", {"--limit", "--hints"})
    with pytest.raises(InputError, match="--limit has no effect without --hints"):
        check_needs("meter", {"--limit"})


def test_a_card_by_balance_is_not_charged_with_readings(readings: Path, tmp_path: Path) -> None:
    cards = tmp_path / "c.csv"
    text = (
        "card,outlet,pollutant,annual_quota_t,basis\nC1,A,NMHC,1,自动监测\nC2,B,NMHC,1,物料衡算\n"
    )
    cards.write_text(text, encoding="utf-8")
    with pytest.raises(ManyErrors) as caught:
        meter_files(Asked((str(readings),), str(cards)))
    (only,) = caught.value.errors
    assert "is material_balance, but readings give masses on the basis flow_concentration" in str(
        only
    )
    assert "c.csv, row 3" in str(only)


def test_hints_of_standard_input_are_refused() -> None:
    with pytest.raises(InputError, match="to a file first"):
        find_file_hints(["-"])
