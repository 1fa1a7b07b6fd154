"""Exact numbers, their checks, and where a broken line meets a level."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from permits.errors import InputError

Number = int | float | Fraction


def exact(
    value: Number,
    name: str,
    *,
    least: Number | None = None,
    above: Number | None = None,
    most: Number | None = None,
    below: Number | None = None,
) -> Fraction:
    """`value` as a Fraction, a float at its exact binary value.

    Args:
        value: the number to check.
        name: its name in the error.
        least: lowest value allowed.
        above: value that it must exceed.
        most: highest value allowed.
        below: value that it must stay under.
    Raises: InputError if it is not a number, not finite, or outside the bounds given.
    """
    try:
        number = Fraction(value)  # NaN raises ValueError, infinity OverflowError
    except (TypeError, ValueError, OverflowError):
        raise InputError(
            "benchmark.number",
            "{name} is {value}, which is not a finite number",
            mend="give a finite number",
            name=name,
            value=value,
        ) from None
    inside = (
        (least is None or number >= least)
        and (above is None or number > above)
        and (most is None or number <= most)
        and (below is None or number < below)
    )
    if not inside:
        signs = ((">=", least), (">", above), ("<=", most), ("<", below))
        wanted = ", ".join(f"{sign} {bound}" for sign, bound in signs if bound is not None)
        raise _refused(value, name, wanted)
    return number


def exact_all(
    values: Iterable[Number], name: str, count: int, *, least: Number | None = None
) -> tuple[Fraction, ...]:
    """`count` values as Fractions.

    Args:
        values: the numbers to check.
        name: their name in the error.
        count: how many there must be.
        least: lowest value allowed.
    Raises: InputError for another number of them.
    """
    numbers = tuple(exact(value, name, least=least) for value in values)
    if len(numbers) != count:
        raise InputError(
            "benchmark.count",
            "{name} has {have} values",
            mend="give {wanted}, one for each",
            name=name,
            have=len(numbers),
            wanted=count,
        )
    return numbers


def whole(value: int, name: str, *, least: int) -> int:
    """A whole number of at least `least`.

    Args:
        value: the number to check.
        name: its name in the error.
        least: lowest value allowed.
    Raises: InputError otherwise.
    """
    # `True` is an int in Python, and not a number of bidders.
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise _refused(value, name, f"int >= {least}")
    return value


def meet(
    total: Callable[[Fraction], Fraction], breaks: Iterable[Fraction], target: Fraction
) -> tuple[Fraction | None, Fraction | None]:
    """Where a function that never falls equals `target`: the first and the last such point.

    The first point of `breaks` is returned twice where the function begins above the target.
    The first is None where the target is never reached, the last where it is never left.

    Args:
        total: a function that is continuous, linear between neighbouring `breaks`, and constant
            after the last; nothing before the first counts.
        breaks: where its slope may change; too many do no harm.
        target: the value sought.
    """
    points = sorted(set(breaks))
    reached = bisect_left(points, target, key=total)
    passed = bisect_right(points, target, key=total)
    if passed == 0:
        return points[0], points[0]
    return (
        _crossing(total, points, reached, target) if reached else points[0],
        _crossing(total, points, passed, target),
    )


def _crossing(
    total: Callable[[Fraction], Fraction], points: Sequence[Fraction], n: int, target: Fraction
) -> Fraction | None:
    """Where the line from the break before `n` to break `n` has the value `target`."""
    if n == len(points):
        return None
    low, high = total(points[n - 1]), total(points[n])
    return points[n - 1] + (points[n] - points[n - 1]) * (target - low) / (high - low)


def _refused(value: object, name: str, wanted: str) -> InputError:
    return InputError(
        "benchmark.range", "{name} is {value}", mend="the formula needs {wanted}",
        name=name, value=value, wanted=wanted,
    )  # fmt: skip
