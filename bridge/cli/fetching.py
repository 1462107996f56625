"""``komitent fetch``: the reports of a period from the marketplace, in this process, with what became of each."""

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from bridge.api.bodies import encode
from bridge.app import REPORT_SOURCES
from bridge.cli.importing import HELD, READY, REFUSED
from bridge.cli.opening import opened
from bridge.errors import Failure
from bridge.flows.fetch_reports import Fetched, FetchedReport, Order, fetch_reports
from bridge.flows.import_report import no_progress
from bridge.ports import Sources
from bridge.problem_json import problem_json
from bridge.settings import Settings

_WHO = "cli"
_OUTCOMES = {"created": "загружен", "already": "уже был", "conflict": "другое содержание", "refused": "не принят"}


def add_fetch(commands: Any) -> None:
    """Add the command to the command line."""
    command = commands.add_parser(
        "fetch", help="запросить отчёты у маркетплейса: код 0 готовы, 1 удержан или чего-то нет, 2 не принят"
    )
    command.add_argument("account", metavar="ACCOUNT", help="учётная запись")
    for name, meaning in (("from", "первый день"), ("to", "последний день")):
        command.add_argument(
            f"--{name}", dest=f"period_{name}", metavar="ДЕНЬ", type=_day, required=True, help=f"{meaning}, ГГГГ-ММ-ДД"
        )
    command.add_argument("--correction", action="store_true", help="заменить отчёты, которые говорят другое")
    command.add_argument("--json", action="store_true", help="напечатать итог в JSON")
    command.set_defaults(run=_fetch)


def _fetch(said: argparse.Namespace, settings: Settings) -> int:
    names = ("account", "period_from", "period_to", "correction")
    return fetch(settings, Order(**{name: getattr(said, name) for name in names}), REPORT_SOURCES, as_json=said.json)


def fetch(settings: Settings, order: Order, sources: Sources, *, as_json: bool) -> int:
    """Fetch and print; returns 0 when all reports are ready, 1 when one is held or missing, 2 when one is refused."""
    print("Запрашиваю отчёты: маркетплейс отвечает не чаще раза в минуту", file=sys.stderr)
    try:
        with opened(settings) as database:
            fetched = fetch_reports(database, settings, sources, order, _WHO, date.today(), no_progress)
    except Failure as failure:
        told = {"account": order.account, "problem": problem_json(failure)}
        print(encode(told).decode() if as_json else f"{failure.title}. {failure.detail}")
        return REFUSED
    if as_json:
        print(encode(msgspec.to_builtins(fetched)).decode())
    else:
        _show(fetched)
    return _code(fetched)


def _code(fetched: Fetched) -> int:
    if any(one.outcome in ("conflict", "refused") for one in fetched.reports):
        return REFUSED
    held = any(one.state in ("held", "received") for one in fetched.reports)
    return HELD if held or fetched.problems else READY


def _show(fetched: Fetched) -> None:
    print(f"{fetched.account}, {fetched.period_from}..{fetched.period_to}: отчётов {len(fetched.reports)}")
    for one in fetched.reports:
        print(f"№ {one.number}: {_OUTCOMES[one.outcome]}. {_said(one)}")
    for problem in fetched.problems:
        print(f"- {problem.message}. {problem.advice}")
    sys.stdout.flush()


def _said(one: FetchedReport) -> str:
    if one.problem is not None:
        advice: Sequence[str] = [error["advice"] for error in one.problem["errors"] if error["advice"]]
        return " ".join([one.problem["detail"], *advice[:1]])
    if one.diff is not None:
        counts = f"добавлено {one.diff['added']}, удалено {one.diff['removed']}, изменено {one.diff['changed']}"
        return f"Строк {counts}; отчёт здесь прежний. Верен новый – повторите с --correction"
    return f"{one.state}. {one.explain}"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("день пишется как ГГГГ-ММ-ДД") from error
