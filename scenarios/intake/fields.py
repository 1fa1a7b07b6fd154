"""Columns of tables: name, kind, and the Chinese headings under which each is read.

A column with a Chinese heading stands here once, whichever tables have it: a further
column of any table is read under its English name too, so that `--min 区县=...` finds it.
A table says with `but` where it differs. A column without a Chinese heading stands in
the table's own file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Literal

FieldKind = Literal["text", "mass", "money", "number", "count", "share"]

MASS_POWERS = {
    "t": 9, "kg": 6, "kt": 12, "10kt": 13,
    "吨": 9, "千克": 6, "公斤": 6, "千吨": 12, "万吨": 13,
}  # fmt: skip
"""Units of a mass column: powers of ten to a milligram."""
MONEY_POWERS = {
    "yuan": 2, "1k_yuan": 5, "10k_yuan": 6, "100m_yuan": 10,
    "元": 2, "千元": 5, "万元": 6, "亿元": 10,
}  # fmt: skip
"""Units of a money column: powers of ten to a fen."""
SUFFIX = {9: "_t", 6: "_kg", 12: "_kt", 13: "_10kt"}
"""How the English name of a mass column ends, by power."""
YUAN_SUFFIX = {2: "_yuan", 5: "_1k_yuan", 6: "_10k_yuan", 10: "_100m_yuan"}
PER_T = "_per_t"
PERCENT = "_percent"
PER_YEAR = re.compile(r"(?:/|每)(?:年|a|yr|y|year)$")
"""A year behind a unit: t/a and 吨/年 are t, since every mass and cost is one of a year."""
PER_TONNE = re.compile(r"^(?P<unit>.+?)(?:/|每|_per_)(?:t|吨)$")
BEFORE_UNIT = "_/,:;、 "
"""Signs between the name in a heading and its unit."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column that is understood: masses become whole mg, money and prices Decimal yuan.

    `blank`: an empty cell is None instead of a mistake. A mass column's name ends in
    `_t`; the same name with `_kg`, `_kt` or `_10kt` is read in that unit, as is one of money
    with `_10k_yuan`. A share becomes an exact Fraction from 0 to 1; its name with `_percent`
    is read in per cent. `zh`: Chinese headings without the unit of a mass, price or cost.
    """

    name: str
    kind: FieldKind
    required: bool = True
    blank: bool = False
    signed: bool = False
    zh: tuple[str, ...] = ()

    def but(self, **changes: Any) -> Field:
        """The same column as another table has it."""
        return replace(self, **changes)

    @property
    def stem(self) -> str:
        """The name without its unit."""
        if self.kind == "mass":
            return self.name.removesuffix("_t")
        return self.name.removesuffix(PER_T).removesuffix("_yuan") if self.has_unit else self.name

    @property
    def has_unit(self) -> bool:
        """Whether a heading must give the column's unit."""
        money = self.kind == "money" and self.name.removesuffix(PER_T).endswith("_yuan")
        return money or self.kind == "mass"

    @property
    def heading(self) -> str:
        """A Chinese heading of the column, with its usual unit; empty where it has none."""
        if not self.zh or not self.has_unit:
            return self.zh[0] if self.zh else ""
        unit = "吨" if self.kind == "mass" else "元"
        return f"{self.zh[0]}_{unit}" + ("每吨" if self.name.endswith(PER_T) else "")

    def power(self, unit: str) -> int | None:
        """Power of ten from a unit, as a heading gives it, to mg or fen; None for no unit."""
        if self.name.endswith(PER_T):
            found = PER_TONNE.match(unit)
            unit = found["unit"] if found else ""
        else:
            unit = PER_YEAR.sub("", unit)
        return (MASS_POWERS if self.kind == "mass" else MONEY_POWERS).get(unit)

    def in_unit(self, power: int) -> str:
        """The column's English name in the unit of `power`."""
        if power == (MASS_POWERS["t"] if self.kind == "mass" else MONEY_POWERS["yuan"]):
            return self.name  # of a month it ends in no unit
        if self.kind == "mass":
            return self.stem + SUFFIX[power]
        return self.stem + YUAN_SUFFIX[power] + (PER_T if self.name.endswith(PER_T) else "")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading as it is read: the column's English name, and its unit.

    `power` is that of a mass or money; `unit` what stands for a unit and is none, or empty
    where the heading gives none; `percent` is true of a share in per cent.
    """

    column: str
    field: Field | None = None
    power: int | None = None
    percent: bool = False
    unit: str = ""


@dataclass(frozen=True, slots=True)
class TotalsCheck:
    """In which columns a row shows that it is a total of those above it.

    `mass` is the column that is added up, `label` and `pollutant` those that say of what;
    a row with a `measure` is none.
    """

    mass: str = "baseline_t"
    label: str = "source"
    pollutant: str = "pollutant"
    measure: str = "measure"


def read_heading(plain: str, fields: tuple[Field, ...]) -> Heading:
    """The column that a heading stands for; one that is none of `fields` keeps its text.

    Args:
        plain: the heading, as `plain_heading` writes it.
        fields: the columns to choose from.
    """
    stemmed: Heading | None = None
    for one in fields:
        if plain == one.name or (not one.has_unit and plain in one.zh):
            return Heading(one.name, one, one.power(_unit_of(one)) if one.has_unit else None)
        if one.kind == "share" and plain in _percent_headings(one):
            return Heading(one.name, one, percent=True)
        if not one.has_unit:
            continue
        for stem in (one.stem, *one.zh):
            if plain != stem and not plain.startswith(stem):
                continue
            unit = plain.removeprefix(stem).strip(BEFORE_UNIT)
            if (power := one.power(unit)) is not None:
                return Heading(one.name, one, power)
            if not unit or plain[len(stem)] in BEFORE_UNIT:
                stemmed = stemmed or Heading(plain, one, unit=unit)
    return stemmed or Heading(plain)


def _unit_of(one: Field) -> str:
    return one.name.removeprefix(one.stem).strip("_")


def _percent_headings(one: Field) -> set[str]:
    return {name + end for name in (one.name, *one.zh) for end in (PERCENT, "_%")}


def english(plain: str) -> str:
    """The English heading of a Chinese one of any table, in its unit; another as it is.

    Args:
        plain: the heading, as `plain_heading` writes it.
    """
    if plain.isascii():
        return plain
    found = read_heading(plain, SHARED)
    if found.field is None or found.column == plain:
        return plain
    if found.power is not None:
        return found.field.in_unit(found.power)
    return found.column + (PERCENT if found.percent else "")


# --- whose emission --------------------------------------------------------------------

SOURCE = Field("source", "text", zh=("污染源", "污染源名称"))
FIRM = Field("firm", "text", zh=("企业", "企业名称", "单位名称"))
SECTOR = Field("sector", "text", zh=("行业", "行业名称", "所属行业"))
SUBSECTOR = Field("subsector", "text", zh=("子行业",))
PROVINCE = Field("province", "text", zh=("省", "省份"))
CITY = Field("city", "text", zh=("地市", "城市", "地级市", "设区市"))
COUNTY = Field("county", "text", zh=("区县", "县区", "县市区"))
POLLUTANT = Field("pollutant", "text", zh=("污染物", "污染物名称"))
TOWN = Field("town", "text", zh=("乡镇", "街道", "乡镇街道"))
CREDIT_CODE = Field("credit_code", "text", zh=("统一社会信用代码", "社会信用代码"))
SIZE = Field("size", "text", zh=("规模", "企业规模"))
BASELINE = Field("baseline_t", "mass", zh=("基准排放量", "基准年排放量"))

# --- what a register says of a source --------------------------------------------------

TRADE = Field("trade", "text", zh=("行业代码", "国民经济行业代码"))
PROCESS = Field("process", "text", zh=("工艺", "工序", "生产工序", "生产工艺"))
EXISTING_MEASURE = Field(
    "existing_measure", "text", zh=("现有措施", "现有治理措施", "现有治理设施", "现有设施")
)
EXISTING_EFFICIENCY = Field(
    "existing_efficiency", "share", zh=("现有效率", "现有去除效率", "现有治理效率")
)

# --- what it may do, and what arrives --------------------------------------------------

MEASURE = Field("measure", "text", zh=("措施", "措施名称", "治理措施", "减排措施"))
SLOT = Field("slot", "text", zh=("分项",))
REMOVED = Field("removed_t", "mass", zh=("削减量", "减排量"))
ANNUAL_COST = Field("annual_cost_yuan", "money", zh=("年成本", "年度成本", "年化成本", "年费用"))
RECEPTOR = Field("receptor", "text", zh=("受体",))
COEFFICIENT = Field("coefficient", "number", zh=("系数",))
LIMIT = Field("limit", "number", zh=("限值",))
BACKGROUND = Field("background", "number", zh=("背景值",))
UNIT = Field("unit", "text", zh=("计量单位",))

# --- a sale ----------------------------------------------------------------------------

BIDDER = Field("bidder", "text", zh=("竞买人",))
TRADER = Field("trader", "text", zh=("交易者",))
SIDE = Field("side", "text", zh=("方向",))
MASS = Field("mass_t", "mass", zh=("数量",))
LIMIT_PRICE = Field("limit_yuan_per_t", "money", zh=("报价",))
SEQ = Field("seq", "count", zh=("序号",))
PRODUCT = Field("product", "text", zh=("产品",))
ORDER_ID = Field("id", "text", zh=("编号",))
AT_SECOND = Field("at_s", "count", zh=("时刻_秒",))
UNTIL_SECOND = Field("until_s", "count", zh=("有效至_秒",))
FREE = Field("free_t", "mass", zh=("可售量",))
HELD = Field("held_t", "mass", zh=("持有量",))
MOST_SHARE = Field("most_share", "text", zh=("最多份额",))
GUARANTEE = Field("guarantee_yuan", "money", zh=("保证金",))

# --- outlets and cards -----------------------------------------------------------------

OUTLET = Field("outlet", "text", zh=("排口", "排放口"))
DEVICE_NUMBER = Field("mn", "text", zh=("MN", "设备编码", "数采仪编码"))
PASSWORD = Field("password", "text", zh=("PW", "密码", "访问密码"))
NETWORK_ADDRESS = Field("address", "text", zh=("网络地址", "IP地址"))
AT = Field("at", "text", zh=("时间",))
VOLUME = Field("volume_m3", "text", zh=("流量_立方米",))
FLAG = Field("flag", "text", zh=("标记",))
EVENT = Field("event", "text", zh=("事件",))
OPEN_PERCENT = Field("open_percent", "count", zh=("开度_百分比",))
CARD = Field("card", "text", zh=("排污卡", "卡号"))
ANNUAL_QUOTA = Field("annual_quota_t", "mass", zh=("年度指标", "年配额"))
ANNUAL_VOLUME = Field("annual_quota_m3", "money", zh=("年水量指标_立方米",))
MONTHLY = tuple(Field(f"month_{n:02d}", "mass", zh=(f"{n}月",)) for n in range(1, 13))
VALID_FROM = Field("valid_from", "text", zh=("启用日期",))
STOP = Field("stop", "text", zh=("停排方式",))
POTENTIAL = Field("potential_t", "mass", zh=("小时最大可能量",))
BASIS = Field("basis", "text", zh=("核算方法",))

# --- a month's materials ---------------------------------------------------------------

MONTH_COLUMN = Field("month", "text", zh=("月份",))
MATERIAL = Field("material", "text", zh=("物料", "原辅材料"))
VOC_CONTENT = Field("voc_content", "share", zh=("VOCs含量",))
USED = Field("used_t", "mass", zh=("使用量",))
OPENING = Field("opening_t", "mass", zh=("期初库存",))
BOUGHT = Field("bought_t", "mass", zh=("购入量",))
CLOSING = Field("closing_t", "mass", zh=("期末库存",))
RECOVERED = Field("recovered_t", "mass", zh=("回收量",))
IN_WASTE = Field("in_waste_t", "mass", zh=("废物含量",))
IN_PRODUCT = Field("in_product_t", "mass", zh=("产品含量",))
DESTROYED = Field("destroyed_t", "mass", zh=("销毁量",))
CAPTURE = Field("capture", "share", zh=("收集效率",))
DESTRUCTION = Field("destruction", "share", zh=("去除效率",))

SHARED = (*(one for one in list(globals().values()) if isinstance(one, Field)), *MONTHLY)
