"""Benchmark of the least-cost allocation against PuLP and HiGHS on the flat model.

Both get the same arrays in the same run and must find the same cost. The flat model has a
variable for every measure and a row for every source; ours uses the structure. A province of
11 cities and 16 sectors, each with a lower or upper limit in addition to the target.

    python benchmarks/allocate.py [--full] [--svg FILE]

With --full also a million sources with divisible measures, 100,000 with whole measures and
100,000 with two pollutants; --svg draws time against size.
"""

from __future__ import annotations

import resource
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from optimize import Allocation, AllocationProblem, Limit, solve_allocation
from optimize.least_cost import build_model
from optimize.solver import solve_model
from permits.rng import stream

# Powers of ten, so that growth can be read off; beyond 100,000 the flat model takes too long.
SIZES = (1_000, 10_000, 100_000)
MEASURES, CITIES, SECTORS = 8, 11, 16  # 11: the prefecture-level cities of Zhejiang
SAME = 1e-6  # relative difference of costs; above the tolerance of HiGHS (1e-7)
WARM = 60_000 // MEASURES + 1  # enough measures that compiling is done before the clock runs


@dataclass(frozen=True)
class Point:
    """Times of both methods at one size."""

    sources: int
    flat_s: float
    ours_s: float


def main() -> None:
    """Time every size; exit code 1 if two costs differ."""
    # First of all, so that no timed run includes compilation.
    solve_allocation(province(WARM))
    points = [compared(sources) for sources in SIZES]
    if "--full" in sys.argv:
        alone("1,000,000 sources, parts of measures", province(1_000_000))
        alone("100,000 sources, whole measures", province(100_000, divisible=False))
        alone("100,000 sources, two pollutants, parts", province(100_000, pollutants=2))
        whole = province(100_000, pollutants=2, divisible=False)
        alone("100,000 sources, two pollutants, whole", whole)
    if "--svg" in sys.argv:
        Path(sys.argv[sys.argv.index("--svg") + 1]).write_text(drawn(points), encoding="utf-8")


def compared(sources: int) -> Point:
    """Solve the same problem with both methods."""
    problem = province(sources)
    started = perf_counter()
    ours = solve_allocation(problem)
    ours_s = perf_counter() - started
    started = perf_counter()
    model = build_model(problem)
    flat = float(solve_model(model, whole=False).x @ model.cost)
    flat_s = perf_counter() - started
    apart = abs(ours.cost_yuan - flat) / abs(flat)
    print(
        f"{sources:>9,} sources × {MEASURES}: PuLP with HiGHS {flat_s:8.2f} s, "
        f"ours {ours_s:6.2f} s, ratio {flat_s / ours_s:6.1f}; costs differ by {apart:.1e}"
    )
    if apart > SAME:
        sys.exit(1)
    return Point(sources, flat_s, ours_s)


def alone(title: str, problem: AllocationProblem) -> Allocation:
    """Time a size that the flat model does not solve in reasonable time."""
    started = perf_counter()
    plan = solve_allocation(problem, gap=1e-4)
    taken = perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{title}: {taken:.2f} s, {plan.status}, gap {plan.gap:.1e}, at most {memory:.1f} GB so far"
    )
    return plan


def province(
    sources: int, *, pollutants: int = 1, divisible: bool = True, seed: int = 1
) -> AllocationProblem:
    """Sources of log-normal size with eight measures each, of increasing removal and cost.

    Args:
        sources: number of sources.
        pollutants: number of pollutants; every measure removes all of them.
        divisible: whether a part of a measure can be built.
        seed: of the random draws.
    """
    rng = stream(seed, "benchmark", "allocate", sources)
    base = rng.lognormal(1.0, 1.2, (sources, pollutants))
    part = np.sort(rng.uniform(0.1, 0.95, (sources, MEASURES)), axis=1)
    each = rng.uniform(0.5, 1.0, (sources, MEASURES, pollutants)) if pollutants > 1 else 1.0
    removed = base[:, None, :] * part[:, :, None] * each
    cost = rng.lognormal(8.0, 1.0, (sources, MEASURES)) * base[:, [0]] * part
    most = removed.max(axis=1)
    city, sector = rng.integers(0, CITIES, sources), rng.integers(0, SECTORS, sources)
    limits = [
        Limit(f"target {p}", p, "reduction_min", 0.4 * float(most[:, p].sum()))
        for p in range(pollutants)
    ]
    for column, kind, share, count in (
        (city, "reduction_min", 0.35, CITIES), (sector, "reduction_max", 0.45, SECTORS),
    ):  # fmt: skip
        for value in range(count):
            own = column == value
            amount = share * float(most[own, 0].sum())
            limits.append(Limit(f"{kind} {value}", 0, kind, amount, own))  # type: ignore[arg-type]
    return AllocationProblem(
        sources=tuple(f"s{n:07d}" for n in range(sources)),
        pollutants=tuple(f"P{p}" for p in range(pollutants)),
        base_t=base,
        source=np.repeat(np.arange(sources), MEASURES),
        slot=np.zeros(sources * MEASURES, dtype=np.int64),
        kind=np.tile(np.arange(MEASURES), sources),
        kinds=tuple(f"m{n}" for n in range(MEASURES)),
        removed_t=removed.reshape(-1, pollutants),
        cost_yuan=cost.reshape(-1),
        limits=tuple(limits),
        divisible=divisible,
        groups={
            "city": tuple(f"c{n}" for n in city.tolist()),
            "sector": tuple(f"t{n}" for n in sector.tolist()),
        },
    )


# --- chart of time against size ----------------------------------------------------------------

WIDTH, HEIGHT, EDGE = 560, 340, 60  # pixels; EDGE holds the labels of the axes


def drawn(points: list[Point]) -> str:
    """Chart of time against size, both on logarithmic scales."""
    sizes = np.log10([point.sources for point in points])
    seconds = np.log10([[point.flat_s, point.ours_s] for point in points])
    low, high = np.floor(seconds.min()), np.ceil(seconds.max())
    x = EDGE + (sizes - sizes[0]) / (sizes[-1] - sizes[0]) * (WIDTH - 2 * EDGE)
    y = HEIGHT - EDGE - (seconds - low) / (high - low) * (HEIGHT - 2 * EDGE)
    parts = [
        _line(x, y[:, 0], "#9aa0a6", "PuLP with HiGHS"),
        _line(x, y[:, 1], "#1f6f5c", "permits"),
    ]
    for at, point in zip(x, points, strict=True):
        parts.append(_text(at, HEIGHT - EDGE + 22, f"{point.sources:,}", "middle"))
    for power in range(int(low), int(high) + 1):
        at = HEIGHT - EDGE - (power - low) / (high - low) * (HEIGHT - 2 * EDGE)
        parts.append(f'<path d="M{EDGE} {at:.1f}H{WIDTH - EDGE}" stroke="#e3e3e3"/>')
        parts.append(_text(EDGE - 8, at + 4, f"{10.0**power:g} s", "end"))
    parts.append(_text(WIDTH / 2, HEIGHT - 10, "sources, eight measures each", "middle"))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
    return f'{head}font-family="sans-serif" font-size="12">\n' + "\n".join(parts) + "\n</svg>\n"


def _line(x: np.ndarray, y: np.ndarray, ink: str, name: str) -> str:
    path = " L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))
    label = _text(float(x[-1]) - 4, float(y[-1]) - 10, name, "end", ink)
    return f'<path d="M{path}" fill="none" stroke="{ink}" stroke-width="2"/>\n{label}'


def _text(x: float, y: float, text: str, anchor: str, ink: str = "#333333") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{ink}">{text}</text>'


if __name__ == "__main__":
    main()
