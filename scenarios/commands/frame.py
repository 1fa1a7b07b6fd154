"""The frame around the commands: help and option errors in the language in force.

typer writes "Usage:", "Options:" and its errors in English only, whatever the locale.
`Commands` makes every command one that writes them through `t`. An error is recognised
by its text, since typer has no other mark that holds from one of its versions to the next.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from scenarios.intake.option_needs import check_needs
from scenarios.text import language, t
from scenarios.text.foreign import foreign
from scenarios.text.terminal import warn

METAVARS = {
    "[OPTIONS]": "[OPTIONS]",
    "COMMAND": "COMMAND",
    "[ARGS]...": "[ARGS]...",
    "SCENARIO": "SCENARIO",
    "RUN": "RUN",
    "FILE": "FILE",
    "NAME": "NAME",
    "ACCOUNT": "ACCOUNT",
    "HOST": "HOST",
    "PORT": "PORT",
    "<str>": "<text>",
    "<int>": "<whole number>",
    "<float>": "<number>",
    "<path>": "<path>",
    "<Path>": "<path>",
    "<list[str]>": "<text, repeatable>",
    "<list[Path]>": "<path, repeatable>",
}
"""Words that stand for a value in help, and our key for them."""

_WORD = re.compile("|".join(rf"{re.escape(word)}(?![A-Za-z_-])" for word in METAVARS))
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
                with _section(formatter, title):
                    formatter.write_dl(own)


class FramedCommand(_Framed, TyperCommand):
    """A command; all that it needs and was not given is named in one error."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        given = list(args)
        self._refuse_twice(ctx, given)
        try:
            rest = super().parse_args(ctx, args)
        except typer.BadParameter as error:
            missing = self._missing(ctx, given)
            if error.param in missing and len(missing) > 1:
                names = ", ".join(_hint(param) for param in missing)
                ctx.fail(f"Missing options {names}.")
            raise
        check_needs(str(self.name), self._given(ctx))
        return rest

    def _missing(self, ctx: Any, args: list[str]) -> list[Any]:
        """Required parameters without a value among `args`."""
        found, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        params = self.get_params(ctx)
        return [p for p in params if p.required and found.get(str(p.name)) in (None, (), [])]

    def _refuse_twice(self, ctx: Any, args: list[str]) -> None:
        """Refuse an option with two values, of which the first would count for nothing."""
        if ctx.resilient_parsing:
            return
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        found: list[Any] = list(order)
        for param in found:
            is_value = param.param_type_name == "option" and not (param.multiple or param.is_flag)
            if is_value and found.count(param) > 1:
                ctx.fail(f"Option '{param.opts[0]}' is given more than once.")

    def _given(self, ctx: Any) -> set[str]:
        """Names of the options and arguments on the command line."""
        found = set()
        for param in self.get_params(ctx):
            source = ctx.get_parameter_source(str(param.name))
            if source is not None and source.name == "COMMANDLINE":
                metavar = str(param.metavar or param.name).strip("[]")
                found.add(param.opts[0] if param.param_type_name == "option" else metavar)
        return found


class FramedGroup(_Framed, TyperGroup):
    """The group of all commands."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with _section(formatter, t("Commands")):
            formatter.write_dl(
                [
                    (name, command.get_short_help_str(formatter.width - 14))
                    for name, command in self.commands.items()
                    if not command.hidden
                ]
            )


@contextmanager
def _section(formatter: Any, title: str) -> Iterator[None]:
    """A section of the help under its heading, whose colon is that of the language."""
    if language() == "en":
        with formatter.section(title):
            yield
        return
    formatter.write_paragraph()
    formatter.write(f"{title}{t(': ')}\n")
    with formatter.indentation():
        yield


def _hint(param: Any) -> str:
    """A parameter as typer names it in errors."""
    if param.param_type_name == "option":
        return f"'{param.opts[0]}'"
    return f"'{param.metavar or str(param.name).upper()}'"


def show_option_error(error: Any) -> None:
    """An error of options on standard error: one line, or the help where nothing was asked."""
    ctx, message = getattr(error, "ctx", None), error.format_message()
    if ctx is not None and message == ctx.get_help():
        print(message, file=sys.stderr)
        return
    said = " ".join(option_error(message).split())
    warn(f"{t('error')}{t(': ')}{said}")


def option_error(message: str) -> str:
    """An error of options in the language in force; as it stands where it is not known."""
    return foreign(message, t, _quoted) if language() == "zh" else message


def _quoted(value: str) -> str:
    """Names in the quotes of Chinese, metavars in words."""
    value = re.sub(r"'([^']*)'", lambda m: f"“{_metavars(m[1])}”", value)
    return value.replace(", ", "、")


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
    return _WORD.sub(lambda m: t(METAVARS[m[0]]), text)
