"""Inventory formats: which one a file declares, the columns of its kind, its records.

The format and kind come from the declaring lines alone (`#ORL NONPOINT`, `#ORL` with `#TYPE`,
`#FORMAT=FF10_POINT`): descriptions also say "point" or "mobile". A line that begins with `#`
is a remark wherever it stands, and is never parsed. Fields are separated by commas,
semicolons or, in ORL files, blanks; a record is one line.

Source: [EPA-CMDB].
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from permits.errors import InputError
from scenarios.planning.importers.epa_records import EpaRecord, file_lines, normal, quotation_error

# Fields of an ORL line in their order, up to the last one used; the file has no header line.
ORL = {
    "nonpoint": (
        *("fips", "scc", "sic", "mact", "srctype", "naics", "poll", "annemis", "avdemis"),
        *("ceff", "reff", "rpen", "cpri", "csec", "datasource", "year", "tribalcode"),
    ),
    "point": (
        *("fips", "plantid", "pointid", "stackid", "segment", "plant", "scc", "erptype"),
        *("srctype", "stkhgt", "stkdiam", "stktemp", "stkflow", "stkvel", "sic", "mact"),
        *("naics", "ctype", "xloc", "yloc", "utmz", "poll", "annemis", "avdemis"),
        *("ceff", "reff", "cpri", "csec", "neiuniqueid", "orisfacilitycode", "orisboilerid"),
        *("ipmyn", "datasource", "stackdefaultflag", "locationdefaultflag", "year"),
        "tribalcode",
    ),
    "nonroad": (
        *("fips", "scc", "poll", "annemis", "avdemis", "ceff", "reff", "rpen", "srctype"),
        *("datasource", "year", "tribalcode"),
    ),
    "onroad": (
        *("fips", "scc", "poll", "annemis", "avdemis", "srctype", "datasource", "year"),
        *("tribalcode", "ceff", "reff", "rpen"),
    ),
}
_FF10_AREA = (
    *("countrycd", "fips", "tribalcode", "censustractcd", "shapeid", "scc", "emistype", "poll"),
    *("annemis", "pctred", "controlids", "controlmeasures", "currentcost", "cumulativecost"),
    *("projectionfactor", "regcodes", "calcmethod", "calcyear", "dateupdated", "datasetid"),
)
# Fields of an FF10 record in their order, up to the last one used.
FF10 = {
    "nonpoint": _FF10_AREA,
    "point": (
        *("countrycd", "fips", "tribalcode", "facilityid", "unitid", "relpointid", "processid"),
        *("agyfacilityid", "agyunitid", "agyrelpointid", "agyprocessid", "scc", "poll"),
        *("annemis", "pctred", "facilityname", "erptype", "stkhgt", "stkdiam", "stktemp"),
        *("stkflow", "stkvel", "naics", "longitude", "latitude", "lldatum", "horizcollmthd"),
        *("designcapacity", "designcapacityunits", "regcodes", "facsourcetype"),
        *("unittypecode", "controlids", "controlmeasures"),
    ),
    "nonroad": _FF10_AREA,
    "onroad": _FF10_AREA,
}
FF10_NAMES = {"regioncd": "fips", "annvalue": "annemis", "annpctred": "pctred"}
FF10_NEEDS = frozenset({"fips", "scc", "poll", "annemis"})
FF10_FIRST = "country_cd"  # the first column name of every FF10 file
# Words of `#ORL` or `#TYPE` that state the kind, in the order in which they are tried:
# `nonpoint` contains `point`, and nonroad sources are called mobile too.
KINDS = (
    ("nonpoint", r"non-?\s?point"),
    ("nonroad", r"non-?\s?road|off-?\s?road"),
    ("onroad", r"on-?\s?road|mobile|highway"),
    ("point", r"\bpoint"),
)
OTHER_ORL = re.compile(
    r"\bfire|\b(?:daily|hourly|monthly)\b|\b(?:day|hour|month)[- ]specific", re.IGNORECASE
)
"""Words of `#ORL` or `#TYPE` that state fires, or emissions of a day, hour or month."""
DECLARES = re.compile(r"#\s*(?:FORMAT[\s=:\"]+)?(ORL|IDA|EMS-?95|FF10\w*|\w+)", re.IGNORECASE)
FIRST_WORDS = re.compile(r"#\s*(?:FORMAT\b|ORL\b|IDA\b|EMS-?95\b)", re.IGNORECASE)
SPOILT_AT_MOST = 8  # signs before the first `#`: a byte-order mark read wrongly, and the like


@dataclass(frozen=True, slots=True)
class InventoryLines:
    """An inventory by lines: its remarks as they were meant, and the others by number."""

    name: str
    remarks: tuple[str, ...]  # from `#` on, without a spreadsheet's quotation marks and commas
    records: tuple[tuple[int, str], ...]
    is_spoilt: bool  # signs before the first `#` were ignored


@dataclass(frozen=True, slots=True)
class Declared:
    """What the first lines of an inventory say about it."""

    is_ff10: bool
    kind: str  # point, nonpoint, nonroad or onroad
    year: int | None
    country: str


def read_lines(text: str, name: str) -> InventoryLines:
    """Part the remarks from the records.

    Args:
        text: the file's text.
        name: name of the file.
    """
    remarks: list[str] = []
    records: list[tuple[int, str]] = []
    is_spoilt = False
    for number, line in file_lines(text):
        said = line.strip()
        plain = _as_remark(said)
        if plain is None and not remarks and not records:
            plain, is_spoilt = _behind_rubbish(said), True
        if plain is not None:
            remarks.append(plain)
        elif said.strip(",; \t"):
            records.append((number, line.rstrip("\r\n")))
    return InventoryLines(name, tuple(remarks), tuple(records), is_spoilt and bool(remarks))


def find_declared(lines: InventoryLines) -> Declared:
    """Format and kind, from the lines that declare them.

    Raises: InputError for a format that is not read, by its name, and for a file that states
        none.
    """
    said = next((remark for remark in lines.remarks if FIRST_WORDS.match(remark)), None)
    if said is None:
        raise _no_format(lines.name)
    found = DECLARES.match(said)
    assert found is not None, "whatever matches the first words declares a format"
    word = found[1].upper()
    year = _stated(lines.remarks, r"YEAR[\s=]+\"?(\d{4})")
    country = _stated(lines.remarks, r"COUNTRY[\s=]+\"?(\w[\w ]*)")
    common = (int(year) if year else None, country or "")
    if word.startswith("FF10"):
        kind = word.removeprefix("FF10").strip("_").lower()
        if kind not in FF10:
            raise _not_read(word, lines.name)
        return Declared(True, kind, *common)
    if word != "ORL":
        raise _not_read(f"#{word}", lines.name)
    return Declared(False, _orl_kind(lines, said[found.end() :]), *common)


def orl_records(lines: InventoryLines, kind: str) -> Iterator[EpaRecord]:
    """The records of an ORL file by the columns of its kind; text after `!` is a remark.

    Raises: InputError for a quotation mark that is not closed.
    """
    for number, line in lines.records:
        said = _without_remark(line).strip()
        if said:
            where = f"{lines.name}, row {number}"
            separator = separator_of(said) or " "
            cells = _cells(said, separator, where)
            values = {f: c.strip() for f, c in zip(ORL[kind], cells, strict=False)}
            yield EpaRecord(values, where, separator, len(cells))


def ff10_records(lines: InventoryLines, kind: str) -> tuple[list[EpaRecord], bool]:
    """The records of an FF10 file, and whether its columns are known by position only.

    The names stand in the first line that is no remark, or at the end of a remark whose line
    break was lost; without any the order of the format counts.

    Raises: InputError for a header line that lacks a column, or an open quotation mark.
    """
    records = list(lines.records)
    columns = _glued(lines.remarks)
    if records:
        number, line = records[0]
        titles = _names(_cells(line, separator_of(line) or ",", f"{lines.name}, row {number}"))
        if len(FF10_NEEDS & set(titles)) > 1:  # one may be a cell by chance, two are a header
            if not set(titles) >= FF10_NEEDS:
                raise _incomplete(f"{lines.name}, row {number}")
            columns = titles
            records = records[1:]
    names = columns or FF10[kind]
    found = []
    for number, line in records:
        where, separator = f"{lines.name}, row {number}", separator_of(line) or ","
        cells = _cells(line, separator, where)
        values = {c: cell.strip() for c, cell in zip(names, cells, strict=False)}
        found.append(EpaRecord(values, where, separator, len(cells)))
    return found, columns is None


def separator_of(line: str) -> str:
    """Comma or semicolon, whichever separates the fields of a line; empty for neither."""
    outside = re.sub(r'"[^"]*"', "", line)
    commas, semicolons = outside.count(","), outside.count(";")
    if not commas and not semicolons:
        return ""
    return ";" if semicolons > commas else ","


def _as_remark(line: str) -> str | None:
    """A remark from its `#` on, as its author wrote it; None for any other line.

    A spreadsheet puts quotation marks around it, `=` before these and commas behind.
    """
    bare = re.sub(r"^[\x00-\x20\ufeff]*", "", line)
    plain = re.sub(r'^=?"', "", bare)
    if not plain.startswith("#"):
        return None
    plain = plain.rstrip(",; \t")
    return plain if plain == bare else plain.removesuffix('"').replace('""', '"')


def _behind_rubbish(line: str) -> str | None:
    """The first line from its `#FORMAT` or `#ORL` on, if only few signs stand before it."""
    at = line.find("#")
    rubbish = line[:at]
    is_rubbish = 0 < at <= SPOILT_AT_MOST and not set(",;") & set(rubbish)
    return _as_remark(line[at:]) if is_rubbish and FIRST_WORDS.match(line[at:]) else None


def _orl_kind(lines: InventoryLines, beside: str) -> str:
    """The kind of an ORL file: that beside `#ORL`, else that of `#TYPE`."""
    stated = _stated(lines.remarks, r"TYPE[\s=]+(.*)") or ""
    for said in (beside, stated):
        other = OTHER_ORL.search(said)
        kind = next((kind for kind, words in KINDS if re.search(words, said, re.IGNORECASE)), None)
        if other is not None:
            word = "#ORL" if said is beside else "#TYPE"
            raise _not_read(f"{word} {said.strip()}", lines.name)
        if kind is not None:
            return kind
    raise _no_format(lines.name)


def _stated(remarks: Sequence[str], pattern: str) -> str | None:
    for remark in remarks:
        found = re.match(rf"#\s*{pattern}", remark, re.IGNORECASE)
        if found is not None:
            return found[1].strip()
    return None


def _glued(remarks: Sequence[str]) -> tuple[str, ...] | None:
    """Column names at the end of a remark, the last one that has them."""
    for remark in reversed(remarks):
        at = remark.lower().rfind(FF10_FIRST)
        names = _names(re.split("[,;]", remark[at:])) if at > 0 else ()
        if set(names) >= FF10_NEEDS:
            return names
    return None


def _names(titles: Sequence[str]) -> tuple[str, ...]:
    return tuple(FF10_NAMES.get(normal(title), normal(title)) for title in titles)


def _cells(line: str, separator: str, where: str) -> list[str]:
    reader = csv.reader([line], delimiter=separator, skipinitialspace=separator == " ", strict=True)
    try:
        return next(reader)
    except csv.Error as error:
        raise quotation_error(where) from error


def _without_remark(line: str) -> str:
    """The line up to the first `!` outside quotes."""
    quoted = False
    for at, sign in enumerate(line):
        if sign == '"':
            quoted = not quoted
        elif sign == "!" and not quoted:
            return line[:at]
    return line


def _no_format(name: str) -> InputError:
    return InputError(
        "epa.format",
        "the file does not state its inventory format",
        where=name,
        mend="begin it with #ORL and #TYPE nonpoint (or point, nonroad, onroad), or with "
        "#FORMAT=FF10_POINT or #FORMAT=FF10_NONPOINT",
    )


def _not_read(format_name: str, name: str) -> InputError:
    return InputError(
        "epa.other_format",
        "{format} is not read",
        where=name,
        mend="give annual emissions as #ORL or #FORMAT=FF10 of the kind point, nonpoint, "
        "nonroad or onroad",
        format=format_name,
    )


def _incomplete(where: str) -> InputError:
    return InputError(
        "epa.header",
        "an FF10 file needs its header line, with region_cd, scc, poll and ann_value",
        where=where,
        mend="put the line of column names above the first record",
    )
