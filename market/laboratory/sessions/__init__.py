"""Market sessions for experiments: double auctions of traders with private values and costs.

Read in this order:
    rules.py     what may be said on the floor, and who trades with whom
    table.py     who sits there with which values, costs and behaviour; checked
    record.py    what a session leaves behind: quotes and trades as arrays
    plain.py     one session, as a reader would play it
    kernel.py    the same, compiled: identical draw by draw
    measures.py  efficiency, Smith's alpha, mean price, dispersion of profits
    recorded.py  the same measures of a session that was held elsewhere
    replay.py    a recorded market with one of its people replaced
    run.py       many sessions at once, by threads
"""

from market.laboratory.sessions.measures import smith_alpha_percent
from market.laboratory.sessions.recorded import measure_recorded
from market.laboratory.sessions.replay import Newcomer, Sent, replay
from market.laboratory.sessions.rules import Rules
from market.laboratory.sessions.run import Sessions, run_sessions

__all__ = [
    "Newcomer",
    "Rules",
    "Sent",
    "Sessions",
    "measure_recorded",
    "replay",
    "run_sessions",
    "smith_alpha_percent",
]
