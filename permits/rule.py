"""Plug-in rules: what a rule file declares about itself, and how rules are found.

A mechanism, trader, policy or allocation rule is one module with a `SPEC` and the
functions of its kind. A folder listing finds it; its file name is its name in
scenarios. The same kinds are found next to a scenario file and in `--plugins`.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from permits.errors import InputError

MARKS = {
    "mechanism": ("clear", "close"),
    "trader": ("decide", "quote"),
    "policy": ("apply",),
    "allocation": ("weights",),
}
"""Functions that identify the kind of a module; any one of them suffices."""

Params = Mapping[str, Any]
NO_PARAMS: Params = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of a rule."""

    name: str
    default: Any
    unit: str
    meaning: str
    choices: tuple[Any, ...] = ()


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
    marks a rule that itself lets an order expire at its `until_s`: all others clear every
    order standing at the close.
    """

    title: str
    title_zh: str
    source: str
    side: str = ""  # mechanisms: "buy" (one-sided sale), "sell" (buyback), "both"
    params: tuple[Param, ...] = ()
    claims: frozenset[str] = frozenset()
    reveals: tuple[str, ...] = ()
    in_force: tuple[Force, ...] = ()
    variants: tuple[Variant, ...] = ()
    heeds_until: bool = False

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
    """A rule that was found: its name, kind, module, and the hash of its file."""

    name: str
    kind: str
    module: ModuleType = field(repr=False, compare=False)
    path: Path
    sha256: str
    shipped: bool

    @property
    def spec(self) -> Spec:
        spec: Spec = self.module.SPEC
        return spec


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


def _rule(path: Path, kind: str, module: ModuleType, shipped: bool) -> Rule:
    return Rule(
        name=path.stem,
        kind=kind,
        module=module,
        path=path,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        shipped=shipped,
    )
