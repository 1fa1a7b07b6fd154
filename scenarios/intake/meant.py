"""The id that people mean: a name shown on a page is accepted where an id is.

`杭州` and `杭州市` are Hangzhou, `涂装` is the sector coating, `行业` the column sector,
`挥发性有机物` the pollutant VOC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from scenarios.intake.fields import english
from scenarios.intake.meaning.pollutant_names import pollutant_among
from scenarios.intake.suggest import nearest
from scenarios.text import chinese, language
from scenarios.text.place_names import places

Titles = Mapping[str, Mapping[str, str]]
"""Names by language of the ids that have some."""

COLUMNS = {
    "市": "city",
    "县": "county",
    "区": "county",
}
"""Words for columns and levels, besides the headings of tables."""
LEAST_PART = 2
"""Characters of a part that stands for a whole name, 普查 for 污染源普查: one says too little."""


def meant(said: str, known: Iterable[str], titles: Titles | None = None) -> str:
    """The id among `known` that `said` stands for; `said` itself where none or several do.

    Args:
        said: an id, or a name in either language; a part of a Chinese name that fits one.
        known: the ids.
        titles: their names by language.
    """
    ids = list(dict.fromkeys(known))
    if said in ids:
        return said
    if same := pollutant_among(said, ids):
        return same
    names = {one: set(_names(one, titles or {})) for one in ids}
    whole = [one for one in ids if said in names[one]]
    if len(whole) == 1:
        return whole[0]
    if said.isascii() or len(said) < LEAST_PART or whole:
        return said
    parts = [one for one in ids if any(said in name for name in names[one])]
    return parts[0] if len(parts) == 1 else said


def column_meant(said: str) -> str:
    """The column that a word stands for; a word that is none as it is."""
    return COLUMNS.get(said) or english(said)


def nearest_meant(said: str, known: Iterable[str], titles: Titles | None = None) -> str:
    """The known id, or name of one, most like `said`; empty where none is near."""
    ids = list(known)
    if said.isascii():
        return nearest(said, ids)
    # An id is no help to those who write Chinese, unless nothing else is near.
    named = [name for one in ids for name in sorted(_names(one, titles or {}))]
    return nearest(said, [name for name in named if not name.isascii()]) or nearest(said, ids)


def spelled(identifier: str, titles: Titles | None = None) -> str:
    """An id as an error lists it: in Chinese by a name that is accepted for it."""
    if language() != "zh":
        return identifier
    named = [name for name in _names(identifier, titles or {}) if not name.isascii()]
    return named[0] if named else identifier


def _names(identifier: str, titles: Titles) -> Iterator[str]:
    """Every name of an id: its titles, its catalogue text, its place."""
    yield from titles.get(identifier, {}).values()
    if said := chinese().get(identifier):
        yield said
    if place := places().get(identifier):
        yield place.zh
        yield place.full
