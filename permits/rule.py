"""Plug-in rules: what a rule file declares about itself, and how rules are found.

A mechanism, trader, policy or allocation rule is one module with a `SPEC` and the
functions of its kind. A folder listing finds the shipped ones; the file name is the name
in scenarios. A file of a user is read once, and what is hashed is what is run.

A pickle holds where a rule is found and the hash of its file, and nothing of what the file
says. Loading it finds the rule again, and refuses a file that has changed.
"""

from __future__ import annotations

import ast
import copyreg
import hashlib
import importlib
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import wraps
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, Literal, Self, get_args

from permits.errors import InputError, RightsError
from permits.quantity import plain_number

MARKS = {
    "mechanism": ("clear", "close"),
    "trader": ("decide", "quote"),
    "policy": ("apply",),
    "allocation": ("weights",),
}
"""Functions that identify the kind of a module; any one of them suffices."""

CALLS = (
    *(name for marks in MARKS.values() for name in marks), "open", "step", "abate", "begin", "hear",
)  # fmt: skip
"""Every function of a rule that is called."""

Revealed = Literal[
    "asks", "best quotes", "bidders", "bids", "demand", "price", "rank", "taken", "trades",
    "unsold",
]  # fmt: skip
"""What traders may see of a session before its close."""

Limited = Literal["bids", "window"]
"""What of a session a parameter may limit: bids of one bidder, or seconds of the window."""

# Files of users written before `Param.limits` existed said it by these names.
LIMITS_BY_NAME: dict[str, Limited] = {"max_bids": "bids", "window_s": "window"}

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

GONE = {"scenarios.policy": {"Decision", "NOTHING"}}
"""Names of the one decision that policies returned until 0.1, by module."""

Params = Mapping[str, Any]
NO_PARAMS: Params = MappingProxyType({})


def _filled(values: dict[str, Any]) -> MappingProxyType[str, Any]:
    return MappingProxyType(values)


# Filled parameters stand in the states of sessions; Python has no way to pickle such a mapping.
copyreg.pickle(MappingProxyType, lambda params: (_filled, (dict(params),)))


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of a rule; `limits` names what of a session its value limits."""

    name: str
    default: Any
    unit: str
    meaning: str
    choices: tuple[Any, ...] = ()
    limits: Limited | None = None
    most: float | None = None  # the upper end of its range; None: there is none

    def read(self, value: Any, *, where: str = "") -> Any:
        """A value as given, text or not, in the type of the default.

        Args:
            value: as a scenario or an option gives it.
            where: key or option for the error message.
        Raises: InputError for a value that is none of `choices`; where the default is a number,
            for one below zero or above `most`, and for a part where it is a whole number.
        """
        if self.choices:
            for choice in self.choices:
                # `true` is how scenarios write True, and options all of their values.
                if value == choice or (isinstance(value, str) and value == str(choice).lower()):
                    return choice
            raise InputError(
                "rule.choice",
                "{name} = {value!r} is not one of {choices}",
                where=where,
                mend="choose one of them",
                name=self.name,
                value=value,
                choices=", ".join(map(str, self.choices)),
            )
        kind = type(self.default)
        if kind not in (int, float) or isinstance(value, Fraction):
            return value
        number = plain_number(value, where=where or self.name)
        if number is None or number < min(0, self.default):
            raise self._refused("{name} = {value!r} is not a number of zero or more", value, where)
        if self.most is not None and number > self.most:
            raise self._refused("{name} = {value!r} is above {most}", value, where)
        if kind is int and number != int(number):
            raise self._refused("{name} = {value!r} is not a whole number", value, where)
        return kind(number)

    def _refused(self, text: str, value: Any, where: str) -> InputError:
        return InputError(
            "rule.number",
            text,
            where=where,
            mend="write for example {example}",
            name=self.name,
            value=value,
            example=str(self.default),
            most=self.most,
        )


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
    # policies: `frictions=none` keeps an instrument and removes a friction
    kind: Literal["instrument", "friction"] = "instrument"

    def __post_init__(self) -> None:
        if self.kind not in ("instrument", "friction"):
            raise InputError(
                "rule.spec_kind",
                "SPEC.kind = {kind!r} is neither instrument nor friction",
                where=self.title,
                mend='write kind="friction" for a rule that `frictions=none` removes, else nothing',
                kind=self.kind,
            )

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
        """`given` with defaults for missing values, each in the type of its default.

        Raises: InputError for an unknown name or choice, and for what is no number where the
            default is one.
        """
        known = {param.name: param for param in self.params}
        typed: dict[str, Any] = {}
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
            typed[name] = known[name].read(value, where=where)
        return MappingProxyType({n: typed.get(n, p.default) for n, p in known.items()})


class _OneOfIt:
    """What a copy of a structure shares with it, since nothing changes it."""

    __slots__ = ()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self


@dataclass(frozen=True, slots=True)
class RuleFile(_OneOfIt):
    """A rule file of a user as it was read, once: nothing else of it is ever run."""

    path: Path
    source: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """Name of the rule in scenarios."""
        return self.path.stem

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.source).hexdigest()

    def __reduce__(self) -> tuple[Any, ...]:
        # Absolute besides: another process may stand in another folder.
        return _same_file, (self.path, self.path.absolute(), self.sha256)


class RuleModule(_OneOfIt, ModuleType):
    """The module of a rule; it travels as its rule does."""

    __rule__: Rule

    def __reduce__(self) -> tuple[Any, ...]:
        return _module_of, (self.__rule__,)


@dataclass(frozen=True, slots=True)
class Rule(_OneOfIt):
    """A rule that was found: its name, kind, module, and the hash of its file.

    `module` is read through the accessor of its kind, which checks that the functions are
    there: `as_mechanism`, `as_trader`, `as_quoter`, `as_policy`, `as_allocation`. `file` is
    that of a user's rule; a shipped one has none.
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
    file: RuleFile | None = field(default=None, repr=False, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        if self.file is not None:
            return load_rule, (self.file,)
        # By module, since a shipped file stands elsewhere on another machine.
        return _same_shipped, (self.kind, vars(self.module)["__name__"], self.sha256)


def find_shipped(kind: str, folder: Path, package: str) -> dict[str, Rule]:
    """All shipped rules of one kind, by name.

    Args:
        kind: a key of `MARKS`.
        folder: where the rule files are.
        package: import path of `folder`.
    """
    return {
        path.stem: _shipped(path, kind, importlib.import_module(f"{package}.{path.stem}"))
        for path in sorted(folder.glob("*.py"))
        if not path.stem.startswith("_")
    }


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


def read_rule_file(path: Path) -> RuleFile:
    """Read a rule file of a user; nothing of it is run.

    Raises: InputError if it cannot be read.
    """
    try:
        return RuleFile(path, path.read_bytes())
    except OSError as error:
        raise InputError(
            "rule.file",
            "the rule's file cannot be read: {error}",
            where=str(path),
            mend="check the path",
            error=error.strerror or str(error),
        ) from error


_LOADED: dict[RuleFile, Rule] = {}
"""Rules of users that this process has run: a file is run once."""


def load_rule(
    given: Path | RuleFile, before: Callable[[RuleFile], None] = lambda file: None
) -> Rule:
    """Run a rule file of a user, with the rights of this process: no sandbox holds it.

    Its functions determine its kind. What it prints goes to standard error, whatever it raises
    becomes an InputError.

    Args:
        given: the file, or what was read of it.
        before: called just before it is run; not if this process has run it already.
    Raises: InputError if the file does not run or does not define exactly one kind.
    """
    file = given if isinstance(given, RuleFile) else read_rule_file(given)
    if file not in _LOADED:
        before(file)
        _LOADED[file] = _own_rule(file, _run(file))
    return _LOADED[file]


def _run(file: RuleFile) -> ModuleType:
    """The module that a file makes. Raises InputError for whatever it raises."""
    # The same in every process, so that what is pickled by the name of its class is found.
    place = hashlib.sha256(str(file.path.absolute()).encode()).hexdigest()
    module = ModuleType(f"permits_plugin_{file.sha256[:12]}_{place[:12]}")
    module.__file__ = str(file.path)
    # Before execution: dataclasses in the rule look up their own module by name.
    sys.modules[module.__name__] = module
    try:
        with redirect_stdout(sys.stderr):
            # The bytes that were hashed: an import would take a stale `__pycache__` for them.
            exec(compile(file.source, str(file.path), "exec", dont_inherit=True), vars(module))
    except BaseException as error:  # SystemExit would end the command in silence
        del sys.modules[module.__name__]
        if isinstance(error, RightsError):
            raise
        if isinstance(error, ImportError) and (gone := _gone_imports(file)):
            raise InputError(
                "rule.gone",
                "the rule imports {gone} from scenarios.policy: a policy returns a tuple of "
                "instructions now",
                where=str(file.path),
                mend="return () for nothing, else for example (Fines(percent=200),): "
                "docs/scenarios.md lists the instructions",
                gone=", ".join(gone),
            ) from error
        if isinstance(error, ImportError) and (moved := _moved_imports(file)):
            raise InputError(
                "rule.moved",
                "the rule imports by names of an earlier version",
                where=str(file.path),
                mend="in its imports write {moved}",
                moved=", ".join(f"{MOVED[old]} for {old}" for old in moved),
            ) from error
        raise InputError(
            "rule.load",
            "the rule does not load: {error}",
            where=str(file.path),
            mend="fix the Python file; `permits init --mechanism NAME` writes a working example",
            error=f"{type(error).__name__}: {error}",
        ) from error
    return module


def _own_rule(file: RuleFile, module: ModuleType) -> Rule:
    kinds = [kind for kind, marks in MARKS.items() if any(hasattr(module, m) for m in marks)]
    # Functions of two kinds would leave the kind to the order of `MARKS`.
    if len(kinds) != 1 or not isinstance(getattr(module, "SPEC", None), Spec):
        raise InputError(
            "rule.kind",
            "the file is not one rule: it needs a SPEC and the function of one kind",
            where=str(file.path),
            mend="define SPEC and one of: {marks}",
            marks="; ".join(f"{k}: {' or '.join(m)}" for k, m in MARKS.items()),
        )
    for name in CALLS:
        if callable(function := vars(module).get(name)):
            setattr(module, name, _contained(function, file.path))
    spec: Spec = module.SPEC
    undeclared: tuple[str, ...] = ()
    if kinds[0] == "mechanism":
        spec, undeclared = _from_names(spec)
    return _bound(
        Rule(
            name=file.name,
            kind=kinds[0],
            module=module,
            path=file.path,
            sha256=file.sha256,
            shipped=False,
            spec=spec,
            undeclared=undeclared,
            file=file,
        ),
        module,
    )


def _contained(function: Callable[..., Any], path: Path) -> Callable[..., Any]:
    """A function of a user's rule: it prints to standard error, and fails in one sentence."""

    @wraps(function)
    def call(*given: Any, **named: Any) -> Any:
        try:
            with redirect_stdout(sys.stderr):
                return function(*given, **named)
        except (RightsError, KeyboardInterrupt, MemoryError):
            raise
        except BaseException as error:
            raise InputError(
                "rule.call",
                "the rule fails in {function}: {error}",
                where=str(path),
                mend="fix the Python file; --debug shows the line",
                function=function.__name__,
                error=f"{type(error).__name__}: {error}",
            ) from error

    return call


def _moved_imports(file: RuleFile) -> list[str]:
    """Modules that the file imports by names of an earlier version, in their order."""
    found: dict[str, None] = {}
    for node in ast.walk(ast.parse(file.source)):
        if isinstance(node, ast.ImportFrom) and node.module in MOVED:
            found[node.module] = None
        elif isinstance(node, ast.Import):
            found |= dict.fromkeys(name.name for name in node.names if name.name in MOVED)
    return list(found)


def _gone_imports(file: RuleFile) -> list[str]:
    """Names that the file imports and that are gone, in their order."""
    return [
        name.name
        for node in ast.walk(ast.parse(file.source))
        if isinstance(node, ast.ImportFrom)
        for name in node.names
        if name.name in GONE.get(node.module or "", ())
    ]


def _same_file(path: Path, absolute: Path, sha256: str) -> RuleFile:
    """A user's file that was pickled, read again. Raises InputError for another content."""
    file = RuleFile(path, read_rule_file(absolute).source)
    _check_unchanged(absolute, sha256, file.sha256)
    return file


def _same_shipped(kind: str, place: str, sha256: str) -> Rule:
    """A shipped rule that was pickled. Raises InputError where its file is another one here."""
    module = importlib.import_module(place)
    path = Path(str(module.__file__))
    rule = _shipped(path, kind, module)
    _check_unchanged(path, sha256, rule.sha256)
    return rule


def _module_of(rule: Rule) -> object:
    return rule.module


def _check_unchanged(path: Path, pickled: str, present: str) -> None:
    if pickled == present:
        return
    raise InputError(
        "rule.changed",
        "the file of the rule {rule} has changed since it was pickled: its sha256 was {pickled} "
        "and is {present}",
        where=str(path),
        mend="put back the file of that time, or load the scenario again and pickle it anew",
        rule=path.stem,
        pickled=pickled,
        present=present,
    )


def _shipped(path: Path, kind: str, module: ModuleType) -> Rule:
    return _bound(
        Rule(
            name=path.stem,
            kind=kind,
            module=module,
            path=path,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            shipped=True,
            spec=module.SPEC,
        ),
        module,
    )


def _bound(rule: Rule, module: ModuleType) -> Rule:
    """The rule, known to its module. An imported module takes the class that pickles."""
    module.__class__ = RuleModule
    vars(module)["__rule__"] = rule
    return rule


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
