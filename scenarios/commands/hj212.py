"""`permits hj212`: monitor messages checked and decoded."""

from __future__ import annotations

from typing import Annotated

import typer

from permits.errors import InputError
from scenarios.commands.options import Debug, Lang, Quiet, help_of, tell
from scenarios.text import t

MinuteS = Annotated[
    int | None,
    typer.Option("--minute-interval", help=t("Minutes of a minute value (MinInterval).")),
]


def add_to(app: typer.Typer) -> None:
    """Put the command of this file into `app`."""
    app.command(
        help=help_of(
            "Check and decode monitor messages of HJ 212, one a line.",
            "permits hj212 messages.txt > decoded.jsonl",
        )
    )(hj212)


def hj212(
    file: Annotated[str, typer.Argument(metavar="FILE")],
    minutes: MinuteS = None,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    _judge(file, _seconds(minutes), quiet)


def _judge(file: str, minute_s: int | None, quiet: bool) -> None:
    from scenarios.stores.jsontext import line_json
    from scenarios.wire.lines import Judge, judge_file, summary

    judge = Judge(minute_s)
    for told in judge_file(file, judge):
        print(line_json(told))
    tell(summary(judge, judge.close()), quiet)


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
