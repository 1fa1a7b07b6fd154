"""Bid shading: limits other than the true value, kept between floor and ceiling.

Also prices learnt from past ones, and the check of the numbers that a scenario gives to a
trader that shades.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from market.clearing.order import Side
from market.participants.view import WHOLE_PPM, FirmView, Quote
from permits.errors import InputError
from permits.rule import Params


def at_limit(view: FirmView, quote: Quote, limit_fen_per_t: int) -> Iterator[Quote]:
    """The quote at another limit, if the session admits it and it causes no loss.

    A bid stays between the floor and its own value, and is left out where the floor is
    above that; an ask stays above its own cost and, where it can, below the ceiling.

    Args:
        view: floor and ceiling of the session.
        quote: at its true limit.
        limit_fen_per_t: the limit wanted [fen/t].
    """
    value = quote.limit_fen_per_t
    if quote.side is Side.BUY:
        # Floor first, then value: a bid raised to the floor must not exceed its value.
        limit = min(value, max(limit_fen_per_t, view.floor_fen_per_t or 0))
        if limit >= (view.floor_fen_per_t or 0):
            yield replace(quote, limit_fen_per_t=limit)
        return
    if view.ceiling_fen_per_t is not None:
        limit_fen_per_t = min(limit_fen_per_t, view.ceiling_fen_per_t)
    yield replace(quote, limit_fen_per_t=max(value, limit_fen_per_t))


def keep_back(asks: Sequence[Quote], lot_mg: int, percent: int) -> Iterator[Quote]:
    """Asks without the dearest `percent` of their mass.

    Args:
        asks: cheapest first.
        lot_mg: lot of the session [mg].
        percent: share of the mass that is kept [%].
    """
    offered = sum(ask.mass_mg for ask in asks)
    left = max(0, offered * (100 - percent) // 100 // lot_mg * lot_mg)
    for ask in asks:
        mass = min(ask.mass_mg, left)
        left -= mass
        if mass:
            yield replace(ask, mass_mg=mass)


def in_parts(quotes: Iterable[Quote], lot_mg: int, parts: int) -> Iterator[Quote]:
    """Quotes cut into at most `parts` pieces each, in whole lots, in the same order.

    Args:
        quotes: in whole lots.
        lot_mg: lot of the session [mg].
        parts: most pieces of a quote.
    """
    for quote in quotes:
        lots = quote.mass_mg // lot_mg
        # Rounded up, so that there are never more than `parts` pieces.
        piece = max(1, -(-lots // parts)) * lot_mg
        left = quote.mass_mg
        while left:
            mass = min(piece, left)
            left -= mass
            yield replace(quote, mass_mg=mass)


def learnt_price(prices: Sequence[int], newest_percent: int) -> int | None:
    """A mean of past prices in which each newer one has the weight `newest_percent` [fen/t].

    `None` before any price.
    """
    if not prices:
        return None
    # Scaled whole numbers: the mean is the same on every machine.
    scaled = prices[0] * WHOLE_PPM
    for price in prices[1:]:
        scaled += (price * WHOLE_PPM - scaled) * newest_percent // 100
    return scaled // WHOLE_PPM


def chance_ppm(bid: int, price: int, bidders: int) -> int:
    """The probability that a bid would have won a sale that ended at `price` [ppm].

    Above the price it wins. Below, it wins only if the price was the bidder's own bid:
    one time in `bidders`, all being alike, and then if no rival's is in between. Formula
    (bid/price)^(n-1) / n; exact for one prize and bids uniform from zero, where the mean
    over prices is the probability of being above n - 1 rivals.

    Args:
        bid: the bid [fen/t].
        price: lowest winning bid of the sale [fen/t].
        bidders: bidders in the sale, n; below 2: the price was somebody else's.
    """
    if bid > price:
        return WHOLE_PPM
    if bidders < 2 or price <= 0:
        return 0
    others = bidders - 1
    return int(WHOLE_PPM * bid**others // (bidders * price**others))


def number_of(params: Params, name: str, least: int, most: int | None = None) -> int:
    """A trader's parameter that has to be a whole number within bounds.

    Args:
        params: parameters of the behaviour.
        name: of the parameter.
        least: lowest value allowed.
        most: highest value allowed; `None`: no limit.
    Raises: InputError for anything else.
    """
    value = params[name]
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or value < least or (most is not None and value > most):
        raise InputError(
            "trader.number",
            "{name} = {value!r} is not a number that this behaviour can use",
            where="[traders]",
            mend="give a whole number {range}",
            name=name,
            value=value,
            range=f">= {least}" if most is None else f"{least}..{most}",
        )
    return int(value)
