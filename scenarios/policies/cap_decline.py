"""Declining cap: each vintage is smaller than the one before by the same share."""

from __future__ import annotations

from numpy.random import Generator

from permits.rule import Param, Params, Spec
from scenarios.policy import PPM, Instruction, PolicyView
from scenarios.simulation.instruments.notice import Notice
from scenarios.simulation.instruments.retire_share import RetireShare

SPEC = Spec(
    title="Declining cap",
    title_zh="总量逐年递减",
    source="[ZJ-C1]",
    params=(Param("percent_a_year", 3.5, "%", "share of the cap retired each year", most=100),),
)


def apply(view: PolicyView, params: Params, rng: Generator) -> tuple[Instruction, ...]:
    """On the first day of each year after the first, retire the cumulated share.

    Args:
        view: public facts on the morning of the day.
        params: `percent_a_year`, by which the cap falls.
        rng: unused; the policy is not random.
    """
    years = view.today.year - view.first_day.year
    if not view.is_year_start or not years:
        return ()
    # Compounded: strips are issued for the whole term at the first year's cap, so vintage n
    # loses what n years of decline add up to.
    kept = (1 - float(params["percent_a_year"]) / 100) ** years
    retire = dict.fromkeys(sorted(view.reference_fen_per_t), round(PPM * (1 - kept)))
    return (
        RetireShare(view.today.year, retire),
        Notice("the cap falls: rights of this vintage are retired"),
    )
