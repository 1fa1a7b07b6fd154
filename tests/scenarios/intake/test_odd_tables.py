"""Tables spoilt at random are read whole or refused in sentences, whatever command takes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.intake.odd_tables import try_tables


def test_spoilt_tables_are_read_whole_or_refused(tmp_path: Path) -> None:
    ended, wrong = try_tables(300, 2017, tmp_path)
    assert wrong == []
    assert min(ended["read"], ended["refused"]) > 60


@pytest.mark.slow
def test_so_are_twenty_thousand(tmp_path: Path) -> None:
    assert try_tables(20_000, 1, tmp_path)[1] == []
