"""Exact benchmarks: what theory predicts of a market, for sessions to be measured against.

Read in this order:
    competitive.py        the competitive outcome of step orders, in whole fen and milligrams
    exact.py              exact numbers, their checks, and where a broken line meets a level
    smooth.py             least cost and permit trade of firms with linear marginal cost
    cournot.py dominant.py  few sellers who choose quantities; one large firm and a fringe
    prices_quantities.py  a charge against a cap when costs are uncertain
    compliance.py         firms that may violate; what missing one permit costs
    banking_path.py       permits kept for later years
    collar.py             price floors, ceilings and reserves in addition to a cap
    transaction_costs.py  transaction costs, and when the opening position matters
    sealed_bids.py        sales of equal prizes at the winners' own bids; the sale by head count
    reserve_price.py      the floor with the highest revenue
    demand_reduction.py   bidding for less at a uniform price
    bilateral_trade.py    one buyer and one seller with private values
    bargaining.py tenure.py  how two parties share a gain; lease against purchase
    windfalls.py          the value of free permits to their recipients

Money is in yuan and mass in tonnes (any other units will do, if the same throughout),
apart from `steps`. Numbers are Fractions where the answer is rational: whole numbers and
Fractions are used as they are, a float at its exact binary value. Where an answer is not
rational it is a float, and the function states its accuracy.
"""

from market.laboratory.equilibrium.competitive import (
    Equilibrium,
    competitive,
    max_welfare_fen,
    welfare_fen,
)

__all__ = ["Equilibrium", "competitive", "max_welfare_fen", "welfare_fen"]
