"""Totals of a run as values: the plan, the simulated year, their evaluation.

Masses are whole mg and money whole fen; floats are ratios and solver gaps only.
`stores/summary_json.py` writes them in tonnes and yuan. Values can be pickled, so that
other processes can return them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from scenarios.definition.rules import Counterfactual

Masses = Mapping[str, int]
"""Mass by pollutant [mg]."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """Totals of a run; a plan without a simulated year has no `year`.

    `planned` is None where a year was played without a plan. `status` is the plan's, or "ok"
    or "violations" after a run of a scenario. `seed` is None for a plan from tables. `prices`
    is the money of EPA files; None is yuan, as given.
    """

    scenario: str
    status: str
    planned: PlanSummary | None
    assumed: AssumedSummary
    seed: int | None = None
    counterfactual: tuple[Counterfactual, ...] = ()
    year: YearSummary | None = None
    prices: PriceBasis | None = None
    title: str | None = None  # given with the run; as_of: the date of its data
    as_of: str | None = None
    public: bool = False  # without costs and inputs

    @property
    def plan(self) -> PlanSummary:
        """The plan, of a run that made one (`planned`)."""
        assert self.planned is not None, "asked for the plan of a run without one"
        return self.planned

    @property
    def currency(self) -> str:
        """The currency of all money here; its hundredths stand where names say fen."""
        return self.prices.currency if self.prices else "CNY"

    @property
    def violations(self) -> tuple[str, ...]:
        """Violations that the run found in its own books; empty for a sound run."""
        return self.year.ledger.violations if self.year else ()

    def with_answers(self, more: Mapping[str, Any]) -> RunSummary:
        """The same with further answers of the plan."""
        return replace(self, planned=replace(self.plan, answers={**self.plan.answers, **more}))


@dataclass(frozen=True, slots=True)
class PriceBasis:
    """Currency of all costs, and the year of its prices where it is known."""

    currency: str
    year: int | None


# --- the plan ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """Totals of a plan.

    Reduction, cost, bound and gap are None where no plan meets the conditions. `target_mg`
    has the pollutants with a target only. `most_for_money_mg` is an upper bound on what a
    budget can cut, None without a budget. `answers` holds the further questions' answers as
    they stand in the JSON object.
    """

    status: str  # "optimal", "feasible", "infeasible", ...
    pollutants: tuple[str, ...]
    target_mg: Masses
    reduction_mg: Masses | None
    max_reduction_mg: Masses  # each by itself, under the limits that can hold
    cost_fen: int | None
    bound_fen: int | None
    gap: float | None
    bound_by: str | None  # how the bound was proved
    most_for_money_mg: Masses | None
    conflict: tuple[str, ...]  # names of conditions that cannot hold together
    shadow_prices: Mapping[str, ShadowPrice]  # by condition
    equal: EqualPercentageSummary
    groups: Mapping[str, Mapping[str, GroupTotals]]  # by column, then by label
    solver: SolverSummary
    answers: Mapping[str, Any] = field(default_factory=dict)
    missed_mg: Masses = field(default_factory=dict)  # by condition, after a search cut short

    @property
    def feasible(self) -> bool:
        """Whether a plan meets every condition."""
        return self.status != "infeasible"


@dataclass(frozen=True, slots=True)
class ShadowPrice:
    """Cost of one more tonne of a condition [fen/t], from one side and from the other.

    None where no further tonne is achievable.
    """

    low_fen_per_t: int | None
    high_fen_per_t: int | None


@dataclass(frozen=True, slots=True)
class EqualPercentageSummary:
    """The benchmark in which every source cuts the same share; `share` is the largest.

    `kind` is that of the plan's measures. Costs are None where no target states how much to
    cut, and where the target is not reached; `cost_low_fen` and `cost_high_fen` are the range
    over tie-breaking lotteries. `broken` names the conditions that it does not keep: only where
    there is none is there a `saving_fen`, which is rounded once from its exact value and may
    differ by 1 fen from a difference of costs.
    """

    kind: str  # "whole" or "parts"
    share: float
    shares: Mapping[str, float]  # by pollutant
    reduction_mg: Masses
    capped_sources: int
    cost_fen: int | None
    cost_low_fen: int | None
    cost_high_fen: int | None
    saving_fen: int | None
    broken: tuple[str, ...]
    feasible: bool


@dataclass(frozen=True, slots=True)
class GroupTotals:
    """Totals of the sources of one sector, city or other label."""

    baseline_mg: Masses
    reduction_mg: Masses
    quota_mg: Masses
    cost_fen: int | None


@dataclass(frozen=True, slots=True)
class SolverSummary:
    """How the plan was solved, and the size of its problem."""

    method: str
    sources: int
    measures: int
    # Not compared: equal plans take unequal times.
    seconds: float = field(compare=False)


@dataclass(frozen=True, slots=True)
class AssumedSummary:
    """Part of the plan that depends on assumed numbers.

    `cost_share` is None for a plan that costs nothing, and where the inputs do not say which
    of them are assumed (`stated`); `inputs` is None for a plan from tables, whose inputs are
    not listed.
    """

    cost_share: float | None
    measures: int  # in the plan
    assumed_measures: int
    reduction_mg: Masses  # by the assumed measures
    cost_fen: int | None  # of the assumed measures
    inputs: AssumedInputs | None = None
    stated: bool = True


@dataclass(frozen=True, slots=True)
class AssumedInputs:
    """Number of inputs of a scenario, and the reduction that their ranges move.

    `flips_mg` is the largest mass that other sources would cut at an end of a range; None
    where no input of the plan has a range.
    """

    count: int
    assumed: int
    flips_mg: int | None


# --- the simulated year --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class YearSummary:
    """Totals of a simulated year.

    `frictions` has no rows, and `luck` is None, where they were not simulated.
    """

    ledger: LedgerTotals
    swipes: SwipeTotals
    market: YearMarkets
    true_up: TrueUpTotals
    evaluation: EvaluationSummary
    frictions: tuple[FrictionRow, ...] = ()
    luck: LuckRange | None = None


@dataclass(frozen=True, slots=True)
class LedgerTotals:
    """Rights of the first vintage outstanding, entries, and what the check found.

    `opening_paid_fen` is what firms paid for opening rights.
    """

    issued_mg: Masses
    # Not compared: a year of which only totals are kept posts nothing for bids without a fill.
    entries: int = field(compare=False)
    opening_paid_fen: int
    violations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SwipeTotals:
    """Swipes of discharge cards and what they led to; `emitted_mg` is over all pollutants."""

    count: int
    emitted_mg: int
    warnings: int
    shut: int
    curtailed: int


@dataclass(frozen=True, slots=True)
class YearMarkets:
    """Sessions of sales and trades, and contracts by kind."""

    auction: MarketTotals
    secondary: MarketTotals
    lease: MarketTotals
    buyback: MarketTotals
    pledge: MarketTotals
    pledges_defaulted: int


@dataclass(frozen=True, slots=True)
class MarketTotals:
    """Number of sessions or contracts, their mass, money and mean price.

    The price is per tonne of one vintage; None where nothing changed hands.
    """

    count: int
    mass_mg: int
    money_fen: int
    price_fen_per_t: int | None


@dataclass(frozen=True, slots=True)
class TrueUpTotals:
    """Surrender at the end of the year: firms that met it in full, and those short.

    A firm counts once, as short if it was so for any pollutant and in any year.
    """

    compliant: int
    short: int
    shortfall_mg: int
    penalty_fen: int


@dataclass(frozen=True, slots=True)
class EvaluationSummary:
    """Cost of the year against no trade and against the optimum.

    The ratios are None where `simulation/evaluation.py` gives none.
    """

    no_trade_fen: int
    realised_fen: int
    optimum_fen: int
    efficiency: float | None
    cost_over_least_cost: float | None


V = TypeVar("V", int, float)


@dataclass(frozen=True, slots=True)
class LuckSpread(Generic[V]):
    """Least, median and greatest of a figure over the draws that have it, `draws` in number."""

    least: V
    median: V
    greatest: V
    draws: int


@dataclass(frozen=True, slots=True)
class LuckRange:
    """The headline figures over years that differ in luck alone; `seeds` are their luck seeds.

    A figure is None where no draw has it, as a price without a trade.
    """

    seeds: tuple[int, ...]
    cost_over_least_cost: LuckSpread[float] | None
    efficiency: LuckSpread[float] | None
    penalty_fen: LuckSpread[int] | None
    sale_price_fen_per_t: LuckSpread[int] | None
    session_price_fen_per_t: LuckSpread[int] | None
    emitted_mg: LuckSpread[int] | None


@dataclass(frozen=True, slots=True)
class FrictionRow:
    """The same year without one friction: its cost and efficiency, and what is saved."""

    name: str
    title: str
    cost_fen: int
    saved_fen: int
    efficiency: float | None
    source: str
