"""A process that posts is killed at any moment: what it acknowledged is there, and whole."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from permits.journal import Journal, find_faults
from permits.rng import stream
from tests.permits import posting_process

PROGRAM = Path(__file__).with_name("posting_process.py")
ROOT = PROGRAM.parents[2]


@pytest.mark.parametrize("kills", [8, pytest.param(200, marks=pytest.mark.slow)])
def test_a_killed_process_loses_nothing_that_it_acknowledged(tmp_path: Path, kills: int) -> None:
    """`kill -9` at random moments: mid-transaction, before and after the answer, while opening."""
    path = tmp_path / "accounts.sqlite"
    rng = stream(kills, "kill")
    known, caught_mid_way = 0, 0
    for seconds in rng.uniform(0.0, 0.15, size=kills):
        acknowledged = _run_and_kill(path, known, float(seconds))
        with Journal(path) as journal:
            assert journal.head.entries % posting_process.ENTRIES == 0, "a batch is whole or absent"
            there = journal.head.entries // posting_process.ENTRIES
            ids = {entry.id for entry in journal.ledger.journal}
            assert ids == {
                f"{number}/{k}" for number in range(there) for k in range(posting_process.ENTRIES)
            }
        # At most the one batch that was committed and not yet told.
        assert acknowledged <= there <= acknowledged + 1 or (acknowledged, there) == (0, known)
        caught_mid_way += there > known
        known = max(there, known)
    assert caught_mid_way > kills // 3, "the moments must fall while it posts"
    assert find_faults(path)[1] == []


def _run_and_kill(path: Path, first: int, seconds: float) -> int:
    """Start the program, kill it `seconds` after it opened; batches acknowledged in all."""
    with subprocess.Popen(
        [sys.executable, str(PROGRAM), str(path), str(first)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline().startswith("open"), "it opens after every kill"
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        told = [line.split()[1] for line in process.stdout.read().splitlines() if " " in line]
    return max((int(number) + 1 for number in told), default=first)
