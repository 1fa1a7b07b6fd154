"""The frame of help and of option errors, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scenarios.text import chinese
from scenarios.text.foreign import TEXTS, foreign
from scenarios.text.where import chinese_where

Cli = Callable[..., Any]


def test_every_missing_option_is_named_at_once(run_cli: Cli) -> None:
    ran = run_cli("auction")
    assert ran.code == 2 and "Missing options '--bids', '--rule'." in ran.err
    ran = run_cli("auction", "--rule", "vickrey")
    assert ran.code == 2 and "Missing option '--bids'." in ran.err
    ran = run_cli("auction", "--lang", "zh")
    assert ran.code == 2 and "错误：缺少选项“--bids”、“--rule”。" in ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run"], "缺少参数“情景”。"),
        (["rnu"], "没有命令“rnu”。是否指“run”？"),
        (["run", "x", "--ste"], "没有选项--ste（可用的相近选项：--seed、--set、--title）"),
        (["run", "x", "--seed", "one"], "错误：“one”不是整数 [--seed]。请写如--seed 1"),
        (["run", "x", "--seed"], "选项“--seed”后应有一个值。"),
        (["run", "x", "y"], "多余的参数：y"),
    ],
)
def test_errors_of_options_are_chinese(run_cli: Cli, words: list[str], said: str) -> None:
    ran = run_cli("--lang", "zh", *words)
    assert ran.code == 2 and said in ran.err


def test_help_is_framed_in_the_language(run_cli: Cli) -> None:
    english = run_cli("explain", "--help").out
    assert re.search(r"^Usage: \S+ explain \[OPTIONS\]", english)
    assert "Arguments:" in english and "Show this message and exit." in english
    said = run_cli("explain", "--help", "--lang", "zh").out
    assert re.search(r"^用法：\S+ explain \[选项\] \{运行文件夹\}", said)
    assert all(word in said for word in ("参数：", "选项：", "显示本帮助并退出。", "[必填]"))


def test_init_writes_chinese_comments(run_cli: Cli, tmp_path: Path) -> None:
    assert run_cli("init", "my-county", "--lang", "zh", cwd=tmp_path).code == 0
    assert run_cli("init", "--mechanism", "mine", "--lang", "zh", cwd=tmp_path).code == 0
    text = (tmp_path / "my-county.toml").read_text(encoding="utf-8")
    comments = [line for line in text.splitlines() if "# " in line and "value = 0.5" not in line]
    assert comments and all(re.search("[一-鿿]", line.partition("# ")[2]) for line in comments)
    assert run_cli("check", "my-county.toml", cwd=tmp_path).code == 0
    rule = (tmp_path / "mine.py").read_text(encoding="utf-8")
    assert all(re.search("[一-鿿]", said) for said in re.findall(r'"""(.+?)"""', rule))


def test_messages_of_libraries_have_their_chinese() -> None:
    assert sorted(set(TEXTS.values()) - set(chinese())) == []
    assert foreign("input should be less than or equal to 1", lambda x: chinese()[x]) == "应不大于1"
    assert foreign("an unknown message", str) == "an unknown message"


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("meter.csv, row 2, column at", "meter.csv，第2行，“at”列"),
        ("mine.toml: whole file", "mine.toml：整个文件"),
        ("entry 2018/F1, leg 3", "分录2018/F1，第3条腿"),
        ("--rule", "--rule"),
        ("--source, --city", "--source，--city"),
    ],
)
def test_places_of_errors_are_chinese(where: str, said: str) -> None:
    assert chinese_where(where) == said
