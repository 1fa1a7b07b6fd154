"""The documents say what is there: keys, commands, terms, paths, links."""

from __future__ import annotations

import ast
import csv
import doctest
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])
SESSIONS = [page for page in PAGES if ">>> " in page.read_text(encoding="utf-8")]
CODE = ("permits", "market", "optimize", "scenarios")
FILES = ROOT / "scenarios" / "files"
EXAMPLES = FILES / "examples"

ENTRY = re.compile(r"^- \*\*([A-Za-z0-9-]+)\*\* ", re.MULTILINE)
BRACKETS = re.compile(r"(?<![\w\]])\[([A-Z][A-Za-z0-9-]+)\](?!\()")
LOOKS_LIKE_A_KEY = re.compile(r"[A-Z][A-Za-z]*(-[A-Z]?[A-Z0-9]+)+$|[A-Z][A-Za-z]+\d{4}[a-z]?$")
OUR_PATH = re.compile(r"`((?:permits|market|optimize|scenarios|tests|docs|benchmarks)/[\w./-]*)`")
WIDE = {"COLUMNS": "200", "TERMINAL_WIDTH": "200"}  # so that no name is broken in two
CHINESE = re.compile(r"[一-鿿]")


# --- sources -----------------------------------------------------------------------


def test_no_key_is_given_twice() -> None:
    keys = ENTRY.findall(_read(DOCS / "bibliography.md"))
    assert sorted(keys) == sorted(set(keys))


def test_every_key_in_code_and_documents_is_in_the_bibliography() -> None:
    unknown = {
        f"{path.relative_to(ROOT)}: [{key}]"
        for path, text in _texts()
        for key in BRACKETS.findall(text)
        if LOOKS_LIKE_A_KEY.match(key) and key not in _bibliography()
    }
    assert sorted(unknown) == []


def test_every_source_of_a_shipped_number_names_a_known_key() -> None:
    wrong = [
        f"{place}: {source!r}"
        for place, source in _sources()
        if not set(BRACKETS.findall(source)) & _bibliography()
        or set(BRACKETS.findall(source)) - _bibliography()
    ]
    assert wrong == []


def test_every_shipped_rule_names_its_source() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {source!r}"
        for path, source in _spec_sources()
        if not set(BRACKETS.findall(source)) or set(BRACKETS.findall(source)) - _bibliography()
    ]
    assert wrong == []


# --- commands ----------------------------------------------------------------------


def test_every_command_has_its_section_and_every_section_its_command(
    run_cli: Callable[..., Any],
) -> None:
    said = run_cli("--help", env=WIDE).out
    listed = re.findall(r"^[│|\s]+([a-z0-9]+)\s{2,}\S", said.split("Commands", 1)[1], re.MULTILINE)
    assert sorted(listed) == sorted(_sections())


def test_every_option_in_an_example_exists(run_cli: Callable[..., Any]) -> None:
    helps = {name: run_cli(name, "--help", env=WIDE) for name in _sections()}
    assert {name: ran.code for name, ran in helps.items() if ran.code} == {}
    wrong = [
        f"{page.name}: {line}: {option}"
        for page, line in _examples()
        for option in _options(line)
        if not re.search(rf"(?<![\w-]){option}(?![\w-])", helps[_command_of(line)].out)
    ]
    assert wrong == []


def test_the_least_scenario_of_the_page_runs(run_cli: Callable[..., Any], tmp_path: Path) -> None:
    (first, *_) = re.findall(
        r"^```toml\n(.*?)^```", _read(DOCS / "scenarios.md"), re.MULTILINE | re.DOTALL
    )
    (tmp_path / "my-county.toml").write_text(first, encoding="utf-8")
    ran = run_cli("run", "my-county.toml", "--quiet", "--json", cwd=tmp_path)
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert told["status"] == "ok"
    assert told["allocation"]["reduction_t"] >= 0.16 * 90


@pytest.mark.parametrize("page", SESSIONS, ids=lambda page: str(page.name))
def test_a_python_session_of_a_page_prints_what_it_shows(page: Path) -> None:
    failed, tried = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert (failed, tried > 0) == (0, True)


def test_every_scenario_in_an_example_is_shipped() -> None:
    shipped = {path.stem for path in FILES.glob("*.toml")}
    named = {
        words[2]
        for _, line in _examples()
        if (words := shlex.split(line, comments=True))[1:2] == ["run"]
    }
    assert {name for name in named if not name.endswith(".toml")} <= shipped
    assert shipped <= set(re.findall(r"`([a-z0-9-]+)`", _read(ROOT / "README.md")))


# --- terms, paths, links -----------------------------------------------------------


def test_every_term_of_the_glossary_has_both_languages_and_a_place() -> None:
    rows = list(_glossary())
    assert len(rows) > 80
    assert [row for row in rows if len(row) != 4 or not all(row[:3])] == []
    assert [row[0] for row in rows if not CHINESE.search(row[1])] == []


def test_every_name_of_the_glossary_is_in_the_code() -> None:
    text = "\n".join(f"{path.stem}\n{text}" for path, text in _sources_of_code())
    text += "\n".join(_read(path) for path in sorted(FILES.glob("*.toml")))
    gone = [
        name
        for row in _glossary()
        for name in re.findall(r"`([^`]+)`", row[2])
        if name.rsplit(".", 1)[-1] not in text and not (ROOT / name).exists()
    ]
    assert gone == []


def test_every_path_that_a_page_names_exists() -> None:
    gone = [
        f"{page.name}: {path}"
        for page in PAGES
        for path in OUR_PATH.findall(_read(page))
        if not (ROOT / path).exists()
    ]
    assert gone == []


def test_every_link_between_pages_leads_somewhere() -> None:
    gone = [
        f"{page.name}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#:]+)\)", _read(page))
        if not (page.parent / target).exists()
    ]
    assert gone == []


def test_the_keys_page_is_what_the_schema_says() -> None:
    """A changed default or description: `make docs` writes the page anew."""
    made = subprocess.run(
        [sys.executable, str(DOCS / "scenario_keys.py")],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    assert made.stdout.decode() == _read(DOCS / "scenario-keys.md")


# --- readers -----------------------------------------------------------------------


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _bibliography() -> frozenset[str]:
    return frozenset(ENTRY.findall(_read(DOCS / "bibliography.md")))


def _sources_of_code() -> Iterator[tuple[Path, str]]:
    for package in CODE:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path, _read(path)


def _texts() -> Iterator[tuple[Path, str]]:
    """Where keys may stand: strings of the code, pages, shipped files."""
    for path, source in _sources_of_code():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield path, node.value
    for path in [*PAGES, *sorted(FILES.rglob("*.toml")), *sorted(FILES.rglob("*.csv"))]:
        yield path, _read(path)


def _sources() -> Iterator[tuple[str, str]]:
    """Every `source` of the shipped scenarios and tables, with its place.

    In a register a source is what emits; where its numbers come from is its `provenance`.
    The invented tables of `init --examples` say in their README what they are.
    """
    for path in sorted(FILES.rglob("*.toml")):
        yield from _in_tree(tomllib.loads(_read(path)), path.name)
    for path in sorted(FILES.rglob("*.csv")):
        if EXAMPLES in path.parents:
            continue
        end = "provenance" if path.stem.endswith("-register") else "source"
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(line for line in file if not line.startswith("#")):
                for column, value in row.items():
                    if column and column.endswith(end) and value:
                        yield f"{path.name}: {column}", value


def _in_tree(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if isinstance(value.get("source"), str):
            yield place, value["source"]
        for key, inner in value.items():
            yield from _in_tree(inner, f"{place}: {key}")
    elif isinstance(value, list):
        for inner in value:
            yield from _in_tree(inner, place)


def _spec_sources() -> Iterator[tuple[Path, str]]:
    """The `source` of each rule's SPEC."""
    folders = ("market/mechanisms", "market/traders", "scenarios/policies", "permits/allocation")
    for folder in folders:
        for path in sorted((ROOT / folder).glob("*.py")):
            for node in ast.walk(ast.parse(_read(path))):
                if isinstance(node, ast.keyword) and node.arg == "source":
                    yield path, str(ast.literal_eval(node.value))


def _examples() -> Iterator[tuple[Path, str]]:
    """The `permits …` lines of the pages' code blocks."""
    for page in PAGES:
        for block in re.findall(r"^```\n(.*?)^```", _read(page), re.MULTILINE | re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                if (words := line.split())[:1] and words[0].endswith("permits"):
                    yield page, line.split(" > ")[0]


def _options(line: str) -> list[str]:
    """The options of an example, without those that every command has."""
    words = shlex.split(line, comments=True)
    return [word for word in words if word.startswith("--") and word not in ("--help", "--lang")]


def _command_of(line: str) -> str:
    return next(word for word in shlex.split(line, comments=True)[1:] if word in _sections())


@cache
def _sections() -> list[str]:
    """The commands that the page describes."""
    return re.findall(r"^## ([a-z0-9]+)$", _read(DOCS / "commands.md"), re.MULTILINE)


def _glossary() -> Iterator[list[str]]:
    """The cells of the glossary's rows, without headings."""
    for line in _read(DOCS / "glossary.md").splitlines():
        if line.startswith("| ") and not line.startswith("| English"):
            yield [cell.strip() for cell in line.strip("|").split("|")]
