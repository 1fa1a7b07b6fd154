"""One value of a table as text in a file, and back.

Files carry every milligram and fen, codes instead of words, and English titles, so
that they are the same in every language.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from permits.quantity import FEN_PER_YUAN, MG_PER_T, fmt_t, fmt_yuan
from scenarios.results.column import Cells, Texts
from scenarios.results.stores.jsontext import plain
from scenarios.results.table_specs import Kind

PLACES: dict[Kind, int] = {"mass": 9, "money": 2, "price": 2}
"""Decimals of whole mg in tonnes and of fen in yuan."""
MANY = 2_000  # cells of a column from which it pays to load pyarrow for their digits
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""First signs of what a spreadsheet runs; an East Asian one takes the full-width ones too."""


MARKED = re.compile(f"^[{re.escape(''.join(FORMULA_STARTS))}']", re.MULTILINE)
"""A text, among many of a line each, that may need an apostrophe in front."""


def cell_text(value: Any, kind: Kind) -> str:
    """`value` as text of a CSV file; empty if it is absent."""
    return "" if value is None else _WRITERS[kind](value)


def column_texts(cells: Cells, kind: Kind) -> list[str]:
    """The cells of a column as text of a CSV file; empty where they are absent."""
    if isinstance(cells, Texts):
        bare = kind in ("text", "title") and MARKED.search("\n".join(cells.names)) is None
        known = [*(cells.names if bare else map(_WRITERS[kind], cells.names)), ""]
        return [known[n] for n in np.maximum(cells.code, -1).tolist()]
    if isinstance(cells, np.ndarray) and kind in PLACES and len(cells) and cells.min() >= 0:
        return _decimals(cells, PLACES[kind])
    values = cells.tolist() if isinstance(cells, np.ndarray) else cells
    write = _WRITERS[kind]
    if kind in ("number", "share"):
        # Few distinct shares in a long table: most measures are built whole.
        write = lru_cache(maxsize=1024)(write)
    # NaN, the absent number of an array, is unlike itself.
    return ["" if value is None or value != value else write(value) for value in values]


def _decimals(values: NDArray[np.int64], places: int) -> list[str]:
    """Whole numbers, none below zero, as decimals without zeros at the end."""
    whole, rest = np.divmod(values, 10**places)
    if len(values) >= MANY:
        return _decimals_at_once(whole, rest, places)
    return [
        f"{n}.{part:0{places}d}".rstrip("0") if part else str(n)
        for n, part in zip(whole.tolist(), rest.tolist(), strict=True)
    ]


def _decimals_at_once(whole: NDArray[np.int64], rest: NDArray[np.int64], places: int) -> list[str]:
    """As `_decimals`, in a third of the time.

    Args:
        whole: (N,) what stands before the point.
        rest: (N,) what stands behind it, as a whole number of `places` digits.
        places: how many digits those are.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    from scenarios.intake.arrow_arrays import mask_of, number_array, text_array

    # A digit before it keeps the zeros in front.
    digits = pc.utf8_slice_codeunits(number_array(rest + 10**places).cast(pa.string()), 1)
    digits = pc.ascii_rtrim(digits, "0")
    before = number_array(whole).cast(pa.string())
    found = pc.binary_join_element_wise(before, digits, text_array(["."])[0])
    texts: list[str] = pc.if_else(mask_of(rest == 0), before, found).to_pylist()
    return texts


def cell_value(text: str, kind: Kind) -> Any:
    """The value that `cell_text` wrote.

    Raises: ValueError if the text is not of this kind.
    """
    return None if text == "" else _READERS[kind](text)


def number_text(value: float) -> str:
    """A float with nine significant digits, as a plain decimal."""
    text = f"{value:.9g}"
    # Most are a plain decimal already; the others have an exponent, a sign of zero, or no digits.
    return text if text[-1].isdigit() and "e" not in text and text != "-0" else plain(float(text))


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run `text` instead of showing it."""
    return len(text) > 1 and text.startswith(FORMULA_STARTS) and not _is_number(text)


def _guarded(text: Any) -> str:
    # An apostrophe makes a spreadsheet show the cell instead of running it; a text that
    # begins with apostrophes of its own gets one more, so that reading takes off ours only.
    said = str(text)
    return f"'{said}" if is_formula(said.lstrip("'")) else said


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and is_formula(text.lstrip("'")) else text


def _is_number(text: str) -> bool:
    try:
        Decimal(text)
    except InvalidOperation:
        return False
    return True


def _flag(text: str) -> bool:
    return {"true": True, "false": False}[text]


def _whole(text: str, scale: int) -> int:
    number = Decimal(text) * scale
    if number != int(number):
        raise ValueError(text)
    return int(number)


_WRITERS: dict[Kind, Callable[[Any], str]] = {
    "text": _guarded,
    "title": _guarded,
    "date": date.isoformat,
    "count": str,
    "mass": fmt_t,
    "money": fmt_yuan,
    "price": fmt_yuan,
    "number": number_text,
    "share": number_text,
    "flag": lambda value: "true" if value else "false",
}

_READERS: dict[Kind, Callable[[str], Any]] = {
    "text": _unguarded,
    "title": _unguarded,
    "date": date.fromisoformat,
    "count": int,
    "mass": lambda text: _whole(text, MG_PER_T),
    "money": lambda text: _whole(text, FEN_PER_YUAN),
    "price": lambda text: _whole(text, FEN_PER_YUAN),
    "number": float,
    "share": float,
    "flag": _flag,
}
