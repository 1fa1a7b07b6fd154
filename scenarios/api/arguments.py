"""Arguments of the API, put as the command line would put them: one rule reads both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from scenarios.intake.cells import as_written

Texts = str | Sequence[str]
"""One text, or several: what the commands take as a repeatable option."""
Places = str | Path | Sequence[str | Path]
"""One path, or several."""
Number = str | int | float | Decimal
"""A mass or an amount: a number, or text as the command takes it (`"120 kg"`)."""


def texts(given: Texts) -> tuple[str, ...]:
    """The texts of a repeatable option."""
    return (given,) if isinstance(given, str) else tuple(given)


def paths(given: Places) -> list[Path]:
    """The paths of a repeatable option."""
    return [Path(one) for one in ([given] if isinstance(given, str | Path) else given)]


def written(given: Number | None) -> str | None:
    """A number as text; `None` stays."""
    return None if given is None else as_written(given)


def written_each(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Values of `name=value` options: numbers as text, anything else as it is."""
    return {
        name: value
        if isinstance(value, bool) or not isinstance(value, Number)
        else as_written(value)
        for name, value in (given or {}).items()
    }
