"""A receiver: many devices over TCP, every accepted message stored once, then answered.

Messages of all connections wait in one queue. A writer takes what has gathered, commits
it in one transaction, and only then the answers go out; meanwhile the next batch gathers,
so that a slow disk makes batches larger and not devices slower. What a killed receiver
had not committed was not answered, and devices send it again.

One device cannot stop the others: a connection has a bound on messages in the queue, on
messages a second, on wrong pieces, and on answers that it does not read. Each bound that
was hit is counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from permits.errors import InputError
from permits.hj212 import Framer, decode, encode
from permits.hj212.answer import answers_to
from scenarios.monitoring.wire.address import allow_many_connections
from scenarios.monitoring.wire.counts import REJECTED
from scenarios.monitoring.wire.message_store import (
    Arrived,
    MessageStore,
    Rejected,
    StoredBatch,
    Totals,
)

CHUNK = 8_192  # bytes read at once (assumed): eight of the longest messages
CLOSING_ROUNDS = 100  # of 10 ms: connections get a second to close (assumed)
PAUSE_S = 0.05  # between two looks at a bound that was hit (assumed)
BURST_S = 1.0  # seconds that a device may be ahead of its rate (assumed)
MOST_PIECE = 1_100
"""Bytes of a rejected piece that are kept; the longest message has about as many."""


def listen(
    host: str,
    port: int,
    store: MessageStore,
    ready: Callable[[str, int], None] = lambda host, port: None,
    watch: Callable[[StoredBatch], None] = lambda added: None,
) -> Totals:
    """Receive until the process is stopped (Ctrl-C, SIGTERM).

    At the end the readings are also written as a table, `readings.csv`.

    Args:
        host: address to listen on.
        port: port; 0 takes any free one.
        store: where messages are stored.
        ready: called with the address once devices can connect.
        watch: called with every batch when it is on the disk.
    Returns: what the store then holds.
    Raises: as `Receiver.serve`.
    """
    allow_many_connections()
    asyncio.run(_until_told(host, port, Receiver(store, watch=watch), ready))
    store.write_readings()
    return store.totals()


async def _until_told(
    host: str, port: int, receiver: Receiver, ready: Callable[[str, int], None]
) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await receiver.serve(host, port, ready, stop)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a receiver, all assumed; a device of the standard stays far below each."""

    batch: int = 2_000  # messages committed at once
    connections: int = 10_000  # open at the same time
    queue: int = 20_000  # messages of all connections that wait to be committed
    waiting: int = 64  # of one connection
    per_s: int = 200  # messages of one connection a second, as many at once
    wrong: int = 200  # wrong pieces of one connection before it is cut off
    wrong_bytes: int = 1_000_000  # bytes of it that belong to no message
    kept: int = 20  # rejected pieces of one connection that are kept
    kept_in_all: int = 10_000  # of all connections since the start
    unread_bytes: int = 65_536  # answers that a device does not read


LIMITS = Limits()


@dataclass(eq=False)
class Connection:
    """One connection: its input, its rejected pieces and its unanswered messages."""

    peer: str
    writer: asyncio.StreamWriter
    framer: Framer = field(default_factory=Framer)
    wrong: int = 0
    waiting: int = 0
    due_s: float = 0.0  # when what it has sent is within the bound on messages a second
    room: asyncio.Event = field(default_factory=asyncio.Event)


class Receiver:
    """Serves until it is stopped; see the module."""

    def __init__(
        self,
        store: MessageStore,
        limits: Limits = LIMITS,
        watch: Callable[[StoredBatch], None] = lambda added: None,
    ) -> None:
        self._store = store
        self._watch = watch
        self._limits = limits
        self._queue: list[tuple[Connection, Arrived]] = []
        self._rejected: list[Rejected] = []
        self._counts: Counter[str] = Counter()
        self._lines: set[Connection] = set()
        self._work = asyncio.Event()
        self._stopping = False
        self._kept = 0

    async def serve(
        self, host: str, port: int, ready: Callable[[str, int], None], stop: asyncio.Event
    ) -> None:
        """Listen until `stop` is set; then store the remaining messages and close.

        Args:
            host: address to listen on.
            port: port; 0 takes any free one.
            ready: called with the address once devices can connect.
            stop: set to end the service.
        Raises: InputError if the address cannot be taken or messages cannot be stored.
        """
        try:
            server = await asyncio.start_server(self._serve_line, host, port, backlog=4096)
        except OSError as error:
            raise InputError(
                "hj212.listen",
                "cannot listen on {host}:{port}: {error}",
                where="--listen",
                mend="stop the program that uses this port, or name another port",
                host=host,
                port=port,
                error=error.strerror or str(error),
            ) from error
        writing = asyncio.create_task(self._write(stop))
        async with server:
            ready(*server.sockets[0].getsockname()[:2])
            await stop.wait()
            # No new connections first, then the writer empties the queue and ends.
            server.close()
            self._stopping = True
            self._work.set()
            try:
                await writing
            finally:
                await self._close()
        self._watch(self._store.add((), self._rejected, self._counts))

    async def _close(self) -> None:
        for line in self._lines:
            line.writer.close()
            line.room.set()
        for _ in range(CLOSING_ROUNDS):
            if not self._lines:
                return
            await asyncio.sleep(0.01)

    async def _serve_line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = ":".join(map(str, writer.get_extra_info("peername", ("?",))[:2]))
        line = Connection(peer, writer)
        self._counts["connections"] += 1
        if len(self._lines) >= self._limits.connections:
            self._cut(line, "connections_refused")
            return
        self._lines.add(line)
        try:
            await self._read(reader, line)
        except ConnectionError:
            self._counts["connections_broken"] += 1
        finally:
            self._lines.discard(line)
            self._counts["bytes_outside"] += line.framer.skipped
            writer.close()

    async def _read(self, reader: asyncio.StreamReader, line: Connection) -> None:
        while not self._stopping and (data := await reader.read(CHUNK)):
            taken = sum(self._take(line, piece) for piece in line.framer.feed(data))
            too_much = line.framer.skipped > self._limits.wrong_bytes
            if too_much or line.wrong > self._limits.wrong:
                self._cut(line, "cut_off_wrong")
                return
            await self._slow_down(line, taken)
        for piece in line.framer.close():
            self._take(line, piece)

    def _take(self, line: Connection, piece: bytes) -> bool:
        """Evaluate a piece; return whether it was a message."""
        self._work.set()
        decoded = decode(piece)
        if decoded.reason is None:
            line.waiting += 1
            self._queue.append((line, Arrived(piece, decoded)))
        else:
            line.wrong += 1
            self._counts[REJECTED + decoded.reason] += 1
            if line.wrong <= self._limits.kept and self._kept < self._limits.kept_in_all:
                self._kept += 1
                kept = Rejected(line.peer, decoded.reason, piece[:MOST_PIECE])
                self._rejected.append(kept)
        return decoded.reason is None

    async def _slow_down(self, line: Connection, messages: int) -> None:
        """Read no more from a connection that is over a bound: TCP holds its device back."""
        loop = asyncio.get_running_loop()
        line.due_s = max(line.due_s, loop.time()) + messages / self._limits.per_s
        if line.due_s - loop.time() > BURST_S:
            self._counts["slowed"] += 1
        while line.due_s - loop.time() > BURST_S and not self._stopping:
            await asyncio.sleep(PAUSE_S)
        if len(self._queue) > self._limits.queue:
            self._counts["queue_full"] += 1
        while len(self._queue) > self._limits.queue and not self._stopping:
            await asyncio.sleep(PAUSE_S)
        while line.waiting > self._limits.waiting and not self._stopping:
            line.room.clear()
            await line.room.wait()

    async def _write(self, stop: asyncio.Event) -> None:
        """Commit the gathered messages and answer them, repeatedly, until stopped."""
        try:
            with ThreadPoolExecutor(1) as disk:
                while not self._stopping or self._queue:
                    await self._work.wait()
                    self._work.clear()
                    await self._commit(disk)
                    if self._queue or self._stopping:
                        self._work.set()
        finally:
            stop.set()

    async def _commit(self, disk: ThreadPoolExecutor) -> None:
        most = self._limits.batch
        batch, self._queue = self._queue[:most], self._queue[most:]
        rejected, self._rejected = self._rejected, []
        counts, self._counts = self._counts, Counter()
        arrived = [one for _, one in batch]
        loop = asyncio.get_running_loop()
        added = await loop.run_in_executor(disk, self._store.add, arrived, rejected, counts)
        # Answers only after the commit: a device sends again what was not answered.
        self._answer(batch)
        self._watch(added)

    def _answer(self, batch: list[tuple[Connection, Arrived]]) -> None:
        for line, one in batch:
            line.waiting -= 1
            line.room.set()
            message = one.decoded.message
            assert message is not None
            for answer in answers_to(message):
                # A number or device that holds signs of its own cannot be answered.
                with contextlib.suppress(InputError):
                    self._send(line, encode(answer))

    def _send(self, line: Connection, frame: bytes) -> None:
        if line.writer.is_closing():
            return
        line.writer.write(frame)
        if line.writer.transport.get_write_buffer_size() > self._limits.unread_bytes:
            self._cut(line, "cut_off_unread")

    def _cut(self, line: Connection, why: str) -> None:
        self._counts[why] += 1
        line.writer.transport.abort()
