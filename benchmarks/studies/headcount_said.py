"""Formatting of the study of the sale by head count: tables, intervals, wrapped lines."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from headcount_play import Mixed

from market.laboratory.studies.estimate import Estimate

WIDTH = 100  # line length of the repository


def wrapped(block: str) -> str:
    """A paragraph or list wrapped at WIDTH; headings, tables, images and code unchanged."""
    if block.startswith(("#", "|", "!", "```")):
        return block
    items = re.split(r"\n(?=- |\d+\. )", block)
    return "\n".join(
        textwrap.fill(
            " ".join(item.split()),
            WIDTH,
            subsequent_indent=" " * len(found[0])
            if (found := re.match(r"- |\d+\. ", item))
            else "",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for item in items
    )


def table(heads: Sequence[str], rows: Iterator[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def number(value: float, digits: int) -> str:
    """A number with a typographic minus sign, and none before a rounded zero."""
    text = f"{value:.{digits}f}"
    return text.replace("-", "" if float(text) == 0 else "−")


def said(one: Estimate, digits: int) -> str:
    """A mean and its 95 % interval in brackets."""
    return f"{number(one.mean, digits)} [{number(one.low, digits)}, {number(one.high, digits)}]"


def within(one: Estimate, digits: int = 3) -> str:
    """A mean ± half its interval; `digits` 3 shows the noise of 40,000 replications."""
    return f"{number(one.mean, digits)} ± {(one.high - one.low) / 2:.{digits}f}"


def percent(one: Estimate) -> str:
    return f"{100 * one.mean:.1f} %"


def share_said(part: float) -> str:
    return f"{100 * part:.0f} %"


def points_said(share: float) -> str:
    return number(100 * share, 1)


def said_points(one: Estimate) -> str:
    return said(scaled(one, 100), 1)


def said_share(one: Estimate) -> str:
    return f"{said(scaled(one, 100), 1)} %"


def negative(one: Estimate) -> Estimate:
    return Estimate(-one.mean, -one.high, -one.low, one.n)


def scaled(one: Estimate, by: float) -> Estimate:
    return Estimate(by * one.mean, by * one.low, by * one.high, one.n)


def mix_said(one: Mixed) -> str:
    """The habits of a mix with their shares, largest first, without those below 1 %."""
    big = sorted(
        ((share, name) for name, share in one.shares.items() if share >= 0.01), reverse=True
    )
    return ", ".join(f"{name} {share_said(share)}" for share, name in big)
