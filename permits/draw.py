"""Which rights cover an emission; the only place where that order is decided.

Leased rights are used first, earliest end first, since unused ones go back to the lessor;
then the firm's own rights in the order free, reward, paid, from the least to the most
valuable; pledged rights last, since a bank relies on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from permits.account import Account, Pocket, owed, used
from permits.errors import MixedRights, NotAllowed
from permits.ledger import Leg, move
from permits.quantity import require_mg
from permits.right import FREE, PAID, REWARD, Right

# Order of use: see the head of this file.
POCKETS = (Pocket.LEASED, Pocket.HOLDING, Pocket.PLEDGED)
SERIES = (FREE, REWARD, PAID)


class Available(NamedTuple):
    """A balance available for use; `ends` is the last day of a lease."""

    account: Account
    right: Right
    balance_mg: int
    ends: date | None = None


class Drawn(NamedTuple):
    """A mass to be taken from a balance."""

    account: Account
    right: Right
    mass_mg: int


def pick_rights(need_mg: int, available: Sequence[Available]) -> tuple[list[Drawn], int]:
    """Rights to take for a use of `need_mg`, and the mass still owed after that [mg].

    The order of `available` never matters. Rights of other series than free, reward
    and paid (grants kept apart as lots) come after these, by name.

    Raises: MixedRights if the rights differ in more than series; NotAllowed for a
        pocket whose rights may not be used.
    """
    require_mg(need_mg, above=-1, where="use")
    _check_alike(available)
    drawn, rest = [], need_mg
    # Sorted before drawing: which rights remain depends on the order of use.
    for account, right, balance_mg, _ in sorted(available, key=_order):
        taken = min(balance_mg, rest)
        if taken > 0:
            drawn.append(Drawn(account, right, taken))
            rest -= taken
    return drawn, rest


def use_legs(
    firm: str, drawn: Sequence[Drawn], owed_mg: int = 0, owed_right: Right | None = None
) -> tuple[Leg, ...]:
    """Ledger legs of a use: the drawn rights, and an overdraft of `owed_right`, into USED.

    Args:
        firm: whose accounts are debited.
        drawn: result of `pick_rights`.
        owed_mg: mass emitted without a right [mg].
        owed_right: the right that the overdraft is booked in; needed where `owed_mg` > 0.
    """
    legs = [leg for d in drawn for leg in move(d.account, used(firm), d.right, d.mass_mg)]
    if owed_mg:
        assert owed_right is not None, "an overdraft is of some right"
        legs += move(owed(firm), used(firm), owed_right, owed_mg)
    return tuple(legs)


def _order(item: Available) -> tuple[int, date, int, str, Account]:
    series = item.right.series
    rank = SERIES.index(series) if series in SERIES else len(SERIES)
    return (
        POCKETS.index(item.account.pocket),
        item.ends or date.max,
        rank,
        series,
        item.account,
    )


def _check_alike(available: Sequence[Available]) -> None:
    kinds = {(a.right.pollutant, a.right.zone, a.right.vintage) for a in available}
    if len(kinds) > 1:
        raise MixedRights(
            "draw.mixed",
            "rights of several kinds are offered for one use: {kinds}",
            mend="draw for each pollutant, zone and vintage separately",
            kinds="; ".join("/".join(map(str, kind)) for kind in sorted(kinds)),
        )
    for item in available:
        if item.account.pocket not in POCKETS:
            raise NotAllowed(
                "draw.pocket",
                "rights in {account} may not be used",
                mend="use leased, held or pledged rights",
                account=str(item.account),
            )
