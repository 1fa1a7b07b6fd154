"""From files to the screen, or to the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from permits.card import DeviceRules
from scenarios.text import language, set_language, t
from scenarios.watch.files import FilePath, Reel, read_reel
from scenarios.watch.film import film
from scenarios.watch.months import add_up
from scenarios.watch.page import page
from scenarios.watch.screen import TEN_DAYS, watch
from scenarios.watch.view import Moment

if TYPE_CHECKING:
    from rich.console import Console


def play(
    readings: FilePath | Sequence[FilePath],
    cards: FilePath,
    messages: FilePath | None = None,
    *,
    lang: str | None = None,
    speed: float | None = TEN_DAYS,
    rules: DeviceRules | None = None,
    console: Console | None = None,
) -> Moment | None:
    """Watch cards live on a meter's readings: what `permits meter --watch` does.

    Args:
        readings, cards, messages: tables as `read_reel` takes them.
        lang: `en` or `zh`; by default the language in force.
        speed: times as fast as the clock; `None`: as fast as it can be drawn.
    Returns: the last moment.
    Raises: KeyboardInterrupt after Ctrl-C, when the terminal is as it was.
    """
    before = language()
    set_language(lang or before)
    try:
        reel = read_reel(readings, cards, messages, rules=rules)
        return watch(film(reel), reel.names, speed=speed, console=console)
    finally:
        set_language(before)


def card_year(
    readings: FilePath | Sequence[FilePath],
    cards: FilePath,
    messages: FilePath | None = None,
    *,
    lang: str | None = None,
    rules: DeviceRules | None = None,
) -> str:
    """The same film as a page of charts (HTML): each card's months, balance and events."""
    before = language()
    set_language(lang or before)
    try:
        reel = read_reel(readings, cards, messages, rules=rules)
        frames = list(film(reel))
        years = add_up(frames, reel.names, reel.outlets)
        ends = frames[-1].outlets if frames else reel.outlets
        return page(years, ends, notes=list(chain(_notes(reel), reel.notices)))
    finally:
        set_language(before)


def _notes(reel: Reel) -> Iterator[str]:
    """What was assumed, and what was left out."""
    yield t(
        "Readings say nothing of valves: each is taken to follow its order after two minutes "
        "(assumed), unless its measurements are given."
    )
    if reel.unmeasured:
        yield t("{count} readings without a valid value are left out.", count=reel.unmeasured)
