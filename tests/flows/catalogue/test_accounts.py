"""Organizations and accounts are taken, refused in words, counted as changes; secrets stay inside."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from bridge.credentials import CredentialsUnreadable
from bridge.db.session import Database
from bridge.db.tables import accounts, documents
from bridge.errors import BadInput, Conflict, NotFound
from bridge.flows import catalogue
from bridge.flows.catalogue import AccountInput, Organization
from bridge.settings import Settings
from tests.flows.catalogue.shop import COMPANY, TRADER, WHO, add_report, counted, events_of


def codes(caught: pytest.ExceptionInfo[BadInput]) -> list[str]:
    return [problem.code for problem in caught.value.problems]


def test_an_organization_is_made_then_changed_then_left_alone(database: Database) -> None:
    made = catalogue.put_organization(database, "romashka", COMPANY, WHO)
    assert made == {**catalogue.get_organization(database, "romashka"), "warnings": []}
    assert made["inn"] == "7707083893"
    other = Organization(title="ООО Ромашка", inn="7707083893", kpp="770701001", tax_system="usn_vat5", prefix="РО")
    catalogue.put_organization(database, "romashka", other, WHO)
    assert catalogue.get_organization(database, "romashka")["tax_system"] == "usn_vat5"
    catalogue.put_organization(database, "romashka", other, WHO)
    assert counted(database) == 2
    first, second = events_of(database, "organization_put")
    assert first[:2] == (WHO, "romashka")
    assert second[2] == {"created": False, "changed": {"tax_system": ["general", "usn_vat5"]}}


def test_a_sole_trader_has_no_kpp(database: Database) -> None:
    assert catalogue.put_organization(database, "ivanov", TRADER, WHO)["kpp"] == ""


@pytest.mark.parametrize(
    ("org", "expected"),
    [
        (Organization(title="О", inn="", kpp="770701001", tax_system="general"), ["inn_wrong"]),
        (Organization(title="О", inn="77 07 08 38 93", kpp="770701001", tax_system="general"), ["inn_wrong"]),
        (Organization(title="О", inn="٧٧٠٧٠٨٣٨٩٣", kpp="770701001", tax_system="general"), ["inn_wrong"]),
        (Organization(title="О", inn="7707083893", kpp="7707", tax_system="general"), ["kpp_wrong"]),
        (
            Organization(title=" ", inn="500100732259", tax_system="general", prefix="ДЛИННЫЙ"),
            ["text_empty", "prefix_wrong"],
        ),
    ],
)
def test_wrong_numbers_are_named_all_at_once(sqlite_database: Database, org: Organization, expected: list[str]) -> None:
    with pytest.raises(BadInput, match="Организация не принята") as caught:
        catalogue.put_organization(sqlite_database, "o", org, WHO)
    assert codes(caught) == expected
    assert counted(sqlite_database) == 0


@pytest.mark.parametrize("name", ["", " ", "a/b", "a\n", "a" * 65, "..", "\0"])
def test_a_name_must_fit_into_an_address(sqlite_database: Database, name: str) -> None:
    with pytest.raises(BadInput) as caught:
        catalogue.put_organization(sqlite_database, name, COMPANY, WHO)
    assert codes(caught) == ["name_wrong"]


@pytest.mark.parametrize("name", ["nobody", "a\0b"])
def test_what_is_not_there_is_not_found(database: Database, name: str) -> None:
    for ask in (catalogue.get_organization, catalogue.get_account):
        with pytest.raises(NotFound, match="нет"):
            ask(database, name)
    with pytest.raises(NotFound, match="Учётной записи"):
        catalogue.list_links(database, name, "product")


def test_organizations_come_in_pages(database: Database) -> None:
    for name in ("one", "two", "three"):
        catalogue.put_organization(database, name, TRADER, WHO)
    first = catalogue.list_organizations(database, limit=2)
    second = catalogue.list_organizations(database, limit=2, cursor=first["next"])
    assert [each["name"] for each in first["items"] + second["items"]] == ["one", "two", "three"]
    assert second["next"] is None


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "²", "9" * 30, "\0"])
def test_a_cursor_that_no_page_gave_is_refused(sqlite_database: Database, cursor: str) -> None:
    for ask in (catalogue.list_organizations, catalogue.list_accounts, catalogue.list_items):
        with pytest.raises(BadInput, match="cursor"):
            ask(sqlite_database, cursor=cursor)


def account(**values: Any) -> AccountInput:
    return AccountInput(**{"organization": "romashka", "channel": "generic", **values})


def test_an_account_comes_back_as_it_was_put(shop: Database, settings: Settings) -> None:
    put = account(
        channel="ozon", title="Озон", start_date=date(2026, 1, 1), erp={"counterparty": "Озон"},
        settings={"grouping": "item"},
    )  # fmt: skip
    made = catalogue.put_account(shop, settings, "ozon", put, WHO)
    assert made == catalogue.get_account(shop, "ozon")
    assert made == {
        "name": "ozon", "organization": "romashka", "channel": "ozon", "title": "Озон", "start_date": "2026-01-01",
        "erp": {"counterparty": "Озон"}, "settings": {"grouping": "item"}, "credentials": [],
    }  # fmt: skip
    assert [each["name"] for each in catalogue.list_accounts(shop)["items"]] == ["shop", "ozon"]


def test_putting_an_account_again_changes_nothing(
    shop: Database, settings: Settings, request: pytest.FixtureRequest
) -> None:
    put = account(credentials={"token": "s"}, settings={"require_register": True})
    catalogue.put_account(shop, settings, "shop", put, WHO)
    unchanged = request.getfixturevalue("unchanged")
    catalogue.put_account(shop, settings, "shop", put, WHO)
    unchanged()


def test_secrets_never_come_back_and_are_in_no_event(shop: Database, settings: Settings) -> None:
    put = account(credentials={"token": "s3cr3t", "client_id": "42"})
    assert catalogue.put_account(shop, settings, "shop", put, WHO)["credentials"] == ["client_id", "token"]
    assert catalogue.credentials_of(shop, settings, "shop") == {"token": "s3cr3t", "client_id": "42"}
    told = events_of(shop, "account_put")
    assert told[-1][2] == {"created": False, "changed": {"credentials": ["client_id", "token"]}}
    assert "s3cr3t" not in repr(told) + repr(put)
    with shop.read() as connection:
        assert b"s3cr3t" not in connection.execute(select(accounts.c.credentials)).scalar_one()


def test_secrets_stay_unless_they_are_said_anew(shop: Database, settings: Settings) -> None:
    catalogue.put_account(shop, settings, "shop", account(credentials={"token": "one"}), WHO)
    catalogue.put_account(shop, settings, "shop", account(title="Другое имя"), WHO)
    assert catalogue.credentials_of(shop, settings, "shop") == {"token": "one"}
    catalogue.put_account(shop, settings, "shop", account(credentials={"token": "two"}), WHO)
    assert catalogue.credentials_of(shop, settings, "shop") == {"token": "two"}
    catalogue.put_account(shop, settings, "shop", account(credentials={}), WHO)
    assert catalogue.credentials_of(shop, settings, "shop") == {}


def test_secrets_of_a_lost_key_can_be_entered_again(sqlite_database: Database, settings: Settings) -> None:
    catalogue.put_organization(sqlite_database, "romashka", COMPANY, WHO)
    catalogue.put_account(sqlite_database, settings, "shop", account(credentials={"token": "one"}), WHO)
    (settings.data / "credentials.key").unlink()
    with pytest.raises(CredentialsUnreadable):
        catalogue.credentials_of(sqlite_database, settings, "shop")
    catalogue.put_account(sqlite_database, settings, "shop", account(credentials={"token": "two"}), WHO)
    assert catalogue.credentials_of(sqlite_database, settings, "shop") == {"token": "two"}


@pytest.mark.parametrize(
    ("chosen", "code", "column"),
    [
        ({"gruping": "item"}, "setting_unknown", "settings"),
        ({"grouping": "all"}, "setting_wrong", "settings.grouping"),
        ({"require_register": "yes"}, "setting_wrong", "settings.require_register"),
        ({"commission_vat": "many"}, "setting_wrong", "settings.commission_vat"),
        ({"commission_vat": "NaN"}, "setting_wrong", "settings.commission_vat"),
        ({"commission_vat": 20}, "setting_wrong", "settings.commission_vat"),
        ({"points": None}, "setting_wrong", "settings.points"),
    ],
)
def test_settings_are_a_closed_vocabulary(
    shop: Database, settings: Settings, chosen: dict[str, Any], code: str, column: str
) -> None:
    with pytest.raises(BadInput) as caught:
        catalogue.put_account(shop, settings, "shop", account(settings=chosen), WHO)
    (problem,) = caught.value.problems
    assert (problem.code, problem.column) == (code, column)
    assert problem.expected


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"upd_tolerance": "-1"}, "рубли с копейками"),
        ({"upd_without": ["agent_services"]}, "agent_service"),
        ({"upd_without": "agent_service"}, "список"),
        ({"return_window_days": 0}, "от 1 до 1095"),
        ({"commission_vat": "22%"}, "ставка в процентах"),
    ],
)
def test_a_wrong_setting_is_told_what_it_may_be(
    shop: Database, settings: Settings, chosen: dict[str, Any], expected: str
) -> None:
    with pytest.raises(BadInput) as caught:
        catalogue.put_account(shop, settings, "shop", account(settings=chosen), WHO)
    assert expected in caught.value.problems[0].expected


@pytest.mark.parametrize("rate", ["auto", "none", "5", "7.5", "0"])
def test_the_vat_of_the_commission_is_a_word_or_a_rate(shop: Database, settings: Settings, rate: str) -> None:
    catalogue.put_account(shop, settings, "shop", account(settings={"commission_vat": rate}), WHO)


def test_an_account_needs_an_organization_that_exists(shop: Database, settings: Settings) -> None:
    with pytest.raises(BadInput, match="«nobody» не заведена") as caught:
        catalogue.put_account(shop, settings, "new", account(organization="nobody"), WHO)
    assert caught.value.problems[0].expected == "romashka"


def test_an_account_with_documents_stays_with_its_organization_and_channel(shop: Database, settings: Settings) -> None:
    catalogue.put_account(shop, settings, "shop", account(channel="ozon"), WHO)
    report = add_report(shop, "shop", [], [])
    with shop.write() as connection:
        owner = connection.execute(select(accounts.c.id)).scalar_one()
        row = {
            "uid": "d", "report_id": report, "account_id": owner, "kind": "commission_report", "number": "1",
            "total": 0, "date": date(2026, 1, 1), "state": "ready", "revision": 1, "content_hash": "", "body": {},
            "erp_ref": "", "posted_at": func.now(), "erp_number": "", "erp_message": "",
        }  # fmt: skip
        connection.execute(insert(documents).values(row))
    with pytest.raises(Conflict, match="уже есть отчёты"):
        catalogue.put_account(shop, settings, "shop", account(channel="generic"), WHO)
    catalogue.put_account(shop, settings, "shop", account(channel="ozon", title="Имя можно"), WHO)


@pytest.mark.parametrize(
    ("org", "codes"),
    [
        (Organization(title="О", inn="7707083894", kpp="770701001", tax_system="general"), ["inn_check_digit"]),
        (Organization(title="О", inn="7707083893", tax_system="general"), ["kpp_unlikely"]),
        (Organization(title="О", inn="500100732259", kpp="770701001", tax_system="general"), ["kpp_unlikely"]),
        (Organization(title="О", inn="7707083893", kpp="770701001", tax_system="general"), []),
    ],
)
def test_a_slip_of_the_pen_is_stored_and_said(database: Database, org: Organization, codes: list[str]) -> None:
    stored = catalogue.put_organization(database, "o", org, WHO)
    assert [warning["code"] for warning in stored["warnings"]] == codes
    assert catalogue.get_organization(database, "o")["inn"] == org.inn
