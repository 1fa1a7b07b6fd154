"""Audit of a journal: what was checked, what is proved, and which rules are violated.

Read in this order:
    audit_report.py   results of an audit, in sentences
    chain.py          a run's chain of hashes: changed, lost or reordered entries
    rights.py         conservation of every right
    licence_audit.py  licence limits and card histories
    run_audit.py      the folder of a run
    journal_audit.py  a journal of accounts
"""

from pathlib import Path

from scenarios.proof.audit.audit_report import AuditReport, Proof, ReplayReport
from scenarios.proof.audit.journal_audit import audit_accounts, explain_accounts, replay_accounts
from scenarios.proof.audit.run_audit import audit_run, replay_run


def audit(path: Path, *, head: str | None = None) -> AuditReport:
    """Check a run's folder, or a journal of accounts.

    Args:
        path: folder of a run, or file of a journal of accounts.
        head: a seal kept elsewhere, which must occur in the chain.
    Raises: InputError if the path is neither.
    """
    return audit_accounts(path, head) if path.is_file() else audit_run(path, head)


def replay(path: Path, until: int | None = None) -> ReplayReport:
    """The state after the first `until` entries of a run, or of a journal of accounts.

    Raises: InputError if the path is neither; RightsError for an entry that the
        ledger refuses.
    """
    return replay_accounts(path, until) if path.is_file() else replay_run(path, until)


__all__ = [
    "AuditReport",
    "Proof",
    "ReplayReport",
    "audit",
    "audit_accounts",
    "audit_run",
    "explain_accounts",
    "replay",
    "replay_accounts",
    "replay_run",
]
