"""The hour of the electronic sale: what is seen, what comes too late, the last seconds."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from market.clearing.clearing import Unfilled
from market.clearing.order import Book, Order, Side
from market.mechanisms import find_mechanisms, headcount_share, run_session
from market.mechanisms.headcount_share import Board, share_of_last_seconds, timeline
from permits.rng import stream

T = 10**9
RULE = find_mechanisms()["headcount_share"]


def _order(n: int, who: str, price: int, at_s: int, mass: int = 1) -> Order:
    return Order(f"{n}", who, Side.BUY, "P", mass * T, price * 100, n, at_s)


def test_a_bid_after_the_hour_is_refused_and_the_one_before_it_counts() -> None:
    """One hour, ten bids, the last counts [ZJ-C13]."""
    bids = (_order(0, "A", 10, 0), _order(1, "A", 12, 3600), _order(2, "A", 99, 3601))
    clearing = run_session(RULE, Book("P", bids, None, 0, 5), rng=stream(0, "t"))
    (fill,) = clearing.fills
    assert (fill.order.id, fill.price_fen_per_t, fill.money_fen) == ("1", 12_00, 60_00)
    reasons = {rest.order.id: rest.reason for rest in clearing.rests}
    assert reasons == {"0": Unfilled.DUPLICATE, "2": Unfilled.LATE}
    short = run_session(RULE, Book("P", bids, None, 0, 5), {"window_s": 60}, rng=stream(0, "t"))
    assert short.fills[0].order.id == "0"


def test_everybody_sees_the_standing_bids_and_the_line_of_winners() -> None:
    """Of three heads two win (0.7 x 3 rounded half up): the line is the second bid. Who is
    refused is told so, and nothing else moves."""
    state = headcount_share.open(Book("P", (), None, 500), RULE.spec.fill({}), stream(0, "t"))
    state, (one,) = headcount_share.step(state, _order(0, "A", 10, 1))
    assert one == Board(1, (("A", T, 10_00),), 1, 10_00)
    state, _ = headcount_share.step(state, _order(1, "B", 8, 2))
    state, (seen,) = headcount_share.step(state, _order(2, "C", 9, 3))
    assert isinstance(seen, Board)
    assert [who for who, _, _ in seen.standing] == ["A", "C", "B"]
    assert (seen.bidders, seen.winners, seen.line_fen_per_t) == (3, 2, 9_00)
    after, (told,) = headcount_share.step(state, _order(3, "D", 4, 4))
    assert told is Unfilled.RESERVE
    assert after.standing == state.standing
    _, (revised,) = headcount_share.step(after, _order(4, "B", 11, 5))
    assert isinstance(revised, Board)
    assert (revised.standing[0], revised.line_fen_per_t) == (("B", T, 11_00), 10_00)


def test_the_timeline_shows_the_rush_of_the_last_seconds() -> None:
    """Nearly all bids come in the last ten seconds [ZJ-C9]: here eight of ten, and the line
    goes from the floor of 4,000 to 20,000 yuan."""
    early = [_order(n, f"F{n}", 4000, 60 * n) for n in range(2)]
    late = [_order(n, f"F{n}", 20_000 + n, 3590 + n % 3) for n in range(2, 10)]
    after = [_order(10, "F0", 30_000, 3700)]
    moments = timeline(
        Book("P", (*late, *after, *early), None, 400_000), RULE.spec.fill({}), stream(0, "t")
    )
    assert [moment.at_s for moment in moments] == [0, 60, 3590, 3591, 3592, 3700]
    assert sum(moment.bids for moment in moments) == 10
    assert [moment.refused for moment in moments] == [0, 0, 0, 0, 0, 1]
    assert share_of_last_seconds(moments) == Fraction(8, 10)
    assert moments[1].board.line_fen_per_t == 4000_00
    assert moments[-1].board.line_fen_per_t == 20_003_00
    assert moments[-1].board.winners == 7


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9), st.integers(0, 4000)), max_size=25))
def test_the_last_moment_is_the_clearing(said: list[tuple[int, int, int]]) -> None:
    """Whoever stands above the line when the window closes wins, and nobody else."""
    said.sort(key=lambda bid: bid[2])
    orders = tuple(_order(n, f"F{who}", price, at) for n, (who, price, at) in enumerate(said))
    book = Book("P", orders, None, 200)
    moments = timeline(book, RULE.spec.fill({}), stream(0, "t"))
    clearing = run_session(RULE, book, rng=stream(0, "t"))
    assert sum(moment.bids + moment.refused for moment in moments) == len(orders)
    if moments:
        board = moments[-1].board
        assert {fill.order.trader for fill in clearing.fills} == {
            who for who, _, _ in board.standing[: board.winners]
        }


@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.integers(3, 12), st.integers(0, 70)), max_size=30)
)
def test_bids_taken_together_leave_the_same_window_as_bid_by_bid(
    bids: list[tuple[str, int, int]],
) -> None:
    """Two bids each within a minute, of at least 5 yuan: late, poor and third bids among them."""
    params = RULE.spec.fill({"max_bids": 2, "window_s": 60})
    opened = headcount_share.open(Book("P", (), None, 500), params, stream(0, "t"))
    orders = [_order(n, *bid) for n, bid in enumerate(bids)]
    stepped = opened
    for order in orders:
        stepped, _ = headcount_share.step(stepped, order)
    together = headcount_share.step_all(opened, orders)
    assert together == stepped
    assert list(together.standing) == list(stepped.standing), "in the order of the first bids"
    assert headcount_share.step_all(headcount_share.step_all(opened, orders[:7]), orders[7:]) == (
        together
    )
