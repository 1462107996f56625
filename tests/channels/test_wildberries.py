"""Weekly reports from the finance API: complete, byte for byte, or not at all."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.channels.wildberries import Wildberries
from bridge.errors import Failure, FixInput, FixSettings, RetryLater
from bridge.extraction import Stopped
from bridge.http import Patience
from bridge.ports import ReportFile
from tests.channels import marketplace
from tests.channels.marketplace import TOKEN, Marketplace, breaks_off, never_answers, refuses, rows_of, sends
from tests.samples.wildberries import Week, buyout_week, fill

FIRST, LAST = date(2026, 8, 31), date(2026, 9, 13)
MAIN = fill(Week("2026", "640118822", date(2026, 9, 7), renamed=True))
BUYOUT = buyout_week("2026", "640118823", date(2026, 9, 7))
ROWS = rows_of(MAIN, BUYOUT)

Serve = Callable[[web.Application], Awaitable[TestServer]]


class Cabinet:
    """A connector with a marketplace to ask, that waits for nothing and notes how long it would have."""

    def __init__(self, place: Marketplace, folder: Path, address: str) -> None:
        self.place = place
        self.folder = folder
        self.credentials = {"token": TOKEN, "address": address}
        self.pauses: list[float] = []

    async def fetch(self, stop: threading.Event | None = None, **patience: Any) -> list[ReportFile]:
        source = Wildberries(
            patience=msgspec.structs.replace(Patience(interval=61.0), **patience), pause=self._pause, page_rows=10
        )
        return await asyncio.to_thread(
            source.fetch, self.credentials, FIRST, LAST, self.folder, lambda _done, _total: None, stop
        )

    async def refused(self, kind: type[Failure], **patience: Any) -> Failure:
        """Fetch, insist on that failure, and that it tells nothing secret."""
        with pytest.raises(kind) as raised:
            await self.fetch(**patience)
        told = f"{raised.value} {raised.value.extra} {raised.value.__cause__}"
        assert TOKEN not in told
        return raised.value

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


@pytest.fixture
async def cabinet(aiohttp_server: Serve, tmp_path: Path) -> Cabinet:
    """A marketplace with two reports of one week."""
    place = Marketplace(ROWS)
    server = await aiohttp_server(place.app())
    return Cabinet(place, tmp_path, str(server.make_url("/")))


# --- what is asked, and what comes of it ------------------------------------------------------------------------------


async def test_rows_are_sorted_into_one_file_a_report(cabinet: Cabinet) -> None:
    main, buyout = await cabinet.fetch()
    assert (main.number, main.first, main.last) == ("640118822", date(2026, 9, 7), date(2026, 9, 13))
    assert (buyout.number, buyout.name) == ("640118823", "wildberries_640118823_2026-09-07_2026-09-13.json")
    read = [json.loads(file.path.read_bytes()) for file in (main, buyout)]
    assert [len(rows) for rows in read] == [len(MAIN.rows), len(BUYOUT.rows)]
    assert sorted((row for rows in read for row in rows), key=lambda row: int(row["rrdId"])) == ROWS


async def test_every_row_keeps_the_very_bytes_it_came_in(cabinet: Cabinet) -> None:
    rows = [
        b'{"reportId":9007199254740993,"rrdId":1,"dateFrom":"2026-09-07","dateTo":"2026-09-13","forPay": "10.50"}',
        b'{"reportId":9007199254740993,"rrdId":2,"dateFrom":"2026-09-07","dateTo":"2026-09-13",  "forPay":1.10}',
    ]
    cabinet.place.instead = [sends(b"[" + b" , ".join(rows) + b"]"), marketplace.says(lambda: web.Response(status=204))]
    (file,) = await cabinet.fetch()
    assert file.number == "9007199254740993"
    assert file.path.read_bytes() == b"[" + b",\n".join(rows) + b"]\n"


async def test_pages_are_asked_for_by_the_last_row_until_204(cabinet: Cabinet) -> None:
    await cabinet.fetch()
    pages = [ROWS[place : place + 10] for place in range(0, len(ROWS), 10)]
    assert [asked["rrdId"] for asked in cabinet.place.asked] == [0, *(page[-1]["rrdId"] for page in pages)]
    assert {key: cabinet.place.asked[0][key] for key in ("dateFrom", "dateTo", "limit", "period")} == {
        "dateFrom": "2026-08-31", "dateTo": "2026-09-13", "limit": 10, "period": "weekly",
    }  # fmt: skip


async def test_the_token_goes_into_its_header_as_it_is(cabinet: Cabinet) -> None:
    cabinet.credentials["token"] = f" {TOKEN}\n"
    await cabinet.fetch()
    assert {headers["Authorization"] for headers in cabinet.place.headers} == {TOKEN}
    assert "application/problem+json" in cabinet.place.headers[0]["Accept"]


async def test_a_minute_passes_between_any_two_requests(cabinet: Cabinet) -> None:
    await cabinet.fetch()
    assert cabinet.pauses == [61.0] * (len(cabinet.place.asked) - 1)
    assert cabinet.pauses


@pytest.mark.parametrize("nothing", [b"", b"[]"])
async def test_nothing_on_the_first_page_is_no_file(cabinet: Cabinet, nothing: bytes) -> None:
    cabinet.place.instead = [marketplace.says(lambda: web.Response(status=200 if nothing else 204, body=nothing))]
    assert await cabinet.fetch() == []
    assert list(cabinet.folder.iterdir()) == []


def test_the_days_asked_for_are_whole_weeks() -> None:
    assert Wildberries().whole(date(2026, 9, 1), date(2026, 9, 30)) == (date(2026, 8, 31), date(2026, 10, 4))
    assert Wildberries().whole(date(2026, 9, 7), date(2026, 9, 13)) == (date(2026, 9, 7), date(2026, 9, 13))


# --- what passes by itself --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [breaks_off, sends(b'[{"reportId": 1, "rr'), sends(b"<html>"), refuses(500)])
async def test_a_broken_answer_is_asked_for_again(cabinet: Cabinet, trouble: marketplace.Answer) -> None:
    cabinet.place.instead = [trouble]
    assert [file.number for file in await cabinet.fetch()] == ["640118822", "640118823"]
    assert cabinet.place.asked[0] == cabinet.place.asked[1]


@pytest.mark.parametrize("trouble", [breaks_off, sends(b'[{"reportId": 1, "rr'), refuses(503, "bad gateway")])
async def test_what_stays_broken_is_given_up_after_four_tries(cabinet: Cabinet, trouble: marketplace.Answer) -> None:
    cabinet.place.instead = [trouble] * 9
    failure = await cabinet.refused(RetryLater)
    assert (failure.status, failure.code) == (503, "retry_later")
    assert len(cabinet.place.asked) == 4


@pytest.mark.parametrize("header", ["Retry_After", "X_Ratelimit_Retry"])
async def test_too_many_requests_wait_as_long_as_the_marketplace_says(cabinet: Cabinet, header: str) -> None:
    cabinet.place.instead = [refuses(429, "too many requests", "limited", **{header: "90"})]
    await cabinet.fetch()
    assert cabinet.pauses[:2] == [90.0, 61.0]


async def test_a_wait_beyond_measure_is_left_to_the_caller(cabinet: Cabinet) -> None:
    cabinet.place.instead = [refuses(429, "too many requests", "limited", Retry_After="3600")]
    failure = await cabinet.refused(RetryLater)
    assert failure.extra == {"retry_after": 3601}
    assert "limited" in failure.detail
    assert cabinet.pauses == []


async def test_a_date_to_retry_after_is_understood_and_nonsense_is_not_obeyed(cabinet: Cabinet) -> None:
    past, nonsense = "Wed, 21 Oct 2015 07:28:00 GMT", "-5 minutes"
    cabinet.place.instead = [refuses(429, Retry_After=past), refuses(429, Retry_After=nonsense)]
    await cabinet.fetch(interval=0.0)
    assert cabinet.pauses == [4.0]


async def test_no_connection_is_a_matter_of_time(cabinet: Cabinet, unused_tcp_port: int) -> None:
    cabinet.credentials["address"] = f"http://127.0.0.1:{unused_tcp_port}"
    assert "Связь" in (await cabinet.refused(RetryLater)).detail


# --- what does not ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 402, 403, 404, 301, 307])
async def test_a_closed_door_is_a_matter_of_settings(cabinet: Cabinet, status: int) -> None:
    cabinet.place.instead = [refuses(status, "unauthorized", f"token {TOKEN} is malformed", Location="http://x.test/")]
    failure = await cabinet.refused(FixSettings)
    assert (failure.status, failure.code) == (422, "fix_settings")
    assert "token ••• is malformed" in failure.detail
    assert len(cabinet.place.asked) == 1


async def test_a_wrong_request_says_what_the_marketplace_said(cabinet: Cabinet) -> None:
    cabinet.place.instead = [refuses(400, "decode error", "missing dateTo params")]
    failure = await cabinet.refused(FixInput)
    assert "decode error, missing dateTo params" in failure.detail
    assert "загрузите отчёт файлом" in failure.detail


@pytest.mark.parametrize("status", [400, 402, 404, 413, 422])
async def test_a_refusal_without_words_says_what_to_do(cabinet: Cabinet, status: int) -> None:
    cabinet.place.instead = [refuses(status)]
    assert "загрузите отчёт файлом" in (await cabinet.refused(Failure)).detail


async def test_ids_written_as_text_are_the_same_ids(cabinet: Cabinet) -> None:
    as_numbers = await cabinet.fetch()
    cabinet.place.instead = [
        sends(json.dumps([row | {name: str(row[name]) for name in ("reportId", "rrdId")} for row in page]).encode())
        for page in (ROWS[:10], ROWS[10:])
    ]
    assert [file.number for file in await cabinet.fetch()] == [file.number for file in as_numbers]
    assert cabinet.place.asked[-1]["rrdId"] == ROWS[-1]["rrdId"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"reportId": 1}, "$: нет обязательного поля «rrdId»"),
        ({"reportId": "x", "rrdId": 1}, "$.reportId: ожидается int, передано str"),
        ({"reportId": 1, "rrdId": 1, "dateFrom": "7 сентября"}, "$.dateFrom: дата пишется как ГГГГ-ММ-ДД"),
    ],
)
async def test_what_is_wrong_in_a_row_is_said_in_russian(cabinet: Cabinet, row: dict[str, Any], words: str) -> None:
    cabinet.place.instead = [sends(json.dumps([row]).encode())]
    assert words in (await cabinet.refused(FixInput)).detail


@pytest.mark.parametrize("body", [b'{"rows": []}', b'[{"rrdId": 1}]', b'[{"reportId": "x", "rrdId": 1}]', b"[1]"])
async def test_an_answer_of_another_shape_is_not_guessed_at(cabinet: Cabinet, body: bytes) -> None:
    cabinet.place.instead = [sends(body)]
    assert "не так, как он описан" in (await cabinet.refused(FixInput)).detail
    assert len(cabinet.place.asked) == 1


async def test_an_answer_beyond_measure_is_not_read(cabinet: Cabinet) -> None:
    assert "короче" in (await cabinet.refused(FixInput, answer=1000)).detail


@pytest.mark.parametrize("again", [ROWS[:10], ROWS[9:12]])
async def test_a_page_that_repeats_rows_spoils_the_whole_answer(cabinet: Cabinet, again: list[Any]) -> None:
    cabinet.place.instead = [sends(json.dumps(ROWS[:10]).encode()), sends(json.dumps(again).encode())]
    assert "дважды" in (await cabinet.refused(RetryLater)).detail


async def test_an_empty_page_after_rows_is_not_the_end(cabinet: Cabinet) -> None:
    cabinet.place.instead = [sends(json.dumps(ROWS[:10]).encode()), sends(b"[]")]
    assert "не целиком" in (await cabinet.refused(RetryLater)).detail


@pytest.mark.parametrize("token", ["", "  ", "two words", "по-русски", "a\nb"])
async def test_a_token_that_is_none_is_not_sent(cabinet: Cabinet, token: str) -> None:
    cabinet.credentials["token"] = token
    await cabinet.refused(FixSettings)
    assert cabinet.place.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "http://finance-api.wildberries.ru", "http://127.0.0.1.evil.test", "ftp://127.0.0.1", "127.0.0.1:80", "https://",
        "https://user:pass@finance-api.wildberries.ru", "http://127.0.0.1:99999", "https://x.test/?next=", "http://[::1",
    ],
)  # fmt: skip
async def test_a_token_is_sent_to_https_and_to_this_machine_only(cabinet: Cabinet, address: str) -> None:
    cabinet.credentials["address"] = address
    assert "https://" in (await cabinet.refused(FixSettings)).detail


async def test_a_stop_ends_a_fetch_that_waits(cabinet: Cabinet) -> None:
    stop = threading.Event()

    async def stops_and_hangs(request: web.Request) -> web.StreamResponse:
        stop.set()
        return await never_answers(request)

    cabinet.place.instead = [stops_and_hangs]
    with pytest.raises(Stopped):
        await cabinet.fetch(stop)
