"""What starting the command loads: help must answer at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = (
    "numba", "numpy", "openpyxl", "pandas", "plotly", "pulp", "pyarrow", "pydantic",
    "python_calamine", "scipy", "sqlite3",
)  # fmt: skip
PROGRAM = """
import json, sys
import cli
sys.argv = ["permits", *json.loads(sys.argv[1])]
try:
    cli.main()
except SystemExit as ended:
    assert ended.code in (0, None), ended.code
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize("locale", ["C.UTF-8", "zh_CN.UTF-8"])
def test_help_loads_nothing_heavy(locale: str) -> None:
    loaded = _modules_after(["--help"], locale)
    assert "cli" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_help_of_a_command_loads_nothing_that_works() -> None:
    """typer takes pydantic where it finds it; the rest waits for the command itself."""
    loaded = _modules_after(["run", "--help"], "C.UTF-8")
    assert [name for name in HEAVY if name in loaded and name != "pydantic"] == []


def _modules_after(args: list[str], locale: str) -> list[str]:
    """The modules that a process has loaded when the command has ended."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(args)],
        cwd=ROOT,
        env={**os.environ, "LC_ALL": locale, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    loaded: list[str] = json.loads(ended.stderr.splitlines()[-1])
    return loaded
