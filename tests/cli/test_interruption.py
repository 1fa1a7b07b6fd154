"""Ctrl-C gives the best plan so far: exit code 130, its gap, whole files."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = 300


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whole measures under many tight limits, and a gap that takes minutes to prove."""
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
            names = (f"s{n:03d}", f"t{n % 7}", f"c{n % 5}", "VOC", base)
            for k, part in enumerate((0.31, 0.57, 0.83)):
                cost = float(rng.lognormal(8, 0.6)) * base * part
                rows.writerow([*names, f"m{k}", round(base * part, 6), round(cost, 2)])
    return path


def test_ctrl_c_writes_the_best_plan_so_far_and_exits_130(hard: Path, tmp_path: Path) -> None:
    out = tmp_path / "plan"
    limits = [w for c in range(5) for w in ("--min", f"city=c{c}:VOC={30 + 2.7 * c}%")]
    limits += [w for s in range(7) for w in ("--max", f"sector=t{s}:VOC={41 + 1.3 * s}%")]
    command = [
        sys.executable, "-m", "cli", "allocate", "--measures", str(hard), "--target", "VOC=40%",
        *limits, "--gap", "1e-12", "--out", str(out),
    ]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    # However busy the machine is, the signal comes when the search has begun.
    began = time.perf_counter()
    easy = [*command[:5], str(hard), "--target", "VOC=1%", "--divisible", "--quiet"]
    subprocess.run(easy, cwd=tmp_path, env=env, capture_output=True, check=True)
    startup = time.perf_counter() - began
    running = subprocess.Popen(
        command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(max(6.0, startup + 1.0))
    assert running.poll() is None, "the search should still be going on"
    running.send_signal(signal.SIGINT)
    said, errors = running.communicate(timeout=60)
    assert running.returncode == 130, errors
    assert "best plan so far" in errors
    assert "Traceback" not in errors
    words = " ".join(said.split())
    assert "no plan is cheaper by more than" in words or "cheaper may exist" in words
    with (out / "quotas.csv").open(encoding="utf-8-sig") as file:
        quotas = list(csv.DictReader(file))
    assert len(quotas) == SOURCES
    assert (out / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert (out / "plan.xlsx").stat().st_size > 0
    assert not list(tmp_path.glob("*.part"))
