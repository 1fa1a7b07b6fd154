"""A new project: from the need in its assessment to production, state by state.

The environmental assessment gives the need; the replacement ratio of sector and area gives
what must be acquired for it [ZJ-C1] [ZJ-C2]: from the county's reserve, in a sale, from
another firm, or across regions [ZJ-C34]. Five years are paid at once [ZJ-C13]. The need
enters the permit, the remainder retires, and a project that does not find the rights is refused
[ZJ-C17]; no permit is granted without them [ZJ-N3] art. 8. Where acceptance 验收 finds less
than was bought, the difference is surplus, which may be sold [ZJ-C19] art. 5.

All functions are pure: they return the project in its next state, and the entries and
permits that go with it. How the rights are delivered is the business of the ways to
acquire them (`deliver_deal`, `settle_auction`, `basic_account.sell`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Literal

from market.contracts.contract_states import PROJECT
from market.zones.replacement import acquire_mg
from permits.accounts import PostingNote, retire
from permits.errors import NotAllowed
from permits.ledger import Entry
from permits.permit import Limits, Permit, change_permit, issue_permit
from permits.permit.licence import Bases
from permits.quantity import cost_fen, fmt_t, fmt_yuan, require_mg
from permits.right import Right, strip

TERM_YEARS = 5  # paid at once [ZJ-C13]

Route = Literal["buy_from_reserve", "win_sale", "agree_bilateral", "agree_across_regions"]


@dataclass(frozen=True, slots=True)
class Bought:
    """One purchase towards the need, in every year of the term [mg a year]."""

    pollutant: str
    mass_mg: int
    price_fen_per_t: int  # per t and year
    route: Route


@dataclass(frozen=True, slots=True)
class Project:
    """A project of a firm, with the day of each of its states."""

    id: str
    firm: str
    zone: str
    begins: int  # first year of the rights
    need_mg: Mapping[str, int] = field(hash=False)  # a year, by pollutant
    ratio: Mapping[str, Fraction] = field(hash=False)  # empty until sized
    history: tuple[tuple[str, date], ...]
    bought: tuple[Bought, ...] = ()

    @property
    def state(self) -> str:
        return self.history[-1][0]

    @property
    def wanted_mg(self) -> dict[str, int]:
        """Mass to be acquired by pollutant [mg a year]: need × ratio, rounded up."""
        return {p: acquire_mg(need, self.ratio[p]) for p, need in self.need_mg.items()}

    @property
    def missing_mg(self) -> dict[str, int]:
        """Mass still to be acquired, by pollutant; covered ones are left out."""
        left = self.wanted_mg
        for one in self.bought:
            left[one.pollutant] -= one.mass_mg
        return {p: mass for p, mass in left.items() if mass > 0}

    def rights(self, pollutant: str) -> tuple[Right, ...]:
        """The strip of the term."""
        return strip(pollutant, self.zone, self.begins, TERM_YEARS)


def assess_project(
    id: str, firm: str, zone: str, need_mg: Mapping[str, int], *, on: date, begins: int
) -> Project:
    """A project with the need that its assessment states [mg a year].

    Args:
        id: of the project.
        firm: whose project it is.
        zone: where it emits.
        need_mg: need by pollutant [mg a year].
        on: day of the assessment.
        begins: first year of the rights.
    """
    for pollutant, mass in need_mg.items():
        require_mg(mass, above=0, where=f"project {id}: {pollutant}")
    return Project(id, firm, zone, begins, dict(need_mg), {}, ((PROJECT.start, on),))


def size_need(project: Project, ratio: Mapping[str, Fraction], *, on: date) -> Project:
    """Set the replacement ratio of each pollutant, and so the mass to be acquired.

    Args:
        project: an assessed one.
        ratio: rights to acquire for each unit of need, by pollutant.
        on: day of the decision.
    """
    return replace(_moved(project, "size_need", on), ratio=dict(ratio))


def acquire(project: Project, bought: Bought, *, on: date) -> Project:
    """Add a purchase; the last that is needed leaves the project covered.

    Args:
        project: a sized one.
        bought: the purchase.
        on: day of the purchase.
    Raises: NotAllowed for more than is missing: purchases are capped by the approved
        need [ZJ-Z20].
    """
    missing = project.missing_mg.get(bought.pollutant, 0)
    if not 0 < bought.mass_mg <= missing:
        raise NotAllowed(
            "project.too_much",
            "{bought} t of {pollutant} cannot be acquired: {missing} t are missing",
            where=f"project {project.id}",
            mend="acquire only what is missing",
            bought=fmt_t(bought.mass_mg),
            pollutant=bought.pollutant,
            missing=fmt_t(missing),
        )
    # Added first: whether the project is covered depends on this purchase too.
    grown = replace(project, bought=(*project.bought, bought))
    return _moved(grown, "acquire_part" if grown.missing_mg else bought.route, on)


def refuse_project(project: Project, *, on: date) -> Project:
    """Refuse a project whose rights were not found or not paid for [ZJ-C17]."""
    return _moved(project, "find_none" if project.state == "sized" else "miss_payment", on)


def price_project(project: Project) -> int:
    """Price of the five years, all purchases together, paid at once [fen] [ZJ-C13]."""
    return sum(cost_fen(b.mass_mg * TERM_YEARS, b.price_fen_per_t) for b in project.bought)


def pay_project(project: Project, money_fen: int, *, on: date) -> Project:
    """Pay the five years.

    Args:
        project: a covered one.
        money_fen: the payment [fen].
        on: day of the payment.
    Raises: NotAllowed where it is another sum.
    """
    if money_fen != price_project(project):
        raise NotAllowed(
            "project.price",
            "{paid} yuan were paid; the five years cost {due} yuan",
            where=f"project {project.id}",
            mend="pay the five years at once",
            paid=fmt_yuan(money_fen),
            due=fmt_yuan(price_project(project)),
        )
    return _moved(project, "pay", on)


def retire_replacement(project: Project, *, on: date) -> tuple[Project, tuple[Entry, ...]]:
    """Retire what was acquired beyond the need, one entry per pollutant [ZJ-C2]."""
    wanted = project.wanted_mg
    entries = []
    for pollutant, need in project.need_mg.items():
        beyond = wanted[pollutant] - need
        if beyond:
            note = PostingNote(f"{project.id}/{pollutant}/replace", on, "replacement [ZJ-C2]")
            rights = project.rights(pollutant)
            entries.append(retire(project.firm, rights, beyond, note, as_="replacement"))
    return _moved(project, "retire_replacement", on), tuple(entries)


def permit_project(
    project: Project, basis: Bases, *, on: date, number: str, permit: Permit | None = None
) -> tuple[Project, Permit]:
    """Enter the need in the firm's permit: on top of its limits, or as its first one.

    Args:
        project: one whose replacement was retired.
        basis: of each limit, by pollutant.
        on: day of the decision.
        number: of a first permit.
        permit: the firm's permit; `None` if it has none.
    Raises: NotAllowed where replacement was not retired; InputError for a permit that is not
        valid then.
    """
    moved = _moved(project, "issue_permit", on)
    if permit is None:
        return moved, issue_permit(number, project.firm, project.need_mg, basis, on=on)
    named = permit.basis_on(on)
    added = {p: basis[p] for p in project.need_mg if p not in named}
    limits = {
        (p, year): permit.limit_mg(p, year) + need
        for p, need in project.need_mg.items()
        for year in range(on.year, permit.valid_to.year + 1)
    }
    why = f"project {project.id}"
    changed = change_permit(permit, limits, decided=on, delay_days=0, why=why, added=added)
    return moved, changed


def accept_project(
    project: Project, permit: Permit, found_mg: Mapping[str, int], *, on: date
) -> tuple[Project, Permit, dict[str, int]]:
    """Accept the plant; the part of the need that it does not emit leaves the permit as surplus.

    Args:
        project: a permitted one.
        permit: the firm's permit.
        found_mg: emission found, by pollutant [mg a year]; one that is not named needs all it has.
        on: day of the acceptance.
    Returns: project, permit, and the surplus by pollutant [mg a year], paid rights of the
        firm that it may sell. A plant that needs all goes on unchanged.
    Raises: NotAllowed where more is found than was bought: the project must acquire the
        difference first.
    """
    surplus = {p: need - found_mg.get(p, need) for p, need in project.need_mg.items()}
    for pollutant, mass in surplus.items():
        if mass < 0:
            raise NotAllowed(
                "project.above",
                "acceptance finds {over} t of {pollutant} more than the project may emit",
                where=f"project {project.id}",
                mend="acquire rights for the difference, or reduce",
                over=fmt_t(-mass),
                pollutant=pollutant,
            )
    freed = {p: mass for p, mass in surplus.items() if mass}
    if not freed:
        return project, permit, {}
    limits: Limits = {
        (p, year): permit.limit_mg(p, year) - mass
        for p, mass in freed.items()
        for year in range(on.year, permit.valid_to.year + 1)
    }
    why = f"acceptance of project {project.id}"
    less = change_permit(permit, limits, decided=on, delay_days=0, why=why)
    return _moved(project, "accept_below", on), less, freed


def begin_production(project: Project, *, on: date) -> Project:
    """Begin production. Raises: NotAllowed without its permit."""
    return _moved(project, "produce", on)


def routes(project: Project) -> Sequence[Route]:
    """The ways by which the rights were acquired, in order, each once."""
    return tuple(dict.fromkeys(one.route for one in project.bought))


def _moved(project: Project, event: str, on: date) -> Project:
    state = PROJECT.after(project.state, event, where=f"project {project.id}")
    return replace(project, history=(*project.history, (state, on)))
