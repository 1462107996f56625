"""``komitent items import`` and ``listings import``: lists from a spreadsheet, without the service."""

from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from bridge.api.bodies import encode
from bridge.cli.opening import Exit, opened
from bridge.db.session import Database
from bridge.errors import BadInput
from bridge.flows.item_sheet import import_items
from bridge.flows.listings import import_listings
from bridge.flows.workbook_file import SheetFile, opened_sheet
from bridge.settings import Settings
from reports.problems import Problem, Refused
from reports.spreadsheet import Columns

GOOD, REFUSED = 0, 2
_WHO = "cli"
_SHOWN = 50
_COUNTS = {"created": "новых", "changed": "изменено", "unchanged": "без изменений", "vanished": "пропало"}
Take = Callable[[Database, SheetFile], dict[str, int]]


def take_items(settings: Settings, path: Path, *, dry_run: bool, full: bool, as_json: bool) -> int:
    """Take ERP items from a file; returns 0, or 2 when the file is refused."""

    def take(database: Database, sheet: SheetFile) -> dict[str, int]:
        return import_items(database, sheet, _WHO, dry_run=dry_run, full=full)

    return _taken(settings, path, "items", take, dry_run=dry_run, as_json=as_json)


def take_listings(settings: Settings, account: str, path: Path, *, dry_run: bool, as_json: bool) -> int:
    """Take the price list of an account's channel from a file; returns 0, or 2 when the file is refused."""

    def take(database: Database, sheet: SheetFile) -> dict[str, int]:
        return import_listings(database, sheet, account, _WHO, dry_run=dry_run)

    return _taken(settings, path, "listings", take, dry_run=dry_run, as_json=as_json)


def _taken(settings: Settings, path: Path, columns: Columns, take: Take, *, dry_run: bool, as_json: bool) -> int:
    if not path.is_file():
        raise Exit(f"Файла {path} нет", REFUSED)
    try:
        with opened(settings) as database, opened_sheet(path, path.name, settings.limits, columns) as sheet:
            counts = take(database, sheet)
    except (Refused, BadInput) as refused:
        told = "\n".join([str(refused), *map(_told, refused.problems[:_SHOWN])])
        raise Exit(f"{path.name}: не принят. {told}", REFUSED) from refused
    if as_json:
        print(encode(counts).decode())
        return GOOD
    console = Console(soft_wrap=True, highlight=False, markup=False)
    console.print(f"{path.name}: " + ", ".join(f"{_COUNTS[name]} {count}" for name, count in counts.items()))
    if dry_run:
        console.print("Ничего не записано: это была проба (--dry-run)")
    return GOOD


def _told(one: Problem) -> str:
    place = f"Строка {one.row}, {one.column}: " if one.row else ""
    expected = f". Ожидается: {one.expected}" if one.expected else ""
    return f"- {place}{one.message}{expected}. {one.advice}"
