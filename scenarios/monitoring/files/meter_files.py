"""Files through the meter: one pass, constant memory, the next rows read meanwhile."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from permits.errors import ManyErrors, RightsError
from permits.meter.missing import DEFAULT, find_missing_rule
from permits.metering import Meter, Plan, open_meter
from permits.metering.chunk import Chunk, Grain
from scenarios.monitoring.files.file_kinds import open_files
from scenarios.monitoring.files.hourly import Hourly
from scenarios.monitoring.files.meter_result import Outcome, Spill
from scenarios.monitoring.files.quota_cards import CardRow, read_cards
from scenarios.monitoring.files.reader import Names, Reader, Source
from scenarios.monitoring.files.time_zones import Clock
from scenarios.text import t

Say = Callable[[str, float | None], None]
AHEAD_FROM = 1_000_000
"""Readings of a file from which the next rows are read while the last are metered."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a run over files.

    `missing`: the rule; where it is `None`, HJ/T 75-2007, and substitutes that a reporter
    has put in himself stand as they are.
    """

    files: tuple[str, ...]
    cards: str | None = None
    by: Grain = "month"
    missing: str | None = None
    zone: str | None = None
    compiled: bool | None = None

    def __post_init__(self) -> None:
        find_missing_rule(self.missing or DEFAULT)
        Plan((), by=self.by)


@dataclass(slots=True)
class Pass:
    """A run whose files are read, and whose gaps and periods are still open."""

    meter: Meter
    outcome: Outcome

    @property
    def last_hour(self) -> int:
        return int(self.meter.last_hours.max(initial=0))

    def finish(self, until_h: int) -> Outcome:
        """Hours up to `until_h` without a reading are missing."""
        self.outcome.add(self.meter.finish(until_h), "")
        self.outcome.add_counts(self.meter.counts)
        self.outcome.outlets = int((self.meter.last_hours >= 0).sum())
        return self.outcome


def meter_files(
    asked: Asked,
    *,
    say: Say = lambda text, share: None,
    spill: Spill | None = None,
) -> Outcome:
    """Files of readings into masses, events and balances.

    Args:
        say: told what is being done, and how much of it is done.
        spill: takes the masses as they come, where they are too many to keep.
    Returns: the outcome; a file that cannot be read, or read on, is among its mistakes and
        stops no other.
    Raises: ManyErrors if no file can be read, or for the table of cards.
    """
    begun = start(asked, say=say, spill=spill)
    return begun.finish(begun.last_hour)


def start(
    asked: Asked,
    share: tuple[int, int] = (0, 1),
    *,
    say: Say = lambda text, share: None,
    spill: Spill | None = None,
) -> Pass:
    """The pass over one share of the outlets, up to the last reading."""
    sources, mistakes = open_files(asked.files)
    if not sources:
        raise ManyErrors(mistakes)
    found = list(dict.fromkeys(p for source in sources for p in source.pollutants))
    cards, notices = ([], []) if asked.cards is None else read_cards(asked.cards, found)
    pollutants = tuple(dict.fromkeys([*found, *(card.pollutant for card in cards)]))
    reader = Reader(pollutants, Names(), Clock(asked.zone), share=share)
    plan = _plan(asked, pollutants, cards, reader)
    expected = sum(source.rows for source in sources)
    meter = open_meter(plan, expected, compiled=asked.compiled)
    outcome = Outcome(plan, reader.names.names, cards, spill, mistakes=mistakes, notices=notices)
    hourly = Hourly(reader)
    for source in sources:
        outcome.notices += source.notices
        _read(
            source,
            hourly,
            meter,
            outcome,
            lambda done: say("metering", min(done / max(expected, 1), 1)),
        )
    outcome.add(meter.take(hourly.rest()), sources[-1].name)
    _tell(outcome, reader, hourly)
    return Pass(meter, outcome)


def _plan(asked: Asked, pollutants: tuple[str, ...], cards: list[CardRow], reader: Reader) -> Plan:
    numbered = []
    for card in cards:
        outlet = reader.names.number(card.outlet)
        numbered.append(card.numbered(outlet, pollutants))
    return Plan(
        pollutants,
        tuple(numbered),
        by=asked.by,
        missing=asked.missing or DEFAULT,
        given_stand=asked.missing is None,
    )


def _read(
    source: Source,
    hourly: Hourly,
    meter: Meter,
    outcome: Outcome,
    done: Callable[[int], None],
) -> None:
    before = hourly.read
    try:
        chunks = hourly.of(source)
        for chunk in _ahead(chunks) if source.rows >= AHEAD_FROM else chunks:
            outcome.add(meter.take(chunk), source.name)
            done(hourly.read)
    except RightsError as error:
        outcome.mistakes.append(error)
    outcome.readings += hourly.read - before
    outcome.files.append((source.name, hourly.read - before))


def _tell(outcome: Outcome, reader: Reader, hourly: Hourly) -> None:
    """What could not be read, and what was read otherwise than it stands."""
    outcome.quarantine += reader.rows
    outcome.counts.update(reader.unreadable)
    outcome.us_totals = reader.totals
    outcome.notices += sorted(reader.told)
    clock = reader.clock
    if hourly.floored:
        outcome.notices.append(
            t("{count} readings do not begin with an hour; each was counted for the hour in "
              "which it begins", count=hourly.floored)
        )  # fmt: skip
    if hourly.partly:
        outcome.notices.append(
            t("{count} hours are known by 45 minutes or more, but not by all; the mean of those "
              "stands for the hour", count=hourly.partly)
        )  # fmt: skip
    if clock.doubled:
        outcome.notices.append(
            t("{count} readings stand in an hour that clocks go through twice; they were taken "
              "for the second one", count=clock.doubled)
        )  # fmt: skip
    if len(clock.offsets) > 1:
        outcome.notices.append(
            t("times carry several distances from UTC ({offsets}); hours count as in the first",
              offsets=", ".join(sorted(clock.offsets)))
        )  # fmt: skip


def _ahead(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """The same chunks, each made while the one before it is used."""
    made: queue.Queue[Chunk | BaseException | None] = queue.Queue(maxsize=1)
    left = threading.Event()

    def make() -> None:
        last: BaseException | None = None
        try:
            for chunk in chunks:
                if not put(chunk):
                    return
        except BaseException as error:  # raised again where it is waited for
            last = error
        put(last)

    def put(one: Chunk | BaseException | None) -> bool:
        while not left.is_set():
            try:
                made.put(one, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    thread = threading.Thread(target=make, daemon=True)
    thread.start()
    try:
        while (one := made.get()) is not None:
            if isinstance(one, BaseException):
                raise one
            yield one
    finally:
        left.set()
        thread.join()
