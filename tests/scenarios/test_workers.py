"""One function for work on several processes: the answers of one, and an end in any case."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from permits.errors import InputError
from scenarios import runner
from scenarios.definition.load import load_scenario
from scenarios.text import language, set_language
from scenarios.workers import ONE_THREAD, map_jobs, open_cluster

ROOT = Path(__file__).resolve().parents[2]
METHODS = [m for m in ("fork", "spawn") if m in multiprocessing.get_all_start_methods()]


# A spawned worker imports everything again: two seconds a test, so most are slow ones.
@pytest.fixture(
    params=[pytest.param(m, marks=[pytest.mark.slow] if m == "spawn" else []) for m in METHODS]
)
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How workers start; both can be tried where one is the platform's own."""
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: [request.param])
    return request.param


def square_slowly(number: int) -> tuple[int, int]:
    time.sleep(0.05 if number % 2 else 0.0)  # the odd ones come last
    return number * number, os.getpid()


def meet(folder: Path) -> int:
    """How many jobs run at this moment, at least: each waits for another one."""
    (folder / str(os.getpid())).touch()
    until = time.monotonic() + 60
    while (there := len(list(folder.iterdir()))) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    return there


def refuse(number: int) -> int:
    if number == 0:
        raise InputError("test.no", "no {n}", where="here", mend="mend it", n=number)
    time.sleep(60)
    return number


def surroundings(_number: int) -> tuple[str, list[str | None]]:
    return language(), [os.environ.get(name) for name in ONE_THREAD]


def nested(number: int) -> list[tuple[int, int]]:
    return map_jobs(square_slowly, [number, number], workers=2)


def test_results_stand_in_the_order_of_the_jobs(method: str) -> None:
    seen: list[tuple[int, int]] = []
    found = map_jobs(square_slowly, range(7), workers=3, progress=lambda *both: seen.append(both))
    assert [square for square, _ in found] == [n * n for n in range(7)]
    pids = {pid for _, pid in found}
    assert os.getpid() not in pids
    assert len(pids) <= 3
    assert seen == [(n, 7) for n in range(1, 8)]


def test_jobs_run_at_the_same_time(method: str, tmp_path: Path) -> None:
    assert map_jobs(meet, [tmp_path] * 2, workers=2) == [2, 2]


def test_one_worker_is_this_process() -> None:
    found = map_jobs(square_slowly, [3, 4], workers=1)
    assert found == [(9, os.getpid()), (16, os.getpid())]
    assert map_jobs(square_slowly, [], workers=3) == []
    assert map_jobs(square_slowly, [5], workers=3) == [(25, os.getpid())]


def test_there_are_two_workers_where_nothing_is_said_and_none_that_would_be_spawned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    if "fork" in METHODS:
        pids = {pid for _, pid in map_jobs(square_slowly, range(9))}
        assert os.getpid() not in pids
        assert len(pids) <= 2
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    assert {pid for _, pid in map_jobs(square_slowly, range(3))} == {os.getpid()}


def test_an_error_is_that_of_the_job_and_ends_the_others(method: str) -> None:
    began = time.monotonic()
    with pytest.raises(InputError, match=r"no 0 \[here\]. mend it"):
        map_jobs(refuse, [0, 1, 2, 3], workers=2)
    assert time.monotonic() - began < 30  # each of the others would sleep for a minute
    assert multiprocessing.active_children() == []


def test_workers_have_one_thread_each_and_the_language_in_force(method: str) -> None:
    before = dict(os.environ)
    set_language("zh")
    try:
        found = map_jobs(surroundings, [1, 2], workers=2)
    finally:
        set_language("en")
    assert found == [("zh", [os.environ.get(name, "1") for name in ONE_THREAD])] * 2
    assert dict(os.environ) == before


def test_a_forked_worker_needs_no_copy_of_its_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    if "fork" not in METHODS:
        pytest.skip("this platform does not fork")
    assert map_jobs(lambda job: job(), [lambda: 1, lambda: 2], workers=2) == [1, 2]


def test_a_worker_starts_no_workers(method: str) -> None:
    found = map_jobs(nested, [2, 3], workers=2)
    assert [[square for square, _ in one] for one in found] == [[4, 4], [9, 9]]
    assert all(len({pid for _, pid in one}) == 1 for one in found)


SCRIPT = """
import os, signal, time
from scenarios.workers import map_jobs

# A shell starts what runs in its background with Ctrl-C ignored; these tests may run there.
signal.signal(signal.SIGINT, signal.default_int_handler)

def wait(number):
    os.write(1, f"{os.getpid()}\\n".encode())  # whole lines, whoever writes first
    time.sleep(120)

map_jobs(wait, [1, 2, 3], workers=2)
"""


@pytest.mark.skipif("fork" not in METHODS, reason="signals of a terminal are POSIX's")
def test_ctrl_c_ends_the_workers(tmp_path: Path) -> None:
    """The signal goes to the first process alone: nobody else may be needed to hear it."""
    running = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert running.stdout is not None
    workers = [int(running.stdout.readline()) for _ in range(2)]
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=30)
    assert running.returncode != 0
    assert errors.count("KeyboardInterrupt") == 1, errors
    for pid in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


# --- what travels ----------------------------------------------------------------------


@pytest.mark.slow
def test_a_plan_is_the_same_from_a_spawned_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    scenario = load_scenario("classroom-two-firms")
    here, there = runner.make_plan(scenario), map_jobs(runner.make_plan, [scenario] * 2, workers=2)
    for plan in there:
        assert plan.firm_quota_mg() == here.firm_quota_mg()
        assert plan.allocation.cost_yuan == here.allocation.cost_yuan


def test_a_cluster_gives_what_one_process_gives() -> None:
    distributed = pytest.importorskip("distributed")
    seen: list[tuple[int, int]] = []
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        address = cluster.scheduler_address
        found = map_jobs(
            square_slowly, range(5), scheduler=address, progress=lambda *both: seen.append(both)
        )
        with pytest.raises(InputError, match="no 0"):
            map_jobs(refuse, [0], scheduler=address)
    assert [square for square, _ in found] == [0, 1, 4, 9, 16]
    assert seen == [(n, 5) for n in range(1, 6)]


def test_no_cluster_at_an_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")

    def silent(*_args: object, **_kinds: object) -> None:
        raise OSError("timed out")

    monkeypatch.setattr(distributed, "Client", silent)
    with (
        pytest.raises(InputError, match="no Dask cluster answers at tcp://x:1"),
        open_cluster("tcp://x:1"),
    ):
        pass
