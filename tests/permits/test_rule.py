"""Rules are found by listing folders, and say what they take."""

from __future__ import annotations

import hashlib
import importlib.util
import pickle
from datetime import date
from pathlib import Path

import pytest

from market.mechanisms import find_mechanisms
from permits.errors import InputError
from permits.rule import MOVED, Force, Param, Spec, find_plugins, find_shipped, load_rule

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


def test_rules_of_one_name_and_two_kinds_are_both_found(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    written(one, "lot.py", SOURCE + CLEAR)
    written(two, "lot.py", SOURCE + WEIGHTS)
    written(two, "notes.py", "x = 1\n")
    found = find_plugins([one, two])
    assert list(found) == [("mechanism", "lot"), ("allocation", "lot")]
    assert found["allocation", "lot"].module is not found["mechanism", "lot"].module


def test_a_later_folder_overrides_an_earlier_one(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    written(one, "lot.py", SOURCE + CLEAR)
    later = written(two, "lot.py", SOURCE + CLEAR)
    assert find_plugins([one, two])["mechanism", "lot"].path == later


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


def test_an_unknown_parameter_and_an_unknown_choice_are_refused():
    with pytest.raises(InputError, match=r"no parameter 'q' \[here\]. known parameters: k, tie"):
        a_spec().fill({"q": 1}, where="here")
    with pytest.raises(InputError, match="tie = 'coin' is not one of seq, lot"):
        a_spec().fill({"tie": "coin"})


def test_a_rule_travels_to_another_process_and_is_the_one_that_was_found(tmp_path):
    path = written(tmp_path, "lot.py", SOURCE + CLEAR)
    rule = load_rule(path)
    again = pickle.loads(pickle.dumps(rule))
    assert again == rule
    assert again.module.clear(None, {"k": 3}, None) == 3
    shipped = find_mechanisms()["pay_as_bid"]
    assert pickle.loads(pickle.dumps(shipped)).module is shipped.module
    sent = pickle.dumps(rule)
    path.write_text(SOURCE + CLEAR.replace("'k'", "'q'"), encoding="utf-8")
    with pytest.raises(InputError, match="changed while it was in use"):
        pickle.loads(sent)


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
