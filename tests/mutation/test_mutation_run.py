"""`make mutate` itself: what it draws, and that it tells a killed mutant from a survivor."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.mutation.mutants import (
    PARTS,
    Change,
    Mutant,
    draw_sample,
    find_mutants,
    load_equivalents,
    mutated_source,
)
from tests.mutation.run import (
    Fate,
    Verdict,
    exit_code,
    judge_all,
    open_laboratory,
    percent_killed,
    report,
)

CODE = '''\
"""A toy."""

from collections.abc import Iterator


def left(stock: int, taken: int) -> int:
    """What is left."""
    return stock - taken


def days(stock: int) -> int:
    count = 0
    while stock > 0:
        stock -= 1
        count += 1
    return count


def phase(stock: int) -> Iterator[int]:
    """What is left on each day."""
    while stock > 1:
        stock -= 1
        yield stock


@staticmethod
def decorated(a: int) -> int:
    return a
'''
# The first is killed by nothing here: taking 0 leaves the same as adding 0.
TESTS = """\
from toy import days, left, phase

def test_left():
    assert left(5, 0) == 5

def test_days():
    assert days(2) == 2

def test_phase():
    assert list(phase(3)) == [2, 1]
"""
PLUS = Change("toy.py", "left", "stock - taken", "stock + taken")
ENDLESS = Change("toy.py", "days", "stock -= 1", "stock += 1")
NONE = Change("toy.py", "days", "count = 0", "count = None")
YIELDED = Change("toy.py", "phase", "> 1", ">= 1")


def many(part: str, number: int) -> list[Mutant]:
    return [Mutant(part, Change(f"{part}.py", f"f{n}", "a", "b"), n) for n in range(number)]


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toy")
    (folder / ".gitignore").write_text("runs/\n")
    (folder / "runs").mkdir()
    (folder / "toy.py").write_text(CODE)
    (folder / "test_toy.py").write_text(TESTS)
    return folder


@pytest.fixture(scope="module")
def verdicts(toy: Path) -> dict[Change, Verdict]:
    """Four mutants of the toy."""
    wanted = {PLUS, ENDLESS, NONE, YIELDED}
    sample = [m for m in find_mutants(toy, ["toy.py"]) if m.change in wanted]
    with open_laboratory(toy, ["test_toy.py"], limit_s=0.5) as laboratory:
        judged = list(judge_all(laboratory, sample, {}))
        assert (laboratory.copies[0] / "toy.py").read_text() == CODE
        assert not (laboratory.copies[0] / "runs").exists()
    assert not laboratory.copies[0].exists()
    return {verdict.mutant.change: verdict for verdict in judged}


def test_the_sample_rests_on_the_mutants_and_not_on_their_order() -> None:
    mutants = [mutant for part in PARTS for mutant in many(part, 200)]
    drawn = draw_sample(mutants, 100)
    random.Random(1).shuffle(mutants)
    assert draw_sample(mutants, 100) == drawn
    assert len(set(drawn)) == 100


def test_of_300_each_part_has_60_and_the_largest_the_other_60() -> None:
    """A part of 6000 beside three of 66: plainly drawn, three or four of each would come."""
    mutants = many(PARTS[0], 6000) + [m for part in PARTS[1:] for m in many(part, 66)]
    parts = Counter(mutant.part for mutant in draw_sample(mutants, 300))
    assert parts == {PARTS[0]: 120, **dict.fromkeys(PARTS[1:], 60)}


def test_a_part_with_fewer_mutants_gives_all_it_has() -> None:
    parts = Counter(m.part for m in draw_sample(many("a", 500) + many("b", 7), 100))
    assert parts == {"a": 93, "b": 7}


def test_new_code_elsewhere_and_a_larger_sample_keep_what_was_drawn() -> None:
    mutants = [mutant for part in PARTS for mutant in many(part, 200)]
    few = set(draw_sample(mutants, 40))
    assert few < set(draw_sample(mutants, 120))
    assert set(draw_sample(mutants, 40)) == few
    with_more = set(draw_sample([*mutants, *many("new", 1)], 40))
    assert len(few - with_more) <= 1


def test_a_mutant_changes_one_thing_inside_a_function_without_decorator(toy: Path) -> None:
    mutants = find_mutants(toy, ["toy.py"])
    assert {mutant.change.function for mutant in mutants} == {"left", "days", "phase"}
    (plus,) = [mutant for mutant in mutants if mutant.change == PLUS]
    assert mutated_source(CODE, plus) == CODE.replace("stock - taken", "stock + taken")


def test_a_killed_mutant_and_a_survivor_are_told_apart(verdicts: dict[Change, Verdict]) -> None:
    """left(5, 0) is 5 either way; None + 1 raises; a growing stock is never sold; a generator
    that goes on to 0 yields a day too many."""
    assert {change: verdict.fate for change, verdict in verdicts.items()} == {
        PLUS: Fate.SURVIVED,
        NONE: Fate.KILLED,
        ENDLESS: Fate.ENDLESS,
        YIELDED: Fate.KILLED,
    }


def test_a_survivor_is_printed_with_its_line_and_diff(verdicts: dict[Change, Verdict]) -> None:
    text = report([verdicts[PLUS], verdicts[NONE]], {})
    assert "survived: toy.py:8 left" in text
    assert "-    return stock - taken\n+    return stock + taken" in text
    assert 'before = "stock - taken"' in text
    assert "count = None" not in text


def test_an_equivalent_mutant_is_shown_and_not_counted(verdicts: dict[Change, Verdict]) -> None:
    """Of the survivor and three dead ones 3/4 are killed; without it 3/3."""
    assert percent_killed([*verdicts.values()]) == 75
    plus = verdicts[PLUS]
    listed = Verdict(plus.mutant, Fate.EQUIVALENT, plus.line, plus.diff)
    judged = [listed, *(verdict for change, verdict in verdicts.items() if change != PLUS)]
    assert percent_killed(judged) == 100
    assert "Adding nothing is taking nothing." in report(
        judged, {PLUS: "Adding nothing is taking nothing."}
    )


@pytest.mark.parametrize(("killed", "equivalent", "code"), [(9, 0, 0), (8, 0, 1), (8, 1, 1)])
def test_below_nine_of_ten_the_command_fails(killed: int, equivalent: int, code: int) -> None:
    """9 of 10 are 90 %; 8 of 9 only 88.9 %, and an equivalent mutant does not help."""
    fates = [Fate.SURVIVED, *[Fate.KILLED] * killed, *[Fate.EQUIVALENT] * equivalent]
    mutants = many("part", len(fates))
    verdicts = [Verdict(m, fate, 1, "") for m, fate in zip(mutants, fates, strict=True)]
    assert exit_code(verdicts) == code


def test_the_list_of_equivalents_takes_what_the_report_prints(toy: Path, tmp_path: Path) -> None:
    mutants, path = find_mutants(toy, ["toy.py"]), tmp_path / "equivalent.toml"
    path.write_text(PLUS.as_toml())
    with pytest.raises(ValueError, match="no reason given"):
        load_equivalents(path, mutants)
    path.write_text(PLUS.as_toml().replace('reason = ""', 'reason = "Zero."'))
    assert load_equivalents(path, mutants) == {PLUS: "Zero."}
    with pytest.raises(ValueError, match="no mutant makes this change"):
        load_equivalents(path, [mutant for mutant in mutants if mutant.change != PLUS])


def test_tests_that_fail_anyway_kill_nothing(toy: Path, tmp_path: Path) -> None:
    for name in (".gitignore", "toy.py"):
        (tmp_path / name).write_text((toy / name).read_text())
    (tmp_path / "test_toy.py").write_text("def test_false():\n    assert False\n")
    with (
        pytest.raises(SystemExit, match="fail before anything is changed"),
        open_laboratory(tmp_path, ["test_toy.py"]),
    ):
        pass
