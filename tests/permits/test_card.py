"""Cards: the plain card by example, the bank against the plain card."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from permits.card import Card, CardBank, CardRules, Kind, Stop, month_quotas, swipe_outlet
from permits.card.card import in_proportion
from permits.errors import InputError, NotAMass
from permits.quantity import split_exact

T = 1_000_000_000


def kinds(events):
    return [event.kind for event in events]


def dyer(stop=Stop.VALVE, **rules):
    """A card of 12 t a year, 1 t a month, loaded for January."""
    card = Card("F003", "COD", month_quotas(12 * T, 20 * T), stop, CardRules(**rules))
    loaded, events = card.reload(1)
    assert events == ()
    return loaded


def test_a_month_quota_is_a_twelfth_of_the_smaller_of_licence_and_rights():
    assert month_quotas(12 * T, 20 * T) == (T,) * 12
    assert month_quotas(20 * T, 13) == (2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)


@given(st.integers(0, 10**16), st.integers(0, 10**16))
def test_month_quotas_are_an_exact_split_by_equal_weights(limit_mg, rights_mg):
    exact = split_exact(min(limit_mg, rights_mg), [1] * 12)
    assert month_quotas(limit_mg, rights_mg) == tuple(exact)


def test_a_card_warns_at_80_and_90_per_cent_and_shuts_at_100():
    """The Tongxiang loop: message at 80 %, valve at 100 % [ZJ-C10]; 90 % assumed."""
    card = dyer()
    card, swiped = card.swipe(799_999_999)
    assert (card.state, swiped.events) == (Kind.OPEN, ())
    card, swiped = card.swipe(1)
    assert (card.state, kinds(swiped.events)) == (Kind.WARNED80, [Kind.WARNED80])
    card, swiped = card.swipe(100_000_000)
    assert kinds(swiped.events) == [Kind.WARNED90]
    card, swiped = card.swipe(100_000_001)
    assert (swiped.emitted_mg, swiped.stopped_mg, swiped.breach_mg) == (100_000_000, 1, 0)
    assert (card.state, kinds(swiped.events)) == (Kind.SHUT, [Kind.SHUT])
    card, swiped = card.swipe(5)
    assert (swiped.emitted_mg, swiped.stopped_mg, swiped.events) == (0, 5, ())


def test_one_large_day_tells_all_three_levels_in_order():
    _, swiped = dyer().swipe(3 * T)
    assert kinds(swiped.events) == [Kind.WARNED80, Kind.WARNED90, Kind.SHUT]
    assert (swiped.emitted_mg, swiped.stopped_mg) == (T, 2 * T)


def test_the_load_used_to_the_last_milligram_shuts_the_card():
    card, swiped = dyer().swipe(T)
    assert (card.state, swiped.stopped_mg) == (Kind.SHUT, 0)


def test_a_boiler_is_curtailed_and_its_excess_is_a_breach():
    card = dyer(Stop.CURTAIL, curtail_to_percent=70)
    card, swiped = card.swipe(T + 100)
    assert (swiped.emitted_mg, swiped.stopped_mg, swiped.breach_mg) == (T + 100, 0, 100)
    assert kinds(swiped.events) == [Kind.WARNED80, Kind.WARNED90, Kind.CURTAILED]
    card, swiped = card.swipe(1000)
    assert (swiped.emitted_mg, swiped.stopped_mg, swiped.breach_mg) == (700, 300, 700)
    card, events = card.reload(2)
    assert card.loaded_mg == T - 800, "emission above the quota counts against the permit"
    assert kinds(events) == [Kind.REOPENED]


def test_an_excess_larger_than_the_next_quota_leaves_the_card_curtailed():
    card, _ = dyer(Stop.CURTAIL).swipe(3 * T)
    card, events = card.reload(2)
    assert (card.state, card.loaded_mg, events) == (Kind.CURTAILED, -T, ())


def test_a_top_up_reopens_a_shut_card():
    card, _ = dyer().swipe(2 * T)
    card, events = card.top_up(T)
    assert kinds(events) == [Kind.TOPPED_UP, Kind.REOPENED]
    assert (card.state, card.left_mg) == (Kind.OPEN, T)


def test_a_small_top_up_reopens_a_card_that_is_still_warned():
    card, _ = dyer().swipe(2 * T)
    card, _ = card.top_up(T // 100)
    assert card.state is Kind.WARNED90


def test_a_shift_takes_from_the_last_month_first_and_keeps_the_year():
    card, _ = dyer().swipe(2 * T)
    card, moved, events = card.shift(T * 5 // 4)
    assert moved == T * 5 // 4
    assert kinds(events) == [Kind.SHIFTED, Kind.REOPENED]
    assert card.quota_mg[11] == 0
    assert card.quota_mg[10] == T * 3 // 4
    assert sum(card.quota_mg) == 12 * T


def test_shifts_together_never_take_more_than_the_share_of_a_later_month():
    card, first, _ = dyer().shift(20 * T, most_percent=50)
    assert first == 11 * T // 2
    card, second, events = card.shift(1, most_percent=50)
    assert (second, events) == (0, ())


def test_what_is_left_of_a_month_is_carried_and_may_be_forbidden():
    card, _ = dyer().swipe(T // 4)
    assert card.reload(2)[0].loaded_mg == T * 7 // 4
    strict, _ = dyer(carry_within_year=False).swipe(T // 4)
    assert strict.reload(2)[0].loaded_mg == T


def test_quota_withdrawn_leaves_the_last_month_first_and_never_what_was_used():
    card, _ = dyer().swipe(T // 4)
    card, taken, events = card.withdraw(T * 3 // 2)
    assert (taken, kinds(events)) == (T * 3 // 2, [Kind.WITHDRAWN])
    assert card.quota_mg[10:] == (T // 2, 0)
    card, taken, events = card.withdraw(100 * T)
    assert taken == 12 * T - T // 4 - T * 3 // 2
    assert kinds(events) == [Kind.WITHDRAWN, Kind.WARNED80, Kind.WARNED90, Kind.SHUT]


@pytest.mark.parametrize("act", ["top_up", "shift", "withdraw"])
def test_a_negative_mass_neither_fills_nor_empties_a_card(act):
    with pytest.raises(NotAMass):
        getattr(dyer(), act)(-1)


def test_a_card_without_quota_shuts_when_emission_is_tried_and_not_before():
    card, _ = Card("F9", "COD", (0,) * 12).reload(1)
    card, swiped = card.swipe(0)
    assert (card.state, swiped.events) == (Kind.OPEN, ())
    card, swiped = card.swipe(1)
    assert (card.state, swiped.emitted_mg) == (Kind.SHUT, 0)


def test_cards_of_one_outlet_stop_together_in_proportion():
    cod, _ = Card("F1", "COD", (1000,) * 12).reload(1)
    nh3, _ = Card("F1", "NH3-N", (1000,) * 12).reload(1)
    (cod, nh3), (of_cod, of_nh3) = swipe_outlet([cod, nh3], [2000, 301])
    assert (of_cod.emitted_mg, of_nh3.emitted_mg) == (1000, 150)
    assert (cod.state, nh3.state) == (Kind.SHUT, Kind.OPEN)
    _, (_, of_nh3) = swipe_outlet([cod, nh3], [0, 10])
    assert of_nh3.emitted_mg == 0, "a shut valve is shut for both"


def test_the_binding_pollutant_is_cut_to_its_allowance_exactly():
    assert in_proportion([5, 3, 0], [10, 4, 0]) == [5, 2, 0]


@pytest.mark.parametrize("month", [0, 13, 3])
def test_months_are_loaded_one_after_another(month):
    with pytest.raises(InputError, match="cannot be loaded"):
        dyer().reload(month)


def test_a_card_not_yet_loaded_cannot_be_topped_up():
    with pytest.raises(InputError, match="not been loaded"):
        Card("F1", "COD", (1,) * 12).top_up(5)


@pytest.mark.parametrize("wish", [[-1], [10**15], [1, 2]])
def test_a_bank_refuses_wishes_that_cannot_be(wish):
    bank = CardBank.from_quotas(["F1"], ["COD"], [1200], ["valve"])
    bank.reload(1)
    with pytest.raises(InputError):
        bank.day(1, np.array(wish, dtype=np.int64))


def test_a_bank_refuses_a_day_of_another_month_and_a_quota_beyond_64_bits():
    bank = CardBank.from_quotas(["F1"], ["COD"], [1200], ["valve"])
    bank.reload(1)
    with pytest.raises(InputError, match="loaded for month 1"):
        bank.day(2, np.array([1], dtype=np.int64))
    with pytest.raises(InputError, match="check the unit"):
        CardBank.from_quotas(["F1"], ["COD"], [10**17], ["valve"])


def test_warnings_beyond_100_per_cent_are_refused():
    with pytest.raises(InputError, match="out of range"):
        CardRules(warn_percent=(90, 80))


MASS = st.integers(0, 3000)
STEPS = st.one_of(
    st.tuples(st.just("day"), st.lists(MASS, min_size=5, max_size=5)),
    st.tuples(st.just("reload"), st.none()),
    st.tuples(st.just("top_up"), st.tuples(st.integers(0, 4), st.integers(1, 3000))),
    st.tuples(
        st.just("shift"), st.tuples(st.integers(0, 4), MASS, st.sampled_from([0, 30, 50, 100]))
    ),
    st.tuples(st.just("withdraw"), st.tuples(st.integers(0, 4), MASS)),
)
OUTLETS = (0, 1, 1, 2, 2)


def a_bank(years, shared_stop, last_stop, rules):
    stops = [Stop.VALVE, shared_stop, shared_stop, last_stop, last_stop]
    firms = ["A", "B", "B", "C", "C"]
    pollutants = ["COD", "COD", "NH3-N", "COD", "NH3-N"]
    return CardBank.from_quotas(firms, pollutants, years, stops, rules=rules, outlets=OUTLETS)


def plain_day(cards, wanted):
    """The same day by the plain reference, outlet by outlet."""
    results = []
    for outlet in sorted(set(OUTLETS)):
        at = [i for i, o in enumerate(OUTLETS) if o == outlet]
        after, swiped = swipe_outlet([cards[i] for i in at], [wanted[i] for i in at])
        for i, card in zip(at, after, strict=True):
            cards[i] = card
        results += swiped
    return results


def one_step(bank, cards, step, given):
    """Take a step with the bank and with the plain cards; (told by the one, by the other)."""
    if step == "day":
        result = bank.day(bank.month, np.array(given, dtype=np.int64))
        plain = plain_day(cards, given)
        told = (result.emitted_mg, result.stopped_mg, result.breach_mg)
        expected = [(s.emitted_mg, s.stopped_mg, s.breach_mg) for s in plain]
        assert list(zip(*(array.tolist() for array in told), strict=True)) == expected
        return result.events, [(i, e.kind) for i, s in enumerate(plain) for e in s.events]
    if step == "reload":
        if bank.month == 12:
            return (), []
        events = bank.reload(bank.month + 1)
        plain = [card.reload(card.month + 1) for card in cards]
        cards[:] = [card for card, _ in plain]
        return events, [(i, e.kind) for i, (_, es) in enumerate(plain) for e in es]
    index, *arguments = given
    told = getattr(bank, step)(index, *arguments)
    cards[index], *plain = getattr(cards[index], step)(*arguments)
    if step != "top_up":
        assert told[0] == plain[0]
        told = told[1]
    return told, [(index, e.kind) for e in plain[-1]]


@settings(max_examples=100, deadline=None)
@given(
    years=st.lists(st.integers(0, 20_000), min_size=5, max_size=5),
    shared_stop=st.sampled_from(list(Stop)),
    last_stop=st.sampled_from(list(Stop)),
    carry=st.booleans(),
    left=st.sampled_from([0, 33, 50, 100]),
    steps=st.lists(STEPS, max_size=30),
)
def test_a_bank_does_what_its_cards_do(years, shared_stop, last_stop, carry, left, steps):
    rules = CardRules(curtail_to_percent=left, carry_within_year=carry)
    bank = a_bank(years, shared_stop, last_stop, rules)
    bank.reload(1)
    cards = [bank.card(i) for i in range(len(bank))]
    for step, given_ in steps:
        told, expected = one_step(bank, cards, step, given_)
        assert [tuple(event) for event in told] == expected
        assert [bank.card(i) for i in range(len(bank))] == cards


@settings(max_examples=100, deadline=None)
@given(
    year=st.integers(0, 50_000),
    carry=st.booleans(),
    wishes=st.lists(MASS, min_size=12, max_size=24),
    added=st.integers(1, 5000),
)
def test_a_valve_never_emits_more_than_the_year_loads(year, carry, wishes, added):
    """Quota, shifts and top-ups bound the year's emission; nothing is emitted twice."""
    card = Card(
        "F", "COD", month_quotas(year, year), Stop.VALVE, CardRules(carry_within_year=carry)
    )
    emitted = 0
    for month in range(1, 13):
        card, _ = card.reload(month)
        for wish in wishes[2 * (month - 1) :: 24]:
            card, swiped = card.swipe(wish)
            emitted += swiped.emitted_mg
            assert swiped.emitted_mg + swiped.stopped_mg == wish
            assert swiped.breach_mg == 0
        if month == 6:
            card, _ = card.top_up(added)
            card, _, _ = card.shift(added)
    assert emitted <= year + added
    assert sum(card.quota_mg) == year + added
