"""What a hint says: what was seen, where, how strong it is, under which assumption."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_CHANCE = 1e-4
"""A pattern that comes about by chance more often than this is not told; assumed."""
TEXTS = {"no_proof": "a hint, not a proof: look at outlet, meter and log before judging"}


@dataclass(frozen=True, slots=True)
class Hint:
    """Something in a series that asks for a second look."""

    code: str  # stable, `hint.what`, the same in every language
    text: str  # English, with `{name}` for each of `values`
    mend: str  # what else gives the same picture, and what to look at
    first: int  # the rows of the series between which it stands
    last: int
    count: int  # how many hours, messages or pairs carry it
    chance: float | None  # of as much or more without anybody's doing; None: not reckoned
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return f"{self.text.format(**self.values)}. {self.mend} ({TEXTS['no_proof']})"
