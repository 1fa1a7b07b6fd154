"""Benchmarking: output times a benchmark emission per unit of output.

A firm cleaner than its benchmark receives more than it emits, a dirtier one less. All
shares are then scaled to the cap, so only the ratios between benchmarks matter.
"""

from __future__ import annotations

from permits.allocation import FirmTable, Weight, require_column
from permits.errors import InputError
from permits.rule import Param, Params, Spec

SPEC = Spec(
    title="Benchmark",
    title_zh="按行业基准分配",
    source="[ModelAssumption]",
    params=(
        Param(
            "benchmarks",
            {},
            "kg per unit of output",
            "benchmark of each product; empty: one for all",
        ),
    ),
)


def weights(firms: FirmTable, params: Params) -> list[Weight]:
    """Output times benchmark of each firm."""
    output = require_column(firms.output, "output", "benchmark").tolist()
    benchmarks = params["benchmarks"]
    if not benchmarks:
        return list(output)
    products = require_column(firms.product, "product", "benchmark")
    missing = sorted(set(products) - set(benchmarks))
    if missing:
        raise InputError(
            "allocation.benchmark",
            "no benchmark is given for {products}",
            where="benchmark",
            mend="add it to `benchmarks`",
            products=", ".join(missing),
        )
    return [amount * benchmarks[p] for amount, p in zip(output, products, strict=True)]
