"""Rules used by a scenario, and those used outside their place or time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import market.traders
from permits.errors import InputError
from permits.rule import Rule, Spec
from scenarios.definition.inputs import walk
from scenarios.definition.own_rules import FINDERS, named_rules, run_rule
from scenarios.definition.scenario import Scenario
from scenarios.definition.schema import ScenarioFile
from scenarios.intake.suggest import nearest

SIDE_OF = {"auction": "buy", "secondary": "both"}
"""Side that a clearing rule must have for each kind of session."""


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """A rule used outside its place or time, with the reason."""

    rule: str
    in_force: str
    why: str


def with_rules_run(scenario: Scenario) -> Scenario:
    """The scenario with the rules of its files, run if this process has not run them yet.

    Raises: InputError for a file that does not run, or is not the rule that is named.
    """
    own = {(kind, name): run_rule(file, kind) for (kind, name), file in scenario.rule_files.items()}
    return replace(scenario, own_rules=own) if own else scenario


def find_rule(scenario: Scenario, kind: str, name: str, *, where: str = "") -> Rule:
    """Find a rule by name: a shipped one, else the user's own, whose file is then run.

    Args:
        scenario: the scenario, with its rule files.
        kind: "mechanism", "trader", "allocation" or "policy".
        name: name of the rule, which is that of its file.
        where: key of the scenario that names it, for the error.
    Raises: InputError for an unknown name, or a trader for experimental sessions only.
    """
    shipped = FINDERS[kind]()
    found, file = shipped.get(name), scenario.rule_files.get((kind, name))
    if found is None and file is not None:
        found = run_rule(file, kind)
    if found is not None and kind == "trader":
        market.traders.as_trader(found, where=where or scenario.file.name)
    if found is not None:
        return found
    raise _unknown(scenario, kind, name, where)


def _unknown(scenario: Scenario, kind: str, name: str, where: str) -> InputError:
    known = sorted({*FINDERS[kind](), *(n for k, n in scenario.rule_files if k == kind)})
    near = nearest(name, known)
    return InputError(
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
    """Name and SPEC of every rule that the scenario's year uses, each once.

    Without those of files that `with_rules_run` has not run: a look at a scenario runs nothing.
    """
    unrun = scenario.rule_files.keys() - scenario.own_rules.keys()
    for n, session in enumerate(scenario.file.session):
        if ("mechanism", session.rule) not in unrun:
            find_session_rule(scenario, n)  # raises for a rule of another side
    for kind, name in named_rules(scenario.file):
        if (kind, name) not in unrun:
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
