"""Strict checks of length and check sum; frames in a stream of bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from permits.errors import InputError
from permits.hj212.checksum import POSSIBLE, check_sum, hex_sum
from permits.hj212.codes import MOST_SEGMENT

BEGIN, END = b"##", b"\r\n"
LENGTH = re.compile(rb"[0-9]{4}")
HEADING = re.compile(rb"##[0-9]{4}")
OPEN_END = re.compile(rb"##?[0-9]{0,3}\Z")
"""The end of what has arrived, where it may become a heading."""
SUM = re.compile(rb"[0-9A-Fa-f]{4}")
HEAD, SUM_LENGTH = 6, 4  # bytes: `##` and four digits of length; four hex digits of check sum
MOST_FRAME = HEAD + MOST_SEGMENT + SUM_LENGTH


def framed(segment: bytes) -> bytes:
    """A segment with its length, check sum and CR LF.

    Raises: InputError if it is longer than 1024 bytes.
    """
    if len(segment) > MOST_SEGMENT:
        raise InputError(
            "hj212.too_long",
            "a segment of {count} bytes is longer than {most}",
            mend="split the message (permits.hj212.parts.split)",
            count=len(segment),
            most=MOST_SEGMENT,
        )
    return b"%s%04d%s%s%s" % (BEGIN, len(segment), segment, hex_sum(segment), END)


def segment_of(frame: bytes) -> tuple[bytes, str | None]:
    """The segment of a frame, with or without CR LF, and the code of its fault, if any."""
    frame = frame.removesuffix(b"\n").removesuffix(b"\r")
    if not frame:
        return b"", "empty"
    if not frame.startswith(BEGIN):
        return b"", "start"
    if not LENGTH.fullmatch(frame[2:HEAD]):
        return b"", "length_form"
    length = int(frame[2:HEAD])
    if length > MOST_SEGMENT:
        return b"", "too_long"
    segment, written = frame[HEAD : HEAD + length], frame[HEAD + length :]
    return segment, _wrong(segment, written, length)


def _wrong(segment: bytes, written: bytes, length: int) -> str | None:
    if len(segment) == length and not written:
        return "check_sum_missing" if segment.endswith(b"&&") else "length"
    if len(segment) != length or len(written) != SUM_LENGTH:
        return "length"
    if not SUM.fullmatch(written):
        return "check_sum_form"
    stated = int(written, 16)
    # Before the sum itself, which takes a thousand times as long: of noise that looks like
    # a frame only one in 256 has a sum that is possible at all.
    if stated not in POSSIBLE:
        return "check_sum_impossible"
    return None if stated == check_sum(segment) else "check_sum"


class Framer:
    """Frames in a stream, in constant memory.

    `feed` yields every frame whose length and check sum are right, and every piece that
    begins like a frame but is not one: `decode` gives the reason. After a bad piece it goes on
    at the next `##` with four digits. Bytes that belong to neither are counted in `skipped`.
    `in_vain`: bytes read that made no frame. A bad piece counts with the length that it
    states, since so much was examined: who is cut off by this number has cost no more.
    """

    def __init__(self) -> None:
        self.skipped = 0
        self.in_vain = 0
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The frames and bad pieces that `data` completes, in order."""
        step = MOST_FRAME
        for begin in range(0, len(data), step):
            self._held += data[begin : begin + step]
            yield from self._found()

    def close(self) -> Iterator[bytes]:
        """The remainder at the end of the stream: a piece that never became a frame."""
        rest, self._held = bytes(self._held), bytearray()
        if rest.startswith(BEGIN):
            yield rest
        else:
            self._skip(rest)

    def _found(self) -> Iterator[bytes]:
        held, at = bytes(self._held), 0
        while True:
            begin = _next_heading(held, at)
            self._skip(held[at:begin])
            at = begin
            found = _piece(held, at)
            if found is None:
                break
            yield held[at : found.end]
            self.in_vain += found.in_vain
            at = found.end
        del self._held[:at]

    def _skip(self, noise: bytes) -> None:
        self.skipped += len(noise.strip(END))
        self.in_vain += len(noise)


class _Piece(NamedTuple):
    end: int
    in_vain: int  # bytes examined that made no frame


def _next_heading(held: bytes, at: int) -> int:
    """Where the next heading begins, or what may become one; else the end."""
    found = HEADING.search(held, at) or OPEN_END.search(held, max(at, len(held) - HEAD + 1))
    return found.start() if found else len(held)


def _piece(held: bytes, at: int) -> _Piece | None:
    """The frame or bad piece at the heading at `at`; None until more has arrived."""
    if len(held) - at < HEAD:
        return None
    length = int(held[at + 2 : at + HEAD])
    if length > MOST_SEGMENT:
        return _Piece(at + HEAD, HEAD)
    size = HEAD + length + SUM_LENGTH
    end = at + size
    # The form of the sum first: it is wrong almost wherever a heading is none.
    if SUM.fullmatch(held, end - SUM_LENGTH, end) and segment_of(held[at:end])[1] is None:
        return _Piece(end, 0)
    # Not a whole frame: a line end before a later `##` marks where this one broke off.
    following = held.find(BEGIN, at + 2, end)
    broken = held.find(END + BEGIN, following - len(END), end) if following >= 0 else -1
    if broken >= 0:
        return _Piece(broken, size)
    if len(held) < end:
        return None
    return _Piece(end if following < 0 else following, size)
