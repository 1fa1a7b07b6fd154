"""Many cards in arrays: the same results as `Card`, for thousands of cards per day."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from permits.card.card import Card, in_proportion, month_quotas
from permits.card.state import (
    MONTHS,
    OPEN,
    STANDARD,
    STOPPED,
    CardEvent,
    CardRules,
    Kind,
    Stop,
    check_next_month,
    kind_of,
)
from permits.errors import InputError

MOST_YEAR_MG = 10**16  # ten million tonnes: percentages of it still fit 64 bits
MOST_DAY_MG = 10**14  # a year of such days times 100 % fits 64 bits; assumed

IntArray = NDArray[np.int64]


class DayResult(NamedTuple):
    """Results of one day: arrays over cards [mg], and events in order of card."""

    emitted_mg: IntArray
    stopped_mg: IntArray
    breach_mg: IntArray
    events: tuple[CardEvent, ...]


class CardBank:
    """Many cards of one year, kept in arrays and changed in place.

    Every method gives the results of the same method of `Card` for each card; `card(i)`
    is that card as a value.
    """

    def __init__(self, cards: Sequence[Card], outlets: Sequence[int] | None = None) -> None:
        """Take over `cards`, all of one month and under one set of rules.

        Args:
            cards: the cards, in the order of all arrays.
            outlets: a number for each card; cards with the same number share a valve.
        """
        self.rules = cards[0].rules if cards else STANDARD
        self.month = cards[0].month if cards else 0
        alike = all(card.rules == self.rules and card.month == self.month for card in cards)
        assert alike, "a bank's cards stand in one month, under one set of rules"
        self.firms = tuple(card.firm for card in cards)
        self.pollutants = tuple(card.pollutant for card in cards)
        self.stops = tuple(card.stop for card in cards)
        self._curtails = np.array([s is Stop.CURTAIL for s in self.stops], dtype=bool)
        self.quota_mg = _table([card.quota_mg for card in cards])
        self.shifted_mg = _table([card.shifted_mg for card in cards])
        self.loaded_mg = _column([card.loaded_mg for card in cards])
        self.used_mg = _column([card.used_mg for card in cards])
        self.ranks = np.array([card.rank for card in cards], dtype=np.int8)
        given = range(len(cards)) if outlets is None else outlets
        self._outlet, self._shared = _outlets(given, self.stops)

    @classmethod
    def from_quotas(
        cls,
        firms: Sequence[str],
        pollutants: Sequence[str],
        year_mg: Sequence[int] | IntArray,
        stops: Sequence[Stop | str],
        *,
        rules: CardRules = STANDARD,
        outlets: Sequence[int] | None = None,
    ) -> CardBank:
        """Cards for yearly quotas, each split evenly over the months.

        Args:
            firms: (n,) id of each card's firm.
            pollutants: (n,) pollutant of each card.
            year_mg: (n,) quota of the year [mg].
            stops: (n,) how each outlet stops.
            rules: rules of all cards.
            outlets: (n,) a number for each card; cards with the same number share a valve.
        """
        rows = zip(firms, pollutants, year_mg, stops, strict=True)
        cards = [
            Card(firm, pollutant, month_quotas(int(mg), int(mg)), Stop(stop), rules)
            for firm, pollutant, mg, stop in rows
        ]
        return cls(cards, outlets)

    def __len__(self) -> int:
        return len(self.firms)

    def reload(self, month: int) -> tuple[CardEvent, ...]:
        """Load every card for `month` (1-12); returns the stopped cards that reopen."""
        check_next_month(self.month, month)
        rest = self.loaded_mg - self.used_mg
        carried = rest if self.rules.carry_within_year else np.minimum(rest, 0)
        was_stopped = self.ranks == STOPPED
        self.loaded_mg = self.quota_mg[:, month - 1] + carried
        self.used_mg = np.zeros_like(self.used_mg)
        self.ranks = np.where(was_stopped & (self.loaded_mg <= 0), STOPPED, OPEN).astype(np.int8)
        self.month = month
        reopened = np.flatnonzero(was_stopped & (self.ranks == OPEN))
        return tuple(CardEvent(int(i), Kind.REOPENED) for i in reopened)

    def day(self, month: int, wanted_mg: IntArray) -> DayResult:
        """Emit a day's wanted masses (one per card, [mg]) as far as the cards allow.

        Raises: InputError if the cards are loaded for another month, or for a mass
            that is negative or above `MOST_DAY_MG`.
        """
        self._check_day(month, wanted_mg)
        emitted = self._emitted(wanted_mg)
        # Against the balance before the day: `used_mg` changes on the next line.
        breach = emitted - np.minimum(emitted, np.maximum(self.loaded_mg - self.used_mg, 0))
        self.used_mg = self.used_mg + emitted
        before = self.ranks
        # A rank never falls within a month: only a load, top-up or shift reopens.
        self.ranks = np.maximum(before, self._ranks(self.used_mg, self.loaded_mg, wanted_mg > 0))
        events = tuple(
            CardEvent(int(i), kind_of(rank, self.stops[i]))
            for i in np.flatnonzero(self.ranks > before)
            for rank in range(int(before[i]) + 1, int(self.ranks[i]) + 1)
        )
        return DayResult(emitted, wanted_mg - emitted, breach, events)

    def quiet_days(self, month: int, wanted_mg: IntArray) -> tuple[int, IntArray]:
        """Number of days, from the first, without an event; and what they emit [mg].

        The same as by `day`, of all these days at once; the cards stay as they are.

        Args:
            month: the month of all days (1-12).
            wanted_mg: (n, days) wanted mass of each card on each day.
        Returns: the number of days, and (n, number) the mass emitted. None where `day` would
            raise on the first.
        """
        if month != self.month or wanted_mg.shape[0] != len(self):
            return 0, wanted_mg[:, :0]
        # Who is not stopped emits what it wants: a card that cuts it is used up by it, and that
        # is an event.
        cut = np.where(self._curtails, self.rules.curtail_to_percent, 0)
        emitted = wanted_mg * np.where(self._stopped(), cut, 100)[:, None] // 100
        used = self.used_mg[:, None] + emitted.cumsum(axis=1)
        ranks = self._ranks(used, self.loaded_mg[:, None], wanted_mg > 0)
        wrong = (wanted_mg < 0) | (wanted_mg > MOST_DAY_MG)
        ends = np.flatnonzero(((ranks > self.ranks[:, None]) | wrong).any(axis=0))
        count = int(ends[0]) if ends.size else wanted_mg.shape[1]
        return count, emitted[:, :count]

    def count_quiet(self, emitted_mg: IntArray) -> None:
        """Count what each card emitted on days without an event [mg]."""
        self.used_mg = self.used_mg + emitted_mg

    def top_up(self, index: int, mass_mg: int) -> tuple[CardEvent, ...]:
        """Add mass to the card's current month."""
        after, events = self.card(index).top_up(mass_mg)
        self.put(index, after)
        return _at(index, events)

    def shift(
        self, index: int, mass_mg: int, most_percent: int = 100
    ) -> tuple[int, tuple[CardEvent, ...]]:
        """Move quota of the card's later months to this one; also returns how much [mg].

        Args:
            index: position of the card.
            mass_mg: wanted mass [mg].
            most_percent: largest share of each later month's quota to move; 100 is all of it.
        """
        after, moved, events = self.card(index).shift(mass_mg, most_percent)
        self.put(index, after)
        return moved, _at(index, events)

    def withdraw(self, index: int, mass_mg: int) -> tuple[int, tuple[CardEvent, ...]]:
        """Take back unused quota of the card; also returns how much [mg]."""
        after, taken, events = self.card(index).withdraw(mass_mg)
        self.put(index, after)
        return taken, _at(index, events)

    def left_mg(self) -> IntArray:
        """Mass that each card may still emit this month [mg]."""
        left: IntArray = np.maximum(self.loaded_mg - self.used_mg, 0)
        return left

    def later_mg(self) -> IntArray:
        """Quota of each card in later months [mg]."""
        later: IntArray = self.quota_mg[:, self.month :].sum(axis=1)
        return later

    def left_of_mg(self, index: int) -> int:
        """Mass that one card may still emit this month [mg]."""
        return max(0, int(self.loaded_mg[index]) - int(self.used_mg[index]))

    def later_of_mg(self, index: int) -> int:
        """Quota of one card in later months [mg]."""
        return int(self.quota_mg[index, self.month :].sum())

    def card(self, index: int) -> Card:
        """One card as a value."""
        return Card(
            firm=self.firms[index],
            pollutant=self.pollutants[index],
            quota_mg=tuple(self.quota_mg[index].tolist()),
            stop=self.stops[index],
            rules=self.rules,
            month=self.month,
            loaded_mg=int(self.loaded_mg[index]),
            used_mg=int(self.used_mg[index]),
            rank=int(self.ranks[index]),
            shifted_mg=tuple(self.shifted_mg[index].tolist()),
        )

    def put(self, index: int, card: Card) -> None:
        """Take over what a top-up, shift or withdrawal changed of a card."""
        self.quota_mg[index] = card.quota_mg
        self.shifted_mg[index] = card.shifted_mg
        self.loaded_mg[index] = card.loaded_mg
        self.ranks[index] = card.rank

    def copy(self) -> CardBank:
        """Another bank in the same state; the two are changed apart."""
        other = copy(self)
        for name in ("quota_mg", "shifted_mg", "loaded_mg", "used_mg", "ranks"):
            setattr(other, name, getattr(self, name).copy())
        return other

    def _emitted(self, wanted: IntArray) -> IntArray:
        stopped = self._stopped()
        percent = np.where(stopped, self.rules.curtail_to_percent, 100)
        limited = np.where(stopped, 0, np.minimum(wanted, self.left_mg()))
        emitted = np.where(self._curtails, wanted * percent // 100, limited)
        for outlet in np.unique(self._outlet[(emitted < wanted) & ~stopped]):
            cards = self._shared[outlet]
            if len(cards) > 1:
                emitted[cards] = in_proportion(emitted[cards].tolist(), wanted[cards].tolist())
        return emitted

    def _stopped(self) -> NDArray[np.bool_]:
        # One used-up card shuts the valve that all cards of the outlet share.
        shut = np.zeros(len(self._shared), dtype=bool)
        shut[self._outlet[self.ranks == STOPPED]] = True
        stopped: NDArray[np.bool_] = shut[self._outlet]
        return stopped

    def _ranks(
        self, used: IntArray, loaded: IntArray, tried: NDArray[np.bool_]
    ) -> NDArray[np.int8]:
        """`rank_of` for every card, or for every card and day."""
        first, second = self.rules.warn_percent
        warned = (100 * used >= first * loaded).astype(np.int8) + (100 * used >= second * loaded)
        ranks = np.where(loaded > 0, warned, OPEN)
        return np.where((used >= loaded) & ((used > 0) | tried), STOPPED, ranks).astype(np.int8)

    def _check_day(self, month: int, wanted: IntArray) -> None:
        if month != self.month or wanted.shape != (len(self),):
            raise InputError(
                "card.day",
                "{wishes} masses for month {month} do not match {cards} cards loaded for month "
                "{loaded}",
                mend="reload the cards each month and give one mass per card",
                wishes=wanted.size,
                month=month,
                cards=len(self),
                loaded=self.month,
            )
        wrong = np.flatnonzero((wanted < 0) | (wanted > MOST_DAY_MG))
        if wrong.size:
            raise InputError(
                "card.wanted",
                "{firm} wants to emit {mass} mg of {pollutant} in a day",
                mend="give a mass from 0 to {most} mg per day",
                firm=self.firms[wrong[0]],
                pollutant=self.pollutants[wrong[0]],
                mass=int(wanted[wrong[0]]),
                most=MOST_DAY_MG,
            )


def _at(index: int, events: Sequence[CardEvent]) -> tuple[CardEvent, ...]:
    return tuple(CardEvent(index, event.kind) for event in events)


def _table(rows: Sequence[Sequence[int]]) -> IntArray:
    table = np.array(rows, dtype=np.int64).reshape(len(rows), MONTHS)
    for row in np.flatnonzero(table.sum(axis=1) > MOST_YEAR_MG):
        raise InputError(
            "card.quota",
            "a card's quota of {quota} mg per year is above {most} mg",
            mend="check the unit of the quota",
            quota=int(table[row].sum()),
            most=MOST_YEAR_MG,
        )
    return table


def _column(values: Sequence[int]) -> IntArray:
    return np.array(values, dtype=np.int64)


def _outlets(given: Sequence[int], stops: Sequence[Stop]) -> tuple[IntArray, tuple[IntArray, ...]]:
    """Each card's outlet, numbered from 0, and each outlet's cards."""
    _, outlet = np.unique(np.array(given, dtype=np.int64), return_inverse=True)
    order = np.argsort(outlet, kind="stable")
    ends = np.cumsum(np.bincount(outlet)) if len(stops) else np.array([], dtype=np.int64)
    shared = tuple(np.split(order, ends[:-1])) if len(stops) else ()
    for cards in shared:
        assert len({stops[i] for i in cards}) == 1, "cards of one outlet stop in one way"
    return outlet.astype(np.int64), shared
