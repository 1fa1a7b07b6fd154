"""Ctrl-C gives the best plan so far: exit code 130, its gap, whole files."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = 300
CITIES, SECTORS = 5, 7


class Ended(NamedTuple):
    """How an interrupted command ended."""

    code: int
    said: str
    errors: str
    out: Path


Interrupt = Callable[..., Ended]


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whole measures under many tight limits: their relaxation proves no plan exactly, and
    branching takes minutes."""
    rng = np.random.default_rng(5)
    path = tmp_path_factory.mktemp("hard") / "hard.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(
            ["source", "sector", "city", "pollutant", "baseline_t", "measure", "removed_t",
             "annual_cost_yuan"]
        )  # fmt: skip
        for n in range(SOURCES):
            base = round(float(rng.lognormal(3, 1)), 6)
            names = (f"s{n:03d}", f"t{n % SECTORS}", f"c{n % CITIES}", "VOC", base)
            for k, part in enumerate((0.31, 0.57, 0.83)):
                cost = float(rng.lognormal(8, 0.6)) * base * part
                rows.writerow([*names, f"m{k}", round(base * part, 6), round(cost, 2)])
    return path


@pytest.fixture
def interrupt(hard: Path, tmp_path: Path) -> Interrupt:
    """Runs `allocate` with options and presses Ctrl-C once it says that it does something:
    no clock decides what it is found at."""

    def run(doing: str, *options: str) -> Ended:
        limits = [w for c in range(CITIES) for w in ("--min", f"city=c{c}:VOC={30 + 2.7 * c}%")]
        limits += [w for s in range(SECTORS) for w in ("--max", f"sector=t{s}:VOC={41 + 1.3 * s}%")]
        command = [
            sys.executable, "-m", "cli", "allocate", "--measures", str(hard), *limits,
            "--out", str(tmp_path / "plan"), *options,
        ]  # fmt: skip
        env = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
        running = subprocess.Popen(
            command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        assert running.stderr is not None
        heard = []
        for line in running.stderr:
            heard.append(line)
            if doing in line:
                break
        assert running.poll() is None, f"{doing!r} was not said by a search: {heard}"
        running.send_signal(signal.SIGINT)
        said, errors = running.communicate(timeout=120)
        return Ended(running.returncode, said, errors, tmp_path / "plan")

    return run


def _whole_files(ended: Ended) -> None:
    assert ended.code == 130, ended.errors
    assert "best plan so far" in ended.errors
    assert "Traceback" not in ended.errors
    with (ended.out / "quotas.csv").open(encoding="utf-8-sig") as file:
        assert len(list(csv.DictReader(file))) == SOURCES
    assert (ended.out / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert (ended.out / "plan.xlsx").stat().st_size > 0
    assert not list(ended.out.parent.glob("*.part"))


def test_ctrl_c_writes_the_best_plan_so_far_and_exits_130(interrupt: Interrupt) -> None:
    ended = interrupt("choosing whole measures", "--target", "VOC=40%", "--gap", "1e-12")
    _whole_files(ended)
    assert "lower bound" in " ".join(ended.said.split())


@pytest.mark.skipif(os.name == "nt", reason="no such signal")
def test_a_terminated_command_leaves_nothing_behind(hard: Path, tmp_path: Path) -> None:
    """`kill` in the midst of a search: exit code 143, no folder, no half-written one."""
    command = [
        sys.executable, "-m", "cli", "allocate", "--measures", str(hard), "--target", "VOC=40%",
        "--draws", "4000", "--divisible", "--out", str(tmp_path / "plan"),
    ]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    running = subprocess.Popen(command, cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    assert any("solving the draws" in line for line in running.stderr)
    running.terminate()
    _, errors = running.communicate(timeout=120)
    assert (running.returncode, errors) == (143, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="no such signal")
def test_ctrl_c_while_modules_are_loaded_says_nothing() -> None:
    """The signal comes from a module that `cli` imports, so no clock decides when."""
    program = (
        "import os, signal, sys\n"
        "class Presses:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'scenarios.commands':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "sys.meta_path.insert(0, Presses())\n"
        "from cli import main\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, b"", b"")


def test_ctrl_c_during_a_further_question_keeps_what_is_answered(interrupt: Interrupt) -> None:
    ended = interrupt(
        "solving the draws", "--target", "VOC=40%", "--divisible", "--draws", "4000", "--json"
    )
    _whole_files(ended)
    told = json.loads(ended.said)
    assert told["status"] == "optimal"
    assert told["cost_yuan"] >= told["bound_yuan"]
    assert "uncertainty" not in told
