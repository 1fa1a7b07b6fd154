"""Keys of earlier versions are read under their present names, with one warning each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from permits.errors import InputError
from scenarios.definition.load import SHIPPED, load_scenario

NEW = (SHIPPED / "jiaxing-dyers-2018.toml").read_text(encoding="utf-8")
OLD = NEW.replace("\napplicability =", "\nreach =")


def _written(folder: Path, text: str) -> str:
    path = folder / "county.toml"
    path.write_text(text, encoding="utf-8")
    (folder / "data").symlink_to(SHIPPED / "data")
    return str(path)


def test_an_old_key_means_what_its_new_name_means(tmp_path: Path) -> None:
    assert OLD != NEW
    scenario = load_scenario(_written(tmp_path, OLD))
    assert scenario.file == load_scenario("jiaxing-dyers-2018").file
    assert scenario.notices.count("the key reach is now called applicability") == 1


def test_a_sectors_old_key_is_found_too(tmp_path: Path) -> None:
    text = OLD.replace('id = "dyeing"', 'id = "dyeing"\nreach = 0.3', 1)
    scenario = load_scenario(_written(tmp_path, text))
    (dyeing,) = (sector for sector in scenario.file.sector if sector.id == "dyeing")
    assert dyeing.applicability is not None
    assert dyeing.applicability.value == 0.3
    assert scenario.notices.count("the key sector.reach is now called applicability") == 1


def test_an_old_key_in_a_change_is_one_key_with_the_files(tmp_path: Path) -> None:
    scenario = load_scenario(_written(tmp_path, OLD), ["reach=0.25"])
    assert scenario.file.applicability.value == 0.25
    scenario = load_scenario("jiaxing-dyers-2018", ["sector.dyeing.reach=0.2"])
    (dyeing,) = (sector for sector in scenario.file.sector if sector.id == "dyeing")
    assert dyeing.applicability is not None
    assert dyeing.applicability.value == 0.2


def test_both_names_at_once_are_refused(tmp_path: Path) -> None:
    text = OLD.replace("\nreach =", "\napplicability = 0.5\nreach =")
    with pytest.raises(InputError, match="both are given"):
        load_scenario(_written(tmp_path, text))


def test_the_command_warns_once_on_stderr(run_cli: Callable[..., Any]) -> None:
    ran = run_cli("run", "classroom-two-firms", "--set", "reach=0.5", "--part", "plan", "--json")
    assert ran.code == 0, ran.err
    assert ran.err.count("the key reach is now called applicability") == 1
