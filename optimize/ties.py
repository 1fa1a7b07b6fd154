"""Tie-breaking between plans of equal cost: equal shares, or a lottery for whole measures.

Catalogue costs are one figure per sub-sector, so whole sub-sectors tie. A quota must not
depend on a firm's id: sources that the model cannot distinguish get equal shares, or,
where whole measures go to some of them only, are drawn by a tie-breaking lottery and
marked as drawn. The lottery's random stream is named after the content of the class, and
each sub-sector and each city in it is drawn in proportion. Divisible steps of equal
marginal cost are cut to the same percentage, as far as each can go.
"""

from __future__ import annotations

import numpy as np

from optimize.cell_curves import Curves
from optimize.classes import row_starts
from optimize.curves import HALF_MG_T
from optimize.decompose import Relaxed
from optimize.egalitarian import EXACT, SAME_PRICE, even_steps
from optimize.least_cost import Model
from optimize.prices import find_tight
from optimize.problem import AllocationProblem, BoolArray, FloatArray, IntArray
from permits.rng import stream

SAME_COST = 1e-9  # relative: plans this close cost the same
STRATA = (("subsector", "sector"), ("city",))
"""Strata within which a lottery is proportional, in this order: of each, the first column there
is."""


def share_out(
    problem: AllocationProblem, model: Model, x: FloatArray, seed: int
) -> tuple[FloatArray, BoolArray]:
    """Share out the classes' counts among their members.

    Args:
        problem: sources and measures.
        model: the model of the problem.
        x: (N,) members of its class that build each column.
        seed: of the tie-breaking lottery.
    Returns: the share of each measure (M,), and which sources took part in a lottery (S,).
    """
    drawn = np.zeros(len(problem.sources), dtype=bool)
    share = expand(problem, model, np.clip(x / model.size[model.choice], 0.0, 1.0))
    if not model.whole:
        return share, drawn
    size = model.size[model.choice]
    partly = np.unique(model.klass[(x > 0) & (x < size)])
    begins = row_starts(problem)
    edges = np.searchsorted(model.klass, [partly, partly + 1])
    for k, begin, end in zip(partly.tolist(), *edges.tolist(), strict=True):
        members = model.members[model.starts[k] : model.starts[k + 1]]
        order = _lot(problem, members, seed)
        _hand_out(model, range(begin, end), x, begins[order], share)
        drawn[members] = True
    return share, drawn


def expand(problem: AllocationProblem, model: Model, per_column: FloatArray) -> FloatArray:
    """(M,) values of columns, repeated for every member of their class.

    Args:
        problem: sources and measures.
        model: the model of the problem.
        per_column: (N,) value of each column.
    """
    classes = np.zeros(len(problem.sources), dtype=np.int64)
    classes[model.members] = np.repeat(np.arange(len(model.cell)), model.class_size)
    begins = row_starts(problem)
    place = np.arange(len(problem.source)) - begins[problem.source]
    starts = np.searchsorted(model.klass, np.arange(len(model.cell)))
    found: FloatArray = per_column[starts[classes[problem.source]] + place]
    return found


def level(model: Model, relaxed: Relaxed) -> FloatArray:
    """(N,) the egalitarian plan behind each cell's cut, among all of equal cost.

    Whole measures go to a whole number of members of each class, and the remainder to a few
    classes, at most one per cell in part.
    """
    curves, paid = relaxed.curves, relaxed.curves.cost_yuan(relaxed.cut_t)
    taken = even_steps(model, curves, relaxed.cut_t, relaxed.price)
    if taken is None or _worse(model, curves, taken, paid):
        taken = np.zeros(len(curves.order))
        for g in range(len(relaxed.cut_t)):
            _climb(curves, g, float(relaxed.cut_t[g]), taken)
    if model.whole:
        cells = np.arange(len(relaxed.cut_t))
        whole = _in_members(model, curves, taken, _alike(model, relaxed))
        # Moving mass between cells of a group may break a limit that is only just slack.
        if _worse(model, curves, whole, np.inf):
            whole = _in_members(model, curves, taken, cells)
        taken = whole
    return _columns(model, curves, taken) * model.size[model.choice]


def _worse(model: Model, curves: Curves, taken: FloatArray, paid: float) -> bool:
    """Whether a plan costs more than `paid`, or misses a limit by half a milligram."""
    steps = curves.steps
    each = taken * steps.mass_t * model.size[steps.choice]
    cost = curves.idle_yuan + float(each @ steps.unit)
    held = model.held(_columns(model, curves, taken) * model.size[model.choice])
    near = np.maximum(HALF_MG_T, 1e-12 * np.abs(held))
    missed = (held < model.low - near).any() or (held > model.high + near).any()
    # The rounding of a sum in tonnes has a cost: at most that of the dearest step.
    dearest = float(np.abs(steps.unit[taken > 0]).max(initial=0.0))
    give = SAME_COST * max(1.0, abs(paid)) + EXACT * dearest * float(each.sum())
    return bool(missed or cost - paid > give)


def _climb(curves: Curves, g: int, cut_t: float, taken: FloatArray) -> None:
    """Write into `taken` a cell's steps up to its cut; equal marginal steps get equal shares."""
    own = curves.cell(g)
    steps, unit, mass = curves.order[own], curves.unit[own], curves.mass_t[own]
    if not len(steps) or cut_t <= 0:
        return
    near = max(HALF_MG_T, 1e-14 * cut_t)
    margin = float(unit[min(int(np.searchsorted(curves.cut_t[own], cut_t - near)), len(unit) - 1)])
    give = SAME_PRICE * max(1.0, abs(margin))
    below, open_ = unit < margin - give, np.abs(unit - margin) <= give
    taken[steps[below]] = 1.0
    left = cut_t - float(mass[below].sum())
    taken[steps[open_]] = np.clip(left / float(mass[open_].sum()), 0.0, 1.0)


def _alike(model: Model, relaxed: Relaxed) -> IntArray:
    """(G,) one number for cells counted by the same binding limits.

    Mass can move between such cells at no cost.
    """
    tight = find_tight(model, relaxed.cut_t)
    seen = np.concatenate([model.counts[tight], [relaxed.curves.pollutant]])
    return np.unique(seen, axis=1, return_inverse=True)[1].astype(np.int64)


def _in_members(model: Model, curves: Curves, taken: FloatArray, group: IntArray) -> FloatArray:
    """Turn parts of steps into whole members, group of cells by group of cells (G,).

    First the whole members of every step; then the remainder of a group one member at a
    time, from each cell in proportion, the last of them in part.
    """
    steps = curves.steps
    size = model.size[steps.choice].astype(float)
    sure: FloatArray = np.floor(taken * size + 1e-9) / size
    torn = np.flatnonzero(taken - sure > 1e-9)
    cell, mass = model.cell[model.klass[steps.after[torn]]], steps.mass_t[torn]
    left = np.bincount(cell, (taken - sure)[torn] * size[torn] * mass, len(group))
    turn = (_before(cell, mass) + mass / 2) / left[cell]
    order = np.lexsort((turn, group[cell]))
    lacking = np.bincount(group, left)[group[cell[order]]]
    more = np.clip((lacking - _before(group[cell[order]], mass[order])) / mass[order], 0.0, 1.0)
    sure[torn[order]] += more / size[torn[order]]
    return np.asarray(sure, dtype=np.float64)


def _before(owner: IntArray, mass_t: FloatArray) -> FloatArray:
    """(T,) the mass of all entries of the same owner that stand before each."""
    order = np.argsort(owner, kind="stable")
    before = np.cumsum(mass_t[order]) - mass_t[order]
    found = np.empty(len(owner))
    found[order] = before - before[np.searchsorted(owner[order], owner[order])]
    return found


def _columns(model: Model, curves: Curves, taken: FloatArray) -> FloatArray:
    """(N,) share of each column by each member, from how much of each step is taken."""
    steps, share = curves.steps, np.zeros(len(model.first))
    share[steps.start[steps.start >= 0]] = 1.0
    np.add.at(share, steps.after, taken)
    onward = steps.before >= 0
    np.subtract.at(share, steps.before[onward], taken[onward])
    return share


def _lot(problem: AllocationProblem, members: IntArray, seed: int) -> IntArray:
    """The order in which a class's members are drawn; its stream is named by content.

    Every stretch of that order contains each sub-sector in proportion, and in it each city.
    """
    first = int(members[0])
    rows = slice(*np.searchsorted(problem.source, [first, first + 1]).tolist())
    content = (problem.base_t[first], problem.cost_yuan[rows], problem.removed_t[rows].ravel())
    rng = stream(seed, "lot", *(repr(value) for part in content for value in part.tolist()))
    order = rng.permutation(len(members))
    strata = _strata(problem, members)
    # Fine strata first: the coarse pass comes last because it decides the final order.
    for depth in range(len(strata), 0, -1):
        order = order[_spread(strata[depth - 1][order])]
    drawn: IntArray = members[order]
    return drawn


def _strata(problem: AllocationProblem, members: IntArray) -> list[IntArray]:
    """(T,) the number of each member's stratum, coarse to fine."""
    found, number = [], np.zeros(len(members), dtype=np.int64)
    for names in STRATA:
        column = next((name for name in names if name in problem.groups), None)
        if column is None:
            continue
        labels = problem.groups[column]
        _, own = np.unique([labels[s] for s in members.tolist()], return_inverse=True)
        _, number = np.unique(number * (own.max() + 1) + own, return_inverse=True)
        found.append(number)
    return found


def _spread(stratum: IntArray) -> IntArray:
    """An order with each stratum in proportion in every stretch; within a stratum unchanged."""
    count = np.bincount(stratum)
    by_stratum = np.argsort(stratum, kind="stable")
    place = np.empty(len(stratum))
    place[by_stratum] = np.arange(len(stratum)) - np.repeat(np.cumsum(count) - count, count)
    return np.argsort((place + 0.5) / count[stratum], kind="stable")


def _hand_out(
    model: Model, columns: range, x: FloatArray, begins: IntArray, share: FloatArray
) -> None:
    """Write into `share` (M,) the whole measures of a class's members, in the order drawn.

    The first members get the first measure, the next ones the next, and each slot goes on
    where the one before it ended, so that members without a measure come first. `begins` is
    where the measures of each member start, in the order drawn.
    """
    at = 0
    for place, n in enumerate(columns):
        count = round(float(x[n]))
        share[begins + place] = 0.0
        share[begins[np.arange(at, at + count) % len(begins)] + place] = 1.0
        at += count
