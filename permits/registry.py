"""Check of "one firm, one permit, one card" [WorkPlan2017] items 7 and 22 on a given day.

Whatever contradicts it is an error in a file or a register, so it is reported as a violation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from permits.invariants import Violation
from permits.outfall import OutfallRegister
from permits.permit import Permit


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """A card, and the number of the permit that its quota comes from."""

    id: str
    permit: str


def find_register_faults(
    permits: Sequence[Permit],
    cards: Sequence[IssuedCard],
    outfalls: OutfallRegister | None = None,
    *,
    on: date,
) -> list[Violation]:
    """Everything that contradicts "one firm, one permit, one card" on a day.

    Duplicate numbers and ids; a firm with several valid permits; a valid permit without a card,
    or with several; a card or an outfall in use whose permit is not valid. Sorted by firms,
    permits, cards and outfalls.

    Args:
        permits: all permits, valid or not.
        cards: all cards issued.
        outfalls: the outfall register; `None` skips the checks of outfalls.
        on: the day to check.
    """
    running = {permit.number: permit for permit in permits if permit.is_valid(on)}
    return [
        *_find_twice("permit", (permit.number for permit in permits)),
        *_find_twice("card", (card.id for card in cards)),
        *_find_in_firms(running.values()),
        *_find_in_permits(running, cards),
        *_find_in_outfalls(running, cards, outfalls),
    ]


def _find_twice(what: str, names: Iterable[str]) -> list[Violation]:
    seen: dict[str, int] = defaultdict(int)
    for name in names:
        seen[name] += 1
    text = "it occurs {count} times in the register"
    return [
        Violation("register.twice", text, f"{what} {name}", {"count": count})
        for name, count in seen.items()
        if count > 1
    ]


def _find_in_firms(running: Iterable[Permit]) -> list[Violation]:
    by_firm: dict[str, list[str]] = defaultdict(list)
    for permit in running:
        by_firm[permit.firm].append(permit.number)
    text = "several permits are valid at once: {numbers}"
    return [
        Violation("register.permits", text, f"firm {firm}", {"numbers": ", ".join(numbers)})
        for firm, numbers in sorted(by_firm.items())
        if len(numbers) > 1
    ]


def _find_in_permits(running: Mapping[str, Permit], cards: Iterable[IssuedCard]) -> list[Violation]:
    by_permit: dict[str, list[str]] = {number: [] for number in sorted(running)}
    found, stray = [], []
    for card in cards:
        if card.permit in by_permit:
            by_permit[card.permit].append(card.id)
        else:
            text = "its permit {number} is not valid"
            stray.append(
                Violation("register.stray", text, f"card {card.id}", {"number": card.permit})
            )
    for number, own in by_permit.items():
        where = f"permit {number}"
        if not own:
            found.append(Violation("register.no_card", "no card is loaded under it", where))
        if len(own) > 1:
            text = "several cards are loaded under it: {cards}"
            found.append(Violation("register.cards", text, where, {"cards": ", ".join(own)}))
    return found + stray


def _find_in_outfalls(
    running: Mapping[str, Permit],
    cards: Iterable[IssuedCard],
    outfalls: OutfallRegister | None,
) -> list[Violation]:
    permit_of, found = {card.id: card.permit for card in cards}, []
    for outfall in outfalls.in_use() if outfalls else ():
        where = f"outfall {outfall.id}"
        if outfall.permit not in running:
            text = "its permit {number} is not valid"
            found.append(Violation("register.stray", text, where, {"number": outfall.permit}))
        if outfall.card is not None and permit_of.get(outfall.card) != outfall.permit:
            text = "its card {card} is not loaded under its permit {number}"
            values = {"card": outfall.card, "number": outfall.permit}
            found.append(Violation("register.card", text, where, values))
    return found
