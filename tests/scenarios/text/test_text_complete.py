"""Every text that a user can read has its Chinese."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from scenarios.planning.plan_question import find_questions
from scenarios.results.table_specs import TABLES
from scenarios.text import chinese

ROOT = Path(__file__).parents[3]
PACKAGES = ("permits", "market", "optimize", "scenarios")
CATALOGUES = sorted((ROOT / "scenarios" / "text" / "zh").glob("*.po"))
NAMED = {"text", "mend", "said_text"}
"""Variables that hold a text until it is raised or told."""
MARKED = {"WORDS", "TEXTS", "TITLES", "OWNERS"}
"""Module-level dicts whose values are texts."""
TEXT_PLACE = {"append": 4, "Violation": 1, "Friction": 1}
"""Calls that take a text, and where: the log's `append`, an audit's `Violation`."""
RULE_PLACE = 5
"""Where the log's `append` takes the rule, `words of it [Source]`."""


def _modules() -> list[Path]:
    found = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [ROOT / "cli.py", *found] if (ROOT / "cli.py").exists() else found


def _constant(node: ast.expr | None) -> str | None:
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str) else None


def _either(node: ast.expr) -> Iterator[str | None]:
    """A text, or each of two that are chosen from."""
    if isinstance(node, ast.IfExp):
        yield from _either(node.body)
        yield from _either(node.orelse)
    else:
        yield _constant(node)


def _rule(node: ast.expr) -> str | None:
    """The words of a rule, without its source."""
    said = _constant(node)
    return said.partition(" [")[0] if said else None


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _in_call(node: ast.Call) -> Iterator[str | None]:
    name = _called(node)
    if name in ("t", "help_of") and node.args:
        yield from _either(node.args[0])
    place = TEXT_PLACE.get(name)
    if place is not None and len(node.args) > max(place, 1) and (name != "append" or place < 5):
        yield _constant(node.args[place])
    if name == "append" and len(node.args) > RULE_PLACE:
        yield _rule(node.args[RULE_PLACE])
    yield from (_constant(k.value) for k in node.keywords if k.arg == "notice")
    code = _constant(node.args[0]) if len(node.args) >= 2 else None
    if code and "." in code and " " not in code and name not in TEXT_PLACE and name[:1].isupper():
        yield from _either(node.args[1])
        for keyword in node.keywords:
            if keyword.arg == "mend":
                yield from _either(keyword.value)


def _in_assignment(node: ast.Assign | ast.AnnAssign) -> Iterator[str | None]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    names = [
        element.id
        for target in targets
        for element in (target.elts if isinstance(target, ast.Tuple) else [target])
        if isinstance(element, ast.Name)
    ]
    if MARKED.intersection(names) and isinstance(node.value, ast.Dict):
        yield from (_constant(value) for value in node.value.values)
    elif "RULES" in names and isinstance(node.value, ast.Dict):
        yield from map(_rule, node.value.values)
    elif any(name.endswith("_RULE") for name in names):
        yield _rule(node.value)
    elif NAMED.intersection(names) and isinstance(node.value, ast.Tuple):
        pairs = zip(names, node.value.elts, strict=False)
        yield from (_constant(value) for name, value in pairs if name in NAMED)
    elif NAMED.intersection(names):
        yield _constant(node.value)


def texts_in(path: Path) -> set[str]:
    """Texts of a module: told by `t`, errors and remedies, events, violations."""
    found: set[str | None] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            found.update(_in_call(node))
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            found.update(_in_assignment(node))
    return {text for text in found if text and any(sign.isalpha() for sign in _bare(text))}


def _bare(text: str) -> str:
    """The text without its placeholders."""
    try:
        return "".join(part[0] for part in string.Formatter().parse(text))
    except ValueError:
        return text


def _fields(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_of_a_module_has_its_chinese(path: Path) -> None:
    missing = sorted(texts_in(path) - set(chinese()))
    assert not missing, "without Chinese:\n" + "\n".join(missing)


def test_every_table_and_column_has_a_chinese_title() -> None:
    specs = [*TABLES.values(), *(spec for one in find_questions() for spec in one.specs)]
    titles = {spec.title for spec in specs}
    titles |= {column.title for spec in specs for column in spec.columns}
    assert not sorted(titles - set(chinese()))


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_a_catalogue_is_sound(path: Path) -> None:
    """Read whole, nothing twice, nothing fuzzy, the same placeholders on both sides."""
    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    assert str(catalogue.locale) == "zh"
    for message in catalogue:
        if message.id:
            assert message.string, message.id
            assert not message.fuzzy, message.id
            spare = _fields(str(message.string)) - _fields(str(message.id))
            assert not spare, message.id


def test_catalogues_do_not_contradict_each_other() -> None:
    seen: dict[str, tuple[str, str]] = {}
    for path in CATALOGUES:
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id:
                    known = seen.setdefault(str(message.id), (str(message.string), path.name))
                    assert known[0] == message.string, (message.id, known[1], path.name)


def test_catalogues_read_as_babel_reads_them() -> None:
    expected: dict[str, str] = {}
    for path in CATALOGUES:
        with path.open("rb") as file:
            expected |= {str(m.id): str(m.string) for m in read_po(file) if m.id and m.string}
    assert chinese() == expected


def test_every_text_of_a_catalogue_is_still_used() -> None:
    """An English text that was reworded leaves no Chinese behind.

    Texts of the starter are wrapped into comments there, and its own tests read them.
    """
    shipped = sorted((ROOT / "scenarios" / "files").rglob("*.*"))
    used = "\n".join(
        [
            *(text for path in _modules() for text in _strings_in(path)),
            *(path.read_text(encoding="utf-8") for path in shipped if path.suffix != ".xlsx"),
            "true-up stated in the scenario",  # made of two in phases/period_end.py
        ]
    )
    unused = [
        f"{path.name}: {text}"
        for path in CATALOGUES
        if path.stem != "starter"
        for text in _keys_in(path)
        if text not in used
    ]
    assert unused == []


def _keys_in(path: Path) -> list[str]:
    with path.open("rb") as file:
        return [str(message.id) for message in read_po(file) if message.id]


def _strings_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
