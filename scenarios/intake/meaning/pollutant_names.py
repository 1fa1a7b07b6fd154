"""Spellings of one pollutant: 挥发性有机物, VOCs and voc are VOC, the catalogue's code.

NMHC, NMOC and TVOC measure other things than VOC, so they are joined with it only where the
user says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from permits.errors import InputError, RightsError
from scenarios.intake.columns import EMPTY, TextColumn
from scenarios.intake.fields import POLLUTANT, Field
from scenarios.text import t

SPELLINGS = {
    "VOC": ("VOC", "VOCs", "挥发性有机物", "挥发性有机化合物"),
    "SO2": ("SO2", "二氧化硫"),
    "NOx": ("NOx", "氮氧化物"),
    "COD": ("COD", "CODcr", "化学需氧量"),
    "NH3-N": ("NH3-N", "NH3N", "氨氮"),
}
"""Every code with its spellings, in whatever case, width and subscript."""


def look_of(name: str) -> str:
    """A name without what the eye passes over: case, width, blanks, invisible characters."""
    plain = name if name.isascii() else unicodedata.normalize("NFKC", name)
    seen = "".join(plain.casefold().split())
    if seen.isascii():
        return seen
    return "".join(sign for sign in seen if unicodedata.category(sign) != "Cf")


def looks_of(names: Sequence[str]) -> list[str]:
    """`look_of` each name, of many at once."""
    whole = "\n".join(names)
    if whole.count("\n") != len(names) - 1:  # a name over two lines
        return [look_of(name) for name in names]
    if not whole.isascii():
        whole = unicodedata.normalize("NFKC", whole)
    whole = BLANKS.sub("", whole.casefold())
    if not whole.isascii():
        for sign in set(whole):
            if unicodedata.category(sign) == "Cf":
                whole = whole.replace(sign, "")
    return whole.split("\n")


BLANKS = re.compile(r"[^\S\n]+")
CODES = {look_of(said): code for code, known in SPELLINGS.items() for said in known}
"""The code of every spelling."""


@dataclass(frozen=True, slots=True)
class PollutantNames:
    """How a table's pollutants are called: by their code, or by the `known` ids of a scenario.

    `same` are further spellings, which the user has stated: name to pollutant.
    """

    known: tuple[str, ...] = ()
    same: Mapping[str, str] = field(default_factory=dict)

    def of(self, said: str) -> str:
        """The one name of a pollutant; an unknown one as it is."""
        if said in self.known:
            return said
        stated = {look_of(name): code for name, code in self.same.items()}
        said = stated.get(look_of(said), said)
        if self.known:
            return pollutant_among(said, self.known) or said
        return CODES.get(look_of(said), said)


def pollutant_among(said: str, known: Iterable[str]) -> str:
    """The one id among `known` that is the same pollutant as `said`; empty for none or several."""
    code = CODES.get(look_of(said))
    if code is None:
        return said if said in known else ""
    found = [one for one in known if CODES.get(look_of(one)) == code]
    return found[0] if len(found) == 1 else ""


def join_pollutants(
    file: str,
    text: dict[str, TextColumn],
    fields: Sequence[Field],
    names: PollutantNames | None,
    place: Callable[[int], str],
) -> tuple[list[str], list[tuple[int, RightsError]]]:
    """Join the spellings of pollutants in a table's columns of texts.

    Args:
        file: name of the table.
        text: the columns, of which that of the pollutants is replaced.
        fields: columns that are known; rows that are alike in all of them are one row twice.
        names: how pollutants are called; None leaves them as they are.
        place: names a row, counted from 0, as errors do.
    Returns: what was joined, and rows that are the same as another by it.
    """
    given = text.get(POLLUTANT.name)
    if names is None or given is None:
        return [], []
    called = [names.of(name) for name in given.names]
    if called == list(given.names):
        return [], []
    known = tuple(sorted(set(called)))
    code = np.array([*(known.index(name) for name in called), EMPTY], dtype=np.int64)
    text[POLLUTANT.name] = TextColumn(code[given.code], known)
    told = [
        t("{file}: pollutants that were read as {pollutant}: {said}", file=file,
          said=", ".join(own), pollutant=one)
        for one in known
        if (own := [said for said, name in zip(given.names, called, strict=True)
                    if name == one != said and said not in names.same])
    ]  # fmt: skip
    told += [
        t(
            "{file}: {said} was read as {pollutant}, as --same states",
            file=file,
            said=said,
            pollutant=one,
        )
        for said, one in zip(given.names, called, strict=True)
        if said in names.same and one != said
    ]
    if len(known) == len(given.names):
        return told, []
    return told, _twice(given, text, fields, place)


def _twice(
    given: TextColumn,
    text: Mapping[str, TextColumn],
    fields: Sequence[Field],
    place: Callable[[int], str],
) -> list[tuple[int, RightsError]]:
    """Rows that are another one's twin since two spellings are one pollutant."""
    key = np.zeros(len(given.code), np.int64)
    for one in fields:
        if one.name in text:
            # Renumbered each time, so that the product of many columns stays small.
            joined = key * (len(text[one.name].names) + 1) + text[one.name].code + 1
            key = np.unique(joined, return_inverse=True)[1]
    first = np.unique(key, return_index=True)[1]
    twins = np.flatnonzero(given.code[first][key] != given.code).tolist()
    return [
        (
            n,
            InputError(
                "pollutant.twice",
                "{here!r} here and {there!r} in {place} are one pollutant: the two rows are one",
                where=place(n),
                mend="leave one of them out",
                here=given.names[given.code[n]],
                there=given.names[given.code[first[key[n]]]],
                place=place(int(first[key[n]])),
            ),
        )
        for n in twins
    ]


def parse_same(texts: Iterable[str]) -> dict[str, str]:
    """Further spellings as people state them: `非甲烷总烃=VOC`.

    Raises: InputError for a text of another form.
    """
    found = {}
    for text in texts:
        name, equals, pollutant = text.replace("＝", "=").partition("=")
        if not equals or not name.strip() or not pollutant.strip():
            raise InputError(
                "pollutant.same",
                "{said!r} does not say which two names are one pollutant",
                where="--same",
                mend="write for example 非甲烷总烃=VOC",
                said=text,
            )
        found[name.strip()] = CODES.get(look_of(pollutant), pollutant.strip())
    return found
