"""Published prices of a tonne of VOC: levies, a permit, running costs of devices."""

from __future__ import annotations

from dataclasses import dataclass

POLLUTANTS = ("VOC", "VOCs")
"""Names of the pollutant to which the prices apply."""

TITLES = {
    "zhejiang": "Levy in Zhejiang, 3.6 yuan per 0.95 kg",
    "zhejiang_2018": "Levy in Zhejiang planned for 2018, 4.8 yuan per 0.95 kg",
    "shandong": "Levy in Shandong, 6.0 yuan per 0.95 kg",
    "anhui": "Levy in Anhui, 1.2 yuan per 0.95 kg",
    "tianjin": "Levy in Tianjin",
    "beijing": "Levy in Beijing and in Shanghai from 2017",
    "jinhua": "VOC permit in Jinhua, 2021, lowest price a year",
    "rco": "Running cost of a catalytic oxidiser, one plant",
    "thin": "Running cost for thin streams",
}


@dataclass(frozen=True, slots=True)
class Anchor:
    """A price [yuan/t] with its status and source."""

    key: str
    yuan_per_t: float
    status: str
    source: str


ANCHORS = (
    Anchor("anhui", 1_263.16, "computed", "[VOC-B11]"),
    Anchor("zhejiang", 3_789.47, "computed", "[VOC-B11]"),
    Anchor("rco", 4_200.0, "published", "[VOC-B4]"),
    Anchor("zhejiang_2018", 5_052.63, "computed", "[VOC-B11]"),
    Anchor("jinhua", 6_000.0, "published", "[ZJ-C25]"),
    Anchor("shandong", 6_315.79, "computed", "[VOC-B11]"),
    Anchor("thin", 8_000.0, "published", "[VOC-B2]"),
    Anchor("tianjin", 10_000.0, "published", "[VOC-B11]"),
    Anchor("beijing", 20_000.0, "published", "[VOC-B11]"),
)
"""A levy per pollution equivalent of 0.95 kg is converted to yuan per tonne."""
