"""Mapping of a source's trade code and process to a sub-sector of a catalogue.

Trade codes are those of GB/T 4754; a mapping row applies to all codes that begin with its
own, the longest prefix first, and a row with the source's process before one without.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scenarios.intake.fields import SOURCE, SUBSECTOR, Field
from scenarios.intake.tables import read_table

FIELDS = (
    Field("trade", "text"),
    Field("process", "text", required=False),
    SUBSECTOR,
    Field("status", "text"),
    SOURCE,
)

PROCESSES = {
    "泄漏": "leaks",
    "储罐": "tanks",
    "罐区": "tanks",
    "装卸": "loading",
    "装载": "loading",
    "工艺废气": "vents",
    "有组织": "vents",
    "废水": "wastewater",
    "污水": "wastewater",
    "凹版": "gravure",
    "凹印": "gravure",
    "复合": "lamination",
    "平版": "offset",
    "胶印": "offset",
}
"""Processes by the words of Chinese registers: the first that a cell holds."""

Trades = Mapping[tuple[str, str], tuple[str, bool]]
"""(prefix of a trade code, process): sub-sector, and whether the mapping is assumed."""


def load_trades(path: Path) -> Trades:
    """Read a mapping of trades.

    Raises: as `read_table`.
    """
    return {
        (_code(row.values["trade"]), _word(row.values["process"])): (
            row.values["subsector"],
            row.values["status"] == "assumed",
        )
        for row in read_table(path, FIELDS).rows
    }


def find_subsector(trades: Trades, trade: str, process: str) -> tuple[str, bool] | None:
    """The sub-sector of a trade and process, and whether it is assumed; None if unknown.

    Args:
        trades: the mapping.
        trade: trade code, with or without its section letter.
        process: name of the process, or empty.
    """
    code = _code(trade)
    for length in range(len(code), 0, -1):
        for wanted in dict.fromkeys((_word(process), "")):
            if (code[:length], wanted) in trades:
                return trades[code[:length], wanted]
    return None


def _code(text: str | None) -> str:
    """The code with its section letter: `2110` means `C2110`, manufacturing."""
    code = (text or "").strip().upper()
    return f"C{code}" if code[:1].isdigit() else code


def _word(text: str | None) -> str:
    """The process that a cell names; a text that names none as it is."""
    said = (text or "").strip().lower()
    return next((name for word, name in PROCESSES.items() if word in said), said)
