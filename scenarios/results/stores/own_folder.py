"""What `--force` may replace: a folder that holds our files as we wrote them, nothing else.

A folder is ours if its manifest is, and every file in it, at any depth, is named there and
has the hash that stands there. Anything else is somebody's work, and is refused by name.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from permits.errors import InputError
from scenarios.intake.tables import sha256
from scenarios.results.stores.file_seals import (
    MANIFEST,
    SPECKS,
    named_files,
    names_every_file,
    read_sealed,
)

Place = tuple[int, int]
"""Device and number of a file: the same under every name that it has."""
OPEN_IN_EXCEL = "~$"
"""How the name of the file begins that Excel keeps beside an opened workbook."""


def check_free(out: Path, force: bool, inputs: Iterable[Path] = ()) -> None:
    """Check that a folder may be written, or replaced with `force`; nothing is touched.

    Args:
        out: the folder.
        force: whether earlier results there may be replaced.
        inputs: files and folders that the command reads.
    Raises: InputError for a file or link in its place, a folder that holds something (without
        `force`), and for the first thing in it that is not ours, was changed, or is an input.
    """
    if out.is_symlink():
        text, mend = "{out} is a link, not a folder of its own", "name the folder itself"
        raise _refused("out.folder_link", text, mend, out)
    if out.exists() and not out.is_dir():
        text, mend = "{out} is a file, not a folder", "name a folder that does not exist yet"
        raise _refused("out.file", text, mend, out)
    if is_empty(out):
        return
    if not force:
        text = "the folder {out} exists and is not empty"
        mend = "name another folder, or add --force to replace what is there"
        raise _refused("out.exists", text, mend, out)
    _check_ours(out, list(inputs))


def is_empty(folder: Path) -> bool:
    """Whether a folder is missing, or holds nothing but what file managers leave there."""
    return not folder.is_dir() or all(path.name in SPECKS for path in folder.iterdir())


def remove_ours(folder: Path, names: Iterable[str]) -> bool:
    """Remove a folder by the names of its own files; what else is in it stays.

    Args:
        folder: the folder.
        names: plain names within it, as its manifest has them.
    Returns: whether the folder is gone.
    """
    files = sorted(names)
    above = {"/".join(parts[:n]) for parts in (f.split("/") for f in files)
             for n in range(1, len(parts))}  # fmt: skip
    for name in (*files, *_specks_in(folder), MANIFEST):
        with suppress(OSError):
            _unlink(folder, name)
    with suppress(OSError):
        for name in sorted(above, key=lambda one: -one.count("/")):
            if not (folder / name).is_symlink():
                (folder / name).rmdir()
        folder.rmdir()
    return not folder.exists()


def _check_ours(out: Path, inputs: list[Path]) -> None:
    manifest, there = read_sealed(out), list(_walk(out))
    _check_inputs(out, there, inputs)
    if manifest is None:
        text = "the folder {out} has no manifest of ours: no command of this version wrote it"
        mend = (
            "name another folder; --force replaces only what this program wrote and names in "
            "manifest.json, which version 0.1 did not"
        )
        raise _refused("out.no_manifest", text, mend, out)
    if not names_every_file(manifest):
        text, mend = (
            "the folder {out} is of version 0.1, whose manifest does not name every file",
            "name another folder, or move this one away",
        )
        raise _refused("out.old", text, mend, out)
    named = named_files(manifest) or {}
    above = {name.rsplit("/", n)[0] for name in named for n in range(1, name.count("/") + 1)}
    for name, told in there:
        if not (stat.S_ISDIR(told.st_mode) and name in above):
            _check_file(out, name, told, named)


def _check_file(out: Path, name: str, told: os.stat_result, named: Mapping[str, str]) -> None:
    """Refuse what the manifest does not name, or does not name so."""
    base = name.rpartition("/")[2]
    if base.startswith(OPEN_IN_EXCEL):
        text, mend = "{name} says that a workbook in {out} is open", "close the file in Excel"
        raise _refused("out.excel", text, mend, out, name)
    mend = "move it away, or name another folder; nothing was touched"
    if not stat.S_ISREG(told.st_mode):
        text = "{name} in {out} is a folder, link or device that its manifest does not name"
        raise _refused("out.link", text, mend, out, name)
    if name == MANIFEST or base in SPECKS:
        return
    if name not in named:
        text = "{name} in {out} is not among the files that its manifest names"
        raise _refused("out.foreign", text, mend, out, name)
    if sha256(out / name) != named[name]:
        text = "{name} in {out} was changed since it was written"
        raise _refused("out.changed", text, mend, out, name)


def _check_inputs(out: Path, there: list[tuple[str, os.stat_result]], inputs: list[Path]) -> None:
    """An input of the command is not replaced by its results, whatever its name."""
    places, real = set[Place](), out.resolve()
    found: str | None = None
    for one in inputs:
        read = one.resolve()
        if read == real or real in read.parents:
            found = "." if read == real else read.relative_to(real).as_posix()
        with suppress(OSError):
            told = read.stat()
            places.add((told.st_dev, told.st_ino))
    same = (name for name, told in there if (told.st_dev, told.st_ino) in places)
    found = found or next(same, None)
    if found is not None:
        text, mend = "{name} in {out} is an input of this command", "name another folder"
        raise _refused("out.input", text, mend, out, found)


def _walk(folder: Path, above: str = "") -> Iterator[tuple[str, os.stat_result]]:
    """Everything in a folder by its name within it, links not followed; sorted."""
    for entry in sorted(os.scandir(folder), key=lambda one: one.name):
        told, name = os.lstat(entry.path), above + entry.name
        yield name, told
        if stat.S_ISDIR(told.st_mode):
            yield from _walk(Path(entry.path), f"{name}/")


def _specks_in(folder: Path) -> list[str]:
    with suppress(OSError):
        return [name for name, _ in _walk(folder) if name.rpartition("/")[2] in SPECKS]
    return []


def _unlink(folder: Path, name: str) -> None:
    """Remove a file by its name within a folder, through no link on the way."""
    *above, last = name.split("/")
    if os.unlink not in os.supports_dir_fd or not hasattr(os, "O_NOFOLLOW"):
        path = folder
        for part in above:
            path = path / part
            if path.is_symlink():
                return
        (path / last).unlink()
        return
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    opened = os.open(folder, flags)
    try:
        for part in above:
            inner = os.open(part, flags, dir_fd=opened)
            os.close(opened)
            opened = inner
        os.unlink(last, dir_fd=opened)
    finally:
        os.close(opened)


def _refused(code: str, text: str, mend: str, out: Path, name: str = "") -> InputError:
    return InputError(code, text, where="--out", mend=mend, out=str(out), name=name)
