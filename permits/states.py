"""State machines of permit renewals, basic accounts, outfalls and proposed postings."""

from __future__ import annotations

from permits.machine import Machine, moves

RENEWAL = Machine(
    "renewal", "A request for renewal", "排污许可证延续申请", "asked",
    moves("""
        asked -grant-> granted
        asked -refuse-> refused
        asked -days_pass-> overdue
        overdue -grant-> granted
        overdue -refuse-> refused
    """),
    "[ZJ-N3] art. 14, [ZJ-C24] art. 17", "statute",
)  # fmt: skip
"""The 20-day decision period is statutory; the consequence of missing it is assumed: the request
stands and is listed as overdue."""

ACCOUNT = Machine(
    "account", "A basic account", "排污权基本账户", "open",
    moves("""
        open -suspend-> suspended
        suspended -resume-> open
        open -close-> closed
        suspended -close-> closed
    """),
    "[ZJ-Z2] art. 4, [ModelAssumption]", "assumed",
)  # fmt: skip
"""Basic accounts at every level are statutory; suspension and closing are assumed."""

OUTFALL = Machine(
    "outfall", "An outfall", "排污口", "in_use",
    moves("""
        in_use -rebind-> in_use
        in_use -suspend-> suspended
        suspended -resume-> in_use
        suspended -remove-> removed
        in_use -remove-> removed
    """),
    "[WorkPlan2017] item 2, [ModelAssumption]", "assumed",
)  # fmt: skip
"""The identity and register of outfalls are sourced; the states are assumed."""

PROPOSAL = Machine(
    "proposal", "A proposed posting", "待复核记账", "proposed",
    moves("""
        proposed -approve-> approved
        proposed -refuse-> refused
        proposed -days_pass-> lapsed
    """),
    "[ModelAssumption]", "assumed",
)  # fmt: skip

MACHINES = (RENEWAL, ACCOUNT, OUTFALL, PROPOSAL)
