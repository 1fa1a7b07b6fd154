"""`allocate`: least-cost quotas from a scenario, a measures table, or EPA files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from optimize import (
    AllocationProblem,
    Limit,
    equal_percentage,
    solve_budget,
    solve_maximum,
    solve_price,
)
from optimize.uncertainty import Money, Ranges
from permits.errors import InputError
from permits.quantity import MG_PER_T
from scenarios.definition.measures_table import gather, read_measures
from scenarios.definition.plan_inputs import PlanCondition, PlanInputs, build
from scenarios.definition.scenario import Scenario
from scenarios.intake.cells import TableInput, stem_of
from scenarios.planning.condition_texts import parse_condition
from scenarios.planning.doubt import DoubtAsked, Say, parse_doubt, unheard
from scenarios.planning.fairness import add_fair
from scenarios.planning.further import Further, answer_further
from scenarios.planning.places import firms_as_labels, place_notices
from scenarios.planning.plan_summary import assumed_told, told
from scenarios.planning.plan_tables import plan_tables
from scenarios.planning.receptors import read_receptors
from scenarios.planning.scenario_inputs import scenario_inputs, scenario_ranges
from scenarios.planning.solve import PlanResult, solve_plan
from scenarios.planning.years import YearsAsked, ask_years, last_target, split_targets
from scenarios.results.result import RunResult

__all__ = ["Question", "allocate_epa", "allocate_register", "allocate_scenario",
           "allocate_table", "ask_years", "parse_unit_mg"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """The options of `allocate`; all are optional."""

    target: tuple[str, ...] = ()
    at_least: tuple[str, ...] = ()
    at_most: tuple[str, ...] = ()
    cap: tuple[str, ...] = ()
    receptors: TableInput | None = None
    budget_yuan: float | None = None
    price: float | None = None
    maximise: str | None = None
    divisible: bool | None = None
    gap: float | None = None
    unit_mg: int | None = None
    points: int | None = None
    between: str | None = None
    fair: tuple[str, ...] = ()
    condition_costs: bool | None = None
    alternatives: str | None = None
    years: YearsAsked | None = None
    seed: int = 1
    doubt: DoubtAsked | None = None
    seconds: float | None = None
    stopped: Callable[[], bool] | None = None
    """Polled during the search; once it is true the best plan so far is the answer."""
    say: Say = unheard
    """Called with a short text, and the share of the work done where known."""


def allocate_scenario(
    name: str | Scenario, question: Question, sets: Sequence[str] = (), plugins: Sequence[Path] = ()
) -> tuple[RunResult, list[str]]:
    """The plan of a scenario, with further conditions; with notices.

    Args:
        name: a shipped scenario, a file, or a scenario as loaded.
        question: the options of `allocate`.
        sets: overrides of scenario keys, `key=value`.
        plugins: folders with further rules.
    """
    from scenarios.definition.labels import labels
    from scenarios.definition.load import load_scenario, with_sets

    if isinstance(name, Scenario):
        scenario = with_sets(name, sets) if sets else name
    else:
        scenario = load_scenario(name, sets, plugins)
    rules = scenario.file.plan
    asked = replace(
        question,
        gap=question.gap or rules.gap,
        unit_mg=question.unit_mg or rules.precision,
        seed=scenario.seed,
        doubt=_doubt_of(scenario, question),
    )
    result, notices = _answer(scenario_inputs(scenario), asked, scenario.file.name)
    titled = replace(
        result,
        title={str(k): v for k, v in scenario.file.title.items()}
        or {"en": scenario.file.name if isinstance(name, Scenario) else name},
        labels=labels(scenario),
    )
    return titled, [*scenario.notices, *notices]


def _doubt_of(scenario: Scenario, question: Question) -> DoubtAsked | None:
    """The uncertainty options, with the scenario's own ranges and other baselines."""
    if question.doubt is None:
        return None
    from scenarios.definition.load import with_sets

    ranges = scenario_ranges(scenario) if question.doubt.ranges == Ranges() else None
    others = []
    for name in scenario.file.baselines:
        inputs = scenario_inputs(with_sets(scenario, [f"baseline={name}"]))
        others.append((name, _asked(inputs, _with_years(question))[1]))
    return replace(question.doubt, ranges=ranges or question.doubt.ranges, others=tuple(others))


def allocate_table(path: TableInput, question: Question) -> tuple[RunResult, list[str]]:
    """The plan of a measures table; with notices."""
    inputs, notices = read_measures(path)
    result, more = _answer(inputs, question, stem_of(path))
    return result, [*notices, *more]


def allocate_epa(
    inventory: Path, measures: Sequence[Path], question: Question, price_factors: Path | None = None
) -> tuple[RunResult, list[str]]:
    """The plan of an EPA inventory and control-measure sets; money stays in dollars.

    Args:
        inventory: an ORL or FF10 file.
        measures: directories or summary files of control-measure sets.
        question: the options of `allocate`.
        price_factors: a file of price factors (None: the shipped deflator).
    """
    from scenarios.planning.importers import epa_table
    from scenarios.planning.importers.epa_matched import matched_tables

    wanted = [question.maximise] if question.maximise else []
    wanted += [condition.pollutant for condition in _conditions(question)]
    table = epa_table(
        inventory, measures, pollutants=tuple(dict.fromkeys(wanted)), price_factors=price_factors
    )
    # In dollars, so prices published in yuan are not compared with the plan.
    result, notices = _answer(gather(table.to_read_table()), question, inventory.stem, yuan=False)
    tables, counts = matched_tables(table.standings, table.known)
    summary = {
        **result.summary,
        "currency": table.currency,
        "price_year": table.price_year,
        "allocation": result.summary["allocation"] | counts,
    }
    return replace(result, summary=summary, tables=result.tables | tables), [*table.notes, *notices]


def allocate_register(
    register: TableInput,
    catalogue: TableInput,
    question: Question,
    *,
    costs: str = "us",
    negative_costs: bool = True,
) -> tuple[RunResult, list[str]]:
    """The plan of a register and a catalogue of measures.

    Under `costs="both"` the plan is that of US costs, compared with the one of Chinese costs
    quota by quota (table `both_costs`).

    Args:
        register: a shipped register, a file or a data frame.
        catalogue: a shipped catalogue, a file or a data frame.
        question: the options of `allocate`.
        costs: `us`, `china` or `both`.
        negative_costs: whether to use measures with a negative cost.
    Raises: InputError for other `costs`.
    """
    from scenarios.planning.importers import register_table
    from scenarios.planning.importers.register_report import both_costs, names_of, registered

    if costs not in ("us", "china", "both"):
        raise InputError(
            "register.costs",
            "there is no set of costs {costs!r}",
            where="--costs",
            mend="write us, china or both",
            costs=costs,
        )
    first: Literal["us", "china"] = "china" if costs == "china" else "us"
    made = register_table(register, catalogue, costs=first, negative_costs=negative_costs)
    name = stem_of(register)
    result, notices = _answer(gather(made.table), question, name)
    tables, told = registered(made)
    if costs == "both":
        other = register_table(register, catalogue, costs="china", negative_costs=negative_costs)
        notices = list(dict.fromkeys([*other.notes, *notices]))
        plan, _ = _answer(gather(other.table), question, name)
        more, beside = both_costs((result, made.table), (plan, other.table))
        tables, told = tables | more, told | beside
    allocation = result.summary["allocation"] | told
    result = replace(
        result,
        tables=result.tables | tables,
        summary=result.summary | {"allocation": allocation},
        labels=names_of(made),
    )
    return result, list(dict.fromkeys([*made.notes, *notices]))


def _answer(
    inputs: PlanInputs, question: Question, name: str, *, yuan: bool = True
) -> tuple[RunResult, list[str]]:
    question = _with_years(question)
    # Dated targets are moved first: the latest becomes the plan's own before it is built.
    asked, problem, notices = _asked(inputs, question)
    _check_question(asked, question)
    plan = _solve(asked, problem, question)
    tables, more, met = answer_further(plan, _further(asked, question, yuan))
    summary: dict[str, Any] = told(plan) | more
    exit_code = 3 if plan.allocation.status == "infeasible" or not met else 0
    result = RunResult(
        name=name,
        title={"en": name},
        about={},
        summary={
            "scenario": name,
            "status": plan.allocation.status,
            "allocation": summary,
            "assumed": assumed_told(plan),
        },
        tables=plan_tables(plan) | tables,
        exit_code=exit_code,
    )
    return result, [*notices, *place_notices(plan)]


def _asked(
    inputs: PlanInputs, question: Question
) -> tuple[PlanInputs, AllocationProblem, list[str]]:
    """The inputs with all conditions, the problem they make, and notices."""
    given = _conditions(question)
    own = [c for c in inputs.conditions if not _replaced(inputs, c, given, question)]
    divisible = inputs.divisible if question.divisible is None else question.divisible
    asked = firms_as_labels(replace(inputs, conditions=(*own, *given), divisible=divisible))
    notices: list[str] = []
    if question.receptors is not None:
        receptors, notices = read_receptors(question.receptors, asked)
        asked = replace(asked, receptors=receptors)
    return asked, add_fair(asked, build(asked), question.fair), notices


def _replaced(
    inputs: PlanInputs, own: PlanCondition, given: Sequence[PlanCondition], question: Question
) -> bool:
    """Whether a scenario's own target is replaced.

    By a target given here, or by a question whose answer is the reduction.
    """
    if own.kind != "target":
        return False
    turned = question.budget_yuan is not None or question.price is not None
    wanted = question.maximise or (_wanted(inputs, question) if turned else None)
    return own.pollutant == wanted or any(
        one.kind == "target" and one.pollutant == own.pollutant for one in given
    )


def _with_years(question: Question) -> Question:
    """Move targets with a year to the multi-year plan; the latest is the plan's own target."""
    plain, dated = split_targets(question.target)
    if not dated:
        return question
    if question.years is None:
        raise InputError(
            "years.missing",
            "a target names a year, but no years are given",
            where=f"--target {dated[0]}",
            mend="add for example --years 2017-2020",
        )
    years = replace(question.years, targets=dated)
    return replace(question, target=(*plain, *last_target(dated)), years=years)


def _further(inputs: PlanInputs, question: Question, yuan: bool) -> Further:
    one = question.points is not None and question.between is None
    name = _wanted(inputs, question) if one else inputs.pollutants[0]
    return Further(
        pollutant=_pollutant(inputs, name),
        points=question.points,
        between=question.between,
        budget_yuan=question.budget_yuan,
        price=question.price,
        condition_costs=question.condition_costs,
        alternatives=question.alternatives,
        years=question.years,
        gap=question.gap,
        seed=question.seed,
        unit_mg=question.unit_mg or 1,
        yuan=yuan,
        stopped=question.stopped,
        say=question.say,
        doubt=_doubt_about(inputs, question),
    )


def _doubt_about(inputs: PlanInputs, question: Question) -> DoubtAsked | None:
    """The uncertainty options, with the pollutant and money of a question without a target."""
    turned = question.budget_yuan is not None or question.price is not None
    if question.doubt is None or not (turned or question.maximise is not None):
        return question.doubt
    money = Money(question.budget_yuan, question.price)
    return replace(
        question.doubt, pollutant=_pollutant(inputs, _wanted(inputs, question)), money=money
    )


def _solve(inputs: PlanInputs, problem: AllocationProblem, question: Question) -> PlanResult:
    gap, seed, unit = question.gap or 1e-4, question.seed, question.unit_mg or 1
    if question.budget_yuan is None and question.price is None and question.maximise is None:
        return solve_plan(inputs, gap=gap, seed=seed, unit_mg=unit, seconds=question.seconds,
                          stopped=question.stopped, problem=problem,
                          progress=lambda text: question.say(text, None))  # fmt: skip
    p = _pollutant(inputs, _wanted(inputs, question))
    if question.budget_yuan is not None:
        plan = solve_budget(problem, p, question.budget_yuan, gap=gap, seed=seed, unit_mg=unit,
                            seconds=question.seconds, stopped=question.stopped)  # fmt: skip
    elif question.price is not None:
        plan = solve_price(problem, p, question.price, seed=seed, unit_mg=unit)
    else:
        plan = solve_maximum(problem, p, gap=gap, seed=seed, unit_mg=unit,
                             seconds=question.seconds, stopped=question.stopped)  # fmt: skip
    # Without a target of its own, the benchmark is equal percentage for the same reduction.
    reached = int(plan.reduction_mg[:, p].sum()) / MG_PER_T
    same = Limit("the same reduction", p, "reduction_min", reached)
    return PlanResult(inputs, problem, plan, equal_percentage(replace(problem, limits=(same,))))


def _wanted(inputs: PlanInputs, question: Question) -> str:
    """The pollutant of a budget, a price or a frontier.

    Raises: InputError if there are several and none is named.
    """
    if question.maximise is not None:
        return question.maximise
    targets = {c.pollutant for c in inputs.conditions if c.kind == "target"}
    if question.budget_yuan is None and question.price is None and len(targets) == 1:
        return next(iter(targets))
    if question.between is not None:
        first = question.between.partition(",")[0].strip()
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


def _conditions(question: Question) -> list[PlanCondition]:
    return [
        *(parse_condition("target", text) for text in question.target),
        *(parse_condition("min", text) for text in question.at_least),
        *(parse_condition("max", text) for text in question.at_most),
        *(parse_condition("cap", text) for text in question.cap),
    ]


def _check_question(inputs: PlanInputs, question: Question) -> None:
    asked = [question.budget_yuan is not None, question.price is not None]
    if sum(asked) > 1:
        raise InputError(
            "allocate.two",
            "a budget and a price cannot be combined",
            where="--budget-yuan, --price",
            mend="give one of them at a time",
        )
    conditions = [*inputs.conditions, *inputs.receptors]
    if not conditions and not any(asked) and not question.maximise and not question.points:
        raise InputError(
            "allocate.nothing",
            "no target, limit or question is given: no source would do anything",
            where="allocate",
            mend="add --target VOC=42000, --budget-yuan, --price, --maximise or --frontier",
        )


def _pollutant(inputs: PlanInputs, name: str) -> int:
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


def parse_draws(count: int | None, certainty: str, ranges: Sequence[str]) -> DoubtAsked | None:
    """Parse the uncertainty options; None without draws.

    Args:
        count: number of draws.
        certainty: probability of the chance constraint as written, `95%` or `0.95`.
        ranges: ranges of inputs as written, such as `cost=0.3:1.6`.
    Raises: InputError for less than two draws, or a certainty that is not a probability.
    """
    if count is None:
        return None
    try:
        share = float(certainty.strip().removesuffix("%")) / (100 if "%" in certainty else 1)
    except ValueError:
        share = 0.0
    if count < 2 or not 0 < share <= 1:
        raise InputError(
            "doubt.asked",
            "{count} draws with a certainty of {said} are not possible",
            where="--draws, --certainty",
            mend="give at least 2 draws and a certainty of up to 100 %, for example --draws 200 "
            "--certainty 95%",
            count=count,
            said=certainty,
        )
    return DoubtAsked(count, share, parse_doubt(ranges, Ranges()))
