"""Statements of basic accounts by month or year, from the journal of a run.

A line is one account, pollutant, zone and vintage in one period: opening balance, flows in
and out by reason, and closing balance. The balance is what the owner may use or transfer: a
firm's free, pledged, offered and leased-in rights, a government's reserve.
Moves between these pockets are not flows. Every period from the first entry of the journal to
the last has its line, so that one line's closing balance is the next one's opening balance.
An entry counts in the period of its date.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from permits.accounts import Level, is_government, level_of
from permits.accounts.account_record import KEPT
from permits.errors import InputError, NotAllowed
from permits.ledger import Entry, Reason
from permits.quantity import MG_PER_T, fmt_t
from permits.right import Right
from scenarios.proof.owners import level_meant, owner_meant
from scenarios.results.column import Column, Kind, TableSpec
from scenarios.results.formatting import Labels, grouped, heading, name, places_for, word, word_text
from scenarios.results.result import Table
from scenarios.results.stores.csv_tables import csv_bytes
from scenarios.results.stores.folder import JOURNAL, new_folder
from scenarios.results.stores.read import read_labels, read_summary
from scenarios.results.stores.run_journal import read_journal
from scenarios.results.stores.single_file import write_single
from scenarios.results.stores.workbook import MAX_ROWS, write_sheets
from scenarios.text import language, t

By = Literal["month", "year"]

TITLES = {
    "in_issue": "In: initial allocation, t",
    "in_withhold": "In: withheld at allocation, t",
    "in_recover": "In: taken back free of charge, t",
    "in_buyback": "In: bought back, t",
    "in_funded": "In: reductions paid by government, t",
    "in_contribute": "In: from a lower level, t",
    "in_grant": "In: from a higher level, t",
    "in_lease": "In: leased, t",
    "in_lease_end": "In: leases returned, t",
    "in_sale": "In: bought from government, t",
    "in_trade": "In: bought from firms, t",
    "in_reward": "In: reward, t",
    "in_convert": "In: exchanged, t",
    "in_default": "In: from a loan in default, t",
    "in_release": "In: collateral returned, t",
    "in_give_up": "In: handed in, t",
    "in_correct": "In: corrections, t",
    "out_issue": "Out: allocation taken back, t",
    "out_sale": "Out: sold by government, t",
    "out_trade": "Out: sold to firms, t",
    "out_lease": "Out: leased out, t",
    "out_lease_end": "Out: leases given back, t",
    "out_contribute": "Out: to a higher level, t",
    "out_grant": "Out: to a lower level, t",
    "out_replace": "Out: retired by replacement, t",
    "out_target": "Out: retired for the target, t",
    "out_reward": "Out: reward to firms, t",
    "out_buyback": "Out: bought back by government, t",
    "out_recover": "Out: taken back free of charge, t",
    "out_funded": "Out: reductions paid by government, t",
    "out_give_up": "Out: handed in, t",
    "out_swipe": "Out: used, t",
    "out_convert": "Out: exchanged, t",
    "out_default": "Out: collateral in default, t",
    "out_release": "Out: collateral returned, t",
    "out_expire": "Out: expired, t",
    "out_true_up": "Out: surrendered, t",
    "out_correct": "Out: corrections, t",
}
"""Kinds of flow in the order of their columns; others follow under their own name."""

KEYS: tuple[tuple[str, Kind, str], ...] = (
    ("account", "text", "Account"),
    ("level", "text", "Level"),
    ("period", "text", "Period"),
    ("pollutant", "text", "Pollutant"),
    ("zone", "text", "Zone"),
    ("vintage", "count", "Vintage"),
    ("opening_t", "mass", "Opening balance, t"),
)

Line = tuple[str, Right]
"""Owner and right; the series of the right is ignored."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as a table: one line per account, pollutant, zone, vintage and period."""

    table: Table

    def shown(self, labels: Labels | None = None) -> tuple[list[str], list[tuple[str, ...]]]:
        """Headings and cells as text, in the language in force; names for ids in Chinese."""
        return [heading(column) for column in self.columns], [
            tuple(_said_row(row, self.columns, labels or {})) for row in self.table.rows
        ]

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.table.spec.columns

    def as_dict(self) -> dict[str, Any]:
        """For `--json`: rows with a column's name for each value, masses in t."""
        return {
            "rows": [
                {
                    column.name: Decimal(fmt_t(value)) if column.kind == "mass" else value
                    for value, column in zip(row, self.columns, strict=True)
                }
                for row in self.table.rows
            ]
        }


def state_run(
    run: Path, *, account: str | None = None, level: str | None = None, by: By = "month"
) -> Statement:
    """The statement of one account of a run, or of every account of a level.

    Args:
        run: folder of the run.
        account: owner of the account, such as `F003`.
        level: level of the accounts, such as `firm`.
        by: `month` or `year`.
    Raises: InputError if the folder is not a run with a simulated year, if neither or both
        of account and level are given, or if nothing was ever posted for them.
    """
    read_summary(run)
    if (account is None) == (level is None):
        raise InputError(
            "statement.whose",
            "a statement covers either one account or one level",
            where="--account, --level",
            mend="give one of --account and --level",
        )
    level = level if level is None else level_meant(level)
    if level is not None and level not in tuple(Level):
        raise InputError(
            "statement.level",
            "unknown level {level}",
            where="--level",
            mend="name one of: {known}",
            level=level,
            known=", ".join(Level),
        )
    journal, labels = read_journal(run / JOURNAL), read_labels(run)
    if account is not None:
        account = owner_meant(account, sorted(set(_owners(journal))), labels)
    statement = make_statement(journal, account=account, level=level, by=by)
    if not statement.table.rows:
        raise (
            _no_level(journal, level) if account is None else _no_account(journal, account, labels)
        )
    return statement


def _no_level(journal: Sequence[Entry], level: str | None) -> InputError:
    there = {level_of(owner).value for owner in _owners(journal)}
    known = [one.value for one in Level if one.value in there]
    return InputError(
        "statement.no_level",
        "this run has no accounts of the level {level}",
        where="--level",
        mend="this run has: {known}",
        level=_level_word(level or ""),
        known=", ".join(map(_level_word, known)),
    )


def _level_word(level: str) -> str:
    return word(level) if language() == "zh" else level


def _no_account(journal: Sequence[Entry], account: str, labels: Labels) -> InputError:
    return InputError(
        "statement.empty",
        "no rights were ever posted for {whom}",
        where="--account",
        mend="accounts with rights: {known}",
        whom=account,
        known=_some(_spelled(_owners(journal), labels)),
    )


def make_statement(
    journal: Sequence[Entry],
    *,
    account: str | None = None,
    level: str | None = None,
    by: By = "month",
) -> Statement:
    """The statement from the entries of a journal.

    Args:
        journal: the entries, in order.
        account: owner of the account; `None` for any.
        level: level of the accounts; `None` for any.
        by: `month` or `year`.
    """
    flows = _flows(journal, account, level, by)
    periods = _periods([entry.on for entry in journal], by)
    kinds = _kinds(key for moved in flows.values() for period in moved.values() for key in period)
    rows = chain.from_iterable(
        _lines(line, moved, periods, kinds) for line, moved in sorted(flows.items())
    )
    return Statement(Table(_spec(kinds), tuple(rows)))


def write_statement(
    statement: Statement, run: Path, out: Path, *, force: bool = False
) -> list[Path]:
    """Write the statement as a .csv or .xlsx file, else as both into a folder.

    In Chinese its headings are words; masses carry every milligram.

    Args:
        statement: the statement.
        run: folder of the run, for the labels of the workbook.
        out: the file or folder.
        force: replace an earlier file or folder.
    Returns: the files written.
    Raises: InputError if it exists (without `force`), lies in the run, if the disk refuses, or
        a sheet would be too long.
    """
    one = out.suffix.lower() in (".csv", ".xlsx")
    files = [out] if one else [out / "statement.csv", out / "statement.xlsx"]
    if len(statement.table.rows) > MAX_ROWS and files[-1].suffix.lower() == ".xlsx":
        raise InputError(
            "statement.long",
            "{rows} lines are too many for one sheet",
            where="--out",
            mend="use --by year or a single account, or write a .csv file",
            rows=f"{len(statement.table.rows):,}",
        )
    if one:
        write_single(
            out, partial(_write, statement, run, kind=out.suffix.lower()), force=force, inputs=[run]
        )
        return files
    with new_folder(out, force=force, inputs=[run], about={"kind": "statement"}) as part:
        for file in files:
            _write(statement, run, part / file.name)
    return files


Flow = dict[str, int]
Moved = dict[str, Flow]
"""By period, by kind [mg]."""


def _flows(
    journal: Iterable[Entry], account: str | None, level: str | None, by: By
) -> dict[Line, Moved]:
    """Net flows of the accounts asked for: by line, period and kind."""
    found: dict[Line, Moved] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    wanted: dict[str, bool] = {}
    for entry in journal:
        period = _period(entry.on, by)
        for line, net in _net(entry).items():
            owner = line[0]
            if owner not in wanted:
                wanted[owner] = _is_wanted(owner, account, level)
            if wanted[owner] and net:
                found[line][period][_kind(entry.reason, owner, net)] += abs(net)
    return found


def _net(entry: Entry) -> dict[Line, int]:
    """Net change of each line by an entry, over the pockets of its balance [mg]."""
    net: dict[Line, int] = defaultdict(int)
    for leg in entry.legs:
        right = leg.asset
        if isinstance(right, Right) and leg.account.pocket in KEPT:
            line = leg.account.owner, Right(right.pollutant, right.zone, right.vintage, "")
            net[line] += leg.delta
    return net


def _kind(reason: Reason, owner: str, net: int) -> str:
    if reason is Reason.ISSUE and net > 0 and is_government(owner):
        reason = Reason.WITHHOLD  # older runs issue to a reserve and a firm in one entry
    return f"{'in' if net > 0 else 'out'}_{reason.value}"


def _is_wanted(owner: str, account: str | None, level: str | None) -> bool:
    try:
        found = level_of(owner)
    except NotAllowed:
        return False
    return account in (None, owner) and level in (None, found.value)


def _lines(
    line: Line, moved: Mapping[str, Flow], periods: Sequence[str], kinds: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    owner, right = line
    level = level_of(owner).value
    opening = 0
    for period in periods:
        flow: Mapping[str, int] = moved.get(period, {})
        ins = [flow.get(kind, 0) for kind in kinds if kind.startswith("in_")]
        outs = [flow.get(kind, 0) for kind in kinds if kind.startswith("out_")]
        closing = opening + sum(ins) - sum(outs)
        yield (
            owner, level, period, right.pollutant, right.zone, right.vintage, opening,
            *ins, sum(ins), *outs, sum(outs), closing,
        )  # fmt: skip
        opening = closing


def _kinds(named: Iterable[str]) -> tuple[str, ...]:
    """The kinds that occur, in the order of their columns: in, then out."""
    there = dict.fromkeys(named)
    known = [kind for kind in TITLES if kind in there]
    known += sorted(kind for kind in there if kind not in TITLES)
    # A stable sort: within in and out the order of the columns stays.
    return tuple(sorted(known, key=lambda kind: kind.startswith("out_")))


def _spec(kinds: Sequence[str]) -> TableSpec:
    def columns(side: str, total: str) -> list[tuple[str, Kind, str]]:
        own = [kind for kind in kinds if kind.startswith(side)]
        return [(f"{k}_t", "mass", TITLES.get(k, k)) for k in own] + [
            (f"{side}all_t", "mass", total)
        ]

    given = [
        *KEYS,
        *columns("in_", "In: total, t"),
        *columns("out_", "Out: total, t"),
        ("closing_t", "mass", "Closing balance, t"),
    ]
    title = "Statement of basic accounts"
    return TableSpec("statement", title, "year", tuple(Column(*one) for one in given))


def _periods(days: Sequence[date], by: By) -> tuple[str, ...]:
    """Every month or year from the first day to the last."""
    if not days:
        return ()
    first, last = min(days), max(days)
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return tuple(dict.fromkeys(_period(date(m // 12, m % 12 + 1, 1), by) for m in months))


def _period(on: date, by: By) -> str:
    return on.isoformat()[: 4 if by == "year" else 7]


def _heads(spec: TableSpec) -> list[str]:
    """Column names for programs in English; headings for people in Chinese."""
    if language() == "en":
        return [column.name for column in spec.columns]
    return [heading(column) for column in spec.columns]


def _said_row(row: Sequence[Any], columns: Sequence[Column], labels: Labels) -> Iterator[str]:
    """The cells of a line as text, its masses with the same number of decimals."""
    masses = [value for value, column in zip(row, columns, strict=True) if column.kind == "mass"]
    places = max(3, places_for(masses, "mass"))
    for value, column in zip(row, columns, strict=True):
        yield _said(value, column, places, labels)


def _said(value: Any, column: Column, places: int, labels: Labels) -> str:
    if column.kind == "mass":
        said = grouped(value, MG_PER_T, places)
        # A remainder of some milligrams must not read as nothing: lines add up exactly.
        return f"<{10**-places:.{places}f}" if value and not said.strip("-0.,") else said
    if column.kind == "text" and language() == "zh":
        return word_text(value, column, labels)
    return word(value) if column.name == "level" else str(value)


def _write(statement: Statement, run: Path, file: Path, kind: str = "") -> None:
    if (kind or file.suffix.lower()) == ".csv":
        table = statement.table
        file.write_bytes(csv_bytes(_in_words(table), heads=_heads(table.spec)))
    else:
        _write_sheet(statement, run, file)


def _write_sheet(statement: Statement, run: Path, file: Path) -> None:
    table = statement.table
    write_sheets([table], file, title=t(table.spec.title), labels=read_labels(run))


def _in_words(table: Table) -> Table:
    """The table with its levels in words if its headings are in words."""
    if language() == "en":
        return table
    rows = tuple((owner, word(level), *rest) for owner, level, *rest in table.rows)
    return Table(table.spec, rows)


def _owners(journal: Iterable[Entry]) -> Iterator[str]:
    """Owners whose accounts have entries."""
    for entry in journal:
        yield from (owner for owner, _ in _net(entry) if _is_wanted(owner, None, None))


def _spelled(owners: Iterable[str], labels: Labels) -> Iterator[str]:
    """Owners as they may be typed: in Chinese by name."""
    yield from (name(owner, labels) if language() == "zh" else owner for owner in owners)


def _some(names: Iterable[str], most: int = 8) -> str:  # about a line of text (assumed)
    found = list(dict.fromkeys(sorted(set(names))))
    return ", ".join(found[:most]) + (" …" if len(found) > most else "")
