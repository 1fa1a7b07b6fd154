"""What is shipped: every package, every data file, and nothing that is not ours to give."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TOP = ("permits", "market", "optimize", "scenarios")
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PYPROJECT["tool"]["setuptools"]


def test_every_folder_with_code_is_a_listed_package() -> None:
    there = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for top in TOP
        for path in (ROOT / top).rglob("*.py")
    }
    assert sorted(there) == sorted(SETUPTOOLS["packages"])


def test_every_package_has_its_map() -> None:
    """Without an __init__ a folder is found by luck, and its reading order stands nowhere."""
    without = [
        name
        for name in SETUPTOOLS["packages"]
        if not ROOT.joinpath(*name.split("."), "__init__.py").is_file()
    ]
    assert without == []


def test_every_file_that_is_not_code_is_package_data() -> None:
    shipped = {
        path
        for package, patterns in SETUPTOOLS["package-data"].items()
        for pattern in patterns
        for path in ROOT.joinpath(*package.split(".")).glob(pattern)
        if path.is_file()
    }
    there = {
        path
        for top in TOP
        for path in (ROOT / top).rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }
    assert sorted(there - shipped) == []


def test_every_dependency_is_pinned() -> None:
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(name for extra in extras for name in extra)]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.split("==")[0].lower() for line in lines if "==" in line}
    missing = [name for name in wanted if _name(name) not in pinned]
    assert missing == []


def test_the_version_stands_in_the_changelog_and_the_citation() -> None:
    version = PYPROJECT["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"version: {version}" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def _name(requirement: str) -> str:
    """`pulp>=3.3.1,<4` → `pulp`, `dask[distributed]>=2024.8` → `dask`."""
    return requirement.split("[")[0].split(">")[0].split("<")[0].split("=")[0].strip().lower()
