"""Conditions of a sale or market, read from options and a table of accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from market.session.admission import Conditions, Entrant
from permits.errors import InputError, RightsError
from permits.quantity import parse_fen, parse_mass_mg, plain_number, plain_share
from scenarios.intake.cells import TableInput
from scenarios.intake.columns import ReadTable, Row
from scenarios.intake.fields import BIDDER, FREE, GUARANTEE, HELD, MOST_SHARE, PRODUCT, TRADER
from scenarios.intake.suggest import nearest
from scenarios.intake.tables import raise_all, read_table

NAMES = (
    "lot_t", "band", "window_s", "most_share", "holding_limit_t", "guarantee_share",
    "not_sellable",
)  # fmt: skip
OPTION = "--condition"
ACCOUNTS = (
    TRADER.but(required=False),
    BIDDER.but(required=False),
    PRODUCT.but(required=False),
    FREE.but(required=False, blank=True),
    HELD.but(required=False, blank=True),
    MOST_SHARE.but(required=False, blank=True),
    GUARANTEE.but(required=False, blank=True),
)


def read_conditions(
    given: Mapping[str, str], accounts: TableInput | None, *, has_supply: bool
) -> tuple[Conditions, list[str]]:
    """Conditions from `name=value` pairs and a table of what each trader may do.

    Args:
        given: of `NAMES`; masses in t, prices in yuan/t, shares as `50%` or `0.5`;
            `band` as `LOW:HIGH`, one end may be empty; `not_sellable` products, commas
            between them.
        accounts: path of a table `trader` (or `bidder`), optionally `product`, with any
            of `free_t, held_t, most_share, guarantee_yuan`. An empty cell means no such
            condition. A trader missing from the table has no free mass and no guarantee if
            the table has those columns.
        has_supply: whether a share of the supply means anything.
    Returns: the conditions, and notices about the table.
    Raises: InputError for an unknown name or an unusable value.
    """
    _check_names(given)
    low, high = _band(given["band"]) if "band" in given else (None, None)
    table = None if accounts is None else read_table(accounts, ACCOUNTS)
    entrants, others = ({}, Entrant()) if table is None else _entrants(table)
    share = _share(given["most_share"], "most_share") if "most_share" in given else None
    if not has_supply and (share is not None or any(e.most_share for e in entrants.values())):
        raise _wrong("most_share", TEXTS["supply"], TEXTS["supply_mend"])
    if "guarantee_share" in given and not any(e.guarantee_fen for e in entrants.values()):
        raise _wrong("guarantee_share", TEXTS["guarantee"], TEXTS["guarantee_mend"])
    conditions = Conditions(
        lot_mg=_lot(given["lot_t"]) if "lot_t" in given else None,
        low_fen_per_t=low,
        high_fen_per_t=high,
        window_s=_seconds(given["window_s"]) if "window_s" in given else None,
        most_share=share,
        holding_limit_mg=_mass(given, "holding_limit_t"),
        guarantee_share=_share(given.get("guarantee_share", "1"), "guarantee_share"),
        not_sellable=frozenset(_names(given.get("not_sellable", ""))),
        entrants=entrants,
        others=others,
    )
    return conditions, [] if table is None else list(table.notices)


def check_products(conditions: Conditions, products: Iterable[str]) -> None:
    """Raise InputError for a product that is not sellable, and that nobody wants anyway."""
    known = set(products)
    for product in sorted(conditions.not_sellable):
        if product not in known:
            raise InputError(
                "condition.product",
                "no row has the product {product!r}",
                where=f"{OPTION} not_sellable",
                mend="there are: {known}",
                product=product,
                known=", ".join(sorted(filter(None, known))),
            )


def _check_names(given: Mapping[str, str]) -> None:
    for name in given:
        if name not in NAMES:
            near = nearest(name, NAMES)
            raise InputError(
                "condition.name",
                "unknown condition {name!r}",
                where=OPTION,
                mend="did you mean {near!r}? there are: {known}" if near else "there are: {known}",
                name=name,
                near=near,
                known=", ".join(NAMES),
            )


def _wrong(name: str, said: str, mend: str) -> InputError:
    """An unusable value of a condition; `said` and `mend` are texts of TEXTS."""
    return InputError("condition.value", said, where=f"{OPTION} {name}", mend=mend)


TEXTS = {
    "share": "a share is above 0 and at most 100 %",
    "share_mend": "write for example 50% or 0.5",
    "band": "a price band is LOW:HIGH in yuan/t, LOW not above HIGH",
    "band_mend": "write for example band=10:20, or leave one end empty",
    "seconds": "a window is a whole number of seconds above 0",
    "seconds_mend": "write for example window_s=3600",
    "lot": "a lot is a mass above zero",
    "lot_mend": "write for example lot_t=1000",
    "guarantee": "a share of the guarantees needs guarantees",
    "guarantee_mend": "leave it out, or add --accounts with a column guarantee_yuan",
    "supply": "a share of the supply needs a supply",
    "supply_mend": "leave it out, or add --supply-t to a sale",
}


def _lot(text: str) -> int:
    lot = parse_mass_mg(text, where=f"{OPTION} lot_t")
    if lot <= 0:
        raise _wrong("lot_t", TEXTS["lot"], TEXTS["lot_mend"])
    return lot


def _mass(given: Mapping[str, str], name: str) -> int | None:
    return parse_mass_mg(given[name], where=f"{OPTION} {name}") if name in given else None


def _band(text: str) -> tuple[int | None, int | None]:
    low, colon, high = text.partition(":")
    ends = [parse_fen(end, where=f"{OPTION} band") if end.strip() else None for end in (low, high)]
    upside_down = ends[0] is not None and ends[1] is not None and ends[0] > ends[1]
    if not colon or upside_down or ends == [None, None]:
        raise _wrong("band", TEXTS["band"], TEXTS["band_mend"])
    return ends[0], ends[1]


def _seconds(text: str) -> int:
    number = plain_number(text, where=f"{OPTION} window_s")
    if number is None or number <= 0 or number != int(number):
        raise _wrong("window_s", TEXTS["seconds"], TEXTS["seconds_mend"])
    return int(number)


def _share(text: str, name: str) -> Fraction:
    share = plain_share(text, where=f"{OPTION} {name}")
    if share is None or not 0 < share <= 1:
        raise _wrong(name, TEXTS["share"], TEXTS["share_mend"])
    return Fraction(share)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _entrants(table: ReadTable) -> tuple[dict[tuple[str, str], Entrant], Entrant]:
    """Limits of each trader, and of a trader missing from the table."""
    found: dict[tuple[str, str], Entrant] = {}
    mistakes: list[RightsError] = []
    for row in table.rows:
        try:
            key = _key(row)
            if key in found:
                raise InputError(
                    "accounts.twice",
                    "{trader} appears twice in the table",
                    mend="leave one row for a trader, or one for each product",
                    trader=key[0],
                )
            found[key] = _entrant(row, table.columns)
        except RightsError as error:
            error.where = row.where
            mistakes.append(error)
    raise_all(mistakes)
    return found, Entrant(
        free_mg=0 if "free_t" in table.columns else None,
        guarantee_fen=0 if "guarantee_yuan" in table.columns else None,
    )


def _key(row: Row) -> tuple[str, str]:
    name = row.values["trader"] or row.values["bidder"]
    if not name:
        raise InputError(
            "accounts.name",
            "a row of the accounts table has no name",
            mend="give a column trader (or bidder) with a name in each row",
        )
    return name, row.values["product"] or ""


def _entrant(row: Row, columns: tuple[str, ...]) -> Entrant:
    values: dict[str, Any] = row.values
    share, deposit = values["most_share"], parse_fen(values["guarantee_yuan"] or 0)
    return Entrant(
        free_mg=(values["free_t"] or 0) if "free_t" in columns else None,
        held_mg=values["held_t"] or 0,
        most_share=None if share is None else _share(share, "most_share"),
        guarantee_fen=deposit if "guarantee_yuan" in columns else None,
    )
