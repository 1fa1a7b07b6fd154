"""Strict checks of length and check sum; frames in a stream of bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from permits.errors import InputError
from permits.hj212.checksum import POSSIBLE, check_sum, hex_sum
from permits.hj212.codes import MOST_SEGMENT

BEGIN, END = b"##", b"\r\n"
LENGTH = re.compile(rb"[0-9]{4}")
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
    if stated == check_sum(segment):
        return None
    return "check_sum" if stated in POSSIBLE else "check_sum_impossible"


class Framer:
    """Frames in a stream, in constant memory.

    `feed` yields every frame whose length and check sum are right, and every piece that
    begins like a frame but is not one: `decode` gives the reason. After a bad piece it goes on
    at the next `##`. Bytes that belong to neither are counted in `skipped`.
    """

    def __init__(self) -> None:
        self.skipped = 0
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
            begin = held.find(BEGIN, at)
            if begin < 0:
                begin = len(held) - held.endswith(b"#")
            self._skip(held[at:begin])
            at = begin
            end = _end_of(held, at)
            if end is None:
                break
            if end > at:
                yield held[at:end]
            else:
                self.skipped += 1
                end += 1
            at = end
        del self._held[:at]

    def _skip(self, noise: bytes) -> None:
        self.skipped += len(noise.strip(END))


def _end_of(held: bytes, at: int) -> int | None:
    """The end of the piece that begins at `at`; `at` itself if not a frame, None if unknown."""
    if len(held) - at < HEAD:
        return None
    if not LENGTH.fullmatch(held, at + 2, at + HEAD):
        return at
    length = int(held[at + 2 : at + HEAD])
    if length > MOST_SEGMENT:
        return at + HEAD
    end = at + HEAD + length + SUM_LENGTH
    if len(held) >= end and segment_of(held[at:end])[1] is None:
        return end
    # Not a whole frame: a line end before the next `##` marks where this one broke off.
    broken = held.find(END + BEGIN, at, end)
    if broken >= 0:
        return broken
    if len(held) < end:
        return None
    following = held.find(BEGIN, at + 2, end)
    return end if following < 0 else following
