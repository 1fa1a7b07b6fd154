"""The page: one file that opens with no network, on a phone, and prints on A4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.resources import files

from scenarios.results.formatting import money_in, word
from scenarios.results.report.html import Markup, join, paragraph, tag
from scenarios.results.report.plan_section import input_sections, plan_sections
from scenarios.results.report.year_section import has_year, year_sections
from scenarios.results.result import RunResult, Section
from scenarios.text import language, pick, t

# Nothing may be fetched: the page holds its own style, script and data.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'"
)
LANGUAGE_TAGS = {"en": "en", "zh": "zh-CN"}
MOST_VIOLATIONS = 20  # of thousands that one mistake may cause; all are in the summary
TERMS = (
    ("pollution right", "排污权"),
    ("discharge permit", "排污许可证"),
    ("card-swipe discharge", "刷卡排污"),
    ("baseline emission", "基准排放量"),
    ("marginal abatement cost", "边际减排成本"),
    ("equal-percentage cut", "等比例削减"),
    ("reserve", "储备"),
    ("government sale", "出让"),
    ("bidder", "竞买人"),
    ("lease", "租赁"),
    ("buyback", "回购"),
    ("pledged loan", "质押贷款"),
    ("true-up", "清缴"),
)


def page(result: RunResult) -> str:
    """The whole report as HTML, in the language in force.

    It has the plan, and the simulated year where there is one, and needs no other file.
    """
    with money_in(result.summary.currency):
        return _page(result)


def _page(result: RunResult) -> str:
    plan = list(plan_sections(result)) if result.summary.planned else []
    year = list(year_sections(result)) if has_year(result) else []
    inputs = list(input_sections(result))
    body = [
        _header(result),
        _contents([*plan, *year, *inputs]),
    ]
    if plan:
        lead = t("The plan alone: who cuts how much, at what cost.")
        body.append(_part(t("The plan"), lead, plan))
    if year:
        lead = t(
            "Simulated behaviour, not a forecast: simulated firms receive rights, emit and trade."
        )
        body.append(_part(t("The simulated year"), lead, year))
    body += [tag("main", *(content for _, _, content in inputs)), _footer()]
    return document(pick(result.title) or result.name, body)


def document(title: str, body: Iterable[Markup]) -> str:
    """A page of ours with this content: style, charts and data in the one file."""
    head = tag(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        tag("title", title),
        tag("style", Markup(_ours("report.css"))),
    )
    drawn = join(body)
    scripts = list(_scripts(charts='class="plot"' in drawn))
    whole = tag("html", head, tag("body", drawn, *scripts), lang=LANGUAGE_TAGS[language()])
    return f"<!doctype html>\n{whole}\n"


def _scripts(*, charts: bool) -> Iterator[Markup]:
    """What fits tables and draws the charts; plotly before it, once, where there are any."""
    if charts:
        library = files("plotly").joinpath("package_data", "plotly.min.js")
        yield tag(
            "script", Markup(library.read_text(encoding="utf-8").replace("</script", "<\\/script"))
        )
    yield tag("script", Markup(_ours("report.js")))


def _ours(name: str) -> str:
    return files("scenarios.results.report").joinpath(name).read_text(encoding="utf-8")


def _header(result: RunResult) -> Markup:
    status, seed = result.summary.status, result.summary.seed
    facts = [word(status)] if status else []
    if seed is not None:
        facts.append(t("seed {seed}", seed=seed))
    return tag(
        "header",
        tag("h1", pick(result.title) or result.name),
        paragraph(pick(result.about), class_="lead") if result.about else None,
        paragraph(" · ".join([result.name, *facts]), class_=f"note status-{status}"),
        paragraph(
            t(
                "In the folder of this page: the workbook (.xlsx) and the tables (.csv), which "
                "keep every digit; summary.json for programs."
            ),
            class_="note",
        ),
        *_violations(result),
    )


def _violations(result: RunResult) -> Iterator[Markup]:
    """A warning, first of all, that the books of the run do not balance."""
    found = result.summary.violations
    if found:
        yield paragraph(t("The books of this run do not balance; do not rely on it:"))
        yield tag("ul", *(tag("li", one) for one in found[:MOST_VIOLATIONS]), class_="box")


def _contents(sections: Iterable[Section]) -> Markup:
    links = [tag("a", title, href=f"#{anchor}") for anchor, title, _ in sections]
    return tag("nav", *links, aria_label=t("Contents"))


def _part(title: str, lead: str, sections: Iterable[Section]) -> Markup:
    heading = tag("div", tag("h1", title), paragraph(lead), class_="part")
    return tag("main", heading, *(content for _, _, content in sections))


def _footer() -> Markup:
    said = [f"{english} {chinese}" for english, chinese in TERMS]
    return tag(
        "footer",
        paragraph(tag("strong", t("Terms: ")), " · ".join(said)),
        paragraph(
            t(
                "Masses are in tonnes, prices per tonne of one vintage. Numbers on this page are "
                "rounded; the files in the same folder keep every digit."
            )
        ),
    )
