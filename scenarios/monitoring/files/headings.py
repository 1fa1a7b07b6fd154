"""Meaning of the columns of a table of readings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from permits.errors import InputError, RightsError
from scenarios.intake.numerals import plain_heading
from scenarios.intake.suggest import nearest
from scenarios.intake.tables import raise_all

NAMES = {
    "outlet": "outlet", "排放口": "outlet", "排口": "outlet", "排污口": "outlet",
    "at": "at", "时间": "at", "时刻": "at", "数据时间": "at",
    "volume_m3": "volume", "流量_立方米": "volume", "排放量_立方米": "volume",
    "水量_立方米": "volume", "流量_m3": "volume", "流量_m³": "volume",
    "flag": "flag", "标记": "flag", "数据标记": "flag",
}  # fmt: skip
CONC = re.compile(
    r"^(?P<name>.+?)[\s_]*(?:浓度)?[\s_]*(?P<unit>mg_per_l|mg_per_m3|mg/L|mg/m3|毫克每升|毫克每立方米)$",
    re.IGNORECASE,
)
NG_PER_L = {
    "mg_per_l": 1_000_000, "mg/l": 1_000_000, "毫克每升": 1_000_000,
    "mg_per_m3": 1_000, "mg/m3": 1_000, "毫克每立方米": 1_000,
}  # fmt: skip
L_PER_M3 = 1_000  # exact
TOTAL = re.compile(r"^(?P<name>.+?)[\s_]*(?:total_kg|排放量_千克|排放量_kg)$", re.IGNORECASE)
MG_PER_KG = 1_000_000  # exact
OF_TOTAL = " total"  # behind a pollutant's name: its reported mass instead of its concentration


@dataclass(frozen=True, slots=True)
class Layout:
    """The column number of each quantity."""

    outlet: int
    at: int
    volume: int
    flag: int | None
    conc: dict[str, tuple[int, int]]  # pollutant: column, ng/L in one of its units
    ignored: tuple[str, ...] = ()  # headings that are none of these
    totals: dict[str, tuple[int, int]] = field(default_factory=dict)  # reported masses

    @property
    def pollutants(self) -> tuple[str, ...]:
        return tuple(self.conc)

    def with_totals(self) -> Layout:
        """The layout with reported masses [mg] among the concentrations, under own names."""
        beside = {name + OF_TOTAL: place for name, place in self.totals.items()}
        return replace(self, conc={**self.conc, **beside}, totals={})

    @property
    def columns(self) -> list[int]:
        """The columns that are read."""
        flag = [] if self.flag is None else [self.flag]
        return sorted(
            {self.outlet, self.at, self.volume, *flag, *(c for c, _ in self.conc.values())}
        )


def has_headings(headings: Sequence[str]) -> bool:
    """Whether a row names an outlet and a time."""
    return {"outlet", "at"} <= {NAMES.get(plain_heading(title), "") for title in headings}


def find_layout(name: str, headings: Sequence[str]) -> Layout:
    """The layout of a table of readings.

    Raises: ManyErrors for a column that is missing or appears twice.
    """
    plain = [plain_heading(title) for title in headings]
    places: dict[str, list[int]] = {"outlet": [], "at": [], "volume": [], "flag": []}
    conc: dict[str, tuple[int, int]] = {}
    totals: dict[str, tuple[int, int]] = {}
    ignored: list[str] = []
    mistakes: list[RightsError] = []
    for n, title in enumerate(plain):
        found, total = CONC.match(title), TOTAL.match(title)
        if title in NAMES:
            places[NAMES[title]].append(n)
        elif total is not None and total["name"] not in totals:
            totals[total["name"]] = (n, MG_PER_KG)
        elif found is None:
            ignored.append(title)
        elif found["name"] in conc:
            mistakes.append(_twice(name, found["name"]))
        else:
            conc[found["name"]] = (n, NG_PER_L[found["unit"].lower()])
    mistakes += [_twice(name, role) for role, columns in places.items() if len(columns) > 1]
    mistakes += _missing(name, places, plain, conc)
    raise_all(mistakes)
    (outlet,), (at,), (volume,) = places["outlet"], places["at"], places["volume"]
    flag = places["flag"][0] if places["flag"] else None
    told = tuple(title for title in ignored if title)
    return Layout(outlet, at, volume, flag, conc, told, totals)


def _missing(
    name: str, places: dict[str, list[int]], plain: list[str], conc: dict[str, tuple[int, int]]
) -> list[RightsError]:
    wanted = {"outlet": "outlet", "at": "at", "volume": "volume_m3"}
    gone = [title for role, title in wanted.items() if not places[role]]
    if not conc:
        gone.append("<pollutant>_mg_per_l")
    return [
        InputError(
            "meter.column",
            "the column {column!r} is missing",
            where=name,
            mend="is it {near!r}? the table has: {known}"
            if (near := nearest(title, plain))
            else "add it; the table has: {known}",
            column=title,
            near=near,
            known=", ".join(plain) or "nothing",
        )
        for title in gone
    ]


def _twice(name: str, column: str) -> InputError:
    return InputError(
        "table.twice",
        "the column {column!r} appears twice",
        where=name,
        mend="remove one of them",
        column=column,
    )
