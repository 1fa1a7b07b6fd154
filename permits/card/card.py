"""One card as a value: the plain reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
    rank_of,
)
from permits.errors import InputError
from permits.quantity import require_mg


@dataclass(frozen=True, slots=True)
class Swiped:
    """Outcome of an emission that a card's firm wanted [mg]."""

    emitted_mg: int
    stopped_mg: int
    breach_mg: int  # the part of `emitted_mg` above the load
    events: tuple[CardEvent, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One firm's card for one pollutant and year, at a moment."""

    firm: str
    pollutant: str
    quota_mg: tuple[int, ...]  # by month, as topped up, shifted and withdrawn since
    stop: Stop = Stop.VALVE
    rules: CardRules = STANDARD
    month: int = 0  # 1-12; 0 before the first load
    loaded_mg: int = 0  # this month's, below zero after an excess
    used_mg: int = 0  # this month
    rank: int = OPEN
    shifted_mg: tuple[int, ...] = (0,) * MONTHS  # moved out of each month

    def __post_init__(self) -> None:
        assert len(self.quota_mg) == MONTHS, "a card has twelve month quotas"
        for quota in self.quota_mg:
            require_mg(quota, above=-1, where=f"card {self.firm}/{self.pollutant}")

    @property
    def state(self) -> Kind:
        return kind_of(self.rank, self.stop)

    @property
    def left_mg(self) -> int:
        """Mass that may still be emitted this month [mg]."""
        return max(self.loaded_mg - self.used_mg, 0)

    def reload(self, month: int) -> tuple[Card, tuple[CardEvent, ...]]:
        """Load the month's quota and the carried mass; the event of a stopped card that reopens."""
        check_next_month(self.month, month)
        rest = self.loaded_mg - self.used_mg
        carried = rest if self.rules.carry_within_year else min(rest, 0)
        loaded = self.quota_mg[month - 1] + carried
        stays = self.rank == STOPPED and loaded <= 0
        after = replace(
            self, month=month, loaded_mg=loaded, used_mg=0, rank=STOPPED if stays else OPEN
        )
        return after, _reopened(self, after)

    def swipe(self, wanted_mg: int) -> tuple[Card, Swiped]:
        """Emit as much of `wanted_mg` as the card allows."""
        (after,), (swiped,) = swipe_outlet([self], [wanted_mg])
        return after, swiped

    def charge(self, mass_mg: int) -> tuple[Card, Swiped]:
        """Charge a mass that has passed, whether the card allows it or not: for controllers."""
        require_mg(mass_mg, above=-1, where=f"card {self.firm}/{self.pollutant}")
        return _swiped(self, mass_mg, mass_mg)

    def top_up(self, mass_mg: int) -> tuple[Card, tuple[CardEvent, ...]]:
        """Add mass to the current month, as for a purchase or lease."""
        require_mg(mass_mg, above=0, where=f"card {self.firm}/{self.pollutant}")
        after = self._loaded_with(mass_mg, _added(self.quota_mg, self.month, mass_mg))
        return after, (CardEvent(0, Kind.TOPPED_UP), *_reopened(self, after))

    def shift(
        self, mass_mg: int, most_percent: int = 100
    ) -> tuple[Card, int, tuple[CardEvent, ...]]:
        """Move up to `mass_mg` from later months to this one, the last month first.

        At most `most_percent` of a later month's quota is moved in all. The rules available do not
        say from which month; taking the last one leaves the firm time to buy.

        Returns: the card, the mass moved [mg] (0: nothing left to move), the events.
        """
        require_mg(mass_mg, above=-1, where=f"card {self.firm}/{self.pollutant}")
        quota, shifted, moved = list(self.quota_mg), list(self.shifted_mg), 0
        for later in range(MONTHS - 1, self.month - 1, -1):
            most = (quota[later] + shifted[later]) * most_percent // 100 - shifted[later]
            taken = max(min(mass_mg - moved, most), 0)
            quota[later] -= taken
            shifted[later] += taken
            moved += taken
        if not moved:
            return self, 0, ()
        after = self._loaded_with(moved, _added(quota, self.month, moved))
        after = replace(after, shifted_mg=tuple(shifted))
        return after, moved, (CardEvent(0, Kind.SHIFTED), *_reopened(self, after))

    def withdraw(self, mass_mg: int) -> tuple[Card, int, tuple[CardEvent, ...]]:
        """Take back up to `mass_mg` of unused quota, as for a sale or the end of a lease.

        The last month gives first, the current one last and no more than is left.

        Returns: the card, the mass taken [mg], the events (it may shut).
        """
        require_mg(mass_mg, above=-1, where=f"card {self.firm}/{self.pollutant}")
        quota, taken = list(self.quota_mg), 0
        for later in range(MONTHS - 1, self.month - 1, -1):
            part = min(mass_mg - taken, quota[later])
            quota[later] -= part
            taken += part
        now = min(mass_mg - taken, self.left_mg) if self.month else 0
        if now:
            # What is left may have been carried from earlier months, so this month's
            # own quota can be smaller than it.
            quota[self.month - 1] = max(quota[self.month - 1] - now, 0)
        after = self._loaded_with(-now, tuple(quota))
        events = (CardEvent(0, Kind.WITHDRAWN),) if taken + now else ()
        return after, taken + now, events + _risen(self, after)

    def _loaded_with(self, more_mg: int, quota_mg: Sequence[int]) -> Card:
        loaded = self.loaded_mg + more_mg
        tried = self.rank == STOPPED
        rank = rank_of(self.used_mg, loaded, tried=tried, rules=self.rules)
        return replace(self, loaded_mg=loaded, quota_mg=tuple(quota_mg), rank=rank)


def swipe_outlet(
    cards: Sequence[Card], wanted_mg: Sequence[int]
) -> tuple[tuple[Card, ...], tuple[Swiped, ...]]:
    """Emit through one outlet, whose cards (one per pollutant) stop together.

    The card that runs out emits its load to the milligram; the others emit in the
    same proportion, rounded down.
    """
    stopped = any(card.rank == STOPPED for card in cards)
    allowed = [_allowed(c, w, stopped) for c, w in zip(cards, wanted_mg, strict=True)]
    emitted = allowed if stopped else in_proportion(allowed, wanted_mg)
    done = [_swiped(c, w, e) for c, w, e in zip(cards, wanted_mg, emitted, strict=True)]
    return tuple(card for card, _ in done), tuple(swiped for _, swiped in done)


def in_proportion(allowed_mg: Sequence[int], wanted_mg: Sequence[int]) -> list[int]:
    """Cut all of an outlet's emissions in the proportion of the most constrained one."""
    binding = None
    for allowed, wanted in zip(allowed_mg, wanted_mg, strict=True):
        if wanted and (binding is None or allowed * binding[1] < binding[0] * wanted):
            binding = (allowed, wanted)
    if binding is None:
        return list(allowed_mg)
    return [wanted * binding[0] // binding[1] for wanted in wanted_mg]


def month_quotas(limit_mg: int, rights_mg: int) -> tuple[int, ...]:
    """Twelve equal parts of the permitted emission of the year.

    That is the smaller of the permit's limit and the rights at the start of the year. The same
    as `split_exact` with equal weights, but faster: there are many cards.
    """
    part, rest = divmod(min(limit_mg, rights_mg), MONTHS)
    return tuple(part + (month < rest) for month in range(MONTHS))


def _allowed(card: Card, wanted_mg: int, stopped: bool) -> int:
    require_mg(wanted_mg, above=-1, where=f"card {card.firm}/{card.pollutant}")
    if card.stop is Stop.CURTAIL:
        return wanted_mg * card.rules.curtail_to_percent // 100 if stopped else wanted_mg
    return 0 if stopped else min(wanted_mg, card.left_mg)


def _swiped(card: Card, wanted_mg: int, emitted_mg: int) -> tuple[Card, Swiped]:
    used = card.used_mg + emitted_mg
    reached = rank_of(used, card.loaded_mg, tried=wanted_mg > 0, rules=card.rules)
    after = replace(card, used_mg=used, rank=max(card.rank, reached))
    breach = emitted_mg - min(emitted_mg, card.left_mg)
    return after, Swiped(emitted_mg, wanted_mg - emitted_mg, breach, _risen(card, after))


def _risen(before: Card, after: Card) -> tuple[CardEvent, ...]:
    ranks = range(before.rank + 1, after.rank + 1)
    return tuple(CardEvent(0, kind_of(rank, after.stop)) for rank in ranks)


def _reopened(before: Card, after: Card) -> tuple[CardEvent, ...]:
    if before.rank == STOPPED and after.rank != STOPPED:
        return (CardEvent(0, Kind.REOPENED),)
    return ()


def _added(quota_mg: Sequence[int], month: int, mass_mg: int) -> tuple[int, ...]:
    if not month:
        raise InputError(
            "card.not_loaded",
            "the card has not been loaded yet",
            mend="load the first month before topping it up",
        )
    return tuple(q + mass_mg if k == month - 1 else q for k, q in enumerate(quota_mg))
