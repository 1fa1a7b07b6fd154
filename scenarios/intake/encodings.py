"""Encodings of text files: UTF-8, UTF-16 with its mark, GB18030."""

from __future__ import annotations

import codecs

from permits.errors import InputError

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WIDE = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
LOOKED_AT = 2**12  # bytes that show whether a text has two bytes a sign (assumed)
MOST_NULS = 0.1  # share of zero bytes in a text of one byte a sign: hardly any (assumed)
MOST_STRANGE = 0.5
"""Share of the characters outside GB 2312, above which a text is in none of our encodings.

Of Chinese names few are rarer; of Latin-1, Shift-JIS and Big5 read as GB18030 most are.
"""
WORKBOOK = b"PK\x03\x04"
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"


def decode_text(data: bytes, name: str) -> tuple[str, str]:
    """Text and the encoding it was in: UTF-8 (with or without BOM), UTF-16, GB18030.

    Args:
        data: the file, or its beginning.
        name: how errors call it.
    Raises: InputError for another encoding, and for a workbook.
    """
    if data.startswith((WORKBOOK, OLD_WORKBOOK)):
        raise InputError(
            "table.is_workbook",
            "the file is a workbook or an archive, not a text",
            where=name,
            mend="give a workbook the ending .xlsx, or save the table as CSV UTF-8",
        )
    if data.startswith(WIDE):
        raise _not_read("UTF-32", name)
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _marked(data, encoding, name), encoding
    first = data[:LOOKED_AT]
    if first.count(0) > MOST_NULS * len(first):
        raise _not_read("UTF-16, UTF-32", name)
    # UTF-8 first: GB18030 accepts most bytes and would garble it silently.
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as first_error:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as second:
            raise InputError(
                "table.encoding",
                "byte {at} is neither UTF-8 nor GB18030",
                where=name,
                mend="save the file as UTF-8",
                at=max(first_error.start, second.start),
            ) from second
    if _is_strange(text):
        raise _not_read("Latin-1, Big5, Shift-JIS", name)
    return text, "gb18030"


def _is_strange(text: str) -> bool:
    """Whether most of the characters of a text are rare ones of GB18030."""
    signs = [sign for sign in set(text) if not sign.isascii()]
    strange = 0
    for sign in signs:
        try:
            sign.encode("gb2312")
        except UnicodeEncodeError:
            strange += 1
    return strange > MOST_STRANGE * len(signs)


def _not_read(encoding: str, name: str) -> InputError:
    return InputError(
        "table.other_encoding",
        "the text is in an encoding that is not read, such as {encoding}",
        where=name,
        mend="save the file as UTF-8",
        encoding=encoding,
    )


def _marked(data: bytes, encoding: str, name: str) -> str:
    """Text with a byte order mark, which states its encoding."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            "table.marked_encoding",
            "the file starts as {encoding}, but byte {at} is not valid in it",
            where=name,
            mend="it may be truncated: fetch it again, or save it as UTF-8",
            encoding=encoding,
            at=error.start,
        ) from error
