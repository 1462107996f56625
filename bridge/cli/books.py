"""``komitent calendar``, ``journal``, ``evidence``, ``audit``: what is missing, the books as a file, their proof."""

import sys
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from bridge.api.bodies import encode
from bridge.cli.opening import Exit, opened
from bridge.flows import archive, audit, calendar, evidence, journal
from bridge.settings import Settings

COMPLETE, MISSING = 0, 1
_DAYS = len("2026-08-01 –")  # a narrow terminal may break a period into two lines, and cut no day
_STATES = {
    "missing": "нет отчёта", "held": "удержан", "ready": "готов", "posted": "проведён", "delivered": "передан",
    "confirmed": "подтверждён", "reversed": "сторнирован", "not_due": "ещё рано",
}  # fmt: skip


def write_journal(settings: Settings, account: str, month: str, output: Path | None) -> int:
    """Write an account's month as a file of beancount, or print it."""
    with opened(settings) as database:
        text = journal.month_file(database, account, month)
    if output is None:
        sys.stdout.write(text)
        return 0
    try:
        output.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise Exit(f"Файл {output} не записывается: {error}") from error
    return 0


def verify_audit(settings: Settings, head: str) -> int:
    """Print how many events there are and the newest hash. Raises Exit with the first broken event."""
    with opened(settings) as database:
        found = audit.verify(database, head)
    if found.broken is not None:
        message = f"Журнал изменён: событие {found.broken} не продолжает предыдущее. До него событий: {found.count}"
        raise Exit(message)
    if not found.has_expected:
        raise Exit(f"Журнал укорочен или чужой: хеша {head} в нём нет. Событий: {found.count}, хеш {found.head}")
    print(f"Журнал цел. Событий: {found.count}, хеш последнего: {found.head or '-'}")
    return 0


def show_calendar(settings: Settings, account: str | None, *, as_json: bool) -> int:
    """Print the calendar of an account or of all; returns 1 when a report is missing or held."""
    today = date.today()
    with opened(settings) as database:
        if account is None:
            found = calendar.whole_calendar(database, settings, today)
        else:
            found = calendar.account_calendar(database, settings, account, today)
    if as_json:
        print(encode(found).decode())
    else:
        _show(found["items"])
    return MISSING if any(slot["state"] in ("missing", "held") for slot in found["items"]) else COMPLETE


def _show(slots: list[dict[str, object]]) -> None:
    account, title = (Column(name, overflow="fold") for name in ("Кабинет", "Отчёт"))
    number, state, due = (Column(name, no_wrap=True) for name in ("Номер", "Состояние", "К выплате"))
    table = Table(account, Column("Период", min_width=_DAYS), title, number, state, "Проблем", due, padding=0)
    for slot in slots:
        payout = "" if slot["payout"] is None else str(slot["payout"])
        cells = (
            slot["account"], f"{slot['period_from']} – {slot['period_to']}", f"{slot['title']} {slot['type']}".strip(),
            slot["number"], _STATES[str(slot["state"])], slot["problems"] or "", payout,
        )  # fmt: skip
        table.add_row(*map(str, cells))
    Console(markup=False, highlight=False).print(table)


def write_evidence(settings: Settings, account: str, month: str, target: Path) -> int:
    """Write the archive of a month, replacing an older one of that name only when the new one is whole."""
    partial = target.with_name(f"{target.name}.part")
    try:
        with opened(settings) as database:
            made = evidence.write_evidence(database, settings, account, month, partial)
        partial.replace(target)
    except OSError as error:
        raise Exit(f"Архив {target} не записывается: {error}") from error
    finally:
        partial.unlink(missing_ok=True)
    for name in made.missing:
        print(f"Оригинала нет в папке данных: {name}", file=sys.stderr)
    print(f"{target}: файлов {len(made.files)}, событий {made.events}, хеш последнего: {made.head or '-'}")
    return 0


def verify_evidence(path: Path) -> int:
    """Compare an archive with its manifest. Raises Exit that names every difference."""
    try:
        found = archive.verify(path)
    except OSError as error:
        raise Exit(f"Архив {path} не читается: {error}") from error
    if found.problems or found.manifest is None:
        raise Exit("\n".join([f"{path}: архив изменён", *found.problems]))
    manifest = found.manifest
    print(
        f"{path}: цел. {manifest.account}, {manifest.month}, файлов {len(manifest.files)}, хеш {manifest.head or '-'}"
    )
    return 0
