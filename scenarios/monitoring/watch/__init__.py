"""Cards watched: their controllers run on a meter's readings, live or as a page.

Read in this order:
    cards.py   cards from a table, and when they are loaded
    messages.py  what controllers hear besides readings
    flows.py   rows of readings into what passed an outlet
    files.py   readings, cards and messages into a film's reel
    film.py    the controllers run on them, moment by moment
    words.py   what a line of a card's history says to people
    view.py    one moment as a picture for the terminal
    screen.py  the picture kept up to date, or a line an event
    months.py  a film added up: months, balances, events
    charts.py  the card's year as charts
    page.py    the page that opens with no network
    play.py    from files to the screen, or to the page
"""

from scenarios.monitoring.watch.play import card_year, notes_of, play
from scenarios.monitoring.watch.screen import TEN_DAYS, watch

__all__ = ["TEN_DAYS", "card_year", "notes_of", "play", "watch"]
