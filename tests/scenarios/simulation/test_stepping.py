"""A year stopped, copied, pickled, branched and replayed is the same year."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from permits.errors import InputError
from scenarios.definition.scenario import Scenario
from scenarios.simulation.command import Command
from scenarios.simulation.command_log import entries_sha256, log_text, read_log
from scenarios.simulation.world import World
from scenarios.simulation.year import begin, moment_name, play_on, step
from tests.scenarios.simulation.small_years import FEW_DYERS, built

SESSION = "2018-02-20/session.1"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return built(*FEW_DYERS)


@pytest.fixture(scope="module")
def whole(scenario: Scenario) -> str:
    return _hash(play_on(begin(scenario)))


def _hash(world: World) -> str:
    return entries_sha256(world.books.ledger.journal)


def test_a_year_stopped_and_resumed_is_the_same_year(scenario: Scenario, whole: str) -> None:
    world = begin(scenario)
    for day in (date(2018, 1, 15), date(2018, 2, 20), date(2018, 4, 1)):
        play_on(world, until=day)
        assert moment_name(world) == f"{day}/open"
        world = pickle.loads(pickle.dumps(world))
    assert _hash(play_on(world)) == whole


def test_a_branch_leaves_the_year_as_it_was(scenario: Scenario, whole: str) -> None:
    """The branch is played to its end, with a seat taken, and thrown away."""
    world = play_on(begin(scenario), until=date(2018, 2, 20))
    branch, firm = world.copy(), scenario.register.firms[0].id
    taken = Command(0, "2018-02-20/open", 0, firm, "mine", "take_seat")
    assert _hash(play_on(branch, [taken])) != whole
    assert not world.people.seats
    assert _hash(play_on(world)) == whole


def test_a_world_pickles_on_every_day_and_in_open_sessions(scenario: Scenario) -> None:
    world, moments = begin(scenario), 0
    while moment_name(world) != "2018-03-01/open":
        if world.agenda.phase == 0 or world.market.open:
            moments += 1
            again = pickle.loads(pickle.dumps(world))
            assert moment_name(again) == moment_name(world)
            assert again.books.ledger.journal == world.books.ledger.journal
            assert list(again.books.ledger.balances()) == list(world.books.ledger.balances())
            assert (again.cards.bank.quota_mg == world.cards.bank.quota_mg).all()
            assert (again.agenda, again.contracts) == (world.agenda, world.contracts)
        step(world)
    assert moments == 59 + 2, "59 days, two sessions"


def _order(n: int, firm: str, key: str, mass_t: float, yuan: float) -> Command:
    given = {
        "side": "buy", "pollutant": "COD", "mass_mg": round(mass_t * 10**9),
        "limit_fen_per_t": round(yuan * 100),
    }  # fmt: skip
    return Command(n, SESSION, 0, firm, key, "order", given)


def _played(scenario: Scenario, commands: Sequence[Command]) -> World:
    return play_on(begin(scenario), commands)


def test_an_order_of_a_person_passes_admission_and_trades(scenario: Scenario, whole: str) -> None:
    """Half a lot of 1 kg is refused; a tonne at a price above all others is filled."""
    firm = scenario.register.firms[0].id
    world = _played(
        scenario, [_order(0, firm, "a", 0.0005, 20_000), _order(1, firm, "b", 1, 20_000)]
    )
    refused, taken = world.people.answers
    assert refused.refusal is not None and refused.refusal.code == "screen.lot"
    assert taken.accepted
    orders = [row for row in world.books.tables["orders"] if row[0] == "2018-02-20/S1/COD"]
    small, mine = [row for row in orders if row[2] == firm and row[6] == 2_000_000]
    assert (small[5], small[10]) == (500_000, "lot")
    assert mine[5:6] + mine[8:9] == (10**9, 10**9), "the whole tonne"
    assert _hash(world) != whole


def test_a_key_given_twice_counts_once(scenario: Scenario) -> None:
    firm = scenario.register.firms[0].id
    once = _order(0, firm, "a", 1, 20_000)
    again = _order(1, firm, "a", 1, 20_000)
    assert _hash(_played(scenario, [once, again])) == _hash(_played(scenario, [once]))


def test_a_cancelled_order_leaves_no_trace(scenario: Scenario, whole: str) -> None:
    firm = scenario.register.firms[0].id
    back = Command(1, SESSION, 0, firm, "b", "cancel", {"order": "a", "pollutant": "COD"})
    world = _played(scenario, [_order(0, firm, "a", 1, 20_000), back])
    assert [answer.accepted for answer in world.people.answers] == [True, True]
    assert _hash(world) == whole


def test_who_takes_a_seat_builds_and_quotes_by_command_alone(scenario: Scenario) -> None:
    firm = scenario.register.firms[0].id
    begins = Command(0, "2018-01-01/open", 0, firm, "s", "take_seat")
    world = _played(scenario, [begins])
    quotes = [row for row in world.books.tables["orders"] if row[2] == firm]
    built_by = [e for e in world.books.log.events if e.kind == "abate.built" and e.who == firm]
    assert (quotes, built_by) == ([], [])
    step_name = next(world.rules.plain_steps[k].name for k in begin(scenario).unbuilt(0))
    asked = Command(1, "2018-02-20/build", 0, firm, "m", "build", {"measure": step_name})
    world = _played(scenario, [begins, asked])
    (event,) = [e for e in world.books.log.events if e.kind == "abate.built" and e.who == firm]
    assert event.on == date(2018, 3, 12), "twenty days after the order"
    unknown = Command(1, "2018-02-20/build", 0, firm, "m", "build", {"measure": "magic"})
    (_, answer) = _played(scenario, [begins, unknown]).people.answers
    assert answer.refusal is not None and answer.refusal.code == "command.measure"


def test_a_government_decides_as_a_policy_does(scenario: Scenario) -> None:
    """A floor of 40,000 yuan/t for one day: on 20 February every bid for COD lies below it."""
    given = {
        "name": "price_bounds",
        "with": {"floor_fen_per_t": {"COD": 4_000_000}, "ceiling_fen_per_t": {}},
    }
    moment = "2018-02-20/reload_cards"
    floor = Command(0, moment, 0, "government", "f", "decide", given)
    world = _played(scenario, [floor])
    assert world.people.answers[0].accepted
    rows = [row for row in world.books.tables["orders"] if row[4] == "COD 2018"]
    bids = [(str(row[1]), row[10]) for row in rows if row[3] == "buy"]
    assert bids and {reason for day, reason in bids if day == "2018-02-20"} == {"band"}
    unknown = Command(0, moment, 0, "government", "f", "decide", {"name": "magic", "with": {}})
    firm = Command(1, moment, 0, scenario.register.firms[0].id, "g", "decide", given)
    refused = [answer.refusal for answer in _played(scenario, [unknown, firm]).people.answers]
    assert [error and error.code for error in refused] == [
        "instruction.unknown", "command.no_government",
    ]  # fmt: skip


def test_a_log_is_written_read_and_replayed(scenario: Scenario, tmp_path: Path) -> None:
    firm = scenario.register.firms[0].id
    given = [_order(0, firm, "a", 0.0005, 20_000), _order(1, firm, "b", 1, 20_000)]
    world = _played(scenario, given)
    path = tmp_path / "commands.jsonl"
    path.write_text(
        log_text(scenario, world.people.given, world.books.ledger.journal), encoding="utf-8"
    )
    log = read_log(path, scenario)
    again = _played(scenario, log.commands)
    assert list(log.commands) == given
    assert _hash(again) == log.entries_sha256
    assert [a.told() for a in again.people.answers] == [a.told() for a in world.people.answers]


def test_an_undo_goes_back_over_what_it_names(scenario: Scenario, tmp_path: Path) -> None:
    firm = scenario.register.firms[0].id
    given = [
        _order(0, firm, "a", 1, 20_000),
        _order(1, firm, "b", 2, 20_000),
        Command(2, SESSION, 0, "console", "u", "undo", {"to": 1}),
        _order(3, firm, "c", 3, 20_000),
    ]
    path = tmp_path / "mine.jsonl"
    path.write_text("".join(command.line() + "\n" for command in given), encoding="utf-8")
    assert [command.key for command in read_log(path, scenario).commands] == ["a", "c"]


ONE = Command(0, "2018-02-20/open", 0, "console", "k", "message").line()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (ONE[:-9], "command.line"),
        (ONE.replace('"n":0', '"n":1'), "commands.gap"),
        (ONE.replace('"with":{}', '"with":{"mass_t":1.5}'), "command.line"),
        (ONE.replace('"at_ms":0,', ""), "command.line"),
        (ONE.replace("2018-02-20/open", "20 February"), "command.line"),
        (ONE.replace("message", "undo"), "commands.undo"),
    ],
)
def test_a_damaged_log_is_refused(scenario: Scenario, tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "commands.jsonl"
    path.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_log(path, scenario)
    assert refused.value.code == code


def test_a_log_of_another_scenario_or_cut_at_a_line_is_refused(
    scenario: Scenario, tmp_path: Path
) -> None:
    path = tmp_path / "commands.jsonl"
    text = log_text(scenario, [], [])
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as other:
        read_log(path, built(*FEW_DYERS, "seed=5"))
    assert other.value.code == "commands.other"
    path.write_text(text.splitlines()[0] + "\n" + ONE + "\n", encoding="utf-8")
    with pytest.raises(InputError) as cut:
        read_log(path, scenario)
    assert cut.value.code == "commands.cut"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"moment": "2018-01-01/open"}, "command.moment"),
        ({"moment": "2018-02-21/session.1"}, "command.moment"),
        ({"by": "nobody"}, "command.seat"),
        ({"do": "dance"}, "command.unknown"),
        ({"key": "first"}, "command.key"),
    ],
)
def test_a_command_that_cannot_be_is_refused_before_anything_is_played(
    scenario: Scenario, changed: dict[str, str], code: str
) -> None:
    world = play_on(begin(scenario), until=date(2018, 2, 1))
    first = Command(0, "2018-02-20/open", 0, "console", "first", "message")
    told = {"moment": "2018-02-20/open", "by": "console", "key": "second", "do": "pause", **changed}
    second = Command(1, told["moment"], 0, told["by"], told["key"], told["do"])
    before = moment_name(world)
    with pytest.raises(InputError) as refused:
        play_on(world, [first, second])
    assert refused.value.code == code
    assert moment_name(world) == before
