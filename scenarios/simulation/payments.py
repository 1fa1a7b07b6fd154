"""Who paid whom: the money legs of a journal, by payer, payee and reason."""

from __future__ import annotations

from collections.abc import Iterable

from permits.ledger import Entry, Reason
from permits.right import Money
from scenarios.results.reason_titles import TITLES

Payment = tuple[str, str, str, int, int]
"""Payer, payee, reason in words, number of payments, money [fen]."""

OPENING = (Reason.ISSUE, Reason.FEE)
"""Reasons of entries in which firms pay for opening rights."""


def payment_rows(journal: Iterable[Entry]) -> list[Payment]:
    """Payments between owners, by payer, payee and reason, in that order.

    Money that an owner moves between its own pockets, as into escrow and back, is no payment.
    The column of money adds up to all money that changed its owner.
    """
    count: dict[tuple[str, str, str], int] = {}
    money: dict[tuple[str, str, str], int] = {}
    for entry in journal:
        for payer, payee, paid in _payments(entry):
            key = payer, payee, _title(entry.reason)
            count[key] = count.get(key, 0) + 1
            money[key] = money.get(key, 0) + paid
    return [(*key, count[key], money[key]) for key in sorted(count)]


def paid_for_openings_fen(journal: Iterable[Entry]) -> int:
    """What firms paid for opening rights, on the whole [fen]."""
    openings = (entry for entry in journal if entry.reason in OPENING)
    return sum(paid for entry in openings for _, _, paid in _payments(entry))


def _title(reason: Reason) -> str:
    # An issue moves money only where opening rights are paid for.
    return "opening rights" if reason in OPENING else TITLES[reason]


def _payments(entry: Entry) -> list[tuple[str, str, int]]:
    """Payer, payee and money [fen] of each payment of an entry.

    Several payers and payees of one entry are matched in the order of its legs.
    """
    gained: dict[str, int] = {}
    for leg in entry.legs:
        if isinstance(leg.asset, Money):
            owner = leg.account.owner
            gained[owner] = gained.get(owner, 0) + leg.delta
    owing = [(owner, -delta) for owner, delta in gained.items() if delta < 0]
    found = []
    for payee, delta in gained.items():
        due = delta
        while due > 0:
            payer, left = owing.pop(0)
            part = min(due, left)
            found.append((payer, payee, part))
            due -= part
            if part < left:
                owing.insert(0, (payer, left - part))
    return found
