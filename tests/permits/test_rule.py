"""Rules are found by listing folders, and say what they take."""

from __future__ import annotations

import copy
import hashlib
import importlib.util
import os
import pickle
import py_compile
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from market.mechanisms import find_mechanisms
from permits.errors import InputError
from permits.rule import (
    MOVED,
    NO_PARAMS,
    Force,
    Param,
    Spec,
    Variant,
    find_shipped,
    load_rule,
    read_rule_file,
)

ROOT = Path(__file__).resolve().parents[2]
UNCHECKED = py_compile.PycInvalidationMode.UNCHECKED_HASH
SOURCE = (
    "from permits.rule import Param, Spec\n"
    'SPEC = Spec(title="Lot", title_zh="抽签", source="[ModelAssumption]",\n'
    '            params=(Param("k", 2, "", "how many"),))\n'
)
CLEAR = "def clear(book, params, rng):\n    return params['k']\n"
WEIGHTS = "def weights(firms, params):\n    return []\n"


def written(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_of_the_kind_that_its_function_shows(tmp_path):
    path = written(tmp_path, "lot.py", SOURCE + CLEAR)
    rule = load_rule(path)
    assert (rule.name, rule.kind, rule.shipped) == ("lot", "mechanism", False)
    assert rule.spec.title == "Lot"
    assert rule.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert rule.module.clear(None, {"k": 3}, None) == 3


def test_what_was_hashed_is_what_is_run_and_it_is_run_once(tmp_path):
    path = written(tmp_path, "lot.py", SOURCE + CLEAR)
    file = read_rule_file(path)
    written(tmp_path, "lot.py", SOURCE + CLEAR.replace("params['k']", "'another'"))
    told = []
    rule = load_rule(file, told.append)
    assert load_rule(file, told.append) is rule and told == [file]
    assert rule.module.clear(None, {"k": 3}, None) == 3
    assert load_rule(path).module.clear(None, {"k": 3}, None) == "another"
    assert not (tmp_path / "__pycache__").exists()


def test_a_stale_cache_of_python_is_not_taken_for_the_file(tmp_path):
    path = written(tmp_path, "lot.py", SOURCE + CLEAR.replace("params['k']", "'stale'"))
    py_compile.compile(str(path), doraise=True, invalidation_mode=UNCHECKED)
    path.write_text(SOURCE + CLEAR, encoding="utf-8")
    assert load_rule(path).module.clear(None, {"k": 3}, None) == 3


@pytest.mark.parametrize("end", ["raise SystemExit(0)", "raise KeyboardInterrupt", "exit()"])
def test_a_file_cannot_end_the_program_nor_write_to_its_output(tmp_path, capsys, end):
    path = written(tmp_path, "lot.py", f"print('loud')\n{end}\n")
    with pytest.raises(InputError, match=r"does not load: [SKN]\w+"):
        load_rule(path)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "loud\n")


def test_a_function_that_fails_is_one_sentence_and_prints_beside_the_output(tmp_path, capsys):
    path = written(tmp_path, "lot.py", SOURCE + "def clear(*given):\n    print('x')\n    exit(3)\n")
    rule = load_rule(path)
    with pytest.raises(InputError, match=r"fails in clear: (SystemExit: 3|NameError)") as caught:
        rule.module.clear(None, {}, None)
    assert caught.value.where == str(path)
    assert capsys.readouterr().out == ""


def test_shipped_rules_are_found_by_name_and_private_files_are_not(tmp_path, monkeypatch):
    package = tmp_path / "made_up_rules"
    package.mkdir()
    written(package, "__init__.py", "")
    written(package, "_shared.py", "raise RuntimeError\n")
    written(package, "zeta.py", SOURCE + CLEAR)
    written(package, "alpha.py", SOURCE + CLEAR)
    monkeypatch.syspath_prepend(tmp_path)
    found = find_shipped("mechanism", package, "made_up_rules")
    assert list(found) == ["alpha", "zeta"]
    assert found["alpha"].shipped


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SOURCE + "def clear(:\n", "does not load: SyntaxError"),
        (SOURCE + "1 / 0\n", "does not load: ZeroDivisionError"),
        (SOURCE, "needs a SPEC and the function of one kind"),
        (SOURCE + CLEAR + WEIGHTS, "needs a SPEC and the function of one kind"),
        ("SPEC = 5\n" + CLEAR, "needs a SPEC and the function of one kind"),
    ],
)
def test_a_file_that_is_not_one_rule_says_so_and_where(tmp_path, text, words):
    path = written(tmp_path, "bad.py", text)
    with pytest.raises(InputError, match=words) as caught:
        load_rule(path)
    assert caught.value.where == str(path)


def a_spec():
    return Spec(
        title="Lot",
        title_zh="抽签",
        source="[ModelAssumption]",
        params=(
            Param("k", 2, "", "how many"),
            Param("tie", "seq", "", "who first", ("seq", "lot")),
        ),
        in_force=(Force("Zhejiang", date(2020, 1, 1)),),
    )


def test_what_is_given_is_filled_up_with_defaults():
    assert dict(a_spec().fill({"k": 5})) == {"k": 5, "tie": "seq"}


def test_filled_parameters_cannot_be_changed():
    with pytest.raises(TypeError):
        a_spec().fill({})["k"] = 5


@pytest.mark.parametrize(
    ("given", "read"), [("3", 3), ("３", 3), (3.0, 3), ("1,000", 1000), ("0", 0)]
)
def test_a_number_is_read_in_the_type_of_its_default(given, read):
    assert a_spec().fill({"k": given})["k"] == read


@pytest.mark.parametrize("given", ["-1", "2.5", "nan", "1e400", "two", True, None])
def test_what_is_no_number_for_a_parameter_is_refused(given):
    with pytest.raises(InputError, match=r"is not a (number of zero or more|whole number)"):
        a_spec().fill({"k": given})
    with pytest.raises(InputError, match="not a thousands separator"):
        a_spec().fill({"k": "1,5"})


def test_an_unknown_parameter_and_an_unknown_choice_are_refused():
    with pytest.raises(InputError, match=r"no parameter 'q' \[here\]. known parameters: k, tie"):
        a_spec().fill({"q": 1}, where="here")
    with pytest.raises(InputError, match="tie = 'coin' is not one of seq, lot"):
        a_spec().fill({"tie": "coin"})


def test_a_rule_is_pickled_as_its_file_and_hash_and_found_again(tmp_path: Path) -> None:
    """A rule, its module and its SPEC may stand anywhere; what the file says stands nowhere."""
    own, shipped = load_rule(written(tmp_path, "lot.py", SOURCE + CLEAR)), find_mechanisms()
    for rule in (own, shipped["pay_as_bid"], shipped["ascending_clock"]):
        sent = pickle.dumps({"rule": [rule], "module": rule.module})
        assert b"def " not in sent and b"title_zh" not in sent
        again = pickle.loads(sent)
        assert again == {"rule": [rule], "module": rule.module}
        assert again["rule"][0].module is again["module"] is rule.module
        assert again["rule"][0].file == rule.file
        assert pickle.loads(pickle.dumps((rule.spec,))) == (rule.spec,)
    assert pickle.loads(pickle.dumps(own.module)).clear(None, {"k": 3}, None) == 3


@pytest.mark.parametrize("way", [lambda held: pickle.loads(pickle.dumps(held)), copy.deepcopy])
def test_filled_parameters_travel_and_still_cannot_be_changed(way: Any) -> None:
    filled, variant = a_spec().fill({"k": 3}), Variant(NO_PARAMS, frozenset({"conserves"}))
    spec = replace(a_spec(), variants=(variant,))
    (again,), there = way(([filled], spec))
    assert dict(again) == dict(filled) and again["k"] == 3
    assert there == spec
    with pytest.raises(TypeError):
        again["k"] = 5


def test_a_pickled_rule_whose_file_has_changed_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "lot.py", SOURCE + CLEAR)
    sent, shipped = pickle.dumps(load_rule(path)), find_mechanisms()["pay_as_bid"]
    path.write_text("raise SystemExit", encoding="utf-8")  # would say so if it were run
    with pytest.raises(InputError) as caught:
        pickle.loads(sent)
    was = hashlib.sha256((SOURCE + CLEAR).encode()).hexdigest()
    now = hashlib.sha256(b"raise SystemExit").hexdigest()
    assert str(caught.value) == (
        f"the file of the rule lot has changed since it was pickled: its sha256 was {was} and is "
        f"{now} [{path}]. put back the file of that time, or load the scenario again and pickle "
        "it anew"
    )
    path.unlink()
    with pytest.raises(InputError, match="the rule's file cannot be read"):
        pickle.loads(sent)
    with pytest.raises(InputError, match="the file of the rule pay_as_bid has changed"):
        pickle.loads(pickle.dumps(replace(shipped, sha256=was)))


def test_a_copy_of_a_structure_shares_its_rules_whatever_became_of_their_files(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, "lot.py", SOURCE + CLEAR)
    rule = load_rule(path)
    path.unlink()
    for held in (rule, rule.module, rule.file):
        assert copy.deepcopy([held])[0] is held
        assert copy.copy(held) is held


def test_a_rules_own_classes_are_found_again_by_another_process(tmp_path: Path) -> None:
    """The name of its module depends on the file alone, not on what was loaded before it."""
    state = "class State:\n    at = 7\n"
    path = written(tmp_path, "lot.py", SOURCE + CLEAR + state)
    rule = load_rule(path)
    sent = tmp_path / "sent"
    sent.write_bytes(pickle.dumps((rule, rule.module.State())))
    code = (
        "import pickle, sys, pathlib\n"
        "rule, state = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())\n"
        "print(rule.name, state.at, type(state) is rule.module.State)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(sent)], capture_output=True, text=True, check=True,
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout == "lot 7 True\n"


def test_a_rule_of_an_earlier_version_is_told_the_present_names(tmp_path: Path) -> None:
    """`MOVED` maps to modules that exist, and the sentence names each old import once."""
    path = tmp_path / "mine.py"
    path.write_text(
        "from market.clearing import Clearing\nfrom market.order import Book\nimport market.view\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        load_rule(path)
    assert caught.value.code == "rule.moved"
    assert str(caught.value).endswith(
        "in its imports write market.clearing.clearing for market.clearing, "
        "market.clearing.order for market.order, market.participants.view for market.view"
    )
    for module in MOVED.values():
        assert importlib.util.find_spec(module) is not None
