"""What an audit found and proved, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from permits.invariants import Violation
from permits.quantity import fmt_t, fmt_yuan
from permits.right import Money, parse_asset
from scenarios.text import t


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that was looked at whole and holds; `details` say it right by right."""

    code: str
    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    details: tuple[Proof, ...] = ()

    def said(self) -> str:
        """In the language in force."""
        return t(self.text).format(**self.values)


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was looked at, what was proved, and what does not hold."""

    run: Path
    entries: int
    files: int
    violations: tuple[Violation, ...]
    proofs: tuple[Proof, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.violations

    def lines(self) -> list[str]:
        """What was proved, a line each, then what does not hold, in the language in force."""
        proved = [
            line
            for proof in self.proofs
            for line in (proof.said(), *(f"  {detail.said()}" for detail in proof.details))
        ]
        if self.ok:
            return [*proved, self._praise()]
        return [*proved, *(said(violation) for violation in self.violations)]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "ok": self.ok,
            "entries": self.entries,
            "files": self.files,
            "proved": [_told(proof) for proof in self.proofs],
            "violations": [
                {"code": v.code, "where": v.where, "text": said(v)} for v in self.violations
            ],
        }

    def _praise(self) -> str:
        if not self.files:
            return t("{entries} entries agree: nothing is wrong", entries=f"{self.entries:,}")
        return t(
            "{entries} entries and {files} files agree: nothing is wrong",
            entries=f"{self.entries:,}",
            files=self.files,
        )


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


def said(violation: Violation) -> str:
    """A violation in the language in force, with its place."""
    text = t(violation.text)
    if violation.values:
        text = text.format(**violation.values)
    return f"{text} [{violation.where}]"


def amount(asset: str, balance: int) -> str:
    """A balance as a plain decimal in t or yuan."""
    return fmt_yuan(balance) if isinstance(parse_asset(asset), Money) else fmt_t(balance)


def _told(proof: Proof) -> dict[str, Any]:
    found: dict[str, Any] = {"code": proof.code, "text": proof.said()}
    if proof.details:
        found["details"] = [_told(detail) for detail in proof.details]
    return found
