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
    percent,
    small_percent,
    tonnes,
    yuan,
    yuan_per_t,
)
from scenarios.text import t

Summary = Mapping[str, Any]
MOST_RECEPTORS = 6
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
    return [
        *_masses(plan, labels),
        KeyFigure(t("Annual cost, least-cost plan"), yuan(to_fen(plan["cost_yuan"]))),
        *_prices(plan, labels),
        *_receptors(plan),
        *_equal(plan.get("equal_percentage") or {}),
        *_proof(plan),
    ]


def year_figures(summary: Summary) -> list[KeyFigure]:
    """Efficiency, trade, cards, true-up of the simulated year."""
    return [*efficiency_figure(summary), *_markets(summary), *_cards(summary), *_true_up(summary)]


def assumption_lines(summary: Summary) -> list[str]:
    """How much of the plan rests on assumptions, in sentences."""
    told = summary.get("assumed") or {}
    found = []
    if told.get("cost_share") is not None and (told["cost_share"] or told.get("inputs")):
        found.append(
            t(
                "{share} of the plan's cost rests on rows with an assumed baseline, efficiency "
                "or cost.",
                share=percent(float(told["cost_share"])),
            )
        )
    if told.get("assumed_measures"):
        masses = by_pollutant(told["assumed_reduction_t"]).values()
        found.append(
            t(
                "Of {measures} measures in the plan {assumed} rest on such rows: they cut {masses} "
                "and cost {money} a year.",
                measures=f"{told['measures']:,}",
                assumed=f"{told['assumed_measures']:,}",
                masses=" + ".join(tonnes(to_mg(mass)) for mass in masses),
                money=yuan(to_fen(told["assumed_cost_yuan"])),
            )
        )
    if told.get("inputs"):
        found.append(
            t(
                "{assumed} of {inputs} inputs are assumptions; each is marked in the list of "
                "inputs at the end.",
                assumed=told.get("assumed_inputs", 0),
                inputs=told["inputs"],
            )
        )
    for pollutant, mass in by_pollutant(told.get("flips_t")).items():
        text = t("Within the ranges given, another measure would be chosen for {mass}.",
                 mass=tonnes(to_mg(mass)))  # fmt: skip
        found.append(t("{title}: {said}", title=pollutant, said=text) if pollutant else text)
    return found


def violations(summary: Summary) -> list[str]:
    """What the run found broken in its own books; empty for a sound run."""
    return list((summary.get("ledger") or {}).get("violations") or [])


def by_pollutant(value: Any, plan: Summary | None = None) -> dict[str, Any]:
    """A figure per pollutant; one that stands bare is the only pollutant's.

    Args:
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
    """What was proved of the plan."""
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
    """How much more the same budget could cut at most."""
    [(pollutant, most)] = by_pollutant(plan["most_for_money_t"], plan).items()
    reached = float(by_pollutant(plan["reduction_t"], plan)[pollutant])
    more = float(most) / reached - 1 if reached > 0 else 0.0
    if more <= 0:
        return t("the most that the money buys, proved exactly")
    return t("no plan for the money cuts over {gap} more", gap=small_percent(more))


def _masses(plan: Summary, labels: Labels) -> Iterator[KeyFigure]:
    targets, reached, most = (
        by_pollutant(plan.get(key), plan) for key in ("target_t", "reduction_t", "max_reduction_t")
    )
    for pollutant, mass in reached.items():
        notes = []
        if targets.get(pollutant) is not None:
            notes.append(t("target {mass}", mass=tonnes(to_mg(targets[pollutant]))))
        if most.get(pollutant) is not None:
            notes.append(t("at most {mass} can be had", mass=tonnes(to_mg(most[pollutant]))))
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
        yield KeyFigure(title, said, t("of the last tonne"))


def _receptors(plan: Summary) -> Iterator[KeyFigure]:
    """What arrives at the receptors, those first whose limits cost most."""
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
        note = t("{price} yuan a year for one less", price=f"{price:,.6g}") if price else ""
        title = t("{pollutant} at {receptor}", pollutant=one["pollutant"], receptor=one["receptor"])
        yield KeyFigure(title, said.strip(), note)


def _equal(equal: Summary) -> Iterator[KeyFigure]:
    title = t("Cost by equal percentage")
    if equal.get("feasible") is False:
        yield KeyFigure(title, t("the target cannot be reached so"))
    if equal.get("cost_yuan") is None:
        return
    asked = {p: float(share) for p, share in (equal.get("shares") or {}).items() if share}
    said = [f"{p} {percent(share)}" for p, share in asked.items()]
    share = t(", ").join(said) if len(said) > 1 else percent(float(equal["share"]))
    note = t("every source cuts {share}", share=share)
    if equal.get("capped_sources"):
        note += t("; ") + t(
            "{count} sources cannot and do their most", count=equal["capped_sources"]
        )
    yield KeyFigure(title, yuan(to_fen(equal["cost_yuan"])), note)
    if equal.get("saving_yuan") is not None:
        saving = to_fen(equal["saving_yuan"])
        cost = to_fen(equal["cost_yuan"])
        note = t("{share} of it", share=percent(saving / cost)) if cost > 0 else ""
        yield KeyFigure(t("Saved by the least-cost plan"), yuan(saving), note)


def _proof(plan: Summary) -> Iterator[KeyFigure]:
    said = proof_text(plan)
    if said:
        bound, most = plan.get("bound_yuan"), plan.get("most_for_money_t")
        note = "" if bound is None else t("lower bound {money}", money=yuan(to_fen(bound)))
        for mass in by_pollutant(most, plan).values():
            note = t("upper bound {mass}", mass=tonnes(to_mg(mass)))
        yield KeyFigure(t("Proof"), said, note)


def efficiency_figure(summary: Summary) -> Iterator[KeyFigure]:
    """What share of the possible gain the market realised."""
    if "efficiency" not in summary:
        return
    value, over = summary["efficiency"], summary.get("cost_over_least_cost")
    note = ""
    if over is not None:
        note = t("cost {share} above the optimum", share=percent(float(over)))
    said = t("nothing to gain by trade") if value is None else percent(float(value))
    yield KeyFigure(t("Efficiency of the market"), said, note)


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
            "{warnings} warnings, {shut} shut, {curtailed} curtailed",
            warnings=f"{told.get('warnings', 0):,}",
            shut=f"{told.get('shut', 0):,}",
            curtailed=f"{told.get('curtailed', 0):,}",
        )
        masses = " + ".join(tonnes(to_mg(m)) for m in by_pollutant(told.get("emitted_t")).values())
        yield KeyFigure(t("Cards"), said, t("{mass} emitted", mass=masses) if masses else "")


def _true_up(summary: Summary) -> Iterator[KeyFigure]:
    told = summary.get("true_up") or {}
    if told:
        said = t("{count} compliant, {short} short", count=f"{told.get('compliant', 0):,}",
                 short=f"{told.get('short', 0):,}")  # fmt: skip
        penalty = told.get("penalty_yuan")
        note = t("penalties {money}", money=yuan(to_fen(penalty))) if penalty else ""
        yield KeyFigure(t("True-up"), said, note)


def _of(title: str, one: str, all_of_them: Mapping[str, Any], labels: Labels) -> str:
    """The title, and whose it is where there are several."""
    return title + t(" ({note})", note=name(one, labels)) if len(all_of_them) > 1 else title
