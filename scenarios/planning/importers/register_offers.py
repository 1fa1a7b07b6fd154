"""Measures of a catalogue for one source: reductions, costs, and exclusions.

A measure removes efficiency × rule effectiveness × rule penetration (applicability). A
replacement counts only what it removes beyond the existing device; an add-on acts on the
remaining emission, and so does the second of two in series [EPA-CMDB]. Capital is spread
over its life by the capital recovery factor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from permits.errors import InputError, RightsError
from permits.quantity import MG_PER_T
from scenarios.intake.columns import ReadTable, Row
from scenarios.intake.fields import MEASURE, POLLUTANT, SLOT, SUBSECTOR, Field
from scenarios.text import t

Costs = Literal["us", "china"]
INTEREST = 0.07  # EPA's usual rate for annual costs; a catalogue may state another
CATALOGUE = (
    SUBSECTOR,
    MEASURE,
    SLOT.but(required=False),
    POLLUTANT,
    Field("efficiency", "number"),
    Field("rule_effectiveness", "number", required=False, blank=True),
    Field("penetration", "number", required=False, blank=True),
    Field("applies", "text", required=False),
    Field("cost_yuan_per_t", "number", blank=True, signed=True),
    Field("cost_cny_per_t", "number", required=False, blank=True, signed=True),
    Field("capital_yuan_per_t", "number", required=False, blank=True),
    Field("running_yuan_per_t", "number", required=False, blank=True, signed=True),
    Field("life_years", "number", required=False, blank=True),
    Field("interest", "number", required=False, blank=True),
    Field("least_source_t", "mass", required=False, blank=True),
    Field("least_gain_t", "mass", required=False, blank=True),
    Field("greatest_yuan_per_t", "number", required=False, blank=True),
    Field("greatest_yuan", "money", required=False, blank=True),
    Field("status", "text", required=False),
)
APPLIES = ("replacement", "add_on")
SHARES = ("efficiency", "rule_effectiveness", "penetration")


@dataclass(frozen=True, slots=True)
class MeasureOffer:
    """A measure, or two in series, with its effect and cost on one source."""

    measure: str
    slot: str | None
    gained_mg: int
    yuan: Decimal
    status: str


@dataclass(slots=True)
class ExcludedMeasures:
    """Measures left out, by reason, with the number of sources at which they were."""

    no_gain: dict[str, int] = field(default_factory=dict)
    small: dict[str, int] = field(default_factory=dict)
    dear: dict[str, int] = field(default_factory=dict)

    def notices(self) -> Iterator[str]:
        for reason, found in (
            (t("left out because they remove no more than the existing device"), self.no_gain),
            (
                t("left out because the source or the gain is below the catalogue's minimum"),
                self.small,
            ),
            (t("left out because they cost more than the catalogue's maximum"), self.dear),
        ):
            if found:
                said = ", ".join(f"{name} ({count})" for name, count in sorted(found.items()))
                yield f"{reason}: {said}"


def recovery_factor(interest: float, life_years: float) -> float:
    """The capital recovery factor: annual payment, interest included, as a share of capital."""
    if interest == 0:
        return 1.0 / life_years
    worth: float = 1.0 - (1.0 + interest) ** -life_years
    return interest / worth


def removes(measure: Row) -> Decimal:
    """Share removed: efficiency × rule effectiveness × rule penetration."""
    found = Decimal(1)
    for name in SHARES:
        value = measure.values[name]
        found *= Decimal(1) if value is None else Decimal(str(value))
    return found


def yuan_per_t(measure: Row, costs: Costs) -> Decimal | None:
    """Annual cost per tonne removed: as stated, else capital × recovery factor + running."""
    values = measure.values
    china, us = values["cost_cny_per_t"], values["cost_yuan_per_t"]
    stated = china if costs == "china" and china is not None else us
    if stated is not None:
        return Decimal(str(stated))
    if values["capital_yuan_per_t"] is None or values["life_years"] is None:
        return None
    interest = INTEREST if values["interest"] is None else values["interest"]
    annual = values["capital_yuan_per_t"] * recovery_factor(interest, values["life_years"])
    return Decimal(repr(annual + (values["running_yuan_per_t"] or 0.0)))


def gained_mg(base_mg: int, existing: float, share: Decimal) -> int:
    """What a replacement removes beyond the device it replaces [mg]; negative if that is better.

    With an existing share e: base / (1 - e) × share - (base / (1 - e) - base).

    Args:
        base_mg: emission of the source with its existing device [mg].
        existing: share that the existing device removes, 0 to below 1.
        share: share that the replacement removes.
    """
    old = Decimal(str(existing))
    return _whole(base_mg * (share - old) / (1 - old))


def find_offers(
    base_mg: int, existing: float, measures: Sequence[Row], costs: Costs, left: ExcludedMeasures
) -> list[MeasureOffer]:
    """Every measure by itself, and every add-on behind another one of its slot.

    Args:
        base_mg: emission of the source with its existing device [mg].
        existing: share that the existing device removes, 0 to below 1.
        measures: rows of the catalogue for the source's sub-sector and pollutant.
        costs: `us` or `china`.
        left: counts of excluded measures; this function adds to them.
    """
    singles: list[tuple[Row, MeasureOffer, Decimal]] = []
    for measure in measures:
        cost = yuan_per_t(measure, costs)
        if cost is None or not _allowed(measure, base_mg, cost, left):
            continue
        share, name = removes(measure), measure.values["measure"]
        added = measure.values["applies"] == "add_on"
        # An add-on acts on the emission behind the existing device, which is the baseline.
        gain = _whole(base_mg * share) if added else gained_mg(base_mg, existing, share)
        if gain <= 0:
            left.no_gain[name] = left.no_gain.get(name, 0) + 1
        elif gain < (measure.values["least_gain_t"] or 0):
            left.small[name] = left.small.get(name, 0) + 1
        elif _too_dear(measure, gain * cost):
            left.dear[name] = left.dear.get(name, 0) + 1
        else:
            singles.append((measure, _offer(measure, name, gain, gain * cost), cost))
    return [offer for _, offer, _ in singles] + list(_series(base_mg, singles))


def _series(
    base_mg: int, singles: Sequence[tuple[Row, MeasureOffer, Decimal]]
) -> Iterator[MeasureOffer]:
    """Two measures in series, the second an add-on that acts on the remaining emission.

    Of two add-ons the one that is cheaper per tonne comes first, so each pair occurs once.
    """
    for first, offer, cost in singles:
        for second, other, more in singles:
            both = first.values["applies"] == "add_on"
            if second is first or second.values["applies"] != "add_on" or offer.slot != other.slot:
                continue
            # Of two add-ons only the order with the cheaper one first is offered.
            if both and (more, other.measure) < (cost, offer.measure):
                continue
            gain = _whole((base_mg - offer.gained_mg) * removes(second))
            if gain > 0:
                name = f"{offer.measure} + {other.measure}"
                yuan = offer.gained_mg * cost + gain * more
                yield _offer(second, name, offer.gained_mg + gain, yuan)


def _allowed(measure: Row, base_mg: int, cost: Decimal, left: ExcludedMeasures) -> bool:
    values = measure.values
    most, name = values["greatest_yuan_per_t"], values["measure"]
    if base_mg < (values["least_source_t"] or 0):
        left.small[name] = left.small.get(name, 0) + 1
        return False
    if most is not None and cost > Decimal(str(most)):
        left.dear[name] = left.dear.get(name, 0) + 1
        return False
    return True


def _too_dear(measure: Row, yuan_mg: Decimal) -> bool:
    """Whether a measure's annual cost on a source is above the catalogue's maximum."""
    most = measure.values["greatest_yuan"]
    return most is not None and yuan_mg > most * MG_PER_T


def _offer(measure: Row, name: str, gain: int, yuan_mg: Decimal) -> MeasureOffer:
    yuan = (yuan_mg / MG_PER_T).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    return MeasureOffer(
        name, measure.values["slot"], gain, yuan, measure.values["status"] or "assumed"
    )


def _whole(mass: Decimal) -> int:
    return int(mass.quantize(Decimal(1), ROUND_HALF_EVEN))


def catalogue_mistakes(known: ReadTable) -> list[RightsError]:
    """Errors in the values of a catalogue."""
    found: list[RightsError] = []
    for row in known.rows:
        for name in SHARES:
            value = row.values[name]
            if value is not None and not 0 < value <= 1:
                found.append(
                    InputError(
                        "catalogue.efficiency",
                        "an efficiency of {value:g} is not a share",
                        where=row.where,
                        mend="write a share from 0 to 1: 0.78 for 78 %",
                        value=float(value),
                    )
                )
        if row.values["applies"] and row.values["applies"] not in APPLIES:
            found.append(
                InputError(
                    "catalogue.applies",
                    "{said!r} is not a way to apply a measure",
                    where=row.where,
                    mend="write one of: {known}",
                    said=row.values["applies"],
                    known=", ".join(APPLIES),
                )
            )
    return found
