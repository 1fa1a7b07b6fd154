"""`permits verify`: test of your own rule against the interface of its kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from permits.errors import InputError
from permits.rule import read_rule_file
from scenarios.definition.own_rules import run_rule
from scenarios.definition.undeclared import find_undeclared
from scenarios.text import t
from scenarios.text.terminal import say


def verify_file(path: Path) -> tuple[dict[str, Any], list[str]]:
    """Load one rule and test it against its interface and the properties it claims.

    Returns: the object that `verify --json` prints, and notices about the file.
    Raises: InputError where the file is missing, no rule, or not a mechanism.
    """
    from market.laboratory.verify import verify_rule

    if not path.is_file():
        raise InputError(
            "verify.missing",
            "there is no file {name}",
            where=str(path),
            mend="`permits init --mechanism NAME` writes one to start from",
            name=path.name,
        )
    rule = run_rule(read_rule_file(path))
    if rule.kind != "mechanism":
        raise InputError(
            "verify.kind",
            "{name} is a {kind}; only mechanisms can be tested",
            where=str(path),
            mend="give a file with `clear`, or with `open`, `step` and `close`",
            name=path.name,
            kind=rule.kind,
        )
    report = verify_rule(rule)
    results = [
        {
            "property": one.name,
            "claimed": one.claimed,
            "kept": one.kept,
            "counterexample": one.counterexample,
        }
        for one in report.results
    ]
    broken = [one for one in results if one["claimed"] and not one["kept"]]
    told = {
        "rule": rule.name,
        "sha256": rule.sha256,
        "kept": not broken,
        "properties": results,
    }
    return told, find_undeclared([rule])


def print_verified(report: dict[str, Any]) -> None:
    """Print one row per property, with the smallest counterexample if it fails."""
    say(f"{report['rule']}  {report['sha256'][:16]}")
    for one in report["properties"]:
        claimed = t("claimed") if one["claimed"] else t("not claimed")
        kept = t("kept") if one["kept"] else t("not kept")
        say(f"  {t(one['property']):40s} {claimed:14s} {kept}")
        if one["counterexample"]:
            say(f"    {one['counterexample']}")
