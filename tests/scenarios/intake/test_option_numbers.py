"""Options that are numbers: their bounds are said, and tables of options fit the commands."""

from __future__ import annotations

from decimal import Decimal

import pytest
import typer

import cli
from permits.errors import InputError
from scenarios import api
from scenarios.intake.option_needs import EXCLUDES, NEEDS, check_needs
from scenarios.intake.option_numbers import OPTION_NUMBERS, SHARES, option_number, option_share

COMMANDS = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("option", OPTION_NUMBERS)
def test_both_ends_of_an_option_are_bounds(option: str) -> None:
    allowed = OPTION_NUMBERS[option]
    assert option_number(option, allowed.example) == Decimal(allowed.example)
    assert option_number(option, str(allowed.most)) == allowed.most
    step = Decimal(1) if allowed.whole else allowed.most / 1000
    beyond = [allowed.most + step, allowed.least if allowed.open_end else allowed.least - 1]
    for number in beyond:
        with pytest.raises(InputError) as caught:
            option_number(option, str(number))
        assert caught.value.where == option
        assert caught.value.code == "option.bounds"
    for text in ("nan", "inf", "", "1e400", *(["1.5"] if allowed.whole else [])):
        with pytest.raises(InputError, match=r"is not a (whole )?number"):
            option_number(option, text)


@pytest.mark.parametrize("option", SHARES)
def test_a_percentage_has_its_sign_and_its_bounds(option: str) -> None:
    assert option_share(option, "2.5%") == option_share(option, "２.５％") == 0.025
    for text in ("2", "-1%", f"{SHARES[option] * 100 + 1}%", "nan%", "0.1.2%", "%"):
        with pytest.raises(InputError, match="is not a percentage from 0 to"):
            option_share(option, text)


def test_every_option_of_the_tables_is_one_of_its_command() -> None:
    for table in (NEEDS, EXCLUDES):
        for command, rules in table.items():
            params = COMMANDS[command.split()[0]].params
            known = {name for param in params for name in param.opts}
            known |= {str(param.metavar).strip("[]") for param in params if param.metavar}
            named = {*rules, *(other for others in rules.values() for other in others)}
            # The option and its opposite are one: --negative-costs/--no-negative-costs.
            assert named <= known, f"{command}: {named - known}"


def test_an_option_without_effect_is_refused() -> None:
    check_needs("allocate", {"--force", "--out", "--measures"})
    with pytest.raises(InputError, match="--force has no effect without --out"):
        check_needs("allocate", {"--force"})
    with pytest.raises(InputError, match="--register has no effect beside --measures"):
        check_needs("allocate", {"--register", "--measures"})


def test_a_function_refuses_what_its_command_refuses() -> None:
    with pytest.raises(InputError, match="--costs has no effect without --register"):
        api.allocate(measures="m.csv", costs="china")
    with pytest.raises(InputError, match=r"-1 is not from 1e-12 to 0.99 \[--gap\]"):
        api.allocate(measures="m.csv", gap=-1)
    with pytest.raises(InputError, match="--limit has no effect without --hints"):
        api.meter("r.csv", limits="COD=5")
    with pytest.raises(InputError, match="--seed"):
        api.clear("b.csv", "vickrey", supply_t=1, seed=-1)
