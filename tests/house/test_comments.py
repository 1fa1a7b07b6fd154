"""Constants have reasons, and functions with several parameters say what they take."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("permits", "market", "optimize", "scenarios")
PLAIN = (0, 1, -1)  # as a default these are no choice: none, one, the last
SCHEMA = {"schema.py", "sourced.py"}  # described key by key; docs/scenario-keys.md
COMMANDS = "scenarios/commands/"  # a parameter is an option, and its help describes it
PARAMETERS = 3
SHARE_WITH_ARGS = 0.9


def test_every_numeric_constant_and_default_has_a_reason() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{line} {what}"
        for path in _files()
        if path.name not in SCHEMA
        for line, what in (*_constants(path), *_defaults(path))
    ]
    assert bare == []


def test_functions_with_several_parameters_describe_them() -> None:
    described = {where: "Args:" in doc for where, doc in _functions()}
    missing = [where for where, has in described.items() if not has]
    assert len(missing) <= (1 - SHARE_WITH_ARGS) * len(described), missing


def _files() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def _constants(path: Path) -> Iterator[tuple[int, str]]:
    """Numbers named at the top of a module without a comment or a docstring below."""
    text = path.read_text(encoding="utf-8")
    body = ast.parse(text).body
    for node, after in zip(body, [*body[1:], None], strict=True):
        if (
            isinstance(node, ast.Assign | ast.AnnAssign)
            and node.value is not None
            and _is_number(node.value)
            and not _is_text(after)
            and not _has_comment(text.splitlines(), node)
        ):
            yield node.lineno, ast.unparse(node)


def _defaults(path: Path) -> Iterator[tuple[int, str]]:
    """Numeric defaults of fields and parameters that nothing explains."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef):
            named = zip(node.body, [*node.body[1:], None], strict=True)
            for field, after in named:
                if (
                    isinstance(field, ast.AnnAssign)
                    and isinstance(field.target, ast.Name)
                    and field.value is not None
                    and _is_choice(field.value)
                    and not _is_text(after)
                    and not _has_comment(lines, field)
                    and not _mentions(node, field.target.id)
                ):
                    yield field.lineno, ast.unparse(field)
        elif isinstance(node, ast.FunctionDef):
            for name, value in _parameters_with_defaults(node):
                if (
                    _is_choice(value)
                    and not _mentions(node, name)
                    and "#" not in lines[value.lineno - 1]
                ):
                    yield value.lineno, f"{node.name}({name}={ast.unparse(value)})"


def _functions() -> Iterator[tuple[str, str]]:
    """Public functions and methods of three or more parameters, with their docstrings."""
    for path in _files():
        place = str(path.relative_to(ROOT))
        if place.startswith(COMMANDS):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        classes = [
            node
            for node in tree.body
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        ]
        for node in [*tree.body, *(inner for cls in classes for inner in cls.body)]:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                taken = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                if sum(arg.arg not in ("self", "cls") for arg in taken) >= PARAMETERS:
                    yield f"{place}:{node.lineno} {node.name}", ast.get_docstring(node) or ""


def _parameters_with_defaults(node: ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    plain = [*node.args.posonlyargs, *node.args.args]
    late = plain[len(plain) - len(node.args.defaults) :]
    for arg, value in zip(late, node.args.defaults, strict=True):
        yield arg.arg, value
    for arg, keyword in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if keyword is not None:
            yield arg.arg, keyword


def _is_number(node: ast.expr) -> bool:
    """A literal, arithmetic of literals, or several of them."""
    match node:
        case ast.Constant(value=value):
            return isinstance(value, int | float) and not isinstance(value, bool)
        case ast.UnaryOp(operand=inner):
            return _is_number(inner)
        case ast.BinOp(left=left, right=right):
            return _is_number(left) and _is_number(right)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return bool(elements) and all(map(_is_number, elements))
    return False


def _is_choice(node: ast.expr) -> bool:
    plain = isinstance(node, ast.Constant) and node.value in PLAIN
    return _is_number(node) and not plain


def _is_text(node: ast.stmt | None) -> bool:
    """A string that stands by itself: the docstring of what is above it."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _has_comment(lines: list[str], node: ast.stmt) -> bool:
    own = lines[node.lineno - 1 : node.end_lineno]
    before = lines[node.lineno - 2].strip() if node.lineno > 1 else ""
    return any("#" in line for line in own) or before.startswith("#")


def _mentions(node: ast.ClassDef | ast.FunctionDef, name: str) -> bool:
    return bool(re.search(rf"\b{name}\b", ast.get_docstring(node) or ""))
