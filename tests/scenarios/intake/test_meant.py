"""Names that people know are taken for ids, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from permits.errors import InputError
from scenarios.definition.load import apply_set
from scenarios.intake.meant import column_meant, meant, nearest_meant, spelled
from scenarios.planning.allocating import Question, allocate_scenario, allocate_table
from scenarios.planning.condition_texts import parse_condition
from scenarios.text import set_language
from scenarios.text.place_names import places

CITIES = ("Hangzhou", "Huzhou", "Jiaxing")
SECTORS = {"coating": {"en": "Surface coating", "zh": "涂装"}, "printing": {"zh": "印刷"}}


@pytest.mark.parametrize(
    ("said", "id_"),
    [
        ("Hangzhou", "Hangzhou"),
        ("杭州", "Hangzhou"),
        ("杭州市", "Hangzhou"),
        ("州", "州"),  # one character is too little
        ("宁波", "宁波"),  # not among them
    ],
)
def test_a_place_is_meant_by_its_name(said: str, id_: str) -> None:
    assert meant(said, CITIES) == id_


def test_titles_come_in_either_language_and_in_part() -> None:
    titles = {"census": {"zh": "污染源普查"}, "register": {"zh": "企业登记"}, "x": {"zh": "登记表"}}
    assert (
        meant("涂装", SECTORS, SECTORS) == meant("Surface coating", SECTORS, SECTORS) == "coating"
    )
    assert meant("普查", titles, titles) == "census"
    assert meant("登记", titles, titles) == "登记"  # of two: neither


def test_the_nearest_name_is_named_as_people_write() -> None:
    assert nearest_meant("Hangzou", CITIES) == "Hangzhou"
    assert nearest_meant("杭洲", CITIES) == "杭州"
    assert nearest_meant("涂裝", SECTORS, SECTORS) == "涂装"


def test_columns_are_words() -> None:
    words = ("行业", "地市", "市", "区县", "企业", "city")
    assert list(map(column_meant, words)) == ["sector", "city", "city", "county", "firm", "city"]


def test_lists_of_ids_are_in_the_language() -> None:
    assert spelled("Hangzhou") == "Hangzhou"
    set_language("zh")
    try:
        assert (spelled("Hangzhou"), spelled("mill-1")) == ("杭州", "mill-1")
    finally:
        set_language("en")


def test_a_key_and_a_value_are_set_by_name() -> None:
    raw: dict[str, Any] = {
        "baseline": "register",
        "baselines": {"census": {"title": {"zh": "污染源普查口径"}, "factor": 1}},
        "sector": [{"id": "coating", "title": {"zh": "涂装"}, "share": 0.2}],
        "title": {"zh": "浙江"},
    }
    apply_set(raw, "baseline=普查")
    apply_set(raw, "sector.涂装.share=0.3")
    apply_set(raw, "title.zh=涂装")
    assert (raw["baseline"], raw["sector"][0]["share"]) == ("census", 0.3)
    assert raw["title"]["zh"] == "涂装"  # a free text stays


def test_conditions_and_fairness_of_a_scenario_by_name() -> None:
    zh = Question(at_most=("行业=涂装:挥发性有机物=0",), fair=("地市<=60%的基准排放量",))
    en = Question(at_most=("sector=coating:VOC=0",), fair=("city<=60% of baseline",))
    sets = ["register.sources=300"]
    found, expected = (allocate_scenario("zhejiang-2017-voc", q, sets)[0] for q in (zh, en))
    assert found.tables["quotas"].rows == expected.tables["quotas"].rows
    assert found.tables["chosen"].rows == expected.tables["chosen"].rows


def test_an_unknown_name_is_an_error_with_the_nearest(tmp_path: Path) -> None:
    table = tmp_path / "m.csv"
    table.write_text(
        "source,city,pollutant,baseline_t,measure,removed_t,annual_cost_yuan\n"
        "A,Hangzhou,VOC,10,filter,5,100\nB,Ningbo,VOC,10,filter,5,200\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        allocate_table(str(table), Question(target=("VOC=5",), at_least=("地市=杭洲:VOC=1",)))
    assert caught.value.values["near"] == "杭州"
    given = Question(target=("VOC=5",), at_least=("地市=宁波:VOC=5",))
    result, _ = allocate_table(str(table), given)
    assert [row["source"] for row in result.tables["chosen"].dicts()] == ["B"]


def test_names_in_a_condition_stay_as_typed_in_its_name() -> None:
    condition = parse_condition("min", "地市=杭州:VOC=1")
    assert condition.name == "地市=杭州:VOC=1" and condition.group == {"city": "杭州"}


def test_zhejiang_has_its_cities_and_counties() -> None:
    found = places().values()
    assert sum(place.level == "city" for place in found) == 11
    within = {place.within for place in found if place.level == "county"}
    assert within == {place.id for place in found if place.level == "city"}
    assert all(place.full.startswith(place.zh) for place in found)
