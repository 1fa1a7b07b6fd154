"""Tables spoilt at random, and what an independent reader says of each.

    python -m tests.scenarios.intake.odd_tables [COUNT] [SEED]

Each of the shipped examples is spoilt in one to three ways: a cell, a row, the headings, a
quotation mark, a separator, the encoding, the end of the file. The reader must refuse it in
sentences or read it; if it reads it, its rows and the rows that it says it left out are the
rows of the file by `csv` in strict mode, and where it says nothing every amount adds up to
the sum by `Decimal`.
"""

from __future__ import annotations

import csv
import io
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

from permits.errors import ManyErrors, RightsError
from permits.quantity import FEN_PER_YUAN, MG_PER_T
from scenarios.definition.examples import write_examples
from scenarios.definition.measures_table import FIELDS as MEASURES
from scenarios.definition.measures_table import read_measures
from scenarios.intake.columns import ReadTable
from scenarios.intake.fields import Field
from scenarios.intake.tables import read_table
from scenarios.monitoring.files import quota_cards
from scenarios.monitoring.materials import material_cards, materials_table
from scenarios.monitoring.watch import bureau_messages
from scenarios.planning.importers.register_offers import CATALOGUE
from scenarios.planning.importers.register_table import REGISTER
from scenarios.planning.receptors.solve import FIELDS as RECEPTORS
from scenarios.sales.clear import BIDS, ORDERS
from scenarios.sales.conditions import ACCOUNTS

KINDS: dict[str, Sequence[Field]] = {
    "measures": MEASURES,
    "register": REGISTER,
    "mine": CATALOGUE,
    "receptors": RECEPTORS,
    "bids": BIDS,
    "offers": BIDS,
    "orders": ORDERS,
    "accounts": ACCOUNTS,
    "cards": quota_cards.FIELDS,
    "solvents": materials_table.FIELDS,
    "solvent-cards": material_cards.FIELDS,
    "card-messages": bureau_messages.FIELDS,
    "zh/measures": MEASURES,
    "zh/register": REGISTER,
    "zh/bids": BIDS,
    "zh/orders": ORDERS,
}
NUMBERS = (
    "1,5", "1,000", "12,34", "１２", "1e3", "1e400", "1e-400", "-5", "nan", "inf", "", " 7 ", "'7",
    "7t", "7 kg", "7公斤", "5万", "0.1234567891234", "0.0000000004", "1_000", "٣", "1.", ".5", "+5",
    "0x10", "五", "7%", "170%", "\ufeff7", "7\u200b", "\xa07", "#N/A", "=1+1", "TRUE", "2018-01-01",
    "9" * 17, "9" * 40, "1 000", "1'000", "1.000,5", "−3", "--", "7 8", "7\t", "1e", "e1", "∞",
)  # fmt: skip
"""Cells that stand where numbers do."""
LABELS = (
    "合计", "合　计", "合计：", "杭州小计", "总计(吨)", "Total:", "Subtotal", "sum", "注：见附件",
    "填表人：李四",
    "Source: bureau", "Hangzhou\u200b", "ＨＡＮＧＺＨＯＵ", "hangzhou", " Hangzhou", "x" * 40_000,
    "\x1b[31mred", "=cmd()", "\x00", "a\u202eb", "单位：吨",
)  # fmt: skip
"""Cells that stand where names do."""


@dataclass(frozen=True)
class OddTable:
    """A spoilt file: its kind, its text as written, what was done to it, and its bytes."""

    kind: str
    text: str
    done: tuple[str, ...]
    data: bytes


@cache
def bases() -> dict[str, str]:
    """The text of every example."""
    folder = Path(tempfile.mkdtemp()) / "try"
    write_examples(folder)
    return {kind: (folder / f"{kind}.csv").read_text(encoding="utf-8-sig") for kind in KINDS}


# --- ways to spoil a table -------------------------------------------------------------------

Lines = list[list[str]]


def _cell(rows: Lines, draw: random.Random) -> None:
    row = draw.choice(rows[1:])
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
    for column in zip(*rows[1:], strict=False):
        known = [Decimal(x) for x in column if _decimal(x)]
        sums.append(str(sum(known)) if known and len(known) == len(column) else "")
    sums[0] = draw.choice(("合计", "全部", "total", "S99"))
    rows.append(sums[: len(rows[0])])


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


ROWS: tuple[Callable[[Lines, random.Random], None], ...] = (
    _cell, _cell, _number, _number, _number, _label_row, _total_row, _double, _drop, _blank, _short,
    _long, _title, _heading, _columns,
)  # fmt: skip


def _quote(text: str, draw: random.Random) -> str:
    at = draw.randrange(len(text))
    return text[:at] + '"' + text[at:]


def _two_quotes(text: str, draw: random.Random) -> str:
    return _quote(_quote(text, draw), draw)


def _separator(text: str, draw: random.Random) -> str:
    return text.replace(",", draw.choice(";\t|"))


def _cut(text: str, draw: random.Random) -> str:
    return text[: draw.randrange(len(text) // 2, len(text))]


def _ends(text: str, draw: random.Random) -> str:
    return text.replace("\n", draw.choice(("\r\n", "\r")))


TEXTS: tuple[Callable[[str, random.Random], str], ...] = (
    _quote, _two_quotes, _separator, _cut, _ends,
)  # fmt: skip
ENCODINGS = ("utf-8", "utf-8", "utf-8", "utf-8-sig", "gb18030", "utf-16")


def spoilt(draw: random.Random) -> OddTable:
    """One example, spoilt."""
    kind = draw.choice(list(KINDS))
    rows = list(csv.reader(io.StringIO(bases()[kind])))
    done = []
    for _ in range(draw.randint(1, 3)):
        way = draw.choice(ROWS)
        way(rows, draw)
        done.append(way.__name__)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    text = out.getvalue()
    if draw.random() < 0.4:
        change = draw.choice(TEXTS)
        text = change(text, draw)
        done.append(change.__name__)
    encoding = draw.choice(ENCODINGS)
    return OddTable(kind, text, (*done, encoding), text.encode(encoding, errors="replace"))


# --- what must hold ---------------------------------------------------------------------------


def faults_of(odd: OddTable, path: Path) -> tuple[str, list[str]]:
    """Whether the table was `read` or `refused`, and what is wrong with that."""
    path.write_bytes(odd.data)
    try:
        table = read_table(path, KINDS[odd.kind])
    except RightsError as error:
        return "refused", _nameless(error)
    finally:
        if odd.kind.endswith("measures"):
            _only_sentences(path)
    return "read", [*_rows_missing(odd, table), *_sums_wrong(odd, table)]


def _only_sentences(path: Path) -> None:
    """A measures table is checked whole too: any other error than ours goes through."""
    try:
        read_measures(path)
    except RightsError:
        return


def _nameless(error: RightsError) -> list[str]:
    """Mistakes that do not say where, or how to mend them."""
    told = error.errors if isinstance(error, ManyErrors) else [error]
    return [f"no place or remedy: {one}" for one in told if not one.mend]


def _records(odd: OddTable) -> list[list[str]] | None:
    """The rows of the file by `csv` in strict mode; None where it refuses them."""
    separator = next(
        (sign for sign in ";\t|" if "_separator" in odd.done and sign in odd.text), ","
    )
    try:
        return list(csv.reader(io.StringIO(odd.text, newline=""), strict=True, delimiter=separator))
    except csv.Error:
        return None


def _below(odd: OddTable, table: ReadTable) -> list[list[str]] | None:
    records = _records(odd)
    if records is None:
        return None
    first = next((n for n, row in enumerate(records) if len([x for x in row if x.strip()]) > 1), 0)
    return records[first:]


def _rows_missing(odd: OddTable, table: ReadTable) -> list[str]:
    records = _below(odd, table)
    if records is None:
        return ["read, though a quotation mark stands wrong"]
    rows = sum(any(cell.strip() for cell in row) for row in records[1:])
    told = sum(len(re.findall(r"row \d+ “", note)) for note in table.notices)
    if len(table) + told != rows:
        return [f"{rows} rows in the file, {len(table)} read, {told} told as left out"]
    return []


def _sums_wrong(odd: OddTable, table: ReadTable) -> list[str]:
    """Amounts that do not add up to those of the file; only where nothing was told."""
    records = _below(odd, table)
    if table.notices or records is None:
        return []
    wrong = []
    kinds = {one.name: one.kind for one in table.fields}
    for name, column in table.amount.items():
        place = list(table.columns).index(name)
        cells = [row[place].strip() for row in records[1:] if place < len(row)]
        unit = MG_PER_T if kinds[name] == "mass" else FEN_PER_YUAN
        if not all(_decimal(cell) for cell in cells if cell) or not _plain(records[0][place]):
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


def main() -> None:
    """Spoil COUNT tables; print how many were read and refused, and every fault."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    draw = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 2017)
    ended: Counter[str] = Counter()
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            odd = spoilt(draw)
            how, wrong = faults_of(odd, Path(folder) / "table.csv")
            ended[how] += 1
            faults += bool(wrong)
            for one in wrong[:1]:
                sys.stdout.write(f"{number} {odd.kind} {odd.done}: {one}\n")
    told = ", ".join(f"{how} {n:,}" for how, n in sorted(ended.items()))
    sys.stdout.write(f"{count:,} tables: {told}; {faults} with a fault\n")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
