"""Conversion between the text of a segment and a message."""

from __future__ import annotations

import re
from collections.abc import Iterable

from permits.errors import InputError
from permits.hj212.message import Item, Message, Pair
from permits.hj212.notes import Note

FIELDS = ("QN", "ST", "CN", "PW", "MN", "Flag", "PNUM", "PNO")
CANONICAL = {name.upper(): name for name in FIELDS}
CONTENT = re.compile(r"(?i)\bCP *= *&&")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
PART_NUMBER = re.compile(r"[0-9]{1,4}")
FLAG = re.compile(r"[0-9]{1,3}")
WHOLE_VALUE = re.compile(r"[^=]+=[+-]?[0-9]+")  # a field that a decimal comma may follow
DECIMALS = re.compile(r"[0-9]+")
MOST_FLAG = 255  # Flag is one byte [VOC-C1]
HIDES = "//"
"""Encloses a text in which separators are ordinary characters."""


def format_segment(message: Message) -> str:
    """The segment of a message, fields in the order of the standard.

    Raises: InputError for a name or value that would be read differently.
    """
    given = (
        message.qn, message.st, message.cn, message.pw, message.mn,
        message.flag, message.pnum, message.pno,
    )  # fmt: skip
    fields = [(n, str(v)) for n, v in zip(FIELDS, given, strict=True) if v is not None]
    for name, value in (*fields, *message.others):
        _check_written(name, value, hides=False)
    header = "".join(f"{name}={value};" for name, value in (*fields, *message.others))
    return f"{header}CP=&&{format_content(message.items)}&&"


def format_content(items: Iterable[Item]) -> str:
    """The text between the two `&&`."""
    for item in items:
        for name, value in item:
            _check_written(name, value, hides=True)
    return ";".join(",".join(f"{name}={value}" for name, value in item) for item in items)


def parse_segment(segment: bytes) -> tuple[Message, list[Note]]:
    """Read a segment leniently: every irregularity is a note, none an error."""
    notes: list[Note] = []
    text = _decoded(segment, notes)
    header, content = _halves(text, notes)
    fields, others = _fields(header, notes)
    message = Message(
        cn=fields.get("CN"),
        mn=fields.get("MN"),
        items=tuple(_items(content, notes)),
        qn=fields.get("QN"),
        st=fields.get("ST"),
        pw=fields.get("PW"),
        flag=_whole(fields, "Flag", FLAG, MOST_FLAG, "flag_form", notes),
        pnum=_whole(fields, "PNUM", PART_NUMBER, 9999, "parts_form", notes),
        pno=_whole(fields, "PNO", PART_NUMBER, 9999, "parts_form", notes),
        others=tuple(others),
    )
    return message, notes


def _decoded(segment: bytes, notes: list[Note]) -> str:
    try:
        text = segment.decode("utf-8")
    except UnicodeDecodeError:
        text = _not_utf8(segment, notes)
    if CONTROL.search(text):
        notes.append(Note("control_character"))
    return text


def _not_utf8(segment: bytes, notes: list[Note]) -> str:
    try:
        # The national encoding is the likely one; latin-1 accepts any byte, so nothing raises.
        text = segment.decode("gb18030")
    except UnicodeDecodeError:
        notes.append(Note("not_text"))
        return segment.decode("latin-1")
    notes.append(Note("not_utf8"))
    return text


def _halves(text: str, notes: list[Note]) -> tuple[str, str]:
    """Header and content; `cp_…` where the marks of the content are wrong."""
    found = CONTENT.search(text)
    if not found:
        notes.append(Note("no_cp"))
        return text, ""
    if not found[0].startswith("CP=") or len(found[0]) != len("CP=&&"):
        notes.append(Note("field_case", "CP"))
    # The last `&&` closes the content: an earlier one may be part of a value.
    content, closed, after = text[found.end() :].rpartition("&&")
    if not closed:
        notes.append(Note("cp_open"))
        return text[: found.start()], after
    if after:
        notes.append(Note("cp_after"))
    return text[: found.start()], content


def _fields(header: str, notes: list[Note]) -> tuple[dict[str, str], list[Pair]]:
    fields: dict[str, str] = {}
    others: list[Pair] = []
    pieces = header.removesuffix(";").split(";") if header else []
    for piece in pieces:
        field = piece.strip(" ,\t")
        if field != piece or not field:
            notes.append(Note("separator", field.partition("=")[0]))
        if not field:
            continue
        name, _, value = field.partition("=")
        known = CANONICAL.get(name.strip().upper())
        if known is None:
            notes.append(Note("field_unknown", name))
            others.append((name, value))
        elif known in fields:
            notes.append(Note("field_twice", known))
        else:
            fields[known] = value
            if name != known:
                notes.append(Note("field_case", known))
    order = [FIELDS.index(name) for name in fields]
    if order != sorted(order):
        notes.append(Note("field_order"))
    return fields, others


def _whole(
    fields: dict[str, str],
    name: str,
    form: re.Pattern[str],
    most: int,
    code: str,
    notes: list[Note],
) -> int | None:
    text = fields.get(name)
    if text is None:
        return None
    if form.fullmatch(text) and int(text) <= most:
        return int(text)
    notes.append(Note(code, name))
    return None


def _items(content: str, notes: list[Note]) -> Iterable[Item]:
    if not content:
        return
    for text in _outside(content, ";"):
        if not text:
            notes.append(Note("item_empty"))
            continue
        pairs = [_pair(field, notes) for field in _fields_of(text) if field]
        if pairs:
            yield tuple(pairs)


def _fields_of(item: str) -> list[str]:
    """The fields of an item; a decimal comma parts none, and stays in its value."""
    found: list[str] = []
    for field in _outside(item, ","):
        if found and DECIMALS.fullmatch(field) and WHOLE_VALUE.fullmatch(found[-1]):
            found[-1] += f",{field}"
        else:
            found.append(field)
    return found


def _pair(field: str, notes: list[Note]) -> Pair:
    name, equals, value = field.partition("=")
    if not equals:
        notes.append(Note("no_value", name))
    return name, value


def _outside(text: str, separator: str) -> list[str]:
    """Split at `separator`, but not between a pair of `//`."""
    if HIDES not in text:
        return text.split(separator)
    found = [""]
    chunks = text.split(HIDES)
    for n, chunk in enumerate(chunks):
        # An opening `//` without a closing one hides nothing.
        hidden = n % 2 == 1 and n < len(chunks) - 1
        pieces = [chunk] if hidden else chunk.split(separator)
        found[-1] += (HIDES if n else "") + pieces[0]
        found += pieces[1:]
    return found


def _check_written(name: str, value: str, *, hides: bool) -> None:
    """Raise InputError unless name and value can be read back as they are written."""
    hidden = hides and len(value) >= 4 and value.startswith(HIDES) and value.endswith(HIDES)
    free = value[2:-2] if hidden else value
    barred = ("&", HIDES) if hidden else ("&", ";", ",", HIDES)
    sound = name and not any(sign in name for sign in ("&", ";", ",", "=", HIDES))
    if not sound or any(sign in free for sign in barred) or CONTROL.search(name + value):
        raise InputError(
            "hj212.sign",
            "{said!r} cannot be written in a message",
            mend="leave out & ; , and control characters, or enclose a text in //…//",
            said=f"{name}={value}",
        )
    if value.strip(" \t") != value or name.strip(" \t") != name:
        raise InputError(
            "hj212.space",
            "{said!r} begins or ends with a space",
            mend="remove the space",
            said=f"{name}={value}",
        )
