"""Measures of a catalogue for one source: reductions, costs, and exclusions.

What one measure removes and costs is `definition.measure_effects`, as in a scenario. A
register may also have add-ons, which act on the emission behind the existing device; the
second of two measures in series acts on what the first leaves [EPA-CMDB]. Capital is
spread over its life by the capital recovery factor.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from permits.errors import InputError, RightsError
from permits.quantity import MG_PER_T
from scenarios.definition.catalogue_costs import missing_costs, share_mistakes
from scenarios.definition.measure_effects import (
    Costs,
    SourceTerms,
    added_mg,
    cost_mg_yuan,
    exact,
    gained_mg,
    removes,
    to_fen,
)
from scenarios.intake.columns import ReadTable, Row
from scenarios.intake.fields import MEASURE, POLLUTANT, SLOT, SUBSECTOR, Field
from scenarios.text import t

LIFE_YEARS = (0.01, 100)
"""Shortest and longest life of a device: from days to the bound of `--life` (assumed)."""
INTEREST = 0.07  # EPA's usual rate for annual costs; a catalogue may state another
CATALOGUE = (
    SUBSECTOR,
    MEASURE,
    SLOT.but(required=False),
    POLLUTANT,
    Field("efficiency", "share"),
    Field("rule_effectiveness", "share", required=False, blank=True),
    Field("penetration", "share", required=False, blank=True),
    Field("applies", "text", required=False),
    Field("cost_yuan_per_t", "number", required=False, blank=True, signed=True),
    Field("cost_cny_per_t", "number", required=False, blank=True, signed=True),
    Field("capital_yuan_per_t", "number", required=False, blank=True),
    Field("running_yuan_per_t", "number", required=False, blank=True, signed=True),
    Field("life_years", "number", required=False, blank=True),
    Field("interest", "share", required=False, blank=True),
    Field("least_source_t", "mass", required=False, blank=True),
    Field("least_gain_t", "mass", required=False, blank=True),
    Field("greatest_yuan_per_t", "number", required=False, blank=True),
    Field("greatest_yuan", "money", required=False, blank=True),
    Field("status", "text", required=False),
)
APPLIES = ("replacement", "add_on")


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


def yuan_per_t(measure: Row, costs: Costs) -> Fraction | None:
    """Annual cost per tonne removed: as stated, else capital × recovery factor + running."""
    values = measure.values
    china, us = values["cost_cny_per_t"], values["cost_yuan_per_t"]
    stated = china if costs == "china" and china is not None else us
    if stated is not None:
        return exact(stated)
    if values["capital_yuan_per_t"] is None or values["life_years"] is None:
        return None
    interest = INTEREST if values["interest"] is None else float(values["interest"])
    annual = values["capital_yuan_per_t"] * recovery_factor(interest, values["life_years"])
    return exact(annual + (values["running_yuan_per_t"] or 0.0))


def find_offers(
    base_mg: int,
    terms: SourceTerms,
    measures: Sequence[Row],
    costs: Costs,
    left: ExcludedMeasures,
) -> list[MeasureOffer]:
    """Every measure by itself, and every add-on behind another one of its slot.

    Args:
        base_mg: emission of the source with its existing device [mg].
        terms: existing control, applicability and cost factor of the source.
        measures: rows of the catalogue for the source's sub-sector and pollutant.
        costs: `us` or `china`.
        left: counts of excluded measures; this function adds to them.
    """
    singles: list[tuple[Row, MeasureOffer, Fraction]] = []
    for measure in measures:
        cost = yuan_per_t(measure, costs)
        if cost is None or not _allowed(measure, base_mg, cost * terms.cost_factor, left):
            continue
        share, name = removes(measure.values), measure.values["measure"]
        gains = added_mg if measure.values["applies"] == "add_on" else gained_mg
        gain = gains(base_mg, share, terms)
        amount = cost_mg_yuan(gain, cost, terms)
        if gain <= 0:
            left.no_gain[name] = left.no_gain.get(name, 0) + 1
        elif gain < (measure.values["least_gain_t"] or 0):
            left.small[name] = left.small.get(name, 0) + 1
        elif _too_dear(measure, amount):
            left.dear[name] = left.dear.get(name, 0) + 1
        else:
            singles.append((measure, _offer(measure, name, gain, amount), cost))
    return [offer for _, offer, _ in singles] + list(_series(base_mg, terms, singles))


def _series(
    base_mg: int, terms: SourceTerms, singles: Sequence[tuple[Row, MeasureOffer, Fraction]]
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
            # Both stand in the same lines, so the second meets what the first leaves there.
            fitted = math.floor(base_mg * terms.applicability) - offer.gained_mg
            gain = math.floor(fitted * removes(second.values))
            if gain > 0:
                name = f"{offer.measure} + {other.measure}"
                amount = cost_mg_yuan(offer.gained_mg, cost, terms)
                amount += cost_mg_yuan(gain, more, terms)
                yield _offer(second, name, offer.gained_mg + gain, amount)


def _allowed(measure: Row, base_mg: int, cost: Fraction, left: ExcludedMeasures) -> bool:
    values = measure.values
    most, name = values["greatest_yuan_per_t"], values["measure"]
    if base_mg < (values["least_source_t"] or 0):
        left.small[name] = left.small.get(name, 0) + 1
        return False
    if most is not None and cost > exact(most):
        left.dear[name] = left.dear.get(name, 0) + 1
        return False
    return True


def _too_dear(measure: Row, amount: Fraction) -> bool:
    """Whether a measure's annual cost on a source is above the catalogue's maximum."""
    most = measure.values["greatest_yuan"]
    return most is not None and amount > Fraction(most) * MG_PER_T


def _offer(measure: Row, name: str, gain_mg: int, amount: Fraction) -> MeasureOffer:
    yuan = Decimal(to_fen(amount)).scaleb(-2)
    status = measure.values["status"] or "assumed"
    return MeasureOffer(name, measure.values["slot"], gain_mg, yuan, status)


def catalogue_mistakes(known: ReadTable, costs: Costs) -> list[RightsError]:
    """Errors in the values of a catalogue.

    Args:
        known: the catalogue.
        costs: figures that are used.
    """
    found: list[RightsError] = [*share_mistakes(known.rows), *missing_costs(known.rows, costs)]
    for row in known.rows:
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
        life = row.values["life_years"]
        if life is not None and not LIFE_YEARS[0] <= life <= LIFE_YEARS[1]:
            found.append(
                InputError(
                    "catalogue.life",
                    "a life of {years:g} years is not from {least:g} to {most:g} years",
                    where=row.where,
                    mend="write the years that the device lasts: 10",
                    years=life,
                    least=LIFE_YEARS[0],
                    most=LIFE_YEARS[1],
                )
            )
    return found
