"""A receiver: many devices over TCP, every accepted message stored once, then answered.

A writer takes what has gathered, of each connection a few messages in turn, commits it in
one transaction, and only then the answers go out; meanwhile the next batch gathers, so that
a slow disk makes batches larger and not devices slower, and who sends one message never waits
behind who sends a hundred. What a killed receiver had not committed was not answered, and
devices send it again.

One device cannot stop the others: a connection has a bound on messages in the queue, on
input a second, on wrong pieces, and on answers that it does not read. One that sends 4 KiB
without a message is held back: nothing more is read from it, and meanwhile its address may
open no other, unless a valid device spoke from there lately. Each bound that was hit is counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from permits.errors import InputError
from permits.hj212 import Framer, Message, decode, encode
from permits.hj212.answer import answers_to, refusals_to
from permits.hj212.frame import END, MOST_FRAME
from scenarios.monitoring.wire.address import allow_many_connections
from scenarios.monitoring.wire.counts import REFUSED, REJECTED
from scenarios.monitoring.wire.held_addresses import TRUSTED_S, HeldAddresses, home_of
from scenarios.monitoring.wire.known_devices import RETURN_CODE, KnownDevices, RefusedBecause
from scenarios.monitoring.wire.message_store import (
    Arrived,
    MessageStore,
    RefusedMessage,
    Rejected,
    StoredBatch,
    Totals,
)

CHUNK = MOST_FRAME + len(END)
"""Bytes read at once, one of the longest messages: then it is the next connection's turn."""
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
    devices: KnownDevices | None = None,
) -> Totals:
    """Receive until the process is stopped (Ctrl-C, SIGTERM).

    At the end the readings are also written as a table, `readings.csv`.

    Args:
        host: address to listen on.
        port: port; 0 takes any free one.
        store: where messages are stored.
        ready: called with the address once devices can connect.
        watch: called with every batch when it is on the disk.
        devices: those that may report; None: whoever sends a message.
    Returns: what the store then holds.
    Raises: as `Receiver.serve`.
    """
    allow_many_connections()
    asyncio.run(_until_told(host, port, Receiver(store, watch=watch, devices=devices), ready))
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
    turn: int = 4  # of these of one connection, so that twenty that flood make short batches
    connections: int = 10_000  # open at the same time
    queue: int = 20_000  # messages of all connections that wait to be committed
    waiting: int = 64  # of one connection
    per_s: int = 200  # messages of one connection a second; 1 KiB of anything counts as one
    wrong: int = 200  # wrong pieces of one connection before it is cut off
    vain_bytes: int = 4_096  # without a message: four of the longest that arrived damaged
    held_s: float = 30.0  # for which a connection is held back: six tries of a device
    trusted_s: float = TRUSTED_S
    held: int = 1_000  # connections held back at once; beyond, the oldest is closed
    kept: int = 20  # rejected pieces of one connection that are kept
    kept_in_all: int = 10_000  # of all connections since the start
    unread_bytes: int = 65_536  # answers that a device does not read


LIMITS = Limits()


@dataclass(eq=False)
class Connection:
    """One connection: its input, its rejected pieces and its unanswered messages."""

    host: str
    peer: str  # host and port
    home: str  # what is held back with it
    writer: asyncio.StreamWriter
    framer: Framer = field(default_factory=Framer)
    wrong: int = 0
    refused: int = 0  # messages that do not agree with the list of devices
    refused_bytes: int = 0
    vain_before: int = 0  # bytes in vain up to its last message
    waiting: int = 0
    due_s: float = 0.0  # when what it has sent is within the bound on messages a second
    room: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)  # where it is held back

    @property
    def vain(self) -> int:
        """Bytes that it ever sent, or made the receiver examine, for no message."""
        return self.framer.in_vain + self.refused_bytes


class Receiver:
    """Serves until it is stopped; see the module."""

    def __init__(
        self,
        store: MessageStore,
        limits: Limits = LIMITS,
        watch: Callable[[StoredBatch], None] = lambda added: None,
        devices: KnownDevices | None = None,
    ) -> None:
        self._store = store
        self._devices = devices
        self._addresses = HeldAddresses(time.monotonic(), limits.trusted_s)
        self._held: dict[Connection, None] = {}  # oldest first
        self._refused: list[RefusedMessage] = []
        self._watch = watch
        self._limits = limits
        self._queues: dict[Connection, deque[Arrived]] = {}  # whose turn it is stands first
        self._queued = 0
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
            server = await asyncio.start_server(
                self._serve_line, host, port, backlog=4096, limit=CHUNK
            )
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
        self._watch(self._store.add((), self._rejected, self._counts, self._refused))

    async def _close(self) -> None:
        for line in self._lines:
            line.writer.close()
            line.room.set()
            line.released.set()
        for _ in range(CLOSING_ROUNDS):
            if not self._lines:
                return
            await asyncio.sleep(0.01)

    async def _serve_line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, *port = map(str, writer.get_extra_info("peername", ("?",))[:2])
        line = Connection(host, ":".join((host, *port)), home_of(host), writer)
        self._counts["connections"] += 1
        if self._addresses.refuses(line.home, time.monotonic()):
            self._cut(line, "connections_held")
            return
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
            taken = 0
            for piece in line.framer.feed(data):
                taken += self._take(line, piece)
                if self._is_over(line):
                    break  # the rest of what it sent is not looked at
            if line.wrong > self._limits.wrong:
                self._cut(line, "cut_off_wrong")
                return
            if self._is_over(line):
                await self._hold_back(line)
                return
            await self._slow_down(line, max(taken, len(data) / CHUNK))
            # A read from what has arrived already does not wait, and so lets nobody else in.
            await asyncio.sleep(0)
        for piece in line.framer.close():
            self._take(line, piece)

    def _is_over(self, line: Connection) -> bool:
        """Whether a connection sends too much that is no message."""
        in_vain = line.vain - line.vain_before > self._limits.vain_bytes
        return in_vain or line.wrong > self._limits.wrong

    async def _hold_back(self, line: Connection) -> None:
        """Read nothing more from a connection for a while, then close it.

        It stays open meanwhile: one that is closed at once would be opened again at once.
        """
        self._counts["held_back"] += 1
        self._addresses.hold(line.home, time.monotonic() + self._limits.held_s)
        line.writer.transport.pause_reading()  # type: ignore[attr-defined]
        self._held[line] = None
        if len(self._held) > self._limits.held:
            next(iter(self._held)).released.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._limits.held_s):
                await line.released.wait()
        self._held.pop(line, None)
        line.writer.transport.abort()

    def _take(self, line: Connection, piece: bytes) -> bool:
        """Evaluate a piece; return whether it was a message."""
        self._work.set()
        decoded = decode(piece)
        if decoded.message is not None:
            outlet = None
            if self._devices is not None:
                refused = self._devices.refusal(decoded.message, line.host)
                if refused is not None:
                    self._refuse(line, decoded.message, refused, len(piece))
                    return True
                outlet = self._devices.outlet_of(decoded.message)
            line.vain_before = line.vain
            self._addresses.spoke(line.home, time.monotonic())
            line.waiting += 1
            self._queues.setdefault(line, deque()).append(Arrived(piece, decoded, outlet))
            self._queued += 1
            return True
        assert decoded.reason is not None, "what is no message has a reason"
        line.wrong += 1
        self._counts[REJECTED + decoded.reason] += 1
        if self._keeps(line.wrong):
            self._rejected.append(Rejected(line.peer, decoded.reason, piece[:MOST_PIECE]))
        return False

    def _refuse(
        self, line: Connection, message: Message, because: RefusedBecause, size: int
    ) -> None:
        """Answer a message that does not agree with the list of devices, and note it."""
        line.refused += 1
        line.refused_bytes += size
        self._counts[REFUSED + because] += 1
        if self._keeps(line.refused):
            self._refused.append(RefusedMessage(message.device, because))
        self._send_all(line, refusals_to(message, RETURN_CODE[because]))

    def _keeps(self, number: int) -> bool:
        """Whether the rejected piece of this number is kept, of its connection and of all."""
        if number > self._limits.kept or self._kept >= self._limits.kept_in_all:
            return False
        self._kept += 1
        return True

    async def _slow_down(self, line: Connection, messages: float) -> None:
        """Read no more from a connection that is over a bound: TCP holds its device back."""
        loop = asyncio.get_running_loop()
        line.due_s = max(line.due_s, loop.time()) + messages / self._limits.per_s
        if line.due_s - loop.time() > BURST_S:
            self._counts["slowed"] += 1
        while line.due_s - loop.time() > BURST_S and not self._stopping:
            await asyncio.sleep(PAUSE_S)
        if self._queued > self._limits.queue:
            self._counts["queue_full"] += 1
        while self._queued > self._limits.queue and not self._stopping:
            await asyncio.sleep(PAUSE_S)
        while line.waiting > self._limits.waiting and not self._stopping:
            line.room.clear()
            await line.room.wait()

    async def _write(self, stop: asyncio.Event) -> None:
        """Commit the gathered messages and answer them, repeatedly, until stopped."""
        try:
            with ThreadPoolExecutor(1) as disk:
                while not self._stopping or self._queues:
                    await self._work.wait()
                    self._work.clear()
                    await self._commit(disk)
                    if self._queues or self._stopping:
                        self._work.set()
        finally:
            stop.set()

    async def _commit(self, disk: ThreadPoolExecutor) -> None:
        batch = self._next_batch()
        rejected, self._rejected = self._rejected, []
        refused, self._refused = self._refused, []
        counts, self._counts = self._counts, Counter()
        arrived = [one for _, one in batch]
        loop = asyncio.get_running_loop()
        added = await loop.run_in_executor(
            disk, self._store.add, arrived, rejected, counts, refused
        )
        # Answers only after the commit: a device sends again what was not answered.
        self._answer(batch)
        self._watch(added)

    def _next_batch(self) -> list[tuple[Connection, Arrived]]:
        """The messages to commit next: a few of each connection, in turn."""
        batch: list[tuple[Connection, Arrived]] = []
        for line in list(self._queues):
            own = self._queues.pop(line)
            batch += [(line, own.popleft()) for _ in range(min(len(own), self._limits.turn))]
            if own:
                self._queues[line] = own  # behind all others
            if len(batch) >= self._limits.batch:
                break
        self._queued -= len(batch)
        return batch

    def _answer(self, batch: list[tuple[Connection, Arrived]]) -> None:
        for line, one in batch:
            line.waiting -= 1
            line.room.set()
            message = one.decoded.message
            assert message is not None
            self._send_all(line, answers_to(message))

    def _send_all(self, line: Connection, answers: Iterable[Message]) -> None:
        for answer in answers:
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
