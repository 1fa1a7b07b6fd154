"""Lease, buyback, pledge, recall, banking, forwards, offsets: the numbers of docs/contracts.md."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market import settle
from market.clearing.order import Book, Order, Side
from market.contracts.banking import BankingRules, bank, bank_entry, borrow
from market.contracts.buyback import (
    Buyback,
    buy_at_posted_price,
    buyback_fen,
    residual_fen,
    unit_value_fen_per_t_yr,
)
from market.contracts.contract_states import BUYBACK, LEASE, MACHINES, PLEDGE, RIGHT
from market.contracts.forward import agree_forward, deliver_forward
from market.contracts.lease import Lease, auctioned_leases, end_lease, fair_rental, rent_fen
from market.contracts.offset import (
    Liability,
    OffsetRule,
    SoldRights,
    answer_for_oversold,
    credit,
    invalidate,
)
from market.contracts.offset import usable_mg as usable_offsets_mg
from market.contracts.pledge import (
    Pledge,
    due_fen,
    loan_fen,
    margin_call,
    next_pledge,
    second_loan_fen,
    share_proceeds,
)
from market.contracts.recall import Trigger, idle_mg, recall
from market.mechanisms import find_mechanisms, run_session
from permits.account import (
    WORLD,
    cash,
    escrow,
    expired,
    holding,
    issued,
    leased,
    pledged,
    reserve,
    used,
)
from permits.draw import Available, pick_rights
from permits.errors import InputError, NotAllowed
from permits.ledger import Entry, Ledger, Reason, move
from permits.machine import Machine
from permits.right import FREE, PAID, YUAN, Right, strip
from permits.rng import stream

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "contracts.md").read_text(encoding="utf-8")
T = 10**9
COD = Right("COD", "Jiaxing", 2018)
CITY, FIRM, BANK = "city:Jiaxing", "dyer", "bank:Jiaxing"


def _said(pattern: str) -> list[str]:
    """The numbers of the one sentence of the page that fits."""
    found = re.search(pattern, PAGE)
    assert found is not None, f"the page no longer says: {pattern}"
    return [text.replace(",", "") for text in found.groups()]


def _ledger(*funds: Entry) -> Ledger:
    ledger = Ledger()
    for entry in funds:
        ledger.post(entry)
    return ledger


def _issue(id: str, owner: str, right: Right, mass: int, to: Callable[..., object]) -> Entry:
    legs = move(issued("province:Zhejiang"), to(owner), right, mass)  # type: ignore[arg-type]
    return Entry(id, date(2018, 1, 1), Reason.ISSUE, legs)


def _fund(id: str, owner: str, fen: int) -> Entry:
    return Entry(id, date(2018, 1, 1), Reason.FUND, move(WORLD, cash(owner), YUAN, fen))


# --- lease -------------------------------------------------------------------------------------


def test_the_lease_of_jiaxing_costs_what_the_page_says_and_returns_what_is_left() -> None:
    """5 t COD and 1 t NH3-N for two months at twice 4,000 yuan/t·yr [ZJ-C3]; 3.2 t of COD used."""
    cod, ammonia = (round(float(x) * 100) for x in _said(r"([\d,.]+) yuan for COD and ([\d,.]+)"))
    assert rent_fen(5 * T, 400_000, 2) == cod
    assert rent_fen(T, 400_000, 2) == ammonia
    lease = Lease("L", CITY, FIRM, (COD,), 5 * T, cod, date(2018, 11, 1), date(2018, 12, 31))
    ledger = _ledger(
        _issue("i", CITY, COD, 20 * T, reserve),
        _issue("h", FIRM, COD, 2 * T, holding),
        _fund("f", FIRM, cod),
    )
    ledger.post(settle.start_lease(lease, from_reserve=True, why="[ZJ-C3]"))
    assert ledger.balance(cash(CITY), YUAN) == cod
    have = [
        Available(leased(FIRM), COD, 5 * T, date(2018, 12, 31)),
        Available(holding(FIRM), COD, 2 * T),
    ]
    emitted = round(float(_said(r"emits ([\d.]+) t")[0]) * T)
    drawn, owed = pick_rights(emitted, have)
    assert owed == 0
    assert [(d.account, d.mass_mg) for d in drawn] == [(leased(FIRM), emitted)]
    legs = move(leased(FIRM), used(FIRM), COD, emitted)
    ledger.post(Entry("swipe", date(2018, 12, 20), Reason.SWIPE, legs))
    unused = ledger.balance(leased(FIRM), COD)
    ended = end_lease(lease, unused)
    ledger.post_all(settle.end_lease(ended, unused, to_reserve=True, on=lease.ends, why="[ZJ-C3]"))
    back, left = (round(float(x) * T) for x in _said(r"([\d.]+) t go back, and the city holds "
                                                     r"([\d.]+) t"))  # fmt: skip
    assert (ended.returned_mg, ledger.balance(reserve(CITY), COD)) == (back, left)
    assert ledger.balance(holding(FIRM), COD) == 2 * T
    with pytest.raises(NotAllowed, match="cannot happen to a lease"):
        end_lease(ended, 0)


def test_an_auctioned_rent_is_what_the_sale_of_leases_comes_to() -> None:
    """Bids for the term: 3 t at 1,500, 4 t at 1,400, 2 t at 1,200 yuan/t for 6 t, one price."""
    bids = ((3, 1500), (4, 1400), (2, 1200))
    orders = tuple(
        Order(f"{n}", f"F{n}", Side.BUY, "lease", mass * T, price * 100, n)
        for n, (mass, price) in enumerate(bids)
    )
    book = Book("lease", orders, 6 * T, 1000_00)
    clearing = run_session(find_mechanisms()["uniform_price"], book, rng=stream(0, "t"))
    term = {"begins": date(2018, 11, 1), "ends": date(2018, 12, 31)}
    leases = auctioned_leases(clearing, (COD,), lessor=CITY, **term)
    (price,) = _said(r"all pay ([\d,]+) yuan/t for the two months")
    assert [(x.lessee, x.mass_mg, x.rent_fen) for x in leases] == [
        ("F0", 3 * T, 3 * int(price) * 100), ("F1", 3 * T, 3 * int(price) * 100),
    ]  # fmt: skip


def test_a_lease_is_dear_against_buying() -> None:
    """The annuity of 4,000 yuan/t·yr x 5 years at 5 %, over two months, against twice the price."""
    (fair,) = _said(r"would cost ([\d,]+) yuan/t for two months")
    assert round(fair_rental(4000 * 5, 0.05, 5) / 6) == int(fair)


# --- buyback -----------------------------------------------------------------------------------


def test_the_buyback_of_yongkang_pays_what_was_read() -> None:
    """51.2 t/yr of SO2 and 39.9 t/yr of NOx for 135,000 yuan: 1,482 yuan per t/yr, or 1.48
    years at 1,000 yuan/t·yr [ZJ-Z4] (the years computed)."""
    unit, years = _said(r"([\d,]+) yuan for each tonne a year, the worth of ([\d.]+) years")
    value = unit_value_fen_per_t_yr(135_000_00, round(91.1 * T))
    assert round(value / 100) == int(unit)
    assert round(value / 1000_00, 2) == float(years)


def test_a_paid_right_given_back_after_two_years_brings_three_fifths_of_its_price() -> None:
    paid, back = (
        int(x) * 100 for x in _said(r"(?s)paid ([\d,]+) yuan for 20 t.*? brings ([\d,]+) yuan")
    )
    assert buyback_fen(20 * T, 1000_00, 5) == paid
    assert buyback_fen(20 * T, 1000_00, 3) == back == residual_fen(paid, 5 * 365, 3 * 365)
    rights = strip("SO2", "all", 2017, 5)[2:]
    contract = Buyback("B", FIRM, CITY, rights, 20 * T, back, date(2019, 1, 2))
    ledger = _ledger(
        *(_issue(f"i{right.vintage}", FIRM, right, 20 * T, holding) for right in rights),
        _fund("f", CITY, back),
    )
    ledger.post(settle.buy_back(contract, why="[ZJ-C19]"))
    assert all(ledger.balance(reserve(CITY), right) == 20 * T for right in rights)
    assert ledger.balance(cash(FIRM), YUAN) == back


def test_a_posted_price_buys_as_far_as_the_money_reaches() -> None:
    bought = buy_at_posted_price(
        [("F1", 3 * T), ("F2", 4 * T), ("F3", 5 * T)], 1000_00, years=3, budget_fen=30_000_00
    )
    assert [(one.seller, one.mass_mg, one.money_fen) for one in bought] == [
        ("F1", 3 * T, 9_000_00), ("F2", 4 * T, 12_000_00), ("F3", 3 * T, 9_000_00),
    ]  # fmt: skip


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 10**12)), max_size=6),
    st.integers(0, 10**7),
    st.integers(1, 5),
    st.integers(0, 10**9),
)
def test_a_budget_is_never_overspent_by_a_fen(
    offers: list[tuple[int, int]], price: int, years: int, budget: int
) -> None:
    named = [(f"F{who}", mass) for who, mass in offers]
    bought = buy_at_posted_price(named, price, years=years, budget_fen=budget, most_mg=10**12)
    assert sum(one.money_fen for one in bought) <= budget
    assert sum(one.mass_mg for one in bought) <= min(10**12, sum(mass for _, mass in offers))


# --- recall ------------------------------------------------------------------------------------


def test_what_was_not_needed_in_three_years_is_recalled_free_rights_first() -> None:
    """10 t held a year, at most 7.5 t used in 2015-2017: 2.5 t idle; 1 t of them was free."""
    held = dict.fromkeys(range(2015, 2018), 10 * T)
    idle = idle_mg(held, {2015: 7 * T, 2016: 7_500_000_000, 2017: 4 * T}, 2018)
    (told,) = _said(r"([\d.]+) t have lain idle")
    assert idle == round(float(told) * T)
    rights = {
        Right("SO2", "all", vintage, series): mass
        for vintage in (2017, 2018, 2019)
        for series, mass in ((FREE, T), (PAID, 9 * T))
    }
    found = recall(rights, idle, Trigger.IDLE, date(2018, 1, 1))
    assert [(r.right.vintage, r.right.series, r.mass_mg, r.bought) for r in found] == [
        (2018, FREE, T, False), (2018, PAID, 1_500_000_000, True),
        (2019, FREE, T, False), (2019, PAID, 1_500_000_000, True),
    ]  # fmt: skip
    assert idle_mg({2017: 10 * T}, {2017: T}, 2018) == 0


# --- pledge ------------------------------------------------------------------------------------


def _pledge(price: int, state: str = "running") -> Pledge:
    loan = loan_fen(10 * T, price, 4, 0.75)
    due = due_fen(loan, Fraction("0.0435"), 360)
    rights = strip("COD", "Jiaxing", 2018, 4)
    on = date(2018, 3, 1)
    return Pledge("P", FIRM, BANK, rights, 10 * T, loan, due, on, date(2019, 2, 24), state)


def test_a_loan_a_margin_call_a_second_loan_and_a_default_come_to_the_page_s_numbers() -> None:
    """10 t/yr for 2018-2021 at 4,000 yuan/t·yr, 75 % [ZJ-C28], 4.35 % a year (assumed)."""
    pledge = _pledge(400_000)
    worth, loan, due = (int(x) * 100 for x in _said(
        r"worth ([\d,]+) yuan; the bank lends ([\d,]+) and is owed ([\d,]+)"))  # fmt: skip
    assert (40 * 400_000, pledge.loan_fen, pledge.due_fen) == (worth, loan, due)
    call = margin_call(pledge, 300_000, Fraction(3, 4))
    repay, add = _said(r"repay ([\d,]+) yuan or pledge ([\d.]+) t a year more")
    assert call is not None
    assert (call.repay_fen, call.add_mg) == (int(repay) * 100, round(float(add) * T))
    assert margin_call(pledge, 420_000, Fraction(3, 4)) is None
    (second,) = _said(r"a second bank may lend ([\d,]+) yuan")
    assert second_loan_fen(pledge, 500_000, Fraction(3, 4), consent=True) == int(second) * 100
    with pytest.raises(NotAllowed, match="has not agreed"):
        second_loan_fen(pledge, 500_000, Fraction(3, 4), consent=False)
    first, rest, over = (int(x) * 100 for x in _said(
        r"the first bank has ([\d,]+), the second ([\d,]+), the firm ([\d,]+)"))  # fmt: skip
    money = int(_said(r"sells for ([\d,]+) yuan")[0]) * 100
    assert share_proceeds(money, [pledge.due_fen, 2_000_000]) == ((first, rest), over)


def test_a_default_moves_the_pledge_to_the_bank_s_sale_and_the_books_balance() -> None:
    pledge = _pledge(400_000)
    ledger = _ledger(
        *(_issue(f"i{r.vintage}", FIRM, r, 12 * T, holding) for r in pledge.rights),
        _fund("f", BANK, pledge.loan_fen),
    )
    ledger.post(settle.start_pledge(pledge, why="[ZJ-C28]"))
    assert ledger.balance(cash(FIRM), YUAN) == pledge.loan_fen
    assert all(ledger.balance(pledged(FIRM), r) == 10 * T for r in pledge.rights)
    failed = next_pledge(pledge, "miss_payment")
    ledger.post_all(settle.default(failed, [10 * T] * 4, on=pledge.due, why="[ZJ-C32]"))
    assert all(ledger.balance(pledged(FIRM), r) == 0 for r in pledge.rights)
    sold = next_pledge(failed, "sell")
    with pytest.raises(NotAllowed, match="'repay' cannot happen to a pledge that is 'sold'"):
        next_pledge(sold, "repay")


@pytest.mark.parametrize(("over_fen", "unsold_t"), [(0, 0), (250_00, 0), (-1, 3), (1, 3)])
def test_the_bank_keeps_the_debt_and_the_firm_gets_the_rest(over_fen: int, unsold_t: int) -> None:
    """docs/rules.md: of the proceeds of collateral the bank is first, the rest is the firm's."""
    pledge = _pledge(400_000)
    money, unsold = pledge.due_fen + over_fen, [unsold_t * T] * 4
    ledger = _ledger(
        *(
            _issue(f"i{r.vintage}", BANK, r, unsold_t * T, escrow)
            for r in pledge.rights
            if unsold_t
        ),
        _fund("proceeds", BANK, money),
    )
    ledger.post_all(settle.pay_out(pledge, money, unsold, id="out", on=pledge.due, why="[ZJ-C32]"))
    assert ledger.balance(cash(FIRM), YUAN) == max(0, over_fen)
    assert ledger.balance(cash(BANK), YUAN) == min(money, pledge.due_fen)
    assert [ledger.balance(holding(FIRM), r) for r in pledge.rights] == unsold
    assert all(ledger.balance(escrow(BANK), r) == 0 for r in pledge.rights)


@given(st.integers(0, 10**6), st.fractions(Fraction(1, 2), Fraction(9, 10)))
def test_either_way_of_answering_a_margin_call_covers_the_debt(price: int, ltv: Fraction) -> None:
    pledge = _pledge(400_000)
    call = margin_call(pledge, price, ltv)
    years = len(pledge.rights)
    if call is None:
        assert pledge.due_fen <= ltv * Fraction(pledge.mass_mg * years * price, T) + 1
        return
    assert pledge.due_fen - call.repay_fen <= call.most_fen
    if price:
        value = Fraction((pledge.mass_mg + call.add_mg) * years * price, T)
        assert pledge.due_fen <= ltv * value


# --- banking, forwards, offsets ----------------------------------------------------------------


@given(
    st.integers(0, 10**12), st.integers(0, 10**12),
    st.fractions(Fraction(0), Fraction(2)), st.fractions(Fraction(0), Fraction(1)),
)  # fmt: skip
def test_what_is_banked_and_what_lapses_is_what_was_unused(
    unused: int, allocated: int, ratio: Fraction, most: Fraction
) -> None:
    carried = bank(unused, allocated, BankingRules(ratio, most))
    assert carried.given_mg + carried.lapsed_mg == unused
    assert carried.given_mg <= most * allocated
    assert carried.issued_mg <= ratio * carried.given_mg


@given(
    st.integers(0, 10**12), st.integers(0, 10**12),
    st.fractions(Fraction(1), Fraction(3)), st.fractions(Fraction(0), Fraction(1)),
)  # fmt: skip
def test_nobody_borrows_more_than_next_year_can_give_back(
    short: int, coming: int, ratio: Fraction, most: Fraction
) -> None:
    rules = BankingRules(borrow_ratio=ratio, borrow_most=most)
    borrowed = borrow(short, coming, rules)
    assert borrowed.borrowed_mg + borrowed.short_mg == short
    assert ratio * borrowed.borrowed_mg <= borrowed.owed_mg <= coming
    assert borrowed.borrowed_mg <= most * coming


def test_banking_at_a_ratio_retires_the_difference_and_both_vintages_balance() -> None:
    """10 t carried at 0.8: 8 t of the next vintage, 2 t retired; half of 20 t may be carried."""
    old, new = COD, Right("COD", "Jiaxing", 2019)
    carried = bank(14 * T, 20 * T, BankingRules(Fraction(8, 10), Fraction(1, 2)))
    assert (carried.given_mg, carried.issued_mg, carried.gone_mg, carried.lapsed_mg) == (
        10 * T, 8 * T, 2 * T, 4 * T,
    )  # fmt: skip
    ledger = _ledger(_issue("i", FIRM, old, 14 * T, holding))
    how = {"issuer": "province:Zhejiang", "on": date(2018, 12, 31), "why": "[ModelAssumption]"}
    ledger.post(bank_entry(holding(FIRM), old, new, carried, id="b", **how))
    legs = move(holding(FIRM), expired(FIRM), old, carried.lapsed_mg)
    ledger.post(Entry("lapse", date(2018, 12, 31), Reason.EXPIRE, legs))
    assert ledger.balance(holding(FIRM), new) == 8 * T
    assert ledger.balance(holding(FIRM), old) == 0
    assert ledger.balance(issued("province:Zhejiang"), old) == -6 * T
    with pytest.raises(InputError, match="is not possible"):
        BankingRules(borrow_ratio=Fraction(1, 2))


def test_who_does_not_perform_a_forward_loses_the_deposit() -> None:
    right = Right("COD", "Jiaxing", 2020)
    dates = {"agreed": date(2018, 1, 1), "delivers": date(2020, 1, 1)}
    forward = agree_forward(
        "W", "S", "B", right, 5 * T, 4000_00, deposit_share=Fraction(1, 10), **dates
    )
    assert (forward.money_fen, forward.deposit_fen) == (20_000_00, 2_000_00)
    for seller_can, buyer_can, expected in (
        (True, True, ("delivered", 5 * T, 20_000_00, 2_000_00, 2_000_00)),
        (True, False, ("buyer_failed", 0, 0, 4_000_00, 0)),
        (False, True, ("seller_failed", 0, 0, 0, 4_000_00)),
        (False, False, ("seller_failed", 0, 0, 2_000_00, 2_000_00)),
    ):
        done = deliver_forward(forward, seller_can=seller_can, buyer_can=buyer_can)
        assert (
            done.forward.state, done.rights_mg, done.price_paid_fen, done.to_seller_fen,
            done.to_buyer_fen,
        ) == expected  # fmt: skip
        assert done.to_seller_fen + done.to_buyer_fen == 2 * forward.deposit_fen
        with pytest.raises(NotAllowed, match="the forward W is"):
            deliver_forward(done.forward, seller_can=True, buyer_can=True)
    late = {"agreed": date(2018, 1, 1), "delivers": date(2021, 1, 1)}
    with pytest.raises(NotAllowed, match="cannot be delivered"):
        agree_forward("W", "S", "B", right, T, 1, deposit_share=Fraction(0), **late)


RULE = OffsetRule(Fraction(2, 10), Fraction(8, 100), Liability.BUYER, Fraction(1, 10))


@given(st.integers(0, 10**12))
def test_credits_discount_and_pool_add_up_to_the_reduction(reduction: int) -> None:
    found = credit(reduction, RULE)
    assert found.project_mg + found.pool_mg + found.discounted_mg == reduction
    assert found.discounted_mg * 10 >= 2 * reduction


def test_offsets_cover_no_more_than_their_share() -> None:
    assert usable_offsets_mg(100 * T, 20 * T, RULE) == 8 * T
    assert usable_offsets_mg(100 * T, 3 * T, RULE) == 3 * T


@pytest.mark.parametrize("liability", list(Liability))
def test_void_credits_are_made_good_exactly_by_whoever_is_liable(liability: Liability) -> None:
    rule = OffsetRule(Fraction(0), Fraction(1), liability, Fraction(1, 10))
    made = invalidate(10 * T, [4 * T, 3 * T], rule, pool_mg=2 * T)
    assert sum(made.holders_mg) + made.seller_mg + made.pool_mg == 10 * T
    assert (sum(made.holders_mg) == 7 * T) == (liability is Liability.BUYER)
    assert (made.pool_mg == 2 * T) == (liability is Liability.BUFFER)


def test_oversold_rights_cost_the_seller_or_its_last_buyers() -> None:
    sales = [SoldRights("A", 4 * T), SoldRights("B", 3 * T), SoldRights("C", 2 * T)]
    assert answer_for_oversold(sales, 3 * T, Liability.SELLER) == (3 * T, (0, 0, 0))
    assert answer_for_oversold(sales, 3 * T, Liability.BUYER) == (0, (0, T, 2 * T))
    even = answer_for_oversold(sales, 3 * T, Liability.BUYER, last_first=False)
    assert even[0] == 0 and sum(even[1]) == 3 * T
    assert answer_for_oversold(sales, 12 * T, Liability.BUYER) == (3 * T, (4 * T, 3 * T, 2 * T))


# --- states ------------------------------------------------------------------------------------


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.name)
def test_every_state_can_be_reached_and_every_event_is_told_once(machine: Machine) -> None:
    reached, turn = {machine.start}, [machine.start]
    while turn:
        state = turn.pop()
        events = machine.events(state)
        assert len(events) == len(set(events))
        for event in events:
            after = machine.after(state, event)
            if after not in reached:
                reached.add(after)
                turn.append(after)
    assert reached == set(machine.states)
    assert machine.ends


def test_free_rights_cannot_be_sold_leased_or_pledged_and_pledged_ones_not_listed() -> None:
    """[ZJ-C19] art. 3, [ZJ-P1] art. 3."""
    for event in ("list", "lease_out", "pledge", "sell"):
        with pytest.raises(NotAllowed, match="cannot happen to a right"):
            RIGHT.after("free", event)
    assert "list" not in RIGHT.events("pledged")
    assert RIGHT.after("pledged", "release") == "paid"


def test_a_refused_step_says_what_can_be_done_instead() -> None:
    with pytest.raises(NotAllowed) as refused:
        LEASE.after("agreed", "end", where="lease 7")
    assert refused.value.where == "lease 7"
    assert refused.value.values["known"] == "begin, refuse"
    assert BUYBACK.after("surplus", "was_free") == "taken_back"
    assert PLEDGE.after("called", "add_cover") == "running"


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.name)
def test_the_drawing_is_the_table(machine: Machine) -> None:
    sys.path.insert(0, str(ROOT / "docs"))
    from state_machines import drawn

    sys.path.remove(str(ROOT / "docs"))
    there = (ROOT / "docs" / f"states-{machine.name}.svg").read_text(encoding="utf-8")
    assert there == drawn(machine)
    assert f"states-{machine.name}.svg" in PAGE
