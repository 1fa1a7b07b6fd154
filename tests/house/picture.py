"""Count the rooms, floors and arrows of each package: `python -m tests.house.picture`.

A room is a file or folder at a package's top, without its `__init__`. An arrow is a pair of
rooms of which the first imports the second. A floor is a step of the longest chain of arrows.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("permits", "market", "optimize", "scenarios")
WIDTH = 90  # of a printed line


@dataclass(frozen=True)
class Picture:
    """The structure of one package."""

    package: str
    rooms: tuple[str, ...]
    arrows: frozenset[tuple[str, str]]  # (importing room, imported room)

    @property
    def floors(self) -> int:
        """Rooms in the longest chain of imports; a circle raises."""
        return max(self.floor_of.values(), default=0)

    @property
    def floor_of(self) -> dict[str, int]:
        """Each room's floor: 1 where it imports no other room, else one above the highest."""
        below = {room: {to for source, to in self.arrows if source == room} for room in self.rooms}
        floors: dict[str, int] = {}
        while len(floors) < len(self.rooms):
            ready = [room for room in below if room not in floors and below[room] <= {*floors}]
            assert ready, f"{self.package}: a circle among {sorted(set(below) - set(floors))}"
            for room in ready:
                floors[room] = 1 + max((floors[to] for to in below[room]), default=0)
        return floors


@cache
def picture(package: str) -> Picture:
    """The rooms and arrows of a package, read from its imports."""
    folder = ROOT / package
    rooms = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    rooms |= {path.name for path in folder.iterdir() if any(path.rglob("*.py"))}
    arrows = {
        (own, target)
        for path in sorted(folder.rglob("*.py"))
        if (own := path.relative_to(folder).with_suffix("").parts[0]) != "__init__"
        for target in _targets(path, package)
        if target in rooms and target != own
    }
    return Picture(package, tuple(sorted(rooms)), frozenset(arrows))


def _targets(path: Path, package: str) -> Iterator[str]:
    """The rooms of `package` that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{name.name}" for name in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == package and len(parts) > 1:
                yield parts[1]


def draw() -> str:
    """A line of counts per package, and its rooms floor by floor, the highest first."""
    lines = []
    for package in PACKAGES:
        seen = picture(package)
        counts = f"{len(seen.rooms)} rooms, {seen.floors} floors, {len(seen.arrows)} arrows"
        lines.append(f"{package}: {counts}")
        for floor in range(seen.floors, 0, -1):
            rooms = [room for room in seen.rooms if seen.floor_of[room] == floor]
            text = textwrap.wrap(" ".join(rooms), WIDTH)
            lines += [f"{floor if n == 0 else '':>4}  {line}" for n, line in enumerate(text)]
    return "\n".join(lines)


if __name__ == "__main__":
    print(draw())
