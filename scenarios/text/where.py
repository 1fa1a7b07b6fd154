"""Where an error is, in Chinese: `meter.csv, row 2` is `meter.csv，第2行`.

Places are written in English where an error is raised; files, options and keys in them are
ids and stay.
"""

from __future__ import annotations

import re

NUMBERED = {"row": "第{}行", "line": "第{}行", "leg": "第{}条腿", "trader": "第{}名交易者"}
COUNTED = {"column": "“{}”列", "sheet": "“{}”表"}
NAMED = {
    "allocation by": "分配规则",
    "buyback": "回购",
    "card": "排污卡",
    "deal": "交易",
    "entry": "分录",
    "flow at": "流量，时刻",
    "forward": "远期",
    "lease": "租赁",
    "order": "报单",
    "bid": "报价",
    "outfall": "排口",
    "permit": "许可证",
    "pledge": "质押",
    "policy": "政策规则",
    "project": "项目",
    "receptor": "受体",
    "reservation": "预留",
    "relief": "减免",
    "true-up of": "清缴，企业",
    "zone": "区域",
}
WHOLE = {
    "header": "表头",
    "whole file": "整个文件",
    "relief: emitted": "减免：排放量",
    "relief: allocated": "减免：分配量",
    "connected users": "纳管企业",
    "values, costs": "估值、成本",
    "standard input": "标准输入",
    "RUN RUN": "运行文件夹",
    "ACCOUNT": "账户",
    "Rules": "规则",
    "traders": "交易者",
    "entry": "分录",
}
_EXCHANGE = re.compile(r"exchange (.+) to (.+)")


def chinese_where(where: str) -> str:
    """The place of an error in Chinese; ids, options and file names stay as they are."""
    if where in WHOLE:
        return WHOLE[where]
    return "，".join(_part(part) for part in where.split(", "))


def _part(part: str) -> str:
    head, colon, tail = part.rpartition(": ")
    if colon:
        return f"{_part(head)}：{_part(tail)}"
    if part in WHOLE:
        return WHOLE[part]
    if found := _EXCHANGE.fullmatch(part):
        return f"从{found[1]}到{found[2]}的兑换"
    noun, _, name = part.partition(" ")
    if noun in NUMBERED and name.isdigit():
        return NUMBERED[noun].format(name)
    if noun in COUNTED and name:
        return COUNTED[noun].format(name)
    for noun, word in NAMED.items():
        if part.startswith(f"{noun} "):
            return f"{word}{part[len(noun) + 1 :]}"
    return part
