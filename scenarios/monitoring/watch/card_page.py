"""The card's year as a page: one file that opens with no network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from permits.card import Controller, Said
from permits.quantity import MG_PER_T
from scenarios.monitoring.watch.card_months import CardYear, Month
from scenarios.monitoring.watch.charts import balance_line, month_bars, unit
from scenarios.monitoring.watch.event_texts import L_PER_M3, amount_text, sentence
from scenarios.results.report.html import Markup, chart, grid, paragraph, section, tag
from scenarios.results.report.page import document
from scenarios.text import t

MOST_EVENTS = 200  # rows of a card's table; the remainder is counted (assumed)
ORDERS = frozenset({
    Said.STOP_PUMP, Said.CLOSE_VALVE, Said.OPEN_VALVE, Said.START_PUMP, Said.STOP_LINE,
    Said.RELEASE_LINE, Said.CUT_LOAD, Said.RESTORE_LOAD,
})  # fmt: skip


def card_page(
    years: Sequence[CardYear],
    outlets: Mapping[str, Controller],
    *,
    notes: Sequence[str] = (),
) -> str:
    """The page of these cards, in the language in force.

    Args:
        years: the cards' years, in order.
        outlets: the controllers at the end, by name.
        notes: assumptions and exclusions, shown under the title.
    """
    title = t("A card over the year") if len(years) == 1 else t("{count} cards over the year",
                                                              count=len(years))  # fmt: skip
    lead = t("Loaded quota, use, and the actions of the controller.")
    head = tag(
        "header",
        tag("h1", title),
        paragraph(lead, class_="lead"),
        *(paragraph(note, class_="note") for note in notes),
    )
    links = [tag("a", year.name, href=f"#card-{n}") for n, year in enumerate(years)]
    parts = [_card(n, year, outlets[year.outlet]) for n, year in enumerate(years)]
    contents = tag("nav", *links, aria_label=t("Contents")) if len(years) > 1 else None
    return document(title, filter(None, (head, contents, tag("main", *parts))))


def _card(n: int, year: CardYear, outlet: Controller) -> Markup:
    title = f"{year.name} · {year.card.firm} · {year.outlet} · {year.card.pollutant}"
    return section(
        f"card-{n}",
        title,
        tag("dl", *_figures(year), class_="figures"),
        chart(month_bars(year), t("Month by month"), _months_table(year), name=f"months-{n}"),
        chart(balance_line(year), t("Remaining monthly load"), None, name=f"left-{n}"),
        tag("h3", t("What happened")),
        *_events(year, outlet),
    )


def _more(count: int) -> str:
    return t("and 1 more event" if count == 1 else "and {count} more events", count=f"{count:,}")


def _figures(year: CardYear) -> Iterator[Markup]:
    used = sum(month.used for month in year.months)
    over = sum(month.breach for month in year.months)
    said = [event.said for event in year.events if event.card is not None]
    outlet = [event.said for event in year.events if event.card is None]
    told = (
        (t("Used in the year"), amount_text(used, year.by_volume)),
        (t("Quota of the year"), amount_text(sum(year.card.quota_mg), year.by_volume)),
        (t("Warnings"), str(said.count(Said.WARNED80) + said.count(Said.WARNED90))),
        (t("Stopped"), str(outlet.count(Said.SHUT) + outlet.count(Said.CURTAILED))),
        (t("Beyond the load"), amount_text(over, year.by_volume)),
    )
    for name, value in told:
        yield tag("div", tag("dt", name), tag("dd", value))


def _months_table(year: CardYear) -> Markup:
    heads = [t("Month"), *(f"{name}, {unit(year.by_volume)}" for name in (
        t("Loaded"), t("Topped up"), t("Shifted in"), t("Used"), t("Beyond the load")
    ))]  # fmt: skip
    rows = [[month.name, *_plain(month, year.by_volume)] for month in year.months]
    return grid(heads, rows, ["d", "n", "n", "n", "n", "n"])


def _plain(month: Month, by_volume: bool) -> list[str]:
    scale = L_PER_M3 if by_volume else MG_PER_T
    values = (month.loaded, month.topped_up, month.shifted, month.used, month.breach)
    return [f"{value / scale:,.4f}" for value in values]


def _events(year: CardYear, outlet: Controller) -> Iterator[Markup]:
    """The events as a table, without orders, which follow from them."""
    told = [event for event in year.events if event.said not in ORDERS]
    rows = [
        [f"{event.at:%Y-%m-%d %H:%M:%S}", sentence(event, outlet)] for event in told[:MOST_EVENTS]
    ]
    yield grid([t("When"), t("What")], rows, ["d", "w"])
    if len(told) > MOST_EVENTS:
        more = len(told) - MOST_EVENTS
        yield paragraph(_more(more), class_="note")
