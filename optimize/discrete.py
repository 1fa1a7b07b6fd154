"""Whole measures of large problems: round the relaxed optimum, then improve it exactly.

At the prices of the relaxation nearly every source has one measure that is clearly best;
only a few are divided between two. Those few, and the others whose change would cost
least, are chosen again by an exact integer model (the core) while all others stay fixed.
The relaxation's bound holds for whole measures too, so the gap is proved in any case.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimize.certificate import best_by_choice, reduced_cost, relative_gap
from optimize.curves import HALF_MG_T
from optimize.least_cost import Model, undominated
from optimize.problem import BoolArray, FloatArray, IntArray
from optimize.solver import Patience, solve_model

CORES = (120, 480, 1920)
"""Numbers of classes in the core: larger ones are tried only while the gap is open."""
TORN = 200
"""Divided classes left to the core; more of them are settled before, to keep it small."""
FEW = 8
"""Members of a class that may differ in the first core: ties then stay evenly shared."""
OPTIONS = 4  # measures per choice in the core, the best ones at the prices; assumed
NODES = 1000  # of a core's branch and bound: a count, not a time, so any machine ends the same
SUMMED = 1e-14  # relative: change of a sum of many thousands with the order of its terms
TIGHTER = (0.0, 4e-6, 4e-5)  # of a limit's largest part: margins for the solver's tolerance


def round_whole(
    model: Model,
    x: FloatArray,
    price: FloatArray,
    bound: float,
    patience: Patience,
    tries: int | None = None,
) -> FloatArray | None:
    """A whole plan (N,) near the relaxed one; None where none was found.

    Args:
        model: the model of whole measures.
        x: (N,) the relaxed plan, in members.
        price: (L,) prices of the relaxation [yuan/t].
        bound: its lower bound on cost [yuan].
        patience: search limits; its `gap` against `bound` is accepted.
        tries: number of core sizes to try (None: all), after one in which only a few
            members of each class may differ.
    """
    reduced = reduced_cost(model, price)
    # The solver returns 2.9999999999 for 3 members: 1e-9 above its noise, below any real part.
    floor = np.floor(x + 1e-9)
    torn = np.unique(model.klass[np.abs(x - np.round(x)) > 1e-9])
    if len(torn) > TORN:
        floor = _settle(model, x, floor, torn[:-TORN])
        torn = torn[-TORN:]
    regret = _regret(model, floor, reduced, price)
    best: FloatArray | None = None
    rounds = [(count, np.inf) for count in CORES[:tries]]
    if int(model.size.max(initial=0)) > FEW:
        # Tried first: small changes keep the egalitarian shares of the relaxation.
        rounds.insert(0, (CORES[0], FEW))
    for count, few in rounds:
        core = _core(model, regret, torn, count)
        # The first plan is quick, and without it there is nothing to return: not stoppable.
        waiting = patience if best is not None else replace(patience, stopped=None)
        found = _solve_core(model, floor, few, core, reduced, bound, waiting)
        if found is not None and (best is None or found @ model.cost < best @ model.cost):
            best = found
        done = best is not None and relative_gap(float(best @ model.cost), bound) <= patience.gap
        all_seen = bool(core.all()) and few == np.inf
        if done or all_seen or (patience.stopped is not None and patience.stopped()):
            break
    return _rounded(model, x) if best is None else best


def _settle(model: Model, x: FloatArray, floor: FloatArray, klass: IntArray) -> FloatArray:
    """Turn the parts that `x` has above `floor` in some classes into whole members.

    One class after another, each so that all limits stay near their totals under `x`. The
    measures chosen between have the same value at the prices.
    """
    columns = np.flatnonzero((x - floor > 1e-9) & np.isin(model.klass, klass))
    part, found = (x - floor)[columns], floor.copy()
    rows = np.array([model.row(n)[columns] for n in range(len(model.names))]).T
    rows = rows / np.maximum(np.abs(rows).max(axis=0, initial=0.0), 1e-12)
    owing = np.zeros(len(model.names))
    edges = np.flatnonzero(np.diff(model.choice[columns], prepend=-1, append=-1))
    for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        own = rows[begin:end]
        owing = owing + part[begin:end] @ own
        members = float(part[begin:end].sum())
        for n in range(int(np.ceil(members - 1e-9))):
            away = ((owing - own) ** 2).sum(axis=1)
            best = int(away.argmin())
            # Only the last member, left in part, may build nothing; the others build.
            if n + 1 > members + 1e-9 and away[best] >= float(owing @ owing):
                break
            found[columns[begin + best]] += 1
            owing = owing - own[best]
    return found


def _rounded(model: Model, x: FloatArray) -> FloatArray | None:
    """The relaxed plan rounded, where that keeps the limits; else None.

    To the nearest whole number, or, as where nearly everything is needed, every divided
    source to its larger measure.
    """
    floor = np.floor(x + 1e-9)
    torn = np.flatnonzero(x - floor > 1e-9)
    left = np.bincount(model.choice[torn], (x - floor)[torn], len(model.size))
    upwards = floor.copy()
    order = torn[np.lexsort((model.removed[torn].sum(axis=1), model.choice[torn]))]
    last = order[np.append(np.diff(model.choice[order]) != 0, True)[: len(order)]]
    upwards[last] += np.ceil(left[model.choice[last]] - 1e-9)
    for plan in (np.round(x), upwards):
        taken = np.bincount(model.choice, plan, len(model.size))
        if (taken <= model.size).all() and keeps_limits(model, plan):
            return plan
    return None


def keeps_limits(model: Model, x: FloatArray) -> bool:
    """Whether a plan misses no limit by half a milligram or more."""
    held = model.held(x)
    near = np.maximum(HALF_MG_T, SUMMED * model_size(model, x))
    return bool((held >= model.low - near).all() and (held <= model.high + near).all())


def model_size(model: Model, x: FloatArray) -> FloatArray:
    """(L,) sum of the absolute amounts a plan adds to each limit: the scale of its rounding."""
    sizes = replace(
        model, counts=np.abs(model.counts), special={n: abs(v) for n, v in model.special.items()}
    )
    return sizes.held(x)


def _regret(model: Model, floor: FloatArray, reduced: FloatArray, price: FloatArray) -> FloatArray:
    """(K,) least cost, at the prices, of changing any one choice of a class [yuan]."""
    best = np.minimum(best_by_choice(model, price), 0.0)
    taken = np.bincount(model.choice, floor, len(model.size))
    other = np.where(floor > 0, np.inf, reduced - best[model.choice])
    starts = np.searchsorted(model.choice, np.arange(len(model.size)))
    least = np.minimum.reduceat(other, starts)
    least = np.minimum(least, np.where(taken > 0, -best, np.inf))
    found = np.full(len(model.cell), np.inf)
    np.minimum.at(found, model.klass[starts], least)
    return found


def _core(model: Model, regret: FloatArray, torn: IntArray, count: int) -> BoolArray:
    """(K,) classes in the core: the divided ones and those whose change would cost least.

    A few of every cell are always in it, so that each limit can be met to the last source.
    """
    chosen = np.zeros(len(regret), dtype=bool)
    chosen[torn] = True
    chosen[np.argpartition(regret, min(count, len(regret) - 1))[:count]] = True
    order = np.lexsort((regret, model.cell))
    cells = model.cell[order]
    place = np.arange(len(order)) - np.searchsorted(cells, cells)
    each = max(2, count // max(1, model.counts.shape[1]))
    chosen[order[place < each]] = True
    return chosen


def _solve_core(
    model: Model,
    floor: FloatArray,
    few: float,
    core: BoolArray,
    reduced: FloatArray,
    bound: float,
    patience: Patience,
) -> FloatArray | None:
    """A plan that differs from `floor` only in the core, in up to `few` members per class."""
    inside = core[model.klass] & ((_rank(model, reduced, core) < OPTIONS) | (floor > 0))
    fixed = np.where(inside, np.maximum(floor - few, 0.0), floor)
    held = model.held(fixed)
    free = model.size - np.bincount(model.choice, fixed, len(model.size))
    more = np.bincount(model.choice, floor - fixed, len(model.size)) + few
    model = replace(model, size=np.minimum(free, more).astype(np.int64))
    # A third of the gap, assumed: the rounding of the relaxation has used up some of it.
    room = max(0.3 * patience.gap * abs(bound), 1e-9)
    for tighter in TIGHTER:
        part = model.part(inside, model.low - held, model.high - held)
        keep = undominated(part)
        lean = part.part(keep, part.low, part.high)
        largest = np.abs(lean.rows).max(axis=1, initial=0.0)
        low = np.where(lean.low > 0, lean.low + tighter * largest, lean.low)
        # An absolute gap: the core's cost is a small part of the total to which the gap applies.
        waiting = replace(patience, gap=1e-9, gap_yuan=room, nodes=NODES)
        found = solve_model(lean, whole=True, low=low, patience=waiting)
        if found.answer not in ("optimal", "feasible"):
            return None
        plan = fixed.copy()
        plan[np.flatnonzero(inside)[keep]] += np.round(found.x)
        if keeps_limits(model, plan):
            return plan
    return None


def _rank(model: Model, reduced: FloatArray, core: BoolArray) -> IntArray:
    """(N,) place of each column of the core among its choice's, cheapest at the prices first."""
    rank = np.zeros(len(reduced), dtype=np.int64)
    own = np.flatnonzero(core[model.klass])
    order = own[np.lexsort((reduced[own], model.choice[own]))]
    choices = model.choice[order]
    rank[order] = np.arange(len(order)) - np.searchsorted(choices, choices)
    return rank
