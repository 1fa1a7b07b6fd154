"""The same work on several processes, or on a Dask cluster; the same answers in any case."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from permits.errors import InputError
from scenarios.text import language, set_language

T = TypeVar("T")
J = TypeVar("J")
Progress = Callable[[int, int], None]
"""Called after each result with how many there are, and how many there will be."""

MOST_WORKERS = 2
"""Processes unless more are asked for. A run has no more than some eight jobs, each holds a
year in memory, and an office's machine has other work: assumed, not measured beyond two cores."""

ONE_THREAD = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
)  # fmt: skip
"""Read by BLAS and numba when they are loaded. Two workers of as many threads as there are
cores would wait for each other; what somebody set already stays."""

_OWN: list[Any] = []
"""Function and jobs of a worker, put here when it starts; empty in any other process."""


def map_jobs(
    function: Callable[[J], T],
    jobs: Sequence[J],
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> list[T]:
    """Call `function` on each job; the results stand in the order of the jobs.

    The first exception, by that order, is raised here; it and Ctrl-C end all workers.

    Args:
        function: of a module, so that another process finds it; its results are picklable.
        jobs: picklable, except where workers are forked.
        workers: number of processes; 1 is none but this one. `None`: one per core, at most
            `MOST_WORKERS`, and 1 where the platform cannot fork.
        scheduler: address of a Dask scheduler, whose workers are used instead.
        progress: called after each result.
    Raises: InputError if Dask is not installed or no cluster answers.
    """
    assert workers is None or workers >= 1
    told = progress or (lambda done, total: None)
    if scheduler is not None:
        return _on_cluster(function, jobs, scheduler, told)
    count = min(_default_workers() if workers is None else workers, len(jobs))
    # A worker that starts workers would take cores from its own siblings.
    if count < 2 or _OWN:
        return list(_counted(map(function, jobs), len(jobs), told))
    return _on_processes(function, jobs, count, told)


def _default_workers() -> int:
    if not _forks():
        # A spawned worker runs the caller's script from its top, which a script without
        # `if __name__ == "__main__"` does not survive: only who asks for workers gets them.
        return 1
    return min(os.cpu_count() or 1, MOST_WORKERS)


def _forks() -> bool:
    return "fork" in multiprocessing.get_all_start_methods()


def _counted(results: Iterator[T], total: int, told: Progress) -> Iterator[T]:
    for done, result in enumerate(results, start=1):
        told(done, total)
        yield result


# --- processes of this machine ---------------------------------------------------------


def _on_processes(
    function: Callable[[J], T], jobs: Sequence[J], count: int, told: Progress
) -> list[T]:
    # A forked worker has what is loaded here: scenarios, rules from files, compiled code. A
    # spawned one needs seconds to import and compile it, and its own copy of the jobs.
    method = "fork" if _forks() else "spawn"
    pool = ProcessPoolExecutor(
        count, multiprocessing.get_context(method), _begin, (function, jobs, language())
    )
    with _one_thread_each(), _frozen(method):
        try:
            futures = [pool.submit(_do, number) for number in range(len(jobs))]
            return list(_counted((one.result() for one in futures), len(jobs), told))
        except BaseException:
            # The shutdown below waits for jobs that have begun. Python names the workers of a
            # pool in no other way before 3.14.
            for worker in list(pool._processes.values()):
                worker.terminate()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def _begin(function: Callable[[Any], Any], jobs: Sequence[Any], spoken: str) -> None:
    """Make this process a worker."""
    _OWN[:] = function, jobs
    set_language(spoken)
    # A terminal sends Ctrl-C to all its processes: the first one decides, and ends the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The command's own handler would be inherited, and the pool would take what it raises for
    # the result of a job instead of ending.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _do(number: int) -> Any:
    function, jobs = _OWN
    return function(jobs[number])


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Start workers with one thread of BLAS and numba each.

    A library that is loaded already, as in a forked worker, keeps the threads it has.
    """
    added = [name for name in ONE_THREAD if name not in os.environ]
    os.environ.update(dict.fromkeys(added, "1"))
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


@contextmanager
def _frozen(method: str) -> Iterator[None]:
    """Keep the memory that forked workers share out of the collector's way.

    Looking at an object writes to its page, and a page written to is copied.
    """
    if method != "fork":
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


# --- machines of a cluster -------------------------------------------------------------


def _on_cluster(
    function: Callable[[J], T], jobs: Sequence[J], scheduler: str, told: Progress
) -> list[T]:
    with open_cluster(scheduler) as client:
        work = partial(_in_language, function, language())
        # Not pure: a function of the same name and job may read a file that has changed.
        futures = client.map(work, list(jobs), pure=False)
        try:
            return list(_counted((one.result() for one in futures), len(jobs), told))
        except BaseException:
            client.cancel(futures)
            raise


def _in_language(function: Callable[[J], T], spoken: str, job: J) -> T:
    set_language(spoken)
    return function(job)


@contextmanager
def open_cluster(scheduler: str) -> Iterator[Any]:
    """A client of the Dask cluster at an address.

    Raises: InputError if Dask is not installed or no cluster answers.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise InputError(
            "meter.no_dask",
            "Dask is not installed",
            where="--scheduler",
            mend='install it with: pip install "permits[cluster]"',
        ) from error
    try:
        client = Client(scheduler, timeout="20s")
    except (OSError, ValueError) as error:
        raise InputError(
            "meter.scheduler",
            "no Dask cluster answers at {address}",
            where="--scheduler",
            mend="start one with: dask scheduler; and workers with: dask worker {address}",
            address=scheduler,
        ) from error
    try:
        yield client
    finally:
        client.close()
