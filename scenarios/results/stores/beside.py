"""A second process for work that only leaves a file behind, on a second core."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def beside(work: Callable[[], None], *, worth: bool) -> Iterator[None]:
    """Do `work` in a process of its own while the block runs; after both, its files are there.

    Where that process fails, or cannot be started, the work is done here after the block, so
    that an error of it is raised as any other.

    Args:
        work: writes files and changes nothing else that the block sees.
        worth: whether the work takes longer than starting a process.
    """
    child = _start(work) if worth else 0
    try:
        yield
        done = child and os.waitpid(child, 0)[1] == 0
    except BaseException:
        if child:
            with suppress(ProcessLookupError, ChildProcessError):  # it has ended
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
        raise
    if not done:
        work()


def _start(work: Callable[[], None]) -> int:
    """The number of a process that does the work and ends; 0 where there is none."""
    # Only on Linux: elsewhere libraries of the system do not outlive a fork.
    if sys.platform != "linux" or (os.cpu_count() or 1) < 2:
        return 0
    sys.stdout.flush()
    with suppress(OSError):  # no process or no memory is left: the work is done here
        child = os.fork()
        if child:
            return child
        failed = 1
        try:
            work()
            failed = 0
        finally:
            os._exit(failed)  # without a word, and without what this process does at its end
    return 0
