"""Synthetic hourly readings of a scenario's outlets, with cards and messages.

The daily emission of an outlet is drawn as in the simulated year, before any measure. Within
the day everything is assumed [ModelAssumption]: the same in every hour, at a round
concentration; a card of the firm's baseline in equal months; no flow while a card is used up
(a boiler keeps its curtailed output); a purchase of a quarter of the month's quota arrives on
the second morning after.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction

from permits.card import Card, Controller, Stop, month_quotas
from permits.card.cardyear import place_in_year
from permits.card.controller_inputs import Flow, MonthLoad, TopUp
from permits.card.device import STANDARD_DEVICE
from permits.card.state import STOPPED
from permits.errors import InputError
from permits.hj212.factors import FACTORS
from permits.quantity import fmt_t
from scenarios.definition.register import FirmRow
from scenarios.definition.scenario import Scenario
from scenarios.monitoring.watch.controller_cards import OutletCards, load_key, loads
from scenarios.monitoring.watch.controller_replay import ControlledOutlet, receive
from scenarios.monitoring.wire.feed import STANDS_FOR
from scenarios.simulation.daily_metering import by_balance
from scenarios.simulation.production import draw_demand

HOUR, DAY_H = timedelta(hours=1), 24
UNITS = {"water": ("mg_per_l", 1_000_000), "air": ("mg_per_m3", 1_000)}
"""A concentration's unit by medium, and ng/L in it."""
ROUND = 50
"""The first pollutant's concentration in that unit [ModelAssumption]."""
PLACES = 3
"""Decimals of a volume, and of a concentration whose form the standard does not give."""
BUYS_AFTER, BUYS_PART = timedelta(days=2, hours=9), 4  # assumed: see the module
READINGS, CARDS, MESSAGES = "readings.csv", "cards.csv", "messages.csv"
CARD_HEADS = ["card", "firm", "outlet", "pollutant", "annual_quota_t", "stop", "year"]
MAKER = "010000A8900016F"
"""The first 15 of a device number's 24 digits: those of the standard's own example [VOC-C1]."""
MESSAGE_HEADS = ["at", "outlet", "event", "card", "mass_t"]


@dataclass(frozen=True, slots=True)
class Made:
    """Number of outlets and hours, and the tables by file name."""

    outlets: int
    hours: int
    files: dict[str, str]


def make_outlets(
    scenario: Scenario, *, begins: date | None = None, days: int = 31, most: int = 20
) -> Made:
    """Synthetic readings of the first `most` firms with monitored outlets.

    Args:
        scenario: the scenario whose register and demand are used.
        begins: first day, by default that of the scenario.
        days: number of days; a month by default.
        most: largest number of firms, by default 20 (assumed).
    Returns: tables as `permits hj212 --send`, `--cards` and `--messages` take them.
    Raises: InputError for days outside the scenario, or if no firm has a monitor.
    """
    file, register = scenario.file, scenario.register
    first = begins or file.begins
    skipped, count = (first - file.begins).days, len(register.pollutants)
    if not 0 <= skipped < skipped + days <= (file.ends - file.begins).days + 1:
        raise InputError(
            "outlets.days",
            "the scenario does not cover 1 day from {begins}"
            if days == 1
            else "the scenario does not cover {days} days from {begins}",
            where=file.name,
            mend="the scenario runs from {first} to {last}",
            days=days,
            begins=str(first),
            first=str(file.begins),
            last=str(file.ends),
        )
    wanted = draw_demand(file, register, scenario.luck_seed).wanted_mg
    chosen = _monitored(scenario)[:most]
    unit = UNITS[file.pollutant[register.pollutants[0]].medium]
    plants = []
    for n in chosen:
        daily = wanted[n * count : (n + 1) * count, skipped : skipped + days]
        # The place in the register makes the device's number, whichever firms are taken.
        mn = f"{MAKER}{n + 1:09X}"
        plants.append(
            _Plant(register.firms[n], mn, register.pollutants, unit[1], first, daily.tolist())
        )
    return Made(
        len(plants), len(plants) * days * DAY_H, _files(plants, register.pollutants, unit[0])
    )


def _monitored(scenario: Scenario) -> list[int]:
    """The firms whose outlets have monitors, by their place in the register."""
    file, register = scenario.file, scenario.register
    count = len(register.pollutants)
    balanced = by_balance(file, register).reshape(-1, count)
    one_medium = len({file.pollutant[name].medium for name in register.pollutants}) == 1
    measured = one_medium and all(_places(name) is not None for name in register.pollutants)
    found = [
        n
        for n, firm in enumerate(register.firms)
        if measured and not balanced[n].any() and firm.base_mg[0] > 0
    ]
    if not found:
        raise InputError(
            "outlets.none",
            "no firm in the scenario has a monitored outlet",
            where=file.name,
            mend=(
                "choose a scenario that meters by flow and concentration, whose pollutants "
                "have HJ 212 codes and are all in water or all in air, such as "
                "jiaxing-dyers-2018"
            ),
        )
    return found


def _files(plants: Sequence[_Plant], pollutants: Sequence[str], unit: str) -> dict[str, str]:
    columns = [f"{pollutant.lower()}_{unit}" for pollutant in pollutants]
    readings = [row for plant in plants for row in plant.readings]
    return {
        READINGS: _csv(["outlet", "at", "volume_m3", *columns, "flag"], readings),
        CARDS: _csv(CARD_HEADS, [row for plant in plants for row in plant.card_rows()]),
        MESSAGES: _csv(MESSAGE_HEADS, sorted(row for plant in plants for row in plant.bought)),
    }


def _csv(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([heads, *rows])
    return out.getvalue()


class _Plant:
    """A firm's outlet, hour by hour: it follows its valve, and buys when it is shut."""

    def __init__(
        self,
        firm: FirmRow,
        mn: str,
        pollutants: Sequence[str],
        ng_per_l: int,
        first: date,
        daily: Sequence[Sequence[int]],
    ) -> None:
        cards = tuple(
            Card(firm.id, pollutant, month_quotas(base, base), Stop(firm.stop))
            for pollutant, base in zip(pollutants, firm.base_mg, strict=True)
        )
        names = tuple(f"{firm.id}-{pollutant}" for pollutant in pollutants)
        self._issued = OutletCards(mn, names, cards, (False,) * len(cards), None, firm.id)
        self._ng_per_l = ng_per_l
        self._places = [_places(pollutant) or 0 for pollutant in pollutants]
        begins = datetime.combine(first, time())
        self._years = {
            place_in_year(first + timedelta(days=n), STANDARD_DEVICE.year).year
            for n in range(len(daily[0]))
        }
        self._outlet = ControlledOutlet(
            self._issued.controller(begins, first.year, STANDARD_DEVICE)
        )
        self._waiting: list[TopUp] = []
        self.bought: list[list[str]] = []
        self.readings = [
            row
            for n, masses in enumerate(zip(*daily, strict=True))
            for row in self._day(begins + n * DAY_H * HOUR, masses)
        ]

    def card_rows(self) -> Iterator[list[str]]:
        """The rows of the table of cards, with their year where all days lie in one."""
        year = str(*self._years) if len(self._years) == 1 else ""
        for name, card in zip(self._issued.names, self._issued.cards, strict=True):
            quota = fmt_t(sum(card.quota_mg))
            yield [
                name,
                card.firm,
                self._issued.outlet,
                card.pollutant,
                quota,
                card.stop.value,
                year,
            ]

    def _day(self, begins: datetime, masses_mg: Sequence[int]) -> Iterator[list[str]]:
        """A day's mass in equal hours, to the decimals that the wire has for a concentration."""
        # At least a litre: concentrations are masses divided by the flow.
        volume_l = max(masses_mg[0] * 1_000_000 // (ROUND * self._ng_per_l * DAY_H), 1)
        litres = volume_l * DAY_H
        steps = [self._ng_per_l // 10**places for places in self._places]
        conc = [
            round(Fraction(mass * 1_000_000, litres * step)) * step
            for mass, step in zip(masses_mg, steps, strict=True)
        ]
        for hour in range(DAY_H):
            yield self._hour(begins + hour * HOUR, volume_l, conc)

    def _hour(self, at: datetime, volume_l: int, conc: Sequence[int]) -> list[str]:
        self._load(at)
        # After the loads: the order in force at the start of the hour decides its flow.
        before = self._outlet.controller
        if before.must_stop:
            curtailed = before.stop is Stop.CURTAIL
            volume_l = volume_l * before.cards[0].rules.curtail_to_percent // 100 * curtailed
        self._outlet, _ = receive(self._outlet, Flow(at + HOUR, volume_l, tuple(conc)))
        self._buy(before, at + HOUR)
        texts = [
            _decimal(one, self._ng_per_l, places)
            for one, places in zip(conc, self._places, strict=True)
        ]
        volume = _decimal(volume_l, 1_000, PLACES)
        return [self._issued.outlet, f"{at:%Y-%m-%dT%H:%M}", volume, *texts, "N"]

    def _load(self, at: datetime) -> None:
        """Apply the bureau's load at the beginning of a month, then purchases that arrive."""
        controller = self._outlet.controller
        place = place_in_year(at.date(), STANDARD_DEVICE.year)
        if not controller.month:
            self._outlet, _ = receive(
                self._outlet, MonthLoad(at, load_key(place), month=place.month)
            )
        else:
            now = place._replace(year=controller.year, month=controller.month)
            for load in loads(self._issued, now, place, STANDARD_DEVICE.year):
                self._outlet, _ = receive(self._outlet, load)
        for bought in [one for one in self._waiting if one.at <= at]:
            self._waiting.remove(bought)
            self._outlet, _ = receive(self._outlet, bought)

    def _buy(self, before: Controller, at: datetime) -> None:
        """Order a purchase for each card that was just used up."""
        for n, (old, card) in enumerate(
            zip(before.cards, self._outlet.controller.cards, strict=True)
        ):
            if old.rank < STOPPED <= card.rank:
                arrives = datetime.combine(at.date(), time()) + BUYS_AFTER
                amount = max(card.quota_mg[card.month - 1] // BUYS_PART, 1)
                self._waiting.append(TopUp(arrives, f"{n} {arrives}", card=n, amount=amount))
                name, outlet = self._issued.names[n], self._issued.outlet
                self.bought.append([arrives.isoformat(), outlet, "top_up", name, fmt_t(amount)])


def _places(pollutant: str) -> int | None:
    """Decimals of a pollutant's concentration on the wire; None without a code."""
    for factor in FACTORS:
        if pollutant and pollutant in (factor.pollutant, STANDS_FOR.get(factor.pollutant)):
            return factor.most[1] if factor.most else PLACES
    return None


def _decimal(value: int, per: int, places: int) -> str:
    """value / per as a plain decimal; synthetic values have no more places."""
    whole, rest = divmod(value * 10**places // per, 10**places)
    return f"{whole}.{rest:0{places}d}" if places else str(whole)
