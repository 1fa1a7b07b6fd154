"""An Excel file from columns of cells, written part by part: fast, and the same bytes again.

Office Open XML (ECMA-376): a zip of one XML part per sheet, their common texts, and styles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

Tails = Sequence[str]
"""The cells of a column without their places: `t="s"><v>5</v></c>`; empty for no cell."""

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
CODED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # Excel reads _x0041_ as A
LONGEST = 32_767  # characters of a cell, by Excel's limits
HEADER = 100  # characters of a printed title: of the 255 that a header may have in all
LEVEL = 1  # of deflate: the fastest; the default takes 1.5 s longer for a quarter less (measured)
ROWS_AT_ONCE = 20_000  # written together, so that a long sheet is never in memory as text

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


@dataclass(frozen=True, slots=True)
class BookSheet:
    """A sheet: rows above its table, the table's heads and columns, and rows below.

    The heads stay when one scrolls, and stand on every printed page; the table can be
    filtered. `heads` of length 0: a sheet of the rows above alone.
    """

    name: str
    widths: Sequence[float]
    above: Sequence[Sequence[str]] = ()
    heads: Sequence[str] = ()
    columns: Sequence[Tails] = ()
    below: Sequence[Sequence[str]] = ()

    @property
    def head_row(self) -> int:
        """The row of the heads, counted from 1."""
        return len(self.above) + 1

    @property
    def last_row(self) -> int:
        """The last row of the table, its totals not counted."""
        return self.head_row + (len(self.columns[0]) if self.columns else 0)


@dataclass(slots=True)
class BookWriter:
    """Writes an Excel file; `title` is printed on every page."""

    path: Path
    title: str
    texts: dict[str, int] = field(default_factory=dict)
    formats: dict[tuple[str, bool], int] = field(default_factory=dict)
    sheets: list[BookSheet] = field(default_factory=list)
    words: dict[tuple[Any, ...], list[str]] = field(default_factory=dict)
    """Cells of text that were made already, by what they were made of."""
    _zip: ZipFile | None = None

    def __enter__(self) -> BookWriter:
        self._zip = ZipFile(self.path, "w", ZIP_DEFLATED, compresslevel=LEVEL)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._zip is not None, "entered"
        try:
            if kind is None:
                self._finish()
        finally:
            self._zip.close()

    def text(self, said: str, *, bold: bool = False) -> str:
        """A cell that stays text, whatever it begins with."""
        plain = said[:LONGEST]
        if not plain.isprintable() or "_x" in plain:
            plain = CODED.sub("_x005F_", CONTROL.sub("", said))[:LONGEST]
        style = f's="{self.style("", bold=True)}" ' if bold else ""
        return f'{style}t="s"><v>{self.texts.setdefault(plain, len(self.texts))}</v></c>'

    def texts_of(self, said: Sequence[str]) -> list[str]:
        """The cell of each text, as `text` makes them."""
        together = "".join(said)
        longest = max(map(len, said), default=0)
        if longest > LONGEST or not together.isprintable() or "_x" in together:
            return [self.text(one) for one in said]
        known = self.texts
        return [f't="s"><v>{known.setdefault(one, len(known))}</v></c>' for one in said]

    def style(self, form: str, *, bold: bool = False) -> int:
        """The number of a style: a number format, and whether it is bold."""
        return self.formats.setdefault((form, bold), len(self.formats) + 1)

    def numbers(self, texts: Iterable[str], form: str, *, bold: bool = False) -> list[str]:
        """Cells of plain decimals, empty where the text is.

        Args:
            texts: the numbers.
            form: their number format.
            bold: whether they are bold.
        """
        style = self.style(form, bold=bold)
        return [f's="{style}"><v>{text}</v></c>' if text else "" for text in texts]

    def add(self, sheet: BookSheet) -> None:
        """Write a sheet."""
        # Opened by name a part has no date: the same tables are the same bytes.
        assert self._zip is not None, "entered"
        self.sheets.append(sheet)
        name = f"xl/worksheets/sheet{len(self.sheets)}.xml"
        with self._zip.open(name, "w", force_zip64=True) as part:
            for text in self._sheet(sheet):
                part.write(text.encode())

    def _sheet(self, sheet: BookSheet) -> Iterator[str]:
        cols = "".join(
            f'<col min="{n}" max="{n}" width="{width:g}" customWidth="1"/>'
            for n, width in enumerate(sheet.widths, 1)
        )
        yield (
            f'{XML}<worksheet xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheetPr><pageSetUpPr '
            f'fitToPage="1"/></sheetPr>{_view(sheet)}<sheetFormatPr defaultRowHeight="15"/>'
            f"<cols>{cols}</cols><sheetData>"
        )
        for number, row in enumerate((*sheet.above, sheet.heads), 1):
            yield _row(number, row)
        yield from _body(sheet)
        for number, row in enumerate(sheet.below, sheet.last_row + 1):
            yield _row(number, row)
        filtered = f'<autoFilter ref="{_filtered(sheet)}"/>' if sheet.columns else ""
        # An ampersand is doubled: alone it begins a code of the header.
        title, name = (escape(s.replace("&", "&&")) for s in (self.title[:HEADER], sheet.name))
        yield (
            f"</sheetData>{filtered}"
            '<pageMargins left="0.5" right="0.5" top="0.75" bottom="0.6" header="0.3" '
            'footer="0.3"/><pageSetup paperSize="9" orientation="landscape" fitToWidth="1" '
            f'fitToHeight="0"/><headerFooter><oddHeader>&amp;L{title}&amp;R{name}</oddHeader>'
            "<oddFooter>&amp;C&amp;P / &amp;N</oddFooter></headerFooter></worksheet>"
        )

    def _finish(self) -> None:
        """Write what the sheets share."""
        assert self._zip is not None, "entered"
        together = "".join(self.texts)
        marked = any(sign in together for sign in "&<>")
        texts = map(escape, self.texts) if marked else self.texts
        strings = "".join([f'<si><t xml:space="preserve">{s}</t></si>' for s in texts])
        parts = {
            "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
            "xl/styles.xml": self._styles(),
            "xl/workbook.xml": self._workbook(),
            "xl/_rels/workbook.xml.rels": _relations(
                (f"rId{n}", kind, target) for n, (kind, target) in enumerate(self._targets(), 1)
            ),
            "_rels/.rels": _relations([("rId1", "officeDocument", "xl/workbook.xml")]),
            "[Content_Types].xml": self._types(),
        }
        for name, content in parts.items():
            with self._zip.open(name, "w") as part:
                part.write((XML + content).encode())

    def _targets(self) -> Iterator[tuple[str, str]]:
        for n in range(1, len(self.sheets) + 1):
            yield "worksheet", f"worksheets/sheet{n}.xml"
        yield "styles", "styles.xml"
        yield "sharedStrings", "sharedStrings.xml"

    def _styles(self) -> str:
        forms = dict.fromkeys(form for form, _ in self.formats if form)
        number = {form: n for n, form in enumerate(forms, 164)}  # below are Excel's own
        declared = "".join(
            f'<numFmt numFmtId="{n}" formatCode="{escape(form, {chr(34): "&quot;"})}"/>'
            for form, n in number.items()
        )
        font = '<sz val="11"/><name val="Calibri"/><family val="2"/>'
        wrapped = '<alignment vertical="top" wrapText="1"/>'
        own = "".join(
            f'<xf numFmtId="{number.get(form, 0)}" fontId="{int(bold)}" fillId="0" borderId="0" '
            f'xfId="0" applyNumberFormat="1" applyFont="1" applyAlignment="1">'
            f"{wrapped if bold and not form else ''}</xf>"
            for form, bold in self.formats
        )
        return (
            f'<styleSheet xmlns="{MAIN}"><numFmts count="{len(number)}">{declared}</numFmts>'
            f'<fonts count="2"><font>{font}</font><font><b/>{font}</font></fonts>'
            '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill '
            'patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/>'
            '<top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf '
            'numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
            f'<cellXfs count="{len(self.formats) + 1}"><xf numFmtId="0" fontId="0" fillId="0" '
            f'borderId="0" xfId="0"/>{own}</cellXfs><cellStyles count="1"><cellStyle '
            'name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
        )

    def _workbook(self) -> str:
        sheets = "".join(
            f'<sheet name="{_attribute(sheet.name)}" sheetId="{n}" r:id="rId{n}"/>'
            for n, sheet in enumerate(self.sheets, 1)
        )
        names = []
        for n, sheet in enumerate(self.sheets):
            if sheet.columns:
                own = escape("'" + sheet.name.replace("'", "''") + "'")
                first, last = (_fixed(end) for end in _filtered(sheet).split(":"))
                row = sheet.head_row
                names += [
                    _defined("_FilterDatabase", n, f"{own}!{first}:{last}", ' hidden="1"'),
                    _defined("Print_Titles", n, f"{own}!${row}:${row}"),
                ]
        defined = f"<definedNames>{''.join(names)}</definedNames>" if names else ""
        return (
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><bookViews><workbookView/></bookViews>'
            f"<sheets>{sheets}</sheets>{defined}</workbook>"
        )

    def _types(self) -> str:
        parts = {"/xl/workbook.xml": "sheet.main", "/xl/styles.xml": "styles"}
        parts["/xl/sharedStrings.xml"] = "sharedStrings"
        parts |= {f"/xl/worksheets/sheet{n}.xml": "worksheet"
                  for n in range(1, len(self.sheets) + 1)}  # fmt: skip
        overrides = "".join(
            f'<Override PartName="{name}" ContentType="{KIND}.{kind}+xml"/>'
            for name, kind in parts.items()
        )
        return (
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
        )


def letters(column: int) -> str:
    """The letters of a column, counted from 0: A, B, …, Z, AA."""
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(ord("A") + rest) + found
    return found


def _body(sheet: BookSheet) -> Iterator[str]:
    """The rows of the table, many at a time."""
    if not sheet.columns:
        return
    names = [letters(n) for n in range(len(sheet.columns))]
    count = len(sheet.columns[0])
    for start in range(0, count, ROWS_AT_ONCE):
        stop, first = min(start + ROWS_AT_ONCE, count), sheet.head_row + 1
        rows = range(first + start, first + stop)
        placed = [
            [
                f'<c r="{name}{row}" {tail}' if tail else ""
                for row, tail in zip(rows, tails[start:stop], strict=True)
            ]
            for name, tails in zip(names, sheet.columns, strict=True)
        ]
        cells = map("".join, zip(*placed, strict=True))
        yield "".join([f'<row r="{row}">{own}</row>' for row, own in zip(rows, cells, strict=True)])


def _row(number: int, tails: Sequence[str]) -> str:
    own = "".join(f'<c r="{letters(n)}{number}" {tail}' for n, tail in enumerate(tails) if tail)
    return f'<row r="{number}">{own}</row>'


def _view(sheet: BookSheet) -> str:
    if not sheet.columns:
        return '<sheetViews><sheetView workbookViewId="0"/></sheetViews>'
    return (
        f'<sheetViews><sheetView workbookViewId="0"><pane ySplit="{sheet.head_row}" '
        f'topLeftCell="A{sheet.head_row + 1}" activePane="bottomLeft" state="frozen"/>'
        "</sheetView></sheetViews>"
    )


def _filtered(sheet: BookSheet) -> str:
    return f"A{sheet.head_row}:{letters(len(sheet.columns) - 1)}{sheet.last_row}"


def _defined(name: str, sheet: int, what: str, more: str = "") -> str:
    """One of Excel's own names, of a sheet.

    Args:
        name: without its prefix.
        sheet: number of the sheet, from 0.
        what: the cells it stands for.
        more: further attributes.
    """
    inner = f'name="_xlnm.{name}" localSheetId="{sheet}"{more}'
    return f"<definedName {inner}>{what}</definedName>"


def _fixed(cell: str) -> str:
    return re.sub(r"(\D+)(\d+)", r"$\1$\2", cell)


def _attribute(text: str) -> str:
    return escape(text, {'"': "&quot;"})


def _relations(found: Iterable[tuple[str, str, str]]) -> str:
    own = "".join(
        f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for name, kind, target in found
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{own}</Relationships>'
