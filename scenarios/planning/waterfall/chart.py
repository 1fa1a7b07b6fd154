"""From what equal percentage costs to the least cost, sector by sector."""

from __future__ import annotations

from typing import Any

from scenarios.results.formatting import Labels, in_currency, name
from scenarios.results.plots.theme import (
    Figure,
    axis,
    bars_height,
    colour,
    figure,
    money_scale,
    safe,
    scaled,
)
from scenarios.results.result import Table
from scenarios.text import language, t


def waterfall(table: Table, labels: Labels) -> Figure:
    """Both totals, and between them the saving or extra cost of each sector.

    Args:
        table: `plan_waterfall` with at least one row.
        labels: names of sectors for people.
    """
    rows = list(table.dicts())
    before = sum(row["equal_cost_yuan"] for row in rows)
    scale = money_scale([before, *(row["left_yuan"] for row in rows)])
    millions = scale > 1
    ends = [(t("equal percentage"), 0, before), (t("least cost"), 0, rows[-1]["left_yuan"])]
    saved, more = [], []
    for row in rows:
        said = safe(name(row["sector"], labels)) or t("no sector")
        if row["saved_yuan"]:
            saved.append((said, row["left_yuan"], row["saved_yuan"]))
        else:
            more.append((said, row["left_yuan"] - row["more_yuan"], row["more_yuan"]))
    order = [ends[0][0], *(said for said, _, _ in [*saved, *more]), ends[1][0]]
    bars = [
        _bars(ends, t("total cost"), colour(7), scale),
        _bars(saved, t("saved"), colour(2), scale, "−"),
        _bars(more, t("paid more"), colour(5), scale, "+"),
    ]
    return figure(
        [bar for bar in bars if bar["x"]],
        bars_height(len(order)) + 30,
        barmode="overlay",
        xaxis=axis(
            t("Annual cost, million yuan") if millions else t("Annual cost, yuan"),
            rangemode="tozero",
        ),
        yaxis=axis(
            type="category", categoryorder="array", categoryarray=order, autorange="reversed"
        ),
    )


def _bars(
    parts: list[tuple[str, int, int]], said: str, tint: str, scale: float, sign: str = ""
) -> dict[str, Any]:
    """Bars of a label, where each begins, and how long it is [fen]."""
    amount = "%{customdata[0]:,.2f}"
    unit = t("{money} yuan", money=amount)
    if scale > 1:
        large = t("{amount} ten thousand yuan", amount=amount)
        unit = large if language() == "zh" else t("{amount} million yuan", amount=amount)
    return {
        "type": "bar",
        "orientation": "h",
        "name": said,
        "y": [label for label, _, _ in parts],
        "base": [scaled(start, scale) for _, start, _ in parts],
        "x": [scaled(length, scale) for _, _, length in parts],
        "customdata": [[scaled(length, scale)] for _, _, length in parts],
        "marker": {"color": tint},
        "text": [f"{sign}{scaled(length, scale):,.1f}" for _, _, length in parts],
        "textposition": "auto",
        "insidetextanchor": "end",
        "cliponaxis": False,
        "hovertemplate": f"%{{y}}<br>{in_currency(unit)}<extra>{safe(said)}</extra>",
    }
