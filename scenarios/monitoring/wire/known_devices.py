"""The list of devices that may report: their numbers, passwords, addresses and outlets.

HJ 212 sends its password in the clear and signs nothing, so whoever reaches the port can
report for any outlet. A list binds each device to its password and its address; a message
that does not agree with it is no reading.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from permits.errors import InputError, RightsError
from permits.hj212.codes import REFUSED, WRONG_DEVICE, WRONG_PASSWORD
from permits.hj212.message import Message
from scenarios.intake.columns import Row
from scenarios.intake.fields import DEVICE_NUMBER, NETWORK_ADDRESS, OUTLET, PASSWORD
from scenarios.intake.tables import raise_all, read_table

FIELDS = (
    DEVICE_NUMBER,
    PASSWORD.but(blank=True),
    NETWORK_ADDRESS.but(blank=True),
    OUTLET.but(required=False, blank=True),
)

Network = IPv4Network | IPv6Network


class RefusedBecause(StrEnum):
    """Why a message of a device is refused; counted and reported under these codes."""

    DEVICE = "refused_device"
    PASSWORD = "refused_password"
    ADDRESS = "refused_address"


RETURN_CODE = {
    RefusedBecause.DEVICE: WRONG_DEVICE,
    RefusedBecause.PASSWORD: WRONG_PASSWORD,
    # The standard has no code for an address: "refused".
    RefusedBecause.ADDRESS: REFUSED,
}
"""What a refused device is answered (QnRtn) [VOC-C1]."""


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device of the list.

    `networks`: addresses it reports from; none: any. The password is in no print-out.
    """

    mn: str
    outlet: str
    networks: tuple[Network, ...] = ()
    password: bytes | None = field(default=None, repr=False)  # None: any


@dataclass(frozen=True, slots=True)
class KnownDevices:
    """All devices of a list by their number (MN)."""

    devices: Mapping[str, KnownDevice]

    def outlet_of(self, message: Message) -> str:
        """The outlet that a listed device stands at."""
        return self.devices[message.mn or ""].outlet

    def refusal(self, message: Message, address: str) -> RefusedBecause | None:
        """Why a message is refused; None for one that agrees with the list.

        Args:
            message: as received.
            address: the sender's, without its port.
        """
        known = self.devices.get(message.mn or "")
        if known is None:
            return RefusedBecause.DEVICE
        given = (message.pw or "").encode("utf-8", "surrogatepass")
        # In constant time: how far a guess was right must not show in the answer's delay.
        if known.password is not None and not hmac.compare_digest(known.password, given):
            return RefusedBecause.PASSWORD
        if known.networks and not _within(address, known.networks):
            return RefusedBecause.ADDRESS
        return None


def load_known_devices(path: str) -> KnownDevices:
    """Read the list: columns mn, password, address, outlet.

    An empty password or address is not checked. An address is one of IPv4 or IPv6, or a
    network as in 10.1.0.0/16; several are separated by spaces. Without an outlet the
    device's number is the outlet.

    Raises: ManyErrors with every mistake of the table.
    """
    found: dict[str, KnownDevice] = {}
    mistakes: list[RightsError] = []
    for row in read_table(path, FIELDS).rows:
        try:
            known = _device(row)
            if known.mn in found:
                raise _repeated(known.mn, row)
        except InputError as error:
            mistakes.append(error)
            continue
        found[known.mn] = known
    raise_all(mistakes)
    return KnownDevices(found)


def _device(row: Row) -> KnownDevice:
    values = row.values
    password = values["password"]
    return KnownDevice(
        values["mn"],
        values["outlet"] or values["mn"],
        tuple(_network(text, row) for text in (values["address"] or "").split()),
        None if password is None else password.encode("utf-8", "surrogatepass"),
    )


def _network(text: str, row: Row) -> Network:
    try:
        return ip_network(text, strict=False)
    except ValueError as error:
        raise InputError(
            "hj212.device_address",
            "{said!r} is not the address of a device",
            where=row.where,
            mend="write an address like 10.1.2.3, or a network like 10.1.0.0/16",
            said=text,
        ) from error


def _repeated(mn: str, row: Row) -> InputError:
    return InputError(
        "hj212.device_twice",
        "device {mn} is listed twice",
        where=row.where,
        mend="give each device one row; several addresses are separated by spaces",
        mn=mn,
    )


def _within(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        own = plain_address(address)
    except ValueError:
        return False
    return any(own.version == network.version and own in network for network in networks)


def plain_address(text: str) -> IPv4Address | IPv6Address:
    """An address; one of IPv4 that arrived over IPv6 as the IPv4 address that it is.

    Raises: ValueError for a text that is none.
    """
    found = ip_address(text)
    return getattr(found, "ipv4_mapped", None) or found
