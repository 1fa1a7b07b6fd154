"""Leases from a government's reserve: begun on request, returned at their end."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from market import settle
from market.contracts.lease import Lease, check_lease, end_lease, rent_fen
from permits.account import cash, leased, reserve
from permits.quantity import fmt_t
from permits.right import YUAN, Right
from scenarios.simulation.calendar import Day, month_end
from scenarios.simulation.changes import Counted, LeasesAnswered, LeaseSet
from scenarios.simulation.expectation import need_mg
from scenarios.simulation.outcome import Outcome, Played, happened
from scenarios.simulation.phases.contract_rows import contract_row
from scenarios.simulation.phases.opening import reserve_owner
from scenarios.simulation.phases.swipes import post_swipes, take_back, top_up_card
from scenarios.simulation.world import World

LEASE_RULE = "lease from the reserve [ZJ-C3]"


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
    # What was emitted before is drawn from the lessee's own rights, not from the lease.
    yield from post_swipes(world, day, [card], "lease_start")
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


def lease_rows(world: World) -> list[tuple[Any, ...]]:
    """Rows of all leases, as they stand at the end, for the table of contracts."""
    return [
        contract_row(lease.id, "lease", lease.lessee, lease.lessor, lease.rights, lease.mass_mg,
                     lease.rent_fen, lease.begins, lease.ends, lease.returned_mg, lease.state,
                     LEASE_RULE)
        for lease in world.contracts.leases.values()
    ]  # fmt: skip
