"""Basic accounts 排污权基本账户 of firms, counties, cities and the province.

Every level keeps one, and a government's reserve is inside it [ZJ-Z2] art. 4; what comes
in and goes out is registered [ZJ-C17]. The reserve is filled by what is withheld, taken
back or bought [ZJ-Z2] art. 2; the other ways in and out follow sister rules [ZJ-P15]
[ZJ-P20] and are assumed for Zhejiang.

Read in this order:
    account_record.py  an account's life: opened, suspended, closed; what may be posted in it
    postings.py        every way into and out of an account, by name
    closure.py         what an account still holds, and where it goes when it closes
    proposal.py        two people for one posting
    area_totals.py     quantified management of totals 总量指标量化管理
Waiting for the instruments: closure, proposal, area_totals.
"""

from permits.accounts.account_record import (
    BasicAccount,
    Level,
    check_entry,
    is_government,
    level_of,
    open_account,
    resume_account,
    suspend_account,
)
from permits.accounts.area_totals import (
    AreaTotal,
    Standing,
    area_totals,
    check_project,
    standing_mg,
)
from permits.accounts.closure import Rest, clear_rests, close_account, find_rests
from permits.accounts.postings import (
    Note,
    allocate,
    buy_back,
    contribute,
    dispose_default,
    give_up,
    grant,
    lend,
    pay_for,
    recover,
    retire,
    reward,
    sell,
    take_back_lease,
    take_funded,
    withhold,
)
from permits.accounts.proposal import (
    Proposal,
    approve,
    approved_entry,
    lapse,
    propose,
    refuse,
)

__all__ = [
    "AreaTotal",
    "BasicAccount",
    "Level",
    "Note",
    "Proposal",
    "Rest",
    "Standing",
    "allocate",
    "approve",
    "approved_entry",
    "area_totals",
    "buy_back",
    "check_entry",
    "check_project",
    "clear_rests",
    "close_account",
    "contribute",
    "dispose_default",
    "find_rests",
    "give_up",
    "grant",
    "is_government",
    "lapse",
    "lend",
    "level_of",
    "open_account",
    "pay_for",
    "propose",
    "recover",
    "refuse",
    "resume_account",
    "retire",
    "reward",
    "sell",
    "standing_mg",
    "suspend_account",
    "take_back_lease",
    "take_funded",
    "withhold",
]
