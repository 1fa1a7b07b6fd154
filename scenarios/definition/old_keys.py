"""Keys of earlier versions: read under their present names, with one warning each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from permits.errors import InputError
from scenarios.text import t

RENAMED = {"reach": "applicability", "sector.reach": "applicability"}
"""Old key, dotted, without the numbers and ids of lists: the present name of its last part."""


def rename_old_keys(raw: dict[str, Any], file: str) -> list[str]:
    """Rename the old keys of a parsed scenario in place; return a warning for each.

    Raises: InputError where a table has a key under both names.
    """
    return [_rename(table, old, file) for table, old in _tables(raw)]


def present_key(key: str) -> tuple[str, list[str]]:
    """The present spelling of a dotted key, and a warning if it was an old one."""
    *path, last = key.split(".")
    # `sector.coating.reach` names one of a list: the id between is of no kind of key.
    plain = f"sector.{last}" if path[:1] == ["sector"] else key
    if plain not in RENAMED:
        return key, []
    new = ".".join([*path, RENAMED[plain]])
    return new, [t("the key {old} is now called {new}", old=key, new=new)]


def _tables(raw: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Every table that holds an old key, and that key, dotted."""
    for old in RENAMED:
        *path, last = old.split(".")
        found = [raw] if not path else raw.get(path[0])
        for table in found if isinstance(found, list) else []:
            if isinstance(table, dict) and last in table:
                yield table, old


def _rename(table: dict[str, Any], old: str, file: str) -> str:
    last, new = old.rsplit(".", 1)[-1], RENAMED[old]
    if new in table:
        raise InputError(
            "scenario.renamed_twice",
            "the key {old} is now called {new}, and both are given",
            where=f"{file}: {old}",
            mend="leave out {old}",
            old=last,
            new=new,
        )
    table[new] = table.pop(last)
    return t("the key {old} is now called {new}", old=old, new=new)
