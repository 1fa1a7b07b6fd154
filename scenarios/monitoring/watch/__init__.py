"""Cards watched: their controllers run on a meter's readings, live or as a page.

Read in this order:
    controller_cards.py   cards from a table, and when they are loaded
    bureau_messages.py    what controllers hear besides readings
    flows.py              rows of readings into what passed an outlet
    input_tables.py       readings, cards and messages into a film's reel
    controller_replay.py  the controllers run on them, moment by moment
    event_texts.py        what a line of a card's history says to people
    snapshot.py           one moment as a picture for the terminal
    screen.py             the picture kept up to date, or a line an event
    card_months.py        a film added up: months, balances, events
    charts.py             the card's year as charts
    card_page.py          the page that opens with no network
    watch_files.py        from files to the screen, or to the page
"""

from scenarios.monitoring.watch.screen import TEN_DAYS, watch
from scenarios.monitoring.watch.watch_files import card_year, notes_of, play

__all__ = ["TEN_DAYS", "card_year", "notes_of", "play", "watch"]
