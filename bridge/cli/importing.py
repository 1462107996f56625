"""``komitent import``: files into an account, in this process, with a table or JSON of what became of each."""

import hashlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from bridge.api.bodies import encode
from bridge.cli.opening import opened
from bridge.db.session import Database
from bridge.errors import BadInput, Failure
from bridge.flows.import_report import Upload, import_report, raise_conflict
from bridge.flows.view_report import report_object
from bridge.problem_json import problem_json
from bridge.settings import Settings
from reports.kinds import kinds
from reports.problems import Refused

READY, HELD, REFUSED = 0, 1, 2
_WHO = "cli"
_CHUNK = 2**20
_SHOWN_PROBLEMS = 20
_SUMS = {
    "before": "Было", "after": "Стало",
    "commission_before": "Комиссия была", "commission_after": "Комиссия стала",
}  # fmt: skip
_NUMBERS = {"Количество", "Сумма", "Ожидалось", "Получено", "Разница", "Была", "Стала", *_SUMS.values()}


def import_files(
    settings: Settings, account: str, paths: Sequence[Path], said: dict[str, Any], *, as_json: bool
) -> int:
    """Import files one after the other; returns 0 when all are ready, 1 when one is held, 2 when one is refused.

    ``said``: the fields of Upload that the user gave.
    """
    outcomes = []
    with opened(settings) as database:
        for path in paths:
            outcome = _import(database, settings, account, path, said)
            outcomes.append(outcome)
            if not as_json:
                _show(path, outcome)
    if as_json:
        print(encode(outcomes).decode())
    return max(map(_code, outcomes), default=READY)


def _import(database: Database, settings: Settings, account: str, path: Path, said: dict[str, Any]) -> dict[str, Any]:
    """Import one file; gives its report object, or the problem of a file that was not taken."""
    try:
        with _copied(settings, path) as upload, _progress(path.name) as progress:
            ready = msgspec.structs.replace(upload, **said)
            imported = import_report(database, settings, account, ready, _WHO, progress)
        raise_conflict(imported)
        report = report_object(database, settings, imported.report)
        return {**report, "already": imported.outcome == "already"}
    except (Failure, Refused) as error:
        return {"file": {"name": path.name}, "state": "refused", "problem": problem_json(error)}


@contextmanager
def _copied(settings: Settings, path: Path) -> Iterator[Upload]:
    """Give a copy that nobody else changes while it is read. Raises BadInput when there is nothing to read."""
    copy = settings.incoming / f"{uuid4().hex}.cli"
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as source, copy.open("wb") as target:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                size += target.write(chunk)
        yield Upload(path=str(copy), name=path.name, sha256=digest.hexdigest(), size=size)
    except OSError as error:
        raise BadInput(f"Файл {path} не читается: {error.strerror}") from error
    finally:
        copy.unlink(missing_ok=True)


@contextmanager
def _progress(name: str) -> Iterator[Any]:
    columns = (SpinnerColumn(), TextColumn("{task.description}: {task.completed:,} строк"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _code(outcome: dict[str, Any]) -> int:
    if "problem" in outcome:
        return REFUSED
    return HELD if outcome["state"] in {"held", "received"} else READY


def _show(path: Path, outcome: dict[str, Any]) -> None:
    console = Console(soft_wrap=True, highlight=False, markup=False)
    console.print()
    if "problem" in outcome:
        console.print(f"{path.name}: не принят. {outcome['problem']['detail']}")
        _show_problems(console, outcome["problem"]["errors"])
        if "diff" in outcome["problem"]:
            _show_difference(console, outcome["problem"]["diff"])
        return
    already = " (уже был загружен)" if outcome["already"] else ""
    console.print(f"{path.name}: {outcome['state']}{already}. {outcome['explain']}")
    console.print(_facts(outcome))
    for name, columns, rows in _tables(outcome):
        if rows:
            console.print(_table(name, columns, rows))
    _show_problems(console, outcome["problems"])


def _show_difference(console: Console, diff: dict[str, Any]) -> None:
    """Show what the file changes in the report that is here, by kind and row by row, and how to take it."""
    console.print("Строк {added} добавлено, {removed} убрано, {changed} изменено".format(**diff))
    sums = [(_called(one), *(one[name] for name in _SUMS)) for one in diff["sums"]]
    console.print(_table("Суммы этих строк", ("Вид", *_SUMS.values()), sums))
    rows = [
        (one["row_before"], one["row_after"], one["operation"], one["ref"], *(one[name] for name in _SUMS))
        for one in diff["changes"][:_SHOWN_PROBLEMS]
    ]
    shown = [["" if cell is None else cell for cell in row] for row in rows]
    console.print(_table("Строки", ("Была", "Стала", "Операция", "Номер", *_SUMS.values()), shown))
    rest = diff["added"] + diff["removed"] + diff["changed"] - len(rows)
    if rest > 0:
        console.print(f"… и ещё {rest}")
    console.print("Если это новый выпуск отчёта, загрузите файл с --correction")


def _called(one: dict[str, Any]) -> str:
    """Return the title of a kind, and of a charge on a return that it stands there."""
    title = kinds()[one["kind"]].title
    return f"{title} (возврат)" if one["section"] == "return" and one["kind"] != "return" else title


def _facts(report: dict[str, Any]) -> Table:
    rows = report["rows"]
    names = {"total": "всего", "used": "учтено", "ignored": "пропущено", "unknown": "неизвестно"}
    counted = ", ".join(f"{word} {rows[name]}" for name, word in names.items())
    period = f"{report['period_from'] or ''}..{report['period_to'] or ''}"
    facts = [
        ("Отчёт", report["id"]), ("Вид", report["profile"]), ("Номер", report["number"]),
        ("Дата", report["date"] or ""), ("Период", period), ("Строки", counted),
    ]  # fmt: skip
    return _table("", ("", ""), facts)


def _tables(report: dict[str, Any]) -> Iterator[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]]:
    """Give the tables of a report: name, headers, rows."""
    totals = [
        (kind, total.get("quantity", ""), total.get("amount", "")) if isinstance(total, dict) else (kind, "", total)
        for kind, total in report["totals"].items()
    ]
    yield "Итоги", ("Вид", "Количество", "Сумма"), totals
    checks = [
        ("да" if check["ok"] else "НЕТ", check["title"], check["expected"], check["actual"], check["difference"])
        for check in report["checks"]
    ]
    yield "Проверки", ("Сошлось", "Проверка", "Ожидалось", "Получено", "Разница"), checks
    documents = [(one["kind"], one["number"], one["date"], one["total"], one["state"]) for one in report["documents"]]
    yield "Документы", ("Вид", "Номер", "Дата", "Сумма", "Состояние"), documents


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    table = Table(title=title or None, title_justify="left", show_header=any(columns), box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in _NUMBERS else "left")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    return table


def _show_problems(console: Console, problems: Sequence[dict[str, Any]]) -> None:
    for problem in problems[:_SHOWN_PROBLEMS]:
        console.print(f"- {problem['message']}. {problem['advice']}")
    if len(problems) > _SHOWN_PROBLEMS:
        console.print(f"… и ещё {len(problems) - _SHOWN_PROBLEMS}")
    sys.stdout.flush()
