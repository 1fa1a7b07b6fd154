"""A register beside a scenario: its shares in per cent too, and none that leaves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from permits.errors import ManyErrors
from scenarios.definition.load import SHIPPED, load_scenario

SCENARIO = (SHIPPED / "jiaxing-dyers-2018.toml").read_text(encoding="utf-8")


def _controls(folder: Path, *said: str) -> list[float]:
    """The existing control of each source of a register of so many rows."""
    head = "source,sector,subsector,city,pollutant,baseline_t,existing_control\n"
    rows = [f"S{n},dyeing,dyeing.woven,Haining,COD,10,{one}\n" for n, one in enumerate(said)]
    (folder / "r.csv").write_text(head + "".join(rows), encoding="utf-8")
    text = SCENARIO.replace("[register]", '[register]\nfile = "r.csv"', 1)
    (folder / "c.toml").write_text(text, encoding="utf-8")
    (folder / "data").symlink_to(SHIPPED / "data")
    register = load_scenario(str(folder / "c.toml")).register
    return [source.existing_control for source in register.sources]


def test_the_existing_control_of_a_register_is_a_share(tmp_path: Path) -> None:
    assert _controls(tmp_path, "30%", "0.3", "", "7.5％") == [0.3, 0.3, 0.0, 0.075]


def test_a_device_that_lets_nothing_through_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManyErrors, match=r"existing efficiency of 1 .* \[r.csv, row 3\]"):
        _controls(tmp_path, "0", "100%")


def test_so_is_one_of_a_drawn_register() -> None:
    key = "sector.dyeing.part.woven.existing_control=1"
    with pytest.raises(ManyErrors, match="less than 1"):
        load_scenario("jiaxing-dyers-2018", [key])
