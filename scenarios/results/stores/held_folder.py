"""A folder held against other processes, and a name moved: one place for every system.

Where the system can lock an opened folder (POSIX), the folder itself is locked: nothing is
left behind, and the lock ends with the process that holds it, also by `kill -9`. Elsewhere
(Windows) a lock file inside it is locked, which goes when the folder is let go.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

WINDOWS = os.name == "nt"
LOCK_FILE = ".permits.lock"
"""Name of the lock file inside a folder, where a folder cannot be locked itself."""
NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EACCES, errno.EPERM}
"""A file system without locks, or a folder that may not be opened: nobody is excluded."""
PAUSE_S = 0.02  # between two attempts at a lock; assumed: unnoticed by people


class FolderHeld(OSError):
    """Another process holds the folder."""


class Hold:
    """A folder that is held until `release`."""

    def __init__(self, folder: Path) -> None:
        """Hold `folder`.

        Raises: FolderHeld if another process does; OSError if it is no folder.
        """
        self._lock_file = folder / LOCK_FILE if WINDOWS else None
        self._opened: int | None = None
        try:
            self._opened = _open(folder)
            _lock(self._opened)
        except BlockingIOError as error:
            self._close()
            raise FolderHeld(error.errno, str(folder)) from error
        except OSError as error:
            self._close()
            if error.errno not in NO_LOCKS:
                raise

    def release(self) -> None:
        """Let the folder go; again is no error."""
        if self._opened is None:
            return
        self._close()
        if self._lock_file is not None:
            # Refused while another process has it open, which then removes it itself.
            try:
                self._lock_file.unlink()
            except OSError:
                return

    def _close(self) -> None:
        if self._opened is not None:
            if not WINDOWS:
                import fcntl

                # By name: a worker process may have inherited the opened folder.
                with suppress(OSError):
                    fcntl.flock(self._opened, fcntl.LOCK_UN)
            os.close(self._opened)
            self._opened = None


@contextmanager
def holding_folder(folder: Path, *, wait_s: float) -> Iterator[None]:
    """Hold a folder for the block.

    Args:
        folder: the folder.
        wait_s: how long to wait for another process [s].
    Raises: FolderHeld if another process holds it for longer.
    """
    until = time.monotonic() + wait_s
    while True:
        try:
            hold = Hold(folder)
            break
        except FolderHeld:
            if time.monotonic() >= until:
                raise
            time.sleep(PAUSE_S)
    try:
        yield
    finally:
        hold.release()


def is_held(folder: Path) -> bool:
    """Whether another process holds the folder."""
    try:
        Hold(folder).release()
    except FolderHeld:
        return True
    except OSError:
        return False  # gone meanwhile, or no folder
    return False


def move_beside(source: Path, target: Path) -> None:
    """Rename `source` to `target`, both in one folder, which must not have `target` as a file.

    Through the opened folder where the system has that, so that a folder above it which is
    exchanged meanwhile leads nowhere else.
    """
    assert source.parent == target.parent
    if WINDOWS or os.rename not in os.supports_dir_fd:
        source.rename(target)
        return
    parent = os.open(source.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.rename(source.name, target.name, src_dir_fd=parent, dst_dir_fd=parent)
        with suppress(OSError):  # some network disks flush no folder; the rename stands
            os.fsync(parent)
    finally:
        os.close(parent)


def _open(folder: Path) -> int:
    if WINDOWS:
        return os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT)
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _lock(opened: int) -> None:
    """Lock at once or raise BlockingIOError."""
    if not WINDOWS:
        import fcntl

        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    locks = _windows_locks()
    try:
        locks.locking(opened, locks.LK_NBLCK, 1)
    except OSError as error:
        raise BlockingIOError(errno.EWOULDBLOCK, str(error)) from error


def _windows_locks() -> Any:
    import msvcrt

    return msvcrt
