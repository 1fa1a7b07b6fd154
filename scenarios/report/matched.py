"""What sources were matched to: an inventory's records, a register's rows, both costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scenarios.report.html import Markup, folded, paragraph, section, table_html, tag
from scenarios.report.keyfigures import to_fen, to_mg
from scenarios.result import RunResult, Table
from scenarios.shown import tonnes, yuan
from scenarios.text import t

MOST = 60


def matched_sections(result: RunResult) -> Iterator[tuple[str, str, Markup]]:
    """Inventory and register, where the plan was made from one."""
    plan = result.summary.get("allocation") or {}
    if "inventory" in plan:
        title = t("What the inventory was matched to")
        yield "inventory", title, section("inventory", title, *_inventory(result))
    if "unmatched" in plan:
        title = t("What the register was matched to")
        yield "register", title, section("register", title, *_register(result))


def both_lines(plan: dict[str, Any]) -> Iterator[str]:
    """The plan under US and under Chinese costs, line by line."""
    both = plan.get("both_costs")
    if not both:
        return
    for key, said in (("us", t("Under US costs")), ("china", t("Under Chinese costs"))):
        cost = both[key]["cost_yuan"]
        amount = t("cannot be met") if cost is None else yuan(to_fen(cost))
        yield t("{title}: {said}", title=said, said=amount)
    yield t(
        "{same} of {all} quotas are the same under either and stand whichever is right; {other} "
        "differ.",
        same=f"{both['same_quotas']:,}",
        all=f"{both['same_quotas'] + both['other_quotas']:,}",
        other=f"{both['other_quotas']:,}",
    )


def _inventory(result: RunResult) -> Iterator[Markup]:
    said = result.summary["allocation"]["inventory"]
    yield paragraph(
        t(
            "{matched} of {rows} records of the inventory have a measure that can be chosen, "
            "{unmatched} have none and stay as they are.",
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
    said = result.summary["allocation"]["unmatched"]
    if said["rows"]:
        yield paragraph(
            t(
                "{rows} rows of the register with {mass} have no measure and stay as they are.",
                rows=f"{said['rows']:,}",
                mass=tonnes(to_mg(said["baseline_t"])),
            )
        )
        table = result.tables["unmatched"]
        yield folded(t(table.spec.title), table_html(table, result.labels, most=MOST))
    else:
        yield paragraph(t("Every row of the register has a measure."))
    lines = list(both_lines(result.summary["allocation"]))
    if lines:
        yield tag("ul", *(tag("li", line) for line in lines), class_="box")
        table = result.tables["both_costs"]
        place = [column.name for column in table.spec.columns].index("same")
        differ = Table(table.spec, tuple(row for row in table.rows if not row[place]))
        if differ.rows:
            found = table_html(differ, result.labels, leave_out=("same",), most=MOST)
            yield folded(t("Quotas that differ"), found)
