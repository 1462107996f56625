"""An account's treatments: what its books do with each kind of line, and what a change would do before it is made.

A row holds from a day on; posted documents never change. The answer to a change names every report not posted yet whose
documents become others, with the sums before and after; asked as a dry run, nothing is stored.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import reports as queries
from bridge.db import treatments as rows
from bridge.db.catalogue import bump, hold
from bridge.db.events import record
from bridge.db.session import Database
from bridge.flows.accounts import existing_account
from bridge.flows.checking import refuse_if, text_problems, wrong
from bridge.flows.preview import Preview, compute_preview
from bridge.settings import Settings
from mappings.money import ZERO
from reports.kinds import kinds
from reports.problems import Problem
from reports.treatments import Treated, Treatment, builtin, builtin_version, in_force

_GOODS = ("goods", "sale", "points")
_TYPES = ("", "main", "buyout")
_USED = {  # what of a row counts for which of its books
    "vat": ("service", "other"),
    "contract": ("service", "service_without_vat", "other", "offset", "sale"),
}
_SHOWN = 50  # reports whose change is computed, the newest; an account has a few unposted ones
_NOTHING = ZERO, ZERO, ZERO
_Sums = dict[tuple[str, str], tuple[Decimal, Decimal, Decimal]]


class TreatmentInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row. ``books`` None takes the account's row away. ``service``: only services whose name contains this text;
    ``type``: only reports of this type; ``vat``: ``none``, ``auto`` or a rate, and empty for services the rule of the
    account, for other income and expense none; ``contract``: a key of ``erp``."""

    kind: str
    books: Treated | None
    valid_from: date
    service: str = ""
    type: str = ""
    vat: str = ""
    contract: str = ""
    note: str = ""


class _Undone(Exception):
    """The dry run is over: whatever was written is taken back."""


def list_treatments(database: Database, account: str, day: date) -> dict[str, Any]:
    """Return the table in force for an account on a day, built-in rows and its own. Raises NotFound."""
    with database.read() as connection:
        owner = queries.account_by_id(connection, existing_account(connection, account).id)
        own = rows.own_treatments(connection, owner.id)
    fitting = [
        row
        for row in (*builtin(), *own)
        if row.channel in ("", owner.channel) and row.tax_system in ("", owner.organization_tax_system)
    ]
    order = list(kinds())
    shown = sorted(in_force(fitting, day), key=lambda row: (order.index(row.kind), row.own, row.type, row.service))
    return {"items": [_plain(row) for row in shown], "next": None, "version": builtin_version()}


def put_treatments(
    database: Database, settings: Settings, account: str, wanted: list[TreatmentInput], who: str, *, dry_run: bool
) -> dict[str, Any]:
    """Store rows of an account, or with ``dry_run`` only tell what they would do. Repeatable.

    Returns how many rows change, the effects on reports that are not posted, and how many of those, the oldest, were
    too many to be computed. Raises NotFound, and BadInput with every problem found.
    """
    problems = [found for no, row in enumerate(wanted, 1) for found in _problems(row, no)]
    refuse_if(problems + _said_twice(wanted), "Правила не приняты")
    changed, unseen, effects = 0, 0, []
    try:
        with database.write() as connection:
            hold(connection)
            owner = existing_account(connection, account)
            unposted = queries.open_reports(connection, owner.name)
            seen, unseen = unposted[:_SHOWN], len(unposted[_SHOWN:])
            before = _previews(connection, settings, seen)
            for row in wanted:
                changed += _put(connection, owner, row, who)
            if changed:
                bump(connection)
                after = _previews(connection, settings, seen)
                effects = [found for uid in before if (found := _effect(uid, before[uid], after[uid]))]
            if dry_run:
                raise _Undone
    except _Undone:
        pass
    return {"dry_run": dry_run, "changed": changed, "effects": effects, "unseen": unseen}


def _put(connection: Connection, owner: Row[Any], row: TreatmentInput, who: str) -> int:
    """Write one row; returns 0 where it is there already."""
    place = {name: getattr(row, name) for name in rows.KEY}
    known = {_place(one): one for one in rows.own_treatments(connection, owner.id)}
    old = known.get(tuple(place.values()))
    said = None if row.books is None else (row.books, row.vat, row.contract, row.note)
    if said == (None if old is None else (old.books, old.vat, old.contract, old.source)):
        return 0
    if row.books is None:
        rows.drop_treatment(connection, owner.id, place)
    else:
        values = {"books": row.books, "vat": row.vat, "contract": row.contract, "note": row.note}
        stamp = {"who": who, "changed_at": datetime.now(UTC)}
        rows.put_treatment(connection, owner.id, place | values | stamp)
    told = {"before": _plain(old) if old else None, "after": msgspec.to_builtins(row)}
    record(connection, who, "treatment_put", owner.name, told)
    return 1


def _place(row: Treatment) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in rows.KEY)


def _previews(connection: Connection, settings: Settings, reports: list[str]) -> dict[str, Preview]:
    found = {}
    for uid in reports:
        report = queries.find_report(connection, uid)
        assert report is not None
        found[uid] = compute_preview(connection, settings, report)
    return found


def _effect(uid: str, before: Preview, after: Preview) -> dict[str, Any] | None:
    """Tell how a report changes: its state, and the sums of its documents by kind, title and contract."""
    if before.digest == after.digest and before.state == after.state:
        return None
    sums: tuple[_Sums, _Sums] = (_sums(before), _sums(after))
    return {
        "report": uid,
        "number": after.summary.number,
        "state_before": before.state,
        "state_after": after.state,
        "documents": [
            _changed_document(*place, *(found.get(place, _NOTHING) for found in sums))
            for place in dict.fromkeys([*sums[0], *sums[1]])
            if sums[0].get(place, _NOTHING) != sums[1].get(place, _NOTHING)
        ],
    }


def _sums(preview: Preview) -> _Sums:
    """Return sum, VAT and commission of the documents, by kind with title and by contract."""
    found: _Sums = {}
    for document in preview.documents:
        place = f"{document.kind}: {document.title}", document.contract
        own = document.total, document.vat_total, document.commission_total
        total, vat, commission = (old + new for old, new in zip(found.get(place, _NOTHING), own, strict=True))
        found[place] = total, vat, commission
    return found


def _changed_document(
    name: str, contract: str, old: tuple[Decimal, ...], new: tuple[Decimal, ...]
) -> dict[str, str]:  # fmt: skip
    return {
        "document": name,
        "contract": contract,
        "before": str(old[0]),
        "after": str(new[0]),
        "vat_before": str(old[1]),
        "vat_after": str(new[1]),
        "commission_before": str(old[2]),
        "commission_after": str(new[2]),
    }


def _plain(row: Treatment) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(row)
    shown["valid_from"] = shown.pop("from")
    return shown | {"title": kinds()[row.kind].title}


def _problems(row: TreatmentInput, no: int) -> list[Problem]:
    found = text_problems("service", row.service, 200, no) + text_problems("note", row.note, 1000, no)
    found += text_problems("contract", row.contract, 100, no)
    if row.kind not in kinds():
        expected = ", ".join(kinds())
        return [*found, wrong("kind_unknown", f"Нет вида строк {row.kind[:50]}", column="kind", row=no,
                              found=row.kind, expected=expected)]  # fmt: skip
    if row.books is not None and row.books not in _possible(row.kind):
        message = f"Строки «{kinds()[row.kind].title}» так не проводятся"
        expected = ", ".join(_possible(row.kind))
        found.append(wrong("books_wrong", message, column="books", row=no, found=row.books, expected=expected))
    if row.type not in _TYPES:
        message, expected = "Неизвестный вид отчёта", "main, buyout или пусто"
        found.append(wrong("type_wrong", message, column="type", row=no, found=row.type, expected=expected))
    if not _is_vat(row.vat):
        message, expected = "Ставка НДС не читается", "auto, none, ставка в процентах или пусто"
        found.append(wrong("vat_wrong", message, column="vat", row=no, found=row.vat, expected=expected))
    return found or list(_idle(row, no))


def _idle(row: TreatmentInput, no: int) -> Iterator[Problem]:
    """Give what a row says though it could never count: a person would believe it was booked so."""
    title = kinds()[row.kind].title
    if row.service and kinds()[row.kind].books in ("goods", "points"):
        message = f"У строк «{title}» есть товар, а не услуга: правило не сработает"
        yield wrong("service_unused", message, column="service", row=no, found=row.service, expected="пусто")
    for name, used in _USED.items():
        said = getattr(row, name)
        if said and row.books is not None and row.books not in used:
            message = f"При учёте {row.books} поле {name} ни на что не влияет"
            yield wrong(f"{name}_unused", message, column=name, row=no, found=said, expected="пусто")


def _said_twice(wanted: Sequence[TreatmentInput]) -> list[Problem]:
    """Refuse two rows of one request that say different things about the same lines from the same day on."""
    first: dict[tuple[Any, ...], TreatmentInput] = {}
    found = []
    for no, row in enumerate(wanted, 1):
        if first.setdefault(tuple(getattr(row, name) for name in rows.KEY), row) != row:
            message = f"О строках {row.kind[:50]} с {row.valid_from} сказано дважды и по-разному"
            found.append(wrong("treatment_twice", message, column="books", row=no, found=row.books))
    return found


def _possible(kind: str) -> list[str]:
    """Return what the books can do with a kind: goods need a product, and a memo must not move the payout."""
    known = kinds()[kind]
    product = known.books in ("goods", "points")
    return [
        books
        for books in get_args(Treated)
        if (books not in _GOODS or product)
        and (books != "memo" or known.effect == 0)
        and (books != "carried" or kind in ("carried_over", "unsorted"))
        and (books != "commission" or known.effect < 0)
        and (kind not in ("sale", "return") or books in ("goods", "sale", "hold"))
        and (known.effect != 0 or books in ("memo", "hold"))
    ]


def _is_vat(text: str) -> bool:
    try:
        return text in ("", "auto", "none") or 0 <= Decimal(text) < 100
    except InvalidOperation:
        return False
