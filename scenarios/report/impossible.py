"""A conflict in words that a planner understands, and what would have to give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scenarios.report.keyfigures import by_pollutant, to_mg
from scenarios.shown import percent, tonnes, word
from scenarios.text import t

ASKS = {
    "target": "The target asks for {asked} of {pollutant} off all sources; they can remove {most}.",
    "min": "{group} must remove at least {asked} of {pollutant}; it can remove {most}.",
    "max": "{group} may remove at most {asked} of {pollutant}.",
    "cap": "{group} may still emit at most {asked} of {pollutant}; it can remove {most}.",
}
ALONE = {
    "target": "If the target alone gives: {alone} instead of {asked}.",
    "min": "If this alone gives: at least {alone} instead of {asked}.",
    "max": "If this alone gives: at most {alone} instead of {asked}.",
    "cap": "If this alone gives: {alone} still emitted instead of {asked}.",
}


def most_lines(plan: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each pollutant with what can be had of it at most, beside what its target asks for."""
    targets = by_pollutant(plan.get("target_t"), plan)
    for pollutant, most in by_pollutant(plan.get("max_reduction_t"), plan).items():
        values = {"mass": tonnes(to_mg(most))}
        if targets.get(pollutant) is None:
            yield pollutant, t("At most {mass} can be had", **values)
            continue
        asked_mg = to_mg(targets[pollutant])
        values["target"] = tonnes(asked_mg)
        if asked_mg > to_mg(most):
            text = t("At most {mass} can be had of the {target} that the target asks for", **values)
        else:
            text = t("The target of {target} can be had by itself (at most {mass})", **values)
        yield pollutant, text


def conflict_lines(allocation: Mapping[str, Any]) -> Iterator[str]:
    """What cannot hold together, line by line."""
    found = allocation.get("nearest") or {}
    rows = found.get("conditions") or []
    known = {row["condition"] for row in rows}
    received = {one["condition"]: one for one in allocation.get("receptors") or []}
    for row in rows:
        pattern = ASKS.get(row["kind"])
        name = row["condition"]
        yield t(pattern, **_values(row)) if pattern else _other(name, received)
    for name in allocation.get("conflict") or []:
        if name not in known:
            yield _other(str(name), received)


def _other(name: str, received: Mapping[str, Mapping[str, Any]]) -> str:
    """A condition that is not on tonnes: at a receptor in its own unit, else by its name."""
    if name not in received:
        return t(name)
    one = received[name]
    numbers = {key: f"{float(one[key]):,.6g}" for key in ("limit", "least")}
    said = t(
        "At {receptor} there may be at most {limit} {unit} of {pollutant}; the least that can be "
        "had there is {least}.",
        receptor=one["receptor"],
        unit=one["unit"],
        pollutant=one["pollutant"],
        **numbers,
    )
    return said.replace("  ", " ")


def giving_lines(allocation: Mapping[str, Any]) -> Iterator[str]:
    """What would have to give for a plan to exist, line by line."""
    found = allocation.get("nearest")
    if not found:
        return
    for row in found["conditions"]:
        values = _values(row)
        if row["kind"] in ("cost", "receptor"):
            continue
        if row["alone_t"] is None:
            yield t("{condition}: giving alone is not enough.", condition=row["condition"])
        elif row["kind"] in ALONE:
            yield t(ALONE[row["kind"]], **values)
    if len(found["conditions"]) > 1:
        each = "; ".join(
            f"{row['condition']} → {tonnes(to_mg(row['together_t']))}"
            for row in found["conditions"]
            if row["together_t"] is not None
        )
        share = percent(float(found["give_share"]))
        yield t("If each gives the same share, {share}: {each}.", share=share, each=each)


def _values(row: Mapping[str, Any]) -> dict[str, str]:
    parts = [part.partition("=") for part in row["group"].split(",") if part]
    group = ", ".join(f"{word(column)} {value}" for column, _, value in parts)
    masses = {
        key: tonnes(to_mg(row[f"{key}_t"])) if row[f"{key}_t"] is not None else ""
        for key in ("asked", "most", "alone")
    }
    return {"group": group or t("All sources"), "pollutant": row["pollutant"], **masses}
