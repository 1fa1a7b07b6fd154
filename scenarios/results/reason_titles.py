"""Why an entry was posted, in words."""

from __future__ import annotations

from permits.ledger import Reason

TITLES = {
    Reason.FUND: "money from outside",
    Reason.ISSUE: "issued",
    Reason.WITHHOLD: "withheld",
    Reason.FEE: "fee",
    Reason.SWIPE: "used",
    Reason.OFFER: "placed in offers",
    Reason.WITHDRAW: "returned from offers",
    Reason.SALE: "government sale",
    Reason.TRADE: "trade",
    Reason.LEASE: "lease",
    Reason.LEASE_END: "end of a lease",
    Reason.PLEDGE: "pledge",
    Reason.RELEASE: "end of a pledge",
    Reason.DEFAULT: "default",
    Reason.BUYBACK: "buyback",
    Reason.RECOVER: "taken back",
    Reason.CONVERT: "conversion",
    Reason.BUILD: "abatement",
    Reason.TRUE_UP: "true-up",
    Reason.PENALTY: "penalty",
    Reason.EXPIRE: "expiry",
    Reason.CORRECT: "correction",
    Reason.FUNDED: "reduction paid by government",
    Reason.CONTRIBUTE: "contributed to a higher level",
    Reason.GRANT: "granted to a lower level",
    Reason.REPLACE: "retired by replacement",
    Reason.TARGET: "retired for the target",
    Reason.REWARD: "reward",
    Reason.GIVE_UP: "handed in without payment",
}
"""Every reason has its words."""
