"""Licence limits and card histories, compared with the entries that booked emission."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from permits.account import Pocket
from permits.invariants import Violation
from permits.ledger import Ledger, Reason
from permits.quantity import fmt_t
from permits.right import Right
from scenarios.proof.audit.audit_report import Proof, mass_said
from scenarios.results.audit_inputs import CardMonth, LicenceLimit
from scenarios.results.stores.run_journal import read_event_rows, read_register_rows

Key = tuple[str, str, int]
"""Firm, pollutant and year."""
Sums = Counter[Key]
Told = set[tuple[str, str, str, str]]
"""Month, firm, pollutant and kind of each card event."""
WARNINGS = ((80, ("warned80", "warned90", "shut", "curtailed")), (100, ("shut", "curtailed")))
"""From this percentage of the load on, one of these events occurs in the month."""
CARD = "swipe."


def read_registers(
    path: Path,
) -> tuple[tuple[LicenceLimit, ...], tuple[CardMonth, ...], Told]:
    """Licences, card months and card events of a run's journal."""
    licences = [LicenceLimit(*row[1:]) for row in read_register_rows(path, "licences") or ()]  # type: ignore[arg-type]
    cards = [CardMonth(*row[1:]) for row in read_register_rows(path, "cards") or ()]  # type: ignore[arg-type]
    told: Told = set()
    for _, on, _, kind, who, _, values, _ in read_event_rows(path):
        if str(kind).startswith(CARD):
            pollutant = json.loads(str(values)).get("pollutant", "")
            told.add((str(on)[:7], str(who), pollutant, str(kind).removeprefix(CARD)))
    return tuple(licences), tuple(cards), told


def find_in_registers(
    ledger: Ledger,
    licences: Sequence[LicenceLimit],
    cards: Sequence[CardMonth],
    told: Told,
) -> tuple[list[Violation], list[Proof]]:
    """Check licences and cards against the entries.

    Args:
        ledger: the ledger after all entries.
        licences: the licence limits, with their changes.
        cards: the months of all cards, in order of time.
        told: the card events of the journal.
    Returns: the violations, and the proofs.
    """
    used, under_lease = _used_mg(ledger)
    found = list(_find_in_cards(cards, told)) + list(_find_in_sums(cards, used))
    over, exceeded = _find_over_limits(licences, used, under_lease, told)
    proofs = []
    # A run without cards or licences gets no proof of them: nothing was checked.
    if cards and not found:
        text = (
            "Cards: the histories agree with the entries (cards: {count:,}, months: "
            "{months:,}); {mass} t emitted and booked"
        )
        count = len({(card.firm, card.pollutant) for card in cards})
        months = len({card.month for card in cards})
        mass_mg = sum(card.emitted_mg for card in cards)
        values = {"count": count, "months": months, "mass": mass_said(mass_mg)}
        proofs.append(Proof("cards", text, values, exact={"mass": fmt_t(mass_mg)}))
    if licences and not over:
        text = "Licence limits: {kept:,} kept, {exceeded:,} exceeded and reported as a breach"
        kept = len(set(_last_limits(licences)) & set(used)) - exceeded
        proofs.append(Proof("licences", text, {"kept": kept, "exceeded": exceeded}))
    return found + over, proofs


def _used_mg(ledger: Ledger) -> tuple[Sums, Sums]:
    """Emission by firm, pollutant and year, as swipes booked it [mg].

    Returns: the total, and the part paid with leased rights.
    """
    used, under_lease = Counter[Key](), Counter[Key]()
    for entry in ledger.journal:
        if entry.reason is not Reason.SWIPE:
            continue
        for leg in entry.legs:
            if not isinstance(leg.asset, Right):
                continue
            key = leg.account.owner, leg.asset.pollutant, leg.asset.vintage
            if leg.account.pocket is Pocket.USED:
                used[key] += leg.delta
            elif leg.account.pocket is Pocket.LEASED:
                under_lease[key] -= leg.delta
    return used, under_lease


def _find_in_cards(cards: Sequence[CardMonth], told: Told) -> Iterator[Violation]:
    before: dict[tuple[str, str], CardMonth] = {}
    for card in cards:
        key, where = (card.firm, card.pollutant), f"card {card.firm}/{card.pollutant}, {card.month}"
        last = before.get(key)
        before[key] = card
        if not _carries(last, card):
            text = "the month begins with {carried} t, but the previous month left {left} t"
            left = fmt_t(last.left_mg if last else 0)
            values = {"carried": fmt_t(card.carried_mg), "left": left}
            yield Violation("audit.card_carried", text, where, values)
        if card.left_mg < 0 and card.stop != "curtail":
            text = "a card that stops its outlet was used {over} t beyond its load"
            yield Violation("audit.card_over", text, where, {"over": fmt_t(-card.left_mg)})
        loaded = card.emitted_mg + card.left_mg
        for percent, kinds in WARNINGS:
            reached = card.emitted_mg and 100 * card.emitted_mg >= percent * loaded
            if reached and not any((card.month, *key, kind) in told for kind in kinds):
                text = "{percent} % of the load was reached but not reported"
                yield Violation("audit.card_untold", text, where, {"percent": percent})


def _carries(last: CardMonth | None, card: CardMonth) -> bool:
    """Whether a month begins with the balance of the one before, or with its excess only."""
    if last is None or last.month[:4] != card.month[:4]:
        return card.carried_mg == 0
    return card.carried_mg in (last.left_mg, min(last.left_mg, 0))


def _find_in_sums(cards: Sequence[CardMonth], used: Sums) -> Iterator[Violation]:
    """Cards whose year differs from what the entries booked."""
    emitted = Counter[Key]()
    for card in cards:
        emitted[card.firm, card.pollutant, int(card.month[:4])] += card.emitted_mg
    for key in sorted({*emitted, *used}) if cards else ():
        if emitted[key] != used[key]:
            firm, pollutant, year = key
            text = "its months add up to {cards} t, but the entries book {used} t"
            values = {"cards": fmt_t(emitted[key]), "used": fmt_t(used[key])}
            yield Violation("audit.card_sum", text, f"card {firm}/{pollutant}, {year}", values)


def _find_over_limits(
    licences: Sequence[LicenceLimit], used: Sums, under_lease: Sums, told: Told
) -> tuple[list[Violation], int]:
    """Emission above a licence that no event reports; and the number of limits exceeded.

    A lease is a separate permission for its term, so emission paid with leased rights is
    excluded [ModelAssumption].
    """
    breached = {
        (firm, pollutant, int(month[:4]))
        for month, firm, pollutant, kind in told
        if kind in ("breach", "curtailed")
    }
    found, exceeded = [], 0
    for key, limit in sorted(_last_limits(licences).items()):
        emitted = used[key] - under_lease[key]
        if emitted <= limit.limit_mg:
            continue
        exceeded += 1
        if key not in breached:
            text = "{used} t of {pollutant} were emitted in {year}, but only {limit} t are licensed"
            values = {
                "used": fmt_t(emitted),
                "limit": fmt_t(limit.limit_mg),
                "pollutant": limit.pollutant,
                "year": limit.year,
            }
            found.append(Violation("audit.licence", text, f"permit {limit.number}", values))
    return found, exceeded


def _last_limits(licences: Sequence[LicenceLimit]) -> dict[Key, LicenceLimit]:
    """Each limit as valid at the end of its year."""
    return {
        (row.firm, row.pollutant, row.year): row
        for row in sorted(licences, key=lambda row: row.effective)
        if int(row.effective[:4]) <= row.year
    }
