"""A year as one call: a scenario and a seed of luck in, totals out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from permits.invariants import find_violations
from scenarios.definition.scenario import Scenario
from scenarios.results.summary import YearSummary
from scenarios.simulation.evaluation import evaluate
from scenarios.simulation.frictions import as_played
from scenarios.simulation.year import play_year
from scenarios.simulation.year_results import issued_by_pollutant_mg, summarise_year


def simulate(
    scenario: Scenario,
    luck_seed: int,
    *,
    plan_mg: Mapping[str, Sequence[int]] | None = None,
) -> YearSummary:
    """Simulate a scenario with this luck; the summary is that of `permits run`.

    Only totals are kept, so that it is faster than a run. It can be handed to `map_jobs`: the
    scenario and the summary are picklable, and nothing else has a part in the result.

    Args:
        scenario: the loaded scenario; own rules that it names have been run.
        luck_seed: in place of the scenario's; production, arrivals, ties and random bids are
            drawn from it, while firms, costs and behaviours stay those of the scenario's seed.
        plan_mg: quotas of the plan by firm [mg per pollutant], for a rule of allocation that
            uses them; solved here where it is needed and not given.
    Returns: the summary, without friction rows and without a range over luck. Its number of
        entries, which is not compared, is smaller than a run's.
    """
    file = scenario.file.model_copy(update={"luck_seed": luck_seed})
    world = play_year(as_played(replace(scenario, file=file)), None, plan_mg, lean=True)
    verdict = evaluate(world, issued_by_pollutant_mg(world, file.begins.year))
    return summarise_year(world, verdict, find_violations(world.books.ledger))
