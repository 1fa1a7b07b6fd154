"""One pollutant at one outlet, reading by reading: gaps, masses, the card."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from permits.card.state import MONTHS, OPEN, STOPPED, rank_of
from permits.meter.gap import Gap, MissingSpec
from permits.metering.chunk import LEAP_H, UNIT_AFTER, UNIT_FACTOR, BulkCard, MeterEvent, MeterPlan
from permits.metering.hour_tables import first_hour_of, month_of, period_of

How = Literal["valid", "substituted", "unfilled", "stopped"]
HOWS: tuple[How, ...] = ("valid", "substituted", "unfilled", "stopped")


@dataclass(slots=True)
class Tapes:
    """Completed rows of every result table."""

    masses: list[tuple[int, ...]] = field(default_factory=list)
    events: list[tuple[int, ...]] = field(default_factory=list)
    balances: list[tuple[int, ...]] = field(default_factory=list)
    notes: list[tuple[int, ...]] = field(default_factory=list)


class Usual:
    """A running estimate of the usual value.

    It rises or falls by a sixteenth with each value, so it stays near the median and is not
    pulled by outliers.
    """

    def __init__(self) -> None:
        self.value, self.seen = 0, 0

    def is_far(self, value: int) -> bool:
        """Whether `value` (> 0) is off by a unit; updates the estimate in any case."""
        far = self.seen >= UNIT_AFTER and (
            value // UNIT_FACTOR >= self.value or self.value // UNIT_FACTOR >= value
        )
        if self.seen == 0:
            self.value = value
        elif value > self.value:
            self.value += self.value // 16 + 1
        elif value < self.value:
            self.value = max(self.value - self.value // 16 - 1, 1)
        self.seen += 1
        return far


class CardAccount:
    """A card's months: load, charges, warnings."""

    def __init__(self, number: int, card: BulkCard, plan: MeterPlan, tapes: Tapes) -> None:
        self._number, self._card, self._rules, self._tapes = number, card, plan.rules, tapes
        self.month: int | None = None
        self.loaded_mg = self.charged_mg = 0
        self.rank = OPEN

    def charge(self, hour: int, mass_mg: int) -> None:
        """Charge an hour's mass, after loading the months that have begun."""
        if self.month is None:
            self.month = month_of(hour)
            self.loaded_mg = self._card.quota_mg[self.month % MONTHS]
            self._tell(hour, MeterEvent.OPEN)
        # One by one: the carry-over of each month needs the remainder of the one before.
        while self.month < month_of(hour):
            self._reload()
        self.charged_mg += mass_mg
        reached = rank_of(self.charged_mg, self.loaded_mg, tried=mass_mg > 0, rules=self._rules)
        for rank in range(self.rank + 1, reached + 1):
            self._tell(hour, MeterEvent(rank))
        self.rank = max(self.rank, reached)

    def close(self) -> None:
        """Write the month's balance to the tape."""
        if self.month is not None:
            self._tapes.balances.append(
                (self._number, self.month, self.loaded_mg, self.charged_mg, self.rank)
            )

    def _reload(self) -> None:
        """As `Card.reload`; a new year begins without the remainder of the old one."""
        assert self.month is not None
        # The balance is written before the next load changes it.
        self.close()
        self.month += 1
        rest = self.loaded_mg - self.charged_mg
        carried = rest if self._rules.carry_within_year else min(rest, 0)
        if self.month % MONTHS == 0:
            carried = 0
        self.loaded_mg = self._card.quota_mg[self.month % MONTHS] + carried
        self.charged_mg = 0
        stopped = self.rank == STOPPED
        self.rank = STOPPED if stopped and self.loaded_mg <= 0 else OPEN
        reopened = stopped and self.rank == OPEN
        self._tell(
            first_hour_of(self.month), MeterEvent.REOPENED if reopened else MeterEvent.RELOADED
        )

    def _tell(self, hour: int, event: MeterEvent) -> None:
        self._tapes.events.append((self._number, hour, event))


class OutletPollutant:
    """One pollutant at one outlet.

    It begins with its first value, or at once where it has a card: hours before are no gap.
    """

    def __init__(
        self,
        key: tuple[int, int],
        plan: MeterPlan,
        spec: MissingSpec,
        substitute: Callable[[Gap], int | None],
        tapes: Tapes,
    ) -> None:
        self._key, self._by, self._substitute, self._tapes = key, plan.by, substitute, tapes
        found = [(n, c) for n, c in enumerate(plan.cards) if (c.outlet, c.pollutant) == key]
        self.account = CardAccount(*found[0], plan, tapes) if found else None
        self._potential_mg = found[0][1].potential_mg if found else None
        self.begun = bool(found)
        self.usual = Usual()
        self._gap_first = self._gap_h = self._since_h = 0
        self._before_mg: int | None = None
        self._largest_mg: int | None = None
        self._recent: deque[int] = deque(maxlen=spec.look_back_h)
        self._known: deque[bool] = deque(maxlen=spec.availability_h)
        self._period: int | None = None
        self._sums: dict[str, int] = dict.fromkeys(("emitted", "put_in", *HOWS), 0)

    def miss(self, first_hour: int, hours: int) -> None:
        """The next `hours` have no value; a gap of more than a year is filled in parts."""
        # A bounded gap, since the kernel has room on its tape for a year at most.
        if self._gap_h + hours > LEAP_H:
            self.fill(None)
        if self._gap_h == 0:
            self._gap_first = first_hour
        self._gap_h += hours

    def measure(self, hour: int, mass_mg: int) -> None:
        """A valid hour."""
        # The gap first: its look-back ends before this hour.
        self.fill(mass_mg)
        self._since_h = 0
        self._before_mg = mass_mg
        self._largest_mg = max(mass_mg, self._largest_mg or 0)
        self._recent.append(mass_mg)
        self._known.append(True)
        self._book(hour, mass_mg, 0, "valid")

    def stand_in(self, hour: int, mass_mg: int) -> None:
        """An hour with the reporter's own substitute."""
        self.fill(None)
        self._known.append(False)
        self._book(hour, 0, mass_mg, "substituted")

    def stop(self, hour: int) -> None:
        """An hour in which nothing flowed."""
        # A stop is not a measurement: the gap before it has no hour after.
        self.fill(None)
        self._book(hour, 0, 0, "stopped")

    def fill(self, after_mg: int | None) -> None:
        """End the gap, if there is one, by the missing-data rule."""
        if self._gap_h == 0:
            return
        self._since_h += self._gap_h
        # Before the substitute: a gap lowers the availability that it is filled by.
        self._known.extend([False] * self._gap_h)
        gap = Gap(
            length_h=self._since_h,
            before_mg=self._before_mg,
            after_mg=after_mg,
            recent_mg=tuple(self._recent),
            largest_mg=self._largest_mg,
            valid_h=sum(self._known),
            operated_h=len(self._known),
            potential_mg=self._potential_mg,
        )
        mass_mg = self._substitute(gap)
        for hour in range(self._gap_first, self._gap_first + self._gap_h):
            self._book(hour, 0, mass_mg or 0, "unfilled" if mass_mg is None else "substituted")
        self._gap_h = 0

    def close(self) -> None:
        """Fill an open gap, and write period and balance to the tapes."""
        self.fill(None)
        self._flush()
        if self.account is not None:
            self.account.close()

    def _book(self, hour: int, emitted_mg: int, put_in_mg: int, how: How) -> None:
        period = period_of(hour, self._by)
        if period != self._period:
            self._flush()
            self._period = period
        self._sums["emitted"] += emitted_mg
        self._sums["put_in"] += put_in_mg
        self._sums[how] += 1
        if self.account is not None:
            self.account.charge(hour, emitted_mg + put_in_mg)

    def _flush(self) -> None:
        if self._period is not None:
            self._tapes.masses.append((*self._key, self._period, *self._sums.values()))
        self._sums = dict.fromkeys(self._sums, 0)
        self._period = None
