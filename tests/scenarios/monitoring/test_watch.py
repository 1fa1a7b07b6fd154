"""Cards watched: the shipped example, the live picture, the page, the tables it reads."""

from __future__ import annotations

import io
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from permits.card import History, Said, find_card_violations, rebuild
from permits.card.controller_inputs import Flow
from permits.card.modes import Mode, Refusal
from permits.errors import ManyErrors, RightsError
from permits.metering import Reason
from scenarios.monitoring.watch import card_year, notes_of, play, watch
from scenarios.monitoring.watch.card_months import add_up
from scenarios.monitoring.watch.card_page import page
from scenarios.monitoring.watch.charts import MARKED
from scenarios.monitoring.watch.charts import TITLES as CHART_TITLES
from scenarios.monitoring.watch.controller_replay import film
from scenarios.monitoring.watch.event_texts import QUIET, TEXTS, TITLES, WORDS
from scenarios.monitoring.watch.input_tables import read_reel
from scenarios.monitoring.watch.screen import pictures
from scenarios.monitoring.watch.snapshot import Moment, view
from scenarios.text import set_language

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "scenarios" / "files" / "data" / "meter-example"
FILES = tuple(EXAMPLE / f"{name}.csv" for name in ("readings", "cards", "messages"))


@pytest.fixture(scope="module")
def reel():
    return read_reel(*FILES)


@pytest.fixture(scope="module")
def frames(reel):
    return [replace(frame, outlets=dict(frame.outlets)) for frame in film(reel)]


@pytest.fixture(params=["en", "zh"])
def lang(request):
    set_language(request.param)
    yield request.param
    set_language("en")


def lines_of(frames):
    return [record for frame in frames for record in frame.records]


def a_screen(**more):
    return Console(file=io.StringIO(), width=80, height=24, force_terminal=True, **more)


def written(tmp_path, name, text):
    path = tmp_path / f"{name}.csv"
    path.write_text(text, encoding="utf-8")
    return path


# --- the example ---------------------------------------------------------------------


@pytest.mark.parametrize("hours", [85 * 24, pytest.param(8760, marks=pytest.mark.slow)])
def test_the_example_is_what_its_recipe_makes(hours):
    sys.path.insert(0, str(ROOT / "docs"))
    from meter_example import tables

    sys.path.remove(str(ROOT / "docs"))
    made = tables(hours)
    assert sorted(made) == sorted(path.name for path in FILES)
    for name, text in made.items():
        there = (EXAMPLE / name).read_text(encoding="utf-8")
        assert there == text if hours == 8760 else there.startswith(text)
    assert "shift" in made["messages.csv"]
    assert sum(path.stat().st_size for path in EXAMPLE.iterdir()) < 300_000


def test_the_example_runs_to_warnings_a_stop_a_shift_a_purchase_and_every_hindrance(frames):
    told = [line.said for line in lines_of(frames)]
    order = [Said.WARNED80, Said.WARNED90, Said.USED_UP, Said.SHUT, Said.SHIFTED, Said.REOPENED,
             Said.SHUT, Said.TOPPED_UP, Said.REOPENED, Said.MAINTENANCE, Said.OFFLINE,
             Said.POWER_LOSS]  # fmt: skip
    rest = iter(told)
    assert all(said in rest for said in order)
    assert Said.REFUSED not in told and Said.VALVE_FAULT not in told


def test_the_history_of_the_example_rebuilds_its_card_and_accounts_for_every_reading(reel, frames):
    history = History(reel.outlets["W1"].cards, tuple(lines_of(frames)))
    ended = frames[-1].outlets["W1"]
    assert rebuild(history) == ended.cards
    flows = [given for _, given in reel.heard if isinstance(given, Flow)]
    assert (len(flows), reel.unmeasured) == (8754, 6)
    assert find_card_violations(history, flows) == []
    assert ended.passed_l == sum(flow.volume_l for flow in flows)


def test_months_add_up_to_what_was_counted(reel, frames):
    (year,) = add_up(frames, reel.names, reel.outlets)
    assert [month.name for month in year.months] == [f"2018-{m:02d}" for m in range(1, 13)]
    assert sum(month.used for month in year.months) == frames[-1].outlets["W1"].counted[0]
    march, december = year.months[2], year.months[11]
    assert (march.shifted, march.topped_up) == (150_000_000, 300_000_000)
    assert december.used - december.available == december.breach > 0


# --- the picture ---------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 3, 4, 40])
@pytest.mark.usefixtures("lang")
def test_the_picture_fits_a_terminal_of_80_by_24(reel, frames, count):
    frame = next(frame for frame in frames if any(r.said is Said.SHUT for r in frame.records))
    outlets = {f"W{n + 1}": frame.outlets["W1"] for n in range(count)}
    names = {name: (f"{name}-COD-化学需氧量",) for name in outlets}
    last = tuple(("W1", record) for record in lines_of(frames) if record.said not in QUIET)
    screen = a_screen()
    screen.print(view(Moment(frame.at, outlets, names, last), 80, 24))
    lines = re.sub(r"\x1b\[[\d;]*m", "", screen.file.getvalue()).splitlines()
    assert len(lines) <= 24
    assert max(map(cell_len, lines)) <= 80
    assert sum("-COD-" in line for line in lines) >= min(count, 4)


def test_of_many_cards_the_fullest_are_shown(frames):
    stopped = next(f for f in frames if any(r.said is Said.SHUT for r in f.records))
    outlets = {f"W{n:02d}": frames[0].outlets["W1"] for n in range(30)}
    outlets["W29"] = stopped.outlets["W1"]
    screen = a_screen(color_system=None)
    names = {name: (name,) for name in outlets}
    screen.print(view(Moment(stopped.at, outlets, names), 80, 24))
    rows = screen.file.getvalue().splitlines()[2:]
    assert [row.split()[0] for row in rows[:2]] == ["W29", "W00"]
    assert any("more cards" in row for row in rows)


def test_the_bar_has_its_marks_where_the_card_warns(frames):
    screen = a_screen(color_system=None)
    at_warning = next(f for f in frames if any(r.said is Said.WARNED80 for r in f.records))
    screen.print(view(Moment(at_warning.at, at_warning.outlets, {"W1": ("c",)}), 80, 24))
    bar, marks = screen.file.getvalue().splitlines()[2:4]
    assert marks.split() == ["▲80", "▲90", "▲100"]
    assert abs(bar.count("█") - marks.index("▲80")) <= 1


def test_what_an_outlet_says_has_words_for_every_line_state_and_refusal():
    assert set(TEXTS) == set(Said)
    assert set(WORDS) == set(Mode)
    assert set(TITLES) == set(Refusal)
    assert {name for name, *_ in MARKED} == set(CHART_TITLES)


@pytest.mark.usefixtures("lang")
def test_without_a_terminal_every_event_is_a_line(reel, frames):
    screen = Console(file=io.StringIO(), width=20)
    watch(frames, reel.names, console=screen)
    lines = screen.file.getvalue().splitlines()
    events = [record for record in lines_of(frames) if record.said not in QUIET]
    assert [line.split()[0] for line in lines] == [event.at.isoformat() for event in events]


def test_a_film_is_drawn_on_the_other_screen_and_its_last_picture_stays(reel, frames):
    screen, pauses = a_screen(), []
    last = watch(frames[:600], reel.names, console=screen, sleep=pauses.append, speed=10**6)
    drawn = screen.file.getvalue()
    assert (drawn.count("\x1b[?1049h"), drawn.count("\x1b[?1049l")) == (1, 1)
    assert "\x1b[2J" not in drawn, "a cleared screen flickers"
    assert last.done and "ended" in drawn.split("\x1b[?1049l")[1]
    assert len(pauses) > 20 and min(pauses) >= 0


def test_ctrl_c_leaves_the_terminal_as_it_was_and_the_picture_of_that_moment(reel, frames):
    screen, drawn = a_screen(), iter(range(10))

    def pressed(_seconds):
        if next(drawn) == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch(frames, reel.names, console=screen, sleep=pressed)
    rest = screen.file.getvalue().split("\x1b[?1049l")[1]
    assert "ended" in rest and "\x1b[?25h" in screen.file.getvalue()


def test_a_film_ten_times_as_fast_has_a_tenth_of_the_pictures(reel, frames):
    slow = list(pictures(frames, reel.names, 10**6))
    fast = list(pictures(frames, reel.names, 10**7))
    assert 8 < len(slow) / len(fast) < 12
    every = [moment for moment, _ in pictures(frames, reel.names, None)]
    happened = [frame.at for frame in frames if any(r.said not in QUIET for r in frame.records)]
    assert {moment.at for moment in every} >= set(happened)


# --- the page ------------------------------------------------------------------------


def test_the_page_shows_months_balance_and_events_and_fetches_nothing(reel, frames, lang):
    years = add_up(frames, reel.names, reel.outlets)
    text = page(years, frames[-1].outlets)
    charts = {name: json.loads(data) for name, data in
              re.findall(r'id="data-([\w-]+)">(.*?)</script>', text)}  # fmt: skip
    assert sorted(charts) == ["left-0", "months-0"]
    names = [trace["name"] for trace in charts["left-0"]["data"]]
    assert ("first warning" in names) is (lang == "en")
    used = charts["months-0"]["data"][1]["y"]
    assert sum(used) == pytest.approx(frames[-1].outlets["W1"].counted[0] / 10**9, abs=1e-5)
    assert "一张卡的一年" in text if lang == "zh" else "A card over the year" in text
    assert 'src="http' not in text and "default-src 'none'" in text


def test_a_card_of_water_and_one_of_gas_are_read_filmed_and_drawn(tmp_path):
    readings = written(tmp_path, "r", "outlet,at,volume_m3,SO2_mg_per_m3,flag\n" + "".join(
        f"{outlet},2018-07-01T{hour:02d}:00,400,50,\n"
        for outlet in ("W", "G", "other") for hour in range(12)
    ))  # fmt: skip
    cards = written(
        tmp_path, "c",
        "card,firm,outlet,pollutant,annual_quota_t,annual_quota_m3,stop\n"
        "water,F,W,volume,,12000,valve\ngas,F,G,SO2,0.0012,,curtail\n",
    )  # fmt: skip
    frames = list(film(read_reel(readings, cards)))
    outlets = frames[-1].outlets
    assert outlets["W"].counted == (4_800_000,) and outlets["W"].by_volume == (True,)
    assert outlets["W"].mode is Mode.VALVE_FAULT, "what goes on flowing through a shut valve"
    assert outlets["G"].counted == (240_000,) and outlets["G"].mode is Mode.CURTAILED
    text = card_year(readings, cards)
    assert text.count('class="plot"') == 4 and "m³" in text


def test_chinese_headings_and_several_files_are_read(tmp_path):
    heads = "排口,时间,流量（立方米）,COD浓度（mg/L）,标记\n"
    readings = [
        written(tmp_path, f"r{n}", heads + f"W1,2018-01-01T0{n}:00,1,50,N\n") for n in range(2)
    ]
    cards = written(tmp_path, "c", "card,企业,排口,污染物,annual_quota_t\nc,F,W1,COD,12\n")
    *_, last = film(read_reel(readings, cards))
    assert last.outlets["W1"].counted == (100_000,)


# --- tables --------------------------------------------------------------------------

GOOD = {
    "readings": "outlet,at,volume_m3,COD_mg_per_l,flag\nW1,2018-01-01T00:00,1,50,\n",
    "cards": "card,firm,outlet,pollutant,annual_quota_t\nc,F,W1,COD,12\n",
    "messages": "at,outlet,event,card,mass_t\n2018-01-01T05:00:01,W1,top_up,c,1\n",
}


@pytest.mark.parametrize(
    ("table", "before", "after", "words"),
    [
        ("readings", "2018-01-01T00:00", "noon", "no usable reading of any outlet with a card"),
        ("readings", "W1,", "W9,", "no usable reading of any outlet with a card"),
        ("readings", "COD_mg_per_l", "cod", "no column gives the concentration of COD"),
        ("cards", ",12\n", ",\n", "no annual quota"),
        ("cards", "quota_t\nc,F,W1,COD,12", "quota_t,stop\nc,F,W1,COD,12,tap", "write one of"),
        ("cards", ",12\n", ",12\nd,F,W1,SO2,1\n", "concentration of SO2"),
        ("cards", "quota_t\nc,F,W1,COD,12",
         "quota_t,annual_quota_m3,stop\nc,F,W1,COD,12,,valve\nd,F,W1,volume,,12,curtail",
         "an outlet has one valve"),
        ("cards", ",12\n", ",12\nd,F,W1,COD,1\n", "two rows for COD"),
        ("cards", "_t\nc,F,W1,COD,12", "_t,month_01\nc,F,W1,COD,12,1",
         "do not add up to the annual quota"),
        ("messages", "top_up", "topup", "one of these events: top_up, shift"),
        ("messages", ",W1,", ",W9,", "outlet 'W9'"),
        ("messages", ",c,1", ",d,1", "no card 'd'"),
        ("messages", ",c,1", ",c,0", "a mass of 0 mg"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_table_is_told_with_its_row_and_remedy(
    tmp_path, table, before, after, words
):
    assert before in GOOD[table]
    files = {
        name: written(tmp_path, name, text.replace(before, after) if name == table else text)
        for name, text in GOOD.items()
    }
    with pytest.raises((RightsError, ManyErrors)) as told:
        read_reel(files["readings"], files["cards"], files["messages"])
    assert words in str(told.value)


BAD_ROWS = """W1,2018-01-01T01:00,1,50,
W1,2018-01-01T01:00,1,50,
W1,2018-01-01T00:30,1,50,
W1,2018-01-01T02:00,-1,50,
W1,2018-01-01T03:00,1,-2,
W1,2018-01-01T04:00,1,x,
W1,2018-01-01T05:00,1e20,50,
W1,2019-06-01T05:00,1,50,
W1,noon,1,50,
,2018-01-01T06:00,1,50,
W1,2018/1/1 7:00,1,50,
W1,2018-01-01T08:00,1,50,D
"""


def test_a_reading_that_cannot_be_used_is_set_aside_and_the_others_are_counted_once(tmp_path):
    readings = written(tmp_path, "readings", GOOD["readings"] + BAD_ROWS)
    cards = written(tmp_path, "cards", GOOD["cards"])
    reel = read_reel(readings, cards)
    counts = dict.fromkeys(
        (Reason.CLOCK_BACK, Reason.DUPLICATE, Reason.CLOCK_AHEAD, Reason.NEGATIVE_FLOW,
         Reason.NEGATIVE_CONC, Reason.TOO_LARGE), 1,
    )  # fmt: skip
    assert reel.aside == counts | {Reason.UNREADABLE: 3}
    assert reel.unmeasured == 1
    flows = [(given.at.hour, given.volume_l) for _, given in reel.heard if isinstance(given, Flow)]
    assert flows == [(1, 1000), (2, 1000), (8, 1000)]
    assert "1 × the clock went back (excluded)" in list(notes_of(reel))
    assert "1 × 时钟倒退" in card_year(readings, cards, lang="zh")


def test_a_file_that_cannot_be_read_and_a_card_without_readings_stop_no_other(tmp_path):
    readings = written(tmp_path, "readings", GOOD["readings"])
    cards = written(tmp_path, "cards", GOOD["cards"] + "d,F,W2,COD,1\n")
    reel = read_reel([tmp_path / "gone.csv", readings], cards)
    assert [error.code for error in reel.mistakes] == ["table.missing"]
    assert reel.silent == ("d",)
    with pytest.raises((RightsError, ManyErrors), match=r"gone\.csv"):
        read_reel([tmp_path / "gone.csv"], cards)


def test_an_hour_that_comes_twice_in_autumn_is_counted_twice_where_the_offset_tells_them_apart(
    tmp_path,
):
    times = ("2018-10-28T02:00+02:00", "2018-10-28T02:00+01:00", "2018-10-28T03:00+01:00")
    rows = "".join(f"W1,{at},1,50,\n" for at in times)
    readings = written(tmp_path, "r", "outlet,at,volume_m3,COD_mg_per_l,flag\n" + rows)
    *_, last = film(read_reel(readings, written(tmp_path, "c", GOOD["cards"])))
    assert (last.outlets["W1"].passed_l, last.outlets["W1"].refused_l) == (3000, 0)


def test_valves_that_are_measured_do_as_measured_and_new_years_are_loaded(tmp_path):
    rows = "".join(
        f"W1,{at},1,500,\n" for at in ("2018-12-31T22:00", "2018-12-31T23:00", "2019-01-01T00:00")
    )
    files = [
        written(tmp_path, "r", "outlet,at,volume_m3,COD_mg_per_l,flag\n" + rows),
        written(tmp_path, "c", GOOD["cards"].replace(",12\n", ",0.000012\n")),
        written(tmp_path, "m", "at,outlet,event,open_percent\n2018-12-31T23:03:00,W1,valve,0\n"),
    ]
    last = play(*files, console=Console(file=(out := io.StringIO())))
    assert "2018-12-31T23:03:00  W1  shut" in out.getvalue()
    assert "2019-01-01T00:00:00  c  loaded for the year 2019: 0.01 kg" in out.getvalue()
    assert last.outlets["W1"].year == 2019
    assert next(film(read_reel(*files[:2]))).outlets["W1"].month == 12
