"""What every function of the API returns: summary, tables, notices, and how it looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from permits.errors import InputError
from scenarios.api.frames import Frames
from scenarios.text import t

if TYPE_CHECKING:
    import pandas as pd

MOST_LINES = 6  # figures of `repr`, which is read in a terminal (assumed)
MOST_ROWS = 12  # figures in a notebook: they fit a window without scrolling (assumed)
MOST_NAMES = 8  # tables named one by one; `.frames` lists all (assumed)
MOST_NOTICES = 3  # shown; `.notices` holds all (assumed)
STYLE = "text-align:left;font-variant-numeric:tabular-nums"


class Answer:
    """The answer of one function; subclasses add what is special to it.

    Attributes:
        summary: the object that the command prints with `--json`; masses in t and money in
            yuan as exact decimals.
        frames: every table as a data frame, by name, made when first asked for.
        notices: what the command prints on standard error.
        folder: where the answer was written, or `None`.
    """

    def __init__(
        self,
        summary: Mapping[str, Any],
        tables: Mapping[str, Callable[[], pd.DataFrame]],
        notices: Sequence[str] = (),
    ) -> None:
        self.summary = dict(summary)
        self.frames = Frames(tables)
        self.notices = tuple(notices)
        self.folder: Path | None = None

    def table(self, name: str) -> pd.DataFrame:
        """A table as a data frame: masses in t, money in yuan, units in the column names.

        Raises: InputError for an unknown name, with those that there are.
        """
        if name not in self.frames:
            raise _unknown(name, list(self.frames))
        return self.frames[name]

    def _title(self) -> str:
        """What was answered, and how it ended."""
        raise NotImplementedError

    def _figures(self) -> list[tuple[str, ...]]:
        """Key figures: what, and how much (of each), in the language in force."""
        raise NotImplementedError

    def _heads(self) -> tuple[str, ...]:
        """Headings of the key figures, where they need any."""
        return ()

    def _places(self) -> list[str]:
        """Where to look for more, one sentence each."""
        names = list(self.frames)
        shown = ", ".join(names[:MOST_NAMES])
        if len(names) > MOST_NAMES:
            shown = t("{names} and {count} more", names=shown, count=len(names) - MOST_NAMES)
        found = [t("Tables, with .table(name): {names}", names=shown), t("All figures: .summary")]
        return found if self.folder is None else [*found, t("Written to {out}", out=self.folder)]

    def __repr__(self) -> str:
        lines = [self._title()]
        lines += [
            "  " + t("{title}: {said}", title=title, said=" · ".join(said))
            for title, *said in self._figures()[:MOST_LINES]
        ]
        return "\n".join([*lines, *self.notices[:MOST_NOTICES], *self._places()])

    def _repr_html_(self) -> str:
        rows = [_row("th", self._heads())] if self._heads() else []
        rows += [_row("td", figure) for figure in self._figures()[:MOST_ROWS]]
        below = [
            f"<div><small>{escape(line)}</small></div>"
            for line in [*self.notices[:MOST_NOTICES], *self._places()]
        ]
        title = f"<b>{escape(self._title())}</b>"
        return f"<div>{title}<table>{''.join(rows)}</table>{''.join(below)}</div>"


def _row(tag: str, cells: Sequence[str]) -> str:
    """A row of a table; its first cell is a heading."""
    tags = ["th", *[tag] * (len(cells) - 1)]
    body = (
        f'<{tag} style="{STYLE}">{escape(cell)}</{tag}>'
        for tag, cell in zip(tags, cells, strict=True)
    )
    return f"<tr>{''.join(body)}</tr>"


def _unknown(name: str, known: list[str]) -> InputError:
    from scenarios.intake.suggest import nearest

    near = nearest(name, known)
    return InputError(
        "api.table",
        "there is no table {name!r}",
        where="table",
        mend="did you mean {near!r}? there are: {known}" if near else "there are: {known}",
        name=name,
        near=near,
        known=", ".join(known),
    )
