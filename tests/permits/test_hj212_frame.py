"""HJ 212: frames, check sums, round trips, verdicts on the samples, and a fuzz."""

from __future__ import annotations

import string
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from permits.errors import InputError
from permits.hj212 import Framer, Message, decode, encode
from permits.hj212.checksum import BEGIN, POSSIBLE, check_sum
from permits.hj212.codes import MOST_SEGMENT
from permits.hj212.frame import MOST_FRAME
from permits.hj212.notes import NOTE_TEXT, REASON_TEXT
from permits.hj212.seen import Seen
from permits.hj212.segment import format_segment
from tests.permits.hj212_messages import GOOD, SHIPPED, damaged_frames, messages, samples

SAMPLES = samples()
LETTERS = string.ascii_letters + string.digits
BY_ID = {sample["id"]: sample["message"] for sample in SAMPLES}

DECIDED = {
    "m035": ("part_beyond", "it waits for no other part, and no reading is made of it"),
    "m036": ("parts_missing", "it is whole by itself"),
    "m037": ("time_form", "without a time there is no reading"),
    "m038": ("negative", "the reading is kept as sent and does not count"),
    "m039": ("no_data_flag", "an absent flag means normal"),
    "m040": ("factor_contradicts", "neither value counts"),
    "m041": ("qn_reused", "another message, stored beside the first"),
}
"""What is decided where the frame is right and the content doubtful: note and why."""


# --- verdicts ------------------------------------------------------------------------


def test_every_sample_gets_its_verdict() -> None:
    """56 messages: of the standard, of licensed public parsers, and made by its rule."""
    wrong = [sample["id"] for sample in SAMPLES if not _as_expected(sample)]
    assert (len(SAMPLES), wrong) == (56, [])


def test_the_shipped_samples_are_those_of_the_reference(reference: Callable[[str], Path]) -> None:
    theirs = reference("hj212_samples/messages.jsonl")
    assert theirs.read_bytes() == SHIPPED.read_bytes()
    assert all(_as_expected(sample) for sample in samples(theirs))


def _as_expected(sample: dict[str, Any]) -> bool:
    verdict = decode(sample["message"]).verdict
    return (verdict == "reject") == (sample["expect"] == "reject")


def test_doubtful_samples_are_taken_with_the_note_that_was_decided() -> None:
    seen = Seen()
    noted = {}
    for sample in SAMPLES:
        decoded = decode(sample["message"])
        if decoded.message is not None:
            noted[sample["id"]] = {n.code for n in (*decoded.notes, *seen.add(decoded.message))}
    policy = {sample["id"] for sample in SAMPLES if sample["expect"] == "policy"}
    assert policy == set(DECIDED)
    assert [name for name, (note, _) in DECIDED.items() if note not in noted[name]] == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("m002", "check_sum_impossible"),
        ("m005", "check_sum"),
        ("m042", "length"),
        ("m043", "length"),
        ("m046", "check_sum_impossible"),
        ("m047", "check_sum"),
        ("m048", "check_sum_missing"),
        ("m049", "check_sum_form"),
        ("m050", "start"),
        ("m051", "length"),
        ("m052", "length_form"),
        ("m054", "too_long"),
    ],
)
def test_a_rejection_says_why(name: str, reason: str) -> None:
    assert decode(BY_ID[name]).reason == reason


ODD = {
    "MN=12345678901234;CP=&&&&": {"no_qn", "no_flag_field", "no_st", "no_cn", "no_pw"},
    "QN=1583078400000;ST=31;CN=9021;PW=;MN=A;FLAG=4;CP=&&&&": {
        "qn_unix", "cn_unknown", "pw_empty", "mn_form", "field_case",
    },
    "ST=32;CN=2011;PW=123456;,MN=88888881234567;Flag=0;CP=&&DataTime=20180306120000&&": {
        "no_qn", "separator",
    },
    "QN=20180306120000000;ST=32;CN=3500;PW=123456;MN=88888881234567;Flag=0;CP=&&&&": {
        "cn_reserved",
    },
    "QN=20180306120000000;ST=31;CN=2011;PW=123456;MN=88888881234567;Flag=0;"
    "CP=&&DataTime=20180306120000000;B02-Rtd=0,B02-Flag=N,01-Rtd=5;TVOC-Rtd=1e3&&": {
        "time_17", "zero_flow_normal", "item_mixed", "no_data_flag", "factor_unknown",
        "number_form",
    },
}  # fmt: skip


@pytest.mark.parametrize("segment", ODD)
def test_what_is_odd_in_practice_is_taken_and_noted(segment: str) -> None:
    frame = f"##{len(segment):04d}{segment}{check_sum(segment.encode()):04X}"
    decoded = decode(frame)
    assert decoded.verdict == "accept_with_notes"
    assert {note.code for note in decoded.notes} >= ODD[segment]


def test_a_check_sum_of_zero_can_be_right_and_is_noted() -> None:
    segments = (f"CP=&&SN={one}{two}&&".encode() for one in LETTERS for two in LETTERS)
    found = [segment for segment in segments if not check_sum(segment)]
    decoded = decode(b"##%04d%s0000" % (len(found[0]), found[0]))
    assert decoded.notes[0].code == "check_sum_zero"


def test_text_in_another_encoding_is_read_and_noted() -> None:
    segment = "QN=20180306120000000;CP=&&i11001-Info=//数据//&&".encode("gb18030")
    decoded = decode(b"##%04d%s%04X" % (len(segment), segment, check_sum(segment)))
    assert decoded.message is not None and decoded.message.value("i11001-Info") == "//数据//"
    assert "not_utf8" in {note.code for note in decoded.notes}


def test_every_code_that_the_reader_can_give_has_its_text() -> None:
    """Found by reading the code, not by listing it twice."""
    folder = Path(sys.modules["permits.hj212"].__path__[0])
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    unused = [code for code in (*NOTE_TEXT, *REASON_TEXT) if source.count(f'"{code}"') < 2]
    assert unused == ["parts_incomplete", "json"], "told by the reader of many messages"


# --- the check sum -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("segment", "ours"), [(b"", 0xFFFF), (b"A", 0x7080), (b"&&", 0xB101), (b"123456789", 0x2F80)]
)
def test_the_check_sum_is_the_standards_not_modbus(segment: bytes, ours: int) -> None:
    """Values computed from the procedure of appendix A [VOC-C1]; Modbus gives others."""
    assert check_sum(segment) == ours != _modbus(segment) or not segment


def _modbus(data: bytes) -> int:
    register = BEGIN
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = (register >> 1) ^ (0xA001 if register & 1 else 0)
    return register


def test_every_change_of_a_byte_and_every_swap_of_ascii_neighbours_changes_the_check_sum() -> None:
    """Proved, not sampled: one step is a permutation of 256 states and linear over bits, so
    that a swap is missed only where the two bytes differ by a fixed point, B6: one of
    them is then no ASCII."""
    step = [check_sum(bytes([0xFF ^ state])) >> 8 for state in range(256)]
    assert sorted(step) == list(range(256))
    assert all(step[a] ^ step[b] == step[a ^ b] for a in range(256) for b in range(256))
    assert [d for d in range(256) if step[d] == d] == [0, 0xB6]
    assert len(POSSIBLE) == 256


def test_two_readings_can_share_a_check_sum() -> None:
    """So a right check sum does not prove a value; the two last samples."""
    first, second = BY_ID["m055"], BY_ID["m056"]
    assert first != second and first[-4:] == second[-4:]
    assert decode(first).verdict == decode(second).verdict == "accept_with_notes"


# --- round trips and damage ------------------------------------------------------------


@settings(max_examples=40)
@given(messages())
def test_what_is_encoded_is_decoded_as_it_was(message: Message) -> None:
    if len(format_segment(message).encode()) > MOST_SEGMENT:
        with pytest.raises(InputError, match="is longer than 1024"):
            encode(message)
        return
    frame = encode(message)
    assert len(frame) <= MOST_FRAME + 2
    decoded = decode(frame)
    assert (decoded.reason, decoded.message) == (None, message)


@given(st.sampled_from(GOOD), st.data())
def test_a_changed_byte_or_swapped_neighbours_are_never_accepted(
    frame: bytes, data: st.DataObject
) -> None:
    """But for the case of a hexadecimal digit of the check sum, which has no meaning."""
    place = data.draw(st.integers(0, len(frame) - 2))
    byte = data.draw(st.integers(0, 255))
    changed = bytearray(frame)
    changed[place] = byte
    swapped = bytearray(frame)
    swapped[place : place + 2] = reversed(frame[place : place + 2])
    for damaged in (bytes(changed), bytes(swapped)):
        same = damaged[:-4] + damaged[-4:].upper() == frame[:-4] + frame[-4:].upper()
        assert same or decode(damaged).reason


@pytest.mark.parametrize("value", ["a;b", "a,b", "a&b", "a//b", "a\r\nb", " a", "//a&b//", "\x00"])
def test_a_value_that_would_be_read_as_something_else_is_refused(value: str) -> None:
    with pytest.raises(InputError, match=r"cannot be written|begins or ends with a space"):
        encode(Message("2011", "A", ((("i11001-Info", value),),)))


# --- a stream ------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.lists(st.sampled_from(GOOD), max_size=6), st.data())
def test_frames_glued_in_a_stream_are_found_however_it_is_cut(
    frames: list[bytes], data: st.DataObject
) -> None:
    ends = st.sampled_from((b"\r\n", b"", b"\n", b"noise#\r\n", b"#", b"##12", b"##9999"))
    stream = b"".join(frame + data.draw(ends) for frame in frames)
    framer, found, at = Framer(), [], 0
    while at < len(stream):
        step = data.draw(st.integers(1, 900))
        found += framer.feed(stream[at : at + step])
        at += step
    found += framer.close()
    assert [piece for piece in found if not decode(piece).reason] == frames


@pytest.mark.parametrize(
    "junk",
    [b"", b"\x00" * 3000, b"##" * 50_000, b"#" * 9999, b"##0140" * 9000, b"##9999" + b"x" * 10**6],
    ids=["nothing", "nul", "marks", "hashes", "heads", "a megabyte"],
)
def test_after_junk_the_next_message_is_found_in_constant_memory(junk: bytes) -> None:
    framer = Framer()
    found = list(framer.feed(junk))
    assert len(framer._held) <= MOST_FRAME
    found += list(framer.feed(b"\r\n" + GOOD[0] + b"\r\n" + GOOD[1] * 6))
    assert [decode(piece).reason for piece in found][-7:] == [None] * 7


def test_a_frame_cut_short_costs_no_other() -> None:
    framer = Framer()
    found = list(framer.feed(GOOD[0][:60] + b"\r\n" + GOOD[1] + b"\r\n"))
    assert [decode(piece).reason for piece in found] == ["length", None]


# --- whatever comes ------------------------------------------------------------------

ODD_INPUT = [b"", b"\x00", b"##", b"##0000", b"##0000FFFF", "\ud800", "##0001", b"\xff" * 10**6]


@pytest.mark.parametrize("raw", ODD_INPUT, ids=range(len(ODD_INPUT)))
def test_what_is_no_message_is_judged_without_an_error(raw: bytes | str) -> None:
    assert decode(raw).verdict in {"reject", "accept_with_notes"}


def test_thousands_of_damaged_frames_raise_nothing() -> None:
    assert _fuzz(2_500, 1) > 500


@pytest.mark.slow
def test_half_a_million_damaged_frames_raise_nothing() -> None:
    assert _fuzz(500_000, 2) > 100_000


def _fuzz(count: int, seed: int) -> int:
    """Decode damaged frames, half of them with length and check sum put right again.

    Returns: how many were accepted, which shows that the content was reached.
    """
    framer, accepted = Framer(), 0
    for number, damaged in enumerate(damaged_frames(count, seed)):
        decoded = decode(damaged)
        accepted += decoded.reason is None
        if decoded.message is not None:
            assert Seen().add(decoded.message) == ()
        if number % 8 == 0:
            assert all(decode(piece).verdict for piece in framer.feed(damaged + b"\r\n"))
    return accepted
