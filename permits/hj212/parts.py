"""Splitting of long messages into parts, and joining of parts.

Parts share the request number. They may arrive in any order and more than once: a part
with the same content again changes nothing, with other content the first is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from permits.errors import InputError
from permits.hj212.codes import MOST_CONTENT
from permits.hj212.message import SPLIT_BIT, Item, Message
from permits.hj212.notes import Note
from permits.hj212.segment import format_content

MOST_HELD = 256
"""Parts of incomplete messages that are kept; beyond, the oldest message is dropped. Assumed."""

Key = tuple[str | None, ...]


def split(message: Message, most: int | None = None) -> tuple[Message, ...]:
    """A message as parts of at most `most` bytes of content; one that fits stays whole.

    Raises: InputError if a single item is longer than that.
    """
    most = most or MOST_CONTENT[message.version]
    groups = list(_groups(message.items, most))
    if len(groups) <= 1:
        return (message,)
    flag = (message.flag or 0) | SPLIT_BIT
    return tuple(
        replace(message, items=items, flag=flag, pnum=len(groups), pno=number)
        for number, items in enumerate(groups, 1)
    )


class Assembled(NamedTuple):
    """Result of adding a part: the whole message if it was the last one, and notes."""

    parts: Parts
    whole: Message | None
    notes: tuple[Note, ...] = ()
    given_up: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts that wait for others, the oldest message first."""

    held: tuple[tuple[Key, tuple[Message, ...]], ...] = ()

    def add(self, message: Message) -> Assembled:
        """Add a message; one that is not a part is complete by itself."""
        if not message.is_part:
            return Assembled(self, message)
        key = key_of(message)
        known = next((own for k, own in self.held if k == key), ())
        others = tuple(pair for pair in self.held if pair[0] != key)
        for part in known:
            if part.pno == message.pno:
                code = "resent" if part.items == message.items else "part_contradicts"
                return Assembled(self, None, (Note(code, str(message.pno)),))
        parts = (*known, message)
        if len(parts) == message.pnum:
            return Assembled(Parts(others), join_parts(parts), _order(parts))
        # At the end, so that the message longest without a new part is dropped first.
        held, given_up = _within((*others, (key, parts)))
        return Assembled(Parts(held), None, (), given_up)

    def missing(self) -> tuple[tuple[Message, tuple[int, ...]], ...]:
        """One part of each incomplete message, and the numbers of its missing parts."""
        return tuple(
            (own[0], tuple(sorted(set(range(1, (own[0].pnum or 0) + 1)) - {p.pno for p in own})))
            for _, own in self.held
        )


def join_parts(parts: Iterable[Message]) -> Message:
    """All parts of a message as one, sorted by number, without the marks of splitting."""
    ordered = sorted(parts, key=lambda part: part.pno or 0)
    first = ordered[0]
    time = _time_of(first.items)
    items = first.items
    for part in ordered[1:]:
        # Every part repeats DataTime: the whole message has it once.
        items += part.items[len(time) if _time_of(part.items) == time else 0 :]
    flag = None if first.flag is None else first.flag & ~SPLIT_BIT
    return replace(first, items=items, flag=flag, pnum=None, pno=None)


def key_of(part: Message) -> Key:
    """Fields that all parts of one message have in common."""
    return part.mn, part.qn, part.st, part.cn, str(part.pnum)


def _time_of(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """The DataTime at the start of a content: every part repeats it."""
    return items[:1] if items and items[0][0][0] == "DataTime" else ()


def _groups(items: tuple[Item, ...], most: int) -> Iterable[tuple[Item, ...]]:
    time = _time_of(items)
    group, length = list(time), _size(time)
    for item in items[len(time) :]:
        size = _size((item,))
        # One more than `most`: sizes count a semicolon after the last item too.
        if len(group) > len(time) and length + size > most + 1:
            yield tuple(group)
            group, length = list(time), _size(time)
        if length + size > most + 1:
            raise _too_long(item, length + size, most)
        group.append(item)
        length += size
    if group:
        yield tuple(group)


def _size(items: tuple[Item, ...]) -> int:
    """Bytes of some items, each with the semicolon after it."""
    return sum(len(format_content((item,)).encode("utf-8")) + 1 for item in items)


def _too_long(item: Item, size: int, most: int) -> InputError:
    return InputError(
        "hj212.item",
        "an item of {size} bytes does not fit into {most}",
        where=item[0][0],
        mend="shorten its text, or split it into two items",
        size=size,
        most=most,
    )


def _order(parts: tuple[Message, ...]) -> tuple[Note, ...]:
    numbers = [part.pno or 0 for part in parts]
    return () if numbers == sorted(numbers) else (Note("part_order"),)


def _within(
    held: tuple[tuple[Key, tuple[Message, ...]], ...],
) -> tuple[tuple[tuple[Key, tuple[Message, ...]], ...], tuple[Message, ...]]:
    given_up: list[Message] = []
    # The newest message always stays: its missing parts may still arrive.
    while sum(len(own) for _, own in held) > MOST_HELD and len(held) > 1:
        given_up.append(held[0][1][0])
        held = held[1:]
    return held, tuple(given_up)
