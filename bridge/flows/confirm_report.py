"""Let an alarm pass that a person has looked at: it is kept with who, when and why, and holds only as it was found."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from bridge.db import reports as queries
from bridge.db.catalogue import bump, hold
from bridge.db.events import record
from bridge.db.session import Database
from bridge.errors import BadInput, Conflict, NotFound
from bridge.flows.guards import Confirmation, confirmations
from bridge.flows.preview import compute_preview
from bridge.flows.view_report import report_object
from bridge.settings import Settings
from reports.problems import Problem, texts


def confirm_report(
    database: Database, settings: Settings, uid: str, codes: Sequence[str], reason: str, who: str
) -> dict[str, Any]:
    """Confirm the findings of these codes and return the report; doing it twice changes nothing.

    Raises NotFound; BadInput without a reason, or for a code that nobody may let pass; Conflict when the report is not
    open or has no such finding.
    """
    _check(codes, reason)
    with database.write() as connection:
        hold(connection)  # before the report, as all who take both do
        report = queries.find_report(connection, uid, lock=True)
        if report is None:
            raise NotFound(f"Нет отчёта {uid}")
        if report.state not in queries.OPEN_STATES:
            raise Conflict("Отчёт уже проведён: подтверждать нечего")
        before = confirmations(report)
        found = [each for each in compute_preview(connection, settings, report).problems if each.code in codes]
        absent = set(codes) - {each.code for each in found} - {each.code for each in before}
        if absent:
            raise Conflict(f"В отчёте нет такого замечания: {', '.join(sorted(absent))}")
        if found:
            added = [_confirmation(each, reason.strip(), who) for each in found]
            stored = msgspec.to_builtins([*before, *added])
            queries.update_report(connection, report.id, confirmed=stored)
            bump(connection)  # this report, and those that are compared with it
            record(connection, who, "report_confirmed", uid, {"findings": msgspec.to_builtins(added)})
    return report_object(database, settings, uid)


def _check(codes: Sequence[str], reason: str) -> None:
    if not codes:
        raise BadInput("Не указано, какие замечания подтвердить")
    if not reason.strip():
        raise BadInput("Укажите причину: почему это замечание не мешает провести отчёт")
    known = {code for code, text in texts().items() if text.confirmable}
    if wrong := sorted(set(codes) - known):
        raise BadInput(f"Подтвердить нельзя: {', '.join(wrong)}. Можно: {', '.join(sorted(known))}")


def _confirmation(found: Problem, reason: str, who: str) -> Confirmation:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Confirmation(code=found.code, message=found.message, found=found.found, who=who, at=now, reason=reason)
