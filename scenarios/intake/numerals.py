"""Numbers as spreadsheets hold them: full-width digits, thousands parted, units in cells.

What is read otherwise than it stands is counted, and told column by column; what could
mean two things is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field

from permits.errors import InputError
from scenarios.text import t

GROUPED = re.compile(r"[+-]?\d{1,3}(?P<sep>[, '])\d{3}(?:(?P=sep)\d{3})*(?![\d,'])(?:\.\d+)?")
UNIT = re.compile(r"[^\d.\s]+$")
HEADING = re.compile(r"^(?P<name>.+?)[\s_]*[(\[](?P<unit>[^()\[\]]+)[)\]]$")
TOTALS = {"合计", "总计", "小计", "total", "sum", "grand total"}


@dataclass(slots=True)
class Readings:
    """What was read otherwise than it stands, by column: how often, and the first."""

    name: str
    wide: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    grouped: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    units: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    totals: list[str] = field(default_factory=list)
    above: int = 0

    def number(self, text: str, column: str, where: str) -> str:
        """The text of a number in plain digits; a unit behind it stays.

        Raises: InputError for a comma that parts no thousands.
        """
        if text.isascii() and not any(sign in text for sign in ", '_"):
            return text
        plain = unicodedata.normalize("NFKC", text).replace("−", "-").strip()
        if any("！" <= sign <= "～" for sign in text):
            self.wide[column].append(text)
        if (found := GROUPED.match(plain)) is not None:
            self.grouped[column].append(text)
            digits = re.sub(r"[, ']", "", found.group())
            plain = digits + plain[found.end() :]
        if "_" in plain or any(sign.isdigit() and not sign.isascii() for sign in plain):
            raise InputError(
                "table.number",
                "{said!r} is not a number",
                where=where,
                mend="write a plain number",
                said=text,
            )
        if "," in plain:
            raise InputError(
                "table.comma",
                "{said!r} has a comma that parts no thousands",
                where=where,
                mend="write a point before decimals, for example 1.5",
                said=text,
            )
        return plain

    def mass(self, plain: str, column: str, unit: str) -> str:
        """The mass with its unit: its own, or that of its column."""
        own = UNIT.search(plain)
        self.units[column].add(own.group() if own else unit)
        return plain if own else f"{plain} {unit}"

    def is_total(self, cell: str, where: str) -> bool:
        """Whether a row adds up the others; it is left out."""
        if cell.strip().lower() not in TOTALS:
            return False
        self.totals.append(where)
        return True

    def notices(self) -> list[str]:
        """What was read otherwise than it stands, a line each."""
        found = []
        if self.above:
            found.append(
                t("{file}: {count} rows above the headings were left out", file=self.name,
                  count=self.above)
            )  # fmt: skip
        for column, said in self.wide.items():
            found.append(
                t("{file}: {count} numbers in {column} have full-width signs; {first!r} and the "
                  "like were read as plain digits", file=self.name, count=len(said), column=column,
                  first=said[0])
            )  # fmt: skip
        for column, said in self.grouped.items():
            found.append(
                t("{file}: {count} numbers in {column} have their thousands parted, as {first!r}",
                  file=self.name, count=len(said), column=column, first=said[0])
            )  # fmt: skip
        for column, units in self.units.items():
            if len(units) > 1:
                found.append(
                    t("{file}: {column} holds {units}; every cell was read in its own unit",
                      file=self.name, column=column, units=", ".join(sorted(units)))
                )  # fmt: skip
        if self.totals:
            found.append(
                t("{file}: {count} rows of totals were left out, the first {where}",
                  file=self.name, count=len(self.totals), where=self.totals[0])
            )  # fmt: skip
        return found


def plain_heading(title: str) -> str:
    """A heading with its unit behind a `_`: `年成本（万元）` is `年成本_万元`."""
    plain = unicodedata.normalize("NFKC", title).strip()
    found = HEADING.match(plain)
    return f"{found['name']}_{found['unit']}" if found else plain
