"""The card's year as charts: months as bars, the balance as a line with marks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from permits.card import CardLine, Said
from permits.quantity import MG_PER_T
from scenarios.monitoring.watch.card_months import CardYear
from scenarios.monitoring.watch.event_texts import L_PER_M3
from scenarios.results.plots.theme import (
    COLOURS,
    CUT,
    INK,
    KEPT,
    MARK,
    MUTED,
    Figure,
    axis,
    figure,
    safe,
)
from scenarios.text import t

MARKED: tuple[tuple[str, tuple[Said, ...], str, str], ...] = (
    ("warned80", (Said.WARNED80,), "circle", COLOURS[4]),
    ("warned90", (Said.WARNED90,), "circle", COLOURS[1]),
    ("shut", (Said.SHUT, Said.CURTAILED), "square", MARK),
    ("topped_up", (Said.TOPPED_UP,), "triangle-up", COLOURS[2]),
    ("shifted", (Said.SHIFTED,), "diamond", COLOURS[0]),
    ("hindered", (Said.OFFLINE, Said.MAINTENANCE, Said.POWER_LOSS, Said.VALVE_FAULT), "x",
     COLOURS[6]),
)  # fmt: skip
TITLES = {
    "warned80": "first warning",
    "warned90": "second warning",
    "shut": "shut or curtailed",
    "topped_up": "topped up",
    "shifted": "shifted from later months",
    "hindered": "offline, maintenance, power loss or valve fault",
}


def chart_scale(amount: int, by_volume: bool) -> float:
    """Tonnes or cubic metres to draw with."""
    return round(amount / (L_PER_M3 if by_volume else MG_PER_T), 6)


def unit(by_volume: bool) -> str:
    return "m³" if by_volume else t("t")


def month_bars(year: CardYear) -> Figure:
    """Bars of each month: available, used, and the part of use beyond the load."""
    months = [month.name for month in year.months]
    parts = [
        (t("available"), KEPT, [m.available for m in year.months]),
        (t("used"), CUT, [m.used for m in year.months]),
    ]
    if any(month.breach for month in year.months):
        parts.append((t("of which breach"), MARK, [m.breach for m in year.months]))
    bars = [
        {
            "type": "bar",
            "name": safe(said),
            "x": months,
            "y": [chart_scale(value, year.by_volume) for value in values],
            "marker": {"color": tint},
            "hovertemplate": f"%{{x}}<br>%{{y:,.3f}} {unit(year.by_volume)}"
            "<extra>%{fullData.name}</extra>",
        }
        for said, tint, values in parts
    ]
    return figure(
        bars,
        340,
        barmode="group",
        xaxis=axis(type="category"),
        yaxis=axis(t("In the month, {unit}", unit=unit(year.by_volume)), rangemode="tozero"),
    )


def balance_line(year: CardYear) -> Figure:
    """The remaining monthly load over time, with warning levels and events."""
    first, second = year.card.rules.warn_percent
    levels = [
        _level(year, 100 - percent, f"{percent} %", dash)
        for percent, dash in ((first, "dot"), (second, "dash"), (100, "solid"))
    ]
    left = year.left
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": t("remaining monthly load"),
        "x": [_at(at) for at in left],
        "y": [chart_scale(amount, year.by_volume) for amount in left.values()],
        "line": {"color": INK, "width": 1.5, "shape": "linear"},
        "hovertemplate": f"%{{x}}<br>%{{y:,.3f}} {unit(year.by_volume)}<extra></extra>",
    }
    return figure(
        [*levels, line, *_marks(year)],
        440,
        margin={"l": 64, "r": 24, "t": 60, "b": 52},
        xaxis=axis(type="date", tickformat="%Y-%m"),
        yaxis=axis(t("Remaining, {unit}", unit=unit(year.by_volume))),
    )


def _level(year: CardYear, left_percent: int, said: str, dash: str) -> dict[str, Any]:
    """A mark as a line in steps: it moves with every load, top-up and shift."""
    ends = max(year.left, default=None)
    loads: Mapping[datetime, int] = {**year.load, **({ends: 0} if ends else {})}
    values = [
        chart_scale(load * left_percent // 100, year.by_volume) for load in year.load.values()
    ]
    values += values[-1:]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": t("{percent} used", percent=said),
        "x": [_at(at) for at in loads],
        "y": values,
        "line": {"color": MARK if left_percent == 0 else MUTED, "width": 1, "dash": dash,
                 "shape": "hv"},
        "hoverinfo": "skip",
    }  # fmt: skip


def _marks(year: CardYear) -> list[dict[str, Any]]:
    found = []
    for name, kinds, symbol, tint in MARKED:
        own = [event for event in year.events if event.said in kinds and _first(event, name)]
        if own:
            found.append({
                "type": "scatter",
                "mode": "markers",
                "name": t(TITLES[name]),
                "x": [_at(event.at) for event in own],
                "y": [chart_scale(_left(year, event), year.by_volume) for event in own],
                "marker": {"symbol": symbol, "size": 10, "color": tint,
                           "line": {"width": 1, "color": "#ffffff"}},
                "hovertemplate": "%{x}<extra>%{fullData.name}</extra>",
            })  # fmt: skip
    return found


def _first(event: CardLine, name: str) -> bool:
    """Whether to mark an event: a warning of the outlet repeats that of its card."""
    return event.card is not None or not name.startswith("warned")


def _left(year: CardYear, event: CardLine) -> int:
    """The balance at an event: its own, or the last one before it."""
    if event.balance is not None:
        return event.balance
    return next((left for at, left in reversed(year.left.items()) if at <= event.at), 0)


def _at(at: datetime) -> str:
    return at.isoformat(sep=" ")
