"""Wildberries: the weekly sales reports of a period, by the finance API.

One method gives the rows of all reports of the days, page by page: POST /api/finance/v1/sales-reports/detailed. Each
page is asked for by the ``rrdId`` of the row before; only 204 ends them. Rows are sorted into one file a report, each
row in the very bytes it came in, so that no amount passes through a number. A page that repeats a row, or an end that
is not said, is no answer: half a report would look like a whole one.

Source: the official contract of dev.wildberries.ru (finances, 2026-04-30): one request a minute and account, at most
100,000 rows a page, token of the category «Финансы» in ``Authorization`` without a scheme, data from 2024-01-29.
"""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import msgspec

from bridge.errors import FixSettings, RetryLater
from bridge.http import Patience, Pause, Service, run
from bridge.ports import Progress, ReportFile

ADDRESS = "https://finance-api.wildberries.ru"
DETAILED = "/api/finance/v1/sales-reports/detailed"
_PATIENCE = Patience(interval=61.0)
_PAGE_ROWS = 50_000  # some 120 MB in memory; the service would give twice as many


class Question(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is asked for one page. ``rrd_id``: the last row there is already, 0 for none."""

    date_from: date
    date_to: date
    limit: int
    rrd_id: int
    period: str = "weekly"


class _Row(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a row must say to be sorted, ids as numbers or as text; all the rest is for whoever reads the file."""

    report_id: int
    rrd_id: int
    date_from: date
    date_to: date


_Page = Sequence[tuple[_Row, msgspec.Raw]]


class Wildberries:
    """The source of the weekly reports of a cabinet. Secrets: ``token``, and ``address`` where it is not the usual one.

    The address is a secret only to be given together with the token: nobody can turn a stored token elsewhere.
    """

    profile = "wildberries/weekly_detail"
    needs = ("token",)
    when_empty = (
        "Еженедельный отчёт готов в понедельник после своей недели. Проверьте период и категорию токена «Финансы»; "
        "если отчёт в кабинете есть, скачайте его и загрузите файлом"
    )

    def __init__(
        self, *, patience: Patience = _PATIENCE, pause: Pause = asyncio.sleep, page_rows: int = _PAGE_ROWS
    ) -> None:
        self._patience = patience
        self._pause = pause
        self._page_rows = page_rows

    def whole(self, first: date, last: date) -> tuple[date, date]:
        """Return the days from Monday to Sunday: reports are weeks, and a part of one is no report."""
        return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())

    def fetch(
        self, credentials: Mapping[str, str], first: date, last: date, folder: Path, progress: Progress,
        stop: threading.Event | None = None,
    ) -> list[ReportFile]:  # fmt: skip
        """Write the reports of the days into the folder; see ``ReportSource``. Takes a minute a page and one more."""
        service = Service(
            credentials.get("address") or ADDRESS,
            {"Authorization": _token(credentials)},
            self._patience,
            self._pause,
        )
        return run(self._fetch(service, first, last, _Folder(folder), progress), stop)

    async def _fetch(
        self, service: Service, first: date, last: date, folder: "_Folder", progress: Progress
    ) -> list[ReportFile]:
        seen: set[int] = set()
        after = 0
        async with service:
            while True:
                question = Question(date_from=first, date_to=last, limit=self._page_rows, rrd_id=after)
                page = await service.post(DETAILED, question, _page)
                if page is None or not (page or seen):
                    return folder.close()
                _check_new(page, seen)
                folder.add(page)
                after = page[-1][0].rrd_id
                progress(len(seen), None)


class _Folder:
    """The files of reports under way: JSON lists of rows, each closed when the last page has come."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files: dict[int, ReportFile] = {}

    def add(self, page: _Page) -> None:
        """Write the rows of a page to the files of their reports."""
        by_report: dict[int, list[msgspec.Raw]] = {}
        for row, raw in page:
            by_report.setdefault(row.report_id, []).append(raw)
            if row.report_id not in self._files:
                self._files[row.report_id] = self._begin(row)
        for report_id, rows in by_report.items():
            with self._files[report_id].path.open("ab") as file:
                file.write(b",\n" if file.tell() else b"[")
                file.write(b",\n".join(rows))

    def close(self) -> list[ReportFile]:
        """Write the ends, and return the files in the order of their reports."""
        for file in self._files.values():
            with file.path.open("ab") as end:
                end.write(b"]\n")
        return [self._files[report_id] for report_id in sorted(self._files)]

    def _begin(self, row: _Row) -> ReportFile:
        name = f"wildberries_{row.report_id}_{row.date_from}_{row.date_to}.json"
        number, path = str(row.report_id), self._path / name
        return ReportFile(number=number, path=path, name=name, first=row.date_from, last=row.date_to)


_decode_page = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_row = msgspec.json.Decoder(_Row, strict=False).decode


def _page(body: bytes) -> _Page:
    return [(_decode_row(raw), raw) for raw in _decode_page(body)]


def _check_new(page: _Page, seen: set[int]) -> None:
    """Note the rows of a page. Raises RetryLater when one was there before, or when there is none and no end either."""
    if not page:
        raise RetryLater("Маркетплейс прервал выдачу пустой страницей: отчёты могли прийти не целиком")
    for row, _ in page:
        if row.rrd_id in seen:
            raise RetryLater("Маркетплейс выдал одну строку дважды: отчётам нельзя верить")
        seen.add(row.rrd_id)


def _token(credentials: Mapping[str, str]) -> str:
    """Return the token, as a header may hold it. Raises FixSettings, without showing it."""
    token = credentials.get("token", "").strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise FixSettings("Токен (credentials.token) пуст или содержит лишние знаки: вставьте его заново целиком")
    return token
