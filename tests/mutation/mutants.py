"""Small changes to the code, one at a time: which there are, which are drawn, what each writes.

The changes are mutmut's: an operator swapped, an argument dropped, a number raised by one. As
mutmut does, they leave out decorated functions (so every compiled kernel and every property),
annotations, docstrings and what stands outside functions.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import libcst as cst
from libcst.metadata import MetadataWrapper
from mutmut.mutation.file_mutation import Mutation, MutationVisitor, deep_replace
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

PARTS = ("scenarios/simulation", "scenarios/policies", "market/settle.py", "market/contracts")
SEED = "permits"
# Each part's share of the sample at least. Simulation holds three quarters of all mutants, so
# that a plain draw of 300 would leave two or three to the policies.
LEAST = 5


@dataclass(frozen=True)
class Change:
    """What is written instead of what, where: how a list of equivalent mutants names one."""

    file: str
    function: str
    before: str
    after: str
    repeat: int = 0  # the same change earlier in the same function

    def as_toml(self) -> str:
        """An entry for `equivalent.toml`, to which only the reason has to be added."""
        # Every JSON string is a TOML string too.
        named = {name: json.dumps(value, ensure_ascii=False) for name, value in vars(self).items()}
        lines = [f"{name} = {value}" for name, value in named.items()]
        return "\n".join(["[[equivalent]]", *lines, 'reason = ""'])


@dataclass(frozen=True)
class Mutant:
    """One change at one place."""

    part: str
    change: Change
    number: int  # among the mutants of its file

    @property
    def lot(self) -> str:
        """Its place in the draw, which no change to another function moves."""
        return hashlib.sha256(f"{SEED} {self.change}".encode()).hexdigest()


def find_mutants(root: Path, parts: Sequence[str] = PARTS) -> list[Mutant]:
    """Every mutant of the files of `parts`, in the order of the code."""
    return [
        mutant
        for part in parts
        for path in _files(root / part)
        for mutant in _mutants_of(part, path.relative_to(root).as_posix(), path.read_text("utf-8"))
    ]


def draw_sample(mutants: Sequence[Mutant], size: int) -> list[Mutant]:
    """Draw `size` mutants: a fifth from each part (or all it has), then the next lots of all.

    The next lots are the largest part's, for it is drawn less densely than the others. The draw
    rests on the mutants alone, never on their order; a larger sample holds a smaller one.
    """
    by_lot = sorted(mutants, key=lambda mutant: mutant.lot)
    taken: set[Mutant] = set()
    for part in {mutant.part for mutant in mutants}:
        taken.update([mutant for mutant in by_lot if mutant.part == part][: size // LEAST])
    rest = [mutant for mutant in by_lot if mutant not in taken]
    taken.update(rest[: size - len(taken)])
    return [mutant for mutant in by_lot if mutant in taken]


def mutated_source(source: str, mutant: Mutant) -> str:
    """The whole text of the mutant's file with its one change."""
    module, found = _mutations(source)
    mutation = found[mutant.number]
    changed = deep_replace(module, mutation.original_node, mutation.mutated_node)
    assert isinstance(changed, cst.Module)
    return changed.code


def diff_of(file: str, before: str, after: str) -> tuple[int, str]:
    """The first line that differs, from 1, and the unified diff with one line around it."""
    old, new = before.splitlines(), after.splitlines()
    pairs = enumerate(zip(old, new, strict=False), start=1)
    line = next((n for n, (a, b) in pairs if a != b), min(len(old), len(new)) + 1)
    return line, "\n".join(difflib.unified_diff(old, new, file, file, n=1, lineterm=""))


def load_equivalents(path: Path, mutants: Sequence[Mutant]) -> dict[Change, str]:
    """The mutants that no test can kill, each with the reason.

    Raises:
        ValueError: an entry gives no reason, or names a change that no mutant makes (any more).
    """
    known = {mutant.change for mutant in mutants}
    reasons: dict[Change, str] = {}
    for entry in tomllib.loads(path.read_text("utf-8")).get("equivalent", []):
        reason = entry.pop("reason", "")
        change = Change(**entry)
        if not reason.strip():
            raise ValueError(f"{path.name}: no reason given for\n{change.as_toml()}")
        if change not in known:
            raise ValueError(f"{path.name}: no mutant makes this change:\n{change.as_toml()}")
        reasons[change] = reason
    return reasons


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _mutants_of(part: str, file: str, source: str) -> Iterator[Mutant]:
    module, found = _mutations(source)
    seen: Counter[Change] = Counter()
    for number, mutation in enumerate(found):
        function = _function_of(mutation)
        assert function is not None
        before, after = (
            module.code_for_node(node) for node in (mutation.original_node, mutation.mutated_node)
        )
        change = Change(file, function.name.value, before.strip(), after.strip())
        yield Mutant(part, replace(change, repeat=seen[change]), number)
        seen[change] += 1


def _mutations(source: str) -> tuple[cst.Module, list[Mutation]]:
    """The parsed module and mutmut's mutations inside functions, in the order of the code."""
    visitor = MutationVisitor(mutation_operators, IgnoredCode(set(), set(), set()))
    module = MetadataWrapper(cst.parse_module(source)).visit(visitor)
    inside = [m for m in visitor.mutations if _function_of(m) is not None]
    return module, inside


def _function_of(mutation: Mutation) -> cst.FunctionDef | None:
    # mutmut counts a class body's statements as contained too, and does not write those either.
    outer = mutation.contained_by_top_level_function
    return outer if isinstance(outer, cst.FunctionDef) else None
