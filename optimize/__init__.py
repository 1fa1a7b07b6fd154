"""Least-cost allocation of reductions: a plan, its price, and the proof.

Read in this order:
    problem.py             sources, measures, limits as arrays; what a plan is
    classes.py             sources that differ only in name; cells that every limit counts alike
    least_cost.py          the model in words and equations
    kernels.py             compiled loops
    hulls.py               lower hulls, and the steps of every choice at once
    curves.py              marginal abatement cost: step curves, smooth curves, their sum
    dominated.py           measures dominated by another one, or by a mixture of two
    cell_curves.py         one convex MAC curve per cell
    solver.py              the only file that imports PuLP and HiGHS
    certificate.py         a bound that proves how good a plan is
    decompose.py           large relaxations, cell by cell on their curves
    column_generation.py   column generation, for large relaxations without one curve per cell
    prices.py              shadow prices as intervals
    letter.py              totals of a letter as multiples of a unit
    rounding.py            tonnes into milligrams that add up exactly
    repair.py              repair of the solver's tolerance
    egalitarian.py         egalitarian tie-breaking among plans of equal cost (water-filling)
    sizes.py               equal percentages for classes that differ only in size
    ties.py                tie-breaking: equal shares, and a lottery for whole measures
    discrete.py            whole measures in large problems
    engine.py              chooses and runs the solution method for a model of any size
    infeasible.py          conflicting limits, and the greatest achievable reduction
    staircases.py          every source's own cheapest choice at a share; the tie-breaking lottery
    equal_whole.py         equal shares in whole measures
    equal_percentage.py    the same conditions by equal percentage
    allocate.py            all of it in one call
    nearest.py             how far conflicting limits must be relaxed for a plan to exist
    frontier.py            cost frontiers, and the cost of each limit
    fairness.py            fairness limits, and how unevenly a burden falls (Gini)
    alternatives.py        near-optimal alternatives (MGA)
    pathway.py             multi-year plans: which measures are built when
    uncertainty.py         uncertainty of a plan: Monte Carlo draws of its inputs
    chance_constrained.py  chance-constrained plans, and a lower bound on their cost
    sensitivity.py         sensitivity of a plan to its uncertain inputs (Sobol indices)
May import: permits, the standard library, numpy, scipy, numba; PuLP and HiGHS in
solver.py only.
"""

from optimize.allocate import (
    in_units,
    shadow_prices,
    solve_allocation,
    solve_budget,
    solve_maximum,
    solve_price,
    with_shares,
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
    "in_units",
    "shadow_prices",
    "solve_allocation",
    "solve_budget",
    "solve_maximum",
    "solve_price",
    "with_shares",
]
