"""Proof from the journal: what was looked at, what holds, and what does not.

Read in this order:
    audit_report.py   what an audit found and proved, in sentences
    chain.py          a run's chain of hashes: what was changed, lost or moved
    rights.py         every right: what is issued stands somewhere
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
        head: a seal kept elsewhere, which must stand in the chain.
    Raises: InputError where the path is neither.
    """
    return audit_accounts(path, head) if path.is_file() else audit_run(path, head)


def replay(path: Path, until: int | None = None) -> ReplayReport:
    """The state after so many entries of a run, or of a journal of accounts.

    Raises: InputError where the path is neither; RightsError for an entry that the
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
