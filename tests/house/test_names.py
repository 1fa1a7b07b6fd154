"""A name says one thing: files, folders and public classes are unique in the tree."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("permits", "market", "optimize", "scenarios")
# Files of a question's folder and of a command carry the name of their part by convention.
PARTS = {"solve", "table", "section", "chart"}
COMMANDS = "scenarios/commands/"
SAME_THING = {
    # A question about a plan: how it is solved (optimize), and asked and shown (planning).
    "alternatives",
    "dominated",
    "fairness",
    "frontier",
    "receptors",  # zones: the physics; planning: limits on what arrives
    "rounding",  # both round: the wire's last digit, and the bridge from tonnes to milligrams
}
"""Names that occur twice because they name the same thing."""


def test_a_file_name_occurs_once() -> None:
    found = defaultdict(list)
    for name, place in _file_names():
        found[name].append(place)
    twice = {
        name: places
        for name, places in found.items()
        if len(places) > 1 and name not in SAME_THING and not _is_main_file(places)
    }
    assert twice == {}


def test_a_public_class_name_occurs_once() -> None:
    found = defaultdict(list)
    for path in _files():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(str(path.relative_to(ROOT)))
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


def test_what_is_listed_as_the_same_thing_still_occurs_twice() -> None:
    names = [name for name, _ in _file_names()]
    assert {name for name in SAME_THING if names.count(name) < 2} == set()


def _files() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def _file_names() -> Iterator[tuple[str, str]]:
    """Names of modules and of folders with code, without the parts of a convention."""
    folders = set()
    for path in _files():
        place = str(path.relative_to(ROOT))
        if path.stem == "__init__":
            folders.add(path.parent)
        elif path.stem not in PARTS and not place.startswith(COMMANDS):
            yield path.stem, place
    for folder in sorted(folders):
        yield folder.name, f"{folder.relative_to(ROOT)}/"


def _is_main_file(places: list[str]) -> bool:
    """A folder and the file in it that people come for: `card/card.py`."""
    folder, *files = sorted(places, key=lambda place: not place.endswith("/"))
    return len(files) == 1 and files[0].startswith(folder)
