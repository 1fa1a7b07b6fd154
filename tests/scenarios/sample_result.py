"""A run as the runner would leave it, small and made up: 60 firms, 4 sectors, 5 cities."""

from __future__ import annotations

from datetime import date
from typing import Any

from permits.account import (
    WORLD,
    cash,
    expired,
    holding,
    issued,
    leased,
    reserve,
    surrendered,
    used,
)
from permits.ledger import Entry, Leg, Reason, move
from permits.quantity import MG_PER_T, cost_fen, fmt_t
from permits.right import FREE, PAID, YUAN, Right, strip
from permits.rng import stream
from scenarios.definition.rules import Counterfactual
from scenarios.planning.grid.table import GRID
from scenarios.planning.plan_question import find_questions
from scenarios.planning.waterfall.table import WATERFALL
from scenarios.results.result import Event, RunResult, Table, filled, table
from scenarios.results.summary import (
    AssumedInputs,
    AssumedSummary,
    EqualPercentageSummary,
    EvaluationSummary,
    GroupTotals,
    LedgerTotals,
    MarketTotals,
    PlanSummary,
    RunSummary,
    ShadowPrice,
    SolverSummary,
    SwipeTotals,
    TrueUpTotals,
    YearMarkets,
    YearSummary,
)

T = MG_PER_T
YEAR = 2017
SECTORS = {
    "petrochemicals": ("leaks", "tanks_loading"),
    "chemicals": ("leaks", "vents"),
    "coating": ("cars", "wood_furniture", "metal_machinery"),
    "printing": ("gravure", "lamination"),
}
CITIES = ("Hangzhou", "Huzhou", "Jiaxing", "Ningbo", "Shaoxing")
MEASURES = {
    "leak_detection": (250_000, 0.35),
    "floating_roofs": (480_000, 0.5),
    "water_based": (900_000, 0.55),
    "thermal_oxidiser": (1_650_000, 0.9),
    "carbon_adsorption": (2_400_000, 0.8),
}
LABELS = {
    "petrochemicals": {"en": "Petrochemicals", "zh": "石化"},
    "chemicals": {"en": "Chemicals", "zh": "化工"},
    "coating": {"en": "Surface coating", "zh": "涂装"},
    "printing": {"en": "Printing", "zh": "印刷"},
    "petrochemicals.leaks": {"en": "Equipment leaks", "zh": "设备泄漏"},
    "petrochemicals.tanks_loading": {"en": "Tanks and loading", "zh": "储罐与装卸"},
    "chemicals.leaks": {"en": "Equipment leaks", "zh": "设备泄漏"},
    "chemicals.vents": {"en": "Process vents", "zh": "工艺废气"},
    "coating.cars": {"en": "Cars", "zh": "汽车涂装"},
    "coating.wood_furniture": {"en": "Wood furniture", "zh": "木质家具"},
    "coating.metal_machinery": {"en": "Metal goods and machinery", "zh": "金属制品与机械"},
    "printing.gravure": {"en": "Gravure", "zh": "凹版印刷"},
    "printing.lamination": {"en": "Lamination", "zh": "复合"},
    "Hangzhou": {"en": "Hangzhou", "zh": "杭州"},
    "Huzhou": {"en": "Huzhou", "zh": "湖州"},
    "Jiaxing": {"en": "Jiaxing", "zh": "嘉兴"},
    "Ningbo": {"en": "Ningbo", "zh": "宁波"},
    "Shaoxing": {"en": "Shaoxing", "zh": "绍兴"},
    "VOC": {"en": "VOCs", "zh": "挥发性有机物"},
    "leak_detection": {"en": "Leak detection and repair", "zh": "泄漏检测与修复"},
    "floating_roofs": {"en": "Floating roofs", "zh": "浮顶罐"},
    "water_based": {"en": "Water-based coatings", "zh": "水性涂料替代"},
    "thermal_oxidiser": {"en": "Thermal oxidiser", "zh": "蓄热式热氧化"},
    "carbon_adsorption": {"en": "Carbon adsorption", "zh": "活性炭吸附"},
}  # fmt: skip


def sample_result(*, part: str = "all", status: str = "ok") -> RunResult:
    """The whole run; `part="plan"` leaves the year out, `status="infeasible"` too."""
    plan = _plan(status)
    tables = dict(plan)
    journal: tuple[Entry, ...] = ()
    events: tuple[Event, ...] = ()
    if part == "all" and status == "ok":
        journal, events = _year()
        tables |= _year_tables(plan["quotas"])
    return RunResult(
        name="sample-2017",
        title={"en": "Sample 2017: 2,000 t of VOCs", "zh": "示例2017：削减挥发性有机物2000吨"},
        about={
            "en": "Sixty firms in five cities cut 2,000 t of VOCs within the year.",
            "zh": "五市六十家企业年内削减挥发性有机物2000吨。",
        },
        summary=_summary(plan, status, len(journal)),
        tables=tables,
        journal=journal,
        events=events,
        manifest={"seed": 7, "seconds": {"plan": 0.4}, "inputs": {"sample.toml": "0" * 64}},
        exit_code=3 if status == "infeasible" else 0,
        labels=LABELS,
        views=find_questions(),
    )


def _sources() -> list[tuple[str, str, str, str, int]]:
    """Id, sector, sub-sector, city, baseline [mg] of sixty sources."""
    found = []
    pairs = [(sector, part) for sector, parts in SECTORS.items() for part in parts]
    for n in range(60):
        sector, part = pairs[n % len(pairs)]
        city = CITIES[(n * 7) % len(CITIES)]
        size = stream(7, "size", str(n)).lognormal(0.0, 0.8)
        found.append((f"F{n:03d}", sector, f"{sector}.{part}", city, round(80 * T * size)))
    return found


def _steps() -> list[tuple[str, str, str, int, int]]:
    """Source, sub-sector, measure, removed [mg], unit cost [fen/t], cheapest first."""
    found = []
    for n, (source, _, subsector, _, base) in enumerate(_sources()):
        for k, (measure, (unit_fen, share)) in enumerate(MEASURES.items()):
            if (n + k) % 3 == 0:
                unit = unit_fen + 1_700 * (len(subsector) % 7)
                found.append((source, subsector, measure, round(base * share), unit))
    return sorted(found, key=lambda step: (step[4], step[0]))


def _plan(status: str) -> dict[str, Table]:
    target = 2_000 * T
    chosen: dict[str, tuple[str, int, int]] = {}
    reached = 0
    for source, _, measure, removed, unit in _steps():
        if reached >= target:
            break
        if source not in chosen:
            chosen[source] = (measure, removed, cost_fen(removed, unit))
            reached += removed
    quotas = [
        (s, s, sector, sub, city, None, "VOC", base, cut, cut / base, base - cut,
         measure or None, cost, n % 17 == 0)
        for n, (s, sector, sub, city, base) in enumerate(_sources())
        for measure, cut, cost in [chosen.get(s, ("", 0, 0))]
    ]  # fmt: skip
    costs = {source: cost for source, (_, _, cost) in chosen.items()}
    found = {"baselines": _baselines(target)}
    if status == "ok":
        found |= {
            "plan_by_sector": _grouped("plan_by_sector", quotas, costs, 2),
            "plan_by_subsector": _grouped("plan_by_subsector", quotas, costs, 3),
            "plan_by_city": _grouped("plan_by_city", quotas, costs, 4),
            "plan_grid": _plan_grid(quotas, costs),
            "plan_waterfall": _plan_waterfall(quotas, costs),
            "conditions": table(
                "conditions",
                [
                    ("VOC=2000 t", "target", target, reached, 905_100, 906_800),
                    ("min sector=coating", "min", 300 * T, 612 * T, 0, 0),
                    ("cap city=Hangzhou", "cap", 900 * T, 871 * T, 0, 0),
                ],
            ),
            "quotas": table("quotas", quotas),
            "chosen": table(
                "chosen",
                [
                    (*row[:6], measure, 1.0, cut, round(cost * T / cut), cost)
                    for row in quotas
                    if row[0] in chosen
                    for measure, cut, cost in [chosen[row[0]]]
                ],
            ),
        }
    found["curve"] = _curve(chosen)
    found["inputs"] = _inputs()
    found["counterfactual"] = table(
        "counterfactual",
        [
            ("rights.exist", "Wuyi and Yongkang, 2021-12-01 – …", "the rule came later"),
            ("headcount_share", "Zhejiang, 2020-01-01 – 2024-12-31", "the rule came later"),
        ],
    )
    return found


def _baselines(target: int) -> Table:
    rows: list[tuple[Any, ...]] = []
    for name, title, total, most, cost in (
        ("register", "Firms that report", 3_600, 1_480, None),
        ("census", "Pollution census", 5_900, 2_950, 1_290_000_000),
        ("five_year_plan", "Five-year plan", 8_800, 4_400, 1_020_000_000),
        ("academic", "Academic inventory", 13_400, 6_700, 830_000_000),
    ):
        rows.append(
            (name, title, "VOC", total * T, target, "infeasible" if cost is None else "optimal",
             most * T, cost, cost and 905_100, cost and 906_800, cost and cost * 3 // 2,
             name == "census")
        )  # fmt: skip
    return table("baselines", rows)


def _grouped(name: str, quotas: list[Any], costs: dict[str, int], column: int) -> Table:
    groups: dict[str, list[int]] = {}
    for row in quotas:
        sums = groups.setdefault(row[column], [0, 0, 0, 0, 0])
        for k, value in enumerate((1, row[7], row[8], row[10], costs.get(row[0], 0))):
            sums[k] += value
    rows = [
        (group, "VOC", *sums, round(sums[1] * 0.35), sums[4] * 7 // 5)
        for group, sums in sorted(groups.items())
    ]
    return table(name, rows)


def _plan_grid(quotas: list[Any], costs: dict[str, int]) -> Table:
    cells: dict[tuple[str, str], list[int]] = {}
    for row in quotas:
        sums = cells.setdefault((row[4], row[2]), [0, 0, 0, 0, 0])
        for k, value in enumerate((1, row[7], row[8], row[10], costs.get(row[0], 0))):
            sums[k] += value
    rows = [
        (city, sector, "VOC", n, base, cut, cut / base, quota, cost)
        for (city, sector), (n, base, cut, quota, cost) in sorted(cells.items())
    ]
    return filled(GRID, rows)


def _plan_waterfall(quotas: list[Any], costs: dict[str, int]) -> Table:
    by_sector = _grouped("plan_by_sector", quotas, costs, 2).dicts()
    paid = [
        (row["sector"], 300_000_000 + 50_000_000 * n, row["cost_yuan"])
        for n, row in enumerate(by_sector)
    ]
    rows, left = [], sum(equal for _, equal, _ in paid)
    for sector, equal, least in sorted(paid, key=lambda one: one[2] - one[1]):
        left += least - equal
        rows.append((sector, equal, least, max(equal - least, 0), max(least - equal, 0), left))
    return filled(WATERFALL, rows)


def _curve(chosen: dict[str, tuple[str, int, int]]) -> Table:
    steps: dict[tuple[int, str, str], list[int]] = {}
    named: dict[tuple[int, str, str], list[str]] = {}
    for source, subsector, measure, removed, unit in _steps():
        sums = steps.setdefault((unit, subsector, measure), [0, 0, 0])
        named.setdefault((unit, subsector, measure), []).append(source)
        built = chosen.get(source, ("",))[0] == measure
        for k, value in enumerate((1, removed, removed if built else 0)):
            sums[k] += value
    rows, total = [], 0
    for (unit, subsector, measure), (count, mass, planned) in sorted(steps.items()):
        total += mass
        first = ", ".join(named[unit, subsector, measure][:3])
        rows.append(("VOC", subsector, measure, count, first, unit, mass, total, planned))
    return table("curve", rows)


def _inputs() -> Table:
    rows: list[tuple[Any, ...]] = [
        ("pollutant.VOC.target", "2000 t", "", None, None, "published", "[WorkPlan2017] item 6",
         "Zhejiang", date(2017, 2, 6), None),
        ("applicability", "0.5", "", "0.2", "0.6", "assumed", "[ModelAssumption]",
         None, None, None),
        ("true_up.fine_max", "1000000", "yuan", None, None, "statute", "[ZJ-N4] art. 99",
         "China", date(2016, 1, 1), None),
    ]  # fmt: skip
    rows += [
        (f"measures.coating.cars.item_{n}", f"{n / 7:.3f}", "yuan/t", None, None, "computed",
         "[EPA-CMDB]", None, None, None)
        for n in range(70)
    ]  # fmt: skip
    return table("inputs", rows)


def _summary(plan: dict[str, Table], status: str, entries: int) -> RunSummary:
    if status == "infeasible":
        return RunSummary(
            "sample-2017",
            status,
            planned=_infeasible_plan(),
            assumed=AssumedSummary(None, 0, 0, {"VOC": 0}, 0),
            seed=7,
        )
    return RunSummary(
        "sample-2017",
        status,
        planned=_plan_summary(plan),
        assumed=AssumedSummary(0.83, 60, 0, {"VOC": 0}, 0, AssumedInputs(73, 1, 311 * T + T // 2)),
        seed=7,
        counterfactual=tuple(
            Counterfactual(*row) for row in plan["counterfactual"].rows if entries
        ),
        year=_year_summary(entries) if entries else None,
    )


def _infeasible_plan() -> PlanSummary:
    return PlanSummary(
        status="infeasible",
        pollutants=("VOC",),
        target_mg={"VOC": 2_000 * T},
        reduction_mg=None,
        max_reduction_mg={"VOC": 1_480 * T + T // 4},
        cost_fen=None,
        bound_fen=None,
        gap=None,
        bound_by=None,
        most_for_money_mg=None,
        conflict=("VOC=2000", "cap city=Hangzhou"),
        shadow_prices={},
        equal=EqualPercentageSummary(
            "whole",
            1.0,
            {"VOC": 1.0},
            {"VOC": 0},
            60,
            None,
            None,
            None,
            None,
            ("VOC=2000",),
            feasible=False,
        ),
        groups={},
        solver=SolverSummary("presolve", 60, 120, 0.1),
    )


def _plan_summary(plan: dict[str, Table]) -> PlanSummary:
    reduced = sum(plan["quotas"].column("reduction_t"))
    cost = sum(plan["chosen"].column("annual_cost_yuan"))
    return PlanSummary(
        status="optimal",
        pollutants=("VOC",),
        target_mg={"VOC": 2_000 * T},
        reduction_mg={"VOC": reduced},
        max_reduction_mg={"VOC": 2_950 * T},
        cost_fen=cost,
        bound_fen=cost - 1_234,
        gap=9.6e-7,
        bound_by="lagrangian",
        most_for_money_mg=None,
        conflict=(),
        shadow_prices={
            "VOC=2000 t": ShadowPrice(905_100, 906_800),
            "min sector=coating": ShadowPrice(0, 0),
        },
        equal=EqualPercentageSummary(
            "whole", 0.35, {"VOC": 0.35}, {"VOC": reduced}, 3, cost * 7 // 5, cost * 6 // 5,
            cost * 8 // 5, cost * 2 // 5, (), feasible=True,
        ),
        groups={"sector": {
            row["sector"]: GroupTotals(
                *({"VOC": row[f"{mass}_t"]} for mass in ("baseline", "reduction", "quota")),
                row["cost_yuan"],
            )
            for row in plan["plan_by_sector"].dicts()
        }},
        solver=SolverSummary("branch and bound", 60, 120, 0.4),
    )  # fmt: skip


def _year_summary(entries: int) -> YearSummary:
    return YearSummary(
        ledger=LedgerTotals({"VOC": 161 * T}, entries, 60_000_000),
        swipes=SwipeTotals(720, 3_100 * T, warnings=41, shut=9, curtailed=3),
        market=YearMarkets(
            auction=MarketTotals(2, 40 * T, 240_000_000, 1_200_000),
            secondary=MarketTotals(10, 210 * T, 191_100_000, 910_000),
            lease=MarketTotals(3, 6 * T, 5_400_000, 1_800_000),
            buyback=MarketTotals(2, 4 * T, 9_600_000, 600_000),
            pledge=MarketTotals(2, 12 * T, 30_000_000, None),
            pledges_defaulted=0,
        ),
        true_up=TrueUpTotals(57, 3, 7_248_000_000, 62_000_000),
        evaluation=EvaluationSummary(1_200_000_000, 840_000_000, 789_473_684, 0.871, 0.064),
    )


def _year() -> tuple[tuple[Entry, ...], tuple[Event, ...]]:
    """Three firms: issue, swipes, a trade, a lease that returns, true-up, lapse."""
    entries: list[Entry] = []
    events: list[Event] = []
    vintage = Right("VOC", "Zhejiang", YEAR, PAID)

    def post(on: date, name: str, reason: Reason, *legs: Leg, why: str = "") -> None:
        entries.append(Entry(f"{on}/{name}", on, reason, tuple(legs), why))

    def tell(on: date, phase: str, kind: str, who: str, text: str, rule: str, **v: Any) -> None:
        events.append(Event(len(events) + 1, on, phase, kind, who, text, {**v, "who": who}, rule))

    first = date(YEAR, 1, 1)
    for firm, mass in (("F000", 60), ("F001", 50), ("F002", 40)):
        post(first, f"{firm}/fund", Reason.FUND, *move(WORLD, cash(firm), YUAN, 90_000_000))
        strips = [
            leg
            for right in strip("VOC", "Zhejiang", YEAR, 2)
            for leg in move(issued("province"), holding(firm), right, mass * T)
        ]
        post(first, f"{firm}/issue", Reason.ISSUE, *strips, why="equal_cut [ZJ-Z2]")
        tell(first, "open_year", "opening.issued", firm,
             "{who} receives rights for {mass} t/yr of {pollutant} ({series}); {withheld} t/yr go "
             "to the reserve of {owner}", "equal_cut [ZJ-Z2]", mass=str(mass), pollutant="VOC",
             series=PAID, withheld="2", owner="county:Keqiao")  # fmt: skip
    post(first, "reserve", Reason.WITHHOLD,
         *move(issued("province"), reserve("county:Keqiao"), vintage, 10 * T))  # fmt: skip
    swap = Right("VOC", "Zhejiang", YEAR, FREE)
    post(first, "F002/free", Reason.ISSUE, *move(issued("province"), holding("F002"), swap, T))
    for month in range(1, 13):
        on = date(YEAR, month, 28)
        for firm, mass in (("F000", 3_900), ("F001", 4_400), ("F002", 2_100)):
            legs = move(holding(firm), used(firm), vintage, mass * T // 1000)
            post(on, f"{firm}/swipes", Reason.SWIPE, *legs, why="month")
        if month == 3:
            price = cost_fen(5 * T, 910_000)
            legs = move(holding("F002"), holding("F001"), vintage, 5 * T)
            paid = move(cash("F001"), cash("F002"), YUAN, price)
            post(on, "trade/1", Reason.TRADE, *legs, *paid, why="call_double")
            tell(on, "settle", "trade.done", "F001",
                 "{who} buys {mass} t of {product} from {seller} for {money} yuan",
                 "call_double [Wilson1985]", mass="5", product="VOC/2017", seller="F002",
                 money="45500")  # fmt: skip
        if month == 9:
            legs = move(reserve("county:Keqiao"), leased("F000"), vintage, 2 * T)
            paid = move(cash("F000"), cash("county:Keqiao"), YUAN, 300_000)
            post(on, "lease/1", Reason.LEASE, *legs, *paid, why="lease")
        if month == 11:
            legs = move(leased("F000"), reserve("county:Keqiao"), vintage, 2 * T)
            post(on, "lease/1/end", Reason.LEASE_END, *legs, why="lease")
    last = date(YEAR, 12, 31)
    for firm, mass in (("F000", 46_800), ("F001", 52_800), ("F002", 25_200)):
        legs = move(used(firm), surrendered(firm), vintage, mass * T // 1000)
        post(last, f"{firm}/true-up", Reason.TRUE_UP, *legs, why="true-up")
        tell(last, "close_day", "true_up.compliant", firm,
             "{who} surrenders {mass} t of {pollutant} and is in compliance", "true-up [ZJ-N3]",
             mass=fmt_t(mass * T // 1000), pollutant="VOC")  # fmt: skip
    for firm, mass in (("F000", 13_200), ("F001", 2_200), ("F002", 9_800)):
        legs = move(holding(firm), expired(firm), vintage, mass * T // 1000)
        post(last, f"{firm}/lapse", Reason.EXPIRE, *legs, why="a vintage lapses")
    return tuple(entries), tuple(events)


def _year_tables(quotas: Table) -> dict[str, Table]:
    return {
        "firms": _firms(quotas),
        "cards": _cards(),
        "sessions": _sessions(),
        "unfilled": table(
            "unfilled",
            [("2017-03-14/VOC", "head_count", 6, 9 * T), ("2017-09-13/VOC", "price", 2, 3 * T)],
        ),
        "trades": _trades(),
        "contracts": _contracts(),
        "payments": table("payments", [("F001", "F002", "trade", 130, 191_100_000)]),
        "true_up": table(
            "true_up",
            [
                (f"F0{n}0", "VOC", YEAR, 50 * T, 2_416_000_000, 20_666_667, 20_666_667,
                 "[ZJ-N4] art. 99")
                for n in range(1, 4)
            ],
        ),
        "flow": _flow(),
        "frictions": _frictions(),
        "happenings": _happenings(),
    }  # fmt: skip


def _firms(quotas: Table) -> Table:
    rows = []
    for n, row in enumerate(quotas.rows):
        base = row[7]
        opening, abated = round(base * 0.65), round(base * (0.2 + 0.02 * (n % 15)))
        alone = 40_000_00 * (n % 9 + 1)
        emitted = base - abated
        rows.append(
            (row[0], row[2], row[4], "VOC", opening, base, abated, 0, emitted,
             max(0, emitted - opening), max(0, opening - emitted), 0, 0,
             alone * 7 // 10, alone, alone * 6 // 10, 0)
        )  # fmt: skip
    return table("firms", rows)


def _cards() -> Table:
    rows = []
    for month in range(1, 13):
        for k, sector in enumerate(sorted(SECTORS)):
            quota = (50 + 14 * k) * T
            emitted = round(quota * (0.9 + 0.02 * ((month * 5 + k) % 7)))
            left = quota * (12 - month) + round(quota * 0.4)
            shut = (month + k) % 3 if sector != "petrochemicals" else 0
            rows.append(
                (f"{YEAR}-{month:02d}", sector, "VOC", 15, quota, emitted, left, (month + k) % 5,
                 (month + k) % 4, shut, 1 if sector == "petrochemicals" and month > 9 else 0, shut)
            )  # fmt: skip
    return table("cards", rows)


def _sessions() -> Table:
    rows: list[tuple[Any, ...]] = []
    for month in range(2, 13):
        price = 860_000 + 11_000 * month
        rows.append(
            (f"2017-{month:02d}-20/VOC", date(YEAR, month, 20), "secondary", "call_double",
             "VOC 2017", 1, 40, 22, 15, 30 * T, (12 + month) * T, price, price,
             "yuan for 1 t", price,
             price * (12 + month),
             "[Wilson1985]")
        )  # fmt: skip
    for month in (3, 9):
        rows.append(
            (f"2017-{month:02d}-13/VOC", date(YEAR, month, 13), "auction", "headcount_share",
             "VOC 2017-2021", 5, 20, 20, 14, 20 * T, 20 * T, None, 6_000_000,
             "yuan for 1 t in each of 5 years", 1_200_000, 120_000_000,
             "[ZJ-C13]")
        )  # fmt: skip
    return table("sessions", sorted(rows, key=lambda row: row[1]))


def _trades() -> Table:
    rows = [
        (f"2017-{2 + n % 11:02d}-20/VOC", date(YEAR, 2 + n % 11, 20), "secondary", f"F{n % 60:03d}",
         f"F{(n * 7 + 1) % 60:03d}", "VOC", T // 2 + n, 0, 910_000, 910_000, "yuan for 1 t",
         455_000)
        for n in range(130)
    ]  # fmt: skip
    return table("trades", sorted(rows, key=lambda row: (row[1], row[3])))


def _contracts() -> Table:
    return table(
        "contracts",
        [
            ("L1", "lease", "F000", "county:Keqiao", "VOC/2017", 2 * T, 300_000,
             date(YEAR, 9, 28), date(YEAR, 11, 28), 2 * T, *[None] * 4, "returned",
             "[ZJ-C10]"),
            ("B1", "buyback", "F004", "county:Keqiao", "VOC/2018–2021", 3 * T, 7_200_000,
             date(YEAR, 11, 1), None, None, *[None] * 4, "done",
             "[ZJ-C19]"),
            ("P1", "pledge", "F005", "bank:lender", "VOC/2017–2021", 6 * T, 13_500_000,
             date(YEAR, 4, 1), date(YEAR, 9, 28), None, *[None] * 4, "repaid",
             "[ZJ-C29]"),
            ("P2", "pledge", "F006", "bank:lender", "VOC/2017–2021", 6 * T, 13_500_000,
             date(YEAR, 4, 1), date(YEAR, 9, 28), 0, 2 * T, 900_000, 0, 12_600_000,
             "defaulted", "[ZJ-C29]"),
        ],
    )  # fmt: skip


def _flow() -> Table:
    return table(
        "flow",
        [
            ("VOC", YEAR, "issued", "firms, opening", 3_800 * T),
            ("VOC", YEAR, "issued", "reserve", 200 * T),
            ("VOC", YEAR, "reserve", "sold by the government", 40 * T),
            ("VOC", YEAR, "reserve", "leased", 6 * T),
            ("VOC", YEAR, "reserve", "lapsed", 154 * T),
            ("VOC", YEAR, "sold by the government", "surrendered", 40 * T),
            ("VOC", YEAR, "leased", "surrendered", 6 * T),
            ("VOC", YEAR, "firms, opening", "surrendered", 2_900 * T),
            ("VOC", YEAR, "firms, opening", "traded", 210 * T),
            ("VOC", YEAR, "firms, opening", "lapsed", 690 * T),
            ("VOC", YEAR, "traded", "surrendered", 200 * T),
            ("VOC", YEAR, "traded", "retired", 10 * T),
        ],
    )


def _frictions() -> Table:
    names = (
        ("delays", "certificates and permit changes take days"),
        ("fees", "the seller pays a share of the price"),
        ("ratios", "more than one tonne is bought for a tonne used"),
        ("head_count", "a share of the bidders is turned away"),
        ("reserve", "a share of the rights is withheld"),
    )
    rows = [
        (name, title, 820_000_000 - 6_000_000 * n, 6_000_000 * n, 0.87 + 0.02 * n, "[ZJ-C34]")
        for n, (name, title) in enumerate(names)
    ]
    return table("frictions", rows)


def _happenings() -> Table:
    rows = [
        ("permit.issued", "permits issued", 60, None, None,
         "F000 receives permit ZJ-0001, valid to 2021-12-31", "discharge permit [ZJ-N3] art. 14"),
        ("swipe.warned80", "cards at 80 % of the month", 24, None, None,
         "F001: 80 % of January's quota is used", "card-swipe discharge [ZJ-C10]"),
        ("swipe.shut", "lines interlocked at 100 %", 9, None, None,
         "F012: the line stops", "card-swipe discharge [ZJ-C10]"),
        ("auction.turned_away", "bidders turned away by head count", 6, 9 * T, None,
         "F031 bids 10,400 yuan and ranks 15th of 20", "electronic sale [ZJ-C13]"),
        ("trade.done", "trades between firms", 130, 210 * T, 191_100_000,
         "F001 buys 5 t of VOC/2017 from F002 for 45500 yuan", "call_double [Wilson1985]"),
        ("lease.ended", "leases that returned", 3, 6 * T, 5_400_000,
         "F000 returns 2 t", "two months at twice the price [ZJ-C10]"),
        ("pledge.defaulted", "loans in default, collateral sold", 1, 6 * T, 13_500_000,
         "F006 does not repay", "pledged loans [ZJ-C29]"),
        ("true_up.short", "firms short at the true-up", 3, 7_250_000_000, 62_000_000,
         "F010 is short by 2.4 t of VOC", "discharge above the permitted amount [ZJ-N4] art. 99"),
    ]  # fmt: skip
    return table("happenings", rows)
