"""A package has few rooms, and few arrows between them: what a newcomer can keep in mind."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.house.picture import PACKAGES, ROOT, draw, picture

MOST_ROOMS = {"permits": 24, "market": 11, "optimize": 34, "scenarios": 16}
MOST_ARROWS = {"permits": 65, "market": 25, "optimize": 136, "scenarios": 60}
LINES_OF_A_MAP = 15
FLAT = {"optimize"}
"""One subject in one reading order, as flat as a book: its map has a line per file."""


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_has_few_rooms_and_arrows(package: str) -> None:
    seen = picture(package)
    assert len(seen.rooms) <= MOST_ROOMS[package]
    assert len(seen.arrows) <= MOST_ARROWS[package]


@pytest.mark.parametrize("package", PACKAGES)
def test_there_is_no_circle(package: str) -> None:
    assert picture(package).floors > 0  # counting the floors raises where there is a circle


def test_the_map_of_a_package_is_short() -> None:
    long = {
        str(path.parent.relative_to(ROOT)): count
        for package in sorted({*PACKAGES} - FLAT)
        for path in sorted((ROOT / package).rglob("__init__.py"))
        if (count := _lines_of_map(path)) > LINES_OF_A_MAP
    }
    assert long == {}


def _lines_of_map(path: Path) -> int:
    head = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return sum(line.startswith("    ") for line in head.splitlines())


def test_the_page_shows_the_rooms_as_they_are() -> None:
    """docs/architecture.md holds what `python -m tests.house.picture` prints."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert f"```\n{draw()}\n```" in page
