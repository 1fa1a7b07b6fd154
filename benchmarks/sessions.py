"""Benchmark of experimental sessions, compiled against plain Python in the same run.

python benchmarks/sessions.py

Fails unless both give the same session, one worker and two give the same numbers, the kernel
processes at least 100 times as many orders per second as plain Python and 2 million on one
core for 100 ZI-C traders, and two workers hold 1,000 sessions of ten periods in 10 s.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter, process_time

import numpy as np

from market.laboratory.sessions import Rules, Sessions, run_sessions
from permits.rng import stream

TRADERS = 100  # the size for which the targets are stated
ROUNDS = 5  # the median of five is robust to two disturbed rounds
# Targets of the project; measured on two shared cores: 136, 7.9 million and 2.8 s.
LEAST_RATIO, LEAST_RATE, MOST_SECONDS = 100, 2_000_000, 10
NAMES = {
    "zero_intelligence": "ZI-C",
    "zip": "ZIP",
    "gjerstad_dickhaut": "GD",
    "adaptive_aggressive": "AA",
}
LONG = Rules(500, periods=10, arrivals=10_000)
SHORT = Rules(500, periods=2, arrivals=2_000)


def main() -> None:
    """Print all figures; exit code 1 if a target is missed."""
    print(f"sessions: {TRADERS} traders of two units, median of {ROUNDS} rounds, orders a second")
    print("  of one core (processor time); GD is silent at most arrivals, which cost as much")
    print(f"  {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    begun = perf_counter()
    held("zero_intelligence", SHORT, compiled=True)
    ready = perf_counter() - begun
    print(f"  the kernel is ready after {ready:.1f} s (compiled, or from the cache)")
    same = all(equal(name) for name in NAMES)
    plain, fast = rates("zero_intelligence", 10)
    rows = {"zero_intelligence": (plain, fast)}
    rows |= {name: rates(name, 1) for name in NAMES if name != "zero_intelligence"}
    print(f"  {'orders/s':10}{'plain Python':>15}{'kernel':>15}{'ratio':>10}")
    for name, (slow, quick) in rows.items():
        print(f"  {NAMES[name]:10}{slow:>15,.0f}{quick:>15,.0f}{quick / slow:>10.0f}")
    seconds, agree = thousand()
    print(f"  1,000 sessions of ten periods, ZI-C, two workers {seconds:>10.1f} s")
    print(f"  plain and kernel the same, quote by quote        {told(same):>10}")
    print(f"  one worker and two the same                      {told(agree):>10}")
    enough = fast / plain >= LEAST_RATIO and fast >= LEAST_RATE and seconds <= MOST_SECONDS
    sys.exit(0 if same and agree and enough else 1)


def held(name: str, rules: Rules, *, compiled: bool, sessions: int = 1) -> Sessions:
    """The market of this benchmark: values 1.00 to 4.00, costs 0.50 to 3.50."""
    rng = stream(1, "benchmark", "sessions")
    values = rng.integers(100, 400, (TRADERS // 2, 2)).tolist()
    costs = rng.integers(50, 350, (TRADERS // 2, 2)).tolist()
    return run_sessions(values, costs, name, rules, sessions, 1, compiled=compiled)


def rates(name: str, sessions: int) -> tuple[float, float]:
    """Orders per second: plain Python, kernel."""
    plain = timed(lambda: held(name, SHORT, compiled=False), 1)
    return plain, timed(lambda: held(name, LONG, compiled=True, sessions=sessions), ROUNDS)


def timed(work: Callable[[], Sessions], rounds: int) -> float:
    """Median orders per second of processor time over some rounds.

    Processor time, so that other programs do not count.
    """
    found = []
    for _ in range(rounds):
        begun = process_time()
        orders = int(work().orders.sum())
        found.append(orders / (process_time() - begun))
    return median(found)


def equal(name: str) -> bool:
    """Whether plain Python and the kernel give the same short session."""
    rng = stream(2, "benchmark", "sessions")
    values, costs = rng.integers(100, 400, (2, 20)).tolist()
    rules = Rules(500, periods=2, arrivals=300)
    one, other = (
        run_sessions(values, costs, name, rules, 1, 1, compiled=fast, keep_quotes=True)
        for fast in (False, True)
    )
    return np.array_equal(one.quotes, other.quotes) and np.array_equal(one.trades, other.trades)


def thousand() -> tuple[float, bool]:
    """Seconds of 1,000 sessions by two workers, and whether one worker finds the same."""
    rng = stream(3, "benchmark", "sessions")
    values, costs = rng.integers(100, 400, (2, TRADERS // 2)).tolist()
    rules = Rules(500, periods=10, arrivals=2_000)
    begun = perf_counter()
    two = run_sessions(values, costs, "zero_intelligence", rules, 1_000, 1, workers=2)
    seconds = perf_counter() - begun
    one = run_sessions(values, costs, "zero_intelligence", rules, 1_000, 1, workers=1)
    same = [
        np.array_equal(getattr(one, name), getattr(two, name))
        for name in ("trades", "orders", "profits_fen")
    ]
    return seconds, all(same)


def told(yes: bool) -> str:
    """A result in print."""
    return "yes" if yes else "NO"


if __name__ == "__main__":
    main()
