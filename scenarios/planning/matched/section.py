"""Measures matched to sources of an inventory or register, and plans under both costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scenarios.results.formatting import one_unit, tonnes, yuan
from scenarios.results.report.html import Markup, folded, paragraph, table_html, tag
from scenarios.results.report.keyfigures import to_fen, to_mg
from scenarios.results.report.question_parts import answers_of, titled
from scenarios.results.result import RunResult, Section, Table
from scenarios.text import t

MOST = 60  # rows of a folded table: two screens; the CSV file has all


def sections(result: RunResult) -> Iterator[Section]:
    """Inventory and register, where the plan was made from one."""
    plan = answers_of(result)
    if "inventory" in plan:
        yield titled("inventory", t("Measures matched to the inventory"), *_inventory(result))
    if "unmatched" in plan:
        yield titled("register", t("Measures matched to the register"), *_register(result))


def lines(result: RunResult) -> Iterator[tuple[str, list[str]]]:
    """The plan under both costs."""
    if both := list(both_lines(answers_of(result))):
        yield t("Both costs"), both


def both_lines(plan: Mapping[str, Any]) -> Iterator[str]:
    """The plan under US and under Chinese costs, line by line."""
    both = plan.get("both_costs")
    if not both:
        return
    costs = {key: both[key]["cost_yuan"] for key in ("us", "china")}
    for key, said in (("us", t("Under US costs")), ("china", t("Under Chinese costs"))):
        cost = costs[key]
        with one_unit(to_fen(one) for one in costs.values() if one is not None):
            amount = t("cannot be met") if cost is None else yuan(to_fen(cost))
        yield t("{title}: {said}", title=said, said=amount)
    count = f"{both['same_quotas'] + both['other_quotas']:,}"
    yield t(
        "{same} of {all} quotas are the same under both, {other} differ.",
        same=f"{both['same_quotas']:,}",
        all=count,
        other=f"{both['other_quotas']:,}",
    )
    yield from _crossed(both, count)


def _crossed(both: dict[str, Any], count: str) -> Iterator[str]:
    """Cost of the plan under US costs if the Chinese ones are right."""
    cost, least = both["us"]["under_the_other_yuan"], both["china"]["cost_yuan"]
    if cost is None or least is None:
        return
    if both["standing_quotas"] > both["same_quotas"]:
        yield t(
            "The plan under US costs is also a least-cost plan under Chinese costs: where quotas "
            "differ, the plans cost the same, and all {all} quotas hold.",
            all=count,
        )
        return
    with one_unit((to_fen(cost), to_fen(cost) - to_fen(least))):
        said = t(
            "The plan under US costs would cost {cost} under Chinese costs, {more} more than "
            "the least cost.",
            cost=yuan(to_fen(cost)),
            more=yuan(to_fen(cost) - to_fen(least)),
        )
    yield said


def _inventory(result: RunResult) -> Iterator[Markup]:
    said = answers_of(result)["inventory"]
    yield paragraph(
        t(
            "{matched} of {rows} inventory records have a measure to choose from; {unmatched} "
            "have none and stay unchanged.",
            matched=f"{said['matched']:,}",
            rows=f"{said['rows']:,}",
            unmatched=f"{said['unmatched']:,}",
        )
    )
    for each in ("epa_unmatched", "epa_matched"):
        if each in result.tables and result.tables[each].rows:
            table = result.tables[each]
            yield folded(t(table.spec.title), table_html(table, result.labels, most=MOST))


def _register(result: RunResult) -> Iterator[Markup]:
    said = answers_of(result)["unmatched"]
    if said["rows"]:
        yield paragraph(
            t(
                "{rows} rows of the register with {mass} have no measure and stay unchanged.",
                rows=f"{said['rows']:,}",
                mass=tonnes(to_mg(said["baseline_t"])),
            )
        )
        table = result.tables["unmatched"]
        yield folded(t(table.spec.title), table_html(table, result.labels, most=MOST))
    else:
        yield paragraph(t("Every row of the register has a measure."))
    lines = list(both_lines(answers_of(result)))
    if lines:
        yield tag("ul", *(tag("li", line) for line in lines), class_="box")
        table = result.tables["both_costs"]
        place = [column.name for column in table.spec.columns].index("same")
        differ = Table(table.spec, tuple(row for row in table.rows if not row[place]))
        if differ.rows:
            found = table_html(differ, result.labels, leave_out=("same", "stands"), most=MOST)
            yield folded(t("Quotas that differ"), found)
