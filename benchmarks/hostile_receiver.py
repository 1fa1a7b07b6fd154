"""Benchmark of the receiver under attack: twenty hostile connections against one good device.

    python benchmarks/hostile_receiver.py [KIND …]

One device sends a hundred messages, each when the one before was answered: first to a quiet
receiver, then to one that twenty connections of one kind disturb, from the same address; a
connection that is closed is opened again at once. Exit 1 unless every message is answered
at its first transmission and the median answer takes at most ten times as long as when
quiet, both measured in this run.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.hj212 import ROOT, free_port
from permits.hj212 import Framer, Message, decode, encode
from permits.hj212.factors import factor_of
from scenarios.monitoring.wire.address import LOOPBACK, allow_many_connections
from scenarios.monitoring.wire.to_messages import hour_message

MESSAGES, HOSTILE, SLOW, DEAF = 100, 20, 500, 5
TIMEOUT_S = 5.0  # the standard's waiting time over wired lines [VOC-C1]
MOST_RATIO = 10
HEAD_START_S = 2.0  # for the hostile connections, before the good device begins
BEGIN = datetime.fromisoformat("2017-06-01T00:00")


def main() -> None:
    """Run each kind and print its row."""
    allow_many_connections()
    if sys.argv[1:2] == ["--attack"]:
        asyncio.run(attack(sys.argv[2], int(sys.argv[3])))
    chosen = sys.argv[1:] or list(KINDS)
    print(f"{'hostile connections':38}{'answered':>10}{'median':>10}{'longest':>10}{'ratio':>8}")
    sound = True
    for kind in chosen:
        with tempfile.TemporaryDirectory() as folder:
            quiet, loud = asyncio.run(measure(Path(folder), kind))
        ratio = loud.median_ms / quiet.median_ms
        sound &= loud.answered == MESSAGES and ratio <= MOST_RATIO
        rows = ((f"quiet, before {kind}", quiet, ""), (kind, loud, f"{ratio:.1f}"))
        for name, one, said in rows:
            times = f"{one.median_ms:>7.1f} ms{one.most_ms:>7.0f} ms"
            print(f"{name:38}{one.answered:>10}{times}{said:>8}")
    sys.exit(0 if sound else 1)


@dataclass(frozen=True, slots=True)
class Answers:
    """How a device's messages were answered."""

    answered: int
    median_ms: float
    most_ms: float


async def measure(folder: Path, kind: str) -> tuple[Answers, Answers]:
    """The good device's answers, quiet and disturbed.

    Args:
        folder: for the receiver's files.
        kind: name in `KINDS`.
    """
    async with _receiver(folder) as port:
        quiet = await _ask(port, 0)
        # In a process of their own: what they cost themselves must not delay the good device.
        hostile = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.hostile_receiver", "--attack", kind, str(port)],
            cwd=ROOT,
        )
        try:
            await asyncio.sleep(HEAD_START_S)
            return quiet, await _ask(port, MESSAGES)
        finally:
            hostile.kill()
            hostile.wait()


async def attack(kind: str, port: int) -> None:
    """Disturb a receiver until the process is killed."""
    await asyncio.gather(*KINDS[kind](port))


@contextlib.asynccontextmanager
async def _receiver(folder: Path) -> AsyncIterator[int]:
    """A receiver in a process of its own."""
    port = free_port()
    args = ["hj212", "--listen", str(port), "--out", str(folder / "received"), "--quiet"]
    process = subprocess.Popen([sys.executable, "-m", "cli", *args], cwd=ROOT)
    try:
        while process.poll() is None:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(LOOPBACK, port)
                writer.close()
                break
            await asyncio.sleep(0.05)
        yield port
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)


async def _ask(port: int, first: int) -> Answers:
    """Send a hundred messages over one connection, each once."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    framer, took = Framer(), []
    with contextlib.closing(writer):
        for n in range(first, first + MESSAGES):
            began = time.perf_counter()
            writer.write(encode(_message("A", n)))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TIMEOUT_S):
                    while not any(map(_is_answer, framer.feed(await reader.read(4096)))):
                        pass
                took.append(1_000 * (time.perf_counter() - began))
    return Answers(len(took), statistics.median(took or [0.0]), max(took, default=0.0))


def _is_answer(piece: bytes) -> bool:
    message = decode(piece).message
    return message is not None and message.cn == "9014"


def _message(mn: str, n: int) -> Message:
    nmhc = factor_of("a24088")
    assert nmhc is not None
    return hour_message(mn.rjust(24, "0"), BEGIN + timedelta(hours=n), "10000", [(nmhc, "20.125")])


# --- the kinds ------------------------------------------------------------------------

Kind = Callable[[int], Iterator[Coroutine[Any, Any, None]]]


async def _pour(port: int, chunks: Callable[[], Iterator[bytes]]) -> None:
    """Send without end and read what comes; connect again whenever the connection closes."""
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            reading = asyncio.create_task(_drain(reader))
            with contextlib.closing(writer):
                for chunk in chunks():
                    writer.write(chunk)
                    await writer.drain()
                    if reader.at_eof():
                        break
            reading.cancel()
        await asyncio.sleep(0)


async def _drain(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(OSError):
        while await reader.read(65_536):
            pass


def _endless(chunk: bytes) -> Callable[[], Iterator[bytes]]:
    def chunks() -> Iterator[bytes]:
        while True:
            yield chunk

    return chunks


def _noise(connections: int, chunk: bytes) -> Kind:
    return lambda port: (_pour(port, _endless(chunk)) for _ in range(connections))


def _wrong_sums() -> bytes:
    frames = (encode(_message("B", n)).rstrip() for n in range(100))
    return b"\r\n".join(frame[:-1] + (b"0" if frame[-1:] != b"0" else b"1") for frame in frames)


def _flood(port: int) -> Iterator[Coroutine[Any, Any, None]]:
    """Valid messages, every one another."""

    def chunks(k: int) -> Iterator[bytes]:
        for n in count(step=20):
            yield b"".join(encode(_message(f"F{k:02d}", n + i)) for i in range(20))

    return (_pour(port, partial(chunks, k)) for k in range(HOSTILE))


def _replay(port: int) -> Iterator[Coroutine[Any, Any, None]]:
    """One valid message again and again."""
    return (_pour(port, _endless(encode(_message("E", 0)) * 20)) for _ in range(HOSTILE))


def _idle(port: int) -> Iterator[Coroutine[Any, Any, None]]:
    """Connections that send a byte a second, and some that read no answer."""
    yield from (_drip(port) for _ in range(SLOW))
    yield from (_deaf(port, k) for k in range(DEAF))


async def _drip(port: int) -> None:
    while True:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(LOOPBACK, port)
            with contextlib.closing(writer):
                for byte in encode(_message("S", 0)):
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(1)


async def _deaf(port: int, k: int) -> None:
    while True:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(LOOPBACK, port)
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            with contextlib.closing(writer):
                for n in range(10_000):
                    writer.write(encode(_message(f"D{k}", n)))
                    await writer.drain()
        await asyncio.sleep(0)


KINDS: dict[str, Kind] = {
    "1 of ####": _noise(1, b"#" * 65_536),
    "20 of ####": _noise(HOSTILE, b"#" * 65_536),
    "20 of ##1024##1024": _noise(HOSTILE, b"##1024" * 10_000),
    "20 of possible sums": _noise(HOSTILE, b"##10207080" * 6_000),
    "20 with wrong check sums": _noise(HOSTILE, _wrong_sums()),
    "20 with a valid flood": _flood,
    "20 with a replay": _replay,
    "500 slow, 5 that do not read": _idle,
}


if __name__ == "__main__":
    main()
