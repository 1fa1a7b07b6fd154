"""Uncertainty analysis of a plan: tables and JSON of the draws of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from optimize.chance_constrained import Certain, find_certain
from optimize.problem import AllocationProblem, FloatArray, Limit
from optimize.rounding import masses_mg
from optimize.sensitivity import Indices, find_influence
from optimize.uncertainty import INPUTS, Draws, Money, Range, Ranges, draw_plans, main_pollutant
from permits.errors import InputError
from permits.quantity import MG_PER_T, yuan_to_fen
from scenarios.planning.solve import PlanResult
from scenarios.results.result import Table, table

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)  # in the order of NAMES, which are keys and columns
NAMES = ("p05", "p25", "p50", "p75", "p95")
GROUPS = ("sector", "subsector", "city", "county", "province", "firm")
MOST_SOURCES = 20_000
"""Most sources: every draw's cut is kept per source, 200 draws of 20,000 being 32 MB."""
SAME = "the same reduction"
"""The condition on which a plan without a target is tested: its own reduction."""

Say = Callable[[str, float | None], None]


def unheard(_text: str, _share: float | None) -> None:
    """Ignore progress."""


@dataclass(frozen=True, slots=True)
class DoubtAsked:
    """Options of an uncertainty analysis: draws, chance constraint, ranges of inputs.

    `certainty` is the probability with which a chance-constrained plan must hold.
    `pollutant` is the subject of a question without a target: its plan is tested on the
    reduction that it makes itself; `money` is the budget or price of that question.
    `others` are problems on other baselines, by name, reported alongside.
    """

    draws: int
    certainty: float = 0.95
    ranges: Ranges = field(default_factory=Ranges)
    pollutant: int | None = None
    money: Money = field(default_factory=Money)
    others: Sequence[tuple[str, AllocationProblem]] = ()


def parse_doubt(texts: Sequence[str], given: Ranges) -> Ranges:
    """Replace ranges by those written, such as `cost=0.3:1.6`.

    Raises: InputError that states the form and the known inputs.
    """
    for text in texts:
        key, _, ends = text.partition("=")
        low, _, high = ends.partition(":")
        try:
            one = Range(float(low), float(high))
        except ValueError:
            raise _bad(text) from None
        if key not in (*INPUTS, "own_cost") or not 0 <= one.low <= 1 <= one.high < np.inf:
            raise _bad(text)
        changed: dict[str, Any] = {key: one}
        given = replace(given, **changed)
        # A range given here for all baselines replaces the scenario's own by sector.
        if key == "baseline":
            given = replace(given, sectors=())
    return given


def doubt_answer(
    plan: PlanResult, asked: DoubtAsked, seed: int, say: Say = unheard
) -> tuple[dict[str, Table], dict[str, Any]]:
    """Every table of the draws, and the JSON object `uncertainty`.

    Args:
        plan: the plan to analyse.
        asked: options of the analysis.
        seed: of the draws.
        say: called with a text and the share of the work done.
    Raises: InputError for too many sources.
    """
    problem = _asked_for(plan.problem, plan, asked)
    if len(problem.sources) > MOST_SOURCES:
        raise InputError(
            "doubt.size",
            "draws are kept per source: {count} sources are more than the {most} supported",
            where="--draws",
            mend="use some of the sources only, or merge those that are alike",
            count=len(problem.sources),
            most=MOST_SOURCES,
        )
    ranges, count = asked.ranges, asked.draws
    built = plan.allocation.share
    # The same seed in all of these: they are compared on the same draws.
    draws = draw_plans(problem, ranges, count, seed=seed, plain=built, money=asked.money, say=say)
    certain = None
    if plan.allocation.status != "infeasible":
        certain = find_certain(problem, ranges, plan.allocation.cost_yuan, seed=seed,
                               certainty=asked.certainty, count=count, say=say)  # fmt: skip
    influence = find_influence(problem, ranges, say=say)
    others = [
        (name, draw_plans(_asked_for(one, plan, asked), ranges, count, seed=seed, say=say))
        for name, one in asked.others
    ]
    tables = {
        "doubt": table("doubt", _summary_rows(plan, problem, draws)),
        "doubt_fan": table("doubt_fan", _fan_rows(draws)),
        "doubt_groups": table("doubt_groups", _group_rows(plan, draws)),
        "doubt_sources": table("doubt_sources", _source_rows(plan, draws)),
        "influence": table("influence", _influence_rows(asked.ranges, influence)),
    }
    if others:
        tables["doubt_baselines"] = table("doubt_baselines", _baseline_rows(others))
    return tables, {"uncertainty": _told(plan, asked, draws, certain, influence)}


def _asked_for(
    problem: AllocationProblem, plan: PlanResult, asked: DoubtAsked
) -> AllocationProblem:
    """The problem with a target: without one of its own, the plan's reduction."""
    p = asked.pollutant
    if p is None:
        return problem
    reached_t = int(plan.allocation.reduction_mg[:, p].sum()) / MG_PER_T
    return replace(problem, limits=(Limit(SAME, p, "reduction_min", reached_t), *problem.limits))


# --- rows -------------------------------------------------------------------------------------


def _summary_rows(
    plan: PlanResult, problem: AllocationProblem, draws: Draws
) -> list[tuple[Any, ...]]:
    allocation = plan.allocation
    solved = allocation.status != "infeasible"
    cost = allocation.cost_yuan if solved else None
    names = {SAME: ("budget", "greatest")}  # names of that limit in the plan's shadow prices
    rows: list[tuple[Any, ...]] = [
        ("cost", None, "yuan", *_quantiles(draws.cost_yuan, met_only=False), cost)
    ]
    for n, limit in enumerate(problem.limits):
        low = next((allocation.shadow[key][0] for key in (limit.name, *names.get(limit.name, ()))
                    if key in allocation.shadow), None)  # fmt: skip
        prices = _quantiles(draws.price[:, n], met_only=False)
        rows.append(("marginal_cost", limit.name, "yuan/t", *prices, low))
    if not np.isnan(draws.bought_t).any():
        p = main_pollutant(problem)
        reached = float(allocation.reduction_mg[:, p].sum()) / MG_PER_T
        name = problem.pollutants[p]
        rows.append(("bought", name, "t", *_quantiles(draws.bought_t), reached))
    for p, pollutant in enumerate(problem.pollutants):
        most = float(allocation.max_reduction_t[p])
        base = float(problem.base_t[:, p].sum())
        rows.append(("max_reduction", pollutant, "t", *_quantiles(draws.most_t[:, p]), most))
        rows.append(("baseline", pollutant, "t", *_quantiles(draws.base_t[:, p]), base))
    return rows


def _fan_rows(draws: Draws) -> list[tuple[Any, ...]]:
    rows = []
    for target, costs in zip(draws.fan_t, draws.fan_yuan.T, strict=True):
        reached = ~np.isnan(costs)
        rows.append((_mg(target), *_fen(_quantiles(costs, met_only=False)), float(reached.mean())))
    return rows


def _group_rows(plan: PlanResult, draws: Draws) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for column in GROUPS:
        if column not in plan.problem.groups or column == "firm":
            continue
        labels = np.array(plan.problem.groups[column])
        for label in sorted(set(labels.tolist())):
            own = labels == label
            for p, pollutant in enumerate(plan.problem.pollutants):
                cuts = draws.cut_t[draws.met][:, own, p].sum(axis=1)
                planned = int(plan.allocation.reduction_mg[own, p].sum())
                rows.append((column, label, pollutant, *map(_mg, _quantiles(cuts)), planned))
    return rows


def _source_rows(plan: PlanResult, draws: Draws) -> list[tuple[Any, ...]]:
    problem, met = plan.problem, draws.met
    rows: list[tuple[Any, ...]] = []
    for p, pollutant in enumerate(problem.pollutants):
        cuts = draws.cut_t[met][:, :, p]
        if not len(cuts):
            continue
        ends = np.quantile(cuts, (0.05, 0.5, 0.95), axis=0)
        mean = cuts.mean(axis=0)
        for s, name in enumerate(problem.sources):
            planned = int(plan.allocation.reduction_mg[s, p])
            quantiles = [_mg(float(end)) for end in ends[:, s]]
            rows.append((name, pollutant, float(draws.in_plan[s]), _mg(float(mean[s])),
                         *quantiles, planned))  # fmt: skip
    return rows


def _influence_rows(ranges: Ranges, influence: Indices) -> list[tuple[Any, ...]]:
    return [
        (name, measure, ends.low, ends.high, first, total)
        for measure, found in influence.items()
        for name, (first, total) in found.items()
        for ends in [getattr(ranges, name)]
    ]


def _baseline_rows(others: Sequence[tuple[str, Draws]]) -> list[tuple[Any, ...]]:
    return [
        (name, float(draws.met.mean()), *_fen(_quantiles(draws.cost_yuan, met_only=False)))
        for name, draws in others
    ]


# --- JSON ---------------------------------------------------------------------------------------


def _told(
    plan: PlanResult,
    asked: DoubtAsked,
    draws: Draws,
    certain: Certain | None,
    influence: Indices,
) -> dict[str, Any]:
    solved = plan.allocation.status != "infeasible"
    return {
        "draws": asked.draws,
        "of": "target" if asked.pollutant is None else "reduction",
        "ranges": {
            name: {"low": one.low, "high": one.high, "status": "assumed"}
            for name in (*INPUTS, "own_cost")
            for one in [getattr(asked.ranges, name)]
        }
        | {
            f"baseline.{sector}": {"low": one.low, "high": one.high, "status": "assumed"}
            for sector, one in asked.ranges.sectors
        },
        "met_share": float(draws.met.mean()),
        "plan_holds_share": float(draws.hold.mean()) if solved else None,
        **{
            key: dict(zip(NAMES, _rounded(values), strict=True))
            for key, values in (
                ("cost_yuan", _quantiles(draws.cost_yuan, met_only=False)),
                ("max_reduction_t", _quantiles(draws.most_t[:, main_pollutant(plan.problem)])),
                ("bought_t", _quantiles(draws.bought_t)),
            )
            if any(value is not None for value in values) or key != "bought_t"
        },
        "certain": None if certain is None else _certain(certain),
        "influence": {
            measure: {
                name: {"first": round(first, 4), "total": round(total, 4)}
                for name, (first, total) in found.items()
            }
            for measure, found in influence.items()
        },
    }


def _certain(found: Certain) -> dict[str, Any]:
    return {
        "wanted_share": found.wanted,
        "holds_share": found.share,
        "holds_share_fresh_draws": found.share_fresh,
        "targets_raised_by": round(found.margin, 6),
        "cost_yuan": round(found.cost_yuan, 2),
        "dearer_by_yuan": round(found.cost_yuan - found.plan_yuan, 2),
        "no_such_plan_below_yuan": round(found.bound_yuan, 2),
    }


def _quantiles(values: FloatArray, *, met_only: bool = True) -> list[float | None]:
    """`QUANTILES` of the finite values; or of all draws, None where a quantile is infeasible.

    For quantiles of all draws, those that cannot be met (NaN) count as costlier than any.
    """
    known = np.sort(values[~np.isnan(values)])
    count = len(known) if met_only else len(values)
    places = [q * (count - 1) for q in QUANTILES]
    return [
        None if np.ceil(place - 1e-9) >= len(known)
        else float(np.interp(place, np.arange(len(known)), known))
        for place in places
    ]  # fmt: skip


def _fen(amounts_yuan: Sequence[float | None]) -> list[int | None]:
    return [None if amount is None else yuan_to_fen(amount) for amount in amounts_yuan]


def _rounded(values: Sequence[float | None]) -> list[float | None]:
    return [None if q is None else round(q, 2) for q in values]


def _mg(mass_t: float | None) -> int | None:
    return None if mass_t is None else int(masses_mg(np.array([mass_t]))[0])


def _bad(text: str) -> InputError:
    return InputError(
        "doubt.range",
        "{said} is not a range of factors around 1",
        where="--range",
        mend="write for example --range cost=0.3:1.6; inputs: {known}",
        said=text,
        known=", ".join((*INPUTS, "own_cost")),
    )
