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
    return (text or "").strip().lower()
