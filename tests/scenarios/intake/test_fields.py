"""Every Chinese heading is read as the column it stands for, and belongs to one column."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from scenarios.intake.fields import SHARED, Field, english
from scenarios.intake.tables import read_table
from scenarios.planning.condition_texts import parse_condition

READ_AS = {
    "污染源": "source",
    "企业": "firm",
    "行业": "sector",
    "子行业": "subsector",
    "地市": "city",
    "污染物": "pollutant",
    "基准排放量_吨": "baseline_t",
    "措施": "measure",
    "削减量_吨": "removed_t",
    "基准排放量_千克": "baseline_kg",
    "削减量_千克": "removed_kg",
    "年成本_元": "annual_cost_yuan",
    "年成本_万元": "annual_cost_10k_yuan",
    "区县": "county",
    "省": "province",
    "分项": "slot",
    "受体": "receptor",
    "系数": "coefficient",
    "限值": "limit",
    "背景值": "background",
    "计量单位": "unit",
    "排口": "outlet",
    "时间": "at",
    "流量_立方米": "volume_m3",
    "标记": "flag",
    "事件": "event",
    "年水量指标_立方米": "annual_quota_m3",
    "开度_百分比": "open_percent",
    "竞买人": "bidder",
    "交易者": "trader",
    "方向": "side",
    "数量_吨": "mass_t",
    "报价_元每吨": "limit_yuan_per_t",
    "序号": "seq",
    "产品": "product",
    "编号": "id",
    "时刻_秒": "at_s",
    "有效至_秒": "until_s",
    "可售量_吨": "free_t",
    "持有量_吨": "held_t",
    "最多份额": "most_share",
    "保证金_元": "guarantee_yuan",
    "月份": "month",
    "物料": "material",
    "原辅材料": "material",
    "使用量_吨": "used_t",
    "使用量_千克": "used_kg",
    "期初库存_吨": "opening_t",
    "期初库存_千克": "opening_kg",
    "购入量_吨": "bought_t",
    "购入量_千克": "bought_kg",
    "期末库存_吨": "closing_t",
    "期末库存_千克": "closing_kg",
    "VOCs含量": "voc_content",
    "VOCs含量_%": "voc_content_percent",
    "回收量_吨": "recovered_t",
    "回收量_千克": "recovered_kg",
    "废物含量_吨": "in_waste_t",
    "废物含量_千克": "in_waste_kg",
    "产品含量_吨": "in_product_t",
    "产品含量_千克": "in_product_kg",
    "销毁量_吨": "destroyed_t",
    "销毁量_千克": "destroyed_kg",
    "收集效率": "capture",
    "收集效率_%": "capture_percent",
    "去除效率": "destruction",
    "去除效率_%": "destruction_percent",
    "年度指标_吨": "annual_quota_t",
    "核算方法": "basis",
    "排污卡": "card",
    "卡号": "card",
    "排放口": "outlet",
    "年配额_吨": "annual_quota_t",
    "1月_吨": "month_01",
    "2月_吨": "month_02",
    "3月_吨": "month_03",
    "4月_吨": "month_04",
    "5月_吨": "month_05",
    "6月_吨": "month_06",
    "7月_吨": "month_07",
    "8月_吨": "month_08",
    "9月_吨": "month_09",
    "10月_吨": "month_10",
    "11月_吨": "month_11",
    "12月_吨": "month_12",
    "启用日期": "valid_from",
    "停排方式": "stop",
    "小时最大可能量_吨": "potential_t",
    "基准排放量_吨/年": "baseline_t",
    "基准排放量_公斤": "baseline_kg",
    "削减量_万吨/年": "removed_10kt",
    "年成本_万元/年": "annual_cost_10k_yuan",
    "年成本_亿元": "annual_cost_100m_yuan",
    "报价_元/吨": "limit_yuan_per_t",
    "报价_万元/吨": "limit_10k_yuan_per_t",
    "企业名称": "firm",
    "单位名称": "firm",
    "乡镇": "town",
    "规模": "size",
    "统一社会信用代码": "credit_code",
    "行业代码": "trade",
    "生产工序": "process",
    "工艺": "process",
    "现有效率": "existing_efficiency",
    "现有效率_%": "existing_efficiency_percent",
    "现有治理设施": "existing_measure",
    "措施名称": "measure",
    "设备编码": "mn",
    "密码": "password",
    "网络地址": "address",
}


@pytest.mark.parametrize("heading", READ_AS)
def test_a_heading_is_read_as_its_column(tmp_path: Path, heading: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"name,{heading}\nx,1\n", encoding="utf-8")
    table = read_table(path, [Field("name", "text")])
    assert table.columns == ("name", READ_AS[heading])
    assert table.rows[0].extra == {READ_AS[heading]: "1"}


def test_every_chinese_heading_is_listed_above() -> None:
    """`READ_AS` has one heading at least for every column that has any."""
    read = {english(heading) for heading in READ_AS}
    assert {one.name for one in SHARED if one.zh} <= read


def test_other_headings_are_read_as_they_stand() -> None:
    for heading in ("备注", "基准排放量", "年成本_说明", "基准排放量_磅", "2017年"):
        assert english(heading) == heading


def test_a_heading_and_a_name_belong_to_one_column() -> None:
    assert [h for h, n in Counter(h for one in SHARED for h in one.zh).items() if n > 1] == []
    assert [name for name, n in Counter(one.name for one in SHARED).items() if n > 1] == []


def test_a_heading_gives_the_unit_of_its_column(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "污染源,基准排放量（千克）,年成本（万元）,VOCs含量（%）\nx,1500,1.5,25\n", encoding="utf-8"
    )
    wanted = [one for one in SHARED if one.name in ("source", "baseline_t", "voc_content")]
    cost = Field("annual_cost_yuan", "money")
    (row,) = read_table(path, [*wanted, cost]).rows
    assert row.values["baseline_t"] == 1_500 * 10**6
    assert row.values["annual_cost_yuan"] == 15_000
    assert row.values["voc_content"] * 4 == 1


def test_a_table_may_have_a_column_otherwise() -> None:
    mass = Field("mass_t", "mass", zh=("数量_吨",))
    assert mass.but(kind="money", blank=True) == Field(
        "mass_t", "money", blank=True, zh=("数量_吨",)
    )
    assert mass == Field("mass_t", "mass", zh=("数量_吨",))


def test_conditions_name_columns_as_tables_do() -> None:
    condition = parse_condition("min", "区县=甲，省=乙：VOC=20%")
    assert condition.group == {"county": "甲", "province": "乙"}
