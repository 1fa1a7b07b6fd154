"""Conservation of every right: the amount issued equals the sum of all accounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from permits.account import Pocket
from permits.invariants import held_mg, issued_mg
from permits.ledger import Ledger
from permits.quantity import fmt_t
from permits.right import Money, Right
from scenarios.proof.audit.audit_report import Proof, mass_said
from scenarios.text import t

WORDS = {Pocket.EXPIRED: "expired unused", Pocket.RESERVE: "in reserve"}
"""Pockets whose own word has another meaning elsewhere."""
MOST_RIGHTS = 12
"""Rights listed one by one; the others are counted (assumed: half a screen)."""


def prove_rights(ledger: Ledger) -> list[Proof]:
    """For each right: issued = held + used + surrendered + retired + expired; money too.

    The caller has found no violation: the proofs are read off the balances that the entries
    give.
    """
    issued, held = issued_mg(ledger), held_mg(ledger)
    rights = [_right(right, issued[right], held.get(right, {})) for right in issued]
    text = (
        "Conservation: for each of {count} rights, the amount issued is the sum of all "
        "other accounts"
    )
    if len(rights) == 1:
        text = "Conservation: of the only right, the amount issued is the sum of all other accounts"
    proofs = [Proof("conservation", text, {"count": f"{len(rights):,}"}, _some(rights))]
    text = "No account that must not go negative ever did ({legs} postings checked)"
    proofs.append(Proof("floors", text, {"legs": f"{ledger.count_legs():,}"}))
    owners = {a.owner for a, x, _ in ledger.balances() if isinstance(x, Money)}
    text = "Money: the balances of {owners} owners and of the outside world add up to zero"
    proofs.append(Proof("money", text, {"owners": f"{len(owners):,}"}))
    return proofs


def _right(right: Right, issued: int, held: Mapping[Pocket, int]) -> Proof:
    words = {pocket: t(WORDS.get(pocket, pocket.value)) for pocket in held}

    def values(said: Callable[[int], str]) -> dict[str, str]:
        parts = " + ".join(f"{said(mass)} {words[p]}" for p, mass in held.items() if mass)
        return {"right": str(right), "issued": said(issued), "parts": parts}

    text = "{right}: {issued} t issued = {parts}"
    return Proof("right", text, values(lambda mass: mass_said(mass, issued)), exact=values(fmt_t))


def _some(rights: list[Proof]) -> tuple[Proof, ...]:
    if len(rights) <= MOST_RIGHTS:
        return tuple(rights)
    text = "… and {count} more"
    return (*rights[:MOST_RIGHTS], Proof("more", text, {"count": f"{len(rights) - MOST_RIGHTS:,}"}))
