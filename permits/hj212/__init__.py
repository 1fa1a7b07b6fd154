"""The monitor protocol, both versions: HJ/T 212-2005 [VOC-C2] and HJ 212-2017 [VOC-C1].

A frame is `##`, four digits of length, the segment, four hex digits of check sum, CR LF.
The frame is checked strictly, its content leniently: a bad frame is rejected with a
reason; every irregularity in a good one is reported as a note with a code.

Read in this order:
    checksum.py  the standard's check sum, which is not Modbus and has only 256 values
    notes.py     all reasons and notes, by code
    number.py    decimal text into whole numbers, without loss
    codes.py     systems, commands, periods, flags, suffixes, answers
    factors.py   measured factors and their units, by code of 2005 and of 2017
    message.py   one message as a value
    segment.py   conversion between text and message
    header.py    irregularities in a message's fields
    content.py   irregularities in its data
    measured.py  volumes, concentrations and masses from a message
    frame.py     length and check sum; frames in a stream
    coding.py parts.py  `decode` and `encode`; splitting and joining of long messages
    seen.py      resent messages, and reused request numbers
    answer.py    answers of the receiving side
    uplink.py    unanswered messages of a device, and their resending
May import: the standard library.
"""

from permits.hj212.coding import Decoded, decode, encode
from permits.hj212.frame import Framer
from permits.hj212.message import Message

__all__ = ["Decoded", "Framer", "Message", "decode", "encode"]
