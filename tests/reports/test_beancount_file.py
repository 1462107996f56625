"""A month as a file of beancount: beancount itself reads it and finds nothing wrong, or exactly what was made wrong."""

import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from beancount import loader
from beancount.core.data import Balance as Assertion
from beancount.core.data import Transaction

from reports.beancount_file import Balance, Cabinet, Payment, beancount_file
from reports.journal import Accounts, journal
from tests.reports.test_journal import SOLD, document, line

D = Decimal
FIRST, LAST = date(2026, 8, 1), date(2026, 8, 31)
PAID = Payment(
    id="p-1", date=date(2026, 8, 15), number="7", amount=D("500.00"), currency="RUB", payer='ООО "РВБ"',
    purpose="Оплата\n\\ Дт 62:01",
)  # fmt: skip


def cabinet(name: str = "wb", closing: str = "1340.00", accounts: Accounts | None = None) -> Cabinet:
    """1000.00 from before, 840.00 of a report and 500.00 paid leave 1340.00; services of 122.00 are not netted."""
    accounts = accounts or Accounts()
    made = [SOLD, document("service_receipt", line("services", "122.00", "22.00"))]
    return Cabinet(
        name=name, accounts=accounts, documents=[(one, journal(one, accounts)) for one in made], payments=[PAID],
        balances=[
            Balance(role="settlement", currency="RUB", opening=D("1000.00"), closing=D(closing)),
            Balance(role="services", currency="RUB", opening=D("0.00"), closing=D("-122.00")),
        ],
    )  # fmt: skip


def checked(text: str) -> list[str]:
    _, errors, _ = loader.load_string(text)
    return [error.message for error in errors]


def test_beancount_finds_no_error(tmp_path: Path) -> None:
    text = beancount_file("wb 2026-08", FIRST, LAST, [cabinet()], ["Не проведено: ничего"])
    entries, errors, options = loader.load_string(text)
    assert errors == []
    assert options["title"] == "wb 2026-08"
    assert len([one for one in entries if isinstance(one, Transaction)]) == 4
    assert len([one for one in entries if isinstance(one, Assertion)]) == 2
    sold = next(one for one in entries if isinstance(one, Transaction) and one.meta.get("kind") == "commission_report")
    assert (sold.meta["document"], sold.payee) == ("d-1", "Маркетплейс")


def test_the_command_bean_check_agrees(tmp_path: Path) -> None:
    path = tmp_path / "month.beancount"
    path.write_text(beancount_file("wb 2026-08", FIRST, LAST, [cabinet()], []), "utf-8")
    command = Path(sys.executable).with_name("bean-check")
    done = subprocess.run([command, path], capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_a_balance_that_is_a_kopeck_off_is_found() -> None:
    (message,) = checked(beancount_file("wb", FIRST, LAST, [cabinet(closing="1340.01")], []))
    assert message.startswith("Balance failed for 'Assets:62-01:C-wb:Settlement'")


@pytest.mark.parametrize("names", [["wb", "WB"], ["a.b", "a-b", "a b"], ["кабинет №1", "1"], ["_x"]])
def test_cabinets_of_any_names_stand_side_by_side(names: list[str]) -> None:
    text = beancount_file("all", FIRST, LAST, [cabinet(name) for name in names], [])
    assert checked(text) == []
    assert text.count(" open Assets:62-01:") == len(names)


def test_settlements_on_one_account_stay_two_balances() -> None:
    accounts = Accounts(settlement="76.09", services="76.09")
    text = beancount_file("wb", FIRST, LAST, [cabinet(accounts=accounts)], [])
    assert checked(text) == []
    assert "Assets:76-09:C-wb:Services" in text


def test_an_empty_month_is_a_valid_file() -> None:
    empty = Cabinet(name="wb", accounts=Accounts(), documents=[], payments=[], balances=[])
    assert checked(beancount_file("wb", FIRST, LAST, [empty], [])) == []
