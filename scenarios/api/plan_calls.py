"""`load`, `run`, `simulate` and `allocate`: scenarios and plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from permits.errors import InputError
from scenarios.api.answer_types import Answer
from scenarios.api.arguments import (
    Number,
    Places,
    Texts,
    files_in,
    options_asked,
    paths,
    texts,
    written,
)
from scenarios.api.frames import to_frame
from scenarios.intake.cells import TableInput, is_frame
from scenarios.intake.option_needs import check_call
from scenarios.intake.option_numbers import DEFAULT_LUCK, checked
from scenarios.text import pick

if TYPE_CHECKING:
    import pandas as pd

    from scenarios.definition.scenario import Scenario
    from scenarios.planning.allocating import Question
    from scenarios.results.result import RunResult, Table
    from scenarios.results.summary import YearSummary

TABLE_ENDINGS = (".csv", ".xlsx", ".xlsm", ".parquet")
FIRST = ("quotas", "chosen", "firms", "trades", "true_up")
"""Tables that are named first: what most people look for (assumed)."""


class RunAnswer(Answer):
    """A run of a scenario, or a plan.

    Attributes:
        result: the result as the simulator returns it, with journal and events.
        status: `ok`, `optimal`, `feasible`, `infeasible` or `violations`.
    """

    def __init__(
        self,
        result: RunResult,
        notices: Sequence[str] = (),
        scenario: Scenario | None = None,
        question: Mapping[str, Any] | None = None,
    ) -> None:
        from scenarios.results.stores.summary_json import plan_json, summary_json

        self.result = result
        self._ran, self._question = scenario, question
        self.status = result.summary.status
        whole = plan_json(result.summary) if scenario is None else summary_json(result.summary)
        order = sorted(result.tables, key=lambda name: name not in FIRST)
        tables = {name: partial(_framed, result.tables, name) for name in order}
        super().__init__(whole, tables, notices)

    @property
    def tables(self) -> Mapping[str, Table]:
        """Tables in whole milligrams and fen, with the kinds and titles of their columns."""
        return self.result.tables

    def write(self, folder: str | Path, *, force: bool = False, public: bool = False) -> Path:
        """Write the folder that the command writes with `--out`.

        Args:
            folder: where to; `audit`, `explain` and `compare` read it.
            force: replace earlier results there.
            public: leave costs and inputs out, of a plan.
        """
        from scenarios.results.manifest import stamped, stamped_plan
        from scenarios.results.public import for_public
        from scenarios.results.stores.folder import write_plan, write_run

        if self._ran is None:
            made = stamped_plan(for_public(self.result) if public else self.result)
            self.folder = write_plan(made, Path(folder), force=force, question=self._question)
        else:
            written = stamped(self.result, self._ran)
            self.folder = write_run(written, Path(folder), force=force)
        return self.folder

    def _title(self) -> str:
        from scenarios.results.formatting import word

        return f"{pick(self.result.title) or self.result.name} · {word(self.status)}"

    def _figures(self) -> list[tuple[str, ...]]:
        from scenarios.planning.infeasible.section import most_lines
        from scenarios.results.formatting import money_in
        from scenarios.results.report.keyfigures import plan_figures, year_figures

        found, summary = self.result, self.result.summary
        with money_in(summary.currency):
            plan = summary.planned
            if plan is not None and not plan.feasible:
                return list(most_lines(plan))
            figures = [] if plan is None else plan_figures(plan, found.labels)
            figures += year_figures(summary.year) if summary.year else []
        return [
            (one.title, f"{one.said} ({one.note})" if one.note else one.said) for one in figures
        ]


def _framed(tables: Mapping[str, Table], name: str) -> pd.DataFrame:
    return to_frame(tables[name])


def load(
    name_or_path: str | Path,
    sets: Texts = (),
    plugins: Places = (),
    *,
    seed: int | None = None,
) -> Scenario:
    """Load a scenario, shipped or from a file.

    Args:
        name_or_path: name of a shipped scenario or path of a TOML file.
        sets: changes of keys, such as `pollutant.VOC.target=20%`.
        plugins: folders with your own rules.
        seed: of all random draws, instead of the scenario's own.
    Raises: ManyErrors with all mistakes of the file.
    """
    from scenarios.definition.load import load_scenario

    return load_scenario(str(name_or_path), _changes(sets, seed), paths(plugins))


def run(
    scenario: Scenario | str | Path,
    sets: Texts = (),
    *,
    part: str = "all",
    draws: int | None = None,
    luck: int = DEFAULT_LUCK,
    without: Texts = (),
    seed: int | None = None,
    plugins: Places = (),
    out: str | Path | None = None,
    force: bool = False,
    progress: Callable[[str, float], None] | None = None,
) -> RunAnswer:
    """Plan and simulate a scenario; without `out` nothing is written.

    A target that cannot be met is an answer with the status `infeasible`.

    Args:
        scenario: a name, a path, or a scenario as `load` returns it.
        sets: changes of keys, such as `pollutant.VOC.target=20%`.
        part: "plan" or "year" for the one alone, "all" for both.
        draws: of the uncertain inputs of the plan, as `allocate` has them.
        luck: number of luck seeds over which figures of the year are given a range; 0: none.
        without: parts to leave out: "frictions", "baselines".
        seed: of all random draws, instead of the scenario's own.
        plugins: folders with your own rules, of a scenario by name or path.
        out: folder to write to, as `permits run --out` does.
        force: replace earlier results in that folder.
        progress: called with what is being done and the share done.
    """
    from scenarios.definition.load import with_sets
    from scenarios.definition.scenario import Scenario
    from scenarios.results.stores.folder import check_free
    from scenarios.runner import check_options, left_out, prepared
    from scenarios.runner import run as run_scenario

    check_options(part, draws)
    checked("--luck", luck)
    omitted = left_out(texts(without))
    if out is not None:
        check_free(Path(out), force, files_in(scenario, *paths(plugins)))
    if isinstance(scenario, Scenario):
        changes = _changes(sets, seed)
        loaded = with_sets(scenario, changes) if changes else scenario
    else:
        loaded = load(scenario, sets, plugins, seed=seed)
    loaded, undeclared = prepared(loaded, part)
    result = run_scenario(
        loaded, part=part, draws=draws, luck=luck, without=omitted, progress=progress
    )
    answer = RunAnswer(result, [*loaded.notices, *undeclared], loaded)
    if out is not None:
        answer.write(out, force=force)
    return answer


def simulate(scenario: Scenario | str | Path, luck_seed: int | None = None) -> YearSummary:
    """Simulate the year of a scenario with this luck, and return its totals as typed values.

    The one call of experiments: only the year is played, without plan, report or log. The
    summary can be pickled, and is that of `run`, but for friction rows and ranges.

    Args:
        scenario: a name, a path, or a scenario as `load` returns it.
        luck_seed: of production, arrivals, ties and random bids; `None` is the scenario's.
    """
    from scenarios.definition.scenario import Scenario
    from scenarios.runner import prepared
    from scenarios.simulation.simulate import simulate as simulate_year

    checked("--seed", luck_seed)
    loaded = scenario if isinstance(scenario, Scenario) else load(scenario)
    loaded, _ = prepared(loaded, "year")
    return simulate_year(loaded, loaded.luck_seed if luck_seed is None else luck_seed)


BOUNDED = ("--budget-yuan", "--price", "--gap", "--frontier", "--seconds", "--seed")
"""Options of `allocate` with bounds, as its arguments are checked."""


def allocate(
    scenario: Scenario | TableInput | None = None,
    *,
    measures: TableInput | None = None,
    register: TableInput | None = None,
    catalogue: TableInput = "voc-2017",
    costs: str = "us",
    negative_costs: bool = True,
    inventory: str | Path | None = None,
    control_measures: Places = (),
    price_factors: str | Path | None = None,
    target: Texts = (),
    min: Texts = (),
    max: Texts = (),
    cap: Texts = (),
    receptors: TableInput | None = None,
    budget_yuan: float | None = None,
    price: float | None = None,
    maximise: str | None = None,
    divisible: bool | None = None,
    gap: float | None = None,
    frontier: int | None = None,
    between: str | None = None,
    fair: Texts = (),
    condition_costs: bool | None = None,
    alternatives: str | None = None,
    years: str | None = None,
    count: str = "annualised",
    growth: Texts = (),
    life: Texts = (),
    build: str | None = None,
    build_measure: str | None = None,
    discount: str | None = None,
    precision: Number | None = None,
    draws: int | None = None,
    certainty: str = "95%",
    range: Texts = (),
    seconds: float | None = None,
    sets: Texts = (),
    seed: int | None = None,
    plugins: Places = (),
    same: Texts = (),
    title: str | None = None,
    as_of: str | None = None,
    public: bool = False,
    out: str | Path | None = None,
    force: bool = False,
    stopped: Callable[[], bool] | None = None,
    progress: Callable[[str, float | None], None] | None = None,
) -> RunAnswer:
    """Least-cost quotas of a scenario, a measures table, a register or EPA files.

    Args:
        scenario: name or path of a scenario, or one as `load` returns it; a table (a data
            frame, or a path ending in .csv, .xlsx or .parquet) is taken as `measures`.
        measures: table of sources and measures.
        register: register of sources: a shipped name or a table.
        catalogue: catalogue of measures for the register: a shipped name or a table.
        costs: cost columns of the catalogue: us, china or both.
        negative_costs: include measures of negative cost.
        inventory: EPA inventory of sources (ORL or FF10).
        control_measures: EPA control-measure sets, folders or summary files.
        price_factors: table of cost years and price factors for EPA costs.
        target: reduction targets: "VOC=42000" (t) or "VOC=16%".
        min: minimum reductions of groups: "city=Hangzhou:VOC=5000".
        max: maximum reductions of groups.
        cap: maximum emissions of groups.
        receptors: table of transfer coefficients and limits at receptors.
        budget_yuan: largest reduction within this budget [yuan a year].
        price: every measure up to this cost [yuan/t].
        maximise: largest reduction of this pollutant, then its least cost.
        divisible: allow parts of measures; `None` is what the inputs say.
        gap: relative optimality gap.
        frontier: number of points on the cost frontier.
        between: cost frontier of two pollutants: "VOC,NOX".
        fair: fairness limits: "city<=40% of reduction".
        condition_costs: report the cost of each side condition.
        alternatives: near-optimal alternatives within this share of least cost: "2%".
        years: multi-year plan: "2017-2020".
        count: first year of a measure: annualised, in_year:MONTH or verified.
        growth: yearly emission growth from new projects: "3%" or "VOC=500" (t).
        life: lifetimes of measures [years]: "10", "paint=5".
        build: build limit per year, share of all that could be removed: "30%".
        build_measure: build limit per year for each measure: "50%".
        discount: discount rate per year: "5%".
        precision: round the totals of places to multiples of this mass [t].
        draws: number of Monte Carlo draws of uncertain inputs.
        certainty: share of draws in which a plan must hold.
        range: ranges of uncertain inputs' factors: "cost=0.3:1.6".
        seconds: time limit of the search [s].
        sets: changes of keys of a scenario.
        seed: of all random draws.
        plugins: folders with your own rules, of a scenario by name or path.
        same: further names of pollutants in a table: "非甲烷总烃=VOC".
        title: of the report, the workbook and the summary.
        as_of: date of the data, which they state: "2017-12-31".
        public: leave costs and inputs out of the folder.
        out: folder to write to, as `permits allocate --out` does.
        force: replace earlier results in that folder.
        stopped: polled during the search; once true, the best plan so far is the answer.
        progress: called with what is being done, and the share done where known.
    Raises: InputError where nothing is given to allocate, and as the command.
    """
    options = options_asked(allocate, locals())
    check_call(allocate, locals())
    bounded = (budget_yuan, price, gap, frontier, seconds, seed)
    for option, number in zip(BOUNDED, bounded, strict=True):
        checked(option, number)
    from scenarios.planning import allocating as planning
    from scenarios.planning import question as asked
    from scenarios.planning.search import no_progress
    from scenarios.results.result import check_as_of
    from scenarios.results.stores.folder import check_free

    inputs = files_in(scenario, measures, register, catalogue, inventory, *paths(control_measures),
                      price_factors, receptors)  # fmt: skip
    check_as_of(as_of)
    if out is not None:
        check_free(Path(out), force, inputs)
    question = asked.Question(
        target=texts(target), at_least=texts(min), at_most=texts(max), cap=texts(cap),
        fair=texts(fair), same=texts(same), receptors=receptors, budget_yuan=budget_yuan,
        price=price, maximise=maximise, divisible=divisible,
        search=asked.Search(gap, asked.parse_unit_mg(written(precision)),
                            1 if seed is None else seed, seconds, stopped, progress or no_progress),
        frontier=asked.ask_frontier(frontier, between),
        between=asked.ask_between(between, frontier),
        condition_costs=asked.ConditionCostsAsked(condition_costs),
        alternatives=asked.ask_alternatives(alternatives),
        pathway=asked.ask_pathway(
            years, count=count, growth=texts(growth), life=texts(life), build=build,
            build_measure=build_measure, discount=discount,
        ),
        uncertainty=asked.ask_uncertainty(draws, certainty, texts(range)),
    )  # fmt: skip
    if measures is None and _is_table(scenario):
        scenario, measures = None, scenario
    if same and measures is None and register is None:
        raise InputError(
            "allocate.same",
            "--same has no effect here",
            where="--same",
            mend="give it with --measures or --register, whose pollutants it names",
        )
    if inventory is not None and control_measures:
        factors = None if price_factors is None else Path(price_factors)
        result, notices = planning.allocate_epa(
            Path(inventory), paths(control_measures), question, factors
        )
    elif register is not None:
        result, notices = planning.allocate_register(
            register, catalogue, question, costs=costs, negative_costs=negative_costs
        )
    elif measures is not None:
        result, notices = planning.allocate_table(measures, question)
    else:
        result, notices = _of_scenario(scenario, question, _changes(sets, seed), paths(plugins))
    result = replace(result, inputs=(*inputs, *result.inputs))
    answer = RunAnswer(result.titled(title, as_of), notices, question=options)
    if out is not None:
        answer.write(out, force=force, public=public)
    return answer


def _of_scenario(
    scenario: Scenario | TableInput | None,
    question: Question,
    changes: Sequence[str],
    plugins: Sequence[Path],
) -> tuple[RunResult, list[str]]:
    from scenarios.definition.scenario import Scenario
    from scenarios.planning.allocating import allocate_scenario

    if scenario is None:
        raise InputError(
            "allocate.what",
            "there is nothing to allocate",
            where="allocate",
            mend="name a scenario, or give --measures, --register, or --inventory with "
            "--control-measures",
        )
    named = scenario if isinstance(scenario, Scenario) else str(scenario)
    return allocate_scenario(named, question, changes, plugins)


def _is_table(given: Scenario | TableInput | None) -> TypeGuard[TableInput]:
    from scenarios.definition.scenario import Scenario

    if given is None or isinstance(given, Scenario):
        return False
    return is_frame(given) or Path(str(given).partition("#")[0]).suffix.lower() in TABLE_ENDINGS


def _changes(sets: Texts, seed: int | None) -> list[str]:
    """Changes of a scenario's keys; the seed last, so that it wins."""
    checked("--seed", seed)
    return [*texts(sets), *([] if seed is None else [f"seed={seed}"])]
