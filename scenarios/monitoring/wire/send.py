"""A sender of messages over TCP: many devices, each sending until it is answered.

A device sends one message, waits for the answer, sends again when none comes, connects
anew when the connection breaks or tries are used up, and goes on where it was: nothing is
left out and nothing overtakes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from permits.errors import InputError
from permits.hj212 import Framer, Message, decode, encode
from permits.hj212.codes import REFUSED, REQUEST_TAKEN, WRONG_DEVICE, WRONG_PASSWORD
from permits.hj212.uplink import TIMEOUT_MS, TRIES, Uplink
from scenarios.monitoring.wire.address import allow_many_connections

CHUNK = 4_096  # bytes read at once (assumed): answers are short
# Before connecting anew: doubled up to two seconds, so that a restart is met soon (assumed).
FIRST_PAUSE_S, MOST_PAUSE_S = 0.1, 2.0


@dataclass
class SendingCounts:
    """Counts of the devices: messages answered, transmissions, reconnections."""

    answered: int = 0
    transmissions: int = 0
    reconnections: int = 0
    unanswered: int = 0  # asked for no answer, so only sent


@dataclass(frozen=True, slots=True)
class Pace:
    """How devices send: seconds between messages, until an answer, until they give up."""

    every_s: float = 0.0
    timeout_ms: int = TIMEOUT_MS
    tries: int = TRIES
    patience_s: float = 60.0  # long enough for a receiver to restart (assumed)


def send(
    devices: Mapping[str, Sequence[Message]], host: str, port: int, pace: Pace | None = None
) -> SendingCounts:
    """Send every device's messages, from a program that is not asynchronous.

    Args:
        devices: messages by device, in their order.
        host: address of the receiver.
        port: port of the receiver.
        pace: timing; by default that of the standard.
    Raises: as `play`.
    """
    allow_many_connections()
    return asyncio.run(play(devices, host, port, pace))


async def play(
    devices: Mapping[str, Sequence[Message]],
    host: str,
    port: int,
    pace: Pace | None = None,
    sent: SendingCounts | None = None,
) -> SendingCounts:
    """Send every device's messages in their order, all devices at once.

    Args:
        devices: messages by device, in their order.
        host: address of the receiver.
        port: port of the receiver.
        pace: timing; by default that of the standard.
        sent: counts, updated while devices send.
    Raises: InputError if a message is refused, or not answered for `patience_s`.
    """
    pace = pace or Pace()
    sent = sent or SendingCounts()
    lines = [_Device(host, port, pace, sent) for _ in devices]
    count = max(len(lines), 1)
    starts = [pace.every_s * n / count for n in range(count)]
    try:
        async with asyncio.TaskGroup() as group:
            for line, own, start in zip(lines, devices.values(), starts, strict=False):
                group.create_task(line.run(own, start))
    except* InputError as failed:
        first = next(_errors(failed))
    else:
        return sent
    raise first


def _errors(group: BaseExceptionGroup[InputError]) -> Iterator[InputError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _errors(error)
        else:
            yield error


REFUSALS = {
    str(REFUSED): "{host}:{port} takes no message of device {mn} from this address",
    str(WRONG_PASSWORD): "{host}:{port} knows device {mn} by another password",
    str(WRONG_DEVICE): "{host}:{port} does not list device {mn}",
}
"""Texts by the code of the answer (QnRtn)."""


class _Device:
    def __init__(self, host: str, port: int, pace: Pace, sent: SendingCounts) -> None:
        self._host, self._port, self._pace, self._sent = host, port, pace, sent
        self._uplink = Uplink(pace.timeout_ms, pace.tries)
        self._framer = Framer()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def run(self, messages: Sequence[Message], start_s: float) -> None:
        """Send the messages one after another, each at its time or as soon as it can."""
        loop = asyncio.get_running_loop()
        begin = loop.time() + start_s
        for number, message in enumerate(messages):
            await asyncio.sleep(max(begin + number * self._pace.every_s - loop.time(), 0))
            await self._deliver(message, encode(message))
        self._close()

    async def _deliver(self, message: Message, frame: bytes) -> None:
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + self._pace.patience_s, FIRST_PAUSE_S
        while True:
            try:
                await self._once(message, frame)
                return
            except OSError as error:
                self._close()
                if loop.time() > deadline:
                    raise _unanswered(self._host, self._port, message) from error
            self._sent.reconnections += 1
            await asyncio.sleep(pause)
            pause = min(2 * pause, MOST_PAUSE_S)

    async def _once(self, message: Message, frame: bytes) -> None:
        """Send over one connection; OSError if it breaks or all tries are used up."""
        loop = asyncio.get_running_loop()
        if self._streams is None:
            async with asyncio.timeout(self._pace.timeout_ms / 1000):
                self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        self._uplink = Uplink(self._pace.timeout_ms, self._pace.tries)
        self._uplink = self._uplink.sent(message, _ms(loop))
        self._write(writer, frame)
        while self._uplink.waiting:
            await self._hear(reader, loop)
            due = self._uplink.due(_ms(loop))
            self._uplink = due.uplink
            for _ in due.again:
                self._write(writer, frame)
            if due.given_up:
                raise TimeoutError("no answer")
        if message.asks_answer:
            self._sent.answered += 1
        else:
            await writer.drain()
            self._sent.unanswered += 1

    async def _hear(self, reader: asyncio.StreamReader, loop: asyncio.AbstractEventLoop) -> None:
        """Wait for bytes until the message is due again."""
        due_ms = self._uplink.waiting[0].sent_ms + self._pace.timeout_ms
        try:
            async with asyncio.timeout(max(due_ms - _ms(loop), 1) / 1000):
                data = await reader.read(CHUNK)
        except TimeoutError:
            return
        if not data:
            raise ConnectionResetError("closed")
        for piece in self._framer.feed(data):
            answer = decode(piece).message
            if answer is not None:
                self._uplink, settled = self._uplink.heard(answer)
                if settled is not None and answer.cn == REQUEST_TAKEN:
                    raise _refused(self._host, self._port, settled, answer)

    def _write(self, writer: asyncio.StreamWriter, frame: bytes) -> None:
        writer.write(frame)
        self._sent.transmissions += 1

    def _close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams, self._framer = None, Framer()


def _ms(loop: asyncio.AbstractEventLoop) -> int:
    return int(loop.time() * 1000)


def _refused(host: str, port: int, message: Message, answer: Message) -> InputError:
    return InputError(
        "hj212.refused",
        REFUSALS.get(answer.value("QnRtn") or "", "{host}:{port} refuses device {mn}"),
        where="--to",
        mend="correct the device's row in the list that the receiver has as --devices",
        host=host,
        port=port,
        mn=message.device,
    )


def _unanswered(host: str, port: int, message: Message) -> InputError:
    return InputError(
        "hj212.unanswered",
        "{host}:{port} does not answer device {mn}",
        where="--to",
        mend=(
            "start a receiver there (permits hj212 --listen), then send again; no message is "
            "stored twice"
        ),
        host=host,
        port=port,
        mn=message.device,
    )
