"""Charts of the simulated year: cards, prices, flow of rights, efficiency, frictions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from scenarios.results.formatting import Labels, name, tonnes, word
from scenarios.results.plots.theme import (
    COLOURS,
    INK,
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
from scenarios.results.summary import EvaluationSummary
from scenarios.text import t

CARD_EVENTS = (
    ("warned80", 4),
    ("warned90", 1),
    ("shut", 5),
    ("curtailed", 3),
    ("reopened", 2),
)
THIN = 0.05  # a node of less than this share of the largest is a line beside its name
NAME_WIDTH = 0.13  # of the chart: a name and its amount end before the last column on A4
FIRST_ROW, ROW_APART = 0.25, 0.1
"""Heights of thin nodes before the last column: between the names at its top and its middle."""
SYMBOLS = {"secondary": "circle", "auction": "diamond"}


def card_balances(table: Table, pollutant: str, labels: Labels) -> Figure:
    """Quota left on the cards for the year, month by month, by sector.

    Args:
        table: `cards`.
        pollutant: whose cards are drawn.
        labels: names of sectors for people.
    """
    rows = [row for row in table.dicts() if row["pollutant"] == pollutant]
    sectors = list(dict.fromkeys(row["sector"] for row in rows))
    areas = [
        {
            "type": "scatter",
            "mode": "lines",
            "stackgroup": "left",
            "name": safe(name(sector, labels)),
            "x": [row["month"] for row in rows if row["sector"] == sector],
            "y": [mass_t(row["left_t"]) for row in rows if row["sector"] == sector],
            "line": {"color": colour(n), "width": 1},
            "hovertemplate": f"%{{x}}<br>{in_t('y')}<extra>%{{fullData.name}}</extra>",
        }
        for n, sector in enumerate(sectors)
    ]
    months = list(dict.fromkeys(row["month"] for row in rows))
    emitted = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": t("emitted in the month"),
        "x": months,
        "y": [mass_t(sum(r["emitted_t"] for r in rows if r["month"] == m)) for m in months],
        "line": {"color": INK, "width": 2},
        "marker": {"size": 5},
        "hovertemplate": f"%{{x}}<br>{in_t('y')}<extra>%{{fullData.name}}</extra>",
    }
    return figure(
        [*areas, emitted],
        400,
        xaxis=axis(type="category"),
        yaxis=axis(t("Quota left on cards, t"), rangemode="tozero"),
    )


def card_events(table: Table) -> Figure:
    """Warnings, stops and reopenings by month, all pollutants together."""
    titles = {column.name: t(column.title) for column in table.spec.columns}
    months = list(dict.fromkeys(table.column("month")))
    counts = {kind: dict.fromkeys(months, 0) for kind, _ in CARD_EVENTS}
    for row in table.dicts():
        for kind, _ in CARD_EVENTS:
            counts[kind][row["month"]] += row[kind]
    bars = [
        {
            "type": "bar",
            "name": safe(titles[kind]),
            "x": months,
            "y": list(counts[kind].values()),
            "marker": {"color": COLOURS[n]},
            "hovertemplate": "%{x}<br>%{y}<extra>%{fullData.name}</extra>",
        }
        for kind, n in CARD_EVENTS
        if any(counts[kind].values())
    ]
    return figure(
        bars,
        340,
        barmode="stack",
        xaxis=axis(type="category"),
        yaxis=axis(t("Card events"), rangemode="tozero"),
    )


def prices_and_volumes(
    table: Table, pollutant: str, references: Iterable[tuple[str, int]] = ()
) -> Figure:
    """Average price of every session that traded, above; what it traded, below.

    Args:
        table: `sessions`.
        pollutant: whose sessions are drawn.
        references: horizontal lines, each with its name and price [fen/t].
    """
    rows = [
        row for row in table.dicts()
        if pollutant_of(row["product"]) == pollutant and row["traded_t"]
    ]  # fmt: skip
    data: list[dict[str, Any]] = []
    for n, kind in enumerate(dict.fromkeys(row["kind"] for row in rows)):
        own = [row for row in rows if row["kind"] == kind]
        data += _price_and_volume(own, kind, colour(n))
    span = _span(rows)
    data += [_level(said, price, span or (), n) for n, (said, price) in enumerate(references)]
    return figure(
        data,
        460,
        barmode="stack",
        xaxis=axis(anchor="y2", type="date", tickformat="%Y-%m", range=span),
        yaxis=axis(t("Price of one vintage, yuan/t"), domain=[0.36, 1], rangemode="tozero"),
        yaxis2=axis(t("Traded, t/yr"), domain=[0, 0.26], rangemode="tozero"),
    )


def pollutant_of(product: str) -> str:
    """The pollutant that a product (`VOC 2017-2021`) is a right of."""
    return product.split(" ")[0]


def flow_of_rights(table: Table, pollutant: str) -> Figure:
    """Where the rights of the first vintage came from and where they ended."""
    rows = [row for row in table.dicts() if row["pollutant"] == pollutant]
    first = min((row["vintage"] for row in rows), default=0)
    rows = [row for row in rows if row["vintage"] == first]
    nodes = list(dict.fromkeys(end for row in rows for end in (row["origin"], row["target"])))
    place = {node: n for n, node in enumerate(nodes)}
    through = {
        node: max(
            sum(row["mass_t"] for row in rows if row["origin"] == node),
            sum(row["mass_t"] for row in rows if row["target"] == node),
        )
        for node in nodes
    }
    x, y = _beside_the_edge(rows, nodes, through)
    sankey = {
        "type": "sankey",
        "arrangement": "snap",
        "valueformat": ",.1f",
        "valuesuffix": t(" t"),
        "node": {
            "label": [f"{safe(t(node))} · {tonnes(through[node])}" for node in nodes],
            "color": [colour(n) for n in range(len(nodes))],
            "x": x,
            "y": y,
            "pad": 26,
            "thickness": 16,
            "line": {"width": 0},
        },
        "link": {
            "source": [place[row["origin"]] for row in rows],
            "target": [place[row["target"]] for row in rows],
            "value": [mass_t(row["mass_t"]) for row in rows],
            "color": [_faint(colour(place[row["origin"]])) for row in rows],
        },
    }
    return figure([sankey], 460, margin={"l": 8, "r": 8, "t": 12, "b": 16})


def efficiency(costs: EvaluationSummary) -> Figure:
    """No-trade cost, cost of the simulated year, and optimum."""
    kinds = (
        (costs.optimum_fen, t("optimum"), 2),
        (costs.realised_fen, t("simulated year"), 0),
        (costs.no_trade_fen, t("no trade"), 7),
    )
    scale = money_scale(amount for amount, _, _ in kinds)
    title = t("Cost of meeting the cap, million yuan")
    if scale == 1:
        title = t("Cost of meeting the cap, yuan")
    values = [scaled(amount, scale) or 0.0 for amount, _, _ in kinds]
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": [safe(said) for _, said, _ in kinds],
        "x": values,
        "marker": {"color": [colour(n) for _, _, n in kinds]},
        "text": [f"{value:,.2f}" if value < 100 else f"{value:,.0f}" for value in values],
        "textposition": "auto",
        "hovertemplate": "%{y}<br>%{x:,.2f}<extra></extra>",
        "showlegend": False,
    }
    return figure(
        [bars],
        bars_height(3),
        xaxis=axis(title, rangemode="tozero"),
        yaxis=axis(),
    )


def frictions(table: Table) -> Figure:
    """Cost of each friction in the actual rules, dearest on top."""
    rows = sorted(table.dicts(), key=lambda row: (row["costs_yuan"] or 0, row["friction"]))
    scale = money_scale(row["costs_yuan"] for row in rows)
    title = t("Extra cost, yuan") if scale == 1 else t("Extra cost, million yuan")
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": [wrapped(t(row["title"])) for row in rows],
        "x": [scaled(row["costs_yuan"], scale) or 0.0 for row in rows],
        "marker": {"color": [colour(_friction_colour(row)) for row in rows]},
        "hovertemplate": "%{y}<br>%{x:,.2f}<extra></extra>",
        "showlegend": False,
    }
    return figure(
        [bars],
        bars_height(len(rows)),
        xaxis=axis(title),
        yaxis=axis(),
    )


def _span(rows: Sequence[Mapping[str, Any]]) -> list[str] | None:
    """The dates with some room around, so that a single session is not a whole year wide."""
    dates = [row["date"] for row in rows]
    room = timedelta(days=20)
    return [str(min(dates) - room), str(max(dates) + room)] if dates else None


def _friction_colour(row: Mapping[str, Any]) -> int:
    """All frictions together stand apart; one that saves is green."""
    if row["friction"] == "all":
        return 7
    return 0 if (row["costs_yuan"] or 0) >= 0 else 2


def _price_and_volume(
    rows: Sequence[Mapping[str, Any]], kind: str, tint: str
) -> list[dict[str, Any]]:
    said, dates = safe(word(kind)), [row["date"].isoformat() for row in rows]
    prices = [row["average_price_yuan_per_t"] or row["price_yuan_per_t"] for row in rows]
    return [
        {
            "type": "scatter",
            "mode": "lines+markers" if kind == "secondary" else "markers",
            "name": said,
            "legendgroup": kind,
            "x": dates,
            "y": [money_yuan(price) for price in prices],
            "line": {"color": tint, "width": 1.5},
            "marker": {"size": 9, "symbol": SYMBOLS.get(kind, "square"), "color": tint},
            "hovertemplate": f"%{{x}}<br>{in_yuan_per_t('y')}<extra>%{{fullData.name}}</extra>",
        },
        {
            "type": "bar",
            "name": said,
            "legendgroup": kind,
            "showlegend": False,
            "yaxis": "y2",
            "x": dates,
            "y": [mass_t(row["traded_t"]) for row in rows],
            "width": 8 * 86_400_000,
            "marker": {"color": tint},
            "hovertemplate": f"%{{x}}<br>{in_t('y')}<extra>%{{fullData.name}}</extra>",
        },
    ]


def _level(said: str, price_fen: int, span: Sequence[str], number: int) -> dict[str, Any]:
    """A price through all sessions. Its name stands in the legend, where no line crosses it."""
    price = money_yuan(price_fen)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": safe(said),
        "x": list(span),
        "y": [price, price],
        "line": {"color": MUTED, "width": 1.5, "dash": ("dot", "dash")[number % 2]},
        "hovertemplate": f"{in_yuan_per_t('y')}<extra>{safe(said)}</extra>",
    }


def _beside_the_edge(
    rows: Sequence[Mapping[str, Any]], nodes: Sequence[str], through: Mapping[str, int]
) -> tuple[list[float | None], list[float | None]]:
    """Places of thin nodes just before the last column, whose names would cross those there.

    They move down to where the names of the last column leave room; all others are placed by
    plotly.
    """
    depth = dict.fromkeys(nodes, 0)
    for _ in nodes:  # the longest chain of flows has fewer steps than there are nodes
        for row in rows:
            depth[row["target"]] = max(depth[row["target"]], depth[row["origin"]] + 1)
    ends = set(nodes) - {row["origin"] for row in rows}
    last, most = max(depth.values(), default=0), max(through.values(), default=0)
    x: list[float | None] = [None] * len(nodes)
    y: list[float | None] = [None] * len(nodes)
    thin = [n for n in nodes if depth[n] == last - 1 > 0 and n not in ends
            and through[n] < THIN * most]  # fmt: skip
    for n, node in enumerate(thin):
        at = nodes.index(node)
        x[at], y[at] = depth[node] / last - NAME_WIDTH, FIRST_ROW + ROW_APART * n
    return x, y


def _faint(tint: str) -> str:
    red, green, blue = (int(tint[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.35)"
