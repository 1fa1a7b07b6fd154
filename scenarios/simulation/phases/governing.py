"""Policies: evaluated every morning; their decisions are put into effect here."""

from __future__ import annotations

from collections.abc import Iterator

from permits.account import holding, retired
from permits.ledger import Entry, Reason, move
from scenarios.definition.rules import find_rule
from scenarios.policy import Decision, PolicyView, as_policy
from scenarios.simulation.calendar import Day
from scenarios.simulation.changes import LeversSet
from scenarios.simulation.outcome import Outcome, Played, happened
from scenarios.simulation.world import SERIES, World

PPM = 1_000_000  # shares are applied to whole mg in parts per million, exactly


def apply_policies(world: World, day: Day) -> Played[None]:
    """Evaluate each policy in force and put its decision into effect."""
    # Yesterday's levers are reset first: a policy that ends leaves no trace. Policies run
    # in the order of the file, and of two that set the same lever the later one counts.
    levers = LeversSet({}, {}, None, 100)
    yield Outcome(changes=[levers])
    for policy in world.file.policy:
        if (policy.begins and day.on < policy.begins) or (policy.ends and day.on > policy.ends):
            continue
        rule = find_rule(world.rules.scenario, "policy", policy.rule, where="policy.rule")
        params = rule.spec.fill(policy.params, where=f"policy {policy.rule}")
        rng = world.rules.luck("policy", policy.rule, str(day.on))
        decision = as_policy(rule).apply(_view(world, day), params, rng)
        levers = _with(levers, decision)
        retired = [
            entry
            for pollutant, share_ppm in decision.retire_ppm.items()
            for entry in _retire(world, day, policy.rule, pollutant, share_ppm)
        ]
        events = []
        if decision.notice:
            events.append(
                happened(
                    day.on,
                    "apply_policies",
                    f"policy.{policy.rule}",
                    "province",
                    decision.notice,
                    f"{policy.rule} {rule.spec.source}",
                )
            )
        yield Outcome(retired, [levers], events)


def _view(world: World, day: Day) -> PolicyView:
    file = world.file
    return PolicyView(
        today=day.on,
        first_day=file.begins,
        is_year_start=day.is_year_start,
        reference_fen_per_t={p: file.pollutant[p].reference_price.value for p in world.pollutants},
        price_fen_per_t=dict(world.market.price_fen_per_t),
    )


def _with(levers: LeversSet, decision: Decision) -> LeversSet:
    """The levers with those that a decision sets."""
    return LeversSet(
        {**levers.floor_fen_per_t, **decision.floor_fen_per_t},
        {**levers.ceiling_fen_per_t, **decision.ceiling_fen_per_t},
        levers.offered_ppm if decision.offered_ppm is None else decision.offered_ppm,
        levers.fine_percent if decision.fine_percent is None else decision.fine_percent,
    )


def _retire(world: World, day: Day, name: str, pollutant: str, share_ppm: int) -> Iterator[Entry]:
    """Retire the same share of every firm's rights of this vintage."""
    for firm in world.rules.scenario.register.firms:
        for series in SERIES:
            right = world.right(pollutant, day.on.year, series)
            mass = world.books.ledger.balance(holding(firm.id), right) * share_ppm // PPM
            if mass:
                legs = move(holding(firm.id), retired(firm.id), right, mass)
                entry_id = f"{day.on}/{firm.id}/{right}/{name}"
                yield Entry(entry_id, day.on, Reason.CONVERT, legs, name)
