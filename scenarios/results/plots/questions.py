"""Charts of the further questions: frontiers, alternatives, several years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenarios.results.formatting import Labels, name
from scenarios.results.plots.theme import (
    INK,
    Figure,
    axis,
    bars_height,
    colour,
    figure,
    in_t,
    mass_t,
    money_scale,
    money_yuan,
    safe,
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
    line = _line(
        [mass_t(mass) for mass, _ in points], [scaled(cost, scale) for _, cost in points]
    ) | {"hovertemplate": f"{in_t('x')}<br>%{{y:,.2f}}<extra></extra>"}
    marked = [] if plan is None else [the_plan(mass_t(plan[0]), scaled(plan[1], scale))]
    return figure(
        [line, *marked], 400, xaxis=axis(t("Reduction, t"), rangemode="tozero"), yaxis=axis(title)
    )


def frontier_prices(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """The marginal price of each target, on a scale that shows small and large ones."""
    kept = [row for row in rows if (row["price_low_yuan_per_t"] or 0) > 0]
    line = _line(
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


def between(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Largest reduction of the second pollutant for each reduction of the first."""
    first, second = (safe(rows[0][key]) for key in ("first", "second"))
    line = _line(
        [mass_t(row["first_reduction_t"]) for row in rows],
        [mass_t(row["second_reduction_t"]) for row in rows],
    ) | {"hovertemplate": f"{_hover(first, 'x')}<br>{_hover(second, 'y')}<extra></extra>"}
    return figure(
        [line],
        400,
        xaxis=axis(t("Reduction of {pollutant}, t", pollutant=first)),
        yaxis=axis(t("Reduction of {pollutant}, t", pollutant=second)),
    )


def _hover(pollutant: str, place: str) -> str:
    return t("{title}: {said}", title=pollutant, said=in_t(place))


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


def pathway(
    sectors: Sequence[Mapping[str, Any]], years: Sequence[Mapping[str, Any]], labels: Labels
) -> Figure:
    """Reduction by year, stacked by sector, with the counted reduction and the targets.

    Args:
        sectors: rows of `pathway_sectors` for one pollutant.
        years: rows of `pathway` for it.
        labels: names of sectors for people.
    """
    axis_years = [str(row["year"]) for row in years]
    names = sorted({row["sector"] for row in sectors})
    data: list[dict[str, Any]] = []
    for n, sector in enumerate(names):
        cut = {str(row["year"]): row["reduction_t"] for row in sectors if row["sector"] == sector}
        data.append({
            "type": "bar",
            "name": safe(name(sector, labels)),
            "x": axis_years,
            "y": [mass_t(cut.get(year)) for year in axis_years],
            "marker": {"color": colour(n)},
            "hovertemplate": f"%{{x}}<br>{in_t('y')}<extra>%{{fullData.name}}</extra>",
        })  # fmt: skip
    data.append(_marks(t("counted, net of new projects"), axis_years, years, "net_t", "circle"))
    data.append(_marks(t("target"), axis_years, years, "target_t", "line-ew"))
    return figure(
        data,
        440,
        barmode="stack",
        xaxis=axis(t("Year"), type="category"),
        yaxis=axis(t("Reduction, t"), rangemode="tozero"),
    )


def _marks(
    said: str, x: list[str], rows: Sequence[Mapping[str, Any]], column: str, symbol: str
) -> dict[str, Any]:
    wide = symbol == "line-ew"
    marker: dict[str, Any] = {"symbol": symbol, "size": 44 if wide else 9, "color": INK}
    if wide:
        marker["line"] = {"width": 3, "color": "#B22222"}
    return {
        "type": "scatter",
        "mode": "markers",
        "name": said,
        "x": x,
        "y": [mass_t(row[column]) for row in rows],
        "marker": marker,
        "hovertemplate": f"%{{x}}<br>{in_t('y')}<extra>{safe(said)}</extra>",
    }


def _line(x: list[float | None], y: list[float | None]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": x,
        "y": y,
        "line": {"color": colour(0), "width": 2},
        "marker": {"size": 7},
        "showlegend": False,
    }
