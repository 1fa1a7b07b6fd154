"""The check sum of the standard, appendix A [VOC-C1].

Start with FFFF. For each byte: shift the register right by eight bits, exclusive-or the
byte into it; then eight times note the lowest bit, shift right by one, and where the bit
was 1 exclusive-or with A001. Modbus omits the first shift, so the two differ.

The shift discards the low byte before each new byte. Only eight bits are kept, so only
256 check sums can occur: a correct one does not prove that a value is genuine. Every change
of one byte is still detected, and every exchange of two neighbouring bytes, except of an
ASCII byte and another that differ by B6.
"""

from __future__ import annotations

BEGIN = 0xFFFF  # initial register [VOC-C1] appendix A
POLYNOMIAL = 0xA001  # CRC-16 polynomial 8005, bit-reversed [VOC-C1] appendix A


def check_sum(segment: bytes) -> int:
    """The check sum of a segment, from `QN` (or `ST`) to the last `&&`."""
    register = BEGIN
    for byte in segment:
        register = _TABLE[(register >> 8) ^ byte]
    return register


def hex_sum(segment: bytes) -> bytes:
    """The check sum as sent: four hex digits, high byte first."""
    return b"%04X" % check_sum(segment)


def _after(register: int) -> int:
    for _ in range(8):
        bit = register & 1
        register = (register >> 1) ^ (POLYNOMIAL if bit else 0)
    return register


_TABLE = tuple(_after(register) for register in range(256))
POSSIBLE = frozenset(_TABLE)
"""The 256 check sums that a segment can have."""
