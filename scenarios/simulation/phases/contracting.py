"""Contracts outside the market: leases from the reserve, buyback of surplus, pledges."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from market import settle
from market.clearing.clearing import Clearing
from market.clearing.order import Order, Side
from market.contracts.buyback import Buyback, buyback_fen, check_buyback
from market.contracts.lease import Lease, check_lease, end_lease, rent_fen
from market.contracts.pledge import Pledge, check_pledge, due_fen, loan_fen, next_pledge
from permits import accounts
from permits.account import WORLD, cash, escrow, holding, leased, pledged, reserve
from permits.ledger import Entry, Reason, move
from permits.quantity import fmt_t, fmt_yuan
from permits.right import FREE, YUAN, Right
from scenarios.simulation.calendar import Day, month_end
from scenarios.simulation.changes import Counted, LeasesAnswered, LeaseSet, PledgeSet
from scenarios.simulation.expectation import need_mg
from scenarios.simulation.outcome import Outcome, Played, happened
from scenarios.simulation.phases.opening import reserve_owner
from scenarios.simulation.phases.swipes import post_swipes, take_back, top_up_card
from scenarios.simulation.world import PROVINCE, World

LEASE_RULE = "lease from the reserve [ZJ-C3]"
BUYBACK_RULE = "buyback of surplus [ZJ-Z3] [ZJ-Z4]"
RECOVER_RULE = "free rights are taken back without payment [ZJ-C19]"
PLEDGE_RULE = "loan on rights [ZJ-C28] [ZJ-C32]"


# --- leases -------------------------------------------------------------------------


def start_leases(world: World, day: Day) -> Played[None]:
    """Lease from the reserve to firms whose cards ran low, first come, first served."""
    # Requests of one day only: whoever still lacks quota asks again at the next event.
    rules, asking = world.file.lease, list(world.contracts.asking)
    if asking:
        yield Outcome(changes=[LeasesAnswered()])
    if rules is None:
        return
    months = rules.months.value
    for card in asking:
        owner = reserve_owner(world, card // len(world.pollutants))
        right = world.right(world.pollutant_of(card), day.on.year)
        ends = min(_months_later(day.on, months), date(day.on.year, 12, 31))
        # Fractions from the decimal text: 0.2 as a float could move a lease by a milligram.
        margin = 1 + Fraction(str(rules.margin.value))
        short = int(_short_until(world, card, day, ends) * margin)
        # Rounded up to the unit: a lease too small would shut the card again.
        wanted = -(-short // rules.unit.value) * rules.unit.value
        held = world.books.ledger.balance(reserve(owner), right)
        most = int(held * Fraction(str(rules.share_of_reserve.value)))
        has_one = (world.firm_id(card), right) in world.contracts.running
        if short > 0 and most > 0 and not has_one:
            yield from _lend(world, day, card, owner, right, min(wanted, most), ends, months)


def end_leases(world: World, day: Day) -> Played[None]:
    """Return unused leased rights on the morning after the last day of a lease."""
    for lease in _running(world):
        if lease.ends < day.on:
            yield from _return(world, day, lease)


def return_all(world: World, day: Day) -> Played[None]:
    """Return all leases at the year's end, before the true-up counts what is held."""
    for lease in _running(world):
        yield from _return(world, day, lease)


def _running(world: World) -> list[Lease]:
    """Leases that have not ended, in the order in which they began."""
    return [world.contracts.leases[n] for n in world.contracts.running.values()]


def _lend(
    world: World, day: Day, card: int, owner: str, right: Right, mass: int, ends: date, months: int
) -> Played[None]:
    """Begin one lease, if the firm can pay its rent."""
    file, firm = world.file, world.firm_id(card)
    assert file.lease is not None
    price = file.pollutant[right.pollutant].reference_price.value
    factor = Fraction(str(file.lease.price_factor.value))
    lease = Lease(
        id=f"{day.on}/{firm}/{right.pollutant}/lease",
        lessor=owner,
        lessee=firm,
        rights=(right,),
        mass_mg=mass,
        rent_fen=rent_fen(mass, price, months, factor),
        begins=day.on,
        ends=ends,
    )
    check_lease(lease, months, file.lease.max_months.value)
    # assumed: the rent is paid in advance and not lent, so a firm without cash gets no lease
    if world.books.ledger.balance(cash(firm), YUAN) < lease.rent_fen:
        return
    event = happened(
        day.on, "start_leases", "lease.started", firm,
        "{who} leases {mass} t of {pollutant} until {until} for {money} yuan",
        LEASE_RULE, mass_mg=mass, money_fen=lease.rent_fen, pollutant=right.pollutant,
        until=str(ends),
    )  # fmt: skip
    entry = settle.start_lease(lease, from_reserve=True, why=LEASE_RULE)
    yield Outcome([entry], [LeaseSet(lease), Counted("leased", card, mass)], [event])
    yield from top_up_card(world, day, card, mass)


def _return(world: World, day: Day, lease: Lease) -> Played[None]:
    """The return of what a lessee has not used, and take it from its card."""
    right = lease.rights[0]
    card = world.card_of(lease.lessee, right.pollutant)
    # Metered emission is posted first, so that it is drawn from the lease and not from the
    # lessee's own rights.
    yield from post_swipes(world, day, [card], "lease_end")
    unused = world.books.ledger.balance(leased(lease.lessee), right)
    entries = settle.end_lease(lease, unused, to_reserve=True, on=day.on, why=LEASE_RULE)
    yield Outcome(entries, [LeaseSet(end_lease(lease, unused))])
    yield from take_back(world, day, card, unused)
    event = happened(
        day.on, "end_leases", "lease.ended", lease.lessee,
        "the lease of {who} ends: {returned} t of {pollutant} go back to {lessor}, the "
        "remainder is used",
        LEASE_RULE, mass_mg=unused, returned=fmt_t(unused), pollutant=right.pollutant,
        lessor=lease.lessor,
    )  # fmt: skip
    yield Outcome(events=[event])


def _short_until(world: World, card: int, day: Day, ends: date) -> int:
    """Largest shortfall of a card [mg]: to the month's end, or to the end of the lease."""
    # Both are needed: a month can run short though the months together suffice.
    left, quota = world.cards.bank.left_of_mg(card), world.cards.bank.quota_mg[card]
    soon = need_mg(world, card, day, month_end(day.on)) - left
    loads = left + int(quota[day.month + 1 : ends.month].sum())
    return max(soon, need_mg(world, card, day, ends) - loads)


def _months_later(on: date, months: int) -> date:
    """The day before the same day `months` later."""
    month = on.month - 1 + months
    first = date(on.year + month // 12, month % 12 + 1, 1)
    return min(first + timedelta(days=on.day - 1), month_end(first)) - timedelta(days=1)


# --- buyback ------------------------------------------------------------------------


def buy_back(world: World, day: Day) -> Played[None]:
    """Take surplus back into the reserve: paid rights for money, free ones for nothing."""
    rules = world.file.buyback
    if rules is None or day.on not in rules.dates:
        return
    held = world.held(day.on.year)
    for card in range(world.card_count):
        firm, pollutant = world.firm_id(card), world.pollutant_of(card)
        spare = int(held.usable_mg[card]) - need_mg(world, card, day)
        mass = int(spare * Fraction(str(1 - rules.keep.value)))
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
    yield from take_back(world, day, card, mass_mg)
    row = _contract_row(contract.id, "buyback", firm, government, rights, mass_mg,
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
    yield from take_back(world, day, card, mass_mg)
    row = _contract_row(entry.id, "recovery", firm, government, rights, mass_mg, 0,
                        day.on, None, None, "done", RECOVER_RULE)  # fmt: skip
    event = happened(
        day.on, "buyback", "buyback.recovered", firm,
        "{who} returns {mass} t/yr of free {pollutant} rights to {government} without payment",
        RECOVER_RULE, mass_mg=mass_mg, pollutant=pollutant, government=government,
    )  # fmt: skip
    yield Outcome(events=[event], rows=[("contracts", row)])


# --- pledges ------------------------------------------------------------------------


def lend_on_pledge(world: World, day: Day) -> Played[None]:
    """Begin loans on their day; on the due day repay them or declare default."""
    rules = world.file.pledge
    if rules is not None and day.on == rules.date:
        yield from _lend_money(world, day)
    for pledge in list(world.contracts.pledges.values()):
        if pledge.state == "running" and pledge.due <= day.on:
            yield from _fall_due(world, day, pledge)


def collateral_orders(world: World, right: Right, session: str, product: str) -> list[Order]:
    """Orders that sell defaulted collateral: at any price, for the bank, before all others.

    Args:
        world: the simulated year.
        right: right that the session trades.
        session: name of the session, for the order's id.
        product: name of the product in the book.
    Returns: one order, or none.
    """
    found: list[Order] = []
    for pledge in world.contracts.pledges.values():
        mass = world.books.ledger.balance(escrow(pledge.bank), right)
        if pledge.state == "defaulted" and right in pledge.rights and mass:
            order_id = f"{session}/{pledge.bank}/{pledge.id}"
            order = Order(order_id, pledge.bank, Side.SELL, product, mass, 0, -1)
            found.append(order)
    # All defaulted collateral of a bank lies in one escrow account, so a second order would
    # sell the same mass again.
    return found[:1]


def settle_collateral(
    world: World, day: Day, right: Right, clearing: Clearing, session: str
) -> Played[None]:
    """Mark a defaulted pledge as sold and log the proceeds against the debt.

    Args:
        world: the simulated year.
        day: the day of the session.
        right: right that was traded.
        clearing: result of the session; the bank's fills are the collateral sold.
        session: name of the session.
    """
    fills = [fill for fill in clearing.fills if fill.order.trader.startswith("bank:")]
    for pledge in list(world.contracts.pledges.values()):
        if pledge.state != "defaulted" or right not in pledge.rights or not fills:
            continue
        money = sum(fill.money_fen for fill in fills)
        over = max(0, money - pledge.due_fen)
        event = happened(
            day.on, "settle", "pledge.sold", pledge.borrower,
            "the collateral of {who} is sold for {bank}: {mass} t for {money} yuan against a debt "
            "of {debt} yuan",
            PLEDGE_RULE, mass_mg=sum(fill.mass_mg for fill in fills), money_fen=money,
            bank=pledge.bank, debt=fmt_yuan(pledge.due_fen), over=fmt_yuan(over),
        )  # fmt: skip
        yield Outcome(changes=[PledgeSet(next_pledge(pledge, "sell"))], events=[event])
        break


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
    if ledger.balance(cash(borrower), YUAN) >= pledge.due_fen:
        entry = settle.release(pledge, left, on=day.on, why=PLEDGE_RULE)
        yield Outcome([entry], [PledgeSet(next_pledge(pledge, "repay"))])
        kind = "pledge.repaid"
        text = "{who} repays {money} yuan to {bank}; its rights are released"
    else:
        entries = settle.default(pledge, left, on=day.on, why=PLEDGE_RULE)
        yield Outcome(entries, [PledgeSet(next_pledge(pledge, "miss_payment"))])
        yield from take_back(world, day, card, left[0])
        kind = "pledge.defaulted"
        text = "{who} cannot repay {money} yuan to {bank}: its rights will be sold"
    event = happened(
        day.on, "pledges", kind, borrower, text, PLEDGE_RULE, mass_mg=left[0],
        money_fen=pledge.due_fen, bank=pledge.bank,
    )  # fmt: skip
    yield Outcome(events=[event])


def _loss(world: World, day: Day, pledge: Pledge) -> list[Entry]:
    """The loss of all cash of a borrower drawn to fail: a customer does not pay."""
    have = world.books.ledger.balance(cash(pledge.borrower), YUAN)
    if not have:
        return []
    legs = move(cash(pledge.borrower), WORLD, YUAN, have)
    return [Entry(f"{pledge.id}/loss", day.on, Reason.FUND, legs, "a customer does not pay")]


def contract_rows(world: World) -> list[tuple[Any, ...]]:
    """Rows of leases and pledges, as they stand at the end, for the table of contracts."""
    rows = [
        _contract_row(lease.id, "lease", lease.lessee, lease.lessor, lease.rights, lease.mass_mg,
                      lease.rent_fen, lease.begins, lease.ends, lease.returned_mg, lease.state,
                      LEASE_RULE)
        for lease in world.contracts.leases.values()
    ]  # fmt: skip
    rows += [
        _contract_row(pledge.id, "pledge", pledge.borrower, pledge.bank, pledge.rights,
                      pledge.mass_mg, pledge.loan_fen, pledge.begins, pledge.due, None,
                      pledge.state, PLEDGE_RULE)
        for pledge in world.contracts.pledges.values()
    ]  # fmt: skip
    return rows


def _contract_row(
    contract: str,
    kind: str,
    party: str,
    counterparty: str,
    rights: tuple[Right, ...],
    mass_mg: int,
    money_fen: int,
    begins: date,
    ends: date | None,
    returned_mg: int | None,
    state: str,
    rule: str,
) -> tuple[Any, ...]:
    years = f"{rights[0].vintage}-{rights[-1].vintage}" if len(rights) > 1 else rights[0].vintage
    product = f"{rights[0].pollutant} {years}"
    return (contract, kind, party, counterparty, product, mass_mg, money_fen, begins, ends,
            returned_mg, state, rule)  # fmt: skip
