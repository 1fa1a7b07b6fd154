"""Plans of equal cost: even shares where measures divide, a public lot where they do not.

Catalogue costs are one figure a sub-sector, so whole sub-sectors tie. A quota must not
depend on a firm's id: sources that nothing but their names tells apart get equal
shares, or, where whole measures go to some of them only, are drawn by a lot whose
stream is named after the class, and marked as drawn. Divisible steps that cost the
same at the margin are cut to the same percentage, as far as each reaches.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from optimize.classes import NAMES, row_starts
from optimize.curves import HALF_MG_T
from optimize.decompose import Relaxed
from optimize.least_cost import Model
from optimize.prices import find_tight
from optimize.problem import AllocationProblem, BoolArray, FloatArray, IntArray
from permits.rng import stream

SAME_PRICE = 1e-9  # relative: steps this close to the marginal price are open
HALVINGS = 100


def share_out(
    problem: AllocationProblem, model: Model, x: FloatArray, seed: int
) -> tuple[FloatArray, BoolArray]:
    """Give the classes' counts `x` (N,) to their members: share of each measure (M,), and
    which sources were drawn (S,)."""
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
    """(M,) what each column says, for every member of its class."""
    classes = np.zeros(len(problem.sources), dtype=np.int64)
    classes[model.members] = np.repeat(np.arange(len(model.cell)), model.class_size)
    begins = row_starts(problem)
    place = np.arange(len(problem.source)) - begins[problem.source]
    starts = np.searchsorted(model.klass, np.arange(len(model.cell)))
    found: FloatArray = per_column[starts[classes[problem.source]] + place]
    return found


def level(model: Model, relaxed: Relaxed) -> FloatArray:
    """(N,) the plan behind each cell's cut: among all that cost the same, the one whose
    percentage cuts are most even (where measures are divisible).

    Cells that the same binding limits count see one price, so mass may pass from one to
    another at no cost; where a limit that is slack would be broken by that, each cell is
    levelled by itself.
    """
    taken = np.zeros(len(relaxed.curves.order))
    tight = find_tight(model, relaxed.cut_t)
    alike: dict[tuple[float, ...], list[int]] = defaultdict(list)
    for g in range(len(relaxed.cut_t)):
        alike[(*model.counts[tight, g].tolist(), relaxed.curves.pollutant[g])].append(g)
    for cells in alike.values():
        _level_cells(model, relaxed, cells, taken)
    if len(alike) < len(relaxed.cut_t) and _breaks(model, _columns(model, relaxed, taken)):
        for g in range(len(relaxed.cut_t)):
            _level_cells(model, relaxed, [g], taken)
    return _columns(model, relaxed, taken) * model.size[model.choice]


def _breaks(model: Model, share: FloatArray) -> bool:
    """Whether a plan misses a limit by half a milligram or more."""
    held = model.held(share * model.size[model.choice])
    near = np.maximum(HALF_MG_T, 1e-12 * np.abs(held))
    return bool((held < model.low - near).any() or (held > model.high + near).any())


def _columns(model: Model, relaxed: Relaxed, taken: FloatArray) -> FloatArray:
    """(N,) share of each column by each member, from how much of each step is taken."""
    steps, share = relaxed.curves.steps, np.zeros(len(model.first))
    share[steps.start[steps.start >= 0]] = 1.0
    np.add.at(share, steps.after, taken)
    onward = steps.before >= 0
    np.subtract.at(share, steps.before[onward], taken[onward])
    return share


def _level_cells(
    model: Model,
    relaxed: Relaxed,
    cells: list[int],
    taken: FloatArray,
) -> None:
    """Take what costs less than the marginal price, and level what costs just that."""
    curves = relaxed.curves
    own = np.concatenate([np.arange(curves.starts[g], curves.starts[g + 1]) for g in cells])
    cut_t = float(relaxed.cut_t[cells].sum())
    steps, unit, mass = curves.order[own], curves.unit[own], curves.mass_t[own]
    if not len(own):
        return
    price = _marginal(unit, mass, cut_t)
    near = SAME_PRICE * max(1.0, abs(price))
    below, open_ = unit < price - near, np.abs(unit - price) <= near
    taken[steps] = below.astype(float)
    left = cut_t - float(mass[below].sum())
    p = int(curves.pollutant[cells[0]])
    taken[steps[open_]] = _level_steps(model, relaxed, steps[open_], p, taken, left)


def _marginal(unit: FloatArray, mass: FloatArray, cut_t: float) -> float:
    """The cost of the last tonne of a cut."""
    order = np.argsort(unit, kind="stable")
    cut = np.cumsum(mass[order])
    near = max(HALF_MG_T, 1e-14 * cut_t)
    at = min(int(np.searchsorted(cut, cut_t - near)), len(order) - 1)
    return float(unit[order[at]])


def _level_steps(
    model: Model,
    relaxed: Relaxed,
    steps: IntArray,
    p: int,
    taken: FloatArray,
    left_t: float,
) -> FloatArray:
    """How much of each open step is taken, so that `left_t` is cut in all.

    Whole measures are filled one after another, so that few are left between two; the
    order is the classes', which no name decides.
    """
    all_steps = relaxed.curves.steps
    if model.whole:
        whole = all_steps.mass_t[steps] * model.size[all_steps.choice[steps]]
        filled: FloatArray = np.clip((left_t - np.cumsum(whole) + whole) / whole, 0.0, 1.0)
        return filled
    steps_class = model.klass[all_steps.after]
    order = np.argsort(steps, kind="stable")  # within a choice the cheaper step comes first
    sorted_steps = steps[order]
    classes, owner = np.unique(steps_class[sorted_steps], return_inverse=True)
    mass = all_steps.mass_t[sorted_steps]
    spare = np.bincount(owner, mass, len(classes)).astype(float)
    done = np.bincount(steps_class, taken * all_steps.mass_t, len(model.cell)).astype(float)
    base = model.base_t[classes, p]
    weight = model.class_size[classes]
    if left_t >= float(weight @ spare):
        return np.ones(len(steps))
    extra = _water_fill(done[classes], spare, base, weight.astype(float), max(0.0, left_t))
    before = np.cumsum(mass) - mass
    begin = np.zeros(len(classes))
    first = np.unique(owner, return_index=True)[1]
    begin[owner[first]] = before[first]
    part = np.empty(len(steps))
    part[order] = np.clip((extra[owner] - (before - begin[owner])) / mass, 0.0, 1.0)
    return part


def _water_fill(
    fixed: FloatArray, spare: FloatArray, base: FloatArray, weight: FloatArray, total: float
) -> FloatArray:
    """Extra cut of each class's member so that percentages are as even as can be."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        cut = np.minimum(np.maximum(middle * base - fixed, 0.0), spare)
        if float((weight * cut).sum()) < total:
            low = middle
        else:
            high = middle
    extra = np.clip(high * base - fixed, 0.0, spare)
    filled = float((weight * extra).sum())
    return extra * (total / filled) if filled > 0 else extra


def _lot(problem: AllocationProblem, members: IntArray, seed: int) -> IntArray:
    """The order in which a class's members are drawn; its stream is named by content."""
    first = int(members[0])
    columns = sorted(column for column in problem.groups if column not in NAMES)
    labels = [problem.groups[column][first] for column in columns]
    base = [repr(value) for value in problem.base_t[first].tolist()]
    rng = stream(seed, "lot", *labels, *base)
    drawn: IntArray = members[rng.permutation(len(members))]
    return drawn


def _hand_out(
    model: Model, columns: range, x: FloatArray, begins: IntArray, share: FloatArray
) -> None:
    """Per slot, the first in the order get the first measure, the next the second …

    `begins` says where the measures of each member start, in the order drawn.
    """
    at: dict[int, int] = defaultdict(int)
    for place, n in enumerate(columns):
        choice, count = int(model.choice[n]), round(float(x[n]))
        share[begins + place] = 0.0
        share[begins[at[choice] : at[choice] + count] + place] = 1.0
        at[choice] += count
