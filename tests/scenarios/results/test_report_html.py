"""The page: complete, in its order, by itself, in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from permits.quantity import MG_PER_T
from scenarios.results.plots.theme import safe
from scenarios.results.report import page
from scenarios.results.report.html import tag
from scenarios.results.result import RunResult, Table, table
from scenarios.results.summary import EvaluationSummary, LedgerTotals, PriceBasis
from scenarios.text import set_language

Sample = Callable[..., RunResult]
VOID = {"meta", "input", "br", "link", "img", "hr"}


class _Reader(HTMLParser):
    """Text, ids and charts of a page; fails on elements that do not close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.text: list[str] = []
        self.figures: list[dict[str, object]] = []
        self.links: list[str] = []
        self._data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        self._data = given.get("type") == "application/json"
        self.links += [str(given[k]) for k in ("src", "href") if k in given]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self._data = False

    def handle_data(self, data: str) -> None:
        if self._data:
            self.figures.append(json.loads(data))
        elif self.open and self.open[-1] not in ("script", "style"):
            self.text.append(data)


def _read(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(text.replace("<wbr>", ""))  # where a line may break, no content
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture
def in_chinese() -> Iterator[None]:
    set_language("zh")
    yield
    set_language("en")


def test_the_page_is_whole_and_tells_things_in_their_order(sample_result: Sample) -> None:
    reader = _read(page(sample_result()))
    sections = [i for i in reader.ids if not i.startswith(("plot-", "data-"))]
    assert sections == [
        "assumptions",
        "baselines",
        "plan",
        "curve",
        "plan-by-sector",
        "plan-by-city",
        "matrix",
        "waterfall",
        "conditions",
        "year",
        "year-counterfactual",
        "year-happenings",
        "year-cards",
        "year-sessions",
        "year-flow",
        "efficiency",
        "year-frictions",
        "year-contracts",
        "year-payments",
        "year-true-up",
        "year-firms",
        "inputs",
    ]
    assert len(set(reader.ids)) == len(reader.ids)
    assert {link.removeprefix("#") for link in reader.links} == set(sections)


def test_the_range_over_baselines_stands_before_the_proof(sample_result: Sample) -> None:
    text = " ".join(_read(page(sample_result())).text)
    order = [text.rindex(x) for x in ("Effect of the baseline", "Annual cost, least", "Proof")]
    assert order == sorted(order)


def test_the_year_opens_with_what_it_is_not(sample_result: Sample) -> None:
    text = " ".join(_read(page(sample_result())).text)
    after = text[text.rindex("The year in figures") :]
    assert after.split("The year in figures")[1].strip().startswith("Simulated behaviour, not a")


def test_every_happening_names_its_rule_and_source(sample_result: Sample) -> None:
    result = sample_result()
    text = " ".join(_read(page(result)).text)
    for row in result.tables["happenings"].dicts():
        assert row["rule"] in text
        # The table for programs has plain digits, the page has separators.
        assert row["example"].replace("45500", "45,500") in text


def test_every_input_stands_in_the_page(sample_result: Sample) -> None:
    result = sample_result()
    text = " ".join(_read(page(result)).text)
    assert all(key in text for key in result.tables["inputs"].column("key"))


def test_every_chart_is_a_figure_that_plotly_accepts(sample_result: Sample) -> None:
    from plotly.graph_objects import Figure

    figures = _read(page(sample_result())).figures
    assert len(figures) == 12
    for figure in figures:
        Figure(figure)


def test_the_cost_curve_steps_add_up_to_the_table_with_the_target_on_it(
    sample_result: Sample,
) -> None:
    from scenarios.results.plots.plan_charts import cost_curve

    result = sample_result()
    curve = result.tables["curve"]
    target = next(result.tables["conditions"].dicts())
    figure = cost_curve(curve, "VOC", {}, target, result.labels)
    planned, rest = (sum(trace["width"]) for trace in figure["data"])
    assert planned == pytest.approx(sum(curve.column("planned_t")) / 1e9, rel=1e-5)
    assert planned + rest == pytest.approx(curve.column("cumulative_t")[-1] / 1e9, rel=1e-5)
    line = figure["layout"]["shapes"][0]
    assert line["x0"] == line["x1"] == 2000
    assert "Leak detection and repair" in json.dumps(figure)


def test_hovered_values_stand_in_tables_too(sample_result: Sample) -> None:
    """Each chart's numbers are those of a table on the page: here the cards'."""
    text = " ".join(_read(page(sample_result())).text)
    assert "Data of this chart" in text
    row = next(sample_result().tables["cards"].dicts())
    assert f"{row['left_t'] / 1e9:,.1f}" in text


def test_a_long_table_is_cut_and_names_its_csv(sample_result: Sample) -> None:
    text = " ".join(_read(page(sample_result())).text)
    assert "80 more rows; all 130 are in trades.csv" in text


def test_the_page_fetches_nothing(sample_result: Sample) -> None:
    text = page(sample_result())
    assert "default-src 'none'" in text
    ours = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert "http://" not in ours
    assert "https://" not in ours
    assert text.count("plotly.js v") == 1


def test_a_plan_alone_has_no_second_part(sample_result: Sample) -> None:
    reader = _read(page(sample_result(part="plan")))
    assert "year" not in reader.ids
    assert "inputs" in reader.ids
    assert "not a forecast" not in " ".join(reader.text)


def test_a_plan_of_a_measures_table_needs_neither_baselines_nor_inputs(
    sample_result: Sample,
) -> None:
    """What `allocate --measures` has to tell."""
    result = sample_result(part="plan")
    kept = ("plan_by_sector", "plan_by_city", "quotas", "chosen", "conditions")
    tables = {name: result.tables[name] for name in kept}
    reader = _read(page(replace(result, tables=tables, about={}, labels={})))
    assert "plan-by-sector" in reader.ids
    assert "curve" not in reader.ids


def test_what_cannot_be_met_says_what_can_be_had_and_what_binds(sample_result: Sample) -> None:
    reader = _read(page(sample_result(status="infeasible")))
    text = "".join(reader.text)
    assert "infeasible" in reader.ids
    assert "At most 1,480.2 t is achievable; the target asks for 2,000 t" in text
    assert "cap city=Hangzhou" in text
    assert not {"plan", "matrix", "plan-by-city"} & set(reader.ids)


def test_a_single_baseline_is_no_range(sample_result: Sample) -> None:
    result = sample_result()
    rows = [row for row in result.tables["baselines"].rows if row[-1]]
    tables = {**result.tables, "baselines": table("baselines", rows)}
    assert "baselines" not in _read(page(replace(result, tables=tables))).ids


def test_names_cannot_break_out_of_the_page(sample_result: Sample) -> None:
    evil = "</script><script>alert(1)</script><b>&amp;"
    result = sample_result()
    labels = {**result.labels, "coating": {"en": evil, "zh": evil}}
    text = page(replace(result, title={"en": evil}, labels=labels))
    assert "<script>alert(1)" not in text
    assert evil in "".join(_read(text).text)


def test_names_cannot_turn_the_page_around() -> None:
    """Marks of direction and control characters stand as escapes, in texts and in charts."""
    assert tag("p", "a\u202eb\x1b", title="\u202e") == r'<p title="\u202e">a\u202eb\x1b</p>'
    assert tag("pre", "one\ntwo") == "<pre>one\ntwo</pre>"
    assert safe("<a\u202e") == r"&lt;a\u202e"


def test_the_same_run_gives_the_same_page(sample_result: Sample) -> None:
    assert page(sample_result()) == page(sample_result())


def test_several_pollutants_are_told_one_by_one(sample_result: Sample) -> None:
    result = sample_result()
    both = []
    for row in result.tables["plan_by_sector"].rows:
        both += [row, (row[0], "COD", *row[2:])]
    tables = {**result.tables, "plan_by_sector": table("plan_by_sector", both)}
    plan = replace(
        result.summary.plan,
        pollutants=("VOC", "COD"),
        target_mg={"VOC": 2000 * MG_PER_T, "COD": 5 * MG_PER_T},
        reduction_mg={"VOC": 2103 * MG_PER_T, "COD": 6 * MG_PER_T},
        max_reduction_mg={"VOC": 2950 * MG_PER_T, "COD": 9 * MG_PER_T},
    )
    summary = replace(result.summary, planned=plan)
    text = " ".join(_read(page(replace(result, tables=tables, summary=summary))).text)
    assert "Reduction (COD)" in text
    assert "COD: Quotas by sector" in text
    assert "VOCs: Quotas by sector" in text


def test_a_run_of_two_firms_is_told_in_yuan_not_millions(sample_result: Sample) -> None:
    from scenarios.results.plots.year_charts import efficiency

    figure = efficiency(EvaluationSummary(252_500, 212_000, 212_000, 1.0, 0.0))
    assert figure["layout"]["xaxis"]["title"]["text"] == "Cost of meeting the cap, yuan"
    assert figure["data"][0]["x"] == [2120, 2120, 2525]


def test_an_empty_table_is_left_out(sample_result: Sample) -> None:
    result = sample_result()
    none = {name: Table(found.spec, ()) for name, found in result.tables.items()}
    reader = _read(page(replace(result, tables=none)))
    assert "curve" not in reader.ids
    assert "year" not in reader.ids


@pytest.mark.usefixtures("in_chinese")
def test_the_page_speaks_chinese(sample_result: Sample) -> None:
    text = page(sample_result())
    assert '<html lang="zh-CN">' in text
    said = "".join(_read(text).text)
    for words in ("成本曲线", "等比例削减", "模拟行为，而非预测", "刷卡排污", "清缴"):
        assert words in said
    english = re.findall(r"\b(?:the|and|of) [a-z]+", re.sub(r"permits.*", "", said))
    titles = {row["title"] for row in sample_result().tables["frictions"].dicts()}
    titles |= {row["title"] for row in sample_result().tables["happenings"].dicts()}
    assert all(any(found in title for title in titles) for found in english), english


def test_a_plan_in_dollars_says_dollars_everywhere(sample_result: Sample) -> None:
    result = sample_result(part="plan")
    told = replace(result, summary=replace(result.summary, prices=PriceBasis("USD", 2017)))
    reader = _read(page(told))
    figures = json.dumps(reader.figures)
    assert "yuan" not in figures
    assert "US$/t" in figures
    said = " ".join(reader.text)
    assert "7.7 million US$" in said
    assert "yuan" not in said.partition("Every source and assumption")[0]
    assert "yuan" in " ".join(_read(page(result)).text)


def test_a_frontier_is_drawn_with_its_points_in_a_table(sample_result: Sample) -> None:
    result = sample_result(part="plan")
    points = [
        {"status": "optimal", "target_t": 100 * n, "reduction_t": 100 * n, "cost_yuan": 5_000 * n}
        for n in range(5)
    ]
    summary = result.summary.with_answers({"frontier": points})
    reader = _read(page(replace(result, summary=summary)))
    assert "frontier" in reader.ids
    drawn = next(f for f in reader.figures if '"x": [0.0, 100.0' in json.dumps(f))
    assert '"y": [0.0, 5000.0, 10000.0' in json.dumps(drawn)
    assert "20,000 yuan" in " ".join(reader.text)


def test_a_run_with_violations_says_so_first(sample_result: Sample) -> None:
    result = sample_result()
    found = ("its legs of CNY add up to 1",)
    assert result.summary.year is not None
    year = replace(result.summary.year, ledger=LedgerTotals({"VOC": 161 * MG_PER_T}, 9, 0, found))
    broken = replace(result, summary=replace(result.summary, status="violations", year=year))
    text = " ".join(_read(page(broken)).text)
    assert text.index("its legs of CNY add up to 1") < text.index("The plan alone:")
    assert "do not balance" not in " ".join(_read(page(result)).text)
