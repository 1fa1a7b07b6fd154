"""Addresses from which no further connection is taken for a while.

Many stations may share one router, and so one address: it is closed to new connections only
while no valid device has spoken from it within the hour. Of the hour before the start nothing
is known, so in the first hour every address is open.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_network

from scenarios.monitoring.wire.known_devices import plain_address

TRUSTED_S = 3_600.0
"""How long an address stays open after a valid message: devices send hour data at least."""
MOST_ADDRESSES = 10_000
"""Addresses remembered of each kind, the oldest dropped first: bounds the memory (assumed)."""
HOME_BITS = 64
"""Of an IPv6 address: a subscriber is given a network of this size or a larger one."""


def home_of(address: str) -> str:
    """The address whose owner can choose no other: IPv4 whole, of IPv6 the first 64 bits."""
    try:
        own = plain_address(address)
    except ValueError:
        return address
    if isinstance(own, IPv6Address):
        return str(ip_network((int(own) >> HOME_BITS << HOME_BITS, HOME_BITS)))
    return str(own)


class HeldAddresses:
    """Which addresses are held back, and which a valid device has spoken from.

    Args:
        now_s: time of the start.
        trusted_s: how long an address stays open after a valid message.
    """

    def __init__(self, now_s: float, trusted_s: float = TRUSTED_S) -> None:
        self._began_s = now_s
        self._trusted_s = trusted_s
        self._until: dict[str, float] = {}
        self._spoke: dict[str, float] = {}

    def spoke(self, home: str, now_s: float) -> None:
        """Note that a valid device has spoken."""
        _put(self._spoke, home, now_s)

    def hold(self, home: str, until_s: float) -> None:
        """Take no new connection from an address until then."""
        _put(self._until, home, until_s)

    def refuses(self, home: str, now_s: float) -> bool:
        """Whether a new connection from this address is refused."""
        if self._until.get(home, now_s) <= now_s:
            return False
        return now_s - self._spoke.get(home, self._began_s) > self._trusted_s


def _put(times: dict[str, float], home: str, at_s: float) -> None:
    times.pop(home, None)  # so that the newest stand last
    times[home] = at_s
    if len(times) > MOST_ADDRESSES:
        del times[next(iter(times))]
