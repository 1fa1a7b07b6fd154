"""Which sub-sector of a catalogue a source belongs to, by its trade code and process.

Trade codes are those of GB/T 4754; a mapping row holds for all codes that begin with its
own, the longest beginning first, and a row with the source's process before one without.
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
"""(beginning of a trade code, process): sub-sector, and whether the link is assumed."""


def load_trades(path: Path) -> Trades:
    """Read a mapping of trades. Raises: as `read_table`."""
    return {
        (_code(row.values["trade"]), _word(row.values["process"])): (
            row.values["subsector"],
            row.values["status"] == "assumed",
        )
        for row in read_table(path, FIELDS).rows
    }


def find_subsector(trades: Trades, trade: str, process: str) -> tuple[str, bool] | None:
    """The sub-sector of a trade and process, and whether that is assumed; None: of none."""
    code = _code(trade)
    for length in range(len(code), 0, -1):
        for wanted in dict.fromkeys((_word(process), "")):
            if (code[:length], wanted) in trades:
                return trades[code[:length], wanted]
    return None


def _code(text: str | None) -> str:
    """`2110` is written for `C2110` too: manufacture is section C."""
    code = (text or "").strip().upper()
    return f"C{code}" if code[:1].isdigit() else code


def _word(text: str | None) -> str:
    return (text or "").strip().lower()
