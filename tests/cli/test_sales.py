"""`auction` and `market` under conditions: what is refused, what is cleared, what is a mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from permits.errors import RightsError
from scenarios.sales.clear import clear_market, clear_sale

Cli = Callable[..., Any]
BIDS = """bidder,mass_t,limit_yuan_per_t,id,at_s
A,10,100,a,5
B,10,-5,b,6
C,0,50,c,7
D,10,90,a,8
E,5,80,e,9
F,500,90,f,10
G,1.5,70,g,11
H,5,70,h,4000
"""
ORDERS = """交易者,方向,数量_吨,报价_元每吨,编号,产品
S,卖,5,60,s1,P
S,卖,6,61,s2,P
S,买,1,65,s3,P
B,买,9,70,b1,P
Q,卖,1,50,q1,free
"""
CHINESE = range(0x4E00, 0xA000)


@pytest.fixture
def sell(tmp_path: Path) -> Callable[..., Any]:
    """What `auction` would print for a table, without a process of its own."""

    def clear(rows: str, rule: str, supply_t: int | None, **asked: Any) -> Any:
        path = tmp_path / "bids.csv"
        path.write_text(rows, encoding="utf-8")
        supply = None if supply_t is None else supply_t * 10**9
        return clear_sale(str(path), rule, supply_mg=supply, **asked)[0]

    return clear


def _json(ran: Any) -> Any:
    assert ran.code == 0, ran.err
    return json.loads(ran.out, parse_float=Decimal)


def test_rows_that_break_a_condition_are_refused_and_the_rest_is_sold(run_cli: Cli) -> None:
    asked = ("auction", "--bids", "-", "--supply-t", "20", "--rule", "uniform_price", "--reserve",
             "10", "--condition", "most_share=50%", "--condition", "lot_t=1", "--condition",
             "window_s=3600")  # fmt: skip
    told = _json(run_cli(*asked, "--json", stdin=BIDS))
    assert (told["sold_t"], told["price_yuan_per_t"]) == (15, 10)
    reasons = {row["id"]: row["reason"] for row in told["refused"]}
    assert reasons == {"b": "amount", "c": "amount", "a": "duplicate", "f": "limit", "g": "lot",
                       "h": "late"}  # fmt: skip
    assert {row["bidder"]: row["reason"] for row in told["unfilled"]} == {
        row["bidder"]: row["reason"] for row in told["refused"]
    }
    said = run_cli(*asked, stdin=BIDS)
    assert (
        "refused: B, b: a limit of -5 yuan/t is not above zero [standard input, row 3]" in said.out
    )
    zh = run_cli(*asked, "--lang", "zh", stdin=BIDS)
    told_zh = [line for line in zh.out.splitlines() if "拒绝" in line]
    assert len(told_zh) == 6
    assert all(any(ord(sign) in CHINESE for sign in line.split("：", 2)[2]) for line in told_zh)


def test_a_market_refuses_what_is_not_free_not_sellable_or_crosses_itself(
    tmp_path: Path,
) -> None:
    accounts, orders = tmp_path / "accounts.csv", tmp_path / "orders.csv"
    accounts.write_text("交易者,可售量_吨\nS,10\nQ,5\n", encoding="utf-8")
    orders.write_text(ORDERS, encoding="utf-8")
    told, _ = clear_market(
        str(orders), "call_double", accounts=str(accounts), conditions={"not_sellable": "free"}
    )
    one, other = told["products"]["P"], told["products"]["free"]
    reasons = {row["id"]: row["reason"] for row in (*one["refused"], *other["refused"])}
    assert reasons == {"s2": "not_free", "s3": "own_order", "q1": "not_sellable"}
    assert (one["sold_t"], one["price_yuan_per_t"], other["sold_t"]) == (5, 65, 0)


def test_guarantees_and_holdings_come_from_the_accounts(
    sell: Callable[..., Any], tmp_path: Path
) -> None:
    accounts = tmp_path / "accounts.csv"
    accounts.write_text(
        "bidder,held_t,guarantee_yuan,most_share\nA,0,1000,\nD,96,9999,\nE,,80,5%\n"
    )
    told = sell(
        BIDS.replace("D,10,90,a", "D,5,90,d"),
        "pay_as_bid",
        50,
        accounts=str(accounts),
        conditions={"holding_limit_t": "100", "guarantee_share": "20%"},
    )
    reasons = {row["bidder"]: row["reason"] for row in told["refused"]}
    assert {who: reasons[who] for who in "DEFG"} == {
        "D": "limit", "E": "limit", "F": "limit", "G": "guarantee",
    }  # fmt: skip
    assert [fill["bidder"] for fill in told["fills"]] == ["A"]


def test_a_purchase_keeps_its_budget(run_cli: Cli, sell: Callable[..., Any]) -> None:
    offers = "bidder,mass_t,limit_yuan_per_t\nA,5,10\nB,5,20\nC,5,30\n"
    told = sell(offers, "reverse_pay_as_bid", 20, params={"budget_yuan": "200"})
    assert (told["spent_yuan"], told["revenue_yuan"]) == (200, 0)
    assert told["sold_t"] == Decimal("11.666666666")
    assert {row["reason"] for row in told["unfilled"]} == {"budget"}
    said = run_cli("auction", "--bids", "-", "--supply-t", "20", "--param", "budget_yuan=200",
                   "--rule", "reverse_uniform", stdin=offers)  # fmt: skip
    assert "Bought: 10 t · not found: 10 t" in said.out
    assert "Money: 200 yuan" in said.out


def test_clocks_and_posted_prices_clear_a_table_of_bids(sell: Callable[..., Any]) -> None:
    """Demand curves as rows: 80 - 2p, 60 - p and 50 - 1.5p at whole prices stop at 20 with 40,
    40 and 20 [AusubelCramton2004]."""
    curves: dict[str, Callable[[int], float]] = {
        "A": lambda p: 80 - 2 * p, "B": lambda p: 60 - p, "C": lambda p: 50 - 1.5 * p,
    }  # fmt: skip
    rows = ["bidder,mass_t,limit_yuan_per_t"]
    for who, demand in curves.items():
        for price in range(5, 61):
            here, after = max(0, demand(price)), max(0, demand(price + 1))
            if here > after:
                rows.append(f"{who},{here - after},{price}")
    table = "\n".join(rows)
    told = sell(table, "ascending_clock", 100, params={"start_yuan": "5"})
    assert told["price_yuan_per_t"] == 20
    sold = {who: sum(f["mass_t"] for f in told["fills"] if f["bidder"] == who) for who in curves}
    assert sold == {"A": 40, "B": 40, "C": 20}
    posted = sell(table, "posted_price", 100, reserve_fen_per_t=2000)
    assert (posted["sold_t"], posted["price_yuan_per_t"]) == (100, 20)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"rows": BIDS.replace("A,10,100", "A,10,much")}, ("row 2", "'much'")),
        ({"conditions": {"lott": "1"}}, ("unknown condition 'lott'", "'lot_t'")),
        ({"conditions": {"band": "9:3"}}, ("LOW:HIGH",)),
        ({"conditions": {"most_share": "half"}}, ("at most 100 %",)),
        ({"conditions": {"lot_t": "0"}}, ("above zero",)),
        ({"conditions": {"window_s": "soon"}}, ("whole number of seconds",)),
        ({"params": {"years": "x"}}, ("number of years",)),
        ({"rule": "reverse_uniform", "supply_t": None}, ("the mass wanted",)),
        ({"rule": "headcount_share", "supply_t": None, "conditions": {"most_share": "9%"}},
         ("needs a supply",)),
    ],
)  # fmt: skip
def test_what_says_nothing_is_still_a_mistake(
    sell: Callable[..., Any], asked: dict[str, Any], words: tuple[str, ...]
) -> None:
    with pytest.raises(RightsError) as caught:
        sell(**{"rows": BIDS, "rule": "pay_as_bid", "supply_t": 20} | asked)
    assert caught.value.exit_code == 2
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_an_account_that_stands_twice_or_names_nobody_is_a_mistake(
    sell: Callable[..., Any], tmp_path: Path
) -> None:
    accounts = tmp_path / "accounts.csv"
    accounts.write_text("trader,free_t\nA,1\nA,2\n,3\n")
    with pytest.raises(RightsError) as caught:
        sell(BIDS, "pay_as_bid", 20, accounts=str(accounts))
    assert "A appears twice in the table [accounts.csv, row 3]" in str(caught.value)
    assert "has no name [accounts.csv, row 4]" in str(caught.value)


def test_a_fill_paid_at_several_prices_says_so(run_cli: Cli) -> None:
    """12 t: 10 t of the tier at 40 and 2 t of the tier at 50, so 500 yuan at no one price."""
    bids = "bidder,mass_t,limit_yuan_per_t\nA,12,50\n"
    sale = ("auction", "--bids", "-", "--supply-t", "20", "--rule", "reserve_tiers", "--param",
            "tiers=10@40, 10@50")  # fmt: skip
    printed = run_cli(*sale, stdin=bids)
    assert printed.code == 0, printed.err
    assert printed.out.splitlines()[-1].split() == ["A", "buy", "12", "several", "500"]
    assert "多个价格" in run_cli(*sale, "--lang", "zh", stdin=bids).out
    (fill,) = _json(run_cli(*sale, "--json", stdin=bids))["fills"]
    assert (fill["price_yuan_per_t"], fill["money_yuan"]) == (None, 500)
