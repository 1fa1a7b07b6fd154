"""Loans on rights: lent on their day, repaid or in default on the day they are due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from market import settle
from market.contracts.pledge import (
    Pledge,
    check_pledge,
    default_pledge,
    due_fen,
    loan_fen,
    next_pledge,
)
from permits.account import WORLD, cash, holding, pledged
from permits.ledger import Entry, Reason, move
from permits.right import YUAN
from scenarios.simulation.calendar import Day
from scenarios.simulation.changes import PledgeSet
from scenarios.simulation.outcome import Outcome, Played, happened
from scenarios.simulation.phases.collateral import PLEDGE_RULE, settle_if_done
from scenarios.simulation.phases.contract_rows import NO_SALE, contract_row
from scenarios.simulation.phases.swipes import post_swipes, take_back
from scenarios.simulation.world import World


def lend_on_pledge(world: World, day: Day) -> Played[None]:
    """Begin loans on their day; on the due day repay them or declare default."""
    rules = world.file.pledge
    if rules is not None and day.on == rules.date:
        yield from _lend_money(world, day)
    for pledge in [world.contracts.pledges[pledge_id] for pledge_id in world.contracts.lent]:
        if pledge.due <= day.on:
            yield from _fall_due(world, day, pledge)


def pledge_rows(world: World) -> list[tuple[Any, ...]]:
    """Rows of all pledges, as they stand at the end, for the table of contracts."""
    rows = []
    for pledge in world.contracts.pledges.values():
        returned: int | None = None
        sale: tuple[int | None, ...] = NO_SALE
        # Of a pledge that was never in default nothing was for sale.
        if pledge.left_mg:
            returned = pledge.returned_mg
            sale = pledge.sold_mg, pledge.received_fen, pledge.surplus_fen, pledge.owed_fen
        rows.append(
            contract_row(pledge.id, "pledge", pledge.borrower, pledge.bank, pledge.rights,
                         pledge.mass_mg, pledge.loan_fen, pledge.begins, pledge.due, returned,
                         pledge.state, PLEDGE_RULE, sale)
        )  # fmt: skip
    return rows


def _lend_money(world: World, day: Day) -> Played[None]:
    """Draw the borrowers among firms that may sell rights, and lend to them."""
    rules = world.file.pledge
    assert rules is not None
    held = world.held(day.on.year)
    cards = range(0, world.card_count, len(world.pollutants))
    able = [card for card in cards if held.sellable_mg[card] > 0]
    lot = world.rules.luck("pledge", str(day.on))
    # One permutation: more loans in a scenario leave the first borrowers the same, and the
    # first `failing` of them are those that will default.
    drawn = [able[i] for i in lot.permutation(len(able))[: rules.loans.value]]
    for n, card in enumerate(drawn):
        half = int(held.sellable_mg[card]) // 2
        yield from _pledge(world, day, card, half, failing=n < rules.failing.value)


def _pledge(world: World, day: Day, card: int, mass: int, *, failing: bool) -> Played[None]:
    """Pledge a part of what a firm may still sell, for the remaining term, unless worthless."""
    file = world.file
    rules, firm, pollutant = file.pledge, world.firm_id(card), world.pollutant_of(card)
    assert rules is not None
    rights = world.term(pollutant, day.on.year)
    mass = min(mass, *(world.books.ledger.balance(holding(firm), right) for right in rights))
    price = file.pollutant[pollutant].reference_price.value
    loan = loan_fen(mass, price, len(rights), rules.loan_to_value.value)
    if not mass or not loan:
        return
    pledge = Pledge(
        id=f"{day.on}/{firm}/{pollutant}/pledge",
        borrower=firm,
        bank=rules.bank,
        rights=rights,
        mass_mg=mass,
        loan_fen=loan,
        due_fen=due_fen(loan, rules.rate.value, rules.term_days.value),
        begins=day.on,
        due=day.on + timedelta(days=rules.term_days.value),
    )
    check_pledge(pledge)
    # The bank is funded first, since its cash may not go below zero either.
    legs = move(WORLD, cash(pledge.bank), YUAN, loan)
    entries = [
        Entry(f"{pledge.id}/fund", day.on, Reason.FUND, legs, "bank's money"),
        settle.start_pledge(pledge, why=PLEDGE_RULE),
    ]
    event = happened(
        day.on, "pledges", "pledge.started", firm,
        "{who} pledges {mass} t/yr of {pollutant} to {bank} for a loan of {money} yuan, due {due}",
        PLEDGE_RULE, mass_mg=mass, money_fen=loan, pollutant=pollutant, bank=pledge.bank,
        due=str(pledge.due),
    )  # fmt: skip
    yield Outcome(entries, [PledgeSet(pledge, failing)], [event])


def _fall_due(world: World, day: Day, pledge: Pledge) -> Played[None]:
    """Repay a loan that is due, or hand its collateral over."""
    # The loss comes before the borrower's cash is looked at, and emission so far is drawn
    # before its pledged rights change hands.
    ledger, borrower = world.books.ledger, pledge.borrower
    if pledge.id in world.contracts.failing:
        yield Outcome(_loss(world, day, pledge))
    card = world.card_of(borrower, pledge.rights[0].pollutant)
    yield from post_swipes(world, day, [card], "pledge_due")
    left = [ledger.balance(pledged(borrower), right) for right in pledge.rights]
    years = [right.vintage for right in pledge.rights]
    this_year = dict(zip(years, left, strict=True)).get(day.on.year, 0)
    repaid = ledger.balance(cash(borrower), YUAN) >= pledge.due_fen
    if repaid:
        entry = settle.release(pledge, left, on=day.on, why=PLEDGE_RULE)
        yield Outcome([entry], [PledgeSet(next_pledge(pledge, "repay"))])
        kind = "pledge.repaid"
        text = "{who} repays {money} yuan to {bank}; its rights are released"
    else:
        entries = settle.default(pledge, left, on=day.on, why=PLEDGE_RULE)
        yield Outcome(entries, [PledgeSet(default_pledge(pledge, left))])
        yield from take_back(world, day, card, this_year)
        kind = "pledge.defaulted"
        text = "{who} cannot repay {money} yuan to {bank}: its rights will be sold"
    event = happened(
        day.on, "pledges", kind, borrower, text, PLEDGE_RULE, mass_mg=this_year,
        money_fen=pledge.due_fen, bank=pledge.bank,
    )  # fmt: skip
    yield Outcome(events=[event])
    if not repaid:
        # All of it may have been used, and then nothing is left to sell.
        yield from settle_if_done(world, day, world.contracts.pledges[pledge.id])


def _loss(world: World, day: Day, pledge: Pledge) -> list[Entry]:
    """The loss of all cash of a borrower drawn to fail: a customer does not pay."""
    have = world.books.ledger.balance(cash(pledge.borrower), YUAN)
    if not have:
        return []
    legs = move(cash(pledge.borrower), WORLD, YUAN, have)
    return [Entry(f"{pledge.id}/loss", day.on, Reason.FUND, legs, "a customer does not pay")]
