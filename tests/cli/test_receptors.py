"""`allocate --receptors` from the command line, in Chinese."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Cli = Callable[..., Any]
MEASURES = """source,city,zone,pollutant,baseline_t,measure,removed_t,annual_cost_yuan
A,Hangzhou,1,VOC,100,paint,40,40000
B,Hangzhou,2,VOC,80,paint,40,80000
C,Ningbo,3,VOC,60,paint,30,150000
"""


def test_headings_in_chinese_and_sources_that_are_in_no_row(run_cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(MEASURES, encoding="utf-8")
    (tmp_path / "r.csv").write_text("受体,地市,系数,限值\n站点,Hangzhou,0.1,16\n", encoding="utf-8")
    files = ("--measures", tmp_path / "m.csv", "--receptors", tmp_path / "r.csv")
    ran = run_cli("allocate", *files, "--divisible", "--out", tmp_path / "plan", "--lang", "zh")
    assert ran.code == 0, ran.err
    assert "1个污染源" in ran.err
    assert "60" in ran.err
    assert "站点处VOC: 16" in ran.out.replace("：", ": ")
    line = (tmp_path / "plan" / "receptors.csv").read_text(encoding="utf-8-sig").splitlines()[1]
    assert line.startswith("站点:VOC<=16,站点,VOC,,16,0,18,10,16,")
    assert "受体" in (tmp_path / "plan" / "report.html").read_text(encoding="utf-8")
