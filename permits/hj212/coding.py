"""`decode` and `encode`: bytes into a checked message, a message into bytes."""

from __future__ import annotations

from dataclasses import dataclass

from permits.hj212.content import content_notes
from permits.hj212.frame import SUM_LENGTH, framed, segment_of
from permits.hj212.header import header_notes
from permits.hj212.measured import reading_notes
from permits.hj212.message import Message
from permits.hj212.notes import Note
from permits.hj212.segment import format_segment, parse_segment

ACCEPT, WITH_NOTES, REJECT = "accept", "accept_with_notes", "reject"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A message and the result of its checks.

    `reason`: why the frame is bad, a code of `notes.REASON_TEXT`; None if it is good.
    `message`: None if the frame is bad: its content is not trusted.
    `check_sum`: as stated; None if the frame is bad.
    """

    reason: str | None
    notes: tuple[Note, ...] = ()
    message: Message | None = None
    check_sum: int | None = None

    @property
    def verdict(self) -> str:
        """`accept`, `accept_with_notes` or `reject`."""
        if self.reason:
            return REJECT
        return WITH_NOTES if self.notes else ACCEPT


def decode(raw: bytes | str) -> Decoded:
    """Check and read one frame, with or without CR LF; text stands for its UTF-8 bytes.

    Only a bad frame is rejected. Never raises, whatever `raw` holds.
    """
    frame = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else bytes(raw)
    # The frame first: the content of a bad one is not trusted.
    segment, reason = segment_of(frame)
    if reason:
        return Decoded(reason)
    message, notes = parse_segment(segment)
    written = frame.rstrip(b"\r\n")[-SUM_LENGTH:]
    if written != written.upper():
        notes.insert(0, Note("check_sum_case"))
    if written == b"0000":
        notes.insert(0, Note("check_sum_zero"))
    notes += header_notes(message)
    notes += content_notes(message, _content_length(segment))
    notes += reading_notes(message)
    return Decoded(None, tuple(dict.fromkeys(notes)), message, int(written, 16))


def encode(message: Message) -> bytes:
    """The frame of a message, with CR LF.

    Raises: InputError for a value that would be read differently, and for a message above
        1024 bytes.
    """
    return framed(format_segment(message).encode("utf-8"))


def _content_length(segment: bytes) -> int:
    """Number of characters between the first and the last `&&`, or 0."""
    first, last = segment.find(b"&&"), segment.rfind(b"&&")
    return len(segment[first + 2 : last].decode("utf-8", "replace")) if last > first else 0
