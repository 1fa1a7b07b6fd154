"""Meter error against closed forms."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

import pytest

from permits.errors import InputError
from permits.meter.meter_error import (
    MeterError,
    compliance_probability,
    drawn_compliance,
    drawn_masses,
    relative_sd,
    safe_share,
)

YEAR = [1_000_000] * 8_760
MONTH = [1_000_000] * 720


def test_one_kind_of_error_is_the_normal_distribution_itself():
    """z = (limit - emitted) / (emitted x u): 5 % above at 5 % is Phi(1) = 0.8413447."""
    found = compliance_probability(1_050_000, [1_000_000], MeterError(conc_standing=0.05))
    assert found == pytest.approx(0.8413447460685429, rel=1e-12)


def test_an_outlet_that_emits_its_limit_is_found_over_it_every_second_time():
    error = MeterError(0.05, 0.1, 0.2, 0.3)
    assert compliance_probability(sum(MONTH), MONTH, error) == 0.5


def test_without_error_the_limit_is_sharp():
    assert compliance_probability(720_000_000, MONTH, MeterError()) == 1.0
    assert compliance_probability(719_999_999, MONTH, MeterError()) == 0.0
    assert compliance_probability(0, [], MeterError(0.1)) == 1.0


def test_hourly_errors_average_out_and_standing_ones_do_not():
    """Of 5 % each: 7.08 % of the standing ones, and 7.08 % / sqrt(8,760) of the others."""
    both = sqrt(1.0025**2 - 1)
    assert relative_sd(YEAR, MeterError(0.05, 0.05)) == pytest.approx(both, rel=1e-12)
    hourly = relative_sd(YEAR, MeterError(0, 0, 0.05, 0.05))
    assert hourly == pytest.approx(both / sqrt(8_760), rel=1e-9)


def test_the_standard_deviation_is_that_of_the_model_drawn():
    error = MeterError(0.04, 0.06, 0.3, 0.4)
    hours = [9_000_000, 1_000_000, 1_000_000, 500_000]
    masses = drawn_masses(hours, error, draws=40_000, seed=7)
    assert masses.mean() / sum(hours) == pytest.approx(1, abs=0.006)  # four standard errors
    assert masses.std() / sum(hours) == pytest.approx(relative_sd(hours, error), rel=0.02)


def test_draws_agree_with_the_closed_form_within_their_interval():
    error = MeterError(0.05, 0.05, 0.2, 0.2)
    limit = round(1.05 * sum(MONTH))
    drawn = drawn_compliance(limit, MONTH, error, draws=1_000, seed=3)
    assert drawn.low <= compliance_probability(limit, MONTH, error) <= drawn.high
    assert drawn == drawn_compliance(limit, MONTH, error, draws=1_000, seed=3)
    assert drawn.low < drawn.within < drawn.high


def test_a_firm_that_keeps_the_safe_share_is_found_over_as_rarely_as_asked():
    """At 7.1 % a firm must stay at 89.58 % of its limit to be over once in twenty."""
    error = MeterError(0.05, 0.05)
    relative = relative_sd(MONTH, error)
    share = safe_share(relative)
    assert share == pytest.approx(1 / (1 + NormalDist().inv_cdf(0.95) * relative))
    assert share == pytest.approx(0.8958, abs=5e-5)
    limit = round(sum(MONTH) / share)
    assert compliance_probability(limit, MONTH, error) == pytest.approx(0.95, abs=1e-7)


@pytest.mark.parametrize("wrong", [-0.1, 1.0, float("nan")])
def test_an_uncertainty_that_is_no_share_is_refused(wrong):
    with pytest.raises(InputError, match=r"flow_hourly .* 5 % as 0.05"):
        MeterError(flow_hourly=wrong)
