"""Parsing of addresses, and the limit of open connections."""

from __future__ import annotations

import contextlib

from permits.errors import InputError

LOOPBACK = "127.0.0.1"
MOST_PORT = 65_535  # TCP: ports have 16 bits


def parse_address(text: str, option: str) -> tuple[str, int]:
    """Host and port of `[HOST:]PORT`; without a host this machine alone.

    Raises: InputError for anything else.
    """
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) <= MOST_PORT):
        raise InputError(
            "hj212.address",
            "{said!r} is not an address",
            where=option,
            mend="write a port, or host and port like 127.0.0.1:7212",
            said=text,
        )
    return host.strip("[]") or LOOPBACK, int(port)


def allow_many_connections() -> None:
    """Raise the limit of open files of this process to what the system allows."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
