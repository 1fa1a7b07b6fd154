"""Files of readings: encodings, types, clocks, cards, US hours; one bad file stops no other."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from permits.errors import InputError, ManyErrors
from permits.metering import RowReason
from scenarios.monitoring.files import Asked, MeterResult, meter_files
from scenarios.monitoring.files.cluster import meter_in_shares
from scenarios.monitoring.files.csv_readings import LOOKED_AT
from scenarios.monitoring.files.meter_report import meter_object, notices_of

ROWS = [
    ("A", "2017-03-01 00:00", "10.5", "50", "N"),
    ("B", "2017-03-01 00:00", "1", "20", ""),
    ("A", "2017-03-01 01:00", "11", "40", "D"),
    ("A", "2017-03-01 02:00", "12.25", "40", "n"),
    ("B", "2017-03-01 02:00", "3", "0.0005", ""),
]
ENGLISH = ("outlet", "at", "volume_m3", "COD_mg_per_l", "flag")
CHINESE = ("排放口", "时间", "流量（立方米）", "COD浓度(mg/L)", "标记")
MEASURED_MG = 10_500 * 50 + 12_250 * 40 + 1_000 * 20 + 2  # 3 m³ x 0.5 µg/L is 1.5 mg: even


def csv_of(headings: tuple[str, ...], rows: list[tuple[str, ...]] = ROWS) -> str:
    return "\n".join(",".join(row) for row in [headings, *rows]) + "\n"


def metered(*files: Path, **asked: Any) -> MeterResult:
    return meter_files(Asked(tuple(map(str, files)), **asked))


def measured_mg(outcome: MeterResult) -> int:
    return int(outcome.sums[:, 0].sum())


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding=encoding)
    return path


# --- tables ------------------------------------------------------------------------


@pytest.mark.parametrize("headings", [ENGLISH, CHINESE], ids=["english", "chinese"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_table_is_read_in_any_encoding_and_either_language(
    tmp_path: Path, headings: tuple[str, ...], encoding: str
) -> None:
    outcome = metered(written(tmp_path / "r.csv", csv_of(headings), encoding))
    assert measured_mg(outcome) == MEASURED_MG
    assert outcome.sums[0, 2:].tolist() == [4, 2, 0, 0]


def test_gas_is_read_by_the_cubic_metre_and_titles_may_stand_above(tmp_path: Path) -> None:
    head = ("outlet", "at", "volume_m3", "NMHC_mg_per_m3", "flag")
    text = "一季度在线监测\n" + csv_of(head)
    outcome = metered(written(tmp_path / "r.csv", text))
    assert outcome.plan.pollutants == ("NMHC",)
    assert measured_mg(outcome) == 525 + 490 + 20  # 0.0005 mg/m³ rounds to nothing


def test_excel_and_standard_input_give_what_csv_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for row in [ENGLISH, *ROWS]:
        book.active.append(row)
    book.save(tmp_path / "r.xlsx")
    assert measured_mg(metered(tmp_path / "r.xlsx")) == MEASURED_MG
    fed = io.TextIOWrapper(io.BytesIO(csv_of(CHINESE).encode("gb18030")))
    monkeypatch.setattr("sys.stdin", fed)
    assert measured_mg(metered(Path("-"))) == MEASURED_MG


def test_what_cannot_be_read_is_set_aside_with_its_row(tmp_path: Path) -> None:
    rows = [
        *ROWS[:1],
        ("A", "2017-03-01 01:00", "x", "50", "N"),
        ("A", "yesterday", "1", "50", "N"),
        ("", "2017-03-01 02:00", "1", "50", "N"),
        ("A", "2017-03-01"),
        ("A", "2017-03-01 03:00", "12", "50", "Q"),
        ("A", "2017-03-01 04:00", "10", "50", "N"),
    ]
    outcome = metered(written(tmp_path / "r.csv", csv_of(ENGLISH, rows)))
    told = [(r["row"], r["outlet"], r["reason"]) for r in meter_object(outcome)["quarantine"]]
    assert told == [
        (3, "A", "unreadable"),
        (4, "A", "unreadable"),
        (5, "", "unreadable"),
        (6, "", "unreadable"),
        (7, "A", "unknown_flag"),
    ]
    assert measured_mg(outcome) == 525_000 + 500_000


def test_blank_lines_are_nothing_and_bytes_that_are_no_text_cost_their_row_only(
    tmp_path: Path,
) -> None:
    hours = [("A", f"2017-01-{1 + n // 24:02d} {n % 24:02d}:00", "1", "1", "N") for n in range(740)]
    lines = csv_of(ENGLISH, [*hours, *[("B", *row[1:]) for row in hours] * 3]).encode().splitlines()
    lines[-1] = lines[-1].replace(b"B,", b"\xff\xfe,")
    lines[5:5] = [b"", b""]
    path = tmp_path / "r.csv"
    path.write_bytes(b"\n".join(lines))
    assert path.stat().st_size > LOOKED_AT
    outcome = metered(path)
    assert outcome.reasons() == {
        RowReason.CLOCK_BACK: 1478,
        RowReason.DUPLICATE: 1,
        RowReason.UNREADABLE: 1,
    }
    assert outcome.sums[0, 2] == 1480


@pytest.mark.parametrize(
    ("said", "hour"),
    [("2017/3/1 5:00", 5), ("2017-03-01T05:00:00", 5), ("20170301050000", 5),
     ("2017年3月1日 5时", 5), ("2017-02-28 24:00", 0), ("2017-03-01 05:20:09.5", 5)],
)  # fmt: skip
def test_times_are_read_as_people_and_monitors_write_them(
    tmp_path: Path, said: str, hour: int
) -> None:
    rows = [("A", said, "1", "1", "")]
    outcome = metered(written(tmp_path / "r.csv", csv_of(ENGLISH, rows)), by="hour")
    assert meter_object(outcome)["masses"][0]["hour"] == f"2017-03-01 {hour:02d}:00"


@pytest.mark.parametrize("said", ["2017-02-29 05:00", "2017-03-01 25:00", "5:00", "42795.2"])
def test_a_time_that_could_mean_anything_is_set_aside(tmp_path: Path, said: str) -> None:
    rows = [("A", said, "1", "1", "")]
    outcome = metered(written(tmp_path / "r.csv", csv_of(ENGLISH, rows)))
    assert outcome.reasons() == {RowReason.UNREADABLE: 1}


@pytest.mark.parametrize(
    ("gone", "said"),
    [("at", "'at' is missing"), ("COD_mg_per_l", "<pollutant>_mg_per_l"), ("volume_m3", "volume")],
)
def test_a_column_that_is_missing_is_named(tmp_path: Path, gone: str, said: str) -> None:
    headings = tuple("other" if title == gone else title for title in ENGLISH)
    with pytest.raises(ManyErrors, match=said):
        metered(written(tmp_path / "r.csv", csv_of(headings)))


# --- Parquet -----------------------------------------------------------------------

TIMES = [datetime.fromisoformat(row[1]) for row in ROWS]
PLAIN: dict[str, Any] = {
    "outlet": pa.array([row[0] for row in ROWS]),
    "at": pa.array(TIMES, pa.timestamp("ms")),
    "volume_m3": pa.array([float(row[2]) for row in ROWS]),
    "COD_mg_per_l": pa.array([float(row[3]) for row in ROWS]),
    "flag": pa.array([row[4] for row in ROWS]),
}
IN_UTC = [(time - timedelta(hours=8)).replace(tzinfo=UTC) for time in TIMES]
READ: dict[str, tuple[str, Any]] = {
    "coded outlets": ("outlet", PLAIN["outlet"].dictionary_encode()),
    "nanoseconds": ("at", pa.array(TIMES, pa.timestamp("ns"))),
    "in a zone": ("at", pa.array(IN_UTC, pa.timestamp("s", "Asia/Shanghai"))),
    "times as text": ("at", pa.array([row[1] for row in ROWS])),
    "numbers as text": ("volume_m3", pa.array([row[2] for row in ROWS])),
    "decimals": ("volume_m3", pa.array([Decimal(row[2]) for row in ROWS], pa.decimal128(9, 2))),
    "short floats": ("volume_m3", PLAIN["volume_m3"].cast(pa.float32())),
    "coded flags": ("flag", PLAIN["flag"].dictionary_encode()),
}
REFUSED: dict[str, tuple[str, Any]] = {
    "days": ("at", pa.array([time.date() for time in TIMES])),
    "numbers as times": ("at", pa.array(range(5))),
    "truths": ("volume_m3", pa.array([True] * 5)),
    "numbers as flags": ("flag", pa.array(range(5))),
}


def parquet(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(PLAIN | columns), path, row_group_size=2)
    return path


@pytest.mark.parametrize("name", READ)
def test_parquet_of_other_types_gives_the_same(tmp_path: Path, name: str) -> None:
    column, array = READ[name]
    outcome = metered(parquet(tmp_path / "r.parquet", **{column: array}), by="hour")
    assert measured_mg(outcome) == MEASURED_MG
    assert meter_object(outcome)["masses"][0]["hour"] == "2017-03-01 00:00"
    told = [notice for notice in notices_of(outcome) if "was read as" in notice]
    assert len(told) == (name == "numbers as text")


def test_outlets_that_are_numbers_are_read_as_names_and_told(tmp_path: Path) -> None:
    outcome = metered(parquet(tmp_path / "r.parquet", outlet=pa.array([1, 2, 1, 1, 2])))
    assert outcome.names == ["1", "2"]
    assert any("read as text" in notice for notice in notices_of(outcome))


@pytest.mark.parametrize("name", REFUSED)
def test_parquet_of_types_that_could_mean_anything_is_refused(tmp_path: Path, name: str) -> None:
    column, array = REFUSED[name]
    with pytest.raises(ManyErrors, match=f"{column!r} holds"):
        metered(parquet(tmp_path / "r.parquet", **{column: array}))


def test_a_truncated_file_is_named_and_the_others_are_metered(tmp_path: Path) -> None:
    whole, cut = parquet(tmp_path / "a.parquet"), tmp_path / "b.parquet"
    cut.write_bytes(whole.read_bytes()[:-20])
    outcome = metered(tmp_path / "*.parquet")
    assert measured_mg(outcome) == MEASURED_MG
    (mistake,) = outcome.mistakes
    assert isinstance(mistake, InputError) and mistake.where == "b.parquet"


def test_a_file_damaged_inside_is_metered_up_to_there(tmp_path: Path) -> None:
    path = tmp_path / "r.parquet"
    pq.write_table(pa.table(PLAIN), path, row_group_size=2, compression="none")
    begin = pq.ParquetFile(path).metadata.row_group(1).column(0).data_page_offset
    data = bytearray(path.read_bytes())
    data[begin : begin + 20] = b"\xff" * 20
    path.write_bytes(data)
    outcome = metered(path)
    assert [error.where for error in outcome.mistakes] == ["r.parquet"]


def test_a_page_whose_check_sum_is_wrong_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.parquet"
    pq.write_table(pa.table(PLAIN), path, compression="none", write_page_checksum=True)
    column = pq.ParquetFile(path).metadata.row_group(0).column(2)
    data = bytearray(path.read_bytes())
    data[column.data_page_offset + column.total_compressed_size - 1] ^= 1
    path.write_bytes(data)
    (mistake,) = metered(path).mistakes
    assert "CRC" in str(mistake) or "check" in str(mistake).lower()


# --- quotation marks, separators, memory -------------------------------------------


def noted(path: Path, notes: dict[int, str], separator: str = ",") -> Path:
    """The readings with a column of notes; `notes` by row of the file."""
    rows = [(*ENGLISH, "note"), *((*row, notes.get(n, "")) for n, row in enumerate(ROWS, start=2))]
    return written(path, "\n".join(separator.join(row) for row in rows) + "\n")


@pytest.mark.parametrize(
    "notes", [{3: '"oops'}, {3: '"oops', 5: 'x"'}, {3: '"oops" x'}], ids=["open", "stray", "after"]
)
def test_a_quotation_mark_that_would_swallow_readings_is_refused_with_its_row(
    tmp_path: Path, notes: dict[int, str]
) -> None:
    outcome = metered(noted(tmp_path / "r.csv", notes))
    (mistake,) = outcome.mistakes
    assert "opens in row 3 is not closed" in str(mistake)
    assert outcome.readings == 0


def test_a_text_in_quotation_marks_may_have_a_line_break(tmp_path: Path) -> None:
    outcome = metered(noted(tmp_path / "r.csv", {3: '"calibrated, \nsee ""log"""'}))
    assert (outcome.mistakes, measured_mg(outcome)) == ([], MEASURED_MG)


@pytest.mark.parametrize(("separator", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_semicolons_and_tabs_are_read_and_reported(
    tmp_path: Path, separator: str, name: str
) -> None:
    outcome = metered(noted(tmp_path / "r.csv", {3: '"a"'}, separator))
    assert measured_mg(outcome) == MEASURED_MG
    assert f"r.csv: cells are separated by {name}" in notices_of(outcome)


def test_too_little_memory_is_an_error_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise MemoryError

    # By its name: the package's `meter_files` is the function.
    monkeypatch.setattr(sys.modules[meter_files.__module__], "open_meter", full)
    with pytest.raises(InputError, match=r"about 1\.6 kB") as caught:
        metered(written(tmp_path / "r.csv", csv_of(ENGLISH)))
    assert caught.value.where.endswith("r.csv")


# --- clocks ------------------------------------------------------------------------


def at_hours(path: Path, stamps: list[str]) -> Path:
    return written(path, csv_of(ENGLISH, [("A", stamp, "1", "1", "") for stamp in stamps]))


AUTUMN = ["2017-11-05 00:00", "2017-11-05 01:00", "2017-11-05 01:00", "2017-11-05 02:00"]
SPRING = ["2017-03-12 01:00", "2017-03-12 03:00", "2017-03-12 04:00"]


def test_the_doubled_hour_is_two_hours_where_the_zone_is_known(tmp_path: Path) -> None:
    outcome = metered(at_hours(tmp_path / "r.csv", AUTUMN), zone="America/New_York")
    assert outcome.sums[0, 2:].tolist() == [4, 0, 0, 0]
    assert any("daylight saving time ends" in notice for notice in notices_of(outcome))


def test_the_skipped_hour_is_no_gap_where_the_zone_is_known(tmp_path: Path) -> None:
    outcome = metered(at_hours(tmp_path / "r.csv", SPRING), zone="America/New_York")
    assert outcome.sums[0, 2:].tolist() == [3, 0, 0, 0]
    odd = metered(at_hours(tmp_path / "odd.csv", ["2017-03-12 02:00"]), zone="America/New_York")
    assert odd.reasons() == {RowReason.NO_SUCH_HOUR: 1}


def test_without_a_zone_local_times_are_taken_as_they_stand(tmp_path: Path) -> None:
    autumn = metered(at_hours(tmp_path / "a.csv", AUTUMN))
    assert autumn.reasons() == {RowReason.DUPLICATE: 1}
    assert metered(at_hours(tmp_path / "s.csv", SPRING)).sums[0, 2:].tolist() == [3, 1, 0, 0]


def test_times_with_their_distance_from_utc_need_no_zone(tmp_path: Path) -> None:
    stamps = ["2017-11-05 01:00-04:00", "2017-11-05 01:00-05:00", "2017-11-05 02:00-05:00"]
    outcome = metered(at_hours(tmp_path / "r.csv", stamps))
    assert outcome.sums[0, 2:].tolist() == [3, 0, 0, 0]
    assert any("-04:00, -05:00" in notice for notice in notices_of(outcome))


def test_a_zone_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Asia/Shanghai"):
        metered(at_hours(tmp_path / "r.csv", SPRING), zone="Zhejiang")


# --- cards -------------------------------------------------------------------------

CARDS = "card,firm,outlet,pollutant,annual_quota_t{more}\n"


def with_cards(tmp_path: Path, rows: str, more: str = "") -> MeterResult:
    cards = written(tmp_path / "cards.csv", CARDS.format(more=more) + rows)
    return metered(written(tmp_path / "r.csv", csv_of(ENGLISH)), cards=str(cards))


def test_cards_have_balances_and_events(tmp_path: Path) -> None:
    told = meter_object(with_cards(tmp_path, "C1,F1,A,cod,0.012\nC9,F9,Z,COD,1\n"))
    assert [(e["card"], e["at"], e["event"]) for e in told["events"]] == [
        ("C1", "2017-03-01 00:00", "open"),
        ("C1", "2017-03-01 01:00", "warned80"),
        ("C1", "2017-03-01 01:00", "warned90"),
        ("C1", "2017-03-01 01:00", "shut"),
    ]
    (balance,) = told["balances"]
    # 525,000 + 490,000 mg measured and their mean put in between.
    assert balance["charged_t"] == Decimal("0.0015225")
    assert balance["loaded_t"] == Decimal("0.001")
    assert balance["state"] == "shut"


def test_a_card_may_have_twelve_months_a_beginning_and_a_way_to_stop(tmp_path: Path) -> None:
    months = ",".join(f"month_{n:02d}" for n in range(1, 13))
    row = "C1,F1,A,COD,0.002,0,0,0.0002" + ",0" * 8 + ",0.0018,2017-03-01,curtail\n"
    told = meter_object(with_cards(tmp_path, row, f",{months},valid_from,stop"))
    assert told["balances"][0]["loaded_t"] == Decimal("0.0002")
    assert told["events"][-1]["event"] == "curtailed"


@pytest.mark.parametrize(
    ("rows", "more", "said"),
    [
        ("C1,F1,A,COD,1\nC2,F2,A,COD,1\n", "", "outlet A has two rows for COD"),
        ("C1,F1,A,COD,1\nC1,F1,B,COD,1\n", "", "card C1 has two rows for COD"),
        ("C1,F1,A,COD,\n", "", "the annual quota is - t"),
        ("C1,F1,A,COD,1,gate\n", ",stop", "not a stop mode"),
        ("C1,F1,A,COD,1,spring\n", ",valid_from", "'spring' is not a day"),
        ("C1,F1,A,COD,1,1 kt\n", ",potential_t", None),
        ("C1,F1,A,COD,1,10 kt\n", ",potential_t", "exceeds the metering range"),
    ],
)
def test_cards_that_cannot_be_used_are_named(
    tmp_path: Path, rows: str, more: str, said: str | None
) -> None:
    if said is None:
        assert with_cards(tmp_path, rows, more).cards[0].potential_mg == 10**12
        return
    with pytest.raises(ManyErrors, match=said):
        with_cards(tmp_path, rows, more)


# --- shares ------------------------------------------------------------------------


def test_shares_of_the_outlets_give_together_what_one_pass_gives(tmp_path: Path) -> None:
    rows = [
        (f"outlet-{o}", f"2017-03-{1 + n // 24:02d} {n % 24:02d}:00", str(o + n % 7), "50",
         "D" if (o * n) % 11 == 1 else "")
        for n in range(60) for o in range(9) if n < 50 + o
    ]  # fmt: skip
    rows[17] = ("", "2017-03-01 00:00", "1", "1", "")
    rows[30] = (rows[30][0], "when", "1", "1", "")
    cards = written(
        tmp_path / "cards.csv",
        CARDS.format(more="") + "".join(f"C{o},F,outlet-{o},COD,0.05\n" for o in range(9)),
    )
    file = written(tmp_path / "r.csv", csv_of(ENGLISH, rows))
    asked = Asked((str(file),), cards=str(cards), by="day", missing="conservative")
    whole, shares = meter_object(meter_files(asked)), meter_object(meter_in_shares(asked, 3))
    assert whole == shares
    assert whole["readings"] == len(rows) - 2


# --- US hours ----------------------------------------------------------------------

JULY, YEAR = "campd_sample/NC_CEM_2007_07.txt", "campd_sample/NC_2727_3.annual_raw.txt"
PAGE = Path(__file__).parents[3] / "docs" / "metering.md"


@pytest.mark.parametrize(
    ("name", "hours", "nox", "given", "so2"),
    [
        (JULY, 35_844, "10386539.4", "459061.9", "65496626.8"),
        (YEAR, 7_759, "10111655.0", "1387711.2", "15301363.2"),
    ],
)
def test_us_hours_give_the_masses_and_hours_that_were_counted(
    reference: Callable[[str], Path], name: str, hours: int, nox: str, given: str, so2: str
) -> None:
    """Totals of North Carolina, July 2007, and of unit 2727-3, all of 2007 [lb] [VOC-C15]."""
    told = meter_object(metered(reference(name)))
    us, totals = told["us"], told["totals"]
    tenth = Decimal("0.1")
    assert us["operating_h"] == totals["NOX"]["operating_h"] == hours
    assert us["NOX_lb"]["total"].quantize(tenth) == Decimal(nox)
    assert us["NOX_lb"]["substituted"].quantize(tenth) == Decimal(given)
    assert us["SO2_lb"]["total"].quantize(tenth) == Decimal(so2)
    exact = us["NOX_lb"]["substituted"] * Decimal("453592.37")
    put_in = totals["NOX"]["substituted_t"] * 10**9
    assert abs(put_in - exact) <= totals["NOX"]["substituted_h"] / Decimal(2)


def test_the_rules_side_by_side_are_as_the_page_says(reference: Callable[[str], Path]) -> None:
    """Unit 2727-3, 2007: NOx put in for the 605 hours that its operator substituted."""
    lines = []
    for rule in (None, "none", "hjt75_2007", "hj75_2017", "part75", "conservative"):
        sums = meter_object(metered(reference(YEAR), missing=rule))["totals"]["NOX"]
        mean = sums["substituted_t"] * 1000 / max(sums["substituted_h"], 1)
        lines.append(
            f"| {rule or 'as reported'} | {sums['emitted_t']:.3f} | {sums['substituted_t']:.3f} "
            f"| {sums['substituted_h']} | {sums['unfilled_h']} | {mean:.1f} |"
        )
    page = PAGE.read_text(encoding="utf-8")
    assert [line for line in lines if line not in page] == []


def test_a_small_us_file_needs_no_reference(tmp_path: Path) -> None:
    rows = [
        '1,"U1","070701",0,2.5,10,.1,1,9,-9,9,1,2,1,1,-9',
        '1,"U1","070701",1,4,10,.1,1,9,-9,9,1,2,3,1,-9',
        '1,"U1","070701",2,-9,-9,-9,0,-9,-9,-9,,,,,-9',
        '1,"U1","070799",3,1,1,.1,1,9,-9,9,1,2,1,1,-9',
        "1,U1",
    ]
    outcome = metered(written(tmp_path / "us.txt", "\n".join(rows) + "\n"))
    told = meter_object(outcome)
    assert told["us"] == {
        "operating_h": 2,
        "NOX_lb": {"total": Decimal("6.5"), "substituted": Decimal(4)},
        "SO2_lb": {"total": Decimal(20), "substituted": Decimal(0)},
    }
    assert told["totals"]["NOX"]["emitted_t"] == Decimal("0.001133981")  # 1,133,980.925 mg
    assert told["totals"]["NOX"]["substituted_t"] == Decimal("0.001814369")
    assert told["reasons"] == {"unreadable": 2}


@pytest.mark.parametrize(
    ("pounds", "hours", "total"),
    [("0.0004", 744, "0.2976"), ("0.0006", 744, "0.4464"), ("100.12345", 3, "300.37035"),
     ("1E-7", 3, "0.0000003")],
)  # fmt: skip
def test_sums_in_pounds_are_exact_whatever_their_decimals(
    tmp_path: Path, pounds: str, hours: int, total: str
) -> None:
    rows = [
        f"100,1,2001{1 + n // 24:02d},{n % 24},{pounds},-9,0.1,1,50,-9,500,1,,1,1,-9"
        for n in range(hours)
    ]
    told = meter_object(metered(written(tmp_path / "us.txt", "\n".join(rows) + "\n")))
    assert told["us"]["NOX_lb"]["total"] == Decimal(total)
    each_mg = (Decimal(pounds) * Decimal("453592.37")).to_integral_value()
    assert told["totals"]["NOX"]["emitted_t"] == each_mg * hours / 10**9


CAMPD = (
    '"State","Facility Name","Facility ID","Unit ID","Date","Hour","Operating Time",'
    '"SO2 Mass (lbs)","SO2 Mass Measure Indicator","NOx Mass (lbs)","NOx Mass Measure Indicator"\n'
)


def test_todays_table_of_the_us_programmes_is_read_by_its_headings(tmp_path: Path) -> None:
    rows = [
        '"NC","Plant, A","100","1","2020-01-01","0","1","10","Measured","2.5","Substitute"',
        '"NC","Plant, A","100","1","2020-01-01","1","0.25","20","Measured and Substitute","4",""',
        '"NC","Plant, A","100","1","2020-01-01","2","0","","","",""',
        '"NC","Plant, A","100","1","2020-01-01","3","1","1","Guessed","1","Measured"',
        '"NC","Plant, A","100","1","01/01/2020","4","1","1","Measured","1","Measured"',
    ]
    outcome = metered(written(tmp_path / "c.csv", CAMPD + "\n".join(rows) + "\n", "utf-8-sig"))
    told = meter_object(outcome)
    assert outcome.names == ["100-1"]
    assert told["us"]["NOX_lb"] == {"total": Decimal("7.5"), "substituted": Decimal("2.5")}
    assert told["totals"]["SO2"]["emitted_t"] == Decimal("0.013607771")  # 30 lb, in two hours
    assert told["totals"]["SO2"]["stopped_h"] == 1
    assert [(row["row"], row["reason"]) for row in told["quarantine"]] == [
        (5, "unknown_flag"),
        (6, "unreadable"),
    ]


def test_units_that_differ_by_leading_zeros_only_are_told(tmp_path: Path) -> None:
    rows = [f"100,{unit},200101,0,1,1,.1,1,9,-9,9,1,,1,1,-9" for unit in ("001", "1", "2", "10")]
    outcome = metered(written(tmp_path / "us.txt", "\n".join(rows) + "\n"))
    (told,) = [notice for notice in notices_of(outcome) if "leading zeros" in notice]
    assert told.endswith(": 100-001, 100-1")


def test_outlets_that_look_alike_are_told(tmp_path: Path) -> None:
    rows = [f"{name},2018-01-01 0{h}:00,10,50,N" for h, name in enumerate(("D1", "D1\u200b", "D2"))]
    head = "outlet,at,volume_m3,COD_mg_per_l,flag\n"
    said = notices_of(metered(written(tmp_path / "r.csv", head + "\n".join(rows) + "\n")))
    assert "r.csv: 'D1' and 'D1\\u200b' in outlet look alike, and were read as two" in said


def test_a_quotation_mark_in_a_us_file_swallows_nothing(tmp_path: Path) -> None:
    rows = [f"100,1,200101,{h},1,1,.1,1,9,-9,9,1,,1,1,-9" for h in range(9)]
    rows[3] = rows[3].replace("100,1,", '100,"1,')
    (mistake,) = metered(written(tmp_path / "us.txt", "\n".join(rows) + "\n")).mistakes
    assert "opens in row 4" in str(mistake)
