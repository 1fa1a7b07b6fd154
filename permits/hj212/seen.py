"""Detection of resent messages and reused request numbers."""

from __future__ import annotations

from hashlib import blake2b

from permits.hj212.message import Message
from permits.hj212.notes import Note

MOST_REMEMBERED = 100_000  # request numbers kept: bounds the memory; assumed
MOST_CONTENTS = 16
"""Contents kept per number; assumed. Beyond either limit the oldest is dropped."""


class Seen:
    """The request numbers so far, and the contents sent under each."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._contents: dict[tuple[str, ...], tuple[bytes, ...]] = {}

    def add(self, message: Message) -> tuple[Note, ...]:
        """Record a message: `resent` if it came before, `qn_reused` if another one did."""
        if message.qn is None:
            return ()
        key, content = device_number(message), digest_of(message)
        contents = self._contents.get(key, ())
        if content in contents:
            return (Note("resent"),)
        self._contents[key] = (*contents, content)[-MOST_CONTENTS:]
        if contents:
            return (Note("qn_reused"),)
        if len(self._contents) > self._most:
            del self._contents[next(iter(self._contents))]
        return ()


def device_number(message: Message) -> tuple[str, str, str, str]:
    """Device, number, command and part: the fields that a resent message repeats."""
    part = "" if message.pno is None else str(message.pno)
    return message.mn or "", message.qn or "", message.cn or "", part


def digest_of(message: Message) -> bytes:
    """Sixteen bytes that identify the content of a message."""
    parts = [",".join("=".join(pair) for pair in item) for item in message.items]
    return blake2b(";".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()
