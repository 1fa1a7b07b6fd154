"""One message as a value: the fields of its header and the items of its content."""

from __future__ import annotations

from dataclasses import dataclass
from unicodedata import category

Pair = tuple[str, str]
Item = tuple[Pair, ...]

ANSWER_BIT, SPLIT_BIT, VERSION_SHIFT = 1, 2, 2  # layout of Flag: version in the upper six bits
VERSION_2017 = 1 << VERSION_SHIFT


@dataclass(frozen=True, slots=True)
class Message:
    """A message of either version; a missing field is None.

    `items`: the parts between `;` in the content, each with the pairs between `,`.
    `others`: fields that the standard does not have, in order.
    """

    cn: str | None
    mn: str | None = None
    items: tuple[Item, ...] = ()
    qn: str | None = None
    st: str | None = None
    pw: str | None = None
    flag: int | None = None
    pnum: int | None = None
    pno: int | None = None
    others: Item = ()

    @property
    def version(self) -> int:
        """2005 or 2017, by Flag; without a Flag 2005, as the standard of 2017 requires."""
        return 2017 if self.flag is not None and self.flag >> VERSION_SHIFT else 2005

    @property
    def device(self) -> str:
        """The device's number as it can be shown: control characters as escapes."""
        mn = self.mn or ""
        if mn.isprintable():
            return mn
        return "".join(c if c.isprintable() or category(c) == "Zs" else ascii(c)[1:-1] for c in mn)

    @property
    def asks_answer(self) -> bool:
        """Whether the sender waits for an answer."""
        return bool((self.flag or 0) & ANSWER_BIT)

    @property
    def says_split(self) -> bool:
        """Whether Flag marks this message as a part."""
        return bool((self.flag or 0) & SPLIT_BIT)

    @property
    def is_part(self) -> bool:
        """Whether it is a part that can be joined with others."""
        return self.says_split and 1 <= (self.pno or 0) <= (self.pnum or 0)

    def value(self, name: str) -> str | None:
        """The first value of `name` in the content."""
        return next((v for item in self.items for n, v in item if n == name), None)

    def factors(self) -> dict[str, dict[str, str]]:
        """Suffix to value by factor, the first of each; names without a suffix are ignored."""
        found: dict[str, dict[str, str]] = {}
        for item in self.items:
            for name, value in item:
                code, dash, suffix = name.rpartition("-")
                if dash:
                    found.setdefault(code, {}).setdefault(suffix, value)
        return found


def flag_of(version: int, *, asks_answer: bool = False, split: bool = False) -> int:
    """The Flag of a message.

    Args:
        version: 2005 or 2017.
        asks_answer: whether the sender waits for an answer.
        split: whether the message is a part.
    """
    bits = ANSWER_BIT * asks_answer + SPLIT_BIT * split
    return bits + (VERSION_2017 if version == 2017 else 0)
