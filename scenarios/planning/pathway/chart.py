"""Chart of a pathway: reductions by year and sector, with the targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenarios.results.formatting import Labels, name
from scenarios.results.plots.theme import INK, Figure, axis, colour, figure, in_t, mass_t, safe
from scenarios.text import t


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
