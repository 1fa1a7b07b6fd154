"""More of the reserve is offered when the price stands high."""

from __future__ import annotations

from numpy.random import Generator

from permits.rule import Param, Params, Spec
from scenarios.policy import NOTHING, Decision, PolicyView

PPM = 1_000_000
SPEC = Spec(
    title="Reserve release at a trigger price",
    title_zh="高价时投放储备",
    source="[ModelAssumption]",
    params=(
        Param("trigger", 2.0, "x reference price", "the last price that opens the reserve"),
        Param("offered_percent", 100.0, "%", "how much of the reserve is then offered"),
    ),
)


def apply(view: PolicyView, params: Params, rng: Generator) -> Decision:
    """Compare each pollutant's last price with the trigger; any one opens the reserve."""
    trigger = float(params["trigger"])
    high = [
        pollutant
        for pollutant, price in view.price_fen_per_t.items()
        if price > trigger * view.reference_fen_per_t[pollutant]
    ]
    if not high:
        return NOTHING
    return Decision(offered_ppm=round(PPM * float(params["offered_percent"]) / 100))
