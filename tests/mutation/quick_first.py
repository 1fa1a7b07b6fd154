"""A pytest plugin for a mutant's run: quick tests first, each with a limit of processor time.

`MUTATION_SECONDS` names a JSON file of seconds per test. Where it is missing, this run writes
it; where it is there, it gives the order and the limits.
"""

from __future__ import annotations

import json
import os
import resource
import signal
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

FILE = Path(os.environ["MUTATION_SECONDS"])
LIMIT_S = float(os.environ["MUTATION_LIMIT_S"])
TIMES = 10  # a mutant may take so many times as long as the code, and LIMIT_S beyond that
QUICK_S = 0.1
MEMORY = 6 * 2**30  # a loop that never ends may also fill a list [bytes]

resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
known: dict[str, float] = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
measured: defaultdict[str, float] = defaultdict(float)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Two passes over the files, not one order of tests: a fixture that a file's tests share
    # would be made again each time another file's test comes between them.
    of_file: defaultdict[str, float] = defaultdict(float)
    for item in items:
        of_file[item.location[0]] += known.get(item.nodeid, 0.0)
    items.sort(
        key=lambda item: (
            known.get(item.nodeid, 0.0) >= QUICK_S,
            of_file[item.location[0]],
            item.location[0],
        )
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    # Time of the processor, so that a busy machine kills no mutant. Nobody handles the signal:
    # it ends the process, also inside compiled code.
    if known:
        signal.setitimer(signal.ITIMER_PROF, LIMIT_S + TIMES * known.get(item.nodeid, 0.0))
    result = yield
    signal.setitimer(signal.ITIMER_PROF, 0)
    return result


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    measured[report.nodeid] += report.duration


def pytest_sessionfinish() -> None:
    if not known:
        FILE.write_text(json.dumps(measured), "utf-8")
