"""Every command that the documentation shows works, in order, with the files of the examples."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer.main

from cli import app
from scenarios.definition.examples import write_examples
from tests.cli.documented_commands import PAGES, ROOT, Typed, commands_of, python_of

MADE_BEFORE = {"README.md": [("run", "classroom-two-firms", "--out", "runs/demo")]}
"""What a page takes for granted: `make demo`, in small."""
HOLDS_NO_CITY = {"--level": "firm"}
"""Options of README's commands that need the large demo, and what stands for them here."""


def test_the_pages_show_commands() -> None:
    assert len(PAGES) >= 12
    assert sum(len(list(commands_of(page))) for page in PAGES) >= 70


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_shown_has_the_options_that_it_names(page: Path) -> None:
    """Parsed only: no page names an option that is gone."""
    known: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for typed in commands_of(page):
        known[typed.words[0]].make_context(typed.words[0], list(typed.words[1:]))


def test_the_examples_are_each_read_by_a_command_shown(tmp_path: Path) -> None:
    """No example lies about unused: README of the examples, or a page, names it."""
    shown = (ROOT / "scenarios/files/examples/README.md").read_text(encoding="utf-8")
    shown += (ROOT / "scenarios/files/examples/README.zh.md").read_text(encoding="utf-8")
    for path in write_examples(tmp_path / "try"):
        name = path.relative_to(tmp_path / "try").as_posix()
        known = name in shown or Path(name).parent.name in ("zh", "measures", "my-rules")
        assert known or name.startswith("README"), name


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_the_commands_of_the_examples_work(
    run_cli: Callable[..., Any], tmp_path: Path, readme: str
) -> None:
    write_examples(tmp_path / "try")
    text = (tmp_path / "try" / readme).read_text(encoding="utf-8")
    lines = [line for line in re.findall(r"`permits ([^`]+)`", text) if "--listen" not in line]
    assert len(lines) >= 10
    for line in lines:
        words = shlex.split(line)
        ran = run_cli(*words, cwd=tmp_path / "try")
        assert ran.code == 0, (line, ran.err)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_shown_works(run_cli: Callable[..., Any], tmp_path: Path, page: Path) -> None:
    write_examples(tmp_path / "page")
    here = tmp_path / "page"
    for words in MADE_BEFORE.get(page.name, []):
        assert run_cli(*words, cwd=here).code == 0
    if page.name == "journal.md":
        subprocess.run(
            [sys.executable, "-c", python_of(page)], cwd=here, check=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    port, listening = _free_port(), []
    for typed in commands_of(page):
        words = [word.replace("7212", str(port)) for word in _for_the_small_demo(page, typed)]
        if "--listen" in words:
            listening.append(_listen(words, here))
            continue
        given = (here / typed.stdin).read_bytes() if typed.stdin else None
        ran = run_cli(*words, cwd=here, stdin=given)
        assert ran.code == typed.code, (typed, ran.err[-600:])
        if typed.stdout:
            (here / typed.stdout).write_text(ran.out, encoding="utf-8")
    for process in listening:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) in (0, 130), process


def _for_the_small_demo(page: Path, typed: Typed) -> list[str]:
    """The words of a command; README's `statement` by firm, since the small demo has no cities."""
    words = list(typed.words)
    if page.name == "README.md" and words[0] == "statement":
        for option, value in HOLDS_NO_CITY.items():
            words[words.index(option) + 1] = value
    return words


def _free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def _listen(words: list[str], here: Path) -> subprocess.Popen[bytes]:
    """A receiver that has said that it listens. What it says goes to a file: a pipe that nobody
    reads is full after a thousand messages, and the receiver would wait for its reader."""
    said = here / "receiver.log"
    with said.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "--lang", "en", *words], cwd=here,
            env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        if "listen" in said.read_text(encoding="utf-8").lower():
            return process
        time.sleep(0.05)
    raise AssertionError(said.read_text(encoding="utf-8"))
