"""One moment as a picture for the terminal: balances, marks, states, the last events.

Up to three cards have a panel each with a wide bar; more stand in a table. The picture
fits its height: fewer events, then fewer cards are shown, with the number left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from permits.card import Card, CardLine, Controller
from permits.card.modes import Mode
from scenarios.monitoring.watch.event_texts import ALARMING, WARNING, WORDS, amount_text, sentence
from scenarios.text import t

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table
    from rich.text import Text

WIDE, HIGH = 80, 24  # the classic size of a terminal
PANELS = 3  # cards that have a panel each
PANEL_LINES, CHROME_LINES = 4, 5  # lines of a panel; of clock, rule and gaps
TABLE_BAR, NARROW_BAR, NARROW = 20, 12, 100  # bars, and the width that parts them (assumed)
TABLE_REST = 48  # all columns but the name and the bar, with their gaps
LEAST_NAME = 12  # shorter names cannot be told apart (assumed)
LEAST_EVENTS = 4  # events that stay visible before cards are left out (assumed)
STYLES = {
    Mode.OPEN: "green",
    Mode.WARNED80: "yellow",
    Mode.WARNED90: "bold yellow",
    Mode.OFFLINE: "magenta",
    Mode.MAINTENANCE: "magenta",
    Mode.POWER_LOSS: "magenta",
}
FULL, EMPTY, OVER = "█", "·", "▓"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The contents of the screen at one time."""

    at: datetime
    outlets: Mapping[str, Controller]
    names: Mapping[str, tuple[str, ...]]
    last: tuple[tuple[str, CardLine], ...] = ()  # outlet and line, the latest last
    done: bool = False
    below: tuple[str, ...] = ()  # further lines, under the cards


def view(moment: Snapshot, width: int = WIDE, height: int = HIGH) -> Group:
    """The moment as a rich renderable that fits `width` and `height`.

    Args:
        moment: the contents.
        width: columns of the screen.
        height: lines of the screen.
    """
    from rich.console import Group

    cards = [(name, n) for name, c in moment.outlets.items() for n in range(len(c.cards))]
    room = max(height - CHROME_LINES - len(moment.below), LEAST_EVENTS)
    if len(cards) <= PANELS and PANEL_LINES * len(cards) + LEAST_EVENTS <= room:
        body = [line for place in cards for line in _panel(moment, *place, width)]
        used = PANEL_LINES * len(cards)
    else:
        most = max(min(len(cards), room - LEAST_EVENTS - 2), 1)
        # The fullest first; a row moves only when its card crosses a threshold.
        cards.sort(key=lambda place: -moment.outlets[place[0]].cards[place[1]].rank)
        body = [_table(moment, cards[:most], width), *_hidden(len(cards) - most)]
        used = most + 2 + (len(cards) > most)
    events = _events(moment, max(room - used, 1), width)
    below = [_cut(f" {line}", width) for line in moment.below]
    return Group(_clock(moment, width), *body, *below, _rule(t("Last events"), width), *events)


def _cut(line: str, width: int) -> Text:
    from rich.text import Text

    text = Text(line, style="dim")
    text.truncate(width, overflow="ellipsis")
    return text


def _clock(moment: Snapshot, width: int) -> Text:
    from rich.text import Text

    state = t("ended") if moment.done else t("Ctrl-C to stop")
    line = Text().append(f" {moment.at:%Y-%m-%d %H:%M:%S} ", style="reverse bold")
    line.append(f"  {t('cards')}: {sum(len(c.cards) for c in moment.outlets.values())}")
    line.append(f"  {state}", style="dim")
    line.truncate(width)
    return line


def _panel(moment: Snapshot, outlet: str, n: int, width: int) -> Iterator[RenderableType]:
    """A card: name and state, the bar, its marks, the figures."""
    from rich.text import Text

    controller = moment.outlets[outlet]
    card, volume = controller.cards[n], controller.by_volume[n]
    head = Text()
    head.append(f" {_name(moment, outlet, n)}", style="bold")
    head.append(f"  {card.firm} · {outlet} · {card.pollutant}   ")
    head.append(f"● {t(WORDS[controller.mode])}", style=_style(controller.mode))
    if not controller.linked and controller.mode is not Mode.OFFLINE:
        head.append(f" · {t(WORDS[Mode.OFFLINE])}", style=STYLES[Mode.OFFLINE])
    head.truncate(width)
    yield head
    long = width - 9
    yield Text(" ").append_text(_bar(card, long)).append(f" {_percent(card):>5} %")
    yield Text(" " + _marks(card, long), style="dim")
    left = amount_text(card.loaded_mg - card.used_mg, volume)
    figures = t(
        "month {month}: {used} of {loaded} used, {left} left",
        month=card.month,
        used=amount_text(card.used_mg, volume),
        loaded=amount_text(card.loaded_mg, volume),
        left=left,
    )
    line = Text(f" {figures if card.month else t('waiting for the first reading')}")
    line.truncate(width)
    yield line


def _table(moment: Snapshot, cards: Sequence[tuple[str, int]], width: int) -> Table:
    from rich.table import Table
    from rich.text import Text

    bar = NARROW_BAR if width < NARROW else TABLE_BAR
    room = max(width - bar - TABLE_REST, LEAST_NAME)
    table = Table(box=None, padding=(0, 1), pad_edge=False, expand=False)
    for title in (t("Card"), t("Pollutant"), t("Month used"), "", t("Left"), t("State")):
        table.add_column(title, no_wrap=True, overflow="ellipsis")
    for outlet, n in cards:
        controller = moment.outlets[outlet]
        card = controller.cards[n]
        table.add_row(
            _shortened(_name(moment, outlet, n), room),
            card.pollutant,
            _bar(card, bar),
            f"{_percent(card):>4} %",
            amount_text(card.loaded_mg - card.used_mg, controller.by_volume[n]),
            Text(t(WORDS[controller.mode]), style=_style(controller.mode)),
        )
    return table


def _shortened(name: str, most: int) -> str:
    """A long name without its middle: names differ mostly at their ends."""
    from rich.cells import cell_len, set_cell_size

    if cell_len(name) <= most:
        return name
    tail = name
    while cell_len(tail) > most // 2:
        tail = tail[1:]
    return set_cell_size(name, most - 1 - cell_len(tail)).rstrip() + "…" + tail


def _hidden(count: int) -> list[RenderableType]:
    from rich.text import Text

    said = t("and 1 more card" if count == 1 else "and {count} more cards", count=f"{count:,}")
    return [Text(said, style="dim")] if count > 0 else []


def _events(moment: Snapshot, room: int, width: int) -> list[RenderableType]:
    from rich.text import Text

    lines: list[RenderableType] = []
    for outlet, record in moment.last[-room:]:
        controller = moment.outlets[outlet]
        who = outlet if record.card is None else _name(moment, outlet, record.card)
        line = Text().append(f" {record.at:%m-%d %H:%M:%S}  ", style="dim")
        alarming, warning = record.said in ALARMING, record.said in WARNING
        style = "red" if alarming else "yellow" if warning else ""
        line.append(f"{who}  {sentence(record, controller)}", style=style)
        line.truncate(width, overflow="ellipsis")
        lines.append(line)
    return lines if moment.done else lines + [Text("")] * (room - len(lines))


def _rule(title: str, width: int) -> Text:
    from rich.cells import cell_len
    from rich.text import Text

    return Text(f"── {title} " + "─" * max(width - cell_len(title) - 4, 0), style="dim")


def _bar(card: Card, long: int) -> Text:
    """The share of the load used; the excess has another sign, beyond the 100 % mark."""
    from rich.text import Text

    share = _share(card)
    full = long * FULL_AT // SCALE
    filled = min(round(share * full), full)
    over = min(round(max(share - 1, 0) * full), long - full)
    bar = Text().append(FULL * filled, style=_bar_style(card))
    bar.append(EMPTY * (full - filled), style="dim")
    bar.append(OVER * over, style="bold red")
    return bar.append(" " * (long - full - over))


FULL_AT, SCALE = 100, 108  # a bar has some room beyond 100 %


def _marks(card: Card, long: int) -> str:
    """80, 90 and 100 below their places on the bar."""
    full = long * FULL_AT // SCALE
    line = [" "] * (long + 4)
    for percent in (*card.rules.warn_percent, FULL_AT):
        place = max(round(full * percent / FULL_AT) - 1, 0)
        line[place : place + 1 + len(str(percent))] = "▲" + str(percent)
    return "".join(line).rstrip()


def _bar_style(card: Card) -> str:
    first, second = card.rules.warn_percent
    percent = 100 * _share(card)
    if percent >= FULL_AT:
        return "red"
    return "bold yellow" if percent >= second else "yellow" if percent >= first else "green"


def _share(card: Card) -> float:
    """Used of the load; a card with no load is full as soon as anything is used."""
    if card.loaded_mg <= 0:
        return 1.0 if card.loaded_mg < 0 or card.used_mg else 0.0
    return card.used_mg / card.loaded_mg


def _percent(card: Card) -> str:
    return f"{100 * _share(card):.0f}"


def _name(moment: Snapshot, outlet: str, n: int) -> str:
    return moment.names[outlet][n] if outlet in moment.names else f"{outlet}/{n + 1}"


def _style(mode: Mode) -> str:
    return STYLES.get(mode, "bold red")
