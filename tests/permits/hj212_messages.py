"""Messages that Hypothesis makes, and the samples that are shipped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import strategies as st

from permits.hj212.checksum import check_sum
from permits.hj212.message import Message, flag_of

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "scenarios" / "files" / "data" / "hj212" / "messages.jsonl"

_letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_names = st.text(_letters + "-", min_size=1, max_size=12)
_values = st.text(_letters + ".+-_校准 /", max_size=14).filter(
    lambda text: text == text.strip(" ") and "//" not in text and text[:1] != "/" != text[-1:]
)
_hidden = st.text(_letters + ";,= .校准", max_size=20).map(lambda text: f"//{text}//")
_items = st.lists(
    st.lists(st.tuples(_names, _values | _hidden), min_size=1, max_size=4).map(tuple), max_size=8
).map(tuple)


def samples(path: Path = SHIPPED) -> list[dict[str, Any]]:
    """The sample messages of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """Messages of both versions, some of them parts."""
    version = draw(st.sampled_from((2005, 2017)))
    pnum = draw(st.none() | st.integers(1, 9999))
    absent = version == 2005 and pnum is None and draw(st.booleans())
    asks = draw(st.booleans())
    return Message(
        draw(st.sampled_from(("2011", "2051", "2061", "2031", "9014", "3020", "1062"))),
        draw(st.text(_letters, min_size=1, max_size=24)),
        draw(_items),
        qn=None if absent else draw(st.datetimes()).strftime("%Y%m%d%H%M%S%f")[:17].zfill(17),
        st=draw(st.sampled_from(("22", "31", "32", "91"))),
        pw=draw(st.text(_letters, max_size=24)),
        flag=None if absent else flag_of(version, asks_answer=asks, split=pnum is not None),
        pnum=pnum,
        pno=None if pnum is None else draw(st.integers(1, pnum)),
    )


GOOD = [sample["message"].encode() for sample in samples() if sample["expect"] != "reject"]
SIGNS = [b";", b",", b"=", b"&&", b"//", b"-", b"##", b"\xe6", b"0"]


def damaged_frames(count: int, seed: int) -> Iterator[bytes]:
    """Damaged sample frames, half of them with length and check sum put right again."""
    random = Random(seed)
    for _ in range(count):
        yield _damaged(random)


def _damaged(random: Random) -> bytes:
    frame = bytearray(random.choice(GOOD))
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(frame) + 1)
        kind = random.randrange(5)
        if kind == 0:
            frame[at : at + 1] = bytes([random.randrange(256)])
        elif kind == 1:
            del frame[at : at + random.randint(1, 20)]
        elif kind == 2:
            frame[at:at] = random.choice(SIGNS)
        elif kind == 3:
            frame[at:at] = frame[at : at + random.randint(1, 60)]
        else:
            other = random.choice(GOOD)
            frame[at : at + 30] = other[at : at + random.randint(0, 40)]
    if random.random() < 0.5:
        return bytes(frame)
    segment = bytes(frame[6:-4])
    return b"##%04d%s%04X" % (len(segment), segment, check_sum(segment))
