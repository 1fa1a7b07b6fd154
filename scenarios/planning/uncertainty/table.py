"""The draws of a plan's inputs as tables and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from optimize.chance_constrained import Certain
from optimize.problem import AllocationProblem, FloatArray
from optimize.rounding import masses_mg
from optimize.sensitivity import Indices
from optimize.uncertainty import INPUTS, Draws, Ranges, main_pollutant
from permits.quantity import MG_PER_T, yuan_to_fen
from scenarios.planning.solve import PlanResult
from scenarios.planning.uncertainty.solve import SAME, UncertaintyAnswer, UncertaintyAsked
from scenarios.results.column import spec
from scenarios.results.result import Table, filled

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)  # in the order of NAMES, which are keys and columns
NAMES = ("p05", "p25", "p50", "p75", "p95")
GROUPS = ("sector", "subsector", "city", "county", "province", "firm")

SUMMARY = spec(
    "doubt",
    "plan",
    "Effect of uncertain inputs",
    ("kind", "text", "Quantity"),
    ("of", "text", "Outcome"),
    ("unit", "text", "Unit"),
    ("p05", "number", "5th percentile"),
    ("p25", "number", "25th percentile"),
    ("p50", "number", "Median"),
    ("p75", "number", "75th percentile"),
    ("p95", "number", "95th percentile"),
    ("plan", "number", "The plan"),
)
FAN = spec(
    "doubt_fan",
    "plan",
    "Cost of each target, over all draws",
    ("target_t", "mass", "Target, t"),
    ("p05_yuan", "money", "5th percentile, yuan"),
    ("p25_yuan", "money", "25th percentile, yuan"),
    ("p50_yuan", "money", "Median, yuan"),
    ("p75_yuan", "money", "75th percentile, yuan"),
    ("p95_yuan", "money", "95th percentile, yuan"),
    ("reached", "share", "Share of draws that reach it"),
)
BY_GROUP = spec(
    "doubt_groups",
    "plan",
    "Reduction by group, over all draws",
    ("column", "text", "Grouped by"),
    ("group", "text", "Group"),
    ("pollutant", "text", "Pollutant"),
    ("p05_t", "mass", "5th percentile, t"),
    ("p25_t", "mass", "25th percentile, t"),
    ("p50_t", "mass", "Median, t"),
    ("p75_t", "mass", "75th percentile, t"),
    ("p95_t", "mass", "95th percentile, t"),
    ("plan_t", "mass", "The plan, t"),
)
BY_SOURCE = spec(
    "doubt_sources",
    "plan",
    "Frequency of each source in the plan",
    ("source", "text", "Source"),
    ("pollutant", "text", "Pollutant"),
    ("in_plan", "share", "Share of draws in which it is chosen"),
    ("mean_t", "mass", "Mean reduction, t"),
    ("p05_t", "mass", "5th percentile, t"),
    ("p50_t", "mass", "Median, t"),
    ("p95_t", "mass", "95th percentile, t"),
    ("plan_t", "mass", "The plan, t"),
)
BY_BASELINE = spec(
    "doubt_baselines",
    "plan",
    "Cost on each baseline, over all draws",
    ("baseline", "text", "Basis"),
    ("met", "share", "Share of draws that meet the target"),
    ("p05_yuan", "money", "5th percentile, yuan"),
    ("p25_yuan", "money", "25th percentile, yuan"),
    ("p50_yuan", "money", "Median, yuan"),
    ("p75_yuan", "money", "75th percentile, yuan"),
    ("p95_yuan", "money", "95th percentile, yuan"),
)
SENSITIVITY = spec(
    "influence",
    "plan",
    "Sensitivity to each input",
    ("kind", "text", "Input"),
    ("outcome", "text", "Outcome"),
    ("low", "number", "Factor from"),
    ("high", "number", "Factor to"),
    ("first", "number", "First-order effect"),
    ("total", "number", "Total effect"),
)
SPECS = (SUMMARY, FAN, BY_GROUP, BY_SOURCE, BY_BASELINE, SENSITIVITY)


def tables(answer: UncertaintyAnswer) -> dict[str, Table]:
    """Every table of the draws."""
    plan, draws = answer.plan, answer.draws
    found = {
        "doubt": filled(SUMMARY, _summary_rows(plan, answer.problem, draws)),
        "doubt_fan": filled(FAN, _fan_rows(draws)),
        "doubt_groups": filled(BY_GROUP, _group_rows(plan, draws)),
        "doubt_sources": filled(BY_SOURCE, _source_rows(plan, draws)),
        "influence": filled(SENSITIVITY, _influence_rows(answer.asked.ranges, answer.influence)),
    }
    if answer.others:
        found["doubt_baselines"] = filled(BY_BASELINE, _baseline_rows(answer.others))
    return found


def as_json(answer: UncertaintyAnswer) -> dict[str, Any]:
    """The JSON object `uncertainty`."""
    told = _told(answer.plan, answer.asked, answer.draws, answer.certain, answer.influence)
    return {"uncertainty": told}


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
    asked: UncertaintyAsked,
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
