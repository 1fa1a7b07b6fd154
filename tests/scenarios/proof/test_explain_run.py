"""A firm's year and a quota's reasons, told from the files of a run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from permits.errors import InputError
from permits.ledger import Reason
from permits.quantity import FEN_PER_YUAN, MG_PER_T
from scenarios.proof.explain import explain_firm, explain_quota
from scenarios.proof.explain.balance import _shortened, reason_word
from scenarios.results.formatting import mass_digits, money_digits
from scenarios.results.result import RunResult
from scenarios.results.stores.folder import write_run
from scenarios.text import set_language

Sample = Callable[..., RunResult]


@pytest.fixture(scope="module")
def run(sample_result: Sample, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(sample_result(), tmp_path_factory.mktemp("explain") / "run")


@pytest.fixture
def in_chinese() -> Iterator[None]:
    set_language("zh")
    yield
    set_language("en")


def test_every_reason_of_an_entry_has_its_own_words_in_both_languages() -> None:
    english = {reason: reason_word(reason) for reason in Reason}
    set_language("zh")
    chinese = {reason: reason_word(reason) for reason in Reason}
    set_language("en")
    assert len(set(english.values())) == len(set(chinese.values())) == len(Reason)
    assert english[Reason.GIVE_UP] == "handed in without payment"
    assert chinese[Reason.GIVE_UP] == "无偿交回"
    assert not [word for word in chinese.values() if re.search("[A-Za-z]", word)]


def test_a_firms_year_is_told_from_opening_to_end(run: Path) -> None:
    said = explain_firm(run, "F001")
    assert said[0] == "F001, Petrochemicals, Jiaxing."
    months = [line for line in said if not line.startswith(" ")]
    assert months[1] == "2017-01:"
    whole = "\n".join(said)
    assert "F001 receives rights for 50 t/yr of VOCs" in whole
    assert "emits 4.4 t of VOCs in the month" in whole
    assert "F001 buys 5 t of VOC/2017 from F002 for 45,500 yuan (call_double [Wilson1985])" in whole
    assert "true-up [ZJ-N3]" in whole


def test_a_sale_is_told_to_the_seller_too(run: Path) -> None:
    said = "\n".join(explain_firm(run, "F002"))
    assert "trade: F002 gets 45,500 yuan and gives 5 t of VOC/2017/paid (call_double)" in said


def test_balances_are_summed_up_by_what_made_them(run: Path) -> None:
    said = explain_firm(run, "F001")
    assert (
        "  VOC/Zhejiang/2017/paid, held: issued +50, used −52.8, trade +5, expiry −2.2 = 0 t"
        in said
    )
    assert "  VOC/Zhejiang/2018/paid, held: issued +50 = 50 t" in said
    assert "  cash: money from outside +900,000, trade −45,500 = 854,500 yuan" in said


def test_many_alike_on_one_day_are_cut_and_counted() -> None:
    said = list(_shortened([*(f"lot {n}" for n in range(9)), "lot 0"]))
    assert said == ["lot 0 ×2", "lot 1", "lot 2", "and 6 more like it"]
    assert list(_shortened(["a", "a", "b"])) == ["a ×2", "b"]


def test_one_pocket_is_explained_by_itself(run: Path) -> None:
    said = explain_firm(run, "county:Keqiao#reserve")
    assert said == [
        "  VOC/Zhejiang/2017/paid, in reserve: withheld +10, lease −2, end of a lease +2 = 10 t"
    ]


def test_a_lease_that_returns_is_told(run: Path) -> None:
    said = "\n".join(explain_firm(run, "F000"))
    assert "lease: F000 gets 2 t of VOC/2017/paid and gives 3,000 yuan" in said
    assert "end of a lease: F000 gives 2 t of VOC/2017/paid" in said


def test_the_sums_of_every_owner_and_pocket_are_the_stored_balances(run: Path) -> None:
    from scenarios.proof.audit import replay_run

    for account, asset, amount in replay_run(run).balances:
        lines = explain_firm(run, account)
        if asset == "CNY":
            said = f"{money_digits(round(Decimal(amount) * FEN_PER_YUAN))} yuan"
        else:
            said = f"{mass_digits(round(Decimal(amount) * MG_PER_T))} t"
        assert any(line.endswith(f" = {said}") for line in lines), (account, asset)


@pytest.mark.parametrize(
    ("who", "words"),
    [("F0O1", "such as F001"), ("F001#wallet", "owner#pocket"), ("nobody", "no account holder")],
)
def test_an_unknown_account_is_told_with_the_nearest(run: Path, who: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        explain_firm(run, who)
    assert words.replace("'", "") in str(caught.value).replace("'", "")


def test_a_plan_without_a_year_has_no_accounts(sample_result: Sample, tmp_path: Path) -> None:
    plan = write_run(sample_result(part="plan"), tmp_path / "plan")
    with pytest.raises(InputError, match=r"run\.sqlite"):
        explain_firm(plan, "F001")


def test_a_sources_quota_is_explained_by_its_measure_and_the_marginal_price(
    run: Path, sample_result: Sample
) -> None:
    chosen = sample_result().tables["chosen"].dicts()
    source = next(row["source"] for row in chosen)
    said = "\n".join(explain_quota(run, source=source))
    assert "leaves a quota of" in said
    assert "The plan installs" in said
    assert "the plan's marginal cost is 9,051 yuan/t to 9,068 yuan/t" in said
    assert "Under equal percentage every source would cut at least 35 %" in said


def test_a_source_without_a_measure_is_told_what_the_cheapest_would_cost(
    run: Path, sample_result: Sample
) -> None:
    tables = sample_result().tables
    built = set(tables["chosen"].column("source"))
    source = next(s for s in tables["quotas"].column("source") if s not in built)
    said = "\n".join(explain_quota(run, source=source))
    assert "No measure is installed: the cheapest one of its sub-sector costs" in said


def test_a_drawn_source_says_so(run: Path, sample_result: Sample) -> None:
    row = next(row for row in sample_result().tables["quotas"].dicts() if row["drawn"])
    assert any("tie-breaking lottery" in line for line in explain_quota(run, source=row["source"]))


def test_a_city_and_a_sector_are_explained_with_measures_and_equal_percentage(run: Path) -> None:
    for group in ({"city": "Hangzhou"}, {"sector": "coating"}):
        said = "\n".join(explain_quota(run, **group))
        assert "sources emit" in said
        assert "Under equal percentage it would cut" in said
        assert "yuan a year" in said


def test_an_unknown_city_is_told_with_the_nearest(run: Path) -> None:
    with pytest.raises(InputError, match="Hangzhou"):
        explain_quota(run, city="Hangzho")


def test_exactly_one_thing_is_explained(run: Path) -> None:
    with pytest.raises(InputError, match="exactly one"):
        explain_quota(run)
    with pytest.raises(InputError, match="exactly one"):
        explain_quota(run, city="Hangzhou", sector="coating")


def test_a_run_without_quotas_says_so(sample_result: Sample, tmp_path: Path) -> None:
    run = write_run(sample_result(status="infeasible"), tmp_path / "run")
    with pytest.raises(InputError, match="no quotas"):
        explain_quota(run, city="Hangzhou")


@pytest.mark.usefixtures("in_chinese")
def test_both_are_told_in_chinese(run: Path) -> None:
    said = "\n".join([*explain_firm(run, "F001"), *explain_quota(run, city="Hangzhou")])
    assert "石化" in said
    assert "杭州" in said
    assert "本月排放" in said
    assert "等比例" in said
