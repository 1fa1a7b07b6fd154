"""The one table of instructions: what carries each out, and their form in a log of commands.

A file of `instruments/` holds an instruction and its handler, and that is all an instrument
needs: the table finds it. A policy's own file may add one too.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from permits.errors import InputError
from scenarios.policy import Instruction, field_hints
from scenarios.simulation.calendar import Day
from scenarios.simulation.outcome import Played
from scenarios.simulation.world import World

I = TypeVar("I", bound=Instruction)  # noqa: E741
INSTRUMENTS = Path(__file__).parent / "instruments"


@dataclass(frozen=True, slots=True)
class Author:
    """Who gave an instruction: a policy by its rule's name, and the source of the rule."""

    rule: str
    source: str


Handler = Callable[[World, Day, Author, I], Played[None]]
HANDLERS: dict[type[Instruction], Handler[Any]] = {}
"""Kind of instruction to what carries it out; `handles` adds to it, nothing else does."""


def handles(kind: type[I]) -> Callable[[Handler[I]], Handler[I]]:
    """Decorate the handler of a kind of instruction: it goes into the table.

    Raises: InputError where another kind has the same name.
    """

    def add(handler: Handler[I]) -> Handler[I]:
        place = kind.__module__, kind.__qualname__
        for other in list(HANDLERS):
            if other.name != kind.name:
                continue
            if (other.__module__, other.__qualname__) != place:
                raise InputError(
                    "instruction.twice",
                    "two instructions are called {name!r}",
                    where=f"{kind.__module__}.{kind.__qualname__}",
                    mend="give one of them another name",
                    name=kind.name,
                )
            del HANDLERS[other]  # the same file, run again
        HANDLERS[kind] = handler
        return handler

    return add


def find_handler(instruction: Instruction) -> Handler[Any]:
    """What carries an instruction out. Raises InputError where nothing does."""
    _load_instruments()
    if type(instruction) in HANDLERS:
        return HANDLERS[type(instruction)]
    raise _unknown(instruction.name or type(instruction).__name__)


def require_pollutants(world: World, author: Author, named: Iterable[str]) -> None:
    """Raise InputError where an instruction names a pollutant that the scenario lacks."""
    for name in named:
        if name not in world.pollutants:
            raise InputError(
                "instruction.pollutant",
                "the policy {rule} names the pollutant {name!r}, which the scenario does not have",
                where=f"policy {author.rule}",
                mend="there are: {known}",
                rule=author.rule,
                name=name,
                known=", ".join(world.pollutants),
            )


def as_json(instruction: Instruction) -> dict[str, Any]:
    """An instruction as a log holds it: its name, and its fields in plain values."""
    values = {one.name: _plain(getattr(instruction, one.name)) for one in fields(instruction)}
    return {"name": instruction.name, "with": values}


def from_json(value: Any) -> Instruction:
    """The instruction that `as_json` wrote.

    Raises: InputError for an unknown name, a field that is missing or unknown, and a value that
        an instruction does not hold.
    """
    _load_instruments()
    known = {kind.name: kind for kind in HANDLERS}
    name, given = _parts(value)
    if name not in known:
        raise _unknown(name)
    kind = known[name]
    hints = field_hints(kind)
    wrong = sorted(hints.keys() ^ given.keys())
    if wrong:
        raise InputError(
            "instruction.fields",
            "{name} has the fields {known}; wrong or missing: {wrong}",
            where=name,
            mend="give each field once",
            name=name,
            known=", ".join(hints),
            wrong=", ".join(wrong),
        )
    # JSON has no tuples: a list is one.
    return kind(**{key: tuple(v) if isinstance(v, list) else v for key, v in given.items()})


def _parts(value: Any) -> tuple[str, Mapping[str, Any]]:
    if isinstance(value, Mapping) and value.keys() == {"name", "with"}:
        name, given = value["name"], value["with"]
        if isinstance(name, str) and isinstance(given, Mapping):
            return name, given
    raise InputError(
        "instruction.form",
        "{value!r} is not an instruction",
        mend='write {{"name": ..., "with": {{...}}}}',
        value=value,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _unknown(name: str) -> InputError:
    return InputError(
        "instruction.unknown",
        "there is no instruction {name!r}",
        where=name,
        mend="there are: {known}",
        name=name,
        known=", ".join(sorted(kind.name for kind in HANDLERS)),
    )


@cache
def _load_instruments() -> None:
    """Import every file of `instruments/`, which fills the table."""
    for path in sorted(INSTRUMENTS.glob("*.py")):
        if path.stem != "__init__":
            importlib.import_module(f"scenarios.simulation.instruments.{path.stem}")
