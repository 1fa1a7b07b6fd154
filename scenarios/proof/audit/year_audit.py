"""Tables and summary of a simulated year, recomputed from its journal, events and registers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from permits.account import Pocket
from permits.accounts import is_government
from permits.invariants import Violation
from permits.ledger import Entry, Reason
from permits.quantity import FEN_PER_YUAN, MG_PER_T
from permits.right import Right
from scenarios.results.audit_inputs import CardMonth, LicenceLimit
from scenarios.results.stores.read import read_run_table

MOST = 10
"""Differing cells of one table that are listed one by one (assumed)."""
CARD_EVENTS = ("warned80", "warned90", "shut", "curtailed", "reopened")
HALF = Decimal("0.000001")
"""How far a ratio in the summary may be from the one of its rounded amounts."""

EVENT_OF = {
    "auction.won": Reason.SALE,
    "trade.done": Reason.TRADE,
    "lease.started": Reason.LEASE,
    "buyback.done": Reason.BUYBACK,
    "buyback.recovered": Reason.RECOVER,
    "pledge.started": Reason.PLEDGE,
}
"""Events that each report one entry."""

Cells = Mapping[Any, Any]
"""Values by row and column."""
EventRow = Sequence[Any]
"""As stored: seq, on, phase, kind, who, text, values, rule."""


@dataclass(slots=True)
class YearFacts:
    """What the entries and events of a year add up to."""

    reasons: Counter[Reason] = field(default_factory=Counter)
    used_mg: Counter[tuple[str, str]] = field(default_factory=Counter)
    owed_mg: Counter[tuple[str, str]] = field(default_factory=Counter)
    fine_fen: Counter[str] = field(default_factory=Counter)
    built_fen: Counter[str] = field(default_factory=Counter)
    moved_mg: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    """By pollutant, vintage, reason, pocket and whether no government's: what arrived."""
    deals: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    mass_mg: Counter[str] = field(default_factory=Counter)
    money_fen: Counter[str] = field(default_factory=Counter)
    short: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    compliant: set[str] = field(default_factory=set)
    paid_fen: Counter[str] = field(default_factory=Counter)
    received_fen: Counter[str] = field(default_factory=Counter)
    """By owner: what left it for others, and came from others, entry by entry."""
    cards: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    @classmethod
    def of(cls, journal: Iterable[Entry], events: Iterable[EventRow]) -> YearFacts:
        """Add up entries and events.

        Raises: ValueError and its like for an event that is none.
        """
        facts = cls()
        for entry in journal:
            facts._add(entry)
        for row in events:
            facts._add_event(row)
        return facts

    def _add(self, entry: Entry) -> None:
        self.reasons[entry.reason] += 1
        for leg in entry.legs:
            owner, pocket = leg.account.owner, leg.account.pocket
            if leg.delta > 0 and isinstance(leg.asset, Right):
                line = leg.asset.pollutant, leg.asset.vintage
                self.moved_mg[*line, entry.reason, pocket, not is_government(owner)] += leg.delta
            if entry.reason is Reason.SWIPE and isinstance(leg.asset, Right):
                key = owner, leg.asset.pollutant
                self.used_mg[key] += leg.delta if pocket is Pocket.USED else 0
                self.owed_mg[key] -= leg.delta if pocket is Pocket.OWED else 0
            elif entry.reason is Reason.PENALTY and leg.delta < 0:
                self.fine_fen[owner] -= leg.delta
            elif entry.reason is Reason.BUILD and leg.account.pocket is Pocket.CASH:
                self.built_fen[owner] -= leg.delta
        self._add_money(entry)
        if entry.reason in (Reason.SALE, Reason.TRADE):
            self.deals[_deal(entry)] += 1

    def _add_money(self, entry: Entry) -> None:
        gained = Counter[str]()
        for leg in entry.legs:
            if not isinstance(leg.asset, Right):
                gained[leg.account.owner] += leg.delta
        for owner, delta in gained.items():
            (self.received_fen if delta > 0 else self.paid_fen)[owner] += abs(delta)

    def _add_event(self, row: EventRow) -> None:
        on, kind, who, values = row[1], row[3], row[4], json.loads(row[6])
        self.kinds[kind] += 1
        mass, money = _mg(values.get("mass", 0)), _fen(values.get("money", 0))
        self.mass_mg[kind] += mass
        self.money_fen[kind] += money
        if kind == "true_up.compliant":
            self.compliant.add(who)
        if kind == "true_up.short":
            self.short[who, values["pollutant"], mass, money] += 1
        if kind.startswith("swipe."):
            self.cards[on[:7], values.get("pollutant", ""), kind.removeprefix("swipe.")] += 1


def _deal(entry: Entry) -> tuple[Any, ...]:
    """Session with its day, buyer, mass with what retires of it [mg], and money [fen]."""
    masses: Counter[int] = Counter()
    buyer, money = "", 0
    for leg in entry.legs:
        if leg.delta <= 0:
            continue
        if not isinstance(leg.asset, Right):
            money += leg.delta
        elif leg.account.pocket in (Pocket.HOLDING, Pocket.RETIRED):
            masses[leg.asset.vintage] += leg.delta
            buyer = leg.account.owner
    # The entry itself bears the day of the delivery.
    session = entry.id.rsplit("/", 2)[0]
    return (
        session,
        session.partition("/")[0],
        buyer,
        max(masses.values(), default=0),
        money,
    )


def find_in_year(
    run: Path,
    summary: Mapping[str, Any],
    facts: YearFacts,
    cards: Sequence[CardMonth],
    licences: Sequence[LicenceLimit],
) -> Iterator[Violation]:
    """Compare tables and summary with what the journal adds up to.

    Args:
        run: the folder.
        summary: `summary.json`.
        facts: sums of entries and events.
        cards: months of the cards.
        licences: limits of the permits.
    Raises: InputError for a table that cannot be read; ValueError and its like for values of
        other kinds.
    """
    yield from _find_in_summary(summary, facts)
    yield from _find_in_events(facts)
    yield from _find_in_happenings(run, facts)
    yield from _find_in_firms(run, facts)
    yield from _find_in_flow(run, facts)
    yield from _find_in_cards(run, facts, cards)
    yield from _find_in_trades(run, facts)
    yield from _find_in_payments(run, facts)
    yield from _find_in_true_up(run, facts)
    yield from _find_in_markets(run, summary)
    yield from _find_in_licences(licences, facts)


def _differ(where: str, told: Cells, journal: Cells) -> Iterator[Violation]:
    """Values that a file states otherwise than the journal, each with its row and column."""
    keys = [key for key in {**told, **journal} if told.get(key) != journal.get(key)]
    for key in sorted(keys, key=str)[:MOST]:
        text = "{what}: the file states {told}, but the journal gives {journal}"
        values = {
            "what": " ".join(map(str, key)),
            "told": _said(told.get(key)),
            "journal": _said(journal.get(key)),
        }
        yield Violation("audit.recomputed", text, where, values)


def _said(value: Any) -> str:
    return "–" if value is None else str(value)


def _find_in_summary(summary: Mapping[str, Any], facts: YearFacts) -> Iterator[Violation]:
    kinds, swipes = facts.kinds, summary.get("swipes") or {}
    short = "true_up.short"
    # A firm counts once, however many its cards are.
    short_firms = {firm for firm, *_ in facts.short}
    given: dict[str, tuple[Mapping[str, Any], dict[str, Any]]] = {
        "swipes": (swipes, {
            "count": facts.reasons[Reason.SWIPE],
            "emitted_t": Decimal(sum(facts.used_mg.values())) / MG_PER_T,
            "warnings": kinds["swipe.warned80"] + kinds["swipe.warned90"],
            "shut": kinds["swipe.shut"],
            "curtailed": kinds["swipe.curtailed"],
        }),
        "true_up": (summary.get("true_up") or {}, {
            "compliant": len(facts.compliant - short_firms),
            "short": len(short_firms),
            "shortfall_t": Decimal(facts.mass_mg[short]) / MG_PER_T,
            "penalty_yuan": Decimal(facts.money_fen[short]) / FEN_PER_YUAN,
        }),
    }  # fmt: skip
    for part, (told, journal) in given.items():
        stated = {(part, name): Decimal(told[name]) for name in journal if name in told}
        there = {(part, name): Decimal(journal[name]) for _, name in stated}
        yield from _differ(f"summary.json: {part}", stated, there)
    yield from _find_in_ratios(summary)


def _find_in_ratios(summary: Mapping[str, Any]) -> Iterator[Violation]:
    """Efficiency and cost over the optimum, of the costs beside them."""
    costs = summary.get("costs") or {}
    if not {"alone_yuan", "realised_yuan", "optimum_yuan"} <= set(costs):
        return
    alone, realised, optimum = (
        Decimal(costs[name]) for name in ("alone_yuan", "realised_yuan", "optimum_yuan")
    )
    ratios = {
        "efficiency": (alone - realised, alone - optimum),
        "cost_over_least_cost": (realised - optimum, optimum),
    }
    for name, (over, under) in ratios.items():
        told = summary.get(name)
        # Near nothing to save the rounded amounts say nothing about the ratio.
        if told is None or abs(under) < 1:
            continue
        if abs(Decimal(told) - over / under) > HALF + abs(Decimal(told)) * HALF:
            text = "{what}: the file states {told}, but the journal gives {journal}"
            values = {"what": name, "told": told, "journal": f"{over / under:.9f}"}
            yield Violation("audit.recomputed", text, f"summary.json: {name}", values)


def _find_in_events(facts: YearFacts) -> Iterator[Violation]:
    """Events without their entries, or entries without their events."""
    told = {(kind,): facts.kinds[kind] for kind in EVENT_OF}
    journal = {(kind,): facts.reasons[reason] for kind, reason in EVENT_OF.items()}
    yield from _differ("run.sqlite: events", told, journal)


def _find_in_happenings(run: Path, facts: YearFacts) -> Iterator[Violation]:
    table = read_run_table(run, "happenings")
    if table is None:
        return
    told: dict[tuple[str, ...], Any] = {}
    for row in table:
        told[row["kind"], "count"] = row["count"]
        told[row["kind"], "mass_t"] = row["mass_t"] or 0
        told[row["kind"], "money_yuan"] = row["money_yuan"] or 0
    journal: dict[tuple[str, ...], Any] = {}
    for kind, count in facts.kinds.items():
        journal[kind, "count"] = count
        journal[kind, "mass_t"] = facts.mass_mg[kind]
        journal[kind, "money_yuan"] = facts.money_fen[kind]
    yield from _differ("tables/happenings.csv", told, journal)


def _find_in_firms(run: Path, facts: YearFacts) -> Iterator[Violation]:
    table = read_run_table(run, "firms")
    if table is None:
        return
    told: dict[tuple[str, ...], Any] = {}
    fines, built = Counter[str](), Counter[str]()
    for row in table:
        key = row["firm"], row["pollutant"]
        told[*key, "emitted_t"] = row["emitted_t"]
        told[*key, "owed_t"] = row["owed_t"]
        fines[row["firm"]] += row["penalty_yuan"] or 0
        built[row["firm"]] += row["build_cost_yuan"] or 0
    # A firm without emission has no entry, but a row.
    keys = {*facts.used_mg, *((firm, pollutant) for firm, pollutant, _ in told)}
    journal: dict[tuple[str, ...], Any] = {}
    for key in keys:
        journal[*key, "emitted_t"] = facts.used_mg[key]
        journal[*key, "owed_t"] = facts.owed_mg[key]
    for column, stated, booked in (
        ("penalty_yuan", fines, facts.fine_fen),
        ("build_cost_yuan", built, facts.built_fen),
    ):
        told |= {(firm, column): money for firm, money in stated.items()}
        journal |= {(firm, column): booked[firm] for firm in {*stated, *booked}}
    yield from _differ("tables/firms.csv", told, journal)


FLOWS: dict[tuple[str, str], tuple[tuple[Reason, Pocket, bool], ...]] = {
    ("Issued", "Firms"): ((Reason.ISSUE, Pocket.HOLDING, True),),
    ("Issued", "Reserve"): (
        (Reason.WITHHOLD, Pocket.RESERVE, False),
        (Reason.ISSUE, Pocket.RESERVE, False),  # runs in which one entry issued and withheld
    ),
    ("Reserve", "Electronic sale"): ((Reason.SALE, Pocket.HOLDING, True),),
    ("Firms", "Surrendered"): ((Reason.TRUE_UP, Pocket.SURRENDERED, True),),
    ("Firms", "Retired by ratio"): ((Reason.TRADE, Pocket.RETIRED, True),),
    ("Firms", "Retired for the target"): ((Reason.TARGET, Pocket.RETIRED, True),),
    ("Firms", "Expired"): ((Reason.EXPIRE, Pocket.EXPIRED, True),),
    ("Firms", "Back to the reserve"): (
        (Reason.BUYBACK, Pocket.RESERVE, False),
        (Reason.RECOVER, Pocket.RESERVE, False),
    ),
}
"""Flows of rights that are sums of entries by reason; the others are differences of these."""


def _find_in_flow(run: Path, facts: YearFacts) -> Iterator[Violation]:
    table = read_run_table(run, "flow")
    if table is None or not table.rows:
        return
    told = {
        (row["pollutant"], *flow): row["mass_t"]
        for row in table
        if (flow := (row["origin"], row["target"])) in FLOWS
    }
    year = int(table.rows[0]["vintage"])
    journal = {
        (pollutant, *flow): mass
        for pollutant in {row["pollutant"] for row in table}
        for flow, parts in FLOWS.items()
        if (mass := sum(facts.moved_mg[pollutant, year, *part] for part in parts))
    }
    yield from _differ("tables/flow.csv", told, journal)


def _find_in_cards(run: Path, facts: YearFacts, cards: Sequence[CardMonth]) -> Iterator[Violation]:
    table = read_run_table(run, "cards")
    if table is None or not cards:
        return  # no register in runs of before it
    told, journal = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for row in table:
        key = row["month"], row["pollutant"]
        told[*key, "cards"] += row["cards"]
        told[*key, "emitted_t"] += row["emitted_t"]
        for kind in CARD_EVENTS:
            told[*key, kind] += row[kind] or 0
    for card in cards:
        key = card.month, card.pollutant
        journal[*key, "cards"] += 1
        journal[*key, "emitted_t"] += card.emitted_mg
        for kind in CARD_EVENTS:
            journal[*key, kind] = facts.cards[*key, kind]
    yield from _differ("tables/cards.csv", told, journal)


def _find_in_trades(run: Path, facts: YearFacts) -> Iterator[Violation]:
    table = read_run_table(run, "trades")
    if table is None:
        return
    told = Counter(
        (row["session"], row["date"], row["buyer"],
         row["mass_t"], row["money_yuan"]) for row in table
    )  # fmt: skip
    yield from _differ("tables/trades.csv", told, facts.deals)


def _find_in_payments(run: Path, facts: YearFacts) -> Iterator[Violation]:
    """What every owner paid to others and received from others."""
    table = read_run_table(run, "payments")
    if table is None:
        return  # in runs of before it
    told = Counter[tuple[str, ...]]()
    for row in table:
        told[row["payer"], "paid"] += row["money_yuan"]
        told[row["payee"], "received"] += row["money_yuan"]
    journal = {(owner, "paid"): money for owner, money in facts.paid_fen.items() if money}
    journal |= {(owner, "received"): money for owner, money in facts.received_fen.items() if money}
    yield from _differ("tables/payments.csv", told, journal)


def _find_in_true_up(run: Path, facts: YearFacts) -> Iterator[Violation]:
    table = read_run_table(run, "true_up")
    if table is None:
        return
    told = Counter(
        (row["firm"], row["pollutant"], row["shortfall_t"], row["penalty_yuan"]) for row in table
    )
    yield from _differ("tables/true_up.csv", told, facts.short)


def _find_in_markets(run: Path, summary: Mapping[str, Any]) -> Iterator[Violation]:
    """Sessions against their trades, and the summary's markets against sessions and contracts."""
    sessions, trades = read_run_table(run, "sessions"), read_run_table(run, "trades")
    contracts, market = read_run_table(run, "contracts"), summary.get("market") or {}
    if sessions is None or trades is None:
        return
    money = Counter[tuple[str, ...]]()
    for row in trades:
        money[row["session"], "money_yuan"] += row["money_yuan"]
    told = {
        (row["session"], "money_yuan"): row["money_yuan"] for row in sessions if row["money_yuan"]
    }
    yield from _differ("tables/sessions.csv", told, {k: v for k, v in money.items() if v})
    columns = (("traded_t", "mass_t", MG_PER_T), ("money_yuan", "money_yuan", FEN_PER_YUAN))
    for kinds, rows, counted in (
        (("auction", "secondary"), list(sessions), "sessions"),
        (("lease", "buyback", "pledge"), list(contracts or ()), "contracts"),
    ):
        for kind in kinds:
            own, stated = [r for r in rows if r["kind"] == kind], market.get(kind) or {}
            sums: dict[tuple[str, ...], Any] = {(kind, counted): Decimal(len(own))}
            for column, name, scale in columns:
                # A contract has its mass, a session what was traded.
                masses = (r[column] if column in r else r[name] for r in own)
                sums[kind, name] = Decimal(sum(masses)) / scale
            given = {key: Decimal(stated[key[1]]) for key in sums if key[1] in stated}
            there = {key: sums[key] for key in given}
            yield from _differ(f"summary.json: market.{kind}", given, there)


def _find_in_licences(licences: Sequence[LicenceLimit], facts: YearFacts) -> Iterator[Violation]:
    """A limit that stands twice, and permits that no event or more than one reports."""
    seen = Counter((x.number, x.pollutant, x.year, x.effective, x.limit_mg) for x in licences)
    for number in sorted({key[0] for key, count in seen.items() if count > 1})[:MOST]:
        text = "a limit of permit {number} stands twice"
        yield Violation("audit.licence_twice", text, "run.sqlite: licences", {"number": number})
    numbers = {limit.number for limit in licences}
    if licences and len(numbers) != facts.kinds["permit.issued"]:
        told = {("permits",): len(numbers)}
        issued = {("permits",): facts.kinds["permit.issued"]}
        yield from _differ("run.sqlite: licences", told, issued)


def _mg(mass_t: Any) -> int:
    return int(Decimal(mass_t) * MG_PER_T)


def _fen(amount_yuan: Any) -> int:
    return int(Decimal(amount_yuan) * FEN_PER_YUAN)
