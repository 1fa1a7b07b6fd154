"""Contracts at the edges of their rules, and every refusal with what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from market.clearing.clearing import Clearing, Trade
from market.contracts.banking import BankingRules, Borrowed, Carried, bank, bank_entry, borrow
from market.contracts.buyback import (
    Buyback,
    Purchase,
    buy_at_posted_price,
    check_buyback,
    residual_fen,
    unit_value_fen_per_t_yr,
)
from market.contracts.forward import Forward, agree_forward, deliver_forward
from market.contracts.lease import (
    Lease,
    annuity_value,
    auctioned_leases,
    check_lease,
    end_lease,
    perpetual_value,
    rent_fen,
)
from market.contracts.licensed import lower_limits, raise_limits, transfer_limits
from market.contracts.offset import (
    Credited,
    Liability,
    MadeGood,
    OffsetRule,
    SoldRights,
    answer_for_oversold,
    credit,
    invalidate,
)
from market.contracts.pledge import (
    MarginCall,
    Pledge,
    check_pledge,
    default_pledge,
    left_of_mg,
    loan_fen,
    margin_call,
    next_pledge,
    second_loan_fen,
    sell_collateral,
    take_collateral,
)
from market.contracts.project import (
    Bought,
    Project,
    accept_project,
    acquire,
    assess_project,
    begin_production,
    pay_project,
    permit_project,
    price_project,
    retire_replacement,
    size_need,
)
from market.contracts.recall import Recall, Trigger, idle_mg, recall
from market.contracts.secondary import Deal, agree, deliver, give_up, secure
from market.zones.ratios import Ratios
from permits.account import holding, issued, retired
from permits.errors import InputError, NotAllowed, RightsError
from permits.ledger import Reason, move
from permits.permit import Basis, issue_permit
from permits.right import FREE, PAID, REWARD, Right, strip

T = 10**9
DAY, LATER = date(2024, 3, 1), date(2024, 3, 4)
TWO = strip("COD", "Jiaxing", 2024, 2)
UNPAID = (TWO[0], Right("COD", "Jiaxing", 2025, FREE))
TRADE = Trade("b", "s", "B", "A", 3 * T, 40, 240, 35, 210)
LEASE = Lease("L", "city", "B", TWO, 9 * T, 70, DAY, LATER)
PLEDGE = Pledge("P", "A", "bank", TWO, 9, 500, 525, DAY, date(2025, 9, 1))
BUYBACK = Buyback("K", "A", "city", UNPAID, 9, 70, DAY)
DEAL = agree(TRADE, TWO, id="D", on=DAY, days=3)
BASIS = {"COD": Basis.FLOW_CONCENTRATION}
PERMIT_A, PERMIT_B = (
    issue_permit(f"N{firm}", firm, {"COD": 10 * T}, BASIS, on=date(2024, 1, 1)) for firm in "AB"
)


def _sized(ratio: Fraction = Fraction(3, 2)) -> Project:
    assessed = assess_project("J", "B", "Jiaxing", {"COD": 4 * T}, on=DAY, begins=2024)
    return size_need(assessed, {"COD": ratio}, on=DAY)


COVERED = acquire(_sized(), Bought("COD", 6 * T, 100, "win_sale"), on=DAY)
PERMITTED = permit_project(
    retire_replacement(pay_project(COVERED, 3000, on=DAY), on=DAY)[0], BASIS, on=DAY, number="N"
)
FORWARD = agree_forward(
    "W", "A", "B", TWO[1], 5 * T, 400, deposit_share=Fraction(1, 10), agreed=DAY, delivers=LATER
)


def _forward(**how: date) -> Forward:
    days = {"agreed": DAY, "delivers": LATER, **how}
    return agree_forward("W", "A", "B", TWO[0], T, 1, deposit_share=Fraction(0), **days)


@pytest.mark.parametrize(
    ("refused", "where", "values"),
    [
        (lambda: check_lease(replace(LEASE, rights=UNPAID), 2), "lease L",
         {"right": str(UNPAID[1])}),
        (lambda: check_lease(LEASE, 0), "lease L", {"months": 0, "longest": 12}),
        (lambda: check_lease(LEASE, 13), "lease L", {"months": 13, "longest": 12}),
        (lambda: check_lease(LEASE, 3, 2), "lease L", {"months": 3, "longest": 2}),
        (lambda: end_lease(LEASE, 9 * T + T // 2), "lease L", {"unused": "9.5", "mass": "9"}),
        (lambda: end_lease(LEASE, -T), "lease L", {"unused": "-1", "mass": "9"}),
        (lambda: check_buyback(BUYBACK), "buyback K", {"right": str(UNPAID[1])}),
        (lambda: agree(TRADE, UNPAID, id="D", on=DAY), "deal D", {"right": str(UNPAID[1])}),
        (lambda: agree(replace(TRADE, buyer="A"), TWO, id="D", on=DAY), "deal D", {"who": "A"}),
        (lambda: agree(TRADE, TWO, id="D", on=DAY, zone="Ou"), "deal D",
         {"given": "Jiaxing", "taken": "Ou"}),
        (lambda: deliver(secure(DEAL, DAY), date(2024, 3, 3)), "deal D",
         {"due": "2024-03-04", "on": "2024-03-03"}),
        (lambda: give_up(secure(DEAL, LATER), DAY), "deal D",
         {"state": "secured", "last": "2024-03-04", "on": "2024-03-01"}),
        (lambda: transfer_limits(DEAL, PERMIT_B, PERMIT_B, decided=DAY), "deal D",
         {"number": "NB", "firm": "B", "who": "A"}),
        (lambda: transfer_limits(DEAL, PERMIT_A, PERMIT_A, decided=DAY), "deal D",
         {"number": "NA", "firm": "A", "who": "B"}),
        (lambda: lower_limits(PERMIT_A, TWO, 12 * T, decided=DAY), "permit NA",
         {"pollutant": "COD", "year": 2024, "short": "2"}),
        (lambda: check_pledge(replace(PLEDGE, rights=UNPAID)), "pledge P",
         {"right": str(UNPAID[1])}),
        (lambda: check_pledge(replace(PLEDGE, due=date(2026, 1, 1))), "pledge P",
         {"due": "2026-01-01"}),
        (lambda: second_loan_fen(PLEDGE, 1, Fraction(1), consent=False), "pledge P",
         {"bank": "bank"}),
        (lambda: BankingRules(bank_ratio=Fraction(-1, 2)), "banking",
         {"bank": "-1/2", "borrow": "1"}),
        (lambda: BankingRules(borrow_ratio=Fraction(1, 2)), "banking",
         {"bank": "0", "borrow": "1/2"}),
        (lambda: BankingRules(bank_most=Fraction(3, 2)), "banking", {"bank": "0", "borrow": "1"}),
        (lambda: BankingRules(borrow_most=Fraction(-1)), "banking", {"bank": "0", "borrow": "1"}),
        (lambda: _forward(agreed=date(2024, 3, 5)), "forward W",
         {"vintage": 2024, "agreed": "2024-03-05", "delivers": "2024-03-04"}),
        (lambda: _forward(delivers=date(2025, 1, 1)), "forward W",
         {"vintage": 2024, "agreed": "2024-03-01", "delivers": "2025-01-01"}),
        (lambda: deliver_forward(replace(FORWARD, state="delivered"), seller_can=True,
                                 buyer_can=True), "forward W", {"id": "W", "state": "delivered"}),
        (lambda: acquire(_sized(), Bought("COD", 7 * T, 1, "win_sale"), on=DAY), "project J",
         {"bought": "7", "pollutant": "COD", "missing": "6"}),
        (lambda: acquire(_sized(), Bought("COD", 0, 1, "win_sale"), on=DAY), "project J",
         {"bought": "0", "pollutant": "COD", "missing": "6"}),
        (lambda: acquire(_sized(), Bought("SO2", T, 1, "win_sale"), on=DAY), "project J",
         {"bought": "1", "pollutant": "SO2", "missing": "0"}),
        (lambda: pay_project(COVERED, 3001, on=DAY), "project J",
         {"paid": "30.01", "due": "30"}),
        (lambda: accept_project(*PERMITTED, {"COD": 6 * T}, on=DAY), "project J",
         {"over": "2", "pollutant": "COD"}),
    ],
)  # fmt: skip
def test_a_refusal_names_the_contract_and_its_figures(
    refused: Callable[[], Any], where: str, values: dict[str, Any]
) -> None:
    with pytest.raises(RightsError) as caught:
        refused()
    assert (caught.value.where, caught.value.values) == (where, values)


@pytest.mark.parametrize(
    ("refused", "where"),
    [
        (lambda: end_lease(end_lease(LEASE, 0), 0), "lease L"),
        (lambda: deliver(DEAL, LATER), "deal D"),
        (lambda: next_pledge(PLEDGE, "sell_part"), "pledge P"),
        (lambda: begin_production(COVERED, on=DAY), "project J"),
    ],
)
def test_a_step_out_of_order_names_the_contract(refused: Callable[[], Any], where: str) -> None:
    with pytest.raises(NotAllowed) as caught:
        refused()
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("refused", "where"),
    [
        (lambda: replace(LEASE, mass_mg=0), "lease L"),
        (lambda: replace(DEAL, mass_mg=0), "deal D"),
        (lambda: replace(PLEDGE, mass_mg=0), "pledge P"),
        (lambda: bank(-1, 1, BankingRules()), "banking"),
        (lambda: borrow(-1, 1, BankingRules()), "borrowing"),
        (lambda: credit(-1, OffsetRule(Fraction(0), Fraction(1), Liability.SELLER)), "offset"),
        (lambda: unit_value_fen_per_t_yr(1, 0), "buyback"),
        (lambda: agree_forward("W", "A", "B", TWO[0], 0, 1, deposit_share=Fraction(0), agreed=DAY,
                               delivers=LATER), "forward W"),
        (lambda: take_collateral(replace(PLEDGE, left_mg=(1, 2)), {TWO[1]: 3}),
         "collateral of pledge P"),
        (lambda: assess_project("J", "B", "Jiaxing", {"COD": 0}, on=DAY, begins=2024),
         "project J: COD"),
    ],
)  # fmt: skip
def test_a_mass_that_cannot_be_is_refused_by_name(refused: Callable[[], Any], where: str) -> None:
    with pytest.raises(InputError) as caught:
        refused()
    assert caught.value.where == where


# --- leases ---------------------------------------------------------------------------------


def test_a_rent_is_twice_the_price_by_mass_and_part_of_the_year_half_to_even() -> None:
    """2 x 3 fen x 1 t x 3/12 = 1.5, even 2; once the price 0.75, so 1; 2 x 5 x 3/12 = 2.5: 2."""
    assert [rent_fen(T, 3, 3), rent_fen(T, 3, 3, 1), rent_fen(T, 5, 3)] == [2, 1, 2]


def test_leases_come_from_the_trades_that_have_a_lessee() -> None:
    trades = (TRADE, replace(TRADE, buyer=None), replace(TRADE, buyer="C", mass_mg=T))
    clearing = Clearing("rule", "lease", 1, None, trades, (), ())
    first, second = auctioned_leases(clearing, TWO, lessor="city", begins=DAY, ends=LATER)
    assert first == Lease("2024-03-01/city/lease/0000", "city", "B", TWO, 3 * T, 240, DAY, LATER)
    assert (second.id, second.lessee) == ("2024-03-01/city/lease/0002", "C")


def test_a_lease_of_one_to_twelve_months_of_paid_rights_is_allowed() -> None:
    for months in (1, 12):
        check_lease(LEASE, months)


@pytest.mark.parametrize("unused", [0, 9 * T])
def test_a_lease_that_ended_says_so(unused: int) -> None:
    ended = end_lease(LEASE, unused)
    assert (LEASE.state, ended.state, ended.returned_mg) == ("running", "ended", unused)


def test_an_annuity_is_the_sum_of_its_discounted_rentals() -> None:
    """100 at 25 %: 80 + 64 = 144 at year ends, 100 + 80 = 180 in advance, 400 for ever."""
    assert annuity_value(100, 0.25, 2) == pytest.approx(144)
    assert annuity_value(100, 0.25, 2, in_advance=True) == pytest.approx(180)
    assert annuity_value(100, 0, 3) == 300
    assert perpetual_value(100, 0.25) == 400


# --- buybacks -------------------------------------------------------------------------------


def test_the_rest_of_a_term_is_worth_its_days() -> None:
    """3 of 4 days of 10 fen are 7.5, half to even 8; 1 of 4 are 2.5, so 2."""
    worth = [residual_fen(10, 4, left) for left in (0, 1, 3, 4)]
    assert worth == [0, 2, 8, 10]
    for term, left in ((4, 5), (4, -1), (0, 0)):
        with pytest.raises(AssertionError, match=r"^days outside the term$"):
            residual_fen(10, term, left)


def test_a_posted_price_buys_no_more_than_is_wanted() -> None:
    offers = [("A", 3 * T), ("B", 4 * T), ("C", 5 * T), ("D", T)]
    assert buy_at_posted_price(offers, 10, years=2, most_mg=8 * T) == (
        Purchase("A", 3 * T, 60), Purchase("B", 4 * T, 80), Purchase("C", T, 20),
    )  # fmt: skip


def test_a_posted_price_without_bounds_buys_all_and_nothing_of_nothing() -> None:
    assert buy_at_posted_price([("A", 0), ("B", T)], 10, years=1) == (Purchase("B", T, 10),)


def test_money_that_is_spent_buys_nothing_more() -> None:
    """100 fen: 5 t of A at 10 fen for two years, and B gets none."""
    offers = [("A", 9 * T), ("B", T)]
    assert buy_at_posted_price(offers, 10, years=2, budget_fen=100) == (Purchase("A", 5 * T, 100),)


def test_the_price_of_a_deal_is_told_to_the_nearest_fen() -> None:
    """1,000 fen for 3 t: 333.3; 5 fen for 2 t: 2.5, half to even 2."""
    assert [unit_value_fen_per_t_yr(1000, 3 * T), unit_value_fen_per_t_yr(5, 2 * T)] == [333, 2]


# --- deals ----------------------------------------------------------------------------------


def test_a_deal_has_the_trade_s_masses_money_and_days() -> None:
    """Without a ratio all of it may be used; of 210 fen the platform keeps none."""
    assert Deal(
        "D", "A", "B", TWO, TWO, 3 * T, 3 * T, 0, 240, 210, 0, LATER, (("agreed", DAY),)
    ) == DEAL  # fmt: skip
    assert agree(TRADE, TWO, id="D", on=DAY).due == DAY
    assert agree(TRADE, TWO, id="D", on=DAY, fee_share=0.1).fee_fen == 21


def test_a_deal_into_a_zone_counts_the_ratio_there() -> None:
    """3 t are 1.5 t there; at 1.5 rights for 1 of need 1 t may be used."""
    ratios = Ratios(("Jiaxing", "Ou"), {("Jiaxing", "Ou"): Fraction(1, 2)})
    deal = agree(TRADE, TWO, id="D", on=DAY, ratio_percent=150, zone="Ou", ratios=ratios)
    assert [right.zone for right in deal.into] == ["Ou", "Ou"]
    assert (deal.mass_mg, deal.received_mg, deal.usable_mg) == (3 * T, 3 * T // 2, T)


def test_a_deal_may_take_two_states_on_one_day() -> None:
    deal = deliver(secure(DEAL, LATER), LATER)
    assert deal.history == (("agreed", DAY), ("secured", LATER), ("delivered", LATER))
    assert give_up(DEAL, DAY).history == (("agreed", DAY), ("void", DAY))


@pytest.mark.parametrize("side", ["buyer", "seller"])
def test_a_trade_with_a_government_is_no_deal(side: str) -> None:
    with pytest.raises(AssertionError):
        agree(replace(TRADE, **{side: None}), TWO, id="D", on=DAY)


def test_permits_follow_a_deal_after_the_delay() -> None:
    """B may use 3 - 1 = 2 t of the 3 that A gives, in both years, three days later."""
    deal = replace(DEAL, retired_mg=T)
    less, more = transfer_limits(deal, PERMIT_A, PERMIT_B, decided=DAY, delay_days=3)
    for year in (2024, 2025):
        assert (less.limit_mg("COD", year), more.limit_mg("COD", year)) == (7 * T, 12 * T)
    assert (less.limit_mg("COD", 2026), more.limit_mg("COD", 2026)) == (10 * T, 10 * T)
    for permit in (less, more):
        (change,) = permit.changes
        assert (change.effective, change.why) == (LATER, "deal D")
    large = replace(deal, mass_mg=12 * T)
    less, _ = transfer_limits(large, PERMIT_A, PERMIT_B, decided=DAY, to_zero=True)
    assert less.limit_mg("COD", 2024) == 0


def test_limits_fall_to_nothing_and_one_firm_s_alone() -> None:
    how: dict[str, Any] = {"decided": DAY, "delay_days": 3, "why": "sale"}
    for permit, left in ((lower_limits(PERMIT_A, TWO, 10 * T, **how), 0),
                         (lower_limits(PERMIT_A, TWO, 11 * T, to_zero=True, **how), 0),
                         (raise_limits(PERMIT_A, TWO, T, **how), 11 * T)):  # fmt: skip
        assert [permit.limit_mg("COD", year) for year in (2024, 2025)] == [left, left]
        assert [(c.effective, c.why) for c in permit.changes] == [(LATER, "sale")]
    again = lower_limits(lower_limits(PERMIT_A, TWO, 4 * T, **how), TWO, 5 * T, **how)
    assert again.limit_mg("COD", 2024) == T


# --- loans ----------------------------------------------------------------------------------


def test_a_loan_is_rounded_down_to_the_fen() -> None:
    """0.7 of 3 t x 5 years x 3 fen = 31.5."""
    assert loan_fen(3 * T, 3, 5, 0.7) == 31


def test_a_margin_call_asks_for_money_or_rights_to_the_milligram() -> None:
    """Two vintages of 9 mg at 10^10 fen/t are worth 180 fen; half of it, 90, bears no 525.
    525 = half of m x 2 x 10: m = 52.5, so 53 mg, 44 more. Without a price 9 more."""
    assert margin_call(PLEDGE, 10**10, Fraction(1, 2)) == MarginCall(180, 90, 435, 44)
    assert margin_call(PLEDGE, 0, Fraction(1, 2)) == MarginCall(0, 0, 525, 9)
    borne = replace(PLEDGE, due_fen=90)
    assert margin_call(borne, 10**10, Fraction(1, 2)) is None
    assert margin_call(replace(borne, due_fen=91), 10**10, Fraction(1, 2)) == MarginCall(
        180, 90, 1, 1
    )


def test_a_second_loan_takes_what_the_first_leaves_and_never_less_than_nothing() -> None:
    """Worth 180 x 10^3 fen, half of it 90,000, less 525; or worth 180, and nothing left."""
    assert second_loan_fen(PLEDGE, 10**13, Fraction(1, 2), consent=True) == 89_475
    assert second_loan_fen(PLEDGE, 10**10, Fraction(1, 2), consent=True) == 0


def test_a_default_is_sold_right_by_right_until_the_debt_is_agreed() -> None:
    pledge = default_pledge(PLEDGE, [9, 4])
    assert (pledge.state, pledge.left_mg, pledge.to_sell) == ("defaulted", (9, 4), True)
    sold = sell_collateral(pledge, TWO[1], 3, 200)
    assert (sold.left_mg, sold.sold_mg, sold.agreed_fen) == ((9, 1), 3, 200)
    sold = sell_collateral(sold, TWO[0], 9, 325)
    assert (sold.left_mg, sold.sold_mg, sold.agreed_fen) == ((0, 1), 12, 525)
    assert (sold.state, sold.to_sell) == ("defaulted", False)
    assert [left_of_mg(sold, right) for right in (*TWO, UNPAID[1])] == [0, 1, 0]
    assert take_collateral(sold, {TWO[0]: -2}).left_mg == (2, 1)


@pytest.mark.parametrize(("received", "owed", "surplus"), [(500, 25, 0), (525, 0, 0), (530, 0, 5)])
def test_what_is_owed_and_what_is_over(received: int, owed: int, surplus: int) -> None:
    pledge = replace(PLEDGE, received_fen=received)
    assert (pledge.owed_fen, pledge.surplus_fen) == (owed, surplus)


def test_a_loan_may_be_due_in_the_last_year_of_its_rights() -> None:
    check_pledge(replace(PLEDGE, due=date(2025, 12, 31)))


# --- banking, forwards, offsets, recalls -------------------------------------------------------


def test_banking_at_a_premium_loses_nothing() -> None:
    """Of 9 unused 4 may be carried (half of 8), for 6 at 1.5; without a ratio none."""
    rules = BankingRules(Fraction(3, 2), Fraction(1, 2))
    assert bank(9, 8, rules) == Carried(4, 6, 0, 5)
    assert bank(3, 8, rules) == Carried(3, 4, 0, 0)
    assert bank(9, 8, BankingRules()) == Carried(0, 0, 0, 9)


def test_borrowing_is_bound_by_its_share_and_by_what_it_owes() -> None:
    """Half of 10 is 5, and 10 / 1.5 = 6.7: 5 borrowed, 7.5 owed, so 8. Of all of 10 6, owing 9."""
    half = BankingRules(borrow_ratio=Fraction(3, 2), borrow_most=Fraction(1, 2))
    assert borrow(7, 10, half) == Borrowed(5, 8, 2)
    assert borrow(3, 10, half) == Borrowed(3, 5, 0)
    assert borrow(7, 10, replace(half, borrow_most=Fraction(1))) == Borrowed(6, 9, 1)


@pytest.mark.parametrize(
    "carried", [Carried(10, 8, 2, 0), Carried(4, 0, 4, 0), Carried(4, 6, 0, 0)]
)
def test_an_exchange_of_vintages_gives_back_retires_and_issues(carried: Carried) -> None:
    account, (old, new) = holding("A"), TWO
    entry = bank_entry(
        account, old, new, carried, issuer="province", id="E", on=DAY, why="rule"
    )  # fmt: skip
    legs: tuple[Any, ...] = ()
    if kept := carried.given_mg - carried.gone_mg:
        legs += move(account, issued("province"), old, kept)
    if carried.gone_mg:
        legs += move(account, retired("A"), old, carried.gone_mg)
    if carried.issued_mg:
        legs += move(issued("province"), account, new, carried.issued_mg)
    assert entry.legs == legs
    assert (entry.id, entry.on, entry.reason, entry.why) == ("E", DAY, Reason.CONVERT, "rule")


def test_a_forward_keeps_what_was_agreed() -> None:
    """A tenth of 5 t x 400 fen."""
    assert Forward("W", "A", "B", TWO[1], 5 * T, 400, 200, DAY, LATER, "open") == FORWARD
    assert _forward(delivers=DAY).delivers == _forward().agreed == DAY
    assert _forward(delivers=date(2024, 12, 31)).state == "open"


def test_credits_go_to_the_pool_and_the_project() -> None:
    """100 less 20 % are 80, of which a tenth goes to the pool."""
    rule = OffsetRule(Fraction(1, 5), Fraction(1), Liability.BUFFER, Fraction(1, 10))
    assert credit(100, rule) == Credited(72, 8, 20)


def test_void_credits_fall_on_whoever_is_liable() -> None:
    for liability, made in ((Liability.BUYER, MadeGood((4, 3), 3, 0)),
                            (Liability.SELLER, MadeGood((0, 0), 10, 0)),
                            (Liability.BUFFER, MadeGood((0, 0), 8, 2))):  # fmt: skip
        rule = OffsetRule(Fraction(0), Fraction(1), liability)
        assert invalidate(10, [4, 3], rule, pool_mg=2) == made
    pool = OffsetRule(Fraction(0), Fraction(1), Liability.BUFFER)
    assert invalidate(10, [], pool, pool_mg=12) == MadeGood((), 0, 10)
    assert invalidate(10, [], pool) == MadeGood((), 10, 0)
    with pytest.raises(AssertionError, match=r"^more held than is void$"):
        invalidate(6, [4, 3], pool)


def test_oversold_rights_are_void_last_first_or_in_proportion() -> None:
    sales = [SoldRights("B", 6), SoldRights("C", 3)]
    buyer = Liability.BUYER
    assert answer_for_oversold(sales, 4, buyer) == (0, (1, 3))
    assert answer_for_oversold(sales, 3, buyer, last_first=False) == (0, (2, 1))
    assert answer_for_oversold(sales, 12, buyer, last_first=False) == (3, (6, 3))
    assert answer_for_oversold(sales, 0, buyer, last_first=False) == (0, (0, 0))


def test_a_year_without_rights_or_emission_counts_as_zero() -> None:
    """Of 10 a year 7, 0 and 4 used: 3 idle. Without rights in one year none.
    Of 2023 alone 6 are idle, of 2022, without emission, all."""
    held, used = dict.fromkeys((2021, 2022, 2023), 10), {2021: 7, 2023: 4, 2024: 10}
    assert idle_mg(held, used, 2024) == 3
    assert idle_mg({2022: 10, 2023: 10}, used, 2024) == 0
    assert idle_mg(held, used, 2024, years=1) == 6
    assert idle_mg(held, used, 2023, years=1) == 10


def test_a_recall_takes_this_year_s_and_later_vintages_free_before_paid_never_rewards() -> None:
    held = {
        Right("COD", "Jiaxing", vintage, series): mass
        for vintage in (2023, 2024)
        for series, mass in ((FREE, 2), (PAID, 3), (REWARD, 9))
    }
    free, paid = (Right("COD", "Jiaxing", 2024, series) for series in (FREE, PAID))
    taken = recall(held, 9, Trigger.CLOSED, date(2024, 12, 31))
    assert taken == (
        Recall(free, 2, False, Trigger.CLOSED), Recall(paid, 3, True, Trigger.CLOSED),
    )  # fmt: skip
    assert recall({paid: 3}, 2, Trigger.IDLE, DAY) == (Recall(paid, 2, True, Trigger.IDLE),)
    assert recall(held, 2, Trigger.IDLE, DAY) == (Recall(free, 2, False, Trigger.IDLE),)


# --- projects -------------------------------------------------------------------------------


def test_a_project_pays_retires_and_is_permitted_what_it_needs() -> None:
    """4 t at 1.5: 6 t acquired at 100 fen for five years, 3,000 fen; 2 t retire, 4 t permitted."""
    assert (price_project(COVERED), COVERED.missing_mg) == (3000, {})
    paid = pay_project(COVERED, 3000, on=LATER)
    assert paid.history[-2:] == (("covered", DAY), ("paid", LATER))
    replaced, (entry,) = retire_replacement(paid, on=LATER)
    assert (entry.id, entry.on, entry.why) == ("J/COD/replace", LATER, "replacement [ZJ-C2]")
    assert {leg.asset for leg in entry.legs} == set(strip("COD", "Jiaxing", 2024, 5))
    assert sum(leg.delta for leg in entry.legs if leg.account == retired("B")) == 5 * 2 * T
    project, permit = permit_project(replaced, BASIS, on=DAY, number="N")
    assert (project.state, permit.number, permit.firm) == ("permitted", "N", "B")
    assert permit.limit_mg("COD", 2024) == 4 * T


def test_a_project_adds_to_the_limits_that_its_firm_has() -> None:
    replaced, _ = retire_replacement(pay_project(COVERED, 3000, on=DAY), on=DAY)
    _, permit = permit_project(replaced, BASIS, on=DAY, number="N", permit=PERMIT_B)
    years = range(2024, permit.valid_to.year + 1)
    assert [permit.limit_mg("COD", year) for year in years] == [14 * T] * len(years)
    (change,) = permit.changes
    assert (change.effective, change.why, change.added) == (DAY, "project J", {})


def test_what_the_plant_does_not_need_is_surplus() -> None:
    project, permit, freed = accept_project(*PERMITTED, {"COD": 3 * T}, on=LATER)
    assert (project.history[-1], freed) == (("surplus", LATER), {"COD": T})
    years = range(2024, permit.valid_to.year + 1)
    assert [permit.limit_mg("COD", year) for year in years] == [3 * T] * len(years)
    assert [(c.effective, c.why) for c in permit.changes] == [(LATER, "acceptance of project J")]
    assert accept_project(*PERMITTED, {}, on=LATER) == (*PERMITTED, {})
    assert begin_production(project, on=LATER).state == "producing"
