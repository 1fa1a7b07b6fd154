"""`clear`, `market`, `equilibrium` and `sessions`: one sale, one market, many sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from permits.quantity import FEN_PER_YUAN, MG_PER_T
from scenarios.api.answer_types import Answer
from scenarios.api.arguments import Number, Places, paths, written, written_each
from scenarios.api.frames import rows_frame
from scenarios.intake.cells import TableInput
from scenarios.intake.option_numbers import checked
from scenarios.text import t

if TYPE_CHECKING:
    import pandas as pd

    from market.laboratory.sessions import Sessions
    from market.laboratory.sessions.seating import Behaviour, Units

LISTS = {
    "fills": ("id", "side", "mass_t", "price_yuan_per_t", "money_yuan"),
    "unfilled": ("id", "mass_t", "reason"),
    "refused": ("id", "reason", "text"),
    "ties": ("price_yuan_per_t", "orders", "mass_t", "filled_t", "rule"),
    "trades": ("buyer", "seller", "mass_t", "price_yuan_per_t"),
}
OF_TRADERS = ("fills", "unfilled", "refused")
"""Tables whose first column names the bidder or trader."""


class SaleAnswer(Answer):
    """A sale or a market that was cleared.

    Tables: `totals` with a row for each product, `fills`, `unfilled`, `refused`, `ties`, and
    of a market `trades`. Each has a column `product` where there are several.
    """

    @property
    def fills(self) -> pd.DataFrame:
        """What each bidder or trader got."""
        return self.table("fills")

    @property
    def unfilled(self) -> pd.DataFrame:
        """Orders or parts of them that were not served, with the reason."""
        return self.table("unfilled")

    @property
    def ties(self) -> pd.DataFrame:
        """Ties that were broken, and by which rule."""
        return self.table("ties")

    @property
    def trades(self) -> pd.DataFrame:
        """Who bought from whom; only of a market."""
        return self.table("trades")

    def _title(self) -> str:
        return str(self.summary["rule"])

    def _figures(self) -> list[tuple[str, ...]]:
        from scenarios.results.console import clearing_items
        from scenarios.results.formatting import percent

        found: list[tuple[str, ...]] = []
        for product, one in _products(self.summary):
            items = clearing_items(one)
            if one.get("efficiency") is not None:
                items.append((t("Efficiency"), percent(float(one["efficiency"]))))
            found += [_of(product, title, said) for title, said in items]
        return found


class EquilibriumAnswer(Answer):
    """The competitive benchmark of a table of orders; `totals` has a row for each product."""

    def _title(self) -> str:
        return t("Competitive benchmark")

    def _figures(self) -> list[tuple[str, ...]]:
        from scenarios.results.formatting import tonnes, yuan, yuan_per_t

        found: list[tuple[str, ...]] = []
        for product, one in _products(self.summary):
            ends = [one["price_low_yuan_per_t"], one["price_high_yuan_per_t"]]
            low, high = ("–" if end is None else yuan_per_t(_fen(end)) for end in ends)
            masses = [tonnes(int(one[name] * MG_PER_T)) for name in ("mass_low_t", "mass_high_t")]
            items = (
                (t("Price"), low if low == high else t("{low} to {high}", low=low, high=high)),
                (t("Traded"), masses[0] if masses[0] == masses[1] else
                    t("{low} to {high}", low=masses[0], high=masses[1])),
                (t("Greatest welfare"), yuan(_fen(one["max_welfare_yuan"]))),
            )  # fmt: skip
            found += [_of(product, title, said) for title, said in items]
        return found


class SessionsAnswer(Answer):
    """Many sessions of one experimental market.

    Tables: `measures` by replication and period, `trades`, `benchmarks` by period, `profits`,
    and `quotes` where they were kept.

    Attributes:
        sessions: the sessions as arrays.
    """

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        super().__init__(_session_summary(sessions), dict(_session_tables(sessions)))

    @property
    def measures(self) -> pd.DataFrame:
        """Efficiency, Smith's alpha, prices, volume by replication and period."""
        return self.table("measures")

    def _title(self) -> str:
        count, periods = self.summary["replications"], self.summary["periods"]
        return t("{count} sessions of {periods} periods", count=f"{count:,}", periods=periods)

    def _figures(self) -> list[tuple[str, ...]]:
        titles = {
            "efficiency": t("Efficiency"),
            "alpha_percent": t("Smith's alpha, %"),
            "mean_price_fen": t("Mean price, fen"),
            "volume": t("Trades in a period"),
        }
        means = self.summary["means"]
        return [
            (title, "–" if means[name] is None else f"{means[name]:,.3f}")
            for name, title in titles.items()
        ]


def clear(
    bids: TableInput,
    rule: str,
    *,
    supply_t: Number | None = None,
    reserve: Number | None = None,
    tie: str | None = None,
    params: Mapping[str, Any] | None = None,
    conditions: Mapping[str, Any] | None = None,
    accounts: TableInput | None = None,
    seed: int | None = None,
    plugins: Places = (),
) -> SaleAnswer:
    """Clear one sale, or one purchase by the government, as `permits auction` does.

    Args:
        bids: table `bidder, mass_t, limit_yuan_per_t`, optionally `seq, product, id`.
        rule: clearing rule, such as `uniform_price`; `permits list mechanisms` shows all.
        supply_t: mass on offer, in a purchase the mass wanted [t].
        reserve: lowest acceptable price, in a purchase the highest [yuan/t].
        tie: tie-breaking: seq, pro_rata or random.
        params: parameters of the rule, such as {"price": "first_rejected"}.
        conditions: conditions on orders, such as {"lot_t": 1000}.
        accounts: table of accounts: `bidder, free_t, held_t, guarantee_yuan`.
        seed: of ties and random rules.
        plugins: folders with your own rules.
    Raises: InputError for an unknown rule or parameter, ManyErrors for all mistakes of the
        table.
    """
    from permits.quantity import parse_fen, parse_mass_mg
    from scenarios.sales.clear import clear_sale

    checked("--seed", seed)

    supply, least = written(supply_t), written(reserve)
    return _sale(
        *clear_sale(
            bids,
            rule,
            supply_mg=None if supply is None else parse_mass_mg(supply, where="--supply-t"),
            reserve_fen_per_t=None if least is None else parse_fen(least, where="--reserve"),
            params=written_each(params) | ({"tie": tie} if tie else {}),
            conditions=written_each(conditions),
            accounts=accounts,
            plugins=paths(plugins),
            seed=1 if seed is None else seed,
        ),
        who="bidder",
    )


def market(
    orders: TableInput,
    rule: str,
    *,
    tie: str | None = None,
    params: Mapping[str, Any] | None = None,
    conditions: Mapping[str, Any] | None = None,
    accounts: TableInput | None = None,
    seed: int | None = None,
    plugins: Places = (),
) -> SaleAnswer:
    """Clear a two-sided market, as `permits market` does.

    Args:
        orders: table `trader, side, mass_t, limit_yuan_per_t`, optionally `seq, product, id`;
            side is buy or sell.
        rule: clearing rule, such as `call_double`; `permits list mechanisms` shows all.
        tie: tie-breaking: seq, pro_rata or random.
        params: parameters of the rule, such as {"k": 0.5}.
        conditions: conditions on orders, such as {"lot_t": 1000}.
        accounts: table of accounts: `trader, free_t, held_t, guarantee_yuan`.
        seed: of ties and random rules.
        plugins: folders with your own rules.
    Raises: as `clear`.
    """
    from scenarios.sales.clear import clear_market

    checked("--seed", seed)
    return _sale(
        *clear_market(
            orders,
            rule,
            params=written_each(params) | ({"tie": tie} if tie else {}),
            conditions=written_each(conditions),
            accounts=accounts,
            plugins=paths(plugins),
            seed=1 if seed is None else seed,
        ),
        who="trader",
    )


def equilibrium(
    orders: TableInput,
    *,
    years: int = 1,
    conditions: Mapping[str, Any] | None = None,
    accounts: TableInput | None = None,
) -> EquilibriumAnswer:
    """The competitive benchmark of a market: prices, mass, greatest welfare.

    Args:
        orders: table as `market` takes it.
        years: vintages sold as one, over which welfare is counted.
        conditions: conditions on orders; others are left out, as in a market.
        accounts: table of accounts.
    Returns: an interval of prices, `None` at an end that nobody sets; `mass_low_t` of trades
        that gain, `mass_high_t` with those that neither gain nor lose.
    Raises: ManyErrors for all mistakes of the table.
    """
    from scenarios.sales.clear import find_equilibrium

    told, notices = find_equilibrium(
        orders, years=years, conditions=written_each(conditions), accounts=accounts
    )
    tables = {
        "totals": partial(_totals, told),
        "refused": partial(_listed, told, "refused", "trader"),
    }
    return EquilibriumAnswer(told, tables, notices)


def sessions(
    values: Units | pd.DataFrame,
    costs: Units | pd.DataFrame,
    traders: Behaviour | Sequence[Behaviour] = "zero_intelligence",
    *,
    price_max_fen: int,
    replications: int = 100,
    seed: int = 1,
    workers: int = 1,
    keep_quotes: bool = False,
    compiled: bool | None = None,
    **rules: Any,
) -> SessionsAnswer:
    """Hold the same experimental market repeatedly, each time with other random draws.

    Args:
        values: of each buyer, its units' values [fen a lot]; of a data frame, a row each.
        costs: of each seller, likewise.
        traders: one behaviour for everybody, or one for each, buyers first: a name, or
            (name, parameters), or a rule of your own.
        price_max_fen: highest admissible quote [fen].
        replications: number of sessions, each on a stream of its own.
        seed: of all random draws.
        workers: number of threads; the numbers do not depend on it.
        keep_quotes: also keep every quote.
        compiled: with the compiled version or without; `None` takes it where it saves time.
        **rules: other rules of the session, as `market.laboratory.sessions.Rules` has them:
            price_min_fen, periods, arrivals, meeting, book, after_trade, shifts_fen.
    Raises: InputError for a rule, behaviour, value or cost that is not possible.
    """
    from market.laboratory.sessions import Rules, run_sessions

    found = run_sessions(
        _units(values),
        _units(costs),
        traders,
        Rules(price_max_fen, **rules),
        replications,
        seed,
        workers=workers,
        keep_quotes=keep_quotes,
        compiled=compiled,
    )
    return SessionsAnswer(found)


def _sale(told: dict[str, Any], notices: list[str], who: str) -> SaleAnswer:
    lists = [name for name in LISTS if any(name in one for _, one in _products(told))]
    tables: dict[str, Callable[[], pd.DataFrame]] = {"totals": partial(_totals, told)}
    tables |= {name: partial(_listed, told, name, who) for name in lists}
    return SaleAnswer(told, tables, notices)


def _products(told: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Totals of each product; a single one has no name."""
    return list(told.get("products", {"": told}).items())


def _of(product: str, title: str, said: str) -> tuple[str, str]:
    """A figure with its product, where there are several."""
    return (f"{product} · {title}" if product else title), said


def _totals(told: Mapping[str, Any]) -> pd.DataFrame:
    """Figures of each product: a row each."""
    rows = [
        {"product": product, **{k: v for k, v in one.items() if k not in LISTS}}
        for product, one in _products(told)
    ]
    heads = [name for name in rows[0] if name not in ("rule", *_no_product(told))]
    return rows_frame(heads, rows)


def _listed(told: Mapping[str, Any], name: str, who: str) -> pd.DataFrame:
    """A list of all products below each other."""
    first = [] if _no_product(told) else ["product"]
    heads = [*first, *([who] if name in OF_TRADERS else []), *LISTS[name]]
    rows = ({"product": product, **row} for product, one in _products(told) for row in one[name])
    return rows_frame(heads, rows)


def _no_product(told: Mapping[str, Any]) -> tuple[str, ...]:
    """The column that says nothing where there is only one product."""
    return () if "products" in told else ("product",)


def _fen(amount_yuan: Any) -> int:
    return round(Decimal(str(amount_yuan)) * FEN_PER_YUAN)


def _units(given: Units | pd.DataFrame) -> Any:
    """Values or costs by trader; a data frame has a trader in each row, empty cells no unit."""
    if not hasattr(given, "itertuples"):
        return given
    return [
        [int(cell) if cell == int(cell) else cell for cell in row if cell == cell]
        for row in given.itertuples(index=False)
    ]


def _session_summary(found: Sessions) -> dict[str, Any]:
    import numpy as np

    replications, periods = found.measures.volume.shape
    means = {}
    for name in type(found.measures).__dataclass_fields__:
        known = getattr(found.measures, name).ravel()
        known = known[~np.isnan(known)]
        means[name] = float(known.mean()) if len(known) else None
    return {"replications": replications, "periods": periods, "means": means}


def _session_tables(found: Sessions) -> Iterator[tuple[str, Callable[[], pd.DataFrame]]]:
    from market.laboratory.sessions.session_record import QUOTE_COLUMNS, TRADE_COLUMNS

    yield "measures", partial(_measures, found)
    yield "trades", partial(_numbered, TRADE_COLUMNS, found.trades)
    yield "benchmarks", partial(_benchmarks, found)
    yield "profits", partial(_profits, found)
    if len(found.quotes):
        yield "quotes", partial(_numbered, QUOTE_COLUMNS, found.quotes)


def _numbered(columns: Iterable[str], rows: Any) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=["replication", *columns])


def _measures(found: Sessions) -> pd.DataFrame:
    names = list(type(found.measures).__dataclass_fields__)
    return _by_place(
        ("replication", "period"), {name: getattr(found.measures, name) for name in names}
    )


def _profits(found: Sessions) -> pd.DataFrame:
    frame = _by_place(("replication", "period", "trader"), {"profit_fen": found.profits_fen})
    sides = [one.side.value for one in found.traders]
    frame.insert(3, "side", [sides[trader] for trader in frame["trader"]])
    return frame


def _by_place(places: Sequence[str], arrays: Mapping[str, Any]) -> pd.DataFrame:
    """Arrays of one shape as columns, with the place of each number in front."""
    import numpy as np
    import pandas as pd

    shape = next(iter(arrays.values())).shape
    numbers = np.indices(shape).reshape(len(shape), -1)
    columns = dict(zip(places, numbers, strict=True))
    return pd.DataFrame(columns | {name: array.ravel() for name, array in arrays.items()})


def _benchmarks(found: Sessions) -> pd.DataFrame:
    names = type(found.competitive_outcomes[0]).__dataclass_fields__
    rows = [
        [period, *(getattr(one, name) for name in names)]
        for period, one in enumerate(found.competitive_outcomes)
    ]
    return rows_frame(["period", *names], rows)
