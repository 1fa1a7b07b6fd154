"""Benchmark of the receiver: many senders, a kill in the middle, a full account of messages.

    python benchmarks/hj212.py [OUTLETS] [SECONDS]      default 1000 60

Each outlet sends a message a second over loopback and waits for its answer. When half of the
messages are answered the receiver is killed (SIGKILL) and restarted on the same folder.
Meanwhile one device floods it with megabytes of invalid data. Then every tenth outlet sends
all its messages again, as if no answer had reached it. At the end the messages sent are
compared with those stored, one by one, and the mass on the cards with the mass sent. Exit 1
if anything is missing, duplicated or different.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from permits.card import month_quotas
from permits.hj212 import Message
from permits.hj212.factors import factor_of
from permits.hj212.measured import readings_of
from permits.hj212.seen import device_number, digest_of
from permits.quantity import MG_PER_T, fmt_t
from scenarios.monitoring.wire.address import LOOPBACK, allow_many_connections
from scenarios.monitoring.wire.counts import count_lines
from scenarios.monitoring.wire.send import Pace, SendingCounts, play
from scenarios.monitoring.wire.to_messages import hour_message

ROOT = Path(__file__).resolve().parents[1]
BEGIN = datetime.fromisoformat("2017-06-01T00:00")
QUOTA_T = 1_000  # far above the emission, so that no card stops its outlet
TIMEOUT_MS = 5_000  # the standard's waiting time over wired lines [VOC-C1]
# Frames that begin correctly and noise without a frame: both bounds of a connection are hit.
JUNK = b"##0140" * 20_000 + b"x" * 900_000

Devices = Mapping[str, Sequence[Message]]


@dataclass(frozen=True, slots=True)
class Account:
    """Messages sent and stored, and their masses."""

    sent: int
    stored: int
    missing: int
    unknown: int
    sent_again: int  # messages sent once more on purpose
    came_twice: int  # transmissions that were stored before
    transmissions: int
    reconnections: int
    sent_mg: int
    read_mg: int
    charged_mg: int
    seconds: float
    counts: Mapping[str, int]

    @property
    def sound(self) -> bool:
        """Whether nothing is missing, duplicated or different."""
        same_mass = self.sent_mg == self.read_mg == self.charged_mg
        same = self.sent == self.stored and not self.missing + self.unknown
        resends = self.came_twice >= self.sent_again
        return same and same_mass and resends


def run(folder: Path, outlets: int, rounds: int, every_s: float) -> Account:
    """Send `rounds` messages of each outlet, kill the receiver once, and compare.

    Args:
        folder: for the receiver's files and the cards.
        outlets: number of sending devices.
        rounds: messages per device.
        every_s: seconds between two messages of a device.
    """
    allow_many_connections()
    devices = {f"{n:024X}": _messages(f"{n:024X}", n, rounds) for n in range(outlets)}
    cards = folder / "cards.csv"
    rows = [f"C{mn},F{mn},{mn},VOC,{QUOTA_T},{BEGIN.year}" for mn in devices]
    cards.write_text("card,firm,outlet,pollutant,annual_quota_t,year\n" + "\n".join(rows) + "\n")
    port, out = free_port(), folder / "received"
    began = time.perf_counter()
    sent = asyncio.run(_send_and_kill(devices, port, out, cards, every_s))
    return _account(devices, sent, out / "messages.sqlite", time.perf_counter() - began)


async def _send_and_kill(
    devices: Devices, port: int, out: Path, cards: Path, every_s: float
) -> SendingCounts:
    receiver = await _start(port, out, cards)
    flood = asyncio.create_task(_flood(port))
    pace, sent = Pace(every_s=every_s, timeout_ms=TIMEOUT_MS), SendingCounts()
    half = sum(map(len, devices.values())) // 2
    try:
        playing = asyncio.create_task(play(devices, LOOPBACK, port, pace, sent))
        while sent.answered < half and not playing.done():
            await asyncio.sleep(0.005)
        receiver.kill()
        receiver.wait()
        receiver = await _start(port, out, cards)
        await playing
        again = await play(_tenth(devices), LOOPBACK, port, Pace(timeout_ms=TIMEOUT_MS))
        sent.transmissions += again.transmissions
        return sent
    finally:
        flood.cancel()
        receiver.terminate()
        await asyncio.to_thread(receiver.wait)


def _tenth(devices: Devices) -> Devices:
    return {mn: own for n, (mn, own) in enumerate(devices.items()) if n % 10 == 0}


async def _flood(port: int) -> None:
    """A device that sends a megabyte of invalid data, again and again."""
    while True:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(LOOPBACK, port)
            with contextlib.closing(writer):
                writer.write(JUNK)
                await writer.drain()
        await asyncio.sleep(0.5)


async def _start(port: int, out: Path, cards: Path) -> subprocess.Popen[bytes]:
    args = ["hj212", "--listen", str(port), "--out", str(out), "--cards", str(cards), "--quiet"]
    receiver = subprocess.Popen([sys.executable, "-m", "cli", *args], cwd=ROOT)
    while receiver.poll() is None:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(LOOPBACK, port)
            writer.close()
            break
        await asyncio.sleep(0.05)
    return receiver


def _messages(mn: str, n: int, rounds: int) -> tuple[Message, ...]:
    nmhc = factor_of("a24088")
    assert nmhc is not None
    return tuple(
        hour_message(
            mn,
            BEGIN + timedelta(hours=hour),
            f"{10_000 + n}.{hour % 1000:03d}",
            [(nmhc, f"{20 + n % 60}.{hour % 1000:03d}")],
        )
        for hour in range(rounds)
    )


def _account(devices: Devices, sent: SendingCounts, path: Path, seconds: float) -> Account:
    messages = [message for own in devices.values() for message in own]
    expected = {(*device_number(message), digest_of(message)) for message in messages}
    with contextlib.closing(sqlite3.connect(path)) as base:
        rows = base.execute("SELECT mn, qn, cn, pno, digest, came FROM messages").fetchall()
        (read_mg,) = base.execute("SELECT sum(mass_mg) FROM readings").fetchone()
        cards = base.execute("SELECT month, loaded_mg, used_mg FROM cards").fetchall()
        counts = dict(base.execute("SELECT name, n FROM counts ORDER BY name"))
    found = Counter(tuple(row[:5]) for row in rows)
    return Account(
        sent=len(expected),
        stored=len(rows),
        missing=len(expected - found.keys()),
        unknown=len(found.keys() - expected),
        sent_again=sum(len(own) for own in _tenth(devices).values()),
        came_twice=sum(row[5] - 1 for row in rows),
        transmissions=sent.transmissions,
        reconnections=sent.reconnections,
        sent_mg=sum(r.mass_mg or 0 for m in messages for r in readings_of(m)),
        read_mg=read_mg,
        charged_mg=sum(_charged(*card) for card in cards),
        seconds=seconds,
        counts=counts,
    )


def _charged(month: int, loaded_mg: int, used_mg: int) -> int:
    """Mass charged to a card with equal months from its first month to `month` [mg]."""
    quota = month_quotas(QUOTA_T * MG_PER_T, QUOTA_T * MG_PER_T)
    return sum(quota[BEGIN.month - 1 : month]) - loaded_mg + used_mg


def free_port() -> int:
    """A port that nobody listens on."""
    with contextlib.closing(socket.socket()) as free:
        free.bind((LOOPBACK, 0))
        port: int = free.getsockname()[1]
        return port


def main() -> None:
    """Run and print."""
    outlets, seconds = (int(word) for word in (sys.argv[1:] + ["1000", "60"][len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder), outlets, seconds, 1.0)
    print(f"{outlets} outlets, {seconds} messages each, in {found.seconds:.1f} s")
    print(f"sent {found.sent}, stored {found.stored}, missing {found.missing}", end=", ")
    print(f"unknown {found.unknown}")
    print(f"transmissions {found.transmissions}, reconnections {found.reconnections}")
    print(f"sent again {found.sent_again}, known and only counted {found.came_twice}")
    masses = (found.sent_mg, found.read_mg, found.charged_mg)
    print("mass sent, read, on cards: {} t, {} t, {} t".format(*map(fmt_t, masses)))
    print(*count_lines(found.counts), sep="\n")
    sys.exit(0 if found.sound else 1)


if __name__ == "__main__":
    main()
