"""Orders to buy or sell, and the book of one product."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from permits.errors import InputError, MixedRights
from permits.quantity import require_mg


class Side(StrEnum):
    BUY = "buy"
    SELL = "sell"


@dataclass(frozen=True, slots=True)
class Order:
    """An offer to trade up to `mass_mg` at no worse than `limit_fen_per_t`.

    A product is one right, or a strip sold as a whole; masses are then mg a year and
    prices fen/t of one vintage.
    """

    id: str  # "2017-03-15/S1/F003/1": the same in every report
    trader: str
    side: Side
    product: str
    mass_mg: int  # > 0
    limit_fen_per_t: int  # >= 0 for purchases; a sale's may be below 0
    seq: int  # order of arrival; breaks ties, so that no name is favoured
    at_s: int = 0  # seconds after the session opened
    until_s: int | None = None  # last second at which it stands; None: to the close

    def __post_init__(self) -> None:
        require_mg(self.mass_mg, above=0, where=f"order {self.id}")
        if type(self.limit_fen_per_t) is not int:
            raise InputError(
                "order.limit",
                "{value!r} is not a price in whole fen",
                where=f"order {self.id}",
                mend="give an int [fen/t]",
                value=self.limit_fen_per_t,
            )


@dataclass(frozen=True, slots=True)
class Book:
    """All orders for one product, with the government's own offer.

    `supply_mg` and `reserve_fen_per_t` are `None` in two-sided markets. In a purchase by
    the government (side "sell") `supply_mg` is the mass it wants and `reserve_fen_per_t`
    the highest price that it pays. `years` is the length of the strip: money = price x mass x
    years.
    """

    product: str
    orders: tuple[Order, ...]
    supply_mg: int | None = None
    reserve_fen_per_t: int | None = None
    years: int = 1

    def __post_init__(self) -> None:
        check_one_product(self.product, self.orders)

    @property
    def buys(self) -> tuple[Order, ...]:
        """Purchases, best first: highest limit, then arrival."""
        buys = (o for o in self.orders if o.side is Side.BUY)
        return tuple(sorted(buys, key=lambda o: (-o.limit_fen_per_t, o.seq, o.id)))

    @property
    def sells(self) -> tuple[Order, ...]:
        """Sales, best first: lowest limit, then arrival."""
        sells = (o for o in self.orders if o.side is Side.SELL)
        return tuple(sorted(sells, key=lambda o: (o.limit_fen_per_t, o.seq, o.id)))


def check_one_product(product: str, orders: Iterable[Order]) -> None:
    """Raise MixedRights unless every order is for `product`: the caller splits products."""
    others = sorted({order.product for order in orders} - {product})
    if others:
        raise MixedRights(
            "book.mixed",
            "a book for {product} holds orders for {others}",
            mend="clear each product separately",
            product=product,
            others=", ".join(others),
        )
