"""`permits allocate`: least-cost quotas, and further questions about a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from permits.errors import InputError
from scenarios.commands.options import (
    INTERRUPTED,
    AsOf,
    Debug,
    Force,
    Json,
    Lang,
    Memory,
    Out,
    Plugins,
    Quiet,
    Seed,
    Sets,
    Title,
    Visible,
    help_of,
    number_option,
    print_infeasible,
    print_json,
    print_notices,
    print_seal,
    shown_rows,
)
from scenarios.commands.progress import Interruption, Progress
from scenarios.text import t


def add_to(app: typer.Typer) -> None:
    """Add the command `allocate` to `app`."""
    app.command(
        help=help_of(
            "Compute least-cost quotas from a scenario, a measures table, a register or EPA files.",
            "permits allocate zhejiang-2017-voc",
            "permits allocate --measures measures.csv --target VOC=42000",
            "permits allocate --register voc-2017 --target VOC=42000 --costs both --out plan",
            'permits allocate --measures m.xlsx --target VOC=16% --min "sector=coating:VOC=20%"',
        )
    )(allocate)


def allocate(
    scenario: Annotated[
        str | None,
        typer.Argument(
            metavar="[SCENARIO]", help=t("Name of a shipped scenario, or a scenario file.")
        ),
    ] = None,
    measures: Annotated[str | None, typer.Option("--measures", help=t("Measures table."))] = None,
    inventory: Annotated[
        Path | None, typer.Option("--inventory", help=t("EPA inventory of sources (ORL or FF10)."))
    ] = None,
    control_measures: Annotated[
        list[Path],
        typer.Option(
            "--control-measures",
            help=t("EPA control-measure set, a folder or its summary file (repeatable)."),
        ),
    ] = [],  # noqa: B006
    price_factors: Annotated[
        Path | None,
        typer.Option(
            "--price-factors", help=t("Table of cost years and price factors for EPA costs.")
        ),
    ] = None,
    register: Annotated[
        str | None, typer.Option(help=t("Register of sources: a shipped name or a table."))
    ] = None,
    catalogue: Annotated[
        str, typer.Option(help=t("Catalogue of measures by sub-sector: a shipped name or a table."))
    ] = "voc-2017",
    costs: Annotated[
        str, typer.Option(help=t("Cost columns of the catalogue: us, china or both."))
    ] = "us",
    negative_costs: Annotated[
        bool, typer.Option(help=t("Include measures of negative cost."))
    ] = True,
    target: Annotated[
        list[str],
        typer.Option(
            "--target", help=t("Reduction target: VOC=42000 (t) or VOC=16% (repeatable).")
        ),
    ] = [],  # noqa: B006
    at_least: Annotated[
        list[str],
        typer.Option(
            "--min", help=t("Minimum reduction of a group: city=Hangzhou:VOC=5000 (repeatable).")
        ),
    ] = [],  # noqa: B006
    at_most: Annotated[
        list[str],
        typer.Option(
            "--max", help=t("Maximum reduction of a group: city=Hangzhou:VOC=5000 (repeatable).")
        ),
    ] = [],  # noqa: B006
    cap: Annotated[
        list[str],
        typer.Option(
            "--cap", help=t("Maximum emission of a group: city=Hangzhou:VOC=30000 (repeatable).")
        ),
    ] = [],  # noqa: B006
    receptors: Annotated[
        str | None, typer.Option(help=t("Table of transfer coefficients and limits at receptors."))
    ] = None,
    budget: Annotated[
        float | None,
        number_option("--budget-yuan", t("Largest reduction within this budget, yuan a year.")),
    ] = None,
    price: Annotated[
        float | None,
        number_option("--price", t("Every measure up to this cost per tonne, yuan.")),
    ] = None,
    maximise: Annotated[
        str | None,
        typer.Option(
            "--maximise", help=t("Largest reduction of this pollutant, then its least cost.")
        ),
    ] = None,
    divisible: Annotated[
        bool | None,
        typer.Option(
            "--divisible/--whole", help=t("Allow parts of measures, or whole measures only.")
        ),
    ] = None,
    gap: Annotated[float | None, number_option("--gap", t("Relative optimality gap."))] = None,
    points: Annotated[
        int | None, number_option("--frontier", t("Number of points on the cost frontier."))
    ] = None,
    between: Annotated[
        str | None, typer.Option(help=t("Cost frontier of two pollutants: VOC,NOX."))
    ] = None,
    fair: Annotated[
        list[str], typer.Option(help=t('Fairness limit: "city<=40% of reduction" (repeatable).'))
    ] = [],  # noqa: B006
    condition_costs: Annotated[
        bool | None, typer.Option(help=t("Report the cost of each side condition."))
    ] = None,
    alternatives: Annotated[
        str | None,
        typer.Option(help=t("Near-optimal alternatives within this share of least cost: 2%.")),
    ] = None,
    years: Annotated[
        str | None, typer.Option(help=t("Multi-year plan of what to build when: 2017-2020."))
    ] = None,
    count: Annotated[
        str,
        typer.Option(help=t("First year of a measure: annualised, in_year:MONTH or verified.")),
    ] = "annualised",
    growth: Annotated[
        list[str],
        typer.Option(help=t("Yearly emission growth from new projects: 3% or VOC=500 (t).")),
    ] = [],  # noqa: B006
    life: Annotated[
        list[str], typer.Option(help=t("Lifetime of measures in years: 10, paint=5."))
    ] = [],  # noqa: B006
    build: Annotated[
        str | None,
        typer.Option(help=t("Build limit per year, share of all that could be removed: 30%.")),
    ] = None,
    build_measure: Annotated[
        str | None, typer.Option(help=t("Build limit per year for each measure: 50%."))
    ] = None,
    discount: Annotated[str | None, typer.Option(help=t("Discount rate per year: 5%."))] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            "--precision", help=t("Round the totals of places to multiples of this mass, t.")
        ),
    ] = None,
    draws: Annotated[
        int | None,
        number_option("--draws", t("Number of Monte Carlo draws of uncertain inputs.")),
    ] = None,
    certainty: Annotated[
        str,
        typer.Option(
            "--certainty", help=t("Share of draws in which a plan must hold (chance constraint).")
        ),
    ] = "95%",
    doubt: Annotated[
        list[str],
        typer.Option(
            "--range", help=t("Range of an uncertain input's factor: cost=0.3:1.6 (repeatable).")
        ),
    ] = [],  # noqa: B006
    doubt_before: Annotated[list[str], typer.Option("--doubt", hidden=True)] = [],  # noqa: B006
    seconds: Annotated[
        float | None, number_option("--seconds", t("Time limit of the search, seconds."))
    ] = None,
    sets: Sets = [],  # noqa: B006
    title: Title = None,
    as_of: AsOf = None,
    public: Annotated[
        bool,
        typer.Option("--public", help=t("Leave costs and inputs out of the folder of --out.")),
    ] = False,
    out: Out = None,
    force: Force = False,
    seed: Seed = None,
    plugins: Plugins = [],  # noqa: B006
    same: Annotated[
        list[str],
        typer.Option("--same", help=t("Another name of a pollutant: 非甲烷总烃=VOC (repeatable).")),
    ] = [],  # noqa: B006
    memory: Memory = "",
    visible: Visible = False,
    as_json: Json = False,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """Compute a least-cost plan and answer the questions asked about it."""
    from scenarios import api
    from scenarios.api.arguments import files_in

    if out is not None:
        from scenarios.results.stores.folder import check_free

        given = (scenario, measures, register, catalogue, inventory, price_factors, receptors)
        check_free(out, force, files_in(*given, *control_measures))
    elif public:
        raise InputError(
            "option.public",
            "--public changes only what is written to a folder",
            where="--public",
            mend="add --out, or leave --public out",
        )
    if doubt_before:
        print_notices([t("--doubt is now called --range")], quiet)
    progress = Progress(quiet)
    stop = Interruption(progress.tick)
    with progress, shown_rows(visible):
        answer = api.allocate(
            scenario, measures=measures, register=register, catalogue=catalogue, costs=costs,
            negative_costs=negative_costs, inventory=inventory,
            control_measures=control_measures, price_factors=price_factors, target=target,
            min=at_least, max=at_most, cap=cap, receptors=receptors, budget_yuan=budget,
            price=price, maximise=maximise, divisible=divisible, gap=gap, frontier=points,
            between=between, fair=fair, condition_costs=condition_costs,
            alternatives=alternatives, years=years, count=count, growth=growth, life=life,
            build=build, build_measure=build_measure, discount=discount, precision=precision,
            draws=draws, certainty=certainty, range=[*doubt_before, *doubt], seconds=seconds,
            sets=sets, seed=seed, plugins=plugins, same=same, title=title, as_of=as_of,
            stopped=stop, progress=progress,
        )  # fmt: skip
    print_notices(answer.notices, quiet)
    if out is not None:
        answer.write(out, force=force, public=public)
    if as_json:
        print_json(answer.summary)
    else:
        from scenarios.results.report import print_summary

        print_summary(answer.result, out)
    print_seal(out, as_json, quiet)
    if answer.result.exit_code == 3:
        print_infeasible(answer.result.summary)
    raise typer.Exit(INTERRUPTED if stop() else answer.result.exit_code)
