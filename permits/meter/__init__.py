"""From what was measured to a mass: one interface, one file a way of measuring.

Read in this order:
    interface.py           readings, and what every meter does
    flow_concentration.py  litres times ng/L: monitored outlets
    material_balance.py    solvent in, less what did not reach the air: printing, coating
    emission_factor.py     activity times a rate: firms without a meter or a balance
    solvent.py             a material of a month, from stock and content to its balance
    flags.py               what a reading's flag says about it
    gap.py                 a gap, and what every missing-data rule says of itself
    missing/               what is put in for hours without a measurement
    oxygen.py              a concentration at the oxygen of its standard; never a mass
    rounding.py            what the wire rounds off, as a line of its own
    chance.py              how often chance alone gives so many
    uncertainty.py         meter error, and who is found over the limit for it
    hints/                 what in a series asks for a second look
Waiting for the instruments: oxygen, uncertainty.

Each way has a plain function on whole numbers, the reference, and one on arrays that
gives the same to the milligram.
"""
