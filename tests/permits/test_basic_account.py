"""Basic accounts: every way in and out, the cap kept to the milligram, suspension, closing,
two-person approval, totals of areas."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from permits.account import (
    WORLD,
    cash,
    escrow,
    holding,
    issued,
    leased,
    pledged,
    reserve,
    retired,
    used,
)
from permits.accounts import (
    AreaTotal,
    Level,
    PostingNote,
    Proposal,
    allocate,
    approve,
    approved_entry,
    area_totals,
    buy_back,
    check_entry,
    check_project,
    clear_rests,
    close_account,
    contribute,
    dispose_default,
    find_rests,
    give_up,
    grant,
    lapse,
    lend,
    level_of,
    open_account,
    pay_for,
    propose,
    recover,
    refuse,
    resume_account,
    retire,
    reward,
    sell,
    standing_mg,
    suspend_account,
    take_back_lease,
    take_funded,
    withhold,
)
from permits.errors import NotAllowed, Overdraw
from permits.invariants import find_violations
from permits.ledger import Entry, Ledger, Reason, move
from permits.right import FREE, PAID, REWARD, YUAN, Right

DAY = date(2018, 3, 1)
FIRM, OTHER = "F1", "F2"
COUNTY, CITY, PROVINCE = "county:Haining", "city:Jiaxing", "province:Zhejiang"
OWN = {"issuer": PROVINCE}
PAID_18 = Right("COD", "Taihu", 2018)
FREE_18 = Right("COD", "Taihu", 2018, FREE)
REWARD_18 = Right("COD", "Taihu", 2018, REWARD)


def note(id="n", on=DAY):
    return PostingNote(id, on)


def ledger_with(*entries):
    ledger = Ledger()
    ledger.post_all(entries)
    return ledger


def stocked():
    """A firm with 50 mg free and 80 paid, a county reserve of 100, money for both."""
    return ledger_with(
        allocate(FIRM, [FREE_18], 50, note("free"), **OWN),
        allocate(FIRM, [PAID_18], 80, note("paid"), **OWN),
        withhold(COUNTY, [PAID_18], 100, note("withheld"), **OWN),
        Entry("m1", DAY, Reason.FUND, move(WORLD, cash(FIRM), YUAN, 1000)),
        Entry("m2", DAY, Reason.FUND, move(WORLD, cash(COUNTY), YUAN, 1000)),
    )


ROWS = {
    "recover": (recover(FIRM, COUNTY, [FREE_18], 5, note(), **OWN), Reason.RECOVER, 5),
    "buy_back": (buy_back(FIRM, COUNTY, [PAID_18], 5, 70, note()), Reason.BUYBACK, 5),
    "take_funded": (take_funded(FIRM, COUNTY, [FREE_18], 5, note(), **OWN), Reason.FUNDED, 5),
    "give_up": (give_up(FIRM, COUNTY, [PAID_18], 5, note(), **OWN), Reason.GIVE_UP, 5),
    "contribute": (contribute(COUNTY, CITY, [PAID_18], 5, note()), Reason.CONTRIBUTE, -5),
    "sell": (sell(COUNTY, FIRM, [PAID_18], 5, 70, note()), Reason.SALE, -5),
    "lend": (lend(COUNTY, FIRM, [PAID_18], 5, 70, note()), Reason.LEASE, -5),
    "replacement": (retire(COUNTY, [PAID_18], 5, note(), as_="replacement"), Reason.REPLACE, -5),
    "target": (retire(COUNTY, [PAID_18], 5, note(), as_="target"), Reason.TARGET, -5),
    "reward": (reward(COUNTY, FIRM, [PAID_18], 5, note(), **OWN), Reason.REWARD, -5),
}


@pytest.mark.parametrize("name", ROWS)
def test_each_row_of_the_table_moves_the_reserve_as_it_says_and_keeps_the_cap(name):
    """The ways in and out of a basic account: reserve of the county before and after."""
    entry, reason, moved = ROWS[name]
    ledger = stocked()
    assert entry.reason is reason
    ledger.post(entry)
    assert ledger.balance(reserve(COUNTY), PAID_18) == 100 + moved
    assert standing_mg(ledger, "COD", 2018).total_mg == 230
    assert find_violations(ledger) == []


def test_money_and_pockets_of_the_ways_in_and_out():
    ledger = stocked()
    ledger.post(ROWS["buy_back"][0])
    assert (ledger.balance(cash(FIRM), YUAN), ledger.balance(cash(COUNTY), YUAN)) == (1070, 930)
    ledger.post(lend(COUNTY, FIRM, [PAID_18], 9, 20, note("lent")))
    assert ledger.balance(leased(FIRM), PAID_18) == 9
    ledger.post(take_back_lease(FIRM, COUNTY, [PAID_18], 4, note("back")))
    assert ledger.balance(reserve(COUNTY), PAID_18) == 105 - 5
    ledger.post(reward(COUNTY, OTHER, [PAID_18], 3, note("r"), **OWN))
    assert ledger.balance(holding(OTHER), REWARD_18) == 3
    ledger.post(retire(FIRM, [PAID_18], 2, note("x"), as_="replacement"))
    assert ledger.balance(retired(FIRM), PAID_18) == 2


def test_a_reserve_goes_up_and_down_between_levels_and_never_to_an_equal_or_a_firm():
    ledger = stocked()
    ledger.post(contribute(COUNTY, PROVINCE, [PAID_18], 30, note("up")))
    ledger.post(grant(PROVINCE, CITY, [PAID_18], 10, note("down")))
    balances = [ledger.balance(reserve(x), PAID_18) for x in (COUNTY, CITY, PROVINCE)]
    assert balances == [70, 10, 20]
    for low, high in ((CITY, COUNTY), (COUNTY, "county:Pinghu"), (FIRM, COUNTY)):
        with pytest.raises(NotAllowed, match="is not a government below"):
            contribute(low, high, [PAID_18], 1, note())


def test_default_pays_the_bank_what_it_is_owed_and_the_firm_the_rest():
    """Buyback as the last resort, at 120 for a debt of 90."""
    ledger = stocked()
    legs = move(holding(FIRM), escrow("bank:B"), PAID_18, 40)
    ledger.post(Entry("default", DAY, Reason.DEFAULT, legs))
    money = {"price_fen": 120, "due_fen": 90}
    ledger.post(dispose_default(FIRM, COUNTY, "bank:B", [PAID_18], [40], note(), **money))
    assert ledger.balance(reserve(COUNTY), PAID_18) == 140
    assert ledger.balance(escrow("bank:B"), PAID_18) == 0
    balances = [ledger.balance(cash(x), YUAN) for x in ("bank:B", FIRM, COUNTY)]
    assert balances == [90, 1030, 880]


def test_paid_rights_are_not_taken_and_free_ones_not_bought_nor_kept_in_a_reserve():
    """[ZJ-C19] art. 3."""
    with pytest.raises(NotAllowed, match="was paid for"):
        recover(FIRM, COUNTY, [PAID_18], 1, note(), **OWN)
    for made in (
        lambda: buy_back(FIRM, COUNTY, [FREE_18], 1, 1, note()),
        lambda: withhold(COUNTY, [FREE_18], 1, note(), **OWN),
        lambda: reward(COUNTY, FIRM, [REWARD_18], 1, note(), **OWN),
    ):
        with pytest.raises(NotAllowed, match="is not a paid right"):
            made()
    with pytest.raises(NotAllowed, match="is already paid for"):
        pay_for(FIRM, COUNTY, [PAID_18], 1, 1, note(), **OWN)


# --- the cap, over any sequence ---------------------------------------------------------

FIRMS, GOVERNMENTS = ("F1", "F2", "F3"), (COUNTY, CITY, PROVINCE)
SERIES = (FREE, PAID, REWARD)
MASS = st.integers(1, 60)


class CapMachine(RuleBasedStateMachine):
    """Random ways in and out against a plain dictionary of who holds what."""

    @initialize(
        parts=st.lists(st.integers(1, 500), min_size=6, max_size=6),
        series=st.lists(st.sampled_from((FREE, PAID)), min_size=3, max_size=3),
    )
    def open(self, parts, series):
        self.ledger, self.number, self.model, self.gone = Ledger(), 0, {}, 0
        self.cap = sum(parts)
        for firm, kind, mass in zip(FIRMS, series, parts[:3], strict=True):
            self.post(allocate(firm, [self.right(kind)], mass, self.note(), **OWN))
            self.add(firm, kind, mass)
        for government, mass in zip(GOVERNMENTS, parts[3:], strict=True):
            self.post(withhold(government, [PAID_18], mass, self.note(), **OWN))
            self.add(government, PAID, mass)

    @staticmethod
    def right(series):
        return Right("COD", "Taihu", 2018, series)

    def note(self):
        self.number += 1
        return PostingNote(f"e{self.number}", DAY)

    def add(self, owner, series, mass):
        self.model[owner, series] = self.model.get((owner, series), 0) + mass

    def post(self, entry):
        self.ledger.post(entry)

    def step(self, entry, source, target, mass):
        """Posted where the model says that the source has it, else refused."""
        if self.model.get(source, 0) < mass:
            with pytest.raises(Overdraw):
                self.post(entry)
            return
        self.post(entry)
        self.add(*source, -mass)
        if target is None:
            self.gone += mass
        else:
            self.add(*target, mass)

    @rule(
        firm=st.sampled_from(FIRMS),
        to=st.sampled_from(GOVERNMENTS),
        mass=MASS,
        series=st.sampled_from(SERIES),
        way=st.sampled_from(("take", "fund", "give")),
    )
    def into_the_reserve(self, firm, to, mass, series, way):
        if way == "take" and series == PAID:
            entry = buy_back(firm, to, [self.right(series)], mass, 0, self.note())
        else:
            make = {"take": recover, "fund": take_funded, "give": give_up}[way]
            entry = make(firm, to, [self.right(series)], mass, self.note(), **OWN)
        self.step(entry, (firm, series), (to, PAID), mass)

    @rule(firm=st.sampled_from(FIRMS), series=st.sampled_from((FREE, REWARD)), mass=MASS)
    def paid_for(self, firm, series, mass):
        entry = pay_for(firm, COUNTY, [self.right(series)], mass, 0, self.note(), **OWN)
        self.step(entry, (firm, series), (firm, PAID), mass)

    @rule(firm=st.sampled_from(FIRMS), by=st.sampled_from(GOVERNMENTS), mass=MASS)
    def sale(self, firm, by, mass):
        entry = sell(by, firm, [PAID_18], mass, 0, self.note())
        self.step(entry, (by, PAID), (firm, PAID), mass)

    @rule(firm=st.sampled_from(FIRMS), by=st.sampled_from(GOVERNMENTS), mass=MASS)
    def reward(self, firm, by, mass):
        entry = reward(by, firm, [PAID_18], mass, self.note(), **OWN)
        self.step(entry, (by, PAID), (firm, REWARD), mass)

    @rule(ends=st.sampled_from(((COUNTY, CITY), (COUNTY, PROVINCE), (CITY, PROVINCE))),
          up=st.booleans(), mass=MASS)  # fmt: skip
    def between_levels(self, ends, up, mass):
        low, high = ends
        if up:
            entry = contribute(low, high, [PAID_18], mass, self.note())
            self.step(entry, (low, PAID), (high, PAID), mass)
        else:
            entry = grant(high, low, [PAID_18], mass, self.note())
            self.step(entry, (high, PAID), (low, PAID), mass)

    @rule(firm=st.sampled_from(FIRMS), by=st.sampled_from(GOVERNMENTS), mass=MASS)
    def lease_and_return(self, firm, by, mass):
        lent = lend(by, firm, [PAID_18], mass, 0, self.note())
        self.step(lent, (by, PAID), (firm, "leased"), mass)
        back = take_back_lease(firm, by, [PAID_18], mass, self.note())
        self.step(back, (firm, "leased"), (by, PAID), mass)

    @rule(owner=st.sampled_from((*FIRMS, *GOVERNMENTS)), mass=MASS,
          as_=st.sampled_from(("replacement", "target")))  # fmt: skip
    def out_of_the_system(self, owner, mass, as_):
        entry = retire(owner, [PAID_18], mass, self.note(), as_=as_)
        self.step(entry, (owner, PAID), None, mass)

    @invariant()
    def firms_reserves_and_retired_are_the_cap(self):
        standing = standing_mg(self.ledger, "COD", 2018)
        firms = sum(mass for (owner, _), mass in self.model.items() if owner in FIRMS)
        assert standing.firms_mg == firms
        assert standing.reserves_mg == self.cap - firms - self.gone
        assert standing.retired_mg == self.gone
        assert standing.firms_mg + standing.reserves_mg + standing.retired_mg == self.cap

    def teardown(self):
        assert find_violations(self.ledger) == []


CapMachine.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
TestTheCapIsKept = CapMachine.TestCase


# --- life of an account -----------------------------------------------------------------


def test_the_level_of_an_account_is_in_its_owner_s_name():
    levels = [level_of(owner) for owner in (FIRM, COUNTY, CITY, PROVINCE, "plant:3")]
    assert levels == [Level.FIRM, Level.COUNTY, Level.CITY, Level.PROVINCE, Level.FIRM]
    for owner in ("bank:B", "world"):
        with pytest.raises(NotAllowed, match="cannot have a basic account"):
            open_account(owner, on=DAY)


def test_nothing_leaves_a_suspended_account_but_by_surrender():
    account = suspend_account(open_account(FIRM, on=DAY), on=DAY, why="unpaid fine")
    accounts = {FIRM: account, OTHER: open_account(OTHER, on=DAY)}
    rights = [PAID_18]
    trade = Entry("t", DAY, Reason.TRADE, move(holding(FIRM), holding(OTHER), PAID_18, 1))
    offer = Entry("o", DAY, Reason.OFFER, move(holding(FIRM), escrow(FIRM), PAID_18, 1))
    for entry in (trade, offer, retire(FIRM, rights, 1, note(), as_="target")):
        with pytest.raises(NotAllowed, match="rights may leave it only by surrender"):
            check_entry(entry, accounts)
    check_entry(
        Entry("u", DAY, Reason.SWIPE, move(holding(FIRM), used(FIRM), PAID_18, 1)), accounts
    )
    legs = move(pledged(FIRM), holding(FIRM), PAID_18, 1)
    check_entry(Entry("r", DAY, Reason.RELEASE, legs), accounts)
    check_entry(recover(FIRM, COUNTY, [FREE_18], 1, note(), **OWN), accounts)
    check_entry(sell(COUNTY, FIRM, rights, 1, 5, note()), accounts)
    check_entry(trade, accounts | {FIRM: resume_account(account, on=DAY, why="paid")})


def test_nothing_is_posted_in_an_account_before_it_opens_or_after_it_closes():
    opened = open_account(FIRM, on=DAY)
    entry = allocate(FIRM, [PAID_18], 1, note(on=DAY - timedelta(days=1)), **OWN)
    with pytest.raises(NotAllowed, match="is not open on 2018-02-28"):
        check_entry(entry, {FIRM: opened})
    closed = close_account(opened, [], on=DAY, why="merged")
    with pytest.raises(NotAllowed, match="is not open"):
        check_entry(allocate(FIRM, [PAID_18], 1, note(), **OWN), {FIRM: closed})
    with pytest.raises(NotAllowed, match="'resume' cannot happen"):
        resume_account(closed, on=DAY, why="")
    with pytest.raises(NotAllowed, match="is before that"):
        suspend_account(opened, on=DAY - timedelta(days=1), why="")


def test_an_account_closes_only_when_empty_and_its_rests_go_where_the_rules_say():
    """Of 2019: past vintages expire, free is taken back, paid is given up, all to the county."""
    rights = [Right("COD", "Taihu", y, s) for y in (2018, 2019) for s in (FREE, PAID)]
    ledger = ledger_with(
        *(allocate(FIRM, [r], 10 + n, note(f"i{n}"), **OWN) for n, r in enumerate(rights))
    )
    rests, account = find_rests(ledger, FIRM), open_account(FIRM, on=DAY)
    assert [rest.mass_mg for rest in rests] == [10, 11, 12, 13]
    with pytest.raises(NotAllowed, match=r"not empty: holding 0\.00000001 t COD/Taihu/2018/free"):
        close_account(account, rests, on=DAY, why="moved away")
    cleared = clear_rests(rests, note("close", date(2019, 6, 1)), above=COUNTY, issuer=PROVINCE)
    reasons = [entry.reason for entry in cleared]
    assert reasons == [Reason.EXPIRE, Reason.EXPIRE, Reason.RECOVER, Reason.GIVE_UP]
    ledger.post_all(cleared)
    assert find_rests(ledger, FIRM) == ()
    assert close_account(account, (), on=DAY, why="").state == "closed"
    assert ledger.balance(reserve(COUNTY), Right("COD", "Taihu", 2019)) == 25
    assert standing_mg(ledger, "COD", 2018).expired_mg == 21
    assert find_violations(ledger) == []


def test_what_is_pledged_or_used_must_be_settled_before_an_account_is_cleared():
    ledger = stocked()
    ledger.post(Entry("p", DAY, Reason.PLEDGE, move(holding(FIRM), pledged(FIRM), PAID_18, 7)))
    with pytest.raises(NotAllowed, match="pledged"):
        clear_rests(find_rests(ledger, FIRM), note("c"), above=COUNTY, issuer=PROVINCE)


def test_a_county_that_closes_passes_its_reserve_to_the_level_above():
    ledger = stocked()
    how = {"above": CITY, "issuer": PROVINCE}
    ledger.post_all(clear_rests(find_rests(ledger, COUNTY), note("c"), **how))
    assert ledger.balance(reserve(CITY), PAID_18) == 100
    assert find_rests(ledger, COUNTY) == ()


# --- two people ---------------------------------------------------------------------------


def proposal() -> Proposal:
    entry = retire(COUNTY, [PAID_18], 5, note("five-year"), as_="target")
    return propose(entry, maker="Li", on=DAY, lapses_on=DAY + timedelta(days=10))


def test_an_approved_proposal_gives_its_entry_with_both_names_and_days():
    done = approve(proposal(), checker="Wang", on=DAY + timedelta(days=2), note="file 17")
    entry = approved_entry(done)
    assert entry.on == date(2018, 3, 3)
    assert entry.why == "made by Li on 2018-03-01, approved by Wang on 2018-03-03; file 17"
    assert entry.legs == proposal().entry.legs


def test_who_made_a_proposal_cannot_approve_it_and_nobody_decides_twice():
    for name in ("Li", " Li ", ""):
        with pytest.raises(NotAllowed, match="cannot also approve it"):
            approve(proposal(), checker=name, on=DAY)
    done = refuse(proposal(), checker="Li", on=DAY, note="withdrawn")
    with pytest.raises(NotAllowed, match="'approve' cannot happen"):
        approve(done, checker="Wang", on=DAY)


@given(st.integers(0, 30))
def test_only_an_approved_proposal_gives_an_entry_and_after_its_last_day_it_lapses(days):
    on = DAY + timedelta(days=days)
    late = days > 10
    assert lapse(proposal(), on=on).state == ("lapsed" if late else "proposed")
    with pytest.raises(NotAllowed, match="not approved"):
        approved_entry(lapse(proposal(), on=on))
    if late:
        with pytest.raises(NotAllowed, match="'lapsed'"):
            approve(proposal(), checker="Wang", on=on)
    else:
        assert approved_entry(approve(proposal(), checker="Wang", on=on)).on == on


def test_a_proposal_names_its_maker_and_is_not_decided_before_it_is_made():
    entry = proposal().entry
    with pytest.raises(NotAllowed, match="needs a maker"):
        propose(entry, maker=" ", on=DAY, lapses_on=DAY)
    with pytest.raises(NotAllowed, match="cannot be decided on 2018-02-28"):
        approve(proposal(), checker="Wang", on=date(2018, 2, 28))


# --- totals of areas ------------------------------------------------------------------------


def test_a_total_is_split_into_firms_projects_reserve_and_room():
    """Total 300: 130 with the old firm (7 of them used), 20 with the project, 80 in reserve."""
    ledger = stocked()
    ledger.post(sell(COUNTY, "P1", [PAID_18], 20, 0, note("sold")))
    ledger.post(Entry("s", DAY, Reason.SWIPE, move(holding(FIRM), used(FIRM), PAID_18, 7)))
    key = (COUNTY, "COD")
    areas = {FIRM: COUNTY, "P1": COUNTY}
    (area,) = area_totals(ledger, {key: 300}, areas, year=2018, projects={"P1"})
    parts = area.firms_mg, area.projects_mg, area.reserve_mg, area.room_mg
    assert parts == (130, 20, 80, 70)
    assert sum(parts) == area.total_mg == 300
    check_project(area, 150)
    with pytest.raises(NotAllowed, match="reserve and headroom together have"):
        check_project(area, 151)
    (missed,) = area_totals(ledger, {key: 300}, areas, year=2018, missed={key})
    assert missed.suspended


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 150))
def test_approvals_are_suspended_exactly_where_an_area_is_over_its_total(firms, new, held, total):
    """[ZJ-C37] art. 5."""
    area = AreaTotal(COUNTY, "COD", 2018, total, firms, new, held)
    assert area.suspended == (firms + new + held > total)
    assert area.over_mg == max(0, firms + new + held - total)
    if area.suspended:
        with pytest.raises(NotAllowed, match="approvals are suspended"):
            check_project(area, 0)


def test_a_firm_whose_id_has_a_colon_is_a_firm_and_a_bank_s_collateral_is_a_firm_s_still():
    ledger = ledger_with(
        allocate("plant:3", [PAID_18], 4, note("i"), **OWN),
        withhold(CITY, [PAID_18], 3, note("w"), **OWN),
        Entry("d", DAY, Reason.DEFAULT, move(holding("plant:3"), escrow("bank:B"), PAID_18, 1)),
    )
    standing = standing_mg(ledger, "COD", 2018)
    assert (standing.firms_mg, standing.reserves_mg) == (4, 3)


def test_a_bank_s_collateral_counts_for_no_area():
    legs = move(issued(PROVINCE), escrow("bank:B"), PAID_18, 5)
    ledger = ledger_with(Entry("d", DAY, Reason.DEFAULT, legs))
    (area,) = area_totals(ledger, {(COUNTY, "COD"): 10}, {"bank:B": COUNTY}, year=2018)
    assert (area.firms_mg, area.reserve_mg, area.room_mg) == (0, 0, 10)
