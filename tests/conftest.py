"""What all tests share: how hard Hypothesis looks, reference data, the command line."""

from __future__ import annotations

import gzip
import multiprocessing
import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Mapping
from multiprocessing import forkserver
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext

ROOT = Path(__file__).resolve().parent.parent
COMMAND = ROOT / "tests" / "command_process.py"
COMMANDS_LOAD = (
    "babel.messages.pofile",
    "highspy",
    "openpyxl.workbook",
    "pandas",
    "pulp",
    "pydantic",
    "rich.console",
    "scipy.sparse",
    "typer.main",
    "scenarios.proof.audit",
    "scenarios.sales.clear",
    "scenarios.results.manifest",
    "scenarios.planning.allocating",
    "scenarios.results.report",
    "scenarios.runner",
    "scenarios.results.stores.folder",
)
SHIPPED_DATA = ROOT / "tests" / "data"
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
def reference(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Finds a file or folder of published data: reference("auctions/rggi_auctions.csv").

    Shipped ones lie in `tests/data` (a `.gz` is unpacked); others in the folder that
    `PERMITS_REFERENCE_DATA` names. Without it the test is skipped.
    """
    unpacked = tmp_path_factory.mktemp("reference")

    def find(name: str) -> Path:
        shipped, packed = SHIPPED_DATA / name, SHIPPED_DATA / f"{name}.gz"
        if shipped.exists():
            return shipped
        if packed.exists():
            copy = unpacked / name
            if not copy.exists():
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(gzip.decompress(packed.read_bytes()))
            return copy
        folder = Path(os.environ.get(REFERENCE_DATA) or os.devnull)
        if not (folder / name).exists():
            pytest.skip(f"{NO_REFERENCE_DATA} {name}: set {REFERENCE_DATA} to its folder")
        return folder / name

    return find


@pytest.fixture(scope="session")
def run_cli(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Ran]:
    """Runs `permits` in a process of its own: run_cli("list", "--json").code.

    `cwd` is where it runs (default: an empty folder), `stdin` what it reads, `env` what is
    added to the environment. The language is English unless told otherwise. A command is
    forked, unless its `env` holds what an interpreter reads as it starts.
    """
    forks = _start_forks() if "forkserver" in multiprocessing.get_all_start_methods() else None

    def run(
        *args: str | Path,
        cwd: Path | None = None,
        stdin: str | bytes | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 300,
    ) -> Ran:
        words = [str(arg) for arg in args]
        given = stdin.encode() if isinstance(stdin, str) else stdin
        place = cwd or tmp_path_factory.mktemp("cwd")
        added = _environment(env or {})
        if forks is None or any(name.startswith("PYTHON") for name in env or {}):
            return _run_new(words, place, given, added, timeout)
        said = tmp_path_factory.mktemp("said")
        return _run_forked(forks, words, place, given, added, said, timeout)

    return run


def _run_new(
    words: list[str], cwd: Path, stdin: bytes | None, env: Mapping[str, str], timeout: float
) -> Ran:
    ended = subprocess.run(
        [sys.executable, "-m", "cli", *words],
        cwd=cwd,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        env=env,
        timeout=timeout,
        check=False,
    )
    return Ran(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


def _start_forks() -> ForkServerContext:
    """A process that has loaded what commands load, and of which they are forks."""
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(list(COMMANDS_LOAD))
    with mock.patch.dict(os.environ, _environment({})):
        forkserver.ensure_running()
    return forks


def _run_forked(
    forks: ForkServerContext,
    words: list[str],
    cwd: Path,
    stdin: bytes | None,
    env: Mapping[str, str],
    said: Path,
    timeout: float,
) -> Ran:
    if stdin is not None:
        (said / "in").write_bytes(stdin)
    asked = {
        "args": words,
        "cwd": str(cwd),
        "env": env,
        "stdin": os.devnull if stdin is None else str(said / "in"),
        "stdout": str(said / "out"),
        "stderr": str(said / "err"),
    }
    process = forks.Process(
        target=runpy.run_path, args=(str(COMMAND),), kwargs={"init_globals": {"asked": asked}}
    )
    process.start()
    process.join(timeout)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError(f"permits {' '.join(words)}: not done in {timeout} s")
    out, err = ((said / name).read_bytes().decode() for name in ("out", "err"))
    return Ran(process.exitcode, out, err)


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
