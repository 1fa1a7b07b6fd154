"""A mass or a share, as targets and conditions state it.

Apart from the other values of a scenario, whose checks need pydantic: a measures table
does not, and is planned before it would be loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from permits.quantity import fmt_t, parse_mass_mg, plain_share


@dataclass(frozen=True, slots=True)
class Amount:
    """A mass, or a share of a group's baseline."""

    mass_mg: int | None = None
    share: Decimal | None = None

    def __str__(self) -> str:
        if self.share is not None:
            return f"{(self.share * 100).normalize():f}%"
        return f"{fmt_t(self.mass_mg or 0)} t"

    def of(self, base_mg: int) -> int:
        """The amount in whole mg; a share is rounded up, so that no target is missed by 1 mg."""
        if self.mass_mg is not None:
            return self.mass_mg
        assert self.share is not None
        exact = self.share * base_mg
        whole = int(exact)
        return whole + (exact != whole)


def parse_amount(value: Any) -> Amount:
    """Parse an amount: `"42000 t"`, `42000` or `"16%"`.

    Raises: RightsError for what is no mass; a ValueError of pydantic, which reports all
        mistakes of a scenario together, for what is no percentage.
    """
    if isinstance(value, Amount):
        return value
    if isinstance(value, str) and value.strip().endswith(("%", "％")):
        share = plain_share(value)
        if share is None or not 0 <= share <= 1:
            from pydantic_core import PydanticCustomError  # a ValueError, slow to load

            raise PydanticCustomError(
                "amount.percent", "{value} is not a percentage from 0 to 100", {"value": value}
            )
        return Amount(share=share)
    return Amount(mass_mg=parse_mass_mg(value))
