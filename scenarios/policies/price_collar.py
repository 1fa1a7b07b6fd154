"""Price collar: a floor on bids and a ceiling on asks."""

from __future__ import annotations

from numpy.random import Generator

from permits.rule import Param, Params, Spec
from scenarios.policy import Instruction, PolicyView
from scenarios.simulation.instruments.price_bounds import PriceBounds

SPEC = Spec(
    title="Price floor and ceiling",
    title_zh="价格下限与上限",
    source="[ZJ-C13]",
    params=(
        Param("floor", 1.0, "x reference price", "lowest bid accepted; 0 for none"),
        Param("ceiling", 10.0, "x reference price", "highest ask accepted; 0 for none"),
    ),
)


def apply(view: PolicyView, params: Params, rng: Generator) -> tuple[Instruction, ...]:
    """Set floor and ceiling as multiples of each pollutant's reference price.

    Args:
        view: public facts on the morning of the day.
        params: `floor` and `ceiling`, multiples of the reference price; 0 for none.
        rng: unused; the policy is not random.
    """
    floor, ceiling = float(params["floor"]), float(params["ceiling"])
    reference = view.reference_fen_per_t
    bounds = PriceBounds(
        floor_fen_per_t={p: round(floor * price) for p, price in reference.items() if floor},
        ceiling_fen_per_t={p: round(ceiling * price) for p, price in reference.items() if ceiling},
    )
    return (bounds,)
