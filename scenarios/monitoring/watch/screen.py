"""The picture updated during a replay; without a terminal, one line per event."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from permits.card import CardLine
from scenarios.monitoring.watch.controller_replay import Frame
from scenarios.monitoring.watch.event_texts import QUIET, sentence
from scenarios.monitoring.watch.snapshot import Snapshot, view
from scenarios.text.terminal import harmless, new_console

if TYPE_CHECKING:
    from rich.console import Console

TEN_DAYS = 864_000.0
"""Default speed as a multiple of real time: ten days per second (assumed)."""
PICTURES_A_SECOND = 12  # smooth, and slow terminals keep up (assumed)
KEPT = 40  # the last events; no screen shows more


def watch(
    frames: Iterable[Frame],
    names: Mapping[str, tuple[str, ...]],
    *,
    speed: float | None = TEN_DAYS,
    console: Console | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Snapshot | None:
    """Show a replay until it ends, or Ctrl-C; afterwards its last picture stays.

    Args:
        frames: the steps of the replay.
        names: the cards of each outlet.
        speed: multiple of real time; `None`: as fast as it can be drawn.
        console: where to draw; by default standard output. If that is no terminal, every
            event is a line of text.
        sleep: waits for a number of seconds.
    Returns: the last moment, or None for a replay without any.
    Raises: KeyboardInterrupt after Ctrl-C, when the terminal is as it was.
    """
    screen = console or new_console()
    if not screen.is_terminal:
        return _lines(frames, names, screen)
    return _live(frames, names, screen, speed, sleep)


def _lines(
    frames: Iterable[Frame], names: Mapping[str, tuple[str, ...]], screen: Console
) -> Snapshot | None:
    last = None
    for frame in frames:
        last = Snapshot(frame.at, frame.outlets, names, done=True)
        for record in _told(frame):
            outlet = frame.outlets[frame.outlet]
            who = frame.outlet if record.card is None else names[frame.outlet][record.card]
            # Not through rich, which would break long lines.
            line = f"{record.at.isoformat()}  {who}  {sentence(record, outlet)}"
            screen.file.write(f"{harmless(line)}\n")
    return last


def _live(
    frames: Iterable[Frame],
    names: Mapping[str, tuple[str, ...]],
    screen: Console,
    speed: float | None,
    sleep: Callable[[float], None],
) -> Snapshot | None:
    from rich.live import Live

    last, due = None, time.monotonic()
    try:
        # The other screen is swapped in whole, so nothing flickers or scrolls away.
        with Live(console=screen, screen=True, auto_refresh=False) as live:
            for moment, pause in pictures(frames, names, speed):
                last = moment
                live.update(view(moment, screen.width, screen.height), refresh=True)
                due += pause
                sleep(max(due - time.monotonic(), 0.0))
    finally:
        if last is not None:
            last = replace(last, done=True)
            screen.print(view(last, screen.width, min(screen.height, KEPT) - 1))
    return last


def pictures(
    frames: Iterable[Frame], names: Mapping[str, tuple[str, ...]], speed: float | None
) -> Iterator[tuple[Snapshot, float]]:
    """The pictures to draw in order, and how long each stays [s].

    Hours without events share a picture; at most twelve are drawn per second.

    Args:
        frames: the steps of the replay.
        names: the cards of each outlet.
        speed: multiple of real time; `None`: as fast as it can be drawn.
    """
    kept: deque[tuple[str, CardLine]] = deque(maxlen=KEPT)
    pause = 1 / PICTURES_A_SECOND
    drawn: datetime | None = None
    frame = None
    for frame in frames:
        told = _told(frame)
        kept.extend((frame.outlet, record) for record in told)
        passed = pause * (speed or 0)
        if drawn is None or (frame.at - drawn).total_seconds() >= passed > 0:
            drawn = frame.at
            yield _moment(frame, names, kept), pause
        elif speed is None and told:
            yield _moment(frame, names, kept), 0.0
    if frame is not None:
        yield _moment(frame, names, kept), 0.0


def _moment(
    frame: Frame, names: Mapping[str, tuple[str, ...]], kept: Iterable[tuple[str, CardLine]]
) -> Snapshot:
    """A picture's contents; a copy, since the replay reuses its mapping of outlets."""
    return Snapshot(frame.at, dict(frame.outlets), names, tuple(kept))


def _told(frame: Frame) -> list[CardLine]:
    return [record for record in frame.records if record.said not in QUIET]
