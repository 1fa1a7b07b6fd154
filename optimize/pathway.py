"""Multi-year plans: what is built when, so that every year's target is met at least cost.

Class k builds b_my of measure m in year y; a measure works for its life L, and costs its
annual cost in every year of it within the horizon:

    minimise    Σ_y (1 + r)^-y Σ_m w_m a_my           a_my = Σ_{y - L < t ≤ y} b_mt
    subject to  Σ_{m in choice c} a_my ≤ n_k(c)               at most one, every year
                Σ_m a_lm (a_my - (1 - f) b_my) ≥ target_ly + growth_ly        what counts
                Σ_m a_lm a_my ≤ high_l                        side conditions, every year
                low_l ≤ Σ_m a_lm a_my                         and in the last year
                Σ_m removed_m b_my ≤ rate Σ_c best_c          what can be built in a year

where f is the part of its first year that counts: all of it where cuts are annualised, the
months in operation where they are counted in the year, nothing where a cut counts only once
a full year of it has been verified.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from optimize.certificate import relative_gap
from optimize.least_cost import Model, build_model
from optimize.problem import AllocationProblem, FloatArray, IntArray
from optimize.solver import Answer, Patience, Program, solve_program

if TYPE_CHECKING:
    from scipy import sparse

MONTHS = 12  # of a year


@dataclass(frozen=True, slots=True, eq=False)
class Horizon:
    """The multi-year data that a pathway adds to a problem.

    Attributes:
        targets_t: (Y, P) reduction that must count in each year [t]; nan without a target.
        growth_t: (Y, P) emission of new projects by each year [t], netted off what counts.
        first_year: share of its first year for which a measure counts, 0 to 1.
        life: (K,) lifetime of each kind of measure [years], by number in `kinds`.
        build_share: most that all measures built in one year may remove, as a share of all
            that could be removed; None for no limit.
        build_kind_share: the same limit for each kind of measure by itself.
        discount: discount rate per year, 0.05 for 5 %.
    """

    targets_t: FloatArray
    growth_t: FloatArray
    first_year: float = 1.0
    life: IntArray | None = None
    build_share: float | None = None
    build_kind_share: float | None = None
    discount: float = 0.0

    @property
    def years(self) -> int:
        return len(self.targets_t)


@dataclass(frozen=True, slots=True, eq=False)
class Pathway:
    """The measures built and in operation in each year, by columns of `model`.

    `built` and `active` (Y, N) count members; `counted_t` (Y, P) is what counts before
    growth is netted off; `cost_yuan` (Y,) is undiscounted, `total_yuan` discounted, and
    `bound_yuan` the lower bound on the discounted cost of any pathway.
    """

    status: Answer
    model: Model
    built: FloatArray
    active: FloatArray
    counted_t: FloatArray
    cost_yuan: FloatArray
    total_yuan: float
    bound_yuan: float
    gap: float
    seconds: float = 0.0
    most_t: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    """(Y, P) where no pathway meets the targets: the most that could count, each by itself."""


def first_year_counts(how: str, month: int = 1) -> float:
    """The part of its first year for which a measure counts.

    `annualised`: all of it; `in_year`: the months from its start on; `verified`: nothing.
    """
    if how == "annualised":
        return 1.0
    return (MONTHS + 1 - month) / MONTHS if how == "in_year" else 0.0


def linear_targets(final_t: FloatArray, years: int, first_year: float) -> FloatArray:
    """(Y, P) targets that rise in equal steps to the last year's.

    The steps begin in the first year in which anything can count.

    Args:
        final_t: (P,) target of the last year [t].
        years: number of years.
        first_year: share of its first year for which a measure counts, 0 to 1.
    """
    silent = 1 if first_year == 0 and years > 1 else 0
    steps = np.clip(np.arange(1, years + 1) - silent, 0, None) / (years - silent)
    found: FloatArray = steps[:, None] * final_t[None, :]
    return found


def solve_pathway(
    problem: AllocationProblem,
    horizon: Horizon,
    *,
    gap: float = 1e-3,
    seconds: float | None = None,
    stopped: Callable[[], bool] | None = None,
) -> Pathway:
    """Meet every year's target at least discounted cost.

    Limits of the problem hold as side conditions: upper ones in every year, lower ones in
    the last. The status is `infeasible` where no pathway meets the targets.

    Args:
        problem: sources, measures and side conditions.
        horizon: targets and rules of the years.
        gap: relative optimality gap; wider than for one year, since the model is Y times as
            large.
        seconds: time limit (None: until the gap is reached).
        stopped: polled during the search; once it is true the best pathway so far is returned.
    """
    started, model = time.perf_counter(), build_model(problem, labelled=True)
    kind = problem.kind[model.first]
    program = _program(model, horizon, kind)
    patience = Patience(gap=gap, seconds=seconds, stopped=stopped)
    found = solve_program(program, patience)
    size = (horizon.years, len(model.first))
    if found.answer not in ("optimal", "feasible"):
        nothing = np.zeros(size)
        most = _most(model, horizon, kind) if found.answer == "infeasible" else np.zeros((0, 0))
        return Pathway(found.answer, model, nothing, nothing, np.zeros(horizon.targets_t.shape),
                       np.zeros(horizon.years), 0.0, 0.0, 0.0,
                       time.perf_counter() - started, most)  # fmt: skip
    built = found.x.reshape(size)
    built = np.round(built) if model.whole else built
    works = _works(horizon.years, _life(kind, horizon))
    active = np.array([a @ built.ravel() for a in works])
    cost = active @ model.cost
    total = float(cost @ _factors(horizon))
    bound = min(found.bound, total)
    return Pathway(
        status="optimal" if relative_gap(total, bound) <= gap else "feasible",
        model=model,
        built=built,
        active=active,
        counted_t=(active - (1 - horizon.first_year) * built) @ model.removed,
        cost_yuan=cost,
        total_yuan=total,
        bound_yuan=bound,
        gap=relative_gap(total, bound),
        seconds=time.perf_counter() - started,
    )


def _factors(horizon: Horizon) -> FloatArray:
    """(Y,) discount factors: the value of each year's yuan in the first year."""
    found: FloatArray = (1.0 + horizon.discount) ** -np.arange(horizon.years, dtype=float)
    return found


def _life(kind: IntArray, horizon: Horizon) -> IntArray:
    """(N,) lifetime of each column [years]; the whole horizon where none is given."""
    if horizon.life is None:
        return np.full(len(kind), horizon.years, dtype=np.int64)
    return horizon.life[kind]


def _works(years: int, life: IntArray) -> list[sparse.csr_array]:
    """For each year, the matrix from all that was built (Y N,) to what is in operation (N,)."""
    from scipy import sparse  # only pathways need it, and it is slow to load

    found = []
    for y in range(years):
        parts = [
            sparse.diags_array(((y >= t) & (y - t < life)).astype(float)) for t in range(years)
        ]
        found.append(sparse.csr_array(sparse.hstack(parts)))
    return found


def _program(model: Model, horizon: Horizon, kind: IntArray) -> Program:
    """The program of a pathway; its variables are what is built, by year and column."""
    from scipy import sparse

    years, width = horizon.years, len(model.first)
    works = _works(years, _life(kind, horizon))
    rows, low, high = [], [], []
    for part in (
        _once(model, works), _targets(model, horizon, works), _sides(model, works),
        _building(model, horizon, kind),
    ):  # fmt: skip
        rows.append(part[0])
        low.append(part[1])
        high.append(part[2])
    cost = sum(f * (a.T @ model.cost) for f, a in zip(_factors(horizon), works, strict=True))
    return Program(
        cost=np.asarray(cost, dtype=float),
        rows=sparse.csr_array(sparse.vstack(rows)),
        low=np.concatenate(low),
        high=np.concatenate(high),
        lower=np.zeros(years * width),
        upper=np.tile(model.size[model.choice].astype(float), years),
        whole=model.whole,
    )


Rows = tuple["sparse.csr_array", FloatArray, FloatArray]  # rows (R, Y N), low (R,), high (R,)


def _once(model: Model, works: list[sparse.csr_array]) -> Rows:
    """At most one measure of a choice is in operation in any year."""
    from scipy import sparse

    width = len(model.first)
    one = sparse.csr_array(
        (np.ones(width), (model.choice, np.arange(width))), shape=(len(model.size), width)
    )
    top = np.tile(model.size.astype(float), len(works))
    return sparse.vstack([one @ a for a in works]).tocsr(), np.full(len(top), -np.inf), top


def _counts(model: Model, horizon: Horizon, works: list[sparse.csr_array], y: int, p: int) -> Any:
    """(Y N,) reduction that counts in year `y`, of each column built in each year."""
    row = works[y].T @ model.removed[:, p]
    own = slice(y * len(model.first), (y + 1) * len(model.first))
    row[own] -= (1 - horizon.first_year) * model.removed[:, p]
    return row


def _targets(model: Model, horizon: Horizon, works: list[sparse.csr_array]) -> Rows:
    rows, low = [], []
    for y, p in np.argwhere(np.isfinite(horizon.targets_t)).tolist():
        rows.append(_counts(model, horizon, works, y, p))
        low.append(horizon.targets_t[y, p] + horizon.growth_t[y, p])
    return _stacked(rows, len(works) * len(model.first), low, [np.inf] * len(low))


def _sides(model: Model, works: list[sparse.csr_array]) -> Rows:
    rows, low, high = [], [], []
    for y, a in enumerate(works):
        for n in range(len(model.names)):
            last = y + 1 == len(works)
            if not last and not np.isfinite(model.high[n]):
                continue
            rows.append(a.T @ model.row(n))
            low.append(float(model.low[n]) if last else -np.inf)
            high.append(float(model.high[n]))
    return _stacked(rows, len(works) * len(model.first), low, high)


def _building(model: Model, horizon: Horizon, kind: IntArray) -> Rows:
    """Limits on what can be built in a year, in total and of each kind."""
    width, rows, high = len(model.first), [], []
    size = model.size[model.choice]
    for p in range(model.removed.shape[1]):
        removed = model.removed[:, p]
        groups: list[tuple[float, FloatArray, float]] = []
        if horizon.build_share is not None:
            best = np.zeros(len(model.size))
            np.maximum.at(best, model.choice, removed)
            groups.append((horizon.build_share, removed, float(best @ model.size)))
        if horizon.build_kind_share is not None:
            for k in np.unique(kind).tolist():
                own = np.where(kind == k, removed, 0.0)
                groups.append((horizon.build_kind_share, own, float(own @ size)))
        for y in range(horizon.years):
            for share, own, whole in groups:
                row = np.zeros(horizon.years * width)
                row[y * width : (y + 1) * width] = own
                rows.append(row)
                high.append(share * whole)
    return _stacked(rows, horizon.years * width, [-np.inf] * len(rows), high)


def _stacked(rows: list[FloatArray], width: int, low: list[float], high: list[float]) -> Rows:
    from scipy import sparse

    if not rows:
        return sparse.csr_array((0, width)), np.zeros(0), np.zeros(0)
    matrix = sparse.vstack([sparse.csr_array(row[None, :]) for row in rows]).tocsr()
    return sparse.csr_array(matrix), np.array(low), np.array(high)


def _most(model: Model, horizon: Horizon, kind: IntArray) -> FloatArray:
    """(Y, P) the most that could count in each year, without regard to the other years.

    Parts of measures are allowed.
    """
    free = replace(horizon, targets_t=np.full(horizon.targets_t.shape, np.nan))
    program = replace(_program(model, free, kind), whole=False)
    works = _works(horizon.years, _life(kind, horizon))
    found = np.full(horizon.targets_t.shape, np.nan)
    for y in range(horizon.years):
        for p in range(horizon.targets_t.shape[1]):
            gains = _counts(model, horizon, works, y, p)
            best = solve_program(replace(program, cost=-gains))
            if best.answer == "optimal":
                found[y, p] = float(gains @ best.x) - horizon.growth_t[y, p]
    return found
