"""Files and standard output on a full disk, and files that exist already."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
def test_a_full_disk_under_standard_output_is_one_sentence() -> None:
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "cli", "--lang", "en", "schema"],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "the disk is full" in done.stderr


@pytest.mark.parametrize(
    ("args", "name"),
    [(["schema", "--out", "s.json"], "s.json"), (["init", "my-county"], "my-county.toml")],
)
def test_a_file_that_exists_is_kept_unless_forced(
    run_cli: Callable[..., Any], tmp_path: Path, args: list[str], name: str
) -> None:
    (tmp_path / name).write_text("mine")
    refused = run_cli(*args, cwd=tmp_path)
    assert refused.code == 2
    assert f"{name} exists already" in refused.err
    assert "--force" in refused.err
    assert (tmp_path / name).read_text() == "mine"
    assert run_cli(*args, "--force", cwd=tmp_path).code == 0
    assert (tmp_path / name).read_text() != "mine"
    assert [path.name for path in tmp_path.iterdir()] == [name]
