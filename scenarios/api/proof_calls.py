"""`audit`, `explain` and `compare`: what the folders of runs prove and say."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from permits.errors import InputError
from scenarios.api.answer_types import Answer
from scenarios.api.frames import rows_frame
from scenarios.text import t

if TYPE_CHECKING:
    import pandas as pd

    from scenarios.proof.audit import AuditReport
    from scenarios.proof.compare import Comparison


class AuditAnswer(Answer):
    """What an audit proved, and the violations: tables `proved` and `violations`.

    Attributes:
        ok: whether no violation was found.
    """

    def __init__(self, report: AuditReport) -> None:
        told = report.as_dict()
        self._report = report
        self.ok = report.ok
        violations = partial(rows_frame, ("code", "where", "text"), told["violations"])
        super().__init__(told, {"proved": partial(_proved, told), "violations": violations})

    @property
    def lines(self) -> tuple[str, ...]:
        """Proofs and violations in sentences, as the command prints them."""
        return tuple(self._report.lines())

    def _title(self) -> str:
        if self.ok:
            return self._report.praise()
        count = len(self.summary["violations"])
        return t("1 violation found" if count == 1 else "{count} violations found", count=count)

    def _figures(self) -> list[tuple[str, ...]]:
        if self.ok:
            return [(proof["code"], proof["text"]) for proof in self.summary["proved"]]
        return [(one["code"], one["text"]) for one in self.summary["violations"]]


class Explanation(Answer):
    """An explanation in sentences.

    Attributes:
        lines: the sentences, as the command prints them.
    """

    def __init__(self, lines: list[str]) -> None:
        self.lines = tuple(lines)
        told = {"lines": lines}
        super().__init__(told, {"lines": partial(rows_frame, ("line",), [[one] for one in lines])})

    def __repr__(self) -> str:
        return "\n".join(self.lines)

    def _repr_html_(self) -> str:
        return f'<pre style="white-space:pre-wrap">{escape(repr(self))}</pre>'


class ComparisonAnswer(Answer):
    """Key figures of runs side by side, and the sources that change.

    Table `figures` has a row for each figure, `sources` one for each source that changes.
    """

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        tables = {
            "figures": partial(_compared, comparison),
            "sources": partial(_changed, comparison),
        }
        super().__init__(comparison.as_dict(), tables)

    def shown(self) -> tuple[list[str], list[list[str]]]:
        """Headings and rows of text, as the command prints them."""
        return self._comparison.table()

    def changes(self) -> tuple[str, list[str], list[list[str]]]:
        """The sources that change: a sentence, then headings and rows of the greatest."""
        from scenarios.proof.plan_changes import counted_changes, shown_changes

        found = self._comparison.changes
        return counted_changes(found), *shown_changes(found, self._comparison.labels)

    def _title(self) -> str:
        return " · ".join(self.summary["runs"])

    def _heads(self) -> tuple[str, ...]:
        figure, _, *runs = self.shown()[0]
        return figure, *runs

    def _figures(self) -> list[tuple[str, ...]]:
        rows = self.shown()[1]
        return [(f"{title}, {unit}" if unit else title, *said) for title, unit, *said in rows]


def audit(run: str | Path, *, head: str | None = None, seal: str | None = None) -> AuditAnswer:
    """Verify the folder of a run or plan, or a journal of accounts, as `permits audit` does.

    Args:
        run: folder of a run or plan, or file of a journal of accounts.
        head: a hash kept elsewhere: one in a journal's chain, or the last of a run.
        seal: the folder's seal, kept elsewhere.
    Returns: the answer, also where violations were found: see its `ok`.
    Raises: InputError if the path is neither.
    """
    from scenarios.proof.audit import audit as audit_books

    return AuditAnswer(audit_books(Path(run), head=head, seal=seal))


def explain(
    run: str | Path,
    account: str | None = None,
    *,
    source: str | None = None,
    city: str | None = None,
    sector: str | None = None,
) -> Explanation:
    """Explain the year of a firm, a quota, or the postings of an owner.

    Args:
        run: folder of a run or plan, or file of a journal of accounts.
        account: firm of the run, or owner in the journal.
        source: explain the quota of this source instead.
        city: explain the quotas of this city.
        sector: explain the quotas of this sector.
    Raises: InputError for an unknown name, or a folder that is not a run.
    """
    from scenarios.proof.audit import explain_accounts
    from scenarios.proof.explain import explain_firm, explain_quota

    folder = Path(run)
    if folder.is_file():
        if account is None:
            raise InputError(
                "explain.whose",
                "a journal is explained for one owner at a time",
                where="ACCOUNT",
                mend="give the owner, which is the text before the # of an account",
            )
        return Explanation(list(explain_accounts(folder, account)))
    if account is not None:
        return Explanation(list(explain_firm(folder, account)))
    return Explanation(list(explain_quota(folder, source=source, city=city, sector=sector)))


def compare(*runs: str | Path) -> ComparisonAnswer:
    """Compare runs or plans side by side, with differences from the first.

    Args:
        *runs: two folders of runs or plans, or more.
    Raises: InputError for fewer than two, or a folder that is not a run.
    """
    from scenarios.proof.compare import compare_runs

    return ComparisonAnswer(compare_runs([Path(run) for run in runs]))


def _proved(told: Mapping[str, Any]) -> pd.DataFrame:
    """Proofs, each followed by its details, which name it in `part_of`."""
    rows = []
    for proof in told["proved"]:
        rows.append((proof["code"], None, proof["text"]))
        rows += [(one["code"], proof["code"], one["text"]) for one in proof.get("details", ())]
    return rows_frame(("code", "part_of", "text"), rows)


def _changed(comparison: Comparison) -> pd.DataFrame:
    """A row for each source that changes, its first and other reduction side by side."""
    heads = ["source", "pollutant", "run", "change", "first_t", "reduction_t", "difference_t",
             "first_yuan", "annual_cost_yuan"]  # fmt: skip
    rows = [
        (one["source"], one["pollutant"], one["run"], one["change"], *one["reduction_t"],
         one["difference_t"], *one["annual_cost_yuan"])
        for one in (change.as_dict() for change in comparison.changes)
    ]  # fmt: skip
    return rows_frame(heads, rows)


def _compared(comparison: Comparison) -> pd.DataFrame:
    """A column for each run, then the differences from the first."""
    first, *others = comparison.runs
    heads = ["key", "figure", "unit", first, *others, *(f"{name} - {first}" for name in others)]
    rows = [
        (line.key, line.title, line.unit, *line.values, *line.differences[1:])
        for line in comparison.lines
    ]
    return rows_frame(heads, rows)
