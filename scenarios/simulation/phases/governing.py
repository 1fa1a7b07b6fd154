"""Policies: evaluated every morning; their decisions are put into effect here."""

from __future__ import annotations

from permits.account import holding, retired
from permits.ledger import Entry, Reason, move
from permits.rng import stream
from scenarios.definition.rules import find_rule
from scenarios.policy import Decision, PolicyView, as_policy
from scenarios.simulation.calendar import Day
from scenarios.simulation.world import SERIES, World

PPM = 1_000_000  # shares are applied to whole mg in parts per million, exactly


def apply_policies(world: World, day: Day) -> None:
    """Evaluate each policy in force and put its decision into effect."""
    # Yesterday's levers are reset first: a policy that ends leaves no trace. Policies run
    # in the order of the file, and of two that set the same lever the later one counts.
    world.floor_fen_per_t, world.ceiling_fen_per_t = {}, {}
    world.offered_ppm, world.fine_percent = None, 100
    for policy in world.scenario.file.policy:
        if (policy.begins and day.on < policy.begins) or (policy.ends and day.on > policy.ends):
            continue
        rule = find_rule(world.scenario, "policy", policy.rule, where="policy.rule")
        params = rule.spec.fill(policy.params, where=f"policy {policy.rule}")
        rng = stream(world.scenario.seed, "policy", policy.rule, str(day.on))
        decision = as_policy(rule).apply(_view(world, day), params, rng)
        _put_into_effect(world, day, policy.rule, decision, rule.spec.source)


def _view(world: World, day: Day) -> PolicyView:
    file = world.scenario.file
    return PolicyView(
        today=day.on,
        first_day=file.begins,
        is_year_start=day.is_year_start,
        reference_fen_per_t={p: file.pollutant[p].reference_price.value for p in world.pollutants},
        price_fen_per_t=dict(world.price_fen_per_t),
    )


def _put_into_effect(world: World, day: Day, name: str, decision: Decision, source: str) -> None:
    world.floor_fen_per_t.update(decision.floor_fen_per_t)
    world.ceiling_fen_per_t.update(decision.ceiling_fen_per_t)
    if decision.offered_ppm is not None:
        world.offered_ppm = decision.offered_ppm
    if decision.fine_percent is not None:
        world.fine_percent = decision.fine_percent
    for pollutant, share_ppm in decision.retire_ppm.items():
        _retire(world, day, name, pollutant, share_ppm)
    if decision.notice:
        world.log.append(
            day.on, "apply_policies", f"policy.{name}", "province", decision.notice,
            f"{name} {source}",
        )  # fmt: skip


def _retire(world: World, day: Day, name: str, pollutant: str, share_ppm: int) -> None:
    """Retire the same share of every firm's rights of this vintage."""
    for firm in world.scenario.register.firms:
        for series in SERIES:
            right = world.right(pollutant, day.on.year, series)
            mass = world.ledger.balance(holding(firm.id), right) * share_ppm // PPM
            if mass:
                legs = move(holding(firm.id), retired(firm.id), right, mass)
                entry_id = f"{day.on}/{firm.id}/{right}/{name}"
                world.ledger.post(Entry(entry_id, day.on, Reason.CONVERT, legs, name))
