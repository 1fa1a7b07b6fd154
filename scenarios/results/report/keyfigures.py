"""The figures that page and terminal open with, read off the run's summary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from scenarios.text import language, t

Summary = Mapping[str, Any]
MOST_RECEPTORS = 6  # the figures are read as cards, side by side; all are in the table
ANSWERS = ("budget", "greatest")
"""Names of the reduction that was the answer to a question without a target."""
MARKETS = ("auction", "secondary", "lease", "buyback", "pledge")


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure in words; `note` says what it is measured against."""

    title: str
    said: str
    note: str = ""


def plan_figures(summary: Summary, labels: Labels) -> list[KeyFigure]:
    """Target, reduction, cost, marginal price, equal percentage, and the proof last."""
    plan = summary.get("allocation") or {}
    if plan.get("cost_yuan") is None:
        return []
    equal = plan.get("equal_percentage") or {}
    told = (
        plan["cost_yuan"], plan.get("bound_yuan"), equal.get("cost_yuan"),
        equal.get("saving_yuan"),
    )  # fmt: skip
    with one_unit(to_fen(amount) for amount in told if amount is not None):
        return [
            *_masses(plan, labels),
            KeyFigure(t("Annual cost, least-cost plan"), yuan(to_fen(plan["cost_yuan"]))),
            *_prices(plan, labels),
            *_receptors(plan),
            *_equal(equal, labels),
            *_proof(plan),
        ]


def year_figures(summary: Summary) -> list[KeyFigure]:
    """Efficiency, trade, cards, true-up of the simulated year."""
    return [*efficiency_figure(summary), *_markets(summary), *_cards(summary), *_true_up(summary)]


def assumption_lines(summary: Summary) -> list[str]:
    """Reliance of the plan on assumptions, in sentences."""
    told = summary.get("assumed") or {}
    found = []
    share = told.get("cost_share")
    if share:
        found.append(
            t(
                "{share} of the plan's cost depends on assumed baselines, efficiencies or costs.",
                share=percent(float(share)),
            )
        )
    elif share is not None and told.get("inputs"):
        found.append(t("None of the plan's cost depends on assumed figures."))
    if told.get("assumed_measures"):
        found.append(_assumed_measures(told))
    if told.get("inputs"):
        found.append(
            t(
                "{assumed} of {inputs} inputs are assumptions, marked as such in the list of "
                "inputs.",
                assumed=told.get("assumed_inputs", 0),
                inputs=told["inputs"],
            )
        )
    for pollutant, mass in by_pollutant(told.get("flips_t")).items():
        text = t("Within the stated ranges, other measures would be chosen for {mass} of the "
                 "reduction.",
                 mass=tonnes(to_mg(mass)))  # fmt: skip
        found.append(t("{title}: {said}", title=pollutant, said=text) if pollutant else text)
    return found


def _assumed_measures(told: Summary) -> str:
    """Number of measures that depend on assumed figures, their reduction and cost."""
    count, assumed = told["measures"], told["assumed_measures"]
    if count == 1:
        text = t(
            "The one measure in the plan uses such figures; it cuts {masses} and costs {money} "
            "a year."
        )
    elif count == assumed:
        text = t(
            "All {measures} measures in the plan use such figures; together they cut {masses} "
            "and cost {money} a year."
        )
    else:
        text = t(
            "{assumed} of the {measures} measures in the plan use such figures; together they "
            "cut {masses} and cost {money} a year."
        )
    masses = by_pollutant(told["assumed_reduction_t"]).values()
    return text.format(
        measures=f"{count:,}",
        assumed=f"{assumed:,}",
        masses=" + ".join(tonnes(to_mg(mass)) for mass in masses),
        money=yuan(to_fen(told["assumed_cost_yuan"])),
    )


def violations(summary: Summary) -> list[str]:
    """Violations that the run found in its own books; empty for a sound run."""
    return list((summary.get("ledger") or {}).get("violations") or [])


def by_pollutant(value: Any, plan: Summary | None = None) -> dict[str, Any]:
    """A figure per pollutant; a bare figure belongs to the only pollutant.

    Args:
        value: of the summary: a figure per pollutant, one bare figure, or None.
        plan: names that pollutant, by what can be cut of it at most; "" without a plan.
    """
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return dict(value)
    names = (plan or {}).get("max_reduction_t")
    return {next(iter(names)) if isinstance(names, Mapping) and names else "": value}


def is_target(condition: str, pollutant: str) -> bool:
    """Whether a condition's name (`VOC=42000 t`) is that of the pollutant's own target."""
    return condition == pollutant or condition.startswith(f"{pollutant}=")


def to_mg(mass_t: Any) -> int:
    """Whole mg of a mass in t as the summary has it."""
    return int((Decimal(str(mass_t)) * MG_PER_T).to_integral_value())


def to_fen(amount_yuan: Any) -> int:
    """Whole fen of an amount or price in yuan as the summary has it."""
    return int((Decimal(str(amount_yuan)) * FEN_PER_YUAN).to_integral_value())


def proof_text(plan: Summary) -> str | None:
    """Proof status of the plan in words."""
    gap = plan.get("gap")
    if gap is None:
        return None
    if plan.get("most_for_money_t") is not None:
        return _proof_of_money(plan)
    if plan.get("status") == "optimal" and not gap:
        return t("least cost, proved exactly")
    if plan.get("status") == "optimal":
        return t("no plan is cheaper by more than {gap}", gap=small_percent(float(gap)))
    return t("not proved: a plan up to {gap} cheaper may exist", gap=small_percent(float(gap)))


def _proof_of_money(plan: Summary) -> str:
    """Upper bound on what more the same budget could cut."""
    [(pollutant, most)] = by_pollutant(plan["most_for_money_t"], plan).items()
    reached = float(by_pollutant(plan["reduction_t"], plan)[pollutant])
    more = float(most) / reached - 1 if reached > 0 else 0.0
    if more <= 0:
        return t("the largest reduction within the budget, proved exactly")
    return t("no plan within the budget cuts over {gap} more", gap=small_percent(more))


def _masses(plan: Summary, labels: Labels) -> Iterator[KeyFigure]:
    targets, reached, most = (
        by_pollutant(plan.get(key), plan) for key in ("target_t", "reduction_t", "max_reduction_t")
    )
    for pollutant, mass in reached.items():
        notes = []
        if targets.get(pollutant) is not None:
            notes.append(t("target {mass}", mass=tonnes(to_mg(targets[pollutant]))))
        if most.get(pollutant) is not None:
            notes.append(t("at most {mass} is achievable", mass=tonnes(to_mg(most[pollutant]))))
        said = tonnes(to_mg(mass))
        title = _of(t("Reduction"), pollutant, reached, labels)
        yield KeyFigure(title, said, t("; ").join(notes))


def _prices(plan: Summary, labels: Labels) -> Iterator[KeyFigure]:
    pollutants = by_pollutant(plan.get("max_reduction_t"), plan)
    prices = {
        pollutant: price
        for condition, price in (plan.get("shadow_price_yuan_per_t") or {}).items()
        for pollutant in pollutants
        if is_target(condition, pollutant) or (condition in ANSWERS and len(pollutants) == 1)
    }
    for pollutant, price in prices.items():
        low, high = price.get("low"), price.get("high")
        if low is None or high is None or not Decimal(str(high)):
            continue
        ends = [yuan_per_t(to_fen(end)) for end in (low, high)]
        said = ends[0] if ends[0] == ends[1] else t("{low} to {high}", low=ends[0], high=ends[1])
        title = _of(t("Marginal cost"), pollutant, prices, labels)
        yield KeyFigure(title, said, t("cost of the last tonne"))


def _receptors(plan: Summary) -> Iterator[KeyFigure]:
    """Concentration or load at receptors, those first whose limits cost most."""
    told = [
        (float(one["price_high_yuan_per_unit"] or 0.0), one) for one in plan.get("receptors") or []
    ]
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


def _equal(equal: Summary, labels: Labels) -> Iterator[KeyFigure]:
    title = t("Cost by equal percentage")
    if equal.get("feasible") is False:
        yield KeyFigure(title, t("the target cannot be reached this way"))
    if equal.get("cost_yuan") is None:
        return
    asked = {p: float(share) for p, share in (equal.get("shares") or {}).items() if share}
    named = {p: name(p, labels) if language() == "zh" else p for p in asked}
    said = [f"{named[p]} {percent(share)}" for p, share in asked.items()]
    share = t(", ").join(said) if len(said) > 1 else percent(float(equal["share"]))
    note = t("every source cuts {share}", share=share)
    if equal.get("capped_sources"):
        note += t("; ") + t(
            "1 source cannot reach it and cuts all it can"
            if equal["capped_sources"] == 1
            else "{count} sources cannot reach it and cut all they can",
            count=f"{equal['capped_sources']:,}",
        )
    yield KeyFigure(title, yuan(to_fen(equal["cost_yuan"])), note)
    if equal.get("saving_yuan") is not None:
        yield _saving(to_fen(equal["saving_yuan"]), to_fen(equal["cost_yuan"]))


def _saving(saving_fen: int, equal_fen: int) -> KeyFigure:
    """Saving of the plan, or why equal percentage looks cheaper."""
    if saving_fen < 0:
        note = t("equal percentage may use parts of measures and ignores side conditions")
        title = t("Compared with equal percentage")
        return KeyFigure(title, t("{money} more", money=yuan(-saving_fen)), note)
    note = ""
    if equal_fen > 0:
        share = percent(saving_fen / equal_fen)
        note = t("{share} of the cost by equal percentage", share=share)
    return KeyFigure(t("Saved by the least-cost plan"), yuan(saving_fen), note)


def _proof(plan: Summary) -> Iterator[KeyFigure]:
    said = proof_text(plan)
    if said:
        bound, most = plan.get("bound_yuan"), plan.get("most_for_money_t")
        note = "" if bound is None else t("lower bound {money}", money=yuan(to_fen(bound)))
        for mass in by_pollutant(most, plan).values():
            note = t("upper bound {mass}", mass=tonnes(to_mg(mass)))
        yield KeyFigure(t("Proof"), said, note)


def efficiency_figure(summary: Summary) -> Iterator[KeyFigure]:
    """Share of the possible gain that the market realised."""
    if "efficiency" not in summary:
        return
    value, over = summary["efficiency"], summary.get("cost_over_least_cost")
    note = ""
    if over is not None:
        above = percent(float(over))
        note = t("cost {share} above the optimum", share=above)
        if above == percent(0):
            note = t("cost equal to the optimum")
    yield KeyFigure(t("Efficiency of the market"), _gain(value), note)


def _gain(efficiency: Any) -> str:
    """An efficiency as the share of a gain; one that rounds to nothing, or less, in words."""
    if efficiency is None:
        return t("no gain from trade is possible")
    share = percent(float(efficiency))
    if share == percent(0):
        return t("none of the possible gain from trade")
    if float(efficiency) < 0:
        return t("{share} of the possible gain from trade: costlier than no trade", share=share)
    return t("{share} of the possible gain from trade", share=share)


def _markets(summary: Summary) -> Iterator[KeyFigure]:
    titles = {
        "auction": t("Sold by the government"),
        "secondary": t("Traded between firms"),
        "lease": t("Leased"),
        "buyback": t("Bought back"),
        "pledge": t("Pledged for loans"),
    }
    market = summary.get("market") or {}
    for kind in MARKETS:
        told = market.get(kind) or {}
        count = told.get("sessions") or told.get("contracts")
        if not count:
            continue
        text = t("sessions: {count}", count=f"{count:,}")
        if "contracts" in told:
            text = t("contracts: {count}", count=f"{count:,}")
        prices = by_pollutant(told.get("price_yuan_per_t")).values()
        said = [yuan_per_t(to_fen(price)) for price in prices if price is not None]
        masses = [tonnes(to_mg(mass)) for mass in by_pollutant(told.get("mass_t")).values()]
        yield KeyFigure(titles[kind], " + ".join(masses), t("; ").join([text, *said]))


def _cards(summary: Summary) -> Iterator[KeyFigure]:
    told = summary.get("swipes") or {}
    if told:
        said = t(
            "1 warning, {shut} shut, {curtailed} curtailed"
            if told.get("warnings") == 1
            else "{warnings} warnings, {shut} shut, {curtailed} curtailed",
            warnings=f"{told.get('warnings', 0):,}",
            shut=f"{told.get('shut', 0):,}",
            curtailed=f"{told.get('curtailed', 0):,}",
        )
        masses = " + ".join(tonnes(to_mg(m)) for m in by_pollutant(told.get("emitted_t")).values())
        yield KeyFigure(
            t("Discharge cards"), said, t("{mass} emitted", mass=masses) if masses else ""
        )


def _true_up(summary: Summary) -> Iterator[KeyFigure]:
    told = summary.get("true_up") or {}
    if told:
        said = t(
            "{count} surrendered in full, {short} short",
            count=f"{told.get('compliant', 0):,}",
            short=f"{told.get('short', 0):,}",
        )
        penalty = told.get("penalty_yuan")
        note = t("penalties {money}", money=yuan(to_fen(penalty))) if penalty else ""
        yield KeyFigure(t("True-up"), said, note)


def _of(title: str, one: str, all_of_them: Mapping[str, Any], labels: Labels) -> str:
    """The title, and whose it is where there are several."""
    return title + t(" ({note})", note=name(one, labels)) if len(all_of_them) > 1 else title
