"""The controller at an outlet: one pure transition for every event it can receive.

It charges every flow to the outlet's cards, whatever its state, and orders the outlet
shut when a card is used up (`orders.py`). Lines are stopped by an interlock; where nothing
can be shut the load is ordered cut, and the excess is a breach [ModelAssumption].

It is assumed to have a battery: in a power failure it counts and receives events, but moves
nothing [ModelAssumption].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from permits.card.card import Card
from permits.card.card_lines import CardLine, Said
from permits.card.cardyear import YearMonth, first_day, next_year
from permits.card.controller_inputs import (
    BureauMessage,
    BureauOrder,
    Flow,
    Input,
    Key,
    Link,
    Mains,
    MonthLoad,
    Shift,
    TakeBack,
    TimePassed,
    TopUp,
    Valve,
    YearLoad,
    heard,
)
from permits.card.device import Controller, DeviceRules, Done
from permits.card.modes import OUTCOMES, Heard, InputRefusal, Mode
from permits.card.orders import settle
from permits.card.state import MONTHS, STOPPED, CardEvent, Kind, Stop
from permits.meter.flow_concentration import mass_mg

__all__ = ["TOLD", "Controller", "DeviceRules", "step"]

TOLD = {
    Kind.WARNED80: Said.WARNED80,
    Kind.WARNED90: Said.WARNED90,
    Kind.SHUT: Said.USED_UP,
    Kind.CURTAILED: Said.USED_UP,
}


def step(before: Controller, given: Input) -> Done:
    """The controller after the event `given`, with its records and orders.

    An event received before changes nothing (`repeated`); a forbidden one is refused with
    its reason and counted; all others lead to an outcome in the table of `modes.py`.
    """
    # Repetition before order of time: a message sent again carries its old time.
    repeated = _repeated(before, given)
    if repeated is not None:
        record = CardLine(before.at, Said.REPEATED, reason=repeated)
        return replace(before, repeated=before.repeated + 1), (record,)
    if given.at < before.at or _no_time_between(before, given):
        return _refuse(before, given, InputRefusal.CLOCK_BACK, before.at)
    # Time passes first: a month may end, or an order time out, before the event arrives.
    now, records = _until(before, given.at)
    reason = _refusal(now, given)
    if reason is not None:
        after, refused = _refuse(replace(now, at=given.at), given, reason, given.at)
        return after, (*records, *refused)
    if isinstance(given, BureauMessage):
        now = replace(now, sent=(*now.sent, given))
    changed, told = _change(now, given)
    if changed.at != given.at:
        changed = replace(changed, at=given.at)
    after, more = settle(now, changed, heard(given), given.at)
    return after, (*records, *told, *more)


def _repeated(c: Controller, given: Input) -> str | None:
    """The id of an event received before with the same content, else `None`."""
    if isinstance(given, Flow):
        return f"flow {given.at}" if given == c.last_flow else None
    if isinstance(given, BureauMessage):
        if any(_same(given, earlier) for earlier in c.sent):
            return given.id
        if isinstance(given, MonthLoad) and 0 < given.month == c.month:
            # The device loaded this month by itself while off-line, or the id differs.
            came = c.linked or given.at_reader
            return given.id if came and not _known(c, given) else None
    return None


def _no_time_between(c: Controller, given: Input) -> bool:
    """Whether a flow ends no later than the last one: its volume would be counted twice."""
    return isinstance(given, Flow) and c.last_flow is not None and given.at <= c.last_flow.at


def _known(c: Controller, given: BureauMessage) -> bool:
    return any(given.id == earlier.id for earlier in c.sent)


def _same(given: BureauMessage, earlier: BureauMessage) -> bool:
    """Whether the content is the same; a message sent again arrives at another time."""
    return replace(given, at=earlier.at, at_reader=earlier.at_reader) == earlier


def _refusal(c: Controller, given: Input) -> InputRefusal | None:
    if isinstance(given, Flow):
        return None if len(given.conc_ng_per_l) == len(c.cards) else InputRefusal.OTHER_CARDS
    if not isinstance(given, BureauMessage):
        return None
    if _known(c, given):
        return InputRefusal.ID_REUSED
    if not (c.linked or given.at_reader):
        return InputRefusal.NO_LINK
    if isinstance(given, BureauOrder):
        return _order_refusal(c, given)
    if isinstance(given, MonthLoad):
        fits = given.month == c.month + 1 or not c.month
        return None if fits and 1 <= given.month <= MONTHS else InputRefusal.WRONG_MONTH
    if isinstance(given, YearLoad):
        if len(given.quota) != len(c.cards):
            return InputRefusal.OTHER_CARDS
        return None if given.year == c.year + 1 else InputRefusal.WRONG_MONTH
    return _card_refusal(c, given)


def _order_refusal(c: Controller, given: BureauOrder) -> InputRefusal | None:
    if c.key and c.mains:
        return InputRefusal.BY_HAND
    short = not given.close and c.rank == STOPPED
    return InputRefusal.NO_QUOTA if short else None


def _card_refusal(c: Controller, given: BureauMessage) -> InputRefusal | None:
    assert isinstance(given, TopUp | Shift | TakeBack)
    if not 0 <= given.card < len(c.cards):
        return InputRefusal.OTHER_CARDS
    card = c.cards[given.card]
    if not card.month:
        return InputRefusal.NOT_LOADED
    if isinstance(given, Shift):
        moved = card.shift(given.amount, given.most_percent)[1]
        return None if moved else InputRefusal.NOTHING_LEFT
    if isinstance(given, TakeBack):
        taken = card.withdraw(given.amount)[1]
        return None if taken else InputRefusal.NOTHING_LEFT
    return None


def _refuse(c: Controller, given: Input, reason: InputRefusal, at: datetime) -> Done:
    """Change nothing but the counts; the volume of a refused flow is recorded separately."""
    volume = given.volume_l if isinstance(given, Flow) else 0
    refused = {**c.refused, reason: c.refused.get(reason, 0) + 1}
    after = replace(c, refused=refused, refused_l=c.refused_l + volume)
    assert reason in OUTCOMES[c.mode, heard(given)], (c.mode, given, reason)
    return after, (CardLine(at, Said.REFUSED, amount=volume, reason=reason.value),)


def _until(c: Controller, at: datetime) -> Done:
    """Let time pass: orders time out, and months end without a link."""
    records: list[CardLine] = []
    while (due := _next_due(c)) is not None and due < at:
        turn = _month_turn(c)
        # At the same moment the load comes first: it may reopen the outlet and void the order.
        if turn == due:
            changed, told = _load_month(c, c.month + 1, due)
        else:
            changed, told = replace(c, fault="time_out", order_at=None), [CardLine(due, Said.ALARM)]
        c, more = settle(c, replace(changed, at=due), Heard.TICK, due)
        records += [*told, *more]
    return c, tuple(records)


def _next_due(c: Controller) -> datetime | None:
    limit = c.order_at + timedelta(seconds=c.rules.time_out_s) if c.order_at else None
    return min(filter(None, (limit, _month_turn(c))), default=None)


def _month_turn(c: Controller) -> datetime | None:
    """The time at which an off-line device that loads by itself loads next."""
    if c.linked or c.rules.offline_month == "hold" or not 0 < c.month < MONTHS:
        return None
    day = first_day(YearMonth(c.year, c.month + 1), c.rules.year)
    # Not in the past: the link may have been lost after the month began.
    return max(datetime.combine(day, time()), c.at)


def _change(c: Controller, given: Input) -> tuple[Controller, list[CardLine]]:
    """The direct effect of an event; the orders to the outlet come after it."""
    match given:
        case Flow():
            return _count(c, given)
        case MonthLoad():
            return _load_month(c, given.month, given.at)
        case YearLoad():
            return _load_year(c, given)
        case TopUp() | Shift() | TakeBack():
            return _change_card(c, given)
        case BureauOrder():
            return replace(c, held=given.close), []
        case Valve():
            return replace(c, open_percent=given.open_percent), []
        case Mains():
            return _mains(c, given), []
        case Link():
            return replace(c, linked=given.on), []
        case Key():
            # Earlier orders are void: the valve may have been moved by hand meanwhile.
            target = c.target_percent if given.on == c.key else None
            return replace(c, key=given.on, target_percent=target), []
        case TimePassed():
            return c, []


def _mains(c: Controller, given: Mains) -> Controller:
    if given.on == c.mains:
        return c
    stands = c.stop is not Stop.CURTAIL and not given.on  # pump and line stop by themselves
    return replace(c, mains=given.on, target_percent=None, running=c.running and not stands)


def _count(c: Controller, flow: Flow) -> tuple[Controller, list[CardLine]]:
    cards, counted, records = list(c.cards), list(c.counted), []
    for n, (card, conc) in enumerate(zip(c.cards, flow.conc_ng_per_l, strict=True)):
        amount = flow.volume_l if c.by_volume[n] else mass_mg(flow.volume_l, conc)
        cards[n], swiped = card.charge(amount)
        counted[n] += amount
        left = _balance(cards[n])
        records.append(CardLine(flow.at, Said.COUNTED, n, amount, left))
        records += _card_lines(flow.at, n, swiped.events, cards[n])
        if swiped.breach_mg:
            records.append(CardLine(flow.at, Said.BREACH, n, swiped.breach_mg, left))
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
    records.append(CardLine(flow.at, Said.PASSED, amount=flow.volume_l))
    if _leaks(c):
        records.append(CardLine(flow.at, Said.ALARM))
        after = replace(after, fault="leak")
    return after, records


def _leaks(c: Controller) -> bool:
    """Whether this flow began after the outlet was measured shut."""
    began = c.last_flow.at if c.last_flow else None
    return bool(c.mode is Mode.SHUT and c.shut_at and began and began >= c.shut_at)


def _load_month(c: Controller, month: int, at: datetime) -> tuple[Controller, list[CardLine]]:
    cards = tuple(card.reload(month)[0] for card in c.cards)
    records = [
        CardLine(at, Said.RELOADED, n, card.loaded_mg, _balance(card), month)
        for n, card in enumerate(cards)
    ]
    return replace(c, cards=cards), records


def _load_year(c: Controller, given: YearLoad) -> tuple[Controller, list[CardLine]]:
    cards, records = [], []
    for n, (card, quota) in enumerate(zip(c.cards, given.quota, strict=True)):
        end = next_year(card, quota, c.rules.year)
        cards.append(end.card)
        left = _balance(end.card)
        records.append(CardLine(given.at, Said.YEAR_LOADED, n, quota, left, given.year))
        if end.carried:
            records.append(CardLine(given.at, Said.CARRIED, n, end.carried, left))
        if end.lapsed:
            records.append(CardLine(given.at, Said.LAPSED, n, end.lapsed, left))
    return replace(c, cards=tuple(cards), year=given.year), records


def _change_card(
    c: Controller, given: TopUp | Shift | TakeBack
) -> tuple[Controller, list[CardLine]]:
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
    first = CardLine(given.at, said, given.card, amount, _balance(after), percent)
    lines = _card_lines(given.at, given.card, events, after)
    return replace(c, cards=cards), [first, *lines]


def _card_lines(at: datetime, n: int, events: Sequence[CardEvent], card: Card) -> list[CardLine]:
    """Thresholds that a card has crossed."""
    crossed = [TOLD[event.kind] for event in events if event.kind in TOLD]
    return [CardLine(at, said, n, balance=_balance(card)) for said in crossed]


def _balance(card: Card) -> int:
    return card.loaded_mg - card.used_mg
