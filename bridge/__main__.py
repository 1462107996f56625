"""The command ``komitent``: what can be said on the command line, and which function does it."""

import argparse
import importlib
import io
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from bridge import VERSION
from bridge.cli import (
    administration,
    books,
    confirming,
    importing,
    lists,
    mapping_views,
    mappings,
    months,
    returns,
    serving,
    workbooks,
)
from bridge.cli.fetching import add_fetch
from bridge.cli.opening import FAILED, Exit
from bridge.cli.tie_out import add_tie_out
from bridge.cli.treatments import add_treatments
from bridge.db.access import ROLES
from bridge.errors import Failure
from bridge.flows.link_views import View
from bridge.settings import Settings, settings_from


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # redirected output on Windows would be in the code page
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        if words[:1] == ["demo"]:
            return _demo(words[1:])
        said = _parser().parse_args(words)
        return int(said.run(said, _settings(said)))
    except (Exit, Failure) as error:
        print(str(error), file=sys.stderr)
        return error.code if isinstance(error, Exit) else FAILED
    except KeyboardInterrupt:
        return 130


def _demo(words: list[str]) -> int:
    """Run the demonstration, which brings its own data folder and arguments; imported only when asked for."""
    return int(importlib.import_module("bridge.demo").run_demo(words) or 0)


def _settings(said: argparse.Namespace) -> Settings:
    try:
        settings = settings_from(host=getattr(said, "host", None) or "")
    except ValueError as error:
        raise Exit(f"Настройка в переменной окружения не читается: {error}") from error
    port = getattr(said, "port", None)
    return settings if port is None else msgspec.structs.replace(settings, port=port)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="komitent", description="Мост между учётной системой и маркетплейсами")
    parser.add_argument("--version", action="version", version=f"Komitent {VERSION}")
    commands = parser.add_subparsers(title="команды", metavar="КОМАНДА", required=True)
    _add_serving(commands)
    _add_access(commands)
    _add_import(commands)
    add_fetch(commands)
    _add_confirm(commands)
    _add_months(commands)
    _add_lists(commands)
    _add_mappings(commands)
    add_treatments(commands)
    add_tie_out(commands)
    _add_books(commands)
    _add_returns(commands)
    _add_keeping(commands)
    commands.add_parser("demo", help="показать программу на примере, ничего не настраивая")
    return parser


def _add_serving(commands: Any) -> None:
    serve = commands.add_parser("serve", help="запустить сервис")
    serve.add_argument("--host", help="адрес, на котором слушать (KOMITENT_HOST, 127.0.0.1)")
    serve.add_argument("--port", type=int, help="порт (KOMITENT_PORT, 8710); 0: любой свободный")
    serve.set_defaults(run=lambda _said, settings: serving.serve(settings))
    worker = commands.add_parser("worker", help="только выполнять фоновые задания (ещё одна машина)")
    worker.set_defaults(run=lambda _said, settings: serving.work(settings))


def _add_access(commands: Any) -> None:
    token = commands.add_parser("token", help="токены доступа").add_subparsers(metavar="ДЕЙСТВИЕ", required=True)
    create = token.add_parser("create", help="создать токен и напечатать его")
    _add_name_and_role(create)
    create.set_defaults(run=lambda said, settings: administration.create_token(settings, said.name, said.role))
    user = commands.add_parser("user", help="пользователи").add_subparsers(metavar="ДЕЙСТВИЕ", required=True)
    create = user.add_parser("create", help="создать пользователя")
    _add_name_and_role(create)
    create.add_argument("--password-stdin", action="store_true", help="прочитать пароль со стандартного ввода")
    create.set_defaults(
        run=lambda said, settings: administration.create_user(
            settings, said.name, said.role, from_stdin=said.password_stdin
        )
    )


def _add_name_and_role(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", required=True, type=_name, help="имя, до 64 знаков")
    parser.add_argument("--role", required=True, choices=ROLES, help="роль")


def _add_import(commands: Any) -> None:
    command = commands.add_parser("import", help="загрузить отчёты: код 0 готов, 1 удержан, 2 не принят")
    command.add_argument("account", metavar="ACCOUNT", help="учётная запись")
    command.add_argument("files", metavar="FILE", nargs="+", type=Path, help="файлы отчётов")
    command.add_argument("--json", action="store_true", help="напечатать отчёты списком JSON")
    for name, meaning in (
        ("profile", "вид отчёта"), ("number", "номер отчёта"), ("date", "дата отчёта"),
        ("period-from", "начало периода, ГГГГ-ММ-ДД"), ("period-to", "конец периода, ГГГГ-ММ-ДД"),
    ):  # fmt: skip
        command.add_argument(f"--{name}", default="", help=meaning)
    command.add_argument("--correction", action="store_true", help="заменить отчёт с тем же номером")
    command.set_defaults(run=_import)


def _import(said: argparse.Namespace, settings: Settings) -> int:
    names = ("profile", "number", "date", "period_from", "period_to", "correction")
    fields = {name: getattr(said, name) for name in names}
    return importing.import_files(settings, said.account, said.files, fields, as_json=said.json)


def _add_confirm(commands: Any) -> None:
    command = commands.add_parser("confirm", help="подтвердить замечания отчёта: код 0 готов, 1 удержан")
    command.add_argument("report", metavar="REPORT", help="отчёт")
    command.add_argument("codes", metavar="CODE", nargs="+", help="замечания, например scale_changed")
    command.add_argument("--reason", required=True, help="почему это не мешает провести отчёт")
    command.set_defaults(run=lambda said, settings: confirming.confirm(settings, said.report, said.codes, said.reason))


def _add_months(commands: Any) -> None:
    for name, meaning in (("close", "закрыть месяц и все до него"), ("open", "открыть месяц и все после него")):
        command = commands.add_parser(name, help=meaning)
        command.add_argument("organization", metavar="ORGANIZATION", help="организация")
        command.add_argument("month", metavar="MONTH", type=_month, help="месяц, ГГГГ-ММ")
    command.add_argument("--reason", required=True, help="почему месяц открывают снова")
    commands.choices["close"].set_defaults(
        run=lambda said, settings: months.close(settings, said.organization, said.month)
    )
    commands.choices["open"].set_defaults(
        run=lambda said, settings: months.reopen(settings, said.organization, said.month, said.reason)
    )


def _add_lists(commands: Any) -> None:
    items = commands.add_parser("items", help="номенклатура").add_subparsers(metavar="ДЕЙСТВИЕ", required=True)
    take = items.add_parser("import", help="принять номенклатуру из XLSX или CSV целиком; код 2: файл не принят")
    _add_list(take)
    take.add_argument("--full", action="store_true", help="это вся номенклатура: чего в файле нет, то пропало")
    take.set_defaults(
        run=lambda said, settings: lists.take_items(
            settings, said.file, dry_run=said.dry_run, full=said.full, as_json=said.json
        )
    )
    listings = commands.add_parser("listings", help="товары площадки").add_subparsers(metavar="ДЕЙСТВИЕ", required=True)
    take = listings.add_parser("import", help="принять прайс-лист площадки целиком; код 2: файл не принят")
    take.add_argument("account", metavar="ACCOUNT", help="учётная запись")
    _add_list(take)
    take.set_defaults(
        run=lambda said, settings: lists.take_listings(
            settings, said.account, said.file, dry_run=said.dry_run, as_json=said.json
        )
    )


def _add_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="файл")
    parser.add_argument("--dry-run", action="store_true", help="только посчитать, ничего не записывать")
    parser.add_argument("--json", action="store_true", help="напечатать итог в JSON")


def _add_mappings(commands: Any) -> None:
    actions = commands.add_parser("mappings", help="таблицы сопоставления").add_subparsers(
        metavar="ДЕЙСТВИЕ", required=True
    )
    export = actions.add_parser("export", help="выгрузить таблицу книгой XLSX")
    _add_table(export)
    export.add_argument("--language", default="ru", choices=("ru", "pl", "en"), help="язык заголовков")
    export.set_defaults(
        run=lambda said, settings: workbooks.export(settings, said.account, said.kind, said.file, said.language)
    )
    take = actions.add_parser("import", help="показать, что меняет книга; код 1: есть ошибки или конфликты")
    _add_table(take)
    take.add_argument("--apply", action="store_true", help="записать то, что верно")
    take.add_argument("--errors", type=Path, help="куда записать копию книги с ошибками рядом с ячейками")
    take.add_argument("--json", action="store_true", help="напечатать разницу в JSON")
    take.set_defaults(
        run=lambda said, settings: workbooks.take(
            settings, said.account, said.kind, said.file, said.errors, apply=said.apply, as_json=said.json
        )
    )

    _add_mapping_history(actions)
    _add_mapping_bulk(actions)
    _add_mapping_views(actions)


def _add_mapping_history(actions: Any) -> None:
    history = actions.add_parser("history", help="показать, кто, когда и что менял")
    _add_table(history, file=False)
    history.add_argument("--key", help="только связи этого ключа")
    history.add_argument("--set", help="все изменения этого набора, сколько бы их ни было")
    history.add_argument("--limit", type=int, default=20, help="сколько наборов изменений показать, до 1000")
    history.add_argument("--json", action="store_true", help="напечатать в JSON")
    history.set_defaults(run=_history)
    for what, meaning in (("undo", "отменить набор изменений целиком"), ("redo", "повторить отменённый набор")):
        step = actions.add_parser(what, help=meaning)
        _add_table(step, file=False)
        step.add_argument("set", metavar="SET", help="набор, как его называет history")
        step.set_defaults(
            run=lambda said, settings, what=what: mappings.step(settings, said.account, said.kind, said.set, what)
        )
    match = actions.add_parser("match", help="сопоставить автоматически то, что однозначно")
    _add_table(match, file=False)
    match.set_defaults(run=lambda said, settings: mappings.match(settings, said.account, said.kind))


def _history(said: argparse.Namespace, settings: Settings) -> int:
    if said.set is not None:
        return mappings.changes(settings, said.account, said.kind, said.set, said.key, as_json=said.json)
    return mappings.history(settings, said.account, said.kind, said.key, said.limit, as_json=said.json)


def _add_mapping_bulk(actions: Any) -> None:
    copy = actions.add_parser("copy", help="скопировать связи другой учётной записи, ничего не затирая")
    _add_table(copy, file=False)
    copy.add_argument("--from", dest="source", metavar="ACCOUNT", required=True, help="откуда копировать")
    copy.add_argument("--key", action="append", help="только этот ключ; можно несколько раз")
    copy.add_argument("--json", action="store_true", help="напечатать в JSON")
    copy.set_defaults(
        run=lambda said, settings: mappings.copy(
            settings, said.account, said.kind, said.source, said.key, as_json=said.json
        )
    )
    accept = actions.add_parser("accept", help="принять единственные подсказки с оценкой не ниже данной")
    _add_table(accept, file=False)
    accept.add_argument("--score", type=int, required=True, help="оценка, от 1 до 100")
    accept.add_argument("--json", action="store_true", help="напечатать в JSON")
    accept.set_defaults(
        run=lambda said, settings: mappings.accept(settings, said.account, said.kind, said.score, as_json=said.json)
    )


def _add_mapping_views(actions: Any) -> None:
    show = actions.add_parser("list", help="показать связи или то, что их ждёт")
    _add_table(show, file=False)
    _add_filters(show)
    show.add_argument("--view", help="сохранённый вид; остальные отборы важнее того, что в нём")
    show.add_argument("--limit", type=int, default=100, help="сколько строк показать, до 1000")
    show.add_argument("--cursor", help="где остановились в прошлый раз")
    show.add_argument("--json", action="store_true", help="напечатать в JSON")
    show.set_defaults(
        run=lambda said, settings: mapping_views.show(
            settings, said.account, said.kind, said.view, _filters(said), said.limit, said.cursor, as_json=said.json
        )
    )
    views = actions.add_parser("views", help="сохранённые виды").add_subparsers(metavar="ДЕЙСТВИЕ", required=True)
    listed = views.add_parser("list", help="показать")
    _add_table(listed, file=False)
    listed.add_argument("--json", action="store_true", help="напечатать в JSON")
    listed.set_defaults(
        run=lambda said, settings: mapping_views.list_views(settings, said.account, said.kind, as_json=said.json)
    )
    save = views.add_parser("save", help="сохранить отборы под именем")
    _add_table(save, file=False)
    save.add_argument("name", metavar="NAME", help="имя вида")
    _add_filters(save)
    save.set_defaults(
        run=lambda said, settings: mapping_views.save_view(settings, said.account, said.kind, said.name, _filters(said))
    )
    delete = views.add_parser("delete", help="удалить вид")
    _add_table(delete, file=False)
    delete.add_argument("name", metavar="NAME", help="имя вида")
    delete.set_defaults(
        run=lambda said, settings: mapping_views.delete_view(settings, said.account, said.kind, said.name)
    )


def _add_filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", choices=("linked", "unlinked", "ambiguous", "broken"), help="в этом состоянии")
    parser.add_argument("--key", help="с этим ключом")
    parser.add_argument("--item", help="с этой номенклатурой")
    parser.add_argument("--found-by", help="найденные так: person, barcode, article, article_size, name")
    parser.add_argument("--search", help="слова, каждое из которых где-то есть")


def _filters(said: argparse.Namespace) -> View:
    return View(**{name: getattr(said, name) for name in mapping_views.FILTERS})


def _add_returns(commands: Any) -> None:
    actions = commands.add_parser("returns", help="возвраты, ставка НДС которых зависит от дня продажи").add_subparsers(
        metavar="ДЕЙСТВИЕ", required=True
    )
    show = actions.add_parser("list", help="показать, что ждёт дня продажи, с известными продажами")
    show.add_argument("account", metavar="ACCOUNT", help="учётная запись")
    show.add_argument("--state", choices=("waiting", "chosen"), help="только ждущие или только выбранные")
    show.add_argument("--json", action="store_true", help="напечатать в JSON")
    show.set_defaults(run=lambda said, settings: returns.show(settings, said.account, said.state, as_json=said.json))
    choose = actions.add_parser("choose", help="указать день продажи возвращённой строки")
    choose.add_argument("account", metavar="ACCOUNT", help="учётная запись")
    choose.add_argument("report", metavar="REPORT", help="отчёт, как его называет list")
    choose.add_argument("row", metavar="ROW", type=int, help="номер строки файла")
    choose.add_argument("sold_on", metavar="ДЕНЬ", help="ГГГГ-ММ-ДД, или - чтобы снять выбор")
    choose.add_argument("--sheet", help="лист, если строка с этим номером есть на нескольких")
    choose.set_defaults(
        run=lambda said, settings: returns.choose(
            settings, said.account, said.report, said.row, said.sold_on, said.sheet
        )
    )


def _add_table(parser: argparse.ArgumentParser, *, file: bool = True) -> None:
    parser.add_argument("account", metavar="ACCOUNT", help="учётная запись")
    parser.add_argument("kind", metavar="KIND", help="таблица: product, warehouse, category, service, ...")
    if file:
        parser.add_argument("file", metavar="FILE", type=Path, help="файл")


def _add_books(commands: Any) -> None:
    journal = commands.add_parser("journal", help="проводки месяца файлом beancount")
    journal.add_argument("account", metavar="ACCOUNT", help="учётная запись")
    journal.add_argument("month", metavar="YYYY-MM", help="месяц")
    journal.add_argument("--output", metavar="FILE", type=Path, help="куда записать; без него на стандартный вывод")
    journal.set_defaults(
        run=lambda said, settings: books.write_journal(settings, said.account, said.month, said.output)
    )
    slots = commands.add_parser("calendar", help="какие отчёты должны быть и какие есть; код 1: чего-то нет")
    slots.add_argument("account", metavar="ACCOUNT", nargs="?", help="учётная запись; без неё все")
    slots.add_argument("--json", action="store_true", help="напечатать в JSON")
    slots.set_defaults(run=lambda said, settings: books.show_calendar(settings, said.account, as_json=said.json))
    proof = commands.add_parser("evidence", help="архив месяца для аудитора; evidence verify FILE проверяет его")
    proof.add_argument("words", metavar="WORD", nargs="+", help="ACCOUNT YYYY-MM FILE или verify FILE")
    proof.set_defaults(run=lambda said, settings: _evidence(said.words, settings))
    audit = commands.add_parser("audit", help="журнал изменений").add_subparsers(metavar="ДЕЙСТВИЕ", required=True)
    verify = audit.add_parser("verify", help="проверить, что журнал цел; код 1: изменён или укорочен")
    verify.add_argument("--head", default="", metavar="HASH", help="хеш, сохранённый раньше: он должен быть в журнале")
    verify.set_defaults(run=lambda said, settings: books.verify_audit(settings, said.head))


def _evidence(words: Sequence[str], settings: Settings) -> int:
    match list(words):
        case ["verify", file]:
            return books.verify_evidence(Path(file))
        case [account, month, file]:
            return books.write_evidence(settings, account, month, Path(file))
    raise Exit("Нужно: komitent evidence ACCOUNT YYYY-MM FILE или komitent evidence verify FILE", 2)


def _add_keeping(commands: Any) -> None:
    migrate = commands.add_parser("migrate", help="привести базу данных к этой версии")
    migrate.set_defaults(run=lambda _said, settings: administration.migrate(settings))
    profiles = commands.add_parser("profiles", help="виды отчётов").add_subparsers(metavar="ДЕЙСТВИЕ", required=True)
    check = profiles.add_parser("check", help="проверить и перечислить")
    check.set_defaults(run=lambda _said, _settings: administration.check_profiles())
    backup = commands.add_parser("backup", help="сохранить всё в один архив")
    backup.add_argument("file", metavar="FILE", type=Path, help="архив")
    backup.set_defaults(run=lambda said, settings: administration.make_backup(settings, said.file))
    restore = commands.add_parser("restore", help="восстановить из архива (сервис должен быть остановлен)")
    restore.add_argument("file", metavar="FILE", type=Path, help="архив")
    restore.set_defaults(run=lambda said, settings: administration.restore_backup(settings, said.file))


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise argparse.ArgumentTypeError("месяц пишется как ГГГГ-ММ") from error


def _name(text: str) -> str:
    if not 1 <= len(text) <= 64 or ":" in text or not text.isprintable():
        raise argparse.ArgumentTypeError("от 1 до 64 знаков, без двоеточия")
    return text


if __name__ == "__main__":
    sys.exit(main())
