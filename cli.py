"""The command `permits`: parse, call one function of `scenarios`, print, exit code.

Heavy imports wait inside the command that needs them, so that `--help` answers at once.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from permits.errors import InputError, RightsError
from scenarios.attention import Progress, Stop
from scenarios.text import from_locale, render, set_language, t

DONE, VIOLATION, MEND, INTERRUPTED, OURS = 0, 1, 2, 130, 70


def _language(argv: list[str]) -> str:
    """The language asked for, before the help texts are made."""
    for n, word in enumerate(argv):
        if word.startswith("--lang="):
            return word.partition("=")[2]
        if word == "--lang" and n + 1 < len(argv):
            return argv[n + 1]
    return from_locale()


_asked = _language(sys.argv[1:])
set_language(_asked if _asked in ("en", "zh") else "en")

app = typer.Typer(
    help=t("Emission permits and pollution-rights trading: plan, trade, account."),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help=t("One JSON object on standard output."))]
Lang = Annotated[str, typer.Option("--lang", help=t("Language of texts: en or zh."))]
Quiet = Annotated[bool, typer.Option("--quiet", help=t("No progress and no notices."))]
Debug = Annotated[bool, typer.Option("--debug", help=t("Show a traceback with an error."))]
Seed = Annotated[int | None, typer.Option("--seed", help=t("Instead of the scenario's seed."))]
Sets = Annotated[list[str], typer.Option("--set", help=t("Change a key of the scenario."))]
Out = Annotated[Path | None, typer.Option("--out", help=t("Folder to write to."))]
Force = Annotated[bool, typer.Option("--force", help=t("Replace an earlier run there."))]
Plugins = Annotated[list[Path], typer.Option("--plugins", help=t("Folder with own rules."))]
Params = Annotated[list[str], typer.Option("--param", help=t("A parameter of the rule."))]
Conditions = Annotated[
    list[str], typer.Option("--condition", help=t("A condition, NAME=VALUE: lot_t, band, …"))
]
Accounts = Annotated[
    str | None, typer.Option("--accounts", help=t("Table: free_t, held_t, guarantee_yuan, …"))
]
RunDir = Annotated[Path, typer.Argument(metavar="RUN", help=t("Folder of a run."))]


@app.callback()
def _top(lang: Lang = "") -> None:
    """The language may stand before the command too."""


def _help(text: str, *examples: str) -> str:
    return "\n\n".join([t(text), t("Example:"), *(f"\b\n  {line}" for line in examples)])


@app.command(
    help=_help(
        "Run a scenario: the plan, then the simulated year.",
        "permits run zhejiang-2017-voc",
        "permits run zhejiang-2017-voc --set baseline=register --part plan",
    )
)
def run(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help=t("Name or path."))],
    sets: Sets = [],  # noqa: B006
    part: Annotated[str, typer.Option("--part", help=t("plan or all"))] = "all",
    out: Out = None,
    force: Force = False,
    seed: Seed = None,
    plugins: Plugins = [],  # noqa: B006
    as_json: Json = False,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.load import load_scenario
    from scenarios.manifest import stamped
    from scenarios.report import print_summary
    from scenarios.runner import run as run_scenario
    from scenarios.stores.folder import check_free, next_free, write_run

    if part not in ("plan", "all"):
        raise InputError(
            "run.part", "there is no part {part!r}", where="--part", mend="plan or all", part=part
        )
    if out is not None:
        check_free(out, force)
    changes = [*sets, *([] if seed is None else [f"seed={seed}"])]
    loaded = load_scenario(scenario, changes, plugins)
    _tell(loaded.notices, quiet)
    with Progress(quiet) as progress:
        result = run_scenario(loaded, part=part, progress=progress)
        progress(t("writing"), 0.97)
        folder = out or next_free(loaded.file.name)
        write_run(stamped(result, loaded), folder, force=force)
    if as_json:
        _print_json(result.summary)
    else:
        print_summary(result, folder)
    if result.exit_code == 3:
        _tell_infeasible(result.summary)
    raise typer.Exit(result.exit_code)


@app.command(
    help=_help(
        "Least-cost quotas, from a scenario, a measures table or EPA files.",
        "permits allocate zhejiang-2017-voc",
        "permits allocate --measures measures.csv --target VOC=42000",
        "permits allocate --register voc-2017 --target VOC=42000 --costs both --out plan",
        'permits allocate --measures m.xlsx --target VOC=16% --min "sector=coating:VOC=20%"',
    )
)
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
    from scenarios import planning
    from scenarios.report import print_summary
    from scenarios.stores.folder import check_free, write_plan

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
    _tell(notices, quiet)
    if out is not None:
        write_plan(result, out, force=force)
    told = result.summary["allocation"]
    if as_json:
        extra = {
            k: result.summary[k]
            for k in ("currency", "price_year", "assumed")
            if k in result.summary
        }
        _print_json(told | extra)
    else:
        print_summary(result, out)
    if result.exit_code == 3:
        _tell_infeasible(result.summary)
    raise typer.Exit(INTERRUPTED if stop() else result.exit_code)


@app.command(
    help=_help(
        "Clear one sale, or one purchase by the government.",
        "permits auction --bids bids.csv --supply-t 120 --rule uniform_price --reserve 10",
        "permits auction --bids bids.csv --rule headcount_share --reserve 4000",
        "permits auction --bids bids.csv --supply-t 500000 --rule pay_as_bid "
        "--condition lot_t=1000 --condition most_share=50%",
        "permits auction --bids offers.csv --supply-t 90 --rule reverse_uniform "
        "--param budget_yuan=135000",
    )
)
def auction(
    bids: Annotated[str, typer.Option("--bids", help=t("Table of bids."))],
    rule: Annotated[str, typer.Option("--rule", help=t("Clearing rule."))],
    supply: Annotated[str | None, typer.Option("--supply-t", help=t("Mass on offer, t."))] = None,
    reserve: Annotated[str | None, typer.Option("--reserve", help=t("Lowest price."))] = None,
    tie: Annotated[str | None, typer.Option("--tie", help="seq|pro_rata|random")] = None,
    params: Params = [],  # noqa: B006
    conditions: Conditions = [],  # noqa: B006
    accounts: Accounts = None,
    seed: Seed = None,
    plugins: Plugins = [],  # noqa: B006
    as_json: Json = False,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from permits.quantity import parse_fen, parse_mass_mg
    from scenarios.clear import clear_sale

    told, notices = clear_sale(
        bids,
        rule,
        supply_mg=None if supply is None else parse_mass_mg(supply, where="--supply-t"),
        reserve_fen_per_t=None if reserve is None else parse_fen(reserve, where="--reserve"),
        params=_pairs(params, "--param") | ({"tie": tie} if tie else {}),
        conditions=_pairs(conditions, "--condition"),
        accounts=accounts,
        plugins=plugins,
        seed=1 if seed is None else seed,
    )
    _print_cleared(told, notices, as_json, quiet)


@app.command(
    help=_help(
        "Clear a two-sided market.",
        "permits market --orders orders.csv --rule call_double --param k=0.5",
        "permits market --orders orders.csv --rule call_double --accounts accounts.csv",
    )
)
def market(
    orders: Annotated[str, typer.Option("--orders", help=t("Table of orders."))],
    rule: Annotated[str, typer.Option("--rule", help=t("Clearing rule."))],
    tie: Annotated[str | None, typer.Option("--tie", help="seq|pro_rata|random")] = None,
    params: Params = [],  # noqa: B006
    conditions: Conditions = [],  # noqa: B006
    accounts: Accounts = None,
    seed: Seed = None,
    plugins: Plugins = [],  # noqa: B006
    as_json: Json = False,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.clear import clear_market

    told, notices = clear_market(
        orders,
        rule,
        params=_pairs(params, "--param") | ({"tie": tie} if tie else {}),
        conditions=_pairs(conditions, "--condition"),
        accounts=accounts,
        plugins=plugins,
        seed=1 if seed is None else seed,
    )
    _print_cleared(told, notices, as_json, quiet)


@app.command("list", help=_help("What there is, with sources.", "permits list mechanisms"))
def list_(
    kind: Annotated[
        str | None,
        typer.Argument(metavar="[scenarios|mechanisms|traders|policies|allocations]"),
    ] = None,
    plugins: Plugins = [],  # noqa: B006
    as_json: Json = False,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.catalogue import list_things
    from scenarios.terminal import print_list

    with Progress(quiet) as progress:
        found = list_things(kind, plugins, progress)
    _print_json(found) if as_json else print_list(found)


@app.command(
    help=_help("Check a scenario and its tables; tell every mistake.", "permits check mine.toml")
)
def check(
    file: Annotated[str, typer.Argument(metavar="FILE")],
    plugins: Plugins = [],  # noqa: B006
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.load import check as check_scenario
    from scenarios.terminal import print_lines

    print_lines(check_scenario(file, plugins))
    print(t("{file}: in order", file=file))


@app.command(help=_help("The JSON schema of scenario files.", "permits schema > schema.json"))
def schema(lang: Lang = "", debug: Debug = False) -> None:
    from scenarios.load import schema_json

    _print_json(schema_json())


@app.command(
    help=_help(
        "Write a commented starter scenario, or a working rule.",
        "permits init my-county",
        "permits init --mechanism second_best",
    )
)
def init(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]")] = None,
    mechanism: Annotated[
        str | None, typer.Option("--mechanism", help=t("Name of a clearing rule."))
    ] = None,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.starter import write_starter

    if (name is None) == (mechanism is None):
        raise InputError(
            "init.one",
            "one thing is written at a time",
            where="init",
            mend="give a scenario's name, or --mechanism NAME",
        )
    path = write_starter(name) if name else write_starter(mechanism or "", "mechanism")
    print(t("Written: {path}", path=path))


@app.command(help=_help("Hold an own rule to the contract.", "permits verify second_best.py"))
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    as_json: Json = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.verified import print_verified, verify_file

    report = verify_file(file)
    _print_json(report) if as_json else print_verified(report)
    raise typer.Exit(DONE if report["kept"] else VIOLATION)


@app.command(help=_help("Prove conservation from the journal.", "permits audit runs/demo"))
def audit(run: RunDir, as_json: Json = False, lang: Lang = "", debug: Debug = False) -> None:
    from scenarios.audit import audit_run
    from scenarios.terminal import print_lines

    report = audit_run(run)
    _print_json(report.as_dict()) if as_json else print_lines(report.lines())
    raise typer.Exit(DONE if report.ok else VIOLATION)


@app.command(
    help=_help(
        "Why a balance, or a quota, is what it is.",
        "permits explain runs/demo coating-cars-Hangzhou-001",
        "permits explain runs/demo --city Hangzhou",
    )
)
def explain(
    run: RunDir,
    account: Annotated[str | None, typer.Argument(metavar="[ACCOUNT]")] = None,
    source: Annotated[str | None, typer.Option("--source", help=t("A source's quota."))] = None,
    city: Annotated[str | None, typer.Option("--city", help=t("A city's quotas."))] = None,
    sector: Annotated[str | None, typer.Option("--sector", help=t("A sector's quotas."))] = None,
    as_json: Json = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.explain import explain_firm, explain_quota
    from scenarios.terminal import print_lines

    if account is not None:
        lines = explain_firm(run, account)
    else:
        lines = explain_quota(run, source=source, city=city, sector=sector)
    _print_json({"lines": lines}) if as_json else print_lines(lines)


@app.command(
    help=_help("The state at an entry of the journal.", "permits replay runs/demo --until 500")
)
def replay(
    run: RunDir,
    until: Annotated[int | None, typer.Option("--until", help=t("So many entries."))] = None,
    as_json: Json = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.audit import replay_run
    from scenarios.terminal import print_lines, print_rows

    report = replay_run(run, until)
    if as_json:
        _print_json(report.as_dict())
        return
    print_rows([t("Account"), t("Asset"), t("Balance")], report.balances)
    if report.equal is not None:
        print_lines([t("Equal to the stored balances") if report.equal else t("Not equal")])
    raise typer.Exit(VIOLATION if report.equal is False else DONE)


@app.command(help=_help("Runs side by side.", "permits compare runs/census runs/register"))
def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN RUN…")],
    as_json: Json = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.compare import compare_runs
    from scenarios.terminal import print_rows

    comparison = compare_runs(runs)
    _print_json(comparison.as_dict()) if as_json else print_rows(*comparison.table())


def _pairs(given: list[str], option: str) -> dict[str, str]:
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise InputError(
                "clear.param_form",
                "{said!r} is not of the form name=value",
                where=option,
                mend="write for example {option} {example}",
                said=text,
                option=option,
                example="k=0.5" if option == "--param" else "lot_t=1000",
            )
        found[name.strip()] = value.strip()
    return found


def _print_cleared(told: dict[str, Any], notices: list[str], as_json: bool, quiet: bool) -> None:
    from scenarios.terminal import print_clearing

    _tell(notices, quiet)
    _print_json(told) if as_json else print_clearing(told)


def _print_json(value: Any) -> None:
    from scenarios.stores.jsontext import to_json

    print(to_json(value), end="")


def _tell(notices: Any, quiet: bool) -> None:
    if not quiet:
        for notice in notices:
            print(notice, file=sys.stderr)


def _tell_infeasible(summary: dict[str, Any]) -> None:
    allocation = summary["allocation"]
    most = ", ".join(f"{p} {mass:f} t" for p, mass in allocation["max_reduction_t"].items())
    found = (allocation.get("nearest") or {}).get("conflicts") or [allocation["conflict"]]
    text = t(
        "what is asked cannot be met; at most, each by itself: {most}; in conflict: {conflict}",
        most=most,
        conflict="; ".join(" + ".join(own) for own in found),
    )
    print(text, file=sys.stderr)


def main() -> None:
    """Run the command line: errors in one line each, exit codes as promised."""
    debug = "--debug" in sys.argv
    try:
        ended = app(standalone_mode=False)
        code = ended if isinstance(ended, int) else DONE
    except RightsError as error:
        if debug:
            raise
        for line in render(error).splitlines():
            print(f"{t('error')}: {line}", file=sys.stderr)
        code = error.exit_code
    except KeyboardInterrupt:
        print(t("interrupted"), file=sys.stderr)
        code = INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = DONE
    except Exception as error:
        code = _other(error, debug)
    sys.exit(code)


def _other(error: Exception, debug: bool) -> int:
    """Options that do not parse, and our own mistakes."""
    show = getattr(error, "show", None)
    if show is not None:
        show(file=sys.stderr)
        return MEND
    if debug:
        raise error
    said = json.dumps(f"{type(error).__name__}: {error}", ensure_ascii=False)
    text = t("a mistake of this program: {said}; run again with --debug to see where", said=said)
    print(f"{t('error')}: {text}", file=sys.stderr)
    return OURS


if __name__ == "__main__":
    main()
