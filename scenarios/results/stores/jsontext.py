"""Values as JSON text: the same bytes for the same values, numbers as plain decimals."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Any


def to_json(value: Any) -> str:
    """`value` as indented JSON with a newline at its end.

    Mappings keep their order. Decimals and floats are written without exponent and
    carry every digit they have; `None` is `null`; dates are ISO.

    Raises: ValueError for a number that is not finite, TypeError for an unknown type.
    """
    return "".join(_write(value, "")) + "\n"


def compact_json(value: Any) -> str:
    """`value` as JSON in one line without spaces: the form that is hashed."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def line_json(value: Any) -> str:
    """`value` as `to_json` writes it, in one line without an end."""
    if isinstance(value, Mapping):
        parts = (
            f"{json.dumps(str(k), ensure_ascii=False)}: {line_json(v)}" for k, v in value.items()
        )
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(line_json, value)) + "]"
    return "".join(_write(value, ""))


def plain(number: float | Decimal) -> str:
    """A finite number as a plain decimal: `0.0000001`, never `1e-07`."""
    if not isfinite(number):
        raise ValueError(f"{number} cannot be written as JSON")
    text = format(number if isinstance(number, Decimal) else Decimal(repr(float(number))), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _write(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        inner = [(json.dumps(str(k), ensure_ascii=False) + ": ", v) for k, v in value.items()]
        yield from _block("{", "}", inner, indent)
    elif isinstance(value, list | tuple):
        yield from _block("[", "]", [("", v) for v in value], indent)
    elif value is None or isinstance(value, bool | str | int):
        yield json.dumps(value, ensure_ascii=False)
    elif isinstance(value, float | Decimal):
        yield plain(value)
    elif isinstance(value, date):
        yield json.dumps(value.isoformat())
    else:
        raise TypeError(f"{value!r} has no place in JSON")


def _block(opening: str, closing: str, items: list[tuple[str, Any]], indent: str) -> Iterator[str]:
    if not items:
        yield opening + closing
        return
    deeper = indent + "  "
    for number, (label, value) in enumerate(items):
        yield (f"{opening}\n" if number == 0 else ",\n") + deeper + label
        yield from _write(value, deeper)
    yield f"\n{indent}{closing}"
