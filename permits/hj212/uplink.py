"""Unanswered messages of a device, and their resending.

A message that requests an answer is sent up to `tries` times, `timeout_ms` apart, then
returned to the caller, who keeps it for the next connection. Time is passed with every
call: there is no clock here.

Source: 5 s and 3 tries over wired lines, 10 s and 3 over mobile networks [VOC-C1].
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from permits.hj212.answer import answered
from permits.hj212.codes import DATA_TAKEN, NOTICE_TAKEN, REQUEST_TAKEN
from permits.hj212.message import Message

TIMEOUT_MS = 5_000  # for wired lines [VOC-C1]
TRIES = 3  # [VOC-C1]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message without an answer yet."""

    message: Message
    sent_ms: int  # when it was last sent
    tries: int  # how often


class Due(NamedTuple):
    """Messages to send again now, and those to give up."""

    uplink: Uplink
    again: tuple[Message, ...]
    given_up: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Uplink:
    """A device's side of a connection."""

    timeout_ms: int = TIMEOUT_MS
    tries: int = TRIES
    waiting: tuple[Waiting, ...] = ()

    def sent(self, message: Message, now_ms: int) -> Uplink:
        """The state after a message was sent for the first time."""
        if not message.asks_answer:
            return self
        return replace(self, waiting=(*self.waiting, Waiting(message, now_ms, 1)))

    def heard(self, answer: Message) -> tuple[Uplink, Message | None]:
        """The state after an answer, and the message it settles; None if no message waits for it.

        An answer that names no part settles the oldest part under its number.
        """
        if answer.cn not in (DATA_TAKEN, NOTICE_TAKEN, REQUEST_TAKEN):
            return self, None
        qn, pno = answered(answer)
        for place, own in enumerate(self.waiting):
            if own.message.qn == qn and pno in (None, own.message.pno):
                rest = self.waiting[:place] + self.waiting[place + 1 :]
                return replace(self, waiting=rest), own.message
        return self, None

    def due(self, now_ms: int) -> Due:
        """Messages that have waited too long."""
        late = [own for own in self.waiting if now_ms - own.sent_ms >= self.timeout_ms]
        given_up = tuple(own.message for own in late if own.tries >= self.tries)
        again = tuple(own.message for own in late if own.tries < self.tries)
        kept = tuple(
            replace(own, sent_ms=now_ms, tries=own.tries + 1) if own in late else own
            for own in self.waiting
            if own not in late or own.tries < self.tries
        )
        return Due(replace(self, waiting=kept), again, given_up)
