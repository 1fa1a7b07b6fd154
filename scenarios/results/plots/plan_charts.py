"""Charts of the plan: stories by baseline, the cost curve, quotas by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenarios.results.formatting import Labels, in_currency, name, short
from scenarios.results.plots.theme import (
    CUT,
    INK,
    KEPT,
    MARK,
    MUTED,
    Figure,
    axis,
    bars_height,
    colour,
    figure,
    in_t,
    in_yuan_per_t,
    mass_t,
    money_scale,
    money_yuan,
    safe,
    scaled,
    wrapped,
)
from scenarios.results.result import Table
from scenarios.text import t

FAINT = 0.28  # opacity of steps that the plan does not use: seen, but clearly paler
CUT_AT = 4
"""Steps dearer than this many times the marginal cost are cut off at the top; where the
target cannot be met, than this many times the cost of most of the curve."""
USUAL = 0.75  # share of the curve whose cost counts as usual: the dear tail is left out
ENDS_NEAR = 0.35  # share of the width that a label needs to stand to the right of its line
ROOM = 1.02  # a target at the very end still stands inside the frame


def baseline_reach(table: Table, pollutant: str) -> Figure:
    """Greatest possible reduction on each baseline, and the target."""
    rows = [row for row in table.dicts() if row["pollutant"] == pollutant][::-1]
    met = [row["status"] != "infeasible" for row in rows]
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": [_story(row) for row in rows],
        "x": [mass_t(row["max_reduction_t"]) for row in rows],
        "marker": {
            "color": [colour(0) if ok else colour(5) for ok in met],
            "pattern": {"shape": ["" if ok else "/" for ok in met], "fgcolor": "#ffffff"},
        },
        "text": ["" if ok else t("cannot be met") for ok in met],
        "textposition": "inside",
        "insidetextanchor": "start",
        "hovertemplate": f"%{{y}}<br>{in_t('x')}<extra></extra>",
        "showlegend": False,
    }
    target = mass_t(rows[0]["target_t"]) if rows else None
    most = max((mass_t(row["max_reduction_t"]) or 0.0 for row in rows), default=0.0)
    return figure(
        [bars],
        bars_height(len(rows)),
        xaxis=axis(t("Greatest possible reduction, t"), rangemode="tozero"),
        yaxis=axis(),
        shapes=[_line(target)],
        annotations=[_flag(target, t("target"), most)],
    )


def baseline_cost(table: Table, pollutant: str) -> Figure:
    """Cost of the target on each baseline, at least cost and by equal percentage."""
    rows = [row for row in table.dicts() if row["pollutant"] == pollutant][::-1]
    kinds = (("equal_cost_yuan", t("equal percentage"), 7), ("cost_yuan", t("least cost"), 0))
    scale = money_scale(row[column] for row in rows for column, _, _ in kinds)
    title = t("Annual cost, yuan") if scale == 1 else t("Annual cost, million yuan")
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "name": said,
            "y": [_story(row) for row in rows],
            "x": [scaled(row[column], scale) for row in rows],
            "marker": {"color": colour(n)},
            "hovertemplate": "%{y}<br>%{x:,.1f}<extra>" + safe(said) + "</extra>",
        }
        for column, said, n in kinds
    ]
    return figure(
        bars,
        bars_height(len(rows)) + 20,
        barmode="group",
        xaxis=axis(title, rangemode="tozero"),
        yaxis=axis(),
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "traceorder": "reversed",
        },
    )


def cost_curve(
    table: Table,
    pollutant: str,
    sector_of: Mapping[str, str],
    target: dict[str, Any],
    labels: Labels,
    prices: Sequence[Mapping[str, Any]] = (),
) -> Figure:
    """Steps of the marginal abatement cost curve, cheapest first, with the target.

    Where no target was set, the line marks what the plan cuts.

    Args:
        table: `curve`.
        pollutant: whose steps are drawn.
        sector_of: sector of each sub-sector, which gives the colour.
        target: row of `conditions` for the pollutant's target, or of `baselines`.
        labels: names of ids for people.
        prices: rows of `supply` to mark on the curve.
    """
    rows = [row for row in table.dicts() if row["pollutant"] == pollutant]
    sectors = sorted({sector_of.get(row["subsector"], "") for row in rows})
    high = target.get("price_high_yuan_per_t")
    data = []
    for n, sector in enumerate(sectors):
        own = [row for row in rows if sector_of.get(row["subsector"], "") == sector]
        said = safe(name(sector, labels) if sector else t("all sources"))
        data += _steps(own, said, colour(n), labels)
    if prices:
        data.append(_marked(prices))
    asked = target.get("target_t") or target.get("amount_t")
    said = t("target") if asked is not None else t("the plan")
    wanted = mass_t(asked if asked is not None else sum(row["planned_t"] for row in rows))
    top = _price_range(rows, _dearest(rows) if high is None and asked is None else high)
    return figure(
        data,
        460,
        barmode="overlay",
        bargap=0,
        xaxis=axis(t("Cumulative reduction, t"), range=[0, _reach(rows, wanted)]),
        yaxis=axis(t("Unit cost, yuan/t"), range=top),
        shapes=[_line(wanted), *_price_line(high, wanted)],
        annotations=[
            _flag(wanted, said, _reach(rows, wanted)),
            *_price_flag(high),
            *([_cut_flag()] if top else []),
        ],
    )


def quotas_by_group(table: Table, pollutant: str, labels: Labels) -> Figure:
    """Quota and reduction of each group, stacked to its baseline.

    Diamonds mark the quota under equal percentage.

    Args:
        table: `plan_by_sector` or another whose first column is the group.
        pollutant: whose quotas are drawn.
        labels: names of groups for people.
    """
    column = table.spec.columns[0].name
    rows = [row for row in table.dicts() if row["pollutant"] == pollutant]
    rows.sort(key=lambda row: (row["baseline_t"], row[column]))
    groups = [safe(name(row[column], labels)) for row in rows]
    quota = [mass_t(row["quota_t"]) for row in rows]
    bars = [
        _stack(t("quota"), groups, quota, KEPT),
        _stack(t("reduction"), groups, [mass_t(row["reduction_t"]) for row in rows], CUT),
    ]
    equal = {
        "type": "scatter",
        "mode": "markers",
        "name": t("quota under equal percentage"),
        "y": groups,
        "x": [
            None if row["equal_reduction_t"] is None
            else mass_t(row["baseline_t"] - row["equal_reduction_t"])
            for row in rows
        ],
        "marker": {
            "symbol": "diamond", "size": 10, "color": MARK,
            "line": {"color": "#ffffff", "width": 1},
        },
        "hovertemplate": f"%{{y}}<br>{in_t('x')}<extra></extra>",
    }  # fmt: skip
    return figure(
        [*bars, equal],
        bars_height(len(rows)) + 30,
        barmode="stack",
        xaxis=axis(t("Baseline emission, t")),
        yaxis=axis(),
    )


def _story(row: Mapping[str, Any]) -> str:
    """A baseline's label; this run's is marked."""
    said = safe(short(row["baseline"]))
    return f"<b>{said} ◂</b>" if row["chosen"] else said


def _steps(
    rows: Sequence[Mapping[str, Any]], said: str, tint: str, labels: Labels
) -> list[dict[str, Any]]:
    """Bars as wide as their steps: full where planned, faint for the remainder."""
    common = {
        "type": "bar",
        "offset": 0,
        "name": said,
        "legendgroup": said,
        "hovertemplate": "%{customdata[0]}<br>%{customdata[1]} · %{customdata[3]}<br>"
        "%{customdata[4]}<br>"
        f"{in_yuan_per_t('y')} · "
        f"{in_t('customdata[2]')}<extra>%{{fullData.name}}</extra>",
    }
    whole = [_step(row, row["step_t"] - row["planned_t"], row["planned_t"], labels) for row in rows]
    planned = [_step(row, row["planned_t"], 0, labels) for row in rows if row["planned_t"]]
    line = {"color": tint, "width": 0.5}
    return [
        common | _columns(planned) | {"marker": {"color": tint, "line": line}},
        common
        | _columns(whole)
        | {"marker": {"color": tint, "opacity": FAINT, "line": line}, "showlegend": not planned},
    ]


def _step(
    row: Mapping[str, Any], width_mg: int, after_mg: int, labels: Labels
) -> tuple[float | None, float | None, float | None, list[Any]]:
    """Left edge, height, width and hover texts of a part of a step."""
    left = row["cumulative_t"] - row["step_t"] + after_mg
    texts = [safe(name(row["subsector"], labels)), safe(name(row["measure"], labels))]
    price = money_yuan(row["unit_cost_yuan_per_t"])
    count = t("{sources} sources", sources=f"{row['sources']:,}")
    if row["sources"] == 1:
        count = t("1 source")
    named = wrapped(sources_said(row))
    return mass_t(left), price, mass_t(width_mg), [*texts, mass_t(row["step_t"]), count, named]


def sources_said(row: Mapping[str, Any]) -> str:
    """The sources behind a row of `curve`: the cheapest by name, the others by number."""
    named = row["first_sources"]
    more = row["sources"] - (named.count(", ") + 1)
    return t("{named} and {more} more", named=named, more=f"{more:,}") if more > 0 else named


def _columns(steps: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    kept = [step for step in steps if step[2]]
    return {
        "x": [step[0] for step in kept],
        "y": [step[1] for step in kept],
        "width": [step[2] for step in kept],
        "customdata": [step[3] for step in kept],
    }


def _marked(prices: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Known prices as points on the curve: what each would bring."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": t("known prices"),
        "x": [mass_t(row["high_t"]) for row in prices],
        "y": [money_yuan(row["price_yuan_per_t"]) for row in prices],
        "customdata": [[safe(t(row["price"]))] for row in prices],
        "marker": {"symbol": "diamond", "size": 9, "color": INK, "line": {"color": "#ffffff"}},
        "hovertemplate": f"%{{customdata[0]}}<br>{in_yuan_per_t('y')} · {in_t('x')}<extra></extra>",
    }


def _reach(rows: Sequence[Mapping[str, Any]], wanted: float | None) -> float:
    """Right end of the curve's axis: all steps, and the target where it lies beyond."""
    whole = (mass_t(rows[-1]["cumulative_t"]) or 0.0) if rows else 0.0
    return ROOM * max(whole, wanted or 0.0)


def _dearest(rows: Sequence[Mapping[str, Any]]) -> int | None:
    """The unit cost of the dearest step that the plan takes [fen/t]; None where it takes none."""
    return max((row["unit_cost_yuan_per_t"] for row in rows if row["planned_t"]), default=None)


def _price_range(rows: Sequence[Mapping[str, Any]], high: int | None) -> list[float] | None:
    """Cut off steps so dear that they would flatten all others; `None` where none are."""
    costs = [money_yuan(row["unit_cost_yuan_per_t"]) or 0.0 for row in rows]
    if not costs:
        return None
    usual = next(
        cost
        for row, cost in zip(rows, costs, strict=True)
        if row["cumulative_t"] >= USUAL * rows[-1]["cumulative_t"]
    )
    top = CUT_AT * (usual if high is None else high / 100)
    return [min(0.0, *costs), top] if 0 < top < max(costs) else None


def _cut_flag() -> dict[str, Any]:
    return {
        "xref": "paper",
        "x": 1,
        "yref": "paper",
        "y": 1,
        "text": safe(t("more expensive steps continue above")),
        "showarrow": False,
        "xanchor": "right",
        "yanchor": "bottom",
        "font": {"color": MUTED, "size": 11},
    }


def _stack(said: str, groups: list[str], values: list[float | None], tint: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "name": said,
        "y": groups,
        "x": values,
        "marker": {"color": tint},
        "hovertemplate": f"%{{y}}<br>{in_t('x')}<extra>{safe(said)}</extra>",
    }


def _line(at: float | None) -> dict[str, Any]:
    """An upright line through the whole chart."""
    stroke = {"color": MARK, "width": 2, "dash": "dash"}
    return {"type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1, "line": stroke}


def _flag(at: float | None, text: str, reach: float) -> dict[str, Any]:
    """A word at the head of an upright line, on the side where there is room."""
    left = at is not None and at > (1 - ENDS_NEAR) * reach
    return {
        "x": at,
        "y": 1,
        "yref": "paper",
        "text": safe(text),
        "showarrow": False,
        "xanchor": "right" if left else "left",
        "yanchor": "top",
        "xshift": -5 if left else 5,
        "font": {"color": MARK, "size": 12},
        "bgcolor": "rgba(255,255,255,0.8)",
    }


def _price_line(high: int | None, wanted: float | None) -> list[dict[str, Any]]:
    if high is None:
        return []
    price = money_yuan(high)
    stroke = {"color": MUTED, "width": 1, "dash": "dot"}
    return [{"type": "line", "x0": 0, "x1": wanted, "y0": price, "y1": price, "line": stroke}]


def _price_flag(high: int | None) -> list[dict[str, Any]]:
    # A price of nothing is explained in the key figures; on the axis it would look like an error.
    if not high:
        return []
    price = money_yuan(high)
    return [
        {
            "x": 0,
            "xref": "paper",
            "y": price,
            "text": safe(in_currency(t("marginal cost {price} yuan/t", price=f"{price:,.0f}"))),
            "showarrow": False,
            "xanchor": "left",
            "yanchor": "bottom",
            "xshift": 6,
            "font": {"color": MUTED, "size": 12},
            "bgcolor": "rgba(255,255,255,0.8)",
        }
    ]
