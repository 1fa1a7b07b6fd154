"""State of a simulated year, in parts; `apply` alone changes any of them.

A phase reads the parts that it names and yields Outcomes (`outcome.py`), which `apply.py` puts
into effect. Traders, clearing rules, policies and settlements never see a world: they receive
frozen views. Arrays run over cards: card = firm x pollutants + pollutant.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from market.contracts.lease import Lease
from market.contracts.pledge import Pledge
from permits.account import USABLE, Pocket
from permits.card import CardBank
from permits.ledger import Entry, Ledger
from permits.permit import Permit
from permits.right import FREE, PAID, REWARD, Right
from scenarios.definition.schema import ScenarioFile
from scenarios.results.audit_inputs import CardMonth
from scenarios.simulation.agenda import PutOff
from scenarios.simulation.building_steps import WHOLE_PPM
from scenarios.simulation.command import Command, CommandAnswer
from scenarios.simulation.event_log import Log
from scenarios.simulation.market_book import Opened
from scenarios.simulation.production import FloatArray, IntArray
from scenarios.simulation.simulation_rules import SimulationRules

PROVINCE, EXCHANGE = "province", "exchange:platform"
SERIES = (FREE, REWARD, PAID)


@dataclass(slots=True)
class Tally:
    """Totals of the year for each card [mg], and what each firm paid [fen]."""

    opening: IntArray
    wanted: IntArray
    emitted: IntArray
    stopped: IntArray
    bought: IntArray
    sold: IntArray
    leased: IntArray
    owed: IntArray
    build_fen: FloatArray  # per firm
    penalty_fen: IntArray  # per card

    @classmethod
    def empty(cls, cards: int, firms: int) -> Tally:
        """Return a tally of zeros."""
        a, b, c, d, e, f, g, h, i = (np.zeros(cards, np.int64) for _ in range(9))
        return cls(a, b, c, d, e, f, g, h, np.zeros(firms), i)


def _no_rows() -> dict[str, list[tuple[Any, ...]]]:
    return defaultdict(list)


@dataclass(slots=True)
class RightsIndex:
    """Balances of every card by vintage [mg], kept up as entries are posted.

    The ledger has them too, but holds several hundred times as many, all of which would have
    to be walked for those of one vintage.
    """

    cards: int
    usable_mg: dict[int, list[int]] = field(default_factory=dict)  # as posted
    sellable_mg: dict[int, list[int]] = field(default_factory=dict)  # of these, what is sold freely
    entries: int = 0  # of the journal, counted so far

    def count(self, journal: Sequence[Entry], card_of: Mapping[tuple[str, str], int]) -> None:
        """Count the entries that are new in the journal.

        Args:
            journal: all entries posted so far.
            card_of: index of the card of each firm and pollutant.
        """
        for entry in journal[self.entries :]:
            for leg in entry.legs:
                account, asset = leg.account, leg.asset
                if account.pocket not in USABLE or not isinstance(asset, Right):
                    continue
                card = card_of.get((account.owner, asset.pollutant))
                if card is None:
                    continue  # a bank's collateral
                if asset.vintage not in self.usable_mg:
                    self.usable_mg[asset.vintage] = [0] * self.cards
                    self.sellable_mg[asset.vintage] = [0] * self.cards
                self.usable_mg[asset.vintage][card] += leg.delta
                # Pledged and leased rights may be used but not sold, free ones never [ZJ-C19].
                if account.pocket is Pocket.HOLDING and asset.series == PAID:
                    self.sellable_mg[asset.vintage][card] += leg.delta
        self.entries = len(journal)

    def copy(self) -> RightsIndex:
        """Another index in the same state."""
        usable, sellable = (
            {vintage: list(row) for vintage, row in rows.items()}
            for rows in (self.usable_mg, self.sellable_mg)
        )
        return RightsIndex(self.cards, usable, sellable, self.entries)


@dataclass(slots=True)
class Books:
    """What is recorded: ledger, log, rows of result tables, totals."""

    tally: Tally
    log: Log
    rights: RightsIndex
    ledger: Ledger = field(default_factory=Ledger)
    tables: dict[str, list[tuple[Any, ...]]] = field(default_factory=_no_rows)

    def copy(self) -> Books:
        """Other books in the same state; entries, events and rows are the same objects."""
        tables = _no_rows()
        tables.update({name: list(rows) for name, rows in self.tables.items()})
        return Books(
            deepcopy(self.tally), self.log.copy(), self.rights.copy(), self.ledger.copy(), tables
        )


@dataclass(slots=True)
class Plants:
    """What firms built and ordered. `control` is the share of emission that measures remove."""

    control: FloatArray
    built_ppm: IntArray  # per step
    ordered: dict[int, list[tuple[date, float]]] = field(default_factory=dict)  # by card
    next_index: int = 0  # the first day not yet swiped


@dataclass(slots=True)
class Cards:
    """Permits and cards. `metered_mg` is emitted and not yet posted."""

    metered_mg: IntArray
    bank: CardBank = field(default_factory=lambda: CardBank([]))
    permits: dict[str, Permit] = field(default_factory=dict)
    events: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    month_quota_mg: IntArray | None = None  # of each card, when the month was loaded
    month_left_mg: IntArray | None = None  # of each card, when the last month ended
    months: list[CardMonth] = field(default_factory=list)

    def copy(self) -> Cards:
        """Other cards in the same state; permits are the same objects."""
        other = copy(self)
        other.metered_mg, other.bank = self.metered_mg.copy(), self.bank.copy()
        other.permits, other.events = dict(self.permits), self.events.copy()
        other.months = list(self.months)
        return other


@dataclass(slots=True)
class Market:
    """Prices seen, what is paid for and not delivered, what policies have set for today."""

    pending_mg: IntArray
    price_fen_per_t: dict[str, int] = field(default_factory=dict)  # last, per pollutant
    prices_fen_per_t: dict[str, list[int]] = field(default_factory=dict)  # of all sessions
    sale_prices_fen_per_t: dict[str, list[tuple[date, int]]] = field(default_factory=dict)
    unfilled_fen_per_t: dict[int, int] = field(default_factory=dict)  # by card
    # Left unsold, for the sales to come: by session, pollutant, government, year.
    waiting_mg: dict[tuple[int, str, str, int], tuple[int, ...]] = field(default_factory=dict)
    floor_fen_per_t: dict[str, int] = field(default_factory=dict)
    ceiling_fen_per_t: dict[str, int] = field(default_factory=dict)
    offered_ppm: dict[str, int] = field(default_factory=dict)  # of the reserve, by a policy
    fine_percent: int = 100  # of the scenario's fines; a policy may change it daily
    open: dict[str, Opened] = field(default_factory=dict)  # books of open sessions, by name

    def copy(self) -> Market:
        """Another market in the same state; open books are the same objects."""
        other = copy(self)
        other.pending_mg = self.pending_mg.copy()
        other.price_fen_per_t = dict(self.price_fen_per_t)
        other.prices_fen_per_t = {p: list(seen) for p, seen in self.prices_fen_per_t.items()}
        other.sale_prices_fen_per_t = {
            p: list(seen) for p, seen in self.sale_prices_fen_per_t.items()
        }
        other.unfilled_fen_per_t = dict(self.unfilled_fen_per_t)
        other.waiting_mg, other.open = dict(self.waiting_mg), dict(self.open)
        return other


@dataclass(slots=True)
class Contracts:
    """Leases and pledges by id, and who has asked for a lease."""

    leases: dict[str, Lease] = field(default_factory=dict)
    running: dict[tuple[str, Right], str] = field(default_factory=dict)  # by lessee and right
    pledges: dict[str, Pledge] = field(default_factory=dict)
    lent: dict[str, None] = field(default_factory=dict)  # pledges that run
    defaulted: dict[str, None] = field(default_factory=dict)  # pledges with collateral to sell
    asking: dict[int, None] = field(default_factory=dict)  # cards, in order of asking
    failing: dict[str, None] = field(default_factory=dict)  # borrowers who will default


@dataclass(slots=True)
class Agenda:
    """What is put off, by day, in the order of putting off; and where the world stands."""

    put_off: dict[date, list[PutOff]] = field(default_factory=dict)
    day: int = 0  # index of the day that is being played
    phase: int = 0  # of that day: the next to be played


@dataclass(slots=True)
class People:
    """Seats that persons have taken, and the commands given so far, with their answers."""

    seats: dict[str, str] = field(default_factory=dict)  # firm to who decides for it
    given: list[Command] = field(default_factory=list)
    answers: list[CommandAnswer] = field(default_factory=list)
    keys: dict[str, int] = field(default_factory=dict)  # key to number in the log


@dataclass(frozen=True, slots=True)
class CardRights:
    """Rights of every card [mg].

    `usable_mg` may still be used: posted, less what is metered and not yet posted.
    `sellable_mg` is the part of it that may be sold.
    """

    usable_mg: IntArray
    sellable_mg: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """State of a simulated year: each part is changed in place, none is replaced."""

    rules: SimulationRules
    books: Books
    plants: Plants
    cards: Cards
    market: Market
    contracts: Contracts
    agenda: Agenda
    people: People

    @property
    def file(self) -> ScenarioFile:
        """The checked scenario file."""
        return self.rules.scenario.file

    @property
    def pollutants(self) -> tuple[str, ...]:
        """Pollutants in the order of the register."""
        return self.rules.scenario.register.pollutants

    @property
    def card_count(self) -> int:
        """Number of cards: one per firm and pollutant."""
        return len(self.rules.balanced)

    def firm_id(self, card: int) -> str:
        """Id of the firm that a card belongs to."""
        return self.rules.scenario.register.firms[card // len(self.pollutants)].id

    def pollutant_of(self, card: int) -> str:
        """Pollutant of a card."""
        return self.pollutants[card % len(self.pollutants)]

    def card(self, firm: int, pollutant: int) -> int:
        """Index of the card of a firm and pollutant, both by index."""
        return firm * len(self.pollutants) + pollutant

    def card_of(self, firm: str, pollutant: str) -> int:
        """Index of the card of a firm and pollutant, both by name."""
        return self.card(self.rules.firm_index[firm], self.pollutants.index(pollutant))

    def right(self, pollutant: str, vintage: int, series: str = PAID) -> Right:
        """Return the right of a pollutant in the scenario's zone.

        Args:
            pollutant: pollutant; its zone is that of the scenario.
            vintage: year in which it may be used.
            series: free, reward or paid.
        """
        return self.rules.right(pollutant, vintage, series)

    def term(self, pollutant: str, first: int, series: str = PAID) -> tuple[Right, ...]:
        """Return the strip of vintages from `first` to the end of the term.

        Args:
            pollutant: pollutant of the strip.
            first: first vintage.
            series: free, reward or paid.
        """
        # The term is counted from the scenario's first year, whenever the strip begins.
        last = self.file.begins.year + self.file.rights.term_years.value
        return tuple(self.right(pollutant, v, series) for v in range(first, last))

    def held(self, vintage: int) -> CardRights:
        """What every card may still use, and sell, of a vintage."""
        rights, nothing = self.books.rights, [0] * self.card_count
        usable = np.array(rights.usable_mg.get(vintage, nothing), np.int64)
        free = np.array(rights.sellable_mg.get(vintage, nothing), np.int64)
        usable -= self.cards.metered_mg
        return CardRights(usable, np.clip(free, 0, np.maximum(usable, 0)))

    def expected_fen_per_t(self, pollutant: str) -> int:
        """Price that firms expect [fen/t]: the last one, else the reference price."""
        reference = self.file.pollutant[pollutant].reference_price.value
        return self.market.price_fen_per_t.get(pollutant, reference)

    def unbuilt(self, firm: int) -> Iterable[int]:
        """Yield the steps of a firm not yet built whole, cheapest first."""
        return (
            k for k in range(*self.rules.steps_of[firm]) if self.plants.built_ppm[k] < WHOLE_PPM
        )

    def copy(self) -> World:
        """Another world in the same state, to be played on apart; the rules are shared.

        What only grows (journal, log, rows) is shared entry by entry, not copied.
        """
        return World(
            rules=self.rules,
            books=self.books.copy(),
            plants=deepcopy(self.plants),
            cards=self.cards.copy(),
            market=self.market.copy(),
            contracts=Contracts(*(dict(getattr(self.contracts, each)) for each in CONTRACTS)),
            agenda=Agenda(
                {due: list(each) for due, each in self.agenda.put_off.items()},
                self.agenda.day,
                self.agenda.phase,
            ),
            people=People(
                dict(self.people.seats),
                list(self.people.given),
                list(self.people.answers),
                dict(self.people.keys),
            ),
        )

    def showing(self, parts: Sequence[str]) -> World:
        """The same world with the parts not named closed: reading one is an error."""
        closed: dict[str, Any] = {part: _Closed(part) for part in PARTS if part not in parts}
        return replace(self, **closed)


CONTRACTS = ("leases", "running", "pledges", "lent", "defaulted", "asking", "failing")
PARTS = ("rules", "books", "plants", "cards", "market", "contracts", "agenda", "people")


class _Closed:
    """Stands for a part of the world that a phase does not name."""

    def __init__(self, part: str) -> None:
        self._part = part

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a phase reads {self._part}.{name} and does not name {self._part!r}")
