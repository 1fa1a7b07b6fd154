"""Commands of people, as data: one JSON object a line, in canonical form.

A command names the moment for which it is meant, `2017-02-20/session.1`: the day, and the
phase before which it takes effect. Amounts are whole mg and fen; times are logical.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from permits.errors import InputError, RightsError

FIELDS = ("n", "moment", "at_ms", "by", "key", "do", "with")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}/[a-z_]+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        n: its number in the log, from 0 without gaps.
        moment: day and phase before which it takes effect.
        at_ms: milliseconds since the session opened; 0 where nobody acted live.
        by: a firm, or government, bank, console, clock.
        key: the same key with the same content is the same command, given twice.
        do: what is to be done.
        given: its particulars: whole numbers, texts, truths and lists of them.
    """

    n: int
    moment: str
    at_ms: int
    by: str
    key: str
    do: str
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def content(self) -> str:
        """All but its number, in canonical form."""
        return canonical({**self._told(), "n": None})

    def line(self) -> str:
        """The command as a line of a log, in canonical form."""
        return canonical(self._told())

    def _told(self) -> dict[str, Any]:
        return {
            "n": self.n, "moment": self.moment, "at_ms": self.at_ms, "by": self.by,
            "key": self.key, "do": self.do, "with": dict(self.given),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class CommandAnswer:
    """What became of a command: accepted, or refused for a reason. Recomputed by a replay."""

    n: int
    refusal: RightsError | None = field(default=None, compare=False)

    @property
    def accepted(self) -> bool:
        return self.refusal is None

    def told(self) -> dict[str, Any]:
        """The answer for JSON: the reason's code and English sentence."""
        if self.refusal is None:
            return {"n": self.n, "accepted": True}
        code, text = self.refusal.code, self.refusal.text.format(**self.refusal.values)
        return {"n": self.n, "accepted": False, "code": code, "text": text}


def canonical(value: Any) -> str:
    """JSON with sorted keys, without spaces, in UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read_command(line: str, where: str) -> Command:
    """Read one line of a log.

    Args:
        line: a JSON object.
        where: file and line, for the error.
    Raises: InputError for a line that is no command, or one with other particulars.
    """
    try:
        told = json.loads(line)
    except ValueError as error:
        raise _no_command(where, "it is not whole JSON") from error
    if not isinstance(told, dict) or set(told) != set(FIELDS):
        raise _no_command(where, f"it needs the fields {', '.join(FIELDS)}, and no others")
    for name, kind in (("n", int), ("at_ms", int), ("by", str), ("key", str), ("do", str)):
        if not isinstance(told[name], kind) or isinstance(told[name], bool):
            fit = "a whole number" if kind is int else "a text"
            raise _no_command(where, f"{name} is not {fit}")
    if not isinstance(told["moment"], str) or not MOMENT.fullmatch(told["moment"]):
        raise _no_command(where, "moment is not a day and a phase, as 2017-02-20/session.1")
    if told["at_ms"] < 0:
        raise _no_command(where, "at_ms is below 0")
    if not isinstance(told["with"], dict) or not _plain(told["with"]):
        raise _no_command(where, "with holds something other than whole numbers and texts")
    return Command(
        told["n"], told["moment"], told["at_ms"], told["by"], told["key"], told["do"],
        told["with"],
    )  # fmt: skip


def _plain(value: Any) -> bool:
    """Whether there is no float in it: amounts are whole."""
    if isinstance(value, dict):
        return all(_plain(each) for each in value.values())
    if isinstance(value, list):
        return all(_plain(each) for each in value)
    return value is None or isinstance(value, str | bool | int)


def _no_command(where: str, why: str) -> InputError:
    return InputError(
        "command.line",
        "this line is no command: {why}",
        where=where,
        mend='write for example {{"n":0,"moment":"2017-02-20/session.1","at_ms":0,"by":"F1",'
        '"key":"a","do":"order","with":{{"side":"buy","mass_mg":1000000000,'
        '"limit_fen_per_t":500000}}}}',
        why=why,
    )
