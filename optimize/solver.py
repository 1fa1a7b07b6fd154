"""The only file that imports PuLP and HiGHS: a Program in, numbers out, status in words.

A small program is written out in PuLP, variable by variable; a large one is handed to HiGHS
as arrays. HiGHS gets the same rows and columns in the same order both ways, so it gives the
same answer to the last bit.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

import highspy
import numpy as np

from optimize.least_cost import Model
from optimize.problem import BoolArray, FloatArray, IntArray

Answer = Literal["optimal", "feasible", "infeasible", "unbounded", "stopped"]
_STATUS: dict[highspy.HighsModelStatus, Answer] = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kModelEmpty: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnboundedOrInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
}
_CUT_SHORT = (
    highspy.HighsModelStatus.kObjectiveBound,
    highspy.HighsModelStatus.kObjectiveTarget,
    highspy.HighsModelStatus.kInterrupt,
    highspy.HighsModelStatus.kTimeLimit,
    highspy.HighsModelStatus.kIterationLimit,
)
WRITTEN_OUT = 200
"""Columns up to which a program is written in PuLP: more take longer to write than to solve."""
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

    Raises: RuntimeError if the solver left a variable without a value.
    """
    wait = patience or Patience()
    used = _used(program)
    known = program if used.all() else _of_columns(program, used)
    # Into a program that minimises nothing PuLP puts a variable of its own.
    written = len(known.cost) <= WRITTEN_OUT and known.cost.any()
    run = _written_out if written else _by_arrays
    with _quiet():
        highs = run(known, wait)
    answer = _answer(highs, program.whole)
    x = np.zeros(len(program.cost))
    if answer not in ("optimal", "feasible"):
        return Solution(answer, x, np.zeros(len(program.low)), -np.inf)
    found = highs.getSolution()
    if len(found.col_value) != len(known.cost):
        told = f"the solver gave {len(found.col_value)} of {len(known.cost)} variables a value"
        raise RuntimeError(told)
    x[used] = found.col_value
    info = highs.getInfo()
    bound = info.mip_dual_bound if program.whole else sum((program.cost * x).tolist())
    x = np.clip(x, program.lower, program.upper)  # the solver may leave x slightly outside
    return Solution(answer, x, _prices(known, np.array(found.row_dual)), float(bound))


def _used(program: Program) -> BoolArray:
    """(N,) columns that cost something or occur in a row with an end; the others are 0."""
    matrix = program.rows
    ended = np.isfinite(program.low) | np.isfinite(program.high)
    entries = np.repeat(ended, np.diff(matrix.indptr)) & (matrix.data != 0)
    used: BoolArray = program.cost != 0
    used[matrix.indices[entries]] = True
    return used


def _of_columns(program: Program, used: BoolArray) -> Program:
    """The program of some columns (N,)."""
    matrix, number = program.rows, np.cumsum(used) - 1
    kept = used[matrix.indices]
    rows = Matrix(
        (matrix.shape[0], int(used.sum())),
        np.concatenate([[0], np.cumsum(kept)])[matrix.indptr],
        number[matrix.indices[kept]],
        matrix.data[kept],
    )
    return replace(program, cost=program.cost[used], rows=rows, lower=program.lower[used],
                   upper=program.upper[used])  # fmt: skip


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


def _by_arrays(program: Program, patience: Patience) -> highspy.Highs:
    """Solve by HiGHS, in whose own rows and columns the program is stated at once."""
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in _options(patience).items():
        highs.setOptionValue(name, value)
    if (ask := _asking(patience)) is not None:
        highs.setCallback(ask, None)
        for kind in _polled():
            highs.startCallback(kind)
    count = len(program.cost)
    none = np.zeros(count, dtype=np.int32)  # columns begin without entries: rows bring them
    highs.addCols(count, program.cost, program.lower, program.upper, 0, none, none[:0], [])
    if program.whole:
        kinds = np.full(count, int(highspy.HighsVarType.kInteger), dtype=np.uint8)
        highs.changeColsIntegrality(count, np.arange(count, dtype=np.int32), kinds)
    row, low, high = _one_sided(program)
    matrix, units = program.rows, _units(program)
    width = np.diff(matrix.indptr)
    data = matrix.data / np.repeat(units, width)
    starts = np.cumsum(width[row]) - width[row]
    entry = np.repeat(matrix.indptr[row] - starts, width[row]) + np.arange(width[row].sum())
    highs.addRows(
        len(row), low / units[row], high / units[row], len(entry), starts.astype(np.int32),
        matrix.indices[entry].astype(np.int32), data[entry],
    )  # fmt: skip
    highs.run()
    return highs


def _one_sided(program: Program) -> tuple[IntArray, FloatArray, FloatArray]:
    """Rows with one end each, as in PuLP: number of the program's row, lower and upper end.

    A row with two ends is stated twice, first by its lower one.
    """
    ends = np.column_stack([program.low, program.high])
    row, side = np.nonzero(np.isfinite(ends))
    end = ends[row, side]
    return row, np.where(side == 0, end, -np.inf), np.where(side == 1, end, np.inf)


def _prices(program: Program, dual: FloatArray) -> FloatArray:
    """Dual values of the program's rows, the sum of their two ends; none for whole measures."""
    if program.whole:
        return np.zeros(len(program.low))
    row, _, _ = _one_sided(program)
    return np.bincount(row, dual, len(program.low)) / _units(program)


def _options(patience: Patience) -> dict[str, Any]:
    """HiGHS's options, by its own names."""
    options = {
        "output_flag": False,
        "mip_rel_gap": patience.gap,
        "mip_abs_gap": patience.gap_yuan,
        "threads": 1,
    }
    seconds = patience.left()
    return options if seconds is None else options | {"time_limit": float(seconds)}


def _written_out(program: Program, patience: Patience) -> highspy.Highs:
    """Solve by PuLP, which states the program to HiGHS variable by variable."""
    import pulp  # a tenth of a second to load, and large programs do without it

    problem = _build(program)
    ask = _asking(patience)
    asking = {} if ask is None else {"callbackTuple": (ask, None), "callbacksToActivate": _polled()}
    problem.solve(pulp.HiGHS(mip=program.whole, **_options(patience), **asking))
    solved: highspy.Highs = problem.solverModel
    return solved


def _build(program: Program) -> Any:
    import pulp

    problem = pulp.LpProblem("allocation", pulp.LpMinimize)
    category = pulp.LpInteger if program.whole else pulp.LpContinuous
    width = len(str(len(program.cost)))
    ends = zip(_ends(program.lower), _ends(program.upper), strict=True)
    variables = [
        problem.add_variable(f"x{n:0{width}d}", low, high, category)
        for n, (low, high) in enumerate(ends)
    ]
    cost = zip(variables, program.cost.tolist(), strict=True)
    problem.setObjective(pulp.LpAffineExpression([(own, value) for own, value in cost if value]))
    matrix, units = program.rows, _units(program)
    row, low, high = _one_sided(program)
    for n, least, most in zip(row.tolist(), low / units[row], high / units[row], strict=True):
        own = slice(matrix.indptr[n], matrix.indptr[n + 1])
        terms = zip(matrix.indices[own].tolist(), (matrix.data[own] / units[n]).tolist(),
                    strict=True)  # fmt: skip
        total = pulp.LpAffineExpression([(variables[k], value) for k, value in terms if value])
        if np.isfinite(least):
            problem.addConstraint(total >= float(least), f"row{n}_low")
        else:
            problem.addConstraint(total <= float(most), f"row{n}_high")
    return problem


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


def _asking(patience: Patience) -> Callable[..., None] | None:
    """What HiGHS calls during a search to learn whether to stop; None where nobody asks.

    Nodes are counted here since HiGHS's own node limit ends without a bound.
    """
    if patience.stopped is None and patience.nodes is None:
        return None
    nodes = np.inf if patience.nodes is None else patience.nodes

    def ask(_kind: Any, _text: Any, out: Any, answer: Any, _user: Any) -> None:
        if answer is None:
            return
        enough = out.mip_node_count >= nodes
        if enough or (patience.stopped is not None and patience.stopped()):
            answer.user_interrupt = True

    return ask


def _polled() -> list[Any]:
    kinds = highspy.cb.HighsCallbackType
    return [kinds.kCallbackMipInterrupt, kinds.kCallbackSimplexInterrupt]


def _answer(highs: highspy.Highs, whole: bool) -> Answer:
    status = highs.getModelStatus()
    if status not in _CUT_SHORT:
        return _STATUS.get(status, "stopped")
    has_plan = int(highs.getInfo().primal_solution_status) == 2  # kSolutionStatusFeasible
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
