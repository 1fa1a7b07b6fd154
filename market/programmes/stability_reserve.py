"""The European Union's market stability reserve: supply follows what circulates.

Where too many allowances circulate, part of what would be auctioned goes into the
reserve; where too few, some comes out. Above a limit the reserve's own content expires
[EU-MSR].
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class StabilityRule:
    """Thresholds of the reserve, in allowances [EU-MSR]; the defaults are those of 2023.

    lower: circulation below which `release` allowances come out of the reserve.
    upper: circulation above which allowances are taken in.
    band_to: where the higher rate begins: between `upper` and there only the excess over
        `upper` is taken in (None: no such band).
    intake: share of the circulation taken in above the band.
    release: allowances released at a time.
    hold_most: content of the reserve above which it expires (None: no limit).
    """

    lower: int = 400_000_000
    upper: int = 833_000_000
    band_to: int | None = 1_096_000_000
    intake: Fraction = Fraction(24, 100)
    release: int = 100_000_000
    hold_most: int | None = 400_000_000
    source: str = "[EU-MSR]"


RULE_OF_2019 = StabilityRule(band_to=None, hold_most=None)
"""As decided in 2018: 24 % above 833 million, 100 million below 400 million."""
RULE_OF_2023 = StabilityRule()
"""As reformed in 2023: the band up to 1,096 million, and expiry above 400 million."""


def intake(circulating: int, rule: StabilityRule, *, held: int) -> int:
    """Allowances that the reserve takes in or, below zero, releases.

    Args:
        circulating: allowances in circulation.
        rule: the thresholds.
        held: what the reserve holds; it cannot release more.
    """
    if circulating < rule.lower:
        return -min(rule.release, held)
    if circulating <= rule.upper:
        return 0
    # In the band only the excess: at the full rate the intake would jump at `upper`.
    if rule.band_to is not None and circulating <= rule.band_to:
        return circulating - rule.upper
    return int(rule.intake * circulating)


def year_end(held: int, taken_in: int, rule: StabilityRule) -> tuple[int, int]:
    """The reserve after a year's intake, and the part of it that expires.

    Args:
        held: allowances in the reserve before.
        taken_in: intake of the year; below zero: release.
        rule: the thresholds.
    """
    after = held + taken_in
    assert after >= 0, "the reserve gave more than it held"
    lapsed = 0 if rule.hold_most is None else max(0, after - rule.hold_most)
    return after - lapsed, lapsed
