"""Readings as arrays, reasons to exclude one, and the results of a pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from permits.card.state import MONTHS, STANDARD, CardRules, Kind, Stop
from permits.errors import InputError
from permits.meter.flags import Status
from permits.meter.missing import DEFAULT, find_missing_rule
from permits.quantity import require_mg

IntArray = NDArray[np.int64]
Grain = Literal["hour", "day", "month"]
GRAINS: tuple[Grain, ...] = ("hour", "day", "month")

ABSENT = -(2**63)
"""Marks a missing volume or concentration; no reading can have this value."""
MOST_HOUR_MG = 9 * 10**12  # 9,000 t in an hour; times 10^6 ng it still fits 64 bits
MOST_VALUE = 10**15  # litres, and ng/L: beyond any outlet, assumed
LEAP_H = 8784  # a leap year: readings further apart are taken as a clock error
UNIT_FACTOR = 300  # times the usual value: catches a unit off by 1,000; assumed
UNIT_AFTER = 24  # values needed before one counts as usual: a day of hours; assumed
KEPT_EACH = 20  # rows listed per outlet and reason, so that memory is bounded; all are counted


class RowReason(IntEnum):
    """Reasons why a row is excluded, or (from `CONC_MISSING` on) used and reported."""

    OUT_OF_CALENDAR = 0
    BEFORE_CARD = 1
    CLOCK_BACK = 2
    DUPLICATE = 3
    CLOCK_AHEAD = 4
    UNKNOWN_FLAG = 5
    NEGATIVE_FLOW = 6
    NEGATIVE_CONC = 7
    TOO_LARGE = 8
    CONC_WITHOUT_FLOW = 9
    FLOW_WITHOUT_CONC = 10
    EMPTY = 11
    UNREADABLE = 12  # found where files are read
    NO_SUCH_HOUR = 13  # likewise
    TWO_IN_HOUR = 14  # another reading of the hour has other values: see `same_hour`
    CONC_MISSING = 15
    UNIT_OF_VOLUME = 16
    UNIT_OF_CONC = 17
    FLOW_WHILE_STOPPED = 18
    CONC_AT_NO_FLOW = 19
    FEW_MINUTES = 20  # found where minutes are made hours

    @property
    def is_kept(self) -> bool:
        """Whether a row with this reason is counted, and only reported."""
        return self >= RowReason.CONC_MISSING


class MeterEvent(IntEnum):
    """Events of a card; the first four are ranks of `permits.card`."""

    OPEN = 0
    WARNED80 = 1
    WARNED90 = 2
    STOPPED = 3
    REOPENED = 4
    RELOADED = 5


@dataclass(frozen=True, slots=True)
class BulkCard:
    """A card of one outlet and pollutant (by number), with its quota by month [mg]."""

    outlet: int
    pollutant: int
    quota_mg: tuple[int, ...]
    stop: Stop = Stop.VALVE
    begins_h: int | None = None
    potential_mg: int | None = None  # maximum potential emission per hour [mg]

    def __post_init__(self) -> None:
        assert len(self.quota_mg) == MONTHS, "a card has twelve month quotas"
        for quota in self.quota_mg:
            require_mg(quota, above=-1)

    def word(self, event: MeterEvent) -> str:
        """Name of the event in the card's tables."""
        if event is MeterEvent.STOPPED:
            return str(Kind.CURTAILED if self.stop is Stop.CURTAIL else Kind.SHUT)
        return event.name.lower()


@dataclass(frozen=True, slots=True)
class MeterPlan:
    """Settings of a pass.

    `given_stand`: the reporter's own substitutes are used as they are; otherwise those hours
    are gaps for the missing-data rule.
    """

    pollutants: tuple[str, ...]
    cards: tuple[BulkCard, ...] = ()
    by: Grain = "month"
    missing: str = DEFAULT
    given_stand: bool = True
    rules: CardRules = STANDARD

    def __post_init__(self) -> None:
        find_missing_rule(self.missing)
        places = [(card.outlet, card.pollutant) for card in self.cards]
        assert len(set(places)) == len(places), "one card an outlet and pollutant"
        if self.by not in GRAINS:
            raise InputError(
                "meter.by",
                "masses cannot be summed by {by!r}",
                where="--by",
                mend="write hour, day or month",
                by=self.by,
            )


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """n readings of P pollutants, in the order of their file.

    Hours count from 1970 in the local time of the outlet, without daylight saving.
    """

    outlet: NDArray[np.int32]  # (n,) numbers from 0; new ones may appear at any time
    hour: IntArray  # (n,) the hour in which each reading begins
    volume_l: IntArray  # (n,) or `ABSENT`
    conc_ng_per_l: IntArray  # (P, n) or `ABSENT`
    status: NDArray[np.uint8]  # (1, n) for all pollutants, or (P, n): of `Status`
    row: IntArray  # (n,) row of each in its file
    minute: IntArray | None = None  # (n,) past the hour; `None` is the full hour
    mass_mg: IntArray | None = None  # (P, n) of hours that were added up from minutes

    def __len__(self) -> int:
        return len(self.outlet)

    @classmethod
    def of(
        cls,
        outlet: int,
        hour: int,
        volume_l: int | None,
        conc_ng_per_l: Sequence[int | None],
        status: Status = Status.VALID,
        row: int = 0,
    ) -> Chunk:
        """A single reading, as a live receiver gets it; `None` is a missing value.

        Args:
            outlet: number of the outlet.
            hour: hour since 1970 in which the reading begins.
            volume_l: volume [L].
            conc_ng_per_l: (P,) concentration of each pollutant [ng/L].
            status: status of the reading, for all pollutants.
            row: where it is in its file.
        """
        concs = [[ABSENT if conc is None else conc] for conc in conc_ng_per_l]
        return cls(
            np.array([outlet], np.int32),
            np.array([hour], np.int64),
            np.array([ABSENT if volume_l is None else volume_l], np.int64),
            np.array(concs, np.int64),
            np.array([[status]], np.uint8),
            np.array([row], np.int64),
        )

    @classmethod
    def none(cls, pollutants: int = 0) -> Chunk:
        """A chunk without rows."""
        whole = np.zeros(0, np.int64)
        return cls(
            np.zeros(0, np.int32),
            whole,
            whole,
            np.zeros((pollutants, 0), np.int64),
            np.zeros((1, 0), np.uint8),
            whole,
        )

    def part(self, begin: int, end: int) -> Chunk:
        """The rows from `begin` up to `end`."""
        return self.where(slice(begin, end))

    def where(self, kept: IntArray | NDArray[np.bool_] | slice) -> Chunk:
        """The rows selected by a mask, indices or a slice."""
        return Chunk(
            self.outlet[kept],
            self.hour[kept],
            self.volume_l[kept],
            self.conc_ng_per_l[:, kept],
            self.status[:, kept],
            self.row[kept],
            None if self.minute is None else self.minute[kept],
            None if self.mass_mg is None else self.mass_mg[:, kept],
        )


def joined_chunks(parts: Sequence[Chunk]) -> Chunk:
    """Chunks one after another; either all have minutes or none has."""
    minutes = [part.minute for part in parts if part.minute is not None]
    return Chunk(
        np.concatenate([part.outlet for part in parts]),
        np.concatenate([part.hour for part in parts]),
        np.concatenate([part.volume_l for part in parts]),
        np.concatenate([part.conc_ng_per_l for part in parts], axis=1),
        np.concatenate([part.status for part in parts], axis=1),
        np.concatenate([part.row for part in parts]),
        np.concatenate(minutes) if minutes else None,
    )


MASS_COLUMNS = (
    "outlet", "pollutant", "period", "emitted_mg", "substituted_mg",
    "valid_h", "substituted_h", "unfilled_h", "stopped_h",
)  # fmt: skip
EVENT_COLUMNS = ("card", "hour", "event")
BALANCE_COLUMNS = ("card", "month", "loaded_mg", "charged_mg", "rank")
NOTE_COLUMNS = ("row", "outlet", "hour", "reason")


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Results completed by a chunk, in order of time within each outlet.

    `emitted_mg` was measured and `substituted_mg` filled in; both are charged to the card. A
    mass or balance appears here once its hour, day or month is over.
    """

    masses: IntArray  # (n, 9) MASS_COLUMNS
    events: IntArray  # (n, 3) EVENT_COLUMNS, `Event`
    balances: IntArray  # (n, 5) BALANCE_COLUMNS
    notes: IntArray  # (n, 4) NOTE_COLUMNS, `Reason`

    @classmethod
    def joined(cls, parts: Sequence[Found]) -> Found:
        """Several results, one after another."""
        return cls(
            _below(MASS_COLUMNS, [part.masses for part in parts]),
            _below(EVENT_COLUMNS, [part.events for part in parts]),
            _below(BALANCE_COLUMNS, [part.balances for part in parts]),
            _below(NOTE_COLUMNS, [part.notes for part in parts]),
        )


def _below(columns: Sequence[str], tables: Sequence[IntArray]) -> IntArray:
    return np.concatenate([np.empty((0, len(columns)), np.int64), *tables])
