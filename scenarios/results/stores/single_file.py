"""Writing one file, completely or not at all.

The content goes into a file of a random name beside it, to the disk, and only then under its
name, so that an earlier file of that name is whole until the new one is.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from permits.errors import InputError
from scenarios.results.stores.disk_errors import disk_told


def write_single(
    path: Path,
    content: bytes | Callable[[Path], object],
    *,
    force: bool = False,
    inputs: Iterable[Path] = (),
    where: str = "--out",
) -> Path:
    """Write the file `path`.

    Args:
        path: the file; folders above it are made.
        content: its bytes, or a function that writes them to the path it is given.
        force: replace an earlier file.
        inputs: files and folders that the command reads, which it never replaces or adds to.
        where: the option that named the file.
    Returns: `path`.
    Raises: InputError if the file exists (without `force`), is an input, or if the disk
        refuses; an earlier file is unchanged then.
    """
    with disk_told(path, where):
        check_single(path, force=force, inputs=inputs, where=where)
        path.parent.mkdir(parents=True, exist_ok=True)
        opened, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(opened)
        part = Path(name)
        try:
            if callable(content):
                content(part)
            else:
                part.write_bytes(content)
            _finish(part, path, force, where)
        finally:
            part.unlink(missing_ok=True)
    return path


def check_single(
    path: Path, *, force: bool = False, inputs: Iterable[Path] = (), where: str = "--out"
) -> None:
    """Raise InputError if the file may not be written.

    Args:
        path: the file.
        force: whether an earlier file may be replaced.
        inputs: files and folders that the command reads.
        where: the option that named the file.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise InputError(
            "file.kind",
            "{file} is a folder, a link or a device, and no file to replace",
            where=where,
            mend="name a file that does not exist yet",
            file=str(path),
        )
    real = path.resolve()
    for one in inputs:
        read = one.resolve()
        if real == read or (read.is_dir() and read in real.parents):
            raise InputError(
                "file.input",
                "{file} is, or lies in, an input of this command",
                where=where,
                mend="name a file elsewhere",
                file=str(path),
            )
    if path.exists() and not force:
        raise _exists(path, where)


def _finish(part: Path, path: Path, force: bool, where: str) -> None:
    """Put the complete file in its place, with the rights that a new file has."""
    mask = os.umask(0)
    os.umask(mask)
    part.chmod(0o666 & ~mask)
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    if not force:
        # A link is refused where the name was taken meanwhile; a rename would replace it.
        try:
            os.link(part, path)
        except FileExistsError as error:
            raise _exists(path, where) from error
        except OSError:
            pass  # a disk without links: what was checked above has to do
        else:
            return
    part.replace(path)
    with suppress(OSError):  # Windows opens no folder
        _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _exists(path: Path, where: str) -> InputError:
    return InputError(
        "file.exists",
        "{file} exists already",
        where=where,
        mend="name another file, or add --force to replace it",
        file=str(path),
    )
