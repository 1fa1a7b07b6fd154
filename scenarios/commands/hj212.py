"""`permits hj212`: decode, receive and send monitor messages of HJ 212."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from permits.errors import InputError
from scenarios.commands.options import (
    Debug,
    Lang,
    Out,
    Quiet,
    help_of,
    number_option,
    print_notices,
)
from scenarios.text import t

if TYPE_CHECKING:
    from scenarios.monitoring.wire.known_devices import KnownDevices
    from scenarios.monitoring.wire.message_store import MessageStore, Totals

File = Annotated[
    str | None,
    typer.Argument(
        metavar="FILE", help=t("Messages to decode, one per line; - for standard input.")
    ),
]
MinuteS = Annotated[
    int | None,
    number_option("--minute-interval", t("Length of a minute value in minutes (MinInterval).")),
]
Listen = Annotated[
    str | None,
    typer.Option(
        "--listen", metavar="[HOST:]PORT", help=t("Receive messages over TCP at this address.")
    ),
]
Cards = Annotated[
    str | None, typer.Option("--cards", help=t("Table of cards to charge with the readings."))
]
Devices = Annotated[
    str | None,
    typer.Option(
        "--devices", help=t("Table of the devices that may report: mn, password, address.")
    ),
]
Replay = Annotated[
    bool,
    typer.Option("--replay", help=t("Accept old and future times: the readings are sent again.")),
]
Watch = Annotated[
    bool, typer.Option("--watch", help=t("Show the cards and their controllers live."))
]
Told = Annotated[
    str | None, typer.Option("--messages", help=t("Table of further controller inputs: top-ups, …"))
]
Send = Annotated[
    str | None, typer.Option("--send", metavar="FILE", help=t("Send this table of readings."))
]
To = Annotated[str | None, typer.Option("--to", metavar="HOST:PORT", help=t("Address to send to."))]
Every = Annotated[
    float,
    number_option("--every", t("Seconds between two messages of a device (0: no wait).")),
]
Patience = Annotated[
    float, number_option("--patience", t("Seconds to wait for an answer before giving up."))
]


def add_to(app: typer.Typer) -> None:
    """Add the command `hj212` to `app`."""
    app.command(
        help=help_of(
            "Check and decode monitor messages of HJ 212; receive and send them over TCP.",
            "permits hj212 messages.txt > decoded.jsonl",
            "permits hj212 --listen 7212 --out received --cards cards.csv --watch",
            "permits hj212 --send readings.csv --to 127.0.0.1:7212",
        )
    )(hj212)


def hj212(
    file: File = None,
    listen: Listen = None,
    out: Out = None,
    cards: Cards = None,
    messages: Told = None,
    devices: Devices = None,
    replay: Replay = False,
    watch: Watch = False,
    send: Send = None,
    to: To = None,
    every: Every = 0.0,
    patience: Patience = 60.0,  # assumed: a receiver silent for a minute is down
    minutes: MinuteS = None,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """Decode a file of messages, receive messages over TCP, or send readings as messages."""
    if (file is not None) + (listen is not None) + (send is not None) != 1:
        raise InputError(
            "hj212.one",
            "exactly one of FILE, --listen and --send is needed",
            where="hj212",
            mend="give a file to decode, --listen PORT, or --send FILE",
        )
    if listen is not None:
        taken = _Taken(devices, replay, _seconds(minutes))
        _listen(listen, out, _Charged(cards, messages, watch), taken, quiet)
    elif send is not None:
        _send(send, to, every, patience, quiet)
    else:
        _judge(file or "", _seconds(minutes), quiet)


def _judge(file: str, minute_s: int | None, quiet: bool) -> None:
    from scenarios.monitoring.wire.check_lines import Judge, check_file, summary
    from scenarios.results.stores.jsontext import line_json

    judge = Judge(minute_s)
    for told in check_file(file, judge):
        print(line_json(told))
    if not judge.verdicts:
        raise InputError(
            "hj212.empty",
            "there is no message to decode",
            where=file,
            mend="give one message on each line",
        )
    print_notices(summary(judge, judge.close()), quiet)


class _Charged(NamedTuple):
    """Files of the cards that received readings are charged to, and whether to show them."""

    cards: str | None
    messages: str | None
    watch: bool


class _Taken(NamedTuple):
    """Which messages become readings, and the length of a minute value [s]."""

    devices: str | None
    replay: bool
    minute_s: int | None


def _listen(address: str, out: Path | None, charged: _Charged, taken: _Taken, quiet: bool) -> None:
    from scenarios.monitoring.wire.address import parse_address
    from scenarios.monitoring.wire.counts import count_lines
    from scenarios.monitoring.wire.feed import load_controller_cards
    from scenarios.monitoring.wire.known_devices import load_known_devices
    from scenarios.monitoring.wire.message_store import MessageStore

    host, port = parse_address(address, "--listen")
    if out is None:
        raise _needed("--out", "--listen")
    cards = load_controller_cards(charged.cards, charged.messages) if charged.cards else None
    known = load_known_devices(taken.devices) if taken.devices else None
    store = MessageStore(out, cards, minute_s=taken.minute_s, replay=taken.replay)
    totals, hints = _received(host, port, store, known, charged.watch, quiet)
    said = t(
        "{messages} messages stored, {resends} resends, {readings} readings",
        messages=totals.messages,
        resends=totals.resends,
        readings=totals.readings,
    )
    print_notices([said, *count_lines(totals.counts), *hints], quiet)


def _received(
    host: str,
    port: int,
    store: MessageStore,
    devices: KnownDevices | None,
    watch: bool,
    quiet: bool,
) -> tuple[Totals, list[str]]:
    """Receive until interrupted; return the totals stored and the hints on their quality."""
    from scenarios.monitoring.wire.live import LiveView
    from scenarios.monitoring.wire.receive import listen

    live = LiveView(store) if watch else None

    def ready(host: str, port: int) -> None:
        said = t("listening at {host}:{port}; Ctrl-C ends", host=host, port=port)
        if live and live.draws:
            live.ready(said)
        else:
            print_notices([said], quiet)

    with closing(store):
        if live is None:
            totals = listen(host, port, store, ready, devices=devices)
        else:
            with live.shown():
                totals = listen(host, port, store, ready, live.add, devices)
        return totals, store.hints()


def _send(file: str, to: str | None, every_s: float, patience_s: float, quiet: bool) -> None:
    from scenarios.monitoring.wire.address import parse_address
    from scenarios.monitoring.wire.send import Pace, send
    from scenarios.monitoring.wire.to_messages import load_devices

    if to is None:
        raise _needed("--to", "--send")
    host, port = parse_address(to, "--to")
    sent = send(load_devices(file), host, port, Pace(every_s=every_s, patience_s=patience_s))
    said = t(
        "{answered} messages answered, {transmissions} transmissions, "
        "{reconnections} reconnections",
        answered=sent.answered,
        transmissions=sent.transmissions,
        reconnections=sent.reconnections,
    )
    print_notices([said], quiet)


def _needed(option: str, other: str) -> InputError:
    return InputError(
        "hj212.needed",
        "{option} is missing",
        where=other,
        mend="give {option} together with {other}",
        option=option,
        other=other,
    )


def _seconds(minutes: int | None) -> int | None:
    return None if minutes is None else minutes * 60
