"""Irregularities in the fields of a message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from permits.hj212.codes import COMMANDS, COMMANDS_2005, RESERVED, SYSTEMS
from permits.hj212.message import VERSION_SHIFT, Message
from permits.hj212.notes import Note

YEARS = range(2000, 2100)
"""Years of a monitor's clock: HJ/T 212 is of 2005, and a logger keeps two digits of the year.
Others are a clock that was never set, such as 1970 after a power cut; assumed."""
QN_DIGITS, UNIX_DIGITS, TIME_DIGITS = 17, 13, 14  # with ms [VOC-C1]; Unix ms, as seen in logs
PW_LENGTH = 6  # characters [VOC-C1]
MN_FORM = {2017: re.compile(r"[0-9A-Fa-f]{24}"), 2005: re.compile(r"[0-9A-Za-z]{14}")}


def header_notes(message: Message) -> Iterator[Note]:
    """Notes on number, system, command, password, device, Flag and parts."""
    yield from _number(message.qn)
    yield from _system(message.st)
    yield from _command(message)
    yield from _password(message.pw)
    yield from _device(message)
    yield from _flag(message)
    yield from _parts(message)


def parse_time(text: str) -> datetime | None:
    """A time of 14 digits, or 17 with milliseconds; None for any other text or year."""
    if len(text) not in (TIME_DIGITS, QN_DIGITS) or not text.isascii() or not text.isdigit():
        return None
    seconds, millis = text[:TIME_DIGITS], text[TIME_DIGITS:] or "000"
    try:
        time = datetime.fromisoformat(f"{seconds[:8]}T{seconds[8:]}.{millis}")
    except ValueError:
        return None
    return time if time.year in YEARS else None


def _number(qn: str | None) -> Iterator[Note]:
    if qn is None:
        yield Note("no_qn")
    elif len(qn) == UNIX_DIGITS and qn.isascii() and qn.isdigit():
        yield Note("qn_unix")
    elif len(qn) != QN_DIGITS or parse_time(qn) is None:
        yield Note("qn_form")


def _system(st: str | None) -> Iterator[Note]:
    if st is None:
        yield Note("no_st")
    elif st not in SYSTEMS:
        yield Note("st_unknown", st)


def _command(message: Message) -> Iterator[Note]:
    cn = message.cn
    if cn is None:
        yield Note("no_cn")
    elif cn in COMMANDS_2005:
        if message.version != 2005:
            yield Note("cn_of_2005", cn)
    elif cn not in COMMANDS:
        reserved = len(cn) == 4 and cn.isascii() and cn.isdigit() and int(cn) in RESERVED
        yield Note("cn_reserved" if reserved else "cn_unknown", cn)


def _password(pw: str | None) -> Iterator[Note]:
    if pw is None:
        yield Note("no_pw")
    elif not pw:
        yield Note("pw_empty")
    elif len(pw) != PW_LENGTH:
        yield Note("pw_length")


def _device(message: Message) -> Iterator[Note]:
    if not message.mn:
        yield Note("no_mn")
    elif not MN_FORM[message.version].fullmatch(message.mn):
        yield Note("mn_form")


def _flag(message: Message) -> Iterator[Note]:
    if message.flag is None:
        yield Note("no_flag_field")
    elif message.flag >> VERSION_SHIFT > 1:
        yield Note("version_unknown", str(message.flag))


def _parts(message: Message) -> Iterator[Note]:
    pnum, pno = message.pnum, message.pno
    if message.says_split and (pnum is None or pno is None):
        yield Note("parts_missing")
    elif not message.says_split and (pnum is not None or pno is not None):
        yield Note("parts_unasked")
    if pnum is not None and pno is not None:
        if pno > pnum:
            yield Note("part_beyond", f"{pno}/{pnum}")
        elif not pnum or not pno:
            yield Note("parts_form")
