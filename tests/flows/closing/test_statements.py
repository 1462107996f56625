"""Bank statements: each payment once, and only where nobody has to guess with its account."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bridge.db.book_tables import payments
from bridge.db.tables import events
from bridge.errors import BadInput, NotFound
from bridge.flows import statements
from bridge.flows.import_report import stored_file
from bridge.flows.journal import month_file
from bridge.flows.month import month_view
from bridge.flows.statements import LARGEST, StatementFile
from reports.problems import Refused
from tests.flows.closing.conftest import WHO, Office
from tests.samples.closing import ACCOUNT, Paid, statement_text

DAY = date(2026, 9, 15)


def bank(office: Office, *paid: Paid, first: date = date(2026, 9, 1), last: date = date(2026, 9, 30)) -> dict[str, Any]:
    """Take a statement with these payments."""
    return take(office, statement_text(paid, first, last).encode("cp1251"))


def take(office: Office, data: bytes, size: int = 0) -> dict[str, Any]:
    import hashlib

    sha = hashlib.sha256(data).hexdigest()
    path = office.folder / f"{sha}.txt"
    path.write_bytes(data)
    file = StatementFile(path=path, name="kl_to_1c.txt", sha256=sha, size=size or len(data))
    return statements.import_statement(office.database, office.settings, "romashka", file, WHO)


def paid(office: Office, account: str | None = None, state: str | None = None) -> list[dict[str, Any]]:
    found = statements.list_payments(office.database, "romashka", account, state, 100, None)
    items: list[dict[str, Any]] = found["items"]
    return items


def test_a_payment_of_the_only_commissioner_with_that_inn_belongs_to_his_account(office: Office) -> None:
    office.account("ozon", "ozon")
    office.account("wb", "wildberries", erp={"commissioner_inn": "7714617793"})
    told = bank(office, Paid("501", DAY, "5000.00"), Paid("7", DAY, "60.10", inn="7714617793"), Paid("9", DAY, "-3.00"))
    assert (told["payments"], told["unassigned"], told["already"]) == (3, 0, False)
    assert [one["amount"] for one in paid(office, "ozon")] == ["5000.00", "-3.00"]
    (one,) = paid(office, "wb")
    assert (one["number"], one["payer_inn"], one["assigned_by"], one["date"]) == ("7", "7714617793", "", "2026-09-15")


def test_a_payment_of_somebody_else_stays_unassigned_and_is_shown(office: Office) -> None:
    office.account("ozon", "ozon")
    told = bank(office, Paid("77", DAY, "12.00", inn="7701234560", name="Покупатель"))
    assert told["unassigned"] == 1
    (one,) = paid(office, state="unassigned")
    assert (one["account"], one["payer"]) == (None, "Покупатель")


def test_of_two_cabinets_of_one_commissioner_the_number_of_the_report_decides(office: Office) -> None:
    for name in ("first", "second"):
        office.account(name, "ozon")
    week = Path(__file__).parents[2] / "samples/ozon/realization/new_2025-10.xlsx"
    office.take("second", week.read_bytes(), "report.xlsx")
    bank(office, Paid("1", DAY, "10.00", purpose="Оплата по отчёту 12700840."), Paid("2", DAY, "20.00"),
         Paid("3", DAY, "30.00", purpose="Оплата по отчёту 127008401"))  # fmt: skip
    assert {one["number"]: one["account"] for one in paid(office)} == {"1": "second", "2": None, "3": None}


def test_the_same_file_again_adds_nothing_and_an_overlapping_one_only_what_is_new(office: Office) -> None:
    office.account("ozon", "ozon")
    first, second, third = (Paid(str(no), DAY, f"{no}.00") for no in (1, 2, 3))
    bank(office, first, second)
    assert bank(office, first, second)["already"]
    told = bank(office, second, third, first=date(2026, 9, 10))
    assert (told["already"], told["payments"], told["known_before"]) == (False, 1, 1)
    assert [one["number"] for one in paid(office)] == ["1", "2", "3"]
    listed = statements.list_statements(office.database, "romashka", 100, None)["items"]
    assert [(one["date_from"], one["payments"]) for one in listed] == [("2026-09-01", 2), ("2026-09-10", 1)]


def test_two_equal_payments_of_one_file_both_stay(office: Office) -> None:
    told = bank(office, Paid("1", DAY, "10.00"), Paid("1", DAY, "10.00"))
    assert told["payments"] == 2
    assert len({one["id"] for one in paid(office)}) == 2


def test_the_ids_of_payments_are_computed(office: Office) -> None:
    bank(office, Paid("1", DAY, "10.00"))
    before = paid(office)[0]["id"]
    with office.database.write() as connection:
        connection.execute(payments.delete())
    bank(office, Paid("1", DAY, "10.00"))
    assert paid(office)[0]["id"] == before


def test_what_the_settings_prove_later_is_found_when_the_file_comes_again(office: Office) -> None:
    office.account("wb", "wildberries")
    bank(office, Paid("1", DAY, "10.00", inn="7714617793"))
    assert paid(office, state="unassigned")
    office.account("wb", "wildberries", erp={"commissioner_inn": "7714617793"})
    bank(office, Paid("1", DAY, "10.00", inn="7714617793"))
    assert not paid(office, state="unassigned")


def test_a_person_assigns_a_payment_and_the_statement_does_not_take_it_back(office: Office) -> None:
    office.account("ozon", "ozon")
    office.account("wb", "wildberries")
    bank(office, Paid("1", DAY, "10.00"))
    (one,) = paid(office, "ozon")
    moved = statements.assign_payment(office.database, one["id"], "wb", WHO)
    assert (moved["account"], moved["assigned_by"]) == ("wb", WHO)
    assert statements.assign_payment(office.database, one["id"], None, WHO)["account"] is None
    bank(office, Paid("1", DAY, "10.00"))
    assert paid(office, state="unassigned")
    with office.database.read() as connection:
        said = connection.scalars(select(events.c.detail).where(events.c.what == "payment_assigned"))
        assert [one["after"] for one in said] == ["wb", None]


def test_a_payment_goes_to_no_account_of_another_organization(office: Office) -> None:
    from bridge.flows import catalogue
    from bridge.flows.accounts import AccountInput, Organization

    other = Organization(title="ИП Иванов", inn="500100732259", tax_system="usn")
    catalogue.put_organization(office.database, "ivanov", other, WHO)
    account = AccountInput(organization="ivanov", channel="ozon")
    catalogue.put_account(office.database, office.settings, "theirs", account, WHO)
    bank(office, Paid("1", DAY, "10.00"))
    (one,) = paid(office, state="unassigned")
    with pytest.raises(BadInput, match="другой организации"):
        statements.assign_payment(office.database, one["id"], "theirs", WHO)
    with pytest.raises(NotFound):
        statements.assign_payment(office.database, "nobody", None, WHO)


def test_a_refused_statement_leaves_nothing_behind(office: Office) -> None:
    text = statement_text([Paid("1", DAY, "10.00")], DAY, DAY, totals={"ВсегоПоступило": "11.00"})
    with pytest.raises(Refused):
        take(office, text.encode("cp1251"))
    with pytest.raises(BadInput, match="32 МБ"):
        take(office, text.encode("cp1251"), size=LARGEST + 1)
    assert statements.list_statements(office.database, "romashka", 100, None)["items"] == []
    assert paid(office) == []


def test_the_original_is_kept(office: Office) -> None:
    told = bank(office, Paid("1", DAY, "10.00"))
    assert stored_file(office.settings, told["file"]["sha256"]).is_file()
    assert Decimal(paid(office)[0]["amount"]) == 10


def test_the_statement_of_another_organization_is_refused_with_both_inns(office: Office) -> None:
    office.account("ozon", "ozon")
    stranger = statement_text([Paid("1", DAY, "10.00")], date(2026, 9, 1), date(2026, 9, 30)).replace(
        "ПолучательИНН=7712345671", "ПолучательИНН=5003012349"
    )
    with pytest.raises(Refused) as refused:
        take(office, stranger.encode("cp1251"))
    (found,) = refused.value.problems
    assert (found.code, found.found, found.expected) == (
        "statement_owner", "5003012349", "ИНН организации 7712345671",
    )  # fmt: skip
    assert paid(office) == []


def test_a_document_of_the_bank_that_names_itself_does_not_make_the_statement_a_strangers(office: Office) -> None:
    text = statement_text([Paid("1", DAY, "-1.00"), Paid("2", DAY, "10.00")], date(2026, 9, 1), date(2026, 9, 30))
    assert take(office, text.replace("ПлательщикИНН=7712345671", "ПлательщикИНН=7744000912").encode("cp1251"))
    nobody = statement_text([Paid("3", DAY, "5.00")], date(2026, 9, 1), date(2026, 9, 30))
    take(office, nobody.replace("ПолучательИНН=7712345671", "ПолучательИНН=0").encode("cp1251"))
    assert len(paid(office)) == 3


DOLLARS = "40702840000000012345"


def test_money_of_another_currency_is_nobodys_and_cannot_be_given_to_a_rouble_cabinet(office: Office) -> None:
    office.account("ozon", "ozon")
    take(office, statement_text([Paid("5", DAY, "500.00")], DAY, DAY, account=DOLLARS).encode("cp1251"))
    (one,) = paid(office)
    assert (one["currency"], one["account"]) == ("USD", None)
    with pytest.raises(BadInput, match="Платёж в валюте USD, а кабинет «ozon» ведётся в RUB"):
        statements.assign_payment(office.database, one["id"], "ozon", WHO)


def test_a_cabinet_in_dollars_counts_dollars_alone(office: Office) -> None:
    office.account("ozon", "ozon", currency="USD")
    for account in (DOLLARS, ACCOUNT):
        take(office, statement_text([Paid("5", DAY, "500.00")], DAY, DAY, account=account).encode("cp1251"))
    assert [(one["currency"], one["account"]) for one in paid(office)] == [("USD", "ozon"), ("RUB", None)]
    told = month_view(office.database, office.settings, "ozon", "2026-09")
    assert (told["payouts"], told["payments_unassigned"]) == ("500.00", [])
    text = month_file(office.database, "ozon", "2026-09")
    assert "-500.00 USD" in text
    assert "500.00 RUB" not in text


@pytest.mark.parametrize(("code", "currency"), [("810", "RUB"), ("643", "RUB"), ("978", "EUR"), ("999", "999")])
def test_the_number_of_an_account_tells_its_currency(office: Office, code: str, currency: str) -> None:
    account = f"40702{code}000000012345"
    take(office, statement_text([Paid("5", DAY, "1.00")], DAY, DAY, account=account).encode("cp1251"))
    assert [one["currency"] for one in paid(office)] == [currency]
