"""Volumes, concentrations and masses from a message's minute, hour and day data.

A reading holds the measured values unchanged: whole litres, ng/L and mg, the data flag, and
codes for anything that makes it unreliable. Only one that is flagged normal and has no such
code `counts`.

Mass = volume x concentration / 10^6, rounded half to even [VOC-C1]. The total stated by the
device is rounded in transmission, usually to 0.001 kg: the difference is kept separately.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from permits.hj212.codes import NORMAL, PERIOD_S, PERIODS, SOURCES
from permits.hj212.content import contradicted
from permits.hj212.factors import FLOWS, FactorKind, ProtocolFactor, factor_of
from permits.hj212.header import parse_time
from permits.hj212.message import Message
from permits.hj212.notes import Note
from permits.hj212.number import parse_decimal, rounded, scaled

NG_PER_MG = 1_000_000  # concentrations are in ng/L, masses in mg
L_PER_M3 = 1_000  # volumes are in L
TO_NG_PER_L = {"mg/L": (1_000_000, 1), "mg/m³": (1_000, 1), "ng/m³": (1, 1_000)}
TO_MG = {"kg": 1_000_000, "g": 1_000}
TO_L_PER_S = {"m³/s": L_PER_M3, "L/s": 1}
MOST_VOLUME_L = MOST_CONC_NG_PER_L = 10**12  # 10^9 m³; 1 kg per litre
MOST_TOTAL_MG = 10**18
"""10^9 t. Values beyond these three are not used, so that masses fit 64 bits; assumed."""
DISAGREES = 2
"""A stated total this many times greater or smaller is reported; assumed."""


@dataclass(frozen=True, slots=True)
class OutletReading:
    """One pollutant at one outlet in one period.

    `outlet`: the device's MN, as it can be shown. `at`: the period's beginning. `flag`: the
    pollutant's, or the flow's where only that one is not normal. `stated_mg`: the total as sent.
    `doubts`: codes of `notes.NOTE_TEXT`.
    """

    outlet: str
    at: datetime
    period: str  # 2051, 2061 or 2031
    factor: str  # the code of 2017
    pollutant: str
    volume_l: int | None
    conc_ng_per_l: int | None
    flag: str
    stated_mg: int | None = None
    doubts: tuple[str, ...] = ()

    @property
    def mass_mg(self) -> int | None:
        """Volume times concentration [mg]; None where one is missing."""
        if self.volume_l is None or self.conc_ng_per_l is None:
            return None
        return rounded(self.volume_l * self.conc_ng_per_l, NG_PER_MG)

    @property
    def wire_rounding_mg(self) -> int | None:
        """The stated total minus volume times concentration [mg]."""
        mass = self.mass_mg
        return None if mass is None or self.stated_mg is None else self.stated_mg - mass

    @property
    def counts(self) -> bool:
        """Whether it may be posted without correction."""
        return self.flag == NORMAL and not self.doubts and self.mass_mg is not None


def readings_of(message: Message, minute_s: int | None = None) -> tuple[OutletReading, ...]:
    """The readings in an outlet's minute, hour or day data; none for any other message.

    A part gives none: join the parts first. Without a valid time there are none.

    Args:
        message: the message.
        minute_s: interval of minute data (`MinInterval`) [s], for devices that state no
            total of the flow; None: their volume is unknown.
    """
    at = parse_time(message.value("DataTime") or "")
    if not _has_readings(message) or at is None:
        return ()
    values = _by_factor(message)
    wrong = {known.code for code in contradicted(message) if (known := factor_of(code))}
    return tuple(
        _reading(message, at, factor, values, wrong, minute_s)
        for code in values
        if (factor := factor_of(code)) and factor.measures is FactorKind.CONCENTRATION
    )


def reading_notes(message: Message) -> Iterator[Note]:
    """Notes on missing values in a message's readings, and on implausible totals."""
    if not _has_readings(message):
        return
    readings = readings_of(message)
    for reading in readings:
        told = ("volume_missing", "number_range")
        yield from (Note(doubt, reading.factor) for doubt in reading.doubts if doubt in told)
        if reading.stated_mg is not None and _disagrees(reading.stated_mg, reading.mass_mg):
            yield Note("total_disagrees", reading.factor)
    if not readings:
        flows = [code for code in _by_factor(message) if code in FLOWS]
        yield from (Note("conc_missing", code) for code in flows)


def _has_readings(message: Message) -> bool:
    """Whether it is an outlet's period data, and complete."""
    own = message.st is None or message.st in SOURCES
    return own and message.cn in PERIODS and not message.is_part


def _by_factor(message: Message) -> dict[str, dict[str, str]]:
    """Suffix to value by the code of 2017."""
    found: dict[str, dict[str, str]] = {}
    for code, values in message.factors().items():
        factor = factor_of(code)
        if factor:
            found.setdefault(factor.code, {}).update(values)
    return found


def _reading(
    message: Message,
    at: datetime,
    factor: ProtocolFactor,
    values: dict[str, dict[str, str]],
    wrong: set[str],
    minute_s: int | None,
) -> OutletReading:
    own = values[factor.code]
    flow_code = next(code for code in FLOWS if code[0] == factor.code[0])
    flow = values.get(flow_code, {})
    doubts: list[str] = []
    conc = _whole(own.get("Avg"), TO_NG_PER_L[factor.unit], MOST_CONC_NG_PER_L, doubts)
    volume = _volume_l(flow, flow_code, _seconds(message, minute_s), doubts)
    if not doubts or doubts == ["negative"]:
        doubts += ["volume_missing"] if volume is None else []
        doubts += ["conc_missing"] if conc is None else []
    if wrong & {factor.code, flow_code}:
        doubts.append("factor_contradicts")
    if message.says_split and message.pno is not None:
        doubts.append("part_beyond")
    flag = own.get("Flag") or NORMAL
    return OutletReading(
        message.device,
        at,
        message.cn or "",
        factor.code,
        factor.pollutant,
        volume,
        conc,
        # A mass is normal only if both concentration and flow are.
        flag if flag != NORMAL else flow.get("Flag") or NORMAL,
        _whole(own.get("Cou"), (TO_MG[factor.total_unit], 1), MOST_TOTAL_MG, doubts),
        tuple(dict.fromkeys(doubts)),
    )


def _seconds(message: Message, minute_s: int | None) -> int | None:
    return PERIOD_S.get(message.cn or "", minute_s)


def _volume_l(
    flow: dict[str, str], code: str, seconds: int | None, doubts: list[str]
) -> int | None:
    """Volume [L]: the total as stated, else mean flow times seconds."""
    if "Cou" in flow:
        return _whole(flow["Cou"], (L_PER_M3, 1), MOST_VOLUME_L, doubts)
    factor = factor_of(code)
    if "Avg" not in flow or seconds is None or factor is None:
        return None
    return _whole(flow["Avg"], (TO_L_PER_S[factor.unit] * seconds, 1), MOST_VOLUME_L, doubts)


def _whole(text: str | None, scale: tuple[int, int], most: int, doubts: list[str]) -> int | None:
    if text is None:
        return None
    number = parse_decimal(text)
    if number is None:
        doubts.append("number_form")
        return None
    value = scaled(number, *scale)
    if abs(value) > most:
        doubts.append("number_range")
        return None
    if value < 0:
        doubts.append("negative")
    return value


def _disagrees(stated_mg: int, mass_mg: int | None) -> bool:
    """Whether two totals differ by more than rounding in transmission can explain."""
    if mass_mg is None:
        return False
    low, high = sorted((stated_mg, mass_mg))
    return high - low > TO_MG["g"] and high > DISAGREES * low
