"""`permits allocate`: least-cost quotas, and every question about a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from permits.errors import InputError
from scenarios.commands.options import (
    INTERRUPTED,
    Debug,
    Force,
    Json,
    Lang,
    Out,
    Plugins,
    Quiet,
    Seed,
    Sets,
    help_of,
    print_json,
    tell,
    tell_infeasible,
)
from scenarios.commands.progress import Progress, Stop
from scenarios.text import t


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file into `app`."""
    app.command(
        help=help_of(
            "Least-cost quotas, from a scenario, a measures table or EPA files.",
            "permits allocate zhejiang-2017-voc",
            "permits allocate --measures measures.csv --target VOC=42000",
            "permits allocate --register voc-2017 --target VOC=42000 --costs both --out plan",
            'permits allocate --measures m.xlsx --target VOC=16% --min "sector=coating:VOC=20%"',
        )
    )(allocate)


def allocate(
    scenario: Annotated[str | None, typer.Argument(metavar="[SCENARIO]")] = None,
    measures: Annotated[str | None, typer.Option("--measures", help=t("Measures table."))] = None,
    inventory: Annotated[Path | None, typer.Option("--inventory", help="ORL, FF10")] = None,
    control_measures: Annotated[
        list[Path], typer.Option("--control-measures", help=t("EPA control-measure set."))
    ] = [],  # noqa: B006
    price_factors: Annotated[
        Path | None, typer.Option("--price-factors", help=t("Cost years and factors."))
    ] = None,
    register: Annotated[str | None, typer.Option(help=t("Register of sources."))] = None,
    catalogue: Annotated[str, typer.Option(help=t("Measures by sub-sector."))] = "voc-2017",
    costs: Annotated[str, typer.Option(help="us|china|both")] = "us",
    negative_costs: Annotated[bool, typer.Option(help=t("Measures that earn money."))] = True,
    target: Annotated[
        list[str], typer.Option("--target", help=t("Reduction: VOC=42000 or VOC=16%."))
    ] = [],  # noqa: B006
    at_least: Annotated[
        list[str], typer.Option("--min", help=t("Least reduction of a group."))
    ] = [],  # noqa: B006
    at_most: Annotated[
        list[str], typer.Option("--max", help=t("Greatest reduction of a group."))
    ] = [],  # noqa: B006
    cap: Annotated[list[str], typer.Option("--cap", help=t("Greatest emission of a group."))] = [],  # noqa: B006
    receptors: Annotated[str | None, typer.Option(help=t("What arrives where, at most."))] = None,
    budget: Annotated[
        float | None, typer.Option("--budget-yuan", help=t("Greatest reduction for the money."))
    ] = None,
    price: Annotated[
        float | None, typer.Option("--price", help=t("All that costs at most so much a tonne."))
    ] = None,
    maximise: Annotated[
        str | None, typer.Option("--maximise", help=t("Greatest reduction of a pollutant."))
    ] = None,
    divisible: Annotated[
        bool | None, typer.Option("--divisible/--whole", help=t("Parts of measures allowed."))
    ] = None,
    gap: Annotated[float | None, typer.Option("--gap", help=t("Gap to be proved."))] = None,
    points: Annotated[
        int | None, typer.Option("--frontier", help=t("Points from nothing to everything."))
    ] = None,
    between: Annotated[str | None, typer.Option(help=t("Frontier of two: VOC,NOX."))] = None,
    fair: Annotated[list[str], typer.Option(help=t("city<=40% of reduction"))] = [],  # noqa: B006
    condition_costs: Annotated[bool | None, typer.Option(help=t("Price conditions."))] = None,
    alternatives: Annotated[str | None, typer.Option(help=t("Unlike plans within 2%."))] = None,
    years: Annotated[str | None, typer.Option(help=t("2017-2020: what to build when."))] = None,
    count: Annotated[str, typer.Option(help="annualised|in_year:MONTH|verified")] = "annualised",
    growth: Annotated[list[str], typer.Option(help=t("New projects: 3% or 500."))] = [],  # noqa: B006
    life: Annotated[list[str], typer.Option(help=t("In years: 10, paint=5."))] = [],  # noqa: B006
    build: Annotated[str | None, typer.Option(help=t("Most built in a year: 30%."))] = None,
    build_measure: Annotated[str | None, typer.Option(help=t("The same by measure."))] = None,
    discount: Annotated[str | None, typer.Option(help=t("Rate a year: 5%."))] = None,
    precision: Annotated[
        str | None, typer.Option("--precision", help=t("Quotas in steps of so many tonnes."))
    ] = None,
    draws: Annotated[
        int | None, typer.Option("--draws", help=t("Draws of the doubtful inputs."))
    ] = None,
    certainty: Annotated[
        str, typer.Option("--certainty", help=t("Share of draws that a plan shall hold in."))
    ] = "95%",
    doubt: Annotated[
        list[str], typer.Option("--doubt", help=t("Range of an input: cost=0.3:1.6."))
    ] = [],  # noqa: B006
    seconds: Annotated[
        float | None, typer.Option("--seconds", help=t("Longest search for whole measures."))
    ] = None,
    sets: Sets = [],  # noqa: B006
    out: Out = None,
    force: Force = False,
    seed: Seed = None,
    plugins: Plugins = [],  # noqa: B006
    as_json: Json = False,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.planning import question as planning
    from scenarios.results.report import print_summary
    from scenarios.results.stores.folder import check_free, write_plan

    if out is not None:
        check_free(out, force)
    stop, progress = Stop(), Progress(quiet)
    question = planning.Question(
        target=tuple(target), at_least=tuple(at_least), at_most=tuple(at_most), cap=tuple(cap),
        receptors=receptors, budget_yuan=budget, price=price, maximise=maximise,
        divisible=divisible, gap=gap,
        unit_mg=planning.parse_unit_mg(precision), points=points, seed=1 if seed is None else seed,
        seconds=seconds, stopped=stop, say=progress,
        doubt=planning.parse_draws(draws, certainty, doubt),
        between=between, fair=tuple(fair),
        condition_costs=condition_costs, alternatives=alternatives,
        years=planning.ask_years(years, count=count, growth=tuple(growth), life=tuple(life),
                                 build=build, build_measure=build_measure, discount=discount),
    )  # fmt: skip
    with progress:
        if inventory is not None and control_measures:
            result, notices = planning.allocate_epa(
                inventory, control_measures, question, price_factors
            )
        elif register is not None:
            result, notices = planning.allocate_register(
                register, catalogue, question, costs=costs, negative_costs=negative_costs
            )
        elif measures is not None:
            result, notices = planning.allocate_table(measures, question)
        elif scenario is not None:
            changes = [*sets, *([] if seed is None else [f"seed={seed}"])]
            result, notices = planning.allocate_scenario(scenario, question, changes, plugins)
        else:
            raise InputError(
                "allocate.what",
                "there is nothing to allocate",
                where="allocate",
                mend="name a scenario, or give --measures, --register, or --inventory with "
                "--control-measures",
            )
    tell(notices, quiet)
    if out is not None:
        write_plan(result, out, force=force)
    told = result.summary["allocation"]
    if as_json:
        extra = {
            k: result.summary[k]
            for k in ("currency", "price_year", "assumed")
            if k in result.summary
        }
        print_json(told | extra)
    else:
        print_summary(result, out)
    if result.exit_code == 3:
        tell_infeasible(result.summary)
    raise typer.Exit(INTERRUPTED if stop() else result.exit_code)
