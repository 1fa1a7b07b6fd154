"""Column generation for large relaxations in which a cell is not a single MAC curve.

That is so with several pollutants, receptors, limits on measures or on money. Sources are
divided into blocks. A block's column is its response to some prices: its cost and what it
adds to each limit. The master program mixes the columns of each block (a mixture of whole
answers is parts of measures), its prices generate the next columns, and any prices give a
lower bound. Asking at prices between the last ones and the best so far damps oscillation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from optimize.certificate import priced_limits, reduced_cost, relative_gap
from optimize.least_cost import Model
from optimize.problem import BoolArray, FloatArray, IntArray
from optimize.solver import Answer, Program, solve_program

BLOCKS = 200  # more blocks give a better master program and a slower one; assumed
ROUNDS = 400  # assumed: a backstop, the search ends at its gap
STEADY = 0.5  # weight of the best prices so far in the next ones (damping); assumed
REST = 12  # rounds for which a column may be unused before it is left out; assumed
SHORT = 1e-7  # of a limit's unit: a smaller shortfall is the solver's tolerance
FAR = 1e9  # a price that outweighs any cost [yuan/t]


@dataclass(frozen=True, slots=True, eq=False)
class Mixed:
    """The relaxation solved by column generation: `x` (N,), prices, and their bound."""

    answer: Answer
    x: FloatArray
    price: FloatArray
    cost_yuan: float
    bound_yuan: float
    rounds: int


@dataclass(slots=True, eq=False)
class _Pool:
    """The columns generated so far: each round gives one column to every block."""

    block: IntArray  # (C,) of each choice
    count: int
    picks: list[IntArray] = field(default_factory=list)  # (C,) column of each choice, or -1
    cost: list[FloatArray] = field(default_factory=list)  # (B,)
    adds: list[FloatArray] = field(default_factory=list)  # (B, L)
    unused: list[IntArray] = field(default_factory=list)  # (B,) rounds


def solve_columns(model: Model, gap: float, stopped: Callable[[], bool] | None = None) -> Mixed:
    """Least cost to a relative gap, parts of measures allowed.

    Args:
        model: the model; `whole` is ignored.
        gap: relative optimality gap at which to stop.
        stopped: polled once per round; once it is true the best mixture so far is returned.
    """
    pool = _start(model)
    nothing, units = np.zeros(len(model.first)), _units(model)
    possible, price = _phase_one(model, pool, units)
    if not possible:
        return Mixed("infeasible", nothing, price, np.inf, -np.inf, len(pool.picks))
    best_price, bound, cost, mix = price, -np.inf, np.inf, np.zeros((0, 0))
    for n in range(ROUNDS):
        answer, mix, price = _mix(model, pool, pool.cost, None)
        if answer != "optimal":
            return Mixed(answer, nothing, price, np.inf, bound, n)
        cost = float((mix * np.array(pool.cost)).sum())
        # Damped prices first, then the exact ones: only these guarantee progress. In the first
        # round the best prices are still those of phase one, which know no costs.
        lean = STEADY if n else 0.0
        for question in (lean * best_price + (1 - lean) * price, price):
            low = _ask(model, pool, question)
            if low > bound:
                bound, best_price = low, question
        if relative_gap(cost, bound) <= gap or (stopped is not None and stopped()):
            break
    x = _columns(model, pool, mix)
    return Mixed("optimal", x, best_price, cost, bound, n + 1)


def _start(model: Model) -> _Pool:
    """Blocks with their first columns: doing nothing, and the most for every limit.

    Blocks are the cells where these are few, else the classes taken in turn.
    """
    starts = np.searchsorted(model.choice, np.arange(len(model.size)))
    klass = model.klass[starts]
    few = model.counts.shape[1] <= BLOCKS
    block = model.cell[klass] if few else klass % BLOCKS
    pool = _Pool(block, int(block.max(initial=-1)) + 1)
    none, far = np.zeros(len(model.names)), np.where(np.isfinite(model.low), FAR, 0.0)
    _ask(model, pool, none)
    _ask(model, pool, far)
    _ask(model, pool, np.where(np.isfinite(model.high), -FAR, 0.0))
    return pool


def _units(model: Model) -> FloatArray:
    """(L,) the unit of each limit: its largest coefficient."""
    found = [float(np.abs(model.row(n)).max(initial=0.0)) for n in range(len(model.names))]
    return np.where(np.array(found) > 0, found, 1.0)


def _phase_one(model: Model, pool: _Pool, units: FloatArray) -> tuple[bool, FloatArray]:
    """Generate columns until the limits can be kept; whether they can, and the prices."""
    free = replace(model, cost=np.zeros(len(model.cost)))
    price = np.zeros(len(model.names))
    for _ in range(ROUNDS):
        zeros = [np.zeros(pool.count)] * len(pool.cost)
        answer, mix, price = _mix(model, pool, zeros, units)
        held = np.einsum("tb,tbl->l", mix, np.array(pool.adds))
        lacking = np.maximum(model.low - held, held - model.high) / units
        if answer == "optimal" and float(lacking.max(initial=0.0)) <= SHORT:
            return True, price
        known = len(pool.cost)
        if _ask(free, pool, price) > SHORT:
            return False, price
        # Phase one prices columns at no cost: enter their true cost before phase two.
        pool.cost[known:] = [_cost(model, pool, pick) for pick in pool.picks[known:]]
    return False, price


def _ask(model: Model, pool: _Pool, price: FloatArray) -> float:
    """Add every block's response to prices as columns; return the prices' bound [yuan]."""
    fixed = priced_limits(model, price)
    reduced = reduced_cost(model, price)
    starts = np.searchsorted(model.choice, np.arange(len(model.size)))
    best = np.minimum.reduceat(reduced, starts)
    at_best = np.flatnonzero(reduced == best[model.choice])
    pick = np.full(len(model.size), -1, dtype=np.int64)
    # Backwards, so that of equally good columns the first is kept.
    pick[model.choice[at_best[::-1]]] = at_best[::-1]
    pick[best >= 0] = -1
    pool.picks.append(pick)
    pool.cost.append(_cost(model, pool, pick))
    pool.adds.append(_adds(model, pool, pick))
    pool.unused.append(np.zeros(pool.count, dtype=np.int64))
    return fixed + float(model.size @ np.minimum(best, 0.0))


def _cost(model: Model, pool: _Pool, pick: IntArray) -> FloatArray:
    taken = pick >= 0
    paid = model.cost[pick[taken]] * model.size[taken]
    return np.bincount(pool.block[taken], paid, pool.count).astype(float)


def _adds(model: Model, pool: _Pool, pick: IntArray) -> FloatArray:
    """(B, L) what the picked columns add to each limit, block by block."""
    taken = pick >= 0
    chosen, block, size = pick[taken], pool.block[taken], model.size[taken]
    cells = model.cell[model.klass[chosen]]
    found = np.zeros((pool.count, len(model.names)))
    for n in range(len(model.names)):
        if n in model.special:
            part = model.special[n][chosen] * size
        else:
            removed = model.removed[chosen, model.pollutant[n]]
            part = model.counts[n, cells] * removed * size
        found[:, n] = np.bincount(block, part, pool.count)
    return found


def _mix(
    model: Model, pool: _Pool, cost: list[FloatArray], slack: FloatArray | None
) -> tuple[Answer, FloatArray, FloatArray]:
    """The master program: the share of each column (T, B), and the prices of the limits.

    With `slack` (L,) limits may be missed, at one yuan per unit, and columns cost nothing.
    """
    from scipy import sparse  # rarely needed here, and slow to load

    width, limits = pool.count, len(model.names)
    keep = _kept(pool)
    rounds, block = np.nonzero(keep)
    adds = np.array(pool.adds)[rounds, block]  # (V, L)
    paid = np.array(cost)[rounds, block]
    one = sparse.csr_array((np.ones(len(block)), (block, np.arange(len(block)))),
                           shape=(width, len(block)))  # fmt: skip
    rows = sparse.vstack([sparse.csr_array(adds.T), one]).tocsr()
    upper = np.ones(len(block))
    if slack is not None:
        give = sparse.diags_array(slack).tocsr()
        short = sparse.vstack([sparse.hstack([give, -give]), sparse.csr_array((width, 2 * limits))])
        rows = sparse.hstack([rows, short]).tocsr()
        paid = np.concatenate([paid, np.ones(2 * limits)])
        upper = np.concatenate([upper, np.full(2 * limits, np.inf)])
    ones = np.ones(width)
    found = solve_program(
        Program(paid, sparse.csr_array(rows), np.concatenate([model.low, ones]),
                np.concatenate([model.high, ones]), np.zeros(len(paid)), upper)
    )  # fmt: skip
    mix = np.zeros(keep.shape)
    mix[rounds, block] = found.x[: len(block)]
    for n, share in enumerate(mix):
        pool.unused[n] = np.where(share > 0, 0, pool.unused[n] + 1)
    return found.answer, mix, found.price[:limits]


def _kept(pool: _Pool) -> BoolArray:
    """(T, B) columns to keep: none that repeats an earlier one, none long unused."""
    fresh = np.array(pool.unused) <= REST
    # The three of `_start` stay: without them the master program may become infeasible.
    fresh[:3] = True
    marks = np.concatenate([np.array(pool.cost)[:, :, None], np.array(pool.adds)], axis=2)
    for b in range(pool.count):
        _, first = np.unique(marks[fresh[:, b], b], axis=0, return_index=True)
        own = np.flatnonzero(fresh[:, b])
        fresh[:, b] = False
        fresh[own[first], b] = True
    return fresh


def _columns(model: Model, pool: _Pool, mix: FloatArray) -> FloatArray:
    """(N,) the plan that a mixture of columns stands for, in members."""
    x = np.zeros(len(model.first))
    for pick, share in zip(pool.picks, mix, strict=False):
        part = share[pool.block] * model.size
        taken = (pick >= 0) & (part > 0)
        x[pick[taken]] += part[taken]
    return x
