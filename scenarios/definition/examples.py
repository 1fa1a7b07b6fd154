"""`permits init --examples`: a file of each kind that a command reads, ready to try.

The tables are shipped once, under English headings; those in `zh/` are the same under
Chinese ones, so that the two cannot differ. Plants, costs and bids are invented: their
status is `assumed`. `hours.txt` holds ten days of a real monitor [VOC-C15].
"""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

from permits.errors import InputError
from scenarios.definition.starter import starter
from scenarios.intake.fields import SHARED

DATA = Path(__file__).parents[1] / "files"
EXAMPLES = DATA / "examples"
NAMES = DATA / "examples-zh.csv"
"""Chinese names of what the tables hold."""
FROM_DATA = {
    "readings.csv": "data/meter-example/readings.csv",
    "cards.csv": "data/meter-example/cards.csv",
    "card-messages.csv": "data/meter-example/messages.csv",
    "solvents.csv": "data/materials-printing.csv",
    "solvent-cards.csv": "data/materials-cards.csv",
    "messages.jsonl": "data/hj212/messages.jsonl",
}
"""Examples that the program ships for other uses too."""
WORKBOOKS = ("measures", "register", "solvents")
"""Tables that are written as a workbook beside the CSV file."""
TRANSLATED = ("measures", "register", "bids", "orders", "readings", "cards")
"""Tables that are written under Chinese headings too."""
LONGEST_NUMBER = 16
"""A longer run of digits is a code: Excel keeps 15 digits of a number."""
RULE = "second_best"
"""The clearing rule that lies in `my-rules/`."""
MONTHS = ("2017-01", "2017-02")
"""Months of `readings.csv` that are written as Parquet, as an archive of 2017 would be."""


def write_examples(folder: Path) -> list[Path]:
    """Write the examples into a folder that does not exist, or is empty.

    Returns: the files written.
    Raises: InputError for a folder that holds something.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            "init.examples",
            "{path} exists and is not empty",
            where="--examples",
            mend="name a folder that does not exist yet",
            path=str(folder),
        )
    shutil.copytree(EXAMPLES, folder, dirs_exist_ok=True)
    for name, path in FROM_DATA.items():
        (folder / name).write_bytes((DATA / path).read_bytes())
    (folder / "zh").mkdir()
    for stem in TRANSLATED:
        rows = _in_chinese(_rows(folder / f"{stem}.csv"))
        _write_csv(folder / "zh" / f"{stem}.csv", rows)
        if stem in WORKBOOKS:
            _write_workbook(folder / "zh" / f"{stem}.xlsx", rows)
    for stem in WORKBOOKS:
        _write_workbook(folder / f"{stem}.xlsx", _rows(folder / f"{stem}.csv"))
    _write_months(folder)
    (folder / "my-rules").mkdir()
    name_of_rule, rule = starter(RULE, "mechanism")
    (folder / "my-rules" / name_of_rule).write_text(rule, encoding="utf-8")
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _rows(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def _write_csv(path: Path, rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    # With a mark, so that Excel shows Chinese headings.
    path.write_text(text.getvalue(), encoding="utf-8-sig")


def _in_chinese(rows: list[list[str]]) -> list[list[str]]:
    """A table under the first Chinese heading of each column, its names in Chinese."""
    headings = {field.name: field.heading for field in SHARED if field.heading}
    names = dict(_rows(NAMES)[1:])
    head, *body = rows
    return [
        [headings.get(title, title) for title in head],
        *([names.get(cell, cell) for cell in row] for row in body),
    ]


def _write_workbook(path: Path, rows: list[list[str]]) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(path.stem)
    for row in rows:
        sheet.append([_value(cell) for cell in row])
    book.save(path)


def _value(cell: str) -> str | float | None:
    """A cell as a spreadsheet holds it: numbers as numbers, `30%` and codes as text."""
    try:
        return float(cell) if len(cell) < LONGEST_NUMBER else cell
    except ValueError:
        return cell or None


def _write_months(folder: Path) -> None:
    """The first hours of `readings.csv`, moved to 2017, month by month as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet

    head, *body = _rows(folder / "readings.csv")
    for month in MONTHS:
        own = [row for row in body if row[1].startswith(month.replace("2017", "2018"))]
        columns = {title: [row[n] for row in own] for n, title in enumerate(head)}
        columns["at"] = [at.replace("2018", "2017", 1) for at in columns["at"]]
        pyarrow.parquet.write_table(pa.table(columns), folder / f"{month}.parquet")
