"""Text that is HTML already."""

from __future__ import annotations


class Markup(str):
    """Text that is HTML already; any other text is escaped when it is put in."""

    __slots__ = ()
