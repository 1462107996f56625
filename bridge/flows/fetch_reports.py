"""Fetch the reports of a period from where they are made, and import each like an uploaded file.

Nothing is believed because it is absent: no report at all is an alarm and not a month without sales, a report that was
here before and is not in the answer is named, and so is a period of the calendar without its report. Repeatable: what
is here already stays as it is. Which source serves which channel is for the caller to say.
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import msgspec
from sqlalchemy import Row

from bridge.credentials import CredentialsUnreadable, secret_names
from bridge.db.events import record
from bridge.db.journal import reports_of
from bridge.db.session import Database
from bridge.errors import BadInput, Conflict, Failure, FixSettings, NoData
from bridge.flows.accounts import credentials_of, existing_account
from bridge.flows.calendar import account_calendar
from bridge.flows.checking import wrong
from bridge.flows.import_report import Upload, import_report
from bridge.flows.view_report import report_object
from bridge.ports import Progress, ReportFile, ReportSource, Sources
from bridge.problem_json import problem_json
from bridge.settings import Settings
from reports.lines import Summary
from reports.problems import Problem, Refused

_YEARS = date(2000, 1, 1), date(2099, 12, 31)
_LONGEST = timedelta(days=100)  # a quarter, with the weeks at its ends
_NAMED = 20  # reports or periods in one sentence


class Order(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose reports of which days are wanted. ``correction``: a report that says something new replaces the old one."""

    account: str
    period_from: date
    period_to: date
    correction: bool = False


class FetchedReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one report of the answer. ``report``: the one that is here, whose state and sentence follow.

    ``diff``: of a conflict, what the answer says otherwise; ``problem``: why a report was refused, as in any error.
    """

    number: str
    file: str
    outcome: Literal["created", "already", "conflict", "refused"]
    report: str | None = None
    state: str | None = None
    explain: str = ""
    diff: dict[str, Any] | None = None
    problem: dict[str, Any] | None = None


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a fetch. The days are those that were asked for, in whole reports; ``problems``: what is missing."""

    account: str
    period_from: date
    period_to: date
    reports: list[FetchedReport]
    problems: list[Problem]


class ReportCut(Conflict):
    """A report reaches beyond the days that were asked for."""

    code = "report_cut"
    title = "Отчёт выходит за запрошенные дни: строк в нём может не хватать"


def fetch_reports(
    database: Database, settings: Settings, sources: Sources, order: Order, who: str, today: date, progress: Progress,
    stop: threading.Event | None = None,
) -> Fetched:  # fmt: skip
    """Fetch and import; leaves an event, also of a failure.

    Raises NotFound, BadInput and FixSettings as ``check_order`` does, NoData when there is not one report, RetryLater,
    FixSettings and FixInput as the source does, and ``bridge.extraction.Stopped`` when the bridge stops.
    """
    source = check_order(database, sources, order)
    first, last = source.whole(order.period_from, order.period_to)
    asked = msgspec.structs.replace(order, period_from=first, period_to=last)
    try:
        with _folder(settings) as folder:
            files = _ask(database, settings, source, asked, folder, progress, stop)
            before = _known(database, source, asked)
            taken = [_take(database, settings, source, asked, file, who, progress, stop) for file in files]
    except Failure as failure:
        _tell(database, who, "reports_not_fetched", asked, code=failure.code, detail=failure.detail)
        raise
    told = [_shown(database, settings, one) for one in taken]
    problems = [*_gone(before, taken), *_lacking(database, settings, source, asked, today)]
    outcomes = {one.number: one.outcome for one in taken}
    _tell(database, who, "reports_fetched", asked, reports=outcomes, problems=[one.code for one in problems])
    return Fetched(account=order.account, period_from=first, period_to=last, reports=told, problems=problems)


def check_order(database: Database, sources: Sources, order: Order) -> ReportSource:
    """Return the source that serves the order.

    Raises NotFound without such an account, BadInput for a channel that is not asked and for days that are no period,
    FixSettings where a secret is not set.
    """
    with database.read() as connection:
        account = existing_account(connection, order.account)
    source = sources.get(account.channel)
    if source is None:
        known = ", ".join(sorted(sources)) or "нет"
        raise BadInput(
            f"Отчёты канала {account.channel} по API не запрашиваются (запрашиваются: {known}): загрузите их файлом"
        )
    first, last = order.period_from, order.period_to
    if not _YEARS[0] <= first <= last <= _YEARS[1] or last - first > _LONGEST:
        raise BadInput(f"Период: period_from не позже period_to, не больше {_LONGEST.days} дней")
    if lacking := [name for name in source.needs if name not in secret_names(account.credentials)]:
        raise FixSettings(f"У учётной записи «{order.account}» не заданы учётные данные: {', '.join(lacking)}")
    return source


@contextmanager
def _folder(settings: Settings) -> Iterator[Path]:
    """Give a place for what is fetched, which goes afterwards."""
    settings.incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=settings.incoming, prefix="fetch-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def _ask(
    database: Database, settings: Settings, source: ReportSource, asked: Order, folder: Path, progress: Progress,
    stop: threading.Event | None,
) -> list[ReportFile]:  # fmt: skip
    """Ask the source; no report at all is the alarm."""
    try:
        secrets = credentials_of(database, settings, asked.account)
    except CredentialsUnreadable as error:
        raise FixSettings(str(error)) from error
    files = source.fetch(secrets, asked.period_from, asked.period_to, folder, progress, stop)
    if not files:
        raise NoData(
            f"За {asked.period_from}..{asked.period_to} маркетплейс не дал ни одного отчёта. Это не значит, что продаж "
            f"не было: ничего не записано. {source.when_empty}"
        )
    return files


def _take(
    database: Database, settings: Settings, source: ReportSource, asked: Order, file: ReportFile, who: str,
    progress: Progress, stop: threading.Event | None,
) -> FetchedReport:  # fmt: skip
    """Import one file and say what became of it."""
    try:
        if not asked.period_from <= file.first <= file.last <= asked.period_to:
            days, wanted = f"{file.first}..{file.last}", f"{asked.period_from}..{asked.period_to}"
            raise ReportCut(f"Отчёт за {days}, запрошены {wanted}: запросите период с запасом или загрузите файлом")
        upload = _upload(file, source.profile, correction=asked.correction)
        imported = import_report(database, settings, asked.account, upload, who, progress, stop)
    except (Failure, Refused) as error:
        here = error.extra.get("report") if isinstance(error, Failure) else None
        return FetchedReport(
            number=file.number, file=file.name, outcome="refused", report=here, problem=problem_json(error)
        )
    return FetchedReport(
        number=file.number, file=file.name, outcome=imported.outcome, report=imported.report, diff=imported.diff
    )


def _shown(database: Database, settings: Settings, one: FetchedReport) -> FetchedReport:
    """Say how the report stands now that all of them are in: one may tie to another."""
    if one.report is None:
        return one
    here = report_object(database, settings, one.report)
    return msgspec.structs.replace(one, state=here["state"], explain=here["explain"])


def _upload(file: ReportFile, profile: str, *, correction: bool) -> Upload:
    with file.path.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    size = file.path.stat().st_size
    return Upload(path=str(file.path), name=file.name, sha256=sha256, size=size, profile=profile, correction=correction)


def _known(database: Database, source: ReportSource, asked: Order) -> list[Row[Any]]:
    """Return the living reports of that kind whose days lie within those asked for."""
    with database.read() as connection:
        account = existing_account(connection, asked.account)
        received = reports_of(connection, account.id)
    return [row for row in received if row.profile == source.profile and row.identity and _within(row, asked)]


def _within(report: Row[Any], asked: Order) -> bool:
    summary = msgspec.convert(report.summary, Summary)
    first, last = summary.period_from or summary.date, summary.period_to or summary.date
    return bool(first and last) and str(asked.period_from) <= first and last <= str(asked.period_to)


def _gone(before: list[Row[Any]], taken: list[FetchedReport]) -> Iterator[Problem]:
    """Name the reports that were here before and are not in the answer."""
    found, numbers = {one.report for one in taken}, {one.number for one in taken}
    gone = [row for row in before if row.uid not in found and not (row.number and row.number in numbers)]
    if gone:
        named = _listed([f"№ {row.number}" if row.number else row.uid for row in gone])
        yield wrong(
            "reports_missing", f"В ответе маркетплейса нет отчётов, которые уже загружены: {named}", column="reports",
            found="в ответе их нет", expected=named,
            advice="Они остались как были. Сверьте список отчётов в кабинете; если отчёт там есть, повторите запрос",
        )  # fmt: skip


def _lacking(
    database: Database, settings: Settings, source: ReportSource, asked: Order, today: date
) -> Iterator[Problem]:
    """Name the periods that should have a report by today and have none, neither from here nor from a file."""
    days = asked.period_from, asked.period_to
    slots = account_calendar(database, settings, asked.account, today, *days)["items"]
    lacking = [slot for slot in slots if slot["profile"] == source.profile and slot["state"] == "missing"]
    if lacking:
        named = _listed([f"{slot['period_from']}..{slot['period_to']}" for slot in lacking])
        yield wrong(
            "periods_missing", f"Нет отчёта за {named}", column="reports", found="отчёта нет ни в ответе, ни в файлах",
            expected="отчёт за каждый период",
            advice="Пустота не означает, что продаж не было: проверьте кабинет, повторите позже или загрузите файл",
        )  # fmt: skip


def _listed(names: list[str]) -> str:
    more = f" и ещё {len(names) - _NAMED}" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _tell(database: Database, who: str, what: str, asked: Order, **detail: object) -> None:
    days = {"period_from": str(asked.period_from), "period_to": str(asked.period_to)}
    with database.write() as connection:
        record(connection, who, what, asked.account, days | detail)
