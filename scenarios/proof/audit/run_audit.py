"""Audit of a run's folder: journal, registers, balances, summary, tables and manifest.

The chain of hashes shows which row was changed, lost or reordered; posting the
journal again shows what the rules of the ledger forbid; licence limits, card histories,
balances, summary, tables and manifest are then compared with the journal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from permits.errors import InputError, RightsError
from permits.invariants import Violation, find_violations, issued_mg
from permits.journal.history import check_until
from permits.ledger import Entry, Ledger
from permits.quantity import MG_PER_T, fmt_t
from scenarios.proof.audit.audit_report import AuditReport, Proof, ReplayReport, amount
from scenarios.proof.audit.chain import find_in_chain
from scenarios.proof.audit.licence_audit import find_in_registers, read_registers
from scenarios.proof.audit.rights import prove_rights
from scenarios.results.stores.folder import JOURNAL, TABLES_FOLDER
from scenarios.results.stores.read import journal_path, read_manifest, read_run_table, read_summary
from scenarios.results.stores.run_journal import (
    JournalRow,
    read_balances,
    read_event_rows,
    read_meta,
    read_register_rows,
    read_rows,
    rows_digest,
)

MOST_BALANCES = 10
"""Differing balances listed one by one (assumed); one wrong entry can change many."""


def audit_run(run: Path, head: str | None = None) -> AuditReport:
    """Check everything in the folder of a run.

    Args:
        run: the folder.
        head: a hash kept elsewhere, which must occur in the chain of the journal.
    Raises: InputError if the folder is not a run.
    """
    summary, manifest = read_summary(run), read_manifest(run)
    found = list(_find_in_files(run, manifest))
    found += _find_in_tables(run, summary)
    path, rows = journal_path(run), []
    proofs: list[Proof] = []
    if path is not None:
        rows = read_rows(path)
        more, proofs = _audit_journal(path, rows, summary, manifest)
        found += more
    elif "journal" in manifest:
        found.append(Violation("audit.no_journal", "the journal is missing", str(run)))
    if head is not None and head.strip().lower() not in {row.hash for row in rows}:
        text = "the seal that was kept, {head}, is not in the chain"
        found.append(Violation("audit.anchor", text, str(run), {"head": head}))
    return AuditReport(run, len(rows), len(manifest.get("files", {})), tuple(found), tuple(proofs))


def _audit_journal(
    path: Path, rows: Sequence[JournalRow], summary: Mapping[str, Any], manifest: Mapping[str, Any]
) -> tuple[list[Violation], list[Proof]]:
    meta = read_meta(path)
    chained = list(find_in_chain(rows, meta, manifest.get("journal", {})))
    told = list(_find_in_told(path, meta))
    ledger, faults = _repost(rows)
    # Invariants only after complete posting: a refused entry would violate them again.
    broken = faults + (find_violations(ledger) if not faults else [])
    differ = [*_find_in_balances(ledger, read_balances(path))]
    differ += _find_in_totals(ledger, rows, summary)
    kept, proved = _audit_registers(path, ledger, damaged=bool(told))
    proofs = [] if chained or told else [_chain_proof(rows, meta)]
    proofs += [] if broken else prove_rights(ledger)
    return chained + told + broken + differ + kept, proofs + proved


def _audit_registers(
    path: Path, ledger: Ledger, *, damaged: bool
) -> tuple[list[Violation], list[Proof]]:
    try:
        licences, cards, events = read_registers(path)
        return find_in_registers(ledger, licences, cards, events)
    except (ValueError, TypeError, AttributeError):
        if not damaged:
            raise
        return [], []  # unreadable registers differ from what the run wrote, which is reported


def _find_in_told(path: Path, meta: Mapping[str, str]) -> Iterator[Violation]:
    """Events and registers that differ from what the run wrote."""
    if rows_digest(read_event_rows(path)) != meta.get("events_sha256"):
        yield Violation("audit.events", "the events differ from what the run wrote", str(path))
    for name in ("licences", "cards"):
        rows, sealed = read_register_rows(path, name), meta.get(f"{name}_sha256")
        # Runs of earlier versions have neither table nor seal.
        if (rows is not None or sealed is not None) and rows_digest(rows or ()) != sealed:
            text = "the register of {name} differs from what the run wrote"
            yield Violation("audit.register", text, str(path), {"name": name})


def _chain_proof(rows: Sequence[JournalRow], meta: Mapping[str, str]) -> Proof:
    text = (
        "Chain: {entries} entries, each hashed with the one before; none was changed, lost "
        "or reordered"
    )
    values = {"entries": f"{len(rows):,}", "head": meta.get("head", "")}
    return Proof("chain", text, values)


def replay_run(run: Path, until: int | None = None) -> ReplayReport:
    """Post the first `until` entries of the journal again (all if `None`).

    Raises: InputError for a folder that is not a run with a simulated year, or a row
        that is no entry; RightsError for an entry that the ledger refuses.
    """
    read_summary(run)
    check_until(until, where="--until")
    rows = read_rows(run / JOURNAL)
    ledger, faults = _repost(rows[:until])
    told = {(str(a), str(x)): b for a, x, b in ledger.balances()}
    whole = until is None or until >= len(rows)
    return ReplayReport(
        entries=min(len(rows), len(rows) if until is None else until),
        of=len(rows),
        balances=tuple(
            (account, asset, amount(asset, told[account, asset])) for account, asset in sorted(told)
        ),
        equal=not faults and told == read_balances(run / JOURNAL) if whole else None,
    )


def _repost(rows: Sequence[JournalRow]) -> tuple[Ledger, list[Violation]]:
    """Post the rows to a new ledger; a row that cannot be read or posted is reported."""
    ledger, faults = Ledger(), []
    for row in rows:
        try:
            entry = row.entry()
            ledger.post(entry)
        except RightsError as error:
            faults.append(_refused(entry, error))
        except (ValueError, TypeError):
            text = "entry {id} (number {n}) cannot be read as an entry"
            values = {"id": row.id, "n": row.n}
            faults.append(Violation("audit.row", text, f"entry {row.id}", values))
    return ledger, faults


def _refused(entry: Entry, error: RightsError) -> Violation:
    where = error.where or f"entry {entry.id}"
    return Violation(error.code, error.text, where, error.values)


def _find_in_balances(ledger: Ledger, stored: Mapping[tuple[str, str], int]) -> Iterator[Violation]:
    told = {(str(a), str(x)): b for a, x, b in ledger.balances()}
    keys = [
        key for key in sorted({*told, *stored}, key=str) if told.get(key, 0) != stored.get(key, 0)
    ]
    text = "the stored balance of {asset} is {stored}, but the journal gives {told}"
    for account, asset in keys[:MOST_BALANCES]:
        values = {
            "asset": asset,
            "stored": _amount(asset, stored.get((account, asset), 0)),
            "told": _amount(asset, told.get((account, asset), 0)),
        }
        yield Violation("audit.balance", text, f"account {account}", values)
    if len(keys) > MOST_BALANCES:
        more = {"count": f"{len(keys) - MOST_BALANCES:,}"}
        if len(keys) == MOST_BALANCES + 1:
            yield Violation("audit.balance", "1 more balance differs", "run.sqlite", more)
        else:
            yield Violation("audit.balance", "{count} more balances differ", "run.sqlite", more)


def _amount(asset: str, balance: int) -> str:
    """The balance of a row that may be damaged, as text."""
    try:
        return amount(asset, balance)
    except (ValueError, TypeError, AttributeError):
        return str(balance)


def _find_in_totals(
    ledger: Ledger, rows: Sequence[JournalRow], summary: Mapping[str, Any]
) -> Iterator[Violation]:
    """Compare the summary's figures of the ledger with the journal."""
    told = summary.get("ledger") or {}
    issued = _issued_of_first_vintage(ledger)
    for pollutant, mass_t in told.get("issued_t", {}).items():
        if Decimal(mass_t) * MG_PER_T != issued.get(pollutant, 0):
            text = (
                "issued {pollutant}: the summary states {told} t, but the journal gives {journal} t"
            )
            values = {
                "pollutant": pollutant,
                "told": mass_t,
                "journal": fmt_t(issued.get(pollutant, 0)),
            }
            yield Violation("audit.issued", text, "summary.json: ledger.issued_t", values)
    if told.get("entries", len(rows)) != len(rows):
        text = "the summary states {told} entries, but the journal has {count}"
        values = {"told": told["entries"], "count": len(rows)}
        yield Violation("audit.entries", text, "summary.json: ledger.entries", values)


def _issued_of_first_vintage(ledger: Ledger) -> dict[str, int]:
    """Rights of the scenario's first year by pollutant, as the summary states them [mg]."""
    by_right = issued_mg(ledger)
    first = min((right.vintage for right in by_right), default=0)
    totals: dict[str, int] = {}
    for right, mass in by_right.items():
        if right.vintage == first:
            totals[right.pollutant] = totals.get(right.pollutant, 0) + mass
    return totals


def _find_in_tables(run: Path, summary: Mapping[str, Any]) -> Iterator[Violation]:
    """Quotas other than baseline minus reduction; shortfalls with another sum."""
    try:
        quotas, short = read_run_table(run, "quotas"), read_run_table(run, "true_up")
    except InputError as error:
        yield Violation(error.code, error.text, error.where, error.values)
        return
    for row in quotas.dicts() if quotas else ():
        if row["baseline_t"] - row["reduction_t"] != row["quota_t"]:
            text = "the quota of {source} is not its baseline minus its reduction"
            values = {"source": row["source"]}
            yield Violation("audit.quota", text, "tables/quotas.csv", values)
    told = (summary.get("true_up") or {}).get("shortfall_t")
    if short is not None and isinstance(told, int | Decimal):
        total = sum(short.column("shortfall_t"))
        if Decimal(told) * MG_PER_T != total:
            text = "the summary states a shortfall of {told} t, but the table adds up to {table} t"
            values = {"told": told, "table": fmt_t(total)}
            yield Violation("audit.shortfall", text, "summary.json: true_up.shortfall_t", values)


def _find_in_files(run: Path, manifest: Mapping[str, Any]) -> Iterator[Violation]:
    """Files that are missing, changed or not sealed by the manifest."""
    sealed: Mapping[str, str] = manifest.get("files", {})
    for name, digest in sealed.items():
        path = run / name
        if not path.is_file():
            yield Violation("audit.file_missing", "the file is missing", name)
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            yield Violation("audit.file", "the file differs from what the run wrote", name)
    for path in sorted((run / TABLES_FOLDER).glob("*.csv")):
        if sealed and f"{TABLES_FOLDER}/{path.name}" not in sealed:
            text = "the run did not write this file"
            yield Violation("audit.file_added", text, f"{TABLES_FOLDER}/{path.name}")
