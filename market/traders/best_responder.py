"""Shades its bids in sealed sales to the best response against past sales.

Where winners pay their own bid: the bid with the highest expected gain, (value less bid)
times the probability of winning, against past sales' lowest winning bids; before any sale
the equilibrium of one prize and uniform values, (n - 1)/n of the value [Vickrey1961].
Where all pay one price: demand that falls more steeply by (n - 1)/(n - 2), the
equilibrium of bidders with linear demand [AusubelEtAl2014]. Where winners pay what
they displace: the true values, since nothing pays better [Vickrey1961].
"""

from __future__ import annotations

from collections.abc import Sequence

from numpy.random import Generator

from market.clearing.order import Side
from market.participants.bid_shading import at_limit, chance_ppm, number_of
from market.participants.demand import needed_builds, one_bid, truthful_quotes
from market.participants.view import Build, FirmView, Quote
from permits.rule import Param, Params, Spec

# Assumed: steps of 5 % of the value, in addition to bids just above past prices.
GRID = 20
SPEC = Spec(
    title="Best responder",
    title_zh="最优反应报价",
    source="[Vickrey1961] [AusubelEtAl2014]",
    params=(
        Param(
            "pays",
            "own_bid",
            "",
            "pricing rule of the sale",
            ("own_bid", "one_price", "displaced_bids"),
        ),
        Param("bidders", 10, "", "bidders in a sale, itself included"),
        Param("memory", 10, "sales", "past sales that it considers"),
        Param("cover_days", 75, "days", "days before year-end from which all need is covered"),
    ),
)


def decide(view: FirmView, params: Params, rng: Generator) -> tuple[Quote, ...]:
    """In a sale each bid separately, shaded for the pricing rule; elsewhere the true values.

    Args:
        view: what the firm sees: its own books and costs, public prices, the rules.
        params: parameters of `SPEC`, defaults filled in.
        rng: not used: this behaviour draws nothing.
    """
    quotes = truthful_quotes(view)
    if view.session != "auction" or params["pays"] == "displaced_bids":
        return quotes
    bids = [quote for quote in quotes if quote.side is Side.BUY]
    bidders = number_of(params, "bidders", 1)
    if params["pays"] == "one_price":
        limits = _steeper([bid.limit_fen_per_t for bid in bids], bidders)
    else:
        past = view.sale_prices[-number_of(params, "memory", 1) :]
        limits = [_most_gain(bid.limit_fen_per_t, past, bidders) for bid in bids]
    shaded = zip(bids, limits, strict=True)
    return one_bid(view, (q for bid, limit in shaded for q in at_limit(view, bid, limit)))


def abate(view: FirmView, params: Params, rng: Generator) -> tuple[Build, ...]:
    """Build what the firm lacks at up to the expected price; near the year's end at any cost.

    Within `cover_days` of the year's end no further sale may come, so every step cheaper than
    the shortfall valuation is built then.

    Args:
        view: what the firm sees: its own books and costs, public prices, the rules.
        params: parameters of `SPEC`, defaults filled in.
        rng: not used: this behaviour draws nothing.
    """
    return needed_builds(view, cover=view.days_left <= params["cover_days"])


def _steeper(values: Sequence[int], bidders: int) -> list[int]:
    """Values that fall from the highest (n - 1)/(n - 2) times as fast.

    With fewer than three bidders there is no such equilibrium, and they stay as they are.
    """
    if bidders < 3:
        return list(values)
    return [
        max(0, values[0] - (values[0] - value) * (bidders - 1) // (bidders - 2)) for value in values
    ]


def _most_gain(value: int, past: Sequence[int], bidders: int) -> int:
    """The bid with the most gain over past sales, the lowest of equals."""
    if not past:
        return value * (bidders - 1) // bidders
    tried = {price + 1 for price in past if price < value}
    tried |= {value * part // GRID for part in range(GRID + 1)}

    def gain(bid: int) -> tuple[int, int]:
        return (value - bid) * sum(chance_ppm(bid, price, bidders) for price in past), -bid

    return max(sorted(tried), key=gain)
