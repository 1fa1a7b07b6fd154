"""The same work on two processes, where the machine can; the same answers in any case."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
J = TypeVar("J")
WORKERS = 2
_JOBS: list[Any] = []
"""What forked workers take their job from: rules loaded from files cannot be sent."""


def on_two(work: Callable[[J], T], jobs: Sequence[J]) -> Iterator[T]:
    """`work` done on each job, in order; results must be picklable, jobs need not be."""
    forks = "fork" in multiprocessing.get_all_start_methods()
    if not forks or (os.cpu_count() or 1) < WORKERS or len(jobs) < WORKERS:
        yield from map(work, jobs)
        return
    _JOBS[:] = jobs
    # What is there now lives on in every worker: not looking at it again keeps its
    # pages shared.
    gc.freeze()
    context = multiprocessing.get_context("fork")
    try:
        with ProcessPoolExecutor(WORKERS, mp_context=context) as pool:
            yield from pool.map(_Numbered(work), range(len(jobs)))
    finally:
        gc.unfreeze()
        _JOBS.clear()


class _Numbered:
    """`work` on the job of a number."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self.work = work

    def __call__(self, number: int) -> Any:
        return self.work(_JOBS[number])
