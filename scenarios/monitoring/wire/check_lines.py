"""Messages from a file, one per line: one result per line, in constant memory."""

from __future__ import annotations

import codecs
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from permits.errors import InputError
from permits.hj212 import Decoded, Message, decode
from permits.hj212.codes import COMMANDS, COMMANDS_2005
from permits.hj212.measured import OutletReading, readings_of
from permits.hj212.message import Item
from permits.hj212.notes import Note, text_of
from permits.hj212.parts import Parts
from permits.hj212.seen import Seen
from permits.hj212.segment import FIELDS
from permits.quantity import MG_PER_T
from scenarios.monitoring.wire.check_sums import CheckSums
from scenarios.text import t

CHUNK = 65_536  # bytes read at once (assumed)
MOST_LINE = 65_536
"""Bytes of a line; a longer one is no message, and its remainder is skipped (assumed)."""
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass
class Judge:
    """Evaluates messages one after another, and counts verdicts, reasons and notes.

    `minute_s`: seconds of a minute value, for devices that state no total of the flow.
    """

    minute_s: int | None = None
    verdicts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    _seen: Seen = field(default_factory=Seen)
    sums: CheckSums = field(default_factory=CheckSums)
    _parts: Parts = field(default_factory=Parts)

    def judge(self, name: object, decoded: Decoded) -> dict[str, Any]:
        """One message: `id`, `verdict`, `reason`, `notes`, `decoded`."""
        whole, message = None, decoded.message
        if message is not None:
            added = self._parts.add(message)
            self._parts = added.parts
            self.notes["parts_incomplete"] += len(added.given_up)
            seen = self._seen.add(message)
            # A resend has the check sum of its first transmission, which is no hint.
            if decoded.check_sum is not None and not any(note.code == "resent" for note in seen):
                self.sums.add(message.device, decoded.check_sum)
            own = (*decoded.notes, *seen, *added.notes)
            decoded = replace(decoded, notes=tuple(dict.fromkeys(own)))
            whole = added.whole if message.is_part else None
        self.verdicts[decoded.verdict] += 1
        self.reasons.update([decoded.reason] if decoded.reason else [])
        self.notes.update({note.code for note in decoded.notes})
        return {
            "id": name,
            "verdict": decoded.verdict,
            "reason": decoded.reason,
            "notes": [note._asdict() for note in decoded.notes],
            "decoded": self._told(message, whole) if message else None,
        }

    def close(self) -> list[tuple[Message, tuple[int, ...]]]:
        """Messages with missing parts, and the numbers of these parts."""
        missing = list(self._parts.missing())
        self.notes["parts_incomplete"] += len(missing)
        return missing

    def _told(self, message: Message, whole: Message | None) -> dict[str, Any]:
        told = _fields(message)
        told["readings"] = [reading_object(r) for r in readings_of(message, self.minute_s)]
        if whole is not None:
            told["whole"] = self._told(whole, None)
        return told


def check_file(path: str, judge: Judge) -> Iterator[dict[str, Any]]:
    """Evaluate every line of a file (`-`: standard input); empty lines are skipped.

    A line is a plain message, or JSON with `message` and optionally `id`, by default the
    number of the line. Text may be UTF-8, UTF-16 or GB18030.
    """
    with _opened(path) as file:
        for number, line in enumerate(_lines(_utf8(file)), 1):
            if line is None:
                yield judge.judge(number, Decoded("too_long"))
            elif line:
                yield judge.judge(*_read(number, line))


def summary(judge: Judge, missing: Iterable[tuple[Message, tuple[int, ...]]] = ()) -> list[str]:
    """Summary for people: verdicts, reasons and notes by frequency, hints."""
    counts = {name: judge.verdicts[name] for name in ("accept", "accept_with_notes", "reject")}
    said = [
        t(
            "1 message: {accept} accepted, {accept_with_notes} accepted with notes, "
            "{reject} rejected"
            if sum(counts.values()) == 1
            else "{total} messages: {accept} accepted, {accept_with_notes} accepted with notes, "
            "{reject} rejected",
            total=f"{sum(counts.values()):,}",
            **{name: f"{count:,}" for name, count in counts.items()},
        )
    ]
    for found in (judge.reasons, judge.notes):
        ordered = sorted((-count, code) for code, count in found.items() if count)
        said += [f"{-count:>8,}  {code}: {t(text_of(code))}" for count, code in ordered]
    for part, numbers in missing:
        said.append(
            t(
                "device {mn}, request {qn}: part {numbers} of {pnum} is missing"
                if len(numbers) == 1
                else "device {mn}, request {qn}: parts {numbers} of {pnum} are missing",
                mn=part.device,
                qn=part.qn,
                pnum=part.pnum,
                numbers=", ".join(map(str, numbers)),
            )
        )
    return [*said, *judge.sums.hints()]


def reading_object(reading: OutletReading) -> dict[str, Any]:
    """A reading in the units of the tables: m³, mg/m³ or mg/L, tonnes."""
    gas = reading.factor.startswith("a")
    unit, per = ("conc_mg_per_m3", 1_000) if gas else ("conc_mg_per_l", 1_000_000)
    return {
        "outlet": reading.outlet,
        "at": reading.at.isoformat(sep=" "),
        "factor": reading.factor,
        "pollutant": reading.pollutant,
        "volume_m3": _shifted(reading.volume_l, 1_000),
        unit: _shifted(reading.conc_ng_per_l, per),
        "flag": reading.flag,
        "mass_t": _shifted(reading.mass_mg, MG_PER_T),
        "stated_t": _shifted(reading.stated_mg, MG_PER_T),
        "wire_rounding_t": _shifted(reading.wire_rounding_mg, MG_PER_T),
        "doubts": list(reading.doubts),
        "counts": reading.counts,
    }


def _shifted(value: int | None, per: int) -> Decimal | None:
    return None if value is None else Decimal(value) / per


def _fields(message: Message) -> dict[str, Any]:
    values = (
        message.qn, message.st, message.cn, message.pw, message.mn,
        message.flag, message.pnum, message.pno,
    )  # fmt: skip
    cn = message.cn or ""
    command = COMMANDS.get(cn) or COMMANDS_2005.get(cn)
    return {
        "version": message.version,
        "command": command,
        **dict(zip(FIELDS, values, strict=True)),
        **({"others": [list(pair) for pair in message.others]} if message.others else {}),
        "CP": [_item(item) for item in message.items],
    }


def _item(item: Item) -> dict[str, Any]:
    """Name to value; to a list of values for a repeated name."""
    found: dict[str, list[str]] = {}
    for name, value in item:
        found.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    if path == "-":
        yield sys.stdin.buffer
        return
    try:
        file = Path(path).open("rb")  # noqa: SIM115
    except OSError as error:
        raise InputError(
            "hj212.file",
            "the file cannot be opened: {error}",
            where=path,
            mend="check the path",
            error=error.strerror or str(error),
        ) from error
    with file:
        yield file


def _utf8(file: BinaryIO) -> Iterator[bytes]:
    """The bytes of a file without its mark; UTF-16 becomes UTF-8."""
    first = file.read(CHUNK)
    mark, encoding = next((pair for pair in MARKS if first.startswith(pair[0])), (b"", "utf-8"))
    decoder = codecs.getincrementaldecoder(encoding)("replace") if "16" in encoding else None
    chunk = first[len(mark) :]
    while chunk:
        yield decoder.decode(chunk).encode("utf-8", "replace") if decoder else chunk
        chunk = file.read(CHUNK)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes | None]:
    """Lines without their ends; None for one that is too long."""
    held, passing = b"", False
    for chunk in chunks:
        *complete, held = (held + chunk).split(b"\n")
        for line in complete:
            yield None if passing or len(line) > MOST_LINE else line.strip()
            passing = False
        if len(held) > MOST_LINE:
            held, passing = b"", True
    if held or passing:
        yield None if passing else held.strip()


def _read(number: int, line: bytes) -> tuple[object, Decoded]:
    if not line.startswith(b"{"):
        return number, _decoded(line)
    text, encoding = _text(line)
    try:
        told = json.loads(text)
        message = told["message"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return number, Decoded("json")
    name = told.get("id", number)
    if isinstance(name, str):
        name = name.encode("utf-8", "replace").decode()
    elif not isinstance(name, int):
        name = number
    if not isinstance(message, str):
        return name, Decoded("json")
    return name, _noted(decode(message.removesuffix("\n")), encoding)


def _decoded(line: bytes) -> Decoded:
    """A raw line; a file saved as GB18030 is tried as the UTF-8 that was sent."""
    decoded = decode(line)
    text, encoding = _text(line) if decoded.reason else ("", "utf-8")
    if encoding == "utf-8":
        return decoded
    again = decode(text)
    return decoded if again.reason else _noted(again, encoding)


def _noted(decoded: Decoded, encoding: str) -> Decoded:
    if encoding == "utf-8" or decoded.reason:
        return decoded
    return replace(decoded, notes=(Note("not_utf8"), *decoded.notes))


def _text(line: bytes) -> tuple[str, str]:
    try:
        return line.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return line.decode("gb18030", "replace"), "gb18030"
