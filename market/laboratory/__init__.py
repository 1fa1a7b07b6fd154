"""The laboratory: theory, experiments and studies that the rules are held against.

Read in this order:
    equilibrium/   benchmarks: what theory predicts of a market
    sessions/      market sessions for experiments, plain and compiled
    studies/       many sales at once, in arrays, for studies of the rules
    properties.py  properties of clearing rules, and the books on which they are tested
    verify.py      the contract of a clearing rule
"""
