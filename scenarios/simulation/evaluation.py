"""Evaluation of a year: the saving that the market achieved against what was possible.

`efficiency` = (A - realised) / (A - optimum). A is the no-trade cost: every firm meets
its own opening position at least cost. The optimum meets the same demand at least cost
by all together. In both, what is not abated is valued at the scenario's shortfall
charge, and so is, in the realised year, what was emitted without a right or stopped by
a card. Costs are the firms' true ones, measures may be taken in part, transfers cancel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from permits.quantity import MG_PER_T
from scenarios.simulation.building_steps import StepTable
from scenarios.simulation.production import FloatArray, IntArray
from scenarios.simulation.world import World

# Smallest gain from trade, as a share of the optimum, that an efficiency is given for.
# assumed: below 0.1 % it would be the ratio of two rounding errors.
SMALLEST_GAIN = 1e-3


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Costs of the year's demand [fen]: no trade, optimum and realised; `*_firm` per firm."""

    alone_firm: FloatArray
    optimum_firm: FloatArray
    realised_firm: FloatArray
    one_year: bool = True  # no-trade cost and optimum are those of one vintage

    @property
    def alone(self) -> float:
        """No-trade (compliance) cost of all firms [fen]."""
        return float(self.alone_firm.sum())

    @property
    def optimum(self) -> float:
        """Least cost of all firms together [fen]."""
        return float(self.optimum_firm.sum())

    @property
    def realised(self) -> float:
        """Cost realised in the year, shortfalls included [fen]."""
        return float(self.realised_firm.sum())

    @property
    def efficiency(self) -> float | None:
        """Share of the possible gain from trade that the market achieved.

        `None` where trade could gain less than 0.1 % of the optimum, or the horizon is longer
        than the one vintage that the benchmark is for.
        """
        gain = self.alone - self.optimum
        if not self.one_year or gain <= SMALLEST_GAIN * abs(self.optimum):
            return None
        return (self.alone - self.realised) / gain

    @property
    def cost_over_least_cost(self) -> float | None:
        """Realised cost above the optimum, as a share of it; None as for `efficiency`."""
        known = self.one_year and self.optimum > 0
        return self.realised / self.optimum - 1 if known else None


def evaluate(world: World, issued_mg: Sequence[int]) -> Evaluation:
    """Evaluate a year against no trade and against the optimum.

    Args:
        world: the simulated year.
        issued_mg: rights issued for the vintage, reserve included, per pollutant [mg].
    """
    charges = [world.file.pollutant[p].shortfall_charge.value for p in world.pollutants]
    wanted = world.books.tally.wanted.reshape(-1, len(world.pollutants))
    opening = world.books.tally.opening.reshape(wanted.shape)
    # One pollutant: taking steps cheapest first is the optimum. With several, a measure
    # counts for all at once, and a linear program is needed.
    if len(world.pollutants) == 1:
        alone = no_trade_fen(world.rules.steps, wanted[:, 0], opening[:, 0], charges[0])
        optimum = optimum_fen(world.rules.steps, wanted[:, 0], int(issued_mg[0]), charges[0])
    else:
        from scenarios.simulation.several_pollutants import joint_no_trade_fen, joint_optimum_fen

        alone = joint_no_trade_fen(world.rules.scenario, wanted, opening, charges)
        optimum = joint_optimum_fen(world.rules.scenario, wanted, issued_mg, charges)
    uncovered = (world.books.tally.stopped + world.books.tally.owed).reshape(wanted.shape)
    charged = (uncovered / MG_PER_T) @ np.array(charges, dtype=np.float64)
    file = world.file
    one_year = file.begins.year == file.ends.year
    return Evaluation(alone, optimum, world.books.tally.build_fen + charged, one_year)


def no_trade_fen(
    steps: StepTable, wanted_mg: IntArray, opening_mg: IntArray, charge_fen_per_t: int
) -> FloatArray:
    """No-trade cost: least cost of each firm meeting its own position, one pollutant [fen].

    Args:
        steps: MAC steps of all firms.
        wanted_mg: (F,) emission without measures [mg].
        opening_mg: (F,) opening rights [mg].
        charge_fen_per_t: shortfall valuation [fen/t].
    Returns: (F,) cost of each firm.
    """
    found = np.zeros(len(wanted_mg))
    for firm in range(len(wanted_mg)):
        rows = np.arange(steps.first[firm], steps.first[firm + 1])
        need = float(wanted_mg[firm]) - float(opening_mg[firm])
        found[firm] = _cheapest(steps, rows, wanted_mg, need, charge_fen_per_t).sum()
    return found


def optimum_fen(
    steps: StepTable, wanted_mg: IntArray, supply_mg: int, charge_fen_per_t: int
) -> FloatArray:
    """Cost of each firm when all together meet demand at least cost, one pollutant [fen].

    The valuation of what is not abated is booked with firms in proportion to demand.

    Args:
        steps: MAC steps of all firms.
        wanted_mg: (F,) emission without measures [mg].
        supply_mg: rights issued, reserve included [mg].
        charge_fen_per_t: shortfall valuation [fen/t].
    Returns: (F,) cost of each firm.
    """
    rows = np.arange(len(steps.source))
    need = float(wanted_mg.sum()) - supply_mg
    paid = _cheapest(steps, rows, wanted_mg, need, charge_fen_per_t)
    found: FloatArray = paid[-1] * wanted_mg / max(1, int(wanted_mg.sum()))
    np.add.at(found, steps.firm, paid[:-1])
    return found


def _cheapest(
    steps: StepTable, rows: IntArray, wanted_mg: IntArray, need_mg: float, charge: int
) -> FloatArray:
    """Cost of each of `rows`, taken cheapest first until `need_mg` is covered [fen].

    Steps that save money are taken whatever the need. The last element is the valuation of
    what remains uncovered.
    """
    removes = steps.share[rows, 0] * wanted_mg[steps.firm[rows]]
    costs = steps.cost_fen[rows].astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = np.where(removes > 0, costs / removes, np.inf)
    # Stable: equal unit costs keep the order of the table, so that results repeat.
    order = np.argsort(unit, kind="stable")
    unit, removes, costs = unit[order], removes[order], costs[order]
    # Dearer steps are not worth taking: the shortfall is valued at less.
    usable = unit <= charge / MG_PER_T
    before = np.concatenate([[0.0], np.cumsum(np.where(usable, removes, 0.0))[:-1]])
    left = np.clip(need_mg - before, 0.0, removes)
    taken = np.where(unit < 0, removes, np.where(usable, left, 0.0))
    share = np.divide(taken, removes, where=removes > 0, out=np.zeros_like(taken))
    paid = np.zeros(len(rows) + 1)
    paid[:-1][order] = share * costs
    paid[-1] = max(0.0, need_mg - float(taken.sum())) * charge / MG_PER_T
    return paid
