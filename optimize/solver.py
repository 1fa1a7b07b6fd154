"""The only file that imports PuLP: a Program in, numbers out, status in words."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import pulp

from optimize.least_cost import Model
from optimize.problem import FloatArray, IntArray

Answer = Literal["optimal", "feasible", "infeasible", "unbounded", "stopped"]
_STATUS: dict[int, Answer] = {
    pulp.LpStatusOptimal: "optimal",
    pulp.LpStatusInfeasible: "infeasible",
    pulp.LpStatusUnbounded: "unbounded",
    pulp.LpStatusNotSolved: "stopped",
    pulp.LpStatusUndefined: "stopped",
}
LAST_SECONDS = 0.2  # time for a search that begins after the limit: enough for a small program


class Sparse(Protocol):
    """A matrix by its rows: row n is `data` in columns `indices`, from `indptr[n]` on.

    `Matrix`, or a csr_array of scipy, which takes longer to load than a small plan to find.
    """

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def indptr(self) -> np.ndarray[Any, Any]: ...
    @property
    def indices(self) -> np.ndarray[Any, Any]: ...
    @property
    def data(self) -> np.ndarray[Any, Any]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Rows of few entries, each row's in the order of its columns."""

    shape: tuple[int, int]
    indptr: IntArray  # (R + 1,)
    indices: IntArray
    data: FloatArray

    @classmethod
    def of(cls, rows: FloatArray) -> Matrix:
        """The entries of an array (R, N) that are not zero."""
        row, column = np.nonzero(rows)
        return cls._by_rows(rows.shape[0], rows.shape[1], row, column, rows[row, column])

    @classmethod
    def marks(cls, shape: tuple[int, int], row: IntArray, column: IntArray) -> Matrix:
        """A one at each pair of row and column.

        Args:
            shape: rows and columns.
            row: the row of each one.
            column: its column, ascending.
        """
        order = np.argsort(row, kind="stable")
        return cls._by_rows(*shape, row[order], column[order], np.ones(len(row)))

    def above(self, other: Matrix) -> Matrix:
        """The rows of this matrix and, below them, those of another."""
        return Matrix(
            (self.shape[0] + other.shape[0], self.shape[1]),
            np.concatenate([self.indptr, self.indptr[-1] + other.indptr[1:]]),
            np.concatenate([self.indices, other.indices]),
            np.concatenate([self.data, other.data]),
        )

    @classmethod
    def _by_rows(
        cls, rows: int, columns: int, row: IntArray, column: IntArray, data: FloatArray
    ) -> Matrix:
        starts = np.searchsorted(row, np.arange(rows + 1))
        return cls((rows, columns), starts, column, data)


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Minimise cost · x with low ≤ rows x ≤ high and lower ≤ x ≤ upper."""

    cost: FloatArray  # (N,)
    rows: Sparse  # (R, N)
    low: FloatArray  # (R,)
    high: FloatArray  # (R,)
    lower: FloatArray  # (N,)
    upper: FloatArray  # (N,)
    whole: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """The solver's result: `x` (N,), prices of the rows (R,) of a relaxation, and its bound.

    `feasible` is a plan left without proof because time ran out or the search was stopped,
    `stopped` an end without any plan.
    """

    answer: Answer
    x: FloatArray
    price: FloatArray
    bound: float


@dataclass(frozen=True, slots=True)
class Patience:
    """Limits of a search: accepted gap (relative, or in yuan), seconds, nodes, `stopped`.

    `stopped` is polled during the search. `until` is the end of all searches together, on
    `time.perf_counter`. The default `gap` is the solver's own accuracy.
    """

    gap: float = 1e-9
    gap_yuan: float = 0.0
    seconds: float | None = None
    nodes: int | None = None
    stopped: Callable[[], bool] | None = None
    until: float | None = None

    def left(self) -> float | None:
        """Time limit of the next search [s]; a moment even when all time is used up."""
        if self.until is None:
            return self.seconds
        rest = max(self.until - time.perf_counter(), LAST_SECONDS)
        return rest if self.seconds is None else min(self.seconds, rest)


def solve_model(
    model: Model,
    *,
    whole: bool,
    objective: FloatArray | None = None,
    low: FloatArray | None = None,
    budget: float | None = None,
    patience: Patience | None = None,
) -> Solution:
    """Minimise `objective` (default: cost) over a model as it stands, column by column.

    Args:
        model: the model.
        whole: whole measures, else the relaxation.
        objective: (N,) coefficients to minimise (None: the model's cost).
        low: (L,) lower limits in place of the model's, for what-if questions.
        budget: the most that may be spent [yuan].
        patience: limits of the search.
    """
    weights = model.cost if objective is None else objective
    lows = model.low if low is None else low
    if not len(model.first):
        held = bool((lows <= 0).all() and (model.high >= 0).all())
        answer: Answer = "optimal" if held else "infeasible"
        return Solution(answer, np.zeros(0), np.zeros(len(model.names)), 0.0)
    shared, tops = _choice_rows(model)
    rows = Matrix.of(model.rows).above(shared)
    low_ends, high_ends = [lows, np.full(len(tops), -np.inf)], [model.high, tops]
    if budget is not None:
        rows = rows.above(Matrix.of(model.cost[None, :]))
        low_ends.append(np.array([-np.inf]))
        high_ends.append(np.array([budget]))
    program = Program(
        cost=weights,
        rows=rows,
        low=np.concatenate(low_ends),
        high=np.concatenate(high_ends),
        lower=np.zeros(len(weights)),
        upper=model.size[model.choice].astype(float),
        whole=whole,
    )
    found = solve_program(program, patience or Patience())
    return Solution(found.answer, found.x, found.price[: len(model.names)], found.bound)


def solve_program(program: Program, patience: Patience | None = None) -> Solution:
    """Minimise a program.

    Raises: RuntimeError naming a variable that the solver left without a value.
    """
    wait = patience or Patience()
    problem, variables, rows = _build(program)
    solver = pulp.HiGHS(
        msg=False, gapRel=wait.gap, gapAbs=wait.gap_yuan, mip=program.whole, threads=1,
        timeLimit=wait.left(), **_asking(wait),
    )  # fmt: skip
    with _quiet():
        problem.solve(solver)
    answer = _answer(problem, program.whole)
    if answer not in ("optimal", "feasible"):
        return Solution(answer, np.zeros(len(variables)), np.zeros(len(rows)), -np.inf)
    x = _values(variables, {variable.name for variable in problem.variables()})
    x = np.clip(x, program.lower, program.upper)  # the solver may leave x slightly outside
    price = _prices(rows, program.whole) / _units(program)
    return Solution(answer, x, price, _bound(problem, program.whole))


def _choice_rows(model: Model) -> tuple[Matrix, FloatArray]:
    """At most one measure per source and slot; a single one needs only its bound."""
    count = np.bincount(model.choice, minlength=len(model.size))
    shared = np.flatnonzero(count > 1)
    number = np.full(len(model.size), -1)
    number[shared] = np.arange(len(shared))
    columns = np.flatnonzero(number[model.choice] >= 0)
    shape = (len(shared), len(model.first))
    tops: FloatArray = model.size[shared].astype(float)
    return Matrix.marks(shape, number[model.choice[columns]], columns), tops


def _build(
    program: Program,
) -> tuple[pulp.LpProblem, list[pulp.LpVariable], list[list[pulp.LpConstraint]]]:
    problem = pulp.LpProblem("allocation", pulp.LpMinimize)
    category = pulp.LpInteger if program.whole else pulp.LpContinuous
    width = len(str(len(program.cost)))
    ends = zip(_ends(program.lower), _ends(program.upper), strict=True)
    variables = [
        problem.add_variable(f"x{n:0{width}d}", low, high, category)
        for n, (low, high) in enumerate(ends)
    ]
    weighed = np.flatnonzero(program.cost).tolist()
    cost = program.cost.tolist()
    problem.setObjective(pulp.LpAffineExpression([(variables[n], cost[n]) for n in weighed]))
    units = _units(program)
    matrix, rows = program.rows, []
    for n in range(matrix.shape[0]):
        own = slice(matrix.indptr[n], matrix.indptr[n + 1])
        terms = zip(matrix.indices[own].tolist(), (matrix.data[own] / units[n]).tolist(),
                    strict=True)  # fmt: skip
        total = [(variables[k], value) for k, value in terms if value]
        low, high = float(program.low[n] / units[n]), float(program.high[n] / units[n])
        rows.append(_add_row(problem, f"row{n}", total, low, high))
    return problem, variables, rows


def _ends(values: FloatArray) -> list[float | None]:
    return [value if np.isfinite(value) else None for value in values.tolist()]


def _units(program: Program) -> FloatArray:
    """The unit of each row: its largest coefficient.

    In tonnes a milligram would be below the solver's tolerance.
    """
    matrix = program.rows
    largest = np.zeros(matrix.shape[0])
    owner = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    np.maximum.at(largest, owner, np.abs(matrix.data))
    return np.where(largest > 0, largest, 1.0)


def _add_row(
    problem: pulp.LpProblem,
    name: str,
    terms: list[tuple[pulp.LpVariable, float]],
    low: float,
    high: float,
) -> list[pulp.LpConstraint]:
    added = []
    for end, bound in (("low", low), ("high", high)):
        if np.isfinite(bound):
            total = pulp.LpAffineExpression(terms)
            row = total >= bound if end == "low" else total <= bound
            problem.addConstraint(row, f"{name}_{end}")
            added.append(row)
    return added


def _asking(patience: Patience) -> dict[str, Any]:
    """The solver's options for polling whether to stop.

    Nodes are counted here since PuLP does not pass on HiGHS's own node limit.
    """
    if patience.stopped is None and patience.nodes is None:
        return {}
    kinds = pulp.HiGHS.hscb.HighsCallbackType
    nodes = np.inf if patience.nodes is None else patience.nodes

    def ask(_kind: Any, _text: Any, out: Any, answer: Any, _user: Any) -> None:
        if answer is None:
            return
        enough = out.mip_node_count >= nodes
        if enough or (patience.stopped is not None and patience.stopped()):
            answer.user_interrupt = True

    wanted = [kinds.kCallbackMipInterrupt, kinds.kCallbackSimplexInterrupt]
    return {"callbackTuple": (ask, None), "callbacksToActivate": wanted}


def _answer(problem: pulp.LpProblem, whole: bool) -> Answer:
    answer = _STATUS[problem.status]
    if answer != "optimal" or problem.sol_status == pulp.LpSolutionOptimal:
        return answer
    # PuLP reports `optimal` also after a time limit or an interrupt, with or without a plan.
    info = problem.solverModel.getInfo()
    has_plan = int(info.primal_solution_status) == 2  # kSolutionStatusFeasible
    return "feasible" if has_plan and whole else "stopped"


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the process's standard output during a solve.

    HiGHS prints a banner there whatever its options are, and a command's `--json` output
    must stay one object.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _values(variables: list[pulp.LpVariable], used: set[str]) -> FloatArray:
    """Values by column; 0 for one that occurs in no row and no objective."""
    for variable in variables:
        if variable.varValue is None and variable.name in used:
            raise RuntimeError(f"the solver left variable {variable.name} without a value")
    return np.array([variable.varValue or 0.0 for variable in variables])


def _prices(rows: list[list[pulp.LpConstraint]], whole: bool) -> FloatArray:
    """Dual values, per row the sum of its two ends; none for whole measures."""
    if whole:
        return np.zeros(len(rows))
    return np.array([sum(float(row.pi or 0.0) for row in ends) for ends in rows])


def _bound(problem: pulp.LpProblem, whole: bool) -> float:
    value = float(pulp.value(problem.objective) or 0.0)
    return float(problem.solverModel.getInfo().mip_dual_bound) if whole else value
