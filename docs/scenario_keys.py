"""Writes docs/scenario-keys.md from the schema, so that each default is defined once.

make docs
"""

from __future__ import annotations

import sys
import types
import typing
from datetime import date
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from permits.quantity import fmt_t, fmt_yuan
from scenarios.definition.amounts import Amount
from scenarios.definition.schema import ScenarioFile
from scenarios.definition.sourced import Fen, Given, Goal, MassMg, Share, ShareBelowOne

HEAD = """# Keys of a scenario file

Written by `docs/scenario_keys.py` from the schema; a test compares the two. `permits schema`
prints the same as a JSON schema for editors. How to write a scenario: [scenarios.md](scenarios.md).

**sourced** means that the value may be given bare or with its provenance,
`{ value = …, status = "…", source = "[key]", place = "…", from = date, to = date,
range = [low, high], note = "…" }`. A key without a default is required.
"""
# By name, since an annotated type does not equal itself once pydantic has taken it apart.
WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    date: "date",
    Amount: "mass or %",
    Any: "any",
    type(None): "nothing",
}
ANNOTATED: dict[str, Any] = {
    "MassMg": MassMg,
    "Fen": Fen,
    "Share": Share,
    "ShareBelowOne": ShareBelowOne,
    "Goal": Goal,
}
SAID = {
    "MassMg": "mass",
    "Fen": "yuan",
    "Share": "share",
    "ShareBelowOne": "share below 1",
    "Goal": "mass or %",
}


def main() -> None:
    """Print the page."""
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sections: dict[type[BaseModel], list[str]] = {}
    _collect(ScenarioFile, "", sections)
    pages = [HEAD, *(_section(model, names) for model, names in sections.items())]
    print("\n".join(pages), end="")


def _collect(model: type[BaseModel], path: str, found: dict[type[BaseModel], list[str]]) -> None:
    """Every table of the file with its paths, outermost first."""
    found.setdefault(model, []).append(path)
    for name, field in model.model_fields.items():
        inner, shape = _table(field.annotation)
        if inner is not None:
            key = field.alias or name
            _collect(inner, f"{path}.{key}".lstrip(".") + shape, found)


def _table(kind: Any) -> tuple[type[BaseModel] | None, str]:
    """The table that a key holds, and its notation: `[x]`, `[[x]]` or `[x.NAME]`."""
    if isinstance(kind, type) and issubclass(kind, BaseModel) and not issubclass(kind, Given):
        return kind, ""
    args = typing.get_args(kind)
    if typing.get_origin(kind) is dict:
        return (_table(args[1])[0], ".NAME")
    if typing.get_origin(kind) is tuple:
        return (_table(args[0])[0], "[]")
    for part in args if isinstance(kind, types.UnionType) else ():
        if _table(part)[0] is not None:
            return _table(part)
    return None, ""


def _section(model: type[BaseModel], names: list[str]) -> str:
    """A heading, the description of the table, and its keys."""
    title = "The file" if names == [""] else ", ".join(f"`{_bracketed(name)}`" for name in names)
    lines = [f"## {title}\n", (model.__doc__ or "").split("\n\n")[0].strip() + "\n"]
    rows = [
        _row(field.alias or name, field)
        for name, field in model.model_fields.items()
        if _table(field.annotation)[0] is None
    ]
    if rows:
        lines += ["| key | kind | default | meaning |", "|---|---|---|---|", *rows]
    return "\n".join(lines) + "\n"


def _row(key: str, field: FieldInfo) -> str:
    return f"| `{key}` | {_kind(field)} | {_default(field)} | {field.description or ''} |"


def _bracketed(name: str) -> str:
    return f"[[{name[:-2].replace('[]', '')}]]" if name.endswith("[]") else f"[{name}]"


def _kind(field: FieldInfo) -> str:
    """The kind of a key in words."""
    kind = field.annotation
    for alias, annotated in ANNOTATED.items():
        if list(field.metadata) and field.metadata == list(annotated.__metadata__):
            return SAID[alias]
    return _words(kind)


def _words(kind: Any) -> str:
    for alias, annotated in ANNOTATED.items():
        if kind == annotated:
            return SAID[alias]
    if isinstance(kind, type) and issubclass(kind, Given):
        (inner,) = kind.__pydantic_generic_metadata__["args"]
        return f"{_words(inner)}, sourced"
    if kind in WORDS:
        return WORDS[kind]
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return "one of " + ", ".join(f"`{arg}`" for arg in args)
    if origin is typing.Annotated:
        return _words(args[0])
    if origin in (list, tuple):
        return f"list of {_words(args[0])}"
    if origin is dict:
        return f"table: {_words(args[1])} by name"
    if origin in (types.UnionType, typing.Union):  # the latter of an annotated type
        return " or ".join(_words(arg) for arg in args if arg is not type(None))
    return str(kind)


def _default(field: FieldInfo) -> str:
    """The default of a key as the page shows it."""
    if field.default is PydanticUndefined:
        return "–"
    words = _kind(field)
    value = field.default.value if isinstance(field.default, Given) else field.default
    if value is None or value in ({}, ()):
        return "none"
    if words.startswith("mass") and isinstance(value, int):
        return f"{fmt_t(value)} t"
    return f"{fmt_yuan(value)} yuan" if words.startswith("yuan") else f"`{_toml(value)}`"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


if __name__ == "__main__":
    main()
