"""The first day: opening positions become rights, permits and loaded cards."""

from __future__ import annotations

from collections.abc import Sequence

from permits.account import WORLD, cash, holding, issued, reserve
from permits.card import Card, CardBank, CardRules, Stop, month_quotas
from permits.ledger import Entry, Leg, Reason, move
from permits.permit import issue_permit
from permits.quantity import cost_fen, fmt_t, split_exact
from permits.right import PAID, YUAN
from scenarios.simulation.calendar import Day
from scenarios.simulation.changes import CardsLoaded, OpeningCounted, PermitSet
from scenarios.simulation.outcome import Outcome, Played, happened
from scenarios.simulation.world import PROVINCE, World


def open_scenario(world: World, day: Day) -> Played[None]:
    """Fund firms, issue strips for the term, withhold for the reserve, issue permits.

    Args:
        world: the world before its first day.
        day: the first day.
    """
    for f, opening in enumerate(world.rules.openings):
        parts = [_withheld(world, mass) for mass in opening]
        # Money before rights: issuing posts the paid-use fee in the same entry. The permit
        # comes last, since its limits are the rights kept after withholding.
        kept = [mass for mass, _ in parts]
        yield Outcome(_funds(world, day, f, kept))
        for p, pollutant in enumerate(world.pollutants):
            yield from _issue(world, day, f, pollutant, *parts[p])
        yield _permit(world, day, f, kept)


def load_year_cards(world: World, day: Day) -> Played[None]:
    """Load each card with month quotas from the smaller of its permit limit and its rights."""
    file, register = world.file, world.rules.scenario.register
    rules = CardRules(
        warn_percent=file.card.warn_percent.value,
        curtail_to_percent=round(100 * file.card.curtail_to.value),
    )
    cards, outlets = [], []
    held = world.held(day.on.year)
    for card in range(world.card_count):
        firm = register.firms[card // len(world.pollutants)]
        pollutant = world.pollutant_of(card)
        limit = world.cards.permits[firm.id].limit_mg(pollutant, day.on.year, day.on)
        rights = max(0, int(held.usable_mg[card]))
        quota = month_quotas(limit, rights)
        if file.card.shift == "free":
            # All in January: without limits between months the year is one quota.
            quota = (sum(quota), *[0] * 11)
        cards.append(Card(firm.id, pollutant, quota, Stop(firm.stop), rules))
        outlets.append(card // len(world.pollutants))
    yield Outcome(changes=[CardsLoaded(CardBank(cards, outlets))])


def _withheld(world: World, mass_mg: int) -> tuple[int, int]:
    """Split an opening position into kept and withheld mass [mg], losing nothing."""
    share = world.file.rights.withheld.value
    kept, withheld = split_exact(mass_mg, [1 - share, share])
    return kept, withheld


def reserve_owner(world: World, firm: int) -> str:
    """Government that holds the reserve with a firm's withheld rights."""
    row = world.rules.scenario.register.firms[firm]
    level = world.file.register_.places
    return f"province:{world.file.place}" if level == "province" else f"{level}:{row.city}"


def _funds(world: World, day: Day, firm: int, kept_mg: Sequence[int]) -> list[Entry]:
    """Working capital: years of emission at the reference price, and the initial fee."""
    file, row = world.file, world.rules.scenario.register.firms[firm]
    amount = 0
    for p, pollutant in enumerate(world.pollutants):
        base = row.base_mg[p]
        rules = file.pollutant[pollutant]
        # Without a reference price a firm must still be able to pay for what it lacks.
        price = rules.reference_price.value or rules.shortfall_charge.value
        amount += round(cost_fen(base, price) * file.market.cash_years.value)
        if world.rules.series[firm] == PAID:
            amount += _fee_fen(world, pollutant, kept_mg[p])
    if not amount:
        return []
    legs = move(WORLD, cash(row.id), YUAN, amount)
    return [Entry(f"{day.on}/{row.id}/fund", day.on, Reason.FUND, legs, "working capital")]


def _issue(
    world: World, day: Day, firm: int, pollutant: str, kept_mg: int, withheld: int
) -> Played[None]:
    """One entry per firm and pollutant: kept and withheld strips, and the initial fee."""
    file, row = world.file, world.rules.scenario.register.firms[firm]
    series, owner = world.rules.series[firm], reserve_owner(world, firm)
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
    card = world.card(firm, world.pollutants.index(pollutant))
    issued_event = happened(
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
    entry = Entry(entry_id, day.on, Reason.ISSUE, tuple(legs), why)
    yield Outcome([entry], [OpeningCounted(card, kept_mg)], [issued_event])


def _fee_fen(world: World, pollutant: str, mass_mg: int) -> int:
    """Initial paid-use fee for the whole term, at the existing firms' rate."""
    file = world.file
    price = file.pollutant[pollutant].reference_price.value
    years = len(world.term(pollutant, file.begins.year))
    return round(cost_fen(mass_mg * years, price) * file.rights.paid_rate.value)


def _permit(world: World, day: Day, firm: int, kept_mg: Sequence[int]) -> Outcome:
    """One firm, one permit: limits for the term, in each pollutant's accounting basis."""
    file, row = world.file, world.rules.scenario.register.firms[firm]
    headroom = 1 + file.licence.headroom.value
    permit = issue_permit(
        f"{file.name}/{firm + 1:05d}",
        row.id,
        {p: round(kept_mg[n] * headroom) for n, p in enumerate(world.pollutants)},
        {p: file.pollutant[p].basis for p in world.pollutants},
        on=day.on,
        years=file.rights.term_years.value,
    )
    event = happened(
        day.on,
        "open_year",
        "permit.issued",
        row.id,
        "{who} receives permit {number}, valid to {until}",
        "discharge permit, five years [ZJ-N3] art. 14",
        number=permit.number,
        until=str(permit.valid_to),
    )
    return Outcome(changes=[PermitSet(permit)], events=[event])
