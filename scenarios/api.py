"""The commands as functions, for notebooks: same arguments, checks and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.definition.load import load_scenario
from scenarios.definition.scenario import Scenario
from scenarios.planning.question import Question, allocate_scenario, allocate_table
from scenarios.results.result import RunResult, Table
from scenarios.results.stores.workbook_cells import cell_text
from scenarios.runner import Progress
from scenarios.runner import run as run_scenario
from scenarios.sales.clear import clear_market, clear_sale

if TYPE_CHECKING:
    import pandas as pd


def load(name_or_path: str, sets: Sequence[str] = (), plugins: Sequence[Path] = ()) -> Scenario:
    """Load a scenario, shipped or from a file.

    Args:
        name_or_path: name of a shipped scenario or path of a TOML file.
        sets: changes of keys, such as `pollutant.VOC.target=20%`.
        plugins: folders with your own rules.
    Raises: InputError with all mistakes of the file.
    """
    return load_scenario(name_or_path, sets, plugins)


def run(scenario: Scenario, *, part: str = "all", progress: Progress | None = None) -> RunResult:
    """Plan and simulate a scenario.

    Args:
        scenario: as `load` returns it.
        part: "plan" for the plan alone, "all" with the simulated year.
        progress: called with the share done and what is being done.
    """
    return run_scenario(scenario, part=part, progress=progress)


def allocate(path_or_name: str, **asked: Any) -> RunResult:
    """Least-cost quotas of a scenario, or of a measures table (a path with a suffix).

    Args:
        path_or_name: name of a scenario, or path of a table `.csv`, `.xlsx` or `.parquet`.
        **asked: fields of `scenarios.planning.question.Question`.
    """
    question = Question(**asked)
    is_table = Path(path_or_name.partition("#")[0]).suffix in (".csv", ".xlsx", ".parquet")
    answer = allocate_table if is_table else allocate_scenario
    return answer(path_or_name, question)[0]


def clear(path: str, rule: str, **asked: Any) -> dict[str, Any]:
    """Clear one sale (with `supply_mg`) or two-sided market.

    Args:
        path: table of bids or orders.
        rule: name of a mechanism.
        **asked: keywords of `clear_sale` or `clear_market` in `scenarios.sales.clear`.
    Returns: the object that `auction --json` or `market --json` prints.
    """
    if "supply_mg" in asked:
        return clear_sale(path, rule, **asked)[0]
    return clear_market(path, rule, **asked)[0]


def to_frame(table: Table) -> pd.DataFrame:
    """Convert a table of a result to a data frame: masses in t, money in yuan."""
    import pandas as pd

    columns = table.spec.columns
    rows = [
        [_cell(value, column.kind) for value, column in zip(row, columns, strict=True)]
        for row in table.rows
    ]
    return pd.DataFrame(rows, columns=[column.name for column in columns])


def _cell(value: Any, kind: Any) -> Any:
    if value is None or kind not in ("mass", "money", "price"):
        return value
    return float(cell_text(value, kind))
