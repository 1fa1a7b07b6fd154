"""With `--lang zh` no English is left in help, errors, summaries, pages and workbooks.

Every Latin word of three letters or more is found, unless it is one of `ALLOWED`: what is to
be typed or looked up stays as it is in every language.
"""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from scenarios import runner
from scenarios.definition.load import load_scenario
from scenarios.proof.compare import compare_runs
from scenarios.proof.explain import explain_firm, explain_quota
from scenarios.proof.statements import state_run
from scenarios.results.console import print_lines
from scenarios.results.manifest import stamped
from scenarios.results.report import print_summary
from scenarios.results.stores.folder import write_run
from scenarios.results.stores.read import read_labels
from scenarios.text import set_language

ROOT = Path(__file__).resolve().parents[3]
SCENARIOS = ("classroom-two-firms", "jiaxing-dyers-2018")
ALLOWED = [
    r"%\{[^}]*\}|<br>|</?extra>",  # templates of the chart library
    r"\[[A-Z][\w-]*\]",  # keys of sources
    r"`[^`]*`|^ +permits .*|\bpermits [a-z0-9]+|^ +[a-z0-9]+(?=  )",  # commands
    r"--[a-z][a-z-]*|-[ch]\b|=[\w.-]+",  # options and what is set
    r"[\w<>-]*\.(csv|toml|xlsx|html|jsonl?|txt|sqlite|py|md|parquet)\b",  # files
    r"\d{4}-\d\d-\d\d/[\w/-]+",  # sessions and contracts
    r"[a-z_]+-[a-z_]+-[A-Z][a-z]+-\d+",  # firms and sources
    r"(classroom-two-firms|jiaxing-dyers-2018|zhejiang-2017-voc)(/\d+)?",  # scenarios, permits
    r"（[a-z_]+(\.[\w-]+)*）|\b[a-z_]+(\.[\w-]+)+",  # keys of a scenario
    r"(?<=现有：|可用：|的键：|其一：|默认：)[\w, |-]+",  # lists of ids
    r"\b[A-Z]*[a-z]*[0-9]*(_[A-Za-z0-9]+)+\b",  # columns, rules, parameters
]
"""Patterns of what is an id, a file, an option or a source."""
WORDS = (
    # products and formats
    "permits", "EPA", "Python", "Dask", "JSON", "Schema", "TCP", "ORL", "FF10", "MinInterval",
    "America", "New_York",
    # pollutants
    "COD", "VOC", "NOX", "NMHC",
    # values of options, keys, and what the tests type
    "abc", "all", "allocate", "allocations", "annualised", "any", "band", "baselines", "begins",
    "both", "china", "frictions",
    "city", "conservative", "cost", "county", "day", "ends", "firm", "foo", "hour", "init",
    "list", "mechanisms", "month", "none", "nosuch", "output", "paint", "part75", "plan",
    "policies", "province", "random", "applicability", "scenarios", "seq", "traders", "verified",
    "year",
)  # fmt: skip
"""Words that stay English: names of products, units, values that are typed."""
REMOVED = re.compile("|".join(ALLOWED), re.MULTILINE | re.ASCII)
LATIN = re.compile(r"[A-Za-z][A-Za-z0-9]{2,}")
GLOSSARY = "pollution right 排污权"
"""The page's list of terms in both languages begins with this."""

PROGRAM = """
import contextlib, io, json, sys
commands = json.loads(sys.argv.pop())
sys.argv = ["permits", "--lang", "zh"]
import cli
told = {}
for words in commands:
    out = io.StringIO()
    sys.argv = ["permits", *words]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            cli.main()
        except SystemExit:
            pass
    told[" ".join(words)] = out.getvalue()
print(json.dumps(told))
"""
COMMANDS = (
    "run", "allocate", "auction", "market", "meter", "hj212", "outlets", "list", "check",
    "schema", "init", "verify", "audit", "explain", "replay", "compare", "statement",
)  # fmt: skip
ERRORS = (
    ["auction"],
    ["nosuch"],
    ["run"],
    ["run", "nosuch"],
    ["run", SCENARIOS[0], "--part", "abc"],
    ["run", SCENARIOS[0], "--seed", "abc"],
    ["run", SCENARIOS[0], "--foo"],
    ["run", SCENARIOS[0], "--set"],
    ["run", SCENARIOS[0], "--set", "foo=1"],
    ["run", SCENARIOS[0], "--set", "applicability=abc"],
    ["run", SCENARIOS[0], "--set", "applicability=2"],
    ["run", SCENARIOS[0], "--set", "pollutant.X.target=abc"],
    ["run", SCENARIOS[0], "--set", "pollutant.X.target=-3%"],
    ["run", SCENARIOS[0], "--set", "begins=abc"],
    ["run", SCENARIOS[0], "--set", "ends=2011-01-01"],
    ["auction", "--bids", "nosuch.csv", "--rule", "call_double"],
    ["audit", "nosuch"],
    ["explain", "nosuch"],
    ["compare", "nosuch"],
    ["hj212", "nosuch"],
    ["list", "nosuch"],
    ["check", "nosuch"],
    ["verify", "nosuch.py"],
    ["init"],
)


def english_in(text: str) -> list[str]:
    """Latin words of three letters or more that are not allowed."""
    return [word for word in LATIN.findall(REMOVED.sub(" ", text)) if word not in WORDS]


def _check(texts: Iterator[tuple[str, str]]) -> None:
    found: dict[str, str] = {}
    for place, text in texts:
        for line in text.splitlines():
            if words := english_in(line):
                found.setdefault(f"{place}: {line.strip()[:150]}", ", ".join(words))
    told = [f"{line}   <- {words}" for line, words in list(found.items())[:40]]
    assert not told, "English is left:\n" + "\n".join(told)


@pytest.fixture(scope="module")
def told() -> dict[str, str]:
    """What help and errors print, by command line."""
    commands = [[], *([command, "--help"] for command in COMMANDS), *map(list, ERRORS)]
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(commands)],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    found: dict[str, str] = json.loads(ended.stdout)
    return found


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Path, str]]]:
    """Folder and terminal summary of both scenarios, made in Chinese."""
    set_language("zh")
    try:
        found = {}
        for name in SCENARIOS:
            loaded = load_scenario(name)
            folder, said = tmp_path_factory.mktemp(name) / name, StringIO()
            # A year for each friction: one scenario has the table.
            without = () if name == SCENARIOS[0] else ("frictions",)
            result = stamped(runner.run(loaded, without=without), loaded)
            write_run(result, folder)
            with redirect_stdout(said):
                print_summary(result, Path(name))
            found[name] = folder, said.getvalue()
        yield found
    finally:
        set_language("en")


def test_help_is_chinese(told: dict[str, str]) -> None:
    assert "用法：" in told["run --help"] and "选项：" in told["run --help"]
    # A line that is too long is broken, within a word where Chinese stands before it.
    whole = {line: re.sub(r"\n {8,}", "", text) for line, text in told.items()}
    _check((line, whole[line]) for line in told if line.endswith("--help") or not line)


def test_errors_are_chinese(told: dict[str, str]) -> None:
    assert all("错误：" in told[" ".join(words)] for words in ERRORS)
    _check((" ".join(words), told[" ".join(words)]) for words in ERRORS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_terminal_summaries_are_chinese(name: str, runs: dict[str, tuple[Path, str]]) -> None:
    _check(iter([("summary", runs[name][1])]))


@pytest.mark.parametrize("name", SCENARIOS)
def test_report_pages_are_chinese(name: str, runs: dict[str, tuple[Path, str]]) -> None:
    page = (runs[name][0] / "report.html").read_text(encoding="utf-8")
    _check((f"{name}/report.html", text) for text in _texts_of(page))


@pytest.mark.parametrize("name", SCENARIOS)
def test_workbooks_are_chinese(name: str, runs: dict[str, tuple[Path, str]]) -> None:
    _check(_cells(runs[name][0] / "report.xlsx"))


@pytest.mark.parametrize("name", SCENARIOS)
def test_explanations_are_chinese(name: str, runs: dict[str, tuple[Path, str]]) -> None:
    folder = runs[name][0]
    if name == SCENARIOS[0]:
        lines = [*explain_firm(folder, "A"), *explain_quota(folder, source="A")]
    else:
        lines = [*explain_firm(folder, "海宁市政府"), *explain_quota(folder, city="海宁")]
    _check(("explain", line) for line in lines)


def test_statements_and_comparisons_are_chinese(runs: dict[str, tuple[Path, str]]) -> None:
    folders = [folder for folder, _ in runs.values()]
    labels = read_labels(folders[1])
    tables = [
        state_run(folders[1], level="区县", by="year").shown(labels),
        compare_runs(folders).table(),
    ]
    said = StringIO()
    with redirect_stdout(said):
        for heads, rows in tables:
            print_lines([" ".join(heads), *(" ".join(row) for row in rows)])
    _check(iter([("table", said.getvalue())]))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("情景中给定", []),
        ("[ZJ-Z2]第三条，见inputs.csv（card.warn_percent）", []),
        ("stated in the scenario", ["stated", "the", "scenario"]),
        ("用--set改，dyeing-woven-Haining-001", []),
        ("缺少列“outlet”", ["outlet"]),
    ],
)
def test_english_is_found(text: str, found: list[str]) -> None:
    assert english_in(text) == found


def _texts_of(page: str) -> Iterator[str]:
    """Every text of a page, in its markup and in its charts."""
    page = re.sub(r"<style.*?</style>", "", page, flags=re.DOTALL)
    charts = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)
    page = re.sub(r"<script.*?</script>|<wbr>", "", page, flags=re.DOTALL)
    texts = (html.unescape(text).strip() for text in re.sub(r"<[^>]+>", "\n", page).split("\n"))
    yield from (text for text in dict.fromkeys(texts) if not text.startswith(GLOSSARY))
    for chart in charts:
        yield from dict.fromkeys(_strings(json.loads(chart), shown=False))


SHOWN = {"text", "name", "ticktext", "labels", "x", "y", "hovertext", "hovertemplate", "title"}
"""Members of a chart that people read."""


def _strings(value: Any, *, shown: bool) -> Iterator[str]:
    if isinstance(value, str) and shown:
        yield value.replace("<br>", "")
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one, shown=shown)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _strings(one, shown=key in SHOWN)


def _cells(path: Path) -> Iterator[tuple[str, str]]:
    for sheet in openpyxl.load_workbook(path, read_only=True):
        yield path.name, sheet.title
        cells = (cell for row in sheet.iter_rows(values_only=True) for cell in row)
        texts = dict.fromkeys(cell for cell in cells if isinstance(cell, str))
        yield from ((f"{path.name}#{sheet.title}", text) for text in texts)
