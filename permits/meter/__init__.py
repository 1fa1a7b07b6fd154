"""From what was measured to a mass: one interface, one file a way of measuring.

Read in this order:
    interface.py           readings, swipes, and what every meter does
    flow_concentration.py  litres times ng/L: monitored outlets
    material_balance.py    solvent in, less what did not reach the air: printing, coating
    flags.py               what a reading's flag says about it
    gap.py                 a gap, and what every missing-data rule says of itself
    missing/               what is put in for hours without a measurement

Each way has a plain function on whole numbers, the reference, and one on arrays that
gives the same to the milligram.
"""
