"""The index of rights says what the ledger says, on every day."""

from __future__ import annotations

from permits.account import holding, leased, pledged
from permits.right import PAID
from scenarios.simulation.world import SERIES
from scenarios.simulation.year import is_over, step
from tests.scenarios.simulation.parts_table import everything


def test_what_cards_hold_is_the_sum_of_their_balances() -> None:
    """Usable: leased, held and pledged of every series, less what is metered and not posted.

    Sellable: of these what is held and paid, and never more than is usable. Sales, leases,
    pledges in default and a buyback all happen in this world; later vintages are held too.
    """
    world, seen = everything(), set()
    balance = world.books.ledger.balance
    while not is_over(world):
        step(world)
        if world.agenda.phase:
            continue
        for vintage in (2018, 2019):
            held = world.held(vintage)
            for card in range(world.card_count):
                firm, pollutant = world.firm_id(card), world.pollutant_of(card)
                rights = [world.right(pollutant, vintage, series) for series in SERIES]
                pockets = leased(firm), holding(firm), pledged(firm)
                each = [sum(balance(pocket, right) for right in rights) for pocket in pockets]
                usable = sum(each) - int(world.cards.metered_mg[card])
                paid = balance(holding(firm), world.right(pollutant, vintage, PAID))
                assert held.usable_mg[card] == usable
                assert held.sellable_mg[card] == min(paid, max(0, usable))
                seen |= {n for n, mass in enumerate(each) if mass}
    assert seen == {0, 1, 2}, "rights were leased, held and pledged"


def test_a_copy_of_the_index_is_counted_apart() -> None:
    world = everything()
    for _ in range(40):
        step(world)
    other = world.copy()
    before = world.held(2018).usable_mg.tolist()
    other.books.rights.usable_mg[2018][0] += 1
    assert world.held(2018).usable_mg.tolist() == before
