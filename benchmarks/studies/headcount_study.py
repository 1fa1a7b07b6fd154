"""The cost of Zhejiang's head-count rule against one price, and who gains.

    python benchmarks/studies/headcount_study.py [--quick] [FOLDER]

Writes `headcount-study.md` and its charts `headcount-*.svg` into FOLDER (default: docs).
The same seed writes the same files. --quick takes a twentieth of the replications or fewer;
it is meant for a test. Computation: `headcount_parts.py`, `headcount_masses.py` and
`headcount_play.py`; text: `headcount_page.py`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from headcount_figures import charts
from headcount_masses import unequal_masses
from headcount_page import page
from headcount_parts import (
    dummies,
    equal_masses,
    floors,
    gains,
    secret_dummies,
    years,
)
from headcount_play import games, hours
from headcount_results import Study

SEED = 2017  # arbitrary, fixed so that the page can be reproduced
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Size:
    """Replications of each part."""

    sales: int
    game: int
    hours: int


# FULL: intervals within 1 % of a revenue. The hour runs bid by bid, hence fewer replications.
FULL, QUICK = Size(40_000, 40_000, 400), Size(2_000, 2_000, 8)


def main(folder: Path, size: Size = FULL) -> None:
    """Compute everything and write the page and its charts."""
    study = computed(SEED, size)
    folder.mkdir(parents=True, exist_ok=True)
    for name, svg in charts(study).items():
        (folder / name).write_text(svg, encoding="utf-8")
    (folder / "headcount-study.md").write_text(page(study), encoding="utf-8")


def computed(seed: int, size: Size) -> Study:
    """All parts of the study; progress goes to the error stream."""
    return Study(
        seed=seed,
        sales=size.sales,
        plays=size.game,
        turns=size.hours,
        uniform=_told("equal masses, uniform values", lambda: equal_masses(seed, size.sales, 1)),
        skewed=_told("equal masses, skewed values", lambda: equal_masses(seed, size.sales, 2)),
        gains=_told("who gains", lambda: gains(seed, size.sales)),
        floors=_told("floors that bind", lambda: floors(seed, size.sales)),
        years=_told("a year of sales", lambda: years(seed, size.sales)),
        masses=_told("unequal masses", lambda: unequal_masses(seed, size.sales)),
        dummies=_told("dummies", dummies),
        secret=[secret_dummies(10, extra) for extra in range(1, 5)],
        played=_told("the game", lambda: games(seed, size.game)),
        hours=_told("the hour", lambda: hours(seed, size.hours)),
    )


def _told(name: str, part: Callable[[], Part]) -> Part:
    started = time.perf_counter()
    found = part()
    print(f"{name}: {time.perf_counter() - started:.1f} s", file=sys.stderr, flush=True)
    return found


if __name__ == "__main__":
    named = [given for given in sys.argv[1:] if not given.startswith("--")]
    main(
        Path(named[0]) if named else Path(__file__).resolve().parents[2] / "docs",
        QUICK if "--quick" in sys.argv else FULL,
    )
