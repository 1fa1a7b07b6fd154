"""Policies: asked every morning; then what they ordered is carried out, in their order."""

from __future__ import annotations

from scenarios.definition.rules import find_rule
from scenarios.definition.schema import PolicySection
from scenarios.policy import Instruction, PolicyView, as_policy, require_instructions
from scenarios.simulation.calendar import Day, is_in_force
from scenarios.simulation.changes import TermsReset
from scenarios.simulation.instructing import Author, find_handler
from scenarios.simulation.outcome import Outcome, Played
from scenarios.simulation.phases.policy_view import see_morning
from scenarios.simulation.world import World


def apply_policies(world: World, day: Day) -> Played[None]:
    """Ask each policy in force, and carry out what they order."""
    # Yesterday's terms end first: a policy that ends leaves no trace.
    yield Outcome(changes=[TermsReset()])
    in_force = [policy for policy in world.file.policy if is_in_force(policy, day.on)]
    if not in_force:
        return
    # All decide on the same morning. Then in the order of the file: of two that set the same
    # term the later one counts.
    view = see_morning(world, day)
    ordered = [_ask(world, day, policy, view) for policy in in_force]
    steps = [
        (find_handler(instruction), author, instruction)
        for author, instructions in ordered
        for instruction in instructions
    ]
    for handler, author, instruction in steps:
        yield from handler(world, day, author, instruction)


def _ask(
    world: World, day: Day, policy: PolicySection, view: PolicyView
) -> tuple[Author, tuple[Instruction, ...]]:
    """What a policy orders for the day, and in whose name."""
    rule = find_rule(world.rules.scenario, "policy", policy.rule, where="policy.rule")
    params = rule.spec.fill(policy.params, where=f"policy {policy.rule}")
    rng = world.rules.luck("policy", policy.rule, str(day.on))
    returned = as_policy(rule).apply(view, params, rng)
    return Author(policy.rule, rule.spec.source), require_instructions(rule, returned)
