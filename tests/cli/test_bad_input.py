"""Bad input: one line a mistake, with place and remedy, exit code 2, nothing left behind."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.option_cases import attempt

Cli = Callable[..., Any]
ROOT = Path(__file__).resolve().parents[2]
MEASURES = """source,sector,city,pollutant,baseline_t,measure,removed_t,annual_cost_yuan
A,coating,Hangzhou,VOC,100,paint,30,60000
A,coating,Hangzhou,VOC,100,oxidiser,80,900000
B,printing,Ningbo,VOC,50,ink,20,10000
"""
SCENARIO = """name = "mine"
begins = 2024-01-01
ends = 2024-12-31
[pollutant.COD]
target = "10%"
[[firm]]
id = "a"
baseline.COD = "60 t"
curve = { b_yuan = 4 }
[market]
lot = "100 kg"
[[session]]
kind = "secondary"
rule = "call_double"
dates = [2024-03-01]
"""


def _fails(ran: Any, *words: str, lines: int = 1) -> None:
    """Exit 2, so many lines, every word said, no traceback."""
    said = ran.err.strip().splitlines()
    assert ran.code == 2, ran.err
    assert len(said) == lines, ran.err
    assert "Traceback" not in ran.err
    for word in words:
        assert word in ran.err, f"{word!r} not in {ran.err!r}"


def _allocate(run_cli: Cli, tmp_path: Path, text: str | bytes, *options: str) -> Any:
    path = tmp_path / "m.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return run_cli("allocate", "--measures", path, "--target", "VOC=40", "--json", *options)


def _check(run_cli: Cli, tmp_path: Path, text: str) -> Any:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return run_cli("check", path)


def test_the_good_table_and_scenario_are_taken(run_cli: Cli, tmp_path: Path) -> None:
    assert _allocate(run_cli, tmp_path, MEASURES).code == 0
    assert _check(run_cli, tmp_path, SCENARIO).code == 0


def test_an_unknown_key_is_told_with_the_nearest_known_one(run_cli: Cli, tmp_path: Path) -> None:
    ran = _check(run_cli, tmp_path, SCENARIO.replace("target", "targte"))
    _fails(ran, "mine.toml: pollutant.COD.targte", "did you mean 'target'")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (MemoryError("12 GB"), 2, "not enough memory"),
        (OSError(28, "No space left on device", "out"), 2, "out cannot be written or read"),
        (KeyError("x"), 70, "internal error"),
    ],
)
def test_what_fails_below_is_one_line(
    monkeypatch: pytest.MonkeyPatch, error: Exception, code: int, said: str
) -> None:
    def fails(*given: Any, **named: Any) -> None:
        raise error

    monkeypatch.setattr("scenarios.api.clear", fails)
    ran = attempt(("auction", "--bids", "b.csv", "--rule", "pay_as_bid"))
    assert ran.code == code and said in ran.err and len(ran.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("seed=true", "'True' is not a whole number"),
        ("market.ratio=nan", "'NaN' is not a number"),
        ("market.ratio=1e400", "'1E+400' is not a number"),
        ("firm.a.baseline.COD=1e-400", "'1E-400') is not a mass"),
        ("firm.a.curve={ fixed_yuan = inf }", "'Infinity' is not a number"),
        ("market.ratio=0x10", "'0x10' is not a number"),
        ("seed=1_0", "'1_0' is not a whole number"),
        ("market.ratio=1,5", "not a thousands separator"),
        ("rights.withheld=1,5%", "not a thousands separator"),
        ("pollutant.COD.reference_price=-1", "negative amount"),
        ("traders.params={ cover_days = nan }", "'NaN' is not a number"),
    ],
)
def test_a_number_that_is_none_is_refused_with_its_key(
    tmp_path: Path, key: str, words: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    ran = attempt(("allocate", str(path), "--set", key, "--quiet"))
    assert ran.code == 2 and words in ran.err and "[mine.toml: " in ran.err, ran.err


def test_an_unknown_key_after_set_is_told_too(run_cli: Cli) -> None:
    ran = run_cli("run", "classroom-two-firms", "--set", "baselin=x", "--quiet")
    _fails(ran, "baselin", "did you mean 'baseline")


def test_a_negative_mass_is_no_mass(run_cli: Cli, tmp_path: Path) -> None:
    _fails(
        _allocate(run_cli, tmp_path, MEASURES.replace(",50,", ",-50,")),
        "m.csv, row 4, column baseline_t", "-50", "zero or more",
    )  # fmt: skip
    _fails(
        _check(run_cli, tmp_path, SCENARIO.replace("60 t", "-60 t")),
        "mine.toml: firm.0.baseline.COD", "-60 t",
    )  # fmt: skip


def test_a_curve_in_too_many_steps_is_refused_before_it_takes_hours(
    run_cli: Cli, tmp_path: Path
) -> None:
    ran = _check(run_cli, tmp_path, SCENARIO.replace("100 kg", "1 kg"))
    _fails(ran, "firm.a.curve", "60000 steps", "lot larger")


def test_a_pound_is_no_unit(run_cli: Cli, tmp_path: Path) -> None:
    words = ("12 lb", "t, kg, kt")
    _fails(_allocate(run_cli, tmp_path, MEASURES.replace(",50,", ",12 lb,")), *words)
    _fails(_check(run_cli, tmp_path, SCENARIO.replace("60 t", "12 lb")), *words)


def test_a_source_with_two_baselines(run_cli: Cli, tmp_path: Path) -> None:
    text = MEASURES.replace("100,oxidiser", "110,oxidiser")
    _fails(_allocate(run_cli, tmp_path, text), "m.csv, row 3", "row 2", "110", "same baseline")


def test_costs_that_disagree_on_one_measure(run_cli: Cli, tmp_path: Path) -> None:
    text = MEASURES + "B,printing,Ningbo,NOx,9,ink,1,11000\n"
    ran = _allocate(run_cli, tmp_path, text)
    _fails(ran, "m.csv, row 5", "row 4", "11000", "repeat the same value")


def test_a_measure_that_removes_more_than_there_is(run_cli: Cli, tmp_path: Path) -> None:
    text = MEASURES.replace("ink,20", "ink,51")
    _fails(_allocate(run_cli, tmp_path, text), "m.csv, row 4", "51 t", "50 t", "at most")


def test_a_text_where_a_number_belongs(run_cli: Cli, tmp_path: Path) -> None:
    text = MEASURES.replace(",10000", ",cheap")
    ran = _allocate(run_cli, tmp_path, text)
    _fails(ran, "m.csv, row 4, column annual_cost_yuan", "'cheap'", "plain number")


def test_an_empty_table(run_cli: Cli, tmp_path: Path) -> None:
    text = MEASURES.splitlines()[0] + "\n"
    _fails(_allocate(run_cli, tmp_path, text), "m.csv", "no rows", "below the headings")


def test_a_missing_column(run_cli: Cli, tmp_path: Path) -> None:
    text = MEASURES.replace("baseline_t", "basline_t")
    _fails(_allocate(run_cli, tmp_path, text), "m.csv, row 1", "'baseline_t'", "'basline_t'")


def test_a_city_that_no_row_has(run_cli: Cli, tmp_path: Path) -> None:
    ran = _allocate(run_cli, tmp_path, MEASURES, "--min", "city=Hangzhuo:VOC=5")
    _fails(ran, "city=Hangzhuo:VOC=5", "did you mean 'Hangzhou'")


def test_a_condition_on_a_measure(run_cli: Cli, tmp_path: Path) -> None:
    ran = _allocate(run_cli, tmp_path, MEASURES, "--max", "measure=pant:VOC=5")
    _fails(ran, "measure=pant:VOC=5", "did you mean 'paint'")
    ran = _allocate(run_cli, tmp_path, MEASURES, "--cap", "measure=paint:VOC=5")
    _fails(ran, "--cap measure=paint:VOC=5", "a cap cannot name a measure", "--max")


def test_a_date_outside_the_years(run_cli: Cli, tmp_path: Path) -> None:
    text = SCENARIO.replace("2024-03-01", "2025-03-01")
    _fails(_check(run_cli, tmp_path, text), "mine.toml", "session.0.dates", "2025-03-01")


def test_undecodable_bytes(run_cli: Cli, tmp_path: Path) -> None:
    ran = _allocate(run_cli, tmp_path, MEASURES.encode() + b"\xff\xff\xff")
    _fails(ran, "m.csv", "byte", "UTF-8")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings_of_chinese_excel_are_read_and_told(
    run_cli: Cli, tmp_path: Path, encoding: str
) -> None:
    heads = "污染源,行业,地市,污染物,基准排放量_吨,措施,削减量_吨,年成本_元"
    text = "\n".join([heads, *MEASURES.splitlines()[1:]]).replace("Hangzhou", "杭州")
    ran = _allocate(run_cli, tmp_path, text.encode(encoding))
    assert ran.code == 0, ran.err
    assert (encoding in ran.err) == (encoding != "utf-8")


def test_all_mistakes_of_a_file_come_together(run_cli: Cli, tmp_path: Path) -> None:
    text = MEASURES.replace(",50,", ",-50,").replace(",60000", ",much").replace("80,", "eighty,")
    _fails(_allocate(run_cli, tmp_path, text), "row 2", "row 3", "row 4", lines=3)
    text = SCENARIO.replace("60 t", "12 lb").replace("ends", "endz").replace("rule", "rulle")
    ran = _check(run_cli, tmp_path, text)
    assert ran.code == 2
    assert len(ran.err.strip().splitlines()) >= 4  # two keys unknown, two missing, one mass
    assert "12 lb" in ran.err


def test_a_folder_that_exists_needs_force(run_cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run_cli("run", "classroom-two-firms", "--out", out, "--quiet").code == 0
    before = (out / "summary.json").read_bytes()
    _fails(run_cli("run", "classroom-two-firms", "--out", out, "--quiet"), str(out), "--force")
    assert (out / "summary.json").read_bytes() == before
    assert run_cli("run", "classroom-two-firms", "--out", out, "--quiet", "--force").code == 0


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    """A file-size limit stands in for the disk: what is half-written goes again."""
    ended = subprocess.run(
        [sys.executable, "-m", "cli", "run", "classroom-two-firms", "--out", str(tmp_path / "out"),
         "--quiet"],
        cwd=ROOT, capture_output=True, check=False, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000)),
    )  # fmt: skip
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_option_and_scenario_exit_2(run_cli: Cli) -> None:
    assert run_cli("run", "--nonsense").code == 2
    _fails(run_cli("run", "zhejang-2017-voc"), "zhejiang-2017-voc")


def test_mixed_accounting_bases_are_refused(run_cli: Cli, tmp_path: Path) -> None:
    text = SCENARIO + '[[sector]]\nid = "all"\nmeter = "material_balance"\n'
    _fails(_check(run_cli, tmp_path, text), "sector.all.meter", "same accounting basis")


def test_errors_come_in_chinese(run_cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text(MEASURES.replace(",50,", ",-50,"), encoding="utf-8")
    ran = run_cli("allocate", "--measures", path, "--target", "VOC=40", "--lang", "zh")
    assert ran.code == 2
    assert any("\u4e00" <= letter <= "\u9fff" for letter in ran.err)
