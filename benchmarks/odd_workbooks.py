"""Workbooks with every oddity that programs write, read and compared with their XML.

    python benchmarks/odd_workbooks.py [COUNT] [SEED]      default 2000 1

Each workbook is put together as text, not by a library: sheets without dimension or with a
stale one, without cell or row numbers, out of order, with hidden rows, dates of both systems,
rich and phonetic texts, escapes, errors, formulas without a value, merged cells, covers and
charts; one in five is damaged or hostile. A plain reader on `xml.etree`, which shares no code
with the library's, says what the sheet holds. The library must read the same cells, row by
row, or refuse what is damaged in one sentence; as a table of measures, the rows read and the rows
reported as left out must be all rows of the sheet, and the sums equal to the milligram. Exit 1
at the first difference.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from permits.errors import RightsError
from scenarios.definition.measures_table import FIELDS
from scenarios.intake.cell_grid import Grid
from scenarios.intake.tables import read_table
from scenarios.intake.workbooks import read_workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="3">'
    '<numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/>'
    '<numFmt numFmtId="165" formatCode="[Red]#,##0.00"/>'
    '<numFmt numFmtId="166" formatCode="[$-804]yyyy/m/d h:mm"/></numFmts>'
    '<cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs><cellXfs count="7">'
    '<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="164"/>'
    '<xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="10"/></cellXfs></styleSheet>'
)
DATED = (1, 2, 3, 5)  # cell styles that show a number as a date
HEADINGS = (
    "污染源", "行业", "地市", "污染物", "基准排放量_吨", "措施", "削减量_吨", "年成本_元",
    "投产时间", "统一社会信用代码", "备注",
)  # fmt: skip
DAMAGES = (
    "row twice", "text as number", "NaN", "DOCTYPE", "entity", "cut off", "XFD",
    "shared text missing", "long cell", "cell twice", "wrong row",
)  # fmt: skip
SIGNS = "&<>\"'=_ é（）挥发性有机物\u200b"
AMOUNTS = (4, 6, 7)  # columns whose sums are compared: baseline, removed mass, cost
Cells = dict[tuple[int, int], object]


@dataclass(slots=True)
class Sample:
    """A workbook's parts, and what is odd about it."""

    parts: dict[str, bytes]
    odd: set[str] = field(default_factory=set)
    refused: str = ""  # the oddity for which it must be refused


def letters(column: int) -> str:
    """The letters of a column, from 0."""
    name, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


class _Writer:
    """One workbook at random."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.odd: set[str] = set()
        self.shared: list[str] = []
        self.since_1904 = self.now("1904")
        self.plain = rng.random() < 0.3  # nothing odd in the sheet: the fast reader's part
        self.refs = not self.now("no cell numbers")
        self.row_refs = not self.now("no row numbers") or not self.refs
        self.mode = rng.choice(("shared", "inline", "mixed"))

    def now(self, name: str, chance: float = 0.1) -> bool:
        """Whether this oddity is in this workbook."""
        found = self.rng.random() < chance and not getattr(self, "plain", False)
        if found:
            self.odd.add(name)
        return found

    def text(self, said: str) -> tuple[str, str]:
        """A text's cell type and content."""
        mode = self.rng.choice(("shared", "inline")) if self.mode == "mixed" else self.mode
        body = f"<t>{escape(said)}</t>"
        if said != said.strip():
            body = f'<t xml:space="preserve">{escape(said)}</t>'
        if len(said) > 1 and self.now("rich text", 0.02):
            half = len(said) // 2
            body = (
                f'<r><rPr><b/><sz val="11"/></rPr><t xml:space="preserve">{escape(said[:half])}'
                f'</t></r><r><t xml:space="preserve">{escape(said[half:])}</t></r>'
            )
        if self.now("phonetic", 0.02):
            body += '<rPh sb="0" eb="1"><t>ピン</t></rPh><phoneticPr fontId="1"/>'
        if mode == "inline":
            return ' t="inlineStr"', f"<is>{body}</is>"
        if body not in self.shared:
            self.shared.append(body)
        return ' t="s"', f"<v>{self.shared.index(body)}</v>"

    def number(self, value: float) -> str:
        """The digits of a number, sometimes with the noise of a binary fraction."""
        if self.now("exponent", 0.01):
            return f"{value:.6E}"
        if self.now("binary noise", 0.02):
            return repr(value * 1.1)
        return repr(value).removesuffix(".0")

    def cell(self, row: int, column: int, kind: str, value: object) -> str:
        """The XML of a cell."""
        ref = f' r="{letters(column)}{row}"' if self.refs else ""
        style = ""
        if kind == "text":
            type_, body = self.text(str(value))
            if not self.refs and not value:
                return "<c/>"
        elif kind == "number":
            type_, body = "", f"<v>{self.number(float(str(value)))}</v>"
            if self.now("currency style", 0.02):
                style = ' s="4"'
            if self.now("formula", 0.03):
                body = f"<f>{letters(column)}1*{self.rng.randint(2, 9)}</f>{body}"
            if self.now("type n", 0.05):
                type_ = ' t="n"'
        elif kind == "date":
            shown = self.rng.choice(DATED[:3] if self.plain else DATED)
            style, type_, body = f' s="{shown}"', "", f"<v>{value}</v>"
        elif kind == "bool":
            type_, body = ' t="b"', f"<v>{int(bool(value))}</v>"
        elif kind == "error":
            type_, body = ' t="e"', f"<v>{value}</v>"
        elif kind == "formula":
            type_, body = "", f"<f>{escape(str(value))}</f>"
        else:  # empty
            return f'<c{ref} s="{self.rng.randint(0, 3)}"/>'
        return f"<c{ref}{style}{type_}>{body}</c>"

    def row(self, number: int, cells: list[tuple[str, object]], *, hidden: bool = False) -> str:
        """The XML of a row."""
        ref = f' r="{number}"' if self.row_refs else ""
        said = ' hidden="1"' if hidden else ""
        body = "".join(self.cell(number, n, kind, value) for n, (kind, value) in enumerate(cells))
        if self.refs and self.now("styled to the end", 0.02):
            body += f'<c r="XFD{number}" s="1"/>'
        return f'<row{ref} spans="1:11"{said}>{body}</row>'


def _record(writer: _Writer, firm: str, n: int) -> list[tuple[str, object]]:
    rng = writer.rng
    note = "".join(rng.choice(SIGNS) for _ in range(rng.randint(0, 6)))
    cells: list[tuple[str, object]] = [
        ("text", firm), ("text", rng.choice(("家具制造", "化工"))), ("text", "宁波"),
        ("text", "VOC"), ("number", round(rng.uniform(50, 100), rng.randint(0, 3))),
        ("text", f"措施{n}"), ("number", round(rng.uniform(1, 20), 3)),
        ("number", rng.randint(100, 99_999)),
        ("date", rng.randint(40_000, 43_000) + rng.choice((0, 0, 0.5, 0.0416666666666667))),
        ("text", f"9133{rng.randint(10**13, 10**14 - 1)}"), ("text", note),
    ]  # fmt: skip
    if writer.now("escape", 0.02):
        cells[10] = "text", "a_x000D_b"
    if writer.now("boolean", 0.02):
        cells[10] = "bool", rng.random() < 0.5
    if writer.now("error", 0.02):
        cells[rng.choice((8, 10))] = "error", rng.choice(("#N/A", "#REF!", "#DIV/0!"))
    if writer.now("formula without value", 0.02):
        cells[10] = "formula", "E2*0.6<1"
    if writer.now("empty cell", 0.05):
        cells[10] = "empty", ""
    if writer.now("long number", 0.02):
        cells[9] = "number", 9133_0000_0000_0000_0.0
    return cells


def _rows(writer: _Writer) -> list[str]:
    """The rows of the sheet, in the order in which they are written."""
    rng, number, found = writer.rng, 0, []

    def add(cells: list[tuple[str, object]], *, hidden: bool = False) -> None:
        nonlocal number
        number += 1
        found.append(writer.row(number, cells, hidden=hidden))

    if writer.now("title", 0.3):
        add([("text", "云溪县减排措施汇总表"), *[("empty", "")] * 10])
        add([("text", "填报单位：某局"), *[("empty", "")] * 6, ("text", "单位：吨、元")])
    add([("text", heading) for heading in HEADINGS])
    for n in range(rng.randint(1, 12)):
        for measure in range(rng.randint(1, 2)):
            hidden = writer.now("hidden rows", 0.05)
            add(_record(writer, f"S{n:03d}", measure), hidden=hidden)
        if writer.row_refs and writer.now("gap", 0.05):
            number += rng.randint(1, 5)
        if writer.now("empty row", 0.05):
            add([("empty", "")] * 4)
    if writer.now("footer", 0.2):
        add([("text", "注：数据为2016年环统数据")])
    if writer.row_refs and writer.refs and writer.now("out of order"):
        rng.shuffle(found)
    return found


def _damage(writer: _Writer, sheet: str) -> tuple[str, str]:
    """A sheet with something for which it must be refused, and the name of that."""
    rng = writer.rng
    kind = rng.choice(DAMAGES)
    end = "</sheetData>"

    def more(row: str) -> str:
        return sheet.replace(end, row + end)

    if kind == "row twice":
        again = '<row r="7"><c r="A7"><v>1</v></c></row>'
        return kind, more(again + again)
    if kind in ("text as number", "NaN"):
        value = "abc" if kind != "NaN" else "NaN"
        return kind, more(f'<row r="900"><c r="A900"><v>{value}</v></c></row>')
    if kind in ("DOCTYPE", "entity"):
        declared = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
        if kind == "entity":
            declared = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
        return kind, declared + sheet.partition("?>")[2]
    if kind == "cut off":
        return kind, sheet[: rng.randint(len(sheet) // 3, len(sheet) - 10)]
    if kind == "XFD":
        return kind, more('<row r="900"><c r="XFD900"><v>1</v></c></row>')
    if kind == "shared text missing":
        return kind, more('<row r="900"><c r="A900" t="s"><v>99999</v></c></row>')
    if kind == "cell twice":
        return kind, more('<row r="900"><c r="A900"><v>1</v></c><c r="A900"><v>2</v></c></row>')
    if kind == "wrong row":
        return kind, more('<row r="900"><c r="A901"><v>1</v></c></row>')
    body = "x" * 40_000
    return kind, more(f'<row r="900"><c r="A900" t="inlineStr"><is><t>{body}</t></is></c></row>')


def make_sample(seed: int) -> Sample:
    """A workbook at random."""
    writer = _Writer(random.Random(seed))
    rows = _rows(writer)
    between = "\n  " if writer.now("printed in lines") else ""
    extent = writer.rng.choice(('<dimension ref="A1:K40"/>', '<dimension ref="A1"/>',
                                '<dimension ref="garbage"/>', ""))  # fmt: skip
    merged = ""
    if writer.now("merged", 0.2):
        merged = '<mergeCells count="1"><mergeCell ref="A4:A5"/></mergeCells>'
    space = STRICT if writer.now("strict") else MAIN
    sheet = (
        f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{space}">{extent}<sheetData>'
        f"{between}{between.join(rows)}</sheetData>{merged}"
        '<pageMargins left="0.7" right="0.7" top="1" bottom="1" header="0.3" footer="0.3"/>'
        "</worksheet>"
    )
    refused = ""
    if writer.rng.random() < 0.2 and writer.refs and writer.row_refs:
        refused, sheet = _damage(writer, sheet)
    elif writer.now("prefix"):
        sheet = _prefixed(sheet)
    elif writer.now("single quotation marks"):
        sheet = re.sub(r'(<c[^>]*) t="(\w+)"', r"\1 t='\2'", sheet)
    if writer.now("comment"):
        sheet = sheet.replace("<sheetData>", "<!-- cells --><sheetData><!-- first -->")
    data = sheet.encode("utf-16") if writer.now("UTF-16", 0.05) and not refused else None
    if data is not None:
        data = sheet.replace("UTF-8", "UTF-16").encode("utf-16")
    return Sample(_parts(writer, data or sheet.encode()), writer.odd, refused)


def _prefixed(sheet: str) -> str:
    """The same sheet with a prefix before every element."""
    root = ElementTree.fromstring(sheet)
    for uri in (MAIN, STRICT):
        ElementTree.register_namespace("x", uri) if uri in root.tag else None
    return '<?xml version="1.0" encoding="UTF-8"?>' + ElementTree.tostring(root, "unicode")


def _parts(writer: _Writer, sheet: bytes) -> dict[str, bytes]:
    """All parts of the workbook; a chart or a hidden sheet may stand before the sheet."""
    sheets = ['<sheet name="明细" sheetId="1" r:id="rId1"/>']
    kinds = {"rId1": ("worksheet", "worksheets/sheet1.xml"), "rId2": ("styles", "styles.xml")}
    parts = {"xl/worksheets/sheet1.xml": sheet, "xl/styles.xml": STYLES.encode()}
    if writer.shared:
        kinds["rId3"] = ("sharedStrings", "/xl/sharedStrings.xml")
        items = "".join(f"<si>{body}</si>" for body in writer.shared)
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{items}</sst>'.encode()
    if writer.now("chart first"):
        kinds["rId4"] = ("chartsheet", "chartsheets/sheet1.xml")
        sheets.insert(0, '<sheet name="图" sheetId="2" r:id="rId4"/>')
        parts["xl/chartsheets/sheet1.xml"] = f'<chartsheet xmlns="{MAIN}"/>'.encode()
    if writer.now("hidden sheet first"):
        state = writer.rng.choice(("hidden", "veryHidden"))
        kinds["rId5"] = ("worksheet", "worksheets/sheet9.xml")
        sheets.insert(0, f'<sheet name="字典" sheetId="3" state="{state}" r:id="rId5"/>')
        empty = f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'
        parts["xl/worksheets/sheet9.xml"] = empty.encode()
    since = '<workbookPr date1904="1"/>' if writer.since_1904 else ""
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}">{since}<sheets>{"".join(sheets)}'
        "</sheets></workbook>"
    ).encode()
    links = "".join(
        f'<Relationship Id="{key}" Type="{LINKS}/{kind}" Target="{target}"/>'
        for key, (kind, target) in kinds.items()
    )
    parts["xl/_rels/workbook.xml.rels"] = (
        f'<Relationships xmlns="{PACKAGE}">{links}</Relationships>'
    ).encode()
    parts["_rels/.rels"] = (
        f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" '
        f'Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ).encode()
    return parts


def mutate(sample: Sample, seed: int) -> None:
    """Change a tag, a number or a text of the sheet at random."""
    rng = random.Random(seed)
    name = "xl/worksheets/sheet1.xml"
    tokens = re.findall(r"<[^>]*>|[^<]+", sample.parts[name].decode("utf-8", "replace"))
    for _ in range(rng.randint(1, 2)):
        n = rng.randrange(len(tokens))
        token = tokens[n]
        place = rng.randrange(len(token))
        if not token.startswith("<"):
            tokens[n] = token[:place] + rng.choice(("1", ".", "E20", "nan", "&amp;", "=", "\r\n"))
        elif rng.random() < 0.4:
            tokens[n:n] = tokens[n : n + rng.choice((1, 3, 5))]
        elif rng.random() < 0.5:
            more = rng.choice((' t="e"', ' t="b"', ' hidden="1"', " s='1'", ' t = "e"', ' r="B3"'))
            tokens[n] = token.replace(">", more + ">")
        else:
            tokens[n] = token[:place] + rng.choice('<>/"9Z ') + token[place + 1 :]
    sample.parts[name] = "".join(tokens).encode()


def write_sample(sample: Sample, file: Path) -> None:
    """Write a workbook's parts."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sample.parts.items():
            archive.writestr(name, data)


def read_plainly(sample: Sample) -> tuple[Cells, set[int]]:
    """What the sheet holds by its XML: values by row and column, and its hidden rows.

    A number is a float, a date a datetime, an error or a formula without value None.
    """
    root = ElementTree.fromstring(sample.parts["xl/worksheets/sheet1.xml"])
    shared = []
    if "xl/sharedStrings.xml" in sample.parts:
        items = ElementTree.fromstring(sample.parts["xl/sharedStrings.xml"])
        shared = [_plain_text(item) for item in items.findall("{*}si")]
    first = date(1904, 1, 1) if "1904" in sample.odd else date(1899, 12, 30)
    cells: Cells = {}
    hidden = set()
    number = 0
    for row in root.iterfind(".//{*}row"):
        number = int(row.get("r", number + 1))
        if row.get("hidden") == "1":
            hidden.add(number)
        column = -1
        for cell in row.iterfind(".//{*}c"):
            ref = cell.get("r")
            column = column + 1 if ref is None else _column(ref)
            value = _plain_value(cell, shared, first)
            if value != "":
                cells[number, column] = value
    return cells, hidden


def _plain_text(item: ElementTree.Element) -> str:
    guides = {text for guide in item.iterfind(".//{*}rPh") for text in guide.iterfind(".//{*}t")}
    said = "".join(text.text or "" for text in item.iterfind(".//{*}t") if text not in guides)
    return said.replace("_x000D_", "\r")


def _plain_value(cell: ElementTree.Element, shared: list[str], first: date) -> object:
    kind, value = cell.get("t", "n"), cell.find("{*}v")
    if kind == "inlineStr":
        inline = cell.find("{*}is")
        return "" if inline is None else _plain_text(inline)
    if kind == "e" or (value is None and cell.find("{*}f") is not None):
        return None
    if value is None or not value.text:
        return ""
    if kind == "s":
        return shared[int(value.text)]
    if kind == "b":
        return value.text == "1"
    number = float(value.text)
    if int(cell.get("s", "0")) in DATED:
        midnight = datetime.combine(first, datetime.min.time())
        return midnight + timedelta(seconds=round(number * 86_400))
    return number


def _column(ref: str) -> int:
    column = 0
    for letter in ref.rstrip("0123456789").upper():
        column = column * 26 + ord(letter) - 64
    return column - 1


def find_difference(sample: Sample, grid: Grid) -> str:
    """The first difference between a grid and the plain reading; empty where there is none."""
    cells, hidden = read_plainly(sample)
    rows = sorted({row for row, _ in cells})
    if grid.row.tolist() != rows:
        return f"rows {grid.row.tolist()} for {rows}"
    told = set() if grid.hidden is None else set(grid.row[grid.hidden].tolist())
    if told != hidden & set(rows):
        return f"hidden rows {sorted(told)} for {sorted(hidden)}"
    read: dict[tuple[int, int], str] = {}
    for column, texts in enumerate(grid.columns):
        for row, text in zip(rows, texts.to_pylist(), strict=True):
            if text is not None:
                read[row, column] = text
    empty = {cell for cell, value in cells.items() if value is None}
    if set(grid.errors) | set(grid.formulas) != empty:
        return f"errors and formulas {sorted({*grid.errors, *grid.formulas})} for {sorted(empty)}"
    if set(read) != set(cells) - empty:
        return f"cells {sorted(set(read) ^ (set(cells) - empty))} on one side only"
    for cell, text in read.items():
        if not _same(text, cells[cell]):
            return f"{text!r} for {cells[cell]!r} in {cell}"
    return ""


def find_table_difference(sample: Sample, grid: Grid, file: Path) -> str:
    """The first difference between a table of measures and the plain reading; else empty.

    Data are the rows with a number as baseline; every other row must be reported as left out.
    """
    cells, _ = read_plainly(sample)
    rows = {row for row, _ in cells}
    data = {row for row in rows if isinstance(cells.get((row, AMOUNTS[0])), float)}
    try:
        table = read_table(file, FIELDS, keep=True)
    except RightsError as error:
        known = grid.errors or grid.formulas or grid.long_numbers
        return "" if known else f"the table is refused: {error}"
    if grid.errors or grid.formulas or grid.long_numbers:
        return "cells without their value are not refused"
    if set(table.row.tolist()) != data:
        return f"data rows {table.row.tolist()} for {sorted(data)}"
    told = " ".join(table.notices)
    above = re.search(r"the headings are in row (\d+); (\d+) rows? above", told)
    notes = re.search(r"(\d+) notes? w", told)
    left = sum(int(found[found.re.groups]) for found in (above, notes) if found)
    if len(data) + left + 1 != len(rows):  # one row of headings
        return f"{len(rows)} rows, {len(data)} read, {left} reported as left out: {told}"
    for column, name in zip(AMOUNTS, ("baseline_t", "removed_t", "annual_cost_yuan"), strict=True):
        scale = 2 if name.endswith("yuan") else 9
        exact = [Decimal(repr(cells[row, column])).scaleb(scale) for row in data]
        total = sum(int(one.to_integral_value(ROUND_HALF_EVEN)) for one in exact)
        if int(table.amount[name].value.sum()) != total:
            return f"{name} adds up to {table.amount[name].value.sum()} for {total}"
    return ""


def _same(text: str, value: object) -> bool:
    if isinstance(value, bool):
        return text == ("TRUE" if value else "FALSE")
    if isinstance(value, datetime):
        return datetime.fromisoformat(text) == value
    if isinstance(value, float):
        return float(text) == value
    return text == value


def main(count: int, seed: int, *, said: Callable[[str], None]) -> int:
    """Write, read and compare; the exit code."""
    odd: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    rows = slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "odd.xlsx"
        for n in range(seed * 1_000_000, seed * 1_000_000 + count):
            sample = make_sample(n)
            write_sample(sample, file)
            began = time.perf_counter()
            try:
                grid = read_workbook(file, "")
            except RightsError as error:
                if not sample.refused:
                    said(f"workbook {n}: refused, {error}; odd: {sorted(sample.odd)}")
                    return 1
                refused[sample.refused] += 1
            else:
                wrong = find_difference(sample, grid) if not sample.refused else "not refused"
                wrong = wrong or find_table_difference(sample, grid, file)
                if wrong:
                    said(f"workbook {n}: {wrong}; {sample.refused}; odd: {sorted(sample.odd)}")
                    return 1
                rows += len(grid)
                odd.update(sample.odd or {"nothing odd"})
            slowest = max(slowest, time.perf_counter() - began)
    said(f"{count:,} workbooks, {rows:,.0f} rows; slowest {slowest:.2f} s; every cell as in XML")
    said("read: " + ", ".join(f"{name} {times}" for name, times in odd.most_common()))
    said("refused: " + ", ".join(f"{name} {times}" for name, times in refused.most_common()))
    return 0


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    count, seed = (given + [2000, 1][len(given) :])[:2]
    sys.exit(main(count, seed, said=print))
