"""Invariants that hold after every run, checked from the journal only.

Every entry is summed and every balance rebuilt, so that neither a changed digit nor a lost
row passes. Breaches by simulated firms are results and do not appear here: a violation is
an error of this program, or of a file that was modified.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from permits.account import Account, Pocket
from permits.errors import BadEntry
from permits.ledger import Entry, Ledger
from permits.ledger.entry import find_return, returned
from permits.right import Asset, Money, Right

ISSUER_SIDE = frozenset({Pocket.ISSUED})


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken invariant, with the entry, account or right concerned."""

    code: str
    text: str
    where: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.text.format(**self.values)} [{self.where}]"


Balances = dict[tuple[Account, Asset], int]


def find_violations(ledger: Ledger, *, money: bool = True) -> list[Violation]:
    """All violated invariants, in the order of the journal; empty if there are none.

    Entries: ids unique, legs whole and summing to zero, corrections only of earlier entries,
    no pocket below its floor after any of them, no used or retired right brought back unless
    the entry corrects another. Balances: equal to those that the journal gives. Rights: the
    mass issued equals the mass in other pockets. Money: none created or lost (skipped where
    `money` is false). A journal of batches is audited by compiled code first; the slow pass
    runs only to name what that audit found.
    """
    if _is_sound(ledger, money):
        return []
    built, found = _walk(ledger.journal, money)
    found += _find_differences(built, ledger, money)
    found += _find_unconserved(ledger, money)
    return found


def issued_mg(ledger: Ledger) -> dict[Right, int]:
    """Rights issued, net of what went back [mg], sorted by right."""
    total: dict[Right, int] = {}
    for account, asset, balance in ledger.balances():
        if account.pocket in ISSUER_SIDE and isinstance(asset, Right):
            total[asset] = total.get(asset, 0) - balance
    return dict(sorted(total.items()))


def issued_by_pollutant_mg(ledger: Ledger) -> dict[str, int]:
    """`issued_mg` summed over zones, vintages and series."""
    total: dict[str, int] = {}
    for right, mass_mg in issued_mg(ledger).items():
        total[right.pollutant] = total.get(right.pollutant, 0) + mass_mg
    return total


def held_mg(ledger: Ledger) -> dict[Right, dict[Pocket, int]]:
    """Mass of each right by pocket [mg], without ISSUED, sorted by right."""
    held: dict[Right, dict[Pocket, int]] = {}
    for account, asset, balance in ledger.balances():
        if account.pocket not in ISSUER_SIDE and isinstance(asset, Right):
            pockets = held.setdefault(asset, {})
            pockets[account.pocket] = pockets.get(account.pocket, 0) + balance
    return dict(sorted(held.items()))


def _is_sound(ledger: Ledger, money: bool) -> bool:
    """Whether the compiled audit finds nothing; false also for a journal without batches."""
    try:
        columns = ledger.columns()
    except BadEntry:
        return False  # an entry that was inserted by hand
    return columns is not None and columns.is_sound(money=money)


def _walk(journal: Iterable[Entry], money: bool) -> tuple[Balances, list[Violation]]:
    """Balances rebuilt from the journal, and the violations in its entries."""
    balances: Balances = {}
    seen: dict[str, None] = {}
    found: list[Violation] = []
    for entry in journal:
        found += _find_in_entry(entry, seen, money)
        seen[entry.id] = None
        for leg in entry.legs:
            key = leg.account, leg.asset
            balances[key] = balances.get(key, 0) + leg.delta
        # Floors apply to whole entries, so they are checked after the last leg.
        found += _find_below_floor(entry, balances, money)
    return balances, found


def _find_in_entry(entry: Entry, seen: Mapping[str, None], money: bool) -> list[Violation]:
    where = f"entry {entry.id}"
    found = []
    if entry.id in seen:
        found.append(Violation("audit.id", "the id occurs twice in the journal", where))
    if entry.corrects is not None and entry.corrects not in seen:
        text = "it corrects {first}, which is not an earlier entry"
        found.append(Violation("audit.corrects", text, where, {"first": entry.corrects}))
    sums: dict[Asset, int] = {}
    for leg in entry.legs:
        if type(leg.delta) is not int or leg.delta == 0:
            text = "a leg moves {delta!r}, which is not a whole number other than 0"
            found.append(Violation("audit.delta", text, where, {"delta": leg.delta}))
        sums[leg.asset] = sums.get(leg.asset, 0) + leg.delta
    for asset, total in sums.items():
        if total and _counts(asset, money):
            text = "its legs of {asset} add up to {total}, not to 0"
            values = {"asset": str(asset), "total": total}
            found.append(Violation("audit.unbalanced", text, where, values))
    place = None if entry.corrects is not None else find_return(entry)
    if place is not None:
        refusal = returned(entry, place)
        found.append(Violation("audit.returned", refusal.text, where, refusal.values))
    return found


def _find_below_floor(entry: Entry, balances: Balances, money: bool) -> list[Violation]:
    found = []
    for account, asset in dict.fromkeys((leg.account, leg.asset) for leg in entry.legs):
        balance = balances[account, asset]
        if balance < 0 and not account.may_go_below_zero and _counts(asset, money):
            text = "{account} has a balance of {balance} of {asset}, below zero"
            values = {"account": str(account), "asset": str(asset), "balance": balance}
            found.append(Violation("audit.floor", text, f"entry {entry.id}", values))
    return found


def _find_differences(built: Balances, ledger: Ledger, money: bool) -> list[Violation]:
    """Balances that the journal does not explain."""
    told = {(account, asset): balance for account, asset, balance in ledger.balances()}
    found = []
    for account, asset in {**built, **told}:
        journal, book = built.get((account, asset), 0), told.get((account, asset), 0)
        if journal != book and _counts(asset, money):
            text = "the balance of {asset} is {book}, but the journal gives {journal}"
            values = {"asset": str(asset), "book": book, "journal": journal}
            found.append(Violation("audit.balance", text, f"account {account}", values))
    return found


def _find_unconserved(ledger: Ledger, money: bool) -> list[Violation]:
    """Rights issued but not held, or held but never issued; likewise money."""
    totals: dict[Asset, int] = {}
    for _, asset, balance in ledger.balances():
        totals[asset] = totals.get(asset, 0) + balance
    found = []
    for asset, total in totals.items():
        if total and _counts(asset, money):
            text = "all pockets of {asset} add up to {total} more than was issued"
            values = {"asset": str(asset), "total": total}
            found.append(Violation("audit.conservation", text, f"asset {asset}", values))
    return found


def _counts(asset: Asset, money: bool) -> bool:
    return money or not isinstance(asset, Money)
