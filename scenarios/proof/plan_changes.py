"""What differs from source to source between two plans: who is let off, and who takes over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from permits.quantity import MG_PER_T, fmt_t, fmt_yuan
from scenarios.results.formatting import Labels, grouped, name
from scenarios.results.stores.read import read_run_table
from scenarios.text import t

SHOWN = 20
"""Sources listed in the terminal, those with the greatest change first (assumed: a screen);
`--json` has all."""
WORDS = {
    "let_off": "let off",
    "takes_over": "takes over",
    "cuts_more": "cuts more",
    "cuts_less": "cuts less",
    "other_measure": "other measure",
    "new": "only in this plan",
    "gone": "not in this plan",
}

Key = tuple[str, str]
"""Source and pollutant."""


@dataclass(frozen=True, slots=True)
class SourceChange:
    """A source whose reduction, cost or measures differ from the first plan's.

    Masses in mg and money in fen; None where a plan does not have the source.
    """

    source: str
    pollutant: str
    run: str
    change: str  # a key of `WORDS`
    reduction_mg: tuple[int | None, int | None]
    cost_fen: tuple[int, int]

    @property
    def more_mg(self) -> int:
        """Reduction beyond that of the first plan [mg]."""
        first, other = self.reduction_mg
        return (other or 0) - (first or 0)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        masses = [None if mass is None else Decimal(fmt_t(mass)) for mass in self.reduction_mg]
        return {
            "source": self.source,
            "pollutant": self.pollutant,
            "run": self.run,
            "change": self.change,
            "reduction_t": masses,
            "difference_t": Decimal(fmt_t(self.more_mg)),
            "annual_cost_yuan": [Decimal(fmt_yuan(cost)) for cost in self.cost_fen],
        }


@dataclass(frozen=True, slots=True)
class _Sources:
    """A plan's sources: reduction by source and pollutant, cost and measures by source."""

    reduction_mg: Mapping[Key, int]
    cost_fen: Mapping[str, int]
    measures: Mapping[str, tuple[tuple[str, float], ...]]


def find_changes(runs: Sequence[Path], names: Sequence[str]) -> tuple[SourceChange, ...]:
    """Changes of every later plan from the first, the greatest first.

    Args:
        runs: folders of runs or plans.
        names: what each is called.
    Returns: nothing where one of them has no quotas.
    """
    plans = [_read(run) for run in runs]
    if any(plan is None for plan in plans):
        return ()
    first, *others = [plan for plan in plans if plan is not None]
    found = [
        change
        for run, other in zip(names[1:], others, strict=True)
        for change in _between(first, other, run)
    ]
    return tuple(sorted(found, key=lambda one: (-abs(one.more_mg), one.source, one.pollutant)))


def shown_changes(
    changes: Sequence[SourceChange], labels: Labels
) -> tuple[list[str], list[list[str]]]:
    """Headings and rows of text in the language in force, the greatest changes only."""
    heads = [t("Source"), t("Pollutant"), t("Plan"), t("Change"), t("Reduction, t"),
             t("Difference, t"), t("Annual cost, yuan")]  # fmt: skip
    return heads, [
        [
            name(one.source, labels),
            name(one.pollutant, labels),
            one.run,
            t(WORDS[one.change]),
            " → ".join("–" if mass is None else _tonnes(mass) for mass in one.reduction_mg),
            f"{'+' if one.more_mg > 0 else ''}{_tonnes(one.more_mg)}",
            " → ".join(grouped(cost, 100, 0) for cost in one.cost_fen),
        ]
        for one in changes[:SHOWN]
    ]


def counted_changes(changes: Sequence[SourceChange]) -> str:
    """How many sources change, in a sentence."""
    if not changes:
        return t("No source changes")
    kinds = {word: sum(one.change == word for one in changes) for word in WORDS}
    parts = t(", ").join(f"{t(WORDS[word])} {n}" for word, n in kinds.items() if n)
    return t("Sources that change: {parts}", parts=parts)


def _tonnes(mass_mg: int) -> str:
    return grouped(mass_mg, MG_PER_T, 3)


def _read(run: Path) -> _Sources | None:
    quotas, chosen = read_run_table(run, "quotas"), read_run_table(run, "chosen")
    if quotas is None:
        return None
    cost: dict[str, int] = {}
    measures: dict[str, list[tuple[str, float]]] = {}
    for row in chosen or ():
        cost[row["source"]] = cost.get(row["source"], 0) + row["annual_cost_yuan"]
        measures.setdefault(row["source"], []).append((row["measure"], row["share"]))
    return _Sources(
        {(row["source"], row["pollutant"]): row["reduction_t"] for row in quotas},
        cost,
        {source: tuple(sorted(own)) for source, own in measures.items()},
    )


def _between(first: _Sources, other: _Sources, run: str) -> Iterator[SourceChange]:
    for key in {**first.reduction_mg, **other.reduction_mg}:
        source = key[0]
        before, after = first.reduction_mg.get(key), other.reduction_mg.get(key)
        costs = first.cost_fen.get(source, 0), other.cost_fen.get(source, 0)
        same = first.measures.get(source) == other.measures.get(source)
        if before == after and costs[0] == costs[1] and same:
            continue
        yield SourceChange(source, key[1], run, _change(before, after), (before, after), costs)


def _change(before: int | None, after: int | None) -> str:
    if before is None:
        return "new"
    if after is None:
        return "gone"
    if before == after:
        return "other_measure"
    if not after:
        return "let_off"
    if not before:
        return "takes_over"
    return "cuts_more" if after > before else "cuts_less"
