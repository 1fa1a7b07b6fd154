"""Appearance of charts: colours, layout, and numbers rounded for the page."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from permits.quantity import FEN_PER_YUAN, MG_PER_T
from scenarios.results.formatting import in_currency
from scenarios.text import language, t
from scenarios.text.terminal import harmless

Figure = dict[str, Any]

# Okabe and Ito's colours, which the common kinds of colour blindness leave apart; the
# yellow is left out (too faint on white).
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7A5C99", "#8C8C8C")
INK, MUTED, GRID, PAPER = "#1c2733", "#5b6875", "#e3e8ee", "rgba(0,0,0,0)"
MARK = "#B22222"
KEPT, CUT = "#B4C0CC", "#34506B"  # what may still be emitted, what is cut: no group's colour
MILLIONS_FROM_YUAN = 3_000_000  # ticks of whole yuan would be seven digits wide
ROW_HEIGHT, CHROME_HEIGHT = 34, 110  # [px] two lines of a label; margins, legend and title


def figure(data: Sequence[Mapping[str, Any]], height: int, **layout: Any) -> Figure:
    """A figure in our layout; `layout` adds to it."""
    base: dict[str, Any] = {
        "height": height,
        "margin": {"l": 64, "r": 24, "t": 36, "b": 52},
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "font": {"size": 13, "color": INK},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "hoverlabel": {"align": "left"},
        "separators": ".,",
        "bargap": 0.28,
    }
    return {"data": [dict(trace) for trace in data], "layout": {**base, **layout}}


def axis(title: str = "", **more: Any) -> dict[str, Any]:
    """An axis with a quiet grid that makes room for its labels."""
    return {
        "title": {"text": in_currency(title), "font": {"size": 12, "color": MUTED}, "standoff": 8},
        "gridcolor": GRID,
        "zerolinecolor": "#b6c0ca",
        "automargin": True,
        "tickformat": "" if more.get("type") in ("category", "date") else ",~f",
        **more,
    }


def colour(number: int) -> str:
    """The colour of the n-th group; after the last they begin again."""
    return COLOURS[number % len(COLOURS)]


def safe(text: str) -> str:
    """Text as plotly shall show it: it reads `<b>` and `&amp;` as markup."""
    return html.escape(harmless(text), quote=False)


def wrapped(text: str, width: int = 30) -> str:
    """A long label in lines; Chinese has no spaces, so it breaks after `width / 2` signs."""
    wide = not text.isascii() and any(ord(sign) > 0x2E7F for sign in text)
    lines = textwrap.wrap(text, width // 2 if wide else width, break_long_words=wide)
    return "<br>".join(map(safe, lines))


def mass_t(mass_mg: int | None) -> float | None:
    """Tonnes to draw with; tables carry every milligram."""
    return None if mass_mg is None else _rounded(mass_mg / MG_PER_T)


def money_yuan(amount_fen: int | None) -> float | None:
    """Yuan to draw with, also for prices."""
    return None if amount_fen is None else _rounded(amount_fen / FEN_PER_YUAN)


def money_scale(amounts_fen: Iterable[int | None]) -> float:
    """Yuan per unit of an axis that reads well for the largest amount.

    1 for yuan; for large amounts a million, in Chinese ten thousand (万元).
    """
    largest = max((abs(amount) for amount in amounts_fen if amount is not None), default=0)
    large = 1e4 if language() == "zh" else 1e6
    return large if largest >= MILLIONS_FROM_YUAN * FEN_PER_YUAN else 1.0


def scaled(amount_fen: int | None, scale: float) -> float | None:
    """Money in units of `scale` yuan."""
    return None if amount_fen is None else _rounded(amount_fen / FEN_PER_YUAN / scale)


def in_t(place: str) -> str:
    """The mass that plotly finds at `place` of a hovered point, with its unit."""
    return t("{mass} t", mass=f"%{{{place}:,.1f}}")


def in_yuan_per_t(place: str) -> str:
    """The price that plotly finds at `place` of a hovered point, with its unit."""
    return in_currency(t("{price} yuan/t", price=f"%{{{place}:,.0f}}"))


def the_plan(x: float | None, y: float | None) -> dict[str, Any]:
    """The plan that the page is about, as a point on a chart of mass and money."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [x],
        "y": [y],
        "marker": {"color": MARK, "size": 12, "symbol": "diamond"},
        "name": t("the plan"),
        "hovertemplate": f"{in_t('x')}<br>%{{y:,.2f}}<extra>{t('the plan')}</extra>",
    }


def marked_line(x: list[float | None], y: list[float | None]) -> dict[str, Any]:
    """A line with a mark at each point, without a legend."""
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": x,
        "y": y,
        "line": {"color": colour(0), "width": 2},
        "marker": {"size": 7},
        "showlegend": False,
    }


def bars_height(rows: int) -> int:
    """Height [px] of a chart with this number of horizontal bars."""
    return CHROME_HEIGHT + ROW_HEIGHT * max(rows, 2)


def _rounded(value: float) -> float:
    return float(f"{value:.7g}")
