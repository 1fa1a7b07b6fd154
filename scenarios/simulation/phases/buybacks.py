"""Surplus taken back into a reserve: paid rights bought, free ones recovered."""

from __future__ import annotations

from fractions import Fraction

from market import settle
from market.contracts.buyback import Buyback, buyback_fen, check_buyback
from permits import accounts
from permits.account import WORLD, cash, holding
from permits.ledger import Entry, Reason, move
from permits.right import FREE, YUAN
from scenarios.simulation.calendar import Day
from scenarios.simulation.changes import Counted
from scenarios.simulation.expectation import need_mg
from scenarios.simulation.outcome import Outcome, Played, happened
from scenarios.simulation.phases.contract_rows import contract_row
from scenarios.simulation.phases.licences import lower_licence
from scenarios.simulation.phases.opening import reserve_owner
from scenarios.simulation.phases.swipes import take_back
from scenarios.simulation.world import PROVINCE, World

BUYBACK_RULE = "buyback of surplus [ZJ-Z3] [ZJ-Z4]"
RECOVER_RULE = "free rights are taken back without payment [ZJ-C19]"


def buy_back(world: World, day: Day) -> Played[None]:
    """Take surplus back into the reserve: paid rights for money, free ones for nothing."""
    rules = world.file.buyback
    if rules is None or day.on not in rules.dates:
        return
    held, share = world.held(day.on.year), Fraction(str(1 - rules.keep.value))
    for card in range(world.card_count):
        firm, pollutant = world.firm_id(card), world.pollutant_of(card)
        spare = int(held.usable_mg[card]) - need_mg(world, card, day)
        mass = int(spare * share)
        # Free rights first, and on that day only these: a firm has one series of opening
        # rights, and free ones go back without payment [ZJ-C19].
        free = world.books.ledger.balance(holding(firm), world.right(pollutant, day.on.year, FREE))
        if free and mass > 0:
            yield from _recover(world, day, card, min(mass, free))
            continue
        mass = min(mass, int(held.sellable_mg[card]))
        if mass > 0:
            yield from _buy(world, day, card, mass)


def _buy(world: World, day: Day, card: int, mass_mg: int) -> Played[None]:
    """A buyback of paid rights, funded where the government's cash falls short."""
    file, firm, pollutant = world.file, world.firm_id(card), world.pollutant_of(card)
    government = reserve_owner(world, card // len(world.pollutants))
    held = world.term(pollutant, day.on.year)
    # Only vintages of which the firm holds enough: later ones may be sold or pledged.
    rights = tuple(r for r in held if world.books.ledger.balance(holding(firm), r) >= mass_mg)
    paid = round(file.pollutant[pollutant].reference_price.value * file.rights.paid_rate.value)
    contract = Buyback(
        id=f"{day.on}/{firm}/{pollutant}/buyback",
        seller=firm,
        buyer=government,
        rights=rights,
        mass_mg=mass_mg,
        money_fen=buyback_fen(mass_mg, paid, len(rights)),
        on=day.on,
    )
    check_buyback(contract)
    entries = []
    missing = contract.money_fen - world.books.ledger.balance(cash(government), YUAN)
    if missing > 0:
        legs = move(WORLD, cash(government), YUAN, missing)
        entries.append(Entry(f"{contract.id}/fund", day.on, Reason.FUND, legs, "reserve fund"))
    entries.append(settle.buy_back(contract, why=BUYBACK_RULE))
    yield Outcome(entries, [Counted("sold", card, mass_mg)])
    yield from lower_licence(world, day, firm, rights, mass_mg, f"buyback {contract.id}")
    yield from take_back(world, day, card, mass_mg)
    row = contract_row(contract.id, "buyback", firm, government, rights, mass_mg,
                        contract.money_fen, day.on, None, None, "done", BUYBACK_RULE)  # fmt: skip
    event = happened(
        day.on, "buyback", "buyback.done", firm,
        "{who} sells {mass} t/yr of {pollutant} back to {government} for {money} yuan",
        BUYBACK_RULE, mass_mg=mass_mg, money_fen=contract.money_fen, pollutant=pollutant,
        government=government,
    )  # fmt: skip
    yield Outcome(events=[event], rows=[("contracts", row)])


def _recover(world: World, day: Day, card: int, mass_mg: int) -> Played[None]:
    """The return of free rights without payment; they become paid ones in the reserve."""
    firm, pollutant = world.firm_id(card), world.pollutant_of(card)
    government = reserve_owner(world, card // len(world.pollutants))
    held = world.term(pollutant, day.on.year, FREE)
    rights = tuple(r for r in held if world.books.ledger.balance(holding(firm), r) >= mass_mg)
    note = accounts.PostingNote(f"{day.on}/{firm}/{pollutant}/recover", day.on, RECOVER_RULE)
    entry = accounts.recover(firm, government, rights, mass_mg, note, issuer=PROVINCE)
    yield Outcome([entry])
    yield from lower_licence(world, day, firm, rights, mass_mg, f"recovery {entry.id}")
    yield from take_back(world, day, card, mass_mg)
    row = contract_row(entry.id, "recovery", firm, government, rights, mass_mg, 0,
                        day.on, None, None, "done", RECOVER_RULE)  # fmt: skip
    event = happened(
        day.on, "buyback", "buyback.recovered", firm,
        "{who} returns {mass} t/yr of free {pollutant} rights to {government} without payment",
        RECOVER_RULE, mass_mg=mass_mg, pollutant=pollutant, government=government,
    )  # fmt: skip
    yield Outcome(events=[event], rows=[("contracts", row)])
