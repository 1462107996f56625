"""``komitent fetch`` on the command line."""

import asyncio
import json
import threading
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from aiohttp import web

from bridge.__main__ import main
from bridge.channels.wildberries import Wildberries
from bridge.cli import fetching
from bridge.db.session import Database
from bridge.flows.accounts import AccountInput, Organization, put_account, put_organization
from bridge.flows.items import put_items
from bridge.http import Patience
from bridge.settings import Settings
from mappings.items import Item
from tests.channels.marketplace import TOKEN, Marketplace, refuses, rows_of
from tests.samples.goods import GOODS
from tests.samples.wildberries import Week, fill

Said = pytest.CaptureFixture[str]
WEEK = fill(Week("2026", "640118822", date(2026, 9, 7), renamed=True), corrections=False)
ROWS = rows_of(WEEK)
ORDER = ["fetch", "wb", "--from", "2026-09-07", "--to", "2026-09-13"]


@pytest.fixture
def place() -> Iterator[tuple[Marketplace, str]]:
    """A marketplace at its address, served by a thread of its own: the command has the event loop of this one."""
    market, loop, ready, found = Marketplace(ROWS), asyncio.new_event_loop(), threading.Event(), list[str]()

    async def begin() -> web.AppRunner:
        runner = web.AppRunner(market.app())
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        found.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        return runner

    def serve() -> None:
        runner = loop.run_until_complete(begin())
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    ready.wait()
    yield market, found[0]
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


@pytest.fixture
def market(
    settings: Settings, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, place: tuple[Marketplace, str]
) -> Marketplace:
    """An account at that marketplace; the commands find it by their environment and wait for nothing."""
    organization = Organization(title="Ромашка", inn="7712345671", kpp="771201001", tax_system="general", prefix="РМ")
    put_organization(sqlite_database, "romashka", organization, "test")
    secrets = {"token": TOKEN, "address": place[1]}
    account = AccountInput(organization="romashka", channel="wildberries", credentials=secrets)
    put_account(sqlite_database, settings, "wb", account, "test")
    monkeypatch.setenv("KOMITENT_DATA", str(settings.data))
    monkeypatch.setattr(
        fetching, "REPORT_SOURCES", {"wildberries": Wildberries(patience=Patience(), pause=_at_once, page_rows=20)}
    )
    return place[0]


async def _at_once(_: float) -> None:
    """Wait for nothing."""


def items() -> list[Item]:
    """An item of the ERP for every product."""
    return [
        Item(ref=f"ref-{good.barcode}", name=good.name, variant=good.size, barcodes=(good.barcode,), vat_rate="22")
        for good in GOODS
    ]


def fetched(capsys: Said, *more: str) -> tuple[int, Any]:
    code = main([*ORDER, "--json", *more])
    return code, json.loads(capsys.readouterr().out)


def test_reports_are_fetched_held_then_ready(
    market: Marketplace, settings: Settings, sqlite_database: Database, capsys: Said
) -> None:
    assert main(ORDER) == 1
    said = capsys.readouterr().out
    assert "wb, 2026-09-07..2026-09-13: отчётов 1" in said
    assert "№ 640118822: загружен. held. Отчёт удержан: Не сопоставлены товары" in said
    put_items(sqlite_database, items(), "test")
    code, found = fetched(capsys)
    assert (code, found["reports"][0]["outcome"], found["reports"][0]["state"]) == (0, "already", "ready")


def test_an_empty_answer_ends_with_the_alarm(market: Marketplace, capsys: Said) -> None:
    market.rows = []
    assert main(ORDER) == 2
    assert "Это не значит, что продаж не было" in capsys.readouterr().out
    code, found = fetched(capsys)
    assert (code, found["problem"]["code"]) == (2, "no_data")


def test_other_rows_and_what_is_missing_are_said(market: Marketplace, capsys: Said) -> None:
    main(ORDER)
    capsys.readouterr()
    market.rows = ROWS[:-1]
    assert main(ORDER) == 2
    said = capsys.readouterr().out
    assert "другое содержание" in said
    assert "удалено 1" in said
    market.rows = [row | {"reportId": 640118823, "reportType": 2} for row in ROWS[5:]]
    assert main(ORDER) == 1
    assert "нет отчётов, которые уже загружены: № 640118822" in capsys.readouterr().out


def test_a_failure_ends_with_two_and_no_token(market: Marketplace, capsys: Said) -> None:
    market.instead = [refuses(401, "unauthorized", f"{TOKEN} is withdrawn")]
    assert main(ORDER) == 2
    said = capsys.readouterr().out
    assert "Сервис не принял токен (401): unauthorized, ••• is withdrawn" in said


def test_days_are_days(market: Marketplace, capsys: Said) -> None:
    with pytest.raises(SystemExit):
        main(["fetch", "wb", "--from", "07.09.2026", "--to", "2026-09-13"])
    assert "ГГГГ-ММ-ДД" in capsys.readouterr().err
    assert main(["fetch", "wb", "--from", "2026-09-13", "--to", "2026-09-07"]) == 2
    assert main(["fetch", "nobody", "--from", "2026-09-07", "--to", "2026-09-13"]) == 2
    assert market.asked == []
