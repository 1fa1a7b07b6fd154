"""Keys, sources, products and conditions in Chinese words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from scenarios.definition.schema import ScenarioFile
from scenarios.definition.sourced import Given
from scenarios.text import set_language
from scenarios.text.wording import (
    WORDS,
    chinese_condition,
    chinese_force,
    chinese_key,
    chinese_product,
    chinese_source,
    numeral,
)

NAMES = {
    "COD": "化学需氧量",
    "dyeing": "印染",
    "Zhejiang": "浙江",
    "Jiaxing": "嘉兴",
    "X": "污染物X",
}


@pytest.fixture(autouse=True)
def in_chinese() -> Iterator[None]:
    set_language("zh")
    yield
    set_language("en")


def named(identifier: str) -> str:
    return NAMES.get(identifier, identifier)


def test_every_stated_key_of_the_schema_has_a_word() -> None:
    assert sorted(set(_stated(ScenarioFile, set())) - set(WORDS)) == []


@pytest.mark.parametrize(
    ("number", "said"),
    [(3, "三"), (10, "十"), (14, "十四"), (83, "八十三"), (105, "一百零五"), (110, "一百一十")],
)
def test_articles_are_numbered_as_in_laws(number: int, said: str) -> None:
    assert numeral(number) == said


def test_what_people_read_of_a_scenario() -> None:
    assert chinese_source("[ZJ-N5] art. 83") == "[ZJ-N5]第八十三条"
    assert chinese_source("stated in the scenario") == "情景中给定"
    key = "pollutant.COD.target"
    assert chinese_key(key, named) == f"污染物·化学需氧量·削减目标（{key}）"
    assert chinese_product("COD 2018-2022", named) == "化学需氧量2018—2022年"
    assert chinese_product("X 2017", named) == "污染物X 2017年"
    assert chinese_condition("sector=dyeing:COD=20%", named) == "行业=印染:化学需氧量=20%"
    assert chinese_force("Jiaxing, Zhejiang, 2024-06-01 – …", named) == "浙江嘉兴，2024-06-01 – …"


def _stated(model: type[BaseModel], seen: set[Any]) -> Iterator[str]:
    """Every key with a stated value, and every table that holds one."""
    for name, info in model.model_fields.items():
        key = info.alias or name
        for inner in _models(info.annotation):
            if issubclass(inner, Given):
                yield key
            elif inner not in seen:
                found = list(_stated(inner, seen | {model}))
                yield from [key, *found] if found else []


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for part in get_args(kind):
        yield from _models(part)
