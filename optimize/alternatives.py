"""Near-optimal alternatives (MGA): plans within a cost tolerance that differ the most.

What a model leaves out (consent, an unreliable figure, a works about to close) may make
a slightly more expensive plan the better one. Modelling to generate alternatives asks,
under a cap on cost, for the plan that differs most [BrillChangHopkins1982].

A slot that cut c and now cuts r differs by |r - c|, and by c where it now does nothing, so
measure by measure the difference is linear. For whole measures with one slot per source it
is exactly twice the number of tonnes that move. Slots of one source are counted one by one
although their differences may cancel; for parts of measures and exchangeable sources it is
the difference in the mean, which counts a new draw of the lottery as a difference. In such
problems the plans that cut most and least within the cap are examined too, and the one of
the three that moves the most tonnes is taken. The tonnes that do move are reported as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimize.classes import row_starts
from optimize.engine import solve
from optimize.least_cost import Model, build_model
from optimize.problem import Allocation, AllocationProblem, FloatArray, IntArray, Limit
from optimize.rounding import missing_mg, round_plan
from optimize.solver import Patience
from optimize.ties import share_out

HALF_FEN = 0.005  # amounts are compared as they are printed, rounded to the fen
SEARCH_GAP = 1e-3  # of the difference: a plan that differs a thousandth less is good enough
SECONDS = 60.0  # per alternative, assumed: it need not be the most different of all
CAP = "cap on cost"


@dataclass(frozen=True, slots=True, eq=False)
class Alternative:
    """A plan within the cap on cost, and how far it differs from the least-cost plan.

    `moved_mg` (P,) is the mass that moves from some sources to others: half of the sum of
    all differences.
    """

    share: FloatArray  # (M,)
    reduction_mg: IntArray  # (S, P)
    cost_yuan: float
    moved_mg: IntArray  # (P,)


def cost_cap(plan: Allocation, slack: float) -> float:
    """The most that an alternative may cost [yuan]: `slack` above the proved lower bound.

    Measured from the bound, not from the plan, so that no alternative lies further than
    `slack` from the true least cost.
    """
    return plan.bound_yuan + slack * abs(plan.bound_yuan)


def find_alternatives(
    problem: AllocationProblem,
    plan: Allocation,
    slack: float,
    count: int = 3,
    *,
    seed: int = 0,
    unit_mg: int = 1,
    stopped: Callable[[], bool] | None = None,
) -> list[Alternative]:
    """Find up to `count` plans that keep every limit and differ most from those found so far.

    Fewer are returned where no other plan lies within the cap on cost.

    Args:
        problem: sources, measures and limits.
        plan: the least-cost plan, with its proved bound.
        slack: share of least cost by which an alternative may cost more, 0.02 for 2 %.
        count: the most alternatives to find.
        seed: of the tie-breaking lottery.
        unit_mg: precision of quotas [mg].
        stopped: polled during the search; once it is true the alternatives so far are returned.
    """
    capped = replace(
        problem, limits=(*problem.limits, Limit(CAP, 0, "cost_max", cost_cap(plan, slack)))
    )
    model = build_model(capped)
    known = [plan.share]
    found: list[Alternative] = []
    patience = Patience(gap=SEARCH_GAP, seconds=SECONDS, stopped=stopped)
    for _ in range(count):
        others = []
        for sought in _sought(problem, model, known):
            best = solve(replace(model, cost=-sought), patience)
            if best.answer != "optimal":
                continue
            share, _ = share_out(problem, model, best.x, seed)
            other = _alternative(problem, plan, share, unit_mg)
            # Checked after rounding: a plan is an alternative only if its own milligrams and
            # fen keep the limits and the cap.
            repeats = any(np.array_equal(share, earlier) for earlier in known)
            if not repeats and keeps(problem, plan, other, slack) and other.moved_mg.any():
                others.append(other)
        if not others:
            break
        found.append(max(others, key=lambda other: _apart(problem, known, other.share)))
        known.append(found[-1].share)
    return found


def _sought(
    problem: AllocationProblem, model: Model, known: Sequence[FloatArray]
) -> Iterator[FloatArray]:
    """Objectives of the search, (N,) each: the difference from known plans first.

    Where that only approximates the mass that moves, the total cut and its opposite too.
    """
    yield _difference(problem, model, known)
    # One slot and one member per class: the difference is exact, and one search is enough.
    slots = len(np.unique(model.choice)) > len(model.cell)
    if model.whole and (slots or (model.class_size > 1).any()):
        cut = model.removed @ (1 / _units(problem))
        yield cut
        yield -cut


def _apart(problem: AllocationProblem, known: Sequence[FloatArray], share: FloatArray) -> float:
    """How much the sources' cuts differ from those of known plans, as `_difference` counts."""
    cuts = [_cuts(problem, one) for one in (share, *known)]
    return float(sum((np.abs(cut - cuts[0]) / _units(problem)).sum() for cut in cuts[1:]))


def _cuts(problem: AllocationProblem, share: FloatArray) -> FloatArray:
    """(S, P) reduction of each source [t]."""
    found = np.zeros(problem.base_t.shape)
    np.add.at(found, problem.source, share[:, None] * problem.removed_t)
    return found


def _units(problem: AllocationProblem) -> FloatArray:
    """(P,) unit of a difference: tonnes, or shares of the baseline for several pollutants."""
    whole = problem.base_t.sum(axis=0)
    return np.where(whole > 0, whole, 1.0) if len(whole) > 1 else np.ones(1)


def keeps(problem: AllocationProblem, plan: Allocation, other: Alternative, slack: float) -> bool:
    """Whether an alternative keeps the cap to the fen and every limit to the milligram.

    Args:
        problem: sources, measures and limits.
        plan: the least-cost plan, with its proved bound.
        other: the alternative.
        slack: share of least cost by which an alternative may cost more.
    """
    within = other.cost_yuan <= cost_cap(plan, slack) + HALF_FEN
    missed = any(
        missing_mg(problem, limit, plan.base_mg, other.reduction_mg) for limit in problem.limits
    )
    return within and not missed


def _difference(
    problem: AllocationProblem, model: Model, known: Sequence[FloatArray]
) -> FloatArray:
    """(N,) what each column adds to the difference from known plans.

    In tonnes, or, for several pollutants, in shares of each pollutant's baseline.
    """
    unit = _units(problem)
    column = _column_of_row(problem, model)
    found = np.zeros(len(model.first))
    for share in known:
        for p, whole in enumerate(unit.tolist()):
            removed = problem.removed_t[:, p] / whole
            cut = np.bincount(problem.choice, share * removed)[problem.choice]
            found += np.bincount(column, np.abs(removed - cut) - cut, len(found))
    found /= model.class_size[model.klass]
    return found


def _column_of_row(problem: AllocationProblem, model: Model) -> IntArray:
    """(M,) the column that stands for each measure: by its place among its source's."""
    klass = np.zeros(len(problem.sources), dtype=np.int64)
    klass[model.members] = np.repeat(np.arange(len(model.cell)), model.class_size)
    place = np.arange(len(problem.source)) - row_starts(problem)[problem.source]
    column: IntArray = np.searchsorted(model.klass, klass[problem.source]) + place
    return column


def _alternative(
    problem: AllocationProblem, plan: Allocation, share: FloatArray, unit_mg: int
) -> Alternative:
    rounded = round_plan(problem, share, unit_mg)
    apart = np.abs(rounded.reduction_mg - plan.reduction_mg).sum(axis=0)
    # Half: a tonne that moves is counted where it is added and where it is dropped.
    moved: IntArray = np.asarray(apart // 2, dtype=np.int64)
    return Alternative(share, rounded.reduction_mg, float(share @ problem.cost_yuan), moved)
