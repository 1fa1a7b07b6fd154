"""Ledger entries of market results: the only file that uses both sides.

Every function is pure: it returns entries, the runner posts them. A strip moves as
one: one pair of legs per vintage. Offers wait in escrow (rights of a seller, cash of a
buyer) and either pass on or come back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from market.clearing.budget import most_fen
from market.clearing.clearing import Clearing, Trade
from market.clearing.order import Order, Side
from market.contracts.buyback import Buyback
from market.contracts.lease import Lease
from market.contracts.pledge import Pledge
from market.contracts.secondary import Deal
from market.zones.ratios import Exchange
from permits import accounts
from permits.account import (
    Account,
    cash,
    escrow,
    holding,
    issued,
    leased,
    pledged,
    reserve,
    retired,
)
from permits.ledger import Entry, Leg, Reason, move
from permits.right import YUAN, Asset, Right

Strip = Sequence[Right]


def open_offers(
    orders: Sequence[Order], strip: Strip, *, session: str, on: date, why: str, spare_fen: int = 0
) -> tuple[Entry, ...]:
    """Entries that move every trader's promised rights, or its highest payment, into escrow.

    One entry per trader. Where further bids revise the first, the caller passes those
    that stand for the most money.

    Args:
        orders: admitted orders of one product.
        strip: the rights that are traded as one.
        session: name of the session, which begins the entry's id.
        on: day of the entry.
        why: reason, as the journal shows it.
        spare_fen: extra escrow of a buyer, since each of its trades is rounded separately:
            half a fen for every possible one.
    """
    entries = []
    for trader, own in _by_trader(orders).items():
        rights_mg = sum(order.mass_mg for order in own if order.side is Side.SELL)
        money = _secured_fen(own, len(strip), spare_fen)
        legs = _across(holding(trader), escrow(trader), strip, rights_mg)
        if money:
            legs += move(cash(trader), escrow(trader), YUAN, money)
        if legs:
            entries.append(Entry(f"{session}/{trader}/offer", on, Reason.OFFER, legs, why))
    return tuple(entries)


def close_offers(
    orders: Sequence[Order],
    clearing: Clearing,
    strip: Strip,
    *,
    session: str,
    on: date,
    why: str,
    spare_fen: int = 0,
) -> tuple[Entry, ...]:
    """Entries that return unfilled remainders, and money above the price paid.

    Args:
        orders: the same as at the opening.
        clearing: outcome of the session.
        strip: the rights that are traded as one.
        session: name of the session, which begins the entry's id.
        on: day of the entry.
        why: reason, as the journal shows it.
        spare_fen: the same as at the opening.
    """
    sold, paid = _taken(clearing)
    entries = []
    for trader, own in _by_trader(orders).items():
        # By trader, not by order: its orders went into escrow in one entry.
        rights_mg = sum(o.mass_mg for o in own if o.side is Side.SELL) - sold[trader]
        money = _secured_fen(own, len(strip), spare_fen) - paid[trader]
        legs = _across(escrow(trader), holding(trader), strip, rights_mg)
        if money:
            legs += move(escrow(trader), cash(trader), YUAN, money)
        if legs:
            entries.append(Entry(f"{session}/{trader}/rest", on, Reason.WITHDRAW, legs, why))
    return tuple(entries)


def settle_auction(
    trades: Iterable[Trade], strip: Strip, *, seller: str, session: str, on: date, why: str
) -> tuple[Entry, ...]:
    """Entries of a government sale: rights from escrow to the winner, its money to the treasury.

    Args:
        trades: each with a buyer.
        strip: the rights that are sold as one.
        seller: the government that sells.
        session: name of the session, which begins the entry's id.
        on: day of the entry.
        why: reason, as the journal shows it.
    """
    entries = []
    for number, trade in enumerate(trades):
        assert trade.buyer is not None
        # From escrow: `set_aside` moved the rights there when they were sold.
        legs = _across(escrow(seller), holding(trade.buyer), strip, trade.mass_mg)
        if trade.money_fen:
            legs += move(escrow(trade.buyer), cash(seller), YUAN, trade.money_fen)
        entries.append(Entry(f"{session}/sale/{number:04d}", on, Reason.SALE, legs, why))
    return tuple(entries)


def set_aside(
    seller: str, strip: Strip, mass_mg: int, *, session: str, on: date, why: str
) -> tuple[Entry, ...]:
    """Entry that moves sold mass out of the reserve at once, whenever it is delivered.

    Args:
        seller: the government that sells.
        strip: the rights that are sold as one.
        mass_mg: mass of each [mg].
        session: name of the session, which begins the entry's id.
        on: day of the entry.
        why: reason, as the journal shows it.
    """
    legs = _across(reserve(seller), escrow(seller), strip, mass_mg)
    return (Entry(f"{session}/aside", on, Reason.OFFER, legs, why),) if legs else ()


def secure_deal(deal: Deal, *, why: str) -> Entry:
    """Entry that moves a deal into escrow: the seller's rights, the buyer's money."""
    legs = _across(holding(deal.seller), escrow(deal.seller), deal.rights, deal.mass_mg)
    if deal.money_fen:
        legs += move(cash(deal.buyer), escrow(deal.buyer), YUAN, deal.money_fen)
    return Entry(f"{deal.id}/secure", deal.history[-1][1], Reason.OFFER, legs, why)


def deliver_deal(
    deal: Deal, *, operator: str, on: date, why: str, issuer: str | None = None
) -> Entry:
    """Entry that delivers a deal from escrow: usable part to the buyer, remainder retired.

    Between zones the seller's zone retires what was given and the buyer's issues what is
    received, so that each balances by itself.

    Args:
        deal: a secured one.
        operator: the platform, which keeps the fee and what a rule takes from the buyer
            and does not give to the seller.
        on: day of the entry.
        why: reason, as the journal shows it.
        issuer: who issues in the buyer's zone; needed where the zones differ.
    """
    source = escrow(deal.seller)
    legs: tuple[Leg, ...] = ()
    if deal.into != deal.rights:
        assert issuer is not None, "a deal between zones without an issuer"
        legs += _across(source, retired(deal.seller), deal.rights, deal.mass_mg)
        # From here on in the buyer's zone: each zone's rights balance by themselves.
        source = issued(issuer)
    legs += _across(source, holding(deal.buyer), deal.into, deal.usable_mg)
    legs += _across(source, retired(deal.buyer), deal.into, deal.retired_mg)
    # Whatever the seller does not get goes to the operator: the buyer's escrow ends at zero.
    to_seller = deal.received_fen - deal.fee_fen
    if to_seller:
        legs += move(escrow(deal.buyer), cash(deal.seller), YUAN, to_seller)
    if deal.money_fen - to_seller:
        legs += move(escrow(deal.buyer), cash(operator), YUAN, deal.money_fen - to_seller)
    return Entry(deal.id, on, Reason.TRADE, legs, why)


def void_deal(deal: Deal, *, why: str) -> Entry:
    """Entry that returns everything of a cancelled deal that was secured."""
    legs = _across(escrow(deal.seller), holding(deal.seller), deal.rights, deal.mass_mg)
    if deal.money_fen:
        legs += move(escrow(deal.buyer), cash(deal.buyer), YUAN, deal.money_fen)
    return Entry(f"{deal.id}/void", deal.history[-1][1], Reason.WITHDRAW, legs, why)


def settle_exchange(
    exchange: Exchange,
    given: Right,
    received: Right,
    *,
    seller: str,
    buyer: str,
    government: str,
    money_fen: int,
    session: str,
    number: int,
    on: date,
    why: str,
) -> Entry:
    """The entry of an exchange between firms of two zones.

    The seller's zone retires what is given, the buyer's zone issues what it is worth there;
    each zone balances by itself.

    Args:
        exchange: zones and masses [mg].
        given: the seller's right.
        received: the buyer's right.
        seller: who gives.
        buyer: who receives and pays.
        government: the owner that issues rights of the buyer's zone.
        money_fen: the payment [fen].
        session: name of the session, which begins the entry's id.
        number: of the exchange within the session.
        on: day of the entry.
        why: reason, as the journal shows it.
    """
    assert (given.zone, received.zone) == (exchange.seller_zone, exchange.buyer_zone)
    legs: tuple[Leg, ...] = move(escrow(seller), retired(seller), given, exchange.given_mg)
    if exchange.received_mg:
        legs += move(issued(government), holding(buyer), received, exchange.received_mg)
    if money_fen:
        legs += move(escrow(buyer), cash(seller), YUAN, money_fen)
    return Entry(f"{session}/exchange/{number:04d}", on, Reason.CONVERT, legs, why)


def start_lease(lease: Lease, *, from_reserve: bool, why: str) -> Entry:
    """Entry that moves the mass to the lessee for use, and the rent to the lessor.

    Args:
        lease: the contract.
        from_reserve: whether a government lends from its reserve.
        why: reason, as the journal shows it.
    """
    source = reserve(lease.lessor) if from_reserve else holding(lease.lessor)
    legs = _across(source, leased(lease.lessee), lease.rights, lease.mass_mg)
    if lease.rent_fen:
        legs += move(cash(lease.lessee), cash(lease.lessor), YUAN, lease.rent_fen)
    return Entry(f"{lease.id}/start", lease.begins, Reason.LEASE, legs, why)


def end_lease(
    lease: Lease, unused_mg: int, *, to_reserve: bool, on: date, why: str
) -> tuple[Entry, ...]:
    """Entry that returns the unused mass of a lease; none where all was used.

    Args:
        lease: the contract.
        unused_mg: mass that the lessee has not used, of each right [mg].
        to_reserve: whether it returns to a government's reserve.
        on: day of the entry.
        why: reason, as the journal shows it.
    """
    target = reserve(lease.lessor) if to_reserve else holding(lease.lessor)
    legs = _across(leased(lease.lessee), target, lease.rights, unused_mg)
    return (Entry(f"{lease.id}/end", on, Reason.LEASE_END, legs, why),) if legs else ()


def buy_back(contract: Buyback, *, why: str) -> Entry:
    """Entry that moves paid rights into the reserve, and money to the firm."""
    note = accounts.PostingNote(contract.id, contract.on, why)
    return accounts.buy_back(
        contract.seller, contract.buyer, contract.rights, contract.mass_mg, contract.money_fen, note
    )


def start_pledge(pledge: Pledge, *, why: str) -> Entry:
    """Entry that moves rights into PLEDGED, and the loan to the borrower."""
    legs = _across(
        holding(pledge.borrower), pledged(pledge.borrower), pledge.rights, pledge.mass_mg
    )
    legs += move(cash(pledge.bank), cash(pledge.borrower), YUAN, pledge.loan_fen)
    return Entry(f"{pledge.id}/start", pledge.begins, Reason.PLEDGE, legs, why)


def release(pledge: Pledge, left_mg: Sequence[int], *, on: date, why: str) -> Entry:
    """Entry of a repayment: loan and interest to the bank, remaining collateral free again.

    Args:
        pledge: the loan.
        left_mg: mass left of each right of the pledge [mg]; some may have been used.
        on: day of the entry.
        why: reason, as the journal shows it.
    """
    legs: tuple[Leg, ...] = move(cash(pledge.borrower), cash(pledge.bank), YUAN, pledge.due_fen)
    legs += _each(pledged(pledge.borrower), holding(pledge.borrower), pledge.rights, left_mg)
    return Entry(f"{pledge.id}/release", on, Reason.RELEASE, legs, why)


def default(pledge: Pledge, left_mg: Sequence[int], *, on: date, why: str) -> tuple[Entry, ...]:
    """Entry that moves the remaining collateral into escrow, to be sold for the bank.

    Args:
        pledge: the loan.
        left_mg: mass left of each right of the pledge [mg].
        on: day of the entry.
        why: reason, as the journal shows it.
    """
    legs = _each(pledged(pledge.borrower), escrow(pledge.bank), pledge.rights, left_mg)
    return (Entry(f"{pledge.id}/default", on, Reason.DEFAULT, legs, why),) if legs else ()


def pay_out(
    pledge: Pledge, money_fen: int, unsold_mg: Sequence[int], *, id: str, on: date, why: str
) -> tuple[Entry, ...]:
    """Entry that returns proceeds beyond the debt, and unsold rights, to the borrower.

    Once, when the debt is paid or nothing is left to sell, whatever the number of sales.

    Args:
        pledge: the loan.
        money_fen: proceeds of all sales that the bank received [fen].
        unsold_mg: mass of each right that found no buyer [mg].
        id: of the entry.
        on: day of the entry.
        why: reason, as the journal shows it.
    """
    legs: tuple[Leg, ...] = _each(
        escrow(pledge.bank), holding(pledge.borrower), pledge.rights, unsold_mg
    )
    # Below the debt nothing is returned; a claim for the difference is not modelled.
    over = max(0, money_fen - pledge.due_fen)
    if over:
        legs += move(cash(pledge.bank), cash(pledge.borrower), YUAN, over)
    return (Entry(id, on, Reason.RELEASE, legs, why),) if legs else ()


def _by_trader(orders: Sequence[Order]) -> dict[str, list[Order]]:
    found: dict[str, list[Order]] = defaultdict(list)
    for order in orders:
        found[order.trader].append(order)
    return found


def _taken(clearing: Clearing) -> tuple[dict[str, int], dict[str, int]]:
    sold: dict[str, int] = defaultdict(int)
    paid: dict[str, int] = defaultdict(int)
    for fill in clearing.fills:
        if fill.order.side is Side.SELL:
            sold[fill.order.trader] += fill.mass_mg
        else:
            paid[fill.order.trader] += fill.money_fen
    return sold, paid


def _secured_fen(orders: Sequence[Order], years: int, spare_fen: int) -> int:
    """The most that a trader's purchases can cost, in any number of trades [fen]."""
    buys = [order for order in orders if order.side is Side.BUY]
    # A fen for each order: filled in two trades, it is rounded twice.
    return most_fen(buys, years) + len(buys) + spare_fen if buys else 0


def _across(source: Account, target: Account, strip: Strip, mass_mg: int) -> tuple[Leg, ...]:
    return _each(source, target, strip, [mass_mg] * len(strip))


def _each(
    source: Account, target: Account, assets: Sequence[Asset], masses: Sequence[int]
) -> tuple[Leg, ...]:
    pairs = (
        move(source, target, asset, mass)
        for asset, mass in zip(assets, masses, strict=True)
        if mass
    )
    return tuple(leg for pair in pairs for leg in pair)
