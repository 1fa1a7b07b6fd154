"""The first pass over a sheet's XML: is it wholly ordinary, and how far does it reach?

It never builds a cell: the positions of all `<` and `>` of a piece are compared at once, so
100 MB take about a second. Ordinary is narrow on purpose. Whatever is not, from an error cell
to an attribute in single quotation marks, is for `exact_sheet`, which is slower and knows
every exception.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from scenarios.intake.cell_grid import MOST_CHARACTERS, MOST_COLUMNS
from scenarios.intake.exact_sheet import EXACT_DIGITS, NUMBER
from scenarios.intake.workbook_parts import (
    MAIN,
    PIECE,
    CellFormats,
    parser_for,
)

Bytes: TypeAlias = "np.ndarray[Any, np.dtype[np.uint8]]"
Kinds: TypeAlias = Bytes
Words: TypeAlias = "np.ndarray[Any, np.dtype[np.uint64]]"
Ints: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"
Bools: TypeAlias = "np.ndarray[Any, np.dtype[np.bool_]]"

MOST_HEAD = PIECE  # of what stands before the cells: columns' widths and views
MOST_ROW = 16 * PIECE  # bytes of one row: more than 1,024 cells of 32,767 characters need
PLAIN_TEXTS = re.compile(
    rb"(?:<si>(?:<t>(?![ \t\n])[^<\x00-\x08\x0b-\x1f]*+(?<![ \t\n])</t>|<t/>|"
    rb'<t xml:space="preserve">[^<\x00-\x08\x0b-\x1f]*+</t>)</si>)*+'
)
BODY = b"<sheetData>"
BODY_END = b"</sheetData>"
SPARSE = 8  # at most so much of a sheet's area may be empty: its reader fills the area
SMALL_AREA = 1_000_000  # cells that any area may have: some tens of MB
ODD = (b"hidden=", b' ht="0"', b' t="e"', b' t="d"')
"""What only an extraordinary sheet holds between its cells, if in no more than a text.

Hidden rows, error cells, ISO dates, and characters that programs read differently."""
LEAST_SIGN = 32  # of a text; below stand signs that XML forbids, but for line ends and tabs

ROW, ROW_EMPTY, CELL, CELL_EMPTY, VALUE, FORMULA, FORMULA_EMPTY, INLINE, TEXT = range(9)
ROW_END, CELL_END, VALUE_END, FORMULA_END, INLINE_END, TEXT_END, OTHER = range(9, 16)
FOLLOWS = {
    ROW: (CELL, CELL_EMPTY, ROW_END),
    ROW_EMPTY: (ROW, ROW_EMPTY),
    ROW_END: (ROW, ROW_EMPTY),
    CELL: (VALUE, FORMULA, FORMULA_EMPTY, INLINE, CELL_END),
    CELL_EMPTY: (CELL, CELL_EMPTY, ROW_END),
    CELL_END: (CELL, CELL_EMPTY, ROW_END),
    FORMULA: (FORMULA_END,),
    # A formula without a value is extraordinary.
    FORMULA_END: (VALUE,),
    FORMULA_EMPTY: (VALUE,),
    VALUE: (VALUE_END,),
    VALUE_END: (CELL_END,),
    INLINE: (TEXT,),
    TEXT: (TEXT_END,),
    TEXT_END: (INLINE_END,),
    INLINE_END: (CELL_END,),
}
"""Which tag may follow which: with this, the cells are well-formed."""
MAY_FOLLOW = np.array([b in FOLLOWS.get(a, ()) for a in range(16) for b in range(16)])
HOLD_TEXT = np.array([kind in (VALUE, FORMULA, TEXT) for kind in range(16)])
OPENED = {
    b"row ": (ROW, ROW_EMPTY),
    b"c ": (CELL, CELL_EMPTY),
    b"v>": (VALUE, OTHER),
    b"f>": (FORMULA, OTHER),
    b"f ": (FORMULA, FORMULA_EMPTY),
    b"f/": (OTHER, FORMULA_EMPTY),
    b"is>": (INLINE, OTHER),
    b"t>": (TEXT, OTHER),
    b"t ": (TEXT, OTHER),
    b"/row": (ROW_END, OTHER),
    b"/c>": (CELL_END, OTHER),
    b"/v>": (VALUE_END, OTHER),
    b"/f>": (FORMULA_END, OTHER),
    b"/is>": (INLINE_END, OTHER),
    b"/t>": (TEXT_END, OTHER),
}
"""What stands behind the `<` of a tag, and the tag's kind without and with a `/` at its end."""
KIND_OF = np.full(2 * 65_536, OTHER, dtype=np.uint8)
"""The kind by the two bytes behind the `<`, and again for tags with a `/` at their end."""
SPELLED, SPELLED_BYTES = np.zeros((2, 16), dtype=np.uint32)
"""The bytes that a kind must have behind its `<`, and the mask of those that count."""
for _text, _kinds in OPENED.items():
    for _n, _kind in enumerate(_kinds):
        KIND_OF[int.from_bytes(_text[:2], "little") + 65_536 * _n] = _kind
        if _kind != OTHER and len(_text) > 2:
            SPELLED[_kind] = int.from_bytes(_text, "little")
            SPELLED_BYTES[_kind] = 256 ** len(_text) - 1
WIDTHS = np.array([256**n - 1 for n in range(9)], dtype=np.uint64)
"""Of the number of bytes that count, the mask over eight of them."""
EACH = 0x0101010101010101  # times a byte: that byte eight times
HIGH, LOW = np.uint64(0x80 * EACH), np.uint64(0x7F * EACH)
ZEROS, POINTS = np.uint64(ord("0") * EACH), np.uint64(ord(".") * EACH)
PAST_NINE = np.uint64((0x80 - 10) * EACH)


@dataclass(slots=True)
class SheetExtent:
    """How far an ordinary sheet reaches; `around` is its XML without the cells."""

    last_row: int = 0  # with a value, from 1
    last_column: int = 0
    cells: int = 0
    around: bytes = b""


class _Odd(Exception):
    """The sheet is not ordinary: it goes to the exact reader."""


def find_extent(pieces: Iterator[bytes], formats: CellFormats) -> SheetExtent | None:
    """How far a sheet reaches, or None where anything about it is out of the ordinary.

    Args:
        pieces: the bytes of the sheet's part.
        formats: the cell styles; a cell in one that programs read differently is not ordinary.
    """
    scan = _Scan(formats)
    try:
        tail = _body(pieces, scan)
        for piece in pieces:
            tail += piece
            if len(tail) > MOST_HEAD:
                return None
    except _Odd:
        return None
    extent = scan.extent
    area = extent.last_row * extent.last_column
    if area > SMALL_AREA and area > SPARSE * extent.cells:
        return None
    extent.around += tail
    return extent


def is_plain(name: str, pieces: Iterator[bytes]) -> bool:
    """Whether the shared texts are plain ones, which every program reads alike.

    Texts in parts of several formats, phonetic guides and escapes are not; nor is a long text,
    which is left to the reader that counts characters.

    Args:
        name: the file, for errors.
        pieces: the bytes of the shared texts' part.
    """
    around = rest = b""
    for piece in pieces:
        rest += piece
        if not around:
            head, found, rest = rest.partition(b"<si>")
            around, rest = head, found + rest
            if not found or not any(uri.encode() in head for uri in MAIN):
                return False
        end = rest.rfind(b"</si>") + len(b"</si>")
        if end < len(b"</si>"):
            if len(rest) > MOST_CHARACTERS:
                return False
            continue
        if PLAIN_TEXTS.fullmatch(rest, 0, end) is None or b"&#" in rest or not _is_utf8(rest[:end]):
            return False
        if b"_x" in rest or max(map(len, rest[:end].split(b"</si>"))) > MOST_CHARACTERS:
            return False
        rest = rest[end:]
    parser = parser_for(name)
    parser.Parse(around + rest, True)
    return True


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _body(pieces: Iterator[bytes], scan: _Scan) -> bytes:
    """Look at all cells; what follows them in the last piece read."""
    data = b""
    for piece in pieces:
        data += piece
        if BODY in data:
            break
        if len(data) > MOST_HEAD:
            raise _Odd
    head, found, rest = data.partition(BODY)
    if not found:
        raise _Odd
    scan.extent.around = head + BODY
    while BODY_END not in rest:
        # Whole rows only: the rest waits for the next piece.
        end = rest.rfind(b"</row>") + len(b"</row>")
        if end >= len(b"</row>"):
            scan.look(rest[:end])
            rest = rest[end:]
        piece = next(pieces, b"")
        if not piece or len(rest) > MOST_ROW:
            raise _Odd
        rest += piece
    last, _, tail = rest.partition(BODY_END)
    scan.look(last)
    return BODY_END + tail


class _Scan:
    """What was seen of a sheet so far."""

    def __init__(self, formats: CellFormats) -> None:
        self.extent = SheetExtent()
        self._last_row = 0  # with or without values
        self._styles = tuple(b' s="%d"' % number for number in formats.unusual)

    def look(self, data: bytes) -> None:
        """Take in whole rows.

        Raises: _Odd at the first thing that is not ordinary.
        """
        if not data:
            return
        if any(odd in data for odd in (*ODD, *self._styles)) or (b"_" in data and b"_x" in data):
            raise _Odd
        # Bytes beyond the end are looked at below, and match no tag.
        piece = _Piece(data + b"\0" * 16)
        _check_signs(data, piece)
        _check_tags(piece)
        self._cells(piece)
        _check_types(data, piece)
        _check_values(data, piece)

    def _cells(self, piece: _Piece) -> None:
        """Check row and cell numbers, and note how far the values reach."""
        kind = piece.kind
        is_row = (kind == ROW) | (kind == ROW_EMPTY)
        is_cell = (kind == CELL) | (kind == CELL_EMPTY)
        at = piece.start[is_row] + len(b"<row ")
        if not _stands(piece, at, b'r="'):
            raise _Odd
        rows, told, width = _numbers_at(piece, at + 3)
        if len(rows) and (rows[0] <= self._last_row or (np.diff(rows) <= 0).any()):
            raise _Odd
        at = piece.start[is_cell] + len(b"<c ")
        if not _stands(piece, at, b'r="'):
            raise _Odd
        columns, at = _letters_at(piece, at + 3)
        of_row = np.cumsum(is_row)[is_cell] - 1
        # A cell names its row in the same digits, up to the quotation mark.
        if ((piece.eight[at] & width[of_row]) != told[of_row]).any():
            raise _Odd
        if (columns > MOST_COLUMNS).any():
            raise _Odd
        if (np.diff(columns)[np.diff(of_row) == 0] <= 0).any():
            raise _Odd
        holds = (kind[is_cell] == CELL) & (kind[np.flatnonzero(is_cell) + 1] != CELL_END)
        if holds.any():
            self.extent.last_row = int(rows[of_row[holds][-1]])
            self.extent.last_column = max(self.extent.last_column, int(columns[holds].max()))
            self.extent.cells += int(holds.sum())
        if len(rows):
            self._last_row = int(rows[-1])


class _Piece:
    """Whole rows: where every tag starts and stops, and its kind."""

    def __init__(self, data: bytes) -> None:
        self.bytes = np.frombuffer(data, np.uint8)
        count = len(data) - 8
        # Four and eight bytes from every place on: one look instead of one for each byte.
        self.four = np.ndarray((count,), "<u4", data, strides=(1,))
        self.eight = np.ndarray((count,), "<u8", data, strides=(1,))
        self.start = np.flatnonzero(self.bytes == ord("<"))
        self.stop = np.flatnonzero(self.bytes == ord(">"))
        start, stop = self.start, self.stop
        if len(start) != len(stop) or not len(start) or start[0] != 0:
            raise _Odd
        if not (stop > start).all() or not (start[1:] > stop[:-1]).all():
            raise _Odd
        self.kind = self._kinds()

    def _kinds(self) -> Kinds:
        """The kind of every tag; OTHER for one that an ordinary sheet does not have."""
        alone = self.bytes[self.stop - 1] == ord("/")
        four = self.four[self.start + 1]
        kind: Kinds = KIND_OF[(four & np.uint32(65_535)) + np.uint32(65_536) * alone]
        if ((four & SPELLED_BYTES[kind]) != SPELLED[kind]).any():
            raise _Odd
        return kind

    def in_tags(self, at: Ints) -> Bools:
        """Which of the places lie within a tag."""
        return at < self.stop[np.searchsorted(self.start, at) - 1]


def _stands(piece: _Piece, at: Ints, text: bytes) -> bool:
    """Whether a text of up to four bytes stands at all of the places."""
    mask = np.uint32(256 ** len(text) - 1)
    return bool(((piece.four[at] & mask) == int.from_bytes(text, "little")).all())


def _numbers_at(piece: _Piece, at: Ints) -> tuple[Ints, Words, Words]:
    """The whole numbers that begin at the places and end with a quotation mark.

    Returns: the numbers; the bytes of each with its mark; and a mask of their width.
    """
    words = piece.eight[at]
    number = np.zeros(len(at), dtype=np.int64)
    width = np.zeros(len(at), dtype=np.uint64)
    going = np.ones(len(at), dtype=bool)
    for n in range(8):  # 1,048,576 has seven digits
        byte = ((words >> np.uint64(8 * n)) & np.uint64(255)).astype(np.int64)
        width[going] |= np.uint64(255 << 8 * n)
        going &= byte != ord('"')
        if not going.any():
            return number, words & width, width
        if ((byte[going] < ord("0")) | (byte[going] > ord("9"))).any():
            raise _Odd
        number[going] = number[going] * 10 + (byte[going] - ord("0"))
    raise _Odd


def _letters_at(piece: _Piece, at: Ints) -> tuple[Ints, Ints]:
    """The columns, from 1, whose letters begin at the places, and where each ends."""
    four = piece.four[at]
    column = np.zeros(len(at), dtype=np.int64)
    going = np.ones(len(at), dtype=bool)
    end = at.copy()
    for n in range(3):
        byte = ((four >> np.uint32(8 * n)) & np.uint32(255)).astype(np.int64)
        going &= (byte >= ord("A")) & (byte <= ord("Z"))
        if n and not going.any():
            break
        column = np.where(going, column * 26 + byte - (ord("A") - 1), column)
        end += going
    if (column == 0).any():
        raise _Odd
    return column, end


def _check_signs(data: bytes, piece: _Piece) -> None:
    """Check the characters, and how attributes are written."""
    if not data.isascii() and not _is_utf8(data):
        raise _Odd
    signs = piece.bytes[: len(data)]
    if signs.min() < LEAST_SIGN and ((signs < LEAST_SIGN) & (signs != ord("\n"))).any():
        raise _Odd
    # `key="value"`, without blanks and entities: so a type can be looked for as a text.
    if b' ="' in data or b'= "' in data:
        at = np.flatnonzero(signs == ord("="))
        at = at[piece.in_tags(at)]
        if (signs[at + 1] != ord('"')).any() or (signs[at - 1] == ord(" ")).any():
            raise _Odd
    for byte in (b"&", b"'", b"\n"):
        if byte in data and piece.in_tags(np.flatnonzero(signs == ord(byte))).any():
            raise _Odd
    if b"&#" in data:
        raise _Odd


def _check_tags(piece: _Piece) -> None:
    """Check the order of tags and the texts between them."""
    kind = piece.kind
    if not MAY_FOLLOW[kind[:-1] * np.uint8(16) + kind[1:]].all() or kind[0] not in (ROW, ROW_EMPTY):
        raise _Odd
    if kind[-1] not in (ROW_END, ROW_EMPTY):
        raise _Odd
    between = piece.start[1:] - piece.stop[:-1] - 1
    holds = HOLD_TEXT[kind[:-1]]
    if (between[~holds] > 0).any() or (between > MOST_CHARACTERS).any():
        raise _Odd
    if piece.stop[-1] != len(piece.bytes) - 17:
        raise _Odd
    # Blanks at a text's ends that it does not ask to keep: programs differ.
    bare = np.flatnonzero((kind[:-1] == TEXT) & (piece.stop[:-1] - piece.start[:-1] == len("<t")))
    ends = piece.bytes[piece.stop[bare] + 1], piece.bytes[piece.start[bare + 1] - 1]
    if (ends[0] <= ord(" ")).any() or (ends[1] <= ord(" ")).any():
        raise _Odd
    # An empty value is no value: a formula's, or of a cell that was emptied.
    if (between[kind[:-1] == VALUE] == 0).any():
        raise _Odd


def _check_types(data: bytes, piece: _Piece) -> None:
    """Check that cells whose type is an inline text hold one, and no others do."""
    inline = data.count(b' t="inlineStr"')
    if inline:
        inline -= data.count(b' t="inlineStr"/>') + data.count(b' t="inlineStr" />')
        inline -= data.count(b' t="inlineStr"></c>')
    if inline != int((piece.kind == INLINE).sum()):
        raise _Odd


def _signs_of(piece: _Piece, first: Ints, size: Ints) -> tuple[Bools, Ints]:
    """Whether texts of up to eight bytes hold more than digits and points; how many points.

    Args:
        piece: the rows.
        first: where each text begins.
        size: its bytes.
    """
    mask = WIDTHS[size]
    words = (piece.eight[first] & mask) | (ZEROS & ~mask)
    apart = words ^ ZEROS  # a digit's own value, and 10 or more for anything else
    no_digit = (((apart & LOW) + PAST_NINE) | apart) & HIGH
    apart = words ^ POINTS  # zero for a point
    point = ~(((apart & LOW) + LOW) | apart) & HIGH
    return (no_digit & ~point) != 0, np.bitwise_count(point).astype(np.int64)


def _check_values(data: bytes, piece: _Piece) -> None:
    """Check that every value that is no text is a number that Excel keeps to its last digit."""
    at = np.flatnonzero(piece.kind == VALUE)
    if not len(at):
        return
    first, end = piece.stop[at] + 1, piece.start[at + 1]
    size = end - first
    doubtful, points = _signs_of(piece, first, np.minimum(size, 8))
    if size.max() > 8:
        more, further = _signs_of(piece, first + 8, np.clip(size - 8, 0, 8))
        doubtful |= more
        points = points + further
    doubtful |= (size > EXACT_DIGITS) | (points > 1) | (points == size)
    cells = np.flatnonzero((piece.kind == CELL) | (piece.kind == CELL_EMPTY))
    for n in np.flatnonzero(doubtful).tolist():
        tag = cells[np.searchsorted(cells, at[n]) - 1]
        head = data[piece.start[tag] : piece.stop[tag]]
        if b' t="str"' in head:
            continue
        text = data[first[n] : end[n]].decode("utf-8")
        if b' t="' in head and b' t="n"' not in head:
            raise _Odd
        if NUMBER.fullmatch(text) is None or not abs(float(text)) < 10**EXACT_DIGITS:
            raise _Odd
