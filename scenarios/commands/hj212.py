"""`permits hj212`: monitor messages decoded, received, sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from permits.errors import InputError
from scenarios.commands.options import Debug, Lang, Out, Quiet, help_of, tell
from scenarios.text import t

File = Annotated[str | None, typer.Argument(metavar="FILE")]
MinuteS = Annotated[
    int | None,
    typer.Option("--minute-interval", help=t("Minutes of a minute value (MinInterval).")),
]
Listen = Annotated[
    str | None, typer.Option("--listen", metavar="[HOST:]PORT", help=t("Receive over TCP."))
]
Cards = Annotated[str | None, typer.Option("--cards", help=t("Table of cards to be charged."))]
Send = Annotated[
    str | None, typer.Option("--send", metavar="FILE", help=t("Table of readings to send."))
]
To = Annotated[str | None, typer.Option("--to", metavar="HOST:PORT", help=t("Where to send."))]
Every = Annotated[
    float, typer.Option("--every", help=t("Seconds between two messages of a device."))
]
Patience = Annotated[
    float, typer.Option("--patience", help=t("Seconds until an answer is given up."))
]


def add_to(app: typer.Typer) -> None:
    """Put the command of this file into `app`."""
    app.command(
        help=help_of(
            "Check and decode monitor messages of HJ 212; receive and send them over TCP.",
            "permits hj212 messages.txt > decoded.jsonl",
            "permits hj212 --listen 7212 --out received --cards cards.csv",
            "permits hj212 --send readings.csv --to 127.0.0.1:7212",
        )
    )(hj212)


def hj212(
    file: File = None,
    listen: Listen = None,
    out: Out = None,
    cards: Cards = None,
    send: Send = None,
    to: To = None,
    every: Every = 0.0,
    patience: Patience = 60.0,
    minutes: MinuteS = None,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    if (file is not None) + (listen is not None) + (send is not None) != 1:
        raise InputError(
            "hj212.one",
            "one thing is done at a time",
            where="hj212",
            mend="give a file to decode, --listen PORT, or --send FILE",
        )
    beside = {"--out": listen, "--cards": listen, "--to": send}
    for (option, other), given in zip(beside.items(), (out, cards, to), strict=True):
        if given is not None and other is None:
            raise InputError(
                "hj212.unused",
                "{option} does nothing here",
                where=option,
                mend="leave it away",
                option=option,
            )
    if listen is not None:
        _listen(listen, out, cards, _seconds(minutes), quiet)
    elif send is not None:
        _send(send, to, every, patience, quiet)
    else:
        _judge(file or "", _seconds(minutes), quiet)


def _judge(file: str, minute_s: int | None, quiet: bool) -> None:
    from scenarios.stores.jsontext import line_json
    from scenarios.wire.lines import Judge, judge_file, summary

    judge = Judge(minute_s)
    for told in judge_file(file, judge):
        print(line_json(told))
    tell(summary(judge, judge.close()), quiet)


def _listen(
    address: str, out: Path | None, cards: str | None, minute_s: int | None, quiet: bool
) -> None:
    from scenarios.wire.address import parse_address
    from scenarios.wire.counts import told_counts
    from scenarios.wire.feed import load_cards
    from scenarios.wire.receive import listen
    from scenarios.wire.store import MessageStore

    host, port = parse_address(address, "--listen")
    if out is None:
        raise _needed("--out", "--listen")
    store = MessageStore(out, load_cards(cards) if cards else None, minute_s=minute_s)

    def ready(host: str, port: int) -> None:
        said = t("listening at {host}:{port}; Ctrl-C ends", host=host, port=port)
        tell([said], quiet)

    totals = listen(host, port, store, ready)
    said = t(
        "{messages} messages stored, {resends} resends, {readings} readings",
        messages=totals.messages,
        resends=totals.resends,
        readings=totals.readings,
    )
    tell([said, *told_counts(totals.counts)], quiet)


def _send(file: str, to: str | None, every_s: float, patience_s: float, quiet: bool) -> None:
    from scenarios.wire.address import parse_address
    from scenarios.wire.play import load_devices
    from scenarios.wire.send import Pace, send

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
    tell([said], quiet)


def _needed(option: str, other: str) -> InputError:
    return InputError(
        "hj212.needed",
        "{option} is missing",
        where=other,
        mend="give {option} beside {other}",
        option=option,
        other=other,
    )


def _seconds(minutes: int | None) -> int | None:
    if minutes is not None and not 1 <= minutes <= 30:
        raise InputError(
            "hj212.minutes",
            "a minute value spans {minutes} minutes",
            where="--minute-interval",
            mend="give a number from 1 to 30",
            minutes=minutes,
        )
    return None if minutes is None else minutes * 60
