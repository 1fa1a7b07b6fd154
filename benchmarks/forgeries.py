"""Does `permits audit` find what was forged? Forty ways to change a run or a plan.

    python benchmarks/forgeries.py

A run and a plan are written, copied, and changed one way at a time. Some changes leave a hash
as it was: the plain audit has to find each of them. Others recompute every hash, as anybody
may who can write the folder: of these the plain audit finds what the tables betray, and
`audit --seal` finds all.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from permits.account import WORLD, cash
from permits.ledger import Entry, Reason, move, replay
from permits.right import YUAN
from scenarios import api
from scenarios.intake.tables import sha256
from scenarios.proof.audit import audit
from scenarios.results.stores.file_seals import MANIFEST, seal_of
from scenarios.results.stores.run_journal import (
    chain,
    read_event_rows,
    read_journal,
    read_register_rows,
    rows_digest,
)

SCENARIO = "classroom-two-firms"
MEASURES = """source,sector,city,pollutant,baseline_t,measure,removed_t,annual_cost_yuan
S1,coating,Hangzhou,VOC,100,M1,50,1000
S2,coating,Ningbo,VOC,80,M2,40,500
S3,printing,Ningbo,VOC,60,M3,20,900
"""
JOURNAL, SUMMARY, PAGE, BOOK = "run.sqlite", "summary.json", "report.html", "report.xlsx"

Change = Callable[[Path], None]


class Forgery(NamedTuple):
    """A change of a folder; `whole` if it recomputes every hash."""

    name: str
    change: Change
    whole: bool = False
    of_plan: bool = False


class Outcome(NamedTuple):
    """Whether the plain audit found a forgery, and the one with the seal."""

    forgery: Forgery
    plain: bool
    sealed: bool


# --- ways to change -------------------------------------------------------------------


def replace_file(name: str, content: bytes = b"<h1>All firms complied</h1>") -> Change:
    return lambda folder: _write(folder / name, content)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def delete_file(name: str) -> Change:
    return lambda folder: (folder / name).unlink()


def edit_json(name: str, edit: Callable[[dict[str, Any]], object]) -> Change:
    def change(folder: Path) -> None:
        told = json.loads((folder / name).read_text(encoding="utf-8"))
        edit(told)
        (folder / name).write_text(json.dumps(told), encoding="utf-8")

    return change


def drop_row(name: str, row: int = 1) -> Change:
    def change(folder: Path) -> None:
        lines = (folder / name).read_text(encoding="utf-8").splitlines(keepends=True)
        (folder / name).write_text("".join(lines[:row] + lines[row + 1 :]), encoding="utf-8")

    return change


def double_row(name: str) -> Change:
    """The first row stands again, in place of the last."""

    def change(folder: Path) -> None:
        lines = (folder / name).read_text(encoding="utf-8").splitlines(keepends=True)
        (folder / name).write_text("".join([*lines[:-1], lines[1]]), encoding="utf-8")

    return change


def in_text(name: str, old: str, new: str) -> Change:
    def change(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old!r}: the forgery would change nothing"
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def run_sql(*statements: str) -> Change:
    def change(folder: Path) -> None:
        with closing(sqlite3.connect(folder / JOURNAL)) as base, base:
            for statement in statements:
                base.execute(statement)

    return change


def cut_file(name: str, share: float) -> Change:
    def change(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: int(len(data) * share)])

    return change


def noise(folder: Path) -> None:
    data = bytearray((folder / JOURNAL).read_bytes())
    data[4096:8192] = bytes(range(256)) * 16
    (folder / JOURNAL).write_bytes(data)


def all_of(*changes: Change) -> Change:
    def change(folder: Path) -> None:
        for one in changes:
            one(folder)

    return change


def rewrite_journal(edit: Callable[[list[Entry]], list[Entry]]) -> Change:
    """Other entries, with chain, head, balances and the summary's count recomputed."""

    def change(folder: Path) -> None:
        entries = edit(read_journal(folder / JOURNAL))
        rows = list(chain(entries))
        balances = [(str(a), str(x), b) for a, x, b in replay(entries).balances()]
        with closing(sqlite3.connect(folder / JOURNAL)) as base, base:
            base.execute("DELETE FROM journal")
            for r in rows:
                values = (r.n, r.id, r.on, r.reason, r.legs, r.why, r.corrects, r.hash)
                base.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
            base.execute("DELETE FROM balances")
            base.executemany("INSERT INTO balances VALUES (?, ?, ?)", balances)
            told = {"head": rows[-1].hash, "entries": str(len(rows))}
            for key, value in told.items():
                base.execute("UPDATE meta SET value = ? WHERE key = ?", (value, key))
        edit_json(MANIFEST, lambda m: m["journal"].update(head=rows[-1].hash, entries=len(rows)))(
            folder
        )
        edit_json(SUMMARY, lambda s: s["ledger"].update(entries=len(rows)))(folder)

    return change


def rehash_tables(folder: Path) -> None:
    """Hashes of events and registers in `meta` as they are now."""
    events = read_event_rows(folder / JOURNAL)
    told = {"events_sha256": rows_digest(events), "events": str(len(events))}
    for name in ("licences", "cards"):
        told[f"{name}_sha256"] = rows_digest(read_register_rows(folder / JOURNAL, name) or ())
    with closing(sqlite3.connect(folder / JOURNAL)) as base, base:
        for key, value in told.items():
            base.execute("UPDATE meta SET value = ? WHERE key = ?", (value, key))


def reseal(folder: Path) -> None:
    """Hashes of all files in the manifest as they are now."""
    path = folder / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    files = (one for one in sorted(folder.rglob("*")) if one.is_file() and one != path)
    manifest["files"] = {one.relative_to(folder).as_posix(): sha256(one) for one in files}
    path.write_text(json.dumps(manifest), encoding="utf-8")


def _add_money(entries: list[Entry]) -> list[Entry]:
    """A fen from outside for the first owner of cash, behind the last entry."""
    owner = next(a.owner for a, x, _ in replay(entries).balances() if a.pocket == "cash")
    legs = move(WORLD, cash(owner), YUAN, 1)
    return [*entries, Entry("forged/fund", entries[-1].on, Reason.FUND, legs)]


def _without_building(entries: list[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.reason is not Reason.BUILD]


TRIGGER = "CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM events; END"
OTHER_MASS = "UPDATE journal SET legs = replace(legs, '0', '1') WHERE n = 9"

FORGERIES: tuple[Forgery, ...] = (
    # Each leaves at least one hash as it was.
    Forgery("summary: efficiency", edit_json(SUMMARY, lambda s: s.update(efficiency=0.123))),
    Forgery("page replaced", replace_file(PAGE)),
    Forgery("page deleted", delete_file(PAGE)),
    Forgery("workbook replaced", replace_file(BOOK, b"PK")),
    Forgery("trades: a row dropped", drop_row("tables/trades.csv")),
    Forgery("inputs: a status", in_text("tables/inputs.csv", "assumed", "statute")),
    Forgery("a table deleted", delete_file("tables/curve.csv")),
    Forgery("a file added", replace_file("readme.txt", b"fine")),
    Forgery("manifest emptied", replace_file(MANIFEST, b"{}")),
    Forgery("manifest deleted", delete_file(MANIFEST)),
    Forgery("manifest of other kinds", replace_file(MANIFEST, b'{"files":[1,2],"journal":5}')),
    Forgery(
        "manifest without the page",
        all_of(edit_json(MANIFEST, lambda m: m["files"].pop(PAGE)), replace_file(PAGE)),
    ),
    Forgery(
        "manifest cut to the old form",
        all_of(
            edit_json(MANIFEST, lambda m: [m.pop("format"), m["files"].pop(PAGE)]),
            replace_file(PAGE),
        ),
    ),
    Forgery("journal deleted", delete_file(JOURNAL)),
    Forgery(
        "journal deleted, manifest emptied",
        all_of(delete_file(JOURNAL), replace_file(MANIFEST, b"{}")),
    ),
    Forgery("half of the journal", cut_file(JOURNAL, 0.5)),
    Forgery("noise in the journal", noise),
    Forgery(
        "a trigger",
        all_of(run_sql(TRIGGER), reseal),
    ),
    Forgery(
        "a view for the journal",
        all_of(
            run_sql("ALTER TABLE journal RENAME TO j2", "CREATE VIEW journal AS SELECT * FROM j2"),
            reseal,
        ),
    ),
    Forgery(
        "a key more in meta", all_of(run_sql("INSERT INTO meta VALUES ('audited', 'yes')"), reseal)
    ),
    Forgery(
        "an entry's mass",
        all_of(run_sql(OTHER_MASS), reseal),
    ),
    Forgery("an entry deleted", all_of(run_sql("DELETE FROM journal WHERE n = 20"), reseal)),
    Forgery("a balance", all_of(run_sql("UPDATE balances SET balance = balance + 1"), reseal)),
    Forgery(
        "an event's rule", all_of(run_sql("UPDATE events SET rule = '' WHERE seq = 2"), reseal)
    ),
    # Each recomputes every hash: the seal finds them, tables betray most.
    Forgery("trades: a row dropped, resealed", all_of(drop_row("tables/trades.csv"), reseal), True),
    Forgery("firms: a row dropped, resealed", all_of(drop_row("tables/firms.csv"), reseal), True),
    Forgery("cards: a row dropped, resealed", all_of(drop_row("tables/cards.csv"), reseal), True),
    Forgery(
        "quotas: a row doubled, resealed", all_of(double_row("tables/quotas.csv"), reseal), True
    ),
    Forgery(
        "events deleted, resealed",
        all_of(run_sql("DELETE FROM events WHERE kind NOT LIKE 'swipe.%'"), rehash_tables, reseal),
        True,
    ),
    Forgery(
        "licences doubled, resealed",
        all_of(
            run_sql(
                "INSERT INTO licences SELECT n + 1000, number, firm, pollutant, year, effective, "
                "limit_mg FROM licences"
            ),
            rehash_tables,
            reseal,
        ),
        True,
    ),
    Forgery("last entries cut, resealed", all_of(rewrite_journal(lambda e: e[:-2]), reseal), True),
    Forgery("money appended, resealed", all_of(rewrite_journal(_add_money), reseal), True),
    Forgery(
        "summary: efficiency, resealed",
        all_of(edit_json(SUMMARY, lambda s: s.update(efficiency=0.123)), reseal),
        True,
    ),
    Forgery("page replaced, resealed", all_of(replace_file(PAGE), reseal), True),
    Forgery(
        "building costs left out, resealed",
        all_of(rewrite_journal(_without_building), reseal),
        True,
    ),
    Forgery(
        "names of firms", edit_json(MANIFEST, lambda m: m.update(labels={"A": {"en": "B"}})), True
    ),
    # Plans.
    Forgery("plan: a quota", in_text("quotas.csv", "S1", "S9"), of_plan=True),
    Forgery(
        "plan: a measure dropped, resealed", all_of(drop_row("chosen.csv"), reseal), True, True
    ),
    Forgery(
        "plan: its cost, resealed",
        all_of(edit_json(SUMMARY, lambda s: s["allocation"].update(cost_yuan=1)), reseal),
        True,
        True,
    ),
    Forgery(
        "plan: the question, resealed",
        all_of(replace_file("question.json", b'{"target": ["VOC=1"]}'), reseal),
        True,
        True,
    ),
)


def write_honest(where: Path) -> tuple[Path, Path]:
    """An honest run and an honest plan: folders below `where`."""
    run, plan, table = where / "run", where / "plan", where / "measures.csv"
    table.write_text(MEASURES, encoding="utf-8")
    api.run(SCENARIO, out=run)
    api.allocate(measures=str(table), target="VOC=60", out=plan)
    return run, plan


def try_all(
    run: Path, plan: Path, where: Path, forgeries: tuple[Forgery, ...] = FORGERIES
) -> Iterator[Outcome]:
    """Try forgeries on copies of two honest folders, one at a time.

    Args:
        run: the honest run.
        plan: the honest plan.
        where: folder for the copies.
        forgeries: what is tried.
    """
    for forgery in forgeries:
        honest = plan if forgery.of_plan else run
        copy = where / "forged"
        shutil.copytree(honest, copy)
        forgery.change(copy)
        kept = seal_of(honest)
        codes = {violation.code for violation in audit(copy, seal=kept).violations}
        yield Outcome(forgery, bool(codes - {"audit.kept_seal"}), bool(codes))
        shutil.rmtree(copy)


def main() -> int:
    """Print what is found; 1 where one passes that leaves a hash, or one passes the seal."""
    with tempfile.TemporaryDirectory() as name:
        where = Path(name)
        run, plan = write_honest(where)
        for honest in (run, plan):
            assert audit(honest, seal=seal_of(honest)).ok, f"{honest.name} is not honest"
        found = list(try_all(run, plan, where))
    for one in found:
        plain, sealed = ("found" if seen else "passes" for seen in (one.plain, one.sealed))
        print(f"{plain:7} {sealed:7} {one.forgery.name}")
    left = [one for one in found if not one.forgery.whole]
    print(f"audit: {sum(one.plain for one in found)} of {len(found)}; of those that leave a hash: "
          f"{sum(one.plain for one in left)} of {len(left)}")  # fmt: skip
    print(f"audit --seal: {sum(one.sealed for one in found)} of {len(found)}")
    return 0 if all(one.plain for one in left) and all(one.sealed for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
