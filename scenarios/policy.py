"""What a policy sees, and the instructions that it returns.

An instruction is data: a name, whole numbers and ids. What carries it out stands beside it, in
`scenarios/simulation/instruments`, one file each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from types import NoneType, UnionType
from typing import (
    Any,
    ClassVar,
    Protocol,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    runtime_checkable,
)

from numpy.random import Generator

from permits.errors import InputError
from permits.rule import Params, Rule, lacking

PPM = 1_000_000
"""The whole, in parts per million: shares in instructions are exact."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """What a government orders; each kind is a frozen dataclass with a `name` of its own.

    Its fields hold whole numbers of zero or more, texts, and tables or tuples of them, so that
    it can stand in a log of commands. A field in `_ppm` is a share, at most `PPM`.

    Raises: InputError for any other value.
    """

    name: ClassVar[str] = ""

    def __post_init__(self) -> None:
        hints = field_hints(type(self))
        for one in fields(self):
            value = getattr(self, one.name)
            if not _fits(value, hints[one.name]):
                raise InputError(
                    "instruction.value",
                    "{name}: {field} = {value!r} is not what an instruction holds there: whole "
                    "numbers of zero or more, texts, or a table of them",
                    where=self.name,
                    mend="round shares to ppm, money to fen, masses to mg, with int(round(...))",
                    name=self.name,
                    field=one.name,
                    value=value,
                )
            if one.name.endswith("_ppm") and max(_numbers(value), default=0) > PPM:
                raise InputError(
                    "instruction.share",
                    "{name}: {field} = {value!r} is more than the whole",
                    where=self.name,
                    mend="the whole is {whole} ppm",
                    name=self.name,
                    field=one.name,
                    value=value,
                    whole=PPM,
                )


def field_hints(kind: type[Instruction]) -> dict[str, Any]:
    """Types of the fields of a kind of instruction, by name."""
    hints = get_type_hints(kind)
    return {one.name: hints[one.name] for one in fields(kind)}


@dataclass(frozen=True, slots=True)
class AreaFacts:
    """One pollutant in a zone or a county, this year's vintage.

    Attributes:
        held_mg: what firms may still use; below 0 after emission without a right.
        emitted_mg: emission of the year until yesterday.
        reserve_mg: in the reserves of its governments.
        issued_mg: cap issued at the opening, reserve included; nothing that was banked.
        price_fen_per_t: last price between firms; None before the first.
        expected_fen_per_t: price that firms expect.
    """

    held_mg: int
    emitted_mg: int
    reserve_mg: int
    issued_mg: int
    price_fen_per_t: int | None
    expected_fen_per_t: int


Areas = Mapping[str, Mapping[str, AreaFacts]]
"""By area, by pollutant."""


@dataclass(frozen=True, slots=True)
class PolicyView:
    """Public facts on the morning of a day, the same for every policy of that day.

    A county is the government that holds the reserve: `city:Jiaxing`, or as the scenario's
    register has it.
    """

    today: date
    first_day: date  # of the scenario
    is_year_start: bool
    reference_fen_per_t: Mapping[str, int]  # per pollutant
    price_fen_per_t: Mapping[str, int]  # last price; a pollutant never traded is absent
    by_zone: Areas = field(default_factory=dict)
    by_county: Areas = field(default_factory=dict)


@runtime_checkable
class Policy(Protocol):
    """A policy as a rule file defines it."""

    def apply(self, view: PolicyView, params: Params, rng: Generator) -> tuple[Instruction, ...]:
        """What is ordered for a day; pure, with `params` filled."""
        ...


def as_policy(rule: Rule) -> Policy:
    """The `apply` of a policy, typed.

    Raises: InputError for a rule that has none.
    """
    module = rule.module
    if isinstance(module, Policy):
        return module
    raise lacking(rule, "apply(view, params, rng)")


def require_instructions(rule: Rule, returned: object) -> tuple[Instruction, ...]:
    """What a policy returned, if it is a tuple of instructions.

    Raises: InputError for anything else, such as the one decision of earlier versions.
    """
    if isinstance(returned, tuple) and all(isinstance(one, Instruction) for one in returned):
        return returned
    raise InputError(
        "policy.returned",
        "the policy {rule} returns {found}, not a tuple of instructions",
        where=str(rule.path),
        mend="return () for nothing, else for example (Fines(percent=200),): docs/scenarios.md "
        "lists the instructions",
        rule=rule.name,
        found=type(returned).__name__,
    )


def _fits(value: object, hint: Any) -> bool:
    """Whether a value is of a field's type, and one that an instruction may hold at all."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint is int:
        # Neither True nor numpy's whole numbers: what is logged is read back the same.
        return type(value) is int and value >= 0
    if hint is str or hint is NoneType:
        return type(value) is hint
    if origin in (Union, UnionType):
        return any(_fits(value, one) for one in inner)
    if origin is Mapping:
        return isinstance(value, Mapping) and all(
            _fits(k, inner[0]) and _fits(v, inner[1]) for k, v in value.items()
        )
    if origin is tuple:
        return isinstance(value, tuple) and all(_fits(one, inner[0]) for one in value)
    return False


def _numbers(value: object) -> list[int]:
    """Every number in a value of a field."""
    if isinstance(value, Mapping):
        return [number for one in value.values() for number in _numbers(one)]
    if isinstance(value, tuple):
        return [number for one in value for number in _numbers(one)]
    return [value] if isinstance(value, int) else []
