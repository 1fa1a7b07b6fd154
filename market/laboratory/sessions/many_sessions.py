"""Many sessions at once: the same numbers for any number of workers, compiled or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.random import Generator

from market.clearing.order import Side
from market.laboratory.sessions.plain_session import play
from market.laboratory.sessions.seating import Behaviour, SeatedTrader, Units, seat_traders
from market.laboratory.sessions.session_measures import (
    CompetitiveOutcome,
    SessionMeasures,
    competitive_outcome,
    measure,
)
from market.laboratory.sessions.session_record import (
    QUOTE_COLUMNS,
    TRADE_COLUMNS,
    FloatArray,
    IntArray,
    SessionRecord,
)
from market.laboratory.sessions.session_rules import Rules
from permits.errors import InputError
from permits.rng import stream

COMPILED_FROM = 300_000
"""Arrivals from which the compiled version is used: below, compiling takes longer."""

COMPILED: dict[str, tuple[int, tuple[str, ...]]] = {
    "marginal_cost": (0, ()),
    "zero_intelligence": (1, ()),
    "zero_intelligence_free": (2, ()),
    "sniper": (3, ("spread_percent", "profit_percent", "last_percent")),
    "zip": (
        4,
        ("rate_low", "rate_high", "momentum_high", "margin_low", "margin_high", "relative",
         "absolute_fen"),
    ),
    "gjerstad_dickhaut": (5, ("memory",)),
    "adaptive_aggressive": (
        6, ("rate_low", "rate_high", "relative", "absolute", "window", "decay", "haste")
    ),
}  # fmt: skip
"""Behaviours compiled in the kernel: their number there, and the order of parameters."""

# Only these read past quotes; for all others the kernel skips writing the tape.
TAPE_READERS = {"gjerstad_dickhaut"}


@dataclass(frozen=True, slots=True, eq=False)
class Sessions:
    """The records of `replications` sessions of one market.

    `trades` has a row for each trade, replication first, then the columns of
    `TRADE_COLUMNS`; `quotes` the same for `QUOTE_COLUMNS` (no rows unless kept). Traders are
    numbered buyers first. R replications, P periods, N traders.
    """

    rules: Rules
    traders: tuple[SeatedTrader, ...]
    competitive_outcomes: tuple[
        CompetitiveOutcome, ...
    ]  # (P,) the competitive outcome of each period
    trades: IntArray  # (T, 8)
    quotes: IntArray  # (Q, 6)
    orders: IntArray  # (R, P) quotes sent
    profits_fen: IntArray  # (R, P, N)
    measures: SessionMeasures

    def trade(self, column: str) -> IntArray:
        """A column of `trades` by its name, such as `price_fen`."""
        return _column(self.trades, column, TRADE_COLUMNS)

    def quote(self, column: str) -> IntArray:
        """A column of `quotes` by its name, such as `became`."""
        return _column(self.quotes, column, QUOTE_COLUMNS)


def run_sessions(
    values: Units,
    costs: Units,
    traders: Behaviour | Sequence[Behaviour],
    rules: Rules,
    replications: int,
    seed: int,
    *,
    workers: int = 1,
    keep_quotes: bool = False,
    compiled: bool | None = None,
) -> Sessions:
    """Hold the same market repeatedly, each time with other random draws.

    Args:
        values: of each buyer, its units' values [fen a lot]; a number is one unit.
        costs: of each seller, likewise.
        traders: one behaviour for everybody, or one for each, buyers first: a name, or
            (name, parameters), or a rule as found or loaded.
        rules: of the session.
        replications: number of sessions, each on a stream of its own.
        seed: of all random draws.
        workers: number of threads; the numbers do not depend on it.
        keep_quotes: also return every quote, which takes 48 bytes each.
        compiled: with the kernel or without; `None` takes it where it saves time.
    Raises: InputError for what `Rules` and `seat_traders` refuse, or a number below 1.
    """
    for name, number in (("replications", replications), ("workers", workers)):
        if number < 1:
            raise _too_few(name, number)
    seated = seat_traders(values, costs, traders)
    known = all(one.rule.shipped and one.rule.name in COMPILED for one in seated)
    arrivals = replications * rules.periods * rules.arrivals
    fast = known and (arrivals >= COMPILED_FROM if compiled is None else compiled)
    one = (
        _kernel_session(seated, rules, keep_quotes) if fast else _plain(seated, rules, keep_quotes)
    )

    def hold(replication: int) -> SessionRecord:
        return one(stream(seed, "session", replication))

    if workers == 1:
        records = [hold(number) for number in range(replications)]
    else:
        with ThreadPoolExecutor(workers) as pool:
            records = list(pool.map(hold, range(replications)))
    return _gathered(records, seated, rules)


def _plain(
    seated: tuple[SeatedTrader, ...], rules: Rules, keep_quotes: bool
) -> Callable[[Generator], SessionRecord]:
    return lambda rng: play(seated, rules, rng, keep_quotes=keep_quotes)


def _kernel_session(
    seated: tuple[SeatedTrader, ...], rules: Rules, keep_quotes: bool
) -> Callable[[Generator], SessionRecord]:
    """The kernel with its arrays made once."""
    table = _arrays(seated, rules)
    kernel = _kernel()
    return lambda rng: kernel(rng, *table, keep_quotes)


@cache
def _kernel() -> Callable[..., SessionRecord]:
    from market.laboratory.sessions.session_kernel import play as compiled_play

    return compiled_play


def _arrays(seated: tuple[SeatedTrader, ...], rules: Rules) -> tuple[np.ndarray[Any, Any], ...]:
    """rules, shifts, desk, traits, as the kernel takes them."""
    units = max(len(one.limits_fen) for one in seated)
    desk = np.zeros((len(seated), 10 + units), np.int64)
    traits = np.zeros((len(seated), 8))
    for row, one in enumerate(seated):
        kind, names = COMPILED[one.rule.name]
        desk[row, :4] = one.side is Side.SELL, kind, 0, len(one.limits_fen)
        desk[row, 10 : 10 + len(one.limits_fen)] = one.limits_fen
        traits[row, : len(names)] = [float(one.params[name]) for name in names]
    settings = (
        rules.price_min_fen,
        rules.price_max_fen,
        rules.periods,
        rules.arrivals,
        rules.meeting == "pairs",
        rules.book == "full",
        rules.after_trade == "keep",
        any(one.rule.name in TAPE_READERS for one in seated),
    )
    shifts = [rules.shift_fen(period) for period in range(rules.periods)]
    return np.array(settings, np.int64), np.array(shifts, np.int64), desk, traits


def _gathered(
    records: list[SessionRecord], seated: tuple[SeatedTrader, ...], rules: Rules
) -> Sessions:
    """All replications in one set of arrays, and the measures."""
    trades = _numbered([record.trades for record in records])
    shape = (len(records), rules.periods)
    place = trades[:, 0] * rules.periods + trades[:, 1]
    sticks = tuple(
        _competitive_outcome(seated, rules.shift_fen(period)) for period in range(rules.periods)
    )
    profits = np.zeros((shape[0] * shape[1], len(seated)), np.int64)
    price = trades[:, 5]
    # `add.at`, not `+=`: a trader with several trades in a period must gain by each.
    np.add.at(profits, (place, trades[:, 3]), trades[:, 6] - price)
    np.add.at(profits, (place, trades[:, 4]), price - trades[:, 7])
    gained = profits.reshape(*shape, len(seated))
    due = np.array([_competitive(seated, rules.shift_fen(p), s) for p, s in enumerate(sticks)])
    return Sessions(
        rules=rules,
        traders=seated,
        competitive_outcomes=sticks,
        trades=trades,
        quotes=_numbered([record.quotes for record in records]),
        orders=np.array([record.sent for record in records]),
        profits_fen=gained,
        measures=measure(trades[:, 1:], place, shape, sticks, gained, due),
    )


def _numbered(tables: list[IntArray]) -> IntArray:
    """Tables below each other, with the number of each in front of its rows."""
    numbers = np.repeat(np.arange(len(tables)), [len(table) for table in tables])
    return np.column_stack([numbers, np.concatenate(tables)])


def _competitive_outcome(seated: tuple[SeatedTrader, ...], shift_fen: int) -> CompetitiveOutcome:
    units = [(one.side, limit + shift_fen) for one in seated for limit in one.limits_fen]
    return competitive_outcome(
        [limit for side, limit in units if side is Side.BUY],
        [limit for side, limit in units if side is Side.SELL],
    )


def _competitive(
    seated: tuple[SeatedTrader, ...], shift_fen: int, stick: CompetitiveOutcome
) -> FloatArray:
    """Each trader's gain at the equilibrium price; 0 without one."""
    price = stick.price_fen
    if price is None:
        return np.zeros(len(seated))
    sign = [1 if one.side is Side.BUY else -1 for one in seated]
    return np.array(
        [
            sum(max(0.0, s * (limit + shift_fen - price)) for limit in one.limits_fen)
            for s, one in zip(sign, seated, strict=True)
        ]
    )


def _column(table: IntArray, column: str, columns: tuple[str, ...]) -> IntArray:
    found: IntArray = table[:, ("replication", *columns).index(column)]
    return found


def _too_few(name: str, number: int) -> InputError:
    return InputError(
        "session.number",
        "{name} = {number} is too few",
        where="run_sessions",
        mend="give at least 1",
        name=name,
        number=number,
    )
