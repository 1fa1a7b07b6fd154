"""Rules from files: only what is named runs, announced with its hash; looking runs nothing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from permits.errors import InputError, ManyErrors
from scenarios.definition.load import load_scenario
from scenarios.definition.rules import with_rules_run
from tests.cli.option_cases import attempt

SCENARIO = """name = "mine"
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
RULE = """from pathlib import Path
from permits.rule import Spec
Path(__file__).with_name("RAN").write_text("yes")
print("loud")
SPEC = Spec(title="Per head", title_zh="平均分配", source="[ModelAssumption]")
def weights(firms, params):
    print("louder")
    return [1] * len(firms.ids)
"""
BIDS = "bidder,mass_t,limit_yuan_per_t\n\x1b[31mRED\u202e,5,9\nB,5,8\n"
SALE = ("auction", "--rule", "mine_too", "--supply-t", "5", "--json", "--quiet")


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """A scenario with its rule; beside it a file that nobody named."""
    (tmp_path / "per_head.py").write_text(RULE, encoding="utf-8")
    (tmp_path / "other.py").write_text("# SPEC\nraise SystemExit(0)\n", encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def test_looking_at_a_scenario_runs_nothing_and_says_what_would_run(scenario: Path) -> None:
    own = scenario.with_name("per_head.py")
    said = f"would run {own}, sha256 {hashlib.sha256(RULE.encode()).hexdigest()}, with your rights"
    checked = attempt(("check", str(scenario)))
    assert checked.code == 0 and said in checked.out and "other.py" not in checked.out
    assert attempt(("allocate", str(scenario), "--json", "--quiet")).code == 0
    listed = attempt(("list", "policies", "--plugins", str(scenario.parent), "--json"))
    assert [one["name"] for one in json.loads(listed.out)["files"]] == ["other", "per_head"]
    assert not scenario.with_name("RAN").exists()


def test_a_run_announces_the_named_file_and_keeps_its_output_apart(scenario: Path) -> None:
    own = scenario.with_name("per_head.py")
    out = scenario.with_name("out")
    ran = attempt(("run", str(scenario), "--out", str(out), "--json", "--quiet"))
    sha256 = hashlib.sha256(RULE.encode()).hexdigest()
    assert ran.code == 0, ran.err
    assert ran.err.splitlines()[:2] == [f"runs {own}, sha256 {sha256}, with your rights", "loud"]
    assert "louder" in ran.err and json.loads(ran.out)["scenario"] == "mine"
    rules = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["own_rules"]
    assert rules == {"allocation:per_head": {"file": "per_head.py", "sha256": sha256}}


def test_a_scenario_holds_a_rule_to_its_hash(scenario: Path) -> None:
    right = hashlib.sha256(RULE.encode()).hexdigest()
    for pinned, fits in ((right, True), ("0" * 64, False), ("", False)):
        scenario.write_text(f'{SCENARIO}[plugins]\nper_head = "sha256:{pinned}"\n')
        if fits:
            load_scenario(str(scenario))
            continue
        with pytest.raises(ManyErrors, match=f"the hash of .*per_head.py is sha256:{right}"):
            load_scenario(str(scenario))
    scenario.write_text(f'{SCENARIO}[plugins]\nper_haed = "sha256:{right}"\n')
    with pytest.raises(ManyErrors, match="names no rule per_haed of a file"):
        load_scenario(str(scenario))


def test_a_shipped_rule_is_not_shadowed(scenario: Path) -> None:
    scenario.with_name("equal_cut.py").write_text(RULE, encoding="utf-8")
    loaded = load_scenario(str(scenario), ["allocation.rule=equal_cut"])
    assert with_rules_run(loaded).own_rules == {}
    assert loaded.notices == (
        "equal_cut.py is not run: a shipped rule has that name; give the file another to use it",
    )


def test_a_name_is_no_path(scenario: Path) -> None:
    loaded = load_scenario(str(scenario), ["allocation.rule=../x/per_head"])
    assert loaded.rule_files == {}


def test_a_folder_of_plugins_is_there_and_of_use(scenario: Path, tmp_path: Path) -> None:
    other = tmp_path / "empty"
    with pytest.raises(InputError, match="there is no folder"):
        load_scenario(str(scenario), plugins=[other])
    other.mkdir()
    with pytest.raises(InputError, match="no rule that is used here"):
        load_scenario(str(scenario), plugins=[other])
    (other / "per_head.py").write_text(RULE + "# another\n", encoding="utf-8")
    with pytest.raises(InputError, match="differ, and have the same name"):
        load_scenario(str(scenario), plugins=[other])
    scenario.with_name("per_head.py").unlink()
    assert load_scenario(str(scenario), plugins=[other]).rule_files


def test_a_rule_of_another_kind_is_named(scenario: Path) -> None:
    loaded = load_scenario(str(scenario), ["traders.default=per_head"])
    with pytest.raises(InputError, match="per_head is a allocation, and is named as a trader"):
        with_rules_run(loaded)


def test_a_rule_that_ends_the_program_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "mine_too.py").write_text("raise SystemExit(0)\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text(BIDS, encoding="utf-8")
    sale = (*SALE, "--bids", str(tmp_path / "b.csv"), "--plugins", str(tmp_path))
    ran = attempt(sale)
    announced, error = ran.err.splitlines()
    assert ran.code == 2 and announced.startswith("runs ") and "SystemExit: 0" in error
    assert attempt(("verify", str(tmp_path / "mine_too.py"))).code == 2


def test_a_name_cannot_command_the_terminal(tmp_path: Path) -> None:
    """Bidders, headings of a table, and the names of files."""
    bids = tmp_path / "b.csv"
    bids.write_text(BIDS, encoding="utf-8")
    sale = ("auction", "--rule", "pay_as_bid", "--supply-t", "5", "--bids")
    ran = attempt((*sale, str(bids)))
    assert ran.code == 0 and "\\x1b[31mRED\\u202e" in ran.out
    bids.write_text(BIDS.replace("mass_t", "\x1b]0;x\x07mass"), encoding="utf-8")
    told = attempt((*sale, str(bids)))
    missing = attempt((*sale, "\x1b[2Jb.csv"))
    for one in (ran, told, missing):
        assert not {"\x1b", "\u202e", "\x07"} & set(one.out + one.err)
    assert told.code == missing.code == 2 and "\\x1b]0;x\\x07mass" in told.err
