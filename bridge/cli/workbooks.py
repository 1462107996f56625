"""``komitent mappings export`` and ``import``: the workbook of a table of links, without the service."""

import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bridge.api.bodies import encode
from bridge.cli.opening import Exit, opened
from bridge.flows.workbook_diff import diff, write_copy
from bridge.flows.workbook_export import export_workbook
from bridge.flows.workbook_file import opened_sheet
from bridge.flows.workbooks import upload
from bridge.settings import Settings
from mappings.sheet import Language
from reports.problems import Refused

GOOD, WITH_ERRORS, REFUSED = 0, 1, 2
_WHO = "cli"
_SHOWN = 50
_COUNTS = {
    "new": "новых", "changed": "изменено", "removed": "удалено", "unchanged": "без изменений",
    "conflicts": "конфликтов", "errors": "с ошибками", "applied": "записано",
}  # fmt: skip


def export(settings: Settings, account: str, kind: str, path: Path, language: Language) -> int:
    """Write the workbook of a table; the file appears whole or not at all."""
    with opened(settings) as database:
        try:
            with tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=".komitent-") as folder:
                made = Path(folder) / "workbook.xlsx"
                export_workbook(database, account, kind, made, language)
                made.replace(path)
        except OSError as error:
            raise Exit(f"Книга не записана: {error.strerror}") from error
    return GOOD


def take(
    settings: Settings, account: str, kind: str, path: Path, errors: Path | None, *, apply: bool, as_json: bool
) -> int:  # fmt: skip
    """Show what a workbook changes, with ``apply`` change it; returns 0, 1 with errors or conflicts, 2 when refused."""
    if not path.is_file():
        raise Exit(f"Файла {path} нет", REFUSED)
    limit = 100_000 if as_json else _SHOWN
    with opened(settings) as database:
        try:
            with opened_sheet(path, path.name, settings.limits) as sheet:
                uploaded = upload(database, sheet, account, kind, _WHO, dry_run=not apply)
                found = diff(uploaded, sheet, dry_run=not apply, limit=limit)
                if errors is not None:
                    write_copy(database, uploaded, sheet, errors)
        except Refused as refused:
            raise Exit(f"{path.name}: не принят. {refused}", REFUSED) from refused
    if as_json:
        print(encode(found).decode())
    else:
        _show(path, found, apply)
    return WITH_ERRORS if found["conflicts"] or found["errors"] else GOOD


def _show(path: Path, found: dict[str, Any], applied: bool) -> None:
    console = Console(soft_wrap=True, highlight=False, markup=False)
    counts = ", ".join(f"{word} {found['counts'][name]}" for name, word in _COUNTS.items())
    console.print(f"{path.name}: {counts}")
    table = Table(box=None, pad_edge=False)
    for header in ("Строка", "Ключ", "Колонка", "Было", "Станет"):
        table.add_column(header)
    for change in (*found["new"], *found["changed"], *found["removed"]):
        for cell in change["cells"]:
            table.add_row(str(change["row"]), change["key"], cell["header"], cell["before"], cell["after"])
    console.print(table)
    for one in found["conflicts"]:
        said = f"было «{one['base']}», записано «{one['theirs']}», у вас «{one['mine']}»"
        console.print(f"- Строка {one['row']}, {one['header']}: конфликт, {said}")
    for one in found["errors"]:
        console.print(f"- Строка {one['row']}, {one['column']}: {one['message']}. {one['advice']}")
    if found["set"]:
        console.print(f"Набор {found['set']}; отменить его: komitent mappings undo {found['account']} {found['kind']} "
                      f"{found['set']}")  # fmt: skip
    if found["posted_documents"]:
        console.print(f"По прежним связям уже проведены документы: {', '.join(found['posted_documents'])}")
    if not applied:
        console.print("Ничего не записано. Чтобы записать, добавьте --apply")
