"""Decomposition of large relaxations by cell: same optimum, same prices, same proof.

The limits depend only on what each cell cuts. So a master program chooses how far each
cell moves up its MAC curve, which it knows at some points only; its prices state which
points to add next. It overstates the cost between points, and any prices give a lower
bound: when the two meet, the master program's answer is that of the large problem.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimize.cell_curves import Curves, build_curves
from optimize.certificate import priced_limits
from optimize.curves import HALF_MG_T
from optimize.least_cost import Model
from optimize.problem import FloatArray
from optimize.solver import Answer, Matrix, Program, solve_program

FIRST_POINTS = 24  # points of each curve at the start; assumed
FINER = 8  # points added between the two that an answer lies between; assumed
ROUNDS = 60  # assumed: a backstop, each round refines every interval nine times
EASES = (1e-8, 1e-7, 1e-6, 1e-5)  # of a limit's largest cell: relaxations tried, smallest first
MET = 1e-10  # relative: cost and bound this close are equal up to the rounding of sums


@dataclass(frozen=True, slots=True, eq=False)
class Relaxed:
    """The relaxation solved: `cut_t` of each cell, prices of the limits, their bound."""

    answer: Answer
    curves: Curves
    cut_t: FloatArray  # (G,)
    price: FloatArray  # (L,)
    cost_yuan: float
    bound_yuan: float
    rounds: int


def solve_cells(model: Model, curves: Curves | None = None) -> Relaxed:
    """Least cost of a model whose cells are curves, parts of measures allowed.

    Args:
        model: the model.
        curves: the curves of its cells, where another search has built them.
    """
    curves = curves or build_curves(model)
    most = curves.most_t
    points = [_first_points(curves, g) for g in range(len(most))]
    if not model.names:
        cut = curves.at_price(np.zeros(len(most)))
        cost = curves.cost_yuan(cut)
        return Relaxed("optimal", curves, cut, np.zeros(0), cost, cost, 0)
    cut, price = np.zeros(len(most)), np.zeros(len(model.names))
    reach = np.maximum(model.counts, 0.0) @ most
    if (reach < model.low - np.maximum(HALF_MG_T, 1e-12 * reach)).any():
        return Relaxed("infeasible", curves, cut, price, np.inf, -np.inf, 0)
    best_cut, best_price, cost, bound, low = cut, price, np.inf, -np.inf, model.low
    largest = np.abs(model.counts * most).max(axis=1, initial=0.0)
    eases = list(EASES)
    for n in range(ROUNDS):
        answer, cut, price = _solve_points(model, curves, points, low)
        while answer in ("infeasible", "stopped") and eases:
            # A target equal to the greatest reduction can exceed it by rounding, in the first
            # program or in a later one with finer points; or the solver does not converge.
            low = model.low - eases.pop(0) * largest
            answer, cut, price = _solve_points(model, curves, points, low)
        if answer != "optimal" and np.isfinite(cost):
            break  # an earlier program's answer keeps the limits and has its own bound
        if answer != "optimal":
            return Relaxed(answer, curves, cut, price, np.inf, bound, n)
        paid, proved = curves.cost_yuan(cut), curve_bound(model, curves, price)
        if paid < cost:
            best_cut, cost = cut, paid
        if proved > bound:
            best_price, bound = price, proved
        if cost - bound <= MET * max(1.0, abs(cost)):
            break
        if not _add_points(model, curves, points, cut, price):
            break
    # Repaired before it is checked: the solver may leave limits short by its tolerance.
    mended = mend(model, curves, best_cut)
    cost = curves.cost_yuan(mended)
    for own in _prices_at(model, curves, mended):
        proved = curve_bound(model, curves, own)
        if proved > bound:
            best_price, bound = own, proved
    answer = "optimal" if _keeps(model, mended) else "infeasible"
    return Relaxed(answer, curves, mended, best_price, cost, min(bound, cost), n + 1)


def _prices_at(model: Model, curves: Curves, cut_t: FloatArray) -> list[FloatArray]:
    """Prices of a single limit at which cells would cut as much as they do.

    Near the greatest reduction the solver's own prices are far off, since its tolerance
    lets it ask for a little less.
    """
    if len(model.names) != 1:
        return []
    weight = model.counts[0]
    last, _ = curves.margins(cut_t)
    known = (weight > 0) & np.isfinite(last)
    return [np.array([price]) for price in (last[known] / weight[known]).tolist()]


def _keeps(model: Model, cut_t: FloatArray) -> bool:
    held = model.counts @ cut_t
    # 1e-12: allowance for the rounding of a sum over many cells, which counts above 500 t.
    near = np.maximum(HALF_MG_T, 1e-12 * np.abs(model.counts) @ cut_t)
    return bool((held >= model.low - near).all() and (held <= model.high + near).all())


def curve_bound(model: Model, curves: Curves, price: FloatArray) -> float:
    """The Lagrangian bound at prices, as in `certificate.py`, from the curves [yuan].

    Args:
        model: the model, for what its limits count and require.
        curves: the MAC curves of its cells.
        price: (L,) price of each limit [yuan/t].
    """
    fixed = priced_limits(model, price)
    at = price @ model.counts if len(price) else np.zeros(len(curves.pollutant))
    cut = curves.at_price(at)
    return fixed + curves.cost_yuan(cut) - float(at @ cut)


def _first_points(curves: Curves, g: int) -> FloatArray:
    """Nothing, everything, and evenly spaced kinks of the curve in between."""
    cuts = curves.cut_t[curves.cell(g)]
    chosen = np.linspace(0, len(cuts) - 1, min(FIRST_POINTS, len(cuts))).astype(int)
    return np.unique(np.concatenate([[0.0], cuts[chosen]]))


def _solve_points(
    model: Model, curves: Curves, points: list[FloatArray], low: FloatArray
) -> tuple[Answer, FloatArray, FloatArray]:
    """The master program: each cell's cut, interpolated between known points of its curve."""
    cell = np.concatenate([np.full(len(own) - 1, g) for g, own in enumerate(points)])
    mass = np.concatenate([np.diff(own) for own in points])
    paid = np.concatenate([np.diff(curves.costs_of(g, own)) for g, own in enumerate(points)])
    count = len(points)
    if not len(mass):
        held = bool((model.low <= HALF_MG_T).all() and (model.high >= -HALF_MG_T).all())
        return "optimal" if held else "infeasible", np.zeros(count), np.zeros(len(model.names))
    found = solve_program(
        Program(
            cost=paid,
            rows=Matrix.of(model.counts[:, cell] * mass),
            low=low,
            high=model.high,
            lower=np.zeros(len(mass)),
            upper=np.ones(len(mass)),
        )
    )
    cut: FloatArray = np.bincount(cell, found.x * mass, count).astype(float)
    return found.answer, cut, found.price


def _add_points(
    model: Model, curves: Curves, points: list[FloatArray], cut: FloatArray, price: FloatArray
) -> bool:
    """Add points where the answer lies and where the prices place it; whether any is new."""
    wanted = curves.at_price(price @ model.counts if len(price) else np.zeros(len(cut)))
    added = False
    for g, own in enumerate(points):
        cuts = curves.cut_t[curves.cell(g)]
        if not len(cuts):
            continue
        fresh = [own]
        for z in (float(cut[g]), float(wanted[g])):
            at = int(np.searchsorted(own, z))
            around = own[[max(0, at - 1), min(at, len(own) - 1)]]
            begin, end = np.searchsorted(cuts, around)
            near = np.searchsorted(cuts, z) + np.array([-1, 0, 1])
            between = np.linspace(begin, end, FINER + 2).astype(int)
            chosen = np.concatenate([near, between])
            fresh.append(cuts[chosen[(chosen >= 0) & (chosen < len(cuts))]])
        points[g] = np.unique(np.concatenate(fresh))
        added = added or len(points[g]) > len(own)
    return added


def mend(model: Model, curves: Curves, cut_t: FloatArray) -> FloatArray:
    """Repair cuts that the solver's tolerance left short of a lower limit.

    What is missing is added in the cells with the lowest marginal cost, as far as upper
    limits allow.

    Args:
        model: the model, for what its limits count and require.
        curves: the MAC curves of its cells.
        cut_t: (G,) cut of each cell [t].
    """
    found, most = np.clip(cut_t, 0.0, curves.most_t), curves.most_t
    for n in range(len(model.names)):
        missing = float(model.low[n] - model.counts[n] @ found)
        if missing <= 0:
            continue
        _, following = curves.margins(found)
        # Cheapest next tonne first, so that the repair adds the least cost.
        for g in np.argsort(following, kind="stable"):
            weight = float(model.counts[n, g])
            if missing <= 0 or weight <= 0 or found[g] >= most[g]:
                continue
            room = min(float(most[g] - found[g]), missing / weight, _room(model, found, int(g)))
            found[g] += max(0.0, room)
            missing -= weight * max(0.0, room)
    return found


def _room(model: Model, cut_t: FloatArray, g: int) -> float:
    """The further cut of a cell that the upper limits allow [t]."""
    weight = model.counts[:, g]
    bound = (weight > 0) & np.isfinite(model.high)
    if not bound.any():
        return float(np.inf)
    left = model.high[bound] + HALF_MG_T - model.counts[bound] @ cut_t
    return float((left / weight[bound]).min())
