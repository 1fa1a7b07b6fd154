"""Charts of the cost frontier: cost of each reduction, marginal cost of each target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenarios.results.plots.theme import (
    Figure,
    axis,
    figure,
    in_t,
    marked_line,
    mass_t,
    money_scale,
    money_yuan,
    scaled,
    the_plan,
)
from scenarios.text import t

STEEP = 20  # a marginal cost this many times the median would flatten all others


def frontier(points: Sequence[tuple[int, int]], plan: tuple[int, int] | None = None) -> Figure:
    """The cost frontier: reduction [mg] and annual cost [fen] of each plan.

    `plan` is the plan that the page is about.
    """
    scale = money_scale(cost for _, cost in points)
    title = t("Annual cost, yuan") if scale == 1 else t("Annual cost, million yuan")
    line = marked_line(
        [mass_t(mass) for mass, _ in points], [scaled(cost, scale) for _, cost in points]
    ) | {"hovertemplate": f"{in_t('x')}<br>%{{y:,.2f}}<extra></extra>"}
    marked = [] if plan is None else [the_plan(mass_t(plan[0]), scaled(plan[1], scale))]
    return figure(
        [line, *marked], 400, xaxis=axis(t("Reduction, t"), rangemode="tozero"), yaxis=axis(title)
    )


def frontier_prices(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """The marginal price of each target, on a scale that shows small and large ones."""
    kept = [row for row in rows if (row["price_low_yuan_per_t"] or 0) > 0]
    line = marked_line(
        [mass_t(row["target_t"]) for row in kept],
        [money_yuan(row["price_low_yuan_per_t"]) for row in kept],
    ) | {"hovertemplate": f"{in_t('x')}<br>%{{y:,.0f}}<extra></extra>"}
    prices = [row["price_low_yuan_per_t"] for row in kept]
    kind = "log" if prices and max(prices) > STEEP * sorted(prices)[len(prices) // 2] else "linear"
    return figure(
        [line],
        400,
        xaxis=axis(t("Target, t"), rangemode="tozero"),
        yaxis=axis(
            t("Marginal cost, yuan/t (log scale)") if kind == "log" else t("Marginal cost, yuan/t"),
            type=kind,
            **({"dtick": 1} if kind == "log" else {}),
        ),
    )
