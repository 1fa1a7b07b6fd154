"""A session as a value: opened, given offers, closed once.

The simulated year, the commands and everybody else who holds a session take this road: an
offer is checked when it comes, and all are admitted again, in order of arrival, at the close.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from numpy.random import Generator

from market.clearing.order import Book
from market.mechanisms import run_session
from market.session.admission import Offer, Refusal, admit
from market.session.auction import HeldSale, Sale, hold_sale, session_conditions
from permits.errors import NotAllowed
from permits.rule import NO_PARAMS, Params, Rule


@dataclass(frozen=True, slots=True)
class Session:
    """A session that takes offers for one product, under the terms of a sale and a rule."""

    name: str
    product: str
    sale: Sale
    rule: Rule
    params: Params = field(default_factory=lambda: NO_PARAMS)
    offers: tuple[Offer, ...] = ()


def submit(session: Session, offer: Offer) -> tuple[Session, Refusal | None]:
    """Give one offer; what a condition forbids is refused, and the session stays as it was.

    Args:
        session: the session.
        offer: the offer.
    Raises: InputError for a parameter that the rule does not have.
    """
    # Only a trader's own offers, and ids, are looked at: the others need no second look.
    own = [o for o in session.offers if o.trader == offer.trader or o.id == offer.id]
    last_s = max([offer.at_s, *(each.at_s for each in session.offers)])
    filled = session.rule.spec.fill(session.params, where=session.rule.name)
    conditions = session_conditions(session.sale, session.rule, filled, last_s)
    for refusal in admit([*own, offer], conditions).refusals:
        if refusal.offer is offer:
            return session, refusal
    return replace(session, offers=(*session.offers, offer)), None


def submit_all(session: Session, offers: Iterable[Offer]) -> Session:
    """Give many offers at once; those that a condition forbids are refused at the close."""
    return replace(session, offers=(*session.offers, *offers))


def cancel(session: Session, trader: str, offer_id: str) -> Session:
    """Take an offer back before the close.

    Args:
        session: the session.
        trader: whose offer it is.
        offer_id: id of the offer.
    Raises: NotAllowed where the trader has no such offer.
    """
    rest = tuple(o for o in session.offers if (o.trader, o.id) != (trader, offer_id))
    if len(rest) == len(session.offers):
        raise NotAllowed(
            "session.no_offer",
            "{trader} has no order {id} in {session}",
            mend="name an order that stands",
            trader=trader,
            id=offer_id,
            session=session.name,
        )
    return replace(session, offers=rest)


def close(session: Session, rng: Generator) -> HeldSale:
    """Admit all offers in order of arrival, and clear those that are admitted.

    Args:
        session: the session.
        rng: the stream of the tie-breaking lottery.
    Raises: InputError for a parameter that the rule does not have.
    """
    sale, rule = session.sale, session.rule
    held = hold_sale(sale, rule, session.offers, session.params, rng_of=lambda product: rng)
    if session.product in held:
        return held[session.product]
    empty = Book(session.product, (), sale.supply_mg, sale.reserve_fen_per_t, sale.years)
    return HeldSale(empty, run_session(rule, empty, session.params, rng=rng), ())
