"""Audit of a journal: what was checked, what is proved, and which rules are violated.

Read in this order:
    audit_report.py   results of an audit, in sentences
    chain.py          a run's chain of hashes: changed, lost or reordered entries
    rights.py         conservation of every right
    licence_audit.py  licence limits and card histories
    plan_audit.py     a plan's totals and groups, added up from its quotas
    year_audit.py     a year's tables, recomputed from entries and events
    folder_audit.py   files against the manifest, and the seal
    run_audit.py      the folder of a run, a plan or another command
    journal_audit.py  a journal of accounts
"""

from pathlib import Path

from permits.errors import InputError
from scenarios.proof.audit.audit_report import AuditReport, Proof, ReplayReport
from scenarios.proof.audit.folder_audit import check_kept
from scenarios.proof.audit.journal_audit import audit_accounts, explain_accounts, replay_accounts
from scenarios.proof.audit.run_audit import audit_run, replay_run


def audit(path: Path, *, head: str | None = None, seal: str | None = None) -> AuditReport:
    """Check a folder that a command wrote, or a journal of accounts.

    Args:
        path: folder of a run or plan, or file of a journal of accounts.
        head: a hash kept elsewhere: of a journal of accounts, which grows, one in its chain;
            of a run, which is closed, the last.
        seal: a folder's seal kept elsewhere.
    Raises: InputError if the path is neither, for an empty hash, and for the seal of a journal.
    """
    if not path.is_file():
        return audit_run(path, head, seal)
    if seal is not None:
        raise InputError(
            "audit.no_seal",
            "a journal of accounts grows and has no seal",
            where="--seal",
            mend="keep the head of its chain, and give it as --head",
        )
    return audit_accounts(path, check_kept(head, "--head"))


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
