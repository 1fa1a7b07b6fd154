"""Progress reporting and cancellation (Ctrl-C) of long commands."""

from __future__ import annotations

import signal
import sys
from typing import Any

from scenarios.text import t
from scenarios.text.terminal import warn

TEXTS = {
    "group": "grouping sources",
    "relax": "solving the relaxation",
    "whole": "choosing whole measures",
    "prove": "proving optimality",
    "draw": "solving the draws",
    "certain": "searching for a chance-constrained plan",
    "bound": "computing the bound of the chance-constrained plan",
    "weigh": "computing the sensitivity to the inputs",
}
"""Stages that the optimiser reports, listed here for the Chinese catalogue."""


class Interruption:
    """Handler of Ctrl-C: the first requests the best plan so far, a second leaves at once.

    Calling it returns whether a stop has been requested.
    """

    def __init__(self) -> None:
        self._asked = False
        signal.signal(signal.SIGINT, self._ask)

    def __call__(self) -> bool:
        return self._asked

    def _ask(self, _number: int, _frame: Any) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        said = t("stopping with the best plan so far; Ctrl-C again leaves at once")
        warn(said)


class Progress:
    """Progress line on standard error; silent with `quiet`, one line per stage in a pipe."""

    def __init__(self, quiet: bool) -> None:
        self._shown = not quiet and sys.stderr.isatty()
        self._told = not quiet and not self._shown
        self._last = ""

    def __enter__(self) -> Progress:
        return self

    def __call__(self, text: str, share: float | None) -> None:
        """Print the stage, in the language in force, and the share done where known."""
        said = t(text) if share is None else f"{share:4.0%} {t(text)}"
        # On a terminal the line is overwritten; elsewhere a stage is printed once, or a log
        # would fill with percentages.
        if self._shown:
            print(f"\r\033[K{said}", end="", file=sys.stderr, flush=True)
        elif self._told and text != self._last:
            warn(said)
        self._last = text

    def __exit__(self, *_: object) -> None:
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
