"""The monitor protocol, both versions: HJ/T 212-2005 [VOC-C2] and HJ 212-2017 [VOC-C1].

A frame is `##`, four digits of length, the segment, four hex digits of check sum, CR LF.
Its frame is judged strictly, its content with patience: a frame that is wrong is
rejected with a reason; every oddity of one that is right is a note with a code.

Read in this order:
    checksum.py  the standard's check sum, which is not Modbus and knows 256 values
    notes.py     every reason and note, by code
    number.py    decimal text into whole numbers, losing nothing
    codes.py     systems, commands, periods, flags, suffixes, answers
    factors.py   what is measured, in which unit, by its code of 2005 and of 2017
    message.py   one message as a value
    segment.py   between text and message
    header.py    what is odd about a message's fields
    content.py   what is odd about its data
    measured.py  volumes, concentrations and masses out of a message
    frame.py     length and check sum; frames out of a stream
    coding.py    `decode` and `encode`
    parts.py     long messages split and put together again
    seen.py      resends, and numbers used twice
    answer.py    what the receiving side answers
    uplink.py    what a device still waits for, and sends again
May import: the standard library.
"""

from permits.hj212.coding import Decoded, decode, encode
from permits.hj212.frame import Framer
from permits.hj212.message import Message

__all__ = ["Decoded", "Framer", "Message", "decode", "encode"]
