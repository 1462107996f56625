"""``komitent returns list`` and ``choose``: returns that wait for the day of their sale, without the service."""

from datetime import date
from typing import Any

from rich.console import Console

from bridge.api.bodies import encode
from bridge.cli.opening import Exit, opened
from bridge.errors import BadInput
from bridge.flows import sale_choices
from bridge.flows.sale_choices import SaleChoice
from bridge.settings import Settings

_WHO = "cli"
_MOST = 1000
_REFUSED = 2


def show(settings: Settings, account: str, state: str | None, *, as_json: bool) -> int:
    """Print the queue, row by row with its candidates."""
    with opened(settings) as database:
        found = sale_choices.list_returns(database, account, state, _MOST)
    if as_json:
        print(encode(found).decode())
        return 0
    console = Console(soft_wrap=True, highlight=False, markup=False)
    for one in found["items"]:
        _show(console, one)
    waiting = found["waiting"]
    console.print(f"Ждут дня продажи: {waiting['count']} на сумму {waiting['amount']}")
    return 0


def _show(console: Console, one: dict[str, Any]) -> None:
    product = one["product"]
    place = f"Отчёт {one['report']}, {one['sheet']}, строка {one['row']}"
    console.print(f"{place}: {product['article'] or product['key']}, возврат {one['date']} на {one['amount']}")
    console.print(f"    {one['reason']}")
    for sale in one["candidates"]:
        console.print(
            f"    {sale['date']}: цена {sale['price']}, НДС {sale['vat_rate']}, {sale['quantity']} шт., "
            f"отчёт {sale['report']}, строка {sale['row']}"
        )


def choose(settings: Settings, account: str, report: str, row: int, sold_on: str, sheet: str | None) -> int:
    """Write on which day a returned row was sold; ``-`` takes the choice back. Raises Exit with what is wrong."""
    try:
        day = None if sold_on == "-" else date.fromisoformat(sold_on)
    except ValueError as error:
        raise Exit(f"День {sold_on} не читается: нужно ГГГГ-ММ-ДД или -", _REFUSED) from error
    try:
        with opened(settings) as database:
            choice = SaleChoice(report=report, row=row, sheet=sheet, sold_on=day)
            done = sale_choices.choose_sales(database, account, [choice], _WHO)
    except BadInput as refused:
        told = "\n".join(f"- {one.message}. {one.advice}" for one in refused.problems)
        raise Exit(told or str(refused), _REFUSED) from refused
    print("Записано" if done["changed"] else "Так уже и было")
    return 0
