"""Evidence of a month: one archive for the auditor with originals, lines, links, treatments, documents and events.

Everything is read from one snapshot of the database. The same state gives the same bytes.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from bridge import VERSION
from bridge.db import documents as document_queries
from bridge.db import events
from bridge.db import evidence as queries
from bridge.db import journal as journal_queries
from bridge.db import reports as report_queries
from bridge.db.payments import payments_of
from bridge.db.session import Database
from bridge.errors import NotFound
from bridge.flows.accounts import currency_of
from bridge.flows.archive import FORMAT, MANIFEST, Archive, Manifest
from bridge.flows.audit import event_object
from bridge.flows.checking import month_days
from bridge.flows.import_report import stored_file
from bridge.flows.journal import month_text
from bridge.flows.month import month_told
from bridge.flows.preview import compute_preview, refresh
from bridge.flows.view_report import line_shown, preview_document, report_shown
from bridge.settings import Settings
from mappings.money import from_minor
from reports.lines import Summary

_LINE = (
    "no", "sheet", "row", "kind", "section", "operation", "service", "date", "quantity", "amount", "commission", "ref",
)  # fmt: skip
_PRODUCT = ("key", "marketplace_id", "article", "barcode", "size", "name")
_LINK = (
    "key", "item", "multiplier", "components", "valid_from", "valid_to", "found_by", "score", "who", "changed_at",
    "version", "note",
)  # fmt: skip
_CHANGE = ("set_id", "at", "who", "source", "key", "valid_from", "version", "before", "after", "undoes")
_TREATMENT = ("kind", "service", "type", "valid_from", "books", "vat", "contract", "note", "who", "changed_at")
_PAYMENT = ("uid", "date", "number", "amount", "currency", "payer", "payer_inn", "purpose", "assigned_by")
_EVENT = ("id", "at", "who", "what", "subject", "detail", "hash")
_RULES = ("reports", "mappings")  # packages whose tables (TOML) say how a month is booked


def write_evidence(database: Database, settings: Settings, account: str, month: str, target: Path) -> Manifest:
    """Write the archive of a month to a file and return its manifest.

    Raises NotFound, and BadInput for a month that cannot be read.
    """
    first, last = month_days(month)
    with database.read() as connection:
        if "\0" in account or report_queries.find_account(connection, account) is None:
            raise NotFound(f"Учётной записи «{account}» нет")
        waiting = report_queries.open_reports(connection, account)
    for uid in waiting:
        refresh(database, settings, uid)
    with database.read() as connection, zipfile.ZipFile(target, "w") as made:
        owner = report_queries.find_account(connection, account)
        assert owner is not None, "accounts are never deleted"
        archive = Archive(made)
        missing = _write(connection, settings, archive, owner, month, (first, last))
        manifest = Manifest(
            format=FORMAT, program=VERSION, organization=owner.organization_name, account=account, month=month,
            head=events.head(connection), events=events.count_events(connection), missing=missing,
            files=sorted(archive.parts, key=lambda part: part.name),
        )  # fmt: skip
        archive.add_json(MANIFEST, manifest)
    return manifest


def _write(
    connection: Connection, settings: Settings, archive: Archive, owner: Row[Any], month: str, days: tuple[date, date]
) -> list[str]:
    """Write everything but the manifest; returns which originals are not at hand."""
    reports = _reports(connection, owner.id, *days)
    statements = queries.statements_of(connection, owner.id, *days)
    archive.add("README.txt", [files("bridge.flows").joinpath("evidence_readme.txt").read_bytes()])
    archive.add_json("account.json", _account(owner))
    archive.add_json("rules.json", dict(_rules()))
    archive.add("journal.beancount", [month_text(connection, owner.name, month).encode()])
    archive.add_table("treatments.csv", _TREATMENT, _cells(queries.treatments_of(connection, owner.id), _TREATMENT))
    _write_links(connection, archive, "service_link", owner.id, "service", None)
    archive.add_json("month.json", month_told(connection, settings, owner, month, *days))
    archive.add_table("payments.csv", _PAYMENT, _payments(connection, owner, *days))
    archive.add_table("events.csv", _EVENT, _events(connection, owner, reports, statements, days))
    for report in reports:
        _write_report(connection, settings, archive, report)
    return _write_originals(settings, archive, [*reports, *statements])


def _reports(connection: Connection, account_id: int, first: date, last: date) -> list[Row[Any]]:
    """Return the reports whose days touch the month, or that were posted into it, whatever became of them."""
    posted = journal_queries.reports_posted_into(connection, account_id, first, last)
    found = []
    for report in journal_queries.reports_of(connection, account_id):
        summary = msgspec.convert(report.summary, Summary)
        begins, ends = summary.period_from or summary.date, summary.period_to or summary.date
        if report.id in posted or (begins and begins <= last.isoformat() and ends >= first.isoformat()):
            found.append(report)
    return found


def _write_report(connection: Connection, settings: Settings, archive: Archive, report: Row[Any]) -> None:
    folder = f"reports/{report.profile.replace('/', '-')}-{report.uid}"
    archive.add_json(f"{folder}/report.json", report_shown(connection, report))
    columns = (*_LINE, *(f"product_{name}" for name in _PRODUCT))
    archive.add_table(f"{folder}/lines.csv", columns, _lines(connection, report))
    aliases = {alias for key in report_queries.product_keys(connection, report.id) for alias in key.aliases()}
    _write_links(connection, archive, f"{folder}/link", report.account_id, "product", aliases)
    archive.add_json_list(f"{folder}/documents.json", _documents(connection, settings, report))


def _write_links(
    connection: Connection, archive: Archive, name: str, account_id: int, kind: str, keys: set[str] | None
) -> None:
    links = queries.links_of(connection, account_id, kind, keys)
    archive.add_table(f"{name}s.csv", _LINK, _cells(links, _LINK))
    changes = queries.link_changes_of(connection, account_id, kind, keys)
    archive.add_table(f"{name}_changes.csv", _CHANGE, _cells(changes, _CHANGE))


def _lines(connection: Connection, report: Row[Any]) -> Iterator[Sequence[object]]:
    sheets = msgspec.convert(report.summary, Summary).sheets
    for row in queries.lines_of(connection, report.id):
        line = line_shown(row, sheets)
        product = line["product"] or {}
        yield [*(line[name] for name in _LINE), *(product.get(name, "") for name in _PRODUCT)]


def _documents(connection: Connection, settings: Settings, report: Row[Any]) -> Iterator[object]:
    if report.state in report_queries.OPEN_STATES:
        for document in compute_preview(connection, settings, report).documents:
            yield preview_document(connection, report, document)
    for row in document_queries.of_report(connection, report.id):
        yield document_queries.document_object(connection, row)


def _events(
    connection: Connection, owner: Row[Any], reports: Sequence[Row[Any]], statements: Sequence[Row[Any]],
    days: tuple[date, date],
) -> Iterator[Sequence[object]]:  # fmt: skip
    """Give the events about the account, its organization, and all reports, documents, statements and payments of the
    month; payments too that were taken from the account again."""
    subjects = {owner.name, owner.organization_name, *(row.uid for row in (*reports, *statements))}
    subjects |= queries.payments_about(connection, owner.organization_id, *days)
    for report in reports:
        subjects |= {row.uid for row in document_queries.of_report(connection, report.id)}
    for row in events.events_about(connection, subjects, (f"{owner.name}/",)):
        shown = event_object(row)
        yield [shown[name] for name in _EVENT]


def _payments(connection: Connection, owner: Row[Any], first: date, last: date) -> Iterator[Sequence[object]]:
    for row in payments_of(connection, owner.id, currency_of(owner)):
        if first <= row.date <= last:
            yield [from_minor(row.amount) if name == "amount" else getattr(row, name) for name in _PAYMENT]


def _write_originals(settings: Settings, archive: Archive, owners: Iterable[Row[Any]]) -> list[str]:
    missing = []
    for sha, name in sorted({(row.file_sha256, row.file_name) for row in owners}):
        stored, plain = stored_file(settings, sha), f"originals/{sha}-{_plain(name)}"
        if stored.is_file():
            archive.add_file(plain, stored)
        else:
            missing.append(plain)
    return missing


def _account(owner: Row[Any]) -> dict[str, Any]:
    """Return the account as it is set up now, without its credentials."""
    organization = ("name", "title", "inn", "kpp", "tax_system", "prefix", "closed_through")
    return {
        "organization": {name: getattr(owner, f"organization_{name}") for name in organization},
        **{name: getattr(owner, name) for name in ("name", "channel", "title", "start_date", "erp", "settings")},
    }


def _rules() -> Iterator[tuple[str, str]]:
    """Give the checksums of all tables of the program that say how reports are read and booked."""
    found = []
    for package in _RULES:
        folders = [(package, files(package))]
        while folders:
            place, folder = folders.pop()
            for entry in folder.iterdir():
                if entry.is_dir():
                    folders.append((f"{place}/{entry.name}", entry))
                elif entry.name.endswith(".toml"):
                    found.append((f"{place}/{entry.name}", sha256(entry.read_bytes()).hexdigest()))
    yield from sorted(found)


def _cells(rows: Iterable[Row[Any]], columns: Sequence[str]) -> Iterator[Sequence[object]]:
    for row in rows:
        cells = [getattr(row, name) for name in columns]
        yield [events.utc(cell).isoformat() if isinstance(cell, datetime) else cell for cell in cells]


def _plain(name: str) -> str:
    """Return a file name that every system can unpack."""
    return re.sub(r'[\x00-\x1f<>:"/\\|?*]', "_", name)[-100:].strip(". ") or "file"
