"""The nearest known name, for errors about unknown ones."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name most like `name`; empty where none is near."""
    found = difflib.get_close_matches(name, list(known), 1, 0.5)  # half alike (assumed)
    return found[0] if found else ""
