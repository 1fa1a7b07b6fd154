"""`--years 2017-2020`: multi-year plans, which measures are built when."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optimize import AllocationProblem
from optimize.pathway import (
    Horizon,
    Pathway,
    first_year_counts,
    linear_targets,
    solve_pathway,
)
from optimize.problem import FloatArray, IntArray
from permits.errors import InputError
from permits.quantity import MG_PER_T
from scenarios.definition.plan_inputs import PlanCondition, PlanInputs, amount_mg
from scenarios.intake.meant import meant
from scenarios.intake.option_numbers import option_number, option_share
from scenarios.planning.condition_texts import parse_condition
from scenarios.planning.search import Search
from scenarios.planning.solve import PlanResult

YEAR_TARGET = re.compile(r"\s*(\d{4})\s*:(.*)$", re.DOTALL)
MOST_YEARS = 30  # the model grows with the square of the years; assumed
MONTHS = 12  # of a year
HOW = ("annualised", "in_year", "verified")
GAP = 1e-3  # default gap: coarser than for one year, since the model is several times larger
SECONDS = 120.0  # time limit of the search, assumed: what people wait for a command


@dataclass(frozen=True, slots=True)
class PathwayAsked:
    """The options of `--years`, as written."""

    years: str
    targets: tuple[str, ...] = ()
    count: str = "annualised"
    growth: tuple[str, ...] = ()
    life: tuple[str, ...] = ()
    build: str | None = None
    build_measure: str | None = None
    discount: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PathwayAnswer:
    """The pathway of the years asked, with the problem without its targets."""

    inputs: PlanInputs
    problem: AllocationProblem
    years: list[int]
    horizon: Horizon
    path: Pathway
    asked: PathwayAsked

    @property
    def found(self) -> bool:
        """Whether there is a pathway."""
        return self.path.status in ("optimal", "feasible")


def ask_pathway(years: str | None, **how: Any) -> PathwayAsked | None:
    """Collect the options of `--years`; None without it.

    Raises: InputError if another of these options is given without it.
    """
    if years is not None:
        return PathwayAsked(years, **how)
    given = [name for name, said in how.items() if said and said != HOW[0]]
    if given:
        raise InputError(
            "years.alone",
            "this option belongs to a multi-year plan, but no years are given",
            where=", ".join("--" + name.replace("_", "-") for name in given),
            mend="add for example --years 2017-2020",
        )
    return None


def split_targets(targets: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split targets into plain ones and those with a year, `2018:VOC=20000`."""
    dated = tuple(text for text in targets if YEAR_TARGET.match(text))
    return tuple(text for text in targets if text not in dated), dated


def last_target(dated: Sequence[str]) -> tuple[str, ...]:
    """The latest of the dated targets of each pollutant, without its year."""
    latest: dict[str, tuple[int, str]] = {}
    for text in dated:
        year, rest = _dated(text)
        name = rest.partition("=")[0].strip()
        if name not in latest or latest[name][0] < year:
            latest[name] = (year, rest)
    return tuple(text for _, text in latest.values())


def _dated(text: str) -> tuple[int, str]:
    found = YEAR_TARGET.match(text)
    assert found is not None, "only texts that split_targets found"
    return int(found[1]), found[2].strip()


def solve(plan: PlanResult, asked: PathwayAsked, search: Search) -> PathwayAnswer:
    """The pathway of least cost; the best so far if the search is stopped.

    Args:
        plan: the plan, for its inputs and limits; those other than targets are side conditions.
        asked: the options of `--years`.
        search: gap (default `GAP`) and stopping.
    Raises: InputError for options without a valid form, and a target outside the years.
    """
    inputs, problem = plan.inputs, plan.problem
    years = parse_years(asked.years)
    horizon = _horizon(inputs, problem, asked, years)
    # The horizon holds the targets year by year; all other limits are side conditions.
    sides = [
        limit
        for limit, condition in zip(problem.limits, inputs.conditions, strict=False)
        if condition.kind != "target"
    ]
    fair = problem.limits[len(inputs.conditions) :]
    alone = replace(problem, limits=(*sides, *fair))
    search.say("searching for the build schedule", None)
    path = solve_pathway(
        alone, horizon, gap=search.gap or GAP, seconds=SECONDS, stopped=search.stopped
    )
    answer = PathwayAnswer(inputs, alone, years, horizon, path, asked)
    if not answer.found and path.status != "infeasible" and not search.is_stopped():
        raise InputError(
            "years.time",
            "no multi-year plan was found in {seconds} s",
            where="--years",
            mend="allow parts of measures with --divisible, or fewer years",
            seconds=round(SECONDS),
        )
    return answer


def is_met(answer: PathwayAnswer) -> bool:
    """Whether a build schedule meets every year's target, as far as is known."""
    return answer.path.status != "infeasible"


def parse_years(text: str) -> list[int]:
    """Parse `2017-2020` into its years, first to last."""
    found = re.fullmatch(r"\s*(\d{4})\s*[-–]\s*(\d{4})\s*", text)
    first, last = (int(found[1]), int(found[2])) if found else (0, -1)
    if not 1 <= last - first + 1 <= MOST_YEARS:
        raise InputError(
            "years.form",
            "{said!r} is not a range of at most {most} years",
            where="--years",
            mend="write for example 2017-2020",
            said=text,
            most=MOST_YEARS,
        )
    return list(range(first, last + 1))


def _horizon(
    inputs: PlanInputs, problem: AllocationProblem, asked: PathwayAsked, years: list[int]
) -> Horizon:
    first_year = _first_year(asked.count)
    base = problem.base_t.sum(axis=0)
    return Horizon(
        targets_t=_targets(inputs, asked.targets, years, first_year),
        growth_t=_growth(inputs, asked.growth, base, len(years)),
        first_year=first_year,
        life=_life(problem, asked.life, len(years)),
        build_share=None if asked.build is None else option_share("--build", asked.build),
        build_kind_share=None
        if asked.build_measure is None
        else option_share("--build-measure", asked.build_measure),
        discount=0.0 if asked.discount is None else option_share("--discount", asked.discount),
    )


def _first_year(count: str) -> float:
    how, colon, month = count.partition(":")
    right = how in HOW and (not colon or (how == "in_year" and month.strip().isdigit()))
    start = int(month) if colon and right else 1
    if not right or not 1 <= start <= MONTHS:
        raise InputError(
            "years.count",
            "{said!r} is not a way to count a year's cut",
            where="--count",
            mend="write annualised, verified, or in_year:7 for a start in July",
            said=count,
        )
    return first_year_counts(how, start)


def _targets(
    inputs: PlanInputs, dated: Sequence[str], years: list[int], first_year: float
) -> FloatArray:
    """(Y, P) the targets given by year; for a pollutant with none, a line to the plan's."""
    found = np.full((len(years), len(inputs.pollutants)), np.nan)
    final = np.zeros(len(inputs.pollutants))
    for condition in inputs.conditions:
        if condition.kind == "target":
            p = inputs.pollutants.index(condition.pollutant)
            final[p] = amount_mg(inputs, condition) / MG_PER_T
    line = linear_targets(final, len(years), first_year)
    given: set[int] = set()
    for text in dated:
        year, rest = _dated(text)
        condition = _target(inputs, text, rest)
        if year not in years or condition.group:
            raise InputError(
                "years.target",
                "a target of {year} is outside the years of the plan",
                where=f"--target {text}",
                mend="name a year from {first} to {last}, and the pollutant: {last}:VOC=42000",
                year=year,
                first=years[0],
                last=years[-1],
            )
        p = inputs.pollutants.index(condition.pollutant)
        found[years.index(year), p] = amount_mg(inputs, condition) / MG_PER_T
        given.add(p)
    for p in range(len(final)):
        if p not in given and final[p] > 0:
            found[:, p] = line[:, p]
    return found


def _target(inputs: PlanInputs, text: str, rest: str) -> PlanCondition:
    condition = replace(parse_condition("target", rest), name=text)
    amount_mg(inputs, condition)  # raises for an unknown pollutant
    return condition


def _growth(inputs: PlanInputs, said: Sequence[str], base_t: FloatArray, years: int) -> FloatArray:
    """(Y, P) emission of new projects by each year [t].

    From a percentage of the baseline, compounded, or tonnes per year.
    """
    found, count = np.zeros((years, len(inputs.pollutants))), np.arange(1, years + 1)
    for text in said:
        name, equals, amount = text.rpartition("=")
        if not equals and len(inputs.pollutants) > 1 and not amount.strip().endswith("%"):
            raise InputError(
                "years.growth",
                "{said!r} does not state which pollutant grows",
                where="--growth",
                mend="write for example {first}=500, or a percentage for all: 3%",
                said=text,
                first=inputs.pollutants[0],
            )
        stated = meant(name.strip(), inputs.pollutants)
        names = [stated] if equals else list(inputs.pollutants)
        for pollutant in names:
            try:
                condition = parse_condition("target", f"{pollutant}={amount.strip()}")
            except InputError as error:
                error.where = f"--growth {text}"
                raise
            mass_t = amount_mg(inputs, condition) / MG_PER_T
            p = inputs.pollutants.index(pollutant)
            if condition.amount.share is None:
                found[:, p] = mass_t * count
            else:
                found[:, p] = base_t[p] * ((1 + float(condition.amount.share)) ** count - 1)
    return found


def _life(problem: AllocationProblem, said: Sequence[str], years: int) -> IntArray | None:
    """(K,) lifetime of each measure [years], from `10` for all or `paint=5` for one."""
    if not said:
        return None
    found = np.full(len(problem.kinds), years, dtype=np.int64)
    # A lifetime for all first, so that one for a single measure overrides it.
    for text in sorted(said, key=lambda one_of: "=" in one_of):
        name, equals, amount = text.rpartition("=")
        if equals and name.strip() not in problem.kinds:
            raise InputError(
                "years.life",
                "{said!r} is not the lifetime of a measure in whole years",
                where="--life",
                mend="write 10 for all measures, or for one of them for example {first}=5",
                said=text,
                first=problem.kinds[0] if problem.kinds else "paint",
            )
        own = slice(None) if not equals else problem.kinds.index(name.strip())
        found[own] = int(option_number("--life", amount))
    return found
