"""Import one report file: parse it in its own process, store its lines, name it, and say what became of it.

Repeatable at any point: lines arrive in portions under a row that nobody sees; one last transaction gives the report
its identity or finds that it is already here. A crash leaves an invisible row that a later import clears away. The
original file is kept under its checksum.
"""

import itertools
import shutil
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import reports as queries
from bridge.db.catalogue import bump, hold
from bridge.db.events import record
from bridge.db.session import Database
from bridge.db.tables import reports
from bridge.errors import Conflict, NotFound, OtherContent
from bridge.extraction import extraction
from bridge.flows.compare_issues import rows_difference
from bridge.settings import Settings
from reports.checks import Amounts
from reports.documents import document_id
from reports.expression import evaluate
from reports.extract import Request
from reports.lines import Batch, Refusal, RowFacts, Summary
from reports.problems import Problem, Refused
from reports.profile import Profile, profiles

Progress = Callable[[int, int | None], None]
_CHUNK = 20_000


class Upload(msgspec.Struct, kw_only=True):
    """A received file and what was said beside it.

    ``correction``: a report of the same number is replaced, or corrected by the difference where it is posted.
    """

    path: str
    name: str
    sha256: str
    size: int
    profile: str = ""
    number: str = ""
    date: str = ""
    period_from: str = ""
    period_to: str = ""
    correction: bool = False


class Imported(msgspec.Struct, kw_only=True):
    """What became of an upload: a new report, one that was already here, or a conflict with its difference."""

    outcome: Literal["created", "already", "conflict"]
    report: str
    diff: dict[str, Any] | None = None


class _Received(msgspec.Struct, kw_only=True):
    """A report whose lines are stored and whose identity is not decided yet."""

    row_id: int
    summary: Summary
    problems: list[Problem]
    facts: list[RowFacts]


def import_report(
    database: Database, settings: Settings, account: str, upload: Upload, who: str, progress: Progress,
    stop: threading.Event | None = None,
) -> Imported:  # fmt: skip
    """Import a file into an account.

    Raises Refused when the file is not taken, NotFound without such an account, Conflict when its rows are here under
    another number, and bridge.extraction.Stopped when the bridge stops.
    """
    with database.read() as connection:
        owner = queries.find_account(connection, account)
        if owner is None:
            raise NotFound(f"Нет учётной записи «{account}»")
        known = _same_file(connection, owner, upload)
    if known is not None:
        return Imported(outcome="already", report=known.uid)
    received = _receive(database, settings, owner, upload, progress, stop)
    try:
        with database.write() as connection:
            imported = _decide(connection, settings, owner, upload, received, who)
            if imported.outcome == "created":
                _keep_file(settings, upload)
            else:
                queries.drop_receiving(connection, reports.c.id == received.row_id)
    except BaseException:
        _forget(database, received.row_id)
        raise
    return imported


def _same_file(connection: Connection, owner: Row[Any], upload: Upload) -> Row[Any] | None:
    """Find the living report made of this very file, unless the user says something new about it, or its name may."""
    found = queries.living_report(connection, owner.id, file_sha256=upload.sha256)
    if found is None or (upload.profile and found.profile != upload.profile):
        return None
    in_names = any(source.file for source in profiles()[found.profile].identity.number)
    if in_names and not found.number and upload.name != found.file_name:
        return None
    return found if upload.number in ("", found.number) and not _moves(found, upload) else None


def _moves(known: Row[Any], upload: Upload) -> bool:
    """True when the user corrects the period of a report that is here already."""
    before = msgspec.convert(known.summary, Summary)
    said = (upload.period_from, upload.period_to)
    return upload.correction and all(said) and said != (before.period_from, before.period_to)


# --- receiving -----------------------------------------------------------------------------------------------------


def _receive(
    database: Database, settings: Settings, owner: Row[Any], upload: Upload, progress: Progress,
    stop: threading.Event | None,
) -> _Received:  # fmt: skip
    """Parse the file and store its lines in portions, each a transaction of its own. Raises Refused."""
    with database.write() as connection:
        row_id = queries.begin_receiving(connection, _receiving_row(owner, upload))
    try:
        with closing(_messages(settings, owner, upload, stop)) as messages:
            return _store(database, row_id, messages, progress)
    except BaseException:
        _forget(database, row_id)
        raise


def _messages(
    settings: Settings, owner: Row[Any], upload: Upload, stop: threading.Event | None
) -> Generator[Any, None, None]:
    request = Request(
        path=upload.path, name=upload.name, channel=owner.channel, profile=upload.profile, number=upload.number,
        date=upload.date, period_from=upload.period_from, period_to=upload.period_to, limits=settings.limits,
    )  # fmt: skip
    return extraction(request, stop)


def _store(database: Database, row_id: int, messages: Iterator[Any], progress: Progress) -> _Received:
    lines = keys = 0
    problems: list[Problem] = []
    facts: list[RowFacts] = []
    for message in messages:
        if isinstance(message, Refusal):
            raise Refused(*message.problems)
        if not isinstance(message, Batch):
            return _Received(row_id=row_id, summary=message.summary, problems=message.problems + problems, facts=facts)
        if message.lines or message.keys:
            with database.write() as connection:
                queries.add_lines(connection, row_id, lines, message.lines)
                queries.add_keys(connection, row_id, keys, message.keys)
        lines += len(message.lines)
        keys += len(message.keys)
        problems += message.problems
        facts += message.facts
        progress(message.rows_done, None)
    raise AssertionError("the parsing process ended without an end")


def _receiving_row(owner: Row[Any], upload: Upload) -> dict[str, Any]:
    return {
        "uid": f"receiving-{uuid4().hex[:26]}", "account_id": owner.id, "profile": "", "identity": None, "number": "",
        "state": queries.RECEIVING, "content": "", "file_name": upload.name, "file_sha256": upload.sha256,
        "file_size": upload.size, "received_at": datetime.now(UTC), "summary": {}, "problems": [], "preview": {},
        "preview_at": -1,
    }  # fmt: skip


def _forget(database: Database, row_id: int) -> None:
    with database.write() as connection:
        queries.drop_receiving(connection, reports.c.id == row_id)


def _keep_file(settings: Settings, upload: Upload) -> None:
    """Keep the original under its checksum. Done before the commit: a file too many harms nobody, one missing does."""
    target = settings.files / upload.sha256[:2] / upload.sha256
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".part")
        shutil.copyfile(upload.path, partial)
        partial.replace(target)


def stored_file(settings: Settings, sha256: str) -> Path:
    """Return where the original with that checksum is kept."""
    return settings.files / sha256[:2] / sha256


# --- deciding ------------------------------------------------------------------------------------------------------


def _decide(
    connection: Connection, settings: Settings, owner: Row[Any], upload: Upload, received: _Received, who: str
) -> Imported:
    """Compare with what is already here and either make it a report or say why not."""
    hold(connection)  # what is here must not be posted, reversed or replaced meanwhile
    summary = received.summary
    profile = profiles()[summary.profile]
    identity = _identity(profile, summary)
    same = _same_content(connection, owner, profile, summary, identity)
    known = same is not None and summary.number in ("", same.number) and _says_same(same, summary)
    if same is not None and known and not _moves(same, upload):
        return Imported(outcome="already", report=same.uid)
    old = queries.living_report(connection, owner.id, profile=profile.name, identity=identity)
    if same is not None and old is None and not same.number and same.state in queries.OPEN_STATES:
        _number(connection, same, summary, identity)
        record(connection, who, "report_numbered", same.uid, {"number": summary.number})
        return Imported(outcome="already", report=same.uid)
    if same is not None and same.identity != identity:
        called = f"под номером {same.number}" if same.number else "без номера"
        raise Conflict(f"Эти же строки уже загружены {called}", extra={"report": same.uid})
    corrects = None
    if old is not None:
        if not upload.correction:
            found = rows_difference(connection, old.id, received.row_id)
            return Imported(outcome="conflict", report=old.uid, diff=msgspec.to_builtins(found))
        if profile.documents.make:  # a УПД may be moved to the days that it is about
            _refuse_other_days(connection, old, summary)
        corrects = _supersede(connection, old, received.row_id)
    uid = _uid(connection, settings, owner, f"{profile.name}|{identity}", f"{summary.content}{upload.sha256}")
    if old is not None:
        record(connection, who, "report_superseded", old.uid, {"by": uid, "corrects": corrects})
    _establish(connection, uid, identity, profile, received, corrects)
    record(
        connection,
        who,
        "report_imported",
        uid,
        {"file": upload.name, "sha256": upload.sha256, "rows": summary.rows_total},
    )
    return Imported(outcome="created", report=uid)


def _uid(connection: Connection, settings: Settings, owner: Row[Any], identity: str, content: str) -> str:
    """Return the computed id of a report; one that was reversed or replaced before gives the next id of the row."""
    for issue in itertools.count():
        part = content + (f"|{issue}" if issue else "")
        uid = document_id(settings.installation, owner.name, "report", identity, part)
        if queries.find_report(connection, uid) is None:
            return uid
    raise AssertionError("unreachable")


def _identity(profile: Profile, summary: Summary) -> str:
    if profile.identity.basis == "period" and summary.period_from:
        return f"{summary.period_from}..{summary.period_to}"
    if summary.number and profile.identity.within:
        said = {"date": summary.date, "seller_inn": summary.parties.get("seller_inn", "")}
        return "|".join((summary.number, *(said[name] for name in profile.identity.within)))
    return summary.number or f"content:{summary.content}"


def _same_content(
    connection: Connection, owner: Row[Any], profile: Profile, summary: Summary, identity: str
) -> Row[Any] | None:
    """Find the living report with the same rows; documents that may lawfully repeat them must have its identity too."""
    if not summary.rows_used:
        return None
    if profile.identity.within or (profile.identity.basis == "period" and not profile.documents.make):
        return queries.living_report(
            connection, owner.id, profile=summary.profile, content=summary.content, identity=identity
        )
    return queries.living_report(connection, owner.id, profile=summary.profile, content=summary.content)


def _says_same(old: Row[Any], summary: Summary) -> bool:
    """True when nothing outside the lines differs either: not the rows read, nor the totals written in the file."""
    before = msgspec.convert(old.summary, Summary)
    counts = (before.rows_used, before.rows_unknown) == (summary.rows_used, summary.rows_unknown)
    written = all(before.footers.get(code, value) == value for code, value in summary.footers.items())
    return counts and written


def _number(connection: Connection, old: Row[Any], summary: Summary, identity: str) -> None:
    """Give a report that came without a number the number it is now known by."""
    before = msgspec.convert(old.summary, Summary)
    named = msgspec.structs.replace(before, number=summary.number)
    queries.update_report(
        connection, old.id, number=summary.number, identity=identity, summary=msgspec.to_builtins(named), preview_at=-1
    )


def _refuse_other_days(connection: Connection, old: Row[Any], summary: Summary) -> None:
    """Refuse to correct a posted report by one of wholly other days: its documents would keep the old ones.

    Numbers that begin anew each year, or that a person types, may be the same by chance. Raises Conflict.
    """
    posted = old if old.state not in queries.OPEN_STATES else queries.find_report(connection, old.corrects or "")
    before = msgspec.convert(posted.summary, Summary) if posted else Summary(profile="")
    if not (before.period_to and summary.period_to):
        return
    if before.period_to < summary.period_from or summary.period_to < before.period_from:
        raise Conflict(
            f"Проведён отчёт {old.number} за {before.period_from}..{before.period_to}, а в этом файле дни "
            f"{summary.period_from}..{summary.period_to}: это не новый выпуск того же отчёта. Проверьте номер и "
            "период; если неверен проведённый, сторнируйте его и загрузите этот файл снова",
            extra={"report": old.uid},
        )


def _supersede(connection: Connection, old: Row[Any], new_id: int) -> str | None:
    """Give the identity of a report free for its new issue; return the posted issue that the new one will correct.

    What is posted stays as it is: its documents stand, and the new issue adds the difference.
    """
    posted = old.state not in queries.OPEN_STATES
    queries.drop_facts(connection, old.id)
    state = old.state if posted else "superseded"
    queries.update_report(connection, old.id, identity=None, state=state, superseded_by=new_id)
    corrects: str | None = old.uid if posted else old.corrects
    return corrects


def _establish(
    connection: Connection, uid: str, identity: str, profile: Profile, received: _Received, corrects: str | None
) -> None:
    """Turn the invisible row into the report."""
    summary = received.summary
    queries.update_report(
        connection, received.row_id, uid=uid, profile=profile.name, identity=identity, number=summary.number,
        state="held", content=summary.content, summary=msgspec.to_builtins(summary),
        problems=msgspec.to_builtins(received.problems), corrects=corrects,
    )  # fmt: skip
    owner_id = connection.execute(reports.select().where(reports.c.id == received.row_id)).one().account_id
    stated = list(_stated(profile, received))
    if stated:
        queries.add_facts(connection, owner_id, profile.name, received.row_id, stated)
    bump(connection)  # other reports of the account may tie to this one, or overlap with it


def _stated(profile: Profile, received: _Received) -> Iterator[tuple[str, RowFacts]]:
    """Give what this report tells others, with the scope each of them is looked up by."""
    summary = received.summary
    if profile.facts is None:
        return
    if profile.facts.per_row:
        yield from ((fact.number, fact) for fact in received.facts)
        return
    amounts = Amounts(summary)
    values = {name: str(evaluate(text, amounts) * 100) for name, text in profile.facts.values.items()}
    scope = summary.number if profile.facts.scope == "number" else f"{summary.period_from}..{summary.period_to}"
    yield scope, RowFacts(summary.number, 0, values, summary.type, summary.period_from, summary.period_to)


def raise_conflict(imported: Imported) -> None:
    """Raise OtherContent for an import that ended in a conflict (for callers that answer with errors)."""
    if imported.outcome == "conflict":
        raise OtherContent(extra={"report": imported.report, "diff": imported.diff})


def no_progress(_done: int, _total: int | None) -> None:
    """Report progress to nobody."""
