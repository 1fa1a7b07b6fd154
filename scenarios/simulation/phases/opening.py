"""The first day: opening positions become rights, permits and loaded cards."""

from __future__ import annotations

from collections.abc import Sequence

from permits import accounts
from permits.account import WORLD, cash
from permits.card import Card, CardBank, CardRules, Stop, month_quotas
from permits.ledger import Entry, Reason, move
from permits.permit import Permit, issue_permit
from permits.quantity import cost_fen, fmt_t, split_exact
from permits.right import PAID, YUAN
from scenarios.simulation.calendar import Day
from scenarios.simulation.changes import CardsLoaded, OpeningCounted, PermitSet
from scenarios.simulation.outcome import Happening, Outcome, Played, WorldChange, happened
from scenarios.simulation.world import PROVINCE, World


def open_scenario(world: World, day: Day) -> Played[None]:
    """Fund firms, issue strips for the term, withhold for the reserve, issue permits.

    Args:
        world: the world before its first day.
        day: the first day.
    """
    for f, opening in enumerate(world.rules.openings):
        parts = [_withheld(world, mass) for mass in opening]
        kept = [mass for mass, _ in parts]
        # Money before rights, since the fee is paid with them. The permit comes last: its
        # limits are the rights kept after withholding.
        entries, opened, events = _funds(world, day, f, kept), list[WorldChange](), []
        for p, (mass, withheld) in enumerate(parts):
            issue = _issue(world, day, f, p, mass, withheld)
            if issue:
                entries += issue
                opened.append(OpeningCounted(world.card(f, p), mass))
                events.append(_issued(world, day, f, p, mass, withheld))
        permit, told = _permit(world, day, f, kept)
        yield Outcome(entries, [*opened, PermitSet(permit)], [*events, told])


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
            # All in the month that begins: without limits between months the year is one quota.
            quota = tuple(sum(quota) if month == day.month else 0 for month in range(12))
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
    return world.rules.governments[firm]


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
        amount += _opening_fee_fen(world, firm, pollutant, kept_mg[p])
    if not amount:
        return []
    legs = move(WORLD, cash(row.id), YUAN, amount)
    return [Entry(f"{day.on}/{row.id}/fund", day.on, Reason.FUND, legs, "working capital")]


def _issue(
    world: World, day: Day, firm: int, p: int, kept_mg: int, withheld_mg: int
) -> list[Entry]:
    """A firm's rights of one pollutant: the kept and the withheld strip, and the fee."""
    pollutant, row = world.pollutants[p], world.rules.scenario.register.firms[firm]
    series, owner = world.rules.series[firm], reserve_owner(world, firm)
    stem = f"{day.on}/{row.id}/{pollutant}"
    why = f"{world.file.allocation.rule}, {series}"
    entries = []
    if kept_mg:
        rights = world.term(pollutant, day.on.year, series)
        note = accounts.PostingNote(f"{stem}/issue", day.on, why)
        entries.append(accounts.allocate(row.id, rights, kept_mg, note, issuer=PROVINCE))
    if withheld_mg:
        # The reserve's series is the paid one, whatever the firm's: it is sold by auction.
        rights = world.term(pollutant, day.on.year)
        note = accounts.PostingNote(f"{stem}/withhold", day.on, why)
        entries.append(accounts.withhold(owner, rights, withheld_mg, note, issuer=PROVINCE))
    fee = _opening_fee_fen(world, firm, pollutant, kept_mg)
    if fee:
        note = accounts.PostingNote(f"{stem}/fee", day.on, why)
        entries.append(accounts.charge_fee(row.id, owner, fee, note))
    return entries


def _issued(world: World, day: Day, firm: int, p: int, kept_mg: int, withheld_mg: int) -> Happening:
    pollutant, row = world.pollutants[p], world.rules.scenario.register.firms[firm]
    return happened(
        day.on,
        "open_year",
        "opening.issued",
        row.id,
        "{who} receives rights for {mass} t/yr of {pollutant} ({series}); {withheld} t/yr go "
        "to the reserve of {owner}",
        f"{world.file.allocation.rule} [ZJ-Z2]",
        mass_mg=kept_mg,
        money_fen=_opening_fee_fen(world, firm, pollutant, kept_mg),
        pollutant=pollutant,
        series=world.rules.series[firm],
        withheld=fmt_t(withheld_mg),
        owner=reserve_owner(world, firm),
    )


def _opening_fee_fen(world: World, firm: int, pollutant: str, kept_mg: int) -> int:
    """What a firm pays for its opening rights; free ones cost nothing."""
    return _fee_fen(world, pollutant, kept_mg) if world.rules.series[firm] == PAID else 0


def _fee_fen(world: World, pollutant: str, mass_mg: int) -> int:
    """Initial paid-use fee for the whole term, at the existing firms' rate."""
    file = world.file
    price = file.pollutant[pollutant].reference_price.value
    years = len(world.term(pollutant, file.begins.year))
    return round(cost_fen(mass_mg * years, price) * file.rights.paid_rate.value)


def _permit(world: World, day: Day, firm: int, kept_mg: Sequence[int]) -> tuple[Permit, Happening]:
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
    return permit, event
