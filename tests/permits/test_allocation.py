"""Allocation rules: each adds up to the cap exactly and says what it needs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from permits.allocation import FirmTable, allocate, find_allocations, withhold
from permits.errors import InputError, NotAMass
from permits.rule import load_rule

RULES = find_allocations()
SHIPPED = ["benchmark", "equal_cut", "graded", "grandfather", "least_cost_plan"]


@st.composite
def firm_tables(draw):
    """Tables that every rule can read; at least one firm emits."""
    firms = draw(st.integers(1, 12))
    mass = st.integers(0, 10**14)
    rows = st.lists(mass, min_size=firms, max_size=firms)
    baseline = draw(rows)
    baseline[0] += 1
    plan = [min(a, b) for a, b in zip(draw(rows), baseline, strict=True)]
    plan[0] = baseline[0]
    output = st.floats(0, 1e9, allow_nan=False)
    return FirmTable(
        ids=tuple(f"F{n:02d}" for n in range(firms)),
        baseline_mg=np.array(baseline, dtype=np.int64),
        output=np.array([1.0, *draw(st.lists(output, min_size=firms - 1, max_size=firms - 1))]),
        product=tuple(draw(st.lists(st.sampled_from("xy"), min_size=firms, max_size=firms))),
        plan_quota_mg=np.array(plan, dtype=np.int64),
        grade=tuple(draw(st.lists(st.sampled_from("ABCD"), min_size=firms, max_size=firms))),
        history_mg=np.array([[b, b + 5] for b in baseline], dtype=np.int64),
    )


def table(baseline, **columns):
    ids = tuple(f"F{n}" for n in range(len(baseline)))
    return FirmTable(ids, np.array(baseline, dtype=np.int64), **columns)


def test_the_shipped_rules_are_found_by_listing_their_folder():
    assert list(RULES) == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
@settings(max_examples=60, deadline=None)
@given(firms=firm_tables(), percent=st.integers(0, 100))
def test_every_rule_adds_up_to_the_cap_exactly(name, firms, percent):
    cap = int(firms.baseline_mg.sum()) * percent // 100
    parts = allocate(RULES[name], cap, firms)
    assert sum(parts) == cap
    assert all(type(part) is int and part >= 0 for part in parts)


@pytest.mark.parametrize("name", SHIPPED)
@settings(max_examples=30, deadline=None)
@given(firms=firm_tables(), percent=st.integers(0, 100), lot=st.randoms())
def test_shuffling_the_firms_changes_no_part_of_any_rule(name, firms, percent, lot):
    cap = int(firms.baseline_mg.sum()) * percent // 100
    expected = dict(zip(firms.ids, allocate(RULES[name], cap, firms), strict=True))
    order = list(range(len(firms.ids)))
    lot.shuffle(order)
    mixed = FirmTable(
        ids=tuple(firms.ids[i] for i in order),
        baseline_mg=firms.baseline_mg[order],
        output=firms.output[order],
        product=tuple(firms.product[i] for i in order),
        plan_quota_mg=firms.plan_quota_mg[order],
        grade=tuple(firms.grade[i] for i in order),
        history_mg=firms.history_mg[order],
    )
    assert dict(zip(mixed.ids, allocate(RULES[name], cap, mixed), strict=True)) == expected


@settings(max_examples=60, deadline=None)
@given(firms=firm_tables(), percent=st.integers(0, 100))
def test_an_equal_cut_gives_nobody_more_than_the_baseline(firms, percent):
    cap = int(firms.baseline_mg.sum()) * percent // 100
    parts = allocate(RULES["equal_cut"], cap, firms)
    assert all(part <= base for part, base in zip(parts, firms.baseline_mg, strict=True))


def test_an_equal_cut_takes_the_same_share_of_each_baseline():
    assert allocate(RULES["equal_cut"], 75, table([10, 30, 60])) == [7, 23, 45]


def test_an_equal_cut_refuses_a_cap_above_the_baselines():
    with pytest.raises(InputError, match="only cuts"):
        allocate(RULES["equal_cut"], 101, table([10, 30, 60]))


def test_grandfathering_follows_the_year_or_years_asked_for():
    firms = table([10, 30], history_mg=np.array([[10, 50], [30, 30]]))
    rule = RULES["grandfather"]
    assert allocate(rule, 400, firms) == [100, 300]
    assert allocate(rule, 120, firms, {"reference": "mean"}) == [60, 60]
    assert allocate(rule, 80, firms, {"reference": "highest"}) == [50, 30]


def test_a_benchmark_rewards_output_and_not_past_emission():
    firms = table([90, 10], output=np.array([1.0, 3.0]), product=("yarn", "cloth"))
    rule = RULES["benchmark"]
    assert allocate(rule, 100, firms) == [25, 75]
    assert allocate(rule, 100, firms, {"benchmarks": {"yarn": 3, "cloth": 1}}) == [50, 50]
    with pytest.raises(InputError, match="no benchmark is given for yarn"):
        allocate(rule, 100, firms, {"benchmarks": {"cloth": 1}})


def test_lower_classes_are_cut_more_before_all_are_scaled_to_the_cap():
    """Cuts of 0, 0, 10 and 20 per cent are assumed."""
    firms = table([100, 100, 100, 100], grade=tuple("ABCD"))
    assert allocate(RULES["graded"], 370, firms) == [100, 100, 90, 80]
    assert allocate(RULES["graded"], 185, firms) == [50, 50, 45, 40]


def test_a_class_that_is_none_and_a_cut_that_is_none_are_refused():
    with pytest.raises(InputError, match="E is not one of the classes"):
        allocate(RULES["graded"], 10, table([1, 2], grade=("A", "E")))
    with pytest.raises(InputError, match="out of range"):
        allocate(RULES["graded"], 10, table([1, 2], grade=("A", "B")), {"cut_d": 120})


@settings(max_examples=60, deadline=None)
@given(firms=firm_tables())
def test_the_plans_quotas_come_back_unchanged_under_the_plans_cap(firms):
    cap = int(firms.plan_quota_mg.sum())
    assert allocate(RULES["least_cost_plan"], cap, firms) == firms.plan_quota_mg.tolist()


@pytest.mark.parametrize(
    ("name", "column"),
    [("graded", "grade"), ("least_cost_plan", "plan_quota_mg"), ("benchmark", "output")],
)
def test_a_rule_says_which_column_it_misses(name, column):
    with pytest.raises(InputError, match=f"needs {column}"):
        allocate(RULES[name], 10, table([10, 20]))


def test_columns_of_unequal_length_are_refused():
    with pytest.raises(InputError, match="grade has 1 rows for 2 firms"):
        table([1, 2], grade=("A",))


def test_a_cap_without_any_baseline_cannot_be_split():
    with pytest.raises(InputError, match="gives no firm a weight"):
        allocate(RULES["grandfather"], 10, table([0, 0]))
    assert allocate(RULES["grandfather"], 0, table([0, 0])) == [0, 0]


def test_a_negative_cap_and_a_negative_baseline_are_refused():
    with pytest.raises(NotAMass):
        allocate(RULES["grandfather"], -1, table([1]))
    with pytest.raises(InputError, match="weight of F1 is -2"):
        allocate(RULES["grandfather"], 10, table([3, -2]))


def test_an_unknown_parameter_names_the_known_ones():
    with pytest.raises(InputError, match="known parameters: reference"):
        allocate(RULES["grandfather"], 10, table([3]), {"refrence": "mean"})


def test_a_rule_from_a_file_beside_the_scenario_is_found_and_used(tmp_path):
    (tmp_path / "per_head.py").write_text(
        "from permits.rule import Spec\n"
        'SPEC = Spec(title="Per head", title_zh="平均分配", source="[ModelAssumption]")\n'
        "def weights(firms, params):\n"
        "    return [1] * len(firms.ids)\n"
    )
    rule = load_rule(tmp_path / "per_head.py")
    assert not rule.shipped
    assert allocate(rule, 11, table([1, 5, 9])) == [3, 4, 4]


def test_a_rule_that_gives_too_few_weights_is_refused():
    with pytest.raises(InputError, match="1 weights for 2 firms"):
        allocate(replace(RULES["grandfather"], module=ShortRule), 10, table([1, 2]))


class ShortRule:
    """Stands for a module whose `weights` forgets a firm."""

    SPEC = RULES["grandfather"].spec

    @staticmethod
    def weights(firms, params):
        return [1]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 10**15), min_size=1, max_size=20),
    st.decimals(0, 100, places=2, allow_nan=False),
)
def test_what_is_withheld_is_exact_and_never_more_than_a_part(parts, percent):
    kept = withhold(parts, percent)
    assert sum(kept) == int(sum(parts) * percent / 100)
    assert all(0 <= k <= p for k, p in zip(kept, parts, strict=True))


def test_a_tenth_written_as_a_float_is_a_tenth():
    assert withhold([10**15], 0.1) == [10**12]


def test_more_than_everything_cannot_be_withheld():
    with pytest.raises(InputError, match="101 per cent"):
        withhold([5], 101)
