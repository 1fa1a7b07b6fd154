"""Large sales by columns: the same answer, to the byte, as bid by bid."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from permits.errors import InputError
from permits.quantity import cost_fen
from scenarios import api
from scenarios.results.stores.jsontext import to_json
from scenarios.results.stores.row_columns import RowColumns
from scenarios.sales import clear

T = 10**9
NEVER = 10**9  # bids: so many are not in any table
PARAMS: dict[str, dict[str, list[Any]]] = {
    "uniform_price": {
        "price": ["lowest_accepted", "first_rejected"],
        "undersubscribed": ["reserve", "lowest_accepted"],
        "tie": ["seq", "pro_rata", "random"],
        "years": [1, 3],
    },
    "pay_as_bid": {"tie": ["seq", "pro_rata", "random"], "years": [1, 3]},
    "headcount_share": {"max_bids": [0, 1, 2], "window_s": [3600, 7], "years": [1, 5]},
}
CELLS = {
    "bidder": ["F1", "F2", 'F"3', "河\\4", "F%5"],
    "mass_t": ["0.5", "1", "1.25", "3", "0.000000001", "12.345678901", "0", "-1", "10000000"],
    # The last price times a tonne in mg does not fit 64 bits.
    "limit_yuan_per_t": ["10", "10", "10.01", "20", "3.33", "0", "89999999.99", "99999999.99"],
    "seq": ["", "1", "2", "7"],
    "product": ["", "A", "B"],
    "id": ["", "x", "y", "2"],
    "at_s": ["0", "3", "7", "8", "-1", "3601"],
    "until_s": ["", "", "5", "3600"],
}

NEEDED = ("bidder", "mass_t", "limit_yuan_per_t")


@st.composite
def sales(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A table of bids with every mistake that is only refused, and what is asked of it."""
    own = draw(st.sets(st.sampled_from(["seq", "product", "id", "at_s", "until_s"])))
    names = [name for name in CELLS if name in own or name in NEEDED]
    cells = {name: list(CELLS[name]) for name in names}
    if draw(st.booleans()):
        del cells["limit_yuan_per_t"][-1]
    row = st.tuples(*(st.sampled_from(cells[name]) for name in names))
    rows = draw(st.lists(row, min_size=1, max_size=12))
    rule = draw(st.sampled_from(sorted(PARAMS)))
    asked = {
        "rule": rule,
        "supply_t": draw(st.sampled_from(["0", "1", "4.5", "7.000000001", "100", "999999999"])),
        "reserve": draw(st.sampled_from([None, "10", "15"])),
        "params": {name: draw(st.sampled_from(PARAMS[rule][name])) for name in PARAMS[rule]},
        "seed": draw(st.integers(1, 3)),
    }
    if rule == "headcount_share" and draw(st.booleans()):
        del asked["supply_t"]
    return "\n".join(",".join(_quoted(cell) for cell in one) for one in [names, *rows]), asked


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(sales())
def test_by_columns_a_sale_ends_as_bid_by_bid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sale: tuple[str, dict[str, Any]]
) -> None:
    table, asked = sale
    path = tmp_path / "bids.csv"
    path.write_text(table, encoding="utf-8")
    said = []
    for fewest in (0, NEVER):
        monkeypatch.setattr(clear, "LARGE_SALE", fewest)
        said.append(to_json(api.clear(path, **asked).summary))
    assert said[0] == said[1]


def _clear(folder: Path, rows: list[tuple[str, str, str]], **asked: Any) -> dict[str, Any]:
    path = folder / "bids.csv"
    lines = [",".join(row) for row in [("bidder", "mass_t", "limit_yuan_per_t"), *rows]]
    path.write_text("\n".join(lines), encoding="utf-8")
    return api.clear(path, **asked).summary


def test_of_6000_bids_for_a_tonne_the_1000_highest_win(tmp_path: Path) -> None:
    """Limits 1 to 6000 yuan/t: the lowest winning bid is 5001, the highest left out 5000."""
    rows = [(f"F{n}", "1", f"{n}") for n in range(1, 6001)]
    told = _clear(tmp_path, rows, rule="uniform_price", supply_t=1000)
    assert isinstance(told["fills"], RowColumns)
    assert (told["price_yuan_per_t"], told["sold_t"], told["unsold_t"]) == (5001, 1000, 0)
    assert told["revenue_yuan"] == 1000 * 5001
    assert [fill["bidder"] for fill in told["fills"]] == [f"F{n}" for n in range(5001, 6001)]
    assert {rest["reason"] for rest in told["unfilled"]} == {"price"}
    assert [rest["id"] for rest in told["unfilled"][4990:]] == [f"{n}" for n in range(4991, 5001)]
    told = _clear(tmp_path, rows, rule="pay_as_bid", supply_t=1000)
    assert isinstance(told["fills"], RowColumns)
    assert told["revenue_yuan"] == sum(range(5001, 6001))
    # 70 % of 6000 heads.
    told = _clear(tmp_path, rows, rule="headcount_share")
    assert isinstance(told["fills"], RowColumns)
    assert told["revenue_yuan"] == 5 * sum(range(1801, 6001))  # five years at once
    assert told["unfilled"][-1] == {
        "bidder": "F1800", "id": "1800", "mass_t": 1, "reason": "head_count"
    }  # fmt: skip


def test_what_does_not_fit_64_bits_is_cleared_bid_by_bid(tmp_path: Path) -> None:
    """5,000 times 10,000,000 t at 90,000,000 yuan/t: 4.5e20 fen."""
    rows = [(f"F{n}", "10000000", "90000000") for n in range(5000)]
    told = _clear(tmp_path, rows, rule="uniform_price", supply_t="50000000000", reserve="90000000")
    assert isinstance(told["fills"], list)
    assert told["revenue_yuan"] == 5000 * 10_000_000 * 90_000_000


def test_masses_that_do_not_fit_64_bits_are_cleared_bid_by_bid(tmp_path: Path) -> None:
    """5,000 times 10,000,000 t are 5e19 mg."""
    rows = [(f"F{n}", "10000000", "0.01") for n in range(5000)]
    told = _clear(tmp_path, rows, rule="pay_as_bid", supply_t="50000000000")
    assert isinstance(told["fills"], list)
    assert (told["sold_t"], told["unsold_t"]) == (50_000_000_000, 0)


@pytest.mark.parametrize(
    ("supply_t", "ties"),
    [
        ("997", []),  # the bids at 20 yuan/t and no other
        ("998.5", [(10, 2, 3, Decimal("1.5"))]),
        ("1000", []),  # both at 10 yuan/t fit to the last milligram
        ("1000.5", []),  # a single bid at the margin is no tie
    ],
)
def test_a_tie_is_two_bids_at_the_margin_that_do_not_both_fit(
    tmp_path: Path, supply_t: str, ties: list[tuple[int, int, int, Decimal]]
) -> None:
    """997 bids for 1 t at 20 yuan/t, 1 t and 2 t at 10, 1 t at 5."""
    rows = [(f"F{n}", "1", "20") for n in range(997)]
    rows += [("A", "1", "10"), ("B", "2", "10"), ("C", "1", "5")]
    told = _clear(tmp_path, rows, rule="pay_as_bid", supply_t=supply_t)
    assert isinstance(told["fills"], RowColumns)
    names = ("price_yuan_per_t", "orders", "mass_t", "filled_t")
    assert [tuple(tie[name] for name in names) for tie in told["ties"]] == ties


def test_a_condition_on_all_bids_of_a_bidder_holds_in_a_large_sale(tmp_path: Path) -> None:
    """Each of two bidders may buy a tenth of 1000 t: 100 of its 3000 bids for a tonne."""
    rows = [(f"F{n % 2}", "1", "10") for n in range(6000)]
    told = _clear(
        tmp_path, rows, rule="uniform_price", supply_t=1000, conditions={"most_share": "10%"}
    )
    assert (told["sold_t"], len(told["refused"])) == (200, 5800)


def test_an_unknown_parameter_of_a_large_sale_is_a_mistake(tmp_path: Path) -> None:
    rows = [(f"F{n}", "1", "10") for n in range(5000)]
    with pytest.raises(InputError, match="tye"):
        _clear(tmp_path, rows, rule="pay_as_bid", supply_t=1, params={"tye": "seq"})


@given(
    st.lists(st.tuples(st.integers(0, 10**15), st.integers(0, 9 * 10**9)), max_size=20),
)
def test_costs_by_column_are_rounded_as_one_by_one(pairs: list[tuple[int, int]]) -> None:
    import numpy as np

    from market.clearing.bid_columns import costs_fen

    # Halves: 0.5 t at an odd price.
    pairs = [pair for pair in [*pairs, (T // 2, 3), (T // 2, 5), (3 * T // 2, 1)] if pair[0]]
    pairs = [(mass, price) for mass, price in pairs if mass * price // T < 2**62]
    mass, price = (np.array(one, dtype=np.int64) for one in zip(*pairs, strict=True))
    assert costs_fen(mass, price).tolist() == [cost_fen(*pair) for pair in pairs]
