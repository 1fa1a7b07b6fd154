"""A played year as plain text: every table, every balance; compared whole with a stored file.

To record the stored reports anew, after a change that is meant to move them:
`python -m tests.scenarios.simulation.golden_report`, then read the differences.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from permits.ledger import Reason
from permits.quantity import fmt_t, fmt_yuan
from permits.right import Right
from tests.scenarios.simulation.small_years import Year, play, small

RECORD = "python -m tests.scenarios.simulation.golden_report"
GOLDEN = Path(__file__).parent / "golden"

DYERS = (
    "register.sources=6",
    "rights.term_years=1",
    "session.0.years=1",
    "session.0.dates=[2018-03-14, 2018-07-18]",
    "session.1.months=[9]",
)
EVERY_POLICY = small(
    [
        {
            "id": "A",
            "baseline": {"X": "40 t"},
            "opening": {"X": "30 t"},
            "curve": {"a_yuan": 500, "b_yuan": 20},
        },
        {
            "id": "B",
            "baseline": {"X": "50 t"},
            "opening": {"X": "30 t"},
            "curve": {"a_yuan": 900, "b_yuan": 90},
        },
        {"id": "C", "sector": "boiler", "baseline": {"X": "12 t"}, "opening": {"X": "10 t"}},
    ],
    ends="2018-03-31",
    sector=[{"id": "all", "stop": "interlock"}, {"id": "boiler", "stop": "curtail"}],
    rights={"term_years": 2, "withheld": 0.1},
    card={"shift": "apply", "curtail_to": 0.9},
    production={"firm_sigma": 0.1, "daily_sigma": 0.1},
    build={"delay_days": 5},
    market={"lot": "2 t", "fee": 0.02, "ratio": 1.1, "trade_delay_days": 3, "cash_years": 1.5},
    session=[
        {"kind": "secondary", "rule": "call_double", "day_of_month": 10, "months": [2, 5, 8, 11]},
        {"kind": "auction", "rule": "uniform_price", "day_of_month": 20, "months": [3, 6, 9],
         "offered": 0.3, "floor": 1.0},
    ],
    lease={"months": 2, "share_of_reserve": 0.05},
    buyback={"dates": ["2017-10-15"], "keep": 0.5},
    true_up={"fine_min": "1000.00", "fine_max": "20000.00"},
    policy=[
        {"rule": "cap_decline", "params": {"percent_a_year": 5}},
        {"rule": "price_collar", "params": {"floor": 0.8, "ceiling": 4}, "from": "2017-03-01"},
        {"rule": "reserve_release", "params": {"trigger": 1.5}},
        {"rule": "penalty", "params": {"percent": 150}, "to": "2017-12-31"},
    ],
)  # fmt: skip


PLAYS: Mapping[str, Callable[[], Year]] = {
    "classroom": lambda: play("classroom-two-firms", "market.lot=1 t"),
    "few-dyers": lambda: play("jiaxing-dyers-2018", *DYERS),
    "every-policy": lambda: play(EVERY_POLICY),
}
"""The years whose reports are stored, by the name of their file."""


def report(year: Year) -> str:
    """The whole year as text: evaluation, tables in the order of their names, balances."""
    lines = list(_evaluation(year))
    for name in sorted(year.tables):
        lines += ["", f"== {name} ==", *_table(year, name)]
    lines += ["", "== balances ==", *_balances(year)]
    return "\n".join(lines) + "\n"


def _evaluation(year: Year) -> Iterator[str]:
    told = year.evaluation
    yield f"no-trade cost {fmt_yuan(round(told.alone))} yuan"
    yield f"optimum {fmt_yuan(round(told.optimum))} yuan"
    yield f"realised {fmt_yuan(round(told.realised))} yuan"
    yield f"efficiency {'-' if told.efficiency is None else f'{told.efficiency:.6f}'}"


def _table(year: Year, name: str) -> list[str]:
    """Columns aligned, masses in t and money in yuan; sources are left out, they are words."""
    kinds = {c.name: c.kind for c in year.tables[name].spec.columns if c.name != "source"}
    rows = [[_cell(row[c], kind) for c, kind in kinds.items()] for row in year.rows(name)]
    if not rows:
        return ["(empty)"]
    cells = [list(kinds), *rows]
    widths = [max(len(row[n]) for row in cells) for n in range(len(kinds))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def _cell(value: Any, kind: str) -> str:
    if value is None:
        return "-"
    if kind == "mass":
        return fmt_t(value)
    if kind in ("money", "price"):
        return fmt_yuan(value)
    return str(value) if not isinstance(value, date) else value.isoformat()


def _balances(year: Year) -> list[str]:
    """Every balance that is not zero, summed from the entries; of rights and of money."""
    sums: defaultdict[tuple[str, str], int] = defaultdict(int)
    money = set()
    for reason in Reason:
        for entry in year.entries(reason):
            for leg in entry.legs:
                key = str(leg.account), str(leg.asset)
                sums[key] += leg.delta
                if not isinstance(leg.asset, Right):
                    money.add(key[1])
    return [
        f"{account}  {asset}  {fmt_yuan(total) if asset in money else fmt_t(total)}"
        for (account, asset), total in sorted(sums.items())
        if total
    ]


def record() -> None:
    """Write the reports of today's code."""
    for name, played in PLAYS.items():
        (GOLDEN / f"{name}.txt").write_text(report(played()), encoding="utf-8")


if __name__ == "__main__":
    record()
