"""`--fair`: fairness rules as written, and the distribution of a plan's burden."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimize import AllocationProblem
from optimize.fairness import FairRule, Of, burden, fair_limits, gini
from optimize.problem import FloatArray, Labels
from permits.errors import InputError
from permits.quantity import MG_PER_T, plain_number
from scenarios.definition.plan_inputs import PlanInputs
from scenarios.intake.meant import Titles, column_meant, meant, nearest_meant, spelled
from scenarios.intake.option_numbers import option_number, option_share
from scenarios.planning.by_source import with_firms
from scenarios.planning.search import Search
from scenarios.planning.solve import PlanResult

FORM = re.compile(
    r"(?:(?P<pollutant>[^:]+):)?\s*(?P<column>[^<:]+?)\s*<=\s*(?P<most>[0-9.][0-9.,' ]*?)\s*"
    r"(?:%\s*(?:of\s+|的)?(?P<of>baseline|reduction|cost|基准排放量|削减量|成本)"
    r"|(?:yuan\s+per|元每)\s*(?P<output>\S+))\s*$"
)
FULL_WIDTH = str.maketrans("：＜＝，％", ":<=,%", "\u200b\u200c\u200d\u2060\ufeff\u00ad")
"""Full-width signs, as Chinese keyboards type them, and invisible ones of copied names."""
CHINESE_OF = {"基准排放量": "baseline", "削减量": "reduction", "成本": "cost"}
COLUMNS = ("sector", "city", "firm")
Shares = dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class GroupBurden:
    """Burden of the groups of a column for one pollutant, with its Gini coefficients.

    Baseline [mg], cut [mg] and cost [yuan] by group.
    """

    column: str
    pollutant: str
    base: Shares
    cut: Shares
    cost: Shares
    gini_reduction: float | None
    gini_cost: float | None


@dataclass(frozen=True, slots=True)
class FairLimit:
    """What a limit of fairness allows, and what is borne; in t, or in yuan for cost."""

    name: str
    allowed: float
    borne: float
    binds: bool


@dataclass(frozen=True, slots=True, eq=False)
class FairnessAnswer:
    """Burdens by sector, city and firm, and the limits of the rules asked for."""

    burdens: tuple[GroupBurden, ...]
    limits: tuple[FairLimit, ...]


def add_fair(
    inputs: PlanInputs,
    problem: AllocationProblem,
    rules: Sequence[str],
    titles: Titles | None = None,
) -> AllocationProblem:
    """The problem with the limits of fairness rules added.

    Args:
        inputs: sources and conditions.
        problem: the optimiser's problem of these inputs.
        rules: rules as written, such as `city<=40% of reduction` or `地市<=40%的削减量`.
        titles: names of ids for people.
    Raises: InputError for a rule without a valid form, and for a column or output that the
        sources do not have.
    """
    labelled = with_firms(inputs, problem)
    limits = list(problem.limits)
    for text in rules:
        rule, output = _rule(inputs, labelled, text, titles or {})
        limits += fair_limits(labelled, rule, output)
    return replace(problem, limits=tuple(limits))


def _rule(
    inputs: PlanInputs, problem: AllocationProblem, text: str, titles: Titles
) -> tuple[FairRule, FloatArray | None]:
    where = f"--fair {text}"
    found = FORM.match(text.strip().translate(FULL_WIDTH).replace("≤", "<="))
    if found is None:
        raise InputError(
            "fair.form",
            "the rule does not have a valid form",
            where=where,
            mend='write for example "city<=40% of reduction", "firm<=25% of baseline", '
            '"sector<=50% of cost" or "firm<=120 yuan per output"',
        )
    column = _known(column_meant(found["column"]), sorted(problem.groups), where, titles)
    targets = [c.pollutant for c in inputs.conditions if c.kind == "target"]
    name = (found["pollutant"] or [*targets, *inputs.pollutants][0]).strip()
    p = inputs.pollutants.index(_known(name, inputs.pollutants, where, titles))
    if found["output"]:
        most = option_number("--price", found["most"], where=where)
        rule = FairRule(text, column, "output", float(most), p)
        return rule, _output(problem, found["output"], where)
    of: Of = CHINESE_OF.get(found["of"], found["of"])  # type: ignore[assignment]
    share = option_share("--fair", f"{found['most']}%", where=where)
    return FairRule(text, column, of, share, p), None


def _known(said: str, known: Sequence[str], where: str, titles: Titles | None = None) -> str:
    found = meant(said, known, titles)
    if found in known:
        return found
    near = nearest_meant(said, known, titles)
    raise InputError(
        "fair.name",
        "no source has {said!r}",
        where=where,
        mend="did you mean {near!r}? there are: {known}" if near else "there are: {known}",
        said=said,
        near=near,
        known=", ".join(spelled(one, titles) for one in known),
    )


def _output(problem: AllocationProblem, column: str, where: str) -> FloatArray:
    """(S,) output of each source; 0 where the cell is empty."""
    labels = problem.groups[_known(column_meant(column), sorted(problem.groups), where)]
    found = np.zeros(len(labels))
    for n, label in enumerate(labels):
        output = plain_number(label or 0, where=f"{where}, {problem.sources[n]}")
        if output is None or output < 0:
            raise InputError(
                "fair.output",
                "{source} has {said!r} as {column}, which is not a valid output",
                where=where,
                mend="a rule per output needs a column of non-negative numbers",
                source=problem.sources[n],
                said=label,
                column=column,
            )
        found[n] = float(output)
    return found


def solve(plan: PlanResult, _asked: object, _search: Search) -> FairnessAnswer:
    """Burdens and their Gini coefficients, and what each limit allows.

    Args:
        plan: the plan; its rules stand among its limits.
        _asked: not used: the burden of every plan is shown.
        _search: not used: nothing is searched for.
    """
    problem = with_firms(plan.inputs, plan.problem)
    values = {c: Labels.of(problem.groups[c]) for c in COLUMNS if c in problem.groups}
    columns = [column for column, labels in values.items() if len(labels.names) > 1]
    found = []
    paid = plan.allocation.share * problem.cost_yuan
    cost_yuan = np.bincount(problem.source, paid, len(problem.sources)).astype(float)
    for column in columns:
        for p, pollutant in enumerate(plan.inputs.pollutants):
            base, cut, cost = _burdens(plan, problem, column, p, cost_yuan)
            size = np.array(list(base.values()))
            found.append(
                GroupBurden(
                    column, pollutant, base, cut, cost,
                    gini(np.array(list(cut.values())), size),
                    gini(np.array(list(cost.values())), size),
                )
            )  # fmt: skip
    return FairnessAnswer(tuple(found), tuple(_limits(plan)))


def _burdens(
    plan: PlanResult, problem: AllocationProblem, column: str, p: int, cost_yuan: FloatArray
) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Baseline [mg], cut [mg] and cost [yuan] by value of a column.

    Args:
        plan: the plan.
        problem: its problem, with the column.
        column: the column.
        p: index of the pollutant.
        cost_yuan: (S,) what each source pays.
    """
    base = plan.allocation.base_mg[:, p].astype(float)
    cut = plan.allocation.reduction_mg[:, p].astype(float)
    return (
        dict(burden(problem, base, column)),
        dict(burden(problem, cut, column)),
        dict(burden(problem, cost_yuan, column)),
    )


def _limits(plan: PlanResult) -> Iterator[FairLimit]:
    """What each fairness limit allows and what is borne."""
    problem, allocation = plan.problem, plan.allocation
    # Limits stand in this order: conditions, receptors, fairness rules (see `build`, `add_fair`).
    own = len(plan.inputs.conditions) + len(plan.inputs.receptors)
    for limit in problem.limits[own:]:
        cut = allocation.reduction_mg[:, limit.pollutant] / MG_PER_T
        if limit.kind == "cost_max":
            cut = np.zeros(len(problem.sources))
            np.add.at(cut, problem.source, allocation.share * problem.cost_yuan)
        inside = problem.member_mask(limit)
        allowed = limit.amount_t
        # A share of the total: its limit is 0, so the allowed amount has to be computed.
        if limit.weight is not None:
            # A member's weight is 1 - share, see `optimize.fairness`: the share comes back here.
            inside = limit.weight > 0
            allowed = float((1 - limit.weight[inside][:1]).sum() * cut.sum())
        low, high = allocation.shadow.get(limit.name, (None, None))
        # Below 1e-9 a price is the solver's noise.
        binds = high is not None and low is not None and abs(low) > 1e-9
        yield FairLimit(limit.name, allowed, float(cut[inside].sum()), binds)
