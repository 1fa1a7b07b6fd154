"""Meters: from measurements to masses; one interface, one file per metering method.

Read in this order:
    interface.py           readings, and the interface of every meter
    flow_concentration.py  litres times ng/L: monitored outlets
    material_balance.py    solvent in, less what did not evaporate: printing, coating
    emission_factor.py     activity times a rate: firms without a monitor or a balance
    solvent.py             a month's use of a material, from stock and content
    flags.py               data flags of readings
    gap.py                 a gap, and the description of a missing-data rule
    missing/               missing-data rules
    oxygen.py              a concentration at the reference oxygen of its standard; never a mass
    rounding.py            rounding in transmission, reported separately
    chance.py              tail probabilities of counts
    uncertainty.py         meter error, and the probability of being found over the limit
    hints/                 data-quality hints in a series
Waiting for the instruments: oxygen, uncertainty.

Each method has a plain function on whole numbers, the reference, and one on arrays that
gives the same to the milligram.
"""
