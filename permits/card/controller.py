"""The controller at an outlet: one value, one pure step for all that it may hear.

It counts what passes on the outlet's cards, whatever its state, and orders the outlet
shut when a card is used up: first the pump, then the valve, which must be measured
within 5 per cent of its target after 300 s at the latest [VOC-C14]. To open it orders
the valve first and starts the pump when the valve is measured open (assumed: water
must not be pumped against a closed valve). Lines are stopped by an interlock; where
nothing can be shut the load is ordered cut, and the excess is a breach
[ModelAssumption].

It is taken to have a battery: in a power cut it counts and hears on, and moves nothing
[ModelAssumption].
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Literal

from permits.card.card import Card
from permits.card.cardyear import CALENDAR_YEAR, YearMonth, YearRules, first_day, next_year
from permits.card.inputs import (
    FULL_PERCENT,
    Flow,
    Input,
    Key,
    Link,
    Mains,
    MonthLoad,
    Order,
    Sent,
    Shift,
    TakeBack,
    Tick,
    TopUp,
    Valve,
    YearLoad,
    heard,
)
from permits.card.modes import OUTCOMES, Heard, Mode, Refusal
from permits.card.records import Record, Said
from permits.card.state import MONTHS, STOPPED, CardEvent, Kind, Stop
from permits.meter.flow_concentration import mass_mg

LEVELS = (Mode.OPEN, Mode.WARNED80, Mode.WARNED90)
TOLD = {
    Kind.WARNED80: Said.WARNED80,
    Kind.WARNED90: Said.WARNED90,
    Kind.SHUT: Said.USED_UP,
    Kind.CURTAILED: Said.USED_UP,
}


@dataclass(frozen=True, slots=True)
class DeviceRules:
    """How a device works: time-out and tolerance as in a controller's firmware [VOC-C14].

    `offline_month`: what it does when a month ends without a link. `hold` (assumed): it
    goes on with what is left of the last load, and loads nothing. `known`: it loads the
    next month from the quotas it was last told; the bureau's own load then changes nothing.
    A new year is never assumed.
    """

    time_out_s: int = 300
    tolerance_percent: int = 5
    offline_month: Literal["hold", "known"] = "hold"
    year: YearRules = CALENDAR_YEAR


STANDARD_DEVICE = DeviceRules()
Fault = Literal["", "time_out", "leak"]
Done = tuple["Controller", tuple[Record, ...]]


@dataclass(frozen=True, slots=True)
class Controller:
    """An outlet with its cards (all of one month, all stopping in one way)."""

    outlet: str
    cards: tuple[Card, ...]
    at: datetime
    year: int  # of the cards, by the month in which it begins
    by_volume: tuple[bool, ...] = ()  # cards that count litres; their `_mg` are litres then
    rules: DeviceRules = STANDARD_DEVICE
    linked: bool = True
    mains: bool = True
    key: bool = False
    held: bool = False  # closed by order of the bureau
    running: bool = True  # the pump, the line, or the full load
    open_percent: int = FULL_PERCENT  # as measured
    target_percent: int | None = FULL_PERCENT  # as ordered; None: to be ordered anew
    order_at: datetime | None = None  # of an order not yet carried out
    fault: Fault = ""
    shut_at: datetime | None = None
    last_flow: Flow | None = None
    counted: tuple[int, ...] = ()  # by card, since the beginning [mg or L]
    passed_l: int = 0  # of flows that were counted
    refused_l: int = 0  # of flows that were refused
    refused: dict[Refusal, int] = field(default_factory=dict)
    repeated: int = 0
    sent: tuple[Sent, ...] = ()  # what the bureau has sent, each id once

    def __post_init__(self) -> None:
        assert self.cards, "a controller has a card"
        alike = {(card.month, card.stop) for card in self.cards}
        assert len(alike) == 1, "cards of one outlet stand in one month and stop in one way"
        for name, empty in (("by_volume", False), ("counted", 0)):
            if not getattr(self, name):
                object.__setattr__(self, name, (empty,) * len(self.cards))

    @property
    def stop(self) -> Stop:
        return self.cards[0].stop

    @property
    def month(self) -> int:
        return self.cards[0].month

    @property
    def rank(self) -> int:
        """How far the card is that is furthest."""
        return max(card.rank for card in self.cards)

    @property
    def must_stop(self) -> bool:
        return self.held or self.rank == STOPPED

    @property
    def mode(self) -> Mode:
        """The state: what hinders the device first, then what the cards ask."""
        if not self.mains:
            return Mode.POWER_LOSS
        if self.key:
            return Mode.MAINTENANCE
        if self.fault:
            return Mode.VALVE_FAULT
        if self.must_stop:
            if self.stop is Stop.CURTAIL:
                return Mode.CURTAILED
            return Mode.SHUT if self.open_percent <= self.rules.tolerance_percent else Mode.CLOSING
        return LEVELS[self.rank] if self.linked else Mode.OFFLINE


def step(before: Controller, given: Input) -> Done:
    """What the controller is after `given`, and what it tells and orders.

    What was heard already changes nothing (`repeated`); what may not be is refused with
    its reason and counted; all the rest is an outcome of the table in `modes.py`.
    """
    repeated = _repeated(before, given)
    if repeated is not None:
        record = Record(before.at, Said.REPEATED, reason=repeated)
        return replace(before, repeated=before.repeated + 1), (record,)
    if given.at < before.at or _no_time_between(before, given):
        return _refuse(before, given, Refusal.CLOCK_BACK, before.at)
    now, records = _until(before, given.at)
    reason = _refusal(now, given)
    if reason is not None:
        after, refused = _refuse(replace(now, at=given.at), given, reason, given.at)
        return after, (*records, *refused)
    if isinstance(given, Sent):
        now = replace(now, sent=(*now.sent, given))
    changed, told = _change(now, given)
    if changed.at != given.at:
        changed = replace(changed, at=given.at)
    after, more = _settle(now, changed, heard(given), given.at)
    return after, (*records, *told, *more)


def _repeated(c: Controller, given: Input) -> str | None:
    """What was heard before, with the same content."""
    if isinstance(given, Flow):
        return f"flow {given.at}" if given == c.last_flow else None
    if isinstance(given, Sent):
        if any(_same(given, earlier) for earlier in c.sent):
            return given.id
        if isinstance(given, MonthLoad) and 0 < given.month == c.month:
            # The device loaded it by itself while off-line, or it comes under another id.
            came = c.linked or given.at_reader
            return given.id if came and not _known(c, given) else None
    return None


def _no_time_between(c: Controller, given: Input) -> bool:
    """Whether a flow ends no later than the last one: its litres would be counted twice."""
    return isinstance(given, Flow) and c.last_flow is not None and given.at <= c.last_flow.at


def _known(c: Controller, given: Sent) -> bool:
    return any(given.id == earlier.id for earlier in c.sent)


def _same(given: Sent, earlier: Sent) -> bool:
    """The same content; a message sent again is heard at another time."""
    return replace(given, at=earlier.at, at_reader=earlier.at_reader) == earlier


def _refusal(c: Controller, given: Input) -> Refusal | None:
    if isinstance(given, Flow):
        return None if len(given.conc_ng_per_l) == len(c.cards) else Refusal.OTHER_CARDS
    if not isinstance(given, Sent):
        return None
    if _known(c, given):
        return Refusal.ID_REUSED
    if not (c.linked or given.at_reader):
        return Refusal.NO_LINK
    if isinstance(given, Order):
        return _order_refusal(c, given)
    if isinstance(given, MonthLoad):
        fits = given.month == c.month + 1 or not c.month
        return None if fits and 1 <= given.month <= MONTHS else Refusal.WRONG_MONTH
    if isinstance(given, YearLoad):
        if len(given.quota) != len(c.cards):
            return Refusal.OTHER_CARDS
        return None if given.year == c.year + 1 else Refusal.WRONG_MONTH
    return _card_refusal(c, given)


def _order_refusal(c: Controller, given: Order) -> Refusal | None:
    if c.key and c.mains:
        return Refusal.BY_HAND
    short = not given.close and c.rank == STOPPED
    return Refusal.NO_QUOTA if short else None


def _card_refusal(c: Controller, given: Sent) -> Refusal | None:
    assert isinstance(given, TopUp | Shift | TakeBack)
    if not 0 <= given.card < len(c.cards):
        return Refusal.OTHER_CARDS
    card = c.cards[given.card]
    if not card.month:
        return Refusal.NOT_LOADED
    if isinstance(given, Shift):
        moved = card.shift(given.amount, given.most_percent)[1]
        return None if moved else Refusal.NOTHING_LEFT
    if isinstance(given, TakeBack):
        taken = card.withdraw(given.amount)[1]
        return None if taken else Refusal.NOTHING_LEFT
    return None


def _refuse(c: Controller, given: Input, reason: Refusal, at: datetime) -> Done:
    """Change nothing but the counts; what a refused flow held is kept apart."""
    volume = given.volume_l if isinstance(given, Flow) else 0
    refused = {**c.refused, reason: c.refused.get(reason, 0) + 1}
    after = replace(c, refused=refused, refused_l=c.refused_l + volume)
    assert reason in OUTCOMES[c.mode, heard(given)], (c.mode, given, reason)
    return after, (Record(at, Said.REFUSED, amount=volume, reason=reason.value),)


def _until(c: Controller, at: datetime) -> Done:
    """Let time pass: orders run out of it, and months end without a link."""
    records: list[Record] = []
    while (due := _next_due(c)) is not None and due < at:
        turn = _month_turn(c)
        if turn == due:
            changed, told = _load_month(c, c.month + 1, due)
        else:
            changed, told = replace(c, fault="time_out", order_at=None), [Record(due, Said.ALARM)]
        c, more = _settle(c, replace(changed, at=due), Heard.TICK, due)
        records += [*told, *more]
    return c, tuple(records)


def _next_due(c: Controller) -> datetime | None:
    limit = c.order_at + timedelta(seconds=c.rules.time_out_s) if c.order_at else None
    return min(filter(None, (limit, _month_turn(c))), default=None)


def _month_turn(c: Controller) -> datetime | None:
    """When an off-line device that loads by itself loads next."""
    if c.linked or c.rules.offline_month == "hold" or not 0 < c.month < MONTHS:
        return None
    day = first_day(YearMonth(c.year, c.month + 1), c.rules.year)
    return max(datetime.combine(day, time()), c.at)


def _change(c: Controller, given: Input) -> tuple[Controller, list[Record]]:
    """What the event itself changes; what the outlet is then ordered comes after."""
    match given:
        case Flow():
            return _count(c, given)
        case MonthLoad():
            return _load_month(c, given.month, given.at)
        case YearLoad():
            return _load_year(c, given)
        case TopUp() | Shift() | TakeBack():
            return _change_card(c, given)
        case Order():
            return replace(c, held=given.close), []
        case Valve():
            return replace(c, open_percent=given.open_percent), []
        case Mains():
            return _mains(c, given), []
        case Link():
            return replace(c, linked=given.on), []
        case Key():
            # What was ordered is void: afterwards the valve stands where hands left it.
            target = c.target_percent if given.on == c.key else None
            return replace(c, key=given.on, target_percent=target), []
        case Tick():
            return c, []


def _mains(c: Controller, given: Mains) -> Controller:
    if given.on == c.mains:
        return c
    stands = c.stop is not Stop.CURTAIL and not given.on  # pump and line stop by themselves
    return replace(c, mains=given.on, target_percent=None, running=c.running and not stands)


def _count(c: Controller, flow: Flow) -> tuple[Controller, list[Record]]:
    cards, counted, records = list(c.cards), list(c.counted), []
    for n, (card, conc) in enumerate(zip(c.cards, flow.conc_ng_per_l, strict=True)):
        amount = flow.volume_l if c.by_volume[n] else mass_mg(flow.volume_l, conc)
        cards[n], swiped = card.charge(amount)
        counted[n] += amount
        left = _balance(cards[n])
        records.append(Record(flow.at, Said.COUNTED, n, amount, left))
        records += _card_lines(flow.at, n, swiped.events, cards[n])
        if swiped.breach_mg:
            records.append(Record(flow.at, Said.BREACH, n, swiped.breach_mg, left))
    after = replace(
        c,
        at=flow.at,
        cards=tuple(cards),
        counted=tuple(counted),
        passed_l=c.passed_l + flow.volume_l,
        last_flow=flow,
    )
    if not flow.volume_l or not c.must_stop or c.stop is Stop.CURTAIL:
        return after, records
    records.append(Record(flow.at, Said.PASSED, amount=flow.volume_l))
    if _leaks(c):
        records.append(Record(flow.at, Said.ALARM))
        after = replace(after, fault="leak")
    return after, records


def _leaks(c: Controller) -> bool:
    """Whether a flow told now began after the outlet was measured shut."""
    began = c.last_flow.at if c.last_flow else None
    return bool(c.mode is Mode.SHUT and c.shut_at and began and began >= c.shut_at)


def _load_month(c: Controller, month: int, at: datetime) -> tuple[Controller, list[Record]]:
    cards = tuple(card.reload(month)[0] for card in c.cards)
    records = [
        Record(at, Said.RELOADED, n, card.loaded_mg, _balance(card), month)
        for n, card in enumerate(cards)
    ]
    return replace(c, cards=cards), records


def _load_year(c: Controller, given: YearLoad) -> tuple[Controller, list[Record]]:
    cards, records = [], []
    for n, (card, quota) in enumerate(zip(c.cards, given.quota, strict=True)):
        end = next_year(card, quota, c.rules.year)
        cards.append(end.card)
        left = _balance(end.card)
        records.append(Record(given.at, Said.YEAR_LOADED, n, quota, left, given.year))
        if end.carried:
            records.append(Record(given.at, Said.CARRIED, n, end.carried, left))
        if end.lapsed:
            records.append(Record(given.at, Said.LAPSED, n, end.lapsed, left))
    return replace(c, cards=tuple(cards), year=given.year), records


def _change_card(c: Controller, given: TopUp | Shift | TakeBack) -> tuple[Controller, list[Record]]:
    card, amount, percent = c.cards[given.card], given.amount, 0
    events: tuple[CardEvent, ...]
    if isinstance(given, TopUp):
        said, (after, events) = Said.TOPPED_UP, card.top_up(amount)
    elif isinstance(given, Shift):
        said, percent = Said.SHIFTED, given.most_percent
        after, amount, events = card.shift(amount, percent)
    else:
        said = Said.WITHDRAWN
        after, amount, events = card.withdraw(amount)
    cards = tuple(after if n == given.card else own for n, own in enumerate(c.cards))
    first = Record(given.at, said, given.card, amount, _balance(after), percent)
    lines = _card_lines(given.at, given.card, events, after)
    return replace(c, cards=cards), [first, *lines]


def _card_lines(at: datetime, n: int, events: Sequence[CardEvent], card: Card) -> list[Record]:
    """Thresholds that a card has crossed."""
    crossed = [TOLD[event.kind] for event in events if event.kind in TOLD]
    return [Record(at, said, n, balance=_balance(card)) for said in crossed]


def _balance(card: Card) -> int:
    return card.loaded_mg - card.used_mg


def _settle(before: Controller, changed: Controller, event: Heard, at: datetime) -> Done:
    """Order what the cards now ask of the outlet, and tell the state if it is another."""
    after, orders = _drive(changed, at)
    if after.mode is Mode.SHUT and before.mode is not Mode.SHUT:
        after = replace(after, shut_at=at)
    assert after.mode in OUTCOMES[before.mode, event], (before.mode, event, after.mode)
    return after, (*_states(before, after, at), *orders)


def _states(before: Controller, after: Controller, at: datetime) -> Iterator[Record]:
    reopened = before.must_stop and not after.must_stop
    if reopened:
        yield Record(at, Said.REOPENED)
    if before.mode is after.mode or (after.mode in LEVELS and (reopened or before.mode in LEVELS)):
        return
    yield Record(at, Said(after.mode.value))


def _drive(c: Controller, at: datetime) -> Done:
    """Give the orders that bring the outlet where the cards want it."""
    if not c.mains or c.key:
        return (replace(c, order_at=None, fault="") if c.order_at or c.fault else c), ()
    if c.stop is Stop.CURTAIL:
        return _cut(c, at)
    wanted = 0 if c.must_stop else FULL_PERCENT
    anew = wanted != c.target_percent
    if anew:
        c = replace(c, target_percent=wanted, fault="", order_at=None)
    orders: list[Said] = []
    if c.must_stop and c.running:
        c = replace(c, running=False)
        orders.append(Said.STOP_LINE if c.stop is Stop.INTERLOCK else Said.STOP_PUMP)
    c, valve = _turn(c, wanted, at, anew=anew)
    told = dict.fromkeys((*orders, *valve))  # an order to stop the line is given once
    return c, tuple(Record(at, said) for said in told)


def _turn(c: Controller, wanted: int, at: datetime, *, anew: bool) -> tuple[Controller, list[Said]]:
    """The valve to its target; the pump or line once it may run."""
    line = c.stop is Stop.INTERLOCK
    to_close = Said.STOP_LINE if line else Said.CLOSE_VALVE
    reached = abs(c.open_percent - wanted) <= c.rules.tolerance_percent
    if reached or (wanted and line):  # a line may run, and need not
        started = wanted > 0 and not c.running
        if started or c.order_at or c.fault == "time_out":
            fault: Fault = "" if c.fault == "time_out" else c.fault
            c = replace(c, running=c.running or started, order_at=None, fault=fault)
        return c, [Said.RELEASE_LINE if line else Said.START_PUMP] if started else []
    if anew or (c.order_at is None and not c.fault):  # moved away by itself: ordered back
        return replace(c, order_at=at), [Said.OPEN_VALVE if wanted else to_close]
    return c, []


def _cut(c: Controller, at: datetime) -> Done:
    """Output ordered down where nothing can be shut, and back."""
    if c.must_stop != c.running:
        return c, ()
    percent = c.cards[0].rules.curtail_to_percent if c.must_stop else FULL_PERCENT
    c = replace(c, running=not c.must_stop, target_percent=percent)
    if c.running:
        return c, (Record(at, Said.RESTORE_LOAD, number=percent),)
    return c, (Record(at, Said.ALARM), Record(at, Said.CUT_LOAD, number=percent))
