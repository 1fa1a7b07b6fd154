"""What a command of a person does to a small year, and what refuses it.

A emits 12 t a year and holds 10, B emits 5 and holds 10; one session on 5 January.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from permits.errors import InputError, RightsError
from scenarios.simulation.agenda import PutOff, ShiftQuota
from scenarios.simulation.command import Command, CommandAnswer, read_command
from scenarios.simulation.commanding import COMMANDS, OFFICES, carry_out
from scenarios.simulation.world import World
from scenarios.simulation.year import begin, moment_of, play_on, step
from tests.scenarios.simulation.small_years import built, on, small

T = 10**9
FIRMS = [
    {"id": "A", "baseline": {"X": "12 t"}, "opening": {"X": "10 t"},
     "curve": {"a_yuan": 9000, "b_yuan": 10}},
    {"id": "B", "baseline": {"X": "5 t"}, "opening": {"X": "10 t"}},
]  # fmt: skip
STATED = small(
    FIRMS,
    ends="2017-02-28",
    market={"lot": "1 t", "cash_years": 100},
    session=[{"kind": "secondary", "rule": "call_double", "dates": ["2017-01-05"]}],
    build={"parts": True, "delay_days": 5},
    card={"shift": "apply", "shift_delay_days": 4},
)
BUY = {"side": "buy", "mass_mg": 2 * T, "limit_fen_per_t": 900_00, "pollutant": "X"}
SELL = {**BUY, "side": "sell", "limit_fen_per_t": 700_00}


def _at(moment: str, **sections: Any) -> World:
    """The world before a phase of a day."""
    world = begin(built({**STATED, **sections}))
    day, _, phase = moment.partition("/")
    play_on(world, until=on(day))
    names = _phases(world)
    while next(names) != phase:
        pass
    return world


def _phases(world: World) -> Iterator[str]:
    """Names of the phases that come, each played when the next is asked for."""
    while True:
        yield moment_of(world)[1].name
        step(world)


def _do(world: World, do: str, by: str = "A", key: str = "", **given: Any) -> CommandAnswer:
    day, phase = moment_of(world)
    n = len(world.people.given)
    command = Command(n, f"{day.on}/{phase.name}", 7_999, by, key or str(n), do, given)
    return carry_out(world, day, phase.name, command)


def _refusal(answer: CommandAnswer) -> RightsError:
    assert answer.refusal is not None
    return answer.refusal


def _offers(world: World) -> list[tuple[Any, ...]]:
    (opened,) = world.market.open.values()
    return [
        (o.id, o.trader, o.side.value, o.mass_mg, o.limit_fen_per_t, o.seq, o.at_s)
        for o in opened.session.offers
    ]


S = "2017-01-05/S0/X"


def test_an_order_stands_in_the_book_as_it_was_given() -> None:
    """7,999 ms after the opening is the seventh second."""
    world = _at("2017-01-05/session.0")
    assert _do(world, "order", **BUY).accepted
    assert _do(world, "order", by="B", **SELL).accepted
    assert _offers(world) == [
        (f"{S}/A/0", "A", "buy", 2 * T, 900_00, 0, 7),
        (f"{S}/B/1", "B", "sell", 2 * T, 700_00, 1, 7),
    ]


def test_a_revised_order_takes_the_place_of_the_old_one() -> None:
    world = _at("2017-01-05/session.0")
    _do(world, "order", key="k", **BUY)
    assert _do(world, "revise", order="k", **{**BUY, "mass_mg": T}).accepted
    assert _offers(world) == [(f"{S}/A/1", "A", "buy", T, 900_00, 1, 7)]


def test_a_revision_that_is_refused_leaves_the_order() -> None:
    world = _at("2017-01-05/session.0")
    _do(world, "order", key="k", **BUY)
    before = _offers(world)
    assert _refusal(_do(world, "revise", order="k", **{**BUY, "mass_mg": T // 2})).code == (
        "screen.lot"
    )
    assert _refusal(_do(world, "revise", order="x", **BUY)).code.startswith("session.")
    assert _offers(world) == before
    assert _do(world, "cancel", order="k", pollutant="X").accepted
    assert _offers(world) == []


@pytest.mark.parametrize(
    ("do", "given", "values"),
    [
        ("order", {**BUY, "side": "give"}, {"do": "order", "name": "side", "fit": "buy, sell"}),
        ("order", {**BUY, "mass_mg": "1"},
         {"do": "order", "name": "mass_mg", "fit": "a whole number"}),
        ("order", {**BUY, "mass_mg": True},
         {"do": "order", "name": "mass_mg", "fit": "a whole number"}),
        ("order", {k: v for k, v in BUY.items() if k != "limit_fen_per_t"},
         {"do": "order", "name": "limit_fen_per_t", "fit": "a whole number"}),
        ("order", {**BUY, "pollutant": "Y"}, {"do": "order", "name": "pollutant", "fit": "X"}),
        ("revise", {**BUY, "order": 3}, {"do": "revise", "name": "order", "fit": "a text"}),
        ("cancel", {"pollutant": "X"}, {"do": "cancel", "name": "order", "fit": "a text"}),
    ],
)  # fmt: skip
def test_a_command_says_what_its_particulars_lack(
    do: str, given: dict[str, Any], values: dict[str, Any]
) -> None:
    refused = _refusal(_do(_at("2017-01-05/session.0"), do, **given))
    assert (refused.code, refused.values) == ("command.with", values)


def test_of_one_pollutant_none_need_be_named() -> None:
    given = {name: value for name, value in BUY.items() if name != "pollutant"}
    assert _do(_at("2017-01-05/session.0"), "order", **given).accepted


@pytest.mark.parametrize(
    ("moment", "do", "given", "code", "values"),
    [
        ("2017-01-04/build", "order", BUY, "command.phase",
         {"do": "order", "phase": "session", "given": "build"}),
        ("2017-01-04/build", "shift", {"mass_mg": 1}, "command.phase",
         {"do": "shift", "phase": "swipe", "given": "build"}),
        ("2017-01-04/start_leases", "lease", {}, "command.no_lease", {}),
        ("2017-01-04/swipe", "shift", {"mass_mg": 0}, "command.no_shift", {}),
        ("2017-01-04/build", "leave_seat", {}, "command.no_seat", {"firm": "A"}),
        ("2017-01-04/build", "build", {"measure": "magic"}, "command.measure", None),
        ("2017-01-04/build", "build", {"measure": 1}, "command.with",
         {"do": "build", "name": "measure", "fit": "a text"}),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_with_a_reason(
    moment: str, do: str, given: dict[str, Any], code: str, values: dict[str, Any] | None
) -> None:
    world = _at(moment)
    refused = _refusal(_do(world, do, **given))
    assert refused.code == code
    if values is not None:
        assert refused.values == values
    else:
        steps = sorted({world.rules.plain_steps[k].name for k in world.unbuilt(0)})
        told = {"firm": "A", "measure": "magic", "known": ", ".join(steps)}
        assert refused.values == told
    assert [answer.accepted for answer in world.people.answers] == [False]


@pytest.mark.parametrize("do", ["order", "take_seat", "leave_seat", "build", "lease"])
def test_an_office_has_no_card_seat_or_plant(do: str) -> None:
    lease = {"months": 2, "share_of_reserve": 0.05}
    moments = {"order": "session.0", "build": "build", "lease": "start_leases"}
    world = _at(f"2017-01-05/{moments.get(do, 'build')}", lease=lease)
    refused = _refusal(_do(world, do, by="bank", measure="x", **BUY))
    assert (refused.code, refused.values) == ("command.no_firm", {"by": "bank"})


def test_a_measure_is_built_whole_or_in_the_part_named() -> None:
    """Five days later: half of the first measure, and of what is left of it all."""
    world = _at("2017-01-04/build")
    name = world.rules.plain_steps[0].name
    for share, said in ((0, False), (1_000_001, False), (500_000, True), (1_000_000, True)):
        answer = _do(world, "build", measure=name, share_ppm=share)
        assert answer.accepted == said
        if not said:
            refused = _refusal(answer)
            assert (refused.code, refused.values) == ("command.share", {"share": share})
    put_off = world.agenda.put_off[on("2017-01-09")]
    assert [(task.task.firm, task.task.step, task.task.ppm) for task in put_off] == [
        (0, 0, 500_000), (0, 0, 500_000),
    ]  # fmt: skip
    whole = _at("2017-01-04/build", build={"parts": False, "delay_days": 5})
    name = whole.rules.plain_steps[0].name
    assert _refusal(_do(whole, "build", measure=name, share_ppm=999_999)).code == "command.share"
    assert _refusal(_do(whole, "build", measure=name, share_ppm="all")).code == "command.with"
    assert _do(whole, "build", measure=name).accepted


def test_a_lease_is_asked_for_by_card() -> None:
    world = _at("2017-01-04/start_leases", lease={"months": 2, "share_of_reserve": 0.05})
    assert _do(world, "lease", by="B").accepted
    assert list(world.contracts.asking) == [1]


def test_quota_is_moved_after_the_days_of_an_application() -> None:
    world = _at("2017-01-04/swipe")
    assert _do(world, "shift", by="B", mass_mg=5).accepted
    assert PutOff(on("2017-01-08"), ShiftQuota(1, 5)) in world.agenda.put_off[on("2017-01-08")]
    assert _do(world, "shift", by="B", mass_mg=1).accepted
    free = _at("2017-01-04/swipe", card={"shift": "free"})
    assert _refusal(_do(free, "shift", mass_mg=5)).code == "command.no_shift"


def test_a_seat_is_taken_and_left() -> None:
    world = _at("2017-01-04/build")
    assert _do(world, "take_seat", by="B", key="me").accepted
    assert world.people.seats == {"B": "me"}
    assert _do(world, "leave_seat", by="B").accepted
    assert world.people.seats == {}


def test_a_key_seen_before_gets_the_answer_it_got_then_under_its_own_number() -> None:
    world = _at("2017-01-04/build")
    first = _do(world, "leave_seat", key="k")
    again = _do(world, "leave_seat", key="k")
    assert (first.n, again.n, again.refusal) == (0, 1, first.refusal)
    assert [answer.n for answer in world.people.answers] == [0, 1]


@pytest.mark.parametrize("by", ["A", *OFFICES])
def test_what_concerns_the_room_alone_is_noted(by: str) -> None:
    world = _at("2017-01-04/build")
    room = ["advance", "pause", "resume", "extend", "next", "message", "bots"]
    assert [_do(world, do, by=by).accepted for do in room] == [True] * 7
    assert set(COMMANDS) == {"order", "cancel", "revise", "build", "lease", "shift", "decide",
                             "take_seat", "leave_seat", *room}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "code", "text", "values"),
    [
        ({"do": "dance"}, "command.unknown", None, {"do": "dance", "known": ", ".join(COMMANDS)}),
        ({"by": "C"}, "command.seat", None,
         {"by": "C", "offices": "government, bank, console, clock"}),
        ({"moment": "2017-01-03/build"}, "command.moment", "the moment {moment} has passed",
         {"moment": "2017-01-03/build"}),
        ({"moment": "2016-12-31/open"}, "command.moment", "the moment {moment} has passed",
         {"moment": "2016-12-31/open"}),
        ({"moment": "2017-01-05/session.1"}, "command.moment", "there is no moment {moment}",
         {"moment": "2017-01-05/session.1"}),
        ({"key": "first"}, "command.key", None, {"key": "first"}),
    ],
)  # fmt: skip
def test_a_log_that_cannot_be_carried_out_names_the_command(
    changed: dict[str, str], code: str, text: str | None, values: dict[str, Any]
) -> None:
    world = _at("2017-01-04/open")
    told = {"moment": "2017-01-04/build", "by": "console", "key": "k", "do": "pause", **changed}
    first = Command(0, "2017-01-04/build", 0, "console", "first", "message")
    second = Command(1, told["moment"], 0, told["by"], told["key"], told["do"])
    with pytest.raises(InputError) as refused:
        play_on(world, [first, second])
    assert (refused.value.code, refused.value.where) == (code, "command 1")
    assert refused.value.values == values
    assert text is None or refused.value.text == text
    assert world.people.given == []


LINE = ('{"at_ms":5,"by":"A","do":"order","key":"k","moment":"2017-01-05/session.0","n":3,'
        '"with":{"a":["b",null],"side":"buy"}}')  # fmt: skip


def test_a_line_is_read_and_written_the_same() -> None:
    command = read_command(LINE, "log: line 4")
    assert command == Command(
        3, "2017-01-05/session.0", 5, "A", "k", "order", {"a": ["b", None], "side": "buy"}
    )
    assert command.line() == LINE
    assert command.content == LINE.replace('"n":3', '"n":null')


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("}}", "}", "it is not whole JSON"),
        ('"n":3,', "", "it needs the fields n, moment, at_ms, by, key, do, with, and no others"),
        ('"n":3', '"n":"3"', "n is not a whole number"),
        ('"n":3', '"n":true', "n is not a whole number"),
        ('"at_ms":5', '"at_ms":null', "at_ms is not a whole number"),
        ('"at_ms":5', '"at_ms":-1', "at_ms is below 0"),
        ('"by":"A"', '"by":1', "by is not a text"),
        ('"key":"k"', '"key":1', "key is not a text"),
        ('"do":"order"', '"do":1', "do is not a text"),
        ("2017-01-05/session.0", "5 January",
         "moment is not a day and a phase, as 2017-02-20/session.1"),
        ('"b"', "0.5", "with holds something other than whole numbers and texts"),
        ('{"a":["b",null],"side":"buy"}', "[]",
         "with holds something other than whole numbers and texts"),
    ],
)  # fmt: skip
def test_a_line_that_is_no_command_says_why(old: str, new: str, why: str) -> None:
    assert old in LINE
    with pytest.raises(InputError) as refused:
        read_command(LINE.replace(old, new), "log: line 4")
    assert (refused.value.code, refused.value.where) == ("command.line", "log: line 4")
    assert refused.value.values == {"why": why}


def test_a_line_at_the_opening_is_a_command() -> None:
    assert read_command(LINE.replace('"at_ms":5', '"at_ms":0'), "").at_ms == 0


def test_a_refusal_is_told_with_its_reason() -> None:
    world = _at("2017-01-04/build")
    accepted, refused = _do(world, "pause").told(), _do(world, "leave_seat").told()
    assert accepted == {"n": 0, "accepted": True}
    assert refused == {
        "n": 1, "accepted": False, "code": "command.no_seat",
        "text": "nobody has the seat of A",
    }  # fmt: skip
