"""Every number of docs/permits-and-accounts.md, recomputed; its drawings; projects and deals."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.contracts.buyback import buyback_fen
from market.contracts.licensed import transfer_limits
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
    refuse_project,
    retire_replacement,
    routes,
    size_need,
)
from market.contracts.secondary import Deal
from market.settle import deliver_deal, secure_deal
from permits.account import WORLD, cash, holding, reserve, retired, surrendered, used
from permits.accounts import (
    AreaTotal,
    PostingNote,
    allocate,
    buy_back,
    clear_rests,
    close_account,
    contribute,
    find_rests,
    grant,
    lend,
    open_account,
    pay_for,
    recover,
    retire,
    reward,
    sell,
    standing_mg,
    take_back_lease,
    take_funded,
    withhold,
)
from permits.errors import NotAllowed
from permits.invariants import find_violations
from permits.ledger import Entry, Ledger, Reason, move
from permits.machine import Machine
from permits.permit import (
    Basis,
    Outflow,
    Permit,
    ask_renewal,
    cancel_permit,
    find_limit_breaches,
    find_reapplication,
    grant_renewal,
    issue_permit,
    used_by_firm_mg,
    verify_limit,
)
from permits.quantity import cost_fen, split_exact
from permits.right import FREE, YUAN, Right, strip
from permits.states import MACHINES
from scenarios.proof.statements import make_statement

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "permits-and-accounts.md").read_text(encoding="utf-8")
SAID = "\n".join(" ".join(paragraph.split()) for paragraph in PAGE.split("\n\n"))
"""A paragraph a line."""
T = 10**9
FIRM, COUNTY, CITY, PROVINCE = "dyer", "county:Haining", "city:Jiaxing", "province:Zhejiang"
OWN = {"issuer": PROVINCE}
BASIS = {"COD": Basis.FLOW_CONCENTRATION}
RATE = 4000_00
COD_18 = Right("COD", "Hangjiahu", 2018)


def said(pattern: str) -> list[Fraction]:
    """The numbers of the one sentence of the page that fits."""
    found = re.findall(pattern, SAID)
    assert len(found) == 1, f"the page says {len(found)} times: {pattern}"
    groups = found[0] if isinstance(found[0], tuple) else found
    return [Fraction(text.replace(",", "")) for text in groups]


def tonnes(mass_mg: int) -> Fraction:
    return Fraction(mass_mg, T)


def yuan(fen: int) -> Fraction:
    return Fraction(fen, 100)


class Years:
    """The dye works from its verification to the end of its account."""

    def __init__(self) -> None:
        self.ledger, self.entries = Ledger(), 0
        for owner in (FIRM, COUNTY):
            legs = move(WORLD, cash(owner), YUAN, 10**8)
            self.post(Entry(f"fund/{owner}", date(2017, 1, 1), Reason.FUND, legs))

    def post(self, entry: Entry) -> None:
        self.ledger.post(entry)

    def note(self, on: date) -> PostingNote:
        self.entries += 1
        return PostingNote(f"n{self.entries}", on)

    def use(self, year: int, mass_mg: int) -> None:
        right, on = Right("COD", "Hangjiahu", year), date(year, 12, 31)
        legs = move(holding(FIRM), used(FIRM), right, mass_mg)
        self.post(Entry(f"use/{year}", on, Reason.SWIPE, legs))
        legs = move(used(FIRM), surrendered(FIRM), right, mass_mg)
        self.post(Entry(f"true-up/{year}", on, Reason.TRUE_UP, legs))


def test_the_firm_s_years_come_to_the_page_s_numbers() -> None:
    years = Years()
    kept = _opening(years)
    permit, project = _second_line(years, kept)
    permit, freed = _accepted(project, permit)
    _surplus(years, freed)
    following = _second_term(years, permit)
    _closing(years, following)
    assert find_limit_breaches(used_by_firm_mg(years.ledger), [permit, following]) == ()
    assert find_violations(years.ledger) == []


def _opening(years: Years) -> int:
    """Verified at 20 t, 1 t withheld, 19 t paid for."""
    outflow = Outflow(400_000_000, 200_000_000, 50_000_000)
    verified = verify_limit("COD", approval_mg=24 * T, outflow=outflow)
    assert [tonnes(verified.mass_mg)] == said(r"so (\d+) t a year are verified")
    assert verified.binding == ("volume_standard",)
    withheld, kept = split_exact(verified.mass_mg, [1, 19])
    assert [tonnes(withheld), tonnes(kept)] == said(r"twentieth, (\d+) t.* firm receives (\d+) t")
    day, free = date(2017, 1, 1), strip("COD", "Hangjiahu", 2017, 5, FREE)
    paid = strip("COD", "Hangjiahu", 2017, 5)
    years.post(withhold(COUNTY, paid, withheld + 9 * T, years.note(day), **OWN))
    years.post(withhold(COUNTY, strip("COD", "Hangjiahu", 2022, 5), 5 * T, years.note(day), **OWN))
    years.post(allocate(FIRM, free, kept, years.note(day), **OWN))
    fee = round(cost_fen(kept * 5, RATE) * Fraction(3, 10))
    assert [tonnes(kept), yuan(fee)] == said(r"the fee for (\d+) t is ([\d,]+) yuan")
    years.post(pay_for(FIRM, COUNTY, free, kept, fee, years.note(day), **OWN))
    return kept


def _second_line(years: Years, kept_mg: int) -> tuple[Permit, Project]:
    """1.6 t at 1.5: 2.4 t bought, 0.8 t retired, the permit at 20.6 t."""
    (need,), day = said(r"a second line needs ([\d.]+) t"), date(2018, 2, 15)
    permit = issue_permit("P1", FIRM, {"COD": kept_mg}, BASIS, on=date(2017, 1, 1))
    need_mg = int(need * T)
    wish = {("COD", 2018): kept_mg + need_mg}
    assert find_reapplication(permit, wish, on=day, project=True) == ("project", "amount")
    assessed = assess_project("L2", FIRM, "Hangjiahu", {"COD": need_mg}, on=day, begins=2018)
    for ratio, wanted in zip(
        (Fraction(3, 2), Fraction(6, 5), Fraction(2)),
        said(r"must acquire ([\d.]+) t a year.* be ([\d.]+) t, at 2 it would be ([\d.]+) t"),
        strict=True,
    ):  # fmt: skip
        assert tonnes(size_need(assessed, {"COD": ratio}, on=day).wanted_mg["COD"]) == wanted
    sized = size_need(assessed, {"COD": Fraction(3, 2)}, on=day)
    bought = Bought("COD", sized.wanted_mg["COD"], RATE, "buy_from_reserve")
    covered = acquire(sized, bought, on=day)
    price, *_ = said(r"five years at once \[ZJ-C13\]: ([\d,]+) yuan")
    assert yuan(price_project(covered)) == price
    money = price_project(covered)
    sale = sell(COUNTY, FIRM, covered.rights("COD"), bought.mass_mg, money, years.note(day))
    years.post(sale)
    paid = pay_project(covered, money, on=day)
    replaced, entries = retire_replacement(paid, on=day)
    years.ledger.post_all(entries)
    gone = years.ledger.balance(retired(FIRM), COD_18)
    permitted, changed = permit_project(replaced, BASIS, on=day, number="P1", permit=permit)
    told = said(r"Of these ([\d.]+) t retire.* and ([\d.]+) t enter the permit.* reads ([\d.]+) t")
    assert [tonnes(gone), need, tonnes(changed.limit_mg("COD", 2021))] == told
    return changed, permitted


def _accepted(project: Project, permit: Permit) -> tuple[Permit, int]:
    """1.2 t found: 0.4 t surplus, 20.2 t permitted."""
    (found,), day = said(r"finds ([\d.]+) t a year"), date(2019, 1, 1)
    project, less, freed = accept_project(project, permit, {"COD": int(found * T)}, on=day)
    told = said(r"The difference, ([\d.]+) t, leaves the permit, which reads ([\d.]+) t")
    assert [tonnes(freed["COD"]), tonnes(less.limit_mg("COD", 2019))] == told
    assert tonnes(less.limit_mg("COD", 2018)) == tonnes(permit.limit_mg("COD", 2018))
    assert begin_production(project, on=day).state == "producing"
    return less, freed["COD"]


def _surplus(years: Years, freed_mg: int) -> None:
    money = buyback_fen(freed_mg, RATE, 3)
    mass, price = said(r"sells the ([\d.]+) t of 2020, 2021 and 2022 .*: ([\d,]+) yuan")
    assert (tonnes(freed_mg), yuan(money)) == (mass, price)
    rights = strip("COD", "Hangjiahu", 2020, 3)
    years.post(buy_back(FIRM, COUNTY, rights, freed_mg, money, years.note(date(2019, 12, 1))))


def _second_term(years: Years, permit: Permit) -> Permit:
    """Asked 60 days before, decided in 20, verified at 18 t."""
    assert f"by {permit.renew_by}" in PAGE
    asked = ask_renewal(permit, on=date(2021, 10, 11))
    assert f"it must be decided by {asked.decide_by}" in PAGE
    verified = verify_limit(
        "COD",
        permit_mg=permit.limit_mg("COD", 2021),
        approval_mg=24 * T + 1_600_000_000,
        outflow=Outflow(400_000_000, 200_000_000, 45_000_000),
    )
    told = said(r"smallest of ([\d.]+) t \(permit\), ([\d.]+) t \(approvals\) and ([\d.]+) t")
    assert list(map(tonnes, verified.ceilings_mg.values())) == told
    granted, following = grant_renewal(asked, "P2", on=date(2021, 10, 20), verified=[verified])
    assert granted.state == "granted"
    limits = {following.limit_mg("COD", year) for year in range(2022, 2027)}
    assert [*map(tonnes, limits)] == said(r": (\d+) t a year for 2022–2026")
    day, first = date(2022, 1, 1), Right("COD", "Hangjiahu", 2022)
    has = years.ledger.balance(holding(FIRM), first)
    rest = verified.mass_mg - has
    told = said(r"([\d.]+) t of 2022 it holds already.* other ([\d.]+) t .* rate: ([\d,]+) yuan")
    fee = round(cost_fen(rest + 4 * verified.mass_mg, RATE) * Fraction(3, 10))
    assert [tonnes(has), tonnes(rest), yuan(fee)] == told
    years.post(allocate(FIRM, [first], rest, years.note(day), **OWN))
    later = strip("COD", "Hangjiahu", 2023, 4)
    years.post(allocate(FIRM, later, verified.mass_mg, years.note(day), **OWN))
    return following


def _closing(years: Years, permit: Permit) -> None:
    """2025 and 2026 bought back, 2024's rest given up, the account empty and closed."""
    for year, mass in zip(range(2017, 2025), (15, 15, 16, 17, 18, 14, 16, 7), strict=True):
        years.use(year, mass * T)
    day = date(2024, 6, 30)
    assert not cancel_permit(permit, on=day, why="closed").is_valid(day)
    unit, money = said(r"paid, ([\d,]+) yuan/t·yr: ([\d,]+) yuan")
    back = buyback_fen(18 * T, int(unit * 100), 2)
    assert (unit * 100, yuan(back)) == (RATE * Fraction(3, 10), money)
    rights = strip("COD", "Hangjiahu", 2025, 2)
    years.post(buy_back(FIRM, COUNTY, rights, 18 * T, back, years.note(day)))
    rests, account = find_rests(years.ledger, FIRM), open_account(FIRM, on=date(2017, 1, 1))
    last = {rest.right.vintage: rest.mass_mg for rest in rests}[2024]
    assert [Fraction(7), tonnes(last)] == said(r"takes the (\d+) t; the (\d+) t left of 2024")
    with pytest.raises(NotAllowed, match="the account is not empty"):
        close_account(account, rests, on=day, why="closed")
    years.ledger.post_all(clear_rests(rests, years.note(day), above=COUNTY, **OWN))
    empty = find_rests(years.ledger, FIRM)
    assert close_account(account, empty, on=day, why="closed").state == "closed"


# --- the county's year --------------------------------------------------------------------------


def county_year() -> Ledger:
    """The rows of the page's table, in t of COD of 2018."""
    ledger, one, free = Ledger(), [COD_18], [replace(COD_18, series=FREE)]
    first = date(2018, 1, 2)
    steps = (
        allocate("F1", one, 52 * T, PostingNote("0a", first), **OWN),
        allocate("F2", free, 10 * T, PostingNote("0b", first), **OWN),
        withhold(PROVINCE, one, 8 * T, PostingNote("0c", first), **OWN),
        withhold(COUNTY, one, 30 * T, PostingNote("1", first), **OWN),
        sell(COUNTY, FIRM, one, 24 * T // 10, 0, PostingNote("2", date(2018, 2, 15))),
        retire(FIRM, one, 8 * T // 10, PostingNote("2r", date(2018, 2, 15)), as_="replacement"),
        recover("F2", COUNTY, free, 4 * T, PostingNote("3", date(2018, 3, 1)), **OWN),
        buy_back("F1", COUNTY, one, 3 * T, 0, PostingNote("4", date(2018, 4, 10))),
        grant(PROVINCE, COUNTY, one, 2 * T, PostingNote("5", date(2018, 5, 2))),
        lend(COUNTY, "F1", one, 5 * T, 0, PostingNote("6", date(2018, 6, 15))),
        take_back_lease("F1", COUNTY, one, 18 * T // 10, PostingNote("7", date(2018, 8, 14))),
        take_funded("F1", COUNTY, one, 15 * T // 10, PostingNote("8", date(2018, 9, 3)), **OWN),
        contribute(COUNTY, CITY, one, 6 * T, PostingNote("9", date(2018, 10, 8))),
        reward(COUNTY, "F1", one, T, PostingNote("10", date(2018, 11, 5)), **OWN),
        retire(COUNTY, one, 3 * T, PostingNote("11", date(2018, 12, 20)), as_="target"),
    )
    ledger.post_all(steps)
    return ledger


def test_the_county_s_year_comes_to_the_page_s_table_and_the_cap_is_kept() -> None:
    ledger = county_year()
    (row,) = make_statement(ledger.journal, account=COUNTY, by="year").table.dicts()
    table = re.findall(
        r"^\| \d+ [A-Z][a-z]+ \| [^|]+\| `(\w+)` \| ([\d.]*) ?\| ?([\d.]*) ?\|", PAGE, re.M
    )
    assert len(table) == 11
    ins = [Fraction(given) for _, given, _ in table if given]
    outs = [Fraction(taken) for _, _, taken in table if taken]
    names = {
        "withhold": "in_withhold_t", "sell": "out_sale_t", "recover": "in_recover_t",
        "buy_back": "in_buyback_t", "grant": "in_grant_t", "lend": "out_lease_t",
        "take_back_lease": "in_lease_end_t", "take_funded": "in_funded_t",
        "contribute": "out_contribute_t", "reward": "out_reward_t", "retire": "out_target_t",
    }  # fmt: skip
    assert {names[f]: Fraction(a or b) for f, a, b in table} == {
        name: tonnes(mass) for name, mass in row.items() if name in names.values()
    }
    told = said(r"In all ([\d.]+) t came in and ([\d.]+) t went out; ([\d.]+) t are left")
    assert told == [sum(ins), sum(outs), sum(ins) - sum(outs)]
    assert told == [tonnes(row[name]) for name in ("in_all_t", "out_all_t", "closing_t")]
    where = standing_mg(ledger, "COD", 2018)
    told = said(r"day; ([\d.]+) t with firms, ([\d.]+) t in the reserves .* and ([\d.]+) t retired")
    assert told == [tonnes(x) for x in (where.firms_mg, where.reserves_mg, where.retired_mg)]
    assert [tonnes(where.total_mg)] == said(r"Here it is (\d+) t")
    assert ledger.balance(reserve(COUNTY), COD_18) == row["closing_t"]


def test_the_room_of_the_page_is_the_total_less_what_is_held() -> None:
    total, *parts, room = said(
        r"a total of (\d+) t, .* held ([\d.]+), new projects ([\d.]+) and the reserve ([\d.]+), "
        r"there would be room for ([\d.]+) t"
    )
    area = AreaTotal(COUNTY, "COD", 2018, int(total * T), *(int(x * T) for x in parts))
    assert tonnes(area.room_mg) == room


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.name)
def test_every_table_of_permits_is_drawn_as_it_is_and_each_state_can_be_reached(
    machine: Machine,
) -> None:
    sys.path.insert(0, str(ROOT / "docs"))
    from state_machines import drawn

    sys.path.remove(str(ROOT / "docs"))
    there = (ROOT / "docs" / f"states-{machine.name}.svg").read_text(encoding="utf-8")
    assert there == drawn(machine)
    assert f"states-{machine.name}.svg" in PAGE
    reached = {machine.start}
    for _ in machine.states:
        reached |= {move.after for move in machine.moves if move.before in reached}
    assert reached == set(machine.states)


# --- projects and deals ---------------------------------------------------------------------------


def sized(need_mg: int, ratio: Fraction) -> Project:
    day = date(2018, 1, 1)
    assessed = assess_project("L", FIRM, "Hangjiahu", {"COD": need_mg}, on=day, begins=2018)
    return size_need(assessed, {"COD": ratio}, on=day)


@given(
    st.integers(1, 10**12),
    st.sampled_from([Fraction(1), Fraction(6, 5), Fraction(3, 2), Fraction(2)]),
    st.lists(st.integers(1, 10**12), max_size=4),
)
def test_a_project_is_covered_exactly_when_it_has_acquired_need_times_ratio(
    need: int, ratio: Fraction, parts: list[int]
) -> None:
    project, day = sized(need, ratio), date(2018, 1, 1)
    left = project.wanted_mg["COD"]
    assert left == -(-need * ratio.numerator // ratio.denominator)
    for number, part in enumerate([*parts, left]):
        if project.state == "covered":
            break
        mass = min(part, left) if number < len(parts) else left
        project = acquire(project, Bought("COD", mass, RATE, "agree_bilateral"), on=day)
        left -= mass
        assert (project.state == "covered") == (left == 0)
    assert sum(one.mass_mg for one in project.bought) == project.wanted_mg["COD"]


def test_a_project_may_acquire_by_several_ways_and_no_more_than_it_needs() -> None:
    """[ZJ-Z20]: purchases are capped by the approved need."""
    day = date(2018, 1, 1)
    project = acquire(sized(10, Fraction(2)), Bought("COD", 8, RATE, "win_sale"), on=day)
    with pytest.raises(NotAllowed, match="are missing"):
        acquire(project, Bought("COD", 13, RATE, "buy_from_reserve"), on=day)
    project = acquire(project, Bought("COD", 12, RATE, "agree_across_regions"), on=day)
    assert routes(project) == ("win_sale", "agree_across_regions")
    assert [state for state, _ in project.history[-3:]] == ["sized", "sized", "covered"]
    with pytest.raises(NotAllowed, match="the five years cost"):
        pay_project(project, price_project(project) + 1, on=day)
    assert refuse_project(project, on=day).state == "refused"


def test_without_the_rights_a_project_is_refused_and_gets_no_permit() -> None:
    """[ZJ-C17], [ZJ-N3] art. 8."""
    project, day = sized(10, Fraction(2)), date(2018, 1, 1)
    assert refuse_project(project, on=day).state == "refused"
    with pytest.raises(NotAllowed, match="cannot happen to a project"):
        permit_project(project, BASIS, on=day, number="P")
    with pytest.raises(NotAllowed, match="cannot happen to a project"):
        begin_production(project, on=day)


def test_a_new_firm_s_project_gets_a_first_permit_and_its_own_need_is_no_surplus() -> None:
    day = date(2018, 1, 1)
    project = acquire(sized(10, Fraction(1)), Bought("COD", 10, 0, "win_sale"), on=day)
    replaced, entries = retire_replacement(pay_project(project, 0, on=day), on=day)
    permitted, permit = permit_project(replaced, BASIS, on=day, number="P")
    assert (entries, permit.limit_mg("COD", 2018)) == ((), 10)
    assert accept_project(permitted, permit, {"COD": 10}, on=day) == (permitted, permit, {})
    with pytest.raises(NotAllowed, match="more than the project may emit"):
        accept_project(permitted, permit, {"COD": 11}, on=day)


@pytest.mark.parametrize("ratio", [Fraction(6, 5), Fraction(3, 2), Fraction(2)])
def test_a_deal_lowers_the_seller_s_permit_by_all_it_gives_and_raises_the_buyer_s_by_the_need(
    ratio: Fraction,
) -> None:
    """Replacement at 1.2, 1.5 and 2 [ZJ-C1] [ZJ-C2]: the rest is booked as retired."""
    need, given = 10 * T, int(10 * T * ratio)
    rights, on = (COD_18,), date(2018, 3, 1)
    deal = Deal("D", "S", "B", rights, rights, given, given, given - need, 0, 0, 0, on,
                (("agreed", on), ("secured", on)))  # fmt: skip
    seller, buyer = (
        issue_permit(firm, firm, {"COD": 30 * T}, BASIS, on=date(2018, 1, 1)) for firm in "SB"
    )
    less, more = transfer_limits(deal, seller, buyer, decided=on)
    assert less.limit_mg("COD", 2018, date(2018, 3, 3)) == 30 * T
    assert less.limit_mg("COD", 2018, date(2018, 3, 4)) == 30 * T - given
    assert (more.limit_mg("COD", 2018), more.limit_mg("COD", 2019)) == (40 * T, 30 * T)
    ledger = Ledger()
    ledger.post(allocate("S", rights, 30 * T, PostingNote("i", on), **OWN))
    ledger.post_all([secure_deal(deal, why=""), deliver_deal(deal, operator="p", on=on, why="")])
    assert ledger.balance(holding("B"), COD_18) == need
    assert ledger.balance(retired("B"), COD_18) == (ratio - 1) * need
    with pytest.raises(NotAllowed, match="belongs to S, not to B"):
        transfer_limits(deal, seller, seller, decided=on)
    with pytest.raises(NotAllowed, match="exceeds the permit's limit"):
        transfer_limits(replace(deal, mass_mg=31 * T), seller, buyer, decided=on)
