"""Arguments of the API, put as the command line would put them: one rule reads both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from inspect import signature
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


def files_in(*given: Any) -> list[Path]:
    """The files and folders among arguments; shipped names, data frames and `-` are none."""
    named = (str(one).partition("#")[0] for one in given if isinstance(one, str | Path))
    return [path for path in map(Path, named) if path.exists()]


def options_asked(of: Callable[..., Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of a call as JSON values: those that differ from the defaults, no functions.

    A data frame stands as what it is; where results go is no part of the question.

    Args:
        of: the function that was called.
        given: its arguments.
    """
    defaults = {name: one.default for name, one in signature(of).parameters.items()}
    return {
        name: _as_json(value)
        for name, value in given.items()
        if name not in ("out", "force") and _is_given(value, defaults.get(name))
    }


def _is_given(value: Any, default: Any) -> bool:
    if value is None or callable(value):
        return False
    if isinstance(value, list | tuple):
        return bool(value)
    return not isinstance(value, str | int | float) or value != default


def _as_json(value: Any) -> Any:
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_as_json(one) for one in value]
    return str(value) if isinstance(value, Path | Decimal) else f"<{type(value).__name__}>"


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
