"""Files that a second process writes are there after the block, whatever becomes of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from scenarios.results.stores.beside import beside

FORKS = sys.platform == "linux" and (os.cpu_count() or 1) > 1


def _writer(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("worth", [True, False])
def test_the_file_is_there_after_the_block(tmp_path: Path, worth: bool) -> None:
    """By another process where that is worth its start and can be had, else by this one."""
    path = tmp_path / "file"
    with beside(lambda: path.write_text(str(os.getpid()), encoding="utf-8") and None, worth=worth):
        pass
    assert (_writer(path) != str(os.getpid())) == (worth and FORKS)


def test_work_that_fails_there_is_done_here_and_raises_its_own_error(tmp_path: Path) -> None:
    """A folder that is missing: the error names it, as without a second process."""
    path = tmp_path / "missing" / "file"
    with (
        pytest.raises(FileNotFoundError, match="missing"),
        beside(lambda: path.write_text("", encoding="utf-8") and None, worth=True),
    ):
        pass


@pytest.mark.skipif(not FORKS, reason="there is no second process to end")
def test_the_second_process_ends_with_a_block_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself it would wait for ever, for a pipe that nobody writes."""
    pipe, path, ended, kill = tmp_path / "pipe", tmp_path / "file", [], os.kill
    os.mkfifo(pipe)
    monkeypatch.setattr(os, "kill", lambda number, sign: (ended.append(number), kill(number, sign)))

    def work() -> None:
        path.write_text(_writer(pipe), encoding="utf-8")

    with pytest.raises(ZeroDivisionError), beside(work, worth=True):
        raise ZeroDivisionError
    assert not path.exists()
    assert len(ended) == 1
    with pytest.raises(ProcessLookupError):
        kill(ended[0], 0)
