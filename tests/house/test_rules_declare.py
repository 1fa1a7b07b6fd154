"""What a rule is, it declares in its SPEC; no other file knows it by a name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from market.clearing.clearing import Unfilled
from market.mechanisms import find_mechanisms
from permits.rule import MARKS
from scenarios.definition.own_rules import FINDERS

ROOT = Path(__file__).resolve().parents[2]
RULE_FOLDERS = ("market/mechanisms", "market/traders", "scenarios/policies", "permits/allocation")
FUNCTIONS = {name for marks in MARKS.values() for name in marks} | {
    "open", "step", "abate", "begin", "hear",
}  # fmt: skip

# Place and rule's name, with the reason why the name stands there.
ALLOWED = {
    ("market/contracts/secondary.py", "bilateral"): "a route of trade, not the rule",
    ("market/laboratory/sessions/many_sessions.py", "*"): "the kernel's numbers of behaviours",
    ("market/laboratory/studies/ceilings.py", "price_tranches"): "the study compares the two",
    ("market/laboratory/studies/ceilings.py", "uniform_price"): "the study compares the two",
    ("market/laboratory/studies/game.py", "pay_as_bid"): "a format of the study's own sale",
    ("permits/ledger/entry.py", "penalty"): "a reason of entries",
    ("permits/trueup.py", "penalty"): "the id of an entry",
    ("scenarios/definition/schema.py", "equal_cut"): "default of a key",
    ("scenarios/definition/schema.py", "marginal_cost"): "default of a key",
    ("scenarios/api/market_calls.py", "zero_intelligence"): "default of an argument",
    ("scenarios/planning/uncertainty/table.py", "marginal_cost"): "a kind of row",
    ("scenarios/results/formatting.py", "marginal_cost"): "a kind of row",
    ("scenarios/results/reason_titles.py", "penalty"): "a text",
    ("scenarios/simulation/frictions.py", "call_double"): "put in place of the scenario's",
    ("scenarios/simulation/frictions.py", "marginal_cost"): "put in place of the scenario's",
    ("scenarios/simulation/frictions.py", "uniform_price"): "put in place of the scenario's",
}
ALLOWED_PARAMETERS = {
    ("market/clearing/clock_sale.py", "start_yuan"): "declared there, for both clocks",
    ("market/clearing/clock_sale.py", "step_yuan"): "declared there, for both clocks",
    ("scenarios/sales/conditions.py", "window_s"): "a condition of the sale",
}
SPEC_FILE = "permits/rule.py"


def test_no_rule_is_known_by_its_own_name() -> None:
    names = {name for find in FINDERS.values() for name in find()}
    found = {
        (path, node.value, node.lineno)
        for path, node in _nodes()
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in names
    }
    wrong = [
        f"{path}:{line} {name}"
        for path, name, line in sorted(found)
        if (path, name) not in ALLOWED and (path, "*") not in ALLOWED
    ]
    assert wrong == []
    places = {(path, name) for path, name, _ in found} | {(path, "*") for path, _, _ in found}
    assert set(ALLOWED) <= places, "what is allowed is there"


def test_no_kind_of_rule_is_known_by_asking_for_a_function() -> None:
    wrong = [
        f"{path}:{node.lineno} {ast.unparse(node)}"
        for path, node in _nodes()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("hasattr", "getattr")
        and isinstance(node.args[1], ast.Constant)
        and node.args[1].value in FUNCTIONS
    ]
    assert wrong == []


def test_no_rule_is_known_by_the_name_of_a_parameter() -> None:
    names = {param.name for rule in find_mechanisms().values() for param in rule.spec.params}
    found = {
        (path, asked, node.lineno)
        for path, node in _nodes()
        if isinstance(node, ast.Compare | ast.Call | ast.Subscript)
        for asked in _asked(node)
        if asked in names
    }
    wrong = [
        f"{path}:{line} {name}"
        for path, name, line in sorted(found)
        if (path, name) not in ALLOWED_PARAMETERS
    ]
    assert wrong == []
    assert set(ALLOWED_PARAMETERS) == {(path, name) for path, name, _ in found}


def test_what_a_rule_reveals_and_refuses_is_not_compared_as_text() -> None:
    refusals = {one.value for one in Unfilled}
    wrong = [
        f"{path}:{node.lineno} {ast.unparse(node)}"
        for path, node in _nodes()
        if (isinstance(node, ast.Attribute) and node.attr == "reveals" and path != SPEC_FILE)
        or (isinstance(node, ast.Compare) and _compares(node, refusals))
    ]
    assert wrong == []


def _asked(node: ast.Compare | ast.Call | ast.Subscript) -> Iterator[str]:
    """The text in `"x" in known`, `param.name == "x"`, `params.get("x")` or `params["x"]`."""
    asked: list[ast.expr] = []
    of = ""  # what is asked
    if isinstance(node, ast.Subscript):
        asked, of = [node.slice], ast.unparse(node.value)
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            asked, of = node.args[:1], ast.unparse(node.func.value)
    elif isinstance(node.ops[0], ast.In | ast.NotIn):
        asked, of = [node.left], ast.unparse(node.comparators[0])
    else:
        sides = [node.left, *node.comparators]
        if any(ast.unparse(side) in ("param.name", "p.name") for side in sides):
            asked, of = sides, "params"
    for one in asked:
        # Of other mappings only names that are no plain words, as a column "price" is.
        text = one.value if isinstance(one, ast.Constant) else None
        if isinstance(text, str) and ("params" in of or "_" in text):
            yield text


def _compares(node: ast.Compare, values: set[str]) -> bool:
    """Whether `x.value` is compared with one of the values as text."""
    sides = [node.left, *node.comparators]
    asks = any(isinstance(side, ast.Attribute) and side.attr == "value" for side in sides)
    return asks and any(isinstance(s, ast.Constant) and s.value in values for s in sides)


@cache
def _nodes() -> list[tuple[str, ast.AST]]:
    """Every node that may ask, of our code outside the rules' own files, with its file."""
    asking = ast.Constant | ast.Call | ast.Compare | ast.Subscript | ast.Attribute
    found = []
    for top in ("permits", "market", "optimize", "scenarios"):
        for path in sorted((ROOT / top).rglob("*.py")):
            place = path.relative_to(ROOT)
            if str(place.parent) in RULE_FOLDERS and path.stem != "__init__":
                continue
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found += [(str(place), n) for n in ast.walk(tree) if isinstance(n, asking)]
    return found
