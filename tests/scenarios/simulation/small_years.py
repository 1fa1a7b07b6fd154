"""Small years, stated in Python and played whole, and what a test reads off them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from permits.account import Account
from permits.ledger import Entry, Reason
from permits.quantity import MG_PER_T
from permits.right import PAID, YUAN, Right
from scenarios.definition.load import build_scenario, load_scenario, with_sets
from scenarios.definition.scenario import Scenario
from scenarios.results.result import Event, Table
from scenarios.runner import year_of
from scenarios.simulation.evaluation import Evaluation
from scenarios.simulation.world import World
from scenarios.simulation.year_results import year_tables

FEW_DYERS = (
    "jiaxing-dyers-2018", "baselines.outlets.total.COD=700 t", "sector.0.part.0.firms=3",
    "sector.0.part.1.firms=2", "sector.0.part.2.firms=2", "sector.1.part.0.firms=1",
    "ends=2018-04-30", "session.0.dates=[2018-02-14]", "pledge.term_days=30", "pledge.loans=2",
    "buyback.dates=[2018-04-20]",
)  # fmt: skip
"""A shipped year with few firms: sales, sessions, leases, buyback and loans in four months."""


def small(firms: Sequence[Mapping[str, Any]], **sections: Any) -> dict[str, Any]:
    """A scenario of one calm year: no chance, no cards that shut, no session, pollutant X.

    Args:
        firms: the `[[firm]]` tables.
        sections: further tables, or keys of the top level; one named here replaces its default.
    """
    calm = {"firm_sigma": 0, "daily_sigma": 0}
    return {
        "name": "small",
        "begins": "2017-01-01",
        "ends": "2017-12-31",
        "pollutant": {"X": {"reference_price": "1000.00", "shortfall_charge": "50000.00"}},
        "firm": [dict(firm) for firm in firms],
        "rights": {"term_years": 1},
        "card": {"shift": "free"},
        "production": calm,
        **sections,
    }


def built(stated: str | Mapping[str, Any], *sets: str) -> Scenario:
    """The scenario of this name, or as stated by `small`, with keys set as by `--set`."""
    if isinstance(stated, str):
        return load_scenario(stated, list(sets))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small.toml"
        path.write_text("")
        scenario = build_scenario(dict(stated), path)
        return with_sets(scenario, list(sets)) if sets else scenario


def play(stated: str | Mapping[str, Any], *sets: str) -> Year:
    """Play a scenario's whole horizon; see `built` for the arguments."""
    world, evaluation = year_of(built(stated, *sets))
    return Year(world, evaluation, year_tables(world, evaluation))


@dataclass(frozen=True, slots=True)
class Year:
    """A year that was played. Masses in t, exactly; money in whole fen."""

    world: World
    evaluation: Evaluation
    tables: Mapping[str, Table]

    def right(self, vintage: int, series: str = PAID, pollutant: str = "X") -> Right:
        """A right of the scenario's zone."""
        zone = self.world.file.pollutant[pollutant].zone
        return Right(pollutant, zone, vintage, series)

    def held_t(
        self, account: Account, vintage: int, series: str = PAID, pollutant: str = "X"
    ) -> Fraction:
        """Balance of a right at the end of the year [t]."""
        balance = self.world.books.ledger.balance(account, self.right(vintage, series, pollutant))
        return Fraction(balance, MG_PER_T)

    def money_fen(self, account: Account) -> int:
        """Balance of money at the end of the year [fen]."""
        return self.world.books.ledger.balance(account, YUAN)

    def limit_t(self, firm: str, vintage: int, when: date | None = None, of: str = "X") -> Fraction:
        """Limit of a firm's permit for a year as it reads on a day, or after all changes [t]."""
        return Fraction(self.world.cards.permits[firm].limit_mg(of, vintage, when), MG_PER_T)

    def journal(self) -> list[Entry]:
        """All ledger entries, in the order in which they were posted."""
        return list(self.world.books.ledger.journal)

    def entries(self, reason: Reason) -> list[Entry]:
        """Ledger entries of a reason, in order."""
        return [entry for entry in self.journal() if entry.reason is reason]

    def events(self, kind: str) -> list[Event]:
        """Events of a kind, in order."""
        return [event for event in self.world.books.log.events if event.kind == kind]

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Rows of a result table by column; masses in whole mg, money in whole fen."""
        return list(self.tables[name].dicts())


def moved_t(entry: Entry, account: Account, right: Right) -> Fraction:
    """What an entry adds to an account, of one right [t]."""
    return Fraction(
        sum(leg.delta for leg in entry.legs if (leg.account, leg.asset) == (account, right)),
        MG_PER_T,
    )


def paid_fen(entry: Entry, account: Account) -> int:
    """What an entry adds to an account, in money [fen]."""
    return sum(leg.delta for leg in entry.legs if (leg.account, leg.asset) == (account, YUAN))


def on(text: str) -> date:
    """A day, as a scenario writes it."""
    return date.fromisoformat(text)
