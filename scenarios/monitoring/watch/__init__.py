"""Live view and yearly page of cards: their controllers run on a meter's readings.

Read in this order:
    controller_cards.py   cards from a table, and when they are loaded
    bureau_messages.py    inputs of controllers in addition to readings
    flows.py              rows of readings into flows of outlets
    input_tables.py       readings, cards and messages into an input log
    controller_replay.py  the replay: controllers run on the input log, step by step
    event_texts.py        records of a card's history in words
    snapshot.py           one moment as a picture for the terminal
    screen.py             the picture kept up to date, or one line per event
    card_months.py        totals of a replay: months, balances, events
    charts.py             the card's year as charts
    card_page.py          the page, one file without network access
    watch_files.py        from files to the screen, or to the page
"""

from scenarios.monitoring.watch.screen import TEN_DAYS, watch
from scenarios.monitoring.watch.watch_files import card_year, notes_of, play_files

__all__ = ["TEN_DAYS", "card_year", "notes_of", "play_files", "watch"]
