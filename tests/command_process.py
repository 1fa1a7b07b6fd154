"""One `permits` command, in a process forked from one that has loaded what commands load.

`asked` is given by tests/conftest.py. Such a process is as fresh as a new interpreter: `cli`
is imported in it, no earlier command has left a language or a signal handler there.
"""

from __future__ import annotations

import os
import sys
from typing import Any

asked: dict[str, Any] = globals()["asked"]


def _take(number: int, path: str, flags: int) -> None:
    """Let a stream of this process be a file."""
    file = os.open(path, flags, 0o600)
    os.dup2(file, number)
    os.close(file)


written = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
_take(0, asked["stdin"], os.O_RDONLY)
_take(1, asked["stdout"], written)
_take(2, asked["stderr"], written)
sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
sys.stderr = open(2, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
os.chdir(asked["cwd"])
os.environ.clear()
os.environ.update(asked["env"])
sys.argv = ["permits", *asked["args"]]

from cli import main  # noqa: E402

main()
