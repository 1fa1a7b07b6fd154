"""Every change that a year can make to its world: frozen data, each with the way it is made.

Nothing else writes to a world. A change names cards by index, firms and contracts by id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from market.contracts.lease import Lease
from market.contracts.pledge import Pledge
from permits.card import Card, CardBank
from permits.permit import Permit
from scenarios.results.audit_inputs import CardMonth
from scenarios.simulation.agenda import PutOff
from scenarios.simulation.building_steps import WHOLE_PPM
from scenarios.simulation.command import Command, CommandAnswer
from scenarios.simulation.market_book import Opened
from scenarios.simulation.outcome import CardEvents
from scenarios.simulation.production import IntArray
from scenarios.simulation.world import World

# --- totals ---------------------------------------------------------------------------

Total = Literal["bought", "sold", "leased", "owed"]


@dataclass(frozen=True, slots=True)
class Counted:
    """Mass added to a total of a card [mg]."""

    total: Total
    card: int
    mass_mg: int

    def make(self, world: World) -> None:
        getattr(world.books.tally, self.total)[self.card] += self.mass_mg


@dataclass(frozen=True, slots=True)
class OpeningCounted:
    """A firm's opening rights of one pollutant [mg a year]."""

    card: int
    mass_mg: int

    def make(self, world: World) -> None:
        world.books.tally.opening[self.card] = self.mass_mg


@dataclass(frozen=True, slots=True)
class Fined:
    """The fine of a card at a true-up, added to those of earlier years [fen]."""

    card: int
    fine_fen: int

    def make(self, world: World) -> None:
        world.books.tally.penalty_fen[self.card] += self.fine_fen


# --- permits and cards ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PermitSet:
    """A firm's permit as it is from now on: issued, or with a change decided."""

    permit: Permit

    def make(self, world: World) -> None:
        world.cards.permits[self.permit.firm] = self.permit


@dataclass(frozen=True, slots=True, eq=False)
class CardsLoaded:
    """All cards loaded for a new year."""

    bank: CardBank

    def make(self, world: World) -> None:
        # A copy: the bank is changed in place, and an Outcome stays what it was.
        world.cards.bank = self.bank.copy()
        world.cards.month_left_mg = np.zeros(len(self.bank), np.int64)


@dataclass(frozen=True, slots=True)
class MonthBegun:
    """All cards loaded for a month, 1 to 12."""

    month: int

    def make(self, world: World) -> CardEvents:
        cards = world.cards
        events = cards.bank.reload(self.month)
        cards.month_quota_mg = cards.bank.quota_mg[:, self.month - 1].copy()
        return events


@dataclass(frozen=True, slots=True, eq=False)
class DaySwiped:
    """A day's emission of every card, as far as the cards allow.

    Attributes:
        index: the day, from the first of the scenario.
        month: its month, 1 to 12.
        wanted_mg: (C,) emission without measures.
        demanded_mg: (C,) emission after measures.
    """

    index: int
    month: int
    wanted_mg: IntArray
    demanded_mg: IntArray

    def make(self, world: World) -> CardEvents:
        cards, tally = world.cards, world.books.tally
        day = cards.bank.day(self.month, self.demanded_mg)
        cards.metered_mg += day.emitted_mg
        tally.wanted += self.wanted_mg
        tally.emitted += day.emitted_mg
        tally.stopped += day.stopped_mg
        # What firms expect from now on begins with the next day.
        world.plants.next_index = self.index + 1
        return day.events


@dataclass(frozen=True, slots=True)
class Posted:
    """The metered emission of cards is in the ledger."""

    cards: Sequence[int]

    def make(self, world: World) -> None:
        world.cards.metered_mg[list(self.cards)] = 0


@dataclass(frozen=True, slots=True)
class CardSet:
    """A card after a top-up, a shift or a withdrawal."""

    index: int
    card: Card

    def make(self, world: World) -> None:
        world.cards.bank.put(self.index, self.card)


@dataclass(frozen=True, slots=True)
class EventCounted:
    """Events of cards, counted by month, sector, pollutant and kind."""

    keys: Sequence[tuple[str, str, str, str]]

    def make(self, world: World) -> None:
        world.cards.events.update(self.keys)


@dataclass(frozen=True, slots=True)
class MonthEnded:
    """The month of every card, as the audit reads it."""

    months: Sequence[CardMonth]

    def make(self, world: World) -> None:
        cards = world.cards
        cards.months += self.months
        cards.month_left_mg = cards.bank.loaded_mg - cards.bank.used_mg


@dataclass(frozen=True, slots=True, eq=False)
class DaysSwiped:
    """Emission of a stretch of days on which no card has an event.

    Attributes:
        index: the day after the stretch, from the first of the scenario.
        wanted_mg: (C,) emission without measures.
        demanded_mg: (C,) emission after measures.
        emitted_mg: (C,) what the cards let through.
    """

    index: int
    wanted_mg: IntArray
    demanded_mg: IntArray
    emitted_mg: IntArray

    def make(self, world: World) -> None:
        cards, tally = world.cards, world.books.tally
        cards.bank.count_quiet(self.emitted_mg)
        cards.metered_mg += self.emitted_mg
        tally.wanted += self.wanted_mg
        tally.emitted += self.emitted_mg
        tally.stopped += self.demanded_mg - self.emitted_mg
        world.plants.next_index = self.index


# --- measures -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ordered:
    """A part of a step [ppm] ordered by a firm; it removes nothing before its day."""

    firm: int
    step: int
    ppm: int
    due: date

    def make(self, world: World) -> None:
        # Counted as built from the order on, so that no later day orders it again.
        world.plants.built_ppm[self.step] += self.ppm
        for p in range(len(world.pollutants)):
            share = float(world.rules.steps.share[self.step, p]) * self.ppm / WHOLE_PPM
            if share:
                orders = world.plants.ordered.setdefault(world.card(self.firm, p), [])
                orders.append((self.due, share))


@dataclass(frozen=True, slots=True)
class Working:
    """A part of a step [ppm] put into operation; its cost until the year's end is counted.

    A step that was `ordered` before counts as built from its order on.
    """

    firm: int
    step: int
    ppm: int
    cost_fen: int
    on: date
    ordered: bool

    def make(self, world: World) -> None:
        plants, count = world.plants, len(world.pollutants)
        if not self.ordered:
            plants.built_ppm[self.step] += self.ppm
        cards = slice(self.firm * count, (self.firm + 1) * count)
        gained = world.rules.steps.share[self.step] * (self.ppm / WHOLE_PPM)
        # Shares of several steps may sum to 1 + 1e-16: more than all cannot be removed.
        plants.control[cards] = np.minimum(1.0, plants.control[cards] + gained)
        for card in range(cards.start, cards.stop):
            if card in plants.ordered:
                # Orders that have come due: their removal is in `control` now.
                plants.ordered[card] = [o for o in plants.ordered[card] if o[0] > self.on]
        world.books.tally.build_fen[self.firm] += self.cost_fen


# --- market ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TermsReset:
    """What policies set for yesterday ends: bounds, shares and fines are the scenario's again."""

    def make(self, world: World) -> None:
        market = world.market
        market.floor_fen_per_t, market.ceiling_fen_per_t, market.offered_ppm = {}, {}, {}
        market.fine_percent = 100


@dataclass(frozen=True, slots=True)
class BoundsSet:
    """Price bounds for today by pollutant [fen/t]; those left out stay as they are."""

    floor_fen_per_t: Mapping[str, int]
    ceiling_fen_per_t: Mapping[str, int]

    def make(self, world: World) -> None:
        # New tables each time: copies of the market share those that they have.
        market = world.market
        market.floor_fen_per_t = {**market.floor_fen_per_t, **self.floor_fen_per_t}
        market.ceiling_fen_per_t = {**market.ceiling_fen_per_t, **self.ceiling_fen_per_t}


@dataclass(frozen=True, slots=True)
class ReserveOpened:
    """Share of the reserve that sales of today offer, by pollutant [ppm]."""

    offered_ppm: Mapping[str, int]

    def make(self, world: World) -> None:
        world.market.offered_ppm = {**world.market.offered_ppm, **self.offered_ppm}


@dataclass(frozen=True, slots=True)
class FinesSet:
    """Fines of today as a percentage of the scenario's."""

    percent: int

    def make(self, world: World) -> None:
        world.market.fine_percent = self.percent


@dataclass(frozen=True, slots=True)
class PaidFor:
    """Mass that a card's firm has paid for and not yet received; below 0 on delivery [mg]."""

    card: int
    mass_mg: int

    def make(self, world: World) -> None:
        world.market.pending_mg[self.card] += self.mass_mg


@dataclass(frozen=True, slots=True)
class PriceSeen:
    """Price of a session between firms [fen/t]."""

    pollutant: str
    price_fen_per_t: int

    def make(self, world: World) -> None:
        market = world.market
        market.price_fen_per_t[self.pollutant] = self.price_fen_per_t
        market.prices_fen_per_t.setdefault(self.pollutant, []).append(self.price_fen_per_t)


@dataclass(frozen=True, slots=True)
class SalePriceSeen:
    """Lowest winning bid of a government sale [fen/t]."""

    pollutant: str
    on: date
    price_fen_per_t: int

    def make(self, world: World) -> None:
        seen = world.market.sale_prices_fen_per_t.setdefault(self.pollutant, [])
        seen.append((self.on, self.price_fen_per_t))


@dataclass(frozen=True, slots=True)
class Unmet:
    """Cost up to which each firm must abate after a session, by card of the pollutant [fen/t].

    Replaces what an earlier session of the pollutant left.
    """

    pollutant: int
    limit_fen_per_t: Mapping[int, int]

    def make(self, world: World) -> None:
        unfilled = world.market.unfilled_fen_per_t
        for card in range(self.pollutant, world.card_count, len(world.pollutants)):
            unfilled.pop(card, None)
        unfilled.update(self.limit_fen_per_t)


@dataclass(frozen=True, slots=True)
class UnsoldKept:
    """Unsold mass kept for the coming sales of a session, next first [mg]."""

    key: tuple[int, str, str, int]
    parts_mg: tuple[int, ...]

    def make(self, world: World) -> None:
        world.market.waiting_mg[self.key] = self.parts_mg


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """A book opened for a session, or the same book with another offer in it."""

    opened: Opened

    def make(self, world: World) -> None:
        world.market.open[self.opened.session.name] = self.opened


@dataclass(frozen=True, slots=True)
class SessionClosed:
    """A book closed; no more offers are taken."""

    name: str

    def make(self, world: World) -> None:
        del world.market.open[self.name]


# --- contracts ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LeaseAsked:
    """The firm of a card asks for a lease."""

    card: int

    def make(self, world: World) -> None:
        world.contracts.asking[self.card] = None


@dataclass(frozen=True, slots=True)
class LeasesAnswered:
    """All requests of the day are dealt with."""

    def make(self, world: World) -> None:
        world.contracts.asking.clear()


@dataclass(frozen=True, slots=True)
class LeaseSet:
    """A lease as it is from now on: begun or ended."""

    lease: Lease

    def make(self, world: World) -> None:
        lease, contracts = self.lease, world.contracts
        contracts.leases[lease.id] = lease
        if lease.returned_mg is None:
            contracts.running[lease.lessee, lease.rights[0]] = lease.id
        else:
            del contracts.running[lease.lessee, lease.rights[0]]


@dataclass(frozen=True, slots=True)
class PledgeSet:
    """A pledge as it is from now on; a `failing` borrower will not repay it."""

    pledge: Pledge
    failing: bool = False

    def make(self, world: World) -> None:
        pledge, contracts = self.pledge, world.contracts
        contracts.pledges[pledge.id] = pledge
        if self.failing:
            contracts.failing[pledge.id] = None
        if pledge.state == "running":
            contracts.lent[pledge.id] = None
        else:
            contracts.lent.pop(pledge.id, None)
        # To the last milligram: what the government did not take lapses with its year.
        if pledge.state == "defaulted" or any(pledge.left_mg):
            contracts.defaulted[pledge.id] = None
        else:
            contracts.defaulted.pop(pledge.id, None)


# --- agenda ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Later:
    """Something put off to a later day."""

    put_off: PutOff

    def make(self, world: World) -> None:
        world.agenda.put_off.setdefault(self.put_off.due, []).append(self.put_off)


@dataclass(frozen=True, slots=True)
class TakenUp:
    """What was put off to these days is being done."""

    days: Sequence[date]

    def make(self, world: World) -> None:
        for day in self.days:
            del world.agenda.put_off[day]


@dataclass(frozen=True, slots=True)
class MomentPassed:
    """A phase was played; after the `last` of a day the next day comes."""

    last: bool

    def make(self, world: World) -> None:
        agenda = world.agenda
        if self.last:
            agenda.day, agenda.phase = agenda.day + 1, 0
        else:
            agenda.phase += 1


@dataclass(frozen=True, slots=True)
class DaysPassed:
    """Whole days were played at once."""

    count: int

    def make(self, world: World) -> None:
        world.agenda.day += self.count


# --- people ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SeatTaken:
    """A person decides for a firm from now on; nobody does where `by` is None."""

    firm: str
    by: str | None

    def make(self, world: World) -> None:
        if self.by is None:
            del world.people.seats[self.firm]
        else:
            world.people.seats[self.firm] = self.by


@dataclass(frozen=True, slots=True)
class Answered:
    """A command and its answer, in the log of commands."""

    command: Command
    answer: CommandAnswer

    def make(self, world: World) -> None:
        people = world.people
        people.keys.setdefault(self.command.key, len(people.given))
        people.given.append(self.command)
        people.answers.append(self.answer)
