"""Rules used by a scenario, and those used outside their place or time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import market.mechanisms
import market.traders
import permits.allocation
import scenarios.policies
from permits.errors import InputError
from permits.rule import Rule, Spec, require_declared
from scenarios.definition.inputs import walk
from scenarios.definition.scenario import Scenario
from scenarios.definition.schema import ScenarioFile
from scenarios.intake.suggest import nearest

FINDERS: dict[str, Callable[[], dict[str, Rule]]] = {
    "mechanism": market.mechanisms.find_mechanisms,
    "trader": market.traders.find_traders,
    "allocation": permits.allocation.find_allocations,
    "policy": scenarios.policies.find_policies,
}
SIDE_OF = {"auction": "buy", "secondary": "both"}
"""Side that a clearing rule must have for each kind of session."""


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """A rule used outside its place or time, with the reason."""

    rule: str
    in_force: str
    why: str


def find_rule(scenario: Scenario, kind: str, name: str, *, where: str = "") -> Rule:
    """Find a rule by name: a plugin next to the scenario first, then the shipped one.

    Args:
        scenario: the scenario, with its plugins.
        kind: "mechanism", "trader", "allocation" or "policy".
        name: name of the rule, which is that of its file.
        where: key of the scenario that names it, for the error.
    Raises: InputError for an unknown name, or a trader for experimental sessions only.
    """
    own = scenario.plugins.get((kind, name))
    shipped = FINDERS[kind]()
    found = own or shipped.get(name)
    if own is not None and name in shipped:
        require_declared(own, shipped[name])
    if found is not None and kind == "trader":
        market.traders.as_trader(found, where=where or scenario.file.name)
    if found is not None:
        return found
    known = sorted({*shipped, *(n for k, n in scenario.plugins if k == kind)})
    near = nearest(name, known)
    raise InputError(
        "rule.unknown",
        "there is no {kind} {name!r}",
        where=where or scenario.file.name,
        mend="did you mean {near!r}? known: {known}" if near else "there are: {known}",
        kind=kind,
        name=name,
        near=near,
        known=", ".join(known),
    )


def find_session_rule(scenario: Scenario, number: int) -> Rule:
    """Find the clearing rule of a session.

    Raises: InputError for a rule that clears sessions of another kind.
    """
    session, where = scenario.file.session[number], f"session.{number}.rule"
    rule = find_rule(scenario, "mechanism", session.rule, where=where)
    if rule.spec.side != SIDE_OF[session.kind]:
        raise InputError(
            "rule.side",
            "{rule} does not clear sessions of the kind {kind}",
            where=where,
            mend="an auction sells the reserve (side buy), a secondary session has both sides; "
            "`permits list mechanisms` shows the rules",
            rule=session.rule,
            kind=session.kind,
        )
    return rule


def rules_used(scenario: Scenario) -> Iterator[tuple[str, Spec]]:
    """Name and SPEC of every rule that the scenario's year uses, each once."""
    file = scenario.file
    named = [("allocation", file.allocation.rule), ("trader", file.traders.default)]
    named += [("trader", share.trader) for share in file.traders.mix]
    sessions = [find_session_rule(scenario, n) for n in range(len(file.session))]
    named += [("mechanism", rule.name) for rule in sessions]
    named += [("policy", policy.rule) for policy in file.policy]
    for kind, name in dict.fromkeys(named):
        yield name, find_rule(scenario, kind, name).spec


def find_counterfactual(scenario: Scenario) -> list[Counterfactual]:
    """List inputs and rules whose place or time is not the scenario's."""
    file = scenario.file
    found = [
        Counterfactual(key, _force(given.place, given.begins, given.ends), why)
        for key, given in walk(file)
        if (why := _outside(file, given.place, given.begins, given.ends))
    ]
    for name, spec in rules_used(scenario):
        forces = spec.in_force
        # A rule may be in force in several places; one that fits is enough.
        whys = [_outside(file, f.place, f.begins, f.ends) for f in forces]
        if forces and all(whys):
            first = forces[0]
            found.append(
                Counterfactual(name, _force(first.place, first.begins, first.ends), whys[0])
            )
    return found


def _outside(file: ScenarioFile, place: str | None, begins: date | None, ends: date | None) -> str:
    """Reason why something is out of force in the scenario; empty if it is in force."""
    law_as_of = file.law_as_of or file.ends
    if begins and begins > law_as_of:
        return "the rule came later"
    if ends and ends < file.begins:
        return "the rule had ended"
    if place and place != "anywhere" and not _same_place(place, file.place):
        return "the rule is from another place"
    return ""


def _same_place(rule: str, scenario: str) -> bool:
    """National rules hold everywhere; `Jiaxing, Zhejiang` lies in `Zhejiang`."""
    parts = {part.strip() for part in scenario.split(",")}
    return rule == "China" or scenario in rule or bool(parts & set(rule.split(", ")))


def _force(place: str | None, begins: date | None, ends: date | None) -> str:
    years = f"{begins or '…'} – {ends or '…'}" if begins or ends else ""
    return ", ".join(part for part in (place or "", years) if part)
