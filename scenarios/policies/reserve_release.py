"""Reserve release: more of the reserve is offered when the price is high."""

from __future__ import annotations

from numpy.random import Generator

from permits.rule import Param, Params, Spec
from scenarios.policy import NOTHING, Decision, PolicyView

PPM = 1_000_000  # decisions are whole numbers, so shares are in parts per million
SPEC = Spec(
    title="Reserve release at a trigger price",
    title_zh="高价时投放储备",
    source="[ModelAssumption]",
    params=(
        Param("trigger", 2.0, "x reference price", "last price above which the reserve opens"),
        Param("offered_percent", 100.0, "%", "share of the reserve then offered"),
    ),
)


def apply(view: PolicyView, params: Params, rng: Generator) -> Decision:
    """Open the reserve of all pollutants if the last price of one exceeds the trigger.

    Args:
        view: public facts on the morning of the day.
        params: `trigger`, a multiple of the reference price, and `offered_percent`.
        rng: unused; the policy is not random.
    """
    trigger = float(params["trigger"])
    high = [
        pollutant
        for pollutant, price in view.price_fen_per_t.items()
        if price > trigger * view.reference_fen_per_t[pollutant]
    ]
    if not high:
        return NOTHING
    return Decision(offered_ppm=round(PPM * float(params["offered_percent"]) / 100))
