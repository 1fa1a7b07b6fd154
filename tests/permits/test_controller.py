"""The controller at an outlet: its table walked through, its conservation on any sequence."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from permits.card import Card, CardRules, History, Stop, find_card_violations, month_quotas, rebuild
from permits.card.card_lines import Said
from permits.card.cardyear import YearRules, first_day, next_year, place_in_year
from permits.card.controller import Controller, DeviceRules, step
from permits.card.controller_inputs import (
    BureauOrder,
    Flow,
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
from permits.card.modes import ANYWHERE, CARD, OUTCOMES, Heard, InputRefusal, Mode, members, rows
from permits.card.state import STOPPED
from permits.errors import InputError, NotAMass
from permits.meter.flow_concentration import mass_mg

ROOT = Path(__file__).resolve().parents[2]
START = datetime.fromisoformat("2018-01-01T08:00")
MG_PER_L = 10**6  # one mg/L in ng/L


def an_outlet(stop=Stop.VALVE, quota=12_000, cards=1, rules=None, **more):
    """Cards of 1,000 mg a month, not yet loaded."""
    names = ["COD", "NH3-N"][:cards]
    own = tuple(Card("F1", name, month_quotas(quota, quota), stop) for name in names)
    return Controller("W1", own, START, 2018, rules=rules or DeviceRules(), **more)


def after(controller, *inputs):
    """The controller after the inputs, and all lines."""
    lines = []
    for given_ in inputs:
        controller, told = step(controller, given_)
        lines += told
    return controller, lines


def said(lines, *, without=(Said.COUNTED,)):
    return [line.said.value for line in lines if line.said not in without]


def at(seconds):
    return START + timedelta(seconds=seconds)


def when(said):
    return datetime.fromisoformat(said)


def flow(seconds, litres, conc=MG_PER_L, cards=1):
    return Flow(at(seconds), litres, (conc,) * cards)


def loaded(**more):
    outlet, _ = after(an_outlet(**more), MonthLoad(START, "jan", month=1))
    return outlet


def shut(**more):
    """Used up at 60 s, measured shut at 100 s."""
    return after(loaded(**more), flow(60, 1000), Valve(at(100), 0))[0]


# --- by example ----------------------------------------------------------------------


def test_at_100_per_cent_the_pump_stops_first_and_then_the_valve_closes():
    outlet, lines = after(loaded(), flow(60, 799), flow(120, 1), flow(180, 100), flow(240, 100))
    assert said(lines) == ["warned80", "warned90", "used_up", "closing", "stop_pump", "close_valve"]
    assert [str(line.at.time()) for line in lines if line.said is Said.CLOSE_VALVE] == ["08:04:00"]
    outlet, lines = after(outlet, Valve(at(300), 6))
    assert (outlet.mode, lines) == (Mode.CLOSING, [])
    outlet, lines = after(outlet, Valve(at(301), 5))
    assert (outlet.mode, said(lines)) == (Mode.SHUT, ["shut"])


def test_a_valve_measured_shut_at_300_s_is_in_time_and_later_is_a_fault_told_at_300_s():
    closing, _ = after(loaded(), flow(60, 1000))
    in_time, _ = after(closing, Valve(at(360), 5))
    assert in_time.mode is Mode.SHUT
    late, lines = after(closing, Valve(at(361), 6))
    assert late.mode is Mode.VALVE_FAULT
    assert [(line.at, line.said) for line in lines] == [
        (at(360), Said.ALARM), (at(360), Said.VALVE_FAULT)
    ]  # fmt: skip
    late, lines = after(late, flow(400, 7))
    assert said(lines) == ["breach", "passed"], "still flowing: counted, and a breach"
    assert late.counted == (1007,)
    late, lines = after(late, Valve(at(500), 0))
    assert (late.mode, said(lines)) == (Mode.SHUT, ["shut"])


def test_what_flows_through_a_valve_measured_shut_is_a_leak_until_somebody_has_been_there():
    tail, lines = after(shut(), flow(120, 5))
    assert tail.mode is Mode.SHUT, "it may have passed before the valve was shut"
    assert said(lines) == ["breach", "passed"]
    leak, lines = after(tail, flow(180, 5))
    assert (leak.mode, said(lines)[-2:]) == (Mode.VALVE_FAULT, ["alarm", "valve_fault"])
    leak, _ = after(leak, Valve(at(190), 0))
    assert leak.mode is Mode.VALVE_FAULT
    mended, _ = after(leak, Key(at(200), True), Key(at(260), False))
    assert mended.mode is Mode.SHUT


def test_a_purchase_opens_the_valve_within_the_second_and_the_pump_when_it_is_open():
    outlet, lines = after(shut(), TopUp(at(7200), "buy-1", card=0, amount=500))
    assert said(lines) == ["topped_up", "reopened", "open_valve"]
    assert {line.at for line in lines} == {at(7200)}
    assert (outlet.mode, outlet.running) == (Mode.OPEN, False)
    outlet, lines = after(outlet, Valve(at(7230), 94))
    assert lines == [] and not outlet.running
    outlet, lines = after(outlet, Valve(at(7241), 95))
    assert [(line.at, line.said) for line in lines] == [(at(7241), Said.START_PUMP)]
    assert outlet.running


def test_a_valve_that_does_not_open_is_a_fault_too_and_the_pump_stays_off():
    outlet, _ = after(shut(), TopUp(at(200), "buy-1", card=0, amount=500), TimePassed(at(501)))
    assert (outlet.mode, outlet.running) == (Mode.VALVE_FAULT, False)
    outlet, lines = after(outlet, Valve(at(900), 100))
    assert (outlet.mode, said(lines)) == (Mode.OPEN, ["open", "start_pump"])


def test_a_top_up_smaller_than_the_excess_opens_nothing():
    outlet, _ = after(loaded(), flow(60, 1200), Valve(at(70), 0))
    outlet, lines = after(outlet, TopUp(at(80), "buy-1", card=0, amount=200))
    assert (outlet.mode, said(lines)) == (Mode.SHUT, ["topped_up"])
    outlet, lines = after(outlet, TopUp(at(90), "buy-2", card=0, amount=1))
    assert said(lines) == ["topped_up", "reopened", "open_valve"]


def test_a_shift_reopens_within_the_year_and_next_month_reloads():
    outlet, lines = after(shut(), Shift(at(200), "s", card=0, amount=400, most_percent=50))
    assert said(lines) == ["shifted", "reopened", "open_valve"]
    assert outlet.cards[0].quota_mg[-1] == 600
    outlet, lines = after(shut(), MonthLoad(when("2018-02-01"), "feb", month=2))
    assert said(lines) == ["reloaded", "reopened", "open_valve"]


def test_a_boiler_is_alarmed_ordered_down_and_its_excess_is_a_breach():
    outlet, lines = after(loaded(stop=Stop.CURTAIL), flow(60, 1100))
    told = said(lines)
    assert told[-4:] == ["breach", "curtailed", "alarm", "cut_load"]
    assert lines[-1].number == CardRules().curtail_to_percent
    outlet, lines = after(outlet, flow(120, 50), TimePassed(at(9999)))
    assert (outlet.mode, said(lines)) == (Mode.CURTAILED, ["breach"])
    _, lines = after(outlet, TopUp(at(10_000), "buy", card=0, amount=900))
    assert said(lines) == ["topped_up", "reopened", "restore_load"]


def test_a_printing_line_is_locked_even_where_it_stands_and_released_after_a_purchase():
    idle, _ = after(loaded(stop=Stop.INTERLOCK), Valve(at(10), 0))
    outlet, lines = after(idle, flow(60, 1000))
    assert said(lines)[-2:] == ["shut", "stop_line"]
    outlet, lines = after(outlet, TopUp(at(90), "buy", card=0, amount=900), TimePassed(at(5000)))
    assert said(lines) == ["topped_up", "reopened", "release_line"]
    assert outlet.mode is Mode.OPEN, "a line that may run and does not is no fault"
    _, lines = after(loaded(stop=Stop.INTERLOCK), flow(60, 1000))
    assert said(lines)[-2:] == ["closing", "stop_line"]


def test_cards_of_one_outlet_stop_and_open_together():
    outlet, lines = after(
        loaded(cards=2), Flow(at(60), 1000, (MG_PER_L, 100_000)), Valve(at(90), 0)
    )
    assert [card.rank == STOPPED for card in outlet.cards] == [True, False]
    assert outlet.mode is Mode.SHUT
    _, lines = after(outlet, TopUp(at(100), "other", card=1, amount=500))
    assert said(lines) == ["topped_up"]
    _, lines = after(outlet, TopUp(at(100), "this", card=0, amount=500))
    assert said(lines) == ["topped_up", "reopened", "open_valve"]


def test_a_card_of_water_counts_litres_whatever_is_in_them():
    """Tongxiang 2009 held the volume of waste water alone [ZJ-C10]."""
    outlet = loaded(cards=2, by_volume=(True, False))
    outlet, lines = after(outlet, Flow(at(60), 1000, (0, 3 * MG_PER_L // 10)))
    assert outlet.counted == (1000, 300)
    assert "used_up" in said(lines) and outlet.mode is Mode.CLOSING


def test_without_a_link_it_counts_on_the_last_quota_and_still_shuts():
    outlet, lines = after(loaded(), Link(at(10), False), flow(60, 800))
    assert (outlet.mode, said(lines)) == (Mode.OFFLINE, ["offline", "warned80"])
    bought = TopUp(at(70), "buy", card=0, amount=500)
    outlet, lines = after(outlet, bought)
    assert [line.reason for line in lines] == ["no_link"]
    outlet, _ = after(outlet, flow(80, 200), Valve(at(90), 0))
    assert outlet.mode is Mode.SHUT
    swiped, _ = after(outlet, replace(bought, at=at(100), at_reader=True))
    assert swiped.mode is Mode.OFFLINE, "the card itself still opens it"
    _, lines = after(outlet, Link(at(100), True), replace(bought, at=at(101)))
    assert said(lines) == ["topped_up", "reopened", "open_valve"]


def test_a_month_that_ends_without_a_link_is_held_or_loaded_as_the_rules_assume():
    held, lines = after(loaded(), Link(at(10), False), TimePassed(when("2018-03-05")))
    assert (held.month, held.cards[0].left_mg) == (1, 1000)
    rules = DeviceRules(offline_month="known")
    known, lines = after(
        loaded(rules=rules), Link(at(10), False), Flow(when("2018-02-01"), 100, (MG_PER_L,)),
        TimePassed(when("2018-03-05")),
    )  # fmt: skip
    reloads = [(line.at, line.number) for line in lines if line.said is Said.RELOADED]
    assert reloads == [(when("2018-02-01"), 2), (when("2018-03-01"), 3)]
    assert known.cards[0].left_mg == 2900, "the interval that ends at midnight is January's"
    again, lines = after(
        known, Link(when("2018-03-06"), True), MonthLoad(when("2018-03-06"), "m", month=3)
    )
    assert (again.cards, said(lines)) == (known.cards, ["open", "repeated"])


def test_in_maintenance_the_valve_is_moved_by_hand_and_what_passes_counts():
    outlet, _ = after(loaded(), Key(at(10), True), flow(60, 1100), Valve(at(70), 0))
    assert (outlet.mode, outlet.counted) == (Mode.MAINTENANCE, (1100,))
    outlet, lines = after(outlet, BureauOrder(at(80), "o", close=True))
    assert [line.reason for line in lines] == ["by_hand"]
    outlet, lines = after(outlet, Valve(at(90), 100), Key(at(100), False))
    assert said(lines) == ["closing", "stop_pump", "close_valve"]


def test_a_power_cut_moves_nothing_and_the_order_is_given_when_power_returns():
    outlet, _ = after(loaded(), Mains(at(10), False), flow(60, 1000), TimePassed(at(4000)))
    assert (outlet.mode, outlet.running) == (Mode.POWER_LOSS, False)
    outlet, lines = after(outlet, Mains(at(4001), True))
    assert said(lines) == ["closing", "close_valve"]
    _, lines = after(loaded(), Mains(at(10), False), Mains(at(20), True))
    assert said(lines) == ["power_loss", "open", "start_pump"]


def test_the_bureau_may_close_an_outlet_and_cannot_open_one_that_is_used_up():
    outlet, lines = after(loaded(), BureauOrder(at(10), "c", close=True), Valve(at(20), 0))
    assert said(lines) == ["closing", "stop_pump", "close_valve", "shut"]
    _, lines = after(outlet, TopUp(at(30), "buy", card=0, amount=9))
    assert said(lines) == ["topped_up"], "quota alone does not lift an order"
    _, lines = after(outlet, BureauOrder(at(30), "o", close=False))
    assert said(lines) == ["reopened", "open_valve"]
    outlet, lines = after(shut(), BureauOrder(at(200), "o", close=False))
    assert [line.reason for line in lines] == ["no_quota"]
    assert outlet.refused == {InputRefusal.NO_QUOTA: 1}


def test_a_sale_of_unused_quota_may_close_the_outlet():
    outlet, lines = after(loaded(), flow(60, 400), TakeBack(at(70), "sold", card=0, amount=12_000))
    assert said(lines) == ["withdrawn", "warned80", "warned90", "used_up", "closing",
                           "stop_pump", "close_valve"]  # fmt: skip
    assert outlet.cards[0].loaded_mg == 400


# --- the year ------------------------------------------------------------------------


def test_a_year_of_cards_may_run_from_july_to_june():
    """Changshu clears what is unused at the end of June [ZJ-P16]."""
    july = YearRules(begins_month=7)
    assert place_in_year(date(2018, 6, 30), july) == (2017, 12)
    assert place_in_year(date(2018, 7, 1), july) == (2018, 1)
    assert place_in_year(date(2018, 6, 30)) == (2018, 6)
    for rules in (YearRules(), july):
        for month in range(1, 13):
            place = place_in_year(date(2018, month, 1), rules)
            assert first_day(place, rules) == date(2018, month, 1)


@pytest.mark.parametrize(
    ("used", "carry", "load", "carried", "lapsed"),
    [(400, 0, 1000, 0, 600), (400, 50, 1300, 300, 300), (400, 100, 1600, 600, 0),
     (1300, 0, 700, -300, 0), (1300, 100, 700, -300, 0)],
)  # fmt: skip
def test_what_is_unused_lapses_or_is_carried_and_an_excess_always_is(
    used, carry, load, carried, lapsed
):
    card = replace(Card("F", "COD", (1000,) * 12), month=12, loaded_mg=1000, used_mg=used)
    end = next_year(card, 12_000, YearRules(carry_percent=carry))
    assert (end.card.loaded_mg, end.carried, end.lapsed) == (load, carried, lapsed)
    assert end.card.quota_mg == (1000,) * 12


def test_a_new_year_reopens_and_tells_what_lapsed():
    outlet, _ = after(loaded(), flow(60, 400))
    _, lines = after(outlet, YearLoad(when("2019-01-01"), "y", year=2019, quota=(6000,)))
    assert [(line.said, line.amount) for line in lines] == [
        (Said.YEAR_LOADED, 6000), (Said.LAPSED, 11_600)
    ]  # fmt: skip
    _, lines = after(outlet, YearLoad(when("2020-01-01"), "y", year=2020, quota=(6000,)))
    assert [line.reason for line in lines] == ["wrong_month"]


# --- what changes nothing ------------------------------------------------------------


def test_a_clock_that_goes_back_is_refused_and_what_it_told_is_kept_apart():
    outlet, lines = after(loaded(), flow(60, 100), flow(59, 50), flow(61, 7))
    assert [(line.at, line.reason) for line in lines if line.said is Said.REFUSED] == [
        (at(60), "clock_back")
    ]
    assert outlet.refused == {InputRefusal.CLOCK_BACK: 1}
    assert (outlet.passed_l, outlet.refused_l, outlet.counted) == (107, 50, (107,))


def test_a_second_flow_of_the_same_moment_is_not_counted_too():
    outlet, lines = after(loaded(), flow(60, 100), flow(60, 99), flow(60, 100))
    assert (outlet.counted, outlet.refused_l) == ((100,), 99)
    assert [line.reason for line in lines if line.reason] == ["clock_back", f"flow {at(60)}"]


def test_a_message_heard_again_changes_nothing_and_one_that_borrows_its_id_is_refused():
    bought = TopUp(at(200), "buy", card=0, amount=500)
    once, _ = after(shut(), bought)
    again, lines = after(once, replace(bought, at=at(900)))
    assert (again.cards, again.at, said(lines)) == (once.cards, once.at, ["repeated"])
    other, lines = after(once, replace(bought, at=at(900), amount=501))
    assert (other.cards, lines[-1].reason) == (once.cards, "id_reused")
    twice, lines = after(once, flow(950, 3), flow(950, 3))
    assert twice.counted == (1003,)


@pytest.mark.parametrize(
    ("given_", "reason"),
    [
        (MonthLoad(at(1), "x", month=3), InputRefusal.WRONG_MONTH),
        (TopUp(at(1), "x", card=1, amount=5), InputRefusal.OTHER_CARDS),
        (Flow(at(1), 5, (1, 2)), InputRefusal.OTHER_CARDS),
        (YearLoad(at(1), "x", year=2019, quota=(1, 2)), InputRefusal.OTHER_CARDS),
        (Shift(at(1), "x", card=0, amount=5, most_percent=0), InputRefusal.NOTHING_LEFT),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(given_, reason):
    outlet, lines = after(loaded(), given_)
    assert [line.reason for line in lines] == [reason]
    assert outlet.cards == loaded().cards


def test_a_card_is_not_changed_before_its_first_month_and_nothing_passes_it():
    outlet, lines = after(an_outlet(), TopUp(START, "x", card=0, amount=5))
    assert [line.reason for line in lines] == ["not_loaded"]
    outlet, _ = after(outlet, flow(5, 1))
    assert outlet.mode is Mode.CLOSING


def test_a_valve_open_beyond_its_scale_and_a_negative_flow_cannot_be_told():
    with pytest.raises(InputError, match="calibrate"):
        Valve(START, 101)
    with pytest.raises(NotAMass):
        Flow(START, -1, (1,))
    with pytest.raises(NotAMass):
        TopUp(START, "x", card=0, amount=0)


# --- the table -----------------------------------------------------------------------


def test_every_pair_of_state_and_event_has_an_outcome():
    assert set(OUTCOMES) == {(mode, event) for mode in Mode for event in Heard}
    assert all(outcomes for outcomes in OUTCOMES.values())


MOST_HINDERED = 2  # at once: more of them together bring nothing new
STANDARD = DeviceRules()


def _alphabet(controller, fresh):
    """Everything that may be heard next, in a few sizes."""
    cards, now = len(controller.cards), controller.at
    second, later = now + timedelta(seconds=1), now + timedelta(seconds=400)
    name = str(next(fresh))
    here = {"at_reader": True}
    yield from (Flow(second, litres, (MG_PER_L,) * cards) for litres in (1, 80, 850, 950, 1100))
    yield from (
        MonthLoad(second, name, month=controller.month + 1),
        MonthLoad(second, name, month=controller.month + 1, **here),
        YearLoad(second, name, year=controller.year + 1, quota=(12_000,) * cards, **here),
        TopUp(second, name, card=0, amount=1),
        TopUp(second, name, card=0, amount=5000, **here),
        Shift(second, name, card=0, amount=900, **here),
        TakeBack(second, name, card=0, amount=10**6, **here),
    )
    yield from (BureauOrder(second, name, close=close, **here) for close in (True, False))
    yield from (Valve(second, percent) for percent in (0, 50, 100))
    for kind in (Mains, Link, Key):
        yield from (kind(second, on) for on in (True, False))
    yield from map(TimePassed, (second, later, max(now, when("2018-02-01T00:01"))))


def _features(c):
    """What the next step depends on, without amounts."""
    told = c.last_flow is not None and c.shut_at is not None and c.last_flow.at >= c.shut_at
    half = c.fault and c.open_percent == 50
    return (c.mode, c.rank, c.linked, c.mains, c.key, c.held, c.open_percent > 50, half,
            c.cards[0].used_mg > 0, c.fault, told and c.mode is Mode.SHUT, c.stop)  # fmt: skip


def _off_line_and_stopped():
    """Outlets that a month's end without a link reopens, where the device loads by itself."""
    for stop in (Stop.VALVE, Stop.CURTAIL):
        outlet = loaded(stop=stop, rules=DeviceRules(offline_month="known"))
        closing, _ = after(outlet, flow(60, 1000), Link(at(70), False))
        yield from (
            closing,
            after(closing, Valve(at(80), 0))[0],
            after(closing, TimePassed(at(900)))[0],
        )


@cache
def explored():
    """Steps from every reachable combination of features: (state, event) to outcomes."""
    found, fresh = {}, count()
    turn = [loaded(stop=stop) for stop in (Stop.VALVE, Stop.CURTAIL)]
    seen = {_features(outlet) for outlet in turn}
    turn += _off_line_and_stopped()
    while turn:
        outlet = turn.pop(0)
        for given_ in _alphabet(outlet, fresh):
            now, lines = step(outlet, given_)
            if isinstance(given_, TimePassed) or not any(line.at < given_.at for line in lines):
                reasons = [line.reason for line in lines if line.said is Said.REFUSED]
                outcome = InputRefusal(reasons[0]) if reasons else now.mode
                found.setdefault((outlet.mode, heard(given_)), set()).add(outcome)
            hindered = now.held + now.key + (not now.mains) + (not now.linked)
            if (
                _features(now) not in seen
                and hindered <= MOST_HINDERED
                and outlet.rules == STANDARD
            ):
                seen.add(_features(now))
                turn.append(now)
    return found


def test_every_outcome_of_the_table_is_reached_and_no_other():
    found = explored()
    assert set(found) == set(OUTCOMES)
    dead = []
    for before, event, outcomes in rows():
        reached = set().union(
            *(found[Mode(b), Heard(e)] for b in members(before) for e in members(event))
        )
        for name in outcomes:
            wanted = {InputRefusal(name[1:])} if name[0] == "!" else set(map(Mode, members(name)))
            if not wanted & reached:
                dead.append(f"{before} -{event}-> {name}")
    assert dead == []
    beyond = {
        pair: more
        for pair, outcomes in found.items()
        if (more := outcomes - set(OUTCOMES[pair]) - set(ANYWHERE))
    }
    assert beyond == {}


def test_the_drawing_is_the_table():
    sys.path.insert(0, str(ROOT / "docs"))
    from state_machines import drawn

    sys.path.remove(str(ROOT / "docs"))
    there = (ROOT / "docs" / "states-card.svg").read_text(encoding="utf-8")
    assert there == drawn(CARD)
    assert set(CARD.states) == set(Mode)
    assert all(Mode(m.after) in OUTCOMES[Mode(m.before), Heard(m.event)] for m in CARD.moves)


# --- any sequence --------------------------------------------------------------------

HEARD = st.lists(
    st.tuples(st.integers(0, 15), st.integers(-3, 400), st.integers(1, 1500), st.booleans()),
    min_size=1, max_size=25,
)  # fmt: skip


def _in_turn(drawn, cards):
    """What is heard: some out of order, some twice, some that does not fit."""
    now, made = START, []
    for n, (kind, seconds, amount, way) in enumerate(drawn):
        long = 86_400 * 9 if amount % 10 == 0 else 1
        moment = now + timedelta(seconds=seconds * long)
        now = max(now, moment)
        made.append(_one_input(kind, moment, f"m{n}", amount, way, cards))
        if amount % 5 == 0:
            made.append(made[amount % len(made)])
    return made


def _one_input(kind, when, name, amount, way, cards):
    message, card = {"at": when, "id": name, "at_reader": way}, amount % cards
    conc = tuple(MG_PER_L * (n + amount % 3) // 2 + amount for n in range(cards))
    quota = (amount * 8,) * cards
    return (
        *[Flow(when, amount // 2, conc)] * 4,
        MonthLoad(**message, month=amount % 3 + 1),
        YearLoad(**message, year=2018 + amount % 2, quota=quota),
        TopUp(**message, card=card, amount=amount),
        TopUp(**message, card=card, amount=amount),
        Shift(**message, card=card, amount=amount, most_percent=(amount * 7) % 101),
        TakeBack(**message, card=card, amount=amount),
        BureauOrder(**message, close=amount % 2 == 0),
        Valve(when, (0, 4, 50, 97, 100)[amount % 5]),
        Valve(when, (0, 100)[way]),
        Mains(when, way),
        Link(when, way),
        Key(when, way),
    )[kind]


def _first(cards, stop, carry, month):
    own = tuple(
        Card("F1", f"P{n}", month_quotas(12_000, 12_000), stop, CardRules(carry_within_year=carry))
        for n in range(cards)
    )
    return Controller("W1", own, START, 2018, rules=DeviceRules(offline_month=month))


ANY_OUTLET = (
    HEARD, st.integers(1, 2), st.sampled_from(list(Stop)), st.booleans(),
    st.sampled_from(["hold", "known"]),
)  # fmt: skip


@given(*ANY_OUTLET)
def test_whatever_is_heard_all_that_passed_is_counted_once_and_the_history_rebuilds_it(
    drawn, cards, stop, carry, month
):
    _all_holds(drawn, cards, stop, carry, month)


@pytest.mark.slow
@settings(max_examples=2000)
@given(*ANY_OUTLET)
def test_it_is_so_in_thousands_of_histories(drawn, cards, stop, carry, month):
    _all_holds(drawn, cards, stop, carry, month)


STOP_OR_GO = (Said.REOPENED, Said.CLOSING, Said.SHUT, Said.CURTAILED)


def _all_holds(drawn, cards, stop, carry, month):
    inputs = [MonthLoad(START, "first", month=1), *_in_turn(drawn, cards)]
    outlet = issued = _first(cards, stop, carry, month)
    lines, accepted, refused_l = [], [], 0
    for given_ in inputs:
        before = outlet
        outlet, told = step(before, given_)
        lines += told
        kinds = [line.said for line in told]
        if Said.REPEATED in kinds:
            assert replace(outlet, repeated=before.repeated) == before
        elif isinstance(given_, Flow) and Said.REFUSED in kinds:
            refused_l += given_.volume_l
        elif isinstance(given_, Flow):
            accepted.append(given_)
        # A month that was loaded without a link may reopen it before an order closes it.
        if [kind for kind in kinds if kind in STOP_OR_GO][-1:] == [Said.REOPENED]:
            assert not outlet.must_stop
        if isinstance(given_, TopUp) and Said.TOPPED_UP in kinds:
            assert step(outlet, given_)[0].cards == outlet.cards
    assert outlet.passed_l == sum(f.volume_l for f in accepted)
    assert outlet.refused_l == refused_l
    for n in range(cards):
        assert outlet.counted[n] == sum(mass_mg(f.volume_l, f.conc_ng_per_l[n]) for f in accepted)
    history = History(issued.cards, tuple(lines), outlet.rules.year)
    assert rebuild(history) == outlet.cards
    assert find_card_violations(history, accepted) == []
    assert sum(outlet.refused.values()) == sum(line.said is Said.REFUSED for line in lines)


# --- the history ---------------------------------------------------------------------


def _a_history():
    inputs = (
        MonthLoad(START, "jan", month=1), flow(60, 850), flow(120, 100), flow(180, 120),
        Valve(at(200), 0), flow(240, 3), TopUp(at(300), "buy", card=0, amount=500),
        Valve(at(330), 100), flow(360, 10),
    )  # fmt: skip
    outlet, lines = after(an_outlet(), *inputs)
    return History(an_outlet().cards, tuple(lines)), outlet, [
        i for i in inputs if isinstance(i, Flow)
    ]  # fmt: skip


def _edited(history, kind, **change):
    """The first line of a kind changed, or left out."""
    place = next(n for n, line in enumerate(history.records) if line.said is kind)
    lines = list(history.records)
    lines[place : place + 1] = [lines[place]._replace(**change)] if change else []
    return history._replace(records=tuple(lines))


@pytest.mark.parametrize(
    ("kind", "change", "what"),
    [
        (Said.TOPPED_UP, {"amount": 501}, "balance"),
        (Said.TOPPED_UP, {}, "balance"),
        (Said.COUNTED, {"amount": 849}, "balance"),
        (Said.COUNTED, {"balance": 151}, "balance"),
        (Said.WARNED80, {}, "untold"),
        (Said.WARNED90, {"said": Said.WARNED80}, "early"),
        (Said.USED_UP, {}, "untold"),
        (Said.BREACH, {}, "untold"),
        (Said.BREACH, {"amount": 69}, "amount"),
        (Said.RELOADED, {"amount": 999}, "amount"),
        (Said.RELOADED, {"number": 13}, "impossible"),
        (Said.TOPPED_UP, {"at": START}, "order"),
        (Said.TOPPED_UP, {"card": 4}, "card"),
        (Said.SHUT, {"said": Said.REOPENED}, "reopened"),
    ],
)
def test_an_edited_history_is_found(kind, change, what):
    history, _, flows = _a_history()
    assert find_card_violations(history, flows) == []
    codes = {fault.code for fault in find_card_violations(_edited(history, kind, **change))}
    assert f"card.history.{what}" in codes


def test_what_passes_a_shut_outlet_untold_and_a_flow_left_out_are_found():
    history, _, flows = _a_history()
    passed = [n for n, line in enumerate(history.records) if line.said is Said.PASSED]
    lines = [line for n, line in enumerate(history.records) if n != passed[-1]]
    found = find_card_violations(history._replace(records=tuple(lines)))
    assert [str(fault) for fault in found] == ["3 passed a stopped outlet, but no record states it"]
    found = find_card_violations(history, flows[1:])
    assert [fault.code for fault in found] == ["card.history.readings"]
