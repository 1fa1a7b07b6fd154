"""Trade between firms in a year: lots, prices, fees, delivery, and what unmet bids oblige to.

A year of ten days; S holds more than it needs. Prices lie midway between the marginal bid
and ask (k = 0.5).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from permits.account import cash, holding
from permits.ledger import Reason
from tests.scenarios.simulation.scripted import play_scripted, seen
from tests.scenarios.simulation.small_years import moved_t, on, paid_fen, play, small

T = 10**9
DAY = "2017-01-01"
TEN_DAYS: dict[str, Any] = {"ends": "2017-01-10"}


def _firm(name: str, emits: str, holds: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "baseline": {"X": emits}, "opening": {"X": holds}, **more}


def _stated(*firms: dict[str, Any], dates: tuple[str, ...] = (DAY,), **sections: Any) -> Any:
    session = {"kind": "secondary", "rule": "call_double", "dates": list(dates)}
    return small(list(firms), **{**TEN_DAYS, "session": [session], **sections})


# --- lots -----------------------------------------------------------------------------------


def test_truthful_firms_quote_whole_lots() -> None:
    """S can spare 5.7 t and offers 5; B lacks 2.4 t and bids for 3, at the valuation."""
    year = play(
        _stated(
            _firm("S", "4.3 t", "10 t"),
            _firm("B", "12.4 t", "10 t"),
            market={"lot": "1 t", "cash_years": 100},
        )
    )
    (session,) = year.rows("sessions")
    assert (session["offered_t"], session["traded_t"]) == (5 * T, 3 * T)
    assert session["price_yuan_per_t"] == 25000_00, "between nothing and 50,000"
    assert {row["reason"]: row["mass_t"] for row in year.rows("unfilled")} == {
        "no_counterparty": 2 * T
    }


def test_a_lot_more_than_cash_pays_for_is_not_bid_for() -> None:
    """12.4 t x 1,000 yuan x 10.1 = 125,240 yuan of cash: two lots at 50,000, not three."""
    year = play(
        _stated(
            _firm("S", "4.3 t", "10 t"),
            _firm("B", "12.4 t", "10 t"),
            market={"lot": "1 t", "cash_years": 10.1},
        )
    )
    (session,) = year.rows("sessions")
    assert session["traded_t"] == 2 * T


# --- price, fee, ratio --------------------------------------------------------------------------


def test_the_buyer_pays_the_price_and_the_seller_the_fee(tmp_path: Path) -> None:
    """An ask of 180 stands at 200 with a fee of 10 %; with a bid of 400 the price is 300.

    For 2 t: B pays 600 yuan, S keeps 540, the platform 60.
    """
    stated = _stated(_firm("S", "5 t", "10 t"), _firm("B", "12 t", "10 t"), market={"fee": 0.1})
    quotes = {("S", DAY): [("sell", 2, 180)], ("B", DAY): [("buy", 2, 400)]}
    year = play_scripted(tmp_path, stated, quotes)
    (trade,) = year.rows("trades")
    assert (trade["price_yuan_per_t"], trade["money_yuan"]) == (300_00, 600_00)
    assert year.money_fen(cash("exchange:platform")) == 60_00
    assert year.money_fen(cash("B")) == 2 * 12 * 1000_00 - 600_00
    assert year.money_fen(cash("S")) == 2 * 5 * 1000_00 + 540_00
    (entry,) = year.entries(Reason.TRADE)
    assert paid_fen(entry, cash("S")) == 540_00
    assert moved_t(entry, holding("B"), year.right(2017)) == 2


def test_at_a_ratio_of_one_and_a_half_a_third_of_what_is_bought_retires(tmp_path: Path) -> None:
    """A need of 2 t worth 300 each is 3 t at 200; of these 2 t may be used, 1 t retires."""
    stated = _stated(_firm("S", "5 t", "10 t"), _firm("B", "12 t", "10 t"), market={"ratio": 1.5})
    quotes = {("S", DAY): [("sell", 3, 200)], ("B", DAY): [("buy", 2, 300)]}
    year = play_scripted(tmp_path, stated, quotes)
    (trade,) = year.rows("trades")
    assert (trade["mass_t"], trade["retired_t"]) == (3 * T, 1 * T)
    assert trade["price_yuan_per_t"] == 200_00
    (row,) = [row for row in year.rows("firms") if row["firm"] == "B"]
    assert (row["bought_t"], row["emitted_t"]) == (2 * T, 12 * T)


@pytest.mark.parametrize("own", [500, 300])
def test_own_orders_never_meet(own: float, tmp_path: Path) -> None:
    """S asks 300 and bids as much or more: its bid is left out, its ask meets B's bid of 300."""
    stated = _stated(_firm("S", "5 t", "10 t"), _firm("B", "12 t", "10 t"))
    quotes = {
        ("S", DAY): [("buy", 1, own), ("sell", 1, 300)],
        ("B", DAY): [("buy", 1, 300)],
    }
    year = play_scripted(tmp_path, stated, quotes)
    (trade,) = year.rows("trades")
    assert (trade["buyer"], trade["seller"], trade["price_yuan_per_t"]) == ("B", "S", 300_00)
    (rest,) = year.rows("unfilled")
    assert (rest["reason"], rest["mass_t"]) == ("own_order", T)


def test_an_own_bid_below_the_own_ask_stays_in_the_book(tmp_path: Path) -> None:
    """S bids 299.99 beside its ask of 300: T's ask of 200 meets it, at 249.995, half to even."""
    stated = _stated(
        _firm("S", "5 t", "10 t"), _firm("T", "5 t", "10 t"), _firm("B", "12 t", "10 t")
    )
    quotes = {
        ("S", DAY): [("buy", 1, 299.99), ("sell", 1, 300)],
        ("T", DAY): [("sell", 1, 200)],
    }
    (trade,) = play_scripted(tmp_path, stated, quotes).rows("trades")
    assert (trade["buyer"], trade["seller"]) == ("S", "T")
    assert trade["price_yuan_per_t"] == 250_00


# --- delivery ---------------------------------------------------------------------------------


def test_what_is_paid_for_and_not_delivered_is_not_bought_twice() -> None:
    """B lacks 2 t and buys them on the 1st, delivered on the 6th: no bid on the 3rd, none
    on the day of delivery, none after it."""
    year = play(
        _stated(
            _firm("S", "5 t", "10 t"),
            _firm("B", "12 t", "10 t"),
            dates=(DAY, "2017-01-03", "2017-01-06", "2017-01-07"),
            market={"lot": "1 t", "cash_years": 100, "trade_delay_days": 5},
            licence={"change_delay_days": 0},
        )
    )
    assert [row["traded_t"] for row in year.rows("sessions")] == [2 * T, 0, 0, 0]
    assert [row["bidders"] for row in year.rows("sessions")] == [2, 1, 1, 1]
    assert [str(event.on) for event in year.events("swipe.topped_up")] == ["2017-01-06"]
    (row,) = [row for row in year.rows("firms") if row["firm"] == "B"]
    assert row["bought_t"] == 2 * T


def test_the_entry_of_a_delivery_bears_the_day_of_the_delivery(tmp_path: Path) -> None:
    """Traded on the 1st, delivered on the 6th: rights and money change hands on the 6th."""
    stated = _stated(
        _firm("S", "5 t", "10 t"), _firm("B", "12 t", "10 t"), market={"trade_delay_days": 5}
    )
    quotes = {("S", DAY): [("sell", 1, 100)], ("B", DAY): [("buy", 1, 100)]}
    year = play_scripted(tmp_path, stated, quotes)
    assert [str(entry.on) for entry in year.entries(Reason.TRADE)] == ["2017-01-06"]


def test_pending_rights_are_seen_until_the_morning_of_delivery(tmp_path: Path) -> None:
    """Bought on the 1st, delivered on the 4th: 1 t pending on the 3rd, held on the 4th.

    B emits 1.2 t a day of its 10 t: 3 days are swiped by the evening of the 3rd.
    """
    stated = _stated(
        _firm("S", "5 t", "10 t"),
        _firm("B", "12 t", "10 t"),
        dates=(DAY, "2017-01-03", "2017-01-04"),
        market={"trade_delay_days": 3},
    )
    quotes = {("S", DAY): [("sell", 1, 100)], ("B", DAY): [("buy", 1, 100)]}
    play_scripted(tmp_path, stated, quotes)
    views = [view for view in seen(tmp_path) if view["firm"] == "B"]
    assert [view["bought_pending_mg"] for view in views] == [0, T, 0]
    usable = [10 * T, 10 * T - 36 * T // 10, 11 * T - 48 * T // 10]
    assert [view["usable_mg"] for view in views] == usable
    assert [view["need_mg"] for view in views] == [12 * T, 84 * T // 10, 72 * T // 10]


def test_what_is_sold_leaves_the_card_on_the_day_of_the_trade(tmp_path: Path) -> None:
    """S sells 6 of its 10 t on the first day and may emit 4; delivery comes too late to help."""
    stated = _stated(
        _firm("S", "5 t", "10 t"), _firm("B", "12 t", "10 t"), market={"trade_delay_days": 9}
    )
    quotes = {("S", DAY): [("sell", 6, 100)], ("B", DAY): [("buy", 6, 100)]}
    year = play_scripted(tmp_path, stated, quotes)
    (row,) = [row for row in year.rows("firms") if row["firm"] == "S"]
    assert (row["emitted_t"], row["stopped_t"], row["sold_t"]) == (4 * T, T, 6 * T)


def test_the_card_is_loaded_when_the_permit_changes(tmp_path: Path) -> None:
    """B's 10 t last until the 9th. With the trade of the 1st delivered on the 3rd its permit
    changes seven days later, on the 10th: the 0.8 t of the 9th's rest are lost."""
    stated = _stated(
        _firm("S", "5 t", "10 t"),
        _firm("B", "12 t", "10 t"),
        market={"trade_delay_days": 2},
        licence={"change_delay_days": 7},
    )
    quotes = {("S", DAY): [("sell", 2, 100)], ("B", DAY): [("buy", 2, 100)]}
    year = play_scripted(tmp_path, stated, quotes)
    (top_up,) = year.events("swipe.topped_up")
    assert (top_up.on, float(top_up.values["mass"])) == (on("2017-01-10"), 2)
    (row,) = [row for row in year.rows("firms") if row["firm"] == "B"]
    # 8 days of 1.2 t, 0.4 t on the 9th, 1.2 t on the 10th.
    assert (row["emitted_t"], row["stopped_t"]) == (112 * T // 10, 8 * T // 10)


# --- unmet bids ----------------------------------------------------------------------------------


def _obliged(folder: Path, limit: float, cost: float, ratio: float = 1.0) -> list[str]:
    """Days on which B2, whose measure costs `cost` a tonne, builds; it bids `limit` for 1 t.

    S sells a tonne at 200 and B1 buys it at 400: the price is 300, and B2's bid is unmet.
    """
    stated = _stated(
        _firm("S", "5 t", "10 t"),
        _firm("B1", "12 t", "10 t"),
        _firm("B2", "2 t", "1 t", curve={"a_yuan": cost}),
        market={"lot": "1 t", "cash_years": 100},
        sector=[{"id": "all"}, {"id": "r", "ratio": ratio}],
    )
    stated["firm"][2]["sector"] = "r"
    quotes = {
        ("S", DAY): [("sell", 1, 200)],
        ("B1", DAY): [("buy", 1, 400)],
        ("B2", DAY): [("buy", 1, limit)],
    }
    year = play_scripted(folder, stated, quotes)
    assert [row["buyer"] for row in year.rows("trades")] == ["B1"]
    assert [row["price_yuan_per_t"] for row in year.rows("sessions")] == [300_00]
    return [str(event.on) for event in year.events("abate.built") if event.who == "B2"]


def test_an_unmet_bid_above_the_price_obliges_to_build_that_day(tmp_path: Path) -> None:
    """Its measure costs its bid of 350, above the price of 300: nobody sells, so it builds."""
    assert _obliged(tmp_path, 350, 350) == [DAY]


def test_an_unmet_bid_obliges_to_no_more_than_its_limit(tmp_path: Path) -> None:
    """A measure of 350.02 is dearer than a bid of 350 with the fen of rounding."""
    assert _obliged(tmp_path, 350, 350.02) == []


@pytest.mark.parametrize(("limit", "days"), [(450, [DAY]), (449, [])])
def test_a_bid_at_the_price_obliges_and_one_below_does_not(
    limit: float, days: list[str], tmp_path: Path
) -> None:
    """At a ratio of 1.5 a need worth 450 is bid for at 300, the price itself, 449 at 299.33.

    The measure costs 449: within 450, above the expected price of 300.
    """
    assert _obliged(tmp_path, limit, 449, ratio=1.5) == days


def test_where_nobody_sells_every_bid_obliges(tmp_path: Path) -> None:
    """No trade and no price; the expected price is the reference price, 1,000 yuan/t.

    Measures at 1,500: the one whose firm bid 1,500 is built, the other, bid for at 900, is not.
    """
    stated = _stated(
        _firm("B1", "2 t", "1 t", curve={"a_yuan": 1500}),
        _firm("B2", "2 t", "1 t", curve={"a_yuan": 1500}),
        market={"lot": "1 t", "cash_years": 100},
    )
    quotes = {("B1", DAY): [("buy", 1, 1500)], ("B2", DAY): [("buy", 1, 900)]}
    year = play_scripted(tmp_path, stated, quotes)
    assert [(event.who, str(event.on)) for event in year.events("abate.built")] == [("B1", DAY)]
    (row,) = [row for row in year.rows("firms") if row["firm"] == "B1"]
    assert (row["abated_t"], row["build_cost_yuan"]) == (T, 1500_00)


def test_what_a_seller_sold_above_the_mean_price_it_has_to_build(tmp_path: Path) -> None:
    """Where each trade has its own price the seller of the dearer one builds up to its ask.

    B1 pays S1 200 and B2 pays S2 600 (offers at their own price): the mean is 400, above which
    only S2's measure at 600 lies.
    """
    stated = _stated(
        _firm("S1", "1 t", "1 t", curve={"a_yuan": 500}),
        _firm("S2", "1 t", "1 t", curve={"a_yuan": 600}),
        _firm("B1", "12 t", "10 t"),
        _firm("B2", "12 t", "10 t"),
        market={"lot": "1 t", "cash_years": 100},
    )
    stated["session"][0]["rule"] = "listing"
    quotes = {
        ("S1", DAY): [("sell", 1, 200)],
        ("S2", DAY): [("sell", 1, 600)],
        ("B1", DAY): [("buy", 1, 600)],
        ("B2", DAY): [("buy", 1, 600)],
    }
    year = play_scripted(tmp_path, stated, quotes)
    assert sorted(row["price_yuan_per_t"] for row in year.rows("trades")) == [200_00, 600_00]
    assert [event.who for event in year.events("abate.built")] == ["S2"]


def test_an_unmet_bid_obliges_until_the_next_session(tmp_path: Path) -> None:
    """The measure costs 1,600. Unmet at 1,500 on the 1st, the firm builds nothing; on the 3rd it
    does not bid, and the obligation is gone; unmet at 1,700 on the 5th, it builds."""
    stated = _stated(
        _firm("B", "2 t", "1 t", curve={"a_yuan": 1600}),
        dates=(DAY, "2017-01-03", "2017-01-05"),
        market={"lot": "1 t", "cash_years": 100},
        build={"parts": True},
    )
    quotes = {("B", DAY): [("buy", 1, 1500)], ("B", "2017-01-05"): [("buy", 1, 1700)]}
    year = play_scripted(tmp_path, stated, quotes)
    assert [str(event.on) for event in year.events("abate.built")] == ["2017-01-05"]
    views = [view["unfilled_fen_per_t"] for view in seen(tmp_path)]
    assert views == [None, 1500_01, None]


def test_a_bid_filled_in_five_trades_has_the_fen_that_each_is_rounded_up_by(tmp_path: Path) -> None:
    """100 kg at 15 fen per tonne are 1.5 fen, half to even 2: five times 10 fen, where the bid
    of 500 kg, 7.5 fen, was good for 8 and a fen for its order."""
    sellers = [f"S{n}" for n in range(5)]
    firms = [{"id": s, "baseline": {"X": "1 t"}, "opening": {"X": "10 t"}} for s in sellers]
    firms.append({"id": "B", "baseline": {"X": "2 t"}, "opening": {"X": "1 t"}})
    stated = small(
        firms,
        ends="2017-01-05",
        market={"lot": "100 kg", "cash_years": 100},
        session=[{"kind": "secondary", "rule": "call_double", "dates": ["2017-01-02"]}],
    )
    day = "2017-01-02"
    quotes = {(s, day): [("sell", 0.1, 0.15)] for s in sellers}
    year = play_scripted(tmp_path, stated, {**quotes, ("B", day): [("buy", 0.5, 0.15)]})
    trades = year.rows("trades")
    assert [(row["price_yuan_per_t"], row["money_yuan"]) for row in trades] == [(15, 2)] * 5
    (bid,) = [entry for entry in year.entries(Reason.OFFER) if paid_fen(entry, cash("B")) < 0]
    (rest,) = [entry for entry in year.entries(Reason.WITHDRAW) if paid_fen(entry, cash("B")) > 0]
    assert -paid_fen(bid, cash("B")) - paid_fen(rest, cash("B")) == 10
