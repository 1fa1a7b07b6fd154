"""Processor time of a lean year: as shipped, and for two numbers of sources.

Cost must grow with the work: ten times the sources may take at most eleven times as long.

A lean year is what experiments and ranges of luck play by the hundred: no log, no report. The
opening positions and the loading of the scenario are not counted. Each year is played in its
own process, so that no cache and no garbage of one weighs on the next; of two the less
disturbed counts.

    python benchmarks/year.py [SOURCES SOURCES]
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from time import process_time

SCENARIO = "zhejiang-2017-voc"
SOURCES = (2_000, 20_000)  # assumed: a province, and ten times as many to show growth
MOST_RATIO = 11.0  # ten times the sources, and a tenth for what is larger than a cache
ROUNDS = 2


def main() -> None:
    """Print both times and their ratio; exit code 1 if the ratio is above what is allowed."""
    if sys.argv[1:2] == ["--one"]:
        print(lean_year_seconds(sys.argv[2:]))
        return
    few, many = [int(size) for size in sys.argv[1:]] or SOURCES
    load = os.getloadavg()[0]
    print(f"a lean year of {SCENARIO}: processor time, the least of {ROUNDS} (load {load:.1f})")
    print(f"       as shipped  {_measured():>7.2f} s")
    seconds = {sources: _measured(f"register.sources={sources}") for sources in (few, many)}
    for sources, took in seconds.items():
        print(f"  {sources:>7,} sources  {took:>7.2f} s")
    ratio = seconds[many] / seconds[few]
    allowed = MOST_RATIO * many / few / (SOURCES[1] / SOURCES[0])
    print(f"  time × {ratio:.1f} for sources × {many / few:.1f}; allowed × {allowed:.1f}")
    sys.exit(0 if ratio <= allowed else 1)


def _measured(*sets: str) -> float:
    """The least seconds of a year with these keys set, each in a process of its own."""
    command = [sys.executable, __file__, "--one", *sets]
    runs = (
        subprocess.run(command, check=True, capture_output=True, text=True) for _ in range(ROUNDS)
    )
    return min(float(run.stdout) for run in runs)


def lean_year_seconds(sets: Sequence[str]) -> float:
    """Processor time of a lean year with these keys set [s]."""
    # Here and not above: the process that starts the others needs none of it.
    from scenarios.definition.load import load_scenario
    from scenarios.simulation.opening_positions import opening_positions
    from scenarios.simulation.year import play_year

    scenario = load_scenario(SCENARIO, list(sets))
    openings = opening_positions(scenario)
    begun = process_time()
    play_year(scenario, openings, lean=True)
    return process_time() - begun


if __name__ == "__main__":
    main()
