"""Sequential bilateral trade between zones until nobody gains: no auctioneer.

Each zone abates at a marginal cost of slope c: c·z. An upstream zone sells to one
downstream as long as what it sells is worth more there, and takes back as long as it
is worth less. Every trade lowers the cost of both together; where nobody gains any
more the prices stand in the ratios of the river [HungShaw2005].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from market.zones.ratios import Ratios
from permits.quantity import MG_PER_T

# Assumed: a bound that ends the loop; trade settles in far fewer rounds.
ROUNDS = 10_000


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone as one firm.

    `base_mg`: emission without abatement; `slope` of its marginal cost [yuan/t per t].
    """

    name: str
    base_mg: int
    rights_mg: int
    slope: Fraction


@dataclass(frozen=True, slots=True)
class Settled:
    """Rights of each zone after trade and what each abates.

    `sold_mg` by pair, in rights of the seller's zone; `rounds`: how often all pairs were asked.
    """

    rights_mg: Mapping[str, int]
    abated_mg: Mapping[str, int]
    sold_mg: Mapping[tuple[str, str], int]
    rounds: int

    def cost_yuan(self, zones: Sequence[Zone]) -> float:
        """Total abatement cost: half of slope x abatement squared [yuan]."""
        each = (z.slope * Fraction(self.abated_mg[z.name], MG_PER_T) ** 2 / 2 for z in zones)
        return float(sum(each, Fraction(0)))


def trade_in_turn(zones: Sequence[Zone], ratios: Ratios) -> Settled:
    """Let every pair trade in turn, to the milligram, until a round changes nothing.

    A zone abates what it has no rights for. Raises: AssertionError where rights and
    abatement together cannot cover a zone's emission.
    """
    by_name = {zone.name: zone for zone in zones}
    rights = {zone.name: zone.rights_mg for zone in zones}
    pairs = [(a.name, b.name) for a in zones for b in zones
             if a is not b and ratios.ratio(a.name, b.name)]  # fmt: skip
    sold = dict.fromkeys(pairs, 0)
    rounds, moved = 0, 1
    while moved and rounds < ROUNDS:
        rounds, moved = rounds + 1, 0
        for seller, buyer in pairs:
            worth = ratios.ratio(seller, buyer)
            given = _best(by_name[seller], by_name[buyer], rights, worth)
            given = max(given, -sold[seller, buyer])
            # A milligram either way is rounding; acting on it would never end.
            if abs(given) > 1:
                rights[seller] -= given
                # Rounded down in both directions: a fraction of a milligram is not issued.
                rights[buyer] += worth.numerator * given // worth.denominator
                sold[seller, buyer] += given
                moved = max(moved, abs(given))
    abated = {zone.name: max(0, zone.base_mg - rights[zone.name]) for zone in zones}
    assert all(abated[z.name] <= z.base_mg for z in zones), "more sold than was held"
    return Settled(rights, abated, sold, rounds)


def _best(seller: Zone, buyer: Zone, rights: Mapping[str, int], worth: Fraction) -> int:
    """The seller's best sale for both [mg]; below zero, what it takes back."""
    abates_seller = max(0, seller.base_mg - rights[seller.name])
    abates_buyer = max(0, buyer.base_mg - rights[buyer.name])
    gain = worth * buyer.slope * abates_buyer - seller.slope * abates_seller
    exact = gain / (seller.slope + worth * worth * buyer.slope)
    most = min(rights[seller.name], int(abates_buyer / worth))
    least = -int(rights[buyer.name] / worth)
    return max(least, min(int(exact), most))
