"""Progress reporting and cancellation (Ctrl-C) of long commands."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from scenarios.text import t
from scenarios.text.terminal import warn

TEXTS = {
    "frontier": "computing the cost frontier",
    "alternatives": "searching for near-optimal alternatives",
    "condition_costs": "computing the cost of each condition",
    "pathway": "searching for the build schedule",
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

    Calling it returns whether a stop has been requested. A search does so again and again,
    so it also keeps the clock of a stage running that reports no share.
    """

    def __init__(self, tick: Callable[[], None] = lambda: None) -> None:
        self._asked = False
        self._tick = tick
        signal.signal(signal.SIGINT, self._ask)

    def __call__(self) -> bool:
        if not self._asked:
            self._tick()
        return self._asked

    def _ask(self, _number: int, _frame: Any) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        said = t("stopping with the best plan so far; Ctrl-C again leaves at once")
        warn(said)


QUIET_S = 10.0
"""In a pipe a stage is told again, with share and time, after so many seconds (assumed)."""
TICK_S = 1.0  # a clock that people watch shows seconds
TIMED_S = 2.0  # shorter work needs no clock beside it


class Progress:
    """Progress line on standard error: stage, share done where known, time since the start.

    Silent with `quiet`; in a pipe one line per stage, and another for each `QUIET_S` of it.
    """

    def __init__(self, quiet: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._shown = not quiet and sys.stderr.isatty()
        self._told = not quiet and not self._shown
        self._last = ""
        self._share: float | None = None
        self._clock = clock
        self._began = self._told_at = clock()

    def __enter__(self) -> Progress:
        return self

    def __call__(self, text: str, share: float | None) -> None:
        """Print the stage, in the language in force."""
        self._tell(text, share, again=text != self._last)

    def tick(self) -> None:
        """Print the last stage again with the time, where enough has passed since."""
        if self._last and self._clock() - self._told_at >= TICK_S:
            self._tell(self._last, self._share, again=False)

    def _tell(self, text: str, share: float | None, *, again: bool) -> None:
        now = self._clock()
        said = t(text) if share is None else f"{share:4.0%} {t(text)}"
        if now - self._began >= TIMED_S:
            said += t(" ({note})", note=t("{count} s", count=round(now - self._began)))
        # On a terminal the line is overwritten; elsewhere each share would be a line of a log.
        if self._shown:
            print(f"\r\033[K{said}", end="", file=sys.stderr, flush=True)
            self._told_at = now
        elif self._told and (again or now - self._told_at >= QUIET_S):
            warn(said)
            self._told_at = now
        self._last, self._share = text, share

    def __exit__(self, *_: object) -> None:
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
