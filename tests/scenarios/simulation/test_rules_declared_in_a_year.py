"""A rule of a user is treated by what its SPEC declares, whatever it and its parameters are called.

The head-count sale under another name, with other names of its parameters, must leave the
same entries, offers and frictions as the shipped one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import market.mechanisms.headcount_share
from market.clearing.clearing import trade_money_fen
from permits.errors import InputError
from permits.quantity import parse_fen, parse_mass_mg
from scenarios.definition.load import load_scenario
from scenarios.definition.scenario import Scenario
from scenarios.runner import prepared, year_of
from scenarios.sales.clear import clear_sale
from scenarios.simulation import frictions
from scenarios.simulation.world import World

SALE = [
    "session.0.kind=auction", "session.0.offered=0.5", "session.0.floor=0.1",
    "session.0.dates=[2017-01-01, 2017-03-01]", "rights.withheld=0.4",
    "pollutant.X.reference_price=100", "traders.default=sniper",
]  # fmt: skip
# Beside the names, nothing of the file is changed.
OTHER_NAMES = {"max_bids": "tries", "window_s": "hour", "headcount_share": "heads"}
BIDS = "bidder,mass_t,limit_yuan_per_t\nA,1,90\nB,2,80\nC,4,70\nA,1,60\n"


@pytest.fixture
def heads(tmp_path: Path) -> Path:
    """The folder of the renamed rule."""
    assert market.mechanisms.headcount_share.__file__
    text = Path(market.mechanisms.headcount_share.__file__).read_text(encoding="utf-8")
    for old, new in OTHER_NAMES.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "heads.py").write_text(text, encoding="utf-8")
    return tmp_path


def _loaded(rule: str, folder: Path) -> Scenario:
    sets = [*SALE, f"session.0.rule={rule}"]
    return load_scenario("classroom-two-firms", sets, plugins=_plugins(rule, folder))


def _plugins(rule: str, folder: Path) -> list[Path]:
    return [folder] if rule == "heads" else []


def _entries(world: World) -> list[str]:
    return [repr(entry).replace("headcount_share", "heads") for entry in world.books.ledger.journal]


def test_the_same_sale_under_other_names_leaves_the_same_entries(heads: Path) -> None:
    shipped, _ = year_of(_loaded("headcount_share", heads))
    own, _ = year_of(_loaded("heads", heads))
    bids_and_bidders = [(row[6], row[7]) for row in own.books.tables["sessions"]]
    assert bids_and_bidders == [(4, 2), (2, 1)], "each sniper bids twice"
    assert _entries(own) == _entries(shipped)
    assert own.books.tables["unfilled"] == shipped.books.tables["unfilled"]
    lost = [event for event in own.books.log.events if event.kind == "auction.lost"]
    assert len(lost) == 1, "of two heads 70 % are one"
    assert len(shipped.books.log.events) == len(own.books.log.events)


def test_of_revised_bids_only_the_dearest_is_backed_by_money(heads: Path) -> None:
    """The firm that is turned away had put up its later bid, not the earlier one as well."""
    world, _ = year_of(_loaded("heads", heads))
    (lost,) = [event for event in world.books.log.events if event.kind == "auction.lost"]
    (offer,) = [
        e for e in world.books.ledger.journal if e.id.endswith(f"-01-01/S0/X/all/{lost.who}/offer")
    ]
    backed = max(leg.delta for leg in offer.legs)
    worth = trade_money_fen(parse_mass_mg(lost.values["mass"]), parse_fen(lost.values["price"]), 1)
    assert backed in (worth, worth + 1), "a fen of margin for rounding"


@pytest.mark.parametrize(("rule", "one_each"), [("heads", True), ("pay_as_bid", False)])
def test_who_may_revise_its_bid_makes_one_at_its_average_value(
    heads: Path, rule: str, one_each: bool
) -> None:
    sets = [*SALE, f"session.0.rule={rule}", "traders.default=marginal_cost"]
    world, _ = year_of(load_scenario("classroom-two-firms", sets, _plugins(rule, heads)))
    first = world.books.tables["sessions"][0]
    assert (first[6] == first[7]) is one_each


def test_limits_of_the_sale_hold_for_each_revised_bid_by_itself(heads: Path) -> None:
    """Half of 4 t: A's second bid of 2 t takes the place of its first. Elsewhere it is too much."""
    bids = heads / "bids.csv"
    bids.write_text("bidder,mass_t,limit_yuan_per_t\nA,2,90\nA,2,60\n", encoding="utf-8")
    for rule, refused in (("heads", []), ("pay_as_bid", ["A"])):
        told, _ = clear_sale(
            str(bids), rule, supply_mg=4 * 10**9, conditions={"most_share": "50%"},
            plugins=_plugins(rule, heads),
        )  # fmt: skip
        assert [one["bidder"] for one in told["refused"]] == refused


def test_a_bid_after_the_window_is_refused_whatever_its_parameter_is_called(heads: Path) -> None:
    bids = heads / "bids.csv"
    bids.write_text("bidder,mass_t,limit_yuan_per_t,at_s\nA,2,90,60\nB,2,60,61\n", encoding="utf-8")
    told, _ = clear_sale(str(bids), "heads", supply_mg=None, params={"hour": "60"}, plugins=[heads])
    assert [(one["bidder"], one["reason"]) for one in told["refused"]] == [("B", "late")]


def test_the_head_count_is_a_friction_under_any_name(heads: Path) -> None:
    for rule in ("headcount_share", "heads"):
        scenario = _loaded(rule, heads)
        assert "head_count" in [one.name for one in frictions.in_force(scenario)]
        (plain,) = [
            one.without(scenario) for one in frictions.FRICTIONS if one.name == "head_count"
        ]
        assert [session.rule for session in plain["session"]] == ["uniform_price"]
    assert "head_count" not in [
        one.name for one in frictions.in_force(_loaded("pay_as_bid", heads))
    ]


def test_a_sale_takes_term_and_supply_from_what_the_rule_declares(heads: Path) -> None:
    """Of three bidders two win, at their last bids; 60 x 1 t and 80 x 2 t of five years each."""
    bids = heads / "bids.csv"
    bids.write_text(BIDS, encoding="utf-8")
    shipped, _ = clear_sale(str(bids), "headcount_share", supply_mg=None)
    own, notices = clear_sale(str(bids), "heads", supply_mg=None, plugins=[heads])
    assert notices == []
    assert own == shipped | {"rule": "heads"}
    assert {f["bidder"]: f["money_yuan"] for f in own["fills"]} == {
        "B": 80 * 2 * 5,
        "C": 70 * 4 * 5,
    }


def test_without_these_declarations_it_is_an_ordinary_sale(heads: Path) -> None:
    path, bids = heads / "heads.py", heads / "bids.csv"
    bids.write_text(BIDS, encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    for line in text.splitlines(keepends=True):
        if line.startswith(("    term_years", "    supply_optional")):
            text = text.replace(line, "")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="heads sells a given mass"):
        clear_sale(str(bids), "heads", supply_mg=None, plugins=[heads])
    own, _ = clear_sale(str(bids), "heads", supply_mg=10**10, plugins=[heads])
    assert {f["bidder"]: f["money_yuan"] for f in own["fills"]} == {"B": 80 * 2, "C": 70 * 4}


def test_an_older_file_of_a_user_runs_as_before_and_is_reported(heads: Path) -> None:
    """Limits that the names of the parameters alone say, and no field of today."""
    path = heads / "heads.py"
    text = path.read_text(encoding="utf-8").replace("tries", "max_bids").replace("hour", "window_s")
    for said in (', limits="bids"', ', limits="window"', "    revisable=True,\n"):
        assert said in text
        text = text.replace(said, "")
    path.write_text(text, encoding="utf-8")
    shipped, _ = year_of(_loaded("headcount_share", heads))
    old = _loaded("heads", heads)
    (notice,) = prepared(old)[1]
    assert notice.startswith("heads.py: ")
    assert "revisable=True" in notice
    own, _ = year_of(old)
    assert _entries(own) == _entries(shipped)
