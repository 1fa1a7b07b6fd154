"""Wall time and peak memory of a whole run, for several numbers of sources.

Ratios are relative to the first size: time or memory that grows faster than the number of
sources shows a part that does not scale.

    python benchmarks/run.py [SOURCES …]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
SCENARIO = "zhejiang-2017-voc"
SOURCES = (2_000, 10_000)  # assumed: a province, and five times as many to show growth
ALLOWED_SECONDS = 30.0  # for the first, on two cores
BYTES_PER_UNIT = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, else kB
MB = 1_000_000  # bytes


@dataclass(frozen=True)
class Cost:
    """Time and peak memory of one run."""

    sources: int
    seconds: float
    peak_mb: float


def main() -> None:
    """Run the shipped scenario at each size and print one line per size."""
    sizes = [int(size) for size in sys.argv[1:]] or list(SOURCES)
    print(f"permits run {SCENARIO}: wall time and peak memory ({os.cpu_count()} cores)")
    first: Cost | None = None
    for sources in sizes:
        cost = measured(sources)
        first = first or cost
        print(
            f"  {sources:>7,} sources  {cost.seconds:>7.1f} s  {cost.peak_mb:>7.0f} MB"
            f"  sources × {sources / first.sources:.1f}"
            f"  time × {cost.seconds / first.seconds:.1f}"
            f"  memory × {cost.peak_mb / first.peak_mb:.1f}"
        )
    assert first is not None
    sys.exit(0 if first.seconds < ALLOWED_SECONDS else 1)


def measured(sources: int) -> Cost:
    """Cost of one run in its own process, into a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        begun = perf_counter()
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "cli", "run", SCENARIO, "--quiet"),
                *("--set", f"register.sources={sources}"),
                *("--out", str(Path(folder) / "run")),
            ],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        # wait4 gives this child's own peak; RUSAGE_CHILDREN would give the largest so far.
        _, status, used = os.wait4(process.pid, 0)
        seconds = perf_counter() - begun
    code = os.waitstatus_to_exitcode(status)
    if code:
        sys.exit(f"the run with {sources} sources ended with exit code {code}")
    return Cost(sources, seconds, used.ru_maxrss * BYTES_PER_UNIT / MB)


if __name__ == "__main__":
    main()
