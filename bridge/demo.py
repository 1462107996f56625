"""``komitent demo``: a generated month of an invented shop, imported into a fresh data folder and shown as tables.

The files lie in ``bridge/demo_data``; the flows are the very ones that the service uses. Nothing outside the data
folder is touched, and a folder that the demo did not make is never emptied.
"""

import argparse
import hashlib
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bridge.db.migrate import upgrade
from bridge.db.session import Database
from bridge.flows.catalogue import AccountInput, Organization, put_account, put_items, put_organization
from bridge.flows.import_report import Upload, import_report
from bridge.flows.view_report import report_documents, report_object
from bridge.settings import Settings
from mappings.items import Item

_WHO = "demo"
_MARK = "komitent-demo.txt"
_ORGANIZATION = "severny-uyut"
# the register first: it holds the numbers that the weekly details are checked against
_FILES = {
    "wildberries": ("wb_register_*.xlsx", "wb_detail_*.xlsx"),
    "ozon": ("ozon_accruals_*.xlsx", "ozon_realization_*.xlsx"),
}
_TITLES = {"wildberries": "Wildberries «Северный уют»", "ozon": "Ozon «Северный уют»"}
_STATES = {"ready": "готов к проведению", "held": "удержан", "received": "принят"}
_KINDS = {
    "commission_report": "Отчёт комиссионера",
    "service_receipt": "Поступление услуг",
    "debt_offset": "Корректировка долга",
    "other_income": "Прочий доход",
    "other_expense": "Прочий расход",
}
_LINES = 6
_PIPED_WIDTH = 140


def run_demo(argv: Sequence[str]) -> int:
    """Import the bundled month and show what became of it. Returns 0 when everything ties."""
    said = _arguments(argv)
    console = Console(soft_wrap=False, highlight=False, width=None if sys.stdout.isatty() else _PIPED_WIDTH)
    data = Path(said.data).resolve()
    if not _prepare(data, said.keep):
        console.print(f"Папка {data} не пуста и создана не демонстрацией: укажите другую (--data)", markup=False)
        return 2
    settings = Settings(data=data, database_url=f"sqlite:///{(data / 'komitent.sqlite').as_posix()}")
    database = Database(settings.database_url)
    try:
        upgrade(database)
        _set_up(database, settings)
        found = _import_all(database, settings, console)
        reports = [report_object(database, settings, uid) for uid in found]
        _show_reports(console, reports)
        _show_checks(console, reports)
        _show_documents(console, reports)
        _show_example(console, database, settings, reports)
    finally:
        database.close()
    return _conclude(console, data, reports)


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="komitent demo", description="Показать программу на готовом месяце")
    parser.add_argument("--data", default="demo-data", help="папка данных (по умолчанию demo-data)")
    parser.add_argument("--keep", action="store_true", help="не начинать заново: файлы загрузятся поверх прежних")
    return parser.parse_args(list(argv))


def _prepare(data: Path, keep: bool) -> bool:
    """Make an empty data folder; False for a folder that is somebody else's."""
    if data.exists() and any(data.iterdir()):
        if not (data / _MARK).exists():
            return False
        if not keep:
            shutil.rmtree(data)
    for folder in (data, data / "files", data / "incoming"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (data / _MARK).write_text("Эту папку создала команда komitent demo; она же её и очищает.\n", "utf-8")
    return True


# --- the shop ---------------------------------------------------------------------------------------------------------


def _set_up(database: Database, settings: Settings) -> None:
    """Enter the invented shop: one organization, a cabinet on each marketplace, ten products with their barcodes."""
    shop = Organization(
        title="ООО «Северный уют»", inn="7707083893", kpp="770701001", tax_system="general", prefix="СУ"
    )
    put_organization(database, _ORGANIZATION, shop, _WHO)
    for channel, counterparty in (("wildberries", "ООО «РВБ»"), ("ozon", "ООО «Интернет Решения»")):
        erp = {
            "counterparty": counterparty,
            "commission_contract": "Договор комиссии",
            "services_contract": "Договор услуг",
        }
        asked = {"organization": _ORGANIZATION, "channel": channel, "title": _TITLES[channel], "erp": erp}
        put_account(database, settings, channel, msgspec.convert(asked, AccountInput), _WHO)
    text = files("bridge.demo_data").joinpath("items.json").read_text("utf-8")
    put_items(database, msgspec.json.decode(text, type=list[Item]), _WHO)


def _import_all(database: Database, settings: Settings, console: Console) -> list[str]:
    """Import every file of the month; returns the ids of the reports."""
    found = []
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed} строк"), TimeElapsedColumn())
    with as_file(files("bridge.demo_data")) as folder, Progress(*columns, console=console) as bar:
        for channel, patterns in _FILES.items():
            for path in (path for pattern in patterns for path in sorted(folder.glob(pattern))):
                task = bar.add_task(path.name, total=None)
                with _copied(settings, path) as upload:
                    imported = import_report(database, settings, channel, upload, _WHO, _counter(bar, task))
                bar.update(task, total=max(bar.tasks[task].completed, 1))
                found.append(imported.report)
    return found


def _counter(bar: Progress, task: Any) -> Any:
    return lambda done, _total: bar.update(task, completed=done)


@contextmanager
def _copied(settings: Settings, path: Path) -> Iterator[Upload]:
    """Give a copy of the file, as an upload does."""
    content = path.read_bytes()
    copy = settings.incoming / path.name
    copy.write_bytes(content)
    try:
        yield Upload(path=str(copy), name=path.name, sha256=hashlib.sha256(content).hexdigest(), size=len(content))
    finally:
        copy.unlink(missing_ok=True)


# --- tables -----------------------------------------------------------------------------------------------------------


def _table(title: str, left: Sequence[str], right: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", header_style="bold")
    for name in left:
        table.add_column(name)
    for name in right:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _show_reports(console: Console, reports: Sequence[dict[str, Any]]) -> None:
    table = _table("Отчёты", ("Вид отчёта", "Номер", "Период", "Состояние"), ("Строк", "К выплате"))
    for report in reports:
        period = f"{_day(report['period_from'])} – {_day(report['period_to'])}"
        state = _STATES.get(report["state"], report["state"])
        rows = str(report["rows"]["total"])
        table.add_row(report["title"], report["number"], period, state, rows, _money(report["totals"]["payout"]))
    console.print(table)


def _show_checks(console: Console, reports: Sequence[dict[str, Any]]) -> None:
    """Show the main checks of each report; where one fails, the failed ones instead."""
    table = _table("Проверки", ("Отчёт", "Проверка"), ("В отчёте", "По строкам", "Разница"))
    for report in reports:
        shown = [check for check in report["checks"] if not check["ok"]] or _main_checks(report["checks"])
        for check in shown:
            amounts = (_money(check[name]) for name in ("expected", "actual", "difference"))
            table.add_row(_name(report), check["title"], *amounts, style="" if check["ok"] else "red")
        table.add_row(
            _name(report), f"всего проверок: {len(report['checks'])}", "", "", "", end_section=True, style="dim"
        )
    console.print(table)


def _main_checks(checks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Choose the checks worth a line: the payout, and what another report confirms."""
    return [check for check in checks if check["code"].endswith(("payout", "_total", "_revenue", "column_amount"))]


def _show_documents(console: Console, reports: Sequence[dict[str, Any]]) -> None:
    table = _table("Документы для учётной системы", ("Отчёт", "Документ", "Номер", "Дата"), ("Сумма",))
    for report in reports:
        for document in report["documents"]:
            kind = _KINDS.get(document["kind"], document["kind"])
            title = (document.get("title") or kind).removeprefix("Услуги: ")
            called = title if title.startswith(kind[:5]) else f"{kind}: {title}"
            table.add_row(_name(report), called, document["number"], _day(document["date"]), _money(document["total"]))
        if report["documents"]:
            table.add_section()
    console.print(table)


def _show_example(console: Console, database: Database, settings: Settings, reports: Sequence[dict[str, Any]]) -> None:
    """Show the first lines of one commissioner report, with the rows they come from."""
    for report in reports:
        for document in report_documents(database, settings, report["id"])["items"]:
            if document["kind"] == "commission_report":
                console.print(_lines(document))
                return


def _lines(document: dict[str, Any]) -> Table:
    title = f"Из чего состоит документ {document['number']} (первые строки)"
    table = _table(title, ("Номенклатура",), ("Кол-во", "Цена", "Сумма", "НДС", "Вознаграждение", "Строки файла"))
    for line in document["lines"][:_LINES]:
        rows = ", ".join(str(source["row"]) for source in line["sources"])
        item = " ".join(filter(None, (line["item"]["name"], line["item"]["variant"])))
        amounts = (line["price"], line["amount"], line["vat_amount"], line["commission"])
        table.add_row(item, f"{Decimal(line['quantity']).normalize():f}", *map(_money, amounts), rows)
    return table


def _conclude(console: Console, data: Path, reports: Sequence[dict[str, Any]]) -> int:
    held = [report for report in reports if report["state"] == "held"]
    checks = [check for report in reports for check in report["checks"]]
    for report in held:
        console.print(f"[red]{_name(report)}: {report['explain']}[/red]")
    if not held:
        console.print(f"[green]Месяц сходится до 0,00: проверок {len(checks)}, расхождений нет.[/green]")
    serve = f"komitent serve с переменной KOMITENT_DATA={data}"
    where = "http://127.0.0.1:8710/health ответит, что мост работает; дальше docs/import.md"
    console.print(f"Открыть мост с этим месяцем: {serve}; {where}", soft_wrap=True)
    return 1 if held else 0


def _name(report: dict[str, Any]) -> str:
    title: str = report["title"].partition(":")[0]
    return f"{title} {report['number']}".strip() if report["number"] else report["title"]


def _money(amount: object) -> str:
    return f"{Decimal(str(amount)):,.2f}".replace(",", "\u00a0").replace(".", ",")


def _day(text: str | None) -> str:
    return ".".join(reversed(text.split("-"))) if text else ""
