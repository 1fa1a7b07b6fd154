"""Every error and event of the year, its contracts and policies, as it stands in the code.

A message appears only when its rule bites; here all of them are read at once: a text that the
translations know, a code in small letters, and a value for each placeholder.
"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from permits import errors
from scenarios.text import chinese
from scenarios.text.wording import chinese_title

ROOT = Path(__file__).resolve().parents[3]
PARTS = ("scenarios/simulation", "scenarios/policies", "market/contracts", "market/settle.py")
MODULES = sorted(
    path
    for part in PARTS
    for path in ([ROOT / part] if part.endswith(".py") else (ROOT / part).rglob("*.py"))
)
ERRORS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.RightsError)
}
CODE = re.compile(r"[a-z_]+\.[a-z_0-9]+")
NO_PLACE = {
    "command.measure", "command.no_book", "command.no_firm", "command.no_government",
    "command.no_lease", "command.no_seat",
    "command.no_shift", "command.phase", "command.share", "command.with", "instruction.form",
}  # fmt: skip
"""Errors whose place is the command or instruction that is refused, which the caller names."""
PHASES = {
    "abate", "apply_policies", "build", "buyback", "clear", "close_day", "deliver", "end_leases",
    "licences", "open_session", "open_year", "pledges", "settle", "start_leases", "swipes",
}  # fmt: skip
"""What the log gives as an event's phase."""
OF_EVENT = {"mass": "mass_mg", "money": "money_fen"}
"""Placeholders of events that are filled from another argument; `who` is an argument itself."""


def _calls(path: Path, names: set[str]) -> list[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names
    ]


def _texts(node: ast.expr) -> Iterator[str]:
    """A text, or each of those that are chosen from; nothing for what stands elsewhere."""
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.Constant):
        assert isinstance(node.value, str), f"line {node.lineno}: no text"
        yield node.value


def _placeholders(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def _nothing_is_missing(call: ast.Call, positional: int) -> None:
    assert len(call.args) == positional, f"line {call.lineno}"
    for node in ast.walk(call):
        assert not (isinstance(node, ast.Constant) and node.value is None), f"line {call.lineno}"


def _of(path: Path, names: set[str]) -> list[tuple[ast.Call, dict[str, ast.expr]]]:
    return [
        (call, {k.arg: k.value for k in call.keywords if k.arg}) for call in _calls(path, names)
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_error_says_what_where_and_how_to_mend_it(path: Path) -> None:
    for call, given in _of(path, ERRORS):
        _nothing_is_missing(call, 2)
        for code in _texts(call.args[0]):
            assert CODE.fullmatch(code), code
            assert given.keys() >= {"where", "mend"} or code in NO_PLACE, code
        for text in (*_texts(call.args[1]), *_texts(given["mend"])):
            assert text in chinese(), text
            named = {re.split(r"[!:.\[]", one)[0] for one in _placeholders(text)}
            spread = any(k.arg is None for k in call.keywords)
            assert spread or named <= given.keys(), text


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_event_says_what_happened_by_which_rule(path: Path) -> None:
    for call, given in _of(path, {"happened"}):
        _nothing_is_missing(call, 6)
        _, phase, kind, _, text, rule = call.args
        for one in _texts(phase):
            assert one in PHASES, one
        for one in _texts(kind):
            assert CODE.fullmatch(one), one
            assert chinese_title(one) != one, one
        for one in _texts(text):
            assert one in chinese(), one
            named = {OF_EVENT.get(field, field) for field in _placeholders(one)} - {"who"}
            assert named <= given.keys(), one
        for one in _texts(rule):
            assert one.partition(" [")[0] in chinese(), one
