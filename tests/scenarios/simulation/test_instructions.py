"""Instructions are data: whole numbers and ids, by name, in an open list."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from permits.errors import InputError
from permits.rule import Spec
from scenarios.policy import Instruction
from scenarios.runner import year_of
from scenarios.simulation import frictions
from scenarios.simulation.instructing import HANDLERS, as_json, find_handler, from_json, handles
from scenarios.simulation.instruments.fines import Fines
from scenarios.simulation.instruments.notice import Notice
from scenarios.simulation.instruments.price_bounds import PriceBounds
from scenarios.simulation.instruments.reserve_share import ReserveShare
from scenarios.simulation.instruments.retire_share import RetireShare
from tests.scenarios.simulation.small_years import built, play, small
from tests.scenarios.simulation.stated_policies import stated_scenario

EACH: list[tuple[Instruction, str]] = [
    (Fines(200), '{"name":"fines","with":{"percent":200}}'),
    (Notice("hear"), '{"name":"notice","with":{"text":"hear"}}'),
    (
        PriceBounds({"X": 100}, {"Y": 3}),
        '{"name":"price_bounds","with":{"ceiling_fen_per_t":{"Y":3},"floor_fen_per_t":{"X":100}}}',
    ),
    (ReserveShare({"X": 0}), '{"name":"reserve_share","with":{"offered_ppm":{"X":0}}}'),
    (
        RetireShare(2018, {"X": 35_000}),
        '{"name":"retire_share","with":{"share_ppm":{"X":35000},"vintage":2018}}',
    ),
]
FIRM = {"id": "F", "baseline": {"X": "10 t"}}
DAY = "2017-03-01"
ONE_DAY = {"begins": DAY, "ends": DAY}


# --- as JSON -------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "text"), EACH)
def test_an_instruction_is_written_and_read_by_name(given: Instruction, text: str) -> None:
    assert json.dumps(as_json(given), sort_keys=True, separators=(",", ":")) == text
    assert from_json(json.loads(text)) == given


def test_every_instrument_of_the_folder_is_in_the_table() -> None:
    shipped = {kind.name for kind in HANDLERS if kind.__module__.startswith("scenarios.")}
    assert shipped == {given.name for given, _ in EACH}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"name": "levy", "with": {}}, r"no instruction 'levy'.*there are: fines, notice, price_"),
        ({"name": "fines", "with": {}}, r"fines has the fields percent; wrong or missing: percent"),
        (
            {"name": "fines", "with": {"percent": 1, "per_cent": 1}},
            r"wrong or missing: per_cent",
        ),
        ({"name": "fines", "with": {"percent": 1.0}}, r"fines: percent = 1\.0 is not"),
        ({"name": "fines"}, r"is not an instruction"),
        ({"name": ["fines"], "with": {}}, r"is not an instruction"),
        ([], r"is not an instruction"),
    ],
)
def test_what_is_no_instruction_is_refused(value: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        from_json(value)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (Fines, {"percent": 2.0}),
        (Fines, {"percent": True}),
        (Fines, {"percent": -1}),
        (Fines, {"percent": np.int64(2)}),
        (Fines, {"percent": "2"}),
        (Notice, {"text": 1}),
        (ReserveShare, {"offered_ppm": {"X": 0.5}}),
        (ReserveShare, {"offered_ppm": {1: 1}}),
        (ReserveShare, {"offered_ppm": 1}),
        (RetireShare, {"vintage": None, "share_ppm": {}}),
    ],
)
def test_an_instruction_holds_whole_numbers_and_texts_only(kind: Any, given: Any) -> None:
    with pytest.raises(InputError, match=f"{kind.name}: "):
        kind(**given)


def test_a_share_is_at_most_the_whole() -> None:
    assert ReserveShare({"X": 1_000_000}).offered_ppm == {"X": 1_000_000}
    with pytest.raises(InputError, match="more than the whole"):
        ReserveShare({"X": 1_000_001})


# --- an open list --------------------------------------------------------------------------

LEVY = '''"""A policy of a user, with an instrument of its own: a levy on every firm's emission."""

from dataclasses import dataclass
from typing import ClassVar

from permits.account import cash
from permits.ledger import Entry, Reason, move
from permits.right import YUAN
from permits.rule import Spec
from scenarios.policy import Instruction
from scenarios.simulation.instructing import handles
from scenarios.simulation.outcome import Outcome

SPEC = Spec(title="Levy", title_zh="税", source="[ModelAssumption]")


@dataclass(frozen=True, slots=True)
class Levy(Instruction):
    name: ClassVar[str] = "test_levy"
    fen: int
    firms: tuple[str, ...] = ()


@handles(Levy)
def post_levy(world, day, author, levy):
    yield Outcome([
        Entry(f"{day.on}/{firm}/levy", day.on, Reason.FEE,
              move(cash(firm), cash("city:all"), YUAN, levy.fen), author.rule)
        for firm in levy.firms
    ])


def apply(view, params, rng):
    return (Levy(700, ("F",)),)
'''


def test_an_instrument_is_added_by_one_file(tmp_path: Path) -> None:
    """700 fen of the one firm on the one day, posted; and it is read from a log by its name."""
    from scenarios.definition.load import build_scenario

    (tmp_path / "own_levy.py").write_text(LEVY, encoding="utf-8")
    path = tmp_path / "small.toml"
    path.write_text("")
    scenario = build_scenario(small([FIRM], policy=[{"rule": "own_levy"}], **ONE_DAY), path)
    world, _ = year_of(scenario)
    (entry,) = [e for e in world.books.ledger.journal if e.id == f"{DAY}/F/levy"]
    assert [leg.delta for leg in entry.legs] == [-700, 700]
    read = from_json({"name": "test_levy", "with": {"fen": 1, "firms": ["F"]}})
    assert as_json(read) == {"name": "test_levy", "with": {"fen": 1, "firms": ["F"]}}
    del HANDLERS[type(read)]


@dataclass(frozen=True, slots=True)
class _Unhandled(Instruction):
    name: ClassVar[str] = "unhandled"


@dataclass(frozen=True, slots=True)
class _Again(Instruction):
    name: ClassVar[str] = "fines"


def test_an_instruction_without_a_handler_is_named() -> None:
    with pytest.raises(InputError, match=r"no instruction 'unhandled'.*there are: fines, notice"):
        find_handler(_Unhandled())


def test_two_instructions_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match="two instructions are called 'fines'"):
        handles(_Again)(HANDLERS[Fines])
    assert find_handler(Fines(1)) is HANDLERS[Fines]


# --- files of users ------------------------------------------------------------------------

OLD = """
from permits.rule import Spec
{imports}
SPEC = Spec(title="Old", title_zh="旧", source="[ModelAssumption]")

def apply(view, params, rng):
    return {returned}
"""


@pytest.mark.parametrize(
    ("imports", "returned", "words"),
    [
        (
            "from scenarios.policy import NOTHING, Decision",
            "Decision(fine_percent=200)",
            "imports NOTHING, Decision from scenarios.policy: a policy returns a tuple",
        ),
        ("", "None", "the policy old returns NoneType, not a tuple of instructions"),
        ("", "[]", "the policy old returns list, not a tuple of instructions"),
        ("", "(1,)", "the policy old returns tuple, not a tuple of instructions"),
    ],
)
def test_a_file_that_returns_what_policies_once_returned_is_told_what_to_return(
    imports: str, returned: str, words: str, tmp_path: Path
) -> None:
    from scenarios.definition.load import build_scenario

    text = OLD.format(imports=imports, returned=returned)
    (tmp_path / "old.py").write_text(text, encoding="utf-8")
    path = tmp_path / "small.toml"
    path.write_text("")
    scenario = build_scenario(small([FIRM], policy=[{"rule": "old"}], **ONE_DAY), path)
    with pytest.raises(InputError, match=re.escape(words)) as refused:
        year_of(scenario)
    assert "return () for nothing" in str(refused.value)


# --- instruments and frictions -------------------------------------------------------------

CALM: dict[str, Any] = {
    "licence": {"change_delay_days": 0},
    "production": {"foresight": True},
}
CONTRACTS: dict[str, Any] = {
    "lease": {"months": 2},
    "buyback": {"dates": ["2017-10-15"]},
    "pledge": {"date": "2017-02-01", "loans": 1},
}
POLICIES = [
    {"rule": rule} for rule in ("cap_decline", "penalty", "price_collar", "reserve_release")
]


def test_a_year_without_frictions_keeps_its_instruments() -> None:
    scenario = built(small([FIRM], policy=POLICIES, **CALM, **CONTRACTS))
    assert [one.name for one in frictions.in_force(scenario)] == []
    bare = frictions.without_all(scenario).file
    assert bare.policy == scenario.file.policy
    assert len(bare.policy) == 4
    for contract in CONTRACTS:
        assert getattr(bare, contract) == getattr(scenario.file, contract) is not None


def test_without_frictions_fines_stay_raised() -> None:
    """The boiler emits 12 t on rights for 10; 1,000 yuan, three times."""
    stated = small(
        [{"id": "F", "sector": "b", "baseline": {"X": "12 t"}, "opening": {"X": "10 t"}}],
        sector=[{"id": "b", "stop": "curtail"}],
        card={"shift": "free", "curtail_to": 1.0},
        true_up={"fine_min": "1000.00", "fine_max": "1000.00"},
        policy=[{"rule": "penalty", "params": {"percent": 300}}],
        frictions="none",
        ends="2017-01-10",
    )
    assert [row["penalty_yuan"] for row in play(stated).rows("true_up")] == [3000_00]


def test_a_policy_that_declares_itself_a_friction_is_one(tmp_path: Path) -> None:
    scenario = stated_scenario(tmp_path, small([FIRM], **CALM), {}, kind="friction")
    assert [one.name for one in frictions.in_force(scenario)] == ["policies"]
    assert frictions.without_all(scenario).file.policy == ()


def test_a_spec_is_an_instrument_or_a_friction() -> None:
    assert Spec("", "", "").kind == "instrument"
    with pytest.raises(InputError, match="'hindrance' is neither instrument nor friction"):
        Spec("", "", "", kind="hindrance")  # type: ignore[arg-type]
