"""HJ 212: parts, readings, answers, resends, numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from permits.errors import InputError
from permits.hj212 import Message, decode, encode
from permits.hj212.answer import answered, answers_to
from permits.hj212.checksum import check_sum
from permits.hj212.factors import FACTORS, factor_of
from permits.hj212.measured import OutletReading, readings_of
from permits.hj212.notes import NOTE_TEXT, REASON_TEXT
from permits.hj212.number import parse_decimal, rounded, scaled
from permits.hj212.parts import MOST_HELD, Parts, join_parts, split
from permits.hj212.seen import Seen
from permits.hj212.uplink import Uplink
from permits.meter.flow_concentration import mass_mg
from tests.permits.hj212_messages import SHIPPED, messages, samples

BY_ID = {sample["id"]: sample["message"] for sample in samples()}


def _message(name: str) -> Message:
    message = decode(BY_ID[name]).message
    assert message is not None
    return message


def _framed(content: str, cn: str = "2061", st: str = "31") -> Message:
    items = tuple(
        tuple((n, v) for n, _, v in (field.partition("=") for field in item.split(",")))
        for item in content.split(";")
    )
    message = Message(cn, "010000A8900016F000169DC0", items, qn="20170601110000001", st=st, flag=5)
    assert decode(encode(message)).message == message
    return message


# --- numbers -------------------------------------------------------------------------


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=0, max_value=10**9))
def test_decimal_text_becomes_a_whole_number_without_loss(value: Decimal) -> None:
    number = parse_decimal(f"{value:f}")
    assert number is not None
    assert scaled(number, 10**6) == value * 10**6


@pytest.mark.parametrize("text", ["", ".", "-", "1e5", "1,5", " 1", "١", "0x1", "NaN", "1" * 31])
def test_what_is_no_plain_decimal_is_none(text: str) -> None:
    assert parse_decimal(text) is None


@given(st.integers(0, 10**14), st.integers(0, 10**12))
def test_a_mass_is_rounded_as_the_meter_rounds(volume_l: int, conc_ng_per_l: int) -> None:
    assert rounded(volume_l * conc_ng_per_l, 10**6) == mass_mg(volume_l, conc_ng_per_l)


# --- readings ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "volume_l", "conc", "mg"),
    [
        ("m021", 300_000, 42_500, 12_750),  # 300 m3 x 42.5 mg/m3 = 0.01275 kg
        ("m022", 18_000_000, 42_500, 765_000),  # 18,000 m3 x 42.5 mg/m3 = 0.765 kg
        ("m023", 432_000_000, 42_500, 18_360_000),  # 432,000 m3 x 42.5 mg/m3 = 18.36 kg
    ],
)
def test_gas_by_minute_hour_and_day_becomes_litres_nanograms_and_milligrams(
    name: str, volume_l: int, conc: int, mg: int
) -> None:
    (reading,) = readings_of(_message(name))
    assert (reading.volume_l, reading.conc_ng_per_l, reading.mass_mg) == (volume_l, conc, mg)
    assert (reading.stated_mg, reading.wire_rounding_mg, reading.counts) == (mg, 0, True)
    assert reading.at == datetime.fromisoformat(f"2017-06-01T{'00' if name == 'm023' else 10}:00")


def test_water_by_the_hour_gives_both_pollutants() -> None:
    """36 m3 with 50 mg/L of COD and 1 mg/L of ammonia nitrogen: 1.8 kg and 0.036 kg."""
    cod, ammonia = readings_of(_message("m026"))
    assert (cod.pollutant, cod.volume_l, cod.mass_mg) == ("COD", 36_000, 1_800_000)
    assert (ammonia.pollutant, ammonia.mass_mg, ammonia.wire_rounding_mg) == ("NH3-N", 36_000, 0)


def test_rounding_on_the_wire_has_its_own_name() -> None:
    """A logged hour: 19,191.973 m3 at 0.933 mg/m3 is 17,906 mg, sent as 0.018 kg [VOC-C7]."""
    (reading,) = readings_of(
        _framed(
            "DataTime=20240122170000;a00000-Cou=19191.973,a00000-Avg=5.331,a00000-Flag=N;"
            "a24088-Cou=0.018,a24088-Avg=0.933,a24088-Flag=N"
        )
    )
    assert (reading.mass_mg, reading.stated_mg, reading.wire_rounding_mg) == (17_906, 18_000, 94)


def test_without_a_total_the_flow_times_the_period_is_the_volume() -> None:
    hour = _framed("DataTime=20170601100000;B01-Avg=10.0;011-Avg=50.0", st="32")
    (reading,) = readings_of(hour)
    assert (reading.factor, reading.volume_l, reading.mass_mg) == ("w01018", 36_000, 1_800_000)
    (unknown,) = readings_of(replace(hour, cn="2051"))
    assert (unknown.volume_l, unknown.doubts) == (None, ("volume_missing",))
    (minute,) = readings_of(replace(hour, cn="2051"), minute_s=600)
    assert minute.volume_l == 6_000


@pytest.mark.parametrize(
    ("name", "flag", "doubts"),
    [
        ("m024", "T", ()),
        ("m025", "D", ()),
        ("m038", "N", ("negative", "volume_missing")),
        ("m039", "N", ("volume_missing",)),
        ("m040", "N", ("volume_missing", "factor_contradicts")),
    ],
)
def test_what_is_not_normal_or_doubtful_is_read_and_does_not_count(
    name: str, flag: str, doubts: tuple[str, ...]
) -> None:
    (reading,) = readings_of(_message(name))
    assert (reading.flag, reading.doubts, reading.counts) == (flag, doubts, False)


def test_a_fault_of_the_flow_meter_is_a_fault_of_the_reading() -> None:
    content = "DataTime=20170601100000;a00000-Avg=5,a00000-Flag=D;a24088-Avg=2.5,a24088-Flag=N"
    (reading,) = readings_of(_framed(content))
    assert (reading.flag, reading.counts) == ("D", False)


def test_a_total_a_thousand_times_too_great_is_told() -> None:
    content = "DataTime=20170601100000;a00000-Cou=18000,a00000-Avg=5,a00000-Flag=N;"
    wrong = decode(encode(_framed(content + "a24088-Cou=765,a24088-Avg=42.5,a24088-Flag=N")))
    assert "total_disagrees" in {note.code for note in wrong.notes}


def test_a_decimal_comma_leaves_the_value_absent_and_is_noted() -> None:
    content = "DataTime=20200101000000;w00000-Cou=100,w00000-Flag=N;w01018-Avg={},w01018-Flag=N"
    segment = f"QN=20200101010000123;ST=32;CN=2061;PW=123456;MN={'8' * 24};Flag=4;CP=&&"
    for value, conc, codes in (("50.5", 50_500_000, []), ("50,5", None, ["decimal_comma"])):
        text = f"{segment}{content.format(value)}&&"
        decoded = decode(f"##{len(text):04d}{text}{check_sum(text.encode()):04X}")
        assert decoded.message is not None
        (reading,) = readings_of(decoded.message)
        assert (reading.conc_ng_per_l, reading.counts) == (conc, conc is not None)
        assert [note.code for note in decoded.notes] == codes


def test_a_number_that_no_outlet_can_have_is_not_used() -> None:
    content = "DataTime=20170601100000;a00000-Cou=1e9,a00000-Flag=N;a24088-Avg=1000000001"
    (reading,) = readings_of(_framed(content))
    assert (reading.volume_l, reading.conc_ng_per_l) == (None, None)
    assert (reading.doubts, reading.counts) == (("number_range", "number_form"), False)


@pytest.mark.parametrize("name", ["m011", "m020", "m033", "m037", "m053"])
def test_air_stations_instants_parts_and_wrong_times_give_no_reading(name: str) -> None:
    assert readings_of(_message(name)) == ()


def test_every_factor_states_its_unit_source_and_status() -> None:
    assert all(f.source.startswith("[") and f.status == "statute" for f in FACTORS)
    assert all(factor_of(f.code) == f == factor_of(f.code_2005 or f.code) for f in FACTORS)
    valve = factor_of("e31101")
    assert valve is not None and valve.title == "valve state"


# --- parts ---------------------------------------------------------------------------


def test_the_two_parts_of_the_sample_make_one_message_in_either_order() -> None:
    first, second = _message("m033"), _message("m034")
    held = Parts().add(second)
    assert held.whole is None
    assert held.parts.missing() == ((second, (1,)),)
    again = held.parts.add(second)
    assert (again.whole, [n.code for n in again.notes]) == (None, ["resent"])
    other = held.parts.add(replace(second, items=()))
    assert [note.code for note in other.notes] == ["part_contradicts"]
    added = held.parts.add(first)
    assert [note.code for note in added.notes] == ["part_order"]
    assert added.parts == Parts()
    assert added.whole == join_parts([first, second])
    (reading,) = readings_of(join_parts([second, first]))
    assert (reading.mass_mg, reading.counts) == (765_000, True)


@settings(max_examples=30)
@given(messages(), st.integers(150, 950), st.randoms())
def test_what_is_split_is_put_together_as_it_was(
    message: Message, most: int, random: object
) -> None:
    whole = replace(message, pnum=None, pno=None, flag=(message.flag or 0) & ~2)
    parts = list(split(whole, most))
    random.shuffle(parts)
    held, found = Parts(), []
    for part in parts:
        held, made, *_ = held.add(part)
        found += [made] if made else []
    assert (found, held) == ([whole], Parts())


def test_parts_that_never_come_are_given_up_and_told() -> None:
    held = Parts()
    part = _message("m033")
    given_up = []
    for n in range(MOST_HELD + 3):
        added = held.add(replace(part, qn=f"{n:017d}"))
        held = added.parts
        given_up += added.given_up
    assert [one.qn for one in given_up] == [f"{n:017d}" for n in range(3)]


def test_an_item_too_long_for_any_part_is_refused() -> None:
    item = (("i11001-Info", f"//{'x' * 2000}//"),)
    with pytest.raises(InputError, match="does not fit"):
        split(Message("3020", "A", (item, item)))


# --- answers and resends -------------------------------------------------------------


def test_data_are_answered_in_the_form_of_their_version() -> None:
    """2017 as in the sample of data taken; 2005 with the number in its content [VOC-C2]."""
    (answer,) = answers_to(replace(_message("m022"), qn="20170601110000005"))
    assert encode(answer).decode().strip() == BY_ID["m030"]
    (old,) = answers_to(replace(_message("m022"), flag=1))
    assert (old.qn, old.flag, answered(old)[0]) == (None, 0, "20170601110000001")
    assert answers_to(replace(_message("m022"), flag=4)) == ()


def test_requests_are_taken_and_done_or_refused() -> None:
    request = _message("m001")
    assert [a.value("QnRtn") for a in answers_to(request)] == ["8"]
    taken, done = answers_to(request, can={"1062"})
    assert (taken.cn, taken.value("QnRtn")) == ("9011", "1")
    assert (done.cn, done.value("ExeRtn")) == ("9012", "1")
    (notice,) = answers_to(replace(request, cn="1013"))
    assert notice.cn == "9013"
    assert answers_to(replace(notice, flag=5)) == ()


def test_a_device_sends_again_until_it_is_answered_or_gives_up() -> None:
    """Three tries, five seconds apart [VOC-C1]."""
    message = _message("m022")
    uplink = Uplink().sent(message, 0)
    assert uplink.due(4_999).again == ()
    first = uplink.due(5_000)
    assert first.again == (message,)
    second = first.uplink.due(10_000)
    assert second.again == (message,)
    third = second.uplink.due(15_000)
    assert (third.again, third.given_up, third.uplink.waiting) == ((), (message,), ())
    (answer,) = answers_to(message)
    after, settled = second.uplink.heard(answer)
    assert (settled, after.waiting) == (message, ())
    assert after.heard(answer)[1] is None


def test_an_answer_to_a_part_that_came_twice_does_not_settle_the_next() -> None:
    first, second = _message("m033"), _message("m034")
    uplink = Uplink().sent(first, 0).sent(second, 0)
    (answer,) = answers_to(first)
    uplink, settled = uplink.heard(answer)
    assert settled == first
    assert uplink.heard(answer)[1] is None
    assert [own.message for own in uplink.waiting] == [second]


def test_a_resend_is_known_and_another_message_under_its_number_is_noted() -> None:
    seen = Seen(most=2)
    message = _message("m022")
    assert seen.add(message) == ()
    assert [note.code for note in seen.add(message)] == ["resent"]
    assert [note.code for note in seen.add(replace(message, items=()))] == ["qn_reused"]
    for number in "12":
        seen.add(replace(message, qn=number))
    assert seen.add(message) == ()


def test_a_reading_without_its_parts_has_no_mass() -> None:
    reading = OutletReading(
        "A", datetime.fromisoformat("2017-01-01"), "2061", "a24088", "NMHC", None, 5, "N", 7
    )
    assert (reading.mass_mg, reading.wire_rounding_mg, reading.counts) == (None, None, False)


def test_the_page_lists_every_factor_reason_and_note_as_the_code_has_them() -> None:
    page = (SHIPPED.parents[4] / "docs" / "hj212.md").read_text(encoding="utf-8")
    for factor in FACTORS:
        most = factor.most or (0, 0)
        form = f"N{most[0]}.{most[1]}" if most[1] else f"N{most[0]}"
        row = [factor.code, factor.code_2005, factor.title, factor.unit, factor.total_unit, form]
        cells = [cell or "–" for cell in (*row, factor.pollutant)]
        assert f"| {' | '.join(cells)} | {factor.source}, {factor.status} |" in page
    for code, text in (*REASON_TEXT.items(), *NOTE_TEXT.items()):
        assert f"| `{code}` | {text} |" in page
