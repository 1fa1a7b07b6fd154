"""What all tests share: how hard Hypothesis looks, reference data, the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
REFERENCE_DATA = "PERMITS_REFERENCE_DATA"
NO_REFERENCE_DATA = "needs the reference data"

settings.register_profile("here", deadline=None, max_examples=60)
# Elsewhere a failure must be one that the next run shows again.
settings.register_profile("ci", parent=settings.get_profile("here"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


class Ran(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The folder of data that may be used here but not shipped; skips without it."""
    folder = os.environ.get(REFERENCE_DATA, "")
    if not folder or not Path(folder).is_dir():
        pytest.skip(f"{NO_REFERENCE_DATA}: set {REFERENCE_DATA} to its folder")
    return Path(folder)


@pytest.fixture(scope="session")
def run_cli(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Ran]:
    """Runs `permits` in a process of its own: run_cli("list", "--json").code.

    `cwd` is where it runs (default: an empty folder), `stdin` what it reads, `env` what is
    added to the environment. The language is English unless told otherwise.
    """

    def run(
        *args: str | Path,
        cwd: Path | None = None,
        stdin: str | bytes | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 300,
    ) -> Ran:
        ended = subprocess.run(
            [sys.executable, "-m", "cli", *(str(arg) for arg in args)],
            cwd=cwd or tmp_path_factory.mktemp("cwd"),
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            env=_environment(env or {}),
            timeout=timeout,
            check=False,
        )
        return Ran(ended.returncode, ended.stdout.decode(), ended.stderr.decode())

    return run


def _environment(added: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command: this checkout first, UTF-8, English, no colours."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    said = {"PYTHONPATH": path, "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    return {**os.environ, **said, **added}


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say aloud which tests had no reference data: a quiet skip reads like a pass."""
    skipped = sorted(
        report.nodeid
        for report in terminalreporter.stats.get("skipped", [])
        if NO_REFERENCE_DATA in str(report.longrepr)
    )
    if not skipped:
        return
    terminalreporter.section(f"{len(skipped)} tests had no reference data ({REFERENCE_DATA})")
    for name in skipped:
        terminalreporter.write_line(name)
