"""Columns of tables: name, kind, and the Chinese headings under which each is read.

A column with a Chinese heading stands here once, whichever tables have it: a further
column of any table is read under its English name too, so that `--min 区县=...` finds it.
A table says with `but` where it differs. A column without a Chinese heading stands in
the table's own file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

FieldKind = Literal["text", "mass", "money", "number", "count", "share"]

MASS_SUFFIXES = {"_t": "t", "_kg": "kg", "_kt": "kt"}
WAN = "_10k_yuan"  # ten thousand yuan, 万元
PERCENT = "_percent"


@dataclass(frozen=True, slots=True)
class Field:
    """A column that is understood: masses become whole mg, money and prices Decimal yuan.

    `blank`: an empty cell is None instead of a mistake. A mass column's name ends in
    `_t`; the same name with `_kg` or `_kt` is read in that unit. A share becomes an exact
    Fraction from 0 to 1; its name with `_percent` is read in per cent. `zh`: Chinese
    headings with their unit behind a `_`, as `plain_heading` writes them.
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

    def english(self, heading: str) -> str:
        """The English heading of one of `zh`, in the unit that it is written in."""
        if self.kind == "mass" and heading.endswith("_千克"):
            return self.name.removesuffix("_t") + "_kg"
        if self.kind == "money" and heading.endswith("_万元"):
            return self.name.removesuffix("_yuan") + WAN
        return self.name + (PERCENT if self.kind == "share" and heading.endswith("_%") else "")


# --- whose emission --------------------------------------------------------------------

SOURCE = Field("source", "text", zh=("污染源",))
FIRM = Field("firm", "text", zh=("企业",))
SECTOR = Field("sector", "text", zh=("行业",))
SUBSECTOR = Field("subsector", "text", zh=("子行业",))
PROVINCE = Field("province", "text", zh=("省",))
CITY = Field("city", "text", zh=("地市",))
COUNTY = Field("county", "text", zh=("区县",))
POLLUTANT = Field("pollutant", "text", zh=("污染物",))
BASELINE = Field("baseline_t", "mass", zh=("基准排放量_吨", "基准排放量_千克"))

# --- what a register says of a source --------------------------------------------------

TRADE = Field("trade", "text", zh=("行业代码",))
PROCESS = Field("process", "text", zh=("工艺", "生产工序", "工序", "生产工艺"))
EXISTING_MEASURE = Field("existing_measure", "text", zh=("现有治理设施", "现有治理措施"))
EXISTING_EFFICIENCY = Field("existing_efficiency", "share", zh=("现有效率", "现有去除效率"))

# --- what it may do, and what arrives --------------------------------------------------

MEASURE = Field("measure", "text", zh=("措施",))
SLOT = Field("slot", "text", zh=("分项",))
REMOVED = Field("removed_t", "mass", zh=("削减量_吨", "削减量_千克"))
ANNUAL_COST = Field("annual_cost_yuan", "money", zh=("年成本_元", "年成本_万元"))
RECEPTOR = Field("receptor", "text", zh=("受体",))
COEFFICIENT = Field("coefficient", "number", zh=("系数",))
LIMIT = Field("limit", "number", zh=("限值",))
BACKGROUND = Field("background", "number", zh=("背景值",))
UNIT = Field("unit", "text", zh=("计量单位",))

# --- a sale ----------------------------------------------------------------------------

BIDDER = Field("bidder", "text", zh=("竞买人",))
TRADER = Field("trader", "text", zh=("交易者",))
SIDE = Field("side", "text", zh=("方向",))
MASS = Field("mass_t", "mass", zh=("数量_吨",))
LIMIT_PRICE = Field("limit_yuan_per_t", "money", zh=("报价_元每吨",))
SEQ = Field("seq", "count", zh=("序号",))
PRODUCT = Field("product", "text", zh=("产品",))
ORDER_ID = Field("id", "text", zh=("编号",))
AT_SECOND = Field("at_s", "count", zh=("时刻_秒",))
UNTIL_SECOND = Field("until_s", "count", zh=("有效至_秒",))
FREE = Field("free_t", "mass", zh=("可售量_吨",))
HELD = Field("held_t", "mass", zh=("持有量_吨",))
MOST_SHARE = Field("most_share", "text", zh=("最多份额",))
GUARANTEE = Field("guarantee_yuan", "money", zh=("保证金_元",))

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
ANNUAL_QUOTA = Field("annual_quota_t", "mass", zh=("年度指标_吨", "年配额_吨"))
ANNUAL_VOLUME = Field("annual_quota_m3", "money", zh=("年水量指标_立方米",))
MONTHLY = tuple(Field(f"month_{n:02d}", "mass", zh=(f"{n}月_吨",)) for n in range(1, 13))
VALID_FROM = Field("valid_from", "text", zh=("启用日期",))
STOP = Field("stop", "text", zh=("停排方式",))
POTENTIAL = Field("potential_t", "mass", zh=("小时最大可能量_吨",))
BASIS = Field("basis", "text", zh=("核算方法",))

# --- a month's materials ---------------------------------------------------------------

MONTH_COLUMN = Field("month", "text", zh=("月份",))
MATERIAL = Field("material", "text", zh=("物料", "原辅材料"))
VOC_CONTENT = Field("voc_content", "share", zh=("VOCs含量", "VOCs含量_%"))
USED = Field("used_t", "mass", zh=("使用量_吨", "使用量_千克"))
OPENING = Field("opening_t", "mass", zh=("期初库存_吨", "期初库存_千克"))
BOUGHT = Field("bought_t", "mass", zh=("购入量_吨", "购入量_千克"))
CLOSING = Field("closing_t", "mass", zh=("期末库存_吨", "期末库存_千克"))
RECOVERED = Field("recovered_t", "mass", zh=("回收量_吨", "回收量_千克"))
IN_WASTE = Field("in_waste_t", "mass", zh=("废物含量_吨", "废物含量_千克"))
IN_PRODUCT = Field("in_product_t", "mass", zh=("产品含量_吨", "产品含量_千克"))
DESTROYED = Field("destroyed_t", "mass", zh=("销毁量_吨", "销毁量_千克"))
CAPTURE = Field("capture", "share", zh=("收集效率", "收集效率_%"))
DESTRUCTION = Field("destruction", "share", zh=("去除效率", "去除效率_%"))

SHARED = (*(one for one in list(globals().values()) if isinstance(one, Field)), *MONTHLY)

ENGLISH = {heading: field.english(heading) for field in SHARED for heading in field.zh}
"""The English heading of every Chinese one."""
