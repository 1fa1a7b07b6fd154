"""Names that differ only in case, width, blanks or invisible characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

from scenarios.intake.columns import TextColumn
from scenarios.intake.meaning.pollutant_names import looks_of
from scenarios.text import t


def lookalike_notices(file: str, columns: Mapping[str, TextColumn]) -> Iterator[str]:
    """Notices about names that a reader would take for one, and about invisible characters.

    Args:
        file: name of the table.
        columns: columns of labels, by heading.
    """
    for column, labels in columns.items():
        names = labels.names
        alike = _alike(names)
        if alike:
            one, other = alike[0]
            yield t(
                "{file}: {one!r} and {other!r} in {column} look alike, and were read as two"
                if len(alike) == 1
                else "{file}: {count} pairs of names in {column} look alike, such as {one!r} and "
                "{other!r}, and were read as different",
                file=file,
                count=f"{len(alike):,}",
                column=column,
                one=one,
                other=other,
            )
        plain = "".join(names).isascii()
        unseen = [] if plain else [name for name in names if _has_unseen(name)]
        if unseen:
            yield t(
                "{file}: 1 name in {column} has an invisible character: {first!r}"
                if len(unseen) == 1
                else "{file}: {count} names in {column} have invisible characters, such as "
                "{first!r}",
                file=file,
                count=f"{len(unseen):,}",
                column=column,
                first=unseen[0],
            )


def _alike(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Pairs of names that look alike: the first of a look with each other one."""
    looks = looks_of(names)
    if len(set(looks)) == len(names):
        return []
    first: dict[str, str] = {}
    return [
        (first[look], name)
        for look, name in zip(looks, names, strict=True)
        if first.setdefault(look, name) != name
    ]


def _has_unseen(name: str) -> bool:
    return any(unicodedata.category(sign) == "Cf" for sign in name)
