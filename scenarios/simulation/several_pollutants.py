"""Benchmarks for measures that remove several pollutants: no-trade cost and joint optimum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimize import AllocationProblem, Limit
from optimize.engine import relax
from optimize.least_cost import build_model
from optimize.solver import Patience
from optimize.ties import expand
from permits.quantity import FEN_PER_YUAN, MG_PER_T
from scenarios.definition.scenario import Scenario
from scenarios.simulation.production import FloatArray, IntArray


def joint_no_trade_fen(
    scenario: Scenario, wanted_mg: IntArray, opening_mg: IntArray, charges: Sequence[int]
) -> FloatArray:
    """No-trade cost of each firm: least cost of meeting its own positions [fen].

    Args:
        scenario: firms, sources and measures at their true costs.
        wanted_mg: (F, P) emission of each firm without measures.
        opening_mg: (F, P) rights each firm holds at the opening.
        charges: (P,) shortfall valuation of each pollutant [fen/t].
    """
    firms, width = wanted_mg.shape
    limits = []
    for f in range(firms):
        mask = np.zeros(firms, dtype=bool)
        mask[f] = True
        for p in range(width):
            need = float(wanted_mg[f, p] - opening_mg[f, p]) / MG_PER_T
            if need > 0:
                limits.append(Limit(f"{f}/{p}", p, "reduction_min", need, mask))
    return _solve(scenario, wanted_mg, limits, charges)


def joint_optimum_fen(
    scenario: Scenario, wanted_mg: IntArray, supply_mg: Sequence[int], charges: Sequence[int]
) -> FloatArray:
    """Cost of each firm when all firms together cover emission at least cost [fen].

    Args:
        scenario: firms, sources and measures at their true costs.
        wanted_mg: (F, P) emission of each firm without measures.
        supply_mg: (P,) rights available to all firms together.
        charges: (P,) shortfall valuation of each pollutant [fen/t].
    """
    limits = []
    for p in range(wanted_mg.shape[1]):
        need = float(int(wanted_mg[:, p].sum()) - supply_mg[p]) / MG_PER_T
        if need > 0:
            limits.append(Limit(f"{p}", p, "reduction_min", need))
    return _solve(scenario, wanted_mg, limits, charges)


def _solve(
    scenario: Scenario, wanted_mg: IntArray, limits: Sequence[Limit], charges: Sequence[int]
) -> FloatArray:
    """(F,) cost of each firm in the least-cost solution [fen].

    Paying the shortfall valuation is one more measure per firm and pollutant, so that every
    requirement can be met.
    """
    problem = _problem(scenario, wanted_mg, limits, charges)
    model = build_model(problem)
    best = relax(model, Patience())
    assert best.answer == "optimal", "the charge meets every need"
    share = expand(problem, model, best.x / model.size[model.choice])
    paid = share * problem.cost_yuan * FEN_PER_YUAN
    return np.bincount(problem.source, paid, len(wanted_mg)).astype(float)


def _problem(
    scenario: Scenario, wanted_mg: IntArray, limits: Sequence[Limit], charges: Sequence[int]
) -> AllocationProblem:
    """Firms as sources, each with its sources' measures as shares of its emission."""
    firms, width = wanted_mg.shape
    wanted_t = wanted_mg / MG_PER_T
    index = {firm.id: f for f, firm in enumerate(scenario.register.firms)}
    owner = {source.id: index[source.firm] for source in scenario.register.sources}
    slots = {
        key: n for n, key in enumerate(sorted({(m.source, m.slot) for m in scenario.measures}))
    }
    rows: list[tuple[int, int, list[float], float]] = []
    for measure in scenario.measures:
        f = owner[measure.source]
        # Measures are stated for the register's baseline and scaled to this year's emission.
        base = scenario.register.firms[f].base_mg
        removed = [
            float(wanted_t[f, p]) * measure.removed_mg[p] / base[p] if base[p] else 0.0
            for p in range(width)
        ]
        cost = measure.true_cost_fen / FEN_PER_YUAN
        rows.append((f, slots[measure.source, measure.slot], removed, cost))
    for f in range(firms):
        for p in range(width):
            paid = [float(wanted_t[f, p]) if q == p else 0.0 for q in range(width)]
            cost = paid[p] * charges[p] / FEN_PER_YUAN
            rows.append((f, len(slots) + f * width + p, paid, cost))
    # The order that AllocationProblem requires: source, slot, cost.
    rows.sort(key=lambda row: (row[0], row[1], row[3]))
    names = tuple(f"{f:06d}" for f in range(firms))
    return AllocationProblem(
        sources=names,
        pollutants=tuple(map(str, range(width))),
        base_t=wanted_t,
        source=np.array([row[0] for row in rows], np.int64),
        slot=np.array([row[1] for row in rows], np.int64),
        kind=np.arange(len(rows)),
        kinds=tuple(f"{n:06d}" for n in range(len(rows))),
        removed_t=np.array([row[2] for row in rows]),
        cost_yuan=np.array([row[3] for row in rows]),
        limits=tuple(limits),
        divisible=True,
        groups={"firm": names},
    )
