"""The charts of the study of the sale by head count, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

# Pixels. TOP holds the title, two rows of legend and the label of the y axis.
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 480, 366, 58, 14, 88, 52
INK, SOFT, GRID = "#222222", "#5f6b66", "#e3e3e3"
COLOURS = ("#1f6f5c", "#b4531f", "#3b5b92", "#8a6d1d")
# Lines differ in dash as well as colour, so that a black-and-white print can be read.
DASHES = ("", "7 4", "2 4", "9 3 2 3")


@dataclass(frozen=True, slots=True)
class Line:
    """A named line; `ranges` are the intervals of its points."""

    name: str
    points: Sequence[tuple[float, float]]
    ranges: Sequence[tuple[float, float]] = ()
    dots: bool = True


@dataclass(frozen=True, slots=True)
class Axes:
    """The title, axis labels and ticks of a chart."""

    title: str
    x: str
    y: str
    x_ticks: Sequence[float]
    y_ticks: Sequence[float]
    names: Sequence[str] = ()  # in place of the numbers of `x_ticks`


def drawn(axes: Axes, lines: Sequence[Line]) -> str:
    """A line chart with markers and intervals, as SVG."""
    parts = [_frame(axes)]
    for at, line in enumerate(lines):
        parts.append(_legend(at, line.name, dash=DASHES[at]))
        path = " L".join(f"{_x(axes, x):.1f} {_y(axes, y):.1f}" for x, y in line.points)
        dash = f' stroke-dasharray="{DASHES[at]}"' if DASHES[at] else ""
        parts.append(
            f'<path d="M{path}" fill="none" stroke="{COLOURS[at]}" stroke-width="2.2"{dash}/>'
        )
        if line.dots:
            parts += [
                f'<circle cx="{_x(axes, x):.1f}" cy="{_y(axes, y):.1f}" r="3.2" '
                f'fill="{COLOURS[at]}"/>'
                for x, y in line.points
            ]
        for (x, _), (low, high) in zip(line.points, line.ranges, strict=False):
            parts.append(_whisker(axes, _x(axes, x), low, high, COLOURS[at]))
    return _whole(axes, parts)


def bars(axes: Axes, groups: Sequence[Line]) -> str:
    """Grouped bars from zero with their intervals, as SVG; x is 0, 1, 2 …"""
    parts, wide = [_frame(axes)], 20.0
    for at, group in enumerate(groups):
        parts.append(_legend(at, group.name))
        for (x, y), (low, high) in zip(group.points, group.ranges, strict=True):
            left = _x(axes, x) + (at - len(groups) / 2) * wide
            zero, top = _y(axes, 0.0), _y(axes, y)
            parts.append(
                f'<rect x="{left + 1:.1f}" y="{min(zero, top):.1f}" width="{wide - 2:.1f}" '
                f'height="{abs(zero - top):.1f}" fill="{COLOURS[at]}"/>'
            )
            parts.append(_whisker(axes, left + wide / 2, low, high, INK))
    return _whole(axes, parts)


def _frame(axes: Axes) -> str:
    low, high = TOP, HEIGHT - BOTTOM
    parts = []
    for tick in axes.y_ticks:
        y = _y(axes, tick)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{GRID}"/>')
        parts.append(_text(LEFT - 7, y + 5, f"{tick:g}", "end"))
    for at, tick in enumerate(axes.x_ticks):
        said = axes.names[at] if axes.names else f"{tick:g}"
        parts.append(_text(_x(axes, tick), high + 18, said, "middle"))
    parts.append(f'<path d="M{LEFT} {low}V{high}" stroke="{SOFT}"/>')
    return "\n".join(parts)


def _whole(axes: Axes, parts: Sequence[str]) -> str:
    said = [
        _text(LEFT - 50, 19, axes.title, "start", ' font-weight="bold"'),
        _text(LEFT - 50, TOP - 13, axes.y, "start"),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, axes.x, "middle"),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" font-family="sans-serif" '
        f'font-size="14">\n<title>{escape(axes.title)}</title>\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n'
        + "\n".join([*said, *parts])
        + "\n</svg>\n"
    )


def _legend(at: int, name: str, dash: str = "") -> str:
    x, y = LEFT - 50 + (at % 2) * 225, 38 + (at // 2) * 17
    mark = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="M{x} {y - 5}h24" stroke="{COLOURS[at]}" stroke-width="3"{mark}/>' + _text(
        x + 30, y, name, "start"
    )


def _whisker(axes: Axes, x: float, low: float, high: float, colour: str) -> str:
    top, foot = _y(axes, high), _y(axes, low)
    return (
        f'<path d="M{x:.1f} {top:.1f}V{foot:.1f}M{x - 4:.1f} {top:.1f}h8M{x - 4:.1f} '
        f'{foot:.1f}h8" stroke="{colour}" stroke-width="1.4"/>'
    )


def _text(x: float, y: float, said: str, anchor: str, more: str = "") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}"{more}>'
        f"{escape(said)}</text>"
    )


def _x(axes: Axes, value: float) -> float:
    low, high = min(axes.x_ticks), max(axes.x_ticks)
    edge = 44 if axes.names else 0
    return LEFT + edge + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT - 12 - 2 * edge)


def _y(axes: Axes, value: float) -> float:
    low, high = min(axes.y_ticks), max(axes.y_ticks)
    return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - BOTTOM - TOP)
