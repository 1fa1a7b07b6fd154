"""Live view: `scenarios.monitoring.watch` fed by messages as they arrive.

Under the cards stand the messages, resends and rejects so far. Where there is no terminal
every event is a line, and resends and rejects are told when they come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from datetime import datetime
from typing import TYPE_CHECKING

from scenarios.monitoring.watch.event_texts import QUIET, amount_text, sentence
from scenarios.monitoring.watch.screen import KEPT
from scenarios.monitoring.watch.snapshot import Snapshot, view
from scenarios.monitoring.wire.counts import REFUSALS, REJECTED
from scenarios.monitoring.wire.feed import FeedEvent
from scenarios.monitoring.wire.known_devices import RefusedBecause
from scenarios.monitoring.wire.message_store import MessageStore, StoredBatch
from scenarios.text import t
from scenarios.text.terminal import harmless, new_console

if TYPE_CHECKING:
    from rich.console import Console, Group

PICTURES_A_SECOND = 4  # hours arrive slowly, so few suffice (assumed)
TEXTS = {
    "not_normal": "reading not counted",
    "late": "{mass} from a past month, charged to this month",
    "other_year": "{mass} from another year, not charged",
    "wrong_clock": "{mass} with a time far from this computer's clock, not counted",
    "contradicts": "{mass} for an hour that has another value, not counted",
    "replaces": "{mass} from the listed device in place of another value",
}


class LiveView:
    """Live view of the outlets of a store; a receiver calls `add` with each batch."""

    def __init__(self, store: MessageStore, console: Console | None = None) -> None:
        self._store = store
        self._screen = console or new_console()
        totals = store.totals()
        rejects = sum(n for name, n in totals.counts.items() if name.startswith(REJECTED))
        self._counts = Counter(
            messages=totals.messages, resends=totals.resends, rejects=rejects, set_aside=0
        )
        self._at = store.last()
        self._last: tuple[FeedEvent, ...] = ()
        self._address = ""
        self._context = copy_context()  # of the language: pictures are drawn by a thread

    @property
    def draws(self) -> bool:
        """Whether there is a terminal to draw on."""
        return self._screen.is_terminal

    @contextmanager
    def shown(self) -> Iterator[LiveView]:
        """Draw until the block ends; afterwards the last picture stays."""
        if not self.draws:
            yield self
            return
        from rich.live import Live

        try:
            with Live(
                console=self._screen,
                screen=True,
                refresh_per_second=PICTURES_A_SECOND,
                get_renderable=self.picture,
            ):
                yield self
        finally:
            height = min(self._screen.height, KEPT) - 1
            self._screen.print(self.picture(done=True, height=height))

    def ready(self, said: str) -> None:
        """Show the address to which devices can send."""
        self._address = said

    def add(self, added: StoredBatch) -> None:
        """Update the view with a batch of messages."""
        aside = sum(event.record is None for event in added.events)
        self._counts.update(
            messages=added.messages,
            resends=added.resends,
            rejects=added.rejects,
            set_aside=aside,
        )
        self._at = max(filter(None, (self._at, added.last)), default=None)
        shown = [event for event in added.events if _is_shown(event)]
        self._last = (*self._last, *shown)[-KEPT:]
        if self.draws:
            return
        lines = [
            self._line(event) for event in added.events if _is_shown(event) or not event.record
        ]
        if added.resends or added.rejects:
            lines.append(self.counted())
        # Not through rich, which would break long lines.
        self._screen.file.write("".join(f"{harmless(line)}\n" for line in lines))
        self._screen.file.flush()

    def counted(self) -> str:
        """Messages, resends and rejects so far."""
        return t(
            "Messages: {messages}, resends: {resends}, rejected: {rejects}, readings excluded "
            "or late: {set_aside}",
            **{name: f"{n:,}" for name, n in self._counts.items()},
        )

    def _line(self, event: FeedEvent) -> str:
        who = event.card or event.outlet
        if event.record is None:
            said = _exception(event)
        else:
            post = self._store.state.posts[event.outlet]
            said = sentence(event.record, post.outlet.controller)
        return f"{event.at.isoformat()}  {who}  {said}"

    def picture(self, *, done: bool = False, height: int | None = None) -> Group:
        """The present picture, in the language in which the view was created."""
        own = self._context.copy()
        return own.run(self._picture, done, height or self._screen.height)

    def _picture(self, done: bool, height: int) -> Group:
        posts = self._store.state.posts
        moment = Snapshot(
            self._at or datetime.fromisoformat("0001-01-01"),
            {name: post.outlet.controller for name, post in posts.items()},
            {name: post.issued.names for name, post in posts.items()},
            tuple((e.outlet, e.record) for e in self._last if e.record is not None),
            done,
            (self.counted(), *([self._address] if self._address and not done else [])),
        )
        return view(moment, self._screen.width, height)


def _exception(event: FeedEvent) -> str:
    text = TEXTS.get(event.event)
    if text is None:
        return t("message refused: {why}", why=t(REFUSALS[RefusedBecause(event.event)]))
    return t(text, mass=amount_text(event.mass_mg, False))


def _is_shown(event: FeedEvent) -> bool:
    return event.record is not None and event.record.said not in QUIET
