"""The four charts of the study of the sale by head count."""

from __future__ import annotations

from collections.abc import Sequence

from headcount_charts import Axes, Line, bars, drawn
from headcount_parts import FIXED_T, YEAR_T
from headcount_results import Study, room_of

from market.laboratory.equilibrium.sealed_bids import PrizeSale, prize_sale
from market.laboratory.studies.estimate import Estimate
from market.laboratory.studies.window import PATH_S


def charts(study: Study) -> dict[str, str]:
    """The charts as SVG, by file name."""
    return {
        "headcount-price.svg": _price_chart(study),
        "headcount-gains.svg": _gains_chart(study),
        "headcount-dummies.svg": _dummies_chart(study),
        "headcount-hour.svg": _hour_chart(study),
    }


def _price_chart(study: Study) -> str:
    heads = [(row.bidders, row.exact / row.prizes) for row in study.uniform]
    fixed = [(n, float(sale.revenue) / sale.prizes) for n, sale in fixed_supply(study, FIXED_T)]
    year = [(n, float(sale.revenue) / sale.prizes) for n, sale in fixed_supply(study, YEAR_T)]
    axes = Axes(
        "The head count keeps the price, not the tonnes", "bidders (equal masses)",
        "price per tonne above the floor (1 = top value)", [row.bidders for row in study.uniform],
        (0, 0.2, 0.4, 0.6, 0.8),
    )  # fmt: skip
    ranges = [
        (row.revenue["head_count"].low / row.prizes, row.revenue["head_count"].high / row.prizes)
        for row in study.uniform
    ]
    return drawn(
        axes,
        [
            Line("by head count", heads, ranges),
            Line(f"one price, {FIXED_T} t", fixed),
            Line(f"one price, {YEAR_T} t", year),
        ],
    )


def fixed_supply(study: Study, supply: int) -> list[tuple[int, PrizeSale]]:
    """A sale of `supply` tonnes at one price for each number of bidders."""
    return [(row.bidders, prize_sale(row.bidders, supply)) for row in study.uniform]


def _gains_chart(study: Study) -> str:
    def group(name: str, of: Sequence[Estimate]) -> Line:
        return Line(
            name, [(at, one.mean) for at, one in enumerate(of)], [(one.low, one.high) for one in of]
        )

    axes = Axes(
        "Who gains against one price", "bidders by value, lowest fifth to highest",
        "gain a head, difference (1 = top value)", range(5), (0, 0.1, 0.2, 0.3, 0.4),
        ("1st", "2nd", "3rd", "4th", "5th"),
    )  # fmt: skip
    return bars(
        axes,
        [
            group("n = 10, same tonnes", [row.less_uniform for row in study.gains]),
            group("n = 10, four dummies", [row.dummies for row in study.gains]),
            group(f"n = 19, against {FIXED_T} t", [row.many for row in study.gains]),
        ],
    )


def _dummies_chart(study: Study) -> str:
    axes = Axes(
        "Dummies end the price: four for ten, eight for nineteen", "dummies that all know of",
        "revenue above the floor (1 = top value of 1 t)", range(10), (0, 1, 2, 3, 4),
    )  # fmt: skip
    return drawn(
        axes,
        [
            Line(
                f"{n} real bidders",
                [
                    (row.dummies, float(row.sale.revenue))
                    for row in study.dummies
                    if row.bidders == n
                ],
            )
            for n in (10, 19)
        ],
    )


def _hour_chart(study: Study) -> str:
    minutes = [second / 60 for second in PATH_S]
    lines = [
        Line(
            who,
            list(zip(minutes, room_of(study.hours, "hard", 0.0, who).path, strict=True)),
            dots=False,
        )
        for who in ("all open", "all late", "one late")
    ]
    axes = Axes(
        "The line of winners over the hour, hard close", "minute",
        "lowest winning bid, mean (1 = top value)",
        (0, 10, 20, 30, 40, 50, 60), (0, 0.1, 0.2, 0.3),
    )  # fmt: skip
    return drawn(axes, lines)
