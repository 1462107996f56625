"""``komitent statement`` and ``month``: bank statements and the view of a month, without the service."""

import hashlib
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bridge.api.bodies import encode
from bridge.cli.opening import Exit, opened
from bridge.flows import month as months
from bridge.flows import statements
from bridge.flows.statements import StatementFile
from bridge.settings import Settings
from reports.problems import Refused

TIED, NOT_TIED, REFUSED = 0, 1, 2
_WHO = "cli"
_NUMBERS = {
    "opening": "Сальдо на начало", "sales": "+ Продажи", "returns": "− Возвраты", "commission": "− Вознаграждение",
    "services": "− Услуги", "other_income": "+ Прочие доходы", "other_expense": "− Прочие расходы",
    "settled": "− Зачтено в счёт других долгов", "payouts": "− Поступило в банк", "closing": "= Сальдо на конец",
}  # fmt: skip
_OK = {True: "сходится", False: "не сходится", None: "не с чем сверить"}


def add_tie_out(commands: Any) -> None:
    """Add the commands to the command line."""
    statement = commands.add_parser("statement", help="загрузить выписку банка; код 2: файл не принят")
    statement.add_argument("organization", metavar="ORGANIZATION", help="организация")
    statement.add_argument("file", metavar="FILE", type=Path, help="выписка в формате 1CClientBankExchange")
    statement.add_argument("--json", action="store_true", help="напечатать итог в JSON")
    statement.set_defaults(
        run=lambda said, settings: take_statement(settings, said.organization, said.file, as_json=said.json)
    )
    view = commands.add_parser("month", help="показать месяц и сверку; код 1: не сходится или не с чем сверить")
    view.add_argument("account", metavar="ACCOUNT", help="учётная запись")
    view.add_argument("month", metavar="YYYY-MM", help="месяц")
    view.add_argument("--json", action="store_true", help="напечатать в JSON")
    view.set_defaults(run=lambda said, settings: show_month(settings, said.account, said.month, as_json=said.json))


def take_statement(settings: Settings, organization: str, path: Path, *, as_json: bool) -> int:
    """Take a bank statement; returns 0, or 2 when the file is refused."""
    if not path.is_file():
        raise Exit(f"Файла {path} нет", REFUSED)
    data = path.read_bytes()
    file = StatementFile(path=path, name=path.name, sha256=hashlib.sha256(data).hexdigest(), size=len(data))
    try:
        with opened(settings) as database:
            told = statements.import_statement(database, settings, organization, file, _WHO)
    except Refused as refused:
        said = "\n".join(f"- {one.message}. {one.advice}" for one in refused.problems)
        raise Exit(f"{path.name}: не принята\n{said}", REFUSED) from refused
    if as_json:
        print(encode(told).decode())
        return 0
    again = " (уже была загружена)" if told["already"] else ""
    print(
        f"{path.name}{again}: платежей {told['payments']}, из них не отнесено {told['unassigned']}, "
        f"известны по прежним выпискам {told['known_before']}"
    )
    return 0


def show_month(settings: Settings, account: str, month: str, *, as_json: bool) -> int:
    """Print a month; returns 0 when it ties with the marketplace, else 1."""
    with opened(settings) as database:
        found = months.month_view(database, settings, account, month)
    if as_json:
        print(encode(found).decode())
    else:
        _show(Console(soft_wrap=True, highlight=False, markup=False), found)
    return TIED if found["ok"] else NOT_TIED


def _show(console: Console, found: dict[str, Any]) -> None:
    table = Table(title=f"{found['account']}, {found['month']}: {_OK[found['ok']]}", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, title in _NUMBERS.items():
        table.add_row(title, found[name])
        if name == "services":
            for kind, amount in found["services_by_kind"].items():
                table.add_row(f"    {kind}", amount)
    console.print(table)
    for check in found["checks"]:
        console.print(f"{check['title']}: {_OK[check['ok']]}" + _difference(check))
        for reason in check["reasons"]:
            console.print(f"    {reason['title']}: {reason['amount']}")
    for report in found["reports_not_posted"]:
        console.print(f"Не проведён отчёт {report['number'] or report['period_to']}: {report['explain']}")
    for payment in found["payments_unassigned"]:
        console.print(f"Не отнесён платёж {payment['number']} от {payment['date']}: {payment['amount']}")


def _difference(check: dict[str, Any]) -> str:
    if check["difference"] in (None, "0.00"):
        return ""
    unexplained = f", не объяснено {check['unexplained']}" if check["unexplained"] not in (None, "0.00") else ""
    return f", разница {check['difference']}{unexplained}"
