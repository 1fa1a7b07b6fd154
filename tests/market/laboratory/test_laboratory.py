"""Sessions of people in laboratories, measured from their raw orders."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from market.clearing.order import Side
from market.laboratory.sessions.recorded_session import Recorded, Served, measure_recorded
from market.laboratory.sessions.session_measures import competitive_outcome, smith_alpha_percent

GD_VALUES = [330, 225, 210, 280, 235, 220, 260, 240, 215, 305, 235, 230]
GD_COSTS = [190, 235, 250, 140, 245, 260, 210, 230, 255, 165, 235, 240]
SMITH_VALUES = range(325, 74, -25)
SMITH_COSTS = range(75, 326, 25)


def test_the_market_of_gjerstad_and_dickhaut_clears_at_2_35() -> None:
    """[GjerstadDickhaut1998] example 1: five to seven units, surplus 4.80."""
    found = competitive_outcome(GD_VALUES, GD_COSTS)
    assert (found.price_low_fen, found.price_high_fen) == (235, 235)
    assert (found.volume_low, found.volume_high, found.surplus_fen) == (5, 7, 480)


def test_smith_s_first_test_clears_at_2_00() -> None:
    """[Smith1962] chart 1: five to six units, surplus 7.50."""
    found = competitive_outcome(SMITH_VALUES, SMITH_COSTS)
    assert (found.price_low_fen, found.price_high_fen) == (200, 200)
    assert (found.volume_low, found.volume_high, found.surplus_fen) == (5, 6, 750)


def test_means_and_alphas_of_a_class_that_repeated_smith_s_test() -> None:
    """Contract prices of four periods around 2.00, as the class reported them."""
    periods = [
        [2.15, 2.60, 2.55, 2.60, 1.45, 2.00],
        [2.35, 2.20, 2.25, 2.20, 2.10, 1.90],
        [2.00, 2.20, 2.15, 2.12, 2.05, 2.10],
        [2.10, 2.12, 2.00, 2.10, 2.05, 1.70],
    ]
    means = [sum(prices) / len(prices) for prices in periods]
    alphas = [smith_alpha_percent(prices, 2.0) for prices in periods]
    assert means == pytest.approx([2.225, 2.167, 2.103, 2.012], abs=0.01)
    assert alphas == pytest.approx([23.70, 10.90, 6.10, 7.27], abs=0.01)


@pytest.fixture(scope="module")
def orders(reference: Callable[[str], Path]) -> Any:
    """The raw orders of the sessions in [IkicaEtAl]."""
    return pd.read_csv(reference("auctions/lab_cda/ikica_old_data.csv"))


@pytest.fixture(scope="module")
def summary(reference: Callable[[str], Path]) -> Any:
    """One row a round, computed elsewhere from the same orders."""
    table = pd.read_csv(reference("auctions/lab_cda/ikica_round_summary_computed.csv"))
    return table.set_index(["treatment", "game", "round"])


@pytest.fixture(scope="module")
def rounds(orders: Any) -> dict[tuple[str, int, int], Recorded]:
    """Every round, measured."""
    found = {}
    for (treatment, game), played in orders.groupby(["treatment", "game"]):
        people = played.drop_duplicates("id")
        limits = {
            side: dict(zip(group.id.tolist(), group.valuation.tolist(), strict=True))
            for side, group in people.groupby("side")
        }
        for number, rows in played[played.status == "Accepted"].groupby("round"):
            served = [
                Served(
                    int(r.id),
                    Side.BUY if r.side == "Buyer" else Side.SELL,
                    int(r.match_id),
                    r.price,
                )
                for r in rows.itertuples()
            ]
            found[treatment, game, number] = measure_recorded(
                limits["Buyer"], limits["Seller"], served
            )
    return found


def test_every_round_has_the_efficiency_and_alpha_of_the_summary(
    rounds: dict[tuple[str, int, int], Recorded], summary: Any
) -> None:
    assert len(summary) == 709
    for key, row in summary.iterrows():
        one = rounds.get(key)
        if one is None:  # nobody traded
            assert row.deals == 0 and row.efficiency == 0
            continue
        assert one.competitive_outcome.volume_high == row.ce_quantity
        assert one.competitive_outcome.price_low_fen == row.ce_price_low
        assert one.competitive_outcome.price_high_fen == row.ce_price_high
        assert one.competitive_outcome.surplus_fen == row.max_surplus
        assert (len(one.deals), one.surplus) == (row.deals, row.realised_surplus)
        assert one.efficiency == pytest.approx(row.efficiency, abs=1e-12)
        assert one.alpha_percent == pytest.approx(row.smith_alpha_pct, abs=1e-9)
        assert one.mean_price == pytest.approx(row.mean_price, abs=1e-9)


def test_one_round_from_its_raw_orders(rounds: dict[tuple[str, int, int], Recorded]) -> None:
    """Open book, first game, first round of [IkicaEtAl]: 7 deals, 220 of 245."""
    one = rounds["Full", 1, 1]
    assert (one.competitive_outcome.volume_high, one.competitive_outcome.surplus_fen) == (7, 245)
    assert (one.competitive_outcome.price_low_fen, one.competitive_outcome.price_high_fen) == (
        113,
        118,
    )
    assert (len(one.deals), one.surplus) == (7, 220)
    assert one.efficiency == pytest.approx(0.897959, abs=1e-6)


def test_deals_are_pairs_not_marked_orders(
    orders: Any, rounds: dict[tuple[str, int, int], Recorded]
) -> None:
    """In the fifth round marks, taken two to a deal or one to a deal, both miscount."""
    fifth = orders[
        (orders.treatment == "Full") & (orders.game == 1) & (orders["round"] == 5)
        & (orders.status == "Accepted")
    ]  # fmt: skip
    deals = len(rounds["Full", 1, 5].deals)
    assert deals < len(fifth) < 2 * deals
    efficiency = rounds["Full", 1, 5].efficiency
    assert efficiency is not None and efficiency <= 1


def test_people_do_better_with_an_open_book(
    rounds: dict[tuple[str, int, int], Recorded], summary: Any
) -> None:
    """Mean efficiency by treatment, and alpha in the first and last round."""
    wanted = {
        "Full": 0.8997, "FullMoreB": 0.9009, "FullMoreS": 0.9127, "Same": 0.8002,
        "SameMMK": 0.9106, "BB": 0.8026,
    }  # fmt: skip
    for treatment, mean in wanted.items():
        keys = [key for key in summary.index if key[0] == treatment]
        got = [rounds[key].efficiency or 0.0 if key in rounds else 0.0 for key in keys]
        assert np.mean(got) == pytest.approx(mean, abs=1e-4)
    for treatment, first, last in (("Full", 12.55, 2.88), ("BB", 18.2, 10.0)):
        for number, alpha in ((1, first), (10, last)):
            got = [
                one.alpha_percent
                for (name, _, at), one in rounds.items()
                if (name, at) == (treatment, number) and one.alpha_percent is not None
            ]
            assert np.mean(got) == pytest.approx(alpha, abs=0.05)


def test_nine_thousand_markets_of_lin(reference: Callable[[str], Path]) -> None:
    """Median and mean efficiency, and that it is surplus over the greatest surplus."""
    table = pd.read_csv(reference("auctions/lab_cda/lin_market_profile.csv"))
    assert len(table) == 9023
    table = table[table.optimal_surplus > 0]
    share = table.surplus / table.optimal_surplus
    assert np.median(share) == pytest.approx(0.8715, abs=1e-4)
    assert np.mean(share) == pytest.approx(0.8147, abs=1e-4)


@pytest.mark.slow
def test_the_page_on_people_and_traders_says_what_its_program_finds(
    reference: Callable[[str], Path], tmp_path: Path
) -> None:
    """Word for word; the program stops by itself if a sentence is not true any more."""
    root = Path(__file__).resolve().parents[3]
    program = root / "docs" / "humans_and_traders.py"
    folder = reference("auctions/lab_cda")
    subprocess.run(
        [sys.executable, program, folder, tmp_path],
        check=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    new, old = (
        (where / "humans-and-traders.md").read_text(encoding="utf-8")
        for where in (tmp_path, root / "docs")
    )
    assert re.sub(r"[0-9.]+", "0", new) == re.sub(r"[0-9.]+", "0", old)
    cells = [[float(x) for x in re.findall(r"([0-9.]+) ±", page)] for page in (new, old)]
    assert cells[0] == pytest.approx(cells[1], abs=0.5) and len(cells[0]) == 8 * 14
