"""Chart of near-optimal alternatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenarios.results.formatting import Labels, name
from scenarios.results.plots.theme import (
    Figure,
    axis,
    bars_height,
    colour,
    figure,
    in_t,
    mass_t,
    safe,
)
from scenarios.text import t


def alternatives(rows: Sequence[Mapping[str, Any]], labels: Labels) -> Figure:
    """Difference from the plan of each group's reduction, by alternative."""
    groups = sorted({row["group"] for row in rows}, reverse=True)
    numbers = sorted({row["number"] for row in rows})
    bars = []
    for number in reversed(numbers):
        own = {row["group"]: row["difference_t"] for row in rows if row["number"] == number}
        bars.append({
            "type": "bar",
            "orientation": "h",
            "name": t("alternative {number}", number=number),
            "y": [safe(name(group, labels)) for group in groups],
            "x": [mass_t(own.get(group)) for group in groups],
            "marker": {"color": colour(number - 1)},
            "hovertemplate": f"%{{y}}<br>{in_t('x')}<extra>%{{fullData.name}}</extra>",
        })  # fmt: skip
    return figure(
        bars,
        bars_height(len(groups)) + 14 * len(groups) * max(0, len(numbers) - 2),
        barmode="group",
        xaxis=axis(t("Difference from the plan, t")),
        yaxis=axis(),
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "traceorder": "reversed",
        },
    )
