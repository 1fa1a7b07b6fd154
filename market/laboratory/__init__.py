"""The laboratory: theory, experiments and studies that the rules are held against.

Read in this order:
    equilibrium/   what theory says a market does: the benchmarks
    sessions/      market sessions for experiments, plain and compiled
    studies/       many sales at once, in arrays, for studies of the rules
    properties.py  what a clearing rule may keep, and the books that test it
    verify.py      the contract of a clearing rule
"""
