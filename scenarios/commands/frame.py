"""The frame around the commands: help and option errors in the language in force.

typer writes "Usage:", "Options:" and its errors in English only, whatever the locale.
`Commands` makes every command one that writes them through `t`. An error is recognised
by its text, since typer has no other mark that holds from one of its versions to the next.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from scenarios.text import language, t

TEXTS = {
    "missing_option": "Missing option {name}.",
    "missing_argument": "Missing argument {name}.",
    "missing_several": "Missing options {name}.",
    "missing_command": "Missing command.",
    "option": "No such option: {name}",
    "option_near": "No such option: {name} (Possible options: {near})",
    "option_mean": "No such option: {name} Did you mean {near}?",
    "command": "No such command {name}.",
    "command_near": "No such command {name}. Did you mean {near}?",
    "value_for": "Invalid value for {name}: {message}",
    "value": "Invalid value: {message}",
    "needs_value": "Option {name} requires an argument.",
    "needs_values": "Option {name} requires {count} arguments.",
    "no_value": "Option {name} does not take a value.",
    "extra": "Got unexpected extra argument ({name})",
    "extras": "Got unexpected extra arguments ({name})",
    "integer": "Input should be a valid integer, unable to parse string as an integer",
    "number": "Input should be a valid number, unable to parse string as a number",
    "finite": "Input should be a finite number",
    "boolean": "Input should be a valid boolean, unable to interpret input",
    "not_valid": "{value} is not a valid {kind}.",
    "no_path": "Path {name} does not exist.",
}
"""Errors of options as typer words them; longer ones first where two would match."""

METAVARS = {
    "[OPTIONS]": "[OPTIONS]",
    "COMMAND": "COMMAND",
    "[ARGS]...": "[ARGS]...",
    "SCENARIO": "SCENARIO",
    "RUN": "RUN",
    "FILE": "FILE",
    "NAME": "NAME",
    "ACCOUNT": "ACCOUNT",
    "<str>": "<text>",
    "<int>": "<whole number>",
    "<float>": "<number>",
    "<path>": "<path>",
    "<Path>": "<path>",
    "<list[str]>": "<text, repeatable>",
    "<list[Path]>": "<path, repeatable>",
}
"""Words that stand for a value in help, and our key for them."""

_WORD = re.compile(r"<[^<>]+>|\[OPTIONS\]|\[ARGS\]\.\.\.|[A-Z]+(?![A-Za-z_-])")
_EXTRA = re.compile(r"  ?\[(?P<inner>[^\[\]]+)\]$")


class Commands(typer.Typer):
    """A typer application whose commands stand in the frame of this file."""

    def __init__(self, **given: Any) -> None:
        super().__init__(cls=FramedGroup, **given)

    def command(self, name: str | None = None, **given: Any) -> Callable[..., Any]:
        return super().command(name, cls=FramedCommand, **given)


class _Framed:
    """What a command and the group of all commands have in common."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        pieces = " ".join(self.collect_usage_pieces(ctx))  # type: ignore[attr-defined]
        prefix = t("Usage:") + ("" if language() == "zh" else " ")
        formatter.write_usage(ctx.command_path, _metavars(pieces), prefix)

    def get_help_option(self, ctx: Any) -> Any:
        found = super().get_help_option(ctx)  # type: ignore[misc]
        if found is not None:
            found.help = t("Show this message and exit.")
        return found

    def format_options(self, ctx: Any, formatter: Any) -> None:
        records = [
            (param.param_type_name, _in_language(*record))
            for param in self.get_params(ctx)  # type: ignore[attr-defined]
            if (record := param.get_help_record(ctx)) is not None
        ]
        for kind, title in (("argument", t("Arguments")), ("option", t("Options"))):
            if own := [record for this, record in records if this == kind]:
                with formatter.section(title):
                    formatter.write_dl(own)


class FramedCommand(_Framed, TyperCommand):
    """A command; all that it needs and was not given is named in one error."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            missing = self._missing(ctx, given)
            if error.param in missing and len(missing) > 1:
                names = ", ".join(_hint(param, ctx) for param in missing)
                ctx.fail(TEXTS["missing_several"].format(name=names))
            raise

    def _missing(self, ctx: Any, args: list[str]) -> list[Any]:
        """Required parameters without a value among `args`."""
        found, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        params = self.get_params(ctx)
        return [p for p in params if p.required and found.get(str(p.name)) in (None, (), [])]


class FramedGroup(_Framed, TyperGroup):
    """The group of all commands."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section(t("Commands")):
            formatter.write_dl(
                [
                    (name, command.get_short_help_str(formatter.width - 14))
                    for name, command in self.commands.items()
                    if not command.hidden
                ]
            )


def show_option_error(error: Any) -> None:
    """An error of options, with the usage before it, on standard error."""
    ctx, message = error.ctx, error.format_message()
    if language() == "en" or ctx is None or message == ctx.get_help():
        error.show(file=sys.stderr)
        return
    command, option = ctx.command_path, ctx.help_option_names[0]
    print(ctx.get_usage(), file=sys.stderr)
    print(
        t("Try '{command} {option}' for help.", command=command, option=option), file=sys.stderr
    )
    print(f"\n{t('error')}{t(': ')}{option_error(message)}", file=sys.stderr)


def option_error(message: str) -> str:
    """An error of options in the language in force; as it stands where it is not known."""
    for text, pattern in _patterns():
        if found := pattern.fullmatch(message):
            values = {name: _said(name, value) for name, value in found.groupdict().items()}
            return t(text, **values)
    return message


def _said(name: str, value: str) -> str:
    """A value of an error: a further error, or names in the quotes of the language."""
    if name == "message":
        return option_error(value)
    if language() == "zh":
        value = re.sub(r"'([^']*)'", lambda m: f"“{_metavars(m[1])}”", value)
        return value.replace(", ", "、")
    return value


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Each text with the pattern of what it can become, the most particular first."""
    ordered = sorted(TEXTS.values(), key=lambda text: -len(re.sub(r"\{\w+\}", "", text)))
    return [
        (text, re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(text)), re.DOTALL))
        for text in ordered
    ]


def _in_language(name: str, help_text: str) -> tuple[str, str]:
    """A line of the help: the words for values, and `[default: …]` after it."""
    if language() == "en":
        return name, help_text
    found = _EXTRA.search(help_text)
    if found and re.match(r"default: |required$", found["inner"]):
        inner = re.sub(r"^default: ", t("default: "), found["inner"])
        inner = re.sub(r"required$", t("required"), inner)
        help_text = f"{help_text[: found.start()]} [{inner}]".strip()
    return _metavars(name), help_text


def _metavars(text: str) -> str:
    """Words that stand for a value, in the language in force."""
    if language() == "en":
        return text
    return _WORD.sub(lambda m: t(METAVARS[m[0]]) if m[0] in METAVARS else m[0], text)
