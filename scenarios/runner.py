"""Run of a scenario: the plan, then the simulated year."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from optimize.problem import IntArray
from permits.errors import InputError
from permits.invariants import find_violations
from scenarios.definition.inputs import InputNote, walk
from scenarios.definition.labels import labels, plain_title
from scenarios.definition.load import with_sets
from scenarios.definition.rules import find_counterfactual, with_rules_run
from scenarios.definition.scenario import Scenario
from scenarios.definition.undeclared import find_undeclared
from scenarios.planning.allocating import uncertainty_of
from scenarios.planning.answers import answer_questions
from scenarios.planning.plan_question import find_questions
from scenarios.planning.plan_summary import summarise_assumed, summarise_plan
from scenarios.planning.plan_tables import plan_tables, price_fen
from scenarios.planning.question import Question, Search, UncertaintyAsked, ask_uncertainty
from scenarios.planning.scenario_inputs import scenario_inputs
from scenarios.planning.solve import PlanResult, solve_plan
from scenarios.results.audit_inputs import Registers, limits_of
from scenarios.results.result import LazyTables, RunResult, Table, table
from scenarios.results.summary import (
    AssumedInputs,
    AssumedSummary,
    FrictionRow,
    RunSummary,
    YearSummary,
)
from scenarios.simulation import frictions
from scenarios.simulation.command import Command
from scenarios.simulation.command_log import log_text
from scenarios.simulation.evaluation import Evaluation, evaluate
from scenarios.simulation.frictions import Friction
from scenarios.simulation.luck_range import luck_range
from scenarios.simulation.opening_positions import opens_with_plan
from scenarios.simulation.simulate import simulate
from scenarios.simulation.world import World
from scenarios.simulation.year import play_year
from scenarios.simulation.year_results import issued_by_pollutant_mg, summarise_year, year_tables
from scenarios.text import t
from scenarios.workers import map_jobs

Progress = Callable[[str, float], None]
Quotas = Mapping[str, Sequence[int]]
"""Quotas of the plan by firm [mg per pollutant]."""
PARTS = ("plan", "year", "all")
LEFT_OUT = ("frictions", "baselines")
"""Parts of a run that only add tables and can be left out: each takes plans or years of its own."""
CERTAINTY = "95%"  # the share of draws asked of a plan, as `allocate --certainty` has it


def run(
    scenario: Scenario,
    *,
    part: str = "all",
    draws: int | None = None,
    luck: int = 0,
    without: Collection[str] = (),
    commands: Sequence[Command] = (),
    progress: Progress | None = None,
) -> RunResult:
    """Run a scenario: its plan and, with `part` "all", the simulated year.

    If the target cannot be met, the run stops after the plan, with exit code 3.

    Args:
        scenario: the loaded scenario.
        part: one of `PARTS`.
        draws: of the uncertain inputs of the plan (None: none).
        luck: number of years, this one among them, over which its figures have a range: of the
            scenario's luck seed and those that follow; 0 for no range.
        without: names of `LEFT_OUT`.
        commands: what people decide in the year. A range over luck and friction rows are of
            years in which nobody does, so there are none then.
        progress: called with a text and the share done.
    Returns: tables, summary and, after a year, journal, events and registers.
    """
    check_options(part, draws)
    scenario, _ = prepared(scenario, part)
    say = progress or (lambda text, share: None)
    asked = YearAsked(luck, "frictions" not in without)
    if commands:
        asked = YearAsked(0, frictions=False, commands=tuple(commands))
    if part == "year":
        return _run_year_alone(scenario, asked, say)
    say(t("planning"), 0.0)
    plan = make_plan(scenario)
    tables = plan_tables(plan) | _common_tables(scenario)
    if "baselines" not in without:
        say(t("planning on the other baselines"), 0.1)
        tables |= {"baselines": table("baselines", baseline_rows(scenario, plan))}
    answered, told = _answers(scenario, plan, ask_uncertainty(draws, CERTAINTY, ()), say)
    tables |= answered
    summary = _plan_summary(scenario, plan).with_answers(told)
    if plan.allocation.status == "infeasible":
        return _result(scenario, replace(summary, status="infeasible"), tables, exit_code=3)
    if part == "plan" or "year" not in scenario.file.parts:
        return _result(scenario, summary, tables)
    return _with_year(scenario, summary, tables, plan.firm_quota_mg(), asked, say)


@dataclass(frozen=True, slots=True)
class YearAsked:
    """What is asked of the year: `luck` years of other luck, friction rows, people's commands."""

    luck: int
    frictions: bool
    commands: tuple[Command, ...] = ()


def _run_year_alone(scenario: Scenario, asked: YearAsked, say: Progress) -> RunResult:
    """The year without a plan; one is solved where the rule of allocation opens with it.

    If that plan cannot be made, the result is what `run` returns of it.
    """
    if "year" not in scenario.file.parts:
        raise InputError(
            "run.no_year",
            "the scenario has no year",
            where="--part",
            mend='write --part plan, or add "year" to the parts of the scenario',
        )
    quotas = None
    if opens_with_plan(scenario):
        say(t("planning"), 0.0)
        plan = make_plan(scenario)
        if plan.allocation.status == "infeasible":
            return run(scenario, part="plan", without=LEFT_OUT, progress=say)
        quotas = plan.firm_quota_mg()
    summary = RunSummary(
        scenario=scenario.file.name,
        seed=scenario.seed,
        status="ok",
        planned=None,
        assumed=AssumedSummary(None, 0, 0, {}, None, _assumed_inputs(scenario, None)),
        counterfactual=tuple(find_counterfactual(scenario)),
    )
    return _with_year(scenario, summary, LazyTables(_common_tables(scenario)), quotas, asked, say)


def _with_year(
    scenario: Scenario,
    summary: RunSummary,
    tables: LazyTables,
    quotas: Quotas | None,
    asked: YearAsked,
    say: Progress,
) -> RunResult:
    """Simulate the year and add it to what was found before it."""
    world, more, year = _year(scenario, quotas, asked, say)
    status = "violations" if year.ledger.violations else "ok"
    return replace(
        _result(scenario, replace(summary, year=year, status=status), tables | more),
        journal=tuple(world.books.ledger.journal),
        events=tuple(world.books.log.events),
        refused=tuple(
            (answer.n, answer.refusal) for answer in world.people.answers if answer.refusal
        ),
        commands=log_text(scenario, world.people.given, world.books.ledger.journal),
        registers=Registers(
            tuple(world.cards.months),
            tuple(row for permit in world.cards.permits.values() for row in limits_of(permit)),
        ),
        exit_code=1 if status == "violations" else 0,
    )


def prepared(scenario: Scenario, part: str = "all") -> tuple[Scenario, list[str]]:
    """The scenario with the rules of its files run, before hours may pass; with notices.

    Args:
        scenario: the loaded scenario.
        part: "plan", which needs no rules, "year" or "all".
    Raises: InputError for another part, and as `with_rules_run`.
    """
    check_options(part)
    if part == "plan" or "year" not in scenario.file.parts:
        return scenario, []
    scenario = with_rules_run(scenario)
    notices = find_undeclared(scenario.own_rules.values())
    if part == "year" and opens_with_plan(scenario):
        text = "the allocation rule {rule} opens with the least-cost plan, which is solved for it"
        notices = [*notices, t(text, rule=scenario.file.allocation.rule)]
    return scenario, notices


def _answers(
    scenario: Scenario, plan: PlanResult, uncertainty: UncertaintyAsked | None, say: Progress
) -> tuple[LazyTables, dict[str, Any]]:
    """The questions about the plan that a run answers too, as tables and for JSON."""

    def told(text: str, share: float | None) -> None:
        say(text, 0.1 + 0.1 * (share or 0.0))

    question = Question(uncertainty=uncertainty)
    search = Search(gap=scenario.file.plan.gap, seed=scenario.seed, say=told)
    asked = replace(question, search=search, uncertainty=uncertainty_of(scenario, question))
    tables, found, _ = answer_questions(plan, asked, of_run=True)
    return tables, found


def check_options(part: str, draws: int | None = None) -> None:
    """Raise InputError unless `run` knows this part, and it has a plan if there are draws of it."""
    if part not in PARTS:
        raise InputError(
            "run.part",
            "there is no part {part!r}",
            where="--part",
            mend="write plan, year or all",
            part=part,
        )
    if part == "year" and draws is not None:
        raise InputError(
            "run.draws",
            "--draws draws inputs of the plan, and --part year makes none",
            where="--draws",
            mend="leave it out, or write --part all; --luck draws years",
        )


def left_out(names: Iterable[str]) -> tuple[str, ...]:
    """The parts of a run that are named, with commas between them, in the order of `LEFT_OUT`.

    Raises: InputError for a name that is none of them, with all that there are.
    """
    said = [one.strip() for text in names for one in text.split(",")]
    for one in said:
        if one not in LEFT_OUT:
            raise InputError(
                "run.without",
                "{said!r} cannot be left out of a run",
                where="--without",
                mend="write {known}",
                said=one,
                known=" / ".join((*LEFT_OUT, ",".join(LEFT_OUT))),
            )
    return tuple(one for one in LEFT_OUT if one in said)


def make_plan(scenario: Scenario) -> PlanResult:
    """Solve the least-cost plan of a scenario."""
    rules = scenario.file.plan
    return solve_plan(
        scenario_inputs(scenario), gap=rules.gap, seed=scenario.seed, unit_mg=rules.precision
    )


def year_of(
    scenario: Scenario,
    openings: Sequence[Sequence[int]] | None = None,
    plan_mg: Mapping[str, Sequence[int]] | None = None,
    progress: Progress | None = None,
    *,
    commands: Sequence[Command] = (),
) -> tuple[World, Evaluation]:
    """Simulate a year and evaluate it, with every friction or none as the scenario says.

    Args:
        scenario: the loaded scenario.
        openings: opening rights [mg a year] per firm and pollutant; default: the rule's.
        plan_mg: quotas of the plan by firm [mg per pollutant], for a rule that uses them.
        progress: called with a text and the share done.
        commands: what people decide in the year.
    """
    played = frictions.as_played(scenario)
    world = play_year(played, openings, plan_mg, progress, commands=commands)
    return world, evaluate(world, issued_by_pollutant_mg(world, scenario.file.begins.year))


def _year(
    scenario: Scenario, quotas: Quotas | None, asked: YearAsked, say: Progress
) -> tuple[World, dict[str, Table], YearSummary]:
    world, verdict = year_of(
        scenario,
        None,
        quotas,
        lambda text, share: say(text, 0.2 + 0.3 * share),
        commands=asked.commands,
    )
    say(t("checking every entry"), 0.5)
    violations = find_violations(world.books.ledger)
    tables = year_tables(world, verdict)
    year = summarise_year(world, verdict, violations)
    found = list(frictions.in_force(scenario))
    variants: list[Scenario] = []
    if asked.frictions and _has_friction_rows(scenario, verdict):
        variants = [frictions.without(scenario, (one.without,)) for one in found]
        variants.append(frictions.without_all(scenario))
    played = _other_years(scenario, variants, asked.luck, quotas, say)
    costed = [one for one in played if not isinstance(one, YearSummary)]
    draws = [one for one in played if isinstance(one, YearSummary)]
    rows = _friction_rows(scenario, verdict, found, costed) if costed else []
    if asked.frictions:
        tables["frictions"] = table("frictions", [astuple(row) for row in rows])
    year = replace(year, frictions=tuple(rows))
    if asked.luck:
        year = replace(year, luck=luck_range(scenario.luck_seed, [year, *draws]))
    return world, tables, year


# --- the plan on every basis ----------------------------------------------------------


def baseline_rows(scenario: Scenario, plan: PlanResult) -> list[tuple[Any, ...]]:
    """Rows of the same target on every accounting basis, one per basis and pollutant."""
    names = list(scenario.file.baselines) or [""]
    rows: list[tuple[Any, ...]] = []
    others = [n for n in names if n != (scenario.file.baseline or "")]
    plans = dict(zip(others, map_jobs(_plan_on, [(scenario, n) for n in others]), strict=True))
    for name in names:
        chosen = name == (scenario.file.baseline or "")
        other = plan if chosen else plans[name]
        title = scenario.file.baselines[name].title if name else {}
        rows += _basis_rows(name, title.get("en", name), other, chosen)
    return rows


def _plan_on(job: tuple[Scenario, str]) -> PlanResult:
    scenario, name = job
    return make_plan(with_sets(scenario, [f"baseline={name}"]))


def _basis_rows(name: str, title: str, plan: PlanResult, chosen: bool) -> Iterator[tuple[Any, ...]]:
    allocation, feasible = plan.allocation, plan.allocation.status != "infeasible"
    for p, pollutant in enumerate(plan.inputs.pollutants):
        base = int(allocation.base_mg[:, p].sum())
        target = next(
            (
                c.amount.of(base)
                for c in plan.inputs.conditions
                if c.kind == "target" and c.pollutant == pollutant
            ),
            None,
        )
        name_of = [c.name for c in plan.inputs.conditions if c.pollutant == pollutant]
        low, high = allocation.shadow.get(name_of[0] if name_of else "", (None, None))
        yield (
            name, title, pollutant, base, target, allocation.status,
            round(float(allocation.max_reduction_t[p]) * 10**9),
            round(allocation.cost_yuan * 100) if feasible else None,
            price_fen(low), price_fen(high),
            round(plan.equal.cost_yuan * 100) if plan.equal.feasible else None, chosen,
        )  # fmt: skip


# --- effect of the ranges of uncertain inputs ---------------------------------------------

RANGED = ("applicability", "measures.size_exponent")
"""Inputs of the plan that leave the register unchanged, so that sources can be compared."""


def flips_mg(scenario: Scenario, plan: PlanResult) -> int | None:
    """Reduction that moves between sources when an input goes to an end of its range [mg].

    The largest over all ends, as half the sum of differences by source; ends at which the
    target cannot be met are left out. `None` where no such input has a range.
    """
    given = {key: one for key, one in walk(scenario.file) if key in RANGED and one.range}
    ends = [(key, end) for key, one in given.items() for end in one.range or ()]
    if not ends or plan.allocation.status == "infeasible":
        return None
    moved = [0]
    for cuts in map_jobs(_cuts_at, [(scenario, key, end) for key, end in ends]):
        if cuts is not None:
            moved.append(int(np.abs(plan.allocation.reduction_mg - cuts).sum()) // 2)
    return max(moved)


def _cuts_at(job: tuple[Scenario, str, float]) -> IntArray | None:
    scenario, key, end = job
    other = make_plan(with_sets(scenario, [f"{key}={end}"])).allocation
    return None if other.status == "infeasible" else other.reduction_mg


# --- the same year without a friction, and with other luck --------------------------------

Costed = tuple[float, float | None]
"""Realised cost [fen] and efficiency of a year."""


def _has_friction_rows(scenario: Scenario, verdict: Evaluation) -> bool:
    """Whether frictions are costed: not where they are off, or over more than a year."""
    return scenario.file.frictions != "none" and verdict.one_year


def _other_years(
    scenario: Scenario,
    variants: Sequence[Scenario],
    luck: int,
    quotas: Quotas | None,
    say: Progress,
) -> list[Costed | YearSummary]:
    """Play the variants without frictions, then the year with each further luck seed.

    All are jobs of the same workers: none waits for the others to end.

    Args:
        scenario: the scenario with its frictions.
        variants: the scenario without each friction, and without all.
        luck: number of luck seeds, the scenario's own among them.
        quotas: quotas of the plan by firm [mg per pollutant].
        say: called with a text and the share done.
    """
    jobs: list[Callable[[], Costed | YearSummary]] = [
        partial(_play, variant, quotas) for variant in variants
    ]
    first = scenario.luck_seed + 1
    jobs += [
        partial(simulate, scenario, seed, plan_mg=quotas)
        for seed in range(first, scenario.luck_seed + luck)
    ]
    text = t("the year without one friction, and with other luck")
    return map_jobs(_call, jobs, progress=lambda done, total: say(text, 0.5 + 0.45 * done / total))


def _call(job: Callable[[], Costed | YearSummary]) -> Costed | YearSummary:
    return job()


def _play(scenario: Scenario, quotas: Quotas | None) -> Costed:
    """Simulate one variant; return its realised cost [fen] and efficiency."""
    world = play_year(scenario, None, quotas, lean=True)
    verdict = evaluate(world, issued_by_pollutant_mg(world, scenario.file.begins.year))
    return verdict.realised, verdict.efficiency


def _friction_rows(
    scenario: Scenario, verdict: Evaluation, found: Sequence[Friction], costed: Sequence[Costed]
) -> list[FrictionRow]:
    """Rows of the year without each friction, and without all, on the same random numbers.

    Args:
        scenario: the scenario with its frictions.
        verdict: evaluation of the year with all of them.
        found: the frictions.
        costed: the year without each of them, in their order, and last without all.
    """
    rows = [
        _friction_row(scenario, friction, verdict, cost, efficiency)
        for friction, (cost, efficiency) in zip(found, costed, strict=False)
    ]
    cost, efficiency = costed[-1]
    saved = round(verdict.realised - cost)
    all_title = "All of them: one session of truthful bids before any measure is installed"
    rows.append(FrictionRow("all", all_title, round(cost), saved, efficiency, "[Montgomery1972]"))
    return rows


def _friction_row(
    scenario: Scenario,
    friction: Friction,
    verdict: Evaluation,
    cost: float,
    efficiency: float | None,
) -> FrictionRow:
    sources = {
        given.source
        for key, given in walk(scenario.file)
        if key.startswith(friction.source_key) and given.source.startswith("[")
    }
    told_sources = " ".join(sorted(sources)[:3]) or "[ModelAssumption]"
    saved = round(verdict.realised - cost)
    return FrictionRow(friction.name, friction.title, round(cost), saved, efficiency, told_sources)


# --- shared by plan and year ---------------------------------------------------------------


def _common_tables(scenario: Scenario) -> dict[str, Table]:
    rows = [_input_row(note) for note in scenario.inputs]
    outside = [(row.rule, row.in_force, row.why) for row in find_counterfactual(scenario)]
    return {
        "inputs": table("inputs", rows),
        "counterfactual": table("counterfactual", outside),
    }


def _input_row(note: InputNote) -> tuple[Any, ...]:
    return (
        note.key, note.value, note.unit, note.low, note.high, note.status, note.source,
        note.place, note.begins, note.ends,
    )  # fmt: skip


def _plan_summary(scenario: Scenario, plan: PlanResult) -> RunSummary:
    inputs = _assumed_inputs(scenario, flips_mg(scenario, plan))
    return RunSummary(
        scenario=scenario.file.name,
        seed=scenario.seed,
        status="ok",
        planned=summarise_plan(plan),
        assumed=summarise_assumed(plan, inputs),
        counterfactual=tuple(find_counterfactual(scenario)),
    )


def _assumed_inputs(scenario: Scenario, flips: int | None) -> AssumedInputs:
    assumed = sum(note.status == "assumed" for note in scenario.inputs)
    return AssumedInputs(len(scenario.inputs), assumed, flips)


def _result(
    scenario: Scenario, summary: RunSummary, tables: LazyTables, exit_code: int = 0
) -> RunResult:
    file = scenario.file
    return RunResult(
        name=file.name,
        title=plain_title(file.title) or {"en": file.name},
        about=plain_title(file.about),
        summary=summary,
        tables=tables,
        manifest={"inputs_sha256": dict(scenario.sha256)},
        exit_code=exit_code,
        inputs=scenario.read_files,
        labels=labels(scenario),
        views=find_questions(),
    )
