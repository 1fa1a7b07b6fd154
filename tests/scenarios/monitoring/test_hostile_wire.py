"""Whoever reaches the receiver's port: other people's outlets, wrong clocks, noise, full disks."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from permits.errors import InputError, RightsError
from permits.hj212 import Framer, Message, decode, encode
from permits.hj212.factors import factor_of
from permits.hj212.measured import readings_of
from permits.sqlite_file import open_to_write
from scenarios.monitoring.wire import message_store
from scenarios.monitoring.wire.address import LOOPBACK
from scenarios.monitoring.wire.counts import count_lines
from scenarios.monitoring.wire.feed import load_controller_cards
from scenarios.monitoring.wire.held_addresses import TRUSTED_S, HeldAddresses, home_of
from scenarios.monitoring.wire.known_devices import load_known_devices
from scenarios.monitoring.wire.message_store import FILE, LOCK, READINGS, Arrived, MessageStore
from scenarios.monitoring.wire.receive import LIMITS, Limits, Receiver
from scenarios.monitoring.wire.send import Pace, play
from scenarios.monitoring.wire.to_messages import hour_message
from tests.scenarios.monitoring.served_receiver import serve_while

NMHC = factor_of("a24088")
NOW = datetime.fromisoformat("2026-06-15T12:30")
HEADS = "card,firm,outlet,pollutant,annual_quota_t,year\n"
LISTED = "mn,password,address,outlet\nA,secret,127.0.0.1,Stack 1\nB,,10.1.0.0/16 ::1,\n"


def _hour(at: datetime, mn: str = "A", conc: str = "50", **given: Any) -> Message:
    """An hour of 1,000 m³: 1 g for each mg/m³."""
    assert NMHC is not None
    return replace(hour_message(mn, at, "1000", [(NMHC, conc)]), **given)


def _arrived(*messages: Message, outlet: str | None = None) -> list[Arrived]:
    frames = map(encode, messages)
    return [Arrived(frame, decode(frame), outlet) for frame in frames]


def _store(folder: Path, cards: str = "", **given: Any) -> MessageStore:
    (folder / "cards.csv").write_text(HEADS + (cards or "C,F,A,VOC,0.012,\n"))
    issued = load_controller_cards(str(folder / "cards.csv"))
    return MessageStore(folder / "out", issued, **{"clock": lambda: NOW, **given})


def _rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / FILE)) as base:
        return base.execute(sql).fetchall()


def _used(store: MessageStore) -> int:
    ((_, card),) = store.state.posts["A"].cards()
    return card.used_mg


# --- a wrong clock -------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["2099-01-01", "2026-06-17", "2010-01-01", "2026-05-15"])
def test_a_first_message_of_a_wrong_clock_disarms_no_card(tmp_path: Path, wrong: str) -> None:
    """1 kg a month, 0.6 kg an hour: the second good hour uses the card up."""
    store = _store(tmp_path)
    first = store.add(_arrived(_hour(datetime.fromisoformat(wrong), conc="400")))
    assert [(e.event, e.mass_mg) for e in first.events] == [("wrong_clock", 400_000)]
    good = [NOW.replace(minute=0) - timedelta(hours=n) for n in (3, 2)]
    events = store.add(_arrived(*(_hour(at, conc="600") for at in good))).events
    assert {"used_up", "close_valve"} <= {e.event for e in events}
    assert _used(store) == 1_200_000
    assert store.totals().counts["wrong_clock"] == 1
    assert store.totals().messages == 3, "the message is kept"
    store.close()


def test_a_late_hour_starts_a_card_and_the_present_follows(tmp_path: Path) -> None:
    """What a logger kept through an outage of three weeks is charged, month by month."""
    store = _store(tmp_path)
    events = store.add(_arrived(_hour(NOW - timedelta(days=21)), _hour(NOW))).events
    assert [e.event for e in events] == ["reloaded", "reloaded"]
    assert _used(store) == 50_000
    store.close()


@pytest.mark.parametrize(
    ("cards", "replay"), [("C,F,A,VOC,0.012,2018\n", False), ("C,F,A,VOC,0.012,\n", True)]
)
def test_old_readings_are_charged_to_cards_of_their_year_or_in_a_replay(
    tmp_path: Path, cards: str, replay: bool
) -> None:
    store = _store(tmp_path, cards, replay=replay)
    store.add(_arrived(_hour(datetime.fromisoformat("2018-01-01T03:00"))))
    assert _used(store) == 50_000
    store.close()


@pytest.mark.parametrize("at", ["00010101000000", "99991231235959", "19700101000000"])
def test_a_year_that_no_monitor_has_makes_no_reading(at: str) -> None:
    message = _hour(NOW)
    sent = replace(message, items=((("DataTime", at),), *message.items[1:]))
    decoded = decode(encode(sent))
    assert "time_form" in {note.code for note in decoded.notes}
    assert decoded.message is not None and readings_of(decoded.message) == ()


# --- one hour, two values ------------------------------------------------------------


def test_a_second_value_of_an_hour_is_kept_and_told_and_charges_nothing(tmp_path: Path) -> None:
    """Also where its stamp differs by seconds; the same value again is only counted."""
    store = _store(tmp_path)
    at = NOW.replace(minute=0)
    store.add(_arrived(_hour(at, conc="0")))
    again = [
        _hour(at, conc="500", qn="20260615130000001"),
        _hour(at - timedelta(seconds=2), conc="500", qn="20260615130000002"),
        _hour(at + timedelta(seconds=7), conc="0", qn="20260615130000003"),
    ]
    events = store.add(_arrived(*again)).events
    assert [(e.outlet, e.event, e.mass_mg) for e in events] == [("A", "contradicts", 500_000)] * 2
    assert (_used(store), store.totals().messages, store.totals().readings) == (0, 4, 1)
    counts = store.totals().counts
    assert (counts["contradictions"], counts["readings_known"]) == (2, 1)
    assert len(_rows(tmp_path / "out", "SELECT 1 FROM events WHERE event = 'contradicts'")) == 2
    store.close()


def test_a_listed_device_s_value_takes_the_place_of_an_unlisted_one(tmp_path: Path) -> None:
    """A forged zero from before there was a list: the card counts the true mass, also later."""
    store = _store(tmp_path)
    at = NOW.replace(minute=0)
    store.add(_arrived(_hour(at - timedelta(hours=1)), _hour(at, conc="0")))
    true = _hour(at, conc="300", qn="20260615130000001")
    (event,) = store.add(_arrived(true, outlet="A")).events
    assert (event.outlet, event.event, event.mass_mg) == ("A", "replaces", 300_000)
    assert _used(store) == 350_000
    later = _hour(at, conc="1", qn="20260615130000002")
    assert [e.event for e in store.add(_arrived(later, outlet="A")).events] == ["contradicts"]
    store.write_readings()
    assert (tmp_path / "out" / READINGS).read_text().splitlines()[-1].split(",")[2:] == [
        "1000", "300", "N",
    ]  # fmt: skip
    assert _rows(tmp_path / "out", "SELECT used_mg FROM cards") == [(350_000,)]
    store.close()
    again = _store(tmp_path)
    assert _used(again) == 350_000
    again.close()


def test_a_store_of_an_earlier_version_is_continued(tmp_path: Path) -> None:
    store = _store(tmp_path)
    store.add(_arrived(_hour(NOW)))
    store._base.execute("ALTER TABLE readings DROP COLUMN bound")
    store.close()
    again = _store(tmp_path)
    again.add(_arrived(_hour(NOW - timedelta(hours=1))))
    assert _used(again) == 100_000
    again.close()


# --- the list of devices ---------------------------------------------------------------


def _listed(folder: Path, text: str = LISTED) -> Any:
    (folder / "devices.csv").write_text(text, encoding="utf-8")
    return load_known_devices(str(folder / "devices.csv"))


def test_a_message_must_agree_with_the_list(tmp_path: Path) -> None:
    known = _listed(tmp_path)
    asked = [
        (_hour(NOW, pw="secret"), "127.0.0.1", None),
        (_hour(NOW, pw="secret"), "::ffff:127.0.0.1", None),
        (_hour(NOW, pw="Secret"), "127.0.0.1", "refused_password"),
        (_hour(NOW, pw=None), "127.0.0.1", "refused_password"),
        (_hour(NOW, pw="secret"), "127.0.0.2", "refused_address"),
        (_hour(NOW, pw="secret"), "nonsense", "refused_address"),
        (_hour(NOW, "B", pw="any"), "10.1.200.3", None),
        (_hour(NOW, "B"), "::1", None),
        (_hour(NOW, "B"), "10.2.0.1", "refused_address"),
        (_hour(NOW, "C"), "127.0.0.1", "refused_device"),
    ]
    assert [known.refusal(message, address) for message, address, _ in asked] == [
        why for _, _, why in asked
    ]
    assert (known.outlet_of(asked[0][0]), known.outlet_of(asked[6][0])) == ("Stack 1", "B")
    assert "secret" not in repr(known)
    chinese = _listed(tmp_path, "设备编码,密码,网络地址,排口\nA,secret,127.0.0.1,一号\n")
    assert chinese.outlet_of(_hour(NOW)) == "一号"


@pytest.mark.parametrize(
    ("row", "said"),
    [("C,x,10.1.2,", r"'10.1.2' is not the address.*row 4"), ("A,x,,", "A is listed twice.*row 4")],
)
def test_a_list_that_cannot_be_used_is_refused(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(RightsError, match=said):
        _listed(tmp_path, LISTED + row + "\n")


def _served(
    store: MessageStore,
    client: Callable[[int], Awaitable[Any]],
    limits: Limits = LIMITS,
    **own: Any,
) -> dict[str, int]:
    """The counts after `client` has talked to a receiver."""

    serve_while(Receiver(store, limits, **own), client)
    found = dict(store.totals().counts)
    store.close()
    return found


async def _asked(port: int, *messages: Message) -> list[Message]:
    """The answers to messages that each ask for one."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    framer, answers = Framer(), list[Message]()
    with closing(writer):
        writer.write(b"".join(map(encode, messages)))
        while len(answers) < len(messages):
            data = await reader.read(4096)
            assert data
            answers += [m for piece in framer.feed(data) if (m := decode(piece).message)]
    return answers


def test_a_refused_message_is_answered_as_such_and_is_an_event_and_no_reading(
    tmp_path: Path,
) -> None:
    """The victim's hour counts although a forged one came first; no password is written."""
    known = _listed(tmp_path, "mn,password,address,outlet\nA,secret,,Stack 1\nB,,10.1.0.0/16,\n")
    at = NOW.replace(minute=0)

    async def client(port: int) -> None:
        forged = _hour(at, conc="0", pw="forged"), _hour(at, "B"), _hour(at, "C\x1b[2J")
        answers = await _asked(port, *forged[:2])
        assert [(a.cn, a.value("QnRtn")) for a in answers] == [("9011", "3"), ("9011", "2")]
        assert [a.cn for a in await _asked(port, _hour(at, pw="secret"))] == ["9014"]
        with pytest.raises(InputError, match="knows device A by another password"):
            await play({"A": [forged[0]]}, LOOPBACK, port, Pace(patience_s=1))

    store = _store(tmp_path, "C,F,Stack 1,VOC,0.012,\n")
    counts = _served(store, client, devices=known)
    assert (counts["refused:refused_password"], counts["refused:refused_address"]) == (2, 1)
    said = "\n".join(count_lines(counts))
    assert "2  messages refused: with a wrong password" in said
    out = tmp_path / "out"
    assert _rows(out, "SELECT outlet, bound, mass_mg FROM readings") == [("Stack 1", 1, 50_000)]
    events = _rows(out, "SELECT card, at, event FROM events WHERE event LIKE 'refused%'")
    assert sorted(events) == [
        ("A", "2026-06-15 12:30:00", "refused_password"),
        ("A", "2026-06-15 12:30:00", "refused_password"),
        ("B", "2026-06-15 12:30:00", "refused_address"),
    ]
    assert b"forged" not in (out / FILE).read_bytes()


# --- noise ----------------------------------------------------------------------------


def test_noise_is_charged_with_what_it_makes_the_receiver_examine() -> None:
    """A heading that states 1,020 bytes costs as many; a frame in between costs nothing."""
    framer, frame = Framer(), encode(_hour(NOW)).rstrip()
    assert list(framer.feed(frame)) == [frame]
    assert (framer.in_vain, framer.skipped) == (0, 0)
    assert list(framer.feed(b"#" * 2_000)) == []
    assert framer.in_vain == 2_000 - 2
    pieces = list(framer.feed(b"##10207080" * 103))
    assert pieces == [b"##10207080"]
    assert framer.in_vain == 2_000 + 6 + 1_020 + 4


async def _sent(port: int, data: bytes) -> bytes:
    """What a receiver says until it closes the connection."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    with closing(writer):
        try:
            writer.write(data)
            await writer.drain()
            return await reader.read()
        except OSError:
            return b""


@pytest.mark.parametrize("noise", [b"#" * 5_000, b"##1024" * 300, b"x" * 5_000], ids=str)
def test_noise_holds_a_connection_back_and_its_address_unless_a_device_spoke(
    tmp_path: Path, noise: bytes
) -> None:
    limits = replace(LIMITS, held_s=0.3, trusted_s=0.0)

    async def client(port: int) -> None:
        loop = asyncio.get_running_loop()
        noisy = asyncio.create_task(_sent(port, noise))
        began = loop.time()
        await asyncio.sleep(0.1)
        assert await _sent(port, b"") == b"" and loop.time() - began < 0.3, "refused at once"
        await noisy
        assert loop.time() - began >= 0.3, "held, not closed"
        assert [a.cn for a in await _asked(port, _hour(NOW))] == ["9014"]

    counts = _served(_store(tmp_path), client, limits)
    assert (counts["held_back"], counts["connections_held"]) == (1, 1)
    assert counts["connections"] == 3


def test_beyond_a_number_of_held_connections_the_oldest_is_closed(tmp_path: Path) -> None:
    limits = replace(LIMITS, held_s=60.0, held=2)

    async def client(port: int) -> None:
        held = [asyncio.create_task(_sent(port, b"#" * 5_000)) for _ in range(3)]
        async with asyncio.timeout(5):
            await asyncio.wait(held, return_when=asyncio.FIRST_COMPLETED)
        assert sum(one.done() for one in held) == 1

    assert _served(_store(tmp_path), client, limits)["held_back"] == 3


def test_an_address_is_open_for_an_hour_after_a_device_spoke_and_after_the_start() -> None:
    held = HeldAddresses(0.0)
    held.hold("a", 2 * TRUSTED_S)
    assert [held.refuses("a", at) for at in (TRUSTED_S, TRUSTED_S + 1, 2 * TRUSTED_S)] == [
        False, True, False,
    ]  # fmt: skip
    held.spoke("a", TRUSTED_S + 2)
    assert not held.refuses("a", TRUSTED_S + 3)
    assert not held.refuses("b", TRUSTED_S + 3)


def test_a_subscriber_of_ipv6_is_one_address() -> None:
    assert home_of("2001:db8:1:2:3:4:5:6") == home_of("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert home_of("::ffff:10.0.0.7") == home_of("10.0.0.7") == "10.0.0.7"
    assert home_of("?") == "?"


# --- the disk, and the terminal ----------------------------------------------------------


@contextmanager
def _full_disk() -> Any:
    """No file of this process can grow, as on a disk without room."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)


def test_a_full_disk_is_called_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with _full_disk(), pytest.raises(InputError, match=r"cannot be stored.*free disk space"):
        MessageStore(tmp_path / "new")
    MessageStore(tmp_path / "old").close()

    def refusing(path: Path, *args: Any, **given: Any) -> Any:
        return _Full() if path.name == LOCK else open_to_write(path, *args, **given)

    monkeypatch.setattr(message_store, "open_to_write", refusing)
    with pytest.raises(InputError, match="cannot be stored: database or disk is full"):
        MessageStore(tmp_path / "old")


class _Full:
    """A lock on a full disk."""

    def execute(self, sql: str) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorname = "SQLITE_FULL"
        raise error

    def close(self) -> None:
        pass


def test_control_characters_of_a_device_number_reach_no_table(tmp_path: Path) -> None:
    """Nor do signs that turn the direction of writing; a number of letters stays as it is."""
    bad = "\x1b]0X\x07\u202eA"
    segment = _segment(encode(_hour(NOW)).replace(b"MN=A", f"MN={bad}".encode()))
    decoded = decode(segment)
    assert decoded.message is not None and decoded.message.mn == bad
    store = _store(tmp_path)
    store.add([Arrived(segment, decoded), *_arrived(_hour(NOW, "排口 1"))])
    store.write_readings()
    outlets = [
        row.split(",")[0]
        for row in (tmp_path / "out" / READINGS).read_text("utf-8-sig").splitlines()
    ]
    assert outlets == ["outlet", r"\x1b]0X\x07\u202eA", "排口 1"]
    store.close()


def _segment(frame: bytes) -> bytes:
    """A frame with its length and check sum put right."""
    from permits.hj212.frame import framed

    return framed(frame[6:-6])
