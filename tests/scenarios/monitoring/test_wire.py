"""Monitor messages over TCP: stored once, then answered; fed to cards; sent until answered."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.hj212 import run
from permits.card import step
from permits.errors import InputError, RightsError
from permits.hj212 import Framer, Message, decode, encode
from permits.hj212.factors import factor_of
from permits.hj212.measured import OutletReading, readings_of
from permits.hj212.parts import split
from scenarios.monitoring.watch.input_tables import read_input_log
from scenarios.monitoring.wire import counts
from scenarios.monitoring.wire.address import LOOPBACK, parse_address
from scenarios.monitoring.wire.counts import TEXTS, count_lines
from scenarios.monitoring.wire.feed import CardState, feed, load_controller_cards
from scenarios.monitoring.wire.message_store import FILE, Arrived, MessageStore, Totals
from scenarios.monitoring.wire.receive import LIMITS, Limits, Receiver
from scenarios.monitoring.wire.send import Pace, play
from scenarios.monitoring.wire.to_messages import hour_message, load_devices
from tests.permits.hj212_messages import damaged_frames
from tests.scenarios.monitoring.served_receiver import serve_while

NMHC = factor_of("a24088")
BEGIN = datetime.fromisoformat("2017-06-01T10:00")
CARDS = "card,firm,outlet,pollutant,annual_quota_t\nC1,F1,A,VOC,0.012\nC2,F2,A,NOx,1\n"


def _hour(n: int = 0, outlet: str = "A", conc: str = "42.5", **given: Any) -> Message:
    assert NMHC is not None
    at = BEGIN + timedelta(hours=n)
    return hour_message(outlet, at, "18000", [(NMHC, conc)], **given)


def _arrived(*messages: Message) -> list[Arrived]:
    return [Arrived(encode(m), decode(encode(m))) for m in messages]


def _charged(folder: Path) -> MessageStore:
    """A store that charges the cards in `folder`; hours of 2017 are sent again."""
    cards = load_controller_cards(str(folder / "cards.csv"))
    return MessageStore(folder / "out", cards, replay=True)


def _served(
    store: MessageStore,
    client: Callable[[int], Awaitable[Any]],
    limits: Limits = LIMITS,
) -> Totals:
    """What is stored after `client` has talked to a receiver."""

    serve_while(Receiver(store, limits), client)
    try:
        return store.totals()
    finally:
        store.close()


# --- the store -----------------------------------------------------------------------


def test_a_message_is_stored_once_and_its_resends_are_counted(tmp_path: Path) -> None:
    store = MessageStore(tmp_path)
    store.add(_arrived(_hour(), _hour(1), _hour()))
    store.add(_arrived(_hour(1), _hour(2)))
    totals = store.totals()
    assert (totals.messages, totals.resends, totals.readings) == (3, 2, 3)


def test_other_content_under_the_same_number_is_another_message(tmp_path: Path) -> None:
    """Noted; its hour is known already, so no mass is charged twice, and the event says what."""
    store = MessageStore(tmp_path)
    added = store.add(_arrived(_hour(), _hour(conc="12.0")))
    totals = store.totals()
    assert [(e.outlet, e.at, e.event, e.mass_mg) for e in added.events] == [
        ("A", BEGIN, "contradicts", 18_000 * 12)
    ]
    assert (totals.messages, totals.readings) == (2, 1)
    assert totals.counts["note:qn_reused"] == 1
    assert totals.counts["contradictions"] == 1


def test_parts_are_put_together_after_a_restart_too(tmp_path: Path) -> None:
    first, second = split(_hour(), 80)
    store = MessageStore(tmp_path)
    store.add(_arrived(second, second))
    assert store.totals().readings == 0
    store.close()
    again = MessageStore(tmp_path)
    again.add(_arrived(first))
    again.add(_arrived(first))
    assert (again.totals().messages, again.totals().readings) == (2, 1)
    again.close()


def test_a_batch_that_cannot_be_stored_leaves_nothing_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "cards.csv").write_text(CARDS)
    store = _charged(tmp_path)
    store._base.execute("PRAGMA query_only = ON")
    with pytest.raises(InputError, match=r"cannot be stored.*readonly"):
        store.add(_arrived(_hour()))
    store._base.execute("PRAGMA query_only = OFF")
    assert store.totals().messages == 0
    store.add(_arrived(_hour()))
    assert _cards(tmp_path / "out")["C1"] == (6, 765_000)


def test_a_folder_has_one_receiver_and_nothing_else_in_it(tmp_path: Path) -> None:
    store = MessageStore(tmp_path / "out")
    with pytest.raises(InputError, match="another receiver"):
        MessageStore(tmp_path / "out")
    store.close()
    MessageStore(tmp_path / "out").close()
    (tmp_path / "else").write_text("")
    with pytest.raises(InputError, match="in use for something else"):
        MessageStore(tmp_path)


def test_whatever_is_accepted_can_be_stored(tmp_path: Path) -> None:
    """Damaged content under a right length and check sum, and numbers beyond 64 bits."""
    huge = _hour(conc="9" * 25).items
    frames = [encode(replace(_hour(), items=huge)), *damaged_frames(600, seed=3)]
    (tmp_path / "cards.csv").write_text(CARDS)
    store = _charged(tmp_path)
    arrived = [Arrived(f, d) for f in frames if (d := decode(f)).message]
    store.add(arrived)
    totals = store.totals()
    assert totals.messages + totals.resends == len(arrived) > 100
    assert totals.counts["note:number_range"] >= 1
    store.close()


# --- cards ---------------------------------------------------------------------------


def test_readings_are_charged_and_the_card_warns_and_shuts(tmp_path: Path) -> None:
    """6 kg a month at 0.765 kg an hour; 80 % is passed in the 7th hour, 90 % in the 8th, and
    the 8th hour takes 0.12 kg more than there is. What passes the shut valve is told."""
    (tmp_path / "cards.csv").write_text(CARDS.replace("0.012", "0.072"))
    state = load_controller_cards(str(tmp_path / "cards.csv"))
    hours = [readings_of(_hour(n)) for n in range(9)]
    _, events = feed(state, hours)
    assert [(e.card, e.at.hour, e.event, e.mass_mg) for e in events] == [
        ("C1", 10, "reloaded", 6_000_000),
        ("C2", 10, "reloaded", 83_333_333),
        ("C1", 17, "warned80", 0),
        ("C1", 18, "warned90", 0),
        ("C1", 18, "used_up", 0),
        ("C1", 18, "breach", 8 * 765_000 - 6_000_000),
        (None, 18, "closing", 0),
        (None, 18, "stop_pump", 0),
        (None, 18, "close_valve", 0),
        (None, 18, "shut", 0),
        ("C1", 19, "breach", 765_000),
        (None, 19, "passed", 0),
    ]


def test_charging_at_once_and_one_by_one_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "cards.csv").write_text(CARDS)
    state = start = load_controller_cards(str(tmp_path / "cards.csv"))
    hours = [readings_of(_hour(n * 100)) for n in range(9)]
    told = []
    for readings in hours:
        state, events = feed(state, [readings])
        told += events
    assert feed(start, hours) == (state, tuple(told))


def _reading(at: str, flag: str = "N") -> OutletReading:
    when = datetime.fromisoformat(at)
    return OutletReading("A", when, "2061", "a24088", "NMHC", 1_000, 1_000_000, flag)


def test_what_may_not_be_charged_is_an_event(tmp_path: Path) -> None:
    (tmp_path / "cards.csv").write_text(CARDS)
    days = ["2017-03-01", "2017-02-28", "2019-01-01"]
    messages = [[one] for one in (*map(_reading, days), _reading("2017-03-02", "D"))]
    state, events = feed(load_controller_cards(str(tmp_path / "cards.csv")), messages)
    own = [event.event for event in events if event.record is None]
    assert own == ["late", "other_year", "not_normal"]
    assert [card.used_mg for _, card in state.posts["A"].cards()] == [2_000, 0]
    assert feed(CardState(), messages) == (CardState(), ())


def test_the_controller_at_the_outlet_counts_what_the_receiver_charged(tmp_path: Path) -> None:
    """Monitor, message, store, table, controller, valve: the same milligrams on each way."""
    (tmp_path / "cards.csv").write_text(CARDS.splitlines()[0] + "\nC1,F1,A,VOC,0.012\n")
    store = _charged(tmp_path)
    bad = replace(_hour(3), items=(*_hour(3).items[:2], (("a24088-Avg", "x"),)))
    store.add(_arrived(*(_hour(n) for n in range(3)), bad, _hour(4, flag="D")))
    assert store.write_readings() == 5
    store.close()
    reel = read_input_log(tmp_path / "out" / "readings.csv", tmp_path / "cards.csv")
    outlet = reel.outlets["A"]
    for _, given in reel.heard:
        outlet, _ = step(outlet, given)
    assert (outlet.counted, reel.unmeasured) == ((3 * 765_000,), 2)
    assert _cards(tmp_path / "out")["C1"][1] == 3 * 765_000


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("card,firm,outlet,pollutant,annual_quota_t,month_01\nC,F,A,VOC,12,1\n", "do not add up"),
        ("card,firm,outlet,pollutant,annual_quota_t,stop\nC,F,A,VOC,12,hammer\n", "valve"),
    ],
)
def test_a_card_that_cannot_be_is_refused(tmp_path: Path, table: str, said: str) -> None:
    (tmp_path / "cards.csv").write_text(table)
    with pytest.raises(RightsError, match=said):
        load_controller_cards(str(tmp_path / "cards.csv"))


def _cards(folder: Path) -> dict[str, tuple[int, int]]:
    with closing(sqlite3.connect(folder / FILE)) as base:
        return {c: (m, used) for c, m, _, used, _ in base.execute("SELECT * FROM cards")}


# --- over TCP ------------------------------------------------------------------------


def test_outlets_send_at_once_and_every_message_is_accounted_for(tmp_path: Path) -> None:
    """30 outlets, the receiver killed and restarted in the middle, a device that floods."""
    found = run(tmp_path, outlets=30, rounds=10, every_s=0.02)
    assert (found.sent, found.stored, found.missing, found.unknown) == (300, 300, 0, 0)
    assert found.sent_mg == found.read_mg == found.charged_mg
    assert found.came_twice >= found.sent_again == 30
    assert found.transmissions >= found.stored + found.came_twice
    assert found.sound


@pytest.mark.slow
def test_a_thousand_outlets_send_for_a_minute(tmp_path: Path) -> None:
    found = run(tmp_path, outlets=1_000, rounds=60, every_s=1.0)
    assert (found.sent, found.stored, found.missing, found.unknown) == (60_000, 60_000, 0, 0)
    assert found.sound and found.counts["rejected:length"] > 0


def test_an_answer_that_is_lost_makes_a_resend_that_is_not_stored_twice(tmp_path: Path) -> None:
    messages = {f"{n}": [_hour(k, f"{n}") for k in range(3)] for n in range(4)}

    async def client(port: int) -> None:
        pace = Pace(timeout_ms=200)
        await play(messages, LOOPBACK, port, pace)
        sent = await play(messages, LOOPBACK, port, pace)
        assert (sent.answered, sent.transmissions) == (12, 12)

    totals = _served(MessageStore(tmp_path), client)
    assert (totals.messages, totals.resends) == (12, 12)


def test_a_device_that_floods_is_slowed_cut_off_and_counted_and_stops_nobody(
    tmp_path: Path,
) -> None:
    junk = b"##0140" * 3_000 + b"x" * 300_000
    limits = replace(LIMITS, per_s=20, held_s=0.3, kept=5)

    async def flood(port: int, data: bytes) -> None:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        with closing(writer):
            try:
                writer.write(data)
                await writer.drain()
                await reader.read()
            except OSError:
                return

    async def client(port: int) -> None:
        many = b"".join(encode(replace(_hour(n), flag=4)) for n in range(150))
        floods = [asyncio.create_task(flood(port, data)) for data in (junk, many)]
        quiet = {"quiet": [_hour(n, "quiet") for n in range(20)]}
        async with asyncio.timeout(20):
            sent = await play(quiet, LOOPBACK, port)
        assert (sent.answered, sent.transmissions) == (20, 20)
        await floods[0]
        floods[1].cancel()

    totals = _served(MessageStore(tmp_path), client, limits)
    assert totals.counts["held_back"] == 1
    assert totals.counts["slowed"] >= 1
    assert totals.counts["rejected:length"] > 5
    said = "\n".join(count_lines(totals.counts))
    assert "connections held back for sending no message" in said
    assert "length: the length is not that of the segment" in said
    with closing(sqlite3.connect(tmp_path / FILE)) as base:
        kept = base.execute("SELECT count(*) AS n FROM rejects GROUP BY peer ORDER BY n DESC")
        assert kept.fetchone() == (5,)


def test_everything_that_is_counted_can_be_told() -> None:
    """Found by reading the receiver and the store, not by listing it twice."""
    folder = Path(counts.__file__).parent
    source = "".join((folder / name).read_text() for name in ("receive.py", "message_store.py"))
    assert [code for code in TEXTS if f'"{code}"' not in source] == []
    counted = re.findall(r'_counts\["(\w+)"\]|_count\({"(\w+)"|_cut\(line, "(\w+)"', source)
    assert {code for found in counted for code in found if code} == set(TEXTS)


def test_requests_are_refused_and_notices_and_data_taken(tmp_path: Path) -> None:
    asked = [
        Message("1062", "A", qn="20170601110000001", st="31", pw="123456", flag=5),
        Message("1013", "A", qn="20170601110000002", st="31", pw="123456", flag=5),
        _hour(),
        replace(_hour(1), flag=4),
    ]
    answers = []

    async def client(port: int) -> None:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        framer = Framer()
        writer.write(b"".join(map(encode, asked)))
        while len(answers) < 3:
            answers.extend(decode(p).message for p in framer.feed(await reader.read(4096)))
        writer.close()

    assert _served(MessageStore(tmp_path), client).messages == 4
    assert [answer.cn for answer in answers if answer] == ["9011", "9013", "9014"]


def test_a_receiver_that_cannot_store_stops_and_answers_nothing(tmp_path: Path) -> None:
    store = MessageStore(tmp_path)
    store._base.execute("PRAGMA query_only = ON")

    async def client(port: int) -> None:
        pace = Pace(timeout_ms=100, tries=1, patience_s=0.1)
        with pytest.raises(InputError, match="does not answer"):
            await play({"A": [_hour()]}, LOOPBACK, port, pace)

    with pytest.raises(InputError, match="cannot be stored"):
        _served(store, client)
    store.close()


# --- tables and addresses ------------------------------------------------------------


def test_a_table_of_readings_becomes_the_messages_of_its_outlets(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(
        "outlet,at,volume_m3,cod_mg_per_l,nh3_n_mg_per_l,flag\n"
        "A,2017-06-01 10:00,36,50.0,1.0,\nB,2017-06-01 10:00,36,50.0,,M\n"
        "A,2017-06-01 11:00,0,1,1,N\n"
    )
    devices = load_devices(str(tmp_path / "r.csv"))
    assert [len(own) for own in devices.values()] == [2, 1]
    cod, ammonia = readings_of(devices["A"][0])
    assert (cod.mass_mg, cod.stated_mg, ammonia.mass_mg) == (1_800_000, 1_800_000, 36_000)
    (fault,) = readings_of(devices["B"][0])
    assert (fault.flag, fault.counts) == ("M", False)
    assert {decode(encode(m)).verdict for own in devices.values() for m in own} == {
        "accept_with_notes"
    }


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("A,noon,1,1,", "noon"),
        ("A,2017-06-01,1e3,1,", "1e3"),
        ("A,2017-06-01,1,1,Z", "Z"),
        ("A,2017-06-01,1,,", "no concentration"),
    ],
)
def test_a_reading_that_cannot_be_sent_is_told(tmp_path: Path, row: str, said: str) -> None:
    (tmp_path / "r.csv").write_text(f"outlet,at,volume_m3,voc_mg_per_m3,flag\n{row}\n")
    with pytest.raises(RightsError, match=f"'{said}' cannot be sent"):
        load_devices(str(tmp_path / "r.csv"))


def test_a_column_of_no_factor_is_told(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("outlet,at,volume_m3,gold_mg_per_l\nA,2017-06-01,1,1\n")
    with pytest.raises(InputError, match="gold_mg_per_l is not a factor"):
        load_devices(str(tmp_path / "r.csv"))


def test_an_address_without_a_host_is_this_machine_alone() -> None:
    assert parse_address("7212", "--listen") == (LOOPBACK, 7212)
    assert parse_address("[::1]:7212", "--listen") == ("::1", 7212)
    for wrong in ("", "x", "1:70000", "host:"):
        with pytest.raises(InputError, match="is not an address"):
            parse_address(wrong, "--listen")
