"""The worked examples of docs/cards.md, second by second, recomputed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from permits.card import Card, Controller, Stop, month_quotas, step
from permits.card.card_lines import Said
from permits.card.cardyear import YearRules, next_year, place_in_year
from permits.card.controller_inputs import Flow, MonthLoad, Shift, TimePassed, TopUp, Valve
from permits.card.modes import Heard, InputRefusal, Mode

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "cards.md").read_text(encoding="utf-8")
SENTENCES = " ".join(PAGE.split())
T, KG, MG_PER_L = 10**9, 10**6, 10**6
HIDDEN = (Said.COUNTED,)


def clock(text):
    return datetime.fromisoformat(f"2018-03-23T{text}")


def flow(text, cubic_metres):
    """At 80 mg/L of COD."""
    return f"{cubic_metres:,} m³ passed", Flow(
        clock(text), round(cubic_metres * 1000), (80 * MG_PER_L,)
    )


def valve(text, percent):
    return f"valve measured {percent} % open", Valve(clock(text), percent)


def loaded(stop=Stop.VALVE):
    """12 t a year, in March."""
    card = Card("F1", "COD", month_quotas(12 * T, 12 * T), stop)
    begin = datetime.fromisoformat("2018-03-01T00:00")
    outlet = Controller("W1", (card,), begin, 2018)
    return step(outlet, MonthLoad(begin, "march", month=3))[0]


def table(outlet, given):
    """The rows of the page: clock, what is heard, what is told and ordered, kilograms left."""
    rows = []
    for words, one in given:
        outlet, lines = step(outlet, one)
        for moment in dict.fromkeys(line.at for line in lines) or (one.at,):
            told = [said(line) for line in lines if line.at == moment and line.said not in HIDDEN]
            heard = words if moment == one.at else ""
            left = (outlet.cards[0].loaded_mg - outlet.cards[0].used_mg) / KG
            rows.append(f"| {moment:%H:%M:%S} | {heard} | {', '.join(told)} | {left:,.3f} |")
    return outlet, rows


def said(line):
    if line.said is Said.BREACH:
        return f"breach {line.amount / KG:,.3f} kg"
    return line.said.value.replace("_", " ")


TO_THE_STOP = (
    flow("14:00:00", 12_492.5), flow("14:01:00", 2.5), flow("14:02:00", 2.5),
    flow("14:03:00", 2.5),
)  # fmt: skip
STUCK = (
    valve("14:03:50", 30), flow("14:04:00", 1.5), flow("14:08:00", 4),
    ("", TimePassed(clock("14:08:01"))), flow("14:09:00", 1), valve("14:21:10", 3),
)  # fmt: skip
BOUGHT = "0.3 t bought", TopUp(clock("15:20:41"), "buy-7", card=0, amount=3 * T // 10)


@pytest.mark.parametrize(
    "given",
    [
        (*TO_THE_STOP, valve("14:03:40", 48), flow("14:04:00", 0.6), valve("14:04:30", 4),
         flow("14:05:00", 0.1), BOUGHT, valve("15:21:00", 62), valve("15:21:25", 96),
         flow("15:22:00", 1.4)),
        (*TO_THE_STOP, *STUCK),
    ],
    ids=["to the purchase", "the valve sticks"],
)  # fmt: skip
def test_the_seconds_of_the_page_are_what_the_controller_does(given):
    _, rows = table(loaded(), given)
    assert "\n".join(rows) in PAGE, "\n".join(rows)


def test_a_boiler_of_the_page_is_ordered_down():
    given = (flow("14:00:00", 12_500), flow("15:00:00", 75), BOUGHT)
    _, rows = table(loaded(Stop.CURTAIL), given)
    assert "\n".join(rows) in PAGE, "\n".join(rows)


def test_the_shift_and_the_end_of_the_month_of_the_page():
    outlet, _ = table(loaded(), TO_THE_STOP)
    asked = Shift(clock("16:00:00"), "s", card=0, amount=T * 3 // 2, most_percent=50)
    shifted, _ = step(outlet, asked)
    quotas = ", ".join(f"{quota / T:g}" for quota in shifted.cards[0].quota_mg[9:])
    assert f"moves {shifted.cards[0].left_mg / T:g} t" in SENTENCES
    assert f"October, November and December keep {quotas} t" in SENTENCES
    stuck, _ = table(outlet, STUCK)
    april = MonthLoad(datetime.fromisoformat("2018-04-01"), "april", month=4)
    opened, _ = step(stuck, april)
    assert f"April opens with {opened.cards[0].left_mg / KG:,.2f} kg" in SENTENCES


def test_the_fates_of_a_year_of_the_page():
    """12 t a year, of which 1 t of December is unused."""
    card = replace(Card("F1", "COD", (T,) * 12), month=12, loaded_mg=T, used_mg=0)
    for percent, words in ((0, "1 t expires"), (40, "0.4 t are carried and 0.6 t expire")):
        end = next_year(card, 12 * T, YearRules(carry_percent=percent))
        assert (end.carried, end.lapsed) == (T * percent // 100, T - T * percent // 100)
        assert words in SENTENCES
    july = YearRules(begins_month=7)
    assert place_in_year(clock("00:00:00").date(), july) == (2017, 9)
    assert "23 March 2018 lies in month 9 of the year 2017" in SENTENCES


def test_every_state_event_and_refusal_stands_on_the_page():
    named = {*Mode, *Heard, *InputRefusal}
    assert [name.value for name in named if f"`{name.value}`" not in PAGE] == []
