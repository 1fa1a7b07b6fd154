"""Options that have an effect only with, or only without, another one.

An option that would change nothing is refused: whoever gives it expects something of it.
The commands and the functions of `scenarios.api` read the same tables.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from inspect import signature
from typing import Any

from permits.errors import InputError

NEEDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "run": {"--force": ("--out",)},
    "allocate": {
        "--catalogue": ("--register",),
        "--costs": ("--register",),
        "--negative-costs": ("--register",),
        "--control-measures": ("--inventory",),
        "--inventory": ("--control-measures",),
        "--price-factors": ("--inventory",),
        "--set": ("SCENARIO",),
        "--plugins": ("SCENARIO",),
        "--certainty": ("--draws",),
        "--range": ("--draws",),
        "--doubt": ("--draws",),
        "--count": ("--years",),
        "--force": ("--out",),
    },
    "meter": {
        "--limit": ("--hints",),
        "--conversion": ("--materials",),
        "--messages": ("--watch", "--page"),
        "--speed": ("--watch",),
        "--force": ("--out",),
    },
    # Where the cards are shown live, only their page is written.
    "meter --watch": {"--out": ("--page",)},
    "hj212": {
        "--out": ("--listen",),
        "--cards": ("--listen",),
        "--devices": ("--listen",),
        "--replay": ("--listen",),
        "--messages": ("--cards",),
        "--watch": ("--cards",),
        "--to": ("--send",),
        "--every": ("--send",),
        "--patience": ("--send",),
    },
}
"""By command and option: the options of which at least one must be given with it."""

_READINGS = ("--by", "--missing", "--zone", "--scheduler", "--hints", "--wire", "--limit")
EXCLUDES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    # One of them is what is allocated; the others would be left unread.
    "allocate": {
        "SCENARIO": ("--measures", "--register", "--inventory"),
        "--measures": ("--register", "--inventory"),
        "--register": ("--inventory",),
    },
    "meter": {
        "--materials": (*_READINGS, "--watch", "--page"),
        "--watch": (*_READINGS, "--json"),
        "--page": (*_READINGS, "--json"),
    },
    "hj212": {"--send": ("--minute-interval",)},
}
"""By command and option: the options that have no effect beside it."""

CALLED = {
    "scenario": "SCENARIO",
    "sets": "--set",
    "limits": "--limit",
    "conversions": "--conversion",
}
"""Arguments of the functions that are not called like their option."""


def check_needs(command: str, given: Collection[str]) -> None:
    """Refuse options without effect.

    Args:
        command: name of the command.
        given: options (`--out`) and arguments (`SCENARIO`) that were given.
    Raises: InputError that names the first of them and what it needs, or what excludes it.
    """
    for option, needed in NEEDS.get(command, {}).items():
        if option in given and not any(one in given for one in needed):
            raise InputError(
                "option.alone",
                "{option} has no effect without {others}",
                where=option,
                mend="remove it, or add {others}",
                option=option,
                others=" / ".join(needed),
            )
    for option, excluded in EXCLUDES.get(command, {}).items():
        for other in excluded:
            if option in given and other in given:
                raise InputError(
                    "option.beside",
                    "{other} has no effect beside {option}",
                    where=other,
                    mend="remove one of the two",
                    option=option,
                    other=other,
                )


def check_call(function: Callable[..., Any], values: Mapping[str, Any]) -> None:
    """Refuse arguments without effect of a function of `scenarios.api`; raises as `check_needs`.

    Args:
        function: it bears the name of its command.
        values: its arguments by name.
    """
    given = {
        CALLED.get(name, "--" + name.replace("_", "-"))
        for name, parameter in signature(function).parameters.items()
        if _is_given(values[name], parameter.default)
    }
    check_needs(function.__name__, given)


def _is_given(value: Any, default: Any) -> bool:
    """Whether an argument differs from its default; data frames compare cell by cell."""
    if value is default or (isinstance(value, list | tuple) and not value):
        return False
    return not isinstance(value, str | int | float | tuple) or value != default
