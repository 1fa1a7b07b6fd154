"""Charts of uncertainty: range of costs, sensitivity to inputs, range on each baseline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scenarios.results.formatting import percent, short, word
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
    safe,
    scaled,
    the_plan,
)
from scenarios.text import t

Rows = Sequence[Mapping[str, Any]]
NINE = ("p05", "p50", "p95")
BEYOND = 1.15  # an open end stands a little to the right of every known cost
FILL = ("rgba(0,114,178,0.14)", "rgba(0,114,178,0.28)")


def fan(rows: Rows, target_mg: int | None, plan_fen: int | None) -> Figure:
    """Least cost against the target: 50 % of all draws, 90 %, and the median.

    Draws that cannot reach a target count as dearer than any, so each band ends where its
    upper edge is not achievable.

    Args:
        rows: of `doubt_fan`.
        target_mg: of the plan, which is marked; None marks none.
        plan_fen: annual cost of the plan [fen].
    """
    scale = money_scale(row[f"{q}_yuan"] for row in rows for q in ("p05", "p50", "p95"))
    unit = t("Annual cost, yuan") if scale == 1 else t("Annual cost, million yuan")
    hover = {"hovertemplate": f"{in_t('x')}<br>%{{y:,.2f}}<extra>%{{fullData.name}}</extra>"}
    known = [row for row in rows if row["p50_yuan"] is not None]
    data = [
        *_band(rows, "p05_yuan", "p95_yuan", FILL[0], t("90 % of draws"), scale),
        *_band(rows, "p25_yuan", "p75_yuan", FILL[1], t("50 % of draws"), scale),
        {
            "type": "scatter",
            "mode": "lines",
            "x": [mass_t(row["target_t"]) for row in known],
            "y": [scaled(row["p50_yuan"], scale) for row in known],
            "line": {"color": colour(0), "width": 2},
            "name": t("median draw"),
            **hover,
        },
    ]
    if target_mg is not None and plan_fen is not None:
        data.append(the_plan(mass_t(target_mg), scaled(plan_fen, scale)))
    return figure(data, 420, xaxis=axis(t("Target, t")), yaxis=axis(unit))


def _band(
    rows: Rows, low: str, high: str, fill: str, said: str, scale: float
) -> Iterator[dict[str, Any]]:
    """The area between two quantiles, as far as both are known; empty where none is."""
    known = [row for row in rows if row[low] is not None and row[high] is not None]
    if not known:
        return
    x = [mass_t(row["target_t"]) for row in known]
    upper = [scaled(row[high], scale) for row in known]
    lower = [scaled(row[low], scale) for row in known]
    yield {
        "type": "scatter",
        "mode": "lines",
        "x": [*x, *x[::-1]],
        "y": [*upper, *lower[::-1]],
        "fill": "toself",
        "fillcolor": fill,
        "line": {"width": 0},
        "name": said,
        "hoverinfo": "skip",
    }


def influence(rows: Rows) -> Figure:
    """Sensitivity of the cost to each input: first-order and total effect."""
    own = [row for row in rows if row["outcome"] == "cost_yuan"]
    own.sort(key=lambda row: (row["total"], row["kind"]))
    names = [safe(word(row["kind"])) for row in own]
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "name": title,
            "y": names,
            "x": [max(0.0, round(float(row[column]), 3)) for row in own],
            "marker": {"color": ink},
            "hovertemplate": f"{_hover()}<extra>%{{fullData.name}}</extra>",
        }
        for title, column, ink in (
            (t("total effect, with interactions"), "total", colour(4)),
            (t("first-order effect"), "first", colour(0)),
        )
    ]
    height = bars_height(len(own)) + 40
    return figure(data, height, barmode="group", xaxis=axis(t("Share of the spread")),
                  yaxis=axis())  # fmt: skip


def baselines(rows: Rows) -> Figure:
    """The cost on each baseline: the median draw and 90 % of draws.

    An arrow marks where dearer draws cannot meet the target at all.
    """
    shown = [row for row in rows if row["p05_yuan"] is not None][::-1]
    amounts = [row[f"{q}_yuan"] for row in shown for q in NINE]
    scale = money_scale(amounts)
    unit = t("Annual cost, yuan") if scale == 1 else t("Annual cost, million yuan")
    right = BEYOND * max((scaled(a, scale) or 0.0 for a in amounts if a is not None), default=1.0)
    data = [_range(row, scale, right) for row in shown]
    met = [row for row in shown if row["p50_yuan"] is not None]
    data.append(
        {
            "type": "scatter",
            "mode": "markers",
            "name": t("median draw"),
            "x": [scaled(row["p50_yuan"], scale) for row in met],
            "y": [_basis(row) for row in met],
            "marker": {"color": INK, "size": 9},
            "hovertemplate": f"{_hover()}<extra></extra>",
        }
    )
    order = [_basis(row) for row in shown]
    return figure(
        data,
        bars_height(len(shown)) + 30,
        showlegend=False,
        xaxis=axis(unit),
        yaxis=axis(type="category", categoryorder="array", categoryarray=order),
    )


def _range(row: Mapping[str, Any], scale: float, right: float) -> dict[str, Any]:
    """90 % of the draws of one baseline, as far as they can meet the target."""
    low, high = (scaled(row[f"{q}_yuan"], scale) for q in ("p05", "p95"))
    open_end = high is None
    return {
        "type": "scatter",
        "mode": "lines+markers+text",
        "x": [low, right if open_end else high],
        "y": [_basis(row)] * 2,
        "line": {"color": colour(0), "width": 3},
        "marker": {"symbol": ["line-ns", "triangle-right" if open_end else "line-ns"],
                   "size": [12, 14 if open_end else 12], "color": colour(0),
                   "line": {"width": 2, "color": colour(0)}},
        "text": ["", t("met in only {share} of draws", share=percent(row["met"]))
                 if open_end else ""],
        "textposition": "bottom left",
        "hovertemplate": f"{_hover()}<extra></extra>" if not open_end else None,
        "hoverinfo": "skip" if open_end else "all",
    }  # fmt: skip


def _hover() -> str:
    return t("{title}: {said}", title="%{y}", said="%{x:,.2f}")


def _basis(row: Mapping[str, Any]) -> str:
    return safe(short(str(row["baseline"])))
