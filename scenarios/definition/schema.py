"""What a scenario file may say: every key, with its meaning, unit and default.

pydantic checks it at the edge, all mistakes at once; `permits schema` prints it as a
JSON schema for editors. The core never sees these classes: `load` turns them into
arrays (`register`, `measures`) and the runner reads the rules off them.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from scenarios.definition.sourced import Fen, Given, Goal, MassMg, Share, Strict

Title = dict[Literal["en", "zh"], str]
Stop = Literal["valve", "interlock", "curtail"]
Basis = Literal["material_balance", "flow_concentration", "emission_factor"]
Twelve = Annotated[list[float], Field(min_length=12, max_length=12)]
SUMS_TO_ONE = 1e-6


class Pollutant(Strict):
    """A pollutant under a cap."""

    title: Title = {}
    medium: Literal["air", "water"] = "air"
    zone: str = Field(default="all", description="Where rights of it are exchanged for each other")
    basis: Basis = Field(default="flow_concentration", description="Accounting basis of its rights")
    target: Given[Goal] | None = Field(default=None, description="Reduction: t or % of baseline")
    reference_price: Given[Fen] = Field(
        default=Given[Fen](value=0), description="Paid-use rate, yuan/t·yr"
    )
    shortfall_charge: Given[Fen] = Field(
        default=Given[Fen](value=100_000),
        description="Charge for a tonne that cannot be abated, in efficiency and bids, yuan/t",
    )


class Baseline(Strict):
    """One accounting basis: the total of a drawn register, or a factor on one read."""

    title: Title = {}
    total: dict[str, Given[MassMg]] = {}
    factor: Given[float] = Given[float](value=1.0, source="as in the register")


class Part(Strict):
    """A sub-sector."""

    id: str
    title: Title = {}
    share: Given[Share] = Field(description="Of its sector's emission")
    firms: Given[int] | None = Field(default=None, description="How many firms to draw")
    existing_control: Given[Share] = Given[Share](value=0.0)


class Sector(Strict):
    """A sector of the register, and how its outlets stop."""

    id: str
    title: Title = {}
    share: Given[Share] = Given[Share](value=1.0)
    stop: Stop = "interlock"
    meter: Basis = "flow_concentration"
    season: Given[Twelve] = Field(
        default=Given[Twelve](value=[1.0] * 12), description="Production by month, mean 1"
    )
    firms: Given[int] | None = Field(
        default=None, description="Firms that each run every part of the sector"
    )
    ratio: Given[float] | None = Field(default=None, description="Replacement ratio of its buyers")
    reach: Given[Share] | None = Field(default=None, description="Instead of the general reach")
    part: tuple[Part, ...] = ()


class Place(Strict):
    """A city or county."""

    id: str
    title: Title = {}
    share: Given[Share] = Given[Share](value=1.0)
    sector_share: dict[str, Given[Share]] = {}


class Curve(Strict):
    """A smooth cost: fixed + a z + b z² yuan for z tonnes abated."""

    fixed_yuan: float = 0.0
    a_yuan: float = 0.0
    b_yuan: float = 0.0


class Firm(Strict):
    """A firm written out in the file."""

    id: str
    title: Title = {}
    sector: str = "all"
    city: str = "all"
    baseline: dict[str, Given[MassMg]]
    curve: Curve | None = None
    opening: dict[str, Given[MassMg]] = Field(default={}, description="Instead of the rule's")


class Register(Strict):
    """Where the sources come from: a table, firms written out, or drawn sizes."""

    file: str | None = None
    sources: Given[int] | None = Field(default=None, description="Scale the drawn firms to this")
    size_sigma: Given[float] = Field(
        default=Given[float](value=1.0), description="Spread of log sizes within a cell"
    )
    places: Literal["city", "county", "province"] = "city"
    grades: dict[str, Given[Share]] = Field(default={}, description="Classes A-D: share of firms")


class Concentration(Strict):
    """A class of stream: how common, and its unit cost against the catalogue's."""

    share: Given[Share]
    factor: Given[float]


class Measures(Strict):
    """What can be done, and at what cost."""

    catalogue: str | None = Field(default=None, description="Measures by sub-sector (CSV)")
    table: str | None = Field(default=None, description="Measures by source (CSV, Excel)")
    costs: Literal["us", "china", "both"] = "us"
    variation: Literal["none", "size_and_concentration"] = "none"
    size_exponent: Given[float] = Given[float](value=0.0)
    concentration: dict[str, Concentration] = {}
    negative_costs: bool = True


class Condition(Strict):
    """A side condition: at least or at most so much reduction, or a cap on emission."""

    kind: Literal["min", "max", "cap"]
    group: dict[str, str]
    pollutant: str
    amount: Given[Goal]


class Plan(Strict):
    """How the plan is solved."""

    divisible: bool = False
    gap: float = Field(default=1e-4, gt=0)
    precision: MassMg = 1


class CostInformation(Strict):
    """What the planner knows of the firms' costs."""

    kind: Literal["exact", "noise", "misreported"] = "exact"
    spread: Given[float] = Field(
        default=Given[float](value=0.3), description="Spread of log true cost about the estimate"
    )
    markup: Given[float] = Field(
        default=Given[float](value=1.2), description="misreported: estimate over true cost"
    )


class Allocation(Strict):
    """How the cap becomes opening positions."""

    rule: str = "equal_cut"
    params: dict[str, Any] = {}


class Rights(Strict):
    """What kind of right is issued."""

    exist: Given[bool] = Given[bool](value=True)
    term_years: Given[int] = Given[int](value=5)
    withheld: Given[Share] = Field(default=Given[Share](value=0.0), description="For the reserve")
    paid_share: Given[Share] = Field(
        default=Given[Share](value=1.0), description="Firms that paid for theirs and may sell"
    )
    paid_rate: Given[Share] = Field(
        default=Given[Share](value=0.3), description="Of the reference price, for existing firms"
    )
    carry_over: Given[Share] = Given[Share](value=0.0)


class Licence(Strict):
    """The permit beside the right."""

    change_delay_days: Given[int] = Given[int](value=3)
    headroom: Given[Share] = Field(
        default=Given[Share](value=0.0), description="Limit above the opening rights"
    )


class Card(Strict):
    """Card-swipe discharge."""

    warn_percent: Given[tuple[int, int]] = Given[tuple[int, int]](value=(80, 90))
    shift: Literal["none", "apply", "free"] = Field(
        default="apply", description="Quota of later months: never, on request, without asking"
    )
    shift_delay_days: Given[int] = Given[int](value=3)
    shift_share: Given[Share] = Field(
        default=Given[Share](value=0.5), description="Of a later month, at most"
    )
    curtail_to: Given[Share] = Field(
        default=Given[Share](value=0.5), description="Output left after an order to cut"
    )


class Production(Strict):
    """Random production."""

    firm_sigma: Given[float] = Given[float](value=0.0)
    daily_sigma: Given[float] = Given[float](value=0.0)
    foresight: bool = Field(default=False, description="Firms know their year's production")


class Build(Strict):
    """How fast measures come."""

    delay_days: Given[int] = Given[int](value=0)
    parts: bool = Field(default=False, description="Measures may be built in part")


class Session(Strict):
    """Market days of one kind."""

    kind: Literal["auction", "secondary"]
    rule: str
    dates: tuple[date, ...] = ()
    day_of_month: int | None = Field(default=None, ge=1, le=28)
    months: tuple[int, ...] = tuple(range(1, 13))
    params: dict[str, Any] = {}
    floor: Given[float] | None = Field(
        default=None, description="Reserve price as a multiple of the reference price"
    )
    offered: Given[Share] = Field(
        default=Given[Share](value=1.0), description="Of the reserve, in one session"
    )
    roll_over: int = Field(
        default=0,
        ge=0,
        le=24,
        description="Later sales of the year to which what one leaves unsold is added, in equal "
        "parts; 0: it goes back into the reserve",
    )
    roll_over_most: Given[Share] | None = Field(
        default=None, description="Added to a sale at most, of what it offers by itself"
    )
    years: int = Field(default=1, ge=1, le=5)
    exists: Given[bool] = Given[bool](value=True)


class Market(Strict):
    """Delays, fees, ratios."""

    auction_delay_days: Given[int] = Given[int](value=0)
    trade_delay_days: Given[int] = Given[int](value=0)
    fee: Given[Share] = Field(default=Given[Share](value=0.0), description="Of the money, seller")
    ratio: Given[float] = Field(default=Given[float](value=1.0), description="Replacement ratio")
    lot: MassMg = 1_000_000
    cash_years: Given[float] = Field(
        default=Given[float](value=2.0),
        description="Firms' cash: so many years' emission at the reference price",
    )


class TraderShare(Strict):
    """Which firms trade how."""

    trader: str
    share: Given[Share]
    params: dict[str, Any] = {}


class Traders(Strict):
    """Behaviour."""

    default: str = "marginal_cost"
    params: dict[str, Any] = {}
    mix: tuple[TraderShare, ...] = ()


class Lease(Strict):
    """Short lease from the government's reserve."""

    price_factor: Given[float] = Given[float](value=2.0)
    months: Given[int] = Given[int](value=2)
    max_months: Given[int] = Given[int](value=12)
    share_of_reserve: Given[Share] = Given[Share](value=0.5)
    margin: Given[Share] = Field(
        default=Given[Share](value=0.2), description="Leased above what a firm thinks it lacks"
    )
    unit: Given[MassMg] = Field(
        default=Given[MassMg](value=1), description="Leases are in whole multiples of this"
    )


class Buyback(Strict):
    """Surplus back into the reserve."""

    dates: tuple[date, ...] = ()
    keep: Given[Share] = Field(
        default=Given[Share](value=0.0), description="Of the surplus, kept by the firm"
    )
    basis: Given[str] = Given[str](value="price paid, prorated over the remaining term")


class Pledge(Strict):
    """Loans on rights."""

    date: date
    loans: Given[int]
    failing: Given[int] = Given[int](value=0)
    loan_to_value: Given[Share] = Given[Share](value=0.75)
    rate: Given[Share] = Given[Share](value=0.0435)
    term_days: Given[int] = Given[int](value=180)
    bank: str = "bank:lender"


class TrueUp(Strict):
    """The end of the year."""

    fine_min: Given[Fen] = Given[Fen](value=0)
    fine_max: Given[Fen] = Given[Fen](value=0)
    fine_scale: Given[Share] = Field(
        default=Given[Share](value=0.5),
        description="Shortfall, as a share of the rights, at which the fine reaches its maximum",
    )
    make_good: Given[bool] = Given[bool](value=False)


class Policy(Strict):
    """A policy of `scenarios/policies` or beside the scenario."""

    rule: str
    params: dict[str, Any] = {}
    begins: date | None = Field(default=None, alias="from")
    ends: date | None = Field(default=None, alias="to")


class ScenarioFile(Strict):
    """A scenario. Only `name`, `begins`, `ends` and `pollutant` are required."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="permits scenario")

    format: Literal[1] = 1
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: Title = {}
    about: Title = {}
    place: str = "anywhere"
    law_as_of: date | None = None
    begins: date
    ends: date
    seed: int = Field(default=1, ge=0)
    parts: tuple[Literal["plan", "year"], ...] = ("plan", "year")
    baseline: str | None = Field(default=None, description="Which of [baselines]")
    reach: Given[Share] = Field(
        default=Given[Share](value=1.0),
        description="Share of a source's emission that can be fitted within the year",
    )
    frictions: Literal["all", "none"] = "all"
    pollutant: dict[str, Pollutant]
    baselines: dict[str, Baseline] = {}
    sector: tuple[Sector, ...] = ()
    place_list: tuple[Place, ...] = Field(default=(), alias="city")
    firm: tuple[Firm, ...] = ()
    register_: Register = Field(default=Register(), alias="register")
    measures: Measures = Measures()
    condition: tuple[Condition, ...] = ()
    plan: Plan = Plan()
    cost_information: CostInformation = CostInformation()
    allocation: Allocation = Allocation()
    rights: Rights = Rights()
    licence: Licence = Licence()
    card: Card = Card()
    production: Production = Production()
    build: Build = Build()
    market: Market = Market()
    session: tuple[Session, ...] = ()
    traders: Traders = Traders()
    lease: Lease | None = None
    buyback: Buyback | None = None
    pledge: Pledge | None = None
    true_up: TrueUp = TrueUp()
    policy: tuple[Policy, ...] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> ScenarioFile:
        problem = _find_problem(self)
        if problem:
            raise PydanticCustomError("permits", "{text}. {mend}", problem)
        return self


def _find_problem(file: ScenarioFile) -> dict[str, str] | None:
    if file.ends < file.begins:
        return _said(f"ends: {file.ends} is before begins: {file.begins}", "swap the two dates")
    if file.baselines and file.baseline not in file.baselines:
        known = ", ".join(file.baselines)
        return _said(f"baseline: {file.baseline!r} is not in [baselines]", f"take one of {known}")
    for label, dates in _dates(file):
        for day in dates:
            if not file.begins <= day <= file.ends:
                return _said(
                    f"{label}: {day} is outside {file.begins} to {file.ends}",
                    "give a date within the scenario's years",
                )
    for sector in file.sector:
        for name, pollutant in file.pollutant.items():
            if sector.meter != pollutant.basis:
                return _said(
                    f"sector.{sector.id}.meter: {sector.meter} cannot be held against rights of "
                    f"{name}, which count by {pollutant.basis}",
                    "give the sector's meter and the pollutant's basis the same accounting basis",
                )
    for label, shares in _shares(file):
        if shares and abs(sum(shares) - 1) > SUMS_TO_ONE:
            return _said(f"{label}: shares add up to {sum(shares):.6g}, not 1", "mend the shares")
    return None


def _dates(file: ScenarioFile) -> list[tuple[str, tuple[date, ...]]]:
    found = [(f"session.{n}.dates", s.dates) for n, s in enumerate(file.session)]
    if file.buyback:
        found.append(("buyback.dates", file.buyback.dates))
    if file.pledge:
        found.append(("pledge.date", (file.pledge.date,)))
    return found


def _shares(file: ScenarioFile) -> list[tuple[str, list[float]]]:
    found = [("city", [c.share.value for c in file.place_list])]
    found += [(f"sector.{s.id}.part", [p.share.value for p in s.part]) for s in file.sector]
    return found


def _said(text: str, mend: str) -> dict[str, str]:
    return {"text": text, "mend": mend}
