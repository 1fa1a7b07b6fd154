"""`allocate`: least-cost quotas from a scenario, a measures table, or EPA files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from optimize import (
    AllocationProblem,
    Limit,
    solve_budget,
    solve_maximum,
    solve_price,
)
from optimize.uncertainty import Ranges
from permits.errors import InputError
from permits.quantity import MG_PER_T
from scenarios.definition.measures_table import gather, take_measures
from scenarios.definition.plan_inputs import PlanInputs, build
from scenarios.intake.cells import TableInput, stem_of
from scenarios.intake.meaning.pollutant_names import parse_same
from scenarios.intake.meant import meant
from scenarios.planning.answers import answer_questions
from scenarios.planning.condition_texts import in_ids, in_order
from scenarios.planning.fairness.solve import add_fair
from scenarios.planning.letter_notices import letter_answer
from scenarios.planning.places.table import firms_as_labels, place_notices
from scenarios.planning.plan_question import find_questions
from scenarios.planning.plan_summary import summarise_assumed, summarise_plan
from scenarios.planning.plan_tables import plan_tables
from scenarios.planning.question import (
    Question,
    check_question,
    is_replaced,
    pollutant_index,
    resolved,
    wanted_pollutant,
    with_years,
)
from scenarios.planning.receptors.solve import read_receptors
from scenarios.planning.scenario_inputs import scenario_inputs, scenario_ranges
from scenarios.planning.solve import PlanResult, compared, solve_plan
from scenarios.planning.uncertainty.solve import UncertaintyAsked
from scenarios.planning.understood import understood_rows
from scenarios.results.result import LazyTables, RunResult
from scenarios.results.summary import PriceBasis, RunSummary

if TYPE_CHECKING:
    from scenarios.definition.scenario import Scenario

__all__ = [
    "Question",
    "allocate_epa",
    "allocate_register",
    "allocate_scenario",
    "allocate_table",
    "uncertainty_of",
]


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
    from scenarios.definition.scenario import Scenario

    if isinstance(name, Scenario):
        scenario = with_sets(name, sets) if sets else name
    else:
        scenario = load_scenario(name, sets, plugins)
    rules, titles = scenario.file.plan, labels(scenario)
    question = replace(question, titles=titles)
    search = replace(
        question.search,
        gap=question.search.gap or rules.gap,
        unit_mg=question.search.unit_mg or rules.precision,
        seed=scenario.seed,
    )
    asked = replace(question, search=search, uncertainty=uncertainty_of(scenario, question))
    result, notices = _answer(scenario_inputs(scenario), asked, scenario.file.name)
    titled = replace(
        result,
        title={str(k): v for k, v in scenario.file.title.items()}
        or {"en": scenario.file.name if isinstance(name, Scenario) else name},
        labels=titles,
        inputs=scenario.read_files,
    )
    return titled, [*scenario.notices, *notices]


def uncertainty_of(scenario: Scenario, question: Question) -> UncertaintyAsked | None:
    """The uncertainty options, with the scenario's own ranges and other baselines."""
    asked = question.uncertainty
    if asked is None:
        return None
    from scenarios.definition.load import with_sets

    ranges = scenario_ranges(scenario) if asked.ranges == Ranges() else None
    others = []
    for name in scenario.file.baselines:
        inputs = scenario_inputs(with_sets(scenario, [f"baseline={name}"]))
        others.append((name, _asked(inputs, with_years(question))[1]))
    return replace(asked, ranges=ranges or asked.ranges, others=tuple(others))


def allocate_table(path: TableInput, question: Question) -> tuple[RunResult, list[str]]:
    """The plan of a measures table; with notices."""
    same = parse_same(question.same)
    inputs, notices, table = take_measures(path, same)
    result, more = _answer(inputs, question, stem_of(path))
    summary = result.summary.with_answers({"same": same} if same else {})
    result = replace(result, summary=summary, understood=partial(understood_rows, table))
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
    wanted += [condition.pollutant for condition in question.conditions()]
    table = epa_table(
        inventory, measures, pollutants=tuple(dict.fromkeys(wanted)), price_factors=price_factors
    )
    # In dollars, so prices published in yuan are not compared with the plan.
    asked = replace(question, supply=None)
    result, notices = _answer(gather(table.to_read_table()), asked, inventory.stem)
    tables, counts = matched_tables(table.standings, table.known)
    basis = PriceBasis(table.currency, table.price_year)
    summary = replace(result.summary.with_answers(counts), prices=basis)
    return replace(result, summary=summary, tables=LazyTables(result.tables) | tables), [
        *table.notes,
        *notices,
    ]


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
    same = parse_same(question.same)
    made = register_table(
        register, catalogue, costs=first, negative_costs=negative_costs, same=same
    )
    name = stem_of(register)
    question = replace(question, titles=names_of(made))
    result, notices = _answer(gather(made.table), question, name)
    tables, told = registered(made)
    if costs == "both":
        other = register_table(
            register, catalogue, costs="china", negative_costs=negative_costs, same=same
        )
        notices = list(dict.fromkeys([*other.notes, *notices]))
        plan, _ = _answer(gather(other.table), question, name)
        more, beside = both_costs((result, made.table), (plan, other.table))
        tables, told = tables | more, told | beside
    result = replace(
        result,
        understood=partial(understood_rows, made.table),
        tables=LazyTables(result.tables) | tables,
        summary=result.summary.with_answers(told | ({"same": same} if same else {})),
        labels=names_of(made),
    )
    return result, list(dict.fromkeys([*made.notes, *notices]))


def _answer(inputs: PlanInputs, question: Question, name: str) -> tuple[RunResult, list[str]]:
    if question.maximise is not None:
        wanted = meant(question.maximise, inputs.pollutants, question.titles)
        question = replace(question, maximise=wanted)
    question = with_years(question)
    # Dated targets are moved first: the latest becomes the plan's own before it is built.
    asked, problem, notices = _asked(inputs, question)
    check_question(asked, question)
    question = resolved(asked, question)
    plan = _solve(asked, problem, question)
    tables, more, met = answer_questions(plan, question)
    rounding, said = letter_answer(plan, question.search.unit_mg)
    exit_code = 3 if plan.allocation.status == "infeasible" or not met else 0
    result = RunResult(
        name=name,
        title={"en": name},
        about={},
        summary=RunSummary(
            scenario=name,
            status=plan.allocation.status,
            planned=summarise_plan(plan),
            assumed=summarise_assumed(plan),
        ).with_answers(rounding | more),
        tables=plan_tables(plan) | tables,
        exit_code=exit_code,
        views=find_questions(),
    )
    return result, [*notices, *place_notices(plan), *said]


def _asked(
    inputs: PlanInputs, question: Question
) -> tuple[PlanInputs, AllocationProblem, list[str]]:
    """The inputs with all conditions, the problem they make, and notices."""
    given = [in_ids(one, inputs, question.titles) for one in question.conditions()]
    own = [c for c in inputs.conditions if not is_replaced(inputs, c, given, question)]
    divisible = inputs.divisible if question.divisible is None else question.divisible
    conditions = in_order((*own, *given))
    asked = firms_as_labels(replace(inputs, conditions=conditions, divisible=divisible))
    notices: list[str] = []
    if question.receptors is not None:
        receptors, notices = read_receptors(question.receptors, asked)
        asked = replace(asked, receptors=receptors)
    problem = add_fair(asked, build(asked), sorted(question.fair), question.titles)
    return asked, problem, notices


def _solve(inputs: PlanInputs, problem: AllocationProblem, question: Question) -> PlanResult:
    search = question.search
    gap, seed, unit = search.fine_gap, search.seed, search.unit_mg or 1
    seconds, stopped = search.seconds, search.stopped
    if not question.asks_for_reduction and question.maximise is None:
        return solve_plan(inputs, gap=gap, seed=seed, unit_mg=unit, seconds=seconds,
                          stopped=stopped, problem=problem,
                          progress=lambda text: search.say(text, None))  # fmt: skip
    p = pollutant_index(inputs, wanted_pollutant(inputs, question))
    if question.budget_yuan is not None:
        plan = solve_budget(problem, p, question.budget_yuan, gap=gap, seed=seed, seconds=seconds,
                            stopped=stopped)  # fmt: skip
    elif question.price is not None:
        plan = solve_price(problem, p, question.price, seed=seed)
    else:
        plan = solve_maximum(problem, p, gap=gap, seed=seed, seconds=seconds, stopped=stopped)
    # Without a target of its own, the benchmark is equal percentage for the same reduction.
    reached = int(plan.reduction_mg[:, p].sum()) / MG_PER_T
    same = Limit("the same reduction", p, "reduction_min", reached)
    return compared(inputs, problem, plan, same=(same,), seed=seed, unit_mg=unit)
