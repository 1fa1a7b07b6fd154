"""Sections of the simulated year, which opens with what it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from scenarios.results.formatting import name, one_unit, with_examples, yuan
from scenarios.results.plots.year_charts import (
    card_balances,
    card_events,
    efficiency,
    flow_of_rights,
    frictions,
    pollutant_of,
    prices_and_volumes,
)
from scenarios.results.report.html import (
    Markup,
    chart,
    folded,
    grid,
    paragraph,
    section,
    table_html,
    tag,
)
from scenarios.results.report.keyfigures import efficiency_figure, is_target, year_figures
from scenarios.results.report.plan_section import key_figures, pollutants_of
from scenarios.results.result import RunResult, Section, Table
from scenarios.text import t

FOLDED_FROM = 20
"""A longer table that no text introduces is folded away: about a screen of rows."""

ALL_PAYMENTS = 2_000
"""All payments are listed; of a province's thousands of pairs the files keep the rest (assumed)."""


def has_year(result: RunResult) -> bool:
    """Whether the run went on from the plan to a simulated year."""
    return any(table.spec.part == "year" and table.rows for table in result.tables.values())


def year_sections(result: RunResult) -> Iterator[Section]:
    """Every section of the year for which the run has results."""
    yield _section(result, "year", t("The year in figures"), _opening, needs="")
    yield from _sections(
        result,
        ("counterfactual", t("Rules used outside their place or time"), _counterfactual),
        ("happenings", t("Events of the year"), _happenings),
        ("cards", t("Cards over the year"), _cards),
        ("sessions", t("Prices and volumes"), _sessions),
        ("flow", t("Flow of rights"), _flow),
    )
    if result.summary.year is not None:
        yield _section(result, "efficiency", t("Efficiency"), _efficiency, needs="")
    yield from _sections(
        result,
        ("frictions", t("Cost of each friction in the actual rules"), _frictions),
        ("contracts", t("Leases, buybacks and pledges"), _plain("contracts")),
        ("payments", t("Who paid whom"), _payments),
        ("true_up", t("True-up"), _plain("true_up")),
        ("firms", t("Firms at the end of the year"), _plain("firms")),
    )


Content = Callable[[RunResult], Iterator[Markup]]


def _sections(result: RunResult, *wanted: tuple[str, str, Content]) -> Iterator[Section]:
    for table, title, content in wanted:
        if table in result.tables and result.tables[table].rows:
            yield _section(result, table.replace("_", "-"), title, content, needs=table)


def _section(
    result: RunResult, identifier: str, title: str, content: Content, *, needs: str
) -> Section:
    anchor = f"year-{identifier}" if needs else identifier
    return anchor, title, section(anchor, title, *content(result))


def _opening(result: RunResult) -> Iterator[Markup]:
    yield paragraph(
        tag("strong", t("Simulated behaviour, not a forecast.")),
        t(
            " Firms are simulated, with costs stated by the scenario or drawn at random; the "
            "rules are those of the sources named. The year shows the effect of such rules, "
            "not what will happen."
        ),
        class_="box",
    )
    if result.summary.year is not None:
        yield key_figures(year_figures(result.summary.year))


def _counterfactual(result: RunResult) -> Iterator[Markup]:
    yield paragraph(
        t("The year uses these rules although they were not in force at that place and time.")
    )
    yield table_html(result.tables["counterfactual"], result.labels)


def _happenings(result: RunResult) -> Iterator[Markup]:
    told = with_examples(result.tables["happenings"], result.events, result.labels)
    yield table_html(told, result.labels, leave_out=("kind",))


def _cards(result: RunResult) -> Iterator[Markup]:
    table = result.tables["cards"]
    for n, pollutant in enumerate(pollutants_of(table)):
        figure = card_balances(table, pollutant, result.labels)
        own = _of_pollutant(table, pollutant)
        caption = t("{pollutant}: quota left on cards, and emission",
                    pollutant=name(pollutant, result.labels))  # fmt: skip
        yield chart(figure, caption, table_html(own, result.labels), name=f"cards-{n}")
    yield chart(card_events(table), t("Card events by month"), None, name="card-events")


def _sessions(result: RunResult) -> Iterator[Markup]:
    table = result.tables["sessions"]
    products = dict.fromkeys(map(pollutant_of, table.column("product")))
    for n, pollutant in enumerate(products):
        figure = prices_and_volumes(table, pollutant, _references(result, pollutant))
        caption = t("{pollutant}: price and volume by session",
                    pollutant=name(pollutant, result.labels))  # fmt: skip
        yield chart(figure, caption, None, name=f"prices-{n}")
    yield _folded_if_long(table, table_html(table, result.labels, leave_out=("session",)))
    for more in ("unfilled", "trades"):
        if more in result.tables and result.tables[more].rows:
            own = result.tables[more]
            yield folded(t(own.spec.title), table_html(own, result.labels))


def _references(result: RunResult, pollutant: str) -> list[tuple[str, int]]:
    """The plan's marginal price, to hold the market's prices against."""
    if result.summary.planned is None:
        return []
    return [
        (t("marginal cost in the plan"), price.high_fen_per_t)
        for condition, price in result.summary.plan.shadow_prices.items()
        if is_target(condition, pollutant) and price.high_fen_per_t is not None
    ]


def _flow(result: RunResult) -> Iterator[Markup]:
    table = result.tables["flow"]
    for n, pollutant in enumerate(pollutants_of(table)):
        figure = flow_of_rights(table, pollutant)
        own = _of_pollutant(table, pollutant)
        caption = t("{pollutant}: origin and use of the year's rights",
                    pollutant=name(pollutant, result.labels))  # fmt: skip
        yield chart(figure, caption, table_html(own, result.labels), name=f"flow-{n}")


def _efficiency(result: RunResult) -> Iterator[Markup]:
    year = result.summary.year
    assert year is not None, "a section of years only"
    costs = year.evaluation
    yield paragraph(
        t(
            "Efficiency is the share of the possible gain from trade that was realised: "
            "(no-trade cost − cost of the year) ÷ (no-trade cost − optimum). Emission neither "
            "abated nor covered by a right is counted at the scenario's shortfall valuation "
            "(yuan/t)."
        )
    )
    yield key_figures([efficiency_figure(costs)])
    cases = {
        t("no trade"): costs.no_trade_fen,
        t("simulated year"): costs.realised_fen,
        t("optimum"): costs.optimum_fen,
    }
    with one_unit(cases.values()):
        rows = [[title, yuan(amount)] for title, amount in cases.items()]
    data = grid([t("Case"), t("Cost")], rows, [None, "n"])
    yield chart(efficiency(costs), t("Cost of meeting the cap"), data, name="efficiency")


def _frictions(result: RunResult) -> Iterator[Markup]:
    table = result.tables["frictions"]
    yield paragraph(
        t(
            "The same year with the same random draws and one friction removed: the saving "
            "without it."
        )
    )
    yield chart(frictions(table), t(table.spec.title), None, name="frictions", headed=True)
    yield table_html(table, result.labels, leave_out=("friction",))


def _payments(result: RunResult) -> Iterator[Markup]:
    table = result.tables["payments"]
    yield paragraph(
        t(
            "All money that changed its owner. What an owner moves between its own accounts, as "
            "into a deposit behind a bid and back, is no payment. “world” stands for all who are "
            "not simulated."
        )
    )
    yield _folded_if_long(table, table_html(table, result.labels, most=ALL_PAYMENTS))


def _plain(table: str) -> Content:
    def content(result: RunResult) -> Iterator[Markup]:
        own = result.tables[table]
        yield _folded_if_long(own, table_html(own, result.labels))

    return content


def _folded_if_long(table: Table, told: Markup) -> Markup:
    if len(table.rows) <= FOLDED_FROM:
        return told
    said = t("{count} rows", count=f"{len(table.rows):,}")  # more than FOLDED_FROM
    return folded(t(table.spec.title) + t(" ({note})", note=said), told)


def _of_pollutant(table: Table, pollutant: str) -> Table:
    column = [c.name for c in table.spec.columns].index("pollutant")
    return Table(table.spec, tuple(row for row in table.rows if row[column] == pollutant))
