"""What a SPEC declares decides; what older files said by names is taken, and reported."""

from __future__ import annotations

import sys

import pytest

from market.clearing.order import Book
from market.mechanisms import OneShot, Stepwise, as_mechanism, find_mechanisms, run_session
from market.traders import Quoter, Trader, as_quoter, as_trader, find_traders
from permits.allocation import as_allocation, find_allocations
from permits.errors import InputError
from permits.rng import stream
from permits.rule import Param, Spec, load_rule
from scenarios.definition.undeclared import find_undeclared
from scenarios.policies import find_policies
from scenarios.policy import as_policy

BIDS = Param("tries", 4, "", "bids of one bidder", limits="bids")
CLEAR = "def clear(book, params, rng):\n    return None\n"


def spec(**more):
    return Spec(title="Mine", title_zh="我的", source="[ModelAssumption]", **more)


def written(folder, fields, functions=CLEAR, name="mine"):
    path = folder / f"{name}.py"
    path.write_text(
        "from permits.rule import Param, Spec\n"
        'SPEC = Spec(title="Mine", title_zh="我的", source="[ModelAssumption]", side="buy",\n'
        f"    {fields})\n{functions}",
        encoding="utf-8",
    )
    return path


def test_a_limit_is_read_whatever_its_parameter_is_called():
    rule = spec(params=(BIDS,), revisable=True)
    assert rule.limit("bids", rule.fill({})) == 4
    assert rule.most_bids(rule.fill({"tries": 2})) == 2
    assert rule.limit("window", rule.fill({})) is None


def test_bids_that_are_not_revised_all_stand_and_revised_ones_may_be_unlimited():
    assert spec(params=(BIDS,)).most_bids({"tries": 4}) == 0
    assert spec(revisable=True).most_bids({}) == sys.maxsize


@pytest.mark.parametrize(
    ("reveals", "shown"),
    [((), False), (("bids", "price"), False), (("asks",), True), (("best quotes",), True)],
)
def test_asks_are_shown_where_the_rule_says_so(reveals, shown):
    assert spec(reveals=reveals).shows_asks is shown


def test_an_older_file_is_taken_by_the_names_of_its_parameters_and_says_so(tmp_path):
    old = 'params=(Param("max_bids", 3, "", "bids"), Param("window_s", 60, "s", "window"))'
    rule = load_rule(written(tmp_path, old))
    assert rule.spec.revisable
    assert rule.spec.most_bids(rule.spec.fill({})) == 3
    assert rule.spec.limit("window", rule.spec.fill({})) == 60
    (notice,) = find_undeclared([rule])
    assert notice == (
        "mine.py: taken from the names of its parameters; add to its SPEC: "
        'Param("max_bids", ..., limits="bids"), revisable=True, '
        'Param("window_s", ..., limits="window")'
    )


@pytest.mark.parametrize(
    "fields",
    [
        "",
        'params=(Param("max_bids", 3, "", "bids", limits="bids"),), revisable=True',
        'params=(Param("max_bids", 3, "s", "x", limits="window"),)',
        # Declared by another parameter: the name is then only a name.
        'params=(Param("max_bids", 3, "", "x"), Param("n", 2, "", "bids", limits="bids"))',
    ],
)
def test_a_file_that_declares_itself_is_taken_as_it_is(tmp_path, fields):
    rule = load_rule(written(tmp_path, fields))
    assert rule.spec is rule.module.SPEC
    assert find_undeclared([rule]) == []


def test_an_entry_of_reveals_that_means_nothing_is_reported(tmp_path):
    rule = load_rule(written(tmp_path, 'reveals=("ask",)'))
    assert not rule.spec.shows_asks
    (notice,) = find_undeclared([rule])
    assert notice.startswith("mine.py: SPEC.reveals has 'ask', which has no effect; known: asks,")


def test_every_shipped_rule_has_the_functions_of_its_kind():
    for rule in find_mechanisms().values():
        as_mechanism(rule)
    for rule in find_allocations().values():
        as_allocation(rule)
    for rule in find_policies().values():
        as_policy(rule)
    for rule in find_traders().values():
        assert isinstance(rule.module, Trader | Quoter)


def test_only_the_head_count_sale_and_the_continuous_book_must_be_stepped():
    stepped = {n for n, r in find_mechanisms().items() if not isinstance(as_mechanism(r), OneShot)}
    assert stepped == {"headcount_share", "continuous_double"}
    steps = {n for n, r in find_mechanisms().items() if isinstance(as_mechanism(r), Stepwise)}
    assert steps == stepped | {"ascending_clock", "descending_clock"}


def test_a_mechanism_that_lacks_a_step_says_so(tmp_path):
    path = written(tmp_path, "", "def close(state):\n    return None\n")
    with pytest.raises(InputError, match="does not define clear, or open, step and close") as e:
        run_session(load_rule(path), Book("p", (), 1), rng=stream(1, "t"))
    assert e.value.where == str(path)


def test_a_trader_without_abate_or_without_decide_says_so(tmp_path):
    decide = "def decide(view, params, rng):\n    return ()\n"
    quote = "def quote(state, seat, floor, rng):\n    return 1\n"
    with pytest.raises(InputError, match=r"does not define abate\(view, params, rng\)"):
        as_trader(load_rule(written(tmp_path, "", decide)))
    with pytest.raises(InputError, match="acts in experimental sessions only"):
        as_trader(load_rule(written(tmp_path, "", quote, name="quotes")))
    with pytest.raises(InputError, match="does not define quote"):
        as_quoter(load_rule(written(tmp_path, "", decide)))
