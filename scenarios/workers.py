"""Work on two processes where the machine can fork; the same results in any case."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
J = TypeVar("J")
WORKERS = 2  # assumed: each worker holds a scenario in memory; two fit an office machine
_JOBS: list[Any] = []
"""Jobs as forked workers inherit them: rules loaded from files cannot be pickled."""


def on_two(work: Callable[[J], T], jobs: Sequence[J]) -> Iterator[T]:
    """Apply `work` to each job and yield the results in order.

    Results must be picklable, jobs need not be.
    """
    forks = "fork" in multiprocessing.get_all_start_methods()
    if not forks or (os.cpu_count() or 1) < WORKERS or len(jobs) < WORKERS:
        yield from map(work, jobs)
        return
    _JOBS[:] = jobs
    # Objects that exist now live on in every worker. Frozen, the collector does not touch
    # them, and their memory pages stay shared.
    gc.freeze()
    context = multiprocessing.get_context("fork")
    try:
        with ProcessPoolExecutor(WORKERS, mp_context=context) as pool:
            yield from pool.map(_Numbered(work), range(len(jobs)))
    finally:
        gc.unfreeze()
        _JOBS.clear()


class _Numbered:
    """Picklable form of `work`: takes the number of a job."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self.work = work

    def __call__(self, number: int) -> Any:
        return self.work(_JOBS[number])
