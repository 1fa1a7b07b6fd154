"""A conflict between conditions in plain words, and how far they would have to be relaxed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scenarios.results.formatting import name, percent, tonnes, word
from scenarios.results.report.html import Markup, paragraph, table_html, tag
from scenarios.results.report.keyfigures import to_mg
from scenarios.results.report.question_parts import titled
from scenarios.results.result import RunResult, Section
from scenarios.results.summary import PlanSummary
from scenarios.text import t

ASKS = {
    "target": "The target asks all sources to remove {asked} of {pollutant}; they can remove "
    "{most}.",
    "min": "{group} must remove at least {asked} of {pollutant}; it can remove {most}.",
    "max": "{group} may remove at most {asked} of {pollutant}.",
    "cap": "{group} may still emit at most {asked} of {pollutant}; it can remove {most}.",
}
ALONE = {
    "target": "Relaxing only the target: {alone} of {pollutant} instead of {asked}.",
    "min": "Relaxing only {place}: at least {alone} of {pollutant} instead of {asked}.",
    "max": "Relaxing only {place}: at most {alone} of {pollutant} instead of {asked}.",
    "cap": "Relaxing only {place}: {alone} of {pollutant} still emitted instead of {asked}.",
}
NOT_ENOUGH = {
    "target": "Relaxing only the target is not enough.",
    "min": "Relaxing only what {place} must remove is not enough.",
    "max": "Relaxing only what {place} may remove is not enough.",
    "cap": "Relaxing only what {place} may still emit is not enough.",
}
TOGETHER = {
    "target": "the target {together} of {pollutant}",
    "min": "{place} at least {together} of {pollutant}",
    "max": "{place} at most {together} of {pollutant}",
    "cap": "{place} still emitting at most {together} of {pollutant}",
}


def sections(result: RunResult) -> Iterator[Section]:
    """The conflict and how far its conditions would have to be relaxed, where there is no plan."""
    plan = result.summary.plan
    if not plan.feasible:
        yield titled("infeasible", heading(plan), *_infeasible(result))


def lines(result: RunResult) -> Iterator[tuple[str, list[str]]]:
    """The same, line by line."""
    plan = result.summary.plan
    if not plan.feasible:
        yield heading(plan), list(_conflict_lines(result))


def _infeasible(result: RunResult) -> Iterator[Markup]:
    plan = result.summary.plan
    most = list(most_lines(plan))
    for pollutant, said in most:
        yield paragraph(tag("strong", _of_pollutant(pollutant, said, result, len(most))), t("."))
    conflict, giving = list(conflict_lines(plan)), list(giving_lines(plan))
    if conflict:
        yield paragraph(t("These cannot hold together:"))
        yield tag("ul", *(tag("li", line) for line in conflict), class_="box")
    if giving:
        yield paragraph(t("What would have to be relaxed:"))
        yield tag("ul", *(tag("li", line) for line in giving), class_="box")
        yield paragraph(
            t("The tables of the nearest plan show the plan with all of these relaxed together.")
        )
        yield table_html(result.tables["conflict"], result.labels)


def _conflict_lines(result: RunResult) -> Iterator[str]:
    plan = result.summary.plan
    most = list(most_lines(plan))
    for pollutant, said in most:
        yield _of_pollutant(pollutant, said, result, len(most))
    for line in conflict_lines(plan):
        yield f"– {line}"
    for line in giving_lines(plan):
        yield f"→ {line}"


def _of_pollutant(pollutant: str, said: str, result: RunResult, count: int) -> str:
    """A line about a pollutant, which is named where there are several."""
    if count < 2:
        return said
    return t("{title}: {said}", title=name(pollutant, result.labels), said=said)


def most_lines(plan: PlanSummary) -> Iterator[tuple[str, str]]:
    """Each pollutant with its greatest possible reduction and its target."""
    for pollutant, most in plan.max_reduction_mg.items():
        values = {"mass": tonnes(most)}
        if pollutant not in plan.target_mg:
            yield pollutant, t("At most {mass} is achievable", **values)
            continue
        asked_mg = plan.target_mg[pollutant]
        values["target"] = tonnes(asked_mg)
        if asked_mg > most:
            text = t("At most {mass} is achievable; the target asks for {target}", **values)
        else:
            text = t("The target of {target} is achievable by itself (at most {mass})", **values)
        yield pollutant, text


def heading(plan: PlanSummary) -> str:
    """Heading: the target cannot be met, or the conditions whatever the target."""
    rows = (plan.answers.get("nearest") or {}).get("conditions") or []
    if rows and not any(row["kind"] == "target" for row in rows):
        return t("The conditions cannot all be kept")
    return t("The target cannot be met")


def conflict_lines(plan: PlanSummary) -> Iterator[str]:
    """Conditions that cannot hold together, line by line.

    They are numbered where there are several contradictions.
    """
    found = plan.answers.get("nearest") or {}
    rows = found.get("conditions") or []
    known = {row["condition"] for row in rows}
    received = {one["condition"]: one for one in plan.answers.get("receptors") or []}
    for row in rows:
        if row["contradiction"] is not None:
            pattern, name = ASKS.get(row["kind"]), row["condition"]
            said = t(pattern, **_values(row)) if pattern else _other(name, received)
            yield _numbered(found, row["contradiction"], said)
    for name in plan.conflict:
        if name not in known:
            yield _other(name, received)


def _other(name: str, received: Mapping[str, Mapping[str, Any]]) -> str:
    """A condition that is not on tonnes: at a receptor in its own unit, else by its name."""
    if name not in received:
        return t(name)
    one = received[name]
    numbers = {key: f"{float(one[key]):,.6g}" for key in ("limit", "least")}
    said = t(
        "{pollutant} at {receptor} may be at most {limit} {unit}; the lowest achievable value "
        "there is {least}.",
        receptor=one["receptor"],
        unit=one["unit"],
        pollutant=one["pollutant"],
        **numbers,
    )
    return said.replace("  ", " ")


def giving_lines(plan: PlanSummary) -> Iterator[str]:
    """Relaxations under which a plan would exist, line by line."""
    found = plan.answers.get("nearest")
    if not found:
        return
    numbers = sorted({row["contradiction"] or 0 for row in found["conditions"]})
    for number in sorted(numbers, key=lambda n: n or len(numbers) + 1):
        rows = [row for row in found["conditions"] if (row["contradiction"] or 0) == number]
        for said in (*filter(None, map(_alone, rows)), *_together(rows)):
            yield _numbered(found, number or None, said)


def _alone(row: Mapping[str, Any]) -> str | None:
    """How far a condition would have to be relaxed by itself.

    None for one in no contradiction, or one that is no mass.
    """
    if row["contradiction"] is None or row["kind"] in ("cost", "receptor"):
        return None
    if row["alone_t"] is not None:
        return t(ALONE[row["kind"]], **_values(row)) if row["kind"] in ALONE else None
    if row["kind"] in NOT_ENOUGH:
        return t(NOT_ENOUGH[row["kind"]], **_values(row))
    return t("{condition}: relaxing it alone is not enough.", condition=row["condition"])


def _together(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """How far several conditions would each have to be relaxed."""
    told = [row for row in rows if row["together_t"] is not None]
    if len(rows) < 2 or not told:
        return
    each = t("; ").join(
        t(TOGETHER[row["kind"]], **_values(row))
        if row["kind"] in TOGETHER
        else f"{row['condition']} → {tonnes(to_mg(row['together_t']))}"
        for row in told
    )
    share = percent(max(float(row["give_share"]) for row in told))
    yield t("If all are relaxed by the same share, {share}: {each}.", share=share, each=each)


def _numbered(found: Mapping[str, Any], number: int | None, said: str) -> str:
    several = len(found.get("conflicts") or []) > 1
    return t("({number}) {said}", number=number, said=said) if several and number else said


def _values(row: Mapping[str, Any]) -> dict[str, str]:
    parts = [part.partition("=") for part in row["group"].split(",") if part]
    group = ", ".join(f"{word(column)} {value}" for column, _, value in parts)
    masses = {
        key: tonnes(to_mg(row[f"{key}_t"])) if row[f"{key}_t"] is not None else ""
        for key in ("asked", "most", "alone", "together")
    }
    place = group[:1].lower() + group[1:] if group else t("all sources")
    return {
        "group": group or t("All sources"),
        "place": place,
        "pollutant": row["pollutant"],
        **masses,
    }
