"""Chart of the trade-off between two pollutants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenarios.results.plots.theme import Figure, axis, figure, in_t, marked_line, mass_t, safe
from scenarios.text import t


def between(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Largest reduction of the second pollutant for each reduction of the first."""
    first, second = (safe(rows[0][key]) for key in ("first", "second"))
    line = marked_line(
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
