"""From files to the screen, or to the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from permits.card import DeviceRules
from scenarios.monitoring.files.meter_report import TEXTS
from scenarios.monitoring.watch.card_months import add_up
from scenarios.monitoring.watch.card_page import page
from scenarios.monitoring.watch.controller_replay import film
from scenarios.monitoring.watch.input_tables import FilePath, Reel, read_reel
from scenarios.monitoring.watch.screen import TEN_DAYS, watch
from scenarios.monitoring.watch.snapshot import Moment
from scenarios.text import language, set_language, t

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
    hear: Callable[[Reel], object] = id,
) -> Moment | None:
    """Watch cards live on a meter's readings: what `permits meter --watch` does.

    Args:
        readings, cards, messages: tables as `read_reel` takes them.
        lang: `en` or `zh`; by default the language in force.
        speed: times as fast as the clock; `None`: as fast as it can be drawn.
        hear: told what was read before it is shown.
    Returns: the last moment.
    Raises: KeyboardInterrupt after Ctrl-C, when the terminal is as it was.
    """
    before = language()
    set_language(lang or before)
    try:
        reel = read_reel(readings, cards, messages, rules=rules)
        hear(reel)
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
    hear: Callable[[Reel], object] = id,
) -> str:
    """The same film as a page of charts (HTML): each card's months, balance and events.

    `hear` is told what was read before it is shown.
    """
    before = language()
    set_language(lang or before)
    try:
        reel = read_reel(readings, cards, messages, rules=rules)
        hear(reel)
        frames = list(film(reel))
        years = add_up(frames, reel.names, reel.outlets)
        ends = frames[-1].outlets if frames else reel.outlets
        return page(years, ends, notes=[t(ASSUMED), *notes_of(reel)])
    finally:
        set_language(before)


ASSUMED = (
    "Readings say nothing of valves: each is taken to follow its order after two minutes "
    "(assumed), unless its measurements are given."
)


def notes_of(reel: Reel) -> Iterator[str]:
    """What was left out or set aside, and what was read otherwise than it stands."""
    if reel.unmeasured:
        yield t("{count} readings without a valid value are left out.", count=reel.unmeasured)
    for reason, count in reel.aside.items():
        yield f"{count:,} × {t(TEXTS[reason])} ({t('set aside')})"
    if reel.silent:
        yield t("{count} cards had no reading, the first {card}", count=len(reel.silent),
                card=reel.silent[0])  # fmt: skip
    yield from reel.notices
