"""Higher fines: the scenario's fines times a factor while the policy is in force."""

from __future__ import annotations

from numpy.random import Generator

from permits.rule import Param, Params, Spec
from scenarios.policy import Instruction, PolicyView
from scenarios.simulation.instruments.fines import Fines

SPEC = Spec(
    title="Higher fines",
    title_zh="提高罚款",
    source="[ZJ-N6]",
    params=(Param("percent", 200, "%", "fines as a percentage of the scenario's"),),
)


def apply(view: PolicyView, params: Params, rng: Generator) -> tuple[Instruction, ...]:
    """Apply the same factor every day; the one in force at the true-up counts.

    Args:
        view: public facts on the morning of the day.
        params: `percent`, the fines relative to the scenario's.
        rng: unused; the policy is not random.
    """
    return (Fines(int(params["percent"])),)
