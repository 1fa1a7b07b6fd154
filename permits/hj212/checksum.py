"""The check sum of the standard, appendix A [VOC-C1].

Start with FFFF. For each byte: shift the register right by eight bits, exclusive-or the
byte into it; then eight times note the lowest bit, shift right by one, and where the bit
was 1 exclusive-or with A001. Modbus leaves out the first shift, so the two differ.

The shift throws the low byte away before each new byte. What is remembered is eight
bits, and only 256 check sums can occur: a right one is no proof that a value is genuine.
Every change of one byte is found all the same, and every exchange of two neighbours but
for an ASCII byte and another that differ by B6.
"""

from __future__ import annotations

BEGIN = 0xFFFF
POLYNOMIAL = 0xA001


def check_sum(segment: bytes) -> int:
    """The check sum of a segment, from `QN` (or `ST`) to the last `&&`."""
    register = BEGIN
    for byte in segment:
        register = _TABLE[(register >> 8) ^ byte]
    return register


def hex_sum(segment: bytes) -> bytes:
    """The check sum as it stands on the wire: four hex digits, high byte first."""
    return b"%04X" % check_sum(segment)


def _after(register: int) -> int:
    for _ in range(8):
        bit = register & 1
        register = (register >> 1) ^ (POLYNOMIAL if bit else 0)
    return register


_TABLE = tuple(_after(register) for register in range(256))
POSSIBLE = frozenset(_TABLE)
"""The 256 check sums that a segment can have."""
