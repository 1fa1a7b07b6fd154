"""State of a simulated year: ledger, cards, measures built, deliveries outstanding.

Everything that changes is here. Traders, clearing rules and settlements are pure: they
receive a frozen view and return values, which the phases put into effect here.
Arrays run over cards: card = firm x pollutants + pollutant.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from market.contracts.lease import Lease
from market.contracts.pledge import Pledge
from permits.account import USABLE, Pocket
from permits.card import CardBank
from permits.ledger import Entry, Ledger
from permits.permit import Permit
from permits.right import FREE, PAID, REWARD, Right
from permits.rule import Params, Rule
from scenarios.definition.scenario import Scenario
from scenarios.results.audit_inputs import CardMonth
from scenarios.simulation.building_steps import WHOLE_PPM, PlainStep, StepTable
from scenarios.simulation.calendar import Day
from scenarios.simulation.event_log import Log
from scenarios.simulation.production import Demand, FloatArray, IntArray

PROVINCE, EXCHANGE = "province", "exchange:platform"
SERIES = (FREE, REWARD, PAID)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Entries and an action put off to a later day: certificate, permit change, building."""

    due: date
    entries: tuple[Entry, ...]
    then: Callable[[Day], None]


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


@dataclass(frozen=True, slots=True)
class CardRights:
    """Rights of every card [mg].

    `usable_mg` may still be used: posted, less what is metered and not yet posted.
    `sellable_mg` is the part of it that may be sold.
    """

    usable_mg: IntArray
    sellable_mg: IntArray


@dataclass(slots=True)
class World:
    """State of a simulated year; arrays run over cards.

    `metered_mg` is emitted and not yet posted; `pending_mg` is paid for and not yet
    delivered; `control` is the share of emission that measures remove.
    """

    scenario: Scenario
    demand: Demand
    steps: StepTable
    plain_steps: tuple[PlainStep, ...]
    traders: tuple[tuple[Rule, Params, Generator], ...]  # per firm
    series: tuple[str, ...]  # per firm: of its opening rights
    bank: CardBank
    permits: dict[str, Permit]
    tally: Tally
    metered_mg: IntArray
    pending_mg: IntArray
    control: FloatArray
    balanced: NDArray[np.bool_]  # which cards are metered by material balance
    built_ppm: IntArray  # per step
    firm_index: dict[str, int]
    ledger: Ledger = field(default_factory=Ledger)
    log: Log = field(default_factory=Log)
    deliveries: list[Delivery] = field(default_factory=list)
    leases: list[Lease] = field(default_factory=list)
    pledges: list[Pledge] = field(default_factory=list)
    tables: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))
    price_fen_per_t: dict[str, int] = field(default_factory=dict)  # last, per pollutant
    prices_fen_per_t: dict[str, list[int]] = field(default_factory=dict)  # of all sessions
    sale_prices_fen_per_t: dict[str, list[tuple[date, int]]] = field(default_factory=dict)
    next_index: int = 0  # the first day not yet swiped
    unfilled_fen_per_t: dict[int, int] = field(default_factory=dict)  # by card
    floor_fen_per_t: dict[str, int] = field(default_factory=dict)
    ceiling_fen_per_t: dict[str, int] = field(default_factory=dict)
    offered_ppm: int | None = None  # of the reserve, by a policy
    # Left unsold, for the sales to come: by session, pollutant, government, year.
    waiting_mg: dict[tuple[int, str, str, int], tuple[int, ...]] = field(default_factory=dict)
    fine_percent: int = 100  # of the scenario's fines; a policy may change it daily
    ordered: dict[int, list[tuple[date, float]]] = field(default_factory=dict)  # by card
    rights: dict[tuple[str, int, str], Right] = field(default_factory=dict)  # one object each
    lean: bool = False  # only costs are needed: no log, no escrow of unsold orders
    wants_lease: dict[int, None] = field(default_factory=dict)  # cards, in order of asking
    failing: dict[str, None] = field(default_factory=dict)  # borrowers who will default
    card_events: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    month_quota_mg: IntArray | None = None  # of each card, when the month was loaded
    month_left_mg: IntArray | None = None  # of each card, when the last month ended
    card_months: list[CardMonth] = field(default_factory=list)

    @property
    def pollutants(self) -> tuple[str, ...]:
        """Pollutants in the order of the register."""
        return self.scenario.register.pollutants

    def firm_id(self, card: int) -> str:
        """Id of the firm that a card belongs to."""
        return self.scenario.register.firms[card // len(self.pollutants)].id

    def pollutant_of(self, card: int) -> str:
        """Pollutant of a card."""
        return self.pollutants[card % len(self.pollutants)]

    def card(self, firm: int, pollutant: int) -> int:
        """Index of the card of a firm and pollutant, both by index."""
        return firm * len(self.pollutants) + pollutant

    def right(self, pollutant: str, vintage: int, series: str = PAID) -> Right:
        """Return the right, one object for each, since many legs refer to them.

        Args:
            pollutant: pollutant; its zone is that of the scenario.
            vintage: year in which it may be used.
            series: free, reward or paid.
        """
        key = pollutant, vintage, series
        if key not in self.rights:
            zone = self.scenario.file.pollutant[pollutant].zone
            self.rights[key] = Right(pollutant, zone, vintage, series)
        return self.rights[key]

    def term(self, pollutant: str, first: int, series: str = PAID) -> tuple[Right, ...]:
        """Return the strip of vintages from `first` to the end of the term.

        Args:
            pollutant: pollutant of the strip.
            first: first vintage.
            series: free, reward or paid.
        """
        # The term is counted from the scenario's first year, whenever the strip begins.
        last = self.scenario.file.begins.year + self.scenario.file.rights.term_years.value
        return tuple(self.right(pollutant, v, series) for v in range(first, last))

    def held(self, vintage: int) -> CardRights:
        """Sum what every card may still use, and sell, of a vintage, in one pass of the books."""
        cards = len(self.metered_mg)
        usable, free = np.zeros(cards, np.int64), np.zeros(cards, np.int64)
        places = {pollutant: p for p, pollutant in enumerate(self.pollutants)}
        for account, asset, balance in self.ledger.balances():
            if not isinstance(asset, Right) or asset.vintage != vintage:
                continue
            firm = self.firm_index.get(account.owner)
            if firm is None or account.pocket not in USABLE:
                continue
            card = firm * len(places) + places[asset.pollutant]
            usable[card] += balance
            # Pledged and leased rights may be used but not sold, free ones never [ZJ-C19].
            if account.pocket is Pocket.HOLDING and asset.series == PAID:
                free[card] += balance
        usable -= self.metered_mg
        return CardRights(usable, np.clip(free, 0, np.maximum(usable, 0)))

    def expected_fen_per_t(self, pollutant: str) -> int:
        """Price that firms expect [fen/t]: the last one, else the reference price."""
        reference = self.scenario.file.pollutant[pollutant].reference_price.value
        return self.price_fen_per_t.get(pollutant, reference)

    def unbuilt(self, firm: int) -> Iterable[int]:
        """Yield the steps of a firm not yet built whole, cheapest first."""
        first, last = int(self.steps.first[firm]), int(self.steps.first[firm + 1])
        return (k for k in range(first, last) if self.built_ppm[k] < WHOLE_PPM)

    def put_off(
        self, day: Day, due: date, entries: Iterable[Entry], then: Callable[[Day], None]
    ) -> None:
        """Post entries and act on `due`, or now if that day has come.

        Deliveries of a day happen in the order in which they were put off.

        Args:
            day: today.
            due: day of the delivery.
            entries: entries posted on that day.
            then: called with that day after posting.
        """
        if due <= day.on:
            self.ledger.post_all(entries)
            then(day)
        else:
            self.deliveries.append(Delivery(due, tuple(entries), then))
