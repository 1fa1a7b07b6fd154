"""Collateral of loans in default: sold in sessions until the debt is paid, then given back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from market import settle
from market.clearing.clearing import Clearing
from market.clearing.order import Order, Side
from market.contracts.pledge import (
    Pledge,
    left_of_mg,
    next_pledge,
    sell_collateral,
    take_collateral,
)
from market.contracts.secondary import fee_fen
from permits import accounts
from permits.account import WORLD, cash, escrow
from permits.draw import Drawn
from permits.ledger import Entry, Reason, move
from permits.quantity import cost_fen, fmt_yuan
from permits.right import YUAN, Right
from permits.trueup import lapse, lapse_entries
from scenarios.simulation.agenda import Proceeds, PutOff
from scenarios.simulation.calendar import Day, year_span
from scenarios.simulation.changes import Later, PledgeSet
from scenarios.simulation.outcome import Outcome, Played, happened
from scenarios.simulation.phases.opening import reserve_owner
from scenarios.simulation.phases.swipes import top_up_card
from scenarios.simulation.world import PROVINCE, World

PLEDGE_RULE = "loan on rights [ZJ-C28] [ZJ-C32]"
LAST_RESORT = "government buyback as the last resort [ModelAssumption]"
PPM = 1_000_000  # shares are applied to whole mg in parts per million, exactly


def collateral_orders(
    world: World, day: Day, right: Right, session: str, product: str
) -> list[Order]:
    """Orders that sell collateral of loans in default, one per pledge, before all others.

    Each offers what is left of its own, from the policy's floor up, or at the expected price
    where there is none. None comes so late that the right would be delivered after its year.

    Args:
        world: the simulated year.
        day: the day of the session.
        right: right that the session trades.
        session: name of the session, for the orders' ids.
        product: name of the product in the book.
    """
    delivered = day.on + timedelta(days=world.file.market.trade_delay_days.value)
    if delivered > year_span(world.file, day.on)[1]:
        return []
    offered = [
        (pledge, left_of_mg(pledge, right)) for pledge in _in_default(world) if pledge.to_sell
    ]
    offered = [(pledge, mass) for pledge, mass in offered if mass]
    price = collateral_price(world, right.pollutant)
    return [
        Order(_order_id(session, pledge), pledge.bank, Side.SELL, product, mass, price,
              n - len(offered))
        for n, (pledge, mass) in enumerate(offered)
    ]  # fmt: skip


def collateral_price(world: World, pollutant: str, *, at_own_price: bool = False) -> int:
    """Least price at which collateral is sold [fen/t].

    Args:
        world: the simulated year.
        pollutant: pollutant of the right.
        at_own_price: whether an ask is taken at its own price, so that it should not be below
            what is expected.
    """
    floor = world.market.floor_fen_per_t.get(pollutant)
    price = expected = world.expected_fen_per_t(pollutant)
    if floor is not None:
        price = max(floor, expected) if at_own_price else floor
    return min(price, world.market.ceiling_fen_per_t.get(pollutant, price))


def settle_collateral(
    world: World, day: Day, right: Right, clearing: Clearing, session: str
) -> Played[None]:
    """Count what a session sold of each pledge's collateral; its proceeds come on delivery.

    Args:
        world: the simulated year.
        day: the day of the session.
        right: right that was traded.
        clearing: result of the session.
        session: name of the session.
    """
    delay = world.file.market.trade_delay_days.value
    fee = world.file.market.fee.value
    for pledge in _in_default(world):
        trades = [t for t in clearing.trades if t.sell == _order_id(session, pledge)]
        if not trades:
            continue
        mass = sum(trade.mass_mg for trade in trades)
        gained = (trade.seller_money_fen for trade in trades)
        # Net of the platform's fee, trade by trade, as each deal is delivered.
        money = sum(fen - fee_fen(fen, fee) for fen in gained)
        sold = sell_collateral(pledge, right, mass, money)
        event = happened(
            day.on, "settle", "pledge.sold", pledge.borrower,
            "the collateral of {who} is sold for {bank}: {mass} t for {money} yuan against a debt "
            "of {debt} yuan",
            PLEDGE_RULE, mass_mg=mass, money_fen=money, bank=pledge.bank,
            debt=fmt_yuan(max(0, pledge.due_fen - pledge.agreed_fen)),
        )  # fmt: skip
        yield Outcome(changes=[PledgeSet(sold)], events=[event])
        if delay:
            due = day.on + timedelta(days=delay)
            yield Outcome(changes=[Later(PutOff(due, Proceeds(pledge.id, money)))])
        else:
            yield from receive_proceeds(world, day, pledge.id, money)


def receive_proceeds(world: World, day: Day, pledge_id: str, money_fen: int) -> Played[None]:
    """Count money that has reached the bank; settle the pledge where nothing is left to do.

    Args:
        world: the simulated year.
        day: today.
        pledge_id: the pledge whose collateral was sold.
        money_fen: the proceeds that came today [fen].
    """
    pledge = world.contracts.pledges[pledge_id]
    pledge = replace(pledge, received_fen=pledge.received_fen + money_fen)
    yield Outcome(changes=[PledgeSet(pledge)])
    yield from settle_if_done(world, day, pledge)


def dispose_collateral(world: World, day: Day) -> Played[None]:
    """At the end of the horizon the government buys what is left, as the last resort.

    The price is that of a buyback: what was paid for a year's right. What is left of this year
    returns to the borrower if that pays the debt, before the true-up counts it.

    Args:
        world: the simulated year.
        day: the last day of a year.
    """
    if day.on != world.file.ends:
        return
    for pledge in _in_default(world):
        later = {r: mass for r, mass in _left(pledge).items() if r.vintage > day.on.year}
        if later:
            yield from _dispose(world, day, pledge, later)
        settled = world.contracts.pledges[pledge.id]
        # The month of the cards has been counted, and nothing is emitted any more.
        yield from settle_if_done(world, day, settled, top_up=False)


def lapse_collateral(world: World, day: Day) -> Played[None]:
    """Bank or expire unsold collateral of the year that ends, as of firms and reserves.

    Args:
        world: the simulated year.
        day: the last day of a year.
    """
    for pledge in _in_default(world):
        for right, mass in _left(pledge).items():
            if right.vintage == day.on.year:
                yield from _lapse(world, day, pledge, right, mass)
        yield from settle_if_done(world, day, world.contracts.pledges[pledge.id])


def settle_if_done(world: World, day: Day, pledge: Pledge, *, top_up: bool = True) -> Played[None]:
    """End a pledge whose debt is paid, or whose collateral is gone; until then nothing.

    Args:
        world: the simulated year.
        day: today.
        pledge: a pledge in default, as it stands.
        top_up: whether the borrower's card gets this year's rights that return.
    """
    # Proceeds on their way are waited for: they may pay the debt.
    if pledge.received_fen < pledge.agreed_fen:
        return
    if not pledge.owed_fen:
        yield from _pay_out(world, day, pledge)
        if top_up:
            this_year = sum(m for right, m in _left(pledge).items() if right.vintage == day.on.year)
            card = world.card_of(pledge.borrower, pledge.rights[0].pollutant)
            yield from top_up_card(world, day, card, this_year)
    elif not any(pledge.left_mg):
        if pledge.state == "defaulted":
            yield Outcome(changes=[PledgeSet(next_pledge(pledge, "run_out"))])
        event = happened(
            day.on, "settle", "pledge.unpaid", pledge.borrower,
            "the collateral of {who} is gone: {money} yuan are still owed to {bank}",
            PLEDGE_RULE, money_fen=pledge.owed_fen, bank=pledge.bank,
        )  # fmt: skip
        yield Outcome(events=[event])


def _in_default(world: World) -> list[Pledge]:
    """Pledges with collateral to sell, in the order in which they came to be in default."""
    return [world.contracts.pledges[pledge_id] for pledge_id in world.contracts.defaulted]


def _order_id(session: str, pledge: Pledge) -> str:
    return f"{session}/{pledge.bank}/{pledge.id}"


def _left(pledge: Pledge) -> dict[Right, int]:
    """Collateral neither sold nor disposed of, by right [mg]; only what there is."""
    pairs = zip(pledge.rights, pledge.left_mg, strict=True)
    return {right: mass for right, mass in pairs if mass}


def _dispose(world: World, day: Day, pledge: Pledge, masses: Mapping[Right, int]) -> Played[None]:
    """The government takes rights of later years and pays the bank, then the borrower."""
    card = world.card_of(pledge.borrower, pledge.rights[0].pollutant)
    government = reserve_owner(world, card // len(world.pollutants))
    file = world.file
    reference = file.pollutant[pledge.rights[0].pollutant].reference_price.value
    once_paid = round(reference * file.rights.paid_rate.value)
    price = cost_fen(sum(masses.values()), once_paid)
    entries = []
    missing = price - world.books.ledger.balance(cash(government), YUAN)
    if missing > 0:
        legs = move(WORLD, cash(government), YUAN, missing)
        entries.append(Entry(f"{pledge.id}/reserve", day.on, Reason.FUND, legs, "reserve fund"))
    note = accounts.PostingNote(f"{pledge.id}/dispose", day.on, LAST_RESORT)
    entries.append(
        accounts.dispose_default(
            pledge.borrower, government, pledge.bank, list(masses), list(masses.values()), note,
            price_fen=price, due_fen=pledge.owed_fen,
        )
    )  # fmt: skip
    after = take_collateral(next_pledge(pledge, "dispose"), masses)
    after = replace(
        after,
        agreed_fen=pledge.agreed_fen + price,
        received_fen=pledge.received_fen + price,
        sold_mg=pledge.sold_mg + sum(masses.values()),
    )
    event = happened(
        day.on, "close_day", "pledge.disposed", pledge.borrower,
        "{government} takes {mass} t of the collateral of {who}, rights of all later years "
        "together, for {money} yuan against a debt of {debt} yuan",
        LAST_RESORT, mass_mg=sum(masses.values()), money_fen=price, government=government,
        debt=fmt_yuan(pledge.owed_fen),
    )  # fmt: skip
    yield Outcome(entries, [PledgeSet(after)], [event])


def _lapse(world: World, day: Day, pledge: Pledge, right: Right, mass_mg: int) -> Played[None]:
    """The year of a right ends: a part is banked into the pledge's next vintage, if it has one."""
    carry = round(PPM * world.file.rights.carry_over.value)
    after = replace(right, vintage=right.vintage + 1)
    # Beyond the pledge's last vintage nobody would sell what was banked.
    left = [Drawn(escrow(pledge.bank), right, mass_mg)]
    banked, lapsed = lapse(left, carry if after in pledge.rights else 0)
    entries = lapse_entries(
        banked, lapsed, on=day.on, issuer=PROVINCE, id_stem=f"{pledge.id}/{right.vintage}"
    )
    kept = sum(each.mass_mg for each in banked)
    yield Outcome(entries, [PledgeSet(take_collateral(pledge, {right: mass_mg, after: -kept}))])


def _pay_out(world: World, day: Day, pledge: Pledge) -> Played[None]:
    """The debt is paid: the surplus and unsold rights return to the borrower."""
    # What the government paid beyond the debt went to the borrower at once.
    money = pledge.due_fen if pledge.state == "disposed" else pledge.received_fen
    back, left = sum(pledge.left_mg), _left(pledge)
    entries = settle.pay_out(
        pledge, money, pledge.left_mg, id=f"{pledge.id}/settled", on=day.on, why=PLEDGE_RULE
    )
    done = pledge if pledge.state == "disposed" else next_pledge(pledge, "sell")
    done = replace(take_collateral(done, left), returned_mg=back)
    event = happened(
        day.on, "settle", "pledge.settled", pledge.borrower,
        "the debt of {who} to {bank} is paid: {money} yuan of the proceeds and {mass} t of "
        "unsold rights, of all years together, are its own again",
        PLEDGE_RULE, mass_mg=back, money_fen=pledge.surplus_fen, bank=pledge.bank,
    )  # fmt: skip
    yield Outcome(entries, [PledgeSet(done)], [event])
