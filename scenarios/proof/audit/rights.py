"""Every right: what is issued stands somewhere, and nothing more."""

from __future__ import annotations

from collections.abc import Mapping

from permits.account import Pocket
from permits.invariants import held_mg, issued_mg
from permits.ledger import Ledger
from permits.quantity import fmt_t
from permits.right import Money, Right
from scenarios.proof.audit.audit_report import Proof
from scenarios.text import t

WORDS = {Pocket.EXPIRED: "lapsed", Pocket.RESERVE: "in reserve"}
"""Pockets told by another word than their own, which elsewhere says something else."""
MOST_RIGHTS = 12
"""Rights told one by one; the others are counted. `--json` and tables hold them all."""


def prove_rights(ledger: Ledger) -> list[Proof]:
    """For each right: issued = held + used + surrendered + retired + expired; money too.

    The caller has found no violation: what stands here is read off the balances that the
    entries give.
    """
    issued, held = issued_mg(ledger), held_mg(ledger)
    rights = [_right(right, issued[right], held.get(right, {})) for right in issued]
    text = "Conservation: for each of {count} rights what is issued stands in other accounts"
    proofs = [Proof("conservation", text, {"count": len(rights)}, _some(rights))]
    text = "Floors: no account fell below zero where it may not, after any of {legs} legs"
    proofs.append(Proof("floors", text, {"legs": f"{ledger.count_legs():,}"}))
    owners = {a.owner for a, x, _ in ledger.balances() if isinstance(x, Money)}
    text = "Money: what {owners} owners hold, and the world outside, add up to nothing"
    proofs.append(Proof("money", text, {"owners": f"{len(owners):,}"}))
    return proofs


def _right(right: Right, issued: int, held: Mapping[Pocket, int]) -> Proof:
    words = {pocket: t(WORDS.get(pocket, pocket.value)) for pocket in held}
    parts = " + ".join(f"{fmt_t(mass)} {words[p]}" for p, mass in held.items() if mass)
    text = "{right}: {issued} t issued = {parts}"
    return Proof("right", text, {"right": str(right), "issued": fmt_t(issued), "parts": parts})


def _some(rights: list[Proof]) -> tuple[Proof, ...]:
    if len(rights) <= MOST_RIGHTS:
        return tuple(rights)
    text = "… and {count} more"
    return (*rights[:MOST_RIGHTS], Proof("more", text, {"count": len(rights) - MOST_RIGHTS}))
