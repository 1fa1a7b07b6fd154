"""Options that many commands share, and how they answer."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from permits.errors import InputError
from scenarios.text import t

DONE, VIOLATION, MEND, INTERRUPTED, OURS = 0, 1, 2, 130, 70
"""Exit codes: done; a violation found; the input needs mending; interrupted; our mistake."""

Json = Annotated[bool, typer.Option("--json", help=t("One JSON object on standard output."))]
Lang = Annotated[str, typer.Option("--lang", help=t("Language of texts: en or zh."))]
Quiet = Annotated[bool, typer.Option("--quiet", help=t("No progress and no notices."))]
Debug = Annotated[bool, typer.Option("--debug", help=t("Show a traceback with an error."))]
Seed = Annotated[int | None, typer.Option("--seed", help=t("Instead of the scenario's seed."))]
Sets = Annotated[list[str], typer.Option("--set", help=t("Change a key of the scenario."))]
Out = Annotated[Path | None, typer.Option("--out", help=t("Folder to write to."))]
Force = Annotated[bool, typer.Option("--force", help=t("Replace an earlier run there."))]
Plugins = Annotated[list[Path], typer.Option("--plugins", help=t("Folder with own rules."))]
RunDir = Annotated[Path, typer.Argument(metavar="RUN", help=t("Folder of a run."))]
Params = Annotated[list[str], typer.Option("--param", help=t("A parameter of the rule."))]


def help_of(text: str, *examples: str) -> str:
    """A command's help: what it does, and examples that work."""
    return "\n\n".join([t(text), t("Example:"), *(f"\b\n  {line}" for line in examples)])


def print_json(value: Any) -> None:
    """The one JSON object that `--json` promises."""
    from scenarios.results.stores.jsontext import to_json

    print(to_json(value), end="")


def tell(notices: Iterable[str], quiet: bool) -> None:
    """Notices, a line each, on standard error."""
    if not quiet:
        for notice in notices:
            print(notice, file=sys.stderr)


def tell_infeasible(summary: dict[str, Any]) -> None:
    """What can be had at most, and which conditions work against each other."""
    allocation = summary["allocation"]
    most = ", ".join(f"{p} {mass:f} t" for p, mass in allocation["max_reduction_t"].items())
    found = (allocation.get("nearest") or {}).get("conflicts") or [allocation["conflict"]]
    text = t(
        "what is asked cannot be met; at most, each by itself: {most}; in conflict: {conflict}",
        most=most,
        conflict="; ".join(" + ".join(own) for own in found),
    )
    print(text, file=sys.stderr)


def pairs(given: list[str], option: str) -> dict[str, str]:
    """`name=value` of an option given several times.

    Raises: InputError for a text that has no `=`.
    """
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise InputError(
                "clear.param_form",
                "{said!r} is not of the form name=value",
                where=option,
                mend="write for example {option} {example}",
                said=text,
                option=option,
                example="k=0.5" if option == "--param" else "lot_t=1000",
            )
        found[name.strip()] = value.strip()
    return found
