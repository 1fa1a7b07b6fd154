"""Plug-in rules: what a rule file declares about itself, and how rules are found.

A mechanism, trader, policy or allocation rule is one module with a `SPEC` and the
functions of its kind. A folder listing finds it; its file name is its name in
scenarios. The same kinds are found next to a scenario file and in `--plugins`.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, Literal, get_args

from permits.errors import InputError

MARKS = {
    "mechanism": ("clear", "close"),
    "trader": ("decide", "quote"),
    "policy": ("apply",),
    "allocation": ("weights",),
}
"""Functions that identify the kind of a module; any one of them suffices."""

Revealed = Literal[
    "asks", "best quotes", "bidders", "bids", "demand", "price", "rank", "taken", "trades",
    "unsold",
]  # fmt: skip
"""What traders may see of a session before its close."""

Limited = Literal["bids", "window"]
"""What of a session a parameter may limit: bids of one bidder, or seconds of the window."""

# Files of users written before `Param.limits` existed said it by these names.
LIMITS_BY_NAME: dict[str, Limited] = {"max_bids": "bids", "window_s": "window"}

# Before these fields existed a file got them by bearing the name of the shipped rule.
ONCE_BY_NAME = ("term_years", "supply_optional", "rations_heads", "needs_plan")

MOVED = {
    "market.budget": "market.clearing.budget",
    "market.clearing": "market.clearing.clearing",
    "market.clock": "market.clearing.clock_sale",
    "market.crossing": "market.clearing.crossing",
    "market.demand": "market.participants.demand",
    "market.matching": "market.clearing.matching",
    "market.order": "market.clearing.order",
    "market.seat": "market.participants.seat",
    "market.shading": "market.participants.bid_shading",
    "market.tranches": "market.clearing.tranches",
    "market.view": "market.participants.view",
}
"""Modules that rules of users import: the name until 0.1, and the present one."""

Params = Mapping[str, Any]
NO_PARAMS: Params = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of a rule; `limits` names what of a session its value limits."""

    name: str
    default: Any
    unit: str
    meaning: str
    choices: tuple[Any, ...] = ()
    limits: Limited | None = None


@dataclass(frozen=True, slots=True)
class Force:
    """Where, and from when to when, a rule is or was in force (`None`: open-ended)."""

    place: str
    begins: date | None = None
    ends: date | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """Parameters of a rule that differ from its defaults, and the properties claimed for them."""

    params: Params
    claims: frozenset[str]


@dataclass(frozen=True, slots=True)
class Spec:
    """Description of a rule.

    `title` and `title_zh` name it; `source` holds keys of docs/bibliography.md;
    `claims` are properties that the contract tests check; `reveals` lists which information
    becomes public before the close; `in_force` is empty for a rule from theory; `heeds_until`
    marks a rule under which orders come and go: it lets an order expire at its `until_s`
    and keeps a trader's own orders apart; all others clear every order standing at the close.
    """

    title: str
    title_zh: str
    source: str
    side: str = ""  # mechanisms: "buy" (one-sided sale), "sell" (buyback), "both"
    params: tuple[Param, ...] = ()
    claims: frozenset[str] = frozenset()
    reveals: tuple[Revealed, ...] = ()
    in_force: tuple[Force, ...] = ()
    variants: tuple[Variant, ...] = ()
    heeds_until: bool = False
    revisable: bool = False  # only the last bid of each bidder counts
    term_years: int | None = None  # vintages sold as one, unless the sale says otherwise
    supply_optional: bool = False  # a sale needs no stated supply
    rations_heads: bool = False  # wins by a share of the bidders, not by mass
    needs_plan: bool = False  # allocation rules: weights are quotas of the least-cost plan

    @property
    def shows_asks(self) -> bool:
        """Whether asks stand in view and are taken at their own price."""
        return not {"asks", "best quotes"}.isdisjoint(self.reveals)

    def limit(self, what: Limited, params: Params) -> int | None:
        """Value of the parameter that limits `what`, the least of several; `None` without one."""
        names = [param.name for param in self.params if param.limits == what]
        return min((int(params[name]) for name in names), default=None)

    def most_bids(self, params: Params) -> int:
        """Number of bids per bidder, each revising the one before; 0: all bids stand."""
        if not self.revisable:
            return 0
        limit = self.limit("bids", params)
        return sys.maxsize if limit is None else limit

    def fill(self, given: Params, *, where: str = "") -> Params:
        """`given` with defaults for missing values; an unknown name or choice raises InputError."""
        known = {param.name: param for param in self.params}
        for name, value in given.items():
            if name not in known:
                raise InputError(
                    "rule.param",
                    "{rule} has no parameter {name!r}",
                    where=where,
                    mend="known parameters: {known}",
                    rule=self.title,
                    name=name,
                    known=", ".join(known) or "none",
                )
            choices = known[name].choices
            if choices and value not in choices:
                raise InputError(
                    "rule.choice",
                    "{name} = {value!r} is not one of {choices}",
                    where=where,
                    mend="choose one of them",
                    name=name,
                    value=value,
                    choices=", ".join(map(str, choices)),
                )
        return MappingProxyType({n: given.get(n, p.default) for n, p in known.items()})


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that was found: its name, kind, module, and the hash of its file.

    `module` is read through the accessor of its kind, which checks that the functions are
    there: `as_mechanism`, `as_trader`, `as_quoter`, `as_policy`, `as_allocation`.
    """

    name: str
    kind: str
    module: object = field(repr=False, compare=False)
    path: Path
    sha256: str
    shipped: bool
    spec: Spec = field(repr=False, compare=False)
    undeclared: tuple[str, ...] = ()
    """What its SPEC leaves out and was taken from the names of its parameters."""

    def __reduce__(self) -> tuple[Any, ...]:
        # A module does not travel between processes; it is loaded anew from its place.
        module = str(getattr(self.module, "__name__", ""))
        place = module if self.shipped else str(self.path.resolve())
        return _again, (self.kind, place, self.path, self.sha256, self.shipped)


def find_shipped(kind: str, folder: Path, package: str) -> dict[str, Rule]:
    """All shipped rules of one kind, by name.

    Args:
        kind: a key of `MARKS`.
        folder: where the rule files are.
        package: import path of `folder`.
    """
    return {
        path.stem: _rule(path, kind, importlib.import_module(f"{package}.{path.stem}"), True)
        for path in sorted(folder.glob("*.py"))
        if not path.stem.startswith("_")
    }


def find_plugins(folders: Iterable[Path]) -> dict[tuple[str, str], Rule]:
    """Rules in other folders, by (kind, name); files without a `SPEC` are ignored."""
    found: dict[tuple[str, str], Rule] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.py")):
            if "SPEC" in path.read_text(encoding="utf-8", errors="replace"):
                rule = load_rule(path)
                found[rule.kind, rule.name] = rule
    return found


def with_plugins(
    shipped: Mapping[str, Rule], plugins: Mapping[tuple[str, str], Rule], kind: str
) -> dict[str, Rule]:
    """Shipped rules of a kind and those of users; a user's rule replaces one of its name.

    Args:
        shipped: rules of this kind by name.
        plugins: rules of any kind by (kind, name), as `find_plugins` returns them.
        kind: a key of `MARKS`.
    Raises: InputError from `require_declared`.
    """
    own = {name: rule for (of_kind, name), rule in plugins.items() if of_kind == kind}
    for name in sorted(own.keys() & shipped.keys()):
        require_declared(own[name], shipped[name])
    return {**shipped, **own}


def require_declared(own: Rule, shipped: Rule) -> None:
    """Check that a rule in the place of a shipped one declares what the name once implied.

    Raises: InputError with the file and the fields of `SPEC` that it leaves out.
    """
    default = {one.name: one.default for one in fields(Spec)}
    missing = [
        f"{name}={said!r}"
        for name in ONCE_BY_NAME
        if getattr(own.spec, name) == default[name] != (said := getattr(shipped.spec, name))
    ]
    if missing:
        raise InputError(
            "rule.undeclared",
            "{rule} replaces the shipped rule of that name, but its SPEC lacks {fields}",
            where=str(own.path),
            mend="add them to its SPEC, or give the file another name",
            rule=own.name,
            fields=", ".join(missing),
        )


def lacking(rule: Rule, function: str, *, where: str = "") -> InputError:
    """The error for a rule whose file lacks a function of its kind."""
    return InputError(
        "rule.function",
        "the {kind} {rule!r} does not define {function}",
        where=where or str(rule.path),
        mend="define {function} in its file",
        kind=rule.kind,
        rule=rule.name,
        function=function,
    )


def load_rule(path: Path) -> Rule:
    """Load one rule from a file; its functions determine its kind.

    Raises: InputError if the file cannot be imported or does not define exactly one kind.
    """
    name = f"permits_plugin_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Before execution: dataclasses in the rule look up their own module by name.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        if isinstance(error, ImportError) and (moved := _moved_imports(path)):
            raise InputError(
                "rule.moved",
                "the rule imports by names of an earlier version",
                where=str(path),
                mend="in its imports write {moved}",
                moved=", ".join(f"{MOVED[old]} for {old}" for old in moved),
            ) from error
        raise InputError(
            "rule.load",
            "the rule does not load: {error}",
            where=str(path),
            mend="fix the Python file; `permits init --mechanism NAME` writes a working example",
            error=f"{type(error).__name__}: {error}",
        ) from error
    kinds = [kind for kind, marks in MARKS.items() if any(hasattr(module, m) for m in marks)]
    # Functions of two kinds would leave the kind to the order of `MARKS`.
    if len(kinds) != 1 or not isinstance(getattr(module, "SPEC", None), Spec):
        raise InputError(
            "rule.kind",
            "the file is not one rule: it needs a SPEC and the function of one kind",
            where=str(path),
            mend="define SPEC and one of: {marks}",
            marks="; ".join(f"{k}: {' or '.join(m)}" for k, m in MARKS.items()),
        )
    return _rule(path, kinds[0], module, False)


def _moved_imports(path: Path) -> list[str]:
    """Modules that the file imports by names of an earlier version, in their order."""
    found: dict[str, None] = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module in MOVED:
            found[node.module] = None
        elif isinstance(node, ast.Import):
            found |= dict.fromkeys(name.name for name in node.names if name.name in MOVED)
    return list(found)


def _again(kind: str, place: str, path: Path, sha256: str, shipped: bool) -> Rule:
    """A rule in another process. Raises InputError where its file has changed since."""
    if shipped:
        rule = _rule(path, kind, importlib.import_module(place), True)
    else:
        rule = replace(load_rule(Path(place)), path=path)
    if rule.sha256 != sha256:
        raise InputError(
            "rule.changed",
            "the rule's file was changed while it was in use",
            where=str(path),
            mend="start again, and leave the file alone until the end",
        )
    return rule


def _rule(path: Path, kind: str, module: ModuleType, shipped: bool) -> Rule:
    spec: Spec = module.SPEC
    undeclared: tuple[str, ...] = ()
    if kind == "mechanism" and not shipped:
        spec, undeclared = _from_names(spec)
    return Rule(
        name=path.stem,
        kind=kind,
        module=module,
        path=path,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        shipped=shipped,
        spec=spec,
        undeclared=undeclared,
    )


def _from_names(spec: Spec) -> tuple[Spec, tuple[str, ...]]:
    """A SPEC with what older files said by the names of parameters, and what was added."""
    params, undeclared, revisable = list(spec.params), [], spec.revisable
    said = {param.limits for param in params}
    for n, param in enumerate(params):
        limits = LIMITS_BY_NAME.get(param.name)
        if limits is None or limits in said or param.limits is not None:
            continue
        params[n] = replace(param, limits=limits)
        undeclared.append(f'Param("{param.name}", ..., limits="{limits}")')
        if limits == "bids" and not revisable:
            revisable = True
            undeclared.append("revisable=True")
    if not undeclared:
        return spec, ()
    return replace(spec, params=tuple(params), revisable=revisable), tuple(undeclared)


def unknown_reveals(spec: Spec) -> list[str]:
    """Entries of `reveals` that are none of `Revealed`, as a file of a user may have."""
    return [one for one in spec.reveals if one not in get_args(Revealed)]
