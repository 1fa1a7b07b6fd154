"""A log of commands as a file: JSON lines, with the scenario before and the outcome behind.

The first line names the scenario by its hash, the version and both seeds; the last one says
how many commands there are and the hash of the entries that they led to. A log written by
hand may leave both out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from permits.errors import InputError
from permits.ledger import Entry
from scenarios.definition.scenario import Scenario
from scenarios.simulation.command import Command, canonical, read_command

FORMAT = 1
"""Of the file; another number is another form of line."""


@dataclass(frozen=True, slots=True)
class CommandLog:
    """Commands in order, and what the log says of the run that it is of.

    `entries_sha256` is None for a log written by hand.
    """

    commands: tuple[Command, ...]
    entries_sha256: str | None = None


def scenario_sha256(scenario: Scenario) -> str:
    """Hash of everything that a scenario was read from, changed keys included."""
    told = {"files": dict(scenario.sha256), "keys": scenario.raw}
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def entries_sha256(entries: Iterable[Entry]) -> str:
    """Hash of ledger entries: the same for the same year, however it was played."""
    digest = hashlib.sha256()
    for entry in entries:
        legs = [[str(leg.account), str(leg.asset), leg.delta] for leg in entry.legs]
        line = [entry.id, str(entry.on), entry.reason.value, legs, entry.why]
        digest.update(canonical(line).encode() + b"\n")
    return digest.hexdigest()


def log_text(scenario: Scenario, commands: Sequence[Command], entries: Iterable[Entry]) -> str:
    """The log of a run that was played to its end.

    Args:
        scenario: its scenario.
        commands: the commands that were given.
        entries: the ledger entries that they led to.
    """
    begins = {
        "format": FORMAT, "scenario": scenario.file.name, "sha256": scenario_sha256(scenario),
        "version": version("permits"), "seed": scenario.seed, "luck_seed": scenario.luck_seed,
    }  # fmt: skip
    ends = {"commands": len(commands), "entries_sha256": entries_sha256(entries)}
    lines = [canonical(begins), *(command.line() for command in commands), canonical(ends)]
    return "\n".join(lines) + "\n"


def read_log(path: Path, scenario: Scenario) -> CommandLog:
    """Read a log for a scenario.

    Args:
        path: the file.
        scenario: the scenario that it is meant for.
    Raises: InputError for a file that cannot be read, is cut or damaged, or is of another
        scenario or version; for numbers with gaps.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "commands.file",
            "the log of commands cannot be read: {why}",
            where=str(path),
            mend="give a file of JSON lines in UTF-8",
            why=str(error),
        ) from error
    lines = [(n, line) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]
    begins, lines = _first(path, lines)
    if begins is not None:
        _check_header(path, begins, scenario)
    ends, lines = _last(path, lines, headed=begins is not None)
    commands = []
    for place, (n, line) in enumerate(lines):
        command = read_command(line, f"{path.name}: line {n}")
        if command.n != place:
            raise InputError(
                "commands.gap",
                "command {given} stands where {wanted} should be",
                where=f"{path.name}: line {n}",
                mend="number commands from 0 without gaps, in order",
                given=command.n,
                wanted=place,
            )
        commands.append(command)
    if ends is not None and ends.get("commands") != len(commands):
        raise _cut(path)
    return CommandLog(standing(commands, path), None if ends is None else ends["entries_sha256"])


def standing(commands: Sequence[Command], path: Path) -> tuple[Command, ...]:
    """The commands without those that an `undo` went back over; itself included.

    Args:
        commands: all commands of a log.
        path: its file, for the error.
    Raises: InputError for an undo that names no earlier command.
    """
    stand: list[Command] = []
    for command in commands:
        if command.do != "undo":
            stand.append(command)
            continue
        to = command.given.get("to")
        if not isinstance(to, int) or isinstance(to, bool) or not 0 <= to < command.n:
            raise InputError(
                "commands.undo",
                "command {n} goes back to {to!r}, which is no earlier command",
                where=path.name,
                mend="name in to the first command that is to be undone",
                n=command.n,
                to=to,
            )
        stand = [each for each in stand if each.n < to]
    return tuple(stand)


def _first(
    path: Path, lines: list[tuple[int, str]]
) -> tuple[dict[str, Any] | None, list[tuple[int, str]]]:
    """The line about the scenario, where there is one, and the others."""
    told = _object(lines[0][1]) if lines else None
    return (told, lines[1:]) if told is not None and "sha256" in told else (None, lines)


def _last(
    path: Path, lines: list[tuple[int, str]], *, headed: bool
) -> tuple[dict[str, Any] | None, list[tuple[int, str]]]:
    """The line about the outcome, and the others; a headed log without it is cut."""
    told = _object(lines[-1][1]) if lines else None
    if told is not None and "entries_sha256" in told:
        return told, lines[:-1]
    if headed:
        raise _cut(path)
    return None, lines


def _object(line: str) -> dict[str, Any] | None:
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _cut(path: Path) -> InputError:
    return InputError(
        "commands.cut",
        "the log of commands is not whole: its last line is missing or counts other lines",
        where=path.name,
        mend="copy the file again from the run",
    )


def _check_header(path: Path, begins: dict[str, Any], scenario: Scenario) -> None:
    own = {
        "format": FORMAT, "version": version("permits"), "sha256": scenario_sha256(scenario),
        "seed": scenario.seed, "luck_seed": scenario.luck_seed,
    }  # fmt: skip
    for name, value in own.items():
        if begins.get(name) != value:
            raise InputError(
                "commands.other",
                "the log is of another {what}: {given}, not {own}",
                where=path.name,
                mend="replay it with the scenario, the seeds and the version that wrote it",
                what={"sha256": "scenario"}.get(name, name),
                given=str(begins.get(name))[:16],
                own=str(value)[:16],
            )
