"""A mass keeps its accounting basis from the meter to the card."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from permits.errors import ManyErrors
from permits.meter import emission_factor
from scenarios.api import load
from scenarios.simulation.daily_metering import by_balance, meter_day

SCENARIO = """
name = "two-firms"
begins = 2017-01-01
ends = 2017-12-31
[pollutant.NOx]
basis = "flow_concentration"
[pollutant.VOC]
basis = "material_balance"
[[firm]]
id = "F1"
sector = "printing"
city = "x"
baseline = {{ VOC = "10", NOx = "4" }}
{more}
"""


@pytest.fixture
def scenario(tmp_path):
    def write(more=""):
        path = tmp_path / "s.toml"
        path.write_text(SCENARIO.format(more=more), encoding="utf-8")
        return load(str(path))

    return write


def test_a_firm_of_no_described_sector_is_metered_on_the_basis_of_its_rights(scenario):
    loaded = scenario()
    assert loaded.register.pollutants == ("NOx", "VOC")
    assert by_balance(loaded.file, loaded.register).tolist() == [False, True]


def test_a_sector_whose_meter_is_not_that_of_the_rights_is_refused(scenario):
    with pytest.raises(ManyErrors) as caught:
        scenario('[[sector]]\nid = "printing"\nmeter = "material_balance"')
    assert "cannot be set against rights of NOx" in str(caught.value)


def test_in_the_year_a_factor_meters_what_flow_and_concentration_do():
    wanted = np.array([0, 1, 999_999, 10**13], dtype=np.int64)
    control = np.array([0.5, 0.5, 0.123456, 0.9], dtype=np.float64)
    rates = [1 - Fraction(round(1_000_000 * share), 1_000_000) for share in control.tolist()]
    factored = emission_factor.mass_array_mg(wanted, np.arange(4), rates)
    flowing = meter_day(wanted, control, np.zeros(4, dtype=bool))
    assert factored.tolist() == flowing.tolist()
