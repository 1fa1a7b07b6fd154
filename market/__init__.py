"""Markets for rights: sales, trade, lease, buyback, pledge.

Read in this order:
    clearing/      orders, the book of one product, and what a session decided
    mechanisms/    one file per clearing rule
    programmes/    what real programmes offer, at which floor, and who may hold how much
    zones/         where a tonne is emitted: ratios, rivers, receptors, replacement
    participants/  what firms see and need
    traders/       one file per behaviour
    session/       admission, and a sale under conditions
    contracts/     lease, buyback, pledge and the other contracts
    settle.py      results into ledger entries: the only file that knows both
    laboratory/    theory, experiments and studies; no simulated year needs it
May import: permits, the standard library, numpy, numba, scipy.
"""
