"""CSV is read strictly: marks, separators, lines and encodings; nothing is swallowed."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.errors import InputError, ManyErrors
from scenarios.intake.columns import ReadTable
from scenarios.intake.csv_cells import csv_grid, is_tidy
from scenarios.intake.fields import Field
from scenarios.intake.tables import read_table

FIELDS = (Field("a", "text"), Field("b", "number", required=True, blank=True))


def _read(tmp_path: Path, text: str | bytes) -> ReadTable:
    path = tmp_path / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path, FIELDS, keep=True)


@pytest.mark.parametrize(
    ("text", "row", "said"),
    [
        ('a,b,note\nx,1,"late\ny,2,\nz,3,\n', 2, "not closed"),
        ('a,b,note\nx,1,\n\ny,2,"late', 4, "not closed"),
        ('a,b,note\nx,1,"one\ntwo"\ny,2,"late\nz,3,\n', 4, "not closed"),
        ('a,b\n"x" y,1\n', 2, "text follows"),
        ('a,b\n"x\ny"z,1\n', 2, "text follows"),
        ('a,b,note\nx,1,"s\ny,2,t\nz,3,u"\n', 2, "whole rows"),
        # Strays in one column make a row of the right length: x of the first, 3 of the last.
        ('a,b,note\n"x,1,s\ny,2,t\nz",3,u\n', 2, "whole rows"),
        ('a,b,note\n"v\nw",0,\nx,1,"s\ny,2,t"\n', 4, "whole rows"),
    ],
)
def test_a_stray_mark_is_refused_with_the_row_where_it_opens(
    tmp_path: Path, text: str, row: int, said: str
) -> None:
    with pytest.raises(InputError, match=said) as caught:
        _read(tmp_path, text)
    assert caught.value.where == f"t.csv, row {row}"


def test_marks_in_their_places_are_read(tmp_path: Path) -> None:
    text = 'a,b,note\r\n"x ""y""",1,"one, two\r\nthree"\r\nz,"2",say "hi"\r\n'
    table = _read(tmp_path, text)
    assert table.text["a"].texts() == ['x "y"', "z"]
    assert table.text["note"].texts() == ["one, two\r\nthree", 'say "hi"']
    assert table.number["b"].value.tolist() == [1, 2]
    assert table.row.tolist() == [2, 4]


@pytest.mark.parametrize("mark", ["", '"'])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_are_numbered_by_the_lines_of_the_file(tmp_path: Path, mark: str, end: str) -> None:
    lines = ["a,b", f"{mark}x{mark},1", "", " ", "y,2", ",", "z"]
    table = _read(tmp_path, end.join(lines) + end)
    assert table.row.tolist() == [2, 5, 7]
    assert table.number["b"].value.tolist() == [1, 2, None]


@pytest.mark.parametrize("mark", ["", '"'])
def test_a_row_with_more_cells_than_headings_is_refused(tmp_path: Path, mark: str) -> None:
    with pytest.raises(ManyErrors, match=r"3 cells for 2 headings \[t.csv, row 3\]"):
        _read(tmp_path, f"a,b\n{mark}x{mark},1\ny,2,5\n")
    assert len(_read(tmp_path, f"a,b\n{mark}x{mark},1,\ny,2,,,\n")) == 2


@pytest.mark.parametrize(
    ("separator", "said"),
    [(";", "semicolons"), ("\t", "tabs"), ("，", "full-width commas")],
)
def test_another_separator_is_read_and_reported(tmp_path: Path, separator: str, said: str) -> None:
    text = "a,b\nx y,1\nz,2\n".replace(",", separator)
    table = _read(tmp_path, text)
    assert table.number["b"].value.tolist() == [1, 2]
    assert table.notices == (f"t.csv: the columns are separated by {said}",)
    assert _read(tmp_path, f"sep={separator}\n{text}").row.tolist() == [3, 4]


def test_commas_within_cells_do_not_part_a_table_of_semicolons(tmp_path: Path) -> None:
    with pytest.raises(ManyErrors, match="comma that is not a thousands separator"):
        _read(tmp_path, "a;b\nx, y;1,5\nz, u, v;2,5\n")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("a,b\nx,1\n".encode("utf-16-le"), "not read, such as UTF-16"),
        ("a,b\nx,1\n".encode("utf-32"), "not read, such as UTF-32"),
        ("a,b\nZürich,1\nGöteborg,2\nMálaga,3\n".encode("latin-1"), "such as Latin-1"),
        ("a,b\n塗裝廠,1\n印刷廠,2\n".encode("big5"), "such as Latin-1, Big5"),
        (b"PK\x03\x04rest", "is a zip archive, not a table"),
        (b"a,b\n\xff,1\n", "neither UTF-8 nor GB18030"),
    ],
)
def test_another_encoding_is_refused_in_one_sentence(
    tmp_path: Path, data: bytes, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        _read(tmp_path, data)


def test_rare_chinese_characters_are_read(tmp_path: Path) -> None:
    table = _read(tmp_path, "a,b\n甲厂𠮷镕,1\n乙印刷厂,2\n".encode("gb18030"))
    assert table.text["a"].names == ("乙印刷厂", "甲厂𠮷镕")
    assert table.notices == ("t.csv: gb18030",)


@pytest.mark.parametrize("mark", ["", '"'])
def test_a_cell_longer_than_a_workbooks_is_refused(tmp_path: Path, mark: str) -> None:
    fits = "甲" * 32_767
    assert len(_read(tmp_path, f"a,b\n{mark}{fits}{mark},1\n")) == 1
    for count in (32_768, 140_000):
        with pytest.raises(InputError, match="more than 32,767 characters") as caught:
            _read(tmp_path, f"a,b\nx,1\n{mark}{'甲' * count}{mark},1\n")
        assert caught.value.where == "t.csv, row 3"


def test_a_row_of_thousands_of_cells_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="2,000 cells; at most 1,024"):
        _read(tmp_path, "a,b\nx,1\n" + ",1" * 1999 + "\n")


CELLS = st.text(st.sampled_from('ab,"\n é'), max_size=4)


@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=5),
    marked=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
    stray=st.none() | st.integers(0, 40),
)
def test_tidy_marks_are_read_as_the_strict_reader_reads_them(
    rows: list[list[str]], marked: bool, end: str, stray: int | None
) -> None:
    """The same text with a mark doubled by hand is read by both ways; a stray one by none."""
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if marked else csv.QUOTE_MINIMAL
    csv.writer(out, lineterminator=end, quoting=quoting).writerows(rows)
    text = out.getvalue()
    if stray is not None:
        text = text[:stray] + '"' + text[stray:]
    if not is_tidy(text.encode(), b","):
        return
    grid = csv_grid(text.encode(), "t.csv")
    read = [column.to_pylist() for column in grid.columns]
    expected = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    for n, row in enumerate(expected):
        assert [column[n] or "" for column in read][: len(row)] == row
    assert len(grid) == len(expected)
