"""Elements of the page: text escaped, tables cut to a length one reads, charts with data."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from scenarios.results.formatting import NO_PLACE, NUMBERS, Labels, cell_text, heading, places_for
from scenarios.results.markup import Markup as Markup
from scenarios.results.result import Table
from scenarios.results.table_specs import Column, Kind
from scenarios.text import t
from scenarios.text.terminal import harmless

LONG_WORD = 14  # characters: longer words make a column wider than its numbers
JOINTS = re.compile(r"(?<=[._/=:\-])(?=\w)")  # where a long word may break: after a sign
LONG_TEXT = 24  # characters that still fit a column on a phone without wrapping
FAR_SMALLER = 0.01  # a column of a hundredth would show two digits less than the others
MOST_ROWS = 50
"""A longer table is cut, with a note that names its file."""


PLACES = ("sector", "subsector", "city", "county")


Child = str | None


def tag(element: str, *children: Child, **attributes: str | bool | None) -> Markup:
    """An element with its children; `class_` is the attribute `class`, `data_x` `data-x`.

    A child or attribute that is `None` is left out; a true one stands alone.
    """
    return Markup(f"<{element}{_attributes(attributes)}>{join(children)}</{element}>")


def join(children: Iterable[Child]) -> Markup:
    """Children one after another."""
    return Markup("".join(_inner(child) for child in children if child is not None))


def paragraph(*children: Child, class_: str | None = None) -> Markup:
    return tag("p", *children, class_=class_)


def section(identifier: str, title: str, *children: Child, level: int = 2) -> Markup:
    """A part of the page with its heading.

    Args:
        identifier: anchor that the contents link to.
        title: the heading.
        *children: what follows it.
        level: of the heading; 2 below the title of a part.
    """
    return tag("section", tag(f"h{level}", title), *children, id=identifier)


def grid(
    headings: Sequence[str], rows: Iterable[Sequence[str]], classes: Sequence[str | None]
) -> Markup:
    """A table of texts.

    Args:
        headings: one per column.
        rows: cells as text.
        classes: per column: `n` for numbers, `d` for short texts, `w` for long ones.
    """
    head = tag("tr", *(tag("th", h, scope="col", class_=c)
                       for h, c in zip(headings, classes, strict=True)))  # fmt: skip
    body = (
        tag("tr", *(tag("td", cell if c == "n" else breakable(cell), class_=c)
                    for cell, c in zip(row, classes, strict=True)))
        for row in rows
    )  # fmt: skip
    whole = tag("table", tag("thead", head), tag("tbody", *body))
    hint = paragraph(t("The table is wider than the window: it scrolls sideways →"), class_="hint")
    return join([tag("div", whole, class_="scroll", tabindex="0"), hint])


def breakable(text: str) -> Markup:
    """A text whose long words, such as `pollutant.VOC.reference_price`, may break at a sign."""
    if isinstance(text, Markup):
        return text
    words = (
        JOINTS.sub("<wbr>", word) if len(word) > LONG_WORD else word
        for word in html.escape(text, quote=False).split(" ")
    )
    return Markup(" ".join(words))


def table_html(
    table: Table, labels: Labels, *, leave_out: Sequence[str] = (), most: int = MOST_ROWS
) -> Markup:
    """A table of the run, without its empty columns.

    Args:
        table: the table.
        labels: names of ids for people.
        leave_out: names of columns that are not shown.
        most: rows shown; a note says where the others are.
    """
    kept = [
        (n, column)
        for n, column in enumerate(table.spec.columns)
        if column.name not in leave_out and _tells(table, n)
    ]
    rows = table.rows[:most]
    places = _places(kept, rows)
    cells = ([cell_text(row[n], column, labels, places[n]) for n, column in kept] for row in rows)
    heads = [heading(column).replace(", ", ",\u00a0") for _, column in kept]
    found = grid(heads, cells, [_class(column, n, rows) for n, column in kept])
    return join([found, _cut_note(table, most)])


def chart(
    figure: dict[str, Any], caption: str, data: Child, *, name: str, headed: bool = False
) -> Markup:
    """A chart with its caption and, folded away, the table of its data.

    Args:
        figure: plotly's data and layout.
        caption: what it shows.
        data: the table; None where one follows on the page.
        name: unique on the page.
        headed: the heading above says the same, so the caption is only read out.
    """
    drawn = json.dumps(figure, ensure_ascii=False, separators=(",", ":"))
    # `</script` or `<!--` in a label would end the script element or swallow what follows.
    source = Markup(drawn.replace("<", "\\u003c"))
    height = f"height:{figure['layout']['height']}px"
    return tag(
        "figure",
        None if headed else tag("figcaption", caption),
        tag("div", class_="plot", id=f"plot-{name}", role="img", aria_label=caption, style=height),
        tag("script", source, type="application/json", id=f"data-{name}"),
        folded(t("Data of this chart"), data) if data else None,
    )


def folded(title: str, *children: Child) -> Markup:
    """Content that opens on a click."""
    return tag("details", tag("summary", title), *children)


def _tells(table: Table, n: int) -> bool:
    """Whether a column is worth showing: not empty, and not the run's only pollutant.

    Nor the city or sector of a run whose firms have none.
    """
    values, column = {row[n] for row in table.rows}, table.spec.columns[n].name
    if column == "pollutant" and len(table.rows) > 1:
        return len(values) > 1
    if column in PLACES:
        return any((value or "") not in NO_PLACE for value in values)
    return values != {None}


def _places(kept: Sequence[tuple[int, Column]], rows: Sequence[tuple[Any, ...]]) -> dict[int, int]:
    """Decimals of each column: alike for all of a kind, so that they compare at a glance.

    A column of far smaller values keeps decimals of its own.
    """
    values: dict[Kind, list[Any]] = {}
    for n, column in kept:
        values.setdefault(column.kind, []).extend(row[n] for row in rows)
    found = {}
    for n, column in kept:
        own = [row[n] for row in rows]
        alike = _largest(own) >= FAR_SMALLER * _largest(values[column.kind])
        found[n] = places_for(values[column.kind] if alike else own, column.kind)
    return found


def _largest(values: Sequence[Any]) -> float:
    return max((abs(v) for v in values if isinstance(v, int | float)), default=0)


def _class(column: Column, n: int, rows: Sequence[tuple[Any, ...]]) -> str | None:
    if column.kind in NUMBERS:
        return "n"
    if column.kind == "date":
        return "d date"
    longest = max((len(str(row[n])) for row in rows if row[n] is not None), default=0)
    return "w" if longest > LONG_TEXT else "d"


def _cut_note(table: Table, most: int) -> Markup | None:
    more = len(table.rows) - most
    if more <= 0:
        return None
    note = t(
        "{more} more rows; all {rows} are in {file}",
        more=f"{more:,}",
        rows=f"{len(table.rows):,}",
        file=f"{table.spec.name}.csv",
    )
    return paragraph(note, class_="note")


def _inner(child: str) -> str:
    return child if isinstance(child, Markup) else html.escape(_shown(child), quote=False)


def _shown(text: str) -> str:
    """Text in lines whose names cannot turn the direction of writing."""
    return text if text.isprintable() else "\n".join(map(harmless, text.split("\n")))


def _attributes(given: dict[str, str | bool | None]) -> str:
    said = []
    for key, value in given.items():
        name = key.rstrip("_").replace("_", "-")
        if value is True:
            said.append(f" {name}")
        elif value is not None and value is not False:
            said.append(f' {name}="{html.escape(_shown(value))}"')
    return "".join(said)
