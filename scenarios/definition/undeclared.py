"""What a rule file of a user leaves out of its SPEC, and how it is taken."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from permits.rule import Revealed, Rule, unknown_reveals
from scenarios.text import t


def find_undeclared(rules: Iterable[Rule]) -> list[str]:
    """One notice per file that was read by the names of its parameters, or has a slip."""
    found = []
    for rule in rules:
        if rule.undeclared:
            found.append(
                t("{file}: taken from the names of its parameters; add to its SPEC: {fields}",
                  file=rule.path.name, fields=", ".join(rule.undeclared))
            )  # fmt: skip
        if unknown := unknown_reveals(rule.spec):
            found.append(
                t("{file}: SPEC.reveals has {unknown}, which has no effect; known: {known}",
                  file=rule.path.name, unknown=", ".join(map(repr, unknown)),
                  known=", ".join(get_args(Revealed)))
            )  # fmt: skip
    return found
