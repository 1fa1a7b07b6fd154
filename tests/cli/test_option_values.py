"""Whatever an option is given: an answer, or one line that says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from permits.errors import InputError
from scenarios.commands.options import pairs
from tests.cli.option_cases import fuzz


def test_no_value_of_an_option_is_misread_or_ends_in_an_internal_error(tmp_path: Path) -> None:
    ended, wrong = fuzz(100, seed=3, folder=tmp_path)
    assert wrong == []
    assert min(ended["exit 0"], ended["exit 2"]) > 20


@pytest.mark.parametrize("said", ["start_yuan", "start_yuan=", "start_yuan= "])
def test_a_parameter_without_a_value_is_refused(said: str) -> None:
    with pytest.raises(InputError, match="is not of the form name=value"):
        pairs([said], "--param")


@pytest.mark.slow
def test_nor_are_five_thousand(tmp_path: Path) -> None:
    assert fuzz(5_000, seed=1, folder=tmp_path)[1] == []
