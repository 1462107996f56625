"""``komitent journal`` and ``audit verify``: the books as a file, and the proof that their history is whole."""

import sys
from pathlib import Path

from bridge.cli.opening import Exit, opened
from bridge.flows import audit, journal
from bridge.settings import Settings


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
