"""Metering of files: one pass, constant memory, reading ahead in a second thread."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from permits.errors import InputError, ManyErrors, RightsError
from permits.meter.missing import DEFAULT, find_missing_rule
from permits.metering import MeterPass, MeterPlan, open_meter
from permits.metering.chunk import Grain
from scenarios.intake.cells import TableInput, name_of
from scenarios.intake.columns import TextColumn
from scenarios.intake.meaning.lookalikes import lookalike_notices
from scenarios.monitoring.files.file_kinds import open_files
from scenarios.monitoring.files.hourly import FileHours, Hourly
from scenarios.monitoring.files.meter_result import MeterResult, Spill
from scenarios.monitoring.files.quota_cards import CardRow, read_quota_cards
from scenarios.monitoring.files.reader import OutletNumbers, Reader, ReadingFile
from scenarios.monitoring.files.time_zones import Clock
from scenarios.monitoring.files.us_hours import find_alike_units
from scenarios.text import t

Say = Callable[[str, float | None], None]
AHEAD_FROM = 1_000_000
"""Readings of a file from which reading ahead is assumed to pay for its thread."""
OUTLET_KB = 1.6  # of memory, as measured with three million outlets
MOST_NAMED = 10  # names in one notice, so that it stays a line (assumed)


@dataclass(frozen=True, slots=True)
class Asked:
    """Options of a run over files.

    `missing` names the missing-data rule; `None` is HJ/T 75-2007, and substitutes that the
    reporter has already inserted are kept.
    """

    files: tuple[TableInput, ...]
    cards: TableInput | None = None
    by: Grain = "month"
    missing: str | None = None
    zone: str | None = None
    compiled: bool | None = None

    def __post_init__(self) -> None:
        find_missing_rule(self.missing or DEFAULT)
        MeterPlan((), by=self.by)


@dataclass(slots=True)
class Pass:
    """A run whose files are read but whose gaps and periods are still open."""

    meter: MeterPass
    outcome: MeterResult

    @property
    def last_hour(self) -> int:
        return int(self.meter.last_hours.max(initial=0))

    def finish(self, until_h: int) -> MeterResult:
        """End the run: hours up to `until_h` without a reading are missing."""
        self.outcome.add(self.meter.finish(until_h), "")
        self.outcome.add_counts(self.meter.counts)
        self.outcome.outlets = int((self.meter.last_hours >= 0).sum())
        return self.outcome


def meter_files(
    asked: Asked,
    *,
    say: Say = lambda text, share: None,
    spill: Spill | None = None,
) -> MeterResult:
    """Meter files of readings into masses, events and balances.

    Args:
        asked: the options of the run.
        say: receives progress: what is being done, and the share done.
        spill: receives masses as they come, where they are too many to keep in memory.
    Returns: the outcome; a file that cannot be read completely is among its mistakes and
        does not stop the others.
    Raises: ManyErrors if no file can be read, or for the table of cards; InputError where
        memory does not suffice.
    """
    try:
        begun = start(asked, say=say, spill=spill)
        return begun.finish(begun.last_hour)
    except MemoryError as error:
        raise InputError(
            "meter.memory",
            "there is not enough memory: every outlet takes about {size} kB",
            where=", ".join(map(name_of, asked.files)),
            mend="meter the outlets in several runs, or close other programs",
            size=OUTLET_KB,
        ) from error


def start(
    asked: Asked,
    share: tuple[int, int] = (0, 1),
    *,
    say: Say = lambda text, share: None,
    spill: Spill | None = None,
) -> Pass:
    """Meter one share of the outlets, up to the last reading.

    Args:
        asked: the options of the run.
        share: number of this share, and number of shares.
        say: as in `meter_files`.
        spill: as in `meter_files`.
    """
    sources, mistakes = open_files(asked.files)
    if not sources:
        raise ManyErrors(mistakes)
    found = list(dict.fromkeys(p for source in sources for p in source.pollutants))
    cards, notices = ([], []) if asked.cards is None else read_quota_cards(asked.cards, found)
    pollutants = tuple(dict.fromkeys([*found, *(card.pollutant for card in cards)]))
    reader = Reader(pollutants, OutletNumbers(), Clock(asked.zone), share=share)
    plan = _plan(asked, pollutants, cards, reader)
    expected = sum(source.rows for source in sources)
    meter = open_meter(plan, expected, compiled=asked.compiled)
    outcome = MeterResult(
        plan, reader.names.names, cards, spill, mistakes=mistakes, notices=notices
    )
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
    # The last hours may go on in the next file, so they close after all files.
    for part in hourly.rest():
        outcome.add(meter.take(part.chunk), part.file)
    _tell(outcome, reader, hourly)
    return Pass(meter, outcome)


def _plan(
    asked: Asked, pollutants: tuple[str, ...], cards: list[CardRow], reader: Reader
) -> MeterPlan:
    numbered = []
    for card in cards:
        outlet = reader.names.number(card.outlet)
        numbered.append(card.numbered(outlet, pollutants))
    return MeterPlan(
        pollutants,
        tuple(numbered),
        by=asked.by,
        missing=asked.missing or DEFAULT,
        given_stand=asked.missing is None,
    )


def _read(
    source: ReadingFile,
    hourly: Hourly,
    meter: MeterPass,
    outcome: MeterResult,
    done: Callable[[int], None],
) -> None:
    before = hourly.read
    try:
        parts = hourly.of(source)
        for part in _ahead(parts) if source.rows >= AHEAD_FROM else parts:
            outcome.add(meter.take(part.chunk), part.file)
            done(hourly.read)
    except RightsError as error:
        outcome.mistakes.append(error)
    outcome.readings += hourly.read - before
    outcome.files.append((source.name, hourly.read - before))


def _tell(outcome: MeterResult, reader: Reader, hourly: Hourly) -> None:
    """Add unreadable rows, and notices about values that were interpreted."""
    outcome.quarantine += reader.rows
    outcome.counts.update(reader.unreadable)
    outcome.us_totals = reader.totals
    outcome.notices += sorted(reader.told)
    clock = reader.clock
    outcome.spread_h = hourly.more
    files = ", ".join(name for name, _ in outcome.files[:MOST_NAMED])
    outcome.notices += lookalike_notices(files, {"outlet": TextColumn.of(reader.names.names)})
    alike = find_alike_units(reader.names.names) if reader.totals else []
    if alike:
        outcome.notices.append(
            t("units of one plant differ by leading zeros only and were metered apart: {units}",
              units=", ".join(alike[:MOST_NAMED]))
        )  # fmt: skip
    if hourly.jittered:
        outcome.notices.append(
            t("1 reading is up to five minutes off a whole hour; it was counted for that hour"
              if hourly.jittered == 1 else
              "{count} readings are up to five minutes off a whole hour; each was counted for "
              "that hour", count=f"{hourly.jittered:,}")
        )  # fmt: skip
    if hourly.floored:
        outcome.notices.append(
            t("1 reading does not start on the hour; it was counted in the hour in which it starts"
              if hourly.floored == 1 else
              "{count} readings do not start on the hour; each was counted in the hour in "
              "which it starts", count=f"{hourly.floored:,}")
        )  # fmt: skip
    if hourly.partly:
        outcome.notices.append(
            t("1 hour has at least 45 valid minutes, but not all 60; the mean of these stands for "
              "the hour" if hourly.partly == 1 else
              "{count} hours have at least 45 valid minutes, but not all 60; the mean of "
              "these stands for the hour", count=f"{hourly.partly:,}")
        )  # fmt: skip
    if clock.doubled:
        outcome.notices.append(
            t("1 reading repeats an hour when daylight saving time ends; it was counted in the "
              "second one" if clock.doubled == 1 else
              "{count} readings repeat an hour when daylight saving time ends; they were "
              "counted in the second one", count=f"{clock.doubled:,}")
        )  # fmt: skip
    if len(clock.offsets) > 1:
        outcome.notices.append(
            t("times carry several UTC offsets ({offsets}); hours are counted in the first one",
              offsets=", ".join(sorted(clock.offsets)))
        )  # fmt: skip


def _ahead(parts: Iterator[FileHours]) -> Iterator[FileHours]:
    """The same parts, each read while the one before is metered."""
    made: queue.Queue[FileHours | BaseException | None] = queue.Queue(maxsize=1)
    left = threading.Event()

    def make() -> None:
        last: BaseException | None = None
        try:
            for part in parts:
                if not put(part):
                    return
        except BaseException as error:  # raised again where it is waited for
            last = error
        put(last)

    def put(one: FileHours | BaseException | None) -> bool:
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
