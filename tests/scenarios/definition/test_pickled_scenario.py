"""A loaded scenario travels: pickled and copied whole, played the same in another process."""

from __future__ import annotations

import copy
import hashlib
import multiprocessing
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from permits.errors import InputError, ManyErrors
from scenarios.definition.load import load_scenario, shipped_names
from scenarios.definition.own_rules import FINDERS
from scenarios.definition.pickled_rows import from_columns, to_columns
from scenarios.definition.register import FirmRow
from scenarios.definition.rules import with_rules_run
from scenarios.definition.scenario import Scenario
from scenarios.results.manifest import stamped
from scenarios.runner import make_plan, year_of
from scenarios.text import render, set_language

ROOT = Path(__file__).resolve().parents[3]
OWN = """name = "mine"
begins = 2024-01-01
ends = 2024-12-31
[pollutant.COD]
target = "10%"
[[firm]]
id = "a"
baseline.COD = "60 t"
curve = { b_yuan = 4 }
[market]
lot = "100 kg"
[allocation]
rule = "per_head"
"""
RULE = """from permits.rule import Spec
SPEC = Spec(title="Per head", title_zh="平均分配", source="[ModelAssumption]")
def weights(firms, params):
    return [1] * len(firms.ids)
"""


def ledger_sha256(scenario: Scenario) -> str:
    """SHA-256 of all entries of the year, as they were posted."""
    world, _ = year_of(scenario)
    entries = "\n".join(map(repr, world.books.ledger.journal))
    assert entries
    return hashlib.sha256(entries.encode()).hexdigest()


@pytest.fixture(scope="module")
def classroom() -> Scenario:
    return load_scenario("classroom-two-firms")


@pytest.fixture(scope="module")
def classroom_sha256(classroom: Scenario) -> str:
    return ledger_sha256(classroom)


@pytest.fixture
def mine(tmp_path: Path) -> Scenario:
    """A scenario with a rule of its own, which has been run."""
    (tmp_path / "per_head.py").write_text(RULE, encoding="utf-8")
    (tmp_path / "mine.toml").write_text(OWN, encoding="utf-8")
    return with_rules_run(load_scenario(str(tmp_path / "mine.toml")))


@pytest.fixture
def in_chinese() -> Iterator[None]:
    set_language("zh")
    yield
    set_language("en")


@pytest.mark.parametrize("way", ["pickled", "copied"])
@pytest.mark.parametrize("name", shipped_names())
def test_a_shipped_scenario_that_travelled_is_the_one_that_was_loaded(name: str, way: str) -> None:
    scenario = load_scenario(name)
    again = pickle.loads(pickle.dumps(scenario)) if way == "pickled" else copy.deepcopy(scenario)
    for one in fields(Scenario):
        assert getattr(again, one.name) == getattr(scenario, one.name), one.name
    assert again.file.model_dump() == scenario.file.model_dump()
    assert again.file.model_fields_set == scenario.file.model_fields_set
    assert repr(again) == repr(scenario)
    assert again.raw is not scenario.raw


def test_the_largest_shipped_scenario_is_small_to_send() -> None:
    """5,890 measures and 2,040 sources at some 100 bytes each, with names once: under 0.8 MB."""
    assert len(pickle.dumps(load_scenario("zhejiang-2017-voc"))) < 800_000


def test_rows_come_back_from_their_columns() -> None:
    rows = tuple(FirmRow(name, "s", "c", "valve", None, (n,)) for n, name in enumerate("ab"))
    columns = to_columns(rows)
    assert columns == (
        ("a", "b"), ("s", "s"), ("c", "c"), ("valve", "valve"), (None, None), ((0,), (1,)),
    )  # fmt: skip
    assert from_columns(FirmRow, columns) == rows
    assert from_columns(FirmRow, to_columns(())) == ()


def test_a_pickled_scenario_is_planned_and_played_the_same(
    classroom: Scenario, classroom_sha256: str
) -> None:
    again = pickle.loads(pickle.dumps(classroom))
    here, there = make_plan(classroom), make_plan(again)
    assert there.firm_quota_mg() == here.firm_quota_mg()
    assert there.allocation.cost_yuan == here.allocation.cost_yuan
    assert ledger_sha256(again) == classroom_sha256


def test_scenarios_and_rules_are_played_the_same_by_a_fresh_process(
    classroom: Scenario, classroom_sha256: str, mine: Scenario, tmp_path: Path
) -> None:
    """It stands in another folder, and has loaded nothing before."""
    rule = mine.own_rules["allocation", "per_head"]
    sent, apart = tmp_path / "sent", tmp_path / "apart"
    apart.mkdir()
    sent.write_bytes(pickle.dumps((classroom, mine, {"module": rule.module})))
    code = (
        "import pickle, sys, pathlib\n"
        "a, b, held = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())\n"
        "from tests.scenarios.definition.test_pickled_scenario import ledger_sha256\n"
        "rule = b.own_rules['allocation', 'per_head']\n"
        "print(ledger_sha256(a), ledger_sha256(b), rule.module is held['module'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(sent)], capture_output=True, text=True, check=True,
        cwd=apart, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.split() == [classroom_sha256, ledger_sha256(mine), "True"]


@pytest.mark.slow  # a spawned process imports everything again
def test_scenarios_are_played_the_same_by_spawned_processes(
    classroom: Scenario, classroom_sha256: str, mine: Scenario
) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        played = pool.map(ledger_sha256, [classroom, mine])
    assert played == [classroom_sha256, ledger_sha256(mine)]


# --- rules ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(FINDERS))
def test_every_shipped_rule_travels_by_its_name(kind: str) -> None:
    """With its SPEC alone, and with its module: those of this process."""
    for rule in FINDERS[kind]().values():
        again, module, spec = pickle.loads(pickle.dumps((rule, rule.module, rule.spec)))
        assert again == rule
        assert again.module is module is rule.module
        assert spec == rule.spec


def test_a_rule_file_travels_as_name_and_hash_and_is_refused_when_changed(mine: Scenario) -> None:
    sent, own = pickle.dumps(mine), mine.rule_files["allocation", "per_head"]
    assert b"len(firms.ids)" not in sent
    again = pickle.loads(sent)
    assert again == mine
    assert again.rule_files["allocation", "per_head"].source == RULE.encode()
    own.path.write_text(RULE + "# new\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        pickle.loads(sent)
    assert (caught.value.code, caught.value.where) == ("rule.changed", str(own.path))
    assert copy.deepcopy(mine) == mine


def test_a_scenario_of_a_relative_path_finds_its_rule_from_another_folder(
    mine: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(mine.folder)
    beside = load_scenario("mine.toml")
    sent = pickle.dumps(beside)
    monkeypatch.chdir("/")
    assert pickle.loads(sent) == beside


def test_a_changed_rule_is_refused_in_chinese(mine: Scenario, in_chinese: None) -> None:
    shipped = replace(FINDERS["trader"]()["marginal_cost"], sha256="0" * 64)
    with pytest.raises(InputError) as caught:
        pickle.loads(pickle.dumps(shipped))
    said = render(caught.value)
    assert "规则marginal_cost的文件在序列化（pickle）之后有改动：当时的sha256为0000" in said
    assert "恢复当时的文件，或重新载入情景并再次序列化" in said


# --- seeds ------------------------------------------------------------------------------


def test_luck_has_the_scenarios_seed_unless_it_is_given_its_own() -> None:
    name = "classroom-two-firms"
    assert load_scenario(name).luck_seed == load_scenario(name).seed == 1
    both = load_scenario(name, ["seed=5"])
    assert (both.seed, both.luck_seed) == (5, 5)
    apart = load_scenario(name, ["seed=5", "luck_seed=0"])
    assert (apart.seed, apart.luck_seed) == (5, 0)
    assert "seed 5, luck seed 0\n" in repr(apart)
    assert "luck" not in repr(both)


@pytest.mark.parametrize("given", ["-1", "1.5", "true"])
def test_a_luck_seed_is_a_whole_number(given: str) -> None:
    with pytest.raises(ManyErrors, match="luck_seed"):
        load_scenario("classroom-two-firms", [f"luck_seed={given}"])


@pytest.mark.parametrize("name", shipped_names())
def test_luck_changes_neither_the_register_nor_the_measures(name: str) -> None:
    """What is there is drawn by `seed`: sources, classes of firms, true costs."""
    here, there = load_scenario(name), load_scenario(name, ["luck_seed=99"])
    assert there.register == here.register
    assert there.measures == here.measures


def test_a_manifest_states_a_luck_seed_that_was_given(sample_result: Callable[..., Any]) -> None:
    name, result = "classroom-two-firms", sample_result()
    given = stamped(result, load_scenario(name, ["luck_seed=1"])).manifest
    assert (given["seed"], given["luck_seed"]) == (1, 1)
    assert "luck_seed" not in stamped(result, load_scenario(name)).manifest
