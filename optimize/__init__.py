"""Least-cost allocation of reductions: a plan, its price, and the proof.

Read in this order:
    problem.py             sources, measures, limits as arrays; what a plan is
    classes.py             sources that nothing but their names tells apart; cells under like limits
    least_cost.py          the model in words and equations
    curves.py              marginal abatement cost: lower hulls, smooth curves, their sum
    kernels.py             compiled loops
    hulls.py               the steps of every choice at once
    dominated.py           measures that another beats, or a mixture of two
    cell_curves.py         a convex cost curve for each cell
    solver.py              the only file that knows PuLP
    certificate.py         a bound that proves how good a plan is
    decompose.py           large relaxations, cell by cell on their curves
    column_generation.py   large relaxations where a cell is no single curve
    prices.py              shadow prices as intervals
    repair.py              what the solver's tolerance left short of a limit
    egalitarian.py         the most even of the plans that cost the same
    sizes.py               classes that differ in size alone share a plan
    ties.py                plans of equal cost: even shares, and a public lot
    discrete.py            whole measures of large problems
    engine.py              one way through a model, whatever its size
    infeasible.py          what cannot hold together, and the most that can be had
    rounding.py            tonnes into milligrams that add up exactly
    equal_percentage.py    the same target by equal percentage
    allocate.py            all of it in one call
    nearest.py             how much limits that cannot hold together would have to give
    frontier.py            what every reduction costs, and every limit
    fairness.py            limits that keep a plan fair, and how unevenly it falls
    alternatives.py        plans nearly as cheap that differ most
    pathway.py             several years: what is built when
    uncertainty.py         what doubtful inputs do to a plan
    chance_constrained.py  a plan that holds in most draws, and what it costs at least
    sensitivity.py         which doubtful input matters most
May import: permits, the standard library, numpy, scipy, numba; PuLP in solver.py only.
"""

from optimize.allocate import (
    shadow_prices,
    solve_allocation,
    solve_budget,
    solve_maximum,
    solve_price,
)
from optimize.equal_percentage import EqualPercentage, equal_percentage
from optimize.problem import Allocation, AllocationProblem, Limit, build_problem

__all__ = [
    "Allocation",
    "AllocationProblem",
    "EqualPercentage",
    "Limit",
    "build_problem",
    "equal_percentage",
    "shadow_prices",
    "solve_allocation",
    "solve_budget",
    "solve_maximum",
    "solve_price",
]
