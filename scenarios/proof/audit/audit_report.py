"""Results of an audit, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from permits.invariants import Violation
from permits.quantity import MG_PER_T, fmt_t, fmt_yuan
from permits.right import Money, parse_asset
from scenarios.results.formatting import grouped, places_for
from scenarios.text import t


@dataclass(frozen=True, slots=True)
class Proof:
    """One proved statement; `details` prove it right by right."""

    code: str
    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    details: tuple[Proof, ...] = ()
    exact: Mapping[str, Any] = field(default_factory=dict)  # unrounded `values`, for `--json`

    def said(self, *, exact: bool = False) -> str:
        """The sentence in the language in force; `exact` keeps every digit."""
        return t(self.text).format(**{**self.values, **(self.exact if exact else {})})


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was checked, what was proved, and the violations."""

    run: Path
    entries: int
    files: int
    violations: tuple[Violation, ...]
    proofs: tuple[Proof, ...] = ()
    seal: str | None = None  # of a folder; None for a journal of accounts

    @property
    def ok(self) -> bool:
        return not self.violations

    def lines(self) -> list[str]:
        """The proofs, then the violations, one line each, in the language in force."""
        proved = [
            line
            for proof in self.proofs
            for line in (proof.said(), *(f"  {detail.said()}" for detail in proof.details))
        ]
        sealed = [t("Seal: {seal}", seal=self.seal)] if self.seal else []
        if self.ok:
            return [*proved, self.praise(), *sealed]
        return [*proved, *(violation_text(violation) for violation in self.violations), *sealed]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "ok": self.ok,
            "entries": self.entries,
            "files": self.files,
            **({} if self.seal is None else {"seal": self.seal}),
            "proved": [_told(proof) for proof in self.proofs],
            "violations": [
                {"code": v.code, "where": v.where, "text": violation_text(v)}
                for v in self.violations
            ],
        }

    def praise(self) -> str:
        """The sentence of an audit that found nothing."""
        if not self.files:
            return t(
                "1 entry checked: no errors found"
                if self.entries == 1
                else "{entries} entries checked: no errors found",
                entries=f"{self.entries:,}",
            )
        if not self.entries:
            return t("{files} files checked: no errors found", files=f"{self.files:,}")
        return t(
            "{entries} entries and {files} files checked: no errors found",
            entries=f"{self.entries:,}",
            files=f"{self.files:,}",
        )


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """The state of every account after a number of entries."""

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


def violation_text(violation: Violation) -> str:
    """A violation in the language in force, with its place."""
    text = t(violation.text)
    if violation.values:
        text = text.format(**violation.values)
    return f"{text} [{violation.where}]"


def mass_said(mass_mg: int, total_mg: int | None = None) -> str:
    """A mass in t for a sentence, with the decimals that suit the total it is part of."""
    places = max(3, places_for([mass_mg if total_mg is None else total_mg], "mass"))
    violation_text = grouped(mass_mg, MG_PER_T, places).rstrip("0").rstrip(".")
    # A remainder of some milligrams must not read as nothing: the sum is exact.
    return (
        f"<{10**-places:.{places}f}"
        if mass_mg and violation_text in ("0", "-0")
        else violation_text
    )


def amount(asset: str, balance: int) -> str:
    """A balance as a plain decimal in t or yuan."""
    return fmt_yuan(balance) if isinstance(parse_asset(asset), Money) else fmt_t(balance)


def _told(proof: Proof) -> dict[str, Any]:
    found: dict[str, Any] = {"code": proof.code, "text": proof.said(exact=True)}
    if proof.details:
        found["details"] = [_told(detail) for detail in proof.details]
    return found
