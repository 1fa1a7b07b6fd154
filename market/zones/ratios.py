"""The worth of a tonne from one zone in another.

In a trade between zones the seller's zone retires what is given and the buyer's zone
issues what it is worth there, so each zone balances by itself. A ratio is exact, and
a fraction of a milligram is not issued.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from permits.errors import InputError, NotAllowed
from permits.quantity import require_mg


@dataclass(frozen=True, slots=True)
class Exchange:
    """`given_mg` retired in one zone for `received_mg` issued in the other."""

    seller_zone: str
    buyer_zone: str
    given_mg: int
    received_mg: int


@dataclass(frozen=True)
class Ratios:
    """Mass issued in the buyer's zone for a unit given in the seller's, by (seller, buyer).

    A pair that is missing may not trade; inside a zone the ratio is one.
    """

    zones: tuple[str, ...]
    per_unit: Mapping[tuple[str, str], Fraction]

    def __post_init__(self) -> None:
        for pair, ratio in sorted(self.per_unit.items()):
            unknown = sorted(set(pair) - set(self.zones))
            if unknown or ratio < 0:
                raise InputError(
                    "zones.ratio",
                    "the ratio {ratio} from {seller} to {buyer} is not valid",
                    where=f"ratio {pair[0]}, {pair[1]}",
                    mend="give a ratio of zero or more between two of the zones: {zones}",
                    ratio=str(ratio),
                    seller=pair[0],
                    buyer=pair[1],
                    zones=", ".join(self.zones),
                )

    def ratio(self, seller_zone: str, buyer_zone: str) -> Fraction:
        """Worth of a unit given in one zone in the other; 0: no trade that way."""
        if seller_zone == buyer_zone:
            return Fraction(1)
        return self.per_unit.get((seller_zone, buyer_zone), Fraction(0))

    def exchange(self, seller_zone: str, buyer_zone: str, given_mg: int) -> Exchange:
        """The exchange for a mass given.

        Args:
            seller_zone: zone whose rights are given.
            buyer_zone: zone in which they are used.
            given_mg: mass given [mg], > 0.
        Raises: NotAllowed where rights of one zone are worth nothing in the other.
        """
        require_mg(given_mg, above=0, where=f"exchange {seller_zone} to {buyer_zone}")
        worth = self.ratio(seller_zone, buyer_zone)
        if not worth:
            raise NotAllowed(
                "zones.no_trade",
                "rights of {seller} are worth nothing in {buyer}",
                where=f"exchange {seller_zone} to {buyer_zone}",
                mend="buy in the zone itself, or in one upstream of it",
                seller=seller_zone,
                buyer=buyer_zone,
            )
        # Rounded down: nothing is issued that was not given.
        return Exchange(seller_zone, buyer_zone, given_mg, int(worth * given_mg))

    def given_for(self, seller_zone: str, buyer_zone: str, received_mg: int) -> int:
        """The least mass to be given so that `received_mg` is issued [mg].

        Args:
            seller_zone: zone whose rights are given.
            buyer_zone: zone in which they are used; trade that way must be possible.
            received_mg: mass needed there [mg].
        """
        worth = self.ratio(seller_zone, buyer_zone)
        assert worth > 0, "no trade that way"
        need = Fraction(received_mg) / worth
        return -(-need.numerator // need.denominator)
