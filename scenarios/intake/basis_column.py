"""Parsing of accounting bases and of conversions between them."""

from __future__ import annotations

from fractions import Fraction

from permits.errors import InputError
from permits.permit import Basis, Conversion
from permits.quantity import plain_number
from scenarios.intake.suggest import nearest

BASES = {
    "物料衡算": "material_balance",
    "自动监测": "flow_concentration",
    "系数法": "emission_factor",
}


def basis_named(said: str, where: str) -> Basis:
    """The basis of an English or Chinese name.

    Raises: InputError for an unknown name.
    """
    name = BASES.get(said.strip(), said.strip())
    if name in set(Basis):
        return Basis(name)
    near = nearest(name, Basis)
    raise InputError(
        "cards.basis",
        "unknown accounting basis {said!r}",
        where=where,
        mend="did you mean {near!r}? there are: {known}" if near else "there are: {known}",
        said=said,
        near=near,
        known=", ".join(Basis),
    )


def parse_conversion(text: str, given: Basis, where: str) -> Conversion:
    """`VOC:flow_concentration=0.8`: a mass on basis `given` counts for 0.8 on another.

    Args:
        text: `POLLUTANT:BASIS=FACTOR`.
        given: basis of the masses to convert.
        where: option or row, for the error.
    Raises: InputError for another form, an unknown basis, or a factor not above 0.
    """
    what, equals, number = text.partition("=")
    pollutant, colon, basis = what.partition(":")
    factor = plain_number(number, where=where)
    if not (equals and colon and pollutant.strip()) or factor is None or factor <= 0:
        raise InputError(
            "materials.conversion",
            "{said!r} is not a conversion",
            where=where,
            mend="write, for example, VOC:flow_concentration=0.8",
            said=text,
        )
    return Conversion(
        pollutant.strip(), given, basis_named(basis, where), Fraction(factor), "as given"
    )
