"""Audit of a folder: files, journal, registers, balances, summary, tables and manifest.

The manifest names every file, so that one that was changed, lost or added shows; the chain of
hashes shows which entry of a journal it was; posting the journal again shows what the rules of
the ledger forbid. Licence limits, card histories, balances, tables and summary are then
recomputed where they follow from the journal, and a plan's totals from its quotas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
from scenarios.proof.audit.folder_audit import (
    check_kept,
    find_in_files,
    find_in_manifest,
    find_in_seal,
    is_ours,
    limits_of,
    read_members,
)
from scenarios.proof.audit.licence_audit import find_in_registers, read_registers
from scenarios.proof.audit.plan_audit import find_in_plan
from scenarios.proof.audit.rights import prove_rights
from scenarios.proof.audit.year_audit import YearFacts, find_in_year
from scenarios.results.stores.file_seals import MANIFEST, named_files, names_every_file, seal_of
from scenarios.results.stores.folder import JOURNAL, SUMMARY
from scenarios.results.stores.read import journal_path, read_summary
from scenarios.results.stores.run_journal import (
    META,
    JournalRow,
    find_damage,
    find_strangers,
    read_balances,
    read_event_rows,
    read_meta,
    read_register_rows,
    read_rows,
    rows_digest,
)

MOST_BALANCES = 10
"""Differing balances listed one by one (assumed); one wrong entry can change many."""
OTHER_KIND = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError)
"""What comes of values of other kinds than a run writes."""
YEAR = ("ledger", "swipes")
"""Members of the summary of a simulated year, which has a journal."""
OF_VERSION_01 = "1"
"""`meta.format` of a journal whose file the manifest does not name."""

Found = tuple[list[Violation], list[Proof]]
NOTHING: Found = ([], [])


def audit_run(run: Path, head: str | None = None, seal: str | None = None) -> AuditReport:
    """Check everything in a folder that a command wrote.

    Args:
        run: the folder.
        head: the last hash of the journal as kept elsewhere: a run is closed, so it is the last.
        seal: the seal of the folder as kept elsewhere.
    Raises: InputError if the folder is none of ours, or nothing could have been kept so.
    """
    head, kept = check_kept(head, "--head"), check_kept(seal, "--seal")
    if not is_ours(run):
        read_summary(run)  # raises, in its words
    manifest, found = read_members(run, MANIFEST)
    rows: list[JournalRow] = []
    proofs: list[Proof] = []
    if manifest:
        found += find_in_manifest(manifest)
        found += find_in_files(run, manifest)
    found += find_in_seal(seal_of(run), kept)
    sound = not found
    if manifest.get("kind", "run") in ("run", "plan") or (run / SUMMARY).exists():
        summary, missing = read_members(run, SUMMARY)
        found += [one for one in missing if one.code not in {v.code for v in found}]
        for more, proved in _audit_results(run, summary, manifest, rows):
            found += more
            proofs += proved
    if head is not None and (not rows or rows[-1].hash != head):
        text = "the hash that was kept, {head}, is not that of the last entry"
        found.append(Violation("audit.anchor", text, str(run), {"head": head}))
    files = len(named_files(manifest) or {})
    proofs += limits_of(manifest, kept) if sound and not found else []
    return AuditReport(run, len(rows), files, tuple(found), tuple(proofs), seal_of(run))


def _audit_results(
    run: Path, summary: Mapping[str, Any], manifest: Mapping[str, Any], rows: list[JournalRow]
) -> Iterator[Found]:
    """The plan, then the journal; its rows are added to `rows`."""
    yield _guarded(lambda: find_in_plan(run, summary.get("allocation") or {}), "summary.json")
    yield _guarded(lambda: (list(_find_in_names(summary, manifest)), []), MANIFEST)
    path = journal_path(run)
    if path is None:
        if "journal" in manifest or any(name in summary for name in YEAR):
            yield [Violation("audit.no_journal", "the journal is missing", str(run))], []
        return
    yield _guarded(lambda: _audit_journal(run, path, summary, manifest, rows), JOURNAL)


def _guarded(check: Callable[[], Found], where: str) -> Found:
    """What a check finds; values of other kinds than were written are a violation too."""
    try:
        return check()
    except InputError as error:
        if error.code == "journal.missing":
            said = str(error.__cause__ or error)
            text = "the file is damaged: {said}"
            return [Violation("audit.damage", text, where, {"said": said})], []
        return [Violation(error.code, error.text, error.where, error.values)], []
    except OTHER_KIND as error:
        text = "a value here is of another kind than a run writes: {said}"
        values = {"said": f"{type(error).__name__} {error}"}
        return [Violation("audit.unreadable", text, where, values)], []


def _find_in_names(summary: Mapping[str, Any], manifest: Mapping[str, Any]) -> Iterator[Violation]:
    """Scenario and seed, which summary and manifest both state."""
    for name in ("scenario", "seed"):
        if {name} <= summary.keys() & manifest.keys() and summary[name] != manifest[name]:
            text = "manifest and summary differ in {name}"
            yield Violation("audit.names", text, f"{MANIFEST}: {name}", {"name": name})


def _audit_journal(
    run: Path,
    path: Path,
    summary: Mapping[str, Any],
    manifest: Mapping[str, Any],
    rows: list[JournalRow],
) -> Found:
    if (said := find_damage(path)) is not None:
        text = "the file is damaged: {said}"
        return [Violation("audit.damage", text, JOURNAL, {"said": said})], []
    meta = read_meta(path)
    found: list[Violation] = []
    found += _find_in_schema(path, meta, manifest)
    found += _find_in_meta(meta, summary)
    rows += read_rows(path)
    seal = manifest.get("journal")
    chained = list(find_in_chain(rows, meta, seal if isinstance(seal, dict) else {}))
    told = list(_find_in_told(path, meta))
    ledger, faults = _repost(rows)
    # Invariants only after complete posting: a refused entry would violate them again.
    broken = faults + (find_violations(ledger) if not faults else [])
    found += chained + told + broken
    found += _find_in_balances(ledger, read_balances(path))
    found += _guarded(lambda: (list(_find_in_totals(ledger, rows, summary)), []), SUMMARY)[0]
    proofs = [] if chained or told else [_chain_proof(rows, meta)]
    proofs += [] if broken else prove_rights(ledger)
    kept, proved = _audit_registers(path, ledger, damaged=bool(told))
    # Only of whole registers and events: damaged ones are reported already.
    year, more = NOTHING if told else _audit_year(run, path, ledger, summary)
    return found + kept + year, proofs + proved + more


def _find_in_schema(
    path: Path, meta: Mapping[str, str], manifest: Mapping[str, Any]
) -> Iterator[Violation]:
    """Tables, views and triggers that the run did not write, and a manifest cut back."""
    old = meta.get("format") == OF_VERSION_01
    # Runs of before there were registers have neither their tables nor their hashes.
    free = {
        f"table {name}" for name in ("licences", "cards") if old and f"{name}_sha256" not in meta
    }
    for name in find_strangers(path):
        if name not in free:
            text = "{name} in the file is not as a run creates it"
            yield Violation("audit.stranger", text, JOURNAL, {"name": name})
    if manifest and not old and not names_every_file(manifest):
        text = "the manifest is of version 0.1, but the journal of a later one"
        yield Violation("audit.manifest", text, f"{MANIFEST}: format")


def _find_in_meta(meta: Mapping[str, str], summary: Mapping[str, Any]) -> Iterator[Violation]:
    """Keys that no run writes; scenario and seed other than the summary's."""
    for name in sorted(set(meta) - META):
        text = "{name} in the file is not as a run creates it"
        yield Violation("audit.stranger", text, "run.sqlite: meta", {"name": name})
    for name in ("scenario", "seed"):
        told = "" if summary.get(name) is None else str(summary[name])
        if summary and meta.get(name) != told:
            text = "journal and summary differ in {name}"
            yield Violation("audit.names", text, f"run.sqlite: meta.{name}", {"name": name})


def _audit_registers(path: Path, ledger: Ledger, *, damaged: bool) -> Found:
    """Registers against the entries; unreadable ones that are reported already stay so."""
    found = _guarded(lambda: find_in_registers(ledger, *read_registers(path)), JOURNAL)
    return NOTHING if damaged and any(v.code == "audit.unreadable" for v in found[0]) else found


def _audit_year(run: Path, path: Path, ledger: Ledger, summary: Mapping[str, Any]) -> Found:
    """Tables and summary against entries, events and registers."""

    def check() -> Found:
        licences, cards, _ = read_registers(path)
        facts = YearFacts.of(ledger.journal, read_event_rows(path))
        found = list(find_in_year(run, summary, facts, cards, licences))
        text = "Year: tables and summary are what entries, events and registers add up to"
        return found, [] if found else [Proof("year", text)]

    return _guarded(check, JOURNAL)


def _find_in_told(path: Path, meta: Mapping[str, str]) -> Iterator[Violation]:
    """Events and registers that differ from what the run wrote."""
    events = read_event_rows(path)
    if (rows_digest(events), str(len(events))) != (meta.get("events_sha256"), meta.get("events")):
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
    violations = told.get("violations")
    if violations:
        text = "the run itself reported violations: {count}"
        yield Violation("audit.reported", text, "summary.json: ledger.violations",
                        {"count": len(violations)})  # fmt: skip
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
