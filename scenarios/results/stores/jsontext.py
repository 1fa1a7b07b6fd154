"""Values as JSON text: the same bytes for the same values, numbers as plain decimals."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from json.encoder import encode_basestring as _quoted
from math import isfinite
from typing import Any

from scenarios.results.stores.row_columns import RowColumns


def to_json(value: Any) -> str:
    """`value` as indented JSON with a newline at its end.

    Mappings keep their order. Decimals and floats are written without exponent and
    carry every digit they have; `None` is `null`; dates are ISO.

    Raises: ValueError for a number that is not finite, TypeError for an unknown type.
    """
    return _text(value, "") + "\n"


def compact_json(value: Any) -> str:
    """`value` as JSON in one line without spaces: the form that is hashed."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def line_json(value: Any) -> str:
    """`value` as `to_json` writes it, in one line without an end."""
    if isinstance(value, Mapping):
        parts = (f"{_quoted(str(k))}: {line_json(v)}" for k, v in value.items())
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, list | tuple | RowColumns):
        return "[" + ", ".join(map(line_json, value)) + "]"
    return _text(value, "")


def plain(number: float | Decimal) -> str:
    """A finite number as a plain decimal: `0.0000001`, never `1e-07`."""
    if not isfinite(number):
        raise ValueError(f"{number} cannot be written as JSON")
    text = str(number) if type(number) is Decimal else "E"
    # Most amounts are written as they are; an exponent is written out.
    if "E" in text:
        text = format(number if isinstance(number, Decimal) else Decimal(repr(float(number))), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _text(value: Any, indent: str) -> str:
    # By the exact type first: tables of 100,000s of rows consist of these.
    scalar = _SCALARS.get(type(value))
    if scalar is not None:
        return scalar(value)
    if isinstance(value, Mapping):
        deeper = indent + "  "
        lines = [f"{_quoted(str(k))}: {_text(v, deeper)}" for k, v in value.items()]
        return _block("{", "}", lines, indent)
    if isinstance(value, list | tuple):
        deeper = indent + "  "
        return _block("[", "]", [_text(v, deeper) for v in value], indent)
    if isinstance(value, RowColumns):
        return _rows_text(value, indent)
    if isinstance(value, str | int):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float | Decimal):
        return plain(value)
    if isinstance(value, date):
        return _quoted(value.isoformat())
    raise TypeError(f"{value!r} has no place in JSON")


def _rows_text(rows: RowColumns, indent: str) -> str:
    """As `_text` of a list of its rows: each is filled into one form."""
    deeper = indent + "  "
    names = (_quoted(name).replace("%", "%%") for name in rows.columns)
    form = _block("{", "}", [f"{name}: %s" for name in names], deeper)
    return _block("[", "]", list(map(form.__mod__, rows.texts(_quoted))), indent)


def _block(opening: str, closing: str, lines: list[str], indent: str) -> str:
    if not lines:
        return opening + closing
    return f"{opening}\n{indent}  " + f",\n{indent}  ".join(lines) + f"\n{indent}{closing}"


_SCALARS: dict[type, Callable[[Any], str]] = {
    str: _quoted,
    int: repr,
    Decimal: plain,
    float: plain,
    bool: {False: "false", True: "true"}.__getitem__,
    type(None): lambda _: "null",
}
