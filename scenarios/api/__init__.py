"""The commands as functions, for notebooks: same arguments, checks, errors and numbers.

Read in this order:
    frames.py        tables as data frames
    answer_types.py  what every function returns: summary, tables, notices, and how it looks
    arguments.py     arguments as the command line would put them
    plan_calls.py    load, run, simulate, allocate
    market_calls.py  clear, market, equilibrium, sessions
    meter_calls.py   meter
    proof_calls.py   audit, explain, compare
An argument is called like the command's option, with `_` for `-`. A table is a path or a
data frame. Heavy imports wait inside the functions.
"""

from scenarios.api.answer_types import Answer
from scenarios.api.frames import to_frame
from scenarios.api.market_calls import (
    EquilibriumAnswer,
    SaleAnswer,
    SessionsAnswer,
    clear,
    equilibrium,
    market,
    sessions,
)
from scenarios.api.meter_calls import MeterAnswer, meter
from scenarios.api.plan_calls import RunAnswer, allocate, load, run, simulate
from scenarios.api.proof_calls import (
    AuditAnswer,
    ComparisonAnswer,
    Explanation,
    audit,
    compare,
    explain,
)

__all__ = [
    "Answer",
    "AuditAnswer",
    "ComparisonAnswer",
    "EquilibriumAnswer",
    "Explanation",
    "MeterAnswer",
    "RunAnswer",
    "SaleAnswer",
    "SessionsAnswer",
    "allocate",
    "audit",
    "clear",
    "compare",
    "equilibrium",
    "explain",
    "load",
    "market",
    "meter",
    "run",
    "sessions",
    "simulate",
    "to_frame",
]
