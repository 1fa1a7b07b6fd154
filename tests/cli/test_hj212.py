"""`permits hj212`: one message a line, one judgement a line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from permits.hj212.checksum import check_sum
from permits.hj212.notes import NOTE_TEXT, REASON_TEXT
from scenarios.text import chinese
from tests.permits.hj212_messages import SHIPPED, samples

RAW = "\r\n".join(sample["message"] for sample in samples())
VERDICTS = {"accept": 18, "accept_with_notes": 21, "reject": 17}


def _told(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_the_samples_are_judged_one_line_each(run_cli: Callable[..., Any]) -> None:
    ran = run_cli("hj212", SHIPPED)
    told = _told(ran.out)
    assert ran.code == 0
    assert [list(one) for one in told] == [["id", "verdict", "reason", "notes", "decoded"]] * 56
    assert [one["id"] for one in told] == [f"m{n:03d}" for n in range(1, 57)]
    assert Counter(one["verdict"] for one in told) == VERDICTS
    assert all((one["verdict"] == "reject") == (one["decoded"] is None) for one in told)
    assert ran.err.startswith("56 messages: 18 accepted, 21 accepted with notes, 17 rejected\n")
    assert "5  check_sum: the check sum is not that of the segment" in ran.err
    (water,) = (one["decoded"]["readings"] for one in told if one["id"] == "m026")
    assert [(one["pollutant"], one["volume_m3"], one["mass_t"]) for one in water] == [
        ("COD", 36, 0.0018),
        ("NH3-N", 36, 0.000036),
    ]
    (second,) = (one["decoded"] for one in told if one["id"] == "m034")
    assert second["readings"] == [] and second["whole"]["readings"][0]["mass_t"] == 0.000765


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("json", "utf-8-sig"), ("json", "gb18030"), ("raw", "utf-16"), ("raw", "gb18030")],
)
def test_files_in_any_encoding_give_the_same_verdicts(
    run_cli: Callable[..., Any], text: str, encoding: str
) -> None:
    """Chinese text that an editor saved as GB18030 is tried as the UTF-8 that was sent."""
    lines = SHIPPED.read_text(encoding="utf-8") if text == "json" else RAW
    ran = run_cli("hj212", "-", "--lang", "zh", stdin=lines.encode(encoding))
    told = _told(ran.out)
    assert [(one["verdict"] == "reject") for one in told] == [
        sample["expect"] == "reject" for sample in samples()
    ]
    assert "//校准完成//" in ran.out
    assert ran.err.startswith("共56条报文：")


def test_lines_that_are_no_message_are_rejected_one_by_one(run_cli: Callable[..., Any]) -> None:
    junk = [b"\x00\xff", b"x" * 1_000_000, b"{", b'{"id": "\\ud800"}', b'{"a":' * 9_000, b"[1]"]
    given = b"\n".join([*junk, b"", samples()[0]["message"].encode()])
    ran = run_cli("hj212", "-", "--quiet", stdin=given)
    told = _told(ran.out)
    assert (ran.code, ran.err) == (0, "")
    assert [one["reason"] for one in told] == [
        "start", "too_long", "json", "json", "json", "start", None,
    ]  # fmt: skip
    assert told[-1]["id"] == 8


def test_parts_that_never_came_are_told(run_cli: Callable[..., Any]) -> None:
    second = samples()[33]["message"]
    ran = run_cli("hj212", "-", stdin=second)
    assert "part 1 of 2 is missing" in ran.err
    assert "1  parts_incomplete" in ran.err


def test_a_minute_value_gets_its_volume_from_the_interval(run_cli: Callable[..., Any]) -> None:
    segment = "ST=32;CN=2051;CP=&&DataTime=20170601100000;B01-Avg=10;011-Avg=50&&"
    frame = f"##{len(segment):04d}{segment}{check_sum(segment.encode()):04X}"
    for minutes, volume in (("10", 6), ("5", 3)):
        ran = run_cli("hj212", "-", "--minute-interval", minutes, stdin=frame)
        assert _told(ran.out)[0]["decoded"]["readings"][0]["volume_m3"] == volume


@pytest.mark.parametrize(
    ("args", "said"),
    [(["no-such-file"], "cannot be opened"), ([SHIPPED, "--minute-interval", "31"], "1 to 30")],
)
def test_what_cannot_be_read_ends_with_a_remedy(
    run_cli: Callable[..., Any], args: list[str | Path], said: str
) -> None:
    ran = run_cli("hj212", *args)
    assert (ran.code, said in ran.err) == (2, True)


def test_every_reason_and_note_has_its_chinese() -> None:
    texts = {*REASON_TEXT.values(), *NOTE_TEXT.values()}
    assert sorted(texts - set(chinese())) == []
