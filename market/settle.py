"""Results into ledger entries: the only file that knows both.

Every function is pure: it returns entries, the runner posts them. A strip moves as
one: one pair of legs a vintage. Offers wait in escrow (rights of a seller, cash of a
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
    """Put behind every trader's orders what they promise: rights, or the most they pay.

    One entry a trader. Where further bids revise the first, the caller passes those
    that stand for the most money.

    Args:
        spare_fen: kept in hand by a buyer, since each of its trades is rounded by
            itself: half a fen for every possible one.
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
    """Give back what a session did not take: rests, and money above the price paid."""
    sold, paid = _taken(clearing)
    entries = []
    for trader, own in _by_trader(orders).items():
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
    """Government to firm: rights set aside from the reserve, the winner's money to its
    treasury."""
    entries = []
    for number, trade in enumerate(trades):
        assert trade.buyer is not None
        legs = _across(escrow(seller), holding(trade.buyer), strip, trade.mass_mg)
        if trade.money_fen:
            legs += move(escrow(trade.buyer), cash(seller), YUAN, trade.money_fen)
        entries.append(Entry(f"{session}/sale/{number:04d}", on, Reason.SALE, legs, why))
    return tuple(entries)


def set_aside(
    seller: str, strip: Strip, mass_mg: int, *, session: str, on: date, why: str
) -> tuple[Entry, ...]:
    """What a government has sold leaves its reserve at once, whenever it is delivered."""
    legs = _across(reserve(seller), escrow(seller), strip, mass_mg)
    return (Entry(f"{session}/aside", on, Reason.OFFER, legs, why),) if legs else ()


def secure_deal(deal: Deal, *, why: str) -> Entry:
    """What a deal promises goes into escrow: the seller's rights, the buyer's money."""
    legs = _across(holding(deal.seller), escrow(deal.seller), deal.rights, deal.mass_mg)
    if deal.money_fen:
        legs += move(cash(deal.buyer), escrow(deal.buyer), YUAN, deal.money_fen)
    return Entry(f"{deal.id}/secure", deal.history[-1][1], Reason.OFFER, legs, why)


def deliver_deal(
    deal: Deal, *, operator: str, on: date, why: str, issuer: str | None = None
) -> Entry:
    """Out of escrow: the buyer keeps what its replacement ratio leaves, the rest retires.

    Between zones the seller's zone retires what was given and the buyer's issues what is
    received, so that each balances by itself.

    Args:
        operator: the platform, which keeps the fee and what a rule takes from the buyer
            and does not give to the seller.
        issuer: who issues in the buyer's zone; needed where the zones differ.
    """
    source = escrow(deal.seller)
    legs: tuple[Leg, ...] = ()
    if deal.into != deal.rights:
        assert issuer is not None, "a deal between zones without an issuer"
        legs += _across(source, retired(deal.seller), deal.rights, deal.mass_mg)
        source = issued(issuer)
    legs += _across(source, holding(deal.buyer), deal.into, deal.usable_mg)
    legs += _across(source, retired(deal.buyer), deal.into, deal.retired_mg)
    to_seller = deal.received_fen - deal.fee_fen
    if to_seller:
        legs += move(escrow(deal.buyer), cash(deal.seller), YUAN, to_seller)
    if deal.money_fen - to_seller:
        legs += move(escrow(deal.buyer), cash(operator), YUAN, deal.money_fen - to_seller)
    return Entry(deal.id, on, Reason.TRADE, legs, why)


def void_deal(deal: Deal, *, why: str) -> Entry:
    """A deal that was secured is off: everything goes back."""
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
    """Firm to firm across zones: the seller's zone retires what is given, the buyer's zone
    issues what it is worth there; each zone balances by itself.

    Args:
        government: the owner that issues rights of the buyer's zone.
    """
    assert (given.zone, received.zone) == (exchange.seller_zone, exchange.buyer_zone)
    legs: tuple[Leg, ...] = move(escrow(seller), retired(seller), given, exchange.given_mg)
    if exchange.received_mg:
        legs += move(issued(government), holding(buyer), received, exchange.received_mg)
    if money_fen:
        legs += move(escrow(buyer), cash(seller), YUAN, money_fen)
    return Entry(f"{session}/exchange/{number:04d}", on, Reason.CONVERT, legs, why)


def start_lease(lease: Lease, *, from_reserve: bool, why: str) -> Entry:
    """The mass passes to the lessee for use, the rent to the lessor."""
    source = reserve(lease.lessor) if from_reserve else holding(lease.lessor)
    legs = _across(source, leased(lease.lessee), lease.rights, lease.mass_mg)
    if lease.rent_fen:
        legs += move(cash(lease.lessee), cash(lease.lessor), YUAN, lease.rent_fen)
    return Entry(f"{lease.id}/start", lease.begins, Reason.LEASE, legs, why)


def end_lease(
    lease: Lease, unused_mg: int, *, to_reserve: bool, on: date, why: str
) -> tuple[Entry, ...]:
    """What is unused goes back; nothing where all was used."""
    target = reserve(lease.lessor) if to_reserve else holding(lease.lessor)
    legs = _across(leased(lease.lessee), target, lease.rights, unused_mg)
    return (Entry(f"{lease.id}/end", on, Reason.LEASE_END, legs, why),) if legs else ()


def buy_back(contract: Buyback, *, why: str) -> Entry:
    """Paid rights into the reserve, money to the firm."""
    note = accounts.Note(contract.id, contract.on, why)
    return accounts.buy_back(
        contract.seller, contract.buyer, contract.rights, contract.mass_mg, contract.money_fen, note
    )


def start_pledge(pledge: Pledge, *, why: str) -> Entry:
    """Rights into PLEDGED, the loan to the borrower."""
    legs = _across(
        holding(pledge.borrower), pledged(pledge.borrower), pledge.rights, pledge.mass_mg
    )
    legs += move(cash(pledge.bank), cash(pledge.borrower), YUAN, pledge.loan_fen)
    return Entry(f"{pledge.id}/start", pledge.begins, Reason.PLEDGE, legs, why)


def release(pledge: Pledge, left_mg: Sequence[int], *, on: date, why: str) -> Entry:
    """Loan and interest to the bank; what is left of the pledge (some may have been used)
    is free again.

    Args:
        left_mg: per right of the pledge.
    """
    legs: tuple[Leg, ...] = move(cash(pledge.borrower), cash(pledge.bank), YUAN, pledge.due_fen)
    legs += _each(pledged(pledge.borrower), holding(pledge.borrower), pledge.rights, left_mg)
    return Entry(f"{pledge.id}/release", on, Reason.RELEASE, legs, why)


def default(pledge: Pledge, left_mg: Sequence[int], *, on: date, why: str) -> tuple[Entry, ...]:
    """What is left of the pledge goes into escrow, to be sold for the bank."""
    legs = _each(pledged(pledge.borrower), escrow(pledge.bank), pledge.rights, left_mg)
    return (Entry(f"{pledge.id}/default", on, Reason.DEFAULT, legs, why),) if legs else ()


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
    """What a trader's purchases can cost, in however many trades they are filled."""
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
