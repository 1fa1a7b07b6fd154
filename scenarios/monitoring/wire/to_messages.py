"""Messages that the devices of outlets would send, from a table of readings.

Readings: outlet, at, volume_m3, one `<pollutant>_mg_per_l` (water) or
`<pollutant>_mg_per_m3` (gas) each, flag. Every row is one message of hour data; the total
of a pollutant is rounded to 0.001 kg, as on the wire.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from permits.errors import InputError
from permits.hj212 import Message
from permits.hj212.codes import FLAGS_2017, HOUR, NORMAL
from permits.hj212.factors import FACTORS, FactorKind, ProtocolFactor
from permits.hj212.measured import NG_PER_MG, TO_NG_PER_L
from permits.hj212.message import Item, flag_of
from permits.hj212.number import parse_decimal, rounded, scaled
from scenarios.intake.columns import Row
from scenarios.intake.fields import AT, FLAG, OUTLET, VOLUME
from scenarios.intake.tables import raise_all, read_table
from scenarios.monitoring.wire.feed import STANDS_FOR

CONC = re.compile(r"(?P<pollutant>.+)_(?P<unit>mg_per_l|mg_per_m3)")
UNITS = {"mg_per_l": ("mg/L", "w00000", "32"), "mg_per_m3": ("mg/m³", "a00000", "31")}
WIRE_MG = 1_000
"""A thousandth of a kilogram, in milligrams of the last place: 0.001 kg = 1,000 mg."""
# The password of the standard's examples; a receiver checks it only with a list of devices.
PASSWORD = "123456"
FIELDS = (
    OUTLET,
    AT,
    VOLUME,
    FLAG.but(required=False, blank=True),
)


def load_devices(path: str) -> dict[str, tuple[Message, ...]]:
    """The messages of each outlet, in the order of the table.

    Raises: ManyErrors with every mistake of the table.
    """
    table = read_table(path, FIELDS)
    columns = {name: _factor(name) for name in table.columns if CONC.fullmatch(name)}
    found: dict[str, list[Message]] = {}
    mistakes = []
    for row in table.rows:
        own = found.setdefault(row.values["outlet"], [])
        try:
            own.append(_message(row, columns, len(own)))
        except InputError as error:
            mistakes.append(error)
    raise_all(mistakes)
    return {outlet: tuple(own) for outlet, own in found.items()}


def hour_message(
    outlet: str,
    at: datetime,
    volume: str,
    concentrations: Sequence[tuple[ProtocolFactor, str]],
    *,
    flag: str = NORMAL,
    number: int = 0,
) -> Message:
    """One hour of an outlet as HJ 212-2017 sends it, asking for an answer.

    Args:
        outlet: number of the device (MN).
        at: beginning of the hour.
        volume: flow [m³], as a decimal.
        concentrations: factors and decimals in their units.
        flag: data flag of HJ 212-2017.
        number: distinguishes messages of the same hour in the request number.
    """
    flow, system = next(
        (flow, system) for unit, flow, system in UNITS.values() if unit == concentrations[0][0].unit
    )
    sent = (at + timedelta(hours=1)).strftime("%Y%m%d%H%M%S")
    items: list[Item] = [
        (("DataTime", at.strftime("%Y%m%d%H%M%S")),),
        ((f"{flow}-Cou", volume), (f"{flow}-Flag", flag)),
    ]
    for factor, conc in concentrations:
        total = _total_kg(volume, conc, factor)
        pairs = (("Cou", total), ("Avg", conc), ("Flag", flag))
        items.append(tuple((f"{factor.code}-{name}", value) for name, value in pairs))
    return Message(
        HOUR,
        outlet,
        tuple(items),
        qn=f"{sent}{number % 1000:03d}",
        st=system,
        pw=PASSWORD,
        flag=flag_of(2017, asks_answer=True),
    )


def _message(row: Row, columns: dict[str, ProtocolFactor], number: int) -> Message:
    outlet, flag = row.values["outlet"], row.values.get("flag") or NORMAL
    volume = row.values["volume_m3"]
    given = [(factor, row.extra[name]) for name, factor in columns.items() if row.extra.get(name)]
    if not given:
        raise _wrong("no concentration", row)
    if flag not in FLAGS_2017:
        raise _wrong(flag, row)
    for text in (volume, *(conc for _, conc in given)):
        if parse_decimal(text) is None:
            raise _wrong(text, row)
    return hour_message(outlet, _time(row), volume, given, flag=flag, number=number)


def _time(row: Row) -> datetime:
    try:
        return datetime.fromisoformat(row.values["at"])
    except ValueError as error:
        raise _wrong(row.values["at"], row) from error


def _factor(column: str) -> ProtocolFactor:
    found = CONC.fullmatch(column)
    assert found is not None
    unit = UNITS[found["unit"]][0]
    for factor in FACTORS:
        names = (factor.pollutant, STANDS_FOR.get(factor.pollutant, ""), factor.code)
        named = _plain(found["pollutant"]) in [_plain(name) for name in names if name]
        if named and factor.measures is FactorKind.CONCENTRATION and factor.unit == unit:
            return factor
    raise InputError(
        "hj212.column",
        "{column} is not a factor of the standard",
        where=column,
        mend="name a factor's code or one of {known}",
        column=column,
        known=", ".join(_plain(f.pollutant) for f in FACTORS if f.unit == unit),
    )


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower())


def _total_kg(volume: str, conc: str, factor: ProtocolFactor) -> str:
    """Volume times concentration in kg with three places, as the wire carries it."""
    one, other = parse_decimal(volume), parse_decimal(conc)
    assert one is not None and other is not None
    grams = rounded(
        scaled(one, 1_000) * scaled(other, *TO_NG_PER_L[factor.unit]), NG_PER_MG * WIRE_MG
    )
    return f"{grams // 1000}.{grams % 1000:03d}"


def _wrong(said: str, row: Row) -> InputError:
    return InputError(
        "hj212.reading",
        "a reading with {said!r} cannot be sent",
        where=row.where,
        mend="give a time like 2017-06-01 10:00, plain decimals, at least one concentration, "
        "and a flag of HJ 212-2017 or none",
        said=said,
    )
