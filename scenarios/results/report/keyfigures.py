"""The figures that page and terminal open with, from the run's summary."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from permits.quantity import FEN_PER_YUAN, MG_PER_T
from scenarios.results.formatting import (
    Labels,
    name,
    one_unit,
    percent,
    small_percent,
    tonnes,
    yuan,
    yuan_per_t,
)
from scenarios.results.summary import (
    AssumedSummary,
    EqualPercentageSummary,
    EvaluationSummary,
    LedgerTotals,
    LuckRange,
    LuckSpread,
    Masses,
    PlanSummary,
    SwipeTotals,
    TrueUpTotals,
    V,
    YearMarkets,
    YearSummary,
)
from scenarios.text import language, t

MOST_RECEPTORS = 6  # the figures are read as cards, side by side; all are in the table
LEAST_GAIN = 0.01
"""Possible gain from trade, as a share of the optimum, below which a share of it says nothing:
the year's cost is drawn with larger errors than that."""
ANSWERS = ("budget", "greatest")
"""Names of the reduction that was the answer to a question without a target."""


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure in words; `note` says what it is measured against."""

    title: str
    said: str
    note: str = ""


def plan_figures(plan: PlanSummary, labels: Labels) -> list[KeyFigure]:
    """Target, reduction, cost, marginal price, equal percentage, and the proof last."""
    if plan.cost_fen is None:
        return []
    equal = plan.equal
    with one_unit((plan.cost_fen, plan.bound_fen, equal.cost_fen, equal.saving_fen)):
        return [
            *_masses(plan, labels),
            KeyFigure(
                t("Annual cost, least-cost plan"),
                yuan(plan.cost_fen),
                t("a full year with every measure in place"),
            ),
            *_dearest_year(plan),
            *_prices(plan, labels),
            *_receptors(plan),
            *_equal(equal, labels),
            *_robustness(plan),
            *_proof(plan),
        ]


def year_figures(year: YearSummary) -> list[KeyFigure]:
    """Efficiency, opening rights, trade, cards, true-up; then the range over luck."""
    return [
        efficiency_figure(year.evaluation),
        *_openings(year.ledger),
        *_markets(year.market),
        _cards(year.swipes),
        _true_up(year.true_up),
        *(_luck(year.luck) if year.luck else ()),
    ]


def stated_lines(plan: PlanSummary) -> list[str]:
    """Names of pollutants that the user counts as another: they may be other bases."""
    return [
        t("{said} is counted as {pollutant}, as --same states", said=said, pollutant=pollutant)
        for said, pollutant in plan.answers.get("same", {}).items()
    ]


def assumption_lines(assumed: AssumedSummary) -> list[str]:
    """Reliance of the plan on assumptions, in sentences."""
    inputs = assumed.inputs
    found = []
    share = assumed.cost_share
    if assumed.cost_fen is None:  # a plan without costs
        return []
    if not assumed.stated:
        found.append(
            t(
                "The table of measures does not say which of its figures are assumed: a column "
                "status would."
            )
        )
    if share:
        found.append(
            t(
                "{share} of the plan's cost depends on assumed baselines, efficiencies or costs.",
                share=percent(share),
            )
        )
    elif share is not None and inputs is not None and inputs.count:
        found.append(t("None of the plan's cost depends on assumed figures."))
    if assumed.assumed_measures:
        found.append(_assumed_measures(assumed))
    if inputs is not None and inputs.count:
        found.append(
            t(
                "{assumed} of {inputs} inputs are assumptions, marked as such in the list of "
                "inputs.",
                assumed=inputs.assumed,
                inputs=inputs.count,
            )
        )
    if inputs is not None and inputs.flips_mg is not None:
        text = t("Within the stated ranges, other measures would be chosen for {mass} of the "
                 "reduction.",
                 mass=tonnes(inputs.flips_mg))  # fmt: skip
        found.append(text)
    return found


def _assumed_measures(assumed: AssumedSummary) -> str:
    """Number of measures that depend on assumed figures, their reduction and cost."""
    assert assumed.cost_fen is not None, "a plan without costs has no such line"
    count = assumed.measures
    if count == 1:
        text = t(
            "The one measure in the plan uses such figures; it cuts {masses} and costs {money} "
            "a year."
        )
    elif count == assumed.assumed_measures:
        text = t(
            "All {measures} measures in the plan use such figures; together they cut {masses} "
            "and cost {money} a year."
        )
    else:
        text = t(
            "{assumed} of the {measures} measures in the plan use such figures; together they "
            "cut {masses} and cost {money} a year."
        )
    return text.format(
        measures=f"{count:,}",
        assumed=f"{assumed.assumed_measures:,}",
        masses=" + ".join(map(tonnes, assumed.reduction_mg.values())),
        money=yuan(assumed.cost_fen),
    )


def by_pollutant(value: Any, plan: PlanSummary | None = None) -> dict[str, Any]:
    """A figure per pollutant; a bare figure belongs to the only pollutant.

    Args:
        value: of a JSON object: a figure per pollutant, one bare figure, or None.
        plan: names that pollutant; "" without a plan.
    """
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return dict(value)
    return {plan.pollutants[0] if plan else "": value}


def is_target(condition: str, pollutant: str) -> bool:
    """Whether a condition's name (`VOC=42000 t`) is that of the pollutant's own target."""
    return condition == pollutant or condition.startswith(f"{pollutant}=")


def to_mg(mass_t: Any) -> int:
    """Whole mg of a mass in t, as answers to further questions have it."""
    return int((Decimal(str(mass_t)) * MG_PER_T).to_integral_value())


def to_fen(amount_yuan: Any) -> int:
    """Whole fen of an amount or price in yuan, as answers to further questions have it."""
    return int((Decimal(str(amount_yuan)) * FEN_PER_YUAN).to_integral_value())


def proof_text(plan: PlanSummary) -> str | None:
    """Proof status of the plan in words."""
    gap = plan.gap
    if gap is None:
        return None
    if plan.most_for_money_mg is not None:
        return _proof_of_money(plan.most_for_money_mg, plan.reduction_mg or {})
    if plan.status == "optimal" and not gap:
        return t("least cost, proved exactly")
    if plan.status == "optimal":
        return t("no plan is cheaper by more than {gap}", gap=small_percent(gap))
    return t("not proved: a plan up to {gap} cheaper may exist", gap=small_percent(gap))


def _proof_of_money(most_mg: Masses, reduction_mg: Masses) -> str:
    """Upper bound on what more the same budget could cut."""
    [(pollutant, most)] = most_mg.items()
    reached = reduction_mg[pollutant]
    more = most / reached - 1 if reached > 0 else 0.0
    if more <= 0:
        return t("the largest reduction within the budget, proved exactly")
    return t("no plan within the budget cuts over {gap} more", gap=small_percent(more))


def _dearest_year(plan: PlanSummary) -> Iterator[KeyFigure]:
    """Cost of the dearest year of a build schedule, beside the cost of a full year."""
    schedule = plan.answers.get("pathway")
    if not schedule or schedule["total_yuan"] is None:
        return
    dearest = max(schedule["years"], key=lambda one: (to_fen(one["cost_yuan"]), -one["year"]))
    title = t("Cost in {year} by the build schedule", year=dearest["year"])
    note = t("most of all years; see Year by year")
    if len(schedule["years"]) == 1:
        note = t("see Year by year")
    yield KeyFigure(title, yuan(to_fen(dearest["cost_yuan"])), note)


def _masses(plan: PlanSummary, labels: Labels) -> Iterator[KeyFigure]:
    targets, reached, most = plan.target_mg, plan.reduction_mg or {}, plan.max_reduction_mg
    for pollutant, mass in reached.items():
        notes = []
        if pollutant in targets:
            notes.append(t("target {mass}", mass=tonnes(targets[pollutant])))
        notes.append(t("at most {mass} is achievable", mass=tonnes(most[pollutant])))
        title = _of(t("Reduction"), pollutant, reached, labels)
        yield KeyFigure(title, tonnes(mass), t("; ").join(notes))


def _prices(plan: PlanSummary, labels: Labels) -> Iterator[KeyFigure]:
    pollutants = plan.pollutants
    prices = {
        pollutant: price
        for condition, price in plan.shadow_prices.items()
        for pollutant in pollutants
        if is_target(condition, pollutant) or (condition in ANSWERS and len(pollutants) == 1)
    }
    for pollutant, price in prices.items():
        low, high = price.low_fen_per_t, price.high_fen_per_t
        if low is None or high is None:
            continue
        title = _of(t("Marginal cost"), pollutant, prices, labels)
        if not high:
            yield KeyFigure(title, yuan_per_t(0), _why_nothing(plan, pollutant))
            continue
        ends = [yuan_per_t(low), yuan_per_t(high)]
        said = ends[0] if ends[0] == ends[1] else t("{low} to {high}", low=ends[0], high=ends[1])
        yield KeyFigure(title, said, t("cost of the last tonne"))


def _why_nothing(plan: PlanSummary, pollutant: str) -> str:
    """Why the target of a pollutant has a marginal cost of nothing."""
    target, reached = plan.target_mg.get(pollutant), (plan.reduction_mg or {}).get(pollutant)
    if target is None or reached is None or reached <= target:
        return t("one tonne less would save nothing: measures that cost nothing reach the target")
    return t(
        "the target does not bind: other conditions, or measures that cost nothing, already cut "
        "more than it asks, by {mass}",
        mass=tonnes(reached - target),
    )


def _receptors(plan: PlanSummary) -> Iterator[KeyFigure]:
    """Concentration or load at receptors, those first whose limits cost most."""
    receptors = plan.answers.get("receptors") or []
    told = [(float(one["price_high_yuan_per_unit"] or 0.0), one) for one in receptors]
    for price, one in sorted(told, key=lambda pair: -pair[0])[:MOST_RECEPTORS]:
        said = t(
            "{reached} of {limit} {unit}",
            reached=f"{float(one['reached']):,.6g}",
            limit=f"{float(one['limit']):,.6g}",
            unit=one["unit"],
        )
        note = t("{price} yuan a year for one unit less", price=f"{price:,.6g}") if price else ""
        title = t("{pollutant} at {receptor}", pollutant=one["pollutant"], receptor=one["receptor"])
        yield KeyFigure(title, said.strip(), note)


def _equal(equal: EqualPercentageSummary, labels: Labels) -> Iterator[KeyFigure]:
    title = t("Cost by equal percentage")
    if not equal.feasible:
        yield KeyFigure(title, t("the target cannot be reached this way"))
    if equal.cost_fen is None:
        return
    asked = {p: share for p, share in equal.shares.items() if share}
    named = {p: name(p, labels) if language() == "zh" else p for p in asked}
    said = [f"{named[p]} {percent(share)}" for p, share in asked.items()]
    share = t(", ").join(said) if len(said) > 1 else percent(equal.share)
    note = t(
        "every source cuts at least {share} by its own cheapest whole measures"
        if equal.kind == "whole"
        else "every source cuts at least {share} at its own least cost, parts of measures allowed",
        share=share,
    )
    if equal.capped_sources:
        note += t("; ") + t(
            "1 source cannot reach it and cuts all it can"
            if equal.capped_sources == 1
            else "{count} sources cannot reach it and cut all they can",
            count=f"{equal.capped_sources:,}",
        )
    low, high = equal.cost_low_fen, equal.cost_high_fen
    if low is not None and high is not None and low < high:
        note += t("; ") + t(
            "of those at the last step only as many as are needed, by a tie-breaking lottery: "
            "{low} to {high}",
            low=yuan(low),
            high=yuan(high),
        )
    if equal.broken:
        names = t(", ").join(equal.broken)
        note += t("; ") + t("does not keep {conditions}, so no saving is stated", conditions=names)
    yield KeyFigure(title, yuan(equal.cost_fen), note)
    if equal.saving_fen is not None:
        yield _saving(equal.saving_fen, equal.cost_fen)


def _saving(saving_fen: int, equal_fen: int) -> KeyFigure:
    """Saving of the plan against the same by equal percentage."""
    note = ""
    if equal_fen > 0 and saving_fen:
        share = percent(saving_fen / equal_fen)
        note = t("{share} of the cost by equal percentage", share=share)
    return KeyFigure(t("Saved by the least-cost plan"), yuan(saving_fen), note)


def _proof(plan: PlanSummary) -> Iterator[KeyFigure]:
    said = proof_text(plan)
    if said:
        bound = plan.bound_fen
        note = "" if bound is None else t("lower bound {money}", money=yuan(bound))
        for mass in (plan.most_for_money_mg or {}).values():
            note = t("upper bound {mass}", mass=tonnes(mass))
        yield KeyFigure(t("Proof"), said, note)


def _robustness(plan: PlanSummary) -> Iterator[KeyFigure]:
    """Share of the draws in which the plan holds, and the cost of one that holds in most."""
    found = plan.answers.get("uncertainty")
    if not found or found["plan_holds_share"] is None or plan.cost_fen is None:
        return
    certain, note = found["certain"], ""
    if certain is not None:
        note = t(
            "a plan that meets its target in {share} of them costs {cost} instead of {own}",
            share=percent(certain["holds_share"]),
            cost=yuan(to_fen(certain["cost_yuan"])),
            own=yuan(plan.cost_fen),
        )
    said = t(
        "{share} of {count} draws of the inputs meet the target",
        share=percent(found["plan_holds_share"]),
        count=found["draws"],
    )
    yield KeyFigure(t("Built as planned"), said, note)


def efficiency_figure(evaluation: EvaluationSummary) -> KeyFigure:
    """Cost above the optimum, and the share of the possible gain that the market realised.

    Where trade has almost nothing to gain the share is none, and the cost stands first.
    """
    over, title = evaluation.cost_over_least_cost, t("Efficiency of the market")
    above = ""
    if over is not None:
        above = t("cost {share} above the optimum", share=percent(over))
        if percent(over) == percent(0):
            above = t("cost equal to the optimum")
    possible = evaluation.no_trade_fen - evaluation.optimum_fen
    if evaluation.efficiency is not None and possible < LEAST_GAIN * abs(evaluation.optimum_fen):
        return KeyFigure(title, above, t("trade could gain less than {share}",
                                         share=percent(LEAST_GAIN)))  # fmt: skip
    return KeyFigure(title, _gain(evaluation.efficiency), above)


def _gain(efficiency: float | None) -> str:
    """An efficiency as the share of a gain; one that rounds to nothing, or less, in words."""
    if efficiency is None:
        return t("no gain from trade is possible")
    share = percent(efficiency)
    if share == percent(0):
        return t("none of the possible gain from trade")
    if efficiency < 0:
        return t("{share} of the possible gain from trade: costlier than no trade", share=share)
    return t("{share} of the possible gain from trade", share=share)


def _openings(ledger: LedgerTotals) -> Iterator[KeyFigure]:
    if ledger.opening_paid_fen:
        yield KeyFigure(t("Paid for opening rights"), yuan(ledger.opening_paid_fen))


def _luck(luck: LuckRange) -> Iterator[KeyFigure]:
    """Least to greatest of the headline figures over the draws of luck, and the median."""
    count = len(luck.seeds)
    yield from _range(t("Cost above the optimum"), luck.cost_over_least_cost, percent, count)
    yield from _range(t("Efficiency of the market"), luck.efficiency, percent, count)
    yield from _range(t("Penalties"), luck.penalty_fen, yuan, count)
    yield from _range(t("Price of sales"), luck.sale_price_fen_per_t, yuan_per_t, count)
    yield from _range(t("Price of sessions"), luck.session_price_fen_per_t, yuan_per_t, count)
    yield from _range(t("Emission"), luck.emitted_mg, tonnes, count)


def _range(
    title: str, spread: LuckSpread[V] | None, said: Callable[[V], str], count: int
) -> Iterator[KeyFigure]:
    if spread is None:
        return
    least, greatest = said(spread.least), said(spread.greatest)
    over = (
        t("over {count} draws of luck", count=count)
        if spread.draws == count
        else t("over the {draws} of {count} draws of luck that have it", draws=spread.draws,
               count=count)
    )  # fmt: skip
    yield KeyFigure(
        t("{title}, by luck", title=title),
        least if least == greatest else t("{low} to {high}", low=least, high=greatest),
        t("median {median}", median=said(spread.median)) + t("; ") + over,
    )


def _markets(market: YearMarkets) -> Iterator[KeyFigure]:
    sessions, contracts = "sessions: {count}", "contracts: {count}"
    for title, text, totals in (
        (t("Sold by the government"), sessions, market.auction),
        (t("Traded between firms"), sessions, market.secondary),
        (t("Leased"), contracts, market.lease),
        (t("Bought back"), contracts, market.buyback),
        (t("Pledged for loans"), contracts, market.pledge),
    ):
        if not totals.count:
            continue
        note = t(text, count=f"{totals.count:,}")
        if totals.price_fen_per_t is not None:
            note += t("; ") + yuan_per_t(totals.price_fen_per_t)
        yield KeyFigure(title, tonnes(totals.mass_mg), note)


def _cards(swipes: SwipeTotals) -> KeyFigure:
    said = t(
        "1 warning, {shut} shut, {curtailed} curtailed"
        if swipes.warnings == 1
        else "{warnings} warnings, {shut} shut, {curtailed} curtailed",
        warnings=f"{swipes.warnings:,}",
        shut=f"{swipes.shut:,}",
        curtailed=f"{swipes.curtailed:,}",
    )
    return KeyFigure(
        t("Discharge cards"), said, t("{mass} emitted", mass=tonnes(swipes.emitted_mg))
    )


def _true_up(true_up: TrueUpTotals) -> KeyFigure:
    said = t(
        "{count} firms surrendered in full, {short} short",
        count=f"{true_up.compliant:,}",
        short=f"{true_up.short:,}",
    )
    penalty = true_up.penalty_fen
    note = t("penalties {money}", money=yuan(penalty)) if penalty else ""
    return KeyFigure(t("True-up"), said, note)


def _of(title: str, one: str, all_of_them: Mapping[str, Any], labels: Labels) -> str:
    """The title, and whose it is where there are several."""
    return title + t(" ({note})", note=name(one, labels)) if len(all_of_them) > 1 else title
