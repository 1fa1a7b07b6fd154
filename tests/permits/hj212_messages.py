"""Messages that Hypothesis makes, and the samples that are shipped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

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
