"""A workbook as a county's bureau fills it in, with every oddity at once."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from tests.scenarios.intake.workbook_xml import row, sheet, write_workbook

SPELLINGS = ("VOC", "VOCs", "voc", "挥发性有机物", "VOCs ")
FIRST_ROW = 5  # below title, unit and two rows of headings


@dataclass(slots=True)
class Wrote:
    """What was written, counted while it was."""

    firms: int = 0
    baseline_mg: int = 0
    hidden: int = 0


def write_bureau(file: Path, *, firms: int, seed: int = 1) -> Wrote:
    """Write a workbook with a cover, a hidden list of codes, and the sheet `明细`.

    Title, unit and date above headings over two rows; each firm merged over its one to three
    measures; formulas with their values; dates since 1904; per cent signs; credit codes as
    texts; hidden rows; subtotals of towns, a total, notes and signatures below.

    Args:
        file: where.
        firms: how many.
        seed: of what is drawn.
    """
    rng, wrote = random.Random(seed), Wrote(firms)
    rows = [
        row(1, "云溪县2017年重点行业VOCs减排措施汇总表"),
        row(2, "填报单位：云溪县环境保护局", None, None, None, None, None, "单位：吨、元"),
        row(3, "污染源", "统一社会信用代码", "行业", "地市", "污染物", "基准排放量", "投产日期",
            "措施", "削减效果", None, "去除效率"),
        row(4, None, None, None, None, None, "（吨/年）", None, None, "削减量（吨）",
            "年成本（元）"),
    ]  # fmt: skip
    merged = [f"{c}3:{c}4" for c in "ABCDEGHK"] + ["A1:K1", "I3:J3", "F3:F3"]
    number = FIRST_ROW
    for n in range(firms):
        baseline = round(rng.uniform(10, 100), 3)
        wrote.baseline_mg += round(baseline * 10**9)
        count = rng.randint(1, 3)
        for k in range(count):
            hidden = rng.random() < 0.05
            wrote.hidden += hidden
            rows.append(_measure(rng, number, n, k, baseline, hidden=hidden))
            number += 1
        if count > 1:
            merged += [f"{c}{number - count}:{c}{number - 1}" for c in "ABCDEFG"]
    total = wrote.baseline_mg / 10**9
    rows += [
        row(number, "合　计", None, None, None, None, total),
        row(number + 2, "注：本表数据为2016年环统数据"),
        row(number + 3, "填表人：李四", None, "审核人：张三"),
    ]
    after = "".join(f'<mergeCell ref="{ref}"/>' for ref in merged)
    write_workbook(
        file,
        {
            "封面": sheet(row(1, "云溪县")),
            "字典": sheet(row(1, "代码"), row(2, "C2110")),
            "明细": sheet(*rows, before='<dimension ref="A1:K9"/>',
                        after=f"<mergeCells>{after}</mergeCells>"),
        },
        states={"字典": "veryHidden"},
        since_1904=True,
    )  # fmt: skip
    return wrote


def _measure(
    rng: random.Random, number: int, firm: int, k: int, baseline: float, *, hidden: bool
) -> str:
    """One measure's row; the firm stands in its first one only."""
    first = (
        f"云溪第{firm:04d}厂", f"91330100MA{firm:08d}", rng.choice(("家具制造", "化工")), "杭州",
        rng.choice(SPELLINGS), baseline,
        f'<c r="G{number}" s="1"><v>{rng.randint(38_000, 41_000)}</v></c>',
    )  # fmt: skip
    share = (0.2, 0.3, 0.15)[k]
    removed = round(baseline * share, 6)
    formula = f'<c r="I{number}"><f>F{number}*{share}</f><v>{removed!r}</v></c>'
    return row(
        number, *(first if k == 0 else (None,) * 7), f"措施{k + 1}", formula,
        rng.randint(1_000, 9_000) * 10, f"{share:.0%}", attributes=' hidden="1"' if hidden else "",
    )  # fmt: skip
