"""Solution of a model of any size: relax it, prove a bound, choose whole measures.

Cells that are MAC curves are solved as such at any size; other relaxations as one linear
program where they are small, by column generation where they are not. Whole measures are
rounded from the relaxation; where that leaves a gap and the model is small enough, the
full integer model closes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from optimize.cell_curves import Curves, fits_curves
from optimize.certificate import lagrangian_bound, relative_gap
from optimize.column_generation import solve_columns
from optimize.decompose import Relaxed, solve_cells
from optimize.discrete import FEW, keeps_limits, round_whole
from optimize.least_cost import Model, undominated
from optimize.problem import FloatArray
from optimize.repair import repair, shortfall_t
from optimize.sizes import even_sizes
from optimize.solver import Answer, Patience, Solution, solve_model
from optimize.ties import level

Method = Literal["auto", "flat", "cells"]
EXACT_COLUMNS = 800
"""Integer models up to this size are solved as they stand: branch and bound ends in seconds."""
FLAT_COLUMNS = 20_000
"""Models up to this size may be solved as they stand where the gap stays open; relaxations
without curves always are: above it, column generation is faster."""
EASE = 1e-5  # of a limit's largest measure: much smaller ones are within the solver's tolerance
TIGHTEN_T = 2e-6  # a limit missed by the solver's tolerance is asked for again, this much more
# (times the largest measure in it, since that is the unit in which the solver counts the limit)


@dataclass(frozen=True, slots=True, eq=False)
class ColumnPlan:
    """A plan by columns, `x` (N,) members each, with the bound that the relaxation proves.

    `cells` is the relaxation where cells are curves; `bound_by` names the source of the bound.
    """

    answer: Answer
    x: FloatArray
    price: FloatArray
    bound: float
    bound_by: str
    method: str
    cells: Relaxed | None = None


def solve(
    model: Model,
    patience: Patience,
    method: Method = "auto",
    say: Callable[[str], None] = lambda _: None,
    curves: Curves | None = None,
) -> ColumnPlan:
    """Least cost of a model, in whole measures or in parts as `model.whole` states.

    Args:
        model: the model.
        patience: search limits; the search ends at its `gap`.
        method: `flat`, `cells`, or `auto` for the faster.
        say: called with a short text at each stage.
        curves: the curves of the model's cells, where another search has built them.
    """
    say("solving the relaxation")
    relaxed = relax(model, patience, method, curves)
    if relaxed.answer != "optimal" or not model.whole:
        return relaxed
    say("choosing whole measures")
    return _whole(model, relaxed, patience, method)


def relax(
    model: Model, patience: Patience, method: Method = "auto", curves: Curves | None = None
) -> ColumnPlan:
    """Least cost with parts of measures allowed.

    Args:
        model: the model; `whole` is ignored, but for how ties are shared out.
        patience: search limits.
        method: `flat`, `cells`, or `auto` for the faster.
        curves: as in `solve`.
    """
    if method != "flat" and fits_curves(model):
        cells = solve_cells(model, curves)
        x = level(model, cells) if cells.answer == "optimal" else np.zeros(len(model.first))
        return ColumnPlan(cells.answer, x, cells.price, cells.bound_yuan, "lagrangian",
                       "cost curves by cell", cells)  # fmt: skip
    if method == "flat" or (method == "auto" and len(model.first) <= FLAT_COLUMNS):
        return _relax_flat(model, patience)
    # A twentieth of the gap: most of it is left to the choice of whole measures.
    mixed = solve_columns(model, max(1e-9, patience.gap / 20), patience.stopped)
    x = even_sizes(model, mixed.x) if _may_part(model) else mixed.x
    return ColumnPlan(mixed.answer, x, mixed.price, mixed.bound_yuan, "lagrangian",
                   "columns by cell")  # fmt: skip


def _relax_flat(model: Model, patience: Patience) -> ColumnPlan:
    # Without the relaxation there is no plan to return, so this step cannot be stopped.
    patience = replace(patience, stopped=None)
    found = _solve_near(model, False, patience)
    x = found.x
    if found.answer == "optimal" and (short := shortfall_t(model, x)).any():
        better = _kept(model, x, short, patience)
        if better is None:
            return ColumnPlan("infeasible", x, found.price, -np.inf, "", "linear program")
        x = better
    bound = lagrangian_bound(model, found.price) if found.answer == "optimal" else -np.inf
    x = even_sizes(model, x) if _may_part(model) else x
    return ColumnPlan(found.answer, x, found.price, bound, "lagrangian", "linear program")


def _may_part(model: Model) -> bool:
    """Whether every class may be divided between two measures: in parts, or of many members."""
    return not model.whole or bool((model.size > FEW).all())


def _whole(model: Model, relaxed: ColumnPlan, patience: Patience, method: Method) -> ColumnPlan:
    exact = method == "flat" or len(model.first) <= EXACT_COLUMNS
    small = exact or len(model.first) <= FLAT_COLUMNS
    best: FloatArray | None = None
    if method != "flat":
        sizes = 0 if exact else 1 if small else None
        best = round_whole(model, relaxed.x, relaxed.price, relaxed.bound, patience, sizes)
    if best is not None:
        gap = relative_gap(float(best @ model.cost), relaxed.bound)
        asked_to_stop = patience.stopped is not None and patience.stopped()
        if gap <= patience.gap or not small or asked_to_stop:
            return replace(relaxed, x=best, method="whole measures, rounded and improved")
    return _whole_flat(model, relaxed, best, patience) if small else _nothing(relaxed)


def _nothing(relaxed: ColumnPlan) -> ColumnPlan:
    return replace(relaxed, answer="stopped")


def _whole_flat(
    model: Model, relaxed: ColumnPlan, best: FloatArray | None, patience: Patience
) -> ColumnPlan:
    keep = undominated(model)
    lean = model.part(keep, model.low, model.high)
    found = _solve_near(lean, True, patience)
    if found.answer == "infeasible":
        return replace(relaxed, answer="infeasible")
    if best is None and found.answer == "stopped":
        best = round_whole(model, relaxed.x, relaxed.price, relaxed.bound, patience, 1)
    plans = [] if best is None else [best]
    if found.answer in ("optimal", "feasible"):
        x = np.zeros(len(model.first))
        x[keep] = np.round(found.x)
        if (short := shortfall_t(model, x)).any():
            better = _kept(lean, np.round(found.x), short, patience)
            if better is not None:
                x[keep] = better
        if not shortfall_t(model, x).any() and keeps_limits(model, x):
            plans.append(x)
    if not plans:
        return replace(relaxed, answer="infeasible" if found.answer == "optimal" else "stopped")
    # Of equal costs the first: it is nearer to the egalitarian plan.
    plan = min(plans, key=lambda x: round(float(x @ model.cost), 6))
    bound, bound_by = relaxed.bound, relaxed.bound_by
    cost = float(plan @ model.cost)
    if relative_gap(cost, bound) > patience.gap and found.bound > bound:
        bound, bound_by = found.bound, "branch_and_bound"
    return replace(relaxed, x=plan, bound=bound, bound_by=bound_by,
                   method="whole measures, branch and bound")  # fmt: skip


def _solve_near(model: Model, whole: bool, patience: Patience) -> Solution:
    """Solve; if infeasible, again with limits relaxed by the solver's tolerance.

    A target equal to the greatest reduction can exceed it by rounding. What the relaxation
    lets through is measured and repaired, or rejected, afterwards.
    """
    # assumed: half of the gap leaves room for repairs of the tolerance, which add to the cost.
    waiting = replace(patience, gap=patience.gap / 2)
    found = solve_model(model, whole=whole, patience=waiting)
    if found.answer == "infeasible":
        largest = np.abs(model.rows).max(axis=1, initial=0.0)
        low = model.low - EASE * largest
        found = solve_model(model, whole=whole, low=low, patience=waiting)
    return found


def _kept(model: Model, x: FloatArray, short: FloatArray, patience: Patience) -> FloatArray | None:
    """The cheaper of two plans near `x` that keep the limits; None if neither does.

    One is solved again with a margin, the other is `x` with what is missing added.
    """
    found = []
    largest = np.abs(model.rows).max(axis=1, initial=1.0)
    low = np.where(short > 0, model.low + TIGHTEN_T * largest + 2 * short, model.low)
    waiting = replace(patience, gap=patience.gap / 2)
    again = solve_model(model, whole=model.whole, low=low, patience=waiting)
    if again.answer in ("optimal", "feasible"):
        found.append(np.round(again.x) if model.whole else again.x)
    if (topped := repair(model, x)) is not None:
        found.append(topped)
    found = [plan for plan in found if not shortfall_t(model, plan).any()]
    return min(found, key=lambda plan: float(model.cost @ plan), default=None)
