"""Fines raised by a factor, for as long as the policy is in force."""

from __future__ import annotations

from numpy.random import Generator

from permits.rule import Param, Params, Spec
from scenarios.policy import Decision, PolicyView

SPEC = Spec(
    title="Higher fines",
    title_zh="提高罚款",
    source="[ZJ-N6]",
    params=(Param("percent", 200, "%", "fines against those in the scenario"),),
)


def apply(view: PolicyView, params: Params, rng: Generator) -> Decision:
    """The same factor every day: daily fines multiply what is due."""
    return Decision(fine_percent=int(params["percent"]))
