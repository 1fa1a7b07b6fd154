"""The commands from Python: the same numbers and errors, data frames in and out, a look."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from permits.errors import InputError, ManyErrors, RightsError
from scenarios import api
from scenarios.results.stores.jsontext import to_json
from scenarios.text import render, set_language

Cli = Callable[..., Any]
DATA = Path(__file__).parents[2] / "scenarios" / "files" / "data"
MEASURES = """source,sector,city,pollutant,baseline_t,measure,removed_t,annual_cost_yuan
A,coating,Hangzhou,VOC,100.123456789,paint,30,60000
A,coating,Hangzhou,VOC,100.123456789,oxidiser,80,900000
B,printing,Ningbo,VOC,50,ink,20,10000.05
C,printing,Hangzhou,VOC,40,,,
"""
BIDS = """bidder,mass_t,limit_yuan_per_t,product
A,5,9000,2017
B,7.5,8500.55,2017
C,4,8500.55,2017
D,0,8000,2017
E,3,7000,2018
"""
ORDERS = """trader,side,mass_t,limit_yuan_per_t
A,buy,5,9000
B,buy,7,8500
C,buy,4,7000
D,sell,9,6000
E,sell,3,7500
F,sell,6,8000
G,sell,-2,9500
"""
READINGS = """outlet,at,volume_m3,COD_mg_per_l,NH3-N_mg_per_l,flag
A,2017-03-31 22:00,10,50,5,
A,2017-03-31 23:00,10,50,5,D
A,2017-04-01 00:00,10,50,7.5,N
A,2017-04-01 00:00,10,50,7.5,N
B,2017-04-01 00:00,-3,50,7,N
B,2017-04-01 01:00,3,,7,N
"""
CARDS = "card,firm,outlet,pollutant,annual_quota_t\nC1,F1,A,COD,0.012\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A file of each table, as CSV, Excel and Parquet."""
    for name, text in (("m", MEASURES), ("bids", BIDS), ("orders", ORDERS), ("r", READINGS),
                       ("cards", CARDS)):  # fmt: skip
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        _frame(text).to_excel(tmp_path / f"{name}.xlsx", index=False)
        _frame(text).to_parquet(tmp_path / f"{name}.parquet", index=False)
    return tmp_path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two runs that Python wrote."""
    root = tmp_path_factory.mktemp("runs")
    first = api.run("classroom-two-firms", out=root / "a")
    api.run(api.load("classroom-two-firms"), sets="seed=2", part="plan").write(root / "b")
    assert first.folder == root / "a"
    return root / "a", root / "b"


def _frame(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text))


def _told(answer: api.Answer) -> Any:
    """The summary as the command would print it, and as a script would read it."""
    return json.loads(to_json(answer.summary), parse_float=Decimal)


def _json(ran: Any) -> Any:
    assert ran.code in (0, 1, 3), ran.err
    return json.loads(ran.out, parse_float=Decimal)


def _timeless(told: dict[str, Any]) -> dict[str, Any]:
    """A plan without the seconds that it took."""
    return told | {"solver": {k: v for k, v in told["solver"].items() if k != "seconds"}}


# --- every function prints what its command prints ----------------------------------------


def test_all_that_is_promised_is_there() -> None:
    promised = "load run allocate clear market equilibrium sessions meter audit explain compare"
    assert set(promised.split()) <= set(api.__all__)
    assert all(hasattr(api, name) for name in api.__all__)


def test_a_run_is_that_of_the_command(
    run_cli: Cli, runs: tuple[Path, Path], tmp_path: Path
) -> None:
    ran = run_cli("run", "classroom-two-firms", "--json", "--out", tmp_path / "r", "--quiet")
    answer = api.run("classroom-two-firms")
    assert _told(answer) == _json(ran)
    assert answer.status == "ok"
    # What Python wrote is byte for byte what the command wrote.
    for path in [tmp_path / "r" / "summary.json", *(tmp_path / "r" / "tables").iterdir()]:
        assert path.read_bytes() == (runs[0] / path.relative_to(tmp_path / "r")).read_bytes()


def test_a_run_without_a_folder_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    api.run("classroom-two-firms", part="plan")
    assert list(tmp_path.iterdir()) == []


def test_a_plan_is_that_of_the_command(run_cli: Cli, folder: Path) -> None:
    options = ("--target", "VOC=40", "--min", "sector=printing:VOC=20%", "--frontier", "3",
               "--precision", "0.01", "--seed", "3")  # fmt: skip
    ran = run_cli("allocate", "--measures", "m.csv", *options, "--json", cwd=folder)
    asked = {"target": "VOC=40", "min": ["sector=printing:VOC=20%"], "frontier": 3,
             "precision": 0.01, "seed": 3}  # fmt: skip
    answer = api.allocate(str(folder / "m.csv"), **asked)
    assert _timeless(_told(answer)) == _timeless(_json(ran))
    assert answer.summary["cost_yuan"] == Decimal("70000.05")


def test_the_plan_of_a_scenario_or_register_is_that_of_the_command(run_cli: Cli) -> None:
    ran = run_cli("allocate", "classroom-two-firms", "--target", "X=30", "--json")
    for given in ("classroom-two-firms", api.load("classroom-two-firms")):
        assert _timeless(_told(api.allocate(given, target="X=30"))) == _timeless(_json(ran))
    ran = run_cli("allocate", "--register", "voc-2017", "--target", "VOC=1000", "--json")
    register = pd.read_csv(DATA / "voc-2017-register.csv", comment="#", dtype=str)
    answer = api.allocate(register=register, target="VOC=1000")
    assert _timeless(_told(answer)) == _timeless(_json(ran))


def test_a_sale_is_that_of_the_command(run_cli: Cli, folder: Path) -> None:
    options = ("--supply-t", "12.5", "--reserve", "100.5", "--rule", "uniform_price", "--param",
               "price=first_rejected", "--condition", "lot_t=0.5", "--tie", "pro_rata")  # fmt: skip
    ran = run_cli("auction", "--bids", "bids.csv", *options, "--json", cwd=folder)
    answer = api.clear(
        _frame(BIDS), "uniform_price", supply_t=12.5, reserve=Decimal("100.5"), tie="pro_rata",
        params={"price": "first_rejected"}, conditions={"lot_t": 0.5},
    )  # fmt: skip
    found, wanted = _told(answer), _json(ran)
    for one in wanted["products"].values():
        for refused in one["refused"]:
            refused["text"] = refused["text"].replace("bids.csv, row 5", "data frame, row 4")
    assert found == wanted
    assert wanted["products"]["2017"]["refused"]


def test_a_market_is_that_of_the_command(run_cli: Cli, folder: Path) -> None:
    options = ("--rule", "call_double", "--param", "k=1", "--seed", "4", "--json")
    ran = run_cli("market", "--orders", "orders.csv", *options, cwd=folder)
    answer = api.market(folder / "orders.csv", "call_double", params={"k": 1}, seed=4)
    assert _told(answer) == _json(ran)


def test_the_benchmark_is_the_crossing_of_the_two_sides(folder: Path) -> None:
    """12 t trade: the seller at 7,500 is the last in, the buyer at 7,000 the first out.

    Welfare: 5 × 9000 + 7 × 8500 − 9 × 6000 − 3 × 7500 = 28,000 yuan.
    """
    answer = api.equilibrium(folder / "orders.csv")
    told = {k: v for k, v in answer.summary.items() if k != "refused"}
    assert told == {
        "price_low_yuan_per_t": 7500, "price_high_yuan_per_t": 8000, "mass_low_t": 12,
        "mass_high_t": 12, "max_welfare_yuan": 28000,
    }  # fmt: skip
    assert list(answer.table("refused")["trader"]) == ["G"]
    cleared = api.market(folder / "orders.csv", "call_double")
    assert cleared.summary["max_welfare_yuan"] == 28000
    assert api.equilibrium(_frame(ORDERS), years=5).summary["max_welfare_yuan"] == 140000
    assert api.equilibrium(_frame(ORDERS)[:3]).summary["price_high_yuan_per_t"] is None


def test_sessions_are_those_of_the_laboratory() -> None:
    from market.laboratory.sessions import Rules, run_sessions

    values, costs = [[330, 225], [280, 235, 220]], [[190, 235], 140]
    rules = Rules(400, periods=3, arrivals=60, book="full")
    wanted = run_sessions(values, costs, "zip", rules, 4, 7)
    answer = api.sessions(
        pd.DataFrame({"first": [330, 280], "second": [225, 235], "third": [None, 220]}), costs,
        "zip", price_max_fen=400, periods=3, arrivals=60, book="full", replications=4, seed=7,
    )  # fmt: skip
    found = answer.measures
    assert list(found.columns[:3]) == ["replication", "period", "efficiency"]
    assert list(found["volume"]) == wanted.measures.volume.ravel().tolist()
    row = found.query("replication == 2 and period == 1").iloc[0]
    assert row["efficiency"] == wanted.measures.efficiency[2, 1]
    assert list(answer.table("trades")["price_fen"]) == wanted.trade("price_fen").tolist()
    gains = answer.table("profits").groupby("replication")["profit_fen"].sum()
    assert list(gains) == wanted.measures.surplus_fen.sum(axis=1).tolist()
    assert answer.table("benchmarks")["volume_high"].tolist() == [
        one.volume_high for one in wanted.competitive_outcomes
    ]


def test_readings_are_metered_as_by_the_command(run_cli: Cli, folder: Path) -> None:
    ran = run_cli("meter", "r.csv", "--cards", "cards.csv", "--hints", "--json", cwd=folder)
    answer = api.meter(str(folder / "r.csv"), folder / "cards.csv", hints=True)
    assert _told(answer) == _json(ran)
    assert answer.masses["emitted_t"].tolist() == pytest.approx(
        [0.0005, 0.0005, 0.00005, 0.000075, 0.000021]
    )
    assert answer.mistakes == ()


def test_solvent_balances_are_metered_as_by_the_command(run_cli: Cli, tmp_path: Path) -> None:
    table, cards = DATA / "materials-printing.csv", DATA / "materials-cards.csv"
    ran = run_cli("meter", "--materials", table, "--cards", cards, "--json")
    frame = pd.read_csv(table, comment="#", dtype=str)
    answer = api.meter(materials=frame, cards=pd.read_csv(cards, comment="#", dtype=str))
    assert _told(answer) == _json(ran)
    assert answer.masses["emitted_t"].sum() == pytest.approx(7.482725)


def test_proofs_are_those_of_the_commands(run_cli: Cli, runs: tuple[Path, Path]) -> None:
    first, second = runs
    assert _told(api.audit(first)) == _json(run_cli("audit", first, "--json"))
    assert _told(api.explain(first, "A")) == _json(run_cli("explain", first, "A", "--json"))
    source = api.explain(str(first), source="B")
    assert _told(source) == _json(run_cli("explain", first, "--source", "B", "--json"))
    compared = api.compare(first, second)
    assert _told(compared) == _json(run_cli("compare", first, second, "--json"))
    figures = compared.table("figures").set_index("key")
    assert figures.loc["seed", ["a", "b", "b - a"]].tolist() == [1, 2, 1]
    proved = api.audit(first).table("proved")
    assert proved["part_of"].isna().sum() == len(api.audit(first).summary["proved"])


def test_an_audit_reports_a_changed_file(runs: tuple[Path, Path], tmp_path: Path) -> None:
    import shutil

    copy = shutil.copytree(runs[0], tmp_path / "copy")
    path = copy / "tables" / "quotas.csv"
    path.write_bytes(path.read_bytes() + b"\n")
    answer = api.audit(copy)
    assert not answer.ok
    assert "quotas.csv" in answer.table("violations")["where"].iloc[0] + repr(answer)


# --- a data frame is a path ---------------------------------------------------------------


@pytest.mark.parametrize("end", ["csv", "xlsx", "parquet"])
def test_a_data_frame_gives_what_a_file_gives(folder: Path, end: str) -> None:
    frame = api.allocate(_frame(MEASURES), target="VOC=40")
    file = api.allocate(folder / f"m.{end}", target="VOC=40")
    assert _timeless(frame.summary) == _timeless(file.summary)
    for name in frame.frames:
        pd.testing.assert_frame_equal(frame.table(name), file.table(name))
    sale = api.clear(_frame(BIDS), "pay_as_bid", supply_t="9 t")
    pd.testing.assert_frame_equal(
        sale.fills, api.clear(folder / f"bids.{end}", "pay_as_bid", supply_t=9).fills
    )
    metered = api.meter(folder / f"r.{end}", folder / f"cards.{end}")
    stamped = _frame(READINGS)
    stamped["at"] = pd.to_datetime(stamped["at"])
    for readings in (_frame(READINGS), stamped):
        found = api.meter(readings, _frame(CARDS))
        for name in ("masses", "events", "balances"):
            pd.testing.assert_frame_equal(found.table(name), metered.table(name))


def test_readings_may_be_several_tables(folder: Path) -> None:
    whole = api.meter(_frame(READINGS))
    parts = api.meter([_frame(READINGS)[:2], _frame(READINGS)[2:]])
    assert whole.summary["totals"] == parts.summary["totals"]
    assert [one["file"] for one in parts.summary["files"]] == ["data frame 1", "data frame 2"]
    mixed = api.meter([folder / "r.csv", _frame(READINGS)])
    assert mixed.summary["reasons"]["duplicate"] > whole.summary["reasons"]["duplicate"]


def test_hours_that_were_written_are_read_back(folder: Path) -> None:
    written = api.meter(_frame(READINGS), by="hour", out=folder / "hours")
    kept = api.meter(_frame(READINGS), by="hour")
    order = ["outlet", "hour", "pollutant"]
    pd.testing.assert_frame_equal(
        written.masses.sort_values(order, ignore_index=True),
        kept.masses.sort_values(order, ignore_index=True),
        check_dtype=False,
    )
    assert (folder / "hours" / "quarantine.csv").is_file()


def test_cells_of_a_data_frame_may_be_of_any_kind(folder: Path) -> None:
    wanted = api.allocate(folder / "m.csv", target="VOC=40").summary
    exact = _frame(MEASURES).astype(object)
    exact["baseline_t"] = [Decimal("100.123456789")] * 2 + ["50", 40]
    exact["annual_cost_yuan"] = ["60000", 900_000, Decimal("10000.05"), None]
    chinese = exact.rename(columns={"source": "污染源", "annual_cost_yuan": "年成本_元"})
    indexed = exact.set_index("source")
    for frame in (exact, chinese, indexed, exact.convert_dtypes()):
        assert _timeless(api.allocate(frame, target="VOC=40").summary) == _timeless(wanted)


def test_tables_come_in_tonnes_and_yuan_with_types(runs: tuple[Path, Path]) -> None:
    answer = api.run("classroom-two-firms")
    for name, frame in answer.frames.items():
        written = pd.read_csv(runs[0] / "tables" / f"{name}.csv", encoding="utf-8-sig")
        assert list(frame.columns) == list(written.columns)
        assert len(frame) == len(written)
        for column in frame.columns[[kind.kind == "f" for kind in frame.dtypes]]:
            assert frame[column].to_numpy() == pytest.approx(
                written[column].to_numpy(dtype=float), rel=1e-8, nan_ok=True
            )
    assert answer.table("quotas")["drawn"].dtype == bool
    assert answer.table("trades")["date"].dtype.kind == "M"


# --- mistakes -----------------------------------------------------------------------------


def _mistakes(ask: Callable[[], Any]) -> list[tuple[Any, ...]]:
    """Errors without their places, in which a file and a data frame differ."""
    with pytest.raises(RightsError) as caught:
        ask()
    error = caught.value
    errors = error.errors if isinstance(error, ManyErrors) else [error]
    return [(one.code, one.text, one.mend, str(one.values)) for one in errors]


BROKEN = [
    ("limit_yuan_per_t", "limit"),  # a column that is not there
    ("8500.55,2017\nC", "much,2017\nC"),  # a bad number
    ("A,5,", "A,5 pounds,"),  # a bad unit
    ("A,5,9000,2017\n", ",5,9000,2017\n"),  # an empty cell
]


@pytest.mark.parametrize(("old", "new"), BROKEN)
def test_mistakes_of_a_data_frame_are_those_of_a_file(
    run_cli: Cli, tmp_path: Path, old: str, new: str
) -> None:
    assert old in BIDS
    text = BIDS.replace(old, new, 1)
    path = tmp_path / "bids.csv"
    path.write_text(text, encoding="utf-8")

    def ask(table: Any) -> Any:
        return api.clear(table, "uniform_price", supply_t=5)

    assert _mistakes(lambda: ask(_frame(text))) == _mistakes(lambda: ask(path))
    ran = run_cli("auction", "--bids", path, "--rule", "uniform_price", "--supply-t", "5")
    with pytest.raises(RightsError) as caught:
        ask(path)
    assert ran.code == caught.value.exit_code == 2
    assert ran.err.splitlines() == [f"error: {line}" for line in render(caught.value).splitlines()]


def test_a_mistake_names_row_and_column_of_the_data_frame() -> None:
    frame = _frame(BIDS).astype(object)
    frame.loc[2, "mass_t"] = "many"
    with pytest.raises(RightsError, match="data frame, row 3, column mass_t"):
        api.clear(frame, "uniform_price", supply_t=5)
    twice = pd.concat([_frame(BIDS), _frame(BIDS)[["mass_t"]]], axis=1)
    with pytest.raises(RightsError, match="'mass_t' appears twice"):
        api.clear(twice, "uniform_price", supply_t=5)
    with pytest.raises(RightsError, match="the column 'bidder' is missing"):
        api.clear(pd.DataFrame(), "uniform_price", supply_t=5)
    with pytest.raises(RightsError, match="the column 'outlet' is missing"):
        api.meter(pd.DataFrame(index=[1, 2]))
    with pytest.raises(RightsError, match="list is not a table"):
        api.clear([["A", 5, 9000]], "uniform_price", supply_t=5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ask", "command"),
    [
        (lambda: api.clear(_frame(BIDS), "call_double", supply_t=5),
         ("auction", "--bids", "bids.csv", "--rule", "call_double", "--supply-t", "5")),
        (lambda: api.clear(_frame(BIDS), "uniform_price"),
         ("auction", "--bids", "bids.csv", "--rule", "uniform_price")),
        (lambda: api.clear(_frame(BIDS), "uniform_price", supply_t="5 pounds"),
         ("auction", "--bids", "bids.csv", "--rule", "uniform_price", "--supply-t", "5 pounds")),
        (lambda: api.market(_frame(ORDERS), "call_dubble"),
         ("market", "--orders", "orders.csv", "--rule", "call_dubble")),
        (lambda: api.market(_frame(ORDERS), "call_double", params={"kk": 1}),
         ("market", "--orders", "orders.csv", "--rule", "call_double", "--param", "kk=1")),
        (lambda: api.market(_frame(ORDERS), "call_double", conditions={"lots": 1}),
         ("market", "--orders", "orders.csv", "--rule", "call_double", "--condition", "lots=1")),
        (api.allocate, ("allocate",)),
        (lambda: api.allocate(_frame(MEASURES)), ("allocate", "--measures", "m.csv")),
        (lambda: api.allocate(_frame(MEASURES), target="VOC=40", growth="3%"),
         ("allocate", "--measures", "m.csv", "--target", "VOC=40", "--growth", "3%")),
        (lambda: api.run("classroom-two-firms", part="half"),
         ("run", "classroom-two-firms", "--part", "half")),
        (lambda: api.load("classroom-two-farms"), ("run", "classroom-two-farms")),
        (api.meter, ("meter",)),
        (lambda: api.meter(_frame(READINGS), limits="NMHC=60"),
         ("meter", "r.csv", "--limit", "NMHC=60")),
        (lambda: api.compare("one"), ("compare", "one")),
        (lambda: api.audit("nowhere"), ("audit", "nowhere")),
        (lambda: api.explain("nowhere", "A"), ("explain", "nowhere", "A")),
    ],
)  # fmt: skip
def test_a_wrong_question_is_refused_in_the_words_of_the_command(
    run_cli: Cli, folder: Path, ask: Callable[[], Any], command: tuple[str, ...]
) -> None:
    with pytest.raises(RightsError) as caught:
        ask()
    ran = run_cli(*command, cwd=folder)
    assert ran.code == caught.value.exit_code
    assert ran.err.splitlines() == [f"error: {line}" for line in render(caught.value).splitlines()]


def test_an_unknown_table_is_named_with_those_that_there_are(folder: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'fills'"):
        api.market(folder / "orders.csv", "call_double").table("fill")


def test_a_folder_in_use_is_refused_before_anything_is_done(runs: tuple[Path, Path]) -> None:
    with pytest.raises(InputError, match="exists and is not empty"):
        api.run("no-such-scenario", out=runs[0])
    with pytest.raises(InputError, match="exists and is not empty"):
        api.allocate("no-such-scenario", out=runs[0])


# --- how answers look ---------------------------------------------------------------------


def test_every_answer_shows_itself(folder: Path, runs: tuple[Path, Path]) -> None:
    shown = {
        api.run("classroom-two-firms"): ("Annual cost, least-cost plan: 1,920 yuan", "quotas"),
        api.allocate(_frame(MEASURES), target="VOC=900"): ("Cannot be met", "At most 100 t"),
        api.clear(_frame(BIDS), "pay_as_bid", supply_t=9): ("2018 · Sold: 3 t", "unfilled"),
        api.market(_frame(ORDERS), "call_double"): ("Efficiency: 100 %", "trades"),
        api.equilibrium(_frame(ORDERS)): ("Price: 7,500 yuan/t to 8,000 yuan/t", "totals"),
        api.sessions([9], [1], price_max_fen=9, replications=2): ("2 sessions of 10", "profits"),
        api.meter(_frame(READINGS)): ("COD: 0.0015 t", "quarantine"),
        api.audit(runs[0]): ("no errors found", "proved"),
        api.compare(*runs): ("Seed: 1 · 2", "figures"),
    }  # fmt: skip
    for answer, (figure, place) in shown.items():
        assert figure in repr(answer).replace("\n  ", "\n")
        assert place in repr(answer)
        assert len(repr(answer).splitlines()) <= 13
        page = answer._repr_html_()
        assert page.startswith("<div><b>")
        assert place in page
    lines = api.explain(runs[0], "A")
    assert repr(lines) == "\n".join(lines.lines)


def test_names_cannot_break_out_of_a_notebook() -> None:
    orders = _frame(ORDERS).assign(product=["<script>", "<b>"] * 3 + ["<b>"])
    page = api.market(orders, "call_double")._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_answers_show_themselves_in_chinese() -> None:
    set_language("zh")
    try:
        assert "竞争基准" in repr(api.equilibrium(_frame(ORDERS)))
        assert "最大福利" in api.equilibrium(_frame(ORDERS))._repr_html_()
        assert "企业2家" in repr(api.load("classroom-two-firms"))
    finally:
        set_language("en")


def test_the_import_is_light() -> None:
    program = "import sys; from scenarios import api; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    heavy = {"numba", "numpy", "pandas", "plotly", "pulp", "pyarrow", "pydantic", "scipy"}
    assert heavy & set(ran.stdout.split()) == set()
