"""Charts of doubt: the fan of costs, which input matters, every baseline's range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenarios.plots.theme import (
    INK,
    MARK,
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
)
from scenarios.shown import word
from scenarios.text import t

Rows = Sequence[Mapping[str, Any]]
FILL = ("rgba(0,114,178,0.14)", "rgba(0,114,178,0.28)")


def fan(rows: Rows, target_mg: int | None, plan_fen: int | None) -> Figure:
    """Least cost against the target: half of all draws, nine in ten, the middle one."""
    shown = [row for row in rows if row["p50_yuan"] is not None]
    x = [mass_t(row["target_t"]) for row in shown]
    scale = money_scale(row[f"{q}_yuan"] for row in shown for q in ("p05", "p95"))
    unit = t("Annual cost, yuan") if scale == 1 else t("Annual cost, million yuan")

    def line(column: str, **more: Any) -> dict[str, Any]:
        y = [scaled(row[column], scale) for row in shown]
        return {"type": "scatter", "mode": "lines", "x": x, "y": y, **more}

    thin = {"line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    hover = {"hovertemplate": f"{in_t('x')}<br>%{{y}}<extra></extra>"}
    data = [
        line("p05_yuan", **thin),
        line("p95_yuan", line={"width": 0}, fill="tonexty", fillcolor=FILL[0],
             name=t("nine draws in ten"), hoverinfo="skip"),
        line("p25_yuan", **thin),
        line("p75_yuan", line={"width": 0}, fill="tonexty", fillcolor=FILL[1],
             name=t("half of the draws"), hoverinfo="skip"),
        line("p50_yuan", line={"color": colour(0), "width": 2}, name=t("middle draw"), **hover),
    ]  # fmt: skip
    if target_mg is not None and plan_fen is not None:
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [mass_t(target_mg)],
                "y": [scaled(plan_fen, scale)],
                "marker": {"color": MARK, "size": 11, "symbol": "diamond"},
                "name": t("the plan"),
                **hover,
            }
        )
    return figure(data, 420, xaxis=axis(t("Target, t")), yaxis=axis(unit))


def influence(rows: Rows) -> Figure:
    """How much of the spread of cost each input makes, by itself and with the others."""
    own = [row for row in rows if row["outcome"] == "cost_yuan"][::-1]
    names = [safe(word(row["kind"])) for row in own]
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "name": title,
            "y": names,
            "x": [max(0.0, round(float(row[column]), 3)) for row in own],
            "marker": {"color": ink},
            "hovertemplate": "%{y}: %{x:.2f}<extra>%{fullData.name}</extra>",
        }
        for title, column, ink in (
            (t("with the others"), "total", colour(4)),
            (t("by itself"), "first", colour(0)),
        )
    ]
    height = bars_height(len(own)) + 40
    return figure(data, height, barmode="group", xaxis=axis(t("Share of the spread")),
                  yaxis=axis())  # fmt: skip


def baselines(rows: Rows) -> Figure:
    """The cost on each baseline: the middle draw, and nine draws in ten."""
    shown = [row for row in rows if row["p50_yuan"] is not None][::-1]
    scale = money_scale(row[f"{q}_yuan"] for row in shown for q in ("p05", "p95"))
    unit = t("Annual cost, yuan") if scale == 1 else t("Annual cost, million yuan")
    middle = [scaled(row["p50_yuan"], scale) for row in shown]
    ends = {end: [scaled(row[f"{end}_yuan"], scale) for row in shown] for end in ("p05", "p95")}
    data = [
        {
            "type": "scatter",
            "mode": "markers",
            "x": middle,
            "y": [safe(t(str(row["baseline"]))) for row in shown],
            "marker": {"color": INK, "size": 9},
            "error_x": {
                "type": "data",
                "symmetric": False,
                "array": _apart(ends["p95"], middle),
                "arrayminus": _apart(middle, ends["p05"]),
                "color": colour(0),
                "thickness": 3,
            },
            "hovertemplate": "%{y}: %{x}<extra></extra>",
            "showlegend": False,
        }
    ]
    return figure(data, bars_height(len(shown)), xaxis=axis(unit), yaxis=axis())


def _apart(upper: Sequence[float | None], lower: Sequence[float | None]) -> list[float]:
    return [(a or 0.0) - (b or 0.0) for a, b in zip(upper, lower, strict=True)]
