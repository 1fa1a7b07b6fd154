"""End of a month: swipes posted. End of a year: true-up, fines, expiry."""

from __future__ import annotations

import numpy as np

from permits.account import cash, holding, owed, pledged, reserve, used
from permits.draw import Available, Drawn
from permits.ledger import Entry
from permits.quantity import fmt_yuan
from permits.right import YUAN
from permits.trueup import (
    FineRule,
    TrueUp,
    TrueUpRules,
    YearEnd,
    lapse,
    lapse_entries,
    true_up,
    true_up_entries,
)
from scenarios.results.audit_inputs import CardMonth
from scenarios.simulation.calendar import Day
from scenarios.simulation.changes import Fined, MonthEnded
from scenarios.simulation.expectation import fine_in_force_fen
from scenarios.simulation.outcome import Happening, Outcome, Played, Row, happened
from scenarios.simulation.phases.collateral import dispose_collateral, lapse_collateral
from scenarios.simulation.phases.leases import return_all
from scenarios.simulation.phases.opening import reserve_owner
from scenarios.simulation.phases.swipes import post_swipes
from scenarios.simulation.world import PROVINCE, SERIES, World

PPM = 1_000_000  # shares are applied to whole mg in parts per million, exactly


def close_day(world: World, day: Day) -> Played[None]:
    """Post the month's swipes; on the last day of a year, settle it."""
    if not day.is_month_end:
        return
    # Swipes first: what is emitted counts as used before anything is counted or settled.
    yield from post_swipes(world, day, range(world.card_count), "month")
    if day.is_year_end:
        # Leases go back before the month is counted, since their cards change with them, and
        # before the true-up, which counts what is held: a lessee would otherwise surrender
        # rights that are the lessor's again.
        yield from return_all(world, day)
    yield _month(world, day)
    if day.is_year_end:
        # Before the true-up: what is returned to a borrower counts there, and pays its fine.
        yield from dispose_collateral(world, day)
        yield from _true_up(world, day)
        yield from lapse_collateral(world, day)
        # Reserves expire last: leases went back into them.
        yield Outcome(_lapse_reserves(world, day))


def fine_rules(world: World) -> TrueUpRules:
    """The scenario's true-up rules, fines scaled by a policy's factor in force today."""
    rules = world.file.true_up
    full_at = round(PPM * rules.fine_scale.value)
    least, most = fine_in_force_fen(world)
    fine = FineRule(
        least_fen=least,
        most_fen=most,
        full_at_ppm=full_at or None,
        source=rules.fine_min.source,
        status=rules.fine_min.status,
    )
    carry = round(PPM * world.file.rights.carry_over.value)
    return TrueUpRules(fine, rules.make_good.value, carry)


def _true_up(world: World, day: Day) -> Played[None]:
    """Settle every card: surrender, fine, banking and expiry, each posted card by card."""
    rules = fine_rules(world)
    for card in range(world.card_count):
        result = true_up(_year_end(world, day, card), rules)
        county = reserve_owner(world, card // len(world.pollutants))
        entries = true_up_entries(result, on=day.on, county=county, issuer=PROVINCE)
        event, rows = _told(world, day, card, result)
        yield Outcome(entries, [Fined(card, result.fine_fen)], [event], rows)


def _year_end(world: World, day: Day, card: int) -> YearEnd:
    firm, pollutant = world.firm_id(card), world.pollutant_of(card)
    balance, year = world.books.ledger.balance, day.on.year
    rights = [world.right(pollutant, year, series) for series in SERIES]
    paid = world.right(pollutant, year)
    return YearEnd(
        firm=firm,
        right=paid,
        used=tuple(Drawn(used(firm), r, mass) for r in rights if (mass := balance(used(firm), r))),
        owed_mg=-balance(owed(firm), paid),
        unused=_held(world, firm, pollutant, year),
        next_vintage=_held(world, firm, pollutant, year + 1),
        cash_fen=balance(cash(firm), YUAN),
    )


def _held(world: World, firm: str, pollutant: str, vintage: int) -> tuple[Available, ...]:
    found = [
        Available(account, right, mass)
        for account in (holding(firm), pledged(firm))
        for series in SERIES
        if (right := world.right(pollutant, vintage, series))
        and (mass := world.books.ledger.balance(account, right))
    ]
    return tuple(found)


def _told(world: World, day: Day, card: int, result: TrueUp) -> tuple[Happening, list[Row]]:
    """The event of a card's true-up and, where it is short, the row."""
    firm, pollutant = world.firm_id(card), world.pollutant_of(card)
    surrendered = sum(d.mass_mg for d in (*result.surrendered, *result.covered))
    if result.compliant:
        event = happened(
            day.on, "close_day", "true_up.compliant", firm,
            "{who} surrenders {mass} t of {pollutant} and is in compliance",
            f"true-up {result.source}", mass_mg=surrendered, pollutant=pollutant,
        )  # fmt: skip
        return event, []
    row = (firm, pollutant, day.on.year, surrendered, result.shortfall_mg, result.fine_fen,
           result.paid_fen, result.source)  # fmt: skip
    event = happened(
        day.on, "close_day", "true_up.short", firm,
        "{who} is short by {mass} t of {pollutant}: a fine of {money} yuan, {paid} yuan of it paid",
        f"discharge above the permitted amount {result.source}",
        mass_mg=result.shortfall_mg, money_fen=result.fine_fen, pollutant=pollutant,
        paid=fmt_yuan(result.paid_fen),
    )  # fmt: skip
    return event, [("true_up", row)]


def _lapse_reserves(world: World, day: Day) -> list[Entry]:
    """Bank or expire the unused vintage of every reserve, as of firms."""
    carry = round(PPM * world.file.rights.carry_over.value)
    entries: list[Entry] = []
    for owner in world.rules.members:
        left = [
            Drawn(reserve(owner), right, mass)
            for pollutant in world.pollutants
            if (right := world.right(pollutant, day.on.year))
            and (mass := world.books.ledger.balance(reserve(owner), right))
        ]
        banked, lapsed = lapse(left, carry)
        entries += lapse_entries(
            banked, lapsed, on=day.on, issuer=PROVINCE, id_stem=f"{day.on}/{owner}/reserve"
        )
    return entries


def _month(world: World, day: Day) -> Outcome:
    """The month: one row per sector and pollutant, and one per card for the audit."""
    month, pollutants = f"{day.on:%Y-%m}", len(world.pollutants)
    rows: list[Row] = []
    bank = world.cards.bank
    groups: dict[tuple[str, str], list[int]] = {}
    for card in range(world.card_count):
        sector = world.rules.scenario.register.firms[card // pollutants].sector
        groups.setdefault((sector, world.pollutant_of(card)), []).append(card)
    for (sector, pollutant), cards in sorted(groups.items()):
        counts = [
            world.cards.events[month, sector, pollutant, kind]
            for kind in ("warned80", "warned90", "shut", "curtailed", "reopened")
        ]
        loaded, emitted = int(bank.loaded_mg[cards].sum()), int(bank.used_mg[cards].sum())
        left = int((bank.left_mg()[cards] + bank.later_mg()[cards]).sum())
        row = (month, sector, pollutant, len(cards), loaded, emitted, left, *counts)
        rows.append(("cards", row))
    if world.rules.lean:
        return Outcome(rows=rows)
    return Outcome(changes=[MonthEnded(_card_months(world, month))], rows=rows)


def _card_months(world: World, month: str) -> list[CardMonth]:
    """The month of every card; what was delivered on its first morning belongs to it."""
    bank, carried, quota = world.cards.bank, world.cards.month_left_mg, world.cards.month_quota_mg
    assert carried is not None and quota is not None, "cards are loaded before a month ends"
    if not bank.rules.carry_within_year:
        # Unused quota is lost then, but an excess still counts against the next month.
        carried = np.minimum(carried, 0)
    changed = bank.loaded_mg - carried - quota
    columns = zip(
        carried.tolist(), quota.tolist(), changed.tolist(), bank.used_mg.tolist(), strict=True
    )
    return [
        CardMonth(month, bank.firms[card], bank.pollutants[card], bank.stops[card].value, *row)
        for card, row in enumerate(columns)
    ]
