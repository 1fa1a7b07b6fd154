"""Messages watched as they arrive: monitor, message, mass, card, valve; and made to be sent."""

from __future__ import annotations

import csv
import io
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from permits.card import Said
from permits.errors import RightsError
from permits.hj212 import Message, decode, encode
from permits.hj212.factors import factor_of
from permits.hj212.measured import readings_of
from scenarios.definition.load import load_scenario
from scenarios.monitoring.watch.controller_replay import Frame, replay_controllers
from scenarios.monitoring.watch.input_tables import read_input_log
from scenarios.monitoring.wire.address import LOOPBACK
from scenarios.monitoring.wire.check_lines import Judge, summary
from scenarios.monitoring.wire.feed import feed, load_controller_cards
from scenarios.monitoring.wire.generate import CARDS, MESSAGES, READINGS, make_outlets
from scenarios.monitoring.wire.live import LiveView
from scenarios.monitoring.wire.message_store import Arrived, MessageStore, Rejected, StoredBatch
from scenarios.monitoring.wire.send import send
from scenarios.monitoring.wire.to_messages import hour_message, load_devices
from scenarios.simulation.production import draw_demand
from scenarios.text import set_language

ROOT = Path(__file__).resolve().parents[3]
BEGIN = datetime.fromisoformat("2017-06-01T10:00")
HEADS = "card,firm,outlet,pollutant,annual_quota_t"
CHAIN = {
    "cards": f"{HEADS}\nC1,F1,A,VOC,0.072\n",
    "messages": "at,outlet,event,card,mass_t\n2017-06-01T18:30:00,A,top_up,C1,0.01\n",
    "readings": "outlet,at,volume_m3,voc_mg_per_m3\n"
    + "".join(f"A,{BEGIN + timedelta(hours=n)},{0 if n == 8 else 18000},42.5\n" for n in range(10)),
}
"""6 kg a month at 0.765 kg an hour: used up with the 8th hour; the valve is shut two minutes
later, nothing flows in the 9th hour, in which a purchase arrives."""


def _hour(at: datetime, outlet: str = "A", flags: str = "NN", **given: Any) -> Message:
    """An hour of NMHC and NOx, each with its flag; `-` leaves one out."""
    factors = [(factor_of(code), conc) for code, conc in (("a24088", "42.5"), ("a21002", "31.7"))]
    kept = [(f, c) for (f, c), flag in zip(factors, flags, strict=True) if f and flag != "-"]
    message = hour_message(outlet, at, "18000", kept, **given)
    for (factor, _), flag in zip(factors, flags, strict=True):
        code = f"{factor.code}-Flag" if factor else ""
        items = tuple(
            tuple((name, flag if name == code else value) for name, value in item)
            for item in message.items
        )
        message = replace(message, items=items)
    return message


def _arrived(*messages: Message) -> list[Arrived]:
    return [Arrived(encode(m), decode(encode(m))) for m in messages]


def _written(folder: Path, tables: dict[str, str]) -> dict[str, Path]:
    paths = {name: folder / f"{name}.csv" for name in tables}
    for name, text in tables.items():
        paths[name].write_text(text, encoding="utf-8")
    return paths


# --- the whole chain -----------------------------------------------------------------


def test_a_card_warns_is_shut_by_its_valve_and_reopens_while_people_watch(
    tmp_path: Path,
) -> None:
    """The receiver is a process of its own; its lines are read while it runs."""
    paths = _written(tmp_path, CHAIN)
    command = [
        sys.executable, "-m", "cli", "hj212", "--listen", "0", "--out", str(tmp_path / "out"),
        "--cards", str(paths["cards"]), "--messages", str(paths["messages"]), "--watch", "--replay",
    ]  # fmt: skip
    env = {**os.environ, "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(
        command, cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as receiver:
        assert receiver.stdout is not None and receiver.stderr is not None
        port = re.search(r":(\d+);", receiver.stderr.readline())
        assert port is not None
        sent = send(load_devices(str(paths["readings"])), LOOPBACK, int(port[1]))
        seen, given_up = [], Timer(30, receiver.kill)
        given_up.start()
        for line in receiver.stdout:
            seen.append(line.rstrip("\n"))
            if "start the pump" in line:
                break
        given_up.cancel()
        receiver.send_signal(signal.SIGINT)
        _, said = receiver.communicate(timeout=20)
    assert (sent.answered, receiver.returncode) == (10, 0)
    assert seen == [
        "2017-06-01T10:00:00  C1  loaded for month 6: 6.00 kg",
        "2017-06-01T17:00:00  C1  first warning, 0.65 kg left",
        "2017-06-01T18:00:00  C1  second warning, -0.12 kg left",
        "2017-06-01T18:00:00  C1  the load is used up",
        "2017-06-01T18:00:00  C1  0.12 kg beyond the load: a breach",
        "2017-06-01T18:00:00  A  closing",
        "2017-06-01T18:00:00  A  ordered: stop the pump",
        "2017-06-01T18:00:00  A  ordered: close the valve",
        "2017-06-01T18:02:00  A  shut",
        "2017-06-01T18:30:00  C1  topped up by 10.00 kg, 9.88 kg left",
        "2017-06-01T18:30:00  A  open again",
        "2017-06-01T18:30:00  A  ordered: open the valve",
        "2017-06-01T18:32:00  A  ordered: start the pump",
    ]
    assert said.startswith("10 messages stored, 0 resends, 10 readings")


def test_cards_are_needed_to_watch_them(tmp_path: Path, run_cli: Callable[..., Any]) -> None:
    ran = run_cli("hj212", "--listen", "0", "--out", tmp_path / "out", "--watch")
    assert (ran.code, "no effect without --cards" in ran.err) == (2, True)
    assert not (tmp_path / "out").exists()


# --- the same semantics live and from files ------------------------------------------


def _year_of_hours(seed: int) -> list[Message]:
    """Hours, two by two, over a turn of the year, with faults and gaps."""
    draws = random.Random(seed)
    begins = datetime.fromisoformat("2017-11-28T22:00")
    starts = [0, *draws.sample(range(70 * 24), 75)]
    places = sorted({n + k for n in starts for k in (0, 1)})
    flags = [draws.choice(("NN", "NN", "NN", "ND", "MN", "DD", "N-", "-N")) for _ in places]
    hours = dict(zip(places, flags, strict=True))
    return [_hour(begins + timedelta(hours=n), flags=flag) for n, flag in hours.items()]


YEAR = {
    "cards": f"{HEADS}\nC1,F1,A,VOC,0.24\nC2,F1,A,NOx,0.18\n",
    "messages": "at,outlet,event,card,mass_t\n2017-12-12T08:30:00,A,top_up,C1,0.004\n"
    "2018-01-05T08:30:00,A,shift,C2,0.002\n2018-01-09T00:00:00,A,top_up,C2,0.01\n",
}


def _live(
    folder: Path, paths: dict[str, Path], messages: list[Message]
) -> tuple[Any, list[StoredBatch]]:
    """The outlet after messages came in three batches with a restart, and what was added."""
    added = []
    for part in (messages[:60], messages[60:]):
        cards = load_controller_cards(str(paths["cards"]), str(paths["messages"]))
        store = MessageStore(folder, cards, replay=True)
        added.append(store.add(_arrived(*part)))
        store.write_readings()
        outlet = store.state.posts["A"].outlet.controller
        store.close()
    return outlet, added


def _filmed(folder: Path, paths: dict[str, Path]) -> list[Frame]:
    return list(
        replay_controllers(
            read_input_log(folder / "readings.csv", paths["cards"], paths["messages"])
        )
    )


def test_cards_are_the_same_to_the_milligram_live_and_from_the_file(tmp_path: Path) -> None:
    paths = _written(tmp_path, YEAR)
    live, added = _live(tmp_path / "out", paths, _year_of_hours(7))
    frames = _filmed(tmp_path / "out", paths)
    filmed = frames[-1].outlets["A"]
    assert (live.cards, live.counted, live.mode) == (filmed.cards, filmed.counted, filmed.mode)
    told = [r for frame in frames for r in frame.records if r.said is not Said.COUNTED]
    assert [e.record for one in added for e in one.events if e.record] == told
    assert {Said.YEAR_LOADED, Said.SHUT, Said.REOPENED, Said.SHIFTED} <= {r.said for r in told}


def test_hours_that_come_late_are_counted_once_and_to_the_milligram(tmp_path: Path) -> None:
    paths = _written(tmp_path, YEAR)
    own_year = [m for m in _year_of_hours(8) if (m.value("DataTime") or "").startswith("2017")]
    random.Random(1).shuffle(own_year)
    live, added = _live(tmp_path / "out", paths, own_year)
    filmed = _filmed(tmp_path / "out", paths)[-1].outlets["A"]
    assert (live.counted, live.passed_l) == (filmed.counted, filmed.passed_l)
    assert any(event.event == "late" for one in added for event in one.events)
    assert not live.refused_l


def test_an_hour_that_lacks_one_pollutant_counts_for_the_cards_of_the_others(
    tmp_path: Path,
) -> None:
    paths = _written(tmp_path, YEAR)
    store = MessageStore(tmp_path / "out", load_controller_cards(str(paths["cards"])), replay=True)
    store.add(_arrived(_hour(BEGIN, flags="ND"), _hour(BEGIN + timedelta(hours=1), flags="-N")))
    store.write_readings()
    store.close()
    reel = read_input_log(tmp_path / "out" / "readings.csv", paths["cards"])
    assert list(replay_controllers(reel))[-1].outlets["A"].counted == (765_000, 570_600)
    assert reel.unmeasured == 2


def test_a_card_with_a_year_counts_that_year_alone_live_and_from_the_file(tmp_path: Path) -> None:
    cards = "".join(f"{line},{end}\n" for line, end in
                    zip(YEAR["cards"].splitlines(), ("year", 2017, 2017), strict=True))  # fmt: skip
    paths = _written(tmp_path, {**YEAR, "cards": cards})
    live, added = _live(tmp_path / "out", paths, _year_of_hours(9))
    filmed = _filmed(tmp_path / "out", paths)[-1].outlets["A"]
    assert (live.counted, live.year, live.month) == (filmed.counted, 2017, 12)
    assert any(event.event == "other_year" for one in added for event in one.events)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (f"{HEADS},year\nC,F,A,VOC,1,2017\nD,F,A,NOx,1,2018\n", "different years"),
        (f"{HEADS},annual_quota_m3\nC,F,A,volume,,12\n", "a volume card cannot be charged"),
        (f"{HEADS},month_01\nC,F,A,VOC,,1\n", "do not add up"),
    ],
)
def test_cards_that_messages_cannot_charge_are_refused(
    tmp_path: Path, table: str, said: str
) -> None:
    (tmp_path / "cards.csv").write_text(table)
    with pytest.raises(RightsError, match=said):
        load_controller_cards(str(tmp_path / "cards.csv"))


# --- the picture ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", ("shut", "Messages: 4, resends: 1, rejected: 2, readings excluded or late: 1",
             "waiting for the first")),
     ("zh", ("报文4条，重发1条，拒收2条", "等待首条读数"))],
)  # fmt: skip
def test_the_picture_has_the_cards_and_what_was_counted_and_stays(
    tmp_path: Path, lang: str, words: tuple[str, ...]
) -> None:
    cards = f"{HEADS}\nC1,F1,A,VOC,0.018\nC3,F2,B,VOC,1\n"
    (tmp_path / "cards.csv").write_text(cards)
    store = MessageStore(
        tmp_path / "out", load_controller_cards(str(tmp_path / "cards.csv")), replay=True
    )
    screen = Console(file=io.StringIO(), width=80, height=24, force_terminal=True)
    set_language(lang)
    try:
        live = LiveView(store, screen)
        with live.shown():
            flags = ("N-", "N-", "D-", "N-")
            hours = [_hour(BEGIN + timedelta(hours=n), flags=f) for n, f in enumerate(flags)]
            pieces = [Rejected("peer", "length", b"##")] * 2
            live.add(store.add(_arrived(*hours, hours[0]), pieces, {"rejected:length": 2}))
            live.add(store.add(_arrived()))
            with ThreadPoolExecutor(1) as other:  # which knows nothing of the language
                screen.print(other.submit(live.picture).result())
    finally:
        set_language("en")
        store.close()
    drawn = screen.file.getvalue()  # type: ignore[attr-defined]
    assert (drawn.count("\x1b[?1049h"), drawn.count("\x1b[?1049l")) == (1, 1)
    left = re.sub(r"\x1b\[[\d;?]*[a-z]", "", drawn.split("\x1b[?1049l")[1])
    assert [word for word in words if word not in left] == []
    assert ("Last events" in drawn) is (lang == "en")
    assert "▲80" in left and max(map(cell_len, left.splitlines())) <= 80


def test_without_a_terminal_resends_and_rejects_are_told_as_they_come(tmp_path: Path) -> None:
    store = MessageStore(tmp_path)
    screen = Console(file=io.StringIO(), width=20)
    live = LiveView(store, screen)
    live.add(store.add(_arrived(_hour(BEGIN))))
    live.add(store.add(_arrived(_hour(BEGIN)), (), {"rejected:length": 3}))
    store.close()
    told = screen.file.getvalue()  # type: ignore[attr-defined]
    assert told == "Messages: 1, resends: 1, rejected: 3, readings excluded or late: 0\n"


# --- check sums ----------------------------------------------------------------------


def _templated() -> list[Message]:
    """Hours whose messages all have one check sum, as if bent until the old one fits."""
    alike: dict[bytes, list[Message]] = {}
    for n in range(600):
        hour = _hour(BEGIN + timedelta(hours=n), flags="N-")
        alike.setdefault(encode(hour)[-6:], []).append(hour)
    return max(alike.values(), key=len)


def test_check_sums_that_repeat_are_told_by_both_ways_of_reading(tmp_path: Path) -> None:
    made = _templated()
    most = len(made) - 1
    sound = [_hour(BEGIN + timedelta(hours=n), "B") for n in range(40)]
    judge, store = Judge(), MessageStore(tmp_path)
    for message in (*made, *sound, *sound):
        judge.judge(0, decode(encode(message)))
    store.add(_arrived(*made, *sound, *sound))
    hints = store.hints()
    store.close()
    assert [hint.partition(":")[0] for hint in hints] == ["A", "A"]
    assert f"{most} of {most} messages have the check sum of the message before" in hints[0]
    assert summary(judge)[-2:] == hints


# --- a scenario's outlets ------------------------------------------------------------


def test_a_scenarios_outlets_are_made_to_their_daily_emission_and_obey_their_valves(
    tmp_path: Path,
) -> None:
    """While a card is open a day has the scenario's emission but for the wire's rounding;
    sent and charged, the cards do what they did when the table was made."""
    scenario = load_scenario("jiaxing-dyers-2018")
    made = make_outlets(scenario, days=31, most=2)
    assert (made.outlets, made.hours) == (2, 2 * 31 * 24)
    for name, text in made.files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    firm = "010000A8900016F000000002"
    rows = list(csv.DictReader(io.StringIO(made.files[READINGS])))
    own = [row for row in rows if row["outlet"] == firm]
    mass_mg = sum(float(r["volume_m3"]) * float(r["cod_mg_per_l"]) * 1e3 for r in own[:24])
    wanted = draw_demand(scenario.file, scenario.register, scenario.seed).wanted_mg
    assert mass_mg == pytest.approx(int(wanted[2, 0]), rel=2e-3)
    state = load_controller_cards(str(tmp_path / CARDS), str(tmp_path / MESSAGES))
    messages = load_devices(str(tmp_path / READINGS))[firm]
    # The standard's own form; one check sum in 256 is 0000, and nothing flows past a shut valve.
    notes = {note.code for message in messages for note in decode(encode(message)).notes}
    assert notes <= {"zero_flow_normal", "check_sum_zero"}
    state, events = feed(state, [readings_of(message) for message in messages])
    ended = state.posts[firm].outlet.controller
    assert (ended.fault, ended.refused) == ("", {})
    told = [event.event for event in events]
    rest = iter(told)
    order = ("warned80", "warned90", "used_up", "shut", "topped_up", "reopened")
    assert all(event in rest for event in order)
    assert not {"passed", "not_normal", "late"}.intersection(told)


def test_a_scenarios_outlets_emit_by_its_luck_seed() -> None:
    """Another luck seed is another production of the same firms with the same cards."""
    name, days = "jiaxing-dyers-2018", 3
    plain = make_outlets(load_scenario(name), days=days, most=1)
    other = make_outlets(load_scenario(name, ["luck_seed=7"]), days=days, most=1)
    assert other.files[CARDS] == plain.files[CARDS]
    assert other.files[READINGS] != plain.files[READINGS]
    scenario = load_scenario(name)
    wanted = draw_demand(scenario.file, scenario.register, 7).wanted_mg
    first = list(csv.DictReader(io.StringIO(other.files[READINGS])))[:24]
    mass_mg = sum(float(r["volume_m3"]) * float(r["cod_mg_per_l"]) * 1e3 for r in first)
    assert mass_mg == pytest.approx(int(wanted[0, 0]), rel=2e-3)


@pytest.mark.parametrize(
    ("name", "days", "said"),
    [("classroom-two-firms", 1, "no firm"), ("jiaxing-dyers-2018", 366, "does not cover 366 days")],
)
def test_outlets_that_cannot_be_made_are_refused(name: str, days: int, said: str) -> None:
    with pytest.raises(RightsError, match=said):
        make_outlets(load_scenario(name), days=days)
