"""Imports point one way, between packages and inside them."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("permits", "market", "optimize", "scenarios")
OURS = (*PACKAGES, "cli")
MAY_IMPORT = {
    "permits": {"permits"},
    "market": {"market", "permits"},
    "optimize": {"optimize", "permits"},
    "scenarios": {"scenarios", "market", "optimize", "permits"},
    "cli": {"scenarios", "permits"},
}
# What the two lower packages may take from others; scenarios and cli may use any dependency.
FROM_OTHERS = {
    "permits": {"numba", "numpy"},
    "market": {"numba", "numpy", "scipy"},
    "optimize": {"highspy", "numba", "numpy", "scipy", "pulp"},
}
# A line of a map names one room or several: `    right.py ledger/   what is held, ...`.
ENTRY = re.compile(r"^ {4}((?:[a-z_0-9]+(?:\.py|/)\s+)+)", re.MULTILINE)
NAME = re.compile(r"([a-z_0-9]+)(?:\.py|/)\s")


@dataclass(frozen=True)
class Import:
    """One import statement: who, whom, where."""

    path: Path
    line: int
    target: tuple[str, ...]  # ("permits", "ledger")

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line} imports {'.'.join(self.target)}"


def test_packages_import_only_what_stands_below_them() -> None:
    wrong = [
        str(found)
        for package in OURS
        for found in _imports_of(package)
        if found.target[0] in OURS and found.target[0] not in MAY_IMPORT[package]
    ]
    assert wrong == []


def test_the_lower_packages_use_no_more_than_they_say() -> None:
    wrong = [
        str(found)
        for package, allowed in FROM_OTHERS.items()
        for found in _imports_of(package)
        if found.target[0] not in allowed | set(OURS) | set(sys.stdlib_module_names)
    ]
    assert wrong == []


def test_only_the_solver_file_imports_pulp_and_highs() -> None:
    knowing = {
        str(found.path.relative_to(ROOT))
        for package in OURS
        for found in _imports_of(package)
        if found.target[0] in {"pulp", "highspy"}
    }
    assert knowing == {"optimize/solver.py"}


def test_no_module_draws_from_a_hidden_generator() -> None:
    """`random` and numpy's global generator would tie one firm's draws to another's."""
    wrong = [
        str(found) for name in OURS for found in _imports_of(name) if found.target[0] == "random"
    ]
    assert wrong == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_stands_in_its_packages_reading_order(package: str) -> None:
    for folder in _folders(ROOT / package):
        order = set(_reading_order(folder))
        if not order and folder != ROOT / package:
            continue  # one file a rule: each is read by itself, see `_goes_up`
        missing = _modules(folder) - order
        gone = order - _modules(folder)
        place = folder.relative_to(ROOT)
        assert not missing, f"{place}/__init__.py does not name {sorted(missing)}"
        assert not gone, f"{place}/__init__.py names {sorted(gone)}, which are not there"


@pytest.mark.parametrize("package", PACKAGES)
def test_a_module_imports_only_what_is_read_before_it(package: str) -> None:
    wrong = [str(found) for found in _imports_of(package) if _goes_up(found)]
    assert wrong == []


def _goes_up(found: Import) -> bool:
    """Whether an import reaches for what is read later, in the folder the two share."""
    own = found.path.relative_to(ROOT).with_suffix("").parts
    shared = 0
    while shared < min(len(own), len(found.target)) and own[shared] == found.target[shared]:
        shared += 1
    # A folder's __init__ stands before its modules and may gather them; and a package
    # named by itself is not a step in any order.
    if shared == 0 or shared in (len(own), len(found.target)) or own[shared] == "__init__":
        return False
    order = _reading_order(ROOT.joinpath(*own[:shared]))
    if found.target[shared] not in order or own[shared] not in order:
        return True  # rules of one folder know nothing of each other
    return order.index(found.target[shared]) > order.index(own[shared])


@cache
def _imports_of(package: str) -> tuple[Import, ...]:
    """Every import of a package's files, in their order."""
    return tuple(_find_imports(package))


def _find_imports(package: str) -> Iterator[Import]:
    root = ROOT / package
    files = sorted(root.rglob("*.py")) if root.is_dir() else [ROOT / f"{package}.py"]
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                for name in node.names:
                    yield Import(path, node.lineno, tuple(name.name.split(".")))
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}:{node.lineno}: a relative import"
                for name in node.names:
                    yield Import(path, node.lineno, _resolve(str(node.module), name.name))


def _resolve(module: str, name: str) -> tuple[str, ...]:
    """`from scenarios import text` means the module; `from permits.ledger import post` not."""
    parts = tuple(module.split("."))
    place = ROOT.joinpath(*parts, name)
    if parts[0] in OURS and (place.is_dir() or place.with_suffix(".py").is_file()):
        return (*parts, name)
    return parts


def _folders(package: Path) -> list[Path]:
    """A package's folders that hold code, outermost first."""
    return sorted({path.parent for path in package.rglob("*.py")})


def _modules(folder: Path) -> set[str]:
    """What a folder's reading order must name: its modules, and its folders with code."""
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    return files | {path.name for path in folder.iterdir() if any(path.glob("*.py"))}


@cache
def _reading_order(folder: Path) -> list[str]:
    """The names that the docstring of a folder's __init__ lists, in their order."""
    init = folder / "__init__.py"
    if not init.is_file():
        return []
    text = ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))) or ""
    return [name for line in ENTRY.findall(text) for name in NAME.findall(line)]
