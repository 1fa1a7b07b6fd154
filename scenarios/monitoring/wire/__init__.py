"""Monitor messages from files and over TCP: reading, receiving, storing, sending.

Read in this order:
    check_sums.py       check sums that repeat too often
    check_lines.py      one message per line, one result per line
    known_devices.py    devices that may report: password, address, outlet
    counts.py           counts of a receiver
    feed.py             from readings to cards
    stored_readings.py  the readings as a table
    message_store.py    accepted messages in SQLite, each once
    address.py          addresses, and room for many connections
    held_addresses.py   addresses from which no connection is taken for a while
    receive.py          many devices over TCP, stored, then answered
    live.py             live view of received messages
    generate.py         a scenario's outlets as a table of readings
    to_messages.py      from a table of readings to messages
    send.py             many devices that send until they are answered
"""
