"""Benchmark of `permits --help` against `python -c pass` in the same run.

python benchmarks/startup.py
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
TIMES = 10  # of each, in turn, so that a slow spell of the machine meets both
ALLOWED_SECONDS = 0.3  # assumed: a delay that a user hardly notices


def main() -> None:
    """Print the median of ten runs each, in turn; exit code 1 above 0.3 s."""
    help_s, bare_s = [], []
    for _ in range(TIMES + 1):  # the first fills the file cache and is left out
        help_s.append(seconds("-m", "cli", "--help"))
        bare_s.append(seconds("-c", "pass"))
    ours, bare = median(help_s[1:]), median(bare_s[1:])
    print(f"start-up: median of {TIMES}")
    print(f"  permits --help     {ours:>8.3f} s  (allowed: {ALLOWED_SECONDS} s)")
    print(f"  python -c pass     {bare:>8.3f} s")
    print(f"  ratio              {ours / bare:>8.1f}")
    sys.exit(0 if ours < ALLOWED_SECONDS else 1)


def seconds(*args: str) -> float:
    """Wall time of a Python process from start to end."""
    begun = perf_counter()
    subprocess.run([sys.executable, *args], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - begun


if __name__ == "__main__":
    main()
