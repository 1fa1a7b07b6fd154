"""Basic accounts 排污权基本账户 of firms, counties, cities and the province.

Every level keeps one, and a government's reserve is inside it [ZJ-Z2] art. 4; inflows and
outflows are registered [ZJ-C17]. The reserve is filled by rights that are withheld, taken
back or bought [ZJ-Z2] art. 2; the other ways in and out follow sister rules [ZJ-P15]
[ZJ-P20] and are assumed for Zhejiang.

Read in this order:
    account_record.py  life cycle of an account: opened, suspended, closed; permitted postings
    postings.py        all inflows and outflows of an account, by name
    closure.py         balances of an account, and their destination when it closes
    proposal.py        four-eyes principle for postings
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
    AreaStanding,
    AreaTotal,
    area_totals,
    check_project,
    standing_mg,
)
from permits.accounts.closure import RemainingBalance, clear_rests, close_account, find_rests
from permits.accounts.postings import (
    PostingNote,
    allocate,
    buy_back,
    charge_fee,
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
    "AreaStanding",
    "AreaTotal",
    "BasicAccount",
    "Level",
    "PostingNote",
    "Proposal",
    "RemainingBalance",
    "allocate",
    "approve",
    "approved_entry",
    "area_totals",
    "buy_back",
    "charge_fee",
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
