"""Match report of an inventory: the measures of every record, or why it has none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from permits.quantity import MG_PER_T, fmt_t
from scenarios.planning.importers.epa_inventory import T_PER_SHORT_TON, Inventory, InventoryRow
from scenarios.planning.importers.epa_match import Option
from scenarios.planning.importers.epa_measures import MeasureSet
from scenarios.planning.matched.table import EPA_MATCHED, EPA_UNMATCHED
from scenarios.results.result import Table, filled

TEXTS = {
    "class": "no measure lists this source class",
    "kind": "the measures that list this class are not among those used",
    "pollutant": "the measures of this class do nothing about this pollutant",
    "record": "no record of these measures fits its place, size, date or device",
    "gain": "what is installed already removes as much",
    "cost": "no cost per ton is known",
}
"""Reasons why a record has no measure, in the order in which they are checked."""
MOST_GROUPS = 3  # source groups named in a row: a cell stays readable


@dataclass(frozen=True, slots=True)
class Standing:
    """A record, its measures, and why it has none ("" where it has some)."""

    row: InventoryRow
    measures: tuple[str, ...]
    why: str

    @property
    def base_mg(self) -> int:
        """Emission of the record in whole mg, half to even."""
        mass = self.row.tons * T_PER_SHORT_TON * MG_PER_T
        return int(mass.quantize(Decimal(1), ROUND_HALF_EVEN))


def find_standings(
    inventory: Inventory, known: MeasureSet, options: Sequence[Option], used: Collection[str]
) -> tuple[Standing, ...]:
    """The standing of each record of the inventory, in its order.

    Args:
        inventory: the records.
        known: the control-measure set.
        options: the result of `match`.
        used: abbreviations of the measures that could be chosen.
    """
    of_row: dict[tuple[str, str], list[Option]] = defaultdict(list)
    for option in options:
        of_row[option.row.source, option.row.pollutant].append(option)
    gaining = [o for o in options if o.gained_tons > 0]
    # A cost of any pollutant is enough: a device has one cost, stated for only one of them.
    priced = {(o.row.source, o.measure.code) for o in gaining if o.cost_usd is not None}
    effects = {(record.measure, record.pollutant) for record in known.efficiencies}
    found = []
    for row in inventory.rows:
        listed = known.by_scc.get(row.scc, ())
        allowed = [code for code in listed if code in used]
        fitting = of_row.get((row.source, row.pollutant), [])
        useful = [o.measure.code for o in fitting if o.gained_tons > 0]
        chosen = tuple(sorted(code for code in useful if (row.source, code) in priced))
        # In the order of TEXTS: the first check that fails is the reason given.
        asked = {
            "class": bool(listed),
            "kind": bool(allowed),
            "pollutant": any((code, row.pollutant) in effects for code in allowed),
            "record": bool(fitting),
            "gain": bool(useful),
            "cost": bool(chosen),
        }
        found.append(
            Standing(row, chosen, next((w for w, is_so in asked.items() if not is_so), ""))
        )
    return tuple(found)


def matched_tables(
    standings: Sequence[Standing], known: MeasureSet
) -> tuple[dict[str, Table], dict[str, Any]]:
    """Tables `epa_matched` and `epa_unmatched`, by source class and pollutant; and the counts.

    Rows and whole mg of both together are those of the inventory.
    """
    groups: dict[tuple[str, str, str], list[Standing]] = defaultdict(list)
    for standing in standings:
        groups[standing.row.scc, standing.row.pollutant, standing.why].append(standing)
    matched, unmatched = [], []
    for (scc, pollutant, why), own in sorted(groups.items()):
        named = _source_groups(known, scc)
        mass = sum(standing.base_mg for standing in own)
        if why:
            unmatched.append((scc, named, pollutant, len(own), mass, TEXTS[why]))
        else:
            codes = {code for standing in own for code in standing.measures}
            matched.append((scc, named, pollutant, len(own), mass, len(codes)))
    tables = {
        "epa_matched": filled(EPA_MATCHED, matched),
        "epa_unmatched": filled(EPA_UNMATCHED, unmatched),
    }
    lost = sum(bool(standing.why) for standing in standings)
    told = {
        "rows": len(standings),
        "matched": len(standings) - lost,
        "unmatched": lost,
        "pollutants": dict(_by_pollutant(standings)),
    }
    return tables, {"inventory": told}


def _source_groups(known: MeasureSet, scc: str) -> str | None:
    """The names of a class's sources in the measures that list it."""
    codes = known.by_scc.get(scc, ())
    names = sorted({known.measures[code].source_group for code in codes} - {""})
    more = ", …" if len(names) > MOST_GROUPS else ""
    return ", ".join(names[:MOST_GROUPS]) + more or None


def _by_pollutant(standings: Sequence[Standing]) -> Iterator[tuple[str, dict[str, Decimal]]]:
    for pollutant in sorted({standing.row.pollutant for standing in standings}):
        own = [standing for standing in standings if standing.row.pollutant == pollutant]
        every = sum(standing.base_mg for standing in own)
        lost = sum(standing.base_mg for standing in own if standing.why)
        masses = {"baseline_t": every, "matched_t": every - lost, "unmatched_t": lost}
        yield pollutant, {name: Decimal(fmt_t(mass)) for name, mass in masses.items()}
