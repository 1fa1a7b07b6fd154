"""Make the example of `scenarios/files/data/meter-example`: a card's year, all of it invented.

    python docs/meter_example.py FOLDER

A dye works with one outlet and 12 t of COD a year (1 t a month). In March and September its
demand exceeds its card. The meter shows only what the card let pass, so the controller is
stepped as the readings are drawn: in March it shuts twice, and reopens when quota of later
months is moved and when the firm leases; in September it waits for the next month; at the
end of December it stays shut.
Volumes and concentrations are whole random numbers around a season's level; no number comes
from a real plant [ModelAssumption].
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from permits.card import Card, Controller, month_quotas
from permits.card.controller_inputs import (
    Flow,
    Input,
    Key,
    Link,
    Mains,
    MonthLoad,
    Shift,
    TopUp,
)
from permits.quantity import MG_PER_T, fmt_t
from permits.rng import stream
from scenarios.monitoring.watch.controller_replay import ControlledOutlet, receive

SEED = 2018  # arbitrary, fixed so that the shipped files can be reproduced
HOURS = 365 * 24  # 2018 has no leap day
START = datetime.fromisoformat("2018-01-01T00:00")
HOUR = timedelta(hours=1)
QUOTA_MG = 12 * MG_PER_T
# Assumed: hundredths of a cubic metre per hour on a working day, by month. March and September
# exceed the quota, so that the card shuts.
WANTED_CL = (2000, 2150, 3300, 2150, 2050, 2150, 2100, 2050, 3300, 2100, 2150, 2050)
# Assumed: output at night and on Sundays (weekday 6), per cent of a working day.
NIGHT_PERCENT, SUNDAY_PERCENT, SUNDAY = 60, 45, 6
TAIL_CL = 30  # assumed: drainage while the valve closes
SHIFTED_MG, LEASED_MG = 3 * MG_PER_T // 20, 3 * MG_PER_T // 10
ANSWERS = ((timedelta(days=2, hours=9), "shift", SHIFTED_MG),
           (timedelta(days=3, hours=10), "top_up", LEASED_MG))  # fmt: skip
"""Assumed: delay of the firm's response to a stop, event and mass."""
DEVICE: tuple[tuple[str, str, Input], ...] = tuple(
    (at, event, make(datetime.fromisoformat(at)))
    for at, event, make in (
        ("2018-06-12T09:10:00", "key_on", lambda at: Key(at, True)),
        ("2018-06-12T11:40:00", "key_off", lambda at: Key(at, False)),
        ("2018-08-06T02:15:30", "link_lost", lambda at: Link(at, False)),
        ("2018-08-08T14:05:00", "link_found", lambda at: Link(at, True)),
        ("2018-11-20T16:20:00", "mains_lost", lambda at: Mains(at, False)),
        ("2018-11-20T17:45:00", "mains_back", lambda at: Mains(at, True)),
    )
)
MISSING = (("2018-05-16T03:00", 4, "D"), ("2018-10-09T11:00", 2, "M"))
"""Where the meter was faulty (D) or calibrated (M): from, hours, flag."""


def main(folder: Path) -> None:
    """Write the three tables."""
    for name, text in tables().items():
        (folder / name).write_text(text, encoding="utf-8", newline="")


def tables(hours: int = HOURS) -> dict[str, str]:
    """The files as text, by name, for the first `hours` of the year."""
    readings, messages = _year(hours)
    cards = [["F1-COD", "F1", "W1", "COD", fmt_t(QUOTA_MG), "valve"]]
    return {
        "cards.csv": _csv(["card", "firm", "outlet", "pollutant", "annual_quota_t", "stop"], cards),
        "messages.csv": _csv(["at", "outlet", "event", "card", "mass_t"], messages),
        "readings.csv": _csv(["outlet", "at", "volume_m3", "COD_mg_per_l", "flag"], readings),
    }


def _year(hours: int) -> tuple[list[list[str]], list[list[str]]]:
    """Readings and messages, hour by hour.

    The month is loaded before messages, and messages are applied before the flow of their
    hour: the controller accepts events in order of time only.
    """
    draws = stream(SEED, "meter-example")
    percents, concs = draws.integers(70, 131, HOURS), draws.integers(62, 96, HOURS)
    card = Card("F1", "COD", month_quotas(QUOTA_MG, QUOTA_MG))
    outlet = ControlledOutlet(Controller("W1", (card,), START, START.year))
    answers, waiting, was_stopped = iter(ANSWERS), list(_device()), False
    readings, sent = [], []
    for n in range(hours):
        begins = START + n * HOUR
        if begins.day == 1 and begins.hour == 0:
            outlet, _ = receive(outlet, MonthLoad(begins, str(begins), month=begins.month))
        for row, given in [pair for pair in waiting if pair[1].at < begins + HOUR]:
            outlet, _ = receive(outlet, given)
            sent.append(row)
        waiting = [pair for pair in waiting if pair[1].at >= begins + HOUR]
        volume_cl = _volume_cl(begins, int(percents[n]), outlet.controller, was_stopped)
        was_stopped = outlet.controller.must_stop
        flag = _flag(begins)
        readings.append(["W1", f"{begins:%Y-%m-%dT%H:%M}", _tenths(volume_cl),
                         str(concs[n]), flag])  # fmt: skip
        if not flag:
            litres = round(volume_cl / 10) * 100
            outlet, _ = receive(outlet, Flow(begins + HOUR, litres, (int(concs[n]) * 10**6,)))
        if outlet.controller.must_stop and not was_stopped and (due := next(answers, None)):
            waiting.append(_answer(begins, *due))
    return readings, sorted(sent)


def _volume_cl(begins: datetime, percent: int, controller: Controller, was_stopped: bool) -> int:
    """Hundredths of a cubic metre in an hour: seasonal output, or drainage of a closing valve."""
    if controller.must_stop:
        return 0 if was_stopped else TAIL_CL
    if not controller.mains:
        return 0
    wanted = WANTED_CL[begins.month - 1] * percent // 100
    if begins.hour < 6 or begins.hour >= 22:
        wanted = wanted * NIGHT_PERCENT // 100
    return wanted * SUNDAY_PERCENT // 100 if begins.weekday() == SUNDAY else wanted


def _tenths(volume_cl: int) -> str:
    tenths = round(volume_cl / 10)
    return f"{tenths // 10}.{tenths % 10}"


def _flag(begins: datetime) -> str:
    for start, hours, flag in MISSING:
        first = datetime.fromisoformat(start)
        if first <= begins < first + hours * HOUR:
            return flag
    return ""


def _device() -> Iterator[tuple[list[str], Input]]:
    for at, event, given in DEVICE:
        yield [at, "W1", event, "", ""], given


def _answer(begins: datetime, after: timedelta, event: str, mass: int) -> tuple[list[str], Input]:
    """The message that brings quota some days after a stop, in the daytime."""
    at = datetime.combine(begins.date(), START.time()) + after
    row = [f"{at:%Y-%m-%dT%H:%M:%S}", "W1", event, "F1-COD", fmt_t(mass)]
    kind = Shift if event == "shift" else TopUp
    return row, kind(at, str(at), card=0, amount=mass)


def _csv(heads: list[str], rows: list[list[str]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([heads, *rows])
    return text.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "scenarios/files/data/meter-example"))
