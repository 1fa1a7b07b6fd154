"""The first day: the cap is turned into opening positions, permits and loaded cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.random import Generator

from permits.account import WORLD, cash, holding, issued, reserve
from permits.allocation import FirmTable, allocate
from permits.card import Card, CardBank, CardRules, Stop, month_quotas
from permits.ledger import Entry, Leg, Reason, move
from permits.permit import Permit, issue_permit
from permits.quantity import cost_fen, fmt_t, split_exact
from permits.right import FREE, PAID, YUAN
from permits.rng import stream
from permits.rule import Params, Rule
from scenarios.definition.rules import find_rule
from scenarios.definition.scenario import Scenario
from scenarios.planning.scenario_inputs import scenario_inputs
from scenarios.planning.solve import solve_plan
from scenarios.simulation.building_steps import firm_steps, plain_steps
from scenarios.simulation.calendar import Day
from scenarios.simulation.daily_metering import by_balance
from scenarios.simulation.production import draw_demand
from scenarios.simulation.world import PROVINCE, Tally, World


def new_world(scenario: Scenario) -> World:
    """Return a world before its first day: nothing issued, nothing built."""
    file, register = scenario.file, scenario.register
    firms, cards = len(register.firms), len(register.firms) * len(register.pollutants)
    weights = [float(file.pollutant[p].reference_price.value) or 1.0 for p in register.pollutants]
    steps = firm_steps(register, scenario.measures, weights)
    return World(
        scenario=scenario,
        demand=draw_demand(file, register, scenario.seed),
        steps=steps,
        plain_steps=plain_steps(steps),
        traders=tuple(_trader(scenario, firm.id) for firm in register.firms),
        series=tuple(_series(scenario, firm.id) for firm in register.firms),
        bank=CardBank([]),
        permits={},
        tally=Tally.empty(cards, firms),
        metered_mg=np.zeros(cards, np.int64),
        pending_mg=np.zeros(cards, np.int64),
        control=np.zeros(cards),
        balanced=by_balance(file, register),
        built_ppm=np.zeros(len(steps.source), np.int64),
        firm_index={firm.id: n for n, firm in enumerate(register.firms)},
    )


def open_scenario(world: World, day: Day, openings: Sequence[Sequence[int]]) -> None:
    """Fund firms, issue strips for the term, withhold for the reserve, issue permits.

    Args:
        world: the world before its first day; entries are posted to its ledger.
        day: the first day.
        openings: opening rights [mg a year] per firm and pollutant, before withholding.
    """
    for f, firm in enumerate(world.scenario.register.firms):
        parts = [_withheld(world, mass) for mass in openings[f]]
        # Money before rights: issuing posts the paid-use fee in the same entry. The permit
        # comes last, since its limits are the rights kept after withholding.
        _fund(world, day, f, [kept for kept, _ in parts])
        for p, pollutant in enumerate(world.pollutants):
            _issue(world, day, f, pollutant, *parts[p])
        world.permits[firm.id] = _permit(world, day, f, [kept for kept, _ in parts])


def load_cards(world: World, day: Day) -> None:
    """Load each card with month quotas from the smaller of its permit limit and its rights."""
    file, register = world.scenario.file, world.scenario.register
    rules = CardRules(
        warn_percent=file.card.warn_percent.value,
        curtail_to_percent=round(100 * file.card.curtail_to.value),
    )
    cards, outlets = [], []
    held = world.held(day.on.year)
    for card in range(len(world.metered_mg)):
        firm = register.firms[card // len(world.pollutants)]
        pollutant = world.pollutant_of(card)
        limit = world.permits[firm.id].limit_mg(pollutant, day.on.year, day.on)
        rights = max(0, int(held.usable_mg[card]))
        quota = month_quotas(limit, rights)
        if file.card.shift == "free":
            # All in January: without limits between months the year is one quota.
            quota = (sum(quota), *[0] * 11)
        cards.append(Card(firm.id, pollutant, quota, Stop(firm.stop), rules))
        outlets.append(card // len(world.pollutants))
    world.bank = CardBank(cards, outlets)
    world.month_left_mg = np.zeros(len(cards), np.int64)


def cap_mg(scenario: Scenario) -> list[int]:
    """Cap of a year per pollutant [mg]: baseline less target."""
    found = []
    for p, pollutant in enumerate(scenario.register.pollutants):
        base = sum(firm.base_mg[p] for firm in scenario.register.firms)
        target = scenario.file.pollutant[pollutant].target
        found.append(base - (target.value.of(base) if target else 0))
    return found


def opening_positions(
    scenario: Scenario, plan_mg: Mapping[str, Sequence[int]] | None = None
) -> list[list[int]]:
    """Opening rights per firm and pollutant [mg a year], adding up to the cap exactly.

    Openings written in the file replace the rule's if every firm has them.

    Args:
        scenario: the scenario.
        plan_mg: least-cost quotas by firm [mg per pollutant], for the rule that opens with
            the plan; solved here if absent.
    """
    file, register = scenario.file, scenario.register
    written = {firm.id: firm.opening for firm in file.firm}
    if written and all(written.get(firm.id) for firm in register.firms):
        return [[written[firm.id][p].value for p in register.pollutants] for firm in register.firms]
    rule = find_rule(scenario, "allocation", file.allocation.rule, where="allocation.rule")
    if rule.spec.needs_plan and plan_mg is None:
        plan_mg = solve_plan(scenario_inputs(scenario), seed=scenario.seed).firm_quota_mg()
    caps, columns = cap_mg(scenario), []
    for p, _ in enumerate(register.pollutants):
        table = FirmTable(
            ids=tuple(firm.id for firm in register.firms),
            baseline_mg=np.array([firm.base_mg[p] for firm in register.firms], np.int64),
            plan_quota_mg=None
            if plan_mg is None
            else np.array([plan_mg[firm.id][p] for firm in register.firms], np.int64),
            # assumed: a firm without a class counts as B
            grade=tuple(firm.grade or "B" for firm in register.firms),
        )
        columns.append(allocate(rule, caps[p], table, file.allocation.params))
    return [list(row) for row in zip(*columns, strict=True)]


def _trader(scenario: Scenario, firm: str) -> tuple[Rule, Params, Generator]:
    """A firm's trading behaviour, its parameters, and its random stream for the horizon."""
    traders = scenario.file.traders
    rng = stream(scenario.seed, "trader", firm)
    # Drawn for a file without a mix too, so that adding one moves no later draw.
    at = rng.random()
    for share in traders.mix:
        at -= share.share.value
        if at < 0:
            rule = find_rule(scenario, "trader", share.trader, where="traders.mix")
            return rule, rule.spec.fill(share.params, where="traders.mix"), rng
    rule = find_rule(scenario, "trader", traders.default, where="traders.default")
    return rule, rule.spec.fill(traders.params, where="traders.params"), rng


def _series(scenario: Scenario, firm: str) -> str:
    """Series of a firm's opening rights: paid or free, drawn from its own stream."""
    paid = stream(scenario.seed, "paid", firm).random() < scenario.file.rights.paid_share.value
    return PAID if paid else FREE


def _withheld(world: World, mass_mg: int) -> tuple[int, int]:
    """Split an opening position into kept and withheld mass [mg], losing nothing."""
    share = world.scenario.file.rights.withheld.value
    kept, withheld = split_exact(mass_mg, [1 - share, share])
    return kept, withheld


def reserve_owner(world: World, firm: int) -> str:
    """Government that holds the reserve with a firm's withheld rights."""
    row = world.scenario.register.firms[firm]
    level = world.scenario.file.register_.places
    return f"province:{world.scenario.file.place}" if level == "province" else f"{level}:{row.city}"


def _fund(world: World, day: Day, firm: int, kept_mg: Sequence[int]) -> None:
    """Post working capital: years of emission at the reference price, and the initial fee."""
    file, row = world.scenario.file, world.scenario.register.firms[firm]
    amount = 0
    for p, pollutant in enumerate(world.pollutants):
        base = row.base_mg[p]
        rules = file.pollutant[pollutant]
        # Without a reference price a firm must still be able to pay for what it lacks.
        price = rules.reference_price.value or rules.shortfall_charge.value
        amount += round(cost_fen(base, price) * file.market.cash_years.value)
        if world.series[firm] == PAID:
            amount += _fee_fen(world, pollutant, kept_mg[p])
    if amount:
        legs = move(WORLD, cash(row.id), YUAN, amount)
        world.ledger.post(
            Entry(f"{day.on}/{row.id}/fund", day.on, Reason.FUND, legs, "working capital")
        )


def _issue(world: World, day: Day, firm: int, pollutant: str, kept_mg: int, withheld: int) -> None:
    """Post one entry per firm and pollutant: kept and withheld strips, and the initial fee."""
    file, row = world.scenario.file, world.scenario.register.firms[firm]
    series, owner = world.series[firm], reserve_owner(world, firm)
    legs: list[Leg] = []
    for right in world.term(pollutant, day.on.year, series):
        if kept_mg:
            legs += move(issued(PROVINCE), holding(row.id), right, kept_mg)
    # The reserve's series is the paid one, whatever the firm's: it is sold by auction.
    for right in world.term(pollutant, day.on.year):
        if withheld:
            legs += move(issued(PROVINCE), reserve(owner), right, withheld)
    fee = _fee_fen(world, pollutant, kept_mg) if series == PAID else 0
    if fee:
        legs += move(cash(row.id), cash(owner), YUAN, fee)
    if not legs:
        return
    why = f"{file.allocation.rule}, {series}"
    entry_id = f"{day.on}/{row.id}/{pollutant}/issue"
    world.ledger.post(Entry(entry_id, day.on, Reason.ISSUE, tuple(legs), why))
    card = world.card(firm, world.pollutants.index(pollutant))
    world.tally.opening[card] = kept_mg
    world.log.append(
        day.on,
        "open_year",
        "opening.issued",
        row.id,
        "{who} receives rights for {mass} t/yr of {pollutant} ({series}); {withheld} t/yr go "
        "to the reserve of {owner}",
        f"{file.allocation.rule} [ZJ-Z2]",
        mass_mg=kept_mg,
        money_fen=fee,
        pollutant=pollutant,
        series=series,
        withheld=fmt_t(withheld),
        owner=owner,
    )


def _fee_fen(world: World, pollutant: str, mass_mg: int) -> int:
    """Initial paid-use fee for the whole term, at the existing firms' rate."""
    file = world.scenario.file
    price = file.pollutant[pollutant].reference_price.value
    years = len(world.term(pollutant, file.begins.year))
    return round(cost_fen(mass_mg * years, price) * file.rights.paid_rate.value)


def _permit(world: World, day: Day, firm: int, kept_mg: Sequence[int]) -> Permit:
    """One firm, one permit: limits for the term, in each pollutant's accounting basis."""
    file, row = world.scenario.file, world.scenario.register.firms[firm]
    headroom = 1 + file.licence.headroom.value
    permit = issue_permit(
        f"{file.name}/{firm + 1:05d}",
        row.id,
        {p: round(kept_mg[n] * headroom) for n, p in enumerate(world.pollutants)},
        {p: file.pollutant[p].basis for p in world.pollutants},
        on=day.on,
        years=file.rights.term_years.value,
    )
    world.log.append(
        day.on,
        "open_year",
        "permit.issued",
        row.id,
        "{who} receives permit {number}, valid to {until}",
        "discharge permit, five years [ZJ-N3] art. 14",
        number=permit.number,
        until=str(permit.valid_to),
    )
    return permit
