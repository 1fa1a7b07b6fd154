"""Audit of a journal of accounts, from its own file."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from permits.errors import InputError
from permits.journal import (
    balances_at,
    entries_at,
    entries_in,
    find_faults,
    head_in,
    postings_of,
    replay_file,
)
from permits.quantity import fmt_t, fmt_yuan
from permits.right import Money
from scenarios.proof.audit.audit_report import AuditReport, Proof, ReplayReport, amount
from scenarios.proof.audit.rights import prove_rights
from scenarios.text import t

MOST_OWNERS = 8  # assumed: as many names as a line of the terminal holds


def audit_accounts(path: Path, head: str | None = None) -> AuditReport:
    """Check a journal of accounts: rows, seals, entries, snapshots.

    Args:
        path: file of the journal.
        head: a seal kept elsewhere, which must occur in the chain.
    Raises: InputError for a file that is no journal.
    """
    # Before the check: the seal reported as proved must be one that the check covers.
    last = head_in(path)
    ledger, found = find_faults(path, head=head)
    proofs = []
    if not found:
        text = "Chain: {entries} entries, sealed in batches up to {head}; none was changed or lost"
        values = {"entries": f"{len(ledger.journal):,}", "head": last}
        proofs.append(Proof("chain", text, values))
        if head is not None and (count := entries_at(path, head)) is not None:
            text = (
                "the head that was kept, {head}, is in the chain: it was the last of {count} "
                "entries"
            )
            proofs.append(Proof("anchor", text, {"head": head, "count": f"{count:,}"}))
        proofs += prove_rights(ledger)
    return AuditReport(path, len(ledger.journal), 0, tuple(found), tuple(proofs))


def replay_accounts(path: Path, until: int | None = None) -> ReplayReport:
    """The balances after the first `until` entries.

    Raises: InputError for a file that is no journal.
    """
    # Counted first: others may post meanwhile, and both answers must be of the same entries.
    count = entries_in(path)
    whole = until is None or until >= count
    until = count if whole else until
    balances = balances_at(path, until)
    told = {(str(a), str(x)): b for (a, x), b in balances.items()}
    again = {(a, x): b for a, x, b in replay_file(path, until).balances()} if whole else None
    return ReplayReport(
        entries=count if until is None else until,
        of=count,
        balances=tuple((a, x, amount(x, told[a, x])) for a, x in sorted(told)),
        equal=again == balances if whole else None,
    )


def explain_accounts(path: Path, owner: str) -> list[str]:
    """Every posting in an owner's accounts, and the balance after each.

    Raises: InputError for a file that is no journal, or an owner who has no account.
    """
    lines = []
    for p in postings_of(path, owner):
        said = fmt_yuan if isinstance(p.asset, Money) else fmt_t
        values = {
            "n": p.n, "on": p.on, "id": p.id, "account": p.account, "asset": p.asset,
            "delta": f"{Decimal(said(p.delta)):+,f}", "balance": f"{Decimal(said(p.balance)):,f}",
            "why": f" ({p.why})" if p.why else "",
            "corrects": f"; {t('corrects {first}', first=p.corrects)}" if p.corrects else "",
        }  # fmt: skip
        text = "{n}. {on} {id}: {delta} {asset} in {account}, balance {balance}{why}{corrects}"
        lines.append(t(text).format(**values))
    if not lines:
        raise InputError(
            "explain.no_account",
            "{owner} has no account in this journal",
            where=str(path),
            mend="owners in this journal: {known}",
            owner=owner,
            known=_owners(path),
        )
    return lines


def _owners(path: Path) -> str:
    """The owners with a balance, the first of them by name."""
    names = sorted({account.owner for account, _ in balances_at(path)})
    return ", ".join(names[:MOST_OWNERS]) + (" …" if len(names) > MOST_OWNERS else "")
