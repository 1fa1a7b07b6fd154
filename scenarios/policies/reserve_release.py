"""Reserve release: more of the reserve is offered when the price is high."""

from __future__ import annotations

from numpy.random import Generator

from permits.rule import Param, Params, Spec
from scenarios.policy import PPM, Instruction, PolicyView
from scenarios.simulation.instruments.reserve_share import ReserveShare

SPEC = Spec(
    title="Reserve release at a trigger price",
    title_zh="高价时投放储备",
    source="[ModelAssumption]",
    params=(
        Param("trigger", 2.0, "x reference price", "last price above which the reserve opens"),
        Param("offered_percent", 100.0, "%", "share of the reserve then offered", most=100),
    ),
)


def apply(view: PolicyView, params: Params, rng: Generator) -> tuple[Instruction, ...]:
    """Open the reserve of each pollutant whose last price exceeds the trigger.

    Args:
        view: public facts on the morning of the day.
        params: `trigger`, a multiple of the reference price, and `offered_percent`.
        rng: unused; the policy is not random.
    """
    trigger = float(params["trigger"])
    share_ppm = round(PPM * float(params["offered_percent"]) / 100)
    opened = {
        pollutant: share_ppm
        for pollutant, price in view.price_fen_per_t.items()
        if price > trigger * view.reference_fen_per_t[pollutant]
    }
    return (ReserveShare(opened),) if opened else ()
