"""``komitent treatments``: what the books do with each kind of line, shown and changed."""

import argparse
import sys
from datetime import UTC, date, datetime
from typing import Any, get_args

import msgspec

from bridge.cli.opening import Exit, opened
from bridge.errors import Failure
from bridge.flows.treatments import TreatmentInput, list_treatments, put_treatments
from bridge.settings import Settings
from reports.treatments import Treated

_WHO = "cli"


def add_treatments(commands: Any) -> None:
    """Add the commands to the parser."""
    actions = commands.add_parser("treatments", help="правила учёта по видам строк").add_subparsers(
        metavar="ДЕЙСТВИЕ", required=True
    )
    show = actions.add_parser("list", help="показать действующие правила")
    show.add_argument("account", metavar="ACCOUNT", help="учётная запись")
    show.add_argument("--date", type=_day, help="на какой день, ГГГГ-ММ-ДД; без него сегодня")
    show.add_argument("--json", action="store_true", help="напечатать в JSON")
    show.set_defaults(run=lambda said, settings: _show(settings, said.account, said.date, as_json=said.json))
    change = actions.add_parser("set", help="изменить правило учётной записи с указанного дня")
    change.add_argument("account", metavar="ACCOUNT", help="учётная запись")
    change.add_argument("kind", metavar="KIND", help="вид строк, например deduction")
    change.add_argument("books", choices=[*get_args(Treated), "default"], help="что делать; default: как встроено")
    change.add_argument("--from", dest="valid_from", type=_day, required=True, help="с какого дня, ГГГГ-ММ-ДД")
    for name, meaning in (
        ("service", "только услуги, в названии которых есть этот текст"), ("type", "только отчёты main или buyout"),
        ("vat", "auto, none или ставка в процентах"), ("contract", "ключ договора в поле erp"), ("note", "почему"),
    ):  # fmt: skip
        change.add_argument(f"--{name}", default="", help=meaning)
    change.add_argument("--dry-run", action="store_true", help="только показать, что изменится")
    change.set_defaults(run=_change)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("нужна дата ГГГГ-ММ-ДД") from error


def _show(settings: Settings, account: str, day: date | None, *, as_json: bool) -> int:
    try:
        with opened(settings) as database:
            found = list_treatments(database, account, day or datetime.now(UTC).date())
    except Failure as error:
        raise Exit(error.detail) from error
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return 0
    for row in found["items"]:
        which = ", ".join(filter(None, (row["type"], row["service"])))
        whose = "своё" if row["own"] else "встроенное"
        named = row["kind"] + (f" ({which})" if which else "")
        print(f"{named}: {row['books']}, с {row['valid_from']}, {whose}. {row['source']}")
    return 0


def _changes(one: dict[str, str]) -> str:
    """Return the sum before and after, and VAT and commission where they change."""
    found = [f"{one['before']} → {one['after']}"]
    for title, name in (("НДС", "vat"), ("вознаграждение", "commission")):
        before, after = one[f"{name}_before"], one[f"{name}_after"]
        found += [f"{title} {before} → {after}"] if before != after else []
    return ", ".join(found)


def _change(said: argparse.Namespace, settings: Settings) -> int:
    row = TreatmentInput(
        kind=said.kind, books=None if said.books == "default" else said.books, valid_from=said.valid_from,
        service=said.service, type=said.type, vat=said.vat, contract=said.contract, note=said.note,
    )  # fmt: skip
    try:
        with opened(settings) as database:
            told = put_treatments(database, settings, said.account, [row], _WHO, dry_run=said.dry_run)
    except Failure as error:
        possible = [f"Можно: {found.expected}" for found in error.problems if found.expected]
        raise Exit("\n".join([error.detail, *possible])) from error
    for effect in told["effects"]:
        print(f"Отчёт {effect['number'] or effect['report']}: {effect['state_before']} → {effect['state_after']}")
        for one in effect["documents"]:
            print(f"  {one['document']}, договор {one['contract'] or '–'}: {_changes(one)}")
    done = "Ничего не записано" if said.dry_run else "Записано"
    print(f"{done}: правил {told['changed']}, отчётов меняется {len(told['effects'])}", file=sys.stderr)
    if told["unseen"]:
        print(f"Ещё не посчитано самых давних непроведённых отчётов: {told['unseen']}", file=sys.stderr)
    return 0
