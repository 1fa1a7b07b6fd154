"""Allocation rules: how a cap becomes opening positions, one file per rule.

Each rule file has a `SPEC` and `weights(firms, params)`: numbers of zero or more, one
per firm, in proportion to which the cap is split. `allocate` does the splitting, so no
rule can lose or create a milligram.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from permits.errors import InputError
from permits.quantity import fmt_t, require_mg, split_exact
from permits.rule import (
    NO_PARAMS,
    Params,
    Rule,
    find_shipped,
    lacking,
)

Weight = Fraction | float | int
T = TypeVar("T")

WITHIN_BASELINE = "within_baseline"
"""Claim of a rule that only cuts: no firm receives more than its baseline."""


@dataclass(frozen=True, slots=True, eq=False)
class FirmTable:
    """Data on firms available to the rules: arrays over firms; `None` where unknown."""

    ids: tuple[str, ...]
    baseline_mg: NDArray[np.int64]  # (F,) emission of the base year
    output: NDArray[np.float64] | None = None  # (F,) in units of the firm's product
    product: tuple[str, ...] | None = None  # (F,) which benchmark applies
    plan_quota_mg: NDArray[np.int64] | None = None  # (F,) least-cost quotas
    grade: tuple[str, ...] | None = None  # (F,) A-D
    history_mg: NDArray[np.int64] | None = None  # (F, Y) emission of earlier years

    def __post_init__(self) -> None:
        columns: Mapping[str, Sequence[str] | NDArray[np.generic] | None] = {
            "baseline_mg": self.baseline_mg,
            "output": self.output,
            "product": self.product,
            "plan_quota_mg": self.plan_quota_mg,
            "grade": self.grade,
            "history_mg": self.history_mg,
        }
        for name, column in columns.items():
            if column is not None and len(column) != len(self.ids):
                raise InputError(
                    "allocation.length",
                    "column {column} has {rows} rows for {firms} firms",
                    mend="give one value per firm",
                    column=name,
                    rows=len(column),
                    firms=len(self.ids),
                )


@runtime_checkable
class AllocationRule(Protocol):
    """A rule that weighs firms; `allocate` does the splitting."""

    def weights(self, firms: FirmTable, params: Params) -> Sequence[Weight]:
        """Numbers of zero or more, one per firm; `params` are filled."""
        ...


@cache
def find_allocations() -> dict[str, Rule]:
    """Every shipped allocation rule by name."""
    return find_shipped("allocation", Path(__file__).parent, __name__)


def as_allocation(rule: Rule) -> AllocationRule:
    """The `weights` of an allocation rule, typed.

    Raises: InputError for a rule that has none.
    """
    module = rule.module
    if isinstance(module, AllocationRule):
        return module
    raise lacking(rule, "weights(firms, params)")


def allocate(rule: Rule, cap_mg: int, firms: FirmTable, params: Params = NO_PARAMS) -> list[int]:
    """Split `cap_mg` over the firms by a rule [mg], in the order of `firms`, exactly.

    A milligram that cannot be divided goes by weight, then baseline, then id, which decides
    only between firms equal in both: renaming or shuffling the firms changes nothing else.

    Args:
        rule: an allocation rule.
        cap_mg: mass to split [mg], >= 0.
        firms: table of F firms.
        params: parameters that differ from the rule's defaults.
    Returns: (F,) masses that sum to `cap_mg`.
    Raises: InputError for a weight that is negative or not finite, for weights that
        are all zero, for a cap above the baselines where the rule only cuts, and
        whatever the rule raises.
    """
    require_mg(cap_mg, above=-1, where=f"allocation by {rule.name}")
    weights = as_allocation(rule).weights(firms, rule.spec.fill(params, where=rule.name))
    shares = _checked(weights, firms, rule.name)
    if WITHIN_BASELINE in rule.spec.claims:
        _check_cap(cap_mg, firms, rule)
    if cap_mg and not any(shares):
        raise InputError(
            "allocation.no_weight",
            "{rule} gives no firm a weight, so {cap} t cannot be split",
            where=rule.name,
            mend="give baselines, outputs or quotas above zero",
            rule=rule.spec.title,
            cap=fmt_t(cap_mg),
        )
    # `split_exact` breaks ties by position, so the order of the table must not reach it.
    firm_order = sorted(
        range(len(shares)), key=lambda i: (-shares[i], -firms.baseline_mg[i], firms.ids[i])
    )
    parts = [0] * len(shares)
    for i, part in zip(
        firm_order, split_exact(cap_mg, [shares[i] for i in firm_order]), strict=True
    ):
        parts[i] = part
    return parts


def withhold(parts_mg: Sequence[int], percent: int | float | Decimal | Fraction) -> list[int]:
    """Mass of each part withheld for the government's reserve [mg].

    The sum is `percent` of the total, rounded down once, and no part gives more than
    it has.

    Raises: InputError for a percentage outside 0 to 100.
    """
    exact = Fraction(str(percent))
    if not 0 <= exact <= 100:
        raise InputError(
            "allocation.withhold",
            "{percent} per cent cannot be withheld",
            mend="give a percentage from 0 to 100",
            percent=str(percent),
        )
    return split_exact(int(sum(parts_mg) * exact / 100), list(parts_mg))


def require_column(column: T | None, name: str, rule: str) -> T:
    """Return `column`, or raise if the rule needs it and the table lacks it.

    Args:
        column: a column of `FirmTable`, `None` where unknown.
        name: its name, for the error message.
        rule: name of the rule that needs it.
    Raises: InputError where `column` is `None`.
    """
    if column is None:
        raise InputError(
            "allocation.column",
            "{rule} needs {column}, which the register does not have",
            where=rule,
            mend="add the column, or choose another allocation rule",
            rule=rule,
            column=name,
        )
    return column


def _check_cap(cap_mg: int, firms: FirmTable, rule: Rule) -> None:
    base_mg = sum(firms.baseline_mg.tolist())
    if cap_mg > base_mg:
        raise InputError(
            "allocation.cap",
            "{rule} only cuts, but the cap of {cap} t exceeds the baselines of {base} t",
            where=rule.name,
            mend="lower the cap, or choose another allocation rule",
            rule=rule.spec.title,
            cap=fmt_t(cap_mg),
            base=fmt_t(base_mg),
        )


def _checked(weights: Sequence[Weight], firms: FirmTable, rule: str) -> list[Fraction]:
    if len(weights) != len(firms.ids):
        raise InputError(
            "allocation.weights",
            "the rule gives {weights} weights for {firms} firms",
            where=rule,
            mend="return one weight per firm, in the order of the firms",
            weights=len(weights),
            firms=len(firms.ids),
        )
    shares = []
    for firm, weight in zip(firms.ids, weights, strict=True):
        if not np.isfinite(float(weight)) or weight < 0:
            raise InputError(
                "allocation.weight",
                "the weight of {firm} is {weight}, not a number of zero or more",
                where=rule,
                mend="check the firm's baseline, output and quota",
                firm=firm,
                weight=str(weight),
            )
        shares.append(Fraction(weight))
    return shares
