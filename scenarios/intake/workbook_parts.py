"""The parts of a workbook: its sheets, shared texts and number formats, out of the zip archive.

Bytes are counted while they are unpacked, since the sizes in the archive need not be true.
No part may declare a document type: a workbook needs none, and entities are how a small file
grows without bound or reaches for other files.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.parsers import expat

from permits.errors import InputError
from scenarios.intake.cell_grid import MOST_CHARACTERS
from scenarios.text import t

MOST_BYTES = 2 * 1024**3
"""Bytes of a part, unpacked: a sheet of 1,048,576 rows and 16 columns has some 700 MB of XML."""
MOST_RATIO, MOST_EXPANDED = 100, 16 * 1024**2
"""A part beyond 16 MiB that unpacks to a hundred times the file is made to be read for minutes.

Sheets of cells unpack to 5 to 20 times their size."""
PIECE = 512 * 1024  # bytes unpacked at a time: what is made of them stays in the cache
MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
"""The namespaces of a workbook's elements: as Excel writes them, and its strict form."""
OLD_BINARY = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # compound file: .xls, .et, encrypted .xlsx
ZIPPED = b"PK\x03\x04"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
SPLIT = " "  # between namespace and name: neither may hold one
SHARED_NAMES = {uri + SPLIT + name: name for uri in MAIN for name in ("si", "t", "rPh")}
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")

FormatKind = Literal["number", "date", "duration"]
"""What a number format makes of a number."""
BUILT_IN_DATES = {*range(14, 23), *range(45, 48)}
LOCAL_DATES = {*range(27, 37), *range(50, 59)}  # of Chinese and Japanese Excel
PLAIN_FORMAT = re.compile(r"(General|[-0#?,.%+()/ ;@E$￥¥€])*")
DATE_FORMAT = re.compile(r"[ymdhsYMDHS:/\-., 年月日时分秒;@]*")
QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.')
BRACKETS = re.compile(r"\[[^\]]*\]")
ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A worksheet of a workbook: its name, its part of the archive, whether it is shown."""

    name: str
    part: str
    hidden: bool


@dataclass(slots=True)
class WorkbookPackage:
    """An open workbook: `sheets` are the worksheets in their order, without charts."""

    file: Path
    archive: zipfile.ZipFile
    sheets: tuple[SheetEntry, ...] = ()
    shared: str = ""  # the part of the shared texts; empty for none
    styles: str = ""
    since_1904: bool = False

    def pieces(self, part: str) -> Iterator[bytes]:
        """The bytes of a part, counted."""
        unpacked = 0
        size = self.file.stat().st_size
        with self.archive.open(part) as stream:
            while piece := stream.read(PIECE):
                unpacked += len(piece)
                if unpacked > MOST_BYTES:
                    raise _too_large(self.file.name)
                if unpacked > MOST_EXPANDED and unpacked > MOST_RATIO * size:
                    raise _too_dense(self.file.name)
                yield piece

    def sheet(self, name: str) -> SheetEntry:
        """The sheet of that name.

        Raises: InputError that lists the sheets.
        """
        for one in self.sheets:
            if one.name == name:
                return one
        raise InputError(
            "table.sheet",
            "there is no sheet {sheet!r}",
            where=self.file.name,
            mend="it has: {known}",
            sheet=name,
            known=", ".join(one.name for one in self.sheets),
        )


def _too_large(name: str) -> InputError:
    """The error for a workbook that unpacks without end."""
    return InputError(
        "table.unpacked",
        "the workbook unpacks to more than {most} GiB",
        where=name,
        mend="save the sheet alone as a new workbook, or as CSV",
        most=MOST_BYTES // 1024**3,
    )


def _too_dense(name: str) -> InputError:
    return InputError(
        "table.dense",
        "the workbook unpacks to more than {most} times its size, as no table does",
        where=name,
        mend="open it in Excel, delete what is not the table, and save it as a new workbook",
        most=MOST_RATIO,
    )


def damaged(name: str, why: str) -> InputError:
    """The error for a workbook whose parts do not say what they should; `why` in words."""
    return InputError(
        "table.excel_damaged",
        "the workbook is damaged: {why}",
        where=name,
        mend="open it in Excel and save it as a new .xlsx, or fetch it again",
        why=why,
    )


def check_format(file: Path) -> None:
    """Check that a file is what its name says: a workbook by `.xlsx`, no workbook by `.csv`.

    Raises: InputError for other programs' workbooks, for encrypted ones, and for a table of
        texts that is a workbook with another name.
    """
    with file.open("rb") as opened:
        start = opened.read(len(OLD_BINARY))
    ending = file.suffix.lower()
    is_workbook = ending in (".xlsx", ".xlsm")
    if start.startswith(OLD_BINARY):
        if ENCRYPTED in file.read_bytes():
            raise InputError(
                "table.encrypted",
                "the workbook is encrypted",
                where=file.name,
                mend="open it with its password and save it without one",
            )
        raise _other(file.name, "XLS (ET)")
    if start.startswith(ZIPPED) and not is_workbook:
        raise _zipped(file)
    if ending in (".xls", ".et", ".ods", ".xlsb", ".numbers"):
        raise _other(file.name, ending[1:].upper())
    if is_workbook and not start.startswith(ZIPPED):
        raise InputError(
            "table.no_workbook",
            "the file is not a workbook, in spite of its name",
            where=file.name,
            mend="open it and save it as .xlsx; a table of texts must be named .csv",
        )


def _zipped(file: Path) -> InputError:
    names: list[str] = []
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        pass
    if "xl/workbook.xml" in names:
        return InputError(
            "table.workbook_name",
            "the file is an Excel workbook",
            where=file.name,
            mend="name it .xlsx",
        )
    if "xl/workbook.bin" in names:
        return _other(file.name, "XLSB")
    if "mimetype" in names and "content.xml" in names:
        return _other(file.name, "ODS")
    return InputError(
        "table.zip",
        "the file is a zip archive, not a table",
        where=file.name,
        mend="unpack it and give the table in it",
    )


def _other(name: str, kind: str) -> InputError:
    return InputError(
        "table.other_workbook",
        "the file is a workbook of the kind {kind}, which is not read",
        where=name,
        mend="open it in Excel or WPS and save it as .xlsx",
        kind=kind,
    )


@contextmanager
def open_package(file: Path) -> Iterator[WorkbookPackage]:
    """An open workbook with its list of sheets; whatever is damaged becomes an InputError."""
    check_format(file)
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if "xl/workbook.bin" in names:
                raise _other(file.name, "XLSB")
            if len(set(names)) < len(names):
                raise damaged(file.name, t("its archive holds a part twice"))
            package = WorkbookPackage(file, archive)
            _read_workbook_part(package)
            yield package
    except expat.ExpatError as error:
        raise damaged(file.name, str(error)) from error
    # A cut-off archive, one with a password or another compression; a part that is missing, in
    # an unknown encoding, or without a number where one belongs.
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        LookupError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        raise damaged(file.name, str(error).strip("'\"")) from error


def parser_for(name: str) -> expat.XMLParserType:
    """A parser that takes no document type; names come as `namespace name`.

    Args:
        name: the file, for the error.
    """
    parser = expat.ParserCreate(namespace_separator=SPLIT)
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise damaged(name, t("it declares a document type"))

    parser.StartDoctypeDeclHandler = refuse
    return parser


def feed(parser: expat.XMLParserType, pieces: Iterator[bytes]) -> None:
    """Parse a part to its end."""
    for piece in pieces:
        parser.Parse(piece, False)
    parser.Parse(b"", True)


def _attributes(
    package: WorkbookPackage, part: str, names: set[str]
) -> list[tuple[str, dict[str, str]]]:
    """The elements of a small part that have one of `names`, in order, with attributes."""
    found = []
    parser = parser_for(package.file.name)

    def start(name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(SPLIT)[2]
        if local in names:
            found.append((local, {k.rpartition(SPLIT)[2]: v for k, v in attributes.items()}))

    parser.StartElementHandler = start
    feed(parser, package.pieces(part))
    return found


def _read_workbook_part(package: WorkbookPackage) -> None:
    """Fill in sheets, shared texts, styles and the first day of a package."""
    rels = {
        said["Id"]: said
        for _, said in _attributes(package, "xl/_rels/workbook.xml.rels", {"Relationship"})
    }
    sheets = []
    for kind, said in _attributes(package, "xl/workbook.xml", {"sheet", "workbookPr"}):
        if kind == "workbookPr":
            package.since_1904 = said.get("date1904") in ("1", "true")
            continue
        link = rels[said["id"]]
        if link["Type"].endswith("/worksheet"):
            hidden = said.get("state", "visible") != "visible"
            sheets.append(SheetEntry(said["name"], _path(link["Target"]), hidden))
    for said in rels.values():
        if said["Type"].endswith("/sharedStrings"):
            package.shared = _path(said["Target"])
        elif said["Type"].endswith("/styles"):
            package.styles = _path(said["Target"])
    known = set(package.archive.namelist())
    # Some writers name a part that they do not write: without cells of that kind none is missed.
    package.shared = package.shared if package.shared in known else ""
    package.styles = package.styles if package.styles in known else ""
    package.sheets = tuple(sheets)
    if not sheets:
        raise damaged(package.file.name, t("it has no worksheet"))


def _path(target: str) -> str:
    """A part's name in the archive: as it stands from the root, otherwise below `xl/`."""
    if target.startswith("/"):
        return target[1:]
    return re.sub(r"[^/]+/\.\./", "", "xl/" + target)


@dataclass(frozen=True, slots=True)
class CellFormats:
    """Of each cell style what it makes of a number.

    `unusual` are the styles that programs read differently: of a colour, a condition, a
    language, or a built-in format of one language only.
    """

    kinds: tuple[FormatKind, ...] = ()
    unusual: tuple[int, ...] = ()


def read_formats(package: WorkbookPackage) -> CellFormats:
    """The number formats of a workbook's cell styles."""
    if not package.styles:
        return CellFormats()
    codes: dict[int, str] = {}
    kinds: list[FormatKind] = []
    unusual = []
    in_cells = False
    for kind, said in _attributes(
        package, package.styles, {"numFmt", "cellXfs", "cellStyleXfs", "cellStyles", "dxfs", "xf"}
    ):
        if kind == "numFmt":
            codes[int(said["numFmtId"])] = said.get("formatCode", "")
        elif kind != "xf":
            in_cells = kind == "cellXfs"
        elif in_cells:
            found, plain = _format_kind(int(said.get("numFmtId", "0")), codes)
            if not plain:
                unusual.append(len(kinds))
            kinds.append(found)
    return CellFormats(tuple(kinds), tuple(unusual))


def _format_kind(number: int, codes: dict[int, str]) -> tuple[FormatKind, bool]:
    """What a format makes of a number, and whether every program reads it so."""
    if number not in codes:
        local = number in LOCAL_DATES
        return ("date" if local or number in BUILT_IN_DATES else "number"), not local
    unquoted = QUOTED.sub("", codes[number])
    if ELAPSED.search(unquoted):
        return "duration", False
    bare = BRACKETS.sub("", unquoted)
    plain = bare == unquoted
    if PLAIN_FORMAT.fullmatch(bare):
        return "number", plain
    if DATE_FORMAT.fullmatch(bare):
        return "date", plain
    # The letters of a date decide, as in Excel; `General` has none of them.
    dated = any(letter in "ymdhs" for letter in bare.lower().replace("general", ""))
    return ("date" if dated else "number"), False


def read_shared(package: WorkbookPackage) -> list[str]:
    """The shared texts of a workbook, without phonetic guides and formats of parts."""
    if not package.shared:
        return []
    texts: list[str] = []
    part: list[str] = []
    state = {"item": False, "in": False, "guide": False, "length": 0}
    parser = parser_for(package.file.name)

    def start(name: str, _: dict[str, str]) -> None:
        kind = SHARED_NAMES.get(name)
        if state["in"] or (kind == "si" and state["item"]):
            raise damaged(package.file.name, t("a shared text holds another element"))
        if kind == "si":
            part.clear()
            state.update(item=True, guide=False, length=0)
        elif kind == "rPh":
            state["guide"] = True
        elif kind == "t":
            state["in"] = state["item"] and not state["guide"]

    def end(name: str) -> None:
        kind = SHARED_NAMES.get(name)
        if kind == "si":
            texts.append(unescaped("".join(part)))
            state["item"] = False
        elif kind == "rPh":
            state["guide"] = False
        elif kind == "t":
            state["in"] = False

    def text(said: str) -> None:
        if state["in"]:
            part.append(said)
            state["length"] += len(said)
            if state["length"] > MOST_CHARACTERS:
                raise long_cell(package.file.name)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    feed(parser, package.pieces(package.shared))
    return texts


def unescaped(text: str) -> str:
    """A text with its escaped characters, `_x000D_` for a carriage return."""
    if "_x" not in text:
        return text
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def long_cell(name: str, where: str = "") -> InputError:
    """The error for a cell longer than Excel writes any.

    Args:
        name: the file.
        where: the cell, where it is known.
    """
    return InputError(
        "table.long_cell",
        "a cell has more than {most} characters",
        where=f"{name}, {where}" if where else name,
        mend="shorten it: Excel itself holds no more",
        most=f"{MOST_CHARACTERS:,}",
    )
