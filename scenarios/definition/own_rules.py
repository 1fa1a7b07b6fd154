"""Rule files of users: which of them a scenario names, and running them.

A rule is looked for under the name that the scenario gives it, `NAME.py` beside the scenario
or in `--plugins`, and only where no shipped rule has that name. To find it, its file is read
and hashed; it is run when the rule is needed, with the rights of the user: nothing else
confines it, so it is announced with its hash before.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import market.mechanisms
import market.traders
import permits.allocation
from permits.errors import InputError, ManyErrors
from permits.rule import Rule, RuleFile, load_rule, read_rule_file
from scenarios.definition.schema import ScenarioFile
from scenarios.text import t
from scenarios.text.terminal import warn


def _find_policies() -> dict[str, Rule]:
    # Looked up by name, as a plug-in: policies use the instruments of the simulated year, and
    # that stands above this.
    found: dict[str, Rule] = importlib.import_module("scenarios.policies").find_policies()
    return found


FINDERS: dict[str, Callable[[], dict[str, Rule]]] = {
    "mechanism": market.mechanisms.find_mechanisms,
    "trader": market.traders.find_traders,
    "allocation": permits.allocation.find_allocations,
    "policy": _find_policies,
}
NAME = re.compile(r"\w[\w-]*")
"""What may be the name of a rule: no path leads out of the folders."""
HASH = re.compile(r"sha256:(?P<hex>[0-9a-f]{64})")
RuleFiles = Mapping[tuple[str, str], RuleFile]
"""Files of users by kind and name of the rule."""


def named_rules(file: ScenarioFile) -> Iterator[tuple[str, str]]:
    """Kind and name of every rule that a scenario names, each once."""
    named = [("allocation", file.allocation.rule), ("trader", file.traders.default)]
    named += [("trader", share.trader) for share in file.traders.mix]
    named += [("mechanism", session.rule) for session in file.session]
    named += [("policy", policy.rule) for policy in file.policy]
    yield from dict.fromkeys(named)


def find_rule_files(
    file: ScenarioFile, folders: Sequence[Path], known: RuleFiles
) -> tuple[RuleFiles, list[str]]:
    """Files of the rules that a scenario names and that are not shipped; nothing is run.

    Args:
        file: the scenario.
        folders: where to look: beside the scenario, then those of `--plugins`.
        known: files read already, which are not read again.
    Returns: the files, and a notice for each that has the name of a shipped rule.
    Raises: InputError for two files of one name, ManyErrors where a hash of `[plugins]` is not
        that of the file.
    """
    found: dict[tuple[str, str], RuleFile] = {}
    notices: list[str] = []
    for kind, name in named_rules(file):
        if name in FINDERS[kind]():
            notices += [_shadowed(path) for path in _paths(name, folders[:1])]
        elif (kind, name) in known:
            found[kind, name] = known[kind, name]
        elif (own := find_rule_file(name, folders)) is not None:
            found[kind, name] = own
    _check_hashes(file, found)
    return found, notices


def find_rule_file(name: str, folders: Sequence[Path]) -> RuleFile | None:
    """The file `NAME.py` of one of the folders, read; `None` where none has it.

    Raises: InputError where several have it, and they differ.
    """
    files = [read_rule_file(path) for path in _paths(name, folders)]
    if len({file.source for file in files}) > 1:
        raise InputError(
            "rule.several",
            "{first} and {second} differ, and have the same name",
            where=name,
            mend="rename one of them",
            first=str(files[0].path),
            second=str(files[1].path),
        )
    return files[0] if files else None


def check_folders(folders: Sequence[Path], used: RuleFiles | Sequence[RuleFile] = ()) -> None:
    """Refuse a folder of `--plugins` that is not there, or of which nothing is used.

    Args:
        folders: the folders.
        used: files of the rules in use.
    Raises: InputError.
    """
    files = list(used.values()) if isinstance(used, Mapping) else list(used)
    for folder in folders:
        require_folder(folder)
        if not any(file.path.parent == folder for file in files):
            raise InputError(
                "plugins.unused",
                "no rule that is used here is in the folder {folder}",
                where="--plugins",
                mend="name the rule as its file is called, without .py, or remove the option",
                folder=str(folder),
            )


def require_folder(folder: Path) -> None:
    """Raise InputError where a folder of `--plugins` is not there."""
    if not folder.is_dir():
        raise InputError(
            "plugins.missing",
            "there is no folder {folder}",
            where="--plugins",
            mend="check the path",
            folder=str(folder),
        )


def run_rule(file: RuleFile, kind: str = "") -> Rule:
    """Run a rule file, announced on standard error, once in a process.

    Args:
        file: the file.
        kind: the kind of rule that it must be; empty for any.
    Raises: InputError as `load_rule`, and for a rule of another kind.
    """
    rule = load_rule(file, _announce)
    if kind and rule.kind != kind:
        raise InputError(
            "rule.other_kind",
            "{name} is a {kind}, and is named as a {wanted}",
            where=str(file.path),
            mend="name a rule of the kind that is needed there",
            name=rule.name,
            kind=rule.kind,
            wanted=kind,
        )
    return rule


def said_of(file: RuleFile) -> str:
    """A sentence on a file that would be run, and is not."""
    return t(
        "would run {file}, sha256 {hash}, with your rights", file=str(file.path), hash=file.sha256
    )


def _announce(file: RuleFile) -> None:
    # Not silenced by `--quiet`: somebody else's program is about to run.
    warn(t("runs {file}, sha256 {hash}, with your rights", file=str(file.path), hash=file.sha256))


def _paths(name: str, folders: Sequence[Path]) -> Iterator[Path]:
    if NAME.fullmatch(name):
        yield from (path for folder in folders if (path := folder / f"{name}.py").is_file())


def _shadowed(path: Path) -> str:
    return t(
        "{file} is not run: a shipped rule has that name; give the file another to use it",
        file=path.name,
    )


def _check_hashes(file: ScenarioFile, found: RuleFiles) -> None:
    """Hold files to the hashes of `[plugins]`."""
    mistakes = []
    by_name = {name: own for (_, name), own in found.items()}
    for name, pinned in file.plugins.items():
        own, said = by_name.get(name), HASH.fullmatch(pinned.strip().lower())
        where = f"{file.name}: plugins.{name}"
        if own is None:
            mistakes.append(
                InputError(
                    "plugins.none",
                    "the scenario names no rule {name} of a file",
                    where=where,
                    mend="remove the hash, or name the rule where it is to be used",
                    name=name,
                )
            )
        elif said is None or said["hex"] != own.sha256:
            mistakes.append(
                InputError(
                    "plugins.hash",
                    "the hash of {path} is sha256:{hash}, not {pinned}",
                    where=where,
                    mend="use the file that was meant, or write its hash",
                    path=str(own.path),
                    hash=own.sha256,
                    pinned=pinned,
                )
            )
    if mistakes:
        raise ManyErrors(mistakes)
