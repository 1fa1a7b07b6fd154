"""The section on uncertain inputs: before the plan, since its range is the wider one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scenarios.planning.uncertainty.chart import baselines, fan, influence
from scenarios.results.formatting import one_unit, percent, tonnes, yuan
from scenarios.results.report.html import Markup, chart, folded, paragraph, table_html, tag
from scenarios.results.report.keyfigures import to_fen, to_mg
from scenarios.results.report.question_parts import answers_of, titled
from scenarios.results.result import RunResult, Section
from scenarios.results.summary import PlanSummary
from scenarios.text import t

MOST_SOURCES = 60  # rows of a folded table: two screens; the CSV file has all
MIDDLE = ("p05", "p50", "p95")


def sections(result: RunResult) -> Iterator[Section]:
    """Effect of uncertain inputs, where draws were asked for."""
    plan = result.summary.plan
    if "uncertainty" in plan.answers:
        yield titled("doubt", t("Effect of uncertain inputs"), *_doubt(result, plan))


def lines(result: RunResult) -> Iterator[tuple[str, list[str]]]:
    """Results of the draws."""
    if found := list(doubt_lines(answers_of(result))):
        yield t("Effect of uncertain inputs"), found


def doubt_lines(answers: Mapping[str, Any]) -> Iterator[str]:
    """Results of the draws, line by line."""
    found = answers.get("uncertainty")
    if not found:
        return
    met, own = percent(found["met_share"]), found["of"] == "reduction"
    if own:
        yield t("No target was set, so each draw is solved for this plan's reduction.")
    told = {"share": met, "count": found["draws"]}
    yield (
        t("That reduction is achievable in {share} of {count} draws of the inputs.", **told)
        if own
        else t("The target can be met in {share} of {count} draws of the inputs.", **told)
    )
    yield from _range(found["cost_yuan"])
    if "bought_t" in found:
        low, middle, high = (tonnes(to_mg(found["bought_t"][key])) for key in MIDDLE)
        yield t("For the same money or price: median {middle}, 90 % of draws between {low} "
                "and {high}.", low=low, middle=middle, high=high)  # fmt: skip
    if found["plan_holds_share"] is not None:
        held = percent(found["plan_holds_share"])
        yield (
            t("Built unchanged, the plan cuts that much in {share} of them.", share=held)
            if own
            else t("Built unchanged, the plan meets its target in {share} of them.", share=held)
        )
    yield from _certain(found)


def _range(cost: dict[str, float | None]) -> Iterator[str]:
    """The least cost over all draws; where the target cannot be met it is beyond any."""
    known = {key: to_fen(cost[key]) for key in MIDDLE if cost[key] is not None}
    with one_unit(known.values()):
        low, middle, high = (yuan(known[key]) if key in known else None for key in MIDDLE)
    if low is not None and middle is None:
        yield t("Least cost: above {low} in 95 % of draws; in the median draw the target "
                "cannot be met.", low=low)  # fmt: skip
    elif low is not None and high is None:
        yield t("Least cost: median {middle}; 90 % of draws lie between {low} and a target "
                "that cannot be met.",
                low=low, middle=middle)  # fmt: skip
    elif low is not None:
        yield t("Least cost: median {middle}, 90 % of draws between {low} and {high}.",
                low=low, middle=middle, high=high)  # fmt: skip


def _certain(found: dict[str, Any]) -> Iterator[str]:
    certain = found["certain"]
    if certain is None:
        if found["plan_holds_share"] is not None:
            yield t("No plan of this kind reaches the required probability.")
        return
    amounts = [
        to_fen(certain[key]) for key in ("cost_yuan", "dearer_by_yuan", "no_such_plan_below_yuan")
    ]
    with one_unit(amounts):
        cost, more, bound = map(yuan, amounts)
    yield t(
        "A plan that meets it with probability {share} ({fresh} in fresh draws) costs {cost}, "
        "{more} more; no plan with that probability costs less than {bound}.",
        share=percent(certain["holds_share"]),
        fresh=percent(certain["holds_share_fresh_draws"]),
        cost=cost,
        more=more,
        bound=bound,
    )


def _doubt(result: RunResult, plan: PlanSummary) -> Iterator[Markup]:
    tables, labels = result.tables, result.labels
    yield paragraph(
        t(
            "Costs, efficiencies, baselines and applicability are drawn from assumed ranges; "
            "each draw is solved again, with parts of measures allowed."
        )
    )
    yield tag("ul", *(tag("li", line) for line in doubt_lines(plan.answers)), class_="box")
    asked = plan.answers["uncertainty"]["of"] == "target"
    of = plan.target_mg if asked else plan.reduction_mg or {}
    target = next(iter(of.values()), None)
    figure = fan(list(tables["doubt_fan"].dicts()), target, plan.cost_fen)
    data = table_html(tables["doubt_fan"], labels)
    yield chart(figure, t("Cost of each target, over all draws"), data, name="doubt-fan")
    yield paragraph(
        t("A band ends where some draws can no longer reach the target."),
        class_="note",
    )
    yield table_html(tables["doubt"], labels)
    if "doubt_baselines" in tables:
        data = table_html(tables["doubt_baselines"], labels)
        figure = baselines(list(tables["doubt_baselines"].dicts()))
        caption = t("Annual cost on each baseline, 90 % of draws")
        yield chart(figure, caption, data, name="doubt-baselines")
    if tables["influence"].rows:
        data = table_html(tables["influence"], labels)
        figure = influence(list(tables["influence"].dicts()))
        yield chart(figure, t("Sensitivity of the cost to each input"), data, name="influence")
        yield paragraph(
            t(
                "First-order effect: the share of the spread of cost that would disappear if "
                "this input alone were known. Total effect: the share that would remain if "
                "this input alone were uncertain."
            ),
            class_="note",
        )
    yield folded(t("By group"), table_html(tables["doubt_groups"], labels))
    sources = table_html(tables["doubt_sources"], labels, most=MOST_SOURCES)
    yield folded(t("Frequency of each source in the plan"), sources)
