"""Rows of the table of contracts: leases, buybacks, pledges."""

from __future__ import annotations

from datetime import date
from typing import Any

from permits.right import Right

NO_SALE = (None, None, None, None)
"""Cells of a contract whose collateral was not sold: sold, received, surplus, still owed."""


def contract_row(
    contract: str,
    kind: str,
    party: str,
    counterparty: str,
    rights: tuple[Right, ...],
    mass_mg: int,
    money_fen: int,
    begins: date,
    ends: date | None,
    returned_mg: int | None,
    state: str,
    rule: str,
    sale: tuple[int | None, ...] = NO_SALE,
) -> tuple[Any, ...]:
    """A row of the table of contracts.

    Args:
        contract: id of the contract.
        kind: lease, buyback, recovery, pledge.
        party: the firm.
        counterparty: government or bank.
        rights: rights of the contract, one per vintage.
        mass_mg: mass of each right [mg].
        money_fen: rent, price or loan [fen].
        begins: first day.
        ends: last day, or the day on which a loan is due.
        returned_mg: mass that a lessee did not use, or collateral that found no buyer and
            went back to the borrower, of all vintages [mg].
        state: state at the end.
        rule: the rule in words, with its source.
        sale: of collateral: mass sold, of all vintages [mg], money received for it, surplus
            paid to the borrower, what is still owed [fen].
    """
    years = f"{rights[0].vintage}-{rights[-1].vintage}" if len(rights) > 1 else rights[0].vintage
    product = f"{rights[0].pollutant} {years}"
    return (contract, kind, party, counterparty, product, mass_mg, money_fen, begins, ends,
            returned_mg, *sale, state, rule)  # fmt: skip
