"""Loading of a scenario file into a checked, frozen Scenario; all mistakes at once.

A scenario is a TOML file and its tables, shipped (by name) or the user's (by path).
`--set key=value` changes one key before the check, so that a typing mistake there is
reported like one in the file.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from permits.errors import InputError, ManyErrors, RightsError
from permits.quantity import plain_number
from scenarios.definition.inputs import list_inputs
from scenarios.definition.measures import build_measures
from scenarios.definition.old_keys import present_key, rename_old_keys
from scenarios.definition.own_rules import (
    RuleFiles,
    check_folders,
    find_rule_files,
    require_folder,
    said_of,
)
from scenarios.definition.register import build_register
from scenarios.definition.rules import find_counterfactual, with_rules_run
from scenarios.definition.scenario import Scenario
from scenarios.definition.schema import ScenarioFile
from scenarios.intake.encodings import decode_text
from scenarios.intake.meant import Titles, meant, spelled
from scenarios.intake.tables import sha256
from scenarios.text import language, t
from scenarios.text.wording import KEY, chinese_force, chinese_key

FREE_TEXTS = {"title", "about", "note", "source", "place"}
"""Keys whose values are words of the file's author, and no names of ids."""
TOML_ONLY = re.compile(r"0[xob]\w+|[+-]?[\d.]+_[\w.+-]*", re.ASCII)
"""Numbers that TOML knows and people do not: hexadecimal ones, and digits with `_`."""
NO_FILES: RuleFiles = {}
SHIPPED = Path(__file__).parents[1] / "files"


def load_scenario(
    name_or_path: str,
    sets: Sequence[str] = (),
    plugins: Sequence[Path] = (),
) -> Scenario:
    """Load a shipped scenario by name, or one of the user's by path.

    Args:
        name_or_path: name of a shipped scenario, or path of a .toml file.
        sets: changes of the form `key=value`, keys dotted (`baseline=register`).
        plugins: folders with further rules.
    Raises: ManyErrors with every mistake found, each with file and key or row.
    """
    path = find_scenario(name_or_path)
    raw, notices = read_toml(path)
    # Old spellings first, so that --set finds one key and not two of the same meaning.
    notices += rename_old_keys(raw, path.name)
    for change in sets:
        notices += apply_set(raw, change)
    for folder in plugins:
        require_folder(folder)
    scenario = build_scenario(raw, path, plugins, notices)
    check_folders(plugins, scenario.rule_files)
    return scenario


def build_scenario(
    raw: dict[str, Any],
    path: Path,
    plugins: Sequence[Path] = (),
    notices: Sequence[str] = (),
    known: RuleFiles = NO_FILES,
) -> Scenario:
    """Build a Scenario from a parsed file; rule files that it names are read, and not run.

    Args:
        raw: the parsed TOML file, changes applied.
        path: the file; its folder holds the tables and plugins.
        plugins: folders with further rules.
        notices: notices so far, such as the file's encoding.
        known: rule files read already, which are not read again.
    Raises: ManyErrors with every mistake found.
    """
    file = validate(raw, path.name)
    hashes = {path.name: sha256(path)}
    register, told = build_register(file, path.parent, hashes)
    measures, more = build_measures(file, register, path.parent, hashes)
    found, shadowed = find_rule_files(file, [path.parent, *plugins], known)
    for (kind, name), own in found.items():
        hashes[f"{kind}:{name}"] = own.sha256
    return Scenario(
        file=file,
        folder=path.parent,
        register=register,
        measures=measures,
        inputs=tuple(list_inputs(file, register, measures)),
        rule_files=found,
        sha256=hashes,
        notices=(*notices, *told, *more, *shadowed),
        raw=raw,
        plugin_folders=tuple(plugins),
    )


def with_sets(scenario: Scenario, sets: Sequence[str]) -> Scenario:
    """Return the same scenario with keys changed, on the same rule files as they were read."""
    raw = _copy(scenario.raw)
    for change in sets:
        apply_set(raw, change)
    path = scenario.folder / next(iter(scenario.sha256))
    changed = build_scenario(raw, path, scenario.plugin_folders, known=scenario.rule_files)
    return with_rules_run(changed) if scenario.own_rules else changed


def shipped_names() -> list[str]:
    """Names of the shipped scenarios, sorted."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def find_scenario(name_or_path: str) -> Path:
    """Path of a shipped scenario or of the user's file; an existing file of the name wins."""
    shipped = SHIPPED / f"{name_or_path}.toml"
    path = Path(name_or_path)
    if shipped.is_file() and not path.is_file():
        return shipped
    if path.is_file():
        return path
    # assumed: 0.5, looser than difflib's 0.6, since people type half of a name
    near = difflib.get_close_matches(name_or_path, shipped_names(), 1, 0.5)
    raise InputError(
        "scenario.missing",
        "there is no scenario {name}",
        where=name_or_path,
        mend="did you mean {near}? `permits list scenarios` shows the shipped ones"
        if near
        else "give a path to a .toml file, or a name from `permits list scenarios`",
        name=name_or_path,
        near=near[0] if near else "",
    )


def read_toml(path: Path) -> tuple[dict[str, Any], list[str]]:
    """Parse a TOML file in any known encoding; a notice names one that is not UTF-8."""
    text, encoding = decode_text(path.read_bytes(), path.name)
    notices = [] if encoding == "utf-8" else [f"{path.name}: {encoding}"]
    try:
        return tomllib.loads(text, parse_float=_toml_number), notices
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            "scenario.toml",
            "the file is not valid TOML: {error}",
            where=path.name,
            mend="correct the line it names; texts stand in quotes, tables in [brackets]",
            error=str(error),
        ) from error


def apply_set(raw: dict[str, Any], change: str) -> list[str]:
    """Change one key in place: `applicability=0.25`, `sector.coating.share=0.3`.

    Names of the file's own ids are accepted for them: `baseline=普查`, `sector.涂装.share=0.3`.

    Returns: a warning if the key is an old spelling.
    """
    key, equals, text = change.replace("＝", "=").partition("=")
    titles: Titles = {} if change.isascii() else dict(_titles_in(raw))
    key = ".".join(meant(part, titles, titles) for part in key.strip().split("."))
    key, warnings = present_key(key)
    if not equals or not key:
        raise InputError(
            "set.form",
            "{change!r} is not of the form key=value",
            where="--set",
            mend="write for example --set applicability=0.25",
            change=change,
        )
    value = _toml_value(text.strip())
    if isinstance(value, str) and FREE_TEXTS.isdisjoint(key.split(".")):
        value = meant(value, titles, titles)
    *path, last = key.split(".")
    at: Any = raw
    for name in path:
        at = _descend(at, name, key)
    if isinstance(at, list):
        at, last = _item(at, last, key), ""
    old = at.get(last) if isinstance(at, dict) else None
    if isinstance(old, dict) and "value" in old and not isinstance(value, dict):
        at[last] = {"value": value, "status": "assumed", "source": "--set"}
    else:
        at[last] = value
    return warnings


def _titles_in(raw: Any, key: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Every id of a parsed file with its title: tables with an `id`, and tables by name."""
    for child in raw if isinstance(raw, list) else ():
        yield from _titles_in(child)
    if isinstance(raw, dict):
        named = raw.get("id", key)
        if isinstance(named, str) and isinstance(raw.get("title"), dict) and named:
            yield named, raw["title"]
        for name, child in raw.items():
            if name != "title":
                yield from _titles_in(child, name)


def validate(raw: Mapping[str, Any], name: str) -> ScenarioFile:
    """Check a parsed file as a whole.

    Raises: ManyErrors with one error per mistake.
    """
    try:
        return ScenarioFile.model_validate(raw)
    except ValidationError as error:
        raise ManyErrors(_errors(error, name)) from error


def _errors(error: ValidationError, name: str) -> list[RightsError]:
    return [_error(one, name) for one in error.errors(include_url=False)]


def _error(one: Any, name: str) -> InputError:
    loc = [part for part in one["loc"] if not _is_internal(part)]
    where = f"{name}: {'.'.join(map(str, loc)) or 'whole file'}"
    if one["type"] == "extra_forbidden":
        known = _known_keys(loc[:-1])
        near = difflib.get_close_matches(str(loc[-1]), known, 1, 0.5)
        return InputError(
            "scenario.unknown_key",
            "unknown key {key!r}",
            where=where,
            mend="did you mean {near!r}?" if near else "keys here: {known}",
            key=str(loc[-1]),
            near=near[0] if near else "",
            known=", ".join(known),
        )
    if one["type"] == "missing":
        return InputError(
            "scenario.missing_key",
            "the key {key!r} is missing",
            where=where,
            mend="add it; `permits init NAME` writes a commented example",
            key=str(loc[-1]),
        )
    context = one.get("ctx") or {}
    if one["type"] == "permits":
        return InputError(
            "scenario.value",
            context["text"],
            where=where,
            mend=context["mend"],
            **context["values"],
        )
    return InputError(
        "scenario.type",
        "{said} (found: {found})",
        where=where,
        mend="write a value of the kind required; `permits schema` lists them",
        said=one["msg"][0].lower() + one["msg"][1:],
        found=repr(one.get("input"))[:60],
    )


def _is_internal(part: Any) -> bool:
    """Whether a part of a location is pydantic's own (union branches, validators)."""
    return isinstance(part, str) and ("[" in part or part in {"value", "function-before"})


def _known_keys(loc: Sequence[Any]) -> list[str]:
    """Keys allowed at a place in the file; none where names are free or unknown."""
    kind: Any = ScenarioFile
    for part in loc:
        kind = _below(kind, part)
    model = _model_of(kind)
    return [] if model is None else [f.alias or n for n, f in model.model_fields.items()]


def _below(kind: Any, part: Any) -> Any:
    """Type of the value under a key or index of a type."""
    if get_origin(kind) is dict:
        return get_args(kind)[1]
    if isinstance(part, int):
        return kind
    model = _model_of(kind)
    fields = {} if model is None else model.model_fields
    return next((f.annotation for n, f in fields.items() if part in (n, f.alias)), None)


def _model_of(kind: Any) -> type[BaseModel] | None:
    """The model inside Optional or a list of models."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    if get_origin(kind) is dict:
        return None
    return next((found for arg in get_args(kind) if (found := _model_of(arg))), None)


def _descend(at: Any, name: str, key: str) -> Any:
    if isinstance(at, list):
        return _item(at, name, key)
    if isinstance(at, dict):
        return at.setdefault(name, {})
    raise InputError(
        "set.path",
        "{key!r} leads into a value that has no keys",
        where="--set",
        mend="see `permits schema` for the keys of a scenario",
        key=key,
    )


def _item(items: list[Any], name: str, key: str) -> Any:
    """The element of a list by its `id`, or by its number."""
    for item in items:
        if isinstance(item, dict) and item.get("id") == name:
            return item
    if name.isdigit() and int(name) < len(items):
        return items[int(name)]
    raise InputError(
        "set.item",
        "{key!r}: there is no {name!r} in that list",
        where="--set",
        mend="it has: {known}",
        key=key,
        name=name,
        known=", ".join(str(i.get("id", n)) for n, i in enumerate(items)),
    )


def _toml_value(text: str) -> Any:
    """The value of a change as a file would have it; a number only where people read the same.

    TOML reads 0x10 as 16 and 1_0 as 10; in an option neither is a number, as in all others.
    """
    if TOML_ONLY.fullmatch(text):
        return text
    try:
        return tomllib.loads(f"v = {text}", parse_float=_toml_number)["v"]
    except tomllib.TOMLDecodeError:
        return text


def _toml_number(text: str) -> float | Decimal:
    """A number of a file; one that floats cannot hold stays as it is, for its key to refuse."""
    plain = text.replace("_", "")
    return Decimal(plain) if plain_number(plain) is None else float(plain)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(one) for key, one in value.items()}
    return [_copy(one) for one in value] if isinstance(value, list) else value


def schema_json() -> dict[str, Any]:
    """The JSON schema of a scenario file."""
    return ScenarioFile.model_json_schema(by_alias=True)


def check(name_or_path: str, plugins: Sequence[Path] = ()) -> list[str]:
    """Load a scenario whole; returns notices for people (encodings, counterfactual rules)."""
    from scenarios.definition.labels import labels

    scenario = load_scenario(name_or_path, plugins=plugins)
    notices = [*scenario.notices, *map(said_of, scenario.rule_files.values())]
    titles = labels(scenario)
    for row in find_counterfactual(scenario):
        rule, force = row.rule, row.in_force
        if language() == "zh":
            rule = _spelled_key(rule, titles)
            force = chinese_force(force, lambda place: spelled(place, titles))
        notices.append(
            t("{title}: {said}", title=rule, said=force + t(" ({note})", note=t(row.why)))
        )
    return notices


def _spelled_key(rule: str, titles: Titles) -> str:
    """A rule or a key of a scenario in Chinese words."""

    def named(identifier: str) -> str:
        return spelled(identifier, titles)

    return chinese_key(rule, named) if KEY.fullmatch(rule) else named(rule)
