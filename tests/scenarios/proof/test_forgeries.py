"""What was forged is found: by the audit where a hash was left, by the seal whatever was done."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from benchmarks.forgeries import (
    FORGERIES,
    SUMMARY,
    all_of,
    edit_json,
    rehash_tables,
    reseal,
    run_sql,
    try_all,
    write_honest,
)
from permits.errors import InputError
from scenarios import api
from scenarios.proof.audit import audit
from scenarios.results.stores.file_seals import seal_of

Honest = tuple[Path, Path]


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Honest:
    return write_honest(tmp_path_factory.mktemp("honest"))


def test_honest_folders_are_sound_with_and_without_their_seal(honest: Honest) -> None:
    for folder in honest:
        seal = seal_of(folder)
        assert seal is not None
        for report in (audit(folder), audit(folder, seal=f" {seal.upper()} ")):
            assert report.ok, report.lines()
            assert report.as_dict()["seal"] == seal
        assert [v.code for v in audit(folder, seal="0" * 64).violations] == ["audit.kept_seal"]
        with pytest.raises(InputError, match="no hash"):
            audit(folder, seal="9c1b")


def test_forty_ways_are_tried() -> None:
    assert len(FORGERIES) == 40
    assert len({one.name for one in FORGERIES}) == 40


# A sample for every run of the tests: files, journal, resealed tables, the plan.
@pytest.mark.parametrize("first", [0, 20, 30, 38])
def test_a_sample_of_them_is_found(honest: Honest, tmp_path: Path, first: int) -> None:
    for one in try_all(*honest, tmp_path, FORGERIES[first : first + 1]):
        assert one.plain, one.forgery.name
        assert one.sealed, one.forgery.name


@pytest.mark.slow
def test_all_that_leave_a_hash_are_found_and_the_seal_finds_all(
    honest: Honest, tmp_path: Path
) -> None:
    found = list(try_all(*honest, tmp_path))
    assert [one.forgery.name for one in found if not one.sealed] == []
    passed = [one.forgery.name for one in found if not one.plain]
    assert passed == [
        "page replaced, resealed",
        "names of firms",
        "plan: the question, resealed",
    ], "only what nothing else in the folder contradicts"


OTHER_KINDS = {
    "a mass that is text": edit_json(SUMMARY, lambda s: s["ledger"]["issued_t"].update(X="abc")),
    "a count that is text": edit_json(SUMMARY, lambda s: s["swipes"].update(count="many")),
    "a list for the ledger": edit_json(SUMMARY, lambda s: s.update(ledger=[1])),
    "a list for the plan": edit_json(SUMMARY, lambda s: s.update(allocation=[1])),
    "a number for the groups": edit_json(SUMMARY, lambda s: s["allocation"].update(groups=3)),
    "a month of a card": all_of(run_sql("UPDATE cards SET month = 'xx'"), rehash_tables),
    "an event's values": all_of(run_sql("UPDATE events SET \"values\" = '[1]'"), rehash_tables),
    "a mass of an event": all_of(
        run_sql('UPDATE events SET "values" = \'{"mass":"much"}\''), rehash_tables
    ),
}


@pytest.mark.parametrize("what", sorted(OTHER_KINDS))
def test_values_of_another_kind_are_a_violation_and_no_crash(
    honest: Honest, tmp_path: Path, what: str
) -> None:
    """Resealed, so that nothing but the value itself can be found."""
    copy = Path(shutil.copytree(honest[0], tmp_path / "run"))
    OTHER_KINDS[what](copy)
    reseal(copy)
    codes = {violation.code for violation in audit(copy).violations}
    assert codes & {"audit.unreadable", "audit.recomputed", "audit.issued"}, codes


# --- the folder of a plan ---------------------------------------------------------------


@pytest.fixture(scope="module")
def appealed(honest: Honest) -> Path:
    """The same plan after S3 was let off: 50 + 40 t for 1,500 yuan instead of 40 + 20 for 1,400."""
    folder = honest[1].parent / "appealed"
    table = str(honest[1].parent / "measures.csv")
    api.allocate(measures=table, target="VOC=60", max="source=S3:VOC=0", out=folder)
    return folder


def test_a_plan_is_explained_from_its_folder_alone(honest: Honest) -> None:
    lines = "\n".join(api.explain(honest[1], source="S2").lines)
    assert "S2 (coating) belongs to S2, Ningbo." in lines
    assert "VOC: baseline 80 t, less 40 t, leaves a quota of 40 t." in lines
    assert "The plan installs M2 for 500 yuan a year." in lines
    assert "Under equal percentage every source would cut at least" in lines
    lines = "\n".join(api.explain(honest[1], source="S1").lines)
    assert "less 0 t, leaves a quota of 100 t." in lines
    lines = "\n".join(api.explain(honest[1], city="Ningbo").lines)
    assert "Ningbo, VOC: 2 sources emit 140 t; the plan cuts 60 t (42.9 %) for 1,400 yuan" in lines
    with pytest.raises(InputError, match="no source called S9"):
        api.explain(honest[1], source="S9")


def test_plans_are_compared_source_by_source(honest: Honest, appealed: Path) -> None:
    told = api.compare(honest[1], appealed).summary
    assert told["figures"]["allocation.cost_yuan"]["values"] == [1400, 1500]
    assert [
        (one["source"], one["change"], one["reduction_t"], one["annual_cost_yuan"])
        for one in told["sources"]
    ] == [
        ("S1", "takes_over", [0, 50], [0, 1000]),
        ("S3", "let_off", [20, 0], [900, 0]),
    ]
    said, heads, rows = api.compare(honest[1], appealed).changes()
    assert said == "Sources that change: let off 1, takes over 1"
    assert len(heads) == len(rows[0]) == 7
    assert api.compare(honest[1], honest[1]).changes()[0] == "No source changes"
    frame = api.compare(honest[1], appealed).table("sources")
    assert frame["difference_t"].tolist() == [50, -20]


def test_a_plans_folder_says_what_was_asked(appealed: Path) -> None:
    asked = json.loads((appealed / "question.json").read_text(encoding="utf-8"))
    measures = asked.pop("measures")
    assert measures.endswith("measures.csv")
    assert asked == {"target": "VOC=60", "max": "source=S3:VOC=0"}
    manifest = json.loads((appealed / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["kind"] == "plan"
    assert list(manifest["inputs_sha256"]) == ["measures.csv"]


def test_an_input_in_the_folder_of_results_is_not_replaced(honest: Honest, tmp_path: Path) -> None:
    """A table that an earlier plan wrote, read from its folder and aimed at it."""
    plan = Path(shutil.copytree(honest[1], tmp_path / "plan"))
    before = (plan / "quotas.csv").read_bytes()
    with pytest.raises(InputError, match="is an input of this command"):
        api.allocate(measures=str(plan / "quotas.csv"), target="VOC=60", out=plan, force=True)
    assert (plan / "quotas.csv").read_bytes() == before
