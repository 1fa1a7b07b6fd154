"""A process that posts is killed at any moment: what it acknowledged is there, and whole."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from permits.journal import Journal, find_faults
from permits.rng import stream
from tests.permits import posting_process

PROGRAM = Path(__file__).with_name("posting_process.py")
ROOT = PROGRAM.parents[2]
KILLS = 8
FloatArray = NDArray[np.float64]


@pytest.mark.parametrize("journals", [1, pytest.param(25, marks=pytest.mark.slow)])
def test_a_killed_process_loses_nothing_that_it_acknowledged(tmp_path: Path, journals: int) -> None:
    """`kill -9` at random moments: mid-transaction, before and after the answer, while opening."""
    rng = stream(journals, "kill")
    posted = sum(
        _kill_again_and_again(tmp_path / f"{number}.sqlite", rng.uniform(0.0, 0.12, size=KILLS))
        for number in range(journals)
    )
    assert posted > KILLS * journals, "the moments must fall while it posts"


def _kill_again_and_again(path: Path, moments: FloatArray) -> int:
    """Kill a process that posts to one journal, and look at the journal each time; batches."""
    known = 0
    for seconds in moments:
        acknowledged = _run_and_kill(path, known, float(seconds))
        with Journal(path) as journal:
            assert journal.head.entries % posting_process.ENTRIES == 0, "a batch is whole or absent"
            there = journal.head.entries // posting_process.ENTRIES
            ids = {entry.id for entry in journal.ledger.journal}
        assert ids == {
            f"{number}/{k}" for number in range(there) for k in range(posting_process.ENTRIES)
        }
        # At most the one batch that was committed and not yet told.
        assert acknowledged <= there <= acknowledged + 1
        known = there
    assert find_faults(path)[1] == []
    return known


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
