"""Check of a card's history: its balance rebuilt, and every impossible record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from permits.card.card import Card
from permits.card.card_lines import CardLine, History, Said
from permits.card.cardyear import next_year
from permits.card.controller import TOLD
from permits.card.controller_inputs import Flow
from permits.card.state import STOPPED, CardEvent, Stop
from permits.errors import RightsError
from permits.meter.flow_concentration import mass_mg

MOVES = frozenset({
    Said.COUNTED, Said.RELOADED, Said.YEAR_LOADED, Said.TOPPED_UP, Said.SHIFTED, Said.WITHDRAWN
})  # fmt: skip
"""Records that change a card; the others report consequences."""
STOPPED_STATES = frozenset({Said.CLOSING, Said.SHUT})
STATES = STOPPED_STATES | {
    Said.OPEN, Said.REOPENED, Said.WARNED80, Said.WARNED90, Said.CURTAILED, Said.OFFLINE,
    Said.MAINTENANCE, Said.POWER_LOSS, Said.VALVE_FAULT,
}  # fmt: skip
TEXTS = {
    "card.history.order": "a record of {at} follows one of {before}",
    "card.history.card": "there is no card {card}",
    "card.history.impossible": "{said} of {amount} is impossible in the card's state at that time",
    "card.history.balance": "the balance is reported as {told}, but it is {rebuilt}",
    "card.history.amount": "{said} states {told}, but it is {rebuilt}",
    "card.history.untold": "{said} was reached, but not reported",
    "card.history.early": "{said} was reported, but not reached",
    "card.history.stopped": "{amount} passed a stopped outlet, but no record states it",
    "card.history.reopened": "the outlet reopens with a card used up",
    "card.history.readings": "the readings of card {card} give {passed}, but {counted} was charged",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CardViolation:
    """An impossible record: its position (from 0; None: the whole), and the text's values."""

    code: str
    line: int | None
    values: dict[str, object]

    @property
    def text(self) -> str:
        return TEXTS[self.code]

    def __str__(self) -> str:
        return self.text.format(**self.values)


def rebuild(history: History) -> tuple[Card, ...]:
    """The cards after the last record, from the issued ones and the moves.

    Raises: RightsError for an impossible record; `find_card_violations` lists all of them.
    """
    cards = list(history.issued)
    for record in history.records:
        if record.said in MOVES:
            assert record.card is not None
            cards[record.card], _, _ = _moved(cards[record.card], record, history)
    return tuple(cards)


def find_card_violations(
    history: History, flows: Iterable[Flow] | None = None, by_volume: Sequence[bool] = ()
) -> list[CardViolation]:
    """All impossible records, in order; empty if there are none.

    The cards are rebuilt from the moves only. Then a balance grows only by a load, a top-up or
    a shift; each threshold is reported when it is crossed, and only then; volume that passes a
    stopped outlet is reported as passed, mass beyond a load as a breach; an outlet never
    reopens with a card used up.

    Args:
        history: the cards as issued, and all records.
        flows: readings of the outlet's meter, each of which must appear once in the records.
        by_volume: for each card, whether it counts litres; empty: none does.
    """
    walk = _Walk(history)
    found = [fault for n, record in enumerate(history.records) for fault in walk.line(n, record)]
    found += walk.untold(None)
    if flows is not None:
        found += _against_flows(history, flows, by_volume)
    return found


def _moved(
    card: Card, record: CardLine, history: History
) -> tuple[Card, tuple[CardEvent, ...], int | None]:
    """The card after a move, the thresholds it crosses, and the amount to be reported."""
    amount = record.amount
    match record.said:
        case Said.COUNTED:
            after, swiped = card.charge(amount)
            return after, swiped.events, None
        case Said.RELOADED:
            after, _ = card.reload(record.number)
            return after, (), after.loaded_mg
        case Said.YEAR_LOADED:
            return next_year(card, amount, history.rules).card, (), None
        case Said.TOPPED_UP:
            after, events = card.top_up(amount)
            return after, events, None
        case Said.SHIFTED:
            after, moved, events = card.shift(amount, record.number)
            return after, events, moved
        case _:
            after, taken, events = card.withdraw(amount)
            return after, events, taken


class _Walk:
    """The cards record by record, and the reports still due after the last move."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._cards = list(history.issued)
        self._due: Counter[tuple[int, Said]] = Counter()
        self._breach = [0] * len(self._cards)
        self._stopped = False
        self._passing = 0  # counted at a stopped outlet, and not yet reported as passed
        self._at: datetime | None = None

    def line(self, n: int, record: CardLine) -> Iterator[CardViolation]:
        """Violations in one record."""
        if self._at is not None and record.at < self._at:
            yield _fault("order", n, at=record.at, before=self._at)
        self._at = record.at
        if _begins(record):
            yield from self.untold(n)
        if record.card is None:
            yield from self._outlet(n, record)
        elif not 0 <= record.card < len(self._cards):
            yield _fault("card", n, card=record.card)
        elif record.said in MOVES:
            yield from self._move(n, record.card, record)
        else:
            yield from self._told(n, record.card, record)

    def untold(self, n: int | None) -> Iterator[CardViolation]:
        """Reports still missing before the n-th record."""
        for (_, said), count in self._due.items():
            if count > 0:
                yield _fault("untold", n, said=said.value)
        for amount in filter(None, self._breach):
            yield _fault("untold", n, said=f"{Said.BREACH.value} ({amount})")
        if self._passing:
            yield _fault("stopped", n, amount=self._passing)
        self._due.clear()
        self._breach = [0] * len(self._cards)
        self._passing = 0

    def _move(self, n: int, place: int, record: CardLine) -> Iterator[CardViolation]:
        card = self._cards[place]
        try:
            after, events, amount = _moved(card, record, self._history)
        except RightsError:
            yield _fault("impossible", n, said=record.said.value, amount=record.amount)
            return
        self._cards[place] = after
        self._due.update((place, TOLD[e.kind]) for e in events if e.kind in TOLD)
        if record.said is Said.COUNTED:
            # Against the card before the move, as a breach is defined.
            self._breach[place] = record.amount - min(record.amount, card.left_mg)
            self._passing += record.amount if self._stopped else 0
        if amount is not None and amount != record.amount:
            yield _fault("amount", n, said=record.said.value, told=record.amount, rebuilt=amount)
        rebuilt = after.loaded_mg - after.used_mg
        if record.balance != rebuilt:
            yield _fault("balance", n, told=record.balance, rebuilt=rebuilt)

    def _told(self, n: int, place: int, record: CardLine) -> Iterator[CardViolation]:
        """A threshold or a breach: reported when it is reached, and only then."""
        if record.said is Said.BREACH:
            if record.amount != self._breach[place]:
                yield _fault("amount", n, said=record.said.value, told=record.amount,
                             rebuilt=self._breach[place])  # fmt: skip
            self._breach[place] = 0
        elif record.said in TOLD.values():
            if not self._due[place, record.said]:
                yield _fault("early", n, said=record.said.value)
            self._due[place, record.said] -= 1

    def _outlet(self, n: int, record: CardLine) -> Iterator[CardViolation]:
        if record.said is Said.PASSED:
            self._passing = 0
        if record.said is Said.REOPENED and any(card.rank == STOPPED for card in self._cards):
            yield _fault("reopened", n)
        if record.said in STATES and record.said is not Said.VALVE_FAULT:
            curtails = self._cards[0].stop is Stop.CURTAIL
            self._stopped = record.said in STOPPED_STATES and not curtails


def _begins(record: CardLine) -> bool:
    """Whether a record starts a new move: the cards of one flow are a single move."""
    if record.card is None:
        return record.said in STATES
    return record.said in MOVES and not (record.said is Said.COUNTED and record.card)


def _against_flows(
    history: History, flows: Iterable[Flow], by_volume: Sequence[bool]
) -> Iterator[CardViolation]:
    """Compare the meter's readings with the charged mass, card by card."""
    told = list(flows)
    for n in range(len(history.issued)):
        volume = n < len(by_volume) and by_volume[n]
        passed = sum(
            flow.volume_l if volume else mass_mg(flow.volume_l, flow.conc_ng_per_l[n])
            for flow in told
        )
        counted = sum(r.amount for r in history.records if r.said is Said.COUNTED and r.card == n)
        if passed != counted:
            yield _fault("readings", None, passed=passed, card=n, counted=counted)


def _fault(what: str, line: int | None, **values: object) -> CardViolation:
    return CardViolation(f"card.history.{what}", line, values)
