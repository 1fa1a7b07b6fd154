"""Monitor messages by the line and over TCP: read, received, stored, played.

Read in this order:
    lines.py  one message a line, one judgement a line
"""
