"""Places within places: as large as what they cut, as dark as its share of the baseline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scenarios.results.formatting import Labels, name, percent, word
from scenarios.results.plots.theme import INK, Figure, figure, in_t, mass_t, wrapped
from scenarios.text import t

LEVELS = ("province", "city", "county", "firm")
LIGHT, DARK = "#eef5fa", "#4f9fd1"  # dark text reads well on all of them
EDGE = {"color": "#ffffff", "width": 1}
LABEL_WIDTH = 11  # characters of a line: areas of one firm are about 60 px wide
HEIGHT = 540  # [px] a map and its key on a laptop's screen without scrolling
OTHERS = "/others"
DIGITS = 12  # sums of whole numbers this long are exact in plotly's floats
Row = Mapping[str, Any]


def place_map(rows: Sequence[Row], labels: Labels) -> Figure:
    """A treemap of the rows of `plan_by_place` of one pollutant.

    A row of level `others` stands for parts of a place that are not named: all, or those of
    the sector that it has for a name. A place
    whose parts are not all among the rows leaves room for the others.
    """
    shares = [row["reduction_share"] or 0.0 for row in rows]
    said = [_title(row, labels) for row in rows]
    tiles = {
        "type": "treemap",
        "ids": [_id(_path(row)) + OTHERS * (row["level"] == "others") for row in rows],
        "parents": [_parent(row) for row in rows],
        "labels": said,
        "values": _areas(rows),
        "branchvalues": "total",
        "text": [percent(share) for share in shares],
        "texttemplate": "%{label}<br>%{text}",
        "customdata": [
            [mass_t(row[column]) for column in ("reduction_t", "baseline_t", "quota_t")]
            for row in rows
        ],
        "hovertemplate": "<br>".join(("%{label}", *_hovered())) + "<extra></extra>",
        "marker": {
            "colors": shares,
            "colorscale": [[0, LIGHT], [1, DARK]],
            "cmin": 0,
            "cmax": max(shares, default=0.0) or 1.0,
            "line": EDGE,
            "showscale": True,
            "colorbar": {
                "orientation": "h",
                "thickness": 10,
                "lenmode": "fraction",
                "len": 0.5,
                "x": 0,
                "xanchor": "left",
                "y": -0.01,
                "yanchor": "top",
                "tickformat": ".0%",
                "nticks": 5,
                "outlinewidth": 0,
                "title": {"text": t("Share of the baseline cut"), "side": "top"},
            },
        },
        "textfont": {"color": INK},
        "tiling": {"pad": 2},
        "pathbar": {"thickness": 26},
    }
    return figure(
        [tiles],
        HEIGHT,
        margin={"l": 0, "r": 0, "t": 30, "b": 64},
        # Smaller type is not read; such a name shows when the area is opened or pointed at.
        uniformtext={"minsize": 9, "mode": "hide"},
    )


def _hovered() -> Iterator[str]:
    """Cut with its share, baseline and quota."""
    for n, title in enumerate((t("Reduction"), t("Baseline"), t("Quota"))):
        share = "" if n else " · %{text}"
        yield t("{title}: {said}", title=title, said=in_t(f"customdata[{n}]")) + share


def _areas(rows: Sequence[Row]) -> list[int]:
    """Areas as whole numbers, rounded down.

    So the parts of a place never add up to more than the place, which plotly would refuse
    to draw.
    """
    unit = max(10 ** (len(str(max(row["reduction_t"] for row in rows))) - DIGITS), 1)
    return [row["reduction_t"] // int(unit) for row in rows]


def _path(row: Row) -> list[str]:
    """The place's names from the top down; levels that the plan does not have are left out."""
    return [row[level] for level in LEVELS if row[level] is not None]


def _id(path: Sequence[str]) -> str:
    """Names may hold any character, so each stands with its length."""
    return "/".join(["all", *(f"{len(part)}:{part}" for part in path)])


def _parent(row: Row) -> str:
    return "" if row["level"] == "all" else _id(_path(row)[:-1])


def _title(row: Row, labels: Labels) -> str:
    if row["level"] == "all":
        return word("all")
    last = _path(row)[-1]
    if row["level"] == "others":
        return wrapped(last, LABEL_WIDTH) if last else word("others")
    return wrapped(name(last, labels), LABEL_WIDTH) if last else t("not named")
