"""Monitor messages by the line and over TCP: read, received, stored, played.

Read in this order:
    sums.py     check sums that repeat too often
    lines.py    one message a line, one judgement a line
    counts.py   what a receiver counts
    feed.py     from readings to cards
    table.py    the readings as a table
    store.py    accepted messages in SQLite, each once
    address.py  addresses, and room for many connections
    receive.py  many devices over TCP, stored, then answered
    live.py     what is received, watched
    made.py     a scenario's outlets as a table of readings
    play.py     from a table of readings to messages
    send.py     many devices that send until they are answered
"""
