"""A function fits on a page, and a file in a sitting."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
LINES_OF_A_FUNCTION = 60
MEDIAN_LINES = 12
LINES_OF_A_FILE = 600


def test_no_function_is_longer_than_a_page() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {_lines(node)} lines"
        for path, node in _functions()
        if _lines(node) > LINES_OF_A_FUNCTION
    ]
    assert long == []


def test_half_of_the_functions_are_short() -> None:
    assert median(_lines(node) for _, node in _functions()) <= MEDIAN_LINES


def test_no_file_is_longer_than_a_sitting() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in _files()
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LINES_OF_A_FILE
    }
    assert long == {}


def _files() -> Iterator[Path]:
    for top in ("permits", "market", "optimize", "scenarios", "benchmarks"):
        yield from sorted((ROOT / top).rglob("*.py"))
    yield ROOT / "cli.py"


@cache
def _functions() -> list[tuple[Path, ast.FunctionDef]]:
    return [
        (path, node)
        for path in _files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]


def _lines(node: ast.FunctionDef) -> int:
    """Lines of the body without its docstring: a command has as many parameters as options."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    if not body:
        return 0
    end = body[-1].end_lineno
    assert end is not None
    return end - body[0].lineno + 1
