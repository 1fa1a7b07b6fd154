"""Options shared by the commands, and the functions that print answers."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from permits.errors import InputError
from permits.quantity import fmt_t
from scenarios.intake.option_numbers import OPTION_NUMBERS, option_number
from scenarios.text import t
from scenarios.text.terminal import warn

if TYPE_CHECKING:
    from scenarios.results.summary import RunSummary

# 130 and 143 are the shell's codes for SIGINT (128 + 2) and SIGTERM (128 + 15), 70 is
# EX_SOFTWARE of sysexits.h.
DONE, VIOLATION, MEND, INTERRUPTED, TERMINATED, OURS = 0, 1, 2, 130, 143, 70
"""Exit codes: done; violation found; input to be corrected; interrupted; ended by another
process; internal error."""

Json = Annotated[bool, typer.Option("--json", help=t("Print one JSON object on standard output."))]
Lang = Annotated[str, typer.Option("--lang", help=t("Language of texts: en or zh."))]
Quiet = Annotated[bool, typer.Option("--quiet", help=t("Suppress progress and notices."))]
Debug = Annotated[bool, typer.Option("--debug", help=t("Show a traceback on errors."))]


def number_option(name: str, help_text: str) -> Any:
    """An option that is one number, as `OPTION_NUMBERS` has it; its help as it is shown."""
    kind: type[float] = int if OPTION_NUMBERS[name].whole else float

    def read(text: object) -> float:
        return kind(option_number(name, text))

    read.__name__ = kind.__name__  # the word that help shows for the value
    return typer.Option(name, help=help_text, parser=read)


Seed = Annotated[int | None, number_option("--seed", t("Random seed (overrides the scenario's)."))]
Sets = Annotated[
    list[str],
    typer.Option("--set", help=t("Change a key of the scenario: applicability=0.25 (repeatable).")),
]
Out = Annotated[Path | None, typer.Option("--out", help=t("Output folder."))]
Title = Annotated[str | None, typer.Option("--title", help=t("Title of report and workbook."))]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help=t("Date of the data, shown on report and workbook."))
]
OutOrFile = Annotated[
    Path | None, typer.Option("--out", help=t("Output folder, or one .csv or .xlsx file."))
]
Force = Annotated[
    bool, typer.Option("--force", help=t("Replace earlier results in the output folder."))
]
Plugins = Annotated[
    list[Path], typer.Option("--plugins", help=t("Folder with your own rules (repeatable)."))
]


def _take_memory(said: str) -> str:
    """Go by the word of `--memory`, in whatever table the command reads."""
    from scenarios.intake.memory import set_memory

    set_memory(said)
    return said


def shown_rows(visible: bool) -> AbstractContextManager[None]:
    """Within, hidden rows of workbooks are left out if `visible`; there must then be some."""
    from scenarios.intake.workbooks import visible_rows_only

    return visible_rows_only() if visible else nullcontext()


Memory = Annotated[
    str,
    typer.Option(
        "--memory",
        callback=_take_memory,
        help=t("Write any to read tables that may not fit in memory."),
    ),
]
Visible = Annotated[
    bool, typer.Option("--visible", help=t("Leave out the hidden rows of workbooks."))
]
RunDir = Annotated[Path, typer.Argument(metavar="RUN", help=t("Folder of a run."))]
Params = Annotated[
    list[str], typer.Option("--param", help=t("Parameter of the rule, NAME=VALUE (repeatable)."))
]


def help_of(text: str, *examples: str) -> str:
    """Help text of a command: a summary, then working examples."""
    return "\n\n".join([t(text), t("Example:"), *(f"\b\n  {line}" for line in examples)])


def print_json(value: Any) -> None:
    """Print `value` as the one JSON object of `--json`."""
    from scenarios.results.stores.jsontext import to_json

    print(to_json(value), end="")


def print_notices(notices: Iterable[str], quiet: bool) -> None:
    """Print notices on standard error, one per line, unless `quiet`."""
    if not quiet:
        for notice in notices:
            warn(*notice.splitlines())


def print_seal(folder: Path | None, as_json: bool, quiet: bool) -> None:
    """Print the seal of a folder that was written; beside a JSON object, on standard error.

    Args:
        folder: the folder; `None` if nothing was written.
        as_json: whether standard output holds a JSON object.
        quiet: whether notices are suppressed.
    """
    from scenarios.results.stores.file_seals import seal_of

    if folder is None or (seal := seal_of(folder)) is None:
        return
    said = t("Seal: {seal}", seal=seal)
    if as_json:
        print_notices([said], quiet)
    else:
        print(said)


def print_infeasible(summary: RunSummary) -> None:
    """Print the largest achievable reductions and the conditions in conflict."""
    plan = summary.plan
    most = ", ".join(f"{p} {fmt_t(mass)} t" for p, mass in plan.max_reduction_mg.items())
    found = (plan.answers.get("nearest") or {}).get("conflicts") or [plan.conflict]
    text = t(
        "the target cannot be met; achievable at most, each by itself: {most}; in conflict: "
        "{conflict}",
        most=most,
        conflict="; ".join(" + ".join(own) for own in found),
    )
    warn(text)


def pairs(given: list[str], option: str) -> dict[str, str]:
    """Parse the `name=value` texts of a repeatable option.

    Raises: InputError for a text without `=` or without a value: nobody states nothing.
    """
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not value.strip():
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
