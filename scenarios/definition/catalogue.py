"""Lists of scenarios and of rules of every kind, with titles and sources."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from permits.errors import InputError
from permits.rule import read_rule_file
from scenarios.definition.own_rules import FINDERS, require_folder
from scenarios.intake.suggest import nearest
from scenarios.text import t

KINDS = {
    "scenarios": "",
    "mechanisms": "mechanism",
    "traders": "trader",
    "policies": "policy",
    "allocations": "allocation",
}
# Random books per rule in the table of properties. assumed: a dozen rules take seconds;
# `permits verify` tries one rule on more.
CASES = 60
FILES = Path(__file__).parents[1] / "files"


def list_things(
    kind: str | None = None,
    plugins: Sequence[Path] = (),
    progress: Callable[..., None] = lambda *_: None,
) -> dict[str, list[dict[str, Any]]]:
    """List everything of one kind, or of all: name, titles, source, claims, parameters.

    For mechanisms alone it also tests which properties each of them has.

    Args:
        kind: one of `KINDS`; None for all.
        plugins: folders whose Python files are listed too, with their hashes; none is run.
        progress: called with a text and the share done.
    Raises: InputError for an unknown kind, and a folder that is not there or holds no such file.
    """
    if kind is not None and kind not in KINDS:
        near = nearest(kind, KINDS)
        raise InputError(
            "list.kind",
            "unknown kind {kind!r}",
            where="list",
            mend="did you mean {near!r}? there are: {known}" if near else "there are: {known}",
            kind=kind,
            near=near,
            known=", ".join(KINDS),
        )
    wanted = KINDS if kind is None else [kind]
    found = {name: _scenarios() if name == "scenarios" else _rules(KINDS[name]) for name in wanted}
    if plugins:
        found["files"] = [one for folder in plugins for one in _files(folder)]
    if kind == "mechanisms":
        _add_properties(found["mechanisms"], progress)
    return found


def _add_properties(things: Sequence[dict[str, Any]], progress: Callable[..., None]) -> None:
    """Add the properties of each clearing rule, tested on random and on small books."""
    from market.laboratory.verify import verify_all
    from market.mechanisms import find_mechanisms

    rules = find_mechanisms()
    for n, thing in enumerate(things):
        progress(t("trying {rule}", rule=thing["name"]), n / len(things))
        thing["properties"] = [
            {
                "params": dict(report.params),
                "kept": {one.name: one.kept for one in report.results},
                "claimed": [one.name for one in report.results if one.claimed],
                "counterexamples": {
                    one.name: one.counterexample for one in report.results if one.counterexample
                },
            }
            for report in verify_all(rules[thing["name"]], cases=CASES)
        ]


def _files(folder: Path) -> list[dict[str, Any]]:
    """Python files of a folder with their hashes: what they are shows only when they are run."""
    require_folder(folder)
    files = [read_rule_file(path) for path in sorted(folder.glob("*.py"))]
    if not files:
        raise InputError(
            "plugins.empty",
            "the folder {folder} holds no Python file",
            where="--plugins",
            mend="check the path",
            folder=str(folder),
        )
    return [
        {"name": one.name, "file": str(one.path), "sha256": one.sha256, "shipped": False}
        for one in files
    ]


def _scenarios() -> list[dict[str, Any]]:
    found = []
    for path in sorted(FILES.glob("*.toml")):
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        title = raw.get("title", {})
        found.append(
            {
                "name": path.stem,
                "title": title.get("en", path.stem),
                "title_zh": title.get("zh", path.stem),
                "about": raw.get("about", {}).get("en", ""),
            }
        )
    return found


def _rules(kind: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "title": rule.spec.title,
            "title_zh": rule.spec.title_zh,
            "source": rule.spec.source,
            "claims": sorted(rule.spec.claims),
            "params": {p.name: p.default for p in rule.spec.params},
            "shipped": True,
        }
        for name, rule in sorted(FINDERS[kind]().items())
    ]
