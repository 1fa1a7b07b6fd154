"""Content of a hint: finding, place, strength, and the assumption behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_CHANCE = 1e-4
"""A pattern with a higher probability under chance alone is not reported; assumed."""
TEXTS = {"no_proof": "a hint, not a proof: check outlet, meter and log before drawing conclusions"}


@dataclass(frozen=True, slots=True)
class Hint:
    """A pattern in a series that should be checked by a person."""

    code: str  # stable, `hint.what`, the same in every language
    text: str  # English, with `{name}` for each of `values`
    mend: str  # other causes of the same pattern, and what to check
    first: int  # first and last row of the series concerned
    last: int
    count: int  # number of hours, messages or pairs concerned
    chance: float | None  # probability without manipulation; None: not computed
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return f"{self.text.format(**self.values)}. {self.mend} ({TEXTS['no_proof']})"
