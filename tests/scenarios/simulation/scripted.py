"""A trader that does what a test says: quotes by firm and day, and a record of what it saw."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from permits.quantity import FEN_PER_YUAN, MG_PER_T
from scenarios.definition.load import build_scenario
from scenarios.runner import year_of
from scenarios.simulation.year_results import year_tables
from tests.scenarios.simulation.small_years import Year

Said = tuple[str, int | float, int | float]
"""One quote: "buy" or "sell", tonnes, yuan per tonne."""

SOURCE = '''"""A trader of a test."""

import json
from dataclasses import asdict
from pathlib import Path

from market.clearing.order import Side
from market.participants.demand import needed_builds
from market.participants.view import Build, Quote
from permits.rule import Spec

SPEC = Spec(title="Scripted", title_zh="脚本", source="[ModelAssumption]")
QUOTES = {quotes!r}
BUILDS = {builds!r}
SEEN = Path({seen!r})


def decide(view, params, rng):
    """The quotes of the script for this firm and day."""
    with SEEN.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(view), default=str) + "\\n")
    said = QUOTES.get((view.firm, str(view.today)), ())
    return tuple(Quote(Side(side), mass, limit) for side, mass, limit in said)


def abate(view, params, rng):
    """The measures of the script; without a script what the firm lacks, up to its limits."""
    if BUILDS is None:
        return needed_builds(view, cover=False)
    said = BUILDS.get((view.firm, str(view.today)), ())
    return tuple(Build(measure, ppm) for measure, ppm in said)
'''


def play_scripted(
    folder: Path,
    stated: Mapping[str, Any],
    quotes: Mapping[tuple[str, str], Sequence[Said]],
    builds: Mapping[tuple[str, str], Sequence[tuple[str, int]]] | None = None,
) -> Year:
    """Play a small year whose firms all quote from a script.

    Args:
        folder: where scenario, trader and its record are written.
        stated: the scenario, as `small` states it.
        quotes: (firm, day) to quotes; a firm without an entry is silent that day.
        builds: (firm, day) to measures with the share ordered [ppm]; without it firms build
            what they lack, at no more than the expected price or their unmet bid.
    """
    whole = {
        key: [(side, round(t * MG_PER_T), round(yuan * FEN_PER_YUAN)) for side, t, yuan in said]
        for key, said in quotes.items()
    }
    made = None if builds is None else dict(builds)
    text = SOURCE.format(quotes=whole, builds=made, seen=str(folder / "seen.jsonl"))
    (folder / "scripted.py").write_text(text, encoding="utf-8")
    path = folder / "small.toml"
    path.write_text("")
    scenario = build_scenario({**stated, "traders": {"default": "scripted"}}, path)
    world, evaluation = year_of(scenario)
    return Year(world, evaluation, year_tables(world, evaluation))


def seen(folder: Path) -> list[dict[str, Any]]:
    """Every view in which a firm was asked for quotes, in order."""
    lines = (folder / "seen.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]
