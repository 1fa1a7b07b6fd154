"""Schema of a scenario file: every key, with its meaning, unit and default.

pydantic checks a file as a whole and reports all mistakes at once; `permits schema`
prints it as a JSON schema for editors. `load` turns these classes into arrays
(`register`, `measures`), and the runner reads the rules from them.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from scenarios.definition.sourced import (
    Fen,
    Given,
    Goal,
    MassMg,
    NotNegative,
    Positive,
    Real,
    RuleParams,
    Share,
    ShareBelowOne,
    Strict,
    Whole,
    mistake,
)

Words = dict[Literal["en", "zh"], str]
Title = Annotated[Words, Field(description="Name shown to people, by language (en, zh).")]
Stop = Literal["valve", "interlock", "curtail"]
Basis = Literal["material_balance", "flow_concentration", "emission_factor"]
Twelve = Annotated[list[NotNegative], Field(min_length=12, max_length=12)]
# Forgives the binary fractions of decimal shares, and shares typed to seven digits (0.3333333
# three times), but no part that is missing.
SUMS_TO_ONE = 1e-6


class Section(Strict):
    """A part of a scenario file; the docstring below a key is its description."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class PollutantSection(Section):
    """A pollutant under a cap."""

    title: Title = {}
    medium: Literal["air", "water"] = "air"
    """Medium, which sets the unit of concentrations: mg/m³ or mg/L."""
    zone: str = "all"
    """Trading zone: its rights are exchanged within one zone only."""
    basis: Basis = "flow_concentration"
    """Accounting basis of its rights; the meters of all sectors must have the same."""
    target: Given[Goal] | None = None
    """Reduction target: t a year, or % of the baseline."""
    reference_price: Given[Fen] = Given[Fen](value=0)
    """Paid-use rate, yuan/t·yr."""
    shortfall_charge: Given[Fen] = Field(
        default=Given[Fen](value=100_000),
        description="Shortfall valuation of a tonne neither abated nor covered by a right, used in "
        "the evaluation and in bids, yuan/t; not the statutory fine (see true_up).",
    )


class BaselineSection(Section):
    """One accounting basis: the total of a drawn register, or a factor on a register read."""

    title: Title = {}
    total: dict[str, Given[MassMg]] = {}
    """Total emission of a drawn register by pollutant, t a year."""
    factor: Given[Positive] = Given[Positive](value=1.0, source="as in the register")
    """Factor on the emissions of a register read from a table."""


class PartSection(Section):
    """A sub-sector."""

    id: str
    """Name in tables; sector and part are joined by a dot."""
    title: Title = {}
    share: Given[Share]
    """Share of its sector's emission; a sector's parts add up to 1."""
    firms: Given[Whole] | None = None
    """Number of firms to draw."""
    existing_control: Given[ShareBelowOne] = Given[ShareBelowOne](value=0.0)
    """Share of the uncontrolled emission that existing devices remove."""


class SectorSection(Section):
    """A sector of the register, with its meters and the way its outlets stop."""

    id: str
    """Name in tables and conditions."""
    title: Title = {}
    share: Given[Share] = Given[Share](value=1.0)
    """Share of the baseline's total emission."""
    stop: Stop = Field(
        default="interlock",
        description="Effect of a card that is used up: outlet closed by a valve, line stopped by "
        "an interlock, or output curtailed by order.",
    )
    meter: Basis = "flow_concentration"
    """Accounting basis of the sector's meters."""
    season: Given[Twelve] = Given[Twelve](value=[1.0] * 12)
    """Relative production of the twelve months, mean 1."""
    firms: Given[Whole] | None = None
    """Number of firms, each running every part of the sector."""
    ratio: Given[Positive] | None = None
    """Replacement ratio of the sector's buyers (overrides `ratio` of market)."""
    applicability: Given[Share] | None = None
    """Applicability of measures (overrides the scenario's `applicability`)."""
    part: tuple[PartSection, ...] = ()
    """Sub-sectors."""


class PlaceSection(Section):
    """A city or county."""

    id: str
    """Name in tables and conditions."""
    title: Title = {}
    share: Given[Share] = Given[Share](value=1.0)
    """Share of every sector's firms and emission; all cities add up to 1."""
    sector_share: dict[str, Given[Share]] = {}
    """Share of single sectors, by sector (overrides `share`)."""


class CurveSection(Section):
    """A smooth abatement cost: fixed + a z + b z² yuan a year for z tonnes abated."""

    fixed_yuan: Real = 0.0
    """Fixed cost, yuan a year; sunk, so it changes no decision."""
    a_yuan: Real = 0.0
    """Linear coefficient a, yuan/t."""
    b_yuan: Real = 0.0
    """Quadratic coefficient b, yuan/t²."""


class FirmSection(Section):
    """A firm written out in the file."""

    id: str
    """Name in tables."""
    title: Title = {}
    sector: str = "all"
    """Id of its sector."""
    city: str = "all"
    """City or county where it stands."""
    baseline: dict[str, Given[MassMg]]
    """Emission without measures by pollutant, t a year."""
    curve: CurveSection | None = None
    """Abatement cost curve."""
    opening: dict[str, Given[MassMg]] = Field(
        default={},
        description="Opening rights by pollutant, t a year; used instead of the allocation "
        "rule's if every firm has them.",
    )


class RegisterSection(Section):
    """Origin of the sources: a table, firms written out, or drawn sizes."""

    file: str | None = None
    """Table of sources (CSV, Excel, Parquet), next to the scenario."""
    sources: Given[Whole] | None = None
    """Number of sources to which drawn firms are scaled."""
    size_sigma: Given[NotNegative] = Given[NotNegative](value=1.0)
    """Standard deviation of the log of source sizes within a sector and city."""
    places: Literal["city", "county", "province"] = "city"
    """Level of the governments that hold the reserves."""
    grades: dict[str, Given[Share]] = {}
    """Performance classes A to D: share of firms in each."""


class ConcentrationSection(Section):
    """A class of waste streams: its frequency, and its unit cost relative to the catalogue's."""

    share: Given[Share]
    """Share of sources in this class."""
    factor: Given[Positive]
    """Factor on the catalogue's unit cost."""


class MeasuresSection(Section):
    """Abatement measures and their costs."""

    catalogue: str | None = None
    """Table of measures by sub-sector (CSV, Excel, Parquet)."""
    table: str | None = None
    """Table of measures by source (CSV, Excel, Parquet)."""
    costs: Literal["us", "china", "both"] = "us"
    """Costs taken from the catalogue; china and both: Chinese costs where known, else US."""
    variation: Literal["none", "size_and_concentration"] = "none"
    """Variation of unit costs between sources."""
    size_exponent: Given[Real] = Given[Real](value=0.0)
    """Exponent e of unit cost = catalogue cost × (size / median size)^e."""
    concentration: dict[str, ConcentrationSection] = {}
    """Classes of waste streams by name."""
    negative_costs: bool = True
    """Include measures of negative cost."""


class ConditionSection(Section):
    """A side condition: a minimum or maximum reduction, or a cap on emission."""

    kind: Literal["min", "max", "cap"]
    """min, max: bound on the reduction; cap: upper bound on the emission."""
    group: dict[str, str]
    """Sources it applies to, by column: sector, subsector, city, firm, …."""
    pollutant: str
    """Pollutant it applies to."""
    amount: Given[Goal]
    """Bound: t a year, or % of the group's baseline."""


class PlanSection(Section):
    """Solution of the least-cost plan."""

    divisible: bool = False
    """Allow parts of measures."""
    gap: Positive = Field(default=1e-4, lt=1)
    """Relative optimality gap."""
    precision: MassMg = 1
    """Mass whose multiples the totals of places are, t."""


class CostInformationSection(Section):
    """The planner's information on the firms' costs."""

    kind: Literal["exact", "noise", "misreported"] = "exact"
    """Estimates equal to true costs, scattered about them, or overstated."""
    spread: Given[NotNegative] = Given[NotNegative](value=0.3)
    """noise: standard deviation of the log of true cost / estimate."""
    markup: Given[Positive] = Given[Positive](value=1.2)
    """misreported: ratio of estimate to true cost."""


class AllocationSection(Section):
    """Conversion of the cap into opening positions."""

    rule: str = "equal_cut"
    """Allocation rule (`permits list allocations`)."""
    params: RuleParams = {}
    """Parameters of the rule, by name."""


class RightsSection(Section):
    """Kind of right that is issued."""

    exist: Given[bool] = Given[bool](value=True)
    """Whether rights exist; documents the source, changes no result."""
    term_years: Given[Whole] = Given[Whole](value=5)
    """Number of yearly vintages issued."""
    withheld: Given[Share] = Given[Share](value=0.0)
    """Share of opening rights withheld for the government's reserve."""
    paid_share: Given[Share] = Given[Share](value=1.0)
    """Share of firms that paid for their opening rights and may sell them."""
    paid_rate: Given[Share] = Given[Share](value=0.3)
    """Initial fee of existing firms, as a share of the reference price."""
    carry_over: Given[Share] = Given[Share](value=0.0)
    """Share of unused rights banked into the next year; the remainder expires."""


class LicenceSection(Section):
    """The discharge permit that accompanies the rights."""

    change_delay_days: Given[Whole] = Given[Whole](value=3)
    """Days until a change of the permit takes effect."""
    headroom: Given[Share] = Given[Share](value=0.0)
    """Permit limit above the opening rights, as a share of them."""


class CardSection(Section):
    """Card-swipe discharge."""

    warn_percent: Given[tuple[Whole, Whole]] = Given[tuple[Whole, Whole]](value=(80, 90))
    """First and second warning, % of the month's quota used."""
    shift: Literal["none", "apply", "free"] = "apply"
    """Use of later months' quota: never, on application, or without application."""
    shift_delay_days: Given[Whole] = Given[Whole](value=3)
    """Days until an application is granted."""
    shift_share: Given[Share] = Given[Share](value=0.5)
    """Largest share of a later month's quota that may be moved forward."""
    curtail_to: Given[Share] = Given[Share](value=0.5)
    """Share of output that remains after an order to curtail."""


class ProductionSection(Section):
    """Random production."""

    firm_sigma: Given[NotNegative] = Given[NotNegative](value=0.0)
    """Standard deviation of the log of a firm's yearly production."""
    daily_sigma: Given[NotNegative] = Given[NotNegative](value=0.0)
    """Standard deviation of the log of daily production."""
    foresight: bool = False
    """Firms know their production in advance."""


class BuildSection(Section):
    """Installation of measures."""

    delay_days: Given[Whole] = Given[Whole](value=0)
    """Days from the order of a measure to its operation."""
    parts: bool = False
    """Measures may be installed in part."""


class SessionSection(Section):
    """Market days of one kind."""

    kind: Literal["auction", "secondary"]
    """auction: sale of the government's reserve; secondary: trade between firms."""
    rule: str
    """Clearing rule (`permits list mechanisms`)."""
    dates: tuple[date, ...] = ()
    """Days on which it is held."""
    day_of_month: int | None = Field(default=None, strict=True, ge=1, le=28)
    """Day of each of `months` on which it is held."""
    months: tuple[Whole, ...] = tuple(range(1, 13))
    """Months for `day_of_month`, 1 to 12."""
    params: RuleParams = {}
    """Parameters of the rule, by name."""
    floor: Given[NotNegative] | None = None
    """Reserve price as a multiple of the reference price."""
    offered: Given[Share] = Given[Share](value=1.0)
    """Share of the reserve offered in one session."""
    roll_over: Whole = Field(
        default=0,
        ge=0,
        le=24,
        description="Number of later sales of the year that the unsold mass of a sale is added to, "
        "in equal parts; 0: it returns to the reserve.",
    )
    roll_over_most: Given[Share] | None = None
    """Limit on the mass added to a sale, as a share of its own offer."""
    years: Whole = Field(default=1, ge=1, le=5)
    """Number of yearly vintages in the strip that is sold."""
    exists: Given[bool] = Given[bool](value=True)
    """Whether the session is held."""


class MarketSection(Section):
    """Delays, fees, ratios."""

    auction_delay_days: Given[Whole] = Given[Whole](value=0)
    """Days from an auction to delivery."""
    trade_delay_days: Given[Whole] = Given[Whole](value=0)
    """Days from a trade to delivery."""
    fee: Given[Share] = Given[Share](value=0.0)
    """Platform fee: share of the trade value, paid by the seller."""
    ratio: Given[Positive] = Given[Positive](value=1.0)
    """Replacement ratio: tonnes a buyer acquires per tonne it may emit."""
    lot: MassMg = 1_000_000
    """Trading lot, t; also the step of a firm's cost curve."""
    cash_years: Given[NotNegative] = Given[NotNegative](value=2.0)
    """Firms' opening cash: years of baseline emission at the reference price."""


class TraderShareSection(Section):
    """A share of firms with one trading behaviour."""

    trader: str
    """Behaviour (`permits list traders`)."""
    share: Given[Share]
    """Share of firms."""
    params: RuleParams = {}
    """Parameters of the behaviour, by name."""


class TradersSection(Section):
    """Trading behaviour of the firms."""

    default: str = "marginal_cost"
    """Behaviour of firms not in `mix` (`permits list traders`)."""
    params: RuleParams = {}
    """Parameters of the default behaviour, by name."""
    mix: tuple[TraderShareSection, ...] = ()
    """Shares of other behaviours."""


class LeaseSection(Section):
    """Short lease from the government's reserve."""

    price_factor: Given[NotNegative] = Given[NotNegative](value=2.0)
    """Rent as a multiple of the reference price."""
    months: Given[Whole] = Given[Whole](value=2)
    """Length of a lease, months."""
    max_months: Given[Whole] = Given[Whole](value=12)
    """Longest lease allowed, months."""
    share_of_reserve: Given[Share] = Given[Share](value=0.5)
    """Largest share of the reserve in one lease."""
    margin: Given[Share] = Given[Share](value=0.2)
    """Safety margin on the expected shortfall, as a share of it."""
    unit: Given[MassMg] = Given[MassMg](value=1)
    """Mass whose multiples are leased, t."""


class BuybackSection(Section):
    """Return of surplus rights to the reserve."""

    dates: tuple[date, ...] = ()
    """Days on which surplus is bought back."""
    keep: Given[Share] = Given[Share](value=0.0)
    """Share of the surplus that the firm keeps."""
    basis: Given[str] = Given[str](value="price paid, prorated over the remaining term")
    """Basis of the payment, in words; documents the source, changes no result."""


class PledgeSection(Section):
    """Loans secured by rights."""

    date: date
    """Day on which the loans begin."""
    loans: Given[Whole]
    """Number of loans."""
    failing: Given[Whole] = Given[Whole](value=0)
    """Number of the loans that default."""
    loan_to_value: Given[Share] = Given[Share](value=0.75)
    """Loan as a share of the rights' value at the reference price."""
    rate: Given[Share] = Given[Share](value=0.0435)
    """Simple interest rate per year."""
    term_days: Given[Whole] = Given[Whole](value=180)
    """Term of the loans, days."""
    bank: str = "bank:lender"
    """Account owner of the lender."""


class TrueUpSection(Section):
    """Settlement at the end of the compliance year."""

    fine_min: Given[Fen] = Given[Fen](value=0)
    """Smallest statutory fine for a shortfall, yuan."""
    fine_max: Given[Fen] = Given[Fen](value=0)
    """Largest statutory fine for a shortfall, yuan."""
    fine_scale: Given[Share] = Given[Share](value=0.5)
    """Shortfall, as a share of the rights, at which the fine reaches its maximum."""
    make_good: Given[bool] = Given[bool](value=False)
    """The shortfall is deducted from the next year's rights."""


class PolicySection(Section):
    """A policy of `scenarios/policies`, or from a file next to the scenario."""

    rule: str
    """Policy (`permits list policies`)."""
    params: RuleParams = {}
    """Parameters of the policy, by name."""
    begins: date | None = Field(default=None, alias="from")
    """First day in force; default: the first day."""
    ends: date | None = Field(default=None, alias="to")
    """Last day in force; default: the last day."""


class ScenarioFile(Section):
    """A scenario. Only `name`, `begins`, `ends` and `pollutant` are required."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="permits scenario")

    format: Literal[1] = 1
    """Version of the file format."""
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    """Name of the scenario and of its runs: small letters, digits, hyphens."""
    title: Title = {}
    about: Words = {}
    """Introductory paragraph of the report, by language (en, zh)."""
    place: str = "anywhere"
    """Place; rules from elsewhere are marked counterfactual."""
    law_as_of: date | None = Field(
        default=None,
        description="Day whose law is taken as given (default: `ends`); rules that came later "
        "are marked counterfactual.",
    )
    begins: date
    """First day of the simulation."""
    ends: date
    """Last day of the simulation."""
    seed: Whole = Field(default=1)
    """Seed of all random draws; of all but those of `luck_seed`, where that is given."""
    luck_seed: Whole | None = None
    """Seed of production, arrivals, ties, random bids and draws of loans; default: `seed`."""
    parts: tuple[Literal["plan", "year"], ...] = ("plan", "year")
    """Parts to run; without year only the plan."""
    baseline: str | None = None
    """Accounting basis, one of `baselines`."""
    applicability: Given[Share] = Field(
        default=Given[Share](value=1.0),
        description="Applicability: share of a source's emission to which a measure can be applied "
        "this year (rule penetration).",
    )
    frictions: Literal["all", "none"] = "all"
    """none: the year without delays, fees, ratios, reserve and other frictions."""
    pollutant: dict[str, PollutantSection]
    """Pollutants under the cap, by name."""
    baselines: dict[str, BaselineSection] = {}
    """Accounting bases, by name."""
    sector: tuple[SectorSection, ...] = ()
    """Sectors."""
    place_list: tuple[PlaceSection, ...] = Field(default=(), alias="city")
    """Cities or counties."""
    firm: tuple[FirmSection, ...] = ()
    """Firms written out."""
    register_: RegisterSection = Field(default=RegisterSection(), alias="register")
    """Origin of the sources."""
    measures: MeasuresSection = MeasuresSection()
    """Abatement measures."""
    condition: tuple[ConditionSection, ...] = ()
    """Side conditions of the plan."""
    plan: PlanSection = PlanSection()
    """Solution of the plan."""
    cost_information: CostInformationSection = CostInformationSection()
    """The planner's information on costs."""
    allocation: AllocationSection = AllocationSection()
    """Opening positions."""
    rights: RightsSection = RightsSection()
    """Rights issued."""
    licence: LicenceSection = LicenceSection()
    """Discharge permit."""
    card: CardSection = CardSection()
    """Card-swipe discharge."""
    production: ProductionSection = ProductionSection()
    """Random production."""
    build: BuildSection = BuildSection()
    """Installation of measures."""
    market: MarketSection = MarketSection()
    """Delays, fees, ratios."""
    session: tuple[SessionSection, ...] = ()
    """Market sessions."""
    traders: TradersSection = TradersSection()
    """Trading behaviour."""
    lease: LeaseSection | None = None
    """Leases from the reserve; none: no leases."""
    buyback: BuybackSection | None = None
    """Buyback of surplus; none: no buyback."""
    pledge: PledgeSection | None = None
    """Loans on rights; none: no loans."""
    true_up: TrueUpSection = TrueUpSection()
    """Settlement at the end of the year."""
    policy: tuple[PolicySection, ...] = ()
    """Policies during the year."""
    plugins: dict[str, str] = {}
    """Hashes of rules from files of your own, by name: `mine = "sha256:…"`; another is refused."""

    @model_validator(mode="after")
    def _holds_together(self) -> ScenarioFile:
        problem = _find_problem(self)
        if problem:
            raise problem
        return self


def _find_problem(file: ScenarioFile) -> PydanticCustomError | None:
    if file.ends < file.begins:
        text = "ends: {ends} is before begins: {begins}"
        return mistake(text, "swap the two dates", ends=str(file.ends), begins=str(file.begins))
    if file.baselines and file.baseline not in file.baselines:
        text, mend = "baseline: {name!r} is not in [baselines]", "take one of {known}"
        return mistake(text, mend, name=file.baseline, known=", ".join(file.baselines))
    for label, dates in _dates(file):
        for day in dates:
            if not file.begins <= day <= file.ends:
                text = "{key}: {day} is outside {begins} to {ends}"
                mend = "give a date within the scenario's years"
                own = {"day": str(day), "begins": str(file.begins), "ends": str(file.ends)}
                return mistake(text, mend, key=label, **own)
    for sector in file.sector:
        for name, pollutant in file.pollutant.items():
            if sector.meter != pollutant.basis:
                text = (
                    "sector.{sector}.meter: {meter} cannot be set against rights of "
                    "{pollutant}, which count by {basis}"
                )
                mend = "give the sector's meter and the pollutant's basis the same accounting basis"
                own = {"sector": sector.id, "meter": sector.meter, "basis": pollutant.basis}
                return mistake(text, mend, pollutant=name, **own)
    for label, shares in _shares(file):
        if shares and abs(sum(shares) - 1) > SUMS_TO_ONE:
            text, mend = "{key}: shares add up to {sum}, not 1", "make them add up to 1"
            return mistake(text, mend, key=label, sum=f"{sum(shares):.6g}")
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
