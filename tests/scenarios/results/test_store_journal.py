"""The journal in SQLite: what was posted comes back, and fast."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from permits.account import holding, issued
from permits.errors import InputError
from permits.ledger import Entry, Reason, move, replay
from permits.right import Right
from scenarios.results.result import RunResult
from scenarios.results.stores.run_journal import (
    FIRST,
    chain,
    read_balances,
    read_events,
    read_journal,
    read_meta,
    write_journal,
)

Sample = Callable[..., RunResult]


def test_entries_events_and_balances_come_back_as_they_went_in(
    sample_result: Sample, tmp_path: Path
) -> None:
    result = sample_result()
    ledger = replay(result.journal)
    path = tmp_path / "run.sqlite"
    head = write_journal(path, result.journal, result.events, {"scenario": "x", "seed": "7"})
    assert tuple(read_journal(path)) == result.journal
    assert tuple(read_events(path)) == result.events
    assert read_balances(path) == {(str(a), str(x)): b for a, x, b in ledger.balances()}
    meta = read_meta(path)
    assert (meta["scenario"], meta["seed"]) == ("x", "7")
    assert (meta["entries"], meta["head"]) == (str(head.entries), head.hash)


def test_the_hash_of_an_entry_depends_on_all_before_it(sample_result: Sample) -> None:
    journal = sample_result().journal
    whole = [row.hash for row in chain(journal)]
    assert [row.hash for row in chain(journal[:10])] == whole[:10]
    assert [row.hash for row in chain(journal[1:10])] != whole[1:10]
    assert next(chain(journal)).digest(FIRST) == whole[0]


def test_an_empty_journal_is_written_and_read(tmp_path: Path) -> None:
    head = write_journal(tmp_path / "run.sqlite", (), (), {})
    assert (head.entries, head.hash) == (0, FIRST)
    assert read_journal(tmp_path / "run.sqlite") == []


@pytest.mark.parametrize("content", [None, b"not a database at all, but long enough to be one"])
def test_what_is_no_journal_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "run.sqlite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"run\.sqlite is not the journal|no journal of a run"):
        read_journal(path)


def test_forty_thousand_entries_are_written_in_a_few_seconds(tmp_path: Path) -> None:
    right = Right("VOC", "Zhejiang", 2017)
    journal = [
        Entry(f"e{n}", date(2017, 1, 1) + timedelta(n % 365), Reason.ISSUE,
              move(issued("province"), holding(f"F{n % 900:03d}"), right, n + 1), "a rule")
        for n in range(40_000)
    ]  # fmt: skip
    before = time.process_time()
    write_journal(tmp_path / "run.sqlite", journal, (), {})
    # Measured 0.7 s; the bound leaves room for a slow machine.
    assert time.process_time() - before < 4
