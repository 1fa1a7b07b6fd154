"""The made-up run of the tests with a year that agrees with itself, as a real one does."""

from __future__ import annotations

from dataclasses import replace

from permits.quantity import MG_PER_T
from scenarios.results.result import Event, RunResult, table
from scenarios.results.summary import (
    EvaluationSummary,
    LedgerTotals,
    MarketTotals,
    SwipeTotals,
    TrueUpTotals,
    YearMarkets,
    YearSummary,
)
from scenarios.results.table_specs import TABLES

NONE = MarketTotals(0, 0, 0, None)


def honest(result: RunResult) -> RunResult:
    """The result with the tables and the summary that its own entries give.

    Thirty-six swipes of 124.8 t, a lease of 2 t, a trade of 5 t, three true-ups without a
    shortfall.
    """
    lease = next(entry for entry in result.journal if entry.id.endswith("lease/1"))
    text = "{who} leases {mass} t for {money} yuan"
    values = {"who": "F000", "mass": "2", "money": "3000"}
    number = len(result.events) + 1
    started = Event(number, lease.on, "leases", "lease.started", "F000", text, values, "lease")
    year = YearSummary(
        ledger=LedgerTotals({"VOC": 161 * MG_PER_T}, len(result.journal), 0),
        swipes=SwipeTotals(36, 124_800_000_000, warnings=0, shut=0, curtailed=0),
        market=YearMarkets(NONE, NONE, NONE, NONE, NONE, 0),
        true_up=TrueUpTotals(3, 0, 0, 0),
        evaluation=EvaluationSummary(200, 140, 100, 0.6, 0.4),
    )
    plan = {name: one for name, one in result.tables.items()
            if name not in TABLES or TABLES[name].part == "plan"}  # fmt: skip
    firms = [("F000", 46_800), ("F001", 52_800), ("F002", 25_200)]
    return replace(
        result,
        events=(*result.events, started),
        summary=replace(result.summary, year=year),
        tables=plan
        | {
            "firms": table(
                "firms",
                [
                    (firm, "coating", "Ningbo", "VOC", *[0] * 4, kg * MG_PER_T // 1000, *[0] * 8)
                    for firm, kg in firms
                ],
            ),
            "happenings": table(
                "happenings",
                [
                    ("opening.issued", "", 3, 150 * MG_PER_T, None, "", ""),
                    ("trade.done", "", 1, 5 * MG_PER_T, 4_550_000, "", ""),
                    ("lease.started", "", 1, 2 * MG_PER_T, 300_000, "", ""),
                    ("true_up.compliant", "", 3, 124_800_000_000, None, "", ""),
                ],
            ),
            "true_up": table("true_up", []),
        },
    )
