"""States and events of a right, a contract, a sale: each with its source."""

from __future__ import annotations

from permits.machine import Machine, moves

RIGHT = Machine(
    "right", "A firm's right", "企业排污权", "none",
    moves("""
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
"""The moves of free, leased and idle rights are documented; the others are assumed."""

SALE = Machine(
    "sale", "An electronic sale", "电子竞价", "announced",
    moves("""
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
    moves("""
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
    moves("""
        applied -confirm-> confirmed
        applied -refuse-> refused
        confirmed -lend-> running
        running -price_falls-> called
        called -add_cover-> running
        called -repay_part-> running
        called -miss_call-> defaulted
        running -repay-> repaid
        running -miss_payment-> defaulted
        defaulted -sell_part-> defaulted
        defaulted -no_buyer-> defaulted
        defaulted -sell-> sold
        defaulted -dispose-> disposed
        defaulted -run_out-> unpaid
    """),
    "[ZJ-Z12] [ZJ-C28] [ZJ-C32]", "assumed",
)  # fmt: skip
"""Application, confirmation and loan are documented [ZJ-Z12]; margin call and default assumed."""

BUYBACK = Machine(
    "buyback", "A buyback", "排污权回购", "applied",
    moves("""
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
"""Free surplus is taken back and paid surplus bought by the rules; the order is assumed."""

PROJECT = Machine(
    "project", "A new project", "新建项目", "assessed",
    moves("""
        assessed -size_need-> sized
        sized -acquire_part-> sized
        sized -buy_from_reserve-> covered
        sized -win_sale-> covered
        sized -agree_bilateral-> covered
        sized -agree_across_regions-> covered
        sized -find_none-> refused
        covered -pay-> paid
        covered -miss_payment-> refused
        paid -retire_replacement-> replaced
        replaced -issue_permit-> permitted
        permitted -accept_below-> surplus
        permitted -produce-> producing
        surplus -produce-> producing
    """),
    "[ZJ-C17] [ZJ-N3] art. 8, [ZJ-C2] [ZJ-C34]", "published",
)  # fmt: skip
"""The four ways to acquire and the retired part are documented; the order of paying, retiring
and permitting is assumed. Surplus found at acceptance continues as a paid right."""

BREACH = Machine(
    "breach", "A breach", "违规", "detected",
    moves("""
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
    moves("""
        agreed -secure-> secured
        agreed -give_up-> void
        secured -deliver-> delivered
        secured -give_up-> void
    """),
    "[ZJ-C34] [ZJ-C2]", "assumed",
)  # fmt: skip
"""The three days of the platform are documented; escrow before them is assumed."""

MACHINES = (RIGHT, SALE, DEAL, LEASE, PLEDGE, BUYBACK, PROJECT, BREACH)
