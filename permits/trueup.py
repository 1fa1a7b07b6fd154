"""End of the year: surrender of used rights, shortfall, fine, and expiry or banking.

For each firm and vintage, in this order:

1. emissions without a right are covered from rights still held;
2. where the rules allow it, the remainder is made good from the next vintage;
3. what is still missing is the shortfall and draws a fine; money that the firm lacks is
   owed to the county;
4. used rights are surrendered; what stays owed stays in the books, USED against OWED;
5. unused rights expire, or are banked into the next vintage at the rules' rate.

Zhejiang has neither make-good nor banking: excess is a breach, not a purchase
[ZJ-N3] art. 21, and unused rights are not carried over (assumed, from [ZJ-P16]).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from permits.account import cash, expired, issued, owed, surrendered, used
from permits.draw import Available, Drawn, pick_rights
from permits.errors import InputError
from permits.ledger import Entry, Leg, Reason, move
from permits.quantity import cost_fen, require_mg, split_exact
from permits.right import YUAN, Right
from permits.rule import Force

PPM = 1_000_000  # shares are whole parts per million, so that rounding is exact


@dataclass(frozen=True, slots=True)
class FineRule:
    """A fine for a shortfall, within limits set by law [fen].

    The fine is `least_fen`, plus `per_t_fen` for each tonne missing, plus, where
    `full_at_ppm` is given, an amount between least and most in proportion to the shortfall:
    the full range when the shortfall reaches that share (ppm) of the mass the firm was
    entitled to. It never exceeds `most_fen` (`None`: no ceiling). How an office chooses within
    the law's limits is not published: `full_at_ppm` is an assumption.
    """

    least_fen: int = 0
    most_fen: int | None = None
    per_t_fen: int = 0
    full_at_ppm: int | None = None
    source: str = "[ModelAssumption]"
    status: str = "assumed"
    in_force: Force | None = None

    def __post_init__(self) -> None:
        most = self.most_fen
        sound = self.least_fen >= 0 and self.per_t_fen >= 0
        if not sound or (most is not None and most < self.least_fen):
            raise InputError(
                "fine.range",
                "a fine from {least} to {most} fen, {per_t} fen/t: out of range",
                mend="give amounts of zero or more, the minimum not above the maximum",
                least=self.least_fen,
                most=most,
                per_t=self.per_t_fen,
            )
        if self.full_at_ppm is not None and (most is None or self.full_at_ppm <= 0):
            raise InputError(
                "fine.scale",
                "a fine that grows with the shortfall needs a maximum fine and a share above 0",
                mend="give `most_fen` and `full_at_ppm`, or neither",
            )

    def fine_fen(self, shortfall_mg: int, entitled_mg: int) -> int:
        """The fine for a shortfall of `shortfall_mg` by a firm entitled to `entitled_mg` [fen].

        0 where nothing is missing. Rounded once, half to even.
        """
        if not shortfall_mg:
            return 0
        fine = self.least_fen + cost_fen(shortfall_mg, self.per_t_fen)
        if self.full_at_ppm is not None:
            assert self.most_fen is not None
            full_mg = Fraction(entitled_mg * self.full_at_ppm, PPM)
            share = min(shortfall_mg / full_mg, Fraction(1)) if full_mg else Fraction(1)
            fine += round((self.most_fen - self.least_fen) * share)
        # The ceiling is applied last: it limits the sum of all parts.
        return fine if self.most_fen is None else min(fine, self.most_fen)


AIR_TOTAL = FineRule(
    least_fen=10_000_000,
    most_fen=100_000_000,
    source="[ZJ-N4] art. 99",
    status="statute",
    in_force=Force("China", date(2016, 1, 1)),
)
"""Air pollutants above the total quota: 100,000 to 1,000,000 yuan."""

WATER_TOTAL = FineRule(
    least_fen=10_000_000,
    most_fen=100_000_000,
    source="[ZJ-N5] art. 83",
    status="statute",
    in_force=Force("China", date(2018, 1, 1)),
)
"""Water pollutants above the total quota: 100,000 to 1,000,000 yuan."""

PERMITTED_AMOUNT = FineRule(
    least_fen=20_000_000,
    most_fen=100_000_000,
    source="[ZJ-N3] art. 34",
    status="statute",
    in_force=Force("China", date(2021, 3, 1)),
)
"""Above the amount in the permit: 200,000 to 1,000,000 yuan."""


@dataclass(frozen=True, slots=True)
class TrueUpRules:
    """Year-end rules of a scenario.

    `make_good`: the shortfall is taken from the next vintage. `bank_ppm`: the share of
    unused rights that is banked into the next year; the remainder expires.
    """

    fine: FineRule = AIR_TOTAL
    make_good: bool = False
    bank_ppm: int = 0


NO_CARRY_OVER = TrueUpRules()


@dataclass(frozen=True, slots=True)
class YearEnd:
    """A firm's balances at the end of the year for one pollutant, zone and vintage.

    Leases must have ended and offers must be closed first: a leased right counts for its lessor
    again, and an open offer hides a holding in escrow.
    """

    firm: str
    right: Right  # the series is that in which an overdraft was booked
    used: tuple[Drawn, ...]  # balances of USED, the overdraft included
    owed_mg: int  # emitted without a right
    unused: tuple[Available, ...]  # HOLDING, PLEDGED
    next_vintage: tuple[Available, ...] = ()
    cash_fen: int = 0

    def __post_init__(self) -> None:
        require_mg(self.owed_mg, above=-1, where=f"true-up of {self.firm}")


@dataclass(frozen=True, slots=True)
class TrueUp:
    """The outcome for one firm and vintage."""

    firm: str
    right: Right
    emitted_mg: int
    surrendered: tuple[Drawn, ...]  # USED rights of this vintage
    covered: tuple[Drawn, ...]  # of this vintage, for what was emitted without a right
    made_good: tuple[Drawn, ...]  # of the next vintage, likewise
    shortfall_mg: int  # emitted without a right of this vintage
    still_owed_mg: int  # of the shortfall, not made good either
    fine_fen: int
    paid_fen: int  # of the fine; the rest stays owed
    banked: tuple[Drawn, ...]
    lapsed: tuple[Drawn, ...]
    source: str

    @property
    def compliant(self) -> bool:
        """Whether every milligram was covered by a right of its year."""
        return self.shortfall_mg == 0


def true_up(end: YearEnd, rules: TrueUpRules = NO_CARRY_OVER) -> TrueUp:
    """Settle one firm's year; the order of steps is stated at the head of this file."""
    # Own vintage first: what it cannot cover is fined, even if the next vintage makes it good.
    covered, short = pick_rights(end.owed_mg, end.unused)
    made_good, still_owed = pick_rights(short, end.next_vintage) if rules.make_good else ([], short)
    emitted = sum(d.mass_mg for d in end.used)
    fine = rules.fine.fine_fen(short, emitted - short)
    # Only what covering left over can be banked or expire.
    left = _without(end.unused, covered)
    banked, lapsed = lapse(left, rules.bank_ppm)
    return TrueUp(
        firm=end.firm,
        right=end.right,
        emitted_mg=emitted,
        surrendered=_surrendered(end),
        covered=tuple(covered),
        made_good=tuple(made_good),
        shortfall_mg=short,
        still_owed_mg=still_owed,
        fine_fen=fine,
        paid_fen=min(fine, max(end.cash_fen, 0)),
        banked=banked,
        lapsed=lapsed,
        source=rules.fine.source,
    )


def true_up_entries(
    result: TrueUp, *, on: date, county: str, issuer: str, id_stem: str = ""
) -> tuple[Entry, ...]:
    """The ledger entries of a settled year; steps that moved nothing give no entry.

    Args:
        result: outcome of `true_up`.
        on: day of the entries.
        county: recipient of the fine.
        issuer: owner of the ISSUED account through which banking is booked.
        id_stem: prefix of the entry ids; by default day, firm and right.
    """
    stem = id_stem or f"{on.isoformat()}/{result.firm}/{result.right}"
    parts = (
        ("true_up", Reason.TRUE_UP, _surrender_legs(result), f"true-up of {result.right.vintage}"),
        ("penalty", Reason.PENALTY, _fine_legs(result, county), result.source),
    )
    settled = tuple(
        Entry(f"{stem}/{name}", on, reason, legs, why) for name, reason, legs, why in parts if legs
    )
    return settled + lapse_entries(result.banked, result.lapsed, on=on, issuer=issuer, id_stem=stem)


def lapse(left: Sequence[Drawn], bank_ppm: int = 0) -> tuple[tuple[Drawn, ...], tuple[Drawn, ...]]:
    """Split unused rights into (banked into the next vintage, expired).

    The total is rounded down once, then split over the balances, so that banked and expired
    mass add up to the unused mass. Also used for a government's reserve.
    """
    total = sum(d.mass_mg for d in left)
    parts = split_exact(total * bank_ppm // PPM, [d.mass_mg for d in left])
    banked = (d._replace(mass_mg=part) for d, part in zip(left, parts, strict=True))
    lapsed = (d._replace(mass_mg=d.mass_mg - part) for d, part in zip(left, parts, strict=True))
    return tuple(d for d in banked if d.mass_mg), tuple(d for d in lapsed if d.mass_mg)


def lapse_entries(
    banked: Sequence[Drawn], lapsed: Sequence[Drawn], *, on: date, issuer: str, id_stem: str
) -> tuple[Entry, ...]:
    """The entries of `lapse`: exchanged into the next vintage at `issuer`, or expired.

    Args:
        banked: balances to exchange.
        lapsed: balances that expire.
        on: day of the entries.
        issuer: owner of the ISSUED account through which banking is booked.
        id_stem: prefix of the entry ids.
    """
    parts = (
        ("bank", Reason.CONVERT, _bank_legs(banked, issuer), "banked into the next vintage"),
        ("expire", Reason.EXPIRE, _lapse_legs(lapsed), "not used within its year"),
    )
    return tuple(
        Entry(f"{id_stem}/{name}", on, reason, legs, why)
        for name, reason, legs, why in parts
        if legs
    )


def missing_one_costs(
    fine_fen_per_t: int, next_price_fen_per_t: int, yearly_rate: Fraction | Decimal | str
) -> Fraction:
    """Present cost of a shortfall of one tonne under fine and make-good [fen/t].

    The fine now plus the discounted price of next year's right. It is also a ceiling on
    today's price: above it nobody buys.

    Args:
        fine_fen_per_t: fine [fen/t].
        next_price_fen_per_t: price of the next vintage [fen/t].
        yearly_rate: discount rate per year, 0.05 for 5 %.
    Source: [RestianiBetz2010].
    """
    return fine_fen_per_t + next_price_fen_per_t / (1 + Fraction(yearly_rate))


def _without(unused: Sequence[Available], taken: Sequence[Drawn]) -> tuple[Drawn, ...]:
    """Balances that remain after drawing on them."""
    gone = {(d.account, d.right): d.mass_mg for d in taken}
    left = (
        Drawn(a.account, a.right, a.balance_mg - gone.get((a.account, a.right), 0)) for a in unused
    )
    return tuple(d for d in left if d.mass_mg)


def _surrendered(end: YearEnd) -> tuple[Drawn, ...]:
    """USED rights, less those that stand against the mass owed."""
    against = {end.right: end.owed_mg}
    kept = (d._replace(mass_mg=d.mass_mg - against.get(d.right, 0)) for d in end.used)
    found = tuple(kept)
    wrong = [d for d in found if d.mass_mg < 0]
    assert not wrong, f"more owed than used: {wrong}"
    return tuple(d for d in found if d.mass_mg)


def _surrender_legs(result: TrueUp) -> tuple[Leg, ...]:
    firm = result.firm
    legs = [
        leg
        for d in result.surrendered
        for leg in move(used(firm), surrendered(firm), d.right, d.mass_mg)
    ]
    for d in (*result.covered, *result.made_good):
        legs += move(d.account, surrendered(firm), d.right, d.mass_mg)
        # The overdraft was booked as OWED -> USED in one series of this vintage;
        # covering it undoes that, whatever right now pays.
        legs += move(used(firm), owed(firm), result.right, d.mass_mg)
    return tuple(legs)


def _fine_legs(result: TrueUp, county: str) -> tuple[Leg, ...]:
    legs: tuple[Leg, ...] = ()
    if result.paid_fen:
        legs += move(cash(result.firm), cash(county), YUAN, result.paid_fen)
    if arrears := result.fine_fen - result.paid_fen:
        legs += move(owed(result.firm), owed(county), YUAN, arrears)
    return legs


def _bank_legs(banked: Sequence[Drawn], issuer: str) -> tuple[Leg, ...]:
    legs: tuple[Leg, ...] = ()
    for d in banked:
        later = replace(d.right, vintage=d.right.vintage + 1)
        legs += move(d.account, issued(issuer), d.right, d.mass_mg)
        legs += move(issued(issuer), d.account, later, d.mass_mg)
    return legs


def _lapse_legs(lapsed: Sequence[Drawn]) -> tuple[Leg, ...]:
    return tuple(
        leg for d in lapsed for leg in move(d.account, expired(d.account.owner), d.right, d.mass_mg)
    )
