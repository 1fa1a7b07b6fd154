"""Proof that a run's journal is whole and explains every balance and total told of it.

The chain of hashes shows a changed, missing or moved row and which one; posting the
journal again shows what the rules of the ledger forbid; balances, summary, tables and
manifest are then held to what the journal gives.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from permits.errors import InputError, RightsError
from permits.invariants import Violation, find_violations, issued_mg
from permits.ledger import Entry, Ledger
from permits.quantity import MG_PER_T, fmt_t, fmt_yuan
from permits.right import Money, parse_asset
from scenarios.stores.folder import JOURNAL, TABLES_FOLDER
from scenarios.stores.read import journal_path, read_manifest, read_summary, read_table
from scenarios.stores.sqlite import (
    FIRST,
    Row,
    events_digest,
    read_balances,
    read_event_rows,
    read_meta,
    read_rows,
)
from scenarios.text import t

MOST_BALANCES = 10
"""Differences of balances told one by one; one wrong entry can move many."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was looked at, and what does not hold."""

    run: Path
    entries: int
    files: int
    violations: tuple[Violation, ...]

    @property
    def ok(self) -> bool:
        return not self.violations

    def lines(self) -> list[str]:
        """One line a violation, in the language in force; one line of praise without any."""
        if self.ok:
            return [
                t(
                    "{entries} entries and {files} files agree: nothing is wrong",
                    entries=f"{self.entries:,}",
                    files=self.files,
                )
            ]
        return [_said(violation) for violation in self.violations]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "ok": self.ok,
            "entries": self.entries,
            "files": self.files,
            "violations": [
                {"code": v.code, "where": v.where, "text": _said(v)} for v in self.violations
            ],
        }


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """The state of every account after so many entries."""

    entries: int  # replayed
    of: int  # in the journal
    balances: tuple[tuple[str, str, str], ...]  # account, asset, amount in t or yuan
    equal: bool | None  # to the stored balances; None before the end

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "entries": self.entries,
            "of": self.of,
            "equal_to_stored": self.equal,
            "balances": [
                {"account": account, "asset": asset, "balance": Decimal(amount)}
                for account, asset, amount in self.balances
            ],
        }


def audit_run(run: Path) -> AuditReport:
    """Check everything in the folder of a run.

    Raises: InputError where the folder is not a run.
    """
    summary, manifest = read_summary(run), read_manifest(run)
    found = list(_find_in_files(run, manifest))
    found += _find_in_tables(run, summary)
    path, rows = journal_path(run), []
    if path is not None:
        rows = read_rows(path)
        meta = read_meta(path)
        found += _find_in_chain(rows, meta, manifest.get("journal", {}))
        if events_digest(read_event_rows(path)) != meta.get("events_sha256"):
            found.append(
                Violation("audit.events", "the events are not as the run wrote them", str(path))
            )
        ledger, faults = _repost(rows)
        found += faults
        found += find_violations(ledger) if not faults else []
        found += _find_in_balances(ledger, read_balances(path))
        found += _find_in_totals(ledger, rows, summary)
    elif "journal" in manifest:
        found.append(Violation("audit.no_journal", "the journal is missing", str(run)))
    return AuditReport(run, len(rows), len(manifest.get("files", {})), tuple(found))


def replay_run(run: Path, until: int | None = None) -> ReplayReport:
    """Post the first `until` entries of the journal again (all, where `None`).

    Raises: InputError for a folder that is not a run with a simulated year, or a row
        that is no entry; RightsError for an entry that the ledger refuses.
    """
    read_summary(run)
    if until is not None and until < 0:
        raise InputError(
            "replay.until",
            "there is no entry number {until}",
            where="--until",
            mend="give 0 (nothing posted) or more",
            until=until,
        )
    rows = read_rows(run / JOURNAL)
    ledger, faults = _repost(rows[:until])
    told = {(str(a), str(x)): b for a, x, b in ledger.balances()}
    whole = until is None or until >= len(rows)
    return ReplayReport(
        entries=min(len(rows), len(rows) if until is None else until),
        of=len(rows),
        balances=tuple(
            (account, asset, _amount(asset, told[account, asset]))
            for account, asset in sorted(told)
        ),
        equal=not faults and told == read_balances(run / JOURNAL) if whole else None,
    )


def _find_in_chain(
    rows: Sequence[Row], meta: Mapping[str, str], sealed: Mapping[str, Any]
) -> Iterator[Violation]:
    yield from _find_gaps(rows, int(meta.get("entries", 0)))
    broken = [k for k, row in enumerate(rows) if row.digest(_before(rows, k)) != row.hash]
    moved = _moved(rows, broken)
    for k in moved if moved else broken:
        row = rows[k]
        if moved:
            text = "entry {id} stands at number {n}, where the run wrote another"
        elif k and row.n != rows[k - 1].n + 1:
            continue  # the gap before it is told, and explains the broken link
        else:
            text = "entry {id} (number {n}) is not as it was written, or one before it is missing"
        yield Violation("audit.chain", text, f"entry {row.id}", {"id": row.id, "n": row.n})
    head = rows[-1].hash if rows else FIRST
    if head != meta.get("head"):
        text = "the last entry's hash is not the one that the journal was closed with"
        yield Violation("audit.head", text, "run.sqlite: meta.head")
    if sealed and (sealed.get("head"), sealed.get("entries")) != (head, len(rows)):
        text = "the journal is not the one that the manifest seals"
        yield Violation("audit.seal", text, "manifest.json: journal")


def _find_gaps(rows: Sequence[Row], told: int) -> Iterator[Violation]:
    """Numbers that are missing, and whether entries are cut off at the end."""
    expected = 1
    for row in rows:
        if row.n > expected:
            text = "entries {first} to {last} are missing before entry {id}"
            if row.n == expected + 1:
                text = "entry {first} is missing before entry {id}"
            values = {"first": expected, "last": row.n - 1, "id": row.id}
            yield Violation("audit.missing", text, f"entry {row.id}", values)
        expected = row.n + 1
    if expected != told + 1:
        text = "the journal ends at entry {last}, and was closed with {told} entries"
        values = {"last": expected - 1, "told": told}
        yield Violation("audit.count", text, "run.sqlite: meta.entries", values)


def _before(rows: Sequence[Row], k: int) -> str:
    return rows[k - 1].hash if k else FIRST


def _moved(rows: Sequence[Row], broken: Sequence[int]) -> list[int]:
    """Rows that stand elsewhere than the run wrote them; empty where that explains nothing.

    Each row is linked to the one whose hash it continues, whatever its place; followed
    from the beginning the links give the order of writing.
    """
    after: dict[str, int] = {_before(rows, k): k for k in range(len(rows))}
    for k in broken:
        after.pop(_before(rows, k), None)
    for k in broken:
        places = (h for h in (FIRST, *(row.hash for row in rows)) if h not in after)
        link = next((h for h in places if rows[k].digest(h) == rows[k].hash), None)
        if link is None:
            return []
        after[link] = k
    order: list[int] = []
    at = FIRST
    while at in after and len(order) < len(rows):
        order.append(after[at])
        at = rows[after[at]].hash
    if len(order) < len(rows):
        return []
    return [k for place, k in enumerate(order) if place != k]


def _repost(rows: Sequence[Row]) -> tuple[Ledger, list[Violation]]:
    """A ledger from the rows; a row that cannot be read or posted is left out and told."""
    ledger, faults = Ledger(), []
    for row in rows:
        try:
            entry = row.entry()
            ledger.post(entry)
        except RightsError as error:
            faults.append(_refused(entry, error))
        except (ValueError, TypeError):
            text = "entry {id} (number {n}) is no entry: it cannot be read"
            values = {"id": row.id, "n": row.n}
            faults.append(Violation("audit.row", text, f"entry {row.id}", values))
    return ledger, faults


def _refused(entry: Entry, error: RightsError) -> Violation:
    where = error.where or f"entry {entry.id}"
    return Violation(error.code, error.text, where, error.values)


def _find_in_balances(ledger: Ledger, stored: Mapping[tuple[str, str], int]) -> Iterator[Violation]:
    told = {(str(a), str(x)): b for a, x, b in ledger.balances()}
    keys = [key for key in sorted({*told, *stored}) if told.get(key, 0) != stored.get(key, 0)]
    text = "{asset} stands at {stored}, and the journal gives {told}"
    for account, asset in keys[:MOST_BALANCES]:
        values = {
            "asset": asset,
            "stored": _amount(asset, stored.get((account, asset), 0)),
            "told": _amount(asset, told.get((account, asset), 0)),
        }
        yield Violation("audit.balance", text, f"account {account}", values)
    if len(keys) > MOST_BALANCES:
        more = {"count": len(keys) - MOST_BALANCES}
        yield Violation("audit.balance", "{count} more balances differ", "run.sqlite", more)


def _find_in_totals(
    ledger: Ledger, rows: Sequence[Row], summary: Mapping[str, Any]
) -> Iterator[Violation]:
    """What the summary says of the ledger."""
    told = summary.get("ledger") or {}
    issued = _issued_of_first_vintage(ledger)
    for pollutant, mass_t in told.get("issued_t", {}).items():
        if Decimal(mass_t) * MG_PER_T != issued.get(pollutant, 0):
            text = "issued {pollutant}: {told} t told, and the journal gives {journal} t"
            values = {
                "pollutant": pollutant,
                "told": mass_t,
                "journal": fmt_t(issued.get(pollutant, 0)),
            }
            yield Violation("audit.issued", text, "summary.json: ledger.issued_t", values)
    if told.get("entries", len(rows)) != len(rows):
        text = "{told} entries told, and the journal has {count}"
        values = {"told": told["entries"], "count": len(rows)}
        yield Violation("audit.entries", text, "summary.json: ledger.entries", values)


def _issued_of_first_vintage(ledger: Ledger) -> dict[str, int]:
    """What the summary tells: rights of the scenario's first year, per pollutant [mg]."""
    by_right = issued_mg(ledger)
    first = min((right.vintage for right in by_right), default=0)
    totals: dict[str, int] = {}
    for right, mass in by_right.items():
        if right.vintage == first:
            totals[right.pollutant] = totals.get(right.pollutant, 0) + mass
    return totals


def _find_in_tables(run: Path, summary: Mapping[str, Any]) -> Iterator[Violation]:
    """Quotas that are not baseline less reduction; shortfalls that add up otherwise."""
    try:
        quotas, short = read_table(run, "quotas"), read_table(run, "true_up")
    except InputError as error:
        yield Violation(error.code, error.text, error.where, error.values)
        return
    for row in quotas.dicts() if quotas else ():
        if row["baseline_t"] - row["reduction_t"] != row["quota_t"]:
            text = "the quota of {source} is not its baseline less its reduction"
            values = {"source": row["source"]}
            yield Violation("audit.quota", text, "tables/quotas.csv", values)
    told = (summary.get("true_up") or {}).get("shortfall_t")
    if short is not None and isinstance(told, int | Decimal):
        total = sum(short.column("shortfall_t"))
        if Decimal(told) * MG_PER_T != total:
            text = "a shortfall of {told} t told, and the table adds up to {table} t"
            values = {"told": told, "table": fmt_t(total)}
            yield Violation("audit.shortfall", text, "summary.json: true_up.shortfall_t", values)


def _find_in_files(run: Path, manifest: Mapping[str, Any]) -> Iterator[Violation]:
    """Files that are not, or no more, what the manifest sealed."""
    sealed: Mapping[str, str] = manifest.get("files", {})
    for name, digest in sealed.items():
        path = run / name
        if not path.is_file():
            yield Violation("audit.file_missing", "the file is missing", name)
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            yield Violation("audit.file", "the file is not as the run wrote it", name)
    for path in sorted((run / TABLES_FOLDER).glob("*.csv")):
        if sealed and f"{TABLES_FOLDER}/{path.name}" not in sealed:
            text = "the run did not write this file"
            yield Violation("audit.file_added", text, f"{TABLES_FOLDER}/{path.name}")


def _amount(asset: str, amount: int) -> str:
    return fmt_yuan(amount) if isinstance(parse_asset(asset), Money) else fmt_t(amount)


def _said(violation: Violation) -> str:
    said = t(violation.text)
    if violation.values:
        said = said.format(**violation.values)
    return f"{said} [{violation.where}]"
