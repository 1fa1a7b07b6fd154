"""What may happen to a right, a contract, a sale: states and moves, each with its source.

The tables are used (a contract changes its state by them and by nothing else) and drawn
(`docs/state_machines.py`), so that picture and program say the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from permits.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed step: `event` turns `before` into `after`."""

    before: str
    event: str
    after: str


@dataclass(frozen=True, slots=True)
class Machine:
    """A start, the moves from there, and where they were read or that they are assumed."""

    name: str
    title: str
    title_zh: str
    start: str
    moves: tuple[Move, ...]
    source: str
    status: str

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, in the order in which the moves name them."""
        named = [self.start, *(s for move in self.moves for s in (move.before, move.after))]
        return tuple(dict.fromkeys(named))

    @property
    def ends(self) -> tuple[str, ...]:
        """States that nothing leads out of."""
        left = {move.before for move in self.moves}
        return tuple(state for state in self.states if state not in left)

    def events(self, state: str) -> tuple[str, ...]:
        """What may happen in a state."""
        return tuple(move.event for move in self.moves if move.before == state)

    def after(self, state: str, event: str, *, where: str = "") -> str:
        """The state after an event.

        Raises: NotAllowed where it may not happen in this state; it says what may.
        """
        for move in self.moves:
            if (move.before, move.event) == (state, event):
                return move.after
        raise NotAllowed(
            "states.move",
            "{event!r} cannot happen to a {machine} that is {state!r}",
            where=where,
            mend="what can: {known}",
            event=event,
            machine=self.name,
            state=state,
            known=", ".join(self.events(state)) or "nothing more",
        )


def _moves(text: str) -> tuple[Move, ...]:
    """`before -event-> after`, one a line."""
    found = []
    for line in text.strip().splitlines():
        before, rest = line.strip().split(" -", 1)
        event, after = rest.split("-> ", 1)
        found.append(Move(before, event, after))
    return tuple(found)


RIGHT = Machine(
    "right", "A firm's right", "企业排污权", "none",
    _moves("""
        none -verify-> verified
        verified -grant_free-> free
        verified -pay-> paid
        free -pay-> paid
        free -take_back-> taken_back
        free -expire-> expired
        paid -save-> surplus
        paid -pledge-> pledged
        paid -expire-> expired
        surplus -need-> paid
        surplus -list-> listed
        surplus -lease_out-> leased_out
        surplus -pledge-> pledged
        surplus -idle_three_years-> idle
        surplus -buy_back-> bought_back
        surplus -expire-> expired
        idle -buy_back-> bought_back
        listed -sell-> sold
        listed -withdraw-> surplus
        leased_out -lease_ends-> surplus
        pledged -release-> paid
        pledged -default-> listed
        pledged -expire-> expired
    """),
    "[ZJ-C19] art. 3, [ZJ-P1] art. 3, [ZJ-Z5]", "assumed",
)  # fmt: skip
"""The moves of free rights, of leases and of idle rights were read; the rest is assumed."""

SALE = Machine(
    "sale", "An electronic sale", "电子竞价", "announced",
    _moves("""
        announced -register-> registered
        registered -window_opens-> open
        open -bid-> open
        open -window_closes-> ranked
        ranked -win-> won
        ranked -lose-> rolled_over
        won -pay-> certified
        won -miss_payment-> rolled_over
    """),
    "[ZJ-C13] [ZJ-C14] [ZJ-C9]", "published",
)  # fmt: skip

LEASE = Machine(
    "lease", "A lease", "排污权租赁", "agreed",
    _moves("""
        agreed -begin-> running
        agreed -refuse-> refused
        running -use-> running
        running -end-> ended
        running -use_all-> used_up
        used_up -end-> ended
    """),
    "[ZJ-C3] [ZJ-P1]", "assumed",
)  # fmt: skip

PLEDGE = Machine(
    "pledge", "A loan on rights", "排污权抵押贷款", "applied",
    _moves("""
        applied -confirm-> confirmed
        applied -refuse-> refused
        confirmed -lend-> running
        running -price_falls-> called
        called -add_cover-> running
        called -repay_part-> running
        called -miss_call-> defaulted
        running -repay-> repaid
        running -miss_payment-> defaulted
        defaulted -sell-> sold
        defaulted -no_buyer-> defaulted
    """),
    "[ZJ-Z12] [ZJ-C28] [ZJ-C32]", "assumed",
)  # fmt: skip
"""Application, confirmation and loan were read [ZJ-Z12]; margin call and default are assumed."""

BUYBACK = Machine(
    "buyback", "A buyback", "排污权回购", "applied",
    _moves("""
        applied -confirm_surplus-> surplus
        applied -refuse-> refused
        surplus -was_free-> taken_back
        surplus -was_paid-> priced
        priced -publish-> published
        published -object-> refused
        published -agree-> agreed
        agreed -pay-> paid
        paid -change_permit-> done
        taken_back -change_permit-> done
    """),
    "[ZJ-C19] [ZJ-Z3]", "assumed",
)  # fmt: skip
"""That free surplus is taken back and paid surplus bought was read; the order is assumed."""

PROJECT = Machine(
    "project", "A new project", "新建项目", "assessed",
    _moves("""
        assessed -size_need-> sized
        sized -acquire-> covered
        sized -find_none-> refused
        covered -pay-> paid
        paid -retire_replacement-> replaced
        replaced -issue_permit-> permitted
        permitted -accept_below-> surplus
        permitted -produce-> producing
        surplus -produce-> producing
    """),
    "[ZJ-C17] [ZJ-N3] art. 8, [ZJ-C2]", "published",
)  # fmt: skip

BREACH = Machine(
    "breach", "A breach", "违规", "detected",
    _moves("""
        detected -order_and_fine-> ordered
        ordered -recheck_mended-> recorded
        ordered -recheck_continuing-> daily_fined
        daily_fined -recheck_mended-> recorded
        daily_fined -recheck_continuing-> daily_fined
        daily_fined -stop-> stopped
        stopped -mend-> recorded
        recorded -lose_eligibility-> excluded
    """),
    "[ZJ-N6] art. 59, [ZJ-N7] arts. 17-20", "statute",
)  # fmt: skip

DEAL = Machine(
    "deal", "A deal between firms", "企业间交易", "agreed",
    _moves("""
        agreed -secure-> secured
        agreed -give_up-> void
        secured -deliver-> delivered
        secured -give_up-> void
    """),
    "[ZJ-C34] [ZJ-C2]", "assumed",
)  # fmt: skip
"""That a deal is done on the platform in three days was read; escrow before it is assumed."""

MACHINES = (RIGHT, SALE, DEAL, LEASE, PLEDGE, BUYBACK, PROJECT, BREACH)
