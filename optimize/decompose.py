"""The relaxation of a large problem, cell by cell: same optimum, same prices, same proof.

The limits see only what each cell cuts. So a small program chooses how far each cell
goes up its curve, knowing the curve at some points only; its prices say which points to
look at next. It overstates what lies between points, and any prices give a bound from
below: when the two meet, the small program's answer is the large one's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from optimize.cell_curves import Curves, build_curves
from optimize.certificate import priced_limits
from optimize.curves import HALF_MG_T
from optimize.least_cost import Model
from optimize.problem import FloatArray
from optimize.solver import Answer, Program, solve_program

FIRST_POINTS = 24  # points of each curve at the start
FINER = 8  # points set between the two that an answer lies between
ROUNDS = 60
EASES = (1e-8, 1e-7, 1e-6, 1e-5)  # of a limit's largest cell: what a solver may overlook
MET = 1e-10  # relative: cost and bound that are this close have met


@dataclass(frozen=True, slots=True, eq=False)
class Relaxed:
    """The relaxation solved: `cut_t` of each cell, prices of the limits, their proof."""

    answer: Answer
    curves: Curves
    cut_t: FloatArray  # (G,)
    price: FloatArray  # (L,)
    cost_yuan: float
    bound_yuan: float
    rounds: int


def solve_cells(model: Model) -> Relaxed:
    """Least cost of a model whose cells are curves, parts of measures allowed."""
    curves = build_curves(model)
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
            # All that there is, asked for to the last bit, may look like more: to the first
            # program, or to a later one with finer points; or the solver sees no end.
            low = model.low - eases.pop(0) * largest
            answer, cut, price = _solve_points(model, curves, points, low)
        if answer != "optimal" and np.isfinite(cost):
            break  # what an earlier program chose keeps the limits, and is proved as far as it is
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
    mended = mend(model, curves, best_cut)
    cost = curves.cost_yuan(mended)
    for own in _prices_at(model, curves, mended):
        proved = curve_bound(model, curves, own)
        if proved > bound:
            best_price, bound = own, proved
    answer = "optimal" if _keeps(model, mended) else "infeasible"
    return Relaxed(answer, curves, mended, best_price, cost, min(bound, cost), n + 1)


def _prices_at(model: Model, curves: Curves, cut_t: FloatArray) -> list[FloatArray]:
    """Prices of a lone limit at which cells would go as far as they do: near all there is,
    a solver's own are far off, since it may ask for a little less."""
    if len(model.names) != 1:
        return []
    weight = model.counts[0]
    last, _ = curves.margins(cut_t)
    known = (weight > 0) & np.isfinite(last)
    return [np.array([price]) for price in (last[known] / weight[known]).tolist()]


def _keeps(model: Model, cut_t: FloatArray) -> bool:
    held = model.counts @ cut_t
    near = np.maximum(HALF_MG_T, 1e-12 * np.abs(model.counts) @ cut_t)
    return bool((held >= model.low - near).all() and (held <= model.high + near).all())


def curve_bound(model: Model, curves: Curves, price: FloatArray) -> float:
    """The Lagrangian bound at prices, as in `certificate.py`, from the curves [yuan]."""
    fixed = priced_limits(model, price)
    at = price @ model.counts if len(price) else np.zeros(len(curves.pollutant))
    cut = curves.at_price(at)
    return fixed + curves.cost_yuan(cut) - float(at @ cut)


def _first_points(curves: Curves, g: int) -> FloatArray:
    """Nothing, everything, and points in between at even steps of the curve."""
    cuts = curves.cut_t[curves.cell(g)]
    chosen = np.linspace(0, len(cuts) - 1, min(FIRST_POINTS, len(cuts))).astype(int)
    return np.unique(np.concatenate([[0.0], cuts[chosen]]))


def _solve_points(
    model: Model, curves: Curves, points: list[FloatArray], low: FloatArray
) -> tuple[Answer, FloatArray, FloatArray]:
    """The small program: how far each cell goes, between known points of its curve."""
    cell = np.concatenate([np.full(len(own) - 1, g) for g, own in enumerate(points)])
    mass = np.concatenate([np.diff(own) for own in points])
    paid = np.concatenate(
        [np.diff([curves.cost_of(g, z) for z in own.tolist()]) for g, own in enumerate(points)]
    )
    count = len(points)
    if not len(mass):
        held = bool((model.low <= HALF_MG_T).all() and (model.high >= -HALF_MG_T).all())
        return "optimal" if held else "infeasible", np.zeros(count), np.zeros(len(model.names))
    found = solve_program(
        Program(
            cost=paid,
            rows=sparse.csr_array(model.counts[:, cell] * mass),
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
    """Look closer where the answer lies, and where the prices say it should; whether
    there was anything new to see."""
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
    """Cuts that keep every lower limit, from ones that a solver's tolerance left short.

    What is missing goes to the cells that give it cheapest, as far as upper limits allow.
    """
    found, most = np.clip(cut_t, 0.0, curves.most_t), curves.most_t
    for n in range(len(model.names)):
        missing = float(model.low[n] - model.counts[n] @ found)
        if missing <= 0:
            continue
        _, following = curves.margins(found)
        for g in np.argsort(following, kind="stable"):
            weight = float(model.counts[n, g])
            if missing <= 0 or weight <= 0 or found[g] >= most[g]:
                continue
            room = min(float(most[g] - found[g]), missing / weight, _room(model, found, int(g)))
            found[g] += max(0.0, room)
            missing -= weight * max(0.0, room)
    return found


def _room(model: Model, cut_t: FloatArray, g: int) -> float:
    """How much more a cell may cut under the upper limits [t]."""
    weight = model.counts[:, g]
    bound = (weight > 0) & np.isfinite(model.high)
    if not bound.any():
        return float(np.inf)
    left = model.high[bound] + HALF_MG_T - model.counts[bound] @ cut_t
    return float((left / weight[bound]).min())
