"""A recorded market played again, and a trader of ours in the place of one of its people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from market.clearing.order import Side
from market.laboratory.sessions.recorded_session import RecordedDeal
from market.laboratory.sessions.replay import Newcomer, SentOrder, earned, replay
from market.traders import find_traders
from permits.rng import stream

OPEN_BOOKS = ("Full", "FullMoreB", "FullMoreS")
LIFE_S = 10
LIMITS = {1: 50, 2: 40, 11: 10, 12: 20}  # two buyers' values, two sellers' costs


def _sent(*orders: tuple[int, int, int]) -> list[SentOrder]:
    """Orders as (second, trader, price); sellers' names are above 10."""
    return [SentOrder(at, who, Side.BUY if who < 10 else Side.SELL, p) for at, who, p in orders]


def test_an_order_trades_with_the_best_that_stands_at_its_price() -> None:
    (deals,) = replay([_sent((0, 11, 30), (1, 12, 25), (2, 1, 45), (3, 2, 35))], LIMITS,
                      life_s=10)  # fmt: skip
    assert deals == (RecordedDeal(1, 12, 25), RecordedDeal(2, 11, 30))
    assert [earned(deals, LIMITS, who) for who in (1, 2, 11, 12)] == [25, 10, 20, 5]


def test_an_order_lapses_and_its_trader_s_next_takes_its_place() -> None:
    """The ask of second 0 is gone in second 11; the ask of 30 has given way to one of 60."""
    rounds = [
        _sent((0, 11, 30), (11, 1, 45)),
        _sent((0, 11, 30), (10, 1, 45)),
        _sent((0, 11, 30), (5, 11, 60), (6, 1, 45)),
        _sent((0, 11, 30), (1, 1, 30), (2, 2, 40), (3, 11, 20)),
    ]
    found = replay(rounds, LIMITS, life_s=10)
    assert found == [(), (RecordedDeal(1, 11, 30),), (), (RecordedDeal(1, 11, 30),)]


def _newcomer(who: int, kind: str, gap_s: int = 10) -> Newcomer:
    return Newcomer(who, find_traders()[kind], stream(1, "replay", kind, who), gap_s=gap_s)


def test_a_newcomer_comes_when_its_person_did_and_then_to_the_end() -> None:
    """Buyer 1 bids 5 once and never deals; a truthful one in its place quotes 50 in the same
    second, or if an ask comes only later, again five and ten seconds on."""
    early = _sent((0, 11, 30), (1, 1, 5), (30, 2, 1))
    later = _sent((1, 1, 5), (10, 11, 30), (12, 2, 1))
    absent = _sent((0, 11, 30), (30, 2, 1))
    truth = _newcomer(1, "marginal_cost", gap_s=5)
    assert replay([early, later, absent], LIMITS, life_s=3) == [(), (), ()]
    found = replay([early, later, absent], LIMITS, life_s=3, newcomer=truth)
    assert found == [(RecordedDeal(1, 11, 30),), (RecordedDeal(1, 11, 30),), ()]
    once = _newcomer(1, "marginal_cost", gap_s=1000)
    assert replay([later], LIMITS, life_s=3, newcomer=once) == [()]


@pytest.mark.parametrize("kind", ["zip", "gjerstad_dickhaut", "adaptive_aggressive"])
def test_a_newcomer_never_loses_and_repeats_itself(kind: str) -> None:
    rng = stream(3, "orders")
    rounds = [
        _sent(*sorted(
            (int(at), int(who), int(price))
            for at, who, price in zip(
                rng.integers(0, 60, 40), rng.choice([1, 2, 11, 12], 40), rng.integers(5, 60, 40),
                strict=True,
            )
        ))
        for _ in range(5)
    ]  # fmt: skip
    for who in LIMITS:
        first, again = (
            replay(rounds, LIMITS, life_s=LIFE_S, newcomer=_newcomer(who, kind)) for _ in range(2)
        )
        assert first == again
        assert all(earned(deals, LIMITS, who) >= 0 for deals in first)


# --- people in laboratories --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lab:
    """One group of people: what each could gain, what they sent, what was recorded."""

    limits: Mapping[int, int]
    rounds: Sequence[Sequence[SentOrder]]
    recorded: Sequence[set[tuple[int, int, float]]]


@pytest.fixture(scope="module")
def labs(reference: Callable[[str], Path]) -> list[Lab]:
    """The groups of [IkicaEtAl] with an open book."""
    table = pd.read_csv(reference("auctions/lab_cda/ikica_old_data.csv"))
    played = table[table.treatment.isin(OPEN_BOOKS)]
    return [_lab(group) for _, group in played.groupby(["treatment", "game"])]


def _lab(group: Any) -> Lab:
    people = group.drop_duplicates("id")
    rounds, recorded = [], []
    for _, rows in group.groupby("round"):
        rounds.append([
            SentOrder(
                int(r.time), int(r.id), Side.BUY if r.side == "Buyer" else Side.SELL, int(r.bid)
            )
            for r in rows.itertuples()
        ])  # fmt: skip
        deals = rows[rows.status == "Accepted"]
        recorded.append({
            (int(r.id), int(r.match_id), r.price) if r.side == "Buyer"
            else (int(r.match_id), int(r.id), r.price)
            for r in deals.itertuples()
        })  # fmt: skip
    limits = dict(zip(people.id.tolist(), people.valuation.tolist(), strict=True))
    return Lab(limits, rounds, recorded)


def _same(labs: Sequence[Lab], life_s: int) -> int:
    """Deals made again, between the same two and at the same price."""
    return sum(
        len(recorded & {(d.buyer, d.seller, float(d.price)) for d in deals})
        for lab in labs
        for recorded, deals in zip(
            lab.recorded, replay(lab.rounds, lab.limits, life_s=life_s), strict=True
        )
    )


def test_played_again_people_make_the_deals_that_were_recorded(labs: list[Lab]) -> None:
    """With orders that stand ten seconds 990 of 1,061 deals are made again, between the same
    two and at the same price; the rest hangs on the order within a second."""
    assert sum(len(recorded) for lab in labs for recorded in lab.recorded) == 1061
    assert _same(labs, LIFE_S) == 990


@pytest.mark.slow
def test_orders_of_another_life_do_not_make_them_as_well(labs: list[Lab]) -> None:
    assert all(_same(labs, life_s) < 980 for life_s in (5, 8, 12, 15, 30))


def _lead(lab: Lab, kind: str, gap_s: int = 10) -> float:
    """What a trader earns a round more than the person in whose place it sits: the mean of
    all places and rounds of a group."""
    people = replay(lab.rounds, lab.limits, life_s=LIFE_S)
    leads = []
    for who in lab.limits:
        newcomer = _newcomer(who, kind, gap_s)
        found = replay(lab.rounds, lab.limits, life_s=LIFE_S, newcomer=newcomer)
        for orders, deals, before in zip(lab.rounds, found, people, strict=True):
            if any(sent.trader == who for sent in orders):
                leads.append(earned(deals, lab.limits, who) - earned(before, lab.limits, who))
    return float(np.mean(leads))


def _interval(leads: Sequence[float]) -> tuple[float, float]:
    """Student's, 95 %, over groups."""
    found = stats.t.interval(0.95, len(leads) - 1, np.mean(leads), stats.sem(leads))
    return float(found[0]), float(found[1])


LEADS = {"zip": 0.62, "adaptive_aggressive": 0.69, "gjerstad_dickhaut": 0.43}


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*LEADS, "zero_intelligence"])
def test_traders_who_learn_earn_more_than_the_people_they_replace(
    labs: list[Lab], kind: str
) -> None:
    """Direction of [DasEtAl2001], 14 groups: ZIP, GD and AA earn more a round than the person
    in whose place they sit, with 95 % confidence; zero intelligence earns less."""
    leads = [_lead(lab, kind) for lab in labs]
    low, high = _interval(leads)
    if kind in LEADS:
        assert low > 0
        assert np.mean(leads) == pytest.approx(LEADS[kind], abs=0.005)
    else:
        assert high < 0


@pytest.mark.slow
def test_who_may_speak_only_when_its_person_did_earns_less(labs: list[Lab]) -> None:
    """A person's record ends with its deal; a trader that is silent from then on misses its own."""
    _, high = _interval([_lead(lab, "zip", gap_s=1000) for lab in labs])
    assert high < 0
