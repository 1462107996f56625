"""Hand documents over to the ERP: it fetches what is ready and answers, as often as it likes, with the same effect."""

from typing import Any

from sqlalchemy import Connection, Row

from bridge.db import documents as queries
from bridge.db.events import record
from bridge.db.reports import update_report
from bridge.db.session import Database
from bridge.db.tables import reports
from bridge.errors import BadInput, Conflict, NotFound


def list_documents(
    database: Database, state: str | None, account: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """Return a page of documents in the order of posting, with their lines and sources."""
    if cursor and not cursor.isdigit():
        raise BadInput("Параметр cursor берётся из поля next предыдущего ответа")
    with database.read() as connection:
        page = queries.documents_page(connection, account, state, int(cursor or 0), limit + 1)
        items = [queries.document_object(connection, row) for row in page[:limit]]
    return {"items": items, "next": str(page[limit - 1].id) if len(page) > limit else None}


def document_object(database: Database, uid: str, sources: bool = True) -> dict[str, Any]:
    """Return one document; without ``sources`` the rows of the file are left out. Raises NotFound."""
    with database.read() as connection:
        return queries.document_object(connection, _existing(connection, uid), sources)


def acknowledge(database: Database, uid: str, erp_ref: str, number: str, posted: bool, who: str) -> dict[str, Any]:
    """Take the ERP's word that it has the document (and posted it). Repeatable; a later answer may add *posted*.

    Raises NotFound, and Conflict when the ERP names another document of its own than before.
    """
    with database.write() as connection:
        row = _existing(connection, uid, lock=True)
        if row.erp_ref and erp_ref and row.erp_ref != erp_ref:
            raise Conflict(f"Документ уже принят учётной системой как {row.erp_number or row.erp_ref}")
        state = "confirmed" if posted or row.state == "confirmed" else "delivered"
        values = {"erp_ref": erp_ref or row.erp_ref, "erp_number": number or row.erp_number, "state": state}
        if any(getattr(row, name) != value for name, value in values.items()) or row.erp_posted is None:
            queries.update_document(connection, uid, erp_posted=state == "confirmed", erp_message="", **values)
            settle(connection, row.report_id)
            if row.state == "refused":
                queries.release_mirror(connection, uid)
            record(
                connection, who, "document_acknowledged", uid, {"erp_ref": erp_ref, "number": number, "posted": posted}
            )
    return document_object(database, uid, sources=False)


def refuse(database: Database, uid: str, message: str, who: str) -> dict[str, Any]:
    """Take the ERP's word that it cannot accept the document, and why. Raises NotFound, Conflict when it has it."""
    with database.write() as connection:
        row = _existing(connection, uid, lock=True)
        if row.state in ("delivered", "confirmed"):
            raise Conflict("Документ уже принят учётной системой")
        if (row.state, row.erp_message) != ("refused", message):
            queries.update_document(connection, uid, state="refused", erp_message=message)
            settle(connection, row.report_id)
            record(connection, who, "document_refused", uid, {"message": message})
    return document_object(database, uid, sources=False)


def _existing(connection: Connection, uid: str, *, lock: bool = False) -> Row[Any]:
    row = queries.find_document(connection, uid, lock=lock)
    if row is None:
        raise NotFound(f"Нет документа {uid}")
    return row


def settle(connection: Connection, report_id: int) -> None:
    """Let the report's state follow the states of its documents."""
    mine = reports.select().where(reports.c.id == report_id).with_for_update()  # a reversal under way is waited for
    if connection.execute(mine).one().state == "reversed":
        return
    found = set(queries.states(connection, report_id))
    state = "confirmed" if found == {"confirmed"} else "delivered" if found <= {"delivered", "confirmed"} else "posted"
    update_report(connection, report_id, state=state)
