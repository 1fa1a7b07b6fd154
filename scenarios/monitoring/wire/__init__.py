"""Monitor messages by the line and over TCP: read, received, stored, played.

Read in this order:
    check_sums.py       check sums that repeat too often
    check_lines.py      one message a line, one judgement a line
    counts.py           what a receiver counts
    feed.py             from readings to cards
    stored_readings.py  the readings as a table
    message_store.py    accepted messages in SQLite, each once
    address.py          addresses, and room for many connections
    receive.py          many devices over TCP, stored, then answered
    live.py             what is received, watched
    generate.py         a scenario's outlets as a table of readings
    to_messages.py      from a table of readings to messages
    send.py             many devices that send until they are answered
"""
