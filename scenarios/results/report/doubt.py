"""The section on doubtful inputs: it stands before the plan, since it is the wider range."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scenarios.results.formatting import percent, tonnes, yuan
from scenarios.results.plots.doubt import baselines, fan, influence
from scenarios.results.report.html import Markup, chart, folded, paragraph, section, table_html, tag
from scenarios.results.report.keyfigures import by_pollutant, to_fen, to_mg
from scenarios.results.result import RunResult
from scenarios.text import t

MOST_SOURCES = 60
MIDDLE = ("p05", "p50", "p95")


def doubt_lines(allocation: dict[str, Any]) -> Iterator[str]:
    """What the draws say, line by line."""
    found = allocation.get("uncertainty")
    if not found:
        return
    met, own = percent(found["met_share"]), found["of"] == "reduction"
    if own:
        yield t("No target is asked for, so every draw asks for the reduction of this plan.")
    told = {"share": met, "count": found["draws"]}
    yield (
        t("In {share} of {count} draws of the inputs that reduction can be had.", **told)
        if own
        else t("In {share} of {count} draws of the inputs the target can be met.", **told)
    )
    yield from _range(found["cost_yuan"])
    if "bought_t" in found:
        low, middle, high = (tonnes(to_mg(found["bought_t"][key])) for key in MIDDLE)
        yield t("For the same money or price: {middle} in the middle, {low} to {high} in nine of "
                "ten draws.", low=low, middle=middle, high=high)  # fmt: skip
    if found["plan_holds_share"] is not None:
        held = percent(found["plan_holds_share"])
        yield (
            t("Built as it stands, the plan cuts that much in {share} of them.", share=held)
            if own
            else t("Built as it stands, the plan meets its target in {share} of them.", share=held)
        )
    yield from _certain(found)


def _range(cost: dict[str, float | None]) -> Iterator[str]:
    """The least cost over all draws; where the target cannot be met it is beyond any."""
    low, middle, high = (
        None if cost[key] is None else yuan(to_fen(cost[key])) for key in MIDDLE
    )  # fmt: skip
    if low is not None and middle is None:
        yield t("Least cost: above {low} in nineteen of twenty draws, and in the middle out of "
                "reach.", low=low)  # fmt: skip
    elif low is not None and high is None:
        yield t("Least cost: {middle} in the middle, from {low} to out of reach in nine of ten.",
                low=low, middle=middle)  # fmt: skip
    elif low is not None:
        yield t("Least cost: {middle} in the middle, {low} to {high} in nine of ten.",
                low=low, middle=middle, high=high)  # fmt: skip


def _certain(found: dict[str, Any]) -> Iterator[str]:
    certain = found["certain"]
    if certain is None:
        if found["plan_holds_share"] is not None:
            yield t("No plan of this kind is as certain as was asked.")
        return
    yield t(
        "A plan that meets it in {share} ({fresh} of fresh draws) costs {cost}, {more} more; "
        "none so certain costs less than {bound}.",
        share=percent(certain["holds_share"]),
        fresh=percent(certain["holds_share_fresh_draws"]),
        cost=yuan(to_fen(certain["cost_yuan"])),
        more=yuan(to_fen(certain["dearer_by_yuan"])),
        bound=yuan(to_fen(certain["no_such_plan_below_yuan"])),
    )


def doubt_section(result: RunResult) -> Iterator[tuple[str, str, Markup]]:
    """What doubtful inputs do, where draws were asked for."""
    plan = result.summary.get("allocation") or {}
    if "uncertainty" in plan:
        title = t("What doubtful inputs do")
        yield "doubt", title, section("doubt", title, *_doubt(result, plan))


def _doubt(result: RunResult, plan: dict[str, Any]) -> Iterator[Markup]:
    tables, labels = result.tables, result.labels
    yield paragraph(
        t(
            "Costs, efficiencies, baselines and reach are drawn within ranges that are assumed; "
            "every draw is planned anew, in parts of measures."
        )
    )
    yield tag("ul", *(tag("li", line) for line in doubt_lines(plan)), class_="box")
    asked = plan["uncertainty"]["of"] == "target"
    of = plan.get("target_t" if asked else "reduction_t")
    targets = list(by_pollutant(of, plan).values())
    target = to_mg(targets[0]) if targets else None
    cost = None if plan.get("cost_yuan") is None else to_fen(plan["cost_yuan"])
    figure = fan(list(tables["doubt_fan"].dicts()), target, cost)
    data = table_html(tables["doubt_fan"], labels)
    yield chart(figure, t("What a target costs, over all draws"), data, name="doubt-fan")
    yield paragraph(
        t("A band ends where its upper edge is out of reach: some draws cannot go further."),
        class_="note",
    )
    yield table_html(tables["doubt"], labels)
    if "doubt_baselines" in tables:
        data = table_html(tables["doubt_baselines"], labels)
        figure = baselines(list(tables["doubt_baselines"].dicts()))
        caption = t("Annual cost on each baseline, nine draws in ten")
        yield chart(figure, caption, data, name="doubt-baselines")
    if tables["influence"].rows:
        data = table_html(tables["influence"], labels)
        figure = influence(list(tables["influence"].dicts()))
        yield chart(figure, t("Which input makes the spread of cost"), data, name="influence")
        yield paragraph(
            t(
                "By itself: how much of the spread of cost would go if this input alone were "
                "known. With the others: how much stays if it alone is doubtful."
            ),
            class_="note",
        )
    yield folded(t("By group"), table_html(tables["doubt_groups"], labels))
    sources = table_html(tables["doubt_sources"], labels, most=MOST_SOURCES)
    yield folded(t("How often each source is in the plan"), sources)
