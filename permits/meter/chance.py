"""Tail probabilities of counts, summed term by term.

Plain Python, so that a hint needs no statistics package; tests compare each with its sum over
exact fractions.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, lgamma, log, log1p

CONFIDENCE = 0.95  # the customary level
HALVINGS = 60  # bisections of [0, 1]: leaves an error below 1e-18
NEGLIGIBLE = 1e-18  # relative to the sum so far: smaller terms do not change a double


def binomial_tail(least: int, n: int, p: float) -> float:
    """Probability of `least` or more successes in `n` independent trials.

    Args:
        least: number of successes.
        n: number of trials.
        p: probability of success in one trial.
    """
    if least <= 0 or p >= 1:
        return 1.0 if least <= n else 0.0
    if least > n or p <= 0:
        return 0.0
    yes, no = log(p), log1p(-p)
    terms = (exp(_choose(n, k) + k * yes + (n - k) * no) for k in range(least, n + 1))
    return _sum(terms, rising=int((n + 1) * p) - least)


def hypergeometric_tail(least: int, marked: int, drawn: int, total: int) -> float:
    """Probability that a sample holds `least` or more of the marked things.

    Fisher's exact test in one direction [Fisher1935].

    Args:
        least: number of marked things in the sample.
        marked: number of marked things in all.
        drawn: size of the sample.
        total: number of things in all.
    """
    lowest, highest = max(0, drawn - (total - marked)), min(marked, drawn)
    if least <= lowest:
        return 1.0
    if least > highest:
        return 0.0
    all_ways = _choose(total, drawn)
    terms = (
        exp(_choose(marked, k) + _choose(total - marked, drawn - k) - all_ways)
        for k in range(least, highest + 1)
    )
    return _sum(terms, rising=(marked + 1) * (drawn + 1) // (total + 2) - least)


def binomial_interval(
    successes: int, n: int, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """Confidence interval for a share, with at least the stated confidence.

    Args:
        successes: number of successes.
        n: number of trials.
        confidence: probability that the interval covers the share, 0 to 1.
    Source: Clopper and Pearson [ClopperPearson1934].
    """
    each = (1 - confidence) / 2
    return 1 - share_at_most(n - successes, n, each), share_at_most(successes, n, each)


def share_at_most(successes: int, n: int, missed: float) -> float:
    """Upper end of that interval: a larger share is missed with at most probability `missed`.

    Args:
        successes: number of successes.
        n: number of trials.
        missed: probability that the share exceeds the result, 0 to 1.
    """
    return 1 - _chance_with_tail(n - successes, n, missed) if successes < n else 1.0


def _chance_with_tail(least: int, n: int, tail: float) -> float:
    """Probability at which `least` or more of `n` have probability `tail`, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if binomial_tail(least, n, middle) < tail:
            low = middle
        else:
            high = middle
    return low


def _choose(n: int, k: int) -> float:
    """The logarithm of the number of ways to choose `k` of `n`."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _sum(terms: Iterable[float], rising: int) -> float:
    """Sum of terms that rise for about `rising` terms, then fall; negligible ones are cut off."""
    total = 0.0
    for n, term in enumerate(terms):
        total += term
        if n > rising + 1 and term < NEGLIGIBLE * total:
            break
    return min(total, 1.0)
