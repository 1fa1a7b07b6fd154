"""Numbers as spreadsheets hold them: full-width digits, thousands separators, units in cells.

Interpreted values are counted and reported column by column; ambiguous ones are refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field

from permits.errors import InputError
from scenarios.intake.fields import SUFFIX, Heading
from scenarios.text import t

GROUPED = re.compile(r"[+-]?\d{1,3}(?P<sep>[, '])\d{3}(?:(?P=sep)\d{3})*(?![\d,'])(?:\.\d+)?")
UNIT = re.compile(r"[^\d.\s]+$")
NO_DIGITS = ("No", "Nl")
"""Unicode categories of signs that stand for numbers and are no digits of one."""
HEADING = re.compile(r"^(?P<name>.+?)[\s_]*[(\[【〔](?P<unit>[^()\[\]【】〔〕]+)[)\]】〕]$")


@dataclass(slots=True)
class Readings:
    """Interpreted values by column: all of them, in order."""

    name: str
    wide: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    grouped: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    units: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def number(self, text: str, column: str, where: str) -> str:
        """The text of a number in plain digits; a unit after it stays.

        Args:
            text: the cell.
            column: its column, for the notices.
            where: file and row, for the error.
        Raises: InputError for a comma that is not a thousands separator.
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
        # NFKC makes digits of ², ① and Ⅳ, and a hundred and two of 10².
        odd = any(unicodedata.category(sign) in NO_DIGITS for sign in text)
        if odd or "_" in plain or any(sign.isdigit() and not sign.isascii() for sign in plain):
            raise InputError(
                "table.number",
                "{said!r} is not a number",
                where=where,
                mend="write a plain number",
                said=text,
            )
        # A comma left over may be a decimal sign or a wrong group: both would be guesses.
        if "," in plain:
            raise InputError(
                "table.comma",
                "{said!r} has a comma that is not a thousands separator",
                where=where,
                mend="use a point before decimals, for example 1.5",
                said=text,
            )
        return plain

    def mass(self, plain: str, heading: Heading) -> tuple[str, str]:
        """The number of a mass, and its unit: its own, or that of its column.

        Args:
            plain: the number in plain digits, with its own unit or none.
            heading: its column.
        """
        own = UNIT.search(plain)
        unit = own.group() if own else unit_of(heading)
        self.units[heading.column].add(unit)
        return (plain[: own.start()].strip() if own else plain), unit

    def notices(self) -> list[str]:
        """Notices about interpreted values, one line each."""
        found = []
        for column, said in self.wide.items():
            found.append(
                t("{file}: 1 number in {column} has full-width characters: {first!r}; it was read "
                  "as plain digits" if len(said) == 1 else
                  "{file}: {count} numbers in {column} have full-width characters, such as "
                  "{first!r}; they were read as plain digits", file=self.name,
                  count=f"{len(said):,}", column=column, first=said[0])
            )  # fmt: skip
        for column, said in self.grouped.items():
            found.append(
                t("{file}: 1 number in {column} has thousands separators: {first!r}"
                  if len(said) == 1 else
                  "{file}: {count} numbers in {column} have thousands separators, such as "
                  "{first!r}", file=self.name, count=f"{len(said):,}", column=column,
                  first=said[0])
            )  # fmt: skip
        for column, units in self.units.items():
            if len(units) > 1:
                found.append(
                    t("{file}: {column} mixes the units {units}; each cell was read in its "
                      "own unit",
                      file=self.name, column=column, units=", ".join(sorted(units)))
                )  # fmt: skip
        return found


def unit_of(heading: Heading) -> str:
    """The unit of a column of masses: t, kg, kt or 10kt."""
    return SUFFIX[9 if heading.power is None else heading.power].removeprefix("_")


def plain_heading(title: str) -> str:
    """A heading with its unit after a `_`: `年成本（万元）` is `年成本_万元`."""
    plain = unicodedata.normalize("NFKC", title).strip()
    # Chinese headings are broken over lines and spaced out to fill a cell.
    plain = plain if plain.isascii() else "".join(plain.split())
    found = HEADING.match(plain)
    return f"{found['name']}_{found['unit']}" if found else plain
