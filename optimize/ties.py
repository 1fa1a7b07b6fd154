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

from optimize.curves import HALF_MG_T, lower_hull
from optimize.least_cost import Model
from optimize.problem import AllocationProblem, BoolArray, FloatArray
from permits.rng import stream

SAME_PRICE = 1e-9  # relative: steps this close to the marginal price are open


def share_out(
    problem: AllocationProblem, model: Model, x: FloatArray, price: FloatArray, seed: int
) -> tuple[FloatArray, BoolArray]:
    """Give the classes' counts to their members: share of each measure (M,), drawn (S,)."""
    if not model.whole:
        return _even(problem, model, x, price), np.zeros(len(problem.sources), dtype=bool)
    share, drawn = np.zeros(len(problem.kind)), np.zeros(len(problem.sources), dtype=bool)
    rows = _rows_by_source(problem)
    for members, columns in zip(model.members, model.columns, strict=True):
        counts = {n: round(float(x[n])) for n in columns}
        taken = {n: count for n, count in counts.items() if count}
        if not taken:
            continue
        partly = any(count < len(members) for count in taken.values())
        order = _lot(problem, members, seed) if partly else list(members)
        _hand_out(problem, model, rows, taken, order, share)
        if partly:
            drawn[list(members)] = True
    return share, drawn


def _lot(problem: AllocationProblem, members: tuple[int, ...], seed: int) -> list[int]:
    """The order in which a class's members are drawn; its stream is named by content."""
    first = members[0]
    labels = [labels[first] for _, labels in sorted(problem.groups.items())]
    base = [repr(value) for value in problem.base_t[first].tolist()]
    rng = stream(seed, "lot", *labels, *base)
    return [members[i] for i in rng.permutation(len(members))]


def _hand_out(
    problem: AllocationProblem,
    model: Model,
    rows: dict[int, dict[tuple[int, int], int]],
    taken: dict[int, int],
    order: list[int],
    share: FloatArray,
) -> None:
    """Per slot, the first in the order get the first measure, the next the second …"""
    at: dict[int, int] = defaultdict(int)
    for n, count in taken.items():
        m = int(model.first[n])
        slot, kind = int(problem.slot[m]), int(problem.kind[m])
        for s in order[at[slot] : at[slot] + count]:
            share[rows[s][slot, kind]] = 1.0
        at[slot] += count


def _rows_by_source(problem: AllocationProblem) -> dict[int, dict[tuple[int, int], int]]:
    found: dict[int, dict[tuple[int, int], int]] = defaultdict(dict)
    for m, (s, slot) in enumerate(zip(problem.source.tolist(), problem.slot.tolist(), strict=True)):
        found[s][slot, int(problem.kind[m])] = m
    return found


def _even(problem: AllocationProblem, model: Model, x: FloatArray, price: FloatArray) -> FloatArray:
    """Divisible measures: equal shares within a class, then within a cell of classes
    that see the same prices, the most even percentage cut."""
    per_member = x / model.size[model.choice]
    if len(problem.pollutants) == 1 and len(model.first):
        per_member = _level(problem, model, per_member, price)
    share = np.zeros(len(problem.kind))
    rows = _rows_by_source(problem)
    for members, columns in zip(model.members, model.columns, strict=True):
        for n in columns:
            if per_member[n] > 0:
                m = int(model.first[n])
                key = int(problem.slot[m]), int(problem.kind[m])
                for s in members:
                    share[rows[s][key]] = per_member[n]
    return np.clip(share, 0.0, 1.0)


def _level(
    problem: AllocationProblem, model: Model, per_member: FloatArray, price: FloatArray
) -> FloatArray:
    """Level the steps that are open at the marginal price to one percentage a cell.

    A cell is a set of classes that the same limits count, so that mass may pass from
    one to another without touching any limit or the cost.
    """
    cells: dict[tuple[bool, ...], list[int]] = defaultdict(list)
    for k, columns in enumerate(model.columns):
        if columns:
            cells[tuple((model.rows[:, list(columns)] != 0).any(axis=1).tolist())].append(k)
    found = per_member.copy()
    for counted, classes in sorted(cells.items()):
        at = float(price[np.array(counted, dtype=bool)].sum()) if counted else 0.0
        _level_cell(problem, model, classes, at, per_member, found)
    return found


def _level_cell(
    problem: AllocationProblem,
    model: Model,
    classes: list[int],
    price: float,
    per_member: FloatArray,
    found: FloatArray,
) -> None:
    fixed, spare, base, weight, steps = [], [], [], [], []
    total = 0.0
    removed = problem.removed_t[model.first, 0]
    for k in classes:
        own = list(model.columns[k])
        members = len(model.members[k])
        below, open_steps = _open_steps(model, removed, own, price)
        done = float((per_member[own] * removed[own]).sum())
        fixed.append(sum(removed[n] for n in below))
        spare.append(sum(step for _, _, step in open_steps))
        base.append(float(problem.base_t[model.members[k][0], 0]))
        weight.append(members)
        steps.append((own, below, open_steps))
        total += members * (done - fixed[-1])
    if not any(spare):
        return
    # Not the LP's own point where it took less than every step below the price (an
    # upper limit binds elsewhere): then its split stands.
    capacity = float(np.dot(weight, spare))
    if total < -1e-6 or total > capacity + HALF_MG_T:
        return
    cut = _water_fill(np.array(fixed), np.array(spare), np.array(base), np.array(weight), total)
    before = found.copy()
    for (own, below, open_steps), extra in zip(steps, cut, strict=True):
        _set_shares(found, own, below, open_steps, extra)
    worth = model.size[model.choice] * model.cost
    if float(found @ worth) > float(before @ worth) + SAME_PRICE * float(abs(worth).sum()):
        # Something off the hull was worth taking (it saves money and removes nothing).
        found[:] = before


def _open_steps(
    model: Model, removed: FloatArray, own: list[int], price: float
) -> tuple[list[int], list[tuple[int, int, float]]]:
    """A class at a price: columns taken whole, and steps (from, to, mass) left open."""
    below, open_steps = [], []
    by_choice: dict[int, list[int]] = defaultdict(list)
    for n in own:
        by_choice[int(model.choice[n])].append(n)
    for columns in by_choice.values():
        hull = lower_hull([removed[n] for n in columns], [model.cost[n] for n in columns])
        at_t = at_cost = 0.0
        last = -1
        reached = -1
        for h in hull:
            n = columns[h]
            step = float(removed[n]) - at_t
            unit = (float(model.cost[n]) - at_cost) / step
            if abs(unit - price) <= SAME_PRICE * max(1.0, abs(price)):
                open_steps.append((last, n, step))
            elif unit < price:
                reached = n
            at_t, at_cost, last = float(removed[n]), float(model.cost[n]), n
        if reached >= 0:
            below.append(reached)
    return below, open_steps


def _water_fill(
    fixed: FloatArray, spare: FloatArray, base: FloatArray, weight: FloatArray, total: float
) -> FloatArray:
    """Extra cut of each class's member so that percentages are as even as can be."""
    low, high = 0.0, 1.0
    for _ in range(100):
        level = (low + high) / 2
        if float((weight * np.clip(level * base - fixed, 0.0, spare)).sum()) < total:
            low = level
        else:
            high = level
    extra = np.clip(high * base - fixed, 0.0, spare)
    filled = float((weight * extra).sum())
    return extra * (total / filled) if filled > 0 else extra


def _set_shares(
    found: FloatArray,
    own: list[int],
    below: list[int],
    open_steps: list[tuple[int, int, float]],
    extra: float,
) -> None:
    """Write shares: what is below the price wholly, open steps as far as `extra` goes."""
    found[own] = 0.0
    found[below] = 1.0
    for last, n, step in open_steps:
        part = min(1.0, extra / step) if step else 0.0
        if part <= 0:
            break
        if last >= 0:
            found[last] = 1.0 - part
        found[n] = part
        extra -= part * step
