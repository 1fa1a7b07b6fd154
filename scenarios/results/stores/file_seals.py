"""Hashes of a folder's files, the manifest that names them all, and its seal.

The manifest is written last, so that it stands for a complete folder. Its own SHA-256 is the
folder's *seal*: kept elsewhere, it finds every later change, whoever made it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath
from typing import Any

from scenarios.intake.tables import sha256
from scenarios.results.stores.jsontext import to_json

MANIFEST = "manifest.json"
FORMAT = 2
"""Of the manifest: from this one on it names every file of its folder; the first named
`summary.json` and the tables only, and stood in the folders of runs alone."""
SPECKS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""What file managers leave in a folder that people look at; nobody's work."""
_HASH = re.compile(r"[0-9a-f]{64}")


def seal_of(folder: Path) -> str | None:
    """SHA-256 of the folder's manifest; `None` without one."""
    path = folder / MANIFEST
    return sha256(path) if path.is_file() and not path.is_symlink() else None


def write_manifest(folder: Path, about: Mapping[str, Any]) -> None:
    """Write the manifest of a folder that is complete but for it.

    Args:
        folder: the folder.
        about: `kind`, and what else the folder's writer says of it.
    """
    try:
        program = version("permits")
    except PackageNotFoundError:
        program = "0"  # run from a source tree that was never installed
    manifest = {"format": FORMAT, "permits": program, **about, "files": dict(_hashes(folder))}
    (folder / MANIFEST).write_bytes(to_json(manifest).encode())


def read_sealed(folder: Path) -> Mapping[str, Any] | None:
    """The manifest of a folder of ours; `None` for a missing, unreadable or other one."""
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and named_files(found) is not None else None


def names_every_file(manifest: Mapping[str, Any]) -> bool:
    """Whether the manifest is of the form that names all files of its folder."""
    form = manifest.get("format")
    return type(form) is int and form >= FORMAT


def named_files(manifest: Mapping[str, Any]) -> dict[str, str] | None:
    """The files that a manifest names, with their hashes; `None` if it names none rightly."""
    files = manifest.get("files")
    if not isinstance(files, dict) or not files:
        return None
    for name, digest in files.items():
        if not is_plain(name) or not isinstance(digest, str) or not _HASH.fullmatch(digest):
            return None
    return dict(files)


def is_plain(name: str) -> bool:
    """Whether a name leads to a file within the folder, on every system."""
    parts = PurePosixPath(name).parts
    return (
        bool(parts)
        and "/".join(parts) == name
        and not any(part in ("..", ".") or set(part) & set("\\:\0") for part in parts)
        and parts[0] != "/"
        and name != MANIFEST
    )


def _hashes(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file of the folder by its name within it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / MANIFEST:
            yield path.relative_to(folder).as_posix(), sha256(path)
