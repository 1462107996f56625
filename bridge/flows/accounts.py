"""Organizations and accounts: who keeps books, in which cabinet of which channel, and how its reports are booked."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from sqlalchemy import Connection, Row, exists, insert, or_, select, update
from stdnum.ru import inn

from bridge.credentials import CredentialsUnreadable, seal, secret_names, unseal
from bridge.db import catalogue as queries
from bridge.db.events import record
from bridge.db.session import Database
from bridge.db.tables import accounts, documents, organizations, reports
from bridge.errors import Conflict, NotFound
from bridge.flows.checking import after_id, name_problems, page_size, refuse_if, text_problems, wrong
from bridge.settings import Settings
from mappings.vat import TaxSystem
from reports.kinds import kinds
from reports.problems import Problem
from reports.settings import BookingSettings

Channel = Literal[
    "wildberries", "ozon", "yandex_market", "megamarket", "amazon", "allegro", "baselinker", "generic"
]  # fmt: skip

_KPP = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}")  # приказ ФНС от 29.06.2012 № ММВ-7-6/435@
_PREFIX = re.compile(r"[\w-]{0,5}")
_COMPANY, _SOLE_TRADER = 10, 12  # digits of an INN


class Organization(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A legal entity or sole trader that keeps books. ``prefix`` begins the numbers of its documents."""

    title: str
    inn: str
    kpp: str = ""
    tax_system: TaxSystem
    prefix: str = ""


class AccountInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One cabinet of an organization at a channel. ``erp`` names what documents refer to (counterparty, contracts);
    ``settings`` are those of ``BookingSettings``; ``credentials``: None keeps what is set, ``{}`` forgets it."""

    organization: str
    channel: Channel
    title: str = ""
    start_date: date | None = None
    erp: dict[str, str] = {}
    settings: dict[str, Any] = {}
    credentials: dict[str, str] | None = None

    def __repr__(self) -> str:
        """Without the credentials: a log may show it."""
        return f"AccountInput(organization={self.organization!r}, channel={self.channel!r}, title={self.title!r})"


def put_organization(database: Database, name: str, org: Organization, who: str) -> dict[str, Any]:
    """Make or change an organization and return it, with ``warnings`` about what looks like a slip.

    Raises BadInput with every problem found.
    """
    refuse_if([*name_problems(name), *_organization_problems(org)], "Организация не принята")
    values = msgspec.structs.asdict(org)
    with database.write() as connection:
        queries.hold(connection)
        old = queries.find_organization(connection, name)
        changes = _changes(old, values)
        if old is None:
            connection.execute(insert(organizations).values(name=name, **values))
        elif changes:
            connection.execute(update(organizations).where(organizations.c.id == old.id).values(values))
        if changes:
            queries.bump(connection)
            record(connection, who, "organization_put", name, {"created": old is None, "changed": changes})
    return {"name": name, **values, "warnings": msgspec.to_builtins(_organization_warnings(org))}


def get_organization(database: Database, name: str) -> dict[str, Any]:
    """Return one organization. Raises NotFound."""
    with database.read() as connection:
        return _organization(existing_organization(connection, name))


def list_organizations(database: Database, limit: int = 100, cursor: str | None = None) -> dict[str, Any]:
    """Return a page of organizations in the order they were made."""
    with database.read() as connection:
        rows = queries.organizations_page(connection, after_id(cursor), page_size(limit) + 1)
    return _page(rows, page_size(limit), _organization)


def put_account(database: Database, settings: Settings, name: str, account: AccountInput, who: str) -> dict[str, Any]:
    """Make or change an account and return it; of the credentials only the names ever come back.

    Raises BadInput with every problem found, and Conflict when the organization or channel of an account would change
    that has reports: they would be somebody else's.
    """
    refuse_if([*name_problems(name), *_account_problems(account)], "Учётная запись не принята")
    with database.write() as connection:
        queries.hold(connection)
        old = queries.find_account(connection, name)
        owner = queries.find_organization(connection, account.organization)
        if owner is None:
            message = f"Организация «{account.organization}» не заведена"
            known = ", ".join(row.name for row in queries.organizations_page(connection, 0, 20))
            problem = wrong("organization_unknown", message, column="organization", expected=known,
                            found=account.organization, advice="Сначала заведите организацию")  # fmt: skip
            refuse_if([problem], "Учётная запись не принята")
        assert owner is not None
        _refuse_to_move(connection, old, owner.id, account.channel)
        values = {
            "organization_id": owner.id, "channel": account.channel, "title": account.title,
            "start_date": account.start_date, "erp": account.erp, "settings": account.settings,
        }  # fmt: skip
        _store_account(connection, settings, name, old, values, account.credentials, who)
    return get_account(database, name)


def get_account(database: Database, name: str) -> dict[str, Any]:
    """Return one account. Raises NotFound."""
    with database.read() as connection:
        return _account(existing_account(connection, name))


def list_accounts(database: Database, limit: int = 100, cursor: str | None = None) -> dict[str, Any]:
    """Return a page of accounts in the order they were made."""
    with database.read() as connection:
        rows = queries.accounts_page(connection, after_id(cursor), page_size(limit) + 1)
    return _page(rows, page_size(limit), _account)


def credentials_of(database: Database, settings: Settings, name: str) -> dict[str, str]:
    """Return the secrets of an account, for the connector that signs in with them and for nothing else.

    Raises NotFound, and ``CredentialsUnreadable`` when the key file is not the one they were encrypted with.
    """
    with database.read() as connection:
        row = existing_account(connection, name)
    return unseal(settings.data, row.credentials, name) if row.credentials else {}


def currency_of(account: Row[Any]) -> str:
    """Return the currency that an account's documents and payments are in."""
    return msgspec.convert(account.settings, BookingSettings).currency


def existing_account(connection: Connection, name: str) -> Row[Any]:
    """Return an account's row. Raises NotFound."""
    row = queries.find_account(connection, name) if "\0" not in name else None
    if row is None:
        raise NotFound(f"Учётной записи «{name}» нет")
    return row


def existing_organization(connection: Connection, name: str) -> Row[Any]:
    """Return an organization's row. Raises NotFound."""
    row = queries.find_organization(connection, name) if "\0" not in name else None
    if row is None:
        raise NotFound(f"Организации «{name}» нет")
    return row


def _store_account(
    connection: Connection, settings: Settings, name: str, old: Row[Any] | None, values: dict[str, Any],
    secrets: Mapping[str, str] | None, who: str,
) -> None:  # fmt: skip
    changes = _changes(old, values)
    if _secrets_differ(settings, name, old, secrets):
        values = {**values, "credentials": seal(settings.data, secrets, name) if secrets else None}
        changes["credentials"] = sorted(secrets or ())
    if not changes:
        return
    if old is None:
        connection.execute(insert(accounts).values(name=name, **values))
    else:
        connection.execute(update(accounts).where(accounts.c.id == old.id).values(values))
    queries.bump(connection)
    record(connection, who, "account_put", name, {"created": old is None, "changed": changes})


def _secrets_differ(settings: Settings, name: str, old: Row[Any] | None, secrets: Mapping[str, str] | None) -> bool:
    if secrets is None:
        return False
    if old is None or not old.credentials:
        return bool(secrets)
    try:
        return unseal(settings.data, old.credentials, name) != secrets
    except CredentialsUnreadable:
        return True


def _refuse_to_move(connection: Connection, old: Row[Any] | None, organization_id: int, channel: str) -> None:
    if old is None or (old.organization_id, old.channel) == (organization_id, channel):
        return
    kept = [exists().where(table.c.account_id == old.id) for table in (documents, reports)]
    if connection.execute(select(or_(*kept))).scalar_one():
        raise Conflict(
            f"У учётной записи «{old.name}» уже есть отчёты: её организацию и канал изменить нельзя, "
            "заведите новую учётную запись"
        )


def _changes(old: Row[Any] | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """What an event tells of a change: each changed field with its old and new value."""
    shown = msgspec.to_builtins(values)
    before = (
        dict.fromkeys(values) if old is None else msgspec.to_builtins({name: getattr(old, name) for name in values})
    )
    return {name: [before[name], shown[name]] for name in values if old is None or before[name] != shown[name]}


def _organization(row: Row[Any]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("name", "title", "inn", "kpp", "tax_system", "prefix")}


def _account(row: Row[Any]) -> dict[str, Any]:
    return {
        "name": row.name,
        "organization": row.organization,
        "channel": row.channel,
        "title": row.title,
        "start_date": row.start_date.isoformat() if row.start_date else None,
        "erp": row.erp,
        "settings": row.settings,
        "credentials": secret_names(row.credentials),
    }


def _page(rows: list[Row[Any]], limit: int, shape: Any) -> dict[str, Any]:
    shown = rows[:limit]
    return {"items": [shape(row) for row in shown], "next": str(shown[-1].id) if len(rows) > limit else None}


def _organization_problems(org: Organization) -> list[Problem]:
    """What cannot be stored: texts that are no INN, KPP or prefix at all."""
    problems = text_problems("title", org.title, 500, empty=False)
    if not (org.inn.isascii() and org.inn.isdigit() and len(org.inn) in (_COMPANY, _SOLE_TRADER)):
        expected = "10 цифр (юридическое лицо) или 12 цифр (предприниматель)"
        problems.append(wrong("inn_wrong", f"ИНН {org.inn} неверен", column="inn", found=org.inn, expected=expected))
    if org.kpp and not _KPP.fullmatch(org.kpp):
        expected = "9 знаков, например 770101001"
        problems.append(wrong("kpp_wrong", f"КПП {org.kpp} неверен", column="kpp", found=org.kpp, expected=expected))
    if not _PREFIX.fullmatch(org.prefix):
        message, expected = f"Префикс «{org.prefix}» не подходит", "не больше пяти букв, цифр или дефисов"
        problems.append(wrong("prefix_wrong", message, column="prefix", found=org.prefix, expected=expected))
    return problems


def _organization_warnings(org: Organization) -> list[Problem]:
    """What is likely a slip of the pen, but is not for this program to forbid."""
    warnings = []
    if not inn.is_valid(org.inn):
        advice = "Проверьте ИНН: контрольная цифра не сходится"
        warnings.append(wrong("inn_check_digit", f"ИНН {org.inn} с неверной контрольной цифрой", column="inn",
                              found=org.inn, advice=advice))  # fmt: skip
    if bool(org.kpp) == (len(org.inn) == _SOLE_TRADER):
        message = "У предпринимателя КПП нет" if org.kpp else "У юридического лица должен быть КПП"
        warnings.append(wrong("kpp_unlikely", message, column="kpp", found=org.kpp))
    return warnings


def _account_problems(account: AccountInput) -> list[Problem]:
    problems = text_problems("title", account.title, 500)
    for key, value in account.erp.items():
        problems += text_problems(f"erp.{key}", key, 100, empty=False) + text_problems(f"erp.{key}", value, 1000)
    for key, value in (account.credentials or {}).items():
        if not key.strip() or len(key) > 100 or len(value) > 10_000:
            problems.append(wrong("credential_wrong", "Имя пусто или значение слишком длинное", column="credentials"))
    for key, value in account.settings.items():
        problems += _setting_problems(key, value)
    return problems


def _setting_problems(name: str, value: object) -> list[Problem]:
    known = get_type_hints(BookingSettings)
    if name not in known:
        message = f"Неизвестная настройка {name[:100]}"
        return [wrong("setting_unknown", message, column="settings", found=name, expected=", ".join(known))]
    try:
        msgspec.convert({name: value}, BookingSettings)
        right = _means(name, value)
    except msgspec.ValidationError:
        right = False
    if right:
        return []
    message, expected = f"Недопустимое значение настройки {name}", _choices(name, known[name])
    return [wrong("setting_wrong", message, column=f"settings.{name}", found=value, expected=expected)]


def _means(name: str, value: object) -> bool:
    """True when a value of the right type is also a rate, or kinds that exist, where it has to be."""
    if name == "commission_vat":
        return _is_rate(str(value))
    return name != "upd_without" or (isinstance(value, list | tuple) and set(value) <= set(_services()))


def _services() -> list[str]:
    return [name for name, kind in kinds().items() if kind.books == "service"]


def _is_rate(text: str) -> bool:
    try:
        return text in ("auto", "none") or 0 <= Decimal(text) < 100
    except InvalidOperation:
        return False


def _choices(name: str, kind: Any) -> str:
    if get_origin(kind) is Literal:
        return ", ".join(get_args(kind))
    if name == "upd_without":
        return f"список из {', '.join(_services())}"
    told = {bool: "true или false", int: "целое число дней, от 1 до 1095"}
    amount = "рубли с копейками в кавычках, например 1.00" if name == "upd_tolerance" else ""
    return told.get(kind) or amount or "auto, none или ставка в процентах, например 5"
