"""Metering on a Dask cluster gives the numbers of one machine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from permits.errors import InputError
from scenarios.monitoring.files import Asked, meter_files
from scenarios.monitoring.files.cluster import meter_on_cluster
from scenarios.monitoring.files.meter_report import meter_object


def _asked(folder: Path) -> Asked:
    rows = [
        f"outlet-{o},2017-03-{1 + n // 24:02d} {n % 24:02d}:00,{o + n % 7},50,"
        f"{'D' if (o * n) % 11 == 1 else ''}"
        for o in range(7)
        for n in range(40 + o)
    ]
    head = "outlet,at,volume_m3,COD_mg_per_l,flag"
    (folder / "r.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    (folder / "cards.csv").write_text(
        "card,firm,outlet,pollutant,annual_quota_t\n"
        + "".join(f"C{o},F,outlet-{o},COD,0.05\n" for o in range(7)),
        encoding="utf-8",
    )
    return Asked((str(folder / "r.csv"),), cards=str(folder / "cards.csv"), by="day")


def test_workers_of_a_cluster_give_what_one_machine_gives(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    asked = _asked(tmp_path)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        shares = meter_on_cluster(asked, cluster.scheduler_address)
    assert meter_object(shares) == meter_object(meter_files(asked))


def test_without_dask_the_remedy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match="cluster"):
        meter_on_cluster(_asked(tmp_path), "tcp://127.0.0.1:1")
