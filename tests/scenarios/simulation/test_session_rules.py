"""A session's rule must clear what the session holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from permits.errors import InputError
from scenarios.definition.load import check
from scenarios.definition.starter import SCENARIO


@pytest.mark.parametrize(
    ("given", "instead"), [("headcount_share", "reverse_uniform"), ("call_double", "vickrey")]
)
def test_a_rule_of_another_kind_is_turned_away_before_the_run(
    tmp_path: Path, given: str, instead: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SCENARIO.format(name="mine"), encoding="utf-8")
    check(str(path))
    path.write_text(SCENARIO.format(name="mine").replace(given, instead), encoding="utf-8")
    with pytest.raises(InputError, match=f"{instead} does not clear sessions of the kind"):
        check(str(path))


@pytest.mark.parametrize("rule", ["vickrey", "ascending_clock", "descending_clock", "posted_price"])
def test_every_sale_rule_may_be_a_scenario_s(tmp_path: Path, rule: str) -> None:
    path = tmp_path / "mine.toml"
    text = SCENARIO.format(name="mine").replace("headcount_share", rule)
    path.write_text(text, encoding="utf-8")
    assert not any("does not clear" in notice for notice in check(str(path)))
