"""Tables and totals of a simulated year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from permits.account import Pocket
from permits.accounts import is_government
from permits.invariants import Violation
from permits.ledger import Reason
from permits.quantity import MG_PER_T
from permits.right import Right
from scenarios.results.result import Table, table
from scenarios.results.summary import (
    EvaluationSummary,
    FrictionRow,
    LedgerTotals,
    MarketTotals,
    SwipeTotals,
    TrueUpTotals,
    YearMarkets,
    YearSummary,
)
from scenarios.simulation.evaluation import Evaluation
from scenarios.simulation.payments import paid_for_openings_fen, payment_rows
from scenarios.simulation.phases.leases import lease_rows
from scenarios.simulation.phases.pledges import pledge_rows
from scenarios.simulation.world import World
from scenarios.text.wording import contract_unit

YEAR_TABLES = ("cards", "sessions", "orders", "unfilled", "trades", "contracts", "true_up")
DEFAULTED = ("defaulted", "sold")
"""States of a loan that was not repaid."""
TITLES = {
    "permit.issued": "Permits issued",
    "permit.raised": "Permits: limits raised",
    "permit.lowered": "Permits: limits lowered",
    "opening.issued": "Opening rights issued",
    "swipe.warned80": "First warning: 80 % of a month's quota",
    "swipe.warned90": "Second warning: 90 % of a month's quota",
    "swipe.shut": "Cards shut at 100 % (valve or interlock)",
    "swipe.curtailed": "Output curtailed by order at 100 %",
    "swipe.reopened": "Cards reopened",
    "swipe.topped_up": "Cards topped up",
    "swipe.shifted": "Quota of later months moved forward",
    "swipe.withdrawn": "Quota taken back from cards",
    "swipe.breach": "Emission without a right",
    "auction.won": "Electronic sale: purchases",
    "auction.lost": "Electronic sale: bids excluded by head count",
    "trade.done": "Secondary trades",
    "abate.built": "Measures installed",
    "lease.started": "Leases from the reserve",
    "lease.ended": "Leases returned",
    "buyback.done": "Surplus bought back",
    "buyback.recovered": "Free rights taken back",
    "pledge.started": "Loans on pledged rights",
    "pledge.repaid": "Loans repaid",
    "pledge.defaulted": "Loans in default",
    "pledge.sold": "Collateral sold",
    "pledge.disposed": "Collateral taken by a government",
    "pledge.settled": "Debts paid from collateral",
    "pledge.unpaid": "Debts left after the collateral",
    "true_up.compliant": "Firms in compliance at the true-up",
    "true_up.short": "Firms short at the true-up, fined",
}
NOTICES = "Notices of policies"


def year_tables(world: World, verdict: Evaluation) -> dict[str, Table]:
    """Make every table of the simulated year but that of frictions."""
    rows = {name: list(world.books.tables.get(name, ())) for name in YEAR_TABLES}
    rows["contracts"] = _contract_rows(world)
    rows["sessions"] = [_with_contracted_session(row) for row in rows["sessions"]]
    rows["trades"] = [_with_contracted_trade(row) for row in rows["trades"]]
    tables = {name: table(name, rows[name]) for name in YEAR_TABLES}
    return tables | {
        "firms": table("firms", _firm_rows(world, verdict)),
        "flow": table("flow", _flow_rows(world)),
        "payments": table("payments", [*payment_rows(world.books.ledger.journal)]),
        "happenings": table("happenings", _happening_rows(world)),
    }


def vintages_of(product: str) -> int:
    """Number of vintages of a product, `COD 2018-2022` or `COD 2018`."""
    first, _, last = product.rpartition(" ")[2].partition("-")
    return int(last or first) - int(first) + 1


def _with_contracted_session(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A session's row with the price as it was contracted, and its unit, beside the price."""
    years, traded_mg, price, money_fen = row[5], row[10], row[11], row[13]
    contracted = None if price is None else price * years
    if price is None and traded_mg:  # each at its own price: the mean of what was paid
        contracted = round(money_fen * MG_PER_T / traded_mg)
    return (*row[:12], contracted, contract_unit(years), *row[12:])


def _with_contracted_trade(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A trade's row with the price as it was contracted, and its unit, beside the price."""
    years = vintages_of(row[5])
    return (*row[:9], row[8] * years, contract_unit(years), *row[9:])


def issued_by_pollutant_mg(world: World, vintage: int) -> list[int]:
    """Rights of a vintage outstanding per pollutant: issued, net of returns to the issuer [mg]."""
    totals = dict.fromkeys(world.pollutants, 0)
    for account, asset, balance in world.books.ledger.balances():
        if account.pocket is not Pocket.ISSUED:
            continue
        if isinstance(asset, Right) and asset.vintage == vintage:
            totals[asset.pollutant] -= balance
    return list(totals.values())


def summarise_year(
    world: World,
    verdict: Evaluation,
    violations: Sequence[Violation],
    frictions: Sequence[FrictionRow] = (),
) -> YearSummary:
    """Totals of a simulated year.

    Args:
        world: the simulated year.
        verdict: its evaluation.
        violations: what the check of the ledger found.
        frictions: the same year without each friction.
    """
    journal, year = world.books.ledger.journal, world.file.begins.year
    # Of what a lean year holds too: it keeps no log.
    cards = Counter[str]()
    for (*_, kind), count in world.cards.events.items():
        cards[kind] += count
    return YearSummary(
        ledger=LedgerTotals(
            issued_mg=dict(zip(world.pollutants, issued_by_pollutant_mg(world, year), strict=True)),
            entries=len(journal),
            opening_paid_fen=paid_for_openings_fen(journal),
            violations=tuple(map(str, violations)),
        ),
        swipes=SwipeTotals(
            count=sum(e.reason is Reason.SWIPE for e in journal),
            emitted_mg=int(world.books.tally.emitted.sum()),
            warnings=cards["warned80"] + cards["warned90"],
            shut=cards["shut"],
            curtailed=cards["curtailed"],
        ),
        market=_markets(world),
        true_up=_true_up(world),
        evaluation=summarise_verdict(verdict),
        frictions=tuple(frictions),
    )


def _true_up(world: World) -> TrueUpTotals:
    rows = world.books.tables.get("true_up", ())
    short = len({row[0] for row in rows})
    return TrueUpTotals(
        compliant=len(world.rules.scenario.register.firms) - short,
        short=short,
        shortfall_mg=sum(row[4] for row in rows),
        penalty_fen=sum(row[5] for row in rows),
    )


def summarise_verdict(verdict: Evaluation) -> EvaluationSummary:
    """Totals of an evaluation over all firms, costs in whole fen."""
    return EvaluationSummary(
        no_trade_fen=round(verdict.alone),
        realised_fen=round(verdict.realised),
        optimum_fen=round(verdict.optimum),
        efficiency=verdict.efficiency,
        cost_over_least_cost=verdict.cost_over_least_cost,
    )


def _markets(world: World) -> YearMarkets:
    return YearMarkets(
        auction=_sessions(world, "auction"),
        secondary=_sessions(world, "secondary"),
        lease=_contracts(world, "lease"),
        buyback=_contracts(world, "buyback"),
        pledge=_contracts(world, "pledge"),
        pledges_defaulted=sum(p.state in DEFAULTED for p in world.contracts.pledges.values()),
    )


def _contract_rows(world: World) -> list[tuple[Any, ...]]:
    """Contracts that were done at once, then leases and pledges as they stand."""
    return [*world.books.tables.get("contracts", ()), *lease_rows(world), *pledge_rows(world)]


def _sessions(world: World, kind: str) -> MarketTotals:
    rows = [row for row in world.books.tables.get("sessions", ()) if row[2] == kind]
    traded, paid = sum(row[10] for row in rows), sum(row[13] for row in rows)
    # Per tonne and year: sessions sell rights of unequal lengths.
    return _totals(len(rows), traded, paid, priced_mg=sum(row[10] * row[5] for row in rows))


def _contracts(world: World, kind: str) -> MarketTotals:
    rows = [row for row in _contract_rows(world) if row[1] == kind]
    whole, paid = sum(row[5] for row in rows), sum(row[6] for row in rows)
    priced = sum(row[5] * vintages_of(row[4]) for row in rows)
    return _totals(len(rows), whole, paid, priced_mg=priced)


def _totals(count: int, mass_mg: int, paid_fen: int, *, priced_mg: int) -> MarketTotals:
    price = round(paid_fen * MG_PER_T / priced_mg) if priced_mg else None
    return MarketTotals(count, mass_mg, paid_fen, price)


def _firm_rows(world: World, verdict: Evaluation) -> list[tuple[Any, ...]]:
    rows = []
    width, t = len(world.pollutants), world.books.tally
    for f, firm in enumerate(world.rules.scenario.register.firms):
        for p, pollutant in enumerate(world.pollutants):
            c = f * width + p
            # Costs are per firm: they stand on its first row only, so that the column adds up.
            costs: tuple[int | None, ...] = (None, None, None)
            if p == 0:
                costs = (
                    round(float(t.build_fen[f])),
                    round(float(verdict.alone_firm[f])),
                    round(float(verdict.optimum_firm[f])),
                )
            abated = int(t.wanted[c] - t.emitted[c] - t.stopped[c])
            rows.append(
                (firm.id, firm.sector, firm.city, pollutant, int(t.opening[c]), int(t.wanted[c]),
                 abated, int(t.stopped[c]), int(t.emitted[c]), int(t.bought[c]), int(t.sold[c]),
                 int(t.leased[c]), int(t.owed[c]), *costs, int(t.penalty_fen[c]))
            )  # fmt: skip
    return rows


def _flow_rows(world: World) -> list[tuple[Any, ...]]:
    """Flows of the first vintage from issue to use or expiry, as an acyclic graph."""
    year = world.file.begins.year
    moved: Counter[tuple[str, Reason, Pocket, bool]] = Counter()
    for entry in world.books.ledger.journal:
        for leg in entry.legs:
            asset = leg.asset
            if leg.delta > 0 and isinstance(asset, Right) and asset.vintage == year:
                # A bank's collateral is still a firm's.
                ours = not is_government(leg.account.owner)
                moved[asset.pollutant, entry.reason, leg.account.pocket, ours] += leg.delta
    rows: list[tuple[Any, ...]] = []
    for p in world.pollutants:
        sold = moved[p, Reason.SALE, Pocket.HOLDING, True]
        lent = moved[p, Reason.LEASE, Pocket.LEASED, True]
        # Net of returns, and reserve that came back is a node of its own: a Sankey diagram has
        # no cycles.
        lent -= moved[p, Reason.LEASE_END, Pocket.RESERVE, False]
        back = moved[p, Reason.BUYBACK, Pocket.RESERVE, False]
        back += moved[p, Reason.RECOVER, Pocket.RESERVE, False]
        retired = moved[p, Reason.TRADE, Pocket.RETIRED, True]
        steps = [
            ("Issued", "Firms", moved[p, Reason.ISSUE, Pocket.HOLDING, True]),
            ("Issued", "Reserve", moved[p, Reason.WITHHOLD, Pocket.RESERVE, False]),
            ("Reserve", "Electronic sale", sold),
            ("Electronic sale", "Firms", sold),
            ("Reserve", "Leases, used", lent),
            ("Leases, used", "Firms", lent),
            ("Reserve", "Expired", moved[p, Reason.EXPIRE, Pocket.EXPIRED, False] - back),
            ("Firms", "Surrendered", moved[p, Reason.TRUE_UP, Pocket.SURRENDERED, True]),
            ("Firms", "Retired by ratio", retired),
            ("Firms", "Retired for the target", moved[p, Reason.TARGET, Pocket.RETIRED, True]),
            ("Firms", "Back to the reserve", back),
            ("Back to the reserve", "Expired", back),
            ("Firms", "Expired", moved[p, Reason.EXPIRE, Pocket.EXPIRED, True]),
        ]
        rows += [(p, year, origin, target, m) for origin, target, m in steps if m > 0]
    return rows


def _happening_rows(world: World) -> list[tuple[Any, ...]]:
    log = world.books.log
    rows = []
    # Kinds of policies end in the rule's name, which no list here can have.
    notices = {kind: NOTICES for kind in sorted(log.first) if kind.startswith("policy.")}
    for kind, title in (TITLES | notices).items():
        if kind in log.first:
            event = log.first[kind]
            example = f"{event.on}: {event.text.format(**event.values)}"
            rows.append(
                (kind, title, log.counts[kind], log.mass_mg[kind] or None,
                 log.money_fen[kind] or None, example, event.rule)
            )  # fmt: skip
    return rows
