"""The record of a session: whole numbers in arrays, one row per quote or trade."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

REFUSED, STOOD, TRADED = 0, 1, 2  # what became of a quote; compiled into the kernel

TRADE_COLUMNS = ("period", "arrival", "buyer", "seller", "price_fen", "value_fen", "cost_fen")
QUOTE_COLUMNS = ("period", "arrival", "trader", "price_fen", "became")


class SessionRecord(NamedTuple):
    """One session."""

    trades: IntArray  # (T, 7), see TRADE_COLUMNS
    quotes: IntArray  # (Q, 5), see QUOTE_COLUMNS; no rows unless they are kept
    sent: IntArray  # (P,) quotes of each period
