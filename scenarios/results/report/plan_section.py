"""Sections of the plan: its assumptions, the range over baselines, the plan, the inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from scenarios.results.formatting import NO_PLACE, Labels, name, word
from scenarios.results.plots.plan_charts import (
    baseline_cost,
    baseline_reach,
    cost_curve,
    quotas_by_group,
    sources_said,
)
from scenarios.results.report.html import (
    Markup,
    chart,
    folded,
    paragraph,
    section,
    table_html,
    tag,
)
from scenarios.results.report.keyfigures import (
    KeyFigure,
    assumption_lines,
    is_target,
    plan_figures,
    stated_lines,
)
from scenarios.results.report.question_parts import view_sections
from scenarios.results.result import ReportPlace, RunResult, Section, Table
from scenarios.text import pick, t

ALL_INPUTS = 2_000
"""All inputs are listed; only a catalogue of thousands is cut."""


def plan_sections(result: RunResult) -> Iterator[Section]:
    """Every section of the plan for which the run has results."""
    plan = result.summary.plan
    lines = [*stated_lines(plan), *assumption_lines(result.summary.assumed)]
    if lines:
        said = tag("ul", *(tag("li", line) for line in lines), class_="box")
        yield _section("assumptions", t("Reliance on assumptions"), said)
    if _has(result, "baselines") and len(set(result.tables["baselines"].column("baseline"))) > 1:
        yield _section("baselines", t("Effect of the baseline"), *_baselines(result))
    yield from view_sections(result, ReportPlace.BEFORE_PLAN)
    if not plan.feasible:
        yield from _curve_section(result)
        return
    figures = plan_figures(plan, result.labels)
    if figures:
        yield _section("plan", t("The least-cost plan"), key_figures(figures))
    yield from _curve_section(result)
    for table, title in (
        ("plan_by_sector", t("Quotas by sector")),
        ("plan_by_city", t("Quotas by city")),
    ):
        # Without sectors or cities all firms are one group, which a section need not show.
        if _has(result, table) and any(map(_is_named, _first_column(result.tables[table]))):
            yield _section(table.replace("_", "-"), title, *_groups(result, table))
    yield from view_sections(result, ReportPlace.AFTER_GROUPS)
    if _has(result, "conditions"):
        intro = paragraph(t("Cost of one more tonne of each condition; 0 where it does not bind."))
        conditions = table_html(result.tables["conditions"], result.labels)
        yield _section("conditions", t("Targets and side conditions"), intro, conditions)


def _curve_section(result: RunResult) -> Iterator[Section]:
    if _has(result, "curve"):
        yield _section("curve", t("Cost curve"), *_curves(result))
    yield from view_sections(result, ReportPlace.AFTER_CURVE)


def input_sections(result: RunResult) -> Iterator[Section]:
    """Every source and assumption, which ends the page."""
    if _has(result, "inputs"):
        table = result.tables["inputs"]
        intro = paragraph(
            t("Every input of the run: its status, reference, place and period of validity.")
        )
        content = [intro, _standing(table), table_html(table, result.labels, most=ALL_INPUTS)]
        yield _section("inputs", t("Every source and assumption"), *content)


def key_figures(figures: Sequence[KeyFigure]) -> Markup:
    """Figures as cards, side by side where there is room."""
    cards = [
        tag(
            "div",
            tag("dt", figure.title),
            tag("dd", figure.said),
            tag("dd", figure.note, class_="note") if figure.note else None,
        )
        for figure in figures
    ]
    return tag("dl", *cards, class_="figures")


def pollutants_of(table: Table) -> list[str]:
    """Pollutants of a table in the order of its rows."""
    return list(dict.fromkeys(table.column("pollutant")))


def _baselines(result: RunResult) -> Iterator[Markup]:
    table = result.tables["baselines"]
    yield paragraph(
        t(
            "The target is a number of tonnes; the emission it is cut from depends on the "
            "accounting basis. The same target on each basis stands first because this choice "
            "matters more than how exactly the plan is solved."
        )
    )
    for n, pollutant in enumerate(pollutants_of(table)):
        said = _said(pollutant, result, pollutants_of(table))
        reach = baseline_reach(table, pollutant)
        cost = baseline_cost(table, pollutant)
        yield tag(
            "div",
            chart(
                reach,
                said + t("Greatest possible reduction and the target"),
                None,
                name=f"reach-{n}",
            ),
            chart(cost, said + t("Cost of the target"), None, name=f"stories-{n}"),
            class_="pair",
        )
    yield table_html(_in_words(table, result.labels), {})


def _in_words(table: Table, labels: Labels) -> Table:
    """The baselines with what each counts in the language in force."""
    place = {column.name: n for n, column in enumerate(table.spec.columns)}
    rows = []
    for row in table.rows:
        cells, basis = list(row), row[place["baseline"]]
        cells[place["title"]] = pick(labels[basis]) if basis in labels else row[place["title"]]
        rows.append(tuple(cells))
    return Table(table.spec, tuple(rows))


def _curves(result: RunResult) -> Iterator[Markup]:
    table = result.tables["curve"]
    yield paragraph(
        t(
            "Each step is a measure in a sub-sector: its width is the reduction, its height "
            "the unit cost; full colour marks what the plan uses."
        )
    )
    sectors = _sector_of(result)
    for n, pollutant in enumerate(pollutants_of(table)):
        target = _target(result, pollutant)
        prices = _known_prices(result, pollutant)
        figure = cost_curve(table, pollutant, sectors, target, result.labels, prices)
        caption = _said(pollutant, result, pollutants_of(table)) + t(table.spec.title)
        alone = len(pollutants_of(table)) == 1
        data = table_html(_with_sources(table, pollutant), result.labels)
        yield chart(figure, caption, data, name=f"curve-{n}", headed=alone)


def _known_prices(result: RunResult, pollutant: str) -> list[dict[str, Any]]:
    """Known prices to mark on the cost curve of a pollutant, where that question is answered."""
    if not _has(result, "supply"):
        return []
    return [row for row in result.tables["supply"].dicts() if row["pollutant"] == pollutant]


def _first_column(table: Table) -> list[str | None]:
    return [row[0] for row in table.rows]


def _is_named(group: str | None) -> bool:
    return (group or "") not in NO_PLACE


def _with_sources(table: Table, pollutant: str) -> Table:
    """A pollutant's steps, each naming its sources as the chart does."""
    place = [column.name for column in table.spec.columns].index("first_sources")
    rows = [
        (*cells[:place], sources_said(row), *cells[place + 1 :])
        for row, cells in zip(table.dicts(), table.rows, strict=True)
        if row["pollutant"] == pollutant
    ]
    return Table(table.spec, tuple(rows))


def _groups(result: RunResult, table_name: str) -> Iterator[Markup]:
    table = result.tables[table_name]
    for n, pollutant in enumerate(pollutants_of(table)):
        figure = quotas_by_group(table, pollutant, result.labels)
        caption = _said(pollutant, result, pollutants_of(table)) + t(table.spec.title)
        anchor, alone = table_name.replace("_", "-"), len(pollutants_of(table)) == 1
        yield chart(figure, caption, None, name=f"{anchor}-{n}", headed=alone)
    yield table_html(table, result.labels)
    if table_name == "plan_by_sector" and _has(result, "plan_by_subsector"):
        parts = result.tables["plan_by_subsector"]
        yield folded(t(parts.spec.title), table_html(parts, result.labels))


def _standing(table: Table) -> Markup:
    """Number of inputs of each status."""
    counts: dict[str, int] = {}
    for status in table.column("status"):
        counts[status] = counts.get(status, 0) + 1
    said = [
        t("{title}: {said}", title=word(status), said=count)
        for status, count in sorted(counts.items())
    ]
    return paragraph(" · ".join(said), class_="note")


def _sector_of(result: RunResult) -> dict[str, str]:
    """The sector of each sub-sector, from the quotas, else from `sector.part` names."""
    found = {}
    if _has(result, "curve"):
        for subsector in result.tables["curve"].column("subsector"):
            if subsector and "." in subsector:
                found[subsector] = subsector.split(".")[0]
    if _has(result, "quotas"):
        quotas = result.tables["quotas"]
        pairs = set(zip(quotas.column("subsector"), quotas.column("sector"), strict=True))
        found |= {subsector: sector for subsector, sector in pairs if subsector and sector}
    if _has(result, "plan_by_sector"):
        # Without sub-sectors the steps are those of sectors.
        for sector in result.tables["plan_by_sector"].column("sector"):
            if sector:
                found.setdefault(sector, sector)
    return found


def _target(result: RunResult, pollutant: str) -> dict[str, Any]:
    """The pollutant's target and marginal price: from the conditions, else the baselines."""
    if _has(result, "conditions"):
        for row in result.tables["conditions"].dicts():
            if is_target(row["condition"], pollutant):
                return row
    if _has(result, "baselines"):
        for row in result.tables["baselines"].dicts():
            if row["chosen"] and row["pollutant"] == pollutant:
                return row
    return {}


def _said(pollutant: str, result: RunResult, all_of_them: Sequence[str]) -> str:
    """The pollutant before a caption, where there are several."""
    if len(all_of_them) < 2:
        return ""
    # The colon of the language, without the space that would follow it in English only.
    return t("{title}: {said}", title=name(pollutant, result.labels), said="")


def _has(result: RunResult, table: str) -> bool:
    return table in result.tables and len(result.tables[table]) > 0


def _section(identifier: str, title: str, *children: Markup) -> Section:
    return identifier, title, section(identifier, title, *children)
