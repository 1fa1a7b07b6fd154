"""Market sessions for experiments: double auctions of traders with private values and costs.

Read in this order:
    session_rules.py     admissible quotes, and how traders meet
    seating.py           the traders with their values, costs and behaviour; checked
    session_record.py    the record of a session: quotes and trades as arrays
    plain_session.py     one session, in plain Python: the reference
    session_kernel.py    the same, compiled: identical draw by draw
    session_measures.py  efficiency, Smith's alpha, mean price, dispersion of profits
    recorded_session.py  the same measures of a session that was held elsewhere
    replay.py            a recorded market with one of its people replaced
    many_sessions.py     many sessions at once, by threads
"""

from market.laboratory.sessions.many_sessions import Sessions, run_sessions
from market.laboratory.sessions.recorded_session import measure_recorded
from market.laboratory.sessions.replay import Newcomer, SentOrder, replay
from market.laboratory.sessions.session_measures import smith_alpha_percent
from market.laboratory.sessions.session_rules import Rules

__all__ = [
    "Newcomer",
    "Rules",
    "SentOrder",
    "Sessions",
    "measure_recorded",
    "replay",
    "run_sessions",
    "smith_alpha_percent",
]
