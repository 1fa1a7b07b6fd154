"""The question that `allocate` asks: what the plan shall do, and what else is asked about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from optimize.uncertainty import MoneyQuestion
from permits.errors import InputError
from scenarios.definition.plan_inputs import PlanCondition, PlanInputs
from scenarios.intake.cells import TableInput
from scenarios.intake.meant import Titles, meant
from scenarios.planning.alternatives.solve import AlternativesAsked, ask_alternatives
from scenarios.planning.between.solve import BetweenAsked, ask_between
from scenarios.planning.condition_costs.solve import ConditionCostsAsked
from scenarios.planning.condition_texts import parse_condition
from scenarios.planning.frontier.solve import FrontierAsked, ask_frontier
from scenarios.planning.pathway.solve import PathwayAsked, ask_pathway, last_target, split_targets
from scenarios.planning.search import Search
from scenarios.planning.supply.solve import SupplyAsked
from scenarios.planning.uncertainty.solve import UncertaintyAsked, ask_uncertainty

__all__ = [
    "AlternativesAsked",
    "BetweenAsked",
    "ConditionCostsAsked",
    "FrontierAsked",
    "PathwayAsked",
    "Question",
    "Search",
    "SupplyAsked",
    "UncertaintyAsked",
    "ask_alternatives",
    "ask_between",
    "ask_frontier",
    "ask_pathway",
    "ask_uncertainty",
    "check_question",
    "is_replaced",
    "parse_unit_mg",
    "pollutant_index",
    "resolved",
    "wanted_pollutant",
    "with_years",
]


@dataclass(frozen=True, slots=True)
class Question:
    """The options of `allocate`, read once; all are optional.

    First what the plan shall do, in texts as written; then the search; then each further
    question in the field of its folder's name (None: not asked).
    """

    target: tuple[str, ...] = ()
    at_least: tuple[str, ...] = ()
    at_most: tuple[str, ...] = ()
    cap: tuple[str, ...] = ()
    fair: tuple[str, ...] = ()
    same: tuple[str, ...] = ()  # further names of pollutants in a table
    receptors: TableInput | None = None
    budget_yuan: float | None = None
    price: float | None = None
    maximise: str | None = None
    divisible: bool | None = None

    titles: Titles = field(default_factory=dict)
    """Names of ids for people, which conditions may use."""

    search: Search = field(default_factory=Search)

    supply: SupplyAsked | None = field(default_factory=SupplyAsked)
    frontier: FrontierAsked | None = None
    between: BetweenAsked | None = None
    condition_costs: ConditionCostsAsked | None = field(default_factory=ConditionCostsAsked)
    alternatives: AlternativesAsked | None = None
    pathway: PathwayAsked | None = None
    uncertainty: UncertaintyAsked | None = None

    @property
    def asks_for_reduction(self) -> bool:
        """Whether the reduction is the answer: what a budget or a price brings about."""
        return self.budget_yuan is not None or self.price is not None

    def conditions(self) -> list[PlanCondition]:
        """The conditions, parsed.

        Raises: InputError for one without a valid form.
        """
        return [
            *(parse_condition("target", text) for text in self.target),
            *(parse_condition("min", text) for text in self.at_least),
            *(parse_condition("max", text) for text in self.at_most),
            *(parse_condition("cap", text) for text in self.cap),
        ]


def with_years(question: Question) -> Question:
    """Move targets with a year to the multi-year plan; the latest is the plan's own target.

    Raises: InputError if a target names a year, but no years are asked for.
    """
    plain, dated = split_targets(question.target)
    if not dated:
        return question
    if question.pathway is None:
        raise InputError(
            "years.missing",
            "a target names a year, but no years are given",
            where=f"--target {dated[0]}",
            mend="add for example --years 2017-2020",
        )
    years = replace(question.pathway, targets=dated)
    return replace(question, target=(*plain, *last_target(dated)), pathway=years)


def resolved(inputs: PlanInputs, question: Question) -> Question:
    """The question, its parts with what they share: pollutant, budget and price.

    Draws of a question without a target are tested on the reduction that its plan makes.

    Raises: InputError if there are several pollutants and none is named.
    """
    supply, between = question.supply, question.between
    frontier, uncertainty = question.frontier, question.uncertainty
    if supply is not None:
        supply = replace(supply, price=question.price)
    if between is not None:
        between = replace(between, budget_yuan=question.budget_yuan)
    if frontier is not None:
        p = pollutant_index(inputs, wanted_pollutant(inputs, question))
        frontier = replace(frontier, pollutant=p)
    turned = question.asks_for_reduction or question.maximise is not None
    if uncertainty is not None and turned:
        p = pollutant_index(inputs, wanted_pollutant(inputs, question))
        money = MoneyQuestion(question.budget_yuan, question.price)
        uncertainty = replace(uncertainty, pollutant=p, money=money)
    return replace(
        question, supply=supply, between=between, frontier=frontier, uncertainty=uncertainty
    )


def is_replaced(
    inputs: PlanInputs, own: PlanCondition, given: Sequence[PlanCondition], question: Question
) -> bool:
    """Whether a scenario's own target is replaced.

    By a target given here, or by a question whose answer is the reduction.

    Args:
        inputs: sources and conditions of the scenario.
        own: one of these conditions.
        given: conditions of the question.
        question: the question.
    """
    if own.kind != "target":
        return False
    turned = question.asks_for_reduction
    wanted = question.maximise or (wanted_pollutant(inputs, question) if turned else None)
    return own.pollutant == wanted or any(
        one.kind == "target" and one.pollutant == own.pollutant for one in given
    )


def wanted_pollutant(inputs: PlanInputs, question: Question) -> str:
    """The pollutant of a budget, a price or a frontier.

    Raises: InputError if there are several and none is named.
    """
    if question.maximise is not None:
        return question.maximise
    targets = {c.pollutant for c in inputs.conditions if c.kind == "target"}
    if not question.asks_for_reduction and len(targets) == 1:
        return next(iter(targets))
    if question.between is not None:
        first = meant(question.between.first, inputs.pollutants)
        return first if first in inputs.pollutants else inputs.pollutants[0]
    if len(inputs.pollutants) > 1:
        raise InputError(
            "allocate.which",
            "the question does not name one of several pollutants",
            where="--budget-yuan, --price, --frontier",
            mend="add --maximise and one of: {known}",
            known=", ".join(inputs.pollutants),
        )
    return inputs.pollutants[0]


def pollutant_index(inputs: PlanInputs, name: str) -> int:
    """The index of a pollutant.

    Raises: InputError if no row has it.
    """
    if name not in inputs.pollutants:
        raise InputError(
            "allocate.pollutant",
            "no row has the pollutant {pollutant!r}",
            where="--maximise",
            mend="there are: {known}",
            pollutant=name,
            known=", ".join(inputs.pollutants),
        )
    return inputs.pollutants.index(name)


def check_question(inputs: PlanInputs, question: Question) -> None:
    """Raise InputError for a question that contradicts itself, or asks for nothing."""
    asked = [question.budget_yuan is not None, question.price is not None]
    if sum(asked) > 1:
        raise InputError(
            "allocate.two",
            "a budget and a price cannot be combined",
            where="--budget-yuan, --price",
            mend="give one of them at a time",
        )
    conditions = [*inputs.conditions, *inputs.receptors]
    curves = [one for one in (question.frontier, question.between) if one and one.points]
    if not conditions and not any(asked) and not question.maximise and not curves:
        raise InputError(
            "allocate.nothing",
            "no target, limit or question is given: no source would do anything",
            where="allocate",
            mend="add --target VOC=42000, --budget-yuan, --price, --maximise or --frontier",
        )


def parse_unit_mg(precision_t: str | None) -> int | None:
    """Convert `--precision 0.01` to whole mg.

    Raises: InputError if it is not above zero.
    """
    if precision_t is None:
        return None
    unit = int(Decimal(precision_t) * 10**9)
    if unit <= 0:
        raise InputError(
            "allocate.precision",
            "a precision of {said} t is not above zero",
            where="--precision",
            mend="write for example 0.01",
            said=precision_t,
        )
    return unit
