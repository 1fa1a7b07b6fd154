"""Tables spoilt at random, and what an independent reader says of each.

    python -m tests.scenarios.intake.odd_tables [COUNT] [SEED]

Each of the shipped examples is changed in one to three ways: a cell, a row, the headings, a
quotation mark, the separator, the encoding, the end of the file. The reader must refuse it in
sentences or read it; if it reads it,

- the rows read, those reported as left out and the headings are the rows of the file by `csv`
  in strict mode;
- where nothing was left out, every amount adds up to the sum by `Decimal`;
- a change that leaves the content alone, such as another separator, leaves every value alone;
- a total without a name is refused where the reader checks totals.

The command that takes the table may end with a mistake of a person, and with nothing else.
"""

from __future__ import annotations

import csv
import io
import random
import re
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from itertools import zip_longest
from pathlib import Path

from permits.errors import ManyErrors, RightsError
from permits.quantity import FEN_PER_YUAN, MG_PER_T
from scenarios.intake.columns import ReadTable
from scenarios.intake.tables import read_table
from tests.scenarios.intake.example_readers import READERS, example_text, examples

NUMBERS = (
    "1,5", "1,000", "12,34", "１２", "1e3", "1e400", "1e-400", "-5", "nan", "inf", "", " 7 ", "'7",
    "7t", "7 kg", "7公斤", "5万", "0.1234567891234", "0.0000000004", "1_000", "٣", "1.", ".5", "+5",
    "0x10", "五", "7%", "170%", "\ufeff7", "7\u200b", "\xa07", "#N/A", "=1+1", "TRUE", "2018-01-01",
    "9" * 17, "9" * 40, "1 000", "1'000", "1.000,5", "−3", "--", "7 8", "7\t", "1e", "e1", "∞",
)  # fmt: skip
"""Cells that stand where numbers do."""
PLAIN = ("0", "1", "0.5", "50%", "7", "100", "1e-30", "1e15", "999999999", "-1")
"""Numbers of a further column."""
LABELS = (
    "合计", "合　计", "合计：", "杭州小计", "总计(吨)", "Total:", "Subtotal", "sum", "注：见附件",
    "填表人：李四",
    "Source: bureau", "Hangzhou\u200b", "ＨＡＮＧＺＨＯＵ", "hangzhou", " Hangzhou", "x" * 40_000,
    "\x1b[31mred", "=cmd()", "\x00", "a\u202eb", "单位：吨",
)  # fmt: skip
"""Cells that stand where names do."""


@dataclass(frozen=True, slots=True)
class OddTable:
    """A spoilt file: its kind, its text as written, what was done to it, and its bytes."""

    kind: str
    text: str
    separator: str
    done: tuple[str, ...]
    data: bytes


SPELLINGS = {
    "VOC": ("VOC", "VOCs", "voc", "ＶＯＣ", "挥发性有机物"),
    "COD": ("COD", "CODcr", "cod", "化学需氧量"),
    "NH3-N": ("NH3-N", "氨氮", "nh3-n"),
}
"""Names of one pollutant."""

# --- ways to spoil a table -------------------------------------------------------------------

Lines = list[list[str]]


def _cell(rows: Lines, draw: random.Random) -> None:
    row = draw.choice(rows[1:])
    if row:
        row[draw.randrange(len(row))] = draw.choice([*NUMBERS, *LABELS])


def _number(rows: Lines, draw: random.Random) -> None:
    places = [(r, c) for r in range(1, len(rows)) for c, x in enumerate(rows[r]) if _decimal(x)]
    if places:
        r, c = draw.choice(places)
        rows[r][c] = draw.choice(NUMBERS)


def _label_row(rows: Lines, draw: random.Random) -> None:
    width = len(rows[0])
    row = [draw.choice(LABELS), *[""] * (width - 1)]
    if draw.random() < 0.5:
        row[draw.randrange(width)] = str(draw.randrange(1000))
    rows.insert(draw.randrange(1, len(rows) + 1), row)


def _total_row(rows: Lines, draw: random.Random) -> None:
    """A row of sums, with or without a label."""
    sums = []
    for column in zip_longest(*rows[1:], fillvalue=""):
        known = [Decimal(x) for x in column if _decimal(x)]
        sums.append(str(sum(known)) if known and len(known) == len(column) else "")
    if any(sums):
        rows.append([draw.choice(("合计", "全部", "total", "S99")), *sums[1 : len(rows[0])]])


def _pollutant(rows: Lines, draw: random.Random) -> None:
    """Another spelling of a pollutant, in some rows or in all."""
    often = draw.random()
    for row in rows[1:]:
        for n, cell in enumerate(row):
            if cell in SPELLINGS and draw.random() < often:
                row[n] = draw.choice(SPELLINGS[cell])


def _double(rows: Lines, draw: random.Random) -> None:
    rows.insert(draw.randrange(1, len(rows)), list(draw.choice(rows[1:])))


def _drop(rows: Lines, draw: random.Random) -> None:
    if len(rows) > 2:
        del rows[draw.randrange(1, len(rows))]


def _blank(rows: Lines, draw: random.Random) -> None:
    rows.insert(draw.randrange(1, len(rows) + 1), draw.choice(([], [""] * len(rows[0]), [" "])))


def _short(rows: Lines, draw: random.Random) -> None:
    row = draw.choice(rows[1:])
    if row:
        row.pop()


def _long(rows: Lines, draw: random.Random) -> None:
    draw.choice(rows[1:]).append(draw.choice(("", "7", "x")))


def _title(rows: Lines, draw: random.Random) -> None:
    rows.insert(0, ["云溪县2017年汇总表", *[""] * (len(rows[0]) - 1)])


def _heading(rows: Lines, draw: random.Random) -> None:
    row = rows[0]
    at = draw.randrange(len(row))
    row[at] = draw.choice(
        (row[at].upper(), f" {row[at]} ", f"{row[at]}x", "", row[0], f"{row[at]}_kg")
    )


def _columns(rows: Lines, draw: random.Random) -> None:
    order = list(range(len(rows[0])))
    draw.shuffle(order)
    for row in rows:
        if len(row) == len(order):
            row[:] = [row[n] for n in order]


def _column(rows: Lines, draw: random.Random, kind: str) -> None:
    """A column that the table may have and has not, with one number in every row."""
    fields = [one for one in READERS[kind].fields if one.kind != "text"]
    absent = [one.name for one in fields if one.name not in rows[0]]
    if absent:
        name, number = draw.choice(absent), draw.choice(PLAIN)
        for row in rows:
            row.append(name if row is rows[0] else number)


ROWS: tuple[Callable[[Lines, random.Random], None], ...] = (
    _cell, _cell, _number, _number, _number, _label_row, _total_row, _double, _drop, _blank, _short,
    _long, _title, _heading, _columns, _pollutant,
)  # fmt: skip


def _quote(text: str, draw: random.Random) -> str:
    at = draw.randrange(len(text))
    return text[:at] + '"' + text[at:]


def _two_quotes(text: str, draw: random.Random) -> str:
    return _quote(_quote(text, draw), draw)


def _bars(text: str, draw: random.Random) -> str:
    return text.replace(",", "|")


def _cut(text: str, draw: random.Random) -> str:
    return text[: draw.randrange(len(text) // 2, len(text))]


def _ends(text: str, draw: random.Random) -> str:
    return text.replace("\n", draw.choice(("\r\n", "\r")))


TEXTS: tuple[Callable[[str, random.Random], str], ...] = (_quote, _two_quotes, _bars, _cut, _ends)
ENCODINGS = ("utf-8", "utf-8", "utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be")
MARKED = ("utf-8", "utf-8-sig", "gb18030", "utf-16")
"""Encodings in which a file can be told from one in another."""
HARMLESS = {"_columns", "_title", "_blank", "_pollutant", "_ends", "separator", "marks", *MARKED}
"""Changes after which a table says what it said."""


def spoilt(draw: random.Random) -> OddTable:
    """One example, spoilt."""
    kind = draw.choice(list(READERS))
    rows = list(csv.reader(io.StringIO(example_text(kind))))
    done = []
    # A third of the tables is changed in ways that must not matter.
    harmless = [way for way in ROWS if way.__name__ in HARMLESS]
    ways = harmless if draw.random() < 1 / 3 else ROWS
    if ways is ROWS and draw.random() < 0.2:
        _column(rows, draw, kind)
        done.append("_column")
    for _ in range(draw.randint(1, 3)):
        way = draw.choice(ways)
        if way is _columns and "_title" in done:
            continue  # the title would be moved out of the first cell
        way(rows, draw)
        done.append(way.__name__)
    out = io.StringIO()
    separator = draw.choice(",,,,,,;\t，")
    done += ["separator"] if separator != "," else []
    marks = draw.random() < 0.2
    done += ["marks"] if marks else []
    quoting = csv.QUOTE_ALL if marks else csv.QUOTE_MINIMAL
    writer = csv.writer(out, delimiter=separator, lineterminator="\n", quoting=quoting)
    writer.writerows(rows)
    text = out.getvalue()
    if draw.random() < 0.4:
        change = _ends if ways is harmless else draw.choice(TEXTS)
        text = change(text, draw)
        done.append(change.__name__)
    encoding = draw.choice(MARKED if ways is harmless else ENCODINGS)
    data = text.encode(encoding, errors="replace")
    return OddTable(kind, text, separator, (*done, encoding), data)


# --- what must hold ---------------------------------------------------------------------------


def faults_of(odd: OddTable, path: Path) -> tuple[str, list[str]]:
    """Whether the table was `read` or `refused`, and what is wrong with that."""
    path.write_bytes(odd.data)
    reader = READERS[odd.kind]
    wrong = _crash(odd, path)
    try:
        table = read_table(path, reader.fields, **reader.given)
    except RightsError as error:
        wrong += _nameless(error)
        if set(odd.done) <= HARMLESS:
            wrong.append(f"refused: {error}")
        return "refused", wrong
    except Exception:
        return "crashed", wrong
    return "read", [
        *wrong,
        *_rows_missing(odd, table),
        *_sums_wrong(odd, table),
        *_content_changed(odd, table),
        *_total_taken(odd, table),
    ]


def _crash(odd: OddTable, path: Path) -> list[str]:
    """What ends the command that takes the table, other than a mistake of a person."""
    try:
        READERS[odd.kind].whole(path)
    except RightsError as error:
        return _nameless(error)
    except Exception:  # what the fault is
        return [traceback.format_exc().replace("\n", " | ")[-600:]]
    return []


def _nameless(error: RightsError) -> list[str]:
    """Mistakes that do not say where, or how to mend them."""
    told = error.errors if isinstance(error, ManyErrors) else [error]
    return [f"no place or remedy: {one}" for one in told if not one.mend]


def _records(odd: OddTable) -> list[list[str]] | None:
    """The rows of the file by `csv` in strict mode; None where it refuses them."""
    try:
        found = csv.reader(io.StringIO(odd.text, newline=""), strict=True, delimiter=odd.separator)
        return [row for row in found if any(cell.strip(BLANKS) for cell in row)]
    except csv.Error:
        return None


BLANKS = "".join(chr(n) for n in range(0x3001) if chr(n).isspace()) + "\ufeff"


def _above(table: ReadTable) -> int:
    """Rows above the headings, as they are reported."""
    told = " ".join(table.notices)
    found = re.search(r"the headings are in row \d+; (\d+) rows? above", told)
    return int(found[1]) if found else 0


def _rows_missing(odd: OddTable, table: ReadTable) -> list[str]:
    records = _records(odd)
    if records is None:
        return ["read, though a quotation mark stands wrong"]
    told = sum(len(re.findall(r"row \d+ “", note)) for note in table.notices)
    if told != len(table.left_out):
        return [f"{told} rows reported as left out, {len(table.left_out)} kept as such"]
    rows = len(records) - _above(table) - 1
    if len(table) + told != rows:
        return [f"{rows} rows in the file, {len(table)} read, {told} reported as left out"]
    return []


def _sums_wrong(odd: OddTable, table: ReadTable) -> list[str]:
    """Amounts that do not add up to those of the file; only where nothing was left out."""
    records = _records(odd)
    if table.left_out or records is None:
        return []
    wrong = []
    kinds = {one.name: one.kind for one in table.fields}
    headings, *rows = records[_above(table) :]
    for name, column in table.amount.items():
        place = list(table.columns).index(name)
        cells = [row[place].strip() for row in rows if place < len(row)]
        unit = MG_PER_T if kinds[name] == "mass" else FEN_PER_YUAN
        if not all(_decimal(cell) for cell in cells if cell) or not _plain(headings[place]):
            continue
        finer = sum(value * FEN_PER_YUAN for value in column.finer.values())
        whole = sum(v for n, v in enumerate(column.value.tolist()) if n not in column.finer)
        expected = sum((Decimal(cell) * unit for cell in cells if cell), Decimal(0))
        whole_cells = all(_whole(cell, unit) for cell in cells if cell)
        # A finer mass is rounded to the milligram, each by itself.
        allowed = len(cells) if unit == MG_PER_T and not whole_cells else 0
        if abs(whole + finer - expected) > allowed:
            wrong.append(f"{name}: {whole + finer} read, {expected} in the file")
    return wrong


@cache
def _unspoilt(kind: str) -> dict[str, list[object]]:
    reader = READERS[kind]
    return _content(read_table(examples() / f"{kind}.csv", reader.fields, **reader.given))


def _content(table: ReadTable) -> dict[str, list[object]]:
    """Every column of fields, cell by cell."""
    known = {one.name for one in table.fields}
    found: dict[str, list[object]] = {n: c.texts() for n, c in table.text.items() if n in known}
    found |= {n: c.value.tolist() for n, c in table.amount.items()}
    return found | {n: c.value.tolist() for n, c in table.number.items()}


def _content_changed(odd: OddTable, table: ReadTable) -> list[str]:
    """Columns that a harmless change has changed."""
    if not set(odd.done) <= HARMLESS:
        return []
    if "_pollutant" in odd.done and "pollutants" not in READERS[odd.kind].given:
        return []  # this reader joins no spellings here
    before, now = _unspoilt(odd.kind), _content(table)
    changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    return [f"{name}: {now.get(name)} for {before.get(name)}" for name in changed]


def _total_taken(odd: OddTable, table: ReadTable) -> list[str]:
    """A row of sums that was read as data, though nothing else was done to the numbers."""
    if not READERS[odd.kind].totals or not {"_total_row"} < set(odd.done) <= TOTALLED:
        return []
    if odd.done.count("_total_row") > 1 or any(why == "total" for _, _, why in table.left_out):
        return []
    return ["a row of sums was read as data"]


TOTALLED = (HARMLESS - {"_title", "_blank"}) | {"_total_row"}
"""Changes beside which a row of sums stays one."""


def _plain(heading: str) -> bool:
    """Whether a heading is in tonnes or yuan."""
    return not re.search("kg|千克|万|10k", heading)


def _decimal(cell: str) -> bool:
    """Whether a cell is a plain number."""
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", cell.strip(), re.ASCII | re.I):
        return False
    try:
        return Decimal(cell.strip()).is_finite()
    except InvalidOperation:
        return False


def _whole(cell: str, unit: int) -> bool:
    return Decimal(cell) * unit == int(Decimal(cell) * unit)


def try_tables(count: int, seed: int, folder: Path) -> tuple[Counter[str], list[str]]:
    """Spoil tables; how they ended, and the first fault of each.

    Args:
        count: number of tables.
        seed: of what is done to them.
        folder: where they are written.
    """
    draw, ended, wrong = random.Random(seed), Counter[str](), list[str]()
    for number in range(count):
        odd = spoilt(draw)
        how, found = faults_of(odd, folder / "table.csv")
        ended[how] += 1
        wrong += [f"{number} {odd.kind} {odd.done}: {one}" for one in found[:1]]
    return ended, wrong


def main() -> None:
    """Spoil COUNT tables; print how many were read and refused, and every fault."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 2017
    with tempfile.TemporaryDirectory() as folder:
        ended, wrong = try_tables(count, seed, Path(folder))
    for one in wrong:
        sys.stdout.write(f"{one}\n")
    said = ", ".join(f"{how} {n:,}" for how, n in sorted(ended.items()))
    sys.stdout.write(f"{count:,} tables: {said}; {len(wrong)} with a fault\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
