"""Post a report: its preview becomes documents that wait for the ERP, all of them or none.

The digest names the preview the accountant saw. Inside the posting transaction the preview is computed again; if file,
links, settings or companion reports changed since, or anything does not tie, nothing is posted.
"""

from typing import Any

from bridge.db import documents as document_queries
from bridge.db import reports as queries
from bridge.db.catalogue import hold
from bridge.db.events import record
from bridge.db.session import Database
from bridge.errors import Conflict, NotFound, NotReady, StaleDigest
from bridge.flows.preview import compute_preview, short_form
from bridge.flows.view_report import report_object
from bridge.settings import Settings


def post_report(database: Database, settings: Settings, uid: str, digest: str, who: str) -> dict[str, Any]:
    """Post a report and return it; posting the same digest again changes nothing.

    Raises NotFound, StaleDigest, NotReady (with the problems), Conflict for a state that cannot be posted.
    """
    with database.write() as connection:
        hold(connection)  # no link changes and no month is closed between computing and writing
        report = queries.find_report(connection, uid, lock=True)
        if report is None:
            raise NotFound(f"Нет отчёта {uid}")
        if report.state not in queries.OPEN_STATES:
            _posted_before(report.state, report.preview.get("digest", ""), digest)
        else:
            _post(connection, settings, report, digest, who)
    return report_object(database, settings, uid)


def _posted_before(state: str, stored: str, digest: str) -> None:
    if state in ("superseded", "reversed"):
        raise Conflict("Отчёт заменён или сторнирован: проводить его нельзя")
    if stored != digest:
        raise StaleDigest("Отчёт уже проведён по другому предпросмотру")


def _post(connection: Any, settings: Settings, report: Any, digest: str, who: str) -> None:
    preview = compute_preview(connection, settings, report)
    if preview.problems or preview.state != "ready":
        raise NotReady(preview.explain, problems=preview.problems)
    if preview.digest != digest:
        raise StaleDigest("Файл, связи или настройки изменились: откройте предпросмотр снова")
    owner = queries.account_by_id(connection, report.account_id)
    for document in preview.documents:
        document_queries.add_document(connection, report.id, owner.id, document, owner.organization_prefix)
    state = "posted" if preview.documents else "confirmed"
    queries.update_report(connection, report.id, state=state, preview=short_form(preview))
    record(connection, who, "report_posted", report.uid, {"digest": digest, "documents": len(preview.documents)})
