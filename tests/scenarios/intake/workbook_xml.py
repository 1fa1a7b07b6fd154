"""Workbooks put together by hand, for what no library would write."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.odd_workbooks import LINKS, MAIN, PACKAGE, STYLES, letters

WORKSHEET = f'<worksheet xmlns="{MAIN}">'


def row(number: int, *values: object, attributes: str = "") -> str:
    """A row of numbers and inline texts; None is no cell, and XML of a cell stays as it is."""
    cells = []
    for n, value in enumerate(values):
        ref = f"{letters(n)}{number}"
        if value is None:
            continue
        if isinstance(value, str) and value.startswith("<c"):
            cells.append(value)
        elif isinstance(value, str):
            cells.append(f'<c r="{ref}" t="inlineStr"><is><t>{value}</t></is></c>')
        else:
            cells.append(f'<c r="{ref}"><v>{value}</v></c>')
    return f'<row r="{number}"{attributes}>{"".join(cells)}</row>'


def sheet(*rows: str, before: str = "", after: str = "") -> str:
    """The XML of a sheet."""
    return f"{WORKSHEET}{before}<sheetData>{''.join(rows)}</sheetData>{after}</worksheet>"


def write_workbook(
    file: Path,
    sheets: Mapping[str, str],
    *,
    shared: Sequence[str] = (),
    states: Mapping[str, str] | None = None,
    charts: Sequence[str] = (),
    since_1904: bool = False,
) -> Path:
    """Write a workbook.

    Args:
        file: where.
        sheets: the XML of each sheet by its name, in order.
        shared: the shared texts, each as the XML within its item.
        states: `hidden` or `veryHidden` by the name of a sheet.
        charts: names of chart sheets that stand before the sheets.
        since_1904: whether day 0 is 1 January 1904.
    """
    listed, links, parts = [], [], {"xl/styles.xml": STYLES}
    links.append(("rIdS", "styles", "styles.xml"))
    for n, name in enumerate(charts):
        listed.append(f'<sheet name="{name}" sheetId="{90 + n}" r:id="rIdC{n}"/>')
        links.append((f"rIdC{n}", "chartsheet", f"chartsheets/sheet{n}.xml"))
        parts[f"xl/chartsheets/sheet{n}.xml"] = f'<chartsheet xmlns="{MAIN}"/>'
    for n, (name, xml) in enumerate(sheets.items(), start=1):
        state = f' state="{states[name]}"' if states and name in states else ""
        listed.append(f'<sheet name="{name}" sheetId="{n}"{state} r:id="rId{n}"/>')
        links.append((f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml"))
        parts[f"xl/worksheets/sheet{n}.xml"] = xml
    if shared:
        links.append(("rIdT", "sharedStrings", "sharedStrings.xml"))
        items = "".join(f"<si>{one}</si>" for one in shared)
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{items}</sst>'
    since = '<workbookPr date1904="1"/>' if since_1904 else ""
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}">{since}<sheets>{"".join(listed)}</sheets>'
        "</workbook>"
    )
    parts["xl/_rels/workbook.xml.rels"] = (
        f'<Relationships xmlns="{PACKAGE}">'
        + "".join(f'<Relationship Id="{i}" Type="{LINKS}/{k}" Target="{p}"/>' for i, k, p in links)
        + "</Relationships>"
    )
    parts["_rels/.rels"] = (
        f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" '
        f'Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    )
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file
