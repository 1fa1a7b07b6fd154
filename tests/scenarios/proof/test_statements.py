"""Statements add up to the journal, milligram by milligram, in both languages and forms."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from permits.account import escrow, expired, holding, issued, pledged, reserve, used
from permits.accounts import (
    PostingNote,
    allocate,
    buy_back,
    contribute,
    grant,
    level_of,
    recover,
    retire,
    sell,
    withhold,
)
from permits.accounts.account_record import KEPT
from permits.errors import InputError, Overdraw
from permits.ledger import Entry, Ledger, Reason, move
from permits.right import FREE, Right
from scenarios.proof.statements import KEYS, TITLES, make_statement, state_run, write_statement
from scenarios.results.result import RunResult
from scenarios.results.stores.run_journal import write_journal
from scenarios.text import chinese, set_language

Sample = Callable[..., RunResult]
COUNTY, CITY, PROVINCE = "county:Haining", "city:Jiaxing", "province:Zhejiang"
T = 10**9
DAY = date(2018, 1, 15)


def right(vintage: int, series: str = "paid") -> Right:
    return Right("COD", "Taihu", vintage, series)


def step(kind: int, mass: int, vintage: int, note: PostingNote) -> Entry:
    paid, free = [right(vintage)], [right(vintage, FREE)]
    made = (
        lambda: allocate("F1", free, mass, note, issuer=PROVINCE),
        lambda: withhold(COUNTY, paid, mass, note, issuer=PROVINCE),
        lambda: sell(COUNTY, "F1", paid, mass, 0, note),
        lambda: buy_back("F1", COUNTY, paid, mass, 0, note),
        lambda: recover("F1", COUNTY, free, mass, note, issuer=PROVINCE),
        lambda: contribute(COUNTY, CITY, paid, mass, note),
        lambda: grant(CITY, COUNTY, paid, mass, note),
        lambda: retire(COUNTY, paid, mass, note, as_="target"),
        lambda: _moved(note, Reason.SWIPE, holding("F1"), used("F1"), free[0], mass),
        lambda: _moved(note, Reason.OFFER, holding("F1"), escrow("F1"), paid[0], mass),
        lambda: _moved(note, Reason.PLEDGE, holding("F1"), pledged("F1"), paid[0], mass),
        lambda: _moved(note, Reason.TRADE, escrow("F1"), holding("F2"), paid[0], mass),
        lambda: _moved(note, Reason.EXPIRE, holding("F1"), expired("F1"), free[0], mass),
    )
    return made[kind]()


def _moved(note: PostingNote, reason: Reason, *ends: Any) -> Entry:
    return Entry(note.id, note.on, reason, move(*ends), note.why)


STEPS = st.lists(
    st.tuples(
        st.integers(0, 12), st.integers(1, 9), st.integers(2018, 2019), st.integers(0, 60)
    ),
    max_size=40,
)  # fmt: skip


def posted(steps: Sequence[tuple[int, int, int, int]]) -> Ledger:
    """What of the steps the ledger takes, on days that never go back."""
    ledger, on = Ledger(), DAY
    for vintage in (2018, 2019):
        ledger.post(step(0, 9, vintage, PostingNote(f"free/{vintage}", on)))
        ledger.post(step(1, 9, vintage, PostingNote(f"reserve/{vintage}", on)))
    for number, (kind, mass, vintage, days) in enumerate(steps):
        on += timedelta(days=days)
        try:
            ledger.post(step(kind, mass, vintage, PostingNote(f"e{number}", on)))
        except Overdraw:
            continue
    return ledger


@given(STEPS, st.sampled_from(["month", "year"]))
def test_every_closing_balance_is_that_of_the_journal_posted_to_the_end_of_the_period(
    steps: list[tuple[int, int, int, int]], by: Any
) -> None:
    """And opening + in − out = closing, and the next opening is this closing."""
    ledger = posted(steps)
    rows = list(make_statement(ledger.journal, by=by).table.dicts())
    before: dict[tuple[str, int], int] = {}
    for row in rows:
        key = row["account"], row["vintage"]
        ins, outs = (_sum(row, side) for side in ("in_", "out_"))
        assert (ins, outs) == (row["in_all_t"], row["out_all_t"])
        assert row["opening_t"] == before.get(key, 0)
        assert row["closing_t"] == row["opening_t"] + ins - outs
        before[key] = row["closing_t"]
        until = [entry for entry in ledger.journal if entry.on.isoformat()[:7] <= row["period"]]
        if by == "year":
            until = [e for e in ledger.journal if str(e.on.year) <= row["period"]]
        assert row["closing_t"] == _held(until, *key)
    for owner, vintage in {(a.owner, x.vintage) for a, x, _ in ledger.balances()}:
        assert before.get((owner, vintage), 0) == _held(ledger.journal, owner, vintage)


def _sum(row: dict[str, Any], side: str) -> int:
    return sum(v for name, v in row.items() if name.startswith(side) and name != f"{side}all_t")


def _held(journal: Sequence[Entry], owner: str, vintage: int) -> int:
    return sum(
        leg.delta
        for entry in journal
        for leg in entry.legs
        if leg.account.owner == owner
        and leg.account.pocket in KEPT
        and isinstance(leg.asset, Right)
        and leg.asset.vintage == vintage
    )


def test_a_year_is_its_months_added_up() -> None:
    ledger = posted([(2, 4, 2018, 40), (3, 2, 2018, 40), (5, 5, 2018, 300)])
    months, years = (
        [row for row in _rows(ledger, by) if row["vintage"] == 2018] for by in ("month", "year")
    )
    assert [row["period"] for row in years] == ["2018", "2019"]
    assert len(months) == 13
    for name in ("in_withhold_t", "out_sale_t", "in_buyback_t", "out_contribute_t"):
        for row in years:
            mine = [m[name] for m in months if m["period"][:4] == row["period"]]
            assert row[name] == sum(mine)
    assert [row["closing_t"] for row in years] == [7, 2]


def _rows(ledger: Ledger, by: Any) -> Iterator[dict[str, Any]]:
    return make_statement(ledger.journal, account=COUNTY, by=by).table.dicts()


def test_moves_between_an_owner_s_pockets_are_no_flow() -> None:
    entries = [
        allocate("F1", [right(2018)], 9, PostingNote("a", DAY), issuer=PROVINCE),
        _moved(PostingNote("b", DAY), Reason.OFFER, holding("F1"), escrow("F1"), right(2018), 4),
        _moved(PostingNote("c", DAY), Reason.PLEDGE, holding("F1"), pledged("F1"), right(2018), 3),
    ]
    (row,) = make_statement(entries).table.dicts()
    assert (row["in_all_t"], row["out_all_t"], row["closing_t"]) == (9, 0, 9)
    assert [name for name in row if name.startswith("out_")] == ["out_all_t"]


def test_rights_issued_into_a_reserve_are_withheld_ones_and_a_bank_has_no_statement() -> None:
    legs = (
        *move(issued(PROVINCE), holding("F1"), right(2018), 9),
        *move(issued(PROVINCE), escrow("bank:B"), right(2018), 1),
        *move(issued(PROVINCE), reserve(COUNTY), right(2018), 2),
    )
    rows = list(make_statement([Entry("a", DAY, Reason.ISSUE, legs)]).table.dicts())
    assert [(r["account"], r["in_issue_t"], r["in_withhold_t"]) for r in rows] == [
        ("F1", 9, 0), (COUNTY, 0, 2),
    ]  # fmt: skip


# --- from a run's folder ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(sample_result: Sample, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The journal of the sample run, with what a statement reads beside it."""
    folder, result = tmp_path_factory.mktemp("statement"), sample_result()
    (folder / "summary.json").write_text("{}", encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps({"labels": result.labels}), encoding="utf-8")
    write_journal(folder / "run.sqlite", result.journal, (), {})
    return folder


@pytest.fixture
def in_chinese() -> Iterator[None]:
    set_language("zh")
    yield
    set_language("en")


def test_the_statements_of_all_levels_add_up_to_the_run_s_journal(
    run: Path, sample_result: Sample
) -> None:
    total = dict.fromkeys(("firm", "county"), 0)
    for level in total:
        rows = state_run(run, level=level, by="year").table.dicts()
        total[level] = sum(row["closing_t"] for row in rows)
    journal = sample_result().journal
    held = dict.fromkeys(total, 0)
    for entry in journal:
        for leg in entry.legs:
            if isinstance(leg.asset, Right) and leg.account.pocket in KEPT:
                held[level_of(leg.account.owner).value] += leg.delta
    assert total == held


def test_files_carry_every_milligram_with_words_as_headings_in_chinese(
    run: Path, tmp_path: Path, in_chinese: None
) -> None:
    statement = state_run(run, account="F001", by="month")
    files = write_statement(statement, run, tmp_path / "out")
    assert [file.name for file in files] == ["statement.csv", "statement.xlsx"]
    with files[0].open(encoding="utf-8-sig", newline="") as file:
        heads, *rows = list(csv.reader(file))
    assert heads[:3] == ["账户", "层级", "期间"]
    assert heads[-1] == "期末余额，吨"
    assert rows[0][1] == "企业"
    closing = statement.table.column("closing_t")
    assert [Decimal(row[-1]) * T for row in rows] == closing
    sheet = load_workbook(files[1])["排污权基本账户收支表"]
    told = list(sheet.iter_rows(values_only=True))
    assert list(told[0]) == heads
    assert [round(line[-1] * T) for line in told[1:]] == closing


def test_files_in_english_have_the_columns_names(run: Path, tmp_path: Path) -> None:
    (file,) = write_statement(state_run(run, account="F001"), run, tmp_path / "mine.csv")
    head = file.read_text(encoding="utf-8-sig").splitlines()[0].split(",")
    assert head[:7] == [name for name, _, _ in KEYS]
    assert head[-1] == "closing_t"


def test_every_heading_has_its_chinese() -> None:
    known = chinese()
    spoken = {*TITLES.values(), *(title for _, _, title in KEYS)}
    spoken |= {"In: total, t", "Out: total, t", "Closing balance, t", "Statement of basic accounts"}
    assert spoken - set(known) == set()


def test_what_cannot_be_stated_is_said(run: Path, tmp_path: Path) -> None:
    for asked, words in (
        ({}, "either one account or one level"),
        ({"account": "F001", "level": "firm"}, "either one account or one level"),
        ({"level": "village"}, "unknown level village"),
        ({"level": "province"}, r"of the level province \[--level\]. this run has: firm, county"),
        ({"account": "F999"}, "no rights were ever posted for F999"),
        ({"account": "bank:B"}, "no rights were ever posted for bank:B"),
    ):
        with pytest.raises(InputError, match=words):
            state_run(run, **asked)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_statement(state_run(run, account="F001"), run, tmp_path / "file" / "x.csv")


def test_the_command_prints_json_writes_files_and_refuses_a_week(
    run: Path, run_cli: Callable[..., Any], tmp_path: Path
) -> None:
    told = run_cli("statement", run, "--account", "F001", "--by", "year", "--json")
    assert told.code == 0, told.err
    rows = json.loads(told.out, parse_float=Decimal)["rows"]
    expected = state_run(run, account="F001", by="year").table.column("closing_t")
    assert [Decimal(row["closing_t"]) * T for row in rows] == expected
    wrong = run_cli("statement", run, "--level", "firm", "--by", "week")
    assert (wrong.code, "--by month or --by year" in wrong.err) == (2, True)
    wrote = run_cli(
        "statement", run, "--level", "county", "--out", tmp_path / "s.xlsx", "--lang", "zh"
    )
    assert wrote.code == 0, wrote.err
    assert (tmp_path / "s.xlsx").is_file()
